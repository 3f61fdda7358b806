// What the document promises of the addresses that WeChat, and people on their way through it, come to: every status, media
// type, header and code of it is given here, and nothing else is. wechat.test.ts walks the whole way over the platform.
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { EverfaceError } from '../../errors.ts'
import type { People } from '../../jobs/people.ts'
import type { AppParts } from '../app.ts'
import { mintPageToken } from '../page-token.ts'
import type { Settings } from '../settings.ts'
import { splitRow } from './document.ts'
import { type Ask, type Harness, type HttpWorld, type Told, createHttpWorld } from './harness.ts'
import type { DocumentedOperation } from './operation.ts'
import { wechatUrls } from './wechat-urls.ts'

type Row = keyof typeof wechatUrls

const secret = 'the secret of tests'
const appid = 'wx0123456789abcdef'
const token = 'PushToken1'
const rows = Object.keys(wechatUrls) as Row[]
const pushes = rows.filter((row) => row.includes('/webhooks/'))
const message = JSON.stringify({ MsgType: 'event', Event: 'user_info_modified', OpenID: 'o1' })

let world: HttpWorld
let http: Harness
const seen = new Set<string>()
before(async () => {
  world = await createHttpWorld()
  http = open()
})
after(() => world.close())

/** An interface that knows two apps, one of them with a push token. */
function open(change: Partial<AppParts> = {}, settings: Partial<Settings> = {}): Harness {
  const secrets = {
    secret,
    oldSecrets: [],
    databaseUrl: null,
    webhookSecret: null,
    wechatSecrets: {},
    wechatPush: { [appid]: { token, aesKey: null } },
    s3AccessKeyId: null,
    s3SecretAccessKey: null,
  }
  const wechatApps = [
    { kind: 'official', appid },
    { kind: 'website', appid: 'wx-site' },
  ] as const
  return world.open({ secrets, ...change }, { wechatApps, ...settings })
}

/** Asks, and notes what of the document was seen. */
async function ask(row: Row, query: object, how: Ask = {}, one = http, id = appid): Promise<Told> {
  const asked = new URLSearchParams(query as Record<string, string>).toString()
  const told = await one.ask(`${row.replace('{appid}', id)}?${asked}`, { as: 'none', ...how })
  for (const part of partsOf(told)) seen.add(`${row} ${told.status} ${part}`)
  return told
}

/** Headers that some answer of these documents. */
const named = [
  'location',
  'set-cookie',
  'retry-after',
  'ratelimit',
  'ratelimit-policy',
  'www-authenticate',
  'x-request-id',
]

function partsOf({ headers, json }: Told): string[] {
  const [type] = (headers.get('content-type') ?? '').split(';')
  return [
    ...named.filter((name) => headers.has(name)),
    ...(type === '' || type === undefined ? [] : [type]),
    ...(json.code === undefined ? [] : [json.code as string]),
  ]
}

/** The same of the document, as a client gets it. */
function promisedOf({ responses }: DocumentedOperation): string[] {
  return Object.entries(responses).flatMap(([status, answer]) => {
    if (status === 'default') return []
    const { description, content = {}, headers } = answer as typeof answer & { headers: object }
    const isProblem = 'application/problem+json' in content
    const codes = isProblem
      ? [...description.matchAll(/^`([a-z-]+)`:/gm)].map(([, one]) => one)
      : []
    return [
      ...Object.keys(headers).map((name) => name.toLowerCase()),
      ...Object.keys(content),
      ...codes,
    ].map((part) => `${status} ${part}`)
  })
}

async function callOf(row: Row): Promise<DocumentedOperation> {
  const { method, path } = splitRow(row)
  const call = (await http.ask('GET /openapi.json', { as: 'none' })).json.paths[path]
  return call[method.toLowerCase()] as DocumentedOperation
}

function startOf(more: object = {}): object {
  const expiresAt = world.now() + 60_000
  const back = 'https://app.test/me'
  return {
    subject: 's1',
    token: mintPageToken({ subject: 's1', expiresAt }, secret),
    return: back,
    ...more,
  }
}

/** A journey that has begun: what the browser comes back with. */
async function begun(more: object = {}): Promise<{ state: string; headers: { cookie: string } }> {
  const told = await ask('GET /oauth/wechat/start', startOf(more))
  assert.equal(told.status, 302, told.text)
  const state = new URL(told.headers.get('location') ?? '').searchParams.get('state') ?? ''
  const [cookie = ''] = (told.headers.get('set-cookie') ?? '').split(';')
  return { state, headers: { cookie } }
}

function signed(more: object = {}): object {
  const timestamp = String(Math.floor(world.now() / 1000))
  const nonce = '1320562132'
  return {
    timestamp,
    nonce,
    signature: hash('sha1', [token, timestamp, nonce].toSorted().join('')),
    ...more,
  }
}

/** A request that is answered well. */
async function wellFormed(row: Row): Promise<{ query: object; how: Ask }> {
  if (row === 'GET /oauth/wechat/start') {
    return { query: startOf({ scene: 'profile', appid }), how: {} }
  }
  if (row === 'GET /oauth/wechat/callback') {
    const { state, headers } = await begun()
    return { query: { state, code: '061AbC0w3' }, how: { headers } }
  }
  return row.startsWith('GET')
    ? { query: signed({ echostr: '583710' }), how: {} }
    : { query: signed(), how: { body: message } }
}

describe('the addresses of WeChat', () => {
  it('take every documented parameter, and cannot do without those that are required', async () => {
    let required = 0
    let optional = 0
    for (const row of rows) {
      const { query, how } = await wellFormed(row)
      const told = await ask(row, query, how)
      assert.ok(told.status < 400, `${row}: ${told.text}`)
      const known = (await callOf(row)).parameters?.filter((one) => one.in === 'query') ?? []
      const names = new Set(known.map(({ name }) => name))
      assert.ok(
        Object.keys(query).every((name) => names.has(name)),
        row,
      )
      for (const { name, required: must } of known) {
        if (!(name in query)) continue
        const { query: whole, how: again } = await wellFormed(row)
        const lacking = Object.fromEntries(Object.entries(whole).filter(([one]) => one !== name))
        const { status } = await ask(row, lacking, again)
        // A message that is plain cannot do without a signature either; a sealed one has another.
        const isNeeded = must === true || name === 'signature'
        assert.equal(status >= 400, isNeeded, `${row} without ${name}: ${status}`)
        if (isNeeded) required++
        else optional++
      }
    }
    assert.deepEqual([required, optional], [3 + 4 * 2 + 3 * 2, 4])
  })

  it('end a journey at the app, or with a page where no address is known', async () => {
    const { state, headers } = await begun()
    const told = await ask('GET /oauth/wechat/callback', { state }, { headers })
    assert.equal(told.headers.get('location'), 'https://app.test/me?everface=refused')
    const expiresAt = world.now() + 60_000
    const bare = { subject: 's2', token: mintPageToken({ subject: 's2', expiresAt }, secret) }
    const lost = await ask('GET /oauth/wechat/start', bare)
    const [cookie = ''] = (lost.headers.get('set-cookie') ?? '').split(';')
    const name = new URL(lost.headers.get('location') ?? '').searchParams.get('state')
    const ended = await ask('GET /oauth/wechat/callback', { state: name }, { headers: { cookie } })
    assert.equal(ended.status, 200)
  })

  it('refuse in pages whoever has no link of ours, or another browser', async () => {
    for (const query of [
      {},
      startOf({ subject: 'x' }),
      startOf({ return: 'https://evil.test/' }),
    ]) {
      assert.equal((await ask('GET /oauth/wechat/start', query)).status, 400)
    }
    assert.equal((await ask('GET /oauth/wechat/start', startOf({ appid: 'wx-none' }))).status, 404)
    const { state } = await begun()
    assert.equal((await ask('GET /oauth/wechat/callback', { state })).status, 400)
  })

  it('refuse what is not signed, not to be read, too long, compressed, or for nobody', async () => {
    for (const row of pushes) {
      const isEcho = row.startsWith('GET')
      const body = isEcho ? {} : { body: message }
      assert.equal((await ask(row, {}, body)).status, 403, row)
      const stale = signed({ echostr: '1', timestamp: '1' })
      assert.equal((await ask(row, stale, body)).status, 403, row)
      const unreadable = isEcho
        ? await ask(row, signed({ echostr: '<script>' }))
        : await ask(row, signed(), { body: 'neither' })
      assert.equal(unreadable.json.code, isEcho ? 'query-invalid' : 'body-malformed', row)
      const none = row.includes('{')
        ? await ask(row, signed(), body, http, 'wx-site')
        : await ask(row, signed(), body, world.open())
      assert.equal(none.json.code, 'route-unknown', row)
      if (isEcho) continue
      assert.equal((await ask(row, signed(), { body: 'x'.repeat(65_537) })).status, 413)
      const headers = { 'content-encoding': 'gzip' }
      assert.equal((await ask(row, signed(), { ...body, headers })).status, 415)
    }
  })

  it('say when to come back while the store is away', async () => {
    const away = () => Promise.reject(new EverfaceError('store-unreachable', 'away'))
    const people = { signal: away, takePushed: away } as unknown as People
    const lone = open({ people, store: { ...world.store, spend: away } })
    for (const row of rows) {
      if (row.startsWith('GET /webhooks/')) continue
      const { query, how } = await wellFormed(row)
      const told = await ask(row, query, how, lone)
      assert.deepEqual([told.status, told.headers.get('retry-after')], [503, '5'], row)
    }
  })

  it('tell nothing of a bug but the request id', async () => {
    const takePushed = () => Promise.reject(new Error('SELECT secret FROM inside'))
    const broken = open({ people: { takePushed } as unknown as People })
    const query = new URLSearchParams(signed() as Record<string, string>).toString()
    const how = { as: 'none', body: message } as const
    const told = await broken.ask(`POST /webhooks/wechat?${query}`, how)
    assert.deepEqual([told.status, told.json.code], [500, 'internal'])
    assert.doesNotMatch(told.text, /SELECT/)
  })

  it('bound how often one address may come, with the standard headers', async () => {
    const bounded = open()
    for (const row of ['GET /oauth/wechat/start', 'GET /oauth/wechat/callback'] as const) {
      let told = await ask(row, {}, {}, bounded)
      for (let asked = 0; told.status === 400 && asked < 1_000; asked++) {
        told = await ask(row, {}, {}, bounded)
      }
      assert.deepEqual([told.status, told.headers.get('retry-after')], [429, '60'])
      assert.match(told.headers.get('ratelimit') ?? '', /^"address";r=0;t=60$/)
    }
  })

  it('are nothing where no app is set up: a page that says so, or no such path', async () => {
    const bare = world.open()
    const told = await ask('GET /oauth/wechat/start', startOf(), {}, bare)
    assert.equal(told.status, 404)
    for (const row of pushes) {
      const { query, how } = await wellFormed(row)
      assert.equal((await ask(row, query, how, bare)).json.code, 'route-unknown', row)
    }
    assert.deepEqual(bare.http.document(), http.http.document(), 'the document is one')
  })

  it('take no other method, and do nothing for a HEAD that looks ahead', async () => {
    const { state, headers } = await begun()
    const asked = `/oauth/wechat/callback?state=${state}`
    const ahead = await http.ask(`HEAD ${asked}`, { as: 'none', headers })
    assert.deepEqual([ahead.status, ahead.headers.get('allow')], [405, 'GET'])
    const told = await http.ask(`GET ${asked}`, { as: 'none', headers })
    assert.equal(told.status, 302, 'the journey has not ended before')
  })
})

describe('the document of the addresses of WeChat', () => {
  it('promises no status, type, header or code that was not seen here, and none was that it does not', async () => {
    const promised: string[] = []
    for (const row of rows) {
      for (const part of promisedOf(await callOf(row))) promised.push(`${row} ${part}`)
    }
    assert.ok(promised.length > 100)
    assert.deepEqual([...seen].sort(), promised.sort())
  })

  it('says that no key is needed, and what the platform is answered', async () => {
    for (const row of rows) assert.deepEqual((await callOf(row)).security, [], row)
    for (const row of pushes.filter((one) => one.startsWith('POST'))) {
      const { responses, requestBody } = await callOf(row)
      const schema = responses['200']?.content?.['text/plain']?.schema
      assert.deepEqual((schema as { enum?: string[] }).enum, ['success'])
      assert.deepEqual(Object.keys(requestBody?.content ?? {}), ['application/json', 'text/xml'])
    }
  })

  it('is told of in docs/http-api.md, every row', () => {
    const page = readFileSync('docs/http-api.md', 'utf8')
    assert.deepEqual(
      rows.filter((row) => !page.includes(`\`${row}\``)),
      [],
    )
  })
})
