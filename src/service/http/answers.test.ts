// Every answer that the document promises of a call is given here once: each status. The harness holds each answer against
// its shape; the last test holds what was seen against the document. wechat-answers.test.ts does so for what is no call.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { EverfaceError } from '../../errors.ts'
import type { Keeper } from '../../jobs/keeper.ts'
import { mintPageToken } from '../page-token.ts'
import { type Ask, type Harness, type HttpWorld, createHttpWorld, picture } from './harness.ts'
import { problems } from './problem.ts'
import { urls } from './routes.ts'
import { wechatUrls } from './wechat-urls.ts'

let world: HttpWorld
let http: Harness
let url = ''
let image: Uint8Array<ArrayBuffer>
const jpeg = { 'content-type': 'image/jpeg' }
const ndjson = { 'content-type': 'application/x-ndjson' }
before(async () => {
  world = await createHttpWorld()
  http = world.open()
  url = world.people(1)[0] ?? ''
  image = await picture()
})
after(() => world.close())

const rows = Object.keys(urls) as (keyof typeof urls)[]
const placeholders: Readonly<Record<string, string>> = {
  '{subject}': 'a1',
  '{rawSha256}': 'a'.repeat(64),
  '{id}': '1',
}

/** A row with its path filled in. */
function filled(row: string): string {
  return row.replace(/\{\w+\}/g, (name) => placeholders[name] ?? '')
}

/** A request that is well formed. */
function wellFormed(row: keyof typeof urls): Ask {
  const bodies: Readonly<Partial<Record<keyof typeof urls, Ask>>> = {
    'PUT /v1/avatars/{subject}': { json: { url } },
    'POST /v1/avatars:batch': { body: JSON.stringify({ subject: 'a1', url }), headers: ndjson },
    'PUT /v1/avatars/{subject}/picture': { body: image, headers: jpeg },
    'POST /v1/avatars/{subject}/events': { json: { type: 'open' } },
    'POST /v1/page-tokens': { json: {} },
    'POST /v1/beacons': { json: { token: tokenOf(null), subjects: ['a1'] } },
    'PUT /v1/placeholders/{rawSha256}': { json: { mark: 'face' } },
    'POST /v1/keys': { json: { name: 'x', scope: 'read' } },
  }
  return bodies[row] ?? {}
}

function tokenOf(subject: string | null): string {
  return mintPageToken({ subject, expiresAt: world.now() + 60_000 }, 'the secret of tests')
}

const keyed = rows.filter((row) => !['open', 'page'].includes(urls[row].access))

describe('every call with a key', () => {
  it('refuses whoever has none, or one that is unknown', async () => {
    for (const row of keyed) {
      const none = await http.ask(filled(row), { ...wellFormed(row), as: 'none' })
      assert.deepEqual([none.status, none.json.code], [401, 'key-missing'], row)
      assert.ok(none.headers.has('www-authenticate'))
      const authorization = `Bearer ef_${'x'.repeat(43)}`
      const { headers, ...rest } = wellFormed(row)
      const unknown = await http.ask(filled(row), {
        ...rest,
        headers: { ...headers, authorization },
      })
      assert.deepEqual([unknown.status, unknown.json.code], [401, 'key-unknown'], row)
    }
  })

  it('refuses a key that does not reach so far', async () => {
    for (const row of keyed) {
      const { access } = urls[row]
      if (access === 'read') continue
      const as = access === 'admin' ? 'write' : 'read'
      const told = await http.ask(filled(row), { ...wellFormed(row), as })
      assert.deepEqual([told.status, told.json.code], [403, 'scope-missing'], row)
    }
  })

  it('refuses the request that is one too many', async () => {
    for (const row of keyed) {
      const bounded = world.open({}, { rateLimit: 1 })
      await bounded.ask('GET /v1/avatars/nobody')
      const told = await bounded.ask(filled(row), wellFormed(row))
      assert.deepEqual([told.status, told.json.code], [429, 'too-many-requests'], row)
      assert.ok(told.headers.has('retry-after') && told.headers.has('ratelimit'))
    }
  })

  it('says so while the store is away', async () => {
    const away = () => Promise.reject(new EverfaceError('store-unreachable', 'away'))
    for (const row of keyed) {
      const lone = world.open({ store: { ...world.store, keyOf: away } })
      const told = await lone.ask(filled(row), wellFormed(row))
      assert.deepEqual([told.status, told.json.code], [503, 'store-unreachable'], row)
      assert.equal(told.headers.get('retry-after'), '5')
    }
  })
})

/** One answer after the other, each upon what those before have made. */
const story: readonly (readonly [row: string, how: () => Ask, status: number, code?: string])[] = [
  ['PUT /v1/avatars/a1', () => ({ json: { url } }), 201],
  ['PUT /v1/avatars/a1', () => ({ json: { url } }), 200],
  ['PUT /v1/avatars/a%20', () => ({ json: { url } }), 400, 'subject-invalid'],
  [
    'PUT /v1/avatars/a1',
    () => ({ body: '{', headers: { 'content-type': 'application/json' } }),
    400,
    'body-malformed',
  ],
  ['PUT /v1/avatars/a1', () => ({ json: { url: 'x'.repeat(70_000) } }), 413, 'body-too-large'],
  ['PUT /v1/avatars/a1', () => ({ body: 'x', headers: { 'content-type': 'text/plain' } }), 415],
  ['PUT /v1/avatars/a1', () => ({ json: { url: 'x' } }), 422, 'url-invalid'],
  ['GET /v1/avatars/a1', () => ({}), 200],
  ['GET /v1/avatars/a%20', () => ({}), 400],
  ['GET /v1/avatars/nobody', () => ({}), 404],
  ['GET /v1/avatars', () => ({}), 200],
  ['GET /v1/avatars?x=1', () => ({}), 400],
  ['GET /v1/avatars/a1/history', () => ({}), 200],
  ['GET /v1/avatars/a%20/history', () => ({}), 400],
  ['GET /v1/avatars/nobody/history', () => ({}), 404],
  ['POST /v1/avatars/a1/probe', () => ({ headers: { 'idempotency-key': 'k' } }), 200],
  ['POST /v1/avatars/a%20/probe', () => ({}), 400],
  ['POST /v1/avatars/nobody/probe', () => ({}), 404],
  [
    'POST /v1/avatars/a2/probe',
    () => ({ headers: { 'idempotency-key': 'k' } }),
    422,
    'idempotency-reused',
  ],
  [
    'POST /v1/avatars/a1/probe',
    () => ({ headers: { 'idempotency-key': ' ' } }),
    400,
    'idempotency-key-invalid',
  ],
  ['PUT /v1/avatars/up/picture', () => ({ body: image, headers: jpeg }), 201],
  ['PUT /v1/avatars/up/picture', () => ({ body: image, headers: jpeg }), 200],
  ['PUT /v1/avatars/a%20/picture', () => ({ body: image, headers: jpeg }), 400],
  [
    'PUT /v1/avatars/up/picture',
    () => ({ body: new Uint8Array(8 * 1024 * 1024 + 1), headers: jpeg }),
    413,
  ],
  ['PUT /v1/avatars/up/picture', () => ({ body: 'text', headers: jpeg }), 415, 'picture-format'],
  ['PUT /v1/avatars/up/picture', () => ({ body: '', headers: jpeg }), 422, 'picture-empty'],
  ['POST /v1/avatars/up/probe', () => ({}), 409, 'source-missing'],
  [
    'POST /v1/avatars/a1/events',
    () => ({ json: { type: 'login' }, headers: { 'idempotency-key': 'e' } }),
    204,
  ],
  [
    'POST /v1/avatars/a1/events',
    () => ({ json: { type: 'open' }, headers: { 'idempotency-key': 'e' } }),
    422,
  ],
  ['POST /v1/avatars/a%20/events', () => ({ json: { type: 'login' } }), 400],
  ['POST /v1/avatars/nobody/events', () => ({ json: { type: 'login' } }), 404],
  ['POST /v1/avatars/a1/events', () => ({ json: { type: 'x'.repeat(70_000) } }), 413],
  ['POST /v1/avatars/a1/events', () => ({ body: 'x' }), 415],
  ['GET /v1/avatars/a1/decision', () => ({}), 200],
  ['GET /v1/avatars/a1/decision?scene=a+b', () => ({}), 400, 'query-invalid'],
  ['GET /v1/avatars/nobody/decision?scene=profile', () => ({}), 404, 'subject-unknown'],
  [
    'GET /v1/avatars/a1/decision',
    () => ({ headers: { authorization: `Bearer ${tokenOf('a2')}` } }),
    403,
    'subject-forbidden',
  ],
  [
    'GET /v1/avatars/a1/decision',
    () => ({ headers: { authorization: 'Bearer ept_x' } }),
    401,
    'page-token-invalid',
  ],
  [
    'PUT /v1/avatars/a1',
    () => ({ json: { url, grant: { openid: 'o1' } } }),
    422,
    'grant-app-unknown',
  ],
  ['POST /v1/avatars:batch', () => wellFormed('POST /v1/avatars:batch'), 200],
  [
    'POST /v1/avatars:batch',
    () => ({ body: 'x', headers: { ...ndjson, 'idempotency-key': 'k' } }),
    400,
  ],
  ['POST /v1/avatars:batch', () => ({ body: 'x' }), 415],
  ['POST /v1/page-tokens', () => ({}), 200],
  [
    'POST /v1/page-tokens',
    () => ({ body: '{', headers: { 'content-type': 'application/json' } }),
    400,
  ],
  ['POST /v1/page-tokens', () => ({ json: { subject: 'x'.repeat(70_000) } }), 413],
  ['POST /v1/page-tokens', () => ({ body: '{}', headers: { 'content-type': 'text/plain' } }), 415],
  ['POST /v1/page-tokens', () => ({ json: { subject: ' ' } }), 422],
  ['POST /v1/beacons', () => wellFormed('POST /v1/beacons'), 204],
  ['POST /v1/beacons', () => ({ body: '{', headers: { 'content-type': 'text/plain' } }), 400],
  ['POST /v1/beacons', () => ({ json: { token: 'x', subjects: ['1'] } }), 401],
  ['POST /v1/beacons', () => ({ json: { token: tokenOf('1'), subjects: ['2'] } }), 403],
  ['POST /v1/beacons', () => ({ json: { token: 'x'.repeat(70_000) } }), 413],
  ['POST /v1/beacons', () => ({ body: '{}', headers: { 'content-type': 'text/html' } }), 415],
  ['POST /v1/beacons', () => ({ json: {} }), 422],
  ['GET /v1/placeholders', () => ({}), 200],
  [`PUT /v1/placeholders/${'a'.repeat(64)}`, () => ({ json: { mark: 'face' } }), 200],
  ['PUT /v1/placeholders/x', () => ({ json: { mark: 'face' } }), 400],
  [`PUT /v1/placeholders/${'a'.repeat(64)}`, () => ({ json: { mark: 'x'.repeat(70_000) } }), 413],
  [`PUT /v1/placeholders/${'a'.repeat(64)}`, () => ({ body: 'x' }), 415],
  [`PUT /v1/placeholders/${'a'.repeat(64)}`, () => ({ json: { mark: 'suspected' } }), 422],
  ['GET /v1/deliveries', () => ({}), 200],
  ['GET /v1/deliveries?state=x', () => ({}), 400],
  ['POST /v1/deliveries/x/resend', () => ({}), 400],
  ['POST /v1/deliveries/999/resend', () => ({}), 404],
  ['GET /v1/keys', () => ({}), 200],
  ['POST /v1/keys', () => ({ json: { name: 'x', scope: 'read' } }), 201],
  ['POST /v1/keys', () => ({ body: '', headers: { 'content-type': 'application/json' } }), 400],
  ['POST /v1/keys', () => ({ json: { name: 'x'.repeat(70_000) } }), 413],
  ['POST /v1/keys', () => ({ body: 'x' }), 415],
  ['POST /v1/keys', () => ({ json: {} }), 422],
  ['DELETE /v1/keys/key_read', () => ({}), 204],
  ['DELETE /v1/keys/key_read', () => ({}), 404],
  ['DELETE /v1/keys/%20', () => ({}), 400],
  ['GET /v1/stats', () => ({}), 200],
  ['GET /metrics', () => ({}), 200],
  ['GET /healthz', () => ({}), 200],
  ['GET /readyz', () => ({}), 200],
  ['GET /openapi.json', () => ({}), 200],
  ['GET /docs', () => ({}), 200],
  ['GET /u?url=https%3A%2F%2Fthirdwx.qlogo.cn%2Fnobody', () => ({}), 204],
  ['GET /u', () => ({}), 400, 'query-invalid'],
  ['GET /everface.js', () => ({}), 200],
  ['GET /everface.js', () => ({ headers: { 'if-none-match': '*' } }), 304],
  ['GET /everface-sw.js', () => ({}), 200],
  ['GET /everface-sw.js', () => ({ headers: { 'if-none-match': '*' } }), 304],
  ['DELETE /v1/avatars/a%20', () => ({}), 400],
  ['DELETE /v1/avatars/a1', () => ({}), 200],
  ['DELETE /v1/avatars/a1', () => ({}), 404],
]

describe('every other answer', () => {
  it('is given in the course of a story', async () => {
    for (const [row, how, status, code] of story) {
      const told = await http.ask(row, how())
      assert.equal(told.status, status, `${row}: ${told.text}`)
      if (code !== undefined) assert.equal(told.json.code, code)
    }
  })

  it('is given to twins that run at the same time', async () => {
    for (const [row, json] of [
      ['POST /v1/avatars/a1/events', { type: 'login' }],
      ['POST /v1/deliveries/1/resend', undefined],
    ] as const) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const signal: Keeper['signal'] = async () => {
        await promise
        return { kind: 'taken' }
      }
      const resend = async () => {
        await promise
        return true
      }
      const keeper = { ...world.jobs.keeper, signal }
      const held = world.open({ keeper, store: { ...world.store, resend } })
      const headers = { 'idempotency-key': `twin-${row.length}` }
      const how: Ask = { ...(json === undefined ? {} : { json }), headers }
      const first = held.ask(row, how)
      const second = held.ask(row, how)
      const told = await Promise.race([first, second])
      assert.deepEqual([told.status, told.json.code], [409, 'idempotency-running'])
      resolve()
      const both = await Promise.all([first, second])
      assert.deepEqual(
        both.map(({ status }) => status).toSorted((a, b) => a - b),
        [204, 409],
      )
    }
    const reused = await http.ask('POST /v1/deliveries/2/resend', {
      headers: { 'idempotency-key': `twin-${'POST /v1/deliveries/1/resend'.length}` },
    })
    assert.deepEqual([reused.status, reused.json.code], [422, 'idempotency-reused'])
  })

  it('is given to pages that send too much', async () => {
    const bounded = world.open()
    let told = await bounded.ask('POST /v1/beacons', wellFormed('POST /v1/beacons'))
    while (told.status === 204)
      told = await bounded.ask('POST /v1/beacons', wellFormed('POST /v1/beacons'))
    assert.equal(told.status, 429)
  })

  it('is given to those who ask by a link', async () => {
    const link = `GET /u?url=${encodeURIComponent(url)}&mode=copy`
    await http.ask('PUT /v1/avatars/l1', { json: { url } })
    const shown = await http.ask(link)
    assert.equal(shown.status, 200)
    const etag = shown.headers.get('etag') ?? ''
    assert.equal((await http.ask(link, { headers: { 'if-none-match': etag } })).status, 304)
    const signed = world.open({}, { signing: 'required' })
    const told = await signed.ask(link)
    assert.deepEqual([told.status, told.json.code], [401, 'page-token-invalid'])
    const away = () => Promise.reject(new EverfaceError('store-unreachable', 'away'))
    const lone = world.open({ store: { ...world.store, faceOf: away } })
    assert.equal((await lone.ask(link)).status, 503)
  })

  it('is given when a part is not ready', async () => {
    const away = () => Promise.reject(new EverfaceError('store-unreachable', 'away'))
    const lone = world.open({ store: { ...world.store, ping: away } })
    assert.equal((await lone.ask('GET /readyz')).status, 503)
  })
})

describe('the document', () => {
  it('promises no answer that was not given here, and none was given that it does not promise', () => {
    const { paths } = http.http.document()
    const promised = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, { responses }]) => {
        const row = `${method.toUpperCase()} ${path}`
        if (row in wechatUrls) return []
        const statuses = Object.keys(responses).filter((status) => status !== 'default')
        return statuses.map((status) => `${row} ${status}`)
      }),
    )
    assert.deepEqual([...world.seen].sort(), promised.sort())
  })
})

describe('the table of problems', () => {
  it('has statuses of errors and sentences that end', () => {
    for (const [code, [status, sentence]] of Object.entries(problems)) {
      assert.match(code, /^[a-z]+(?:-[a-z]+)*$/)
      assert.ok(status >= 400 && status <= 599)
      assert.match(sentence, /[.@-]$/)
    }
  })
})
