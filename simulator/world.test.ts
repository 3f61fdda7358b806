import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'

import { createSimulator } from './simulator.ts'
import type { Simulator } from './simulator.ts'
import { ask } from './test-client.ts'

const hour = 3_600_000

describe('changePicture', () => {
  let simulator: Simulator
  let id: string

  before(async () => {
    simulator = await createSimulator({ seed: 9, edges: 4, now: () => 1_795_000_000_000 })
  })
  beforeEach(() => {
    id = simulator.control.makePeople({ count: 1, forms: ['mmopen/vi_32'], scheme: 'http' }).first
  })
  after(() => simulator.close())

  async function deadEdges(url: string): Promise<number[]> {
    const dead: number[] = []
    for (const edge of simulator.edges.keys()) {
      const { headers } = await ask(simulator, url, { edge, method: 'HEAD' })
      if (headers['X-ErrNo'] === '-6101') dead.push(edge)
    }
    return dead
  }

  it('lets the old URL die node by node while the clock moves, never back to life', async () => {
    const { url } = simulator.control.person(id)
    simulator.control.changePicture(id, { over: 10 * hour })
    const seen: number[][] = []
    for (let i = 0; i <= 20; i++) {
      seen.push(await deadEdges(url))
      assert.deepEqual(
        simulator.control.person(id).links[0]?.deadOn,
        (seen.at(-1) ?? []).map((edge) => simulator.edges[edge]),
      )
      simulator.control.advance(hour / 2)
    }
    assert.deepEqual(seen[0], [])
    assert.equal(seen.at(-1)?.length, 4)
    assert.ok(new Set(seen.map((edges) => edges.length)).size >= 4, 'edges die one after another')
    for (const [i, edges] of seen.entries()) {
      for (const edge of seen[i - 1] ?? []) assert.ok(edges.includes(edge))
    }
  })

  it('tells the truth as it goes from alive over dying to gone', () => {
    const truth = () => simulator.control.person(id).truth
    assert.equal(truth(), 'alive')
    simulator.control.changePicture(id, { over: 10 * hour })
    const seen = new Set<string>()
    for (let i = 0; i <= 20; i++) {
      seen.add(truth())
      simulator.control.advance(hour / 2)
    }
    assert.deepEqual([...seen], ['alive', 'dying', 'gone'])
  })

  it('gives a new URL that lives, with another picture', async () => {
    const before = simulator.control.person(id)
    const old = (await ask(simulator, before.url)).body
    const { url, currentUrl, links } = simulator.control.changePicture(id)
    assert.equal(url, before.url)
    assert.notEqual(currentUrl, url)
    assert.deepEqual(
      links.map(({ truth, current }) => [truth, current]),
      [
        ['gone', false],
        ['alive', true],
      ],
    )
    assert.notDeepEqual((await ask(simulator, currentUrl)).body, old)
  })

  it('lets sizes and hosts of one edge die apart', async () => {
    const differences = { sizes: 0, hosts: 0 }
    for (let i = 0; i < 20; i++) {
      const { first } = simulator.control.makePeople({
        count: 1,
        forms: ['mmopen'],
        scheme: 'http',
      })
      const { url } = simulator.control.changePicture(first, { over: 10 * hour })
      simulator.control.advance(5 * hour)
      const usual = await deadEdges(url)
      const same = (other: number[]) => other.join() === usual.join()
      if (!same(await deadEdges(url.replace('/132', '/0')))) differences.sizes++
      const host = url.includes('//wx.') ? ['//wx.', '//thirdwx.'] : ['//thirdwx.', '//wx.']
      if (!same(await deadEdges(url.replace(host[0] ?? '', host[1] ?? '')))) differences.hosts++
    }
    assert.ok(differences.sizes > 0 && differences.hosts > 0, JSON.stringify(differences))
  })

  it('changes what an old QQ URL shows edge by edge, and keeps the URL', async () => {
    const { first } = simulator.control.makePeople({ count: 1, forms: ['g'], scheme: 'http' })
    const { url } = simulator.control.person(first)
    const stamp = async (edge: number) => (await ask(simulator, url, { edge })).headers['X-BCheck']
    const old = await stamp(0)
    const { currentUrl } = simulator.control.changePicture(first, { over: hour })
    assert.equal(currentUrl, url)
    assert.equal(await stamp(0), old)
    simulator.control.advance(hour)
    assert.notEqual(await stamp(0), old)
    assert.equal(await stamp(0), await stamp(3))
  })

  it('cannot revive a picture that is gone', () => {
    simulator.control.kill(id)
    const { links } = simulator.control.changePicture(id, { over: hour })
    assert.equal(links[0]?.truth, 'gone')
  })

  it('gives people with the default picture one of their own and leaves the default alive', async () => {
    const wish = { count: 1, mix: { placeholder: 1 }, scheme: 'http' } as const
    const { first } = simulator.control.makePeople(wish)
    const { links, url, currentUrl } = simulator.control.changePicture(first)
    assert.deepEqual(
      links.map(({ truth }) => truth),
      ['placeholder', 'alive'],
    )
    assert.deepEqual([...(await deadEdges(url)), ...(await deadEdges(currentUrl))], [])
  })

  it('kills on the edges that are named and on no other', async () => {
    const { url } = simulator.control.killOn(id, ['127.0.0.3', '127.0.0.5'])
    assert.deepEqual(await deadEdges(url), [1, 3])
    simulator.control.killOn(id, ['127.0.0.2'])
    assert.deepEqual(await deadEdges(url), [0, 1, 3])
    assert.equal(simulator.control.kill(id).truth, 'gone')
  })
})

describe('makePeople', () => {
  it('makes 100 000 people quickly and in little memory', async () => {
    await using simulator = await createSimulator()
    const heapBefore = process.memoryUsage().heapUsed
    const start = performance.now()
    const { last } = simulator.control.makePeople({ count: 100_000, mix: { gone: 0.05 } })
    // About 0.3 s here; the bounds are loose, for busy machines.
    assert.ok(performance.now() - start < 5000)
    assert.ok(process.memoryUsage().heapUsed - heapBefore < 150e6)
    assert.equal(last, 'p99999')
    const urls = new Set<string>()
    for (const piece of simulator.control.list())
      for (const line of piece.split('\n')) urls.add(line)
    assert.equal(urls.size, 100_002)
  })

  it('makes people of every fate in the parts that were asked for', async () => {
    await using simulator = await createSimulator({ edges: 3 })
    const parts = { gone: 0.1, dying: 0.2, placeholder: 0.05, malformed: 0.05 }
    simulator.control.makePeople({ count: 4000, mix: parts })
    const { people } = simulator.control.listPeople({ limit: 4000 })
    for (const [truth, part] of Object.entries(parts)) {
      const found = people.filter((person) => person.truth === truth).length / people.length
      assert.ok(Math.abs(found - part) < 0.03, `${truth}: ${found}`)
    }
  })
})
