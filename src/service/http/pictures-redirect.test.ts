// Faces that are shown at their source, and faces that only a signature shows.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { faceOf, hour, now, openDoors, problemOf, source } from '../../../test/picture-doors.ts'
import { pictureUrl } from '../picture-url.ts'

describe('a redirect', () => {
  it('leads to the source while it is believed alive', async () => {
    await using app = await openDoors({ faces: [faceOf('42')] })
    for (const mode of ['redirect', 'auto']) {
      const { status, headers, body } = await app.ask(`/a/42?mode=${mode}`)
      assert.equal(status, 302)
      assert.equal(body.length, 0)
      assert.deepEqual(headers, {
        'access-control-allow-origin': '*',
        'access-control-expose-headers': 'Everface-Shows, Everface-Standing',
        'cache-control': 'public, max-age=60',
        'content-length': '0',
        'cross-origin-resource-policy': 'cross-origin',
        'everface-shows': 'redirect',
        'everface-standing': 'alive',
        location: source,
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      })
    }
    assert.equal((await app.ask('/a/42?mode=copy')).status, 200)
  })

  it('is what the settings say, unless the URL says otherwise', async () => {
    await using app = await openDoors({ faces: [faceOf('42')], settings: { mode: 'redirect' } })
    assert.equal((await app.ask('/a/42')).status, 302)
    assert.equal((await app.ask('/a/42?mode=copy')).status, 200)
  })

  it('never leads to what is gone, dying, suspected, a placeholder or unknown', async () => {
    const standings = ['dying', 'gone', 'placeholder', 'unknown', 'uploaded'] as const
    await using app = await openDoors({
      faces: [
        ...standings.map((standing) => faceOf(standing, { standing })),
        ...standings.map((standing) => faceOf(`bare-${standing}`, { standing, sha256: null })),
        faceOf('suspect', { suspect: 0.1 }),
        faceOf('bare-suspect', { suspect: 0.1, sha256: null }),
        faceOf('no-source', { url: null }),
      ],
    })
    for (const subject of app.rows.keys()) {
      for (const mode of ['redirect', 'auto']) {
        const { status, headers } = await app.ask(`/a/${subject}?mode=${mode}`)
        assert.equal(status, 200, subject)
        const shows = subject.startsWith('bare-') ? 'fallback' : 'copy'
        assert.equal(headers['everface-shows'], shows, subject)
      }
    }
  })

  it('gives the copy to those that name a format, where there is one and the choice is ours', async () => {
    await using app = await openDoors({ faces: [faceOf('42'), faceOf('7', { sha256: null })] })
    assert.equal((await app.ask('/a/42?mode=auto&f=webp')).headers['everface-shows'], 'copy')
    assert.equal((await app.ask('/a/42?mode=redirect&f=webp')).status, 302)
    assert.equal((await app.ask('/a/7?mode=auto&f=webp')).status, 302)
  })

  it('leads nowhere but over HTTP, and carries nothing into the headers', async () => {
    const urls = {
      script: 'javascript:alert(1)',
      data: 'data:text/html,x',
      file: 'file:///etc/passwd',
      relative: '//evil.test/x',
      user: 'https://a:b@thirdwx.qlogo.cn/x',
      nonsense: 'https://',
    }
    await using app = await openDoors({
      faces: [
        ...Object.entries(urls).map(([subject, url]) => faceOf(subject, { url })),
        faceOf('split', { url: 'https://thirdwx.qlogo.cn/x\r\nSet-Cookie: a=b' }),
        faceOf('chinese', { url: 'https://thirdwx.qlogo.cn/头像?q=像#x' }),
      ],
    })
    for (const subject of Object.keys(urls)) {
      assert.equal((await app.ask(`/a/${subject}?mode=redirect`)).status, 200, subject)
    }
    const split = await app.ask('/a/split?mode=redirect')
    assert.equal(split.headers['location'], 'https://thirdwx.qlogo.cn/xSet-Cookie:%20a=b')
    assert.equal(split.headers['set-cookie'], undefined)
    const chinese = await app.ask('/a/chinese?mode=redirect')
    assert.match(
      chinese.headers['location'] ?? '',
      /^https:\/\/thirdwx\.qlogo\.cn\/%E5%A4%B4[\x21-\x7e]+$/,
    )
  })

  it('cannot be talked into leading elsewhere', async () => {
    await using app = await openDoors({ faces: [faceOf('42')] })
    const target = '/a/42?mode=redirect&url=https://evil.test&return=https://evil.test'
    const headers = { host: 'evil.test', 'x-forwarded-host': 'evil.test' }
    const { headers: told } = await app.raw(target, { headers })
    assert.equal(told['location'], source)
  })
})

describe('signed pictures', () => {
  const settings = { signing: 'required' } as const
  const sign = (subject: string, leftMs: number, secret = 'secret') =>
    pictureUrl({ base: null, subject, size: 96, secret, expiresAt: now + leftMs })

  it('are shown by a signature of a secret in force or a former one', async () => {
    await using app = await openDoors({ settings, faces: [faceOf('42')] })
    const { status, headers } = await app.ask(sign('42', 30 * 24 * hour))
    assert.equal(status, 200)
    assert.equal(
      headers['cache-control'],
      'public, max-age=300, stale-while-revalidate=86400, stale-if-error=604800',
    )
    assert.equal((await app.ask(sign('42', hour, 'former'))).status, 200)
    assert.equal((await app.ask(`${sign('42', hour)}&f=png`)).headers['content-type'], 'image/png')
  })

  it('are kept by nobody beyond the end of the signature', async () => {
    const faces = [faceOf('42'), faceOf('7', { sha256: null })]
    await using app = await openDoors({ settings, faces })
    const keptOf = async (url: string, headers = {}) =>
      (await app.ask(url, { headers })).headers['cache-control']
    const hourLong = 'public, max-age=300, stale-while-revalidate=3300, stale-if-error=3300'
    assert.equal(await keptOf(sign('42', hour)), hourLong)
    assert.equal(await keptOf(sign('42', hour), { 'if-none-match': '*' }), hourLong)
    assert.equal(await keptOf(sign('42', 120_000)), 'public, max-age=120')
    assert.equal(await keptOf(sign('42', 5_000)), 'public, max-age=5')
    assert.equal(await keptOf(`${sign('42', 5_000)}&mode=redirect`), 'public, max-age=5')
    assert.equal(await keptOf(sign('7', hour)), 'public, max-age=60')
    assert.equal(await keptOf(sign('7', 5_000)), 'public, max-age=5')
    assert.equal(await keptOf(`${sign('7', 5_000)}&fallback=none`), 'public, max-age=5')
  })

  it('are refused alike whether or not there is such a subject', async () => {
    await using app = await openDoors({ settings, faces: [faceOf('42')] })
    const refusals = new Set<string>()
    for (const subject of ['42', 'nobody']) {
      for (const query of [
        '',
        '?sig=x',
        `?exp=9999999999&sig=${'A'.repeat(43)}`,
        '?fallback=none',
      ]) {
        const told = await app.ask(`/a/${subject}${query}`)
        assert.equal(told.status, 403)
        assert.equal(told.headers['cache-control'], 'no-store')
        refusals.add(JSON.stringify([told.headers, told.body.toString()]))
      }
    }
    assert.equal(refusals.size, 1)
    assert.match([...refusals].join(), /signature-invalid/)
    assert.deepEqual(app.asked, [])
  })

  it('are refused by name when the signature has ended', async () => {
    await using app = await openDoors({ settings, faces: [faceOf('42')] })
    const url = sign('42', 1_000)
    assert.equal((await app.ask(url)).status, 200)
    app.pass(1_000)
    const told = await app.ask(url)
    assert.deepEqual([told.status, problemOf(told).code], [403, 'signature-expired'])
    const other = await app.ask(url.replace('/a/42', '/a/43'))
    assert.equal(problemOf(other).code, 'signature-invalid')
  })

  it('leave signatures unread where none is required', async () => {
    await using app = await openDoors({ faces: [faceOf('42')] })
    assert.equal((await app.ask('/a/42?exp=x&sig=y')).status, 200)
  })
})
