import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { createSimulator } from './simulator.ts'
import type { PersonView, Requests, Simulator } from './simulator.ts'
import { ask } from './test-client.ts'

describe('/_sim', () => {
  let simulator: Simulator

  before(async () => {
    simulator = await createSimulator({ seed: 8, now: () => 1_795_000_000_000 })
  })
  after(() => simulator.close())

  async function call(verb: string, body?: unknown): Promise<{ status: number; value: unknown }> {
    const response = await fetch(`${simulator.controlUrl}/${verb}`, {
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    })
    return { status: response.status, value: await response.json() }
  }

  it('rules a whole story: people, a change, time, a fault, and what happened', async () => {
    const made = await call('make-people', { count: 20, hosts: ['wx.qlogo.cn'], scheme: 'http' })
    assert.deepEqual(made.value, { first: 'p0', last: 'p19', total: 20 })
    const { value } = await call('change-picture', { person: 'p3', over: 1000 })
    const { url } = value as PersonView
    await call('advance', { ms: 1000 })
    assert.equal(((await call('person?person=p3')).value as PersonView).truth, 'gone')
    await call('kill-on', { person: 'p4', edges: ['127.0.0.2'] })
    assert.equal(((await call('person?person=p4')).value as PersonView).truth, 'dying')
    await call('kill', { person: 'p4' })
    assert.equal(((await call('person?person=p4')).value as PersonView).truth, 'gone')
    assert.deepEqual((await call('set-fault', { kind: 'status', status: 502, count: 1 })).value, {
      id: 1,
    })
    await call('clear-requests', {})
    assert.equal((await ask(simulator, url)).status, 502)
    assert.equal((await ask(simulator, url)).status, 200)
    const requests = (await call('requests')).value as Requests
    assert.deepEqual([requests.total, requests.faults], [2, { status: 1 }])
    assert.deepEqual((await call('clear-faults', { id: 1 })).value, { cleared: 1 })
    assert.deepEqual((await call('clock')).value, { now: 1_795_000_001_000 })
  })

  it('streams the list of people as CSV', async () => {
    const text = await (await fetch(`${simulator.controlUrl}/list.csv`)).text()
    const lines = text.trim().split('\n')
    assert.deepEqual([lines[0], lines.length], ['id,avatar', 21])
    assert.match(lines[1] ?? '', /^p0,http:\/\/wx\.qlogo\.cn\/mm\S+\/(0|132)$/)
    const query = 'which=current&truth=1&offset=3&limit=2'
    const part = await (await fetch(`${simulator.controlUrl}/list.csv?${query}`)).text()
    assert.match(part, /^id,avatar,truth\np3,http\S+,alive\np4,http\S+,gone\n$/)
  })

  it('says what there is', async () => {
    const { value } = await call('')
    const { connectTo, ca, verbs } = value as Simulator & { verbs: { verb: string }[] }
    assert.deepEqual(connectTo, simulator.connectTo)
    assert.match(ca, /BEGIN CERTIFICATE/)
    assert.ok(verbs.some(({ verb }) => verb === 'POST /_sim/change-picture'))
  })

  it('names the field that is wrong', async () => {
    const cases: readonly (readonly [string, unknown, string])[] = [
      ['make-people', {}, 'count'],
      ['make-people', { count: 'many' }, 'count'],
      ['make-people', { count: 1, hosts: ['example.com'] }, 'hosts'],
      ['make-people', { count: 1, forms: ['mmhead'], hosts: ['q1.qlogo.cn'] }, 'forms'],
      ['make-people', { count: 1, mix: { happy: 1 } }, 'happy'],
      ['make-people', { count: 1, mix: { gone: 2 } }, 'gone'],
      ['change-picture', { person: 'p999', over: 1 }, 'person'],
      ['change-picture', { person: 'p1', over: -1 }, 'over'],
      ['change-picture', { person: 'p1', duration: 1 }, 'duration'],
      ['kill-on', { person: 'p1', edges: ['10.0.0.1'] }, 'edges'],
      ['kill-on', { person: 'p1', edges: [] }, 'edges'],
      ['advance', { ms: 'soon' }, 'ms'],
      ['set-fault', { kind: 'earthquake' }, 'kind'],
      ['set-fault', { kind: 'status' }, 'status'],
      ['set-fault', { kind: 'slow', delayMs: -5 }, 'delayMs'],
      ['set-fault', { kind: 'slow', perSecond: 5 }, 'perSecond'],
      ['set-fault', { kind: 'slow', probability: 2 }, 'probability'],
      ['set-fault', { kind: 'slow', edge: '127.0.0.99' }, 'edge'],
      ['set-fault', { kind: 'slow', person: 'p999' }, 'person'],
      ['set-fault', { kind: 'wrong-certificate', person: 'p1' }, 'person'],
      ['clear-faults', { id: 0.5 }, 'id'],
    ]
    for (const [verb, body, field] of cases) {
      const { status, value } = await call(verb, body)
      const { error, field: named } = value as { error: string; field: string }
      assert.deepEqual([status, named], [400, field], `${verb} ${JSON.stringify(body)}: ${error}`)
      assert.ok(error.startsWith(`${field}: `))
    }
  })

  it('says what is wrong with a request as such', async () => {
    const url = `${simulator.controlUrl}/advance`
    assert.equal((await fetch(url, { method: 'POST', body: '{' })).status, 400)
    assert.equal((await fetch(url, { method: 'POST', body: '[]' })).status, 400)
    assert.equal((await fetch(url)).status, 405)
    assert.equal((await call('nothing')).status, 404)
  })
})
