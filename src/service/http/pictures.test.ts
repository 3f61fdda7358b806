// What is shown of a face: the copy, or its fallback. Every rule is tried through both doors.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import sharp from 'sharp'
import { browser, faceOf, lost, openDoors, problemOf, sha256 } from '../../../test/picture-doors.ts'

describe('GET /a/{subject}', () => {
  it('shows the copy, in the format and size that suit', async () => {
    await using app = await openDoors({ faces: [faceOf('42')] })
    const { status, headers, body } = await app.ask('/a/42?s=64&dpr=2', { headers: browser })
    assert.equal(status, 200)
    const { etag, ...rest } = headers
    assert.match(etag ?? '', /^"[^"]+"$/)
    assert.deepEqual(rest, {
      'access-control-allow-origin': '*',
      'access-control-expose-headers': 'Everface-Shows, Everface-Standing',
      'cache-control': 'public, max-age=300, stale-while-revalidate=86400, stale-if-error=604800',
      'content-disposition': 'inline',
      'content-length': String(body.length),
      'content-type': 'image/webp',
      'cross-origin-resource-policy': 'cross-origin',
      'everface-shows': 'copy',
      'everface-standing': 'alive',
      vary: 'Accept',
      'x-content-type-options': 'nosniff',
    })
    const { format, width, height } = await sharp(body).metadata()
    assert.deepEqual([format, width, height], ['webp', 132, 132])
  })

  it('varies by Accept only when that decides', async () => {
    await using app = await openDoors({ faces: [faceOf('42'), faceOf('7', { sha256: null })] })
    assert.equal((await app.ask('/a/42')).headers['content-type'], 'image/jpeg')
    assert.equal((await app.ask('/a/42')).headers['vary'], 'Accept')
    for (const [f, mime] of [
      ['webp', 'image/webp'],
      ['jpg', 'image/jpeg'],
      ['png', 'image/png'],
      ['avif', 'image/avif'],
    ]) {
      const { headers } = await app.ask(`/a/42?s=46&f=${f}`, { headers: browser })
      assert.equal(headers['content-type'], mime)
      assert.equal(headers['vary'], undefined)
      const fallback = await app.ask(`/a/7?s=46&f=${f}`, { headers: browser })
      assert.equal(fallback.headers['content-type'], mime)
      assert.equal(fallback.headers['vary'], undefined)
    }
  })

  it('shows a copy whatever became of the source', async () => {
    const standings = ['alive', 'dying', 'gone', 'placeholder', 'unknown', 'uploaded'] as const
    await using app = await openDoors({
      faces: standings.map((standing) => faceOf(standing, { standing })),
    })
    const etags = new Set<string | undefined>()
    for (const standing of standings) {
      const { headers } = await app.ask(`/a/${standing}`)
      assert.equal(headers['everface-shows'], 'copy')
      assert.equal(headers['everface-standing'], standing)
      etags.add(headers['etag'])
    }
    assert.equal(etags.size, 1)
  })

  it('says when the asker has it already', async () => {
    await using app = await openDoors({ faces: [faceOf('42'), faceOf('7', { sha256: null })] })
    for (const target of [
      '/a/42',
      '/a/42?f=png&s=640',
      '/a/7',
      '/a/nobody',
      `/p/${sha256}/96.jpg`,
    ]) {
      const full = await app.ask(target, { headers: browser })
      const etag = full.headers['etag'] ?? ''
      for (const list of [etag, `W/${etag}`, `"a,b", ${etag},"c"`, '*', ' * ', `"x",W/${etag}`]) {
        const headers = { ...browser, 'if-none-match': list }
        const told = await app.ask(target, { headers })
        assert.equal(told.status, 304, `${target} ${list}`)
        assert.equal(told.body.length, 0)
        const {
          'content-type': _,
          'content-length': __,
          'content-disposition': ___,
          ...kept
        } = full.headers
        delete (kept as Record<string, string>)['content-security-policy']
        assert.deepEqual(told.headers, kept)
      }
      for (const list of [
        '"x"',
        etag.slice(1, -1),
        `"${etag}"`,
        '',
        '"',
        `${etag.slice(0, -1)}x"`,
      ]) {
        const headers = { ...browser, 'if-none-match': list }
        assert.equal((await app.ask(target, { headers })).status, 200, `${target} ${list}`)
      }
    }
  })

  it('answers a HEAD like a GET without the body, and counts it for nothing', async () => {
    await using app = await openDoors({ faces: [faceOf('42')] })
    for (const target of ['/a/42', '/a/nobody', `/p/${sha256}/96.webp`, '/a/42?s=0']) {
      const got = await app.ask(target)
      app.shown.length = 0
      const headed = await app.ask(target, { method: 'HEAD' })
      assert.deepEqual([headed.status, headed.headers], [got.status, got.headers])
      assert.equal(headed.body.length, 0)
      assert.deepEqual(app.shown, [])
    }
  })

  it('counts who was shown: a 200, a 304, a 302, and nobody unregistered', async () => {
    await using app = await openDoors({ faces: [faceOf('42'), faceOf('7', { sha256: null })] })
    const countOf = async (target: string, headers = {}) => {
      app.shown.length = 0
      await app.raw(target, { headers })
      await app.web(target, { headers })
      return app.shown
    }
    assert.deepEqual(await countOf('/a/42'), ['42', '42'])
    assert.deepEqual(await countOf('/a/42', { 'if-none-match': '*' }), ['42', '42'])
    assert.deepEqual(await countOf('/a/42?mode=redirect'), ['42', '42'])
    assert.deepEqual(await countOf('/a/7'), ['7', '7'])
    assert.deepEqual(await countOf('/a/nobody'), [])
    assert.deepEqual(await countOf('/a/7?fallback=none'), [])
    assert.deepEqual(await countOf('/a/42?s=0'), [])
    assert.deepEqual(await countOf(`/p/${sha256}/96.webp`), [])
  })
})

describe('the fallback', () => {
  it('is the initials, the same for a subject without a picture and for nobody', async () => {
    await using app = await openDoors({
      faces: [faceOf('7', { sha256: null, standing: 'unknown', name: null })],
    })
    const { status, headers, body } = await app.ask('/a/7', { headers: browser })
    assert.equal(status, 200)
    const { etag, ...rest } = headers
    assert.match(etag ?? '', /^"initials-[\w-]+"$/)
    assert.deepEqual(rest, {
      'access-control-allow-origin': '*',
      'access-control-expose-headers': 'Everface-Shows, Everface-Standing',
      'cache-control': 'public, max-age=60',
      'content-disposition': 'inline',
      'content-length': String(body.length),
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
      'content-type': 'image/svg+xml',
      'cross-origin-resource-policy': 'cross-origin',
      'everface-shows': 'fallback',
      'everface-standing': 'unknown',
      vary: 'Accept',
      'x-content-type-options': 'nosniff',
    })
    app.rows.delete('7')
    app.faces.changed('7')
    const nobody = await app.ask('/a/7', { headers: browser })
    assert.deepEqual(nobody, { status, headers, body })
  })

  it('is drawn in pixels for those that may not draw SVG', async () => {
    await using app = await openDoors()
    const plain = await app.ask('/a/nobody?s=46', { headers: { accept: '*/*' } })
    assert.equal(plain.headers['content-type'], 'image/png')
    assert.equal(plain.headers['content-security-policy'], undefined)
    const { width } = await sharp(plain.body).metadata()
    assert.equal(width, 46)
    const asked = await app.ask('/a/nobody?s=46&f=webp', { headers: browser })
    assert.equal(asked.headers['content-type'], 'image/webp')
    assert.equal(asked.headers['everface-shows'], 'fallback')
  })

  it('stands in for a placeholder of which there is no copy', async () => {
    const face = faceOf('42', { sha256: null, standing: 'placeholder' })
    await using app = await openDoors({ faces: [face] })
    for (const mode of ['copy', 'redirect', 'auto']) {
      const { status, headers } = await app.ask(`/a/42?mode=${mode}`)
      assert.deepEqual(
        [status, headers['everface-shows'], headers['everface-standing']],
        [200, 'fallback', 'placeholder'],
      )
    }
  })

  it('is a 404 for those that want none', async () => {
    await using app = await openDoors({ faces: [faceOf('7', { sha256: null, standing: 'gone' })] })
    const told = await app.ask('/a/7?fallback=none')
    assert.equal(told.status, 404)
    assert.equal(problemOf(told).code, 'picture-missing')
    assert.equal(told.headers['cache-control'], 'public, max-age=60')
    assert.equal(told.headers['everface-standing'], 'gone')
    assert.equal(told.headers['access-control-allow-origin'], '*')
    const nobody = await app.ask('/a/nobody?fallback=none')
    assert.equal(nobody.status, 404)
    assert.equal(nobody.headers['everface-standing'], 'unknown')
  })

  it('shows instead of lost bytes, says so once and asks for a look', async () => {
    await using app = await openDoors({ faces: [faceOf('42', { sha256: lost })] })
    for (let times = 0; times < 3; times++) {
      const { status, headers } = await app.ask('/a/42', { headers: browser })
      assert.deepEqual([status, headers['everface-shows']], [200, 'fallback'])
      assert.equal(headers['cache-control'], 'public, max-age=60')
    }
    assert.deepEqual(app.hints, ['42'])
    assert.deepEqual(
      app.lines.map(({ level, fields }) => ({ level, fields })),
      [{ level: 'warn', fields: { sha256: lost } }],
    )
    app.pass(60_000)
    await app.ask('/a/42')
    assert.deepEqual(app.hints, ['42', '42'])
    assert.equal((await app.ask('/a/42?fallback=none')).status, 404)
  })

  it('gives way to the face as soon as there is one', async () => {
    await using app = await openDoors({ faces: [faceOf('42', { sha256: null })] })
    assert.equal((await app.ask('/a/42')).headers['everface-shows'], 'fallback')
    app.rows.set('42', faceOf('42'))
    app.faces.changed('42')
    assert.equal((await app.ask('/a/42')).headers['everface-shows'], 'copy')
  })
})

describe('GET /p/{sha256}/{size}.{format}', () => {
  it('shows a variant that never changes', async () => {
    await using app = await openDoors()
    const { status, headers } = await app.ask(`/p/${sha256}/96.webp`)
    assert.equal(status, 200)
    assert.equal(headers['cache-control'], 'public, max-age=31536000, immutable')
    assert.equal(headers['content-type'], 'image/webp')
    assert.equal(headers['everface-shows'], 'variant')
    assert.equal(headers['everface-standing'], undefined)
    assert.equal(headers['vary'], undefined)
    assert.deepEqual(app.asked, [])
  })

  it('is a 404 that is soon forgotten when there is no such picture', async () => {
    await using app = await openDoors()
    const told = await app.ask(`/p/${lost}/96.webp`)
    assert.equal(told.status, 404)
    assert.equal(problemOf(told).code, 'picture-missing')
    assert.equal(told.headers['cache-control'], 'public, max-age=60')
    assert.deepEqual(app.hints, [])
  })
})
