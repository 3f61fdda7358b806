// Where the prober may be led: by addresses in URLs, by resolvers, by redirects.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { answerOf, makeProber, outcome, pictureAnswer, serveRaw } from '../hostile.ts'

const publicAddress = '198.105.244.130'

describe('prober, addresses in URLs', () => {
  const forms = [
    '127.0.0.1',
    '127.1',
    '127.0.1',
    '0x7f.1',
    '0x7f000001',
    '2130706433',
    '017700000001',
    '0177.0.0.1',
    '127.0.0.1.',
    '0',
    '0.0.0.0',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[0:0:0:0:0:ffff:7f00:1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '[fe80::1]',
    '[::127.0.0.1]',
    '169.254.169.254',
    '10.0.0.1',
    '192.168.1.1',
    '172.16.0.1',
    '100.100.100.200',
    '[fd00:ec2::254]',
    '１２７.０.０.１',
    '127。0。0。1',
    '①②⑦.0.0.1',
  ]
  for (const form of forms) {
    it(`connects nowhere for http://${form}/`, async () => {
      await using server = await serveRaw((socket) => socket.write(pictureAnswer))
      using prober = makeProber({
        lookup: () => Promise.reject(new Error('a literal was resolved')),
      })
      for (const url of [
        `http://${form}/a.jpg`,
        `http://${form}:${server.port}/a.jpg`,
        `https://${form}/a.jpg`,
      ]) {
        const { finding, observations } = await prober.see(url)
        assert.ok(
          finding.kind === 'refused' || finding.kind === 'malformed',
          `${finding.kind}: ${finding.detail}`,
        )
        for (const seen of observations) assert.equal(outcome(seen), 'guard-url')
      }
      assert.equal(server.connections, 0)
    })
  }

  it('connects to them when that is allowed', async () => {
    await using server = await serveRaw((socket) => socket.write(pictureAnswer))
    using prober = makeProber({ guard: { allowPrivate: true, allowPorts: [] } })
    assert.equal((await prober.see(`http://127.0.0.1:${server.port}/a.gif`)).finding.kind, 'alive')
    assert.equal(
      (await prober.see(`http://[::ffff:127.0.0.1]:${server.port}/a.gif`)).finding.kind,
      'alive',
    )
  })

  for (const port of [22, 25, 3306, 6379, 8080]) {
    it(`asks nobody on port ${port}`, async () => {
      using prober = makeProber({ lookup: () => Promise.resolve([publicAddress]) })
      const { finding, observations } = await prober.see(`http://pictures.example:${port}/a.jpg`)
      assert.equal(finding.kind, 'refused')
      assert.deepEqual(observations.map(outcome), ['guard-url'])
    })
  }

  it('resolves no URL with user and password in it', async () => {
    using prober = makeProber({ lookup: () => Promise.reject(new Error('was resolved')) })
    for (const url of [
      'http://a:b@pictures.example/',
      'http://pictures.example@127.0.0.1/',
      'http://pictures.example%40127.0.0.1/',
      'http://127.0.0.1\\@pictures.example/',
    ]) {
      assert.equal((await prober.see(url)).finding.kind, 'malformed', url)
    }
  })
})

describe('prober, names', () => {
  it('connects nowhere when every address of a name is private', async () => {
    await using server = await serveRaw((socket) => socket.write(pictureAnswer))
    for (const addresses of [
      ['127.0.0.1'],
      ['::1'],
      ['10.0.0.1', '::ffff:127.0.0.1'],
      ['169.254.169.254'],
      ['fe80::1%lo'],
    ]) {
      using prober = makeProber({
        lookup: () => Promise.resolve(addresses),
        guard: { allowPrivate: false, allowPorts: [server.port] },
      })
      for (const host of ['localhost', 'localhost.', 'rebound.example']) {
        const seen = await prober.observe(`http://${host}:${server.port}/a.jpg`)
        assert.equal(outcome(seen), 'guard-address')
      }
    }
    assert.equal(server.connections, 0)
  })

  it('uses only the public ones of mixed addresses', async () => {
    await using server = await serveRaw((socket) => socket.write(pictureAnswer))
    using prober = makeProber({
      lookup: () => Promise.resolve(['127.0.0.1', publicAddress, '::1']),
      guard: { allowPrivate: false, allowPorts: [server.port] },
      edges: 5,
      everyEdge: true,
      retries: 3,
      timeoutMs: 60,
    })
    const { observations } = await prober.see(`http://mixed.example:${server.port}/a.jpg`)
    assert.deepEqual(new Set(observations.map(({ edge }) => edge)), new Set([publicAddress]))
    assert.equal(server.connections, 0)
  })

  it('judges the answer of every resolution, not only of the first', async () => {
    await using server = await serveRaw((socket) => socket.write(pictureAnswer))
    let asked = 0
    using prober = makeProber({
      lookup: () => Promise.resolve([asked++ === 0 ? publicAddress : '127.0.0.1']),
      guard: { allowPrivate: false, allowPorts: [server.port] },
      timeoutMs: 60,
    })
    // The same name on two ports is resolved twice.
    await prober.observe(`http://rebound.example:80/a.jpg`)
    const second = await prober.observe(`http://rebound.example:${server.port}/a.jpg`)
    assert.equal(asked, 2)
    assert.equal(outcome(second), 'guard-address')
    assert.equal(server.connections, 0)
  })

  it('resolves a name once for many looks at the same time', async () => {
    let asked = 0
    using prober = makeProber({ lookup: async () => (asked++, ['127.0.0.1']) })
    await Promise.all(
      Array.from({ length: 50 }, (_, n) => prober.observe(`http://many.example/${n}.jpg`)),
    )
    assert.equal(asked, 1)
  })

  it('tells a name that is not resolved from a picture that is gone', async () => {
    using prober = makeProber()
    const { finding, observations } = await prober.see('http://nobody.example/a.jpg')
    assert.deepEqual(observations.map(outcome), ['dns'])
    assert.equal(finding.kind, 'unknown')
  })

  it('takes a name without any address for unknown', async () => {
    using prober = makeProber({ lookup: () => Promise.resolve([]) })
    assert.equal((await prober.see('http://empty.example/a.jpg')).finding.kind, 'unknown')
  })

  it('survives a resolver that throws, gives no addresses but words, or never answers', async () => {
    using throws = makeProber({
      lookup: () => {
        throw new Error('broken')
      },
    })
    assert.equal(outcome(await throws.observe('http://a.example/')), 'dns')
    using words = makeProber({
      lookup: () => Promise.resolve(['localhost', '', '8.8.8.8%lo']),
      guard: { allowPrivate: true, allowPorts: [] },
    })
    assert.equal(outcome(await words.observe('http://a.example/')), 'guard-address')
    using silent = makeProber({ lookup: () => new Promise(() => undefined), timeoutMs: 80 })
    assert.equal(outcome(await silent.observe('http://a.example/')), 'dns')
  })
})

describe('prober, redirects', () => {
  /** Serves `/to?…` as a redirect there, everything else as a picture. */
  async function redirecting(locate?: (target: string) => string, status = '302 Found') {
    const server = await serveRaw((socket, { target }) => {
      const to =
        locate?.(target) ?? (target.startsWith('/to?') ? decodeURIComponent(target.slice(4)) : '')
      socket.write(to === '' ? pictureAnswer : answerOf('', [`Location: ${to}`], status))
    })
    const to = `pictures.example:80:127.0.0.1:${server.port}`
    return { server, to }
  }
  const url = (location: string) => `http://pictures.example/to?${encodeURIComponent(location)}`

  const forbidden = [
    ['a private address', 'http://127.0.0.1/', 'guard-address'],
    ['loopback in another form', 'http://0x7f.1/', 'guard-address'],
    ['loopback as one number', 'http://2130706433/', 'guard-address'],
    ['IPv6 loopback', 'http://[::1]/', 'guard-address'],
    ['mapped loopback', 'http://[::ffff:7f00:1]/', 'guard-address'],
    ['the metadata service', 'http://169.254.169.254/latest/meta-data/', 'guard-address'],
    ['a file', 'file:///etc/passwd', 'redirects'],
    ['ftp', 'ftp://pictures.example/', 'redirects'],
    ['data', 'data:image/gif;base64,R0lGOD', 'redirects'],
    ['script', 'javascript:alert(1)', 'redirects'],
    ['userinfo', 'http://a:b@pictures.example/', 'redirects'],
    ['userinfo that looks like the host', 'http://pictures.example@127.0.0.1/', 'redirects'],
    ['no URL', 'http://[', 'redirects'],
    ['no host', 'http:///', 'redirects'],
    ['an odd port of a public name', 'http://other.example:22/', 'guard-address'],
    ['a name that is private', 'http://private.example/', 'guard-address'],
    ['a name that is not resolved', 'http://nobody.example/', 'dns'],
  ] as const
  for (const [what, location, kind] of forbidden) {
    it(`follows none to ${what}, and does not blame the picture`, async () => {
      const { server, to } = await redirecting()
      await using _ = server
      using prober = makeProber({
        to: [to],
        lookup: async (host) => {
          if (host === 'private.example') return ['10.1.2.3']
          if (host === 'other.example') return [publicAddress]
          throw Object.assign(new Error(host), { code: 'ENOTFOUND' })
        },
      })
      const { finding, observations } = await prober.see(url(location))
      assert.deepEqual(observations.map(outcome), [kind])
      assert.equal(finding.kind, 'unknown')
      assert.equal(server.requests.length, 1)
    })
  }

  it('follows none from an edge that the operator named to the same machine by its address', async () => {
    const { server, to } = await redirecting()
    await using _ = server
    using prober = makeProber({ to: [to] })
    assert.equal(
      outcome(await prober.observe(url(`http://127.0.0.1:${server.port}/a.gif`))),
      'guard-address',
    )
    assert.equal(server.requests.length, 1)
  })

  for (const [what, location, target] of [
    ['a path', '/a.gif', '/a.gif'],
    ['a relative path', 'a.gif?b#c', '/a.gif?b'],
    ['a query', '?b', '/to?b'],
    ['another host without scheme', '//pictures.example/b.gif', '/b.gif'],
    ['the whole URL', 'http://PICTURES.example/c.gif', '/c.gif'],
    ['a path with spaces', '/a b.gif', '/a%20b.gif'],
  ] as const) {
    it(`follows one to ${what}`, async () => {
      const { server, to } = await redirecting((asked) =>
        asked.startsWith('/to?first') ? location : '',
      )
      await using _ = server
      using prober = makeProber({ to: [to] })
      const { finding, observations } = await prober.see('http://pictures.example/to?first')
      assert.equal(finding.kind, 'alive')
      assert.equal(server.requests.at(-1)?.target, target)
      assert.equal(observations[0]?.url, 'http://pictures.example/to?first')
      assert.equal(
        observations[0]?.finalUrl,
        `http://pictures.example${target}${location.includes('#') ? '#c' : ''}`,
      )
    })
  }

  it('reads a place that stands in UTF-8 as browsers do', async () => {
    await using server = await serveRaw((socket, { target }) =>
      socket.write(
        target === '/a'
          ? Buffer.concat([
              Buffer.from(
                'HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: /图.gif\r\n\r\n',
                'utf8',
              ),
            ])
          : pictureAnswer,
      ),
    )
    using prober = makeProber({ to: [`pictures.example:80:127.0.0.1:${server.port}`] })
    assert.equal((await prober.see('http://pictures.example/a')).finding.kind, 'alive')
    assert.equal(server.requests.at(-1)?.target, '/%E5%9B%BE.gif')
  })

  it('follows one from a source without scheme, which is asked by https', async () => {
    // Nobody listens on https here: it is enough that the plain host is asked at last.
    const { server, to } = await redirecting((asked) =>
      asked === '/first' ? 'http://pictures.example/a.gif' : '',
    )
    await using _ = server
    using prober = makeProber({ to: [to] })
    assert.equal((await prober.see('HTTP://pictures.example:80/first')).finding.kind, 'alive')
    assert.equal((await prober.see('  http://pictures.example/first ')).finding.kind, 'alive')
  })

  it('follows three, not four, and none in a circle', async () => {
    const { server, to } = await redirecting((target) => {
      const left = Number(target.slice(1))
      return left > 0 ? `/${left - 1}` : target === '/loop' ? '/loop' : ''
    })
    await using _ = server
    using prober = makeProber({ to: [to] })
    assert.equal(outcome(await prober.observe('http://pictures.example/3')), 200)
    assert.equal(outcome(await prober.observe('http://pictures.example/4')), 'redirects')
    const before = server.requests.length
    assert.equal(outcome(await prober.observe('http://pictures.example/loop')), 'redirects')
    assert.equal(server.requests.length - before, 4)
  })

  it('follows 301, 302, 303, 307 and 308, and takes a redirect without a place for an answer', async () => {
    for (const status of ['301 A', '302 B', '303 C', '307 D', '308 E']) {
      const { server, to } = await redirecting((target) => (target === '/a' ? '/b' : ''), status)
      await using _ = server
      using prober = makeProber({ to: [to] })
      assert.equal((await prober.see('http://pictures.example/a')).finding.kind, 'alive')
    }
    await using server = await serveRaw((socket) => socket.write(answerOf('', [], '302 Found')))
    using prober = makeProber({ to: [`pictures.example:80:127.0.0.1:${server.port}`] })
    const { finding, observations } = await prober.see('http://pictures.example/a')
    assert.deepEqual([finding.kind, ...observations.map(outcome)], ['unknown', 302])
  })

  it('slows down for the host that asked for it, which is the one that the redirect led to', async () => {
    await using front = await serveRaw((socket, { target }) =>
      socket.write(answerOf('', [`Location: http://back.example${target}`], '302 Found')),
    )
    await using back = await serveRaw((socket) =>
      socket.write(answerOf('', ['Retry-After: 600'], '429 Slow down')),
    )
    using prober = makeProber({
      to: [`front.example:80:127.0.0.1:${front.port}`, `back.example:80:127.0.0.1:${back.port}`],
    })
    assert.equal((await prober.see('http://front.example/1')).finding.kind, 'throttled')
    const second = await prober.observe('http://front.example/2')
    assert.equal(outcome(second), 'paused')
    assert.equal(back.requests.length, 1)
    assert.equal(front.requests.length, 2)
  })
})
