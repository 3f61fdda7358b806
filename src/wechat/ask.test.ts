import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'

import type { Simulator } from '../../simulator/simulator.ts'
import { createAsker } from './ask.ts'
import type { AskReply, Asker, ConnectTo } from './ask.ts'
import { edgesOf, startPlatform } from './harness.ts'
import type { Platform } from './harness.ts'

const host = 'api.weixin.qq.com'
const address = `https://${host}/sns/oauth2/refresh_token?appid=wx1&refresh_token=hush-hush`
const bounds = { timeoutMs: 10_000, maxBytes: 65_536 }
/** Nothing listens here. */
const closed = { host, port: 443, address: '127.0.0.1', toPort: 1 }

/** Why nothing was answered. */
function detailOf(reply: AskReply): string {
  assert.equal(reply.kind, 'failure')
  return reply.kind === 'failure' ? reply.detail : assert.fail()
}

describe('createAsker', () => {
  let platform: Platform
  let simulator: Simulator
  let edges: readonly ConnectTo[]
  let asker: Asker

  before(async () => {
    platform = await startPlatform(6)
    simulator = platform.simulator
    edges = edgesOf(simulator)
  })
  beforeEach(() => {
    simulator.control.clearFaults()
    simulator.control.clearRequests()
    asker = createAsker({ connectTo: edges, ca: [simulator.ca] })
  })
  afterEach(() => asker.close())
  after(() => platform.close())

  /** By edge, how many requests came. */
  const edgesAsked = () => simulator.control.requests().last.map(({ edge }) => edge)

  it('hands back status and text', async () => {
    simulator.control.setPlatform({ suffix: 'none' })
    const text = '{"errcode":40013,"errmsg":"invalid appid"}'
    assert.deepEqual(await asker.ask(address, bounds), { kind: 'answer', status: 200, text })
  })

  it('keeps its connection from one call to the next', async () => {
    const before = simulator.control.requests().connections
    for (let i = 0; i < 5; i++) await asker.ask(address, bounds)
    assert.equal(simulator.control.requests().connections - before, 1)
  })

  it('opens another when the platform has closed the one it kept', async () => {
    for (const announced of [true, false]) {
      simulator.control.setFault({ kind: 'close', announced, count: 1 })
      for (let i = 0; i < 3; i++) {
        assert.equal((await asker.ask(address, bounds)).kind, 'answer')
      }
    }
    await asker.ask(address, bounds)
    simulator.control.setFault({ kind: 'reset', when: 'before-headers', count: 1 })
    assert.equal((await asker.ask(address, bounds)).kind, 'answer')
  })

  it('asks a fresh connection that was reset no second time', async () => {
    simulator.control.setFault({ kind: 'reset', when: 'before-headers', count: 1 })
    assert.match(detailOf(await asker.ask(address, bounds)), /ECONNRESET/)
    assert.equal(edgesAsked().length, 1)
  })

  it('does not ask again what was answered in part', async () => {
    await asker.ask(address, bounds)
    simulator.control.setFault({ kind: 'reset', when: 'after-headers', count: 1 })
    detailOf(await asker.ask(address, bounds))
    assert.equal(edgesAsked().length, 2)
  })

  it('goes on to the next address where nothing could be sent, and stays there', async () => {
    asker = createAsker({ connectTo: [closed, ...edges], ca: [simulator.ca] })
    for (let i = 0; i < 2; i++) assert.equal((await asker.ask(address, bounds)).kind, 'answer')
    simulator.control.setFault({ kind: 'wrong-certificate', flaw: 'name', count: 1 })
    asker.close()
    const [first = '', second = ''] = simulator.edges
    assert.equal((await asker.ask(address, bounds)).kind, 'answer')
    asker.close()
    assert.equal((await asker.ask(address, bounds)).kind, 'answer')
    assert.deepEqual(edgesAsked(), [first, first, second, second])
  })

  it('believes no certificate but those of its authority, for the right name', async () => {
    const edge = edges.find((each) => each.host === host && each.port === 443)
    assert.ok(edge)
    const trusting = createAsker({ connectTo: [edge], ca: [simulator.ca] })
    for (const flaw of ['name', 'expired', 'untrusted'] as const) {
      simulator.control.setFault({ kind: 'wrong-certificate', flaw, count: 1 })
      detailOf(await trusting.ask(address, bounds))
    }
    trusting.close()
    const stranger = createAsker({ connectTo: [edge] })
    detailOf(await stranger.ask(address, bounds))
    stranger.close()
    assert.deepEqual(edgesAsked(), [])
  })

  it('gives up at the deadline, wherever the time goes', async () => {
    for (const fault of [
      { kind: 'never' },
      { kind: 'slow', delayMs: 600_000 },
      { kind: 'slow-body', everyMs: 20, bytes: 1 },
      { kind: 'tls-stall' },
    ] as const) {
      asker.close()
      simulator.control.setFault({ ...fault, count: 1 })
      const reply = await asker.ask(address, { ...bounds, timeoutMs: 150 })
      assert.match(detailOf(reply), /in time/, fault.kind)
      simulator.control.clearFaults()
    }
  })

  it('takes no more bytes than it was told', async () => {
    const reply = await asker.ask(address, bounds)
    const length = reply.kind === 'answer' ? Buffer.byteLength(reply.text) : 0
    const bounded = (maxBytes: number) => asker.ask(address, { ...bounds, maxBytes })
    assert.equal((await bounded(length + 8)).kind, 'answer')
    assert.match(detailOf(await bounded(20)), /longer than 20 bytes/)
    simulator.control.setFault({ kind: 'endless-body', count: 1 })
    assert.match(detailOf(await asker.ask(address, bounds)), /longer than 65536 bytes/)
  })

  it('follows no redirect and unpacks nothing', async () => {
    simulator.control.setFault({ kind: 'redirect', to: 'https://127.0.0.1/', count: 1 })
    const reply = await asker.ask(address, bounds)
    assert.equal(reply.kind === 'answer' && reply.status, 302)
    simulator.control.setFault({ kind: 'gzip-bomb', mebibytes: 8, count: 1 })
    assert.match(detailOf(await asker.ask(address, bounds)), /packed/)
    assert.equal(edgesAsked().length, 2)
  })

  it('tells nothing of what it asked, whatever goes wrong', async () => {
    const unknown = createAsker({ connectTo: [{ ...closed, address: 'no.such.host.invalid' }] })
    const alone = createAsker({ connectTo: [closed] })
    const details = [
      detailOf(await alone.ask(address, bounds)),
      detailOf(await unknown.ask(address, bounds)),
      detailOf(await asker.ask(address.replace('https:', 'http:'), bounds)),
      detailOf(await asker.ask('hush-hush', bounds)),
    ]
    for (const kind of ['half-body', 'garbage', 'endless-headers'] as const) {
      simulator.control.setFault({ kind, count: 1 })
      details.push(detailOf(await asker.ask(address, bounds)))
    }
    assert.deepEqual(
      details.filter((detail) => /hush|wx1|\?/.test(detail)),
      [],
    )
    assert.match(details[0] ?? '', /ECONNREFUSED/)
    assert.match(details[1] ?? '', /resolved/)
  })

  it('lets a rule without host and port stand for all', async () => {
    const edge = edges.find((each) => each.host === host && each.port === 443)
    assert.ok(edge)
    const every = createAsker({
      connectTo: [{ ...edge, host: '', port: null }],
      ca: [simulator.ca],
    })
    assert.equal((await every.ask(address, bounds)).kind, 'answer')
    every.close()
  })
})
