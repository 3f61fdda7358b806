// The lane in front of node:http, held against node:http: whatever bytes come, in whatever pieces, both must say the same.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { call, kept, last, open, said } from '../../../test/lane-client.ts'
import { browser, faceOf, openDoors, pictures, sha256 } from '../../../test/picture-doors.ts'

type App = Awaited<ReturnType<typeof openDoors>>

describe('the lane beside node:http', () => {
  let app: App
  let withLane: Awaited<ReturnType<typeof open>>
  let without: Awaited<ReturnType<typeof open>>
  let etag = ''
  before(async () => {
    app = await openDoors({
      faces: [faceOf('42'), faceOf('7', { sha256: null }), faceOf('8', { standing: 'gone' })],
    })
    withLane = await open(app, { lane: app.routes })
    without = await open(app)
    for (const f of ['webp', 'jpg']) await app.raw(`/a/42?f=${f}`)
    etag = (await app.raw('/a/42', { headers: browser })).headers['etag'] ?? ''
  })
  after(async () => {
    await withLane.close(0)
    await without.close(0)
    await app[Symbol.asyncDispose]()
  })

  async function same(pieces: readonly string[], half = false): Promise<string> {
    const expected = await said(without.port, pieces, half)
    const found = await said(withLane.port, pieces, half)
    assert.equal(found, expected, JSON.stringify(pieces))
    return found
  }

  const accept = `Accept: ${browser.accept}\r\n`
  const manyPictures = () =>
    kept('/a/42', accept) + kept('/a/8') + kept(`/p/${sha256}/96.jpg`) + last('/a/42')
  const mixed = () =>
    kept('/a/42') +
    kept('/v1/x?y') +
    kept('/a/42') +
    `${kept('/v1/z', 'Content-Length: 27\r\n', 'POST')}GET /a/42 HTTP/1.1\r\nHost: x` +
    last('/a/42')
  const bodied = () =>
    kept('/a/42', `Content-Length: ${last('/a/7').length}\r\n`) + last('/a/7') + last('/a/8')
  const scripts: Readonly<Record<string, () => string | readonly string[]>> = {
    'one picture': () => last('/a/42', accept),
    'pictures in a row': manyPictures,
    'pictures that the asker has': () =>
      kept('/a/42', `${accept}If-None-Match: ${etag}\r\n`) + last('/a/42', 'If-None-Match: *\r\n'),
    'initials, drawn and as pixels': () =>
      kept('/a/7', accept) + kept('/a/stranger?f=png&s=46') + last('/a/7?fallback=none'),
    'heads without bodies': () =>
      kept('/a/42', accept, 'HEAD') + kept('/a/42?s=0', '', 'HEAD') + last('/a/42'),
    problems: () =>
      kept('/a/42?s=0', 'X-Request-Id: mine\r\n') +
      kept('/p/x/96.jpg', 'X-Request-Id: not fit\r\n') +
      kept('/a/%FF') +
      last('/a/42/7'),
    'pictures and the rest': mixed,
    'other methods': () => kept('/a/42') + kept('/a/42', '', 'OPTIONS') + last('/a/42', 'A: b\r\n'),
    'a method that nobody has': () => [kept('/a/42'), kept('/a/42', '', 'BREW')],
    'a request of HTTP/1.0': () => `${kept('/a/42')}GET /a/42 HTTP/1.0\r\nHost: x\r\n\r\n`,
    'no host': () => `${kept('/a/42')}GET /a/42 HTTP/1.1\r\n\r\n`,
    'two hosts': () => kept('/a/42') + last('/a/42', 'Host: y\r\n'),
    'a whole URL': () => kept('/a/42') + last('http://x/a/42'),
    'a length and chunks': () => [
      kept('/a/42'),
      `${kept('/a/42', 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n')}0\r\n\r\n${last('/a/7')}`,
    ],
    'chunks that carry a request': () =>
      `${kept('/a/42')}GET /a/42 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nGET /\r\n0\r\n\r\n${last('/a/8')}`,
    'chunks by another name': () =>
      `GET /a/42 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n${last('/a/7')}`,
    'a body that is a request': bodied,
    'a folded line': () => [kept('/a/42'), last('/a/42', 'Accept: a\r\n image/webp\r\n')],
    'bare line feeds': () => [kept('/a/42'), `GET /a/42 HTTP/1.1\nHost: x\n\n${last('/a/7')}`],
    'a NUL': () => [kept('/a/42'), last('/a/42', 'Accept: a\0b\r\n')],
    'an empty line before': () => `${kept('/a/42')}\r\n${last('/a/42')}`,
    'a wish to be told first': () => last('/a/42', 'Expect: 100-continue\r\n'),
    'a wish for another protocol': () =>
      kept('/a/42', 'Upgrade: h2c\r\nHTTP2-Settings: AA\r\n') + last('/a/42'),
    'too much in a head': () => [kept('/a/42'), last('/a/42', `Cookie: ${'c'.repeat(17_000)}\r\n`)],
    'as much as a head may have': () => last('/a/42', `Cookie: ${'c'.repeat(15_000)}\r\n`),
  }

  // What node:http refuses comes by itself: in one piece with what it took before, it would just hang up.
  for (const [what, write] of Object.entries(scripts)) {
    it(`is not told from it by ${what}`, async () => {
      const script = write()
      const told = await same(typeof script === 'string' ? [script] : script)
      assert.match(told, /^HTTP\/1\.1 \d{3} /)
    })
  }

  it('is not told from it wherever what is sent is cut in two', async () => {
    for (const [what, whole] of [
      ['pictures', manyPictures()],
      ['pictures and the rest', mixed()],
      ['a body that is a request', bodied()],
      ['a folded line', last('/a/42', 'Accept: a\r\n image/webp\r\n')],
    ] as const) {
      const expected = await said(without.port, [whole])
      for (let cut = 1; cut < whole.length; cut++) {
        const found = await said(withLane.port, [whole.slice(0, cut), whole.slice(cut)])
        assert.equal(found, expected, `${what}, cut at ${cut}`)
      }
    }
  })

  it('is not told from it by a client that sends byte after byte', async () => {
    await same(Array.from(mixed()))
  })

  it('is not told from it by a client that says it is done', async () => {
    for (const sent of [
      '',
      kept('/a/42'),
      `${kept('/a/42')}GET /a`,
      `${kept('/a/42')}${kept('/v1')}`,
    ]) {
      await same(sent === '' ? [] : [sent], true)
    }
  })

  it('counts, and takes note of who was shown, as it does', async () => {
    const script = manyPictures()
    const noted: unknown[] = []
    for (const { port } of [without, withLane]) {
      const before = new Map(
        app.routes.counts().map((one) => [`${one.route} ${one.status}`, one.count]),
      )
      app.shown.length = 0
      await said(port, [script])
      const counts = app.routes
        .counts()
        .map(({ route, status, count }) => [
          route,
          status,
          count - (before.get(`${route} ${status}`) ?? 0),
        ])
      noted.push({ counts, shown: [...app.shown] })
    }
    assert.deepEqual(noted[1], noted[0])
    assert.deepEqual(app.shown, ['42', '8', '42'])
  })

  it('keeps plain requests for pictures from node:http, and passes on the rest', async () => {
    const passed = withLane.passed()
    const client = call(withLane.port)
    await client.send(
      kept('/a/42', accept) + kept('/a/7', '', 'HEAD') + kept(`/p/${sha256}/96.jpg`),
    )
    await client.send(kept('/a/stranger'))
    await client.until((text) => text.split('HTTP/1.1 200 OK').length === 5)
    assert.equal(withLane.passed(), passed)
    await client.send(kept('/v1') + last('/a/42'))
    await client.ended
    assert.equal(withLane.passed(), passed + 2)
  })

  it('keeps a connection that had to wait for a picture to be made', async () => {
    const passed = withLane.passed()
    const client = call(withLane.port)
    const tag = 'Everface-Shows: variant'
    const cold = ['46.avif', '64.png', '132.jpg'].map((name) => kept(`/p/${sha256}/${name}`))
    await client.send(cold.join(''))
    await client.until((text) => text.split(tag).length === 4)
    const types = [...client.text().matchAll(/Content-Type: image\/(\w+)/g)].map(([, type]) => type)
    assert.deepEqual(types, ['avif', 'png', 'jpeg'])
    await client.send(kept('/a/42'))
    await client.until((text) => text.includes('Everface-Shows: copy'))
    assert.equal(withLane.passed(), passed)
    client.socket.destroy()
  })
})

describe('pictures that are asked for in the lane', () => {
  it('answer a broken part of ours with a problem, under the sender’s id', async () => {
    await using app = await openDoors({
      faces: [faceOf('42')],
      pictures: {
        ...pictures,
        ready() {
          throw new Error('a bug')
        },
      },
    })
    await using server = await open(app, { lane: app.routes })
    const client = call(server.port)
    await client.send(kept('/a/42', 'X-Request-Id: mine\r\n'))
    await client.until((text) => text.includes('"code":"internal"'))
    assert.match(client.text(), /^HTTP\/1\.1 500 [^]*X-Request-Id: mine\r\n/)
    assert.equal(app.lines.filter(({ level }) => level === 'error').length, 1)
    client.socket.destroy()
  })

  it('keep to the end of a signature', async () => {
    await using app = await openDoors({ faces: [faceOf('42')], settings: { signing: 'required' } })
    await using server = await open(app, { lane: app.routes })
    const told = await said(server.port, [kept('/a/42') + last('/v1')])
    assert.match(told, /^HTTP\/1\.1 403 Forbidden\r\n/)
  })
})
