// What becomes of a connection in the lane: order, back-pressure, time, failures, and the end of the service.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import {
  anyPort,
  call,
  kept,
  last,
  log,
  open,
  rest,
  said,
  undated,
} from '../../../test/lane-client.ts'
import type { LaneAnswer, LaneService } from './lane.ts'
import { listen } from './server.ts'

describe('a connection in the lane', () => {
  const answer = (body: string | Buffer, status = 200): LaneAnswer => ({
    status,
    headers: ['Content-Length', String(Buffer.byteLength(body))],
    wire: null,
    body: Buffer.from(body),
  })
  const takes = (target: string) => target.startsWith('/a/')

  /** A service whose answers come when they are told to. */
  function slow() {
    const waiting = new Map<string, (answer: LaneAnswer) => void>()
    const asked: string[] = []
    const lane: LaneService = {
      takes,
      answer({ target }) {
        asked.push(target)
        if (target.startsWith('/a/now')) return answer(target)
        return new Promise((resolve) => waiting.set(target, resolve))
      },
    }
    return {
      lane,
      asked,
      arrived: async (target: string) => {
        while (!waiting.has(target)) await turn()
      },
      give: (target: string) => waiting.get(target)?.(answer(target)),
    }
  }

  it('gets its answers in the order of its requests, and reads on only then', async () => {
    const { lane, asked, arrived, give } = slow()
    await using server = await open(null, { lane })
    const client = call(server.port)
    await client.send(kept('/a/now-1') + kept('/a/late') + kept('/a/now-2'))
    await arrived('/a/late')
    await client.send(kept('/a/now-3') + last('/v1'))
    assert.deepEqual(asked, ['/a/now-1', '/a/late'])
    give('/a/late')
    const bodies = (await client.ended).match(/\/a\/[a-z]+(?:-\d)?|GET \/v1/g)
    assert.deepEqual(bodies, ['/a/now-1', '/a/late', '/a/now-2', '/a/now-3', 'GET /v1'])
  })

  it('is answered to the end when it has said that it is done', async () => {
    const { lane, arrived, give } = slow()
    await using server = await open(null, { lane })
    const client = call(server.port, true)
    await client.send(kept('/a/late') + kept('/v1'))
    client.socket.end()
    await arrived('/a/late')
    give('/a/late')
    assert.match(await client.ended, /\/a\/late[^]*GET \/v1/)
  })

  it('may go away before its answer', async () => {
    const { lane, arrived, give } = slow()
    await using server = await open(null, { lane })
    const client = call(server.port)
    await client.send(kept('/a/late'))
    await arrived('/a/late')
    client.socket.resetAndDestroy()
    for (let turns = 0; turns < 10; turns++) await turn()
    give('/a/late')
    assert.match(await said(server.port, [kept('/a/now') + last('/v1')]), /\/a\/now[^]*GET \/v1/)
  })

  it('is not answered beyond what it reads', async () => {
    let answered = 0
    const body = Buffer.alloc(60_000, 'x')
    const lane: LaneService = {
      takes,
      answer() {
        answered++
        return answer(body)
      },
    }
    await using server = await open(null, { lane })
    const many = 2_000
    const client = call(server.port)
    client.socket.pause()
    await client.send(kept('/a/1').repeat(many) + last('/v1'))
    // 120 MB would be too much for the sockets of any machine.
    let before = -1
    while (before !== answered) {
      before = answered
      for (let turns = 0; turns < 50; turns++) await turn()
    }
    assert.ok(answered > 0 && answered < many / 2, `${answered} of ${many} are answered`)
    client.socket.resume()
    const told = await client.ended
    assert.equal(answered, many)
    assert.equal(told.split('HTTP/1.1 200 OK').length, many + 2)
    assert.ok(told.includes('GET /v1 '))
  })

  it('is ended when its answer cannot be made, and only it', async () => {
    const failures: (() => LaneAnswer | Promise<LaneAnswer>)[] = [
      () => {
        throw new Error('a bug')
      },
      () => Promise.reject(new Error('a bug')),
      () => ({ ...answer('x'), headers: ['Location', 'a\r\nSet-Cookie: b=c'] }),
      () => Promise.resolve({ ...answer('x'), headers: ['Location', '王'] }),
    ]
    let fail: (typeof failures)[number] | undefined
    const lane: LaneService = { takes, answer: () => fail?.() ?? answer('well') }
    await using server = await open(null, { lane })
    for (fail of failures) assert.equal(await said(server.port, [kept('/a/1')]), '')
    fail = undefined
    assert.match(await said(server.port, [kept('/a/1') + last('/v1')]), /well[^]*GET \/v1/)
  })

  it('is told the time by the second', async () => {
    let now = Date.UTC(2026, 10, 22, 8, 0, 0, 999)
    const lane: LaneService = { takes, answer: () => answer('x') }
    const server = await listen(rest, anyPort, { log, lane, now: () => now })
    const client = call(Number(new URL(server.url).port))
    await client.send(kept('/a/1'))
    await client.until((text) => text.includes('Date: Sun, 22 Nov 2026 08:00:00 GMT\r\n'))
    now += 1
    await client.send(kept('/a/1'))
    await client.until((text) => text.includes('Date: Sun, 22 Nov 2026 08:00:01 GMT\r\n'))
    await server.close(0)
    await client.ended
  })

  const idle: LaneService = { takes, answer: () => answer('x') }
  it('is cut off when nothing comes, and told so when node:http would', async () => {
    for (const [bounds, told] of [
      [{ headMs: 40 }, /^HTTP\/1\.1 408 Request Timeout\r\nConnection: close\r\n\r\n$/],
      [{ idleMs: 40 }, /^$/],
    ] as const) {
      await using server = await open(null, { lane: idle, bounds })
      await using plain = await open(null, { bounds })
      assert.match(await said(server.port, []), told)
      assert.match(await said(plain.port, []), told)
    }
  })

  it('is cut off when the rest of a request does not come', async () => {
    await using server = await open(null, { lane: idle, bounds: { headMs: 40 } })
    const told = await said(server.port, [kept('/a/1') + kept('/a/2').slice(0, 10)])
    assert.match(told, /^HTTP\/1\.1 200 OK[^]*HTTP\/1\.1 408 Request Timeout/)
  })

  it('is kept for its time, and no longer', async () => {
    await using server = await open(null, { lane: idle, bounds: { keepAliveMs: 10 } })
    const told = await said(server.port, [kept('/a/1')])
    assert.match(told, /Keep-Alive: timeout=0\r\n/)
  })

  it('is cut off when its client reads nothing for long', async () => {
    const lane: LaneService = { takes, answer: () => answer(Buffer.alloc(8 * 2 ** 20)) }
    await using server = await open(null, { lane, bounds: { idleMs: 100 } })
    const client = call(server.port)
    client.socket.pause()
    await client.send(kept('/a/1').repeat(4))
    await server.close(60_000)
    client.socket.destroy()
  })
})

describe('closing the lane', () => {
  const takes = (target: string) => target.startsWith('/a/')
  const ready: LaneAnswer = {
    status: 200,
    headers: ['Content-Length', '2'],
    wire: null,
    body: Buffer.from('ok'),
  }

  it('ends connections that are idle, used or not, at once', async () => {
    const server = await open(null, { lane: { takes, answer: () => ready } })
    const [fresh, used] = [call(server.port), call(server.port)]
    await once(fresh.socket, 'connect')
    await used.send(kept('/a/1'))
    await used.until((text) => text.endsWith('ok'))
    await server.close(60_000)
    assert.equal(await fresh.ended, '')
    await used.ended
  })

  it('lets an answer that is on its way arrive, the last of its connection', async () => {
    const go = Promise.withResolvers<LaneAnswer>()
    const asked = Promise.withResolvers<void>()
    const server = await open(null, {
      lane: {
        takes,
        answer() {
          asked.resolve()
          return go.promise
        },
      },
    })
    const client = call(server.port)
    await client.send(kept('/a/1') + kept('/a/2') + kept('/v1'))
    await asked.promise
    const closed = server.close(60_000)
    go.resolve(ready)
    assert.match(
      undated(await client.ended),
      /^HTTP\/1\.1 200 OK\r\nContent-Length: 2\r\nDate: …\r\nConnection: close\r\n\r\nok$/,
    )
    await closed
  })

  it('lets what is written arrive', async () => {
    const body = Buffer.alloc(16 * 2 ** 20, 'x')
    const headers = ['Content-Length', String(body.length)]
    const server = await open(null, {
      lane: { takes, answer: () => ({ ...ready, headers, body }) },
    })
    const client = call(server.port)
    client.socket.pause()
    await client.send(kept('/a/1') + kept('/a/2'))
    const closed = server.close(60_000)
    client.socket.resume()
    const told = await client.ended
    assert.ok(told.length > body.length && told.endsWith('x'), `${told.length} bytes`)
    await closed
  })

  it('cuts off what takes longer than the grace', async () => {
    const server = await open(null, { lane: { takes, answer: () => new Promise(() => {}) } })
    const client = call(server.port)
    await client.send(kept('/a/1'))
    await server.close(1)
    assert.equal(await client.ended, '')
  })
})
