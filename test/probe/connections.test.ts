// Kept connections: used again, and never believed beyond what they are.
import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { describe, it } from 'node:test'
import { getUrl, toServer, well } from '../answers.ts'
import { answerOf, gif, makeProber, outcome, pictureAnswer, serveRaw, until } from '../hostile.ts'

describe('prober, kept connections', () => {
  it('asks many sources over one connection', async () => {
    await using server = await serveRaw(well)
    using prober = makeProber({ connectTo: toServer(server) })
    for (let n = 0; n < 20; n++) assert.equal(outcome(await prober.observe(getUrl(n))), 200)
    assert.equal(server.connections, 1)
  })

  it('opens another when the server closes after each answer, announced or not, and loses no look', async () => {
    for (const fields of [['Connection: close'], []]) {
      await using server = await serveRaw((socket) => socket.end(answerOf(gif, fields)))
      using prober = makeProber({ connectTo: toServer(server) })
      const looks = await Promise.all(Array.from({ length: 200 }, (_, n) => prober.see(getUrl(n))))
      assert.deepEqual(new Set(looks.map(({ finding }) => finding.kind)), new Set(['alive']))
    }
  })

  it('asks again, and counts no failure, when a kept connection turns out to be closed', async () => {
    // The request is read and the connection closed without an answer, as servers do whose patience ran out.
    for (const end of [
      (socket: Socket) => socket.end(),
      (socket: Socket) => socket.resetAndDestroy(),
    ]) {
      await using server = await serveRaw((socket, request) =>
        request.turn === 0 ? well(socket, request) : end(socket),
      )
      using prober = makeProber({ connectTo: toServer(server) })
      for (let n = 0; n < 5; n++) {
        const { observations, finding } = await prober.see(getUrl(n))
        assert.equal(finding.kind, 'alive')
        assert.equal(observations.length, 1)
      }
    }
  })

  it('survives a restart of the server with many kept connections at once', async () => {
    const held: (() => void)[] = []
    let holding = true
    await using server = await serveRaw((socket, request) => {
      if (holding) held.push(() => well(socket, request))
      else if (request.turn > 0) socket.end()
      else well(socket, request)
    })
    using prober = makeProber({ connectTo: toServer(server) })
    const first = Array.from({ length: 32 }, (_, n) => prober.see(getUrl(n)))
    await until(() => held.length === 32, '32 requests')
    holding = false
    for (const go of held) go()
    await Promise.all(first)
    // Every kept connection gives up on its next request: no look may notice.
    const looks = await Promise.all(Array.from({ length: 4 }, (_, n) => prober.see(getUrl(n))))
    assert.deepEqual(
      looks.map(({ finding }) => finding.kind),
      ['alive', 'alive', 'alive', 'alive'],
    )
  })

  it('does not ask for ever when every connection is closed unanswered', async () => {
    await using server = await serveRaw((socket) => socket.end())
    using prober = makeProber({ connectTo: toServer(server) })
    assert.equal(outcome(await prober.observe(getUrl())), 'truncated')
    assert.equal(server.requests.length, 1)
  })

  it('drops a connection on which bytes come that nobody asked for', async () => {
    await using server = await serveRaw(well)
    using prober = makeProber({ connectTo: toServer(server) })
    assert.equal(outcome(await prober.observe(getUrl(1))), 200)
    for (const socket of server.open)
      socket.write('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n')
    await until(() => server.open.size === 0, 'the end of the connection')
    assert.equal(outcome(await prober.observe(getUrl(2))), 200)
    assert.equal(server.connections, 2)
  })

  it('uses no connection again whose answer was not understood', async () => {
    await using server = await serveRaw((socket, { connection }) =>
      socket.write(connection === 0 ? 'garbage\r\n\r\n' : pictureAnswer),
    )
    using prober = makeProber({ connectTo: toServer(server) })
    assert.equal(outcome(await prober.observe(getUrl(1))), 'protocol')
    assert.equal(outcome(await prober.observe(getUrl(2))), 200)
    assert.equal(server.connections, 2)
  })
})
