// What a request holds, and what it does not.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { makeProber, outcome, pictureAnswer, serveRaw, until } from '../hostile.ts'

describe('prober, what goes over the wire', () => {
  it('sends a request that holds nothing of the URL but its path, whatever the URL holds', async () => {
    await using server = await serveRaw((socket) => socket.write(pictureAnswer))
    using prober = makeProber({
      connectTo: [{ host: '', port: null, address: '127.0.0.1', toPort: server.port }],
    })
    const urls: readonly (readonly [string, string])[] = [
      ['http://pictures.example/a%0d%0aX-Evil:%20b', '/a%0d%0aX-Evil:%20b'],
      ['http://pictures.example/a b?c d', '/a%20b?c%20d'],
      ['http://pictures.example/图/上不?名', '/%E5%9B%BE/%E4%B8%8A%E4%B8%8D?%E5%90%8D'],
      ['http://pictures.example/%E5%9B%BE 100%25%2541', '/%E5%9B%BE%20100%25%2541'],
      ['http://pictures.example/\ud800x', '/%EF%BF%BDx'],
      ['http://pictures.example/\u010a\u010d\u2028\u0085', '/%C4%8A%C4%8D%E2%80%A8%C2%85'],
      ['http://pictures.example?a=/b', '/?a=/b'],
      ['http://pictures.example/"<>\\^`{|}', '/"<>\\^`{|}'],
      ['http://不上.example/a', '/a'],
      ['http://bücher.example/a', '/a'],
    ]
    for (const [url, target] of urls) {
      assert.equal(outcome(await prober.observe(url)), 200, url)
      const { text = '' } = server.requests.at(-1) ?? {}
      const [line, host, ...rest] = text.split('\r\n')
      assert.equal(line, `GET ${target} HTTP/1.1`)
      assert.match(host ?? '', /^Host: [a-z0-9.-]+$/)
      assert.deepEqual(
        rest.map((field) => field.split(':')[0]),
        ['User-Agent', 'Accept', 'Accept-Encoding'],
      )
    }
    assert.equal(server.requests.at(-1)?.text.split('\r\n')[1], 'Host: xn--bcher-kva.example')
  })

  it('sends nothing for URLs with line breaks, tabs or NUL in them', async () => {
    using prober = makeProber({ lookup: () => Promise.reject(new Error('was resolved')) })
    for (const sign of ['\r\n', '\n', '\t', '\0', '\x7f']) {
      for (const url of [
        `http://pictures.example/a${sign}b`,
        `http://pictures${sign}.example/a`,
        `http://pictures.example:8${sign}0/a`,
      ]) {
        assert.equal((await prober.see(url)).finding.kind, 'malformed')
      }
    }
  })

  it('names the port in Host only when it is not the scheme’s own', async () => {
    await using server = await serveRaw((socket) => socket.write(pictureAnswer))
    using prober = makeProber({
      connectTo: [{ host: '', port: null, address: '127.0.0.1', toPort: server.port }],
    })
    for (const [url, host] of [
      ['http://a.example:80/', 'a.example'],
      ['http://a.example:8080/', 'a.example:8080'],
      ['http://[2606:4700::1]:81/', '[2606:4700::1]:81'],
    ] as const) {
      await prober.observe(url)
      assert.match(
        server.requests.at(-1)?.text ?? '',
        new RegExp(`\r\nHost: ${host.replace(/[[\]]/g, '\\$&')}\r\n`),
      )
    }
  })

  it('keeps the connections of two hosts at one address apart', async () => {
    await using server = await serveRaw((socket) => socket.write(pictureAnswer))
    using prober = makeProber({
      connectTo: [{ host: '', port: null, address: '127.0.0.1', toPort: server.port }],
    })
    for (const host of ['a', 'b', 'a', 'b']) await prober.observe(`http://${host}.example/`)
    await until(() => server.requests.length === 4, 'four requests')
    assert.deepEqual(
      server.requests.map(({ connection }) => connection),
      [0, 1, 0, 1],
    )
  })
})
