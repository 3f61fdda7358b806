// Requests that are wrong, on purpose or not: told so in the same words at both doors, and never by a 5xx.
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { browser, faceOf, lost, openDoors, problemOf, sha256 } from '../../../test/picture-doors.ts'

describe('wrong requests', () => {
  it('are told what is wrong, in the same words at both doors', async () => {
    await using app = await openDoors({ faces: [faceOf('42')] })
    const codes: Record<string, [number, string]> = {
      '/a/42?s=0': [400, 'query-invalid'],
      '/a/42?s=%30': [400, 'query-invalid'],
      '/a/42?s=96&s=96': [400, 'query-invalid'],
      '/a/42?dpr=9': [400, 'query-invalid'],
      '/a/42?f=svg': [400, 'query-invalid'],
      '/a/42?mode=x': [400, 'query-invalid'],
      '/a/42?fallback=%00': [400, 'query-invalid'],
      '/a/': [400, 'subject-invalid'],
      '/a/%00': [400, 'subject-invalid'],
      '/a/%2542': [400, 'subject-invalid'],
      '/a/a%2F..%2Fb': [400, 'subject-invalid'],
      '/a/a%0d%0aSet-Cookie:%20x=y': [400, 'subject-invalid'],
      [`/a/${'a'.repeat(8_000)}`]: [400, 'subject-invalid'],
      '/a/42/': [404, 'route-unknown'],
      '/p/x/96.webp': [400, 'path-invalid'],
      [`/p/${lost}/97.webp`]: [400, 'path-invalid'],
      [`/p/${lost}/96.svg`]: [400, 'path-invalid'],
      [`/p/${lost}`]: [404, 'route-unknown'],
    }
    for (const [target, [status, code]] of Object.entries(codes)) {
      const told = await app.ask(target)
      assert.deepEqual([told.status, problemOf(told).code], [status, code], target.slice(0, 60))
      assert.equal(told.headers['cache-control'], 'no-store')
      assert.equal(told.headers['x-request-id'], 'test')
      assert.equal(told.headers['set-cookie'], undefined)
    }
    const told = await app.ask('/a/42?dpr=0')
    assert.equal(problemOf(told).errors?.[0]?.pointer, 'dpr')
  })

  it('step out of no folder', async () => {
    await using app = await openDoors()
    for (const target of ['/a/..', '/a/.', '/a/%2e%2e', '/a/..%2f..%2fetc', '/a/..\\..\\etc']) {
      const told = await app.raw(target)
      assert.deepEqual([told.status, problemOf(told).code], [400, 'subject-invalid'], target)
    }
    for (const target of [
      '/a/../../etc/passwd',
      '/p/../../etc/passwd/96.webp',
      '/p//..//96.webp',
    ]) {
      const told = await app.raw(target)
      assert.ok(told.status === 404 || told.status === 400, target)
    }
    assert.deepEqual(app.asked, [])
  })

  it('may only read', async () => {
    await using app = await openDoors({ faces: [faceOf('42')] })
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      const told = await app.ask('/a/42', { method })
      assert.deepEqual([told.status, problemOf(told).code], [405, 'method-not-allowed'])
      assert.equal(told.headers['allow'], 'GET, HEAD, OPTIONS')
    }
    const options = await app.ask('/a/42', { method: 'OPTIONS' })
    assert.deepEqual([options.status, options.body.length], [204, 0])
    assert.equal(options.headers['access-control-allow-methods'], 'GET, HEAD, OPTIONS')
    assert.deepEqual(app.asked, [])
  })

  it('of other paths are left to others', async () => {
    await using app = await openDoors()
    for (const target of ['/', '/a', '/p', '/v1/avatars/42', '/ab/42', '//a/42', '/A/42', '*']) {
      const method = target === '*' ? 'OPTIONS' : 'GET'
      assert.equal((await app.raw(target, { method })).status, 418, target)
    }
    assert.equal(problemOf(await app.web('/v1/avatars/42')).code, 'route-unknown')
  })

  it('do not spoil a connection', async () => {
    await using app = await openDoors({ faces: [faceOf('42')] })
    const socket = connect(app.port, '127.0.0.1')
    const lines = ['GET /a/42?s=0 HTTP/1.1', 'POST /a/42 HTTP/1.1', 'GET /a/42 HTTP/1.1']
    const bodies = ['', 'GET /a/42 HTTP/1.1\r\n\r\n', '']
    for (const [at, line] of lines.entries()) {
      const length = `Content-Length: ${bodies[at]?.length ?? 0}`
      const close = at === lines.length - 1 ? 'Connection: close\r\n' : ''
      socket.write(`${line}\r\nHost: x\r\n${length}\r\n${close}\r\n${bodies[at]}`)
    }
    const pieces: Buffer[] = []
    for await (const piece of socket) pieces.push(piece as Buffer)
    const text = Buffer.concat(pieces).toString('latin1')
    assert.deepEqual(text.match(/HTTP\/1\.1 \d+/g), [
      'HTTP/1.1 400',
      'HTTP/1.1 405',
      'HTTP/1.1 200',
    ])
  })

  it('of any kind are answered alike at both doors and never by a 5xx', async () => {
    await using app = await openDoors({ faces: [faceOf('42'), faceOf('7', { sha256: null })] })
    const part = fc.constantFrom('s', 'dpr', 'f', 'fallback', 'mode', 'exp', 'sig', 'v', '', '%73')
    const value = fc.oneof(
      fc.constantFrom('', '46', '640', '1', '2', '1.5', 'auto', 'webp', 'jpg', 'none', 'initials'),
      fc.constantFrom('redirect', 'copy', '%', '%00', '%2B', '0', '-1', '9'.repeat(50), "'", '"'),
      fc.string({ maxLength: 6 }).map((text) => encodeURIComponent(text)),
    )
    const query = fc
      .array(fc.tuple(part, value), { maxLength: 4 })
      .map((pairs) => pairs.map(([name, one]) => `${name}=${one}`).join('&'))
    const root = fc.constantFrom(
      '/a/42',
      '/a/7',
      '/a/nobody',
      '/a/%34%32',
      '/a/4%',
      `/p/${sha256}/46.jpg`,
      `/p/${lost}/96.png`,
      '/p/x',
    )
    const accept = fc.constantFrom('*/*', browser.accept, 'image/webp;q=0', 'nonsense;;;,,,')
    const match = fc.constantFrom('*', '"x"', 'W/"x"', ',,,', '"')
    const method = fc.constantFrom('GET', 'HEAD', 'OPTIONS', 'DELETE')
    await fc.assert(
      fc.asyncProperty(
        root,
        query,
        accept,
        match,
        method,
        async (path, asked, accepts, etag, verb) => {
          const headers = { accept: accepts, 'if-none-match': etag }
          const told = await app.ask(`${path}?${asked}`, { method: verb, headers })
          assert.ok(told.status < 500)
          assert.equal(told.headers['access-control-allow-origin'], '*')
        },
      ),
      { numRuns: 300, seed: 42 },
    )
    assert.deepEqual(
      app.lines.filter(({ level }) => level === 'error'),
      [],
    )
  })
})
