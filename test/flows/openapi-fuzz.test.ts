// Thousands of requests over every row of the document, well formed and hostile in every part, against a real store,
// real pictures and a real keeper. Whatever is sent, nothing breaks: no 5xx, no status that the document does not promise,
// no bad news that is not a problem document. What an answer must look like is held by the harness.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import {
  type Ask,
  type Harness,
  type HttpWorld,
  createHttpWorld,
  picture,
} from '../../src/service/http/harness.ts'
import { splitRow } from '../../src/service/http/document.ts'
import { documented } from '../../src/service/http/routes.ts'
import { mintPageToken } from '../../src/service/page-token.ts'
import { createQueries, hostile, pushApp, secret, xmlOf } from '../fuzz-queries.ts'

const rows = Object.keys(documented) as (keyof typeof documented)[]
const runs = 3_000

const subject = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('s0', 's1', 's2', 'up', 'a:b@c', 'nobody', '-', '_', '...'),
  },
  { weight: 1, arbitrary: fc.stringMatching(/^[A-Za-z0-9._:@-]{1,128}$/) },
)

describe('the interface, whatever is sent', { timeout: 240_000 }, () => {
  let world: HttpWorld
  let http: Harness
  let people: readonly string[]
  let image: Uint8Array<ArrayBuffer>
  let queryFor: (row: string) => fc.Arbitrary<string>
  /** Of people on their way: what comes back with them. */
  const journeys: { readonly state: string; readonly cookie: string }[] = []
  before(async () => {
    world = await createHttpWorld()
    http = world.open(
      {
        secrets: {
          secret,
          oldSecrets: [],
          databaseUrl: null,
          webhookSecret: null,
          wechatSecrets: {},
          wechatPush: { [pushApp.appid]: pushApp },
          s3AccessKeyId: null,
          s3SecretAccessKey: null,
        },
      },
      { wechatApps: [{ kind: 'official', appid: pushApp.appid }] },
    )
    people = world.people(8)
    for (const one of ['s0', 's1', 's2', 'nobody', 'a:b@c']) journeys.push(await begin(one))
    const states = journeys.map(({ state }) => state)
    queryFor = createQueries({ now: () => world.now(), people, states })
    image = await picture()
    for (const at of [0, 1, 2]) {
      await http.ask(`PUT /v1/avatars/s${at}`, { json: { url: people[at] } })
    }
    await http.ask('PUT /v1/avatars/up/picture', {
      body: image,
      headers: { 'content-type': 'image/jpeg' },
    })
  })
  after(() => world.close())

  async function begin(one: string): Promise<(typeof journeys)[number]> {
    const known = new URLSearchParams({
      subject: one,
      token: mintPageToken({ subject: one, expiresAt: world.now() + 1_000 }, secret),
    })
    const { headers } = await http.ask(`GET /oauth/wechat/start?${known.toString()}`)
    const { searchParams } = new URL(headers.get('location') ?? '')
    const [cookie = ''] = (headers.get('set-cookie') ?? '').split(';')
    return { state: searchParams.get('state') ?? '', cookie }
  }

  /** Values as the fields of bodies are named, and others. */
  function valueOf(field: string): fc.Arbitrary<unknown> {
    const good: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
      url: fc.oneof(fc.constantFrom(...people), fc.constant('https://pictures.test/a.jpg')),
      name: fc.oneof(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.constant(null)),
      provider: fc.constantFrom('wechat', 'qq', 'generic'),
      observedAt: fc.oneof(
        fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
        fc.constantFrom(
          '2026-11-21T08:00:00+08:00',
          '2026-02-30T00:00:00Z',
          '0000-01-01T00:00:00Z',
        ),
      ),
      snapshot: fc.boolean(),
      imported: fc.boolean(),
      subject: fc.oneof(subject, fc.constant(null)),
      subjects: fc.array(subject, { maxLength: 40 }),
      token: fc
        .option(subject)
        .map((one) => mintPageToken({ subject: one, expiresAt: world.now() + 1_000 }, secret)),
      expiresIn: fc.integer(),
      type: fc.constantFrom('login', 'open', 'session-expired', 'prompt-declined'),
      mark: fc.constantFrom('placeholder', 'face', 'suspected'),
      scope: fc.constantFrom('read', 'write', 'admin'),
      MsgType: fc.constant('event'),
      Event: fc.constantFrom('user_info_modified', 'user_authorization_revoke', 'subscribe'),
      AppID: fc.constant(pushApp.appid),
    }
    const known = good[field] ?? fc.constant('x')
    const odd = fc.oneof(hostile, fc.jsonValue({ maxDepth: 3 }), fc.double(), fc.constant(null))
    return fc.oneof({ weight: 5, arbitrary: known }, { weight: 1, arbitrary: odd })
  }

  const pushed = ['OpenID', 'CreateTime', 'RevokeInfo', 'AppID', 'Encrypt']
  const fieldsOf: Readonly<
    Partial<Record<keyof typeof documented, readonly [must: string[], may: string[]]>>
  > = {
    'PUT /v1/avatars/{subject}': [['url'], ['name', 'provider', 'observedAt', 'snapshot']],
    'POST /v1/avatars:batch': [
      ['subject', 'url'],
      ['name', 'provider', 'observedAt', 'imported'],
    ],
    'POST /v1/avatars/{subject}/events': [['type'], []],
    'POST /v1/page-tokens': [[], ['subject', 'expiresIn']],
    'POST /v1/beacons': [['token', 'subjects'], []],
    'PUT /v1/placeholders/{rawSha256}': [['mark'], []],
    'POST /v1/keys': [['name', 'scope'], []],
    'POST /webhooks/wechat': [['MsgType', 'Event'], pushed],
    'POST /webhooks/wechat/{appid}': [['MsgType', 'Event'], pushed],
  }

  function objectFor(row: keyof typeof documented): fc.Arbitrary<string> {
    const [must, may] = fieldsOf[row] ?? [[], []]
    const fields = Object.fromEntries([...must, ...may].map((name) => [name, valueOf(name)]))
    const whole = fc.record(fields, { requiredKeys: must })
    const strange = fc.tuple(
      whole,
      fc.dictionary(hostile, fc.jsonValue({ maxDepth: 1 }), { maxKeys: 2 }),
    )
    return fc.oneof(
      { weight: 6, arbitrary: whole.map((one) => JSON.stringify(one)) },
      { weight: 1, arbitrary: strange.map(([one, more]) => JSON.stringify({ ...one, ...more })) },
      { weight: 1, arbitrary: fc.jsonValue().map((one) => JSON.stringify(one)) },
      { weight: 1, arbitrary: hostile },
      {
        weight: 1,
        arbitrary: fc.constantFrom('', '[', '{"a":', '[['.repeat(2_000), '"x"', 'null'),
      },
    )
  }

  function bodyFor(row: keyof typeof documented): fc.Arbitrary<Pick<Ask, 'body' | 'headers'>> {
    const { body } = documented[row] as { body?: { kind: string; types?: readonly string[] } }
    const anyType = fc.constantFrom(
      'application/json',
      'text/plain',
      'application/x-ndjson',
      'image/png',
      'multipart/form-data; boundary=b',
      'multipart/form-data',
      'application/json; charset=utf-16',
      '',
      ';',
      'a/b/c',
    )
    if (row === 'PUT /v1/avatars/{subject}/picture') {
      const bytes = fc.oneof(
        fc.constant(image),
        fc.nat(image.length).map((at) => image.slice(0, at)),
        fc.tuple(fc.nat(image.length - 1), fc.nat(255)).map(([at, value]) => {
          const changed = image.slice()
          changed[at] = value
          return changed
        }),
        fc.uint8Array({ maxLength: 400 }).map((some) => new Uint8Array(some)),
        hostile.map(
          (text) =>
            new Uint8Array(
              Buffer.from(
                `--b\r\nContent-Disposition: form-data; name="picture"; filename="${text}"\r\n\r\n${text}\r\n--b--\r\n`,
              ),
            ),
        ),
      )
      return fc.record({
        body: bytes,
        headers: fc
          .oneof(fc.constantFrom('image/jpeg', 'multipart/form-data; boundary=b'), anyType)
          .map((type) => ({ 'content-type': type })),
      })
    }
    if (row === 'GET /oauth/wechat/callback') {
      const cookies = journeys.map(({ cookie }) => cookie).join('; ')
      const cookie = fc.oneof(
        { weight: 4, arbitrary: fc.constant(cookies) },
        { weight: 1, arbitrary: headerText },
      )
      return cookie.map((some) => ({ headers: { cookie: some } }))
    }
    if (body === undefined) return fc.constant({})
    const text =
      row === 'POST /v1/avatars:batch'
        ? fc.array(objectFor(row), { maxLength: 6 }).map((lines) => lines.join('\n'))
        : row.startsWith('POST /webhooks/')
          ? fc.oneof(objectFor(row), objectFor(row).map(xmlOf))
          : objectFor(row)
    const usual = body.types?.[0] ?? 'application/json'
    return fc.record({
      body: text,
      headers: fc
        .oneof({ weight: 9, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: anyType })
        .map((type) => ({ 'content-type': type })),
    })
  }

  const segment = fc.oneof(
    hostile.map((text) => encodeURIComponent(text.toWellFormed())),
    fc.constantFrom('%zz', '%c3%28', '%2e', '%2F..%2F', '%E2%80%AE', "';--", '*', '(x)', '~'),
  )

  /** A path with its parts filled in: well or badly. */
  function pathFor(path: string): fc.Arbitrary<string> {
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
    const good: Readonly<Record<string, fc.Arbitrary<string>>> = {
      subject: subject.map((one) => encodeURIComponent(one)),
      rawSha256: fc.stringMatching(/^[0-9a-f]{64}$/),
      appid: fc.constant(pushApp.appid),
      id: fc.oneof(fc.integer({ min: 1, max: 99 }).map(String), fc.constant('key_nobody')),
    }
    const parts = names.map((name) =>
      fc.oneof(
        { weight: 6, arbitrary: good[name] ?? fc.constant('x') },
        { weight: 1, arbitrary: segment },
      ),
    )
    return fc.tuple(...parts).map((values) => {
      let at = 0
      return path.replace(/\{\w+\}/g, () => values[at++] ?? '')
    })
  }

  /** What may stand in a header at all. */
  const headerText = fc.string({
    unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
    maxLength: 300,
  })

  const extra = fc
    .record(
      {
        'idempotency-key': fc.oneof(fc.constantFrom('a', 'b', 'c'), headerText),
        'x-request-id': headerText,
        'x-forwarded-for': headerText,
        'content-encoding': fc.constantFrom('gzip', 'identity', ''),
        'if-none-match': headerText,
        accept: headerText,
        origin: headerText,
        authorization: headerText,
      },
      { requiredKeys: [] },
    )
    // Most requests have none of these, or few would come far.
    .chain((all) =>
      fc
        .subarray(Object.keys(all), { maxLength: 2 })
        .map(
          (names) =>
            Object.fromEntries(
              Object.entries(all).filter(([name]) => names.includes(name)),
            ) as Record<string, string>,
        ),
    )

  function request(): fc.Arbitrary<readonly [row: string, how: Ask]> {
    return fc.constantFrom(...rows).chain((row) => {
      const { method, path } = splitRow(row)
      const methods = fc.oneof(
        { weight: 30, arbitrary: fc.constant(method) },
        {
          weight: 1,
          arbitrary: fc.constantFrom(
            'GET',
            'PUT',
            'POST',
            'DELETE',
            'PATCH',
            'OPTIONS',
            'HEAD',
            'BREW',
          ),
        },
      )
      return fc
        .tuple(
          methods,
          pathFor(path),
          queryFor(row),
          bodyFor(row),
          fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: extra }),
          fc.oneof(
            { weight: 8, arbitrary: fc.constant('admin' as const) },
            {
              weight: 1,
              arbitrary: fc.constantFrom('none' as const, 'read' as const, 'write' as const),
            },
          ),
        )
        .map(([verb, where, what, body, headers, as]) => {
          const bodiless = verb === 'GET' || verb === 'HEAD'
          const how: Ask = {
            ...(bodiless ? {} : body),
            headers: { ...body.headers, ...headers },
            as,
          }
          return [`${verb} ${where}${what}`, how] as const
        })
    })
  }

  it('answers as the document says, and nothing breaks', async () => {
    const good = new Set<string>()
    await fc.assert(
      fc.asyncProperty(request(), async ([row, how]) => {
        // Somebody may revoke or forget along the way: the fixtures are what they are by then.
        const told = await http.ask(row, how)
        assert.ok(told.status < 500, `${row} answers ${told.status}: ${told.text}`)
        assert.equal(told.headers.get('x-injected'), null)
        if (told.headers.has('set-cookie')) assert.match(row, /^GET \/oauth\/wechat\/start\?/)
      }),
      { numRuns: runs, seed: 20_261_122 },
    )
    for (const seen of world.seen) if (/ (?:2\d\d|302)$/.test(seen)) good.add(seen.slice(0, -4))
    assert.deepEqual(
      rows.filter(
        (row) => !good.has(row) && !row.endsWith('/resend') && !row.startsWith('DELETE /v1/keys'),
      ),
      [],
      'the fuzzer gets through to every call',
    )
    const broken = http.lines.filter(({ level }) => level === 'error')
    assert.deepEqual(broken, [])
  })
})
