// Thousands of requests over every call of the interface, well formed and hostile in every part, against a real store,
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
import { urls } from '../../src/service/http/routes.ts'
import { mintPageToken } from '../../src/service/page-token.ts'

const rows = Object.keys(urls) as (keyof typeof urls)[]
const runs = 3_000

/** Text that nobody means well by. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ maxLength: 300 }),
  fc.constantFrom(
    '',
    '\0',
    '../../etc/passwd',
    '%00',
    '%',
    "' OR 1=1 --",
    '\ud800',
    '__proto__',
    'constructor',
    '.',
    '..',
    '９',
    '\u202e',
    'a'.repeat(5_000),
    '\r\nX-Injected: 1',
    '<script>alert(1)</script>',
    '{{7*7}}',
    '18446744073709551616',
    '-1',
    'NaN',
  ),
)

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
  before(async () => {
    world = await createHttpWorld()
    http = world.open()
    people = world.people(8)
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
        .map((one) =>
          mintPageToken({ subject: one, expiresAt: world.now() + 1_000 }, 'the secret of tests'),
        ),
      expiresIn: fc.integer(),
      type: fc.constantFrom('login', 'open', 'session-expired', 'prompt-declined'),
      mark: fc.constantFrom('placeholder', 'face', 'suspected'),
      scope: fc.constantFrom('read', 'write', 'admin'),
    }
    const known = good[field] ?? fc.constant('x')
    const odd = fc.oneof(hostile, fc.jsonValue({ maxDepth: 3 }), fc.double(), fc.constant(null))
    return fc.oneof({ weight: 5, arbitrary: known }, { weight: 1, arbitrary: odd })
  }

  const fieldsOf: Readonly<
    Partial<Record<keyof typeof urls, readonly [must: string[], may: string[]]>>
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
  }

  function objectFor(row: keyof typeof urls): fc.Arbitrary<string> {
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

  function bodyFor(row: keyof typeof urls): fc.Arbitrary<Pick<Ask, 'body' | 'headers'>> {
    const { body } = urls[row] as { body?: { kind: string; types?: readonly string[] } }
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
    if (body === undefined) return fc.constant({})
    const text =
      row === 'POST /v1/avatars:batch'
        ? fc.array(objectFor(row), { maxLength: 6 }).map((lines) => lines.join('\n'))
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

  const query = fc.oneof(
    { weight: 3, arbitrary: fc.constant('') },
    {
      weight: 2,
      arbitrary: fc
        .array(
          fc.tuple(
            fc.oneof(fc.constantFrom('standing', 'provider', 'limit', 'cursor', 'state'), hostile),
            fc.oneof(
              fc.constantFrom(
                'gone',
                'alive',
                'wechat',
                '1',
                '500',
                'failed',
                'czA',
                'MS5hMQ',
                'LTEuYjE',
              ),
              hostile,
            ),
          ),
          { maxLength: 3 },
        )
        .map(
          (pairs) =>
            new URLSearchParams(
              pairs.map(([a, b]): [string, string] => [a.toWellFormed(), b.toWellFormed()]),
            ),
        )
        .map((pairs) => `?${pairs.toString()}`),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom('?', '?&&', '?%zz=%zz', '?limit', '?limit=1&limit=2', '?a[b]=c'),
    },
  )

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
          query,
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
        for (const name of ['x-injected', 'set-cookie']) assert.equal(told.headers.get(name), null)
      }),
      { numRuns: runs, seed: 20_261_122 },
    )
    for (const seen of world.seen) if (/ 2\d\d$/.test(seen)) good.add(seen.slice(0, -4))
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
