import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request as ask } from 'node:http'
import { connect } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { type Harness, type HttpWorld, createHttpWorld } from './harness.ts'
import { type Listener, listen } from './server.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }
const anyPort = { host: '127.0.0.1', port: 0 }

/** Sends bytes as they are and gives all that comes back until the other side closes. */
async function talk(url: string, ...pieces: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  let answer = ''
  socket.on('data', (data: Buffer) => {
    answer += data.toString('latin1')
  })
  for (const piece of pieces) socket.write(piece, 'latin1')
  await once(socket, 'close')
  return answer
}

describe('listen', () => {
  let world: HttpWorld
  let http: Harness
  let server: Listener
  before(async () => {
    world = await createHttpWorld()
    http = world.open({}, { publicUrl: null })
    server = await listen(http.http, anyPort, {
      log: silent,
      first: (...both) => http.pictures.first(...both),
    })
  })
  after(async () => {
    await server.close(0)
    await world.close()
  })

  it('serves the interface, and tells how it is reached', async () => {
    assert.match(server.url, /^http:\/\/127\.0\.0\.1:\d+$/)
    const [url = ''] = world.people(1)
    const response = await fetch(`${server.url}/v1/avatars/42`, {
      method: 'PUT',
      headers: {
        authorization: `Bearer ${http.secrets.write}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ url }),
    })
    assert.equal(response.status, 201)
    const told = (await response.json()) as { urls: Record<string, string> }
    assert.equal(told.urls['96'], `${server.url}/a/42?s=96`)
  })

  it('lets the pictures answer first, and counts what they answered', async () => {
    const face = await fetch(`${server.url}/a/nobody?s=46`)
    assert.equal(face.headers.get('everface-shows'), 'fallback')
    await face.arrayBuffer()
    const headers = { authorization: `Bearer ${http.secrets.read}` }
    const metrics = await (await fetch(`${server.url}/metrics`, { headers })).text()
    assert.match(
      metrics,
      /^everface_picture_answers_total\{route="\/a\/\{subject\}",status="\d+"\} 1$/m,
    )
  })

  it('streams a batch both ways', async () => {
    const lines = 2_000
    const sent = Array.from(
      { length: lines },
      (_, at) => `{"subject":"s${at}","url":"https://thirdwx.qlogo.cn/mmopen/vi_32/s${at}/132"}\n`,
    )
    const response = await fetch(`${server.url}/v1/avatars:batch`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${http.secrets.write}`,
        'content-type': 'application/x-ndjson',
      },
      body: sent.join(''),
    })
    const results = (await response.text()).trimEnd().split('\n')
    assert.equal(results.length, lines)
    assert.ok(results.every((one) => one.includes('"created"')))
  })

  it('takes a whole batch from a client that reads nothing before all is sent', async () => {
    const lines = 40_000
    const denying = world.open({
      keeper: {
        ...world.jobs.keeper,
        register: (entries) =>
          Promise.resolve(
            entries.map(
              () => ({ kind: 'denied', code: 'url-invalid', detail: 'x'.repeat(200) }) as const,
            ),
          ),
      },
    })
    const other = await listen(denying.http, anyPort, { log: silent })
    const { hostname, port } = new URL(other.url)
    const socket = connect(Number(port), hostname)
    const body = '{"subject":"s","url":"u"}\n'.repeat(lines)
    socket.write(
      `POST /v1/avatars:batch HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${http.secrets.write}\r\nContent-Type: application/x-ndjson\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`,
    )
    // The results are some 18 MB, far more than sockets hold.
    const { promise: sent, resolve } = Promise.withResolvers<void>()
    socket.write(body, () => resolve())
    await sent
    let results = 0
    socket.on('data', (data: Buffer) => {
      results += data.toString('latin1').split('"outcome":"denied"').length - 1
    })
    await once(socket, 'close')
    // A result that two pieces share is not counted.
    assert.ok(results > lines * 0.98 && results <= lines, `${results} results`)
    await other.close(0)
  })

  it('answers a body that is too large while it is still being sent', async () => {
    const head = `PUT /v1/avatars/42 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${http.secrets.write}\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\nConnection: close\r\n\r\n`
    assert.match(await talk(server.url, head, 'x'.repeat(100_000)), /^HTTP\/1\.1 413 /)
  })

  it('answers what it cannot read, and goes on', async () => {
    for (const [sent, status] of [
      ['GET / HTTP/1.1\r\n\r\n', 400],
      ['GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n', 400],
      ['GET \\\\x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 400],
      ['nonsense\r\n\r\n', 400],
      [`GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`, 431],
      ['GET //evil.test/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 404],
    ] as const) {
      assert.match(
        await talk(server.url, sent),
        new RegExp(`^HTTP/1\\.1 ${status} `),
        sent.slice(0, 60),
      )
    }
    assert.equal((await fetch(`${server.url}/healthz`)).status, 200)
  })

  it('rejects as node does when the address is taken', async () => {
    const { port } = new URL(server.url)
    await assert.rejects(
      listen(http.http, { host: '127.0.0.1', port: Number(port) }, { log: silent }),
      { code: 'EADDRINUSE' },
    )
  })
})

describe('a listener’s bounds', () => {
  const answer = { fetch: () => Promise.resolve(new Response('ok')) }

  it('cut off a client that does not finish its head', async () => {
    const server = await listen(answer, anyPort, { log: silent, bounds: { headMs: 50 } })
    assert.match(await talk(server.url, 'GET / HTTP/1.1\r\nHost:'), /^HTTP\/1\.1 408 /)
    await server.close(0)
  })

  it('cut off a client that sends nothing at all', async () => {
    const server = await listen(answer, anyPort, { log: silent, bounds: { idleMs: 30 } })
    assert.equal(await talk(server.url), '')
    await server.close(0)
  })

  it('keep a connection for the next request', async () => {
    const server = await listen(answer, anyPort, { log: silent })
    const twice = await talk(
      server.url,
      'GET /1 HTTP/1.1\r\nHost: x\r\n\r\n',
      'GET /2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    )
    assert.equal(twice.match(/HTTP\/1\.1 200 /g)?.length, 2)
    await server.close(0)
  })
})

describe('close', () => {
  /** A server whose answer comes when it is told to. */
  async function holding() {
    const arrived = Promise.withResolvers<void>()
    const go = Promise.withResolvers<Response>()
    const server = await listen(
      {
        fetch: () => {
          arrived.resolve()
          return go.promise
        },
      },
      anyPort,
      { log: silent },
    )
    const { promise: ended, resolve } = Promise.withResolvers<string>()
    const asking = ask(
      server.url,
      { agent: false, headers: { connection: 'keep-alive' } },
      (answer) => {
        answer.resume()
        answer.on('end', () => resolve(`${answer.statusCode}`))
      },
    )
    asking.on('error', () => resolve('cut off'))
    asking.end()
    await arrived.promise
    return { server, go, ended }
  }

  it('lets a running request finish, and takes no new one', async () => {
    const { server, go, ended } = await holding()
    const closed = server.close(60_000)
    await assert.rejects(fetch(server.url))
    go.resolve(new Response('done'))
    assert.equal(await ended, '200')
    await closed
  })

  it('cuts off what takes longer than the grace', async () => {
    const { server, go, ended } = await holding()
    await server.close(1)
    assert.equal(await ended, 'cut off')
    go.resolve(new Response('too late'))
  })

  it('does not wait for connections that are idle', async () => {
    const server = await listen({ fetch: () => Promise.resolve(new Response('ok')) }, anyPort, {
      log: silent,
    })
    const { hostname, port } = new URL(server.url)
    const socket = connect(Number(port), hostname)
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    await once(socket, 'data')
    const gone = once(socket, 'close')
    await server.close(60_000)
    await gone
  })
})
