// Proxies: asked for http, told to open tunnels for https, and not believed in anything else.
import assert from 'node:assert/strict'
import { type Socket, connect } from 'node:net'
import { before, describe, it } from 'node:test'
import { type Certificates, createCertificates } from '../../simulator/certificates.ts'
import {
  type RawOptions,
  type RawRequest,
  type RawServer,
  answerOf,
  makeProber,
  outcome,
  pictureAnswer,
  serveRaw,
  until,
} from '../hostile.ts'

const host = 'pictures.example'
let certificates: Certificates

before(async () => {
  certificates = await createCertificates([host], ['127.0.0.1'])
})

type Answer = (socket: Socket, request: RawRequest) => void

function through(
  proxy: RawServer,
  options: Parameters<typeof makeProber>[0] & { auth?: string } = {},
) {
  const { auth, ...rest } = options
  return makeProber({
    proxy: { host: '127.0.0.1', port: proxy.port, authorization: auth ?? null },
    tls: { ca: [certificates.ca], insecure: false },
    timeoutMs: 4_000,
    lookup: () => Promise.reject(new Error('a proxy resolves names itself')),
    ...rest,
  })
}

/** A proxy whose tunnels all lead to one port. */
function tunnelTo(port: number): Answer {
  return (socket, { method }) => {
    if (method !== 'CONNECT') return void socket.write(pictureAnswer)
    const inner = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      socket.pipe(inner).pipe(socket)
    })
    inner.on('error', () => socket.destroy())
    socket.once('close', () => inner.destroy())
  }
}

const targets = (server: RawServer) =>
  server.requests.map(({ method, target }) => `${method} ${target}`)

describe('prober, proxy', () => {
  it('asks the proxy for http by the whole URL, over one connection', async () => {
    await using proxy = await serveRaw((socket) => socket.write(pictureAnswer))
    using prober = through(proxy)
    for (const path of ['a.gif', 'b.gif?c=d'])
      assert.equal(outcome(await prober.observe(`http://${host}/${path}`)), 200)
    assert.deepEqual(targets(proxy), [`GET http://${host}/a.gif`, `GET http://${host}/b.gif?c=d`])
    assert.match(proxy.requests[0]?.text ?? '', /\r\nHost: pictures\.example\r\n/)
    assert.equal(proxy.connections, 1)
  })

  it('tells the proxy its password, and nobody else', async () => {
    await using origin = await serveRaw((socket) => socket.write(pictureAnswer), {
      tls: certificates.right,
    })
    await using proxy = await serveRaw(tunnelTo(origin.port))
    using prober = through(proxy, { auth: 'Basic YTpi' })
    await prober.observe(`http://${host}/a`)
    assert.equal(outcome(await prober.observe(`https://${host}/a`)), 200)
    for (const { text } of proxy.requests)
      assert.match(text, /\r\nProxy-Authorization: Basic YTpi(?:\r\n|$)/)
    assert.equal(proxy.requests.length, 2)
    for (const { text } of origin.requests) assert.doesNotMatch(text, /Proxy-Authorization/i)
  })

  it('has a tunnel opened for https, speaks TLS with the host inside it, and keeps it', async () => {
    await using origin = await serveRaw((socket) => socket.write(pictureAnswer), {
      tls: certificates.right,
    })
    await using proxy = await serveRaw(tunnelTo(origin.port))
    using prober = through(proxy)
    for (let n = 0; n < 4; n++)
      assert.equal(outcome(await prober.observe(`https://${host}/${n}`)), 200)
    assert.deepEqual(targets(proxy), [`CONNECT ${host}:443`])
    assert.equal(origin.connections, 1)
  })

  it('does not let a proxy stand in for the host', async () => {
    await using origin = await serveRaw((socket) => socket.write(pictureAnswer), {
      tls: certificates.wrong.untrusted,
    })
    await using proxy = await serveRaw(tunnelTo(origin.port))
    using prober = through(proxy)
    assert.equal(outcome(await prober.observe(`https://${host}/`)), 'tls')
    assert.equal(origin.requests.length, 0)
  })

  it('cannot be made to send lines of its own by a name in another script', async () => {
    await using proxy = await serveRaw((socket) => socket.write('HTTP/1.1 502 No\r\n\r\n'))
    using prober = through(proxy)
    // The low bytes of these two signs are CR and LF.
    for (const scheme of ['http', 'https']) await prober.observe(`${scheme}://a不上x-evil.example/`)
    assert.equal(proxy.requests.length, 2)
    for (const { text, target } of proxy.requests) {
      assert.match(target, /^(?:http:\/\/)?xn--[a-z0-9.-]+(?::443|\/)$/)
      assert.match(text.split('\r\n')[1] ?? '', /^Host: xn--/)
    }
  })

  it('has a tunnel opened to the address that the operator named, for http as well', async () => {
    await using origin = await serveRaw((socket) => socket.write(pictureAnswer))
    await using proxy = await serveRaw(tunnelTo(origin.port))
    using prober = through(proxy, {
      to: [`${host}:80:127.0.0.2:8080`, `${host}:80:127.0.0.3:8080`],
      everyEdge: true,
    })
    const { observations } = await prober.see(`http://${host}/a.gif`)
    assert.deepEqual(
      observations.map(({ edge, seen }) => [edge, seen.kind]),
      [
        ['127.0.0.2', 'answer'],
        ['127.0.0.3', 'answer'],
      ],
    )
    assert.deepEqual(targets(proxy).sort(), ['CONNECT 127.0.0.2:8080', 'CONNECT 127.0.0.3:8080'])
    assert.deepEqual(
      origin.requests.map(({ target }) => target),
      ['/a.gif', '/a.gif'],
    )
    assert.match(origin.requests[0]?.text ?? '', /\r\nHost: pictures\.example\r\n/)
  })

  it('keeps a plain tunnel as it keeps any connection', async () => {
    await using origin = await serveRaw((socket) => socket.write(pictureAnswer))
    await using proxy = await serveRaw(tunnelTo(origin.port))
    using prober = through(proxy, { to: [`${host}:80:127.0.0.2:8080`] })
    for (let n = 0; n < 3; n++)
      assert.equal(outcome(await prober.observe(`http://${host}/${n}`)), 200)
    assert.equal(proxy.connections, 1)
  })

  for (const url of [
    'http://127.0.0.1/',
    'http://[::1]/',
    'https://169.254.169.254/',
    'http://2130706433/',
    'http://localhost/',
    'https://a.localhost/',
    `http://${host}:22/`,
    `https://${host}:6379/`,
  ]) {
    it(`does not ask even a proxy for ${url}`, async () => {
      await using proxy = await serveRaw((socket) => socket.write(pictureAnswer))
      using prober = through(proxy)
      const { finding } = await prober.see(url)
      assert.ok(finding.kind === 'refused' || finding.kind === 'malformed', finding.kind)
      assert.equal(proxy.connections, 0)
    })
  }

  it('follows no redirect of a proxy to a private address', async () => {
    await using proxy = await serveRaw((socket) =>
      socket.write(answerOf('', ['Location: http://169.254.169.254/'], '302 Found')),
    )
    using prober = through(proxy)
    assert.equal(outcome(await prober.observe(`http://${host}/`)), 'guard-address')
    assert.equal(proxy.requests.length, 1)
  })

  const refusals: readonly (readonly [string, Answer, RawOptions['onConnection']?])[] = [
    [
      'asks for a password',
      (socket) =>
        socket.write(
          answerOf('', ['Proxy-Authenticate: Basic'], '407 Proxy Authentication Required'),
        ),
    ],
    ['cannot reach the host', (socket) => socket.write(answerOf('', [], '502 Bad Gateway'))],
    [
      'redirects a CONNECT',
      (socket) => socket.write(answerOf('', ['Location: http://portal.example/'], '302 Found')),
    ],
    ['closes', (socket) => socket.end()],
    ['resets', (socket) => socket.resetAndDestroy()],
    ['speaks garbage', (socket) => socket.write('SOCKS5 or so\r\n\r\n')],
    [
      'sends endless headers',
      (socket) => socket.write(`HTTP/1.1 200 OK\r\nX: ${'a'.repeat(70_000)}`),
    ],
    [
      'sends bytes before the tunnel is used',
      (socket) => socket.write('HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n'),
    ],
    ['closes at once', () => undefined, (socket) => socket.end()],
    ['resets at once', () => undefined, (socket) => socket.resetAndDestroy()],
  ]
  for (const [what, answer, onConnection] of refusals) {
    it(`says that it was the proxy which ${what}, and blames no picture`, async () => {
      await using proxy = await serveRaw(answer, onConnection === undefined ? {} : { onConnection })
      using prober = through(proxy)
      const { finding, observations } = await prober.see(`https://${host}/a.gif`)
      assert.deepEqual(observations.map(outcome), ['proxy'])
      assert.equal(finding.kind, 'unknown')
    })
  }

  it('blames no picture when a proxy refuses plain http', async () => {
    for (const status of [
      '407 Proxy Authentication Required',
      '502 Bad Gateway',
      '504 Gateway Timeout',
    ]) {
      await using proxy = await serveRaw((socket) => socket.write(answerOf('', [], status)))
      using prober = through(proxy)
      assert.equal((await prober.see(`http://${host}/a.gif`)).finding.kind, 'unknown')
    }
  })

  it('says that it was the proxy when nobody listens there', async () => {
    const proxy = await serveRaw(() => undefined)
    await proxy.close()
    using prober = through(proxy)
    for (const scheme of ['http', 'https'])
      assert.equal(outcome(await prober.observe(`${scheme}://${host}/`)), 'proxy')
  })

  it('gives up a proxy that never answers, at the deadline', async () => {
    await using proxy = await serveRaw(() => undefined)
    using prober = through(proxy, { timeoutMs: 120 })
    for (const scheme of ['http', 'https'])
      assert.equal(outcome(await prober.observe(`${scheme}://${host}/`)), 'timeout')
    await until(() => proxy.open.size === 0, 'the end of the connections')
  })

  for (const [what, act] of [
    ['goes silent', () => undefined],
    ['ends', (socket: Socket) => socket.end()],
    ['is reset', (socket: Socket) => socket.resetAndDestroy()],
    ['carries no TLS', (socket: Socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ] as const) {
    it(`survives a tunnel that ${what} in the middle of the handshake`, async () => {
      await using proxy = await serveRaw((socket) => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        socket.once('data', () => act(socket))
      })
      using prober = through(proxy, { timeoutMs: 150 })
      assert.ok(
        ['reset', 'tls', 'timeout'].includes(
          String(outcome(await prober.observe(`https://${host}/`))),
        ),
      )
      await until(() => proxy.open.size === 0, 'the end of the connection')
    })

    it(`survives a tunnel that ${what} in the middle of an answer`, async () => {
      const carriers = new Set<Socket>()
      await using origin = await serveRaw(
        (socket) => {
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\nGIF', () => {
            for (const carrier of carriers) act(carrier)
          })
        },
        { tls: certificates.right },
      )
      const tunnel = tunnelTo(origin.port)
      await using proxy = await serveRaw((socket, request) => {
        carriers.add(socket)
        tunnel(socket, request)
      })
      using prober = through(proxy, { timeoutMs: 150 })
      assert.ok(
        ['reset', 'tls', 'timeout', 'truncated'].includes(
          String(outcome(await prober.observe(`https://${host}/`))),
        ),
      )
      await until(() => proxy.open.size === 0, 'the end of the connection')
    })
  }
})
