// Servers that answer wrongly, late, twice or not at all.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { type Answer, getUrl, headUrl, see, toServer, well } from '../answers.ts'
import {
  answerOf,
  gif,
  makeProber,
  outcome,
  pictureAnswer,
  pictureHead,
  serveRaw,
  until,
} from '../hostile.ts'

describe('prober, answers that are not whole', () => {
  const wholeHead = `HTTP/1.1 200 OK\r\nContent-Type: image/gif\r\nContent-Length: ${gif.length}\r\n`
  const cases: readonly (readonly [string, Answer, string])[] = [
    ['a connection closed without an answer', (socket) => socket.end(), 'truncated'],
    ['a reset before the headers', (socket) => socket.resetAndDestroy(), 'reset'],
    ['headers without end', (socket) => socket.end(wholeHead), 'truncated'],
    ['headers and no body', (socket) => socket.end(`${wholeHead}\r\n`), 'truncated'],
    [
      'half a body',
      (socket) => socket.end(Buffer.concat([Buffer.from(`${wholeHead}\r\n`), gif.subarray(0, 20)])),
      'truncated',
    ],
    [
      'half a body in chunks',
      (socket) => socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nGIF89\r\n'),
      'truncated',
    ],
    [
      'a length longer than the body, the connection open',
      (socket) =>
        socket.write(
          Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n'), gif]),
        ),
      'timeout',
    ],
    [
      'a length shorter than the body',
      (socket) =>
        socket.write(
          Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n'), gif]),
        ),
      'protocol',
    ],
    ['no answer at all', () => undefined, 'timeout'],
    ['an answer that is no HTTP', (socket) => socket.write('SSH-2.0-OpenSSH_9.6\r\n'), 'protocol'],
    [
      'an HTTP/2 preface',
      (socket) => socket.write(Buffer.from('0000120400000000000003000000640004', 'hex')),
      'protocol',
    ],
    [
      'a body larger than 8 MiB by its length',
      (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 8388609\r\n\r\n'),
      'too-large',
    ],
    [
      'lines that end with LF alone',
      (socket) => socket.write('HTTP/1.1 200 OK\nContent-Length: 2\n\nhi'),
      'protocol',
    ],
    [
      'two answers',
      (socket) => socket.write(Buffer.concat([pictureAnswer, pictureAnswer])),
      'protocol',
    ],
    [
      'an upgrade nobody asked for',
      (socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n'),
      'protocol',
    ],
    [
      'broken gzip',
      (socket) => socket.write(answerOf('no gzip', ['Content-Encoding: gzip'])),
      'protocol',
    ],
    [
      'an unknown coding',
      (socket) => socket.write(answerOf(gif, ['Content-Encoding: snappy'])),
      'protocol',
    ],
    [
      'gzip upon gzip',
      (socket) => socket.write(answerOf(gzipSync(gzipSync(gif)), ['Content-Encoding: gzip, gzip'])),
      'protocol',
    ],
    [
      'a gzip bomb',
      (socket) =>
        socket.write(
          answerOf(gzipSync(Buffer.alloc(100 * 1024 * 1024)), ['Content-Encoding: gzip']),
        ),
      'too-large',
    ],
  ]
  for (const [what, answer, kind] of cases) {
    it(`says ${kind} and blames no picture for ${what}`, async () => {
      // Silence is what is waited for; every other end must come long before the deadline.
      const timeoutMs = kind === 'timeout' ? 300 : 20_000
      const { look, outcomes } = await see(answer, { timeoutMs })
      assert.deepEqual(outcomes, [kind])
      assert.equal(look.finding.kind, 'unknown')
      assert.equal(look.picture, null)
    })
  }

  it('ends at the deadline when the headers come byte by byte', async () => {
    const { outcomes } = await see(
      (socket) => {
        const drip = setInterval(() => socket.write('a'), 5)
        socket.write('HTTP/1.1 200 OK\r\nX: ')
        socket.once('close', () => clearInterval(drip))
      },
      { timeoutMs: 200 },
    )
    assert.deepEqual(outcomes, ['timeout'])
  })

  it('ends at the deadline when the body comes byte by byte', async () => {
    const { outcomes } = await see(
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
        const drip = setInterval(() => socket.write('1\r\na\r\n'), 5)
        socket.once('close', () => clearInterval(drip))
      },
      { timeoutMs: 200 },
    )
    assert.deepEqual(outcomes, ['timeout'])
  })

  for (const [what, head] of [
    ['until the end', ''],
    ['in chunks', 'Transfer-Encoding: chunked\r\n'],
  ] as const) {
    it(`stops reading at 8 MiB when the body is endless, ${what}`, async () => {
      let sent = 0
      await using server = await serveRaw((socket) => {
        const block = Buffer.alloc(256 * 1024, 'a')
        const chunk =
          head === ''
            ? block
            : Buffer.concat([Buffer.from('40000\r\n'), block, Buffer.from('\r\n')])
        const pour = () => {
          while (!socket.destroyed && sent < 200 * 1024 * 1024) {
            sent += block.length
            if (!socket.write(chunk)) return void socket.once('drain', pour)
          }
        }
        socket.write(`HTTP/1.1 200 OK\r\n${head}\r\n`)
        pour()
      })
      using prober = makeProber({ connectTo: toServer(server) })
      assert.equal(outcome(await prober.observe(getUrl())), 'too-large')
      await until(() => server.open.size === 0, 'the end of the connection')
      assert.ok(sent < 40 * 1024 * 1024, `${sent} bytes went out`)
    })
  }

  it('reads a body of 8 MiB to the last byte', async () => {
    const body = Buffer.concat([gif, Buffer.alloc(8 * 1024 * 1024 - gif.length)])
    const { look } = await see((socket) => socket.write(answerOf(body)), { timeoutMs: 5_000 })
    assert.equal(look.finding.kind, 'alive')
    assert.equal(look.picture?.length, body.length)
  })

  it('reads HTTP/1.0, bodies that end with the connection, and packed ones', async () => {
    const packed = gzipSync(gif)
    const answers: Answer[] = [
      (socket) => socket.end(Buffer.concat([Buffer.from('HTTP/1.0 200 OK\r\n\r\n'), gif])),
      (socket) =>
        socket.end(
          Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n'), gif]),
        ),
      (socket) => socket.write(answerOf(packed, ['Content-Encoding: gzip'])),
      (socket) =>
        socket.write(
          Buffer.concat([
            Buffer.from('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: a\r\n\r\n'),
            pictureAnswer,
          ]),
        ),
    ]
    for (const answer of answers) {
      const { look } = await see(answer)
      assert.equal(look.finding.kind, 'alive')
      assert.deepEqual(look.picture, gif)
    }
  })
})

describe('prober, HEAD', () => {
  const dead = answerOf('gone', ['X-Which: dead'], '404 Not Found')

  it('reads the size that is announced', async () => {
    await using server = await serveRaw(well)
    using prober = makeProber({ connectTo: toServer(server) })
    const seen = await prober.observe(headUrl())
    assert.equal(seen.method, 'HEAD')
    assert.ok(
      seen.seen.kind === 'answer' && seen.seen.bytes === gif.length && seen.seen.body === null,
    )
  })

  for (const status of ['405 Method Not Allowed', '501 Not Implemented']) {
    it(`asks by GET after ${status}, and from then on`, async () => {
      await using server = await serveRaw((socket, { method }) =>
        socket.write(method === 'HEAD' ? answerOf('', [], status) : pictureAnswer),
      )
      using prober = makeProber({ connectTo: toServer(server) })
      const first = await prober.observe(headUrl(1))
      assert.equal(first.method, 'GET')
      assert.equal(outcome(first), 200)
      await prober.observe(headUrl(2))
      assert.deepEqual(
        server.requests.map(({ method }) => method),
        ['HEAD', 'GET', 'GET'],
      )
    })
  }

  const bodies: readonly (readonly [string, Answer])[] = [
    ['whole', (socket) => socket.write(pictureAnswer)],
    ['in part', (socket) => socket.write(pictureAnswer.subarray(0, pictureHead.length + 5))],
    [
      'in chunks',
      (socket) => socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'),
    ],
    ['and then the end', (socket) => socket.end(pictureAnswer)],
  ]
  for (const [what, answer] of bodies) {
    it(`asks by GET when the body is sent all the same, ${what}`, async () => {
      await using server = await serveRaw((socket, request) =>
        request.method === 'HEAD' ? answer(socket, request) : well(socket, request),
      )
      using prober = makeProber({ connectTo: toServer(server) })
      for (let n = 0; n < 3; n++) {
        const seen = await prober.observe(headUrl(n))
        assert.deepEqual([outcome(seen), seen.method], [200, 'GET'])
      }
      assert.deepEqual(
        server.requests.map(({ method }) => method),
        ['HEAD', 'GET', 'GET', 'GET'],
      )
    })
  }

  it('gives no source the body of another when it comes late, into the next exchange', async () => {
    // The body of the first HEAD is the answer "404" for whoever asks next: it must not be believed.
    await using server = await serveRaw((socket, request) => {
      if (request.method === 'HEAD' && request.turn === 0)
        socket.write(
          `HTTP/1.1 200 OK\r\nContent-Type: image/gif\r\nContent-Length: ${dead.length}\r\n\r\n`,
        )
      else if (request.method === 'HEAD') socket.write(gif)
      else well(socket, request)
    })
    using prober = makeProber({ connectTo: toServer(server) })
    assert.equal(outcome(await prober.observe(headUrl(1))), 200)
    const second = await prober.see(headUrl(2))
    assert.deepEqual(
      second.observations.map((seen) => [outcome(seen), seen.method]),
      [[200, 'GET']],
    )
    const third = await prober.observe(headUrl(3))
    assert.equal(third.method, 'GET')
  })

  it('asks by GET from then on when the body of a HEAD comes while nothing is asked', async () => {
    await using server = await serveRaw((socket, request) => {
      if (request.method === 'HEAD') socket.write(pictureHead)
      else well(socket, request)
    })
    using prober = makeProber({ connectTo: toServer(server) })
    assert.equal(outcome(await prober.observe(headUrl(1))), 200)
    for (const socket of server.open) socket.write(dead)
    await until(() => server.open.size === 0, 'the end of the connection')
    const next = await prober.observe(headUrl(2))
    assert.deepEqual([outcome(next), next.method], [200, 'GET'])
  })

  it('does not take it out on a GET when the body of a HEAD comes late', async () => {
    await using server = await serveRaw((socket, request) => {
      if (request.method === 'HEAD') socket.write(pictureHead)
      else if (request.turn > 0) socket.write(gif)
      else well(socket, request)
    })
    using prober = makeProber({ connectTo: toServer(server) })
    assert.equal(outcome(await prober.observe(headUrl(1))), 200)
    const { observations } = await prober.see(headUrl(2), { get: true })
    assert.deepEqual(observations.map(outcome), [200])
  })

  it('still reads an answer to HEAD as one when the host is found out meanwhile', async () => {
    let first: (() => void) | null = null
    await using server = await serveRaw((socket, request) => {
      if (request.method === 'GET') return well(socket, request)
      if (request.target.includes('/2/')) return void (first = () => well(socket, request))
      socket.write(answerOf('', [], '405 No'))
    })
    using prober = makeProber({ connectTo: toServer(server) })
    const late = prober.see(headUrl(2))
    await until(() => first !== null, 'the first HEAD')
    assert.equal((await prober.observe(headUrl(1))).method, 'GET')
    const answerFirst = first as (() => void) | null
    answerFirst?.()
    const { finding, observations } = await late
    assert.equal(finding.kind, 'alive')
    const [seen] = observations
    assert.ok(
      seen?.method === 'HEAD' && seen.seen.kind === 'answer' && seen.seen.bytes === gif.length,
    )
  })

  it('does not ask by HEAD again where a redirect leads to a host that is known not to read it', async () => {
    await using server = await serveRaw((socket, request) => {
      if (request.text.includes('Host: pbs.twimg.com'))
        socket.write(answerOf('', ['Location: http://other.example/a'], '302 Found'))
      else if (request.method === 'HEAD') socket.write(answerOf('', [], '405 No'))
      else well(socket, request)
    })
    using prober = makeProber({ connectTo: toServer(server) })
    for (let n = 0; n < 3; n++) assert.equal((await prober.observe(headUrl(n))).method, 'GET')
    const asked = server.requests
      .filter(({ text }) => text.includes('Host: other.example'))
      .map(({ method }) => method)
    assert.deepEqual(asked, ['HEAD', 'GET', 'GET', 'GET'])
  })

  it('gives every one of many looks its own answer, whatever the server does to the connection', async () => {
    // Deterministic trouble: each source has one right status, told by its own path.
    const statusOf = (n: number) => (n % 3 === 0 ? '404 Not Found' : '200 OK')
    await using server = await serveRaw((socket, { target, method, turn }) => {
      const n = Number(/images\/(\d+)/.exec(target)?.[1])
      const full = answerOf(
        statusOf(n) === '200 OK' ? gif : 'gone',
        ['Content-Type: image/gif'],
        statusOf(n),
      )
      const head = full.subarray(0, full.indexOf('\r\n\r\n') + 4)
      switch ((n + turn) % 7) {
        case 0:
          return void socket.end(method === 'HEAD' ? head : full)
        case 1:
          return turn > 0
            ? void socket.destroy()
            : void socket.write(method === 'HEAD' ? head : full)
        case 2: {
          socket.write(head.subarray(0, 10))
          return void setImmediate(() =>
            socket.write((method === 'HEAD' ? head : full).subarray(10)),
          )
        }
        default:
          return void socket.write(method === 'HEAD' ? head : full)
      }
    })
    using prober = makeProber({ connectTo: toServer(server), retries: 2, concurrency: 16 })
    const looks = await Promise.all(Array.from({ length: 300 }, (_, n) => prober.see(headUrl(n))))
    for (const [n, { observations }] of looks.entries()) {
      assert.equal(
        outcome(observations.at(-1) ?? looks[0]!.observations[0]!),
        Number.parseInt(statusOf(n), 10),
        `source ${n}`,
      )
    }
  })
})
