// Every rule is tried through both doors: what is asked of one is asked of the other, and must be answered alike.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import sharp from 'sharp'
import { EverfaceError } from '../../errors.ts'
import type { Keeper } from '../../jobs/keeper.ts'
import { createFolderBlobs } from '../../pictures/blobs-folder.ts'
import { createPictures } from '../../pictures/create.ts'
import type { Pictures } from '../../pictures/pictures.ts'
import type { Face } from '../../store/store.ts'
import { pictureUrl } from '../picture-url.ts'
import type { Secrets, Settings } from '../settings.ts'
import { createFaces } from './faces.ts'
import { createPictureRoutes } from './pictures.ts'

const now = Date.UTC(2026, 10, 22)
const hour = 3_600_000
const source = 'https://thirdwx.qlogo.cn/mmopen/vi_32/made-up/132'
const browser = { accept: 'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8' }
const lost = 'cd'.repeat(32)

interface Told {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

interface Asked {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
}

let folder = ''
let pictures: Pictures
/** The picture that those show who have one. */
let sha256 = ''

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'everface-pictures-'))
  pictures = createPictures({
    blobs: createFolderBlobs(folder),
    cacheBytes: 2 ** 24,
    atOnce: 1,
    queue: 100,
  })
  const pixels = { width: 400, height: 300, channels: 3 as const, background: '#2a7' }
  const taken = await pictures.take(await sharp({ create: pixels }).jpeg().toBuffer())
  assert.equal(taken.kind, 'taken')
  if (taken.kind !== 'taken') return
  await pictures.keep(taken)
  sha256 = taken.facts.sha256
})

after(() => rmSync(folder, { recursive: true, force: true }))

function faceOf(subject: string, over: Partial<Face> = {}): Face {
  return { subject, name: '王小明', standing: 'alive', url: source, sha256, suspect: 0, ...over }
}

/** An app with both doors open. */
async function setUp(
  options: {
    settings?: Partial<Settings>
    secrets?: Partial<Secrets>
    pictures?: Pictures
    faces?: readonly Face[]
  } = {},
) {
  const rows = new Map((options.faces ?? []).map((face) => [face.subject, face]))
  const shown: string[] = []
  const hints: string[] = []
  const lines: { level: string; fields: object; message: string }[] = []
  const asked: string[] = []
  let broken: Error | null = null
  const level = (name: string) => (fields: object, message: string) =>
    void lines.push({ level: name, fields, message })
  const log = {
    debug: level('debug'),
    info: level('info'),
    warn: level('warn'),
    error: level('error'),
  }
  let time = now
  const store = {
    async face(subject: string) {
      asked.push(subject)
      if (broken !== null) throw broken
      return rows.get(subject) ?? null
    },
  }
  const faces = createFaces({ store, log, now: () => time })
  const keeper = {
    shown: (subject: string) => void shown.push(subject),
    hint: (subject: string) => void hints.push(subject),
  } as Keeper
  const settings = { mode: 'copy', fallback: 'initials', signing: 'off', ...options.settings }
  const secrets = { secret: 'secret', oldSecrets: ['former'], ...options.secrets }
  const routes = createPictureRoutes(
    {
      settings: settings as Settings,
      secrets: secrets as Secrets,
      pictures: options.pictures ?? pictures,
      keeper,
      log,
      now: () => time,
    },
    faces,
  )
  const server = createServer((req, res) => {
    if (!routes.first(req, res)) res.writeHead(418).end('not a picture')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  async function raw(target: string, { method = 'GET', headers = {} }: Asked = {}): Promise<Told> {
    const given = { 'x-request-id': 'test', ...headers }
    const req = httpRequest({ host: '127.0.0.1', port, path: target, method, headers: given })
    req.end()
    const [res] = await once(req, 'response')
    const pieces: Buffer[] = []
    for await (const piece of res) pieces.push(piece as Buffer)
    const told: Record<string, string> = {}
    for (const [name, value] of Object.entries<string>(res.headers)) {
      if (!['date', 'connection', 'keep-alive', 'transfer-encoding'].includes(name))
        told[name] = value
    }
    return { status: res.statusCode, headers: told, body: Buffer.concat(pieces) }
  }

  async function web(target: string, { method = 'GET', headers = {} }: Asked = {}): Promise<Told> {
    const request = new Request(`http://here.test${target}`, { method, headers })
    const answer = await routes.handle(request, 'test')
    const body = Buffer.from(await answer.arrayBuffer())
    return { status: answer.status, headers: Object.fromEntries(answer.headers), body }
  }

  return {
    routes,
    faces,
    rows,
    shown,
    hints,
    lines,
    asked,
    raw,
    web,
    port,
    pass: (ms: number) => void (time += ms),
    breakWith: (error: Error | null) => void (broken = error),
    /** Asks the raw door cold, the other one, and the raw door again: all must say the same. */
    async ask(target: string, asking: Asked = {}): Promise<Told> {
      const cold = await raw(target, asking)
      const other = await web(target, asking)
      const hot = await raw(target, asking)
      assert.deepEqual(other, cold, `${asking.method ?? 'GET'} ${target}: the doors differ`)
      assert.deepEqual(hot, cold, `${asking.method ?? 'GET'} ${target}: memory differs`)
      return cold
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function problemOf({ body, headers }: Told): { code: string; errors?: { pointer: string }[] } {
  assert.equal(headers['content-type'], 'application/problem+json')
  return JSON.parse(body.toString()) as { code: string; errors?: { pointer: string }[] }
}

describe('GET /a/{subject}', () => {
  it('shows the copy, in the format and size that suit', async () => {
    await using app = await setUp({ faces: [faceOf('42')] })
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
    await using app = await setUp({ faces: [faceOf('42'), faceOf('7', { sha256: null })] })
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
    await using app = await setUp({
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
    await using app = await setUp({ faces: [faceOf('42'), faceOf('7', { sha256: null })] })
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
    await using app = await setUp({ faces: [faceOf('42')] })
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
    await using app = await setUp({ faces: [faceOf('42'), faceOf('7', { sha256: null })] })
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
    await using app = await setUp({
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
    await using app = await setUp()
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
    await using app = await setUp({ faces: [face] })
    for (const mode of ['copy', 'redirect', 'auto']) {
      const { status, headers } = await app.ask(`/a/42?mode=${mode}`)
      assert.deepEqual(
        [status, headers['everface-shows'], headers['everface-standing']],
        [200, 'fallback', 'placeholder'],
      )
    }
  })

  it('is a 404 for those that want none', async () => {
    await using app = await setUp({ faces: [faceOf('7', { sha256: null, standing: 'gone' })] })
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
    await using app = await setUp({ faces: [faceOf('42', { sha256: lost })] })
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
    await using app = await setUp({ faces: [faceOf('42', { sha256: null })] })
    assert.equal((await app.ask('/a/42')).headers['everface-shows'], 'fallback')
    app.rows.set('42', faceOf('42'))
    app.faces.changed('42')
    assert.equal((await app.ask('/a/42')).headers['everface-shows'], 'copy')
  })
})

describe('a redirect', () => {
  it('leads to the source while it is believed alive', async () => {
    await using app = await setUp({ faces: [faceOf('42')] })
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
    await using app = await setUp({ faces: [faceOf('42')], settings: { mode: 'redirect' } })
    assert.equal((await app.ask('/a/42')).status, 302)
    assert.equal((await app.ask('/a/42?mode=copy')).status, 200)
  })

  it('never leads to what is gone, dying, suspected, a placeholder or unknown', async () => {
    const standings = ['dying', 'gone', 'placeholder', 'unknown', 'uploaded'] as const
    await using app = await setUp({
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
    await using app = await setUp({ faces: [faceOf('42'), faceOf('7', { sha256: null })] })
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
    await using app = await setUp({
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
    await using app = await setUp({ faces: [faceOf('42')] })
    const target = '/a/42?mode=redirect&url=https://evil.test&return=https://evil.test'
    const headers = { host: 'evil.test', 'x-forwarded-host': 'evil.test' }
    const { headers: told } = await app.raw(target, { headers })
    assert.equal(told['location'], source)
  })
})

describe('GET /p/{sha256}/{size}.{format}', () => {
  it('shows a variant that never changes', async () => {
    await using app = await setUp()
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
    await using app = await setUp()
    const told = await app.ask(`/p/${lost}/96.webp`)
    assert.equal(told.status, 404)
    assert.equal(problemOf(told).code, 'picture-missing')
    assert.equal(told.headers['cache-control'], 'public, max-age=60')
    assert.deepEqual(app.hints, [])
  })
})

describe('signed pictures', () => {
  const settings = { signing: 'required' } as const
  const sign = (subject: string, leftMs: number, secret = 'secret') =>
    pictureUrl({ base: null, subject, size: 96, secret, expiresAt: now + leftMs })

  it('are shown by a signature of a secret in force or a former one', async () => {
    await using app = await setUp({ settings, faces: [faceOf('42')] })
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
    await using app = await setUp({ settings, faces })
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
    await using app = await setUp({ settings, faces: [faceOf('42')] })
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
    await using app = await setUp({ settings, faces: [faceOf('42')] })
    const url = sign('42', 1_000)
    assert.equal((await app.ask(url)).status, 200)
    app.pass(1_000)
    const told = await app.ask(url)
    assert.deepEqual([told.status, problemOf(told).code], [403, 'signature-expired'])
    const other = await app.ask(url.replace('/a/42', '/a/43'))
    assert.equal(problemOf(other).code, 'signature-invalid')
  })

  it('leave signatures unread where none is required', async () => {
    await using app = await setUp({ faces: [faceOf('42')] })
    assert.equal((await app.ask('/a/42?exp=x&sig=y')).status, 200)
  })
})

describe('wrong requests', () => {
  it('are told what is wrong, in the same words at both doors', async () => {
    await using app = await setUp({ faces: [faceOf('42')] })
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
    await using app = await setUp()
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
    await using app = await setUp({ faces: [faceOf('42')] })
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
    await using app = await setUp()
    for (const target of ['/', '/a', '/p', '/v1/avatars/42', '/ab/42', '//a/42', '/A/42', '*']) {
      const method = target === '*' ? 'OPTIONS' : 'GET'
      assert.equal((await app.raw(target, { method })).status, 418, target)
    }
    assert.equal(problemOf(await app.web('/v1/avatars/42')).code, 'route-unknown')
  })

  it('do not spoil a connection', async () => {
    await using app = await setUp({ faces: [faceOf('42')] })
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
    await using app = await setUp({ faces: [faceOf('42'), faceOf('7', { sha256: null })] })
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

describe('under load and in trouble', () => {
  it('asks the store once for all that come at once', async () => {
    await using app = await setUp({ faces: [faceOf('42')] })
    const all = await Promise.all(Array.from({ length: 50 }, () => app.web('/a/42?s=264&f=png')))
    assert.ok(all.every(({ status }) => status === 200))
    assert.deepEqual(app.asked, ['42'])
    assert.equal(new Set(all.map(({ headers }) => headers['etag'])).size, 1)
  })

  it('answers from memory without asking the store again', async () => {
    await using app = await setUp({ faces: [faceOf('42')] })
    for (let times = 0; times < 20; times++) await app.raw('/a/42')
    assert.deepEqual(app.asked, ['42'])
  })

  it('asks to come back when too much is to be encoded', async () => {
    const busy: Pictures = {
      ...pictures,
      ready: () => null,
      variant: () => Promise.resolve({ kind: 'busy' }),
      initials: () => Promise.resolve({ kind: 'busy' }),
    }
    await using app = await setUp({ faces: [faceOf('42')], pictures: busy })
    for (const target of ['/a/42', '/a/nobody?f=png', `/p/${sha256}/96.webp`]) {
      const told = await app.ask(target)
      assert.deepEqual([told.status, problemOf(told).code], [503, 'busy'], target)
      assert.equal(told.headers['retry-after'], '1')
      assert.equal(told.headers['cache-control'], 'no-store')
    }
    assert.deepEqual(app.shown, [])
  })

  it('shows what it knows while the store is away, a 503 for the rest, and recovers', async () => {
    await using app = await setUp({ faces: [faceOf('42'), faceOf('43')] })
    const before = await app.ask('/a/42')
    app.breakWith(new EverfaceError('store-unreachable', 'the store of the test is away'))
    app.pass(hour)
    assert.deepEqual(await app.ask('/a/42'), before)
    const rest = await app.ask('/a/43')
    assert.deepEqual([rest.status, problemOf(rest).code], [503, 'store-unreachable'])
    assert.equal(rest.headers['retry-after'], '2')
    assert.equal(rest.headers['cache-control'], 'no-store')
    assert.equal((await app.ask(`/p/${sha256}/96.jpg`)).status, 200)
    app.breakWith(null)
    app.pass(1_000)
    assert.equal((await app.ask('/a/43')).status, 200)
  })

  it('shows what is in memory while the bytes are away, a 503 for the rest, and recovers', async () => {
    let broken = false
    const away = new EverfaceError('blobs-unreachable', 'the blobs of the test are away')
    const flaky: Pictures = {
      ...pictures,
      variant: (...which) => (broken ? Promise.reject(away) : pictures.variant(...which)),
    }
    await using app = await setUp({ faces: [faceOf('42')], pictures: flaky })
    const before = await app.ask('/a/42')
    broken = true
    assert.deepEqual(await app.ask('/a/42'), before)
    for (const target of ['/a/42?s=132&f=avif', `/p/${sha256}/132.avif`]) {
      const told = await app.ask(target)
      assert.deepEqual([told.status, problemOf(told).code], [503, 'blobs-unreachable'])
      assert.equal(told.headers['retry-after'], '2')
    }
    broken = false
    assert.equal((await app.ask('/a/42?s=132&f=png')).status, 200)
    assert.deepEqual(
      app.lines.map(({ level }) => level),
      ['warn', 'info'],
    )
  })

  it('answers a bug with a fixed sentence and the request id that leads to it in the log', async () => {
    await using app = await setUp()
    app.breakWith(new TypeError('a secret of the inside'))
    const told = await app.raw('/a/42')
    const { code, instance } = JSON.parse(told.body.toString()) as Record<string, string>
    assert.deepEqual([told.status, code, instance], [500, 'internal', 'test'])
    assert.ok(!told.body.includes('secret'))
    const errors = app.lines.filter(({ level }) => level === 'error')
    assert.equal(errors.length, 1)
    assert.partialDeepStrictEqual(errors[0]?.fields, { requestId: 'test' })
    app.pass(2_000)
    assert.equal((await app.web('/a/42')).status, 500)
  })

  it('takes over request ids that can be written down, and makes others', async () => {
    await using app = await setUp()
    const idOf = async (given: string) =>
      (await app.raw('/a/42?s=0', { headers: { 'x-request-id': given } })).headers[
        'x-request-id'
      ] ?? ''
    assert.equal(await idOf('a-1.b_2'), 'a-1.b_2')
    assert.match(await idOf('{"a":1}'), /^[0-9a-f-]{36}$/)
    assert.match(await idOf('a'.repeat(65)), /^[0-9a-f-]{36}$/)
  })

  it('is counted by route and status', async () => {
    await using app = await setUp({ faces: [faceOf('42')] })
    await app.raw('/a/42')
    await app.raw('/a/42')
    await app.raw('/a/42', { headers: { 'if-none-match': '*' } })
    await app.raw(`/p/${lost}/96.webp`)
    await app.web('/a/42')
    assert.deepEqual(app.routes.counts(), [
      { route: '/a/{subject}', status: 200, count: 2 },
      { route: '/a/{subject}', status: 304, count: 1 },
      { route: '/p/{sha256}/{size}.{format}', status: 404, count: 1 },
    ])
  })
})
