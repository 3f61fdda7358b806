// Queries as the fuzzer of the interface sends them: whole where a call needs one, with a part that nobody means well by, or
// none of it. Whole ones of WeChat's addresses are signed and carry tokens, or nobody would come far.
import { hash } from 'node:crypto'
import fc from 'fast-check'
import { mintPageToken } from '../src/service/page-token.ts'

/** Of the service that is asked. */
export const secret = 'the secret of tests'
/** The app whose messages it takes. */
export const pushApp = { appid: 'wx0123456789abcdef', token: 'PushToken1', aesKey: null } as const

/** Text that nobody means well by. */
export const hostile = fc.oneof(
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

/** The fields of an object in the XML of the platform's messages, broken where they break it. */
export function xmlOf(json: string): string {
  const fields = [...json.matchAll(/"(\w+)":"([^"]*)"/g)]
  return `<xml>${fields.map(([, name, value]) => `<${name}><![CDATA[${value}]]></${name}>`).join('')}</xml>`
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

/**
 * Makes the queries for a row of the document.
 * @param given `people`: links of pictures; `states`: of journeys that have begun; `now`: milliseconds UTC
 */
export function createQueries(given: {
  readonly now: () => number
  readonly people: readonly string[]
  readonly states: readonly string[]
}): (row: string) => fc.Arbitrary<string> {
  return (row) => {
    const whole = wholeFor(row, given)
    if (whole === null) return query
    const odd = fc.tuple(whole, fc.nat(9), hostile).map(([all, at, text]) => {
      const names = Object.keys(all)
      return { ...all, [names[at % names.length] ?? '']: text.toWellFormed() }
    })
    const asked = fc.oneof({ weight: 2, arbitrary: whole }, { weight: 1, arbitrary: odd })
    const written = asked.map((some) => `?${new URLSearchParams(some).toString()}`)
    return fc.oneof({ weight: 8, arbitrary: written }, { weight: 1, arbitrary: query })
  }
}

/** What a query must have; null where it need not have anything. */
function wholeFor(
  row: string,
  { now, people, states }: Parameters<typeof createQueries>[0],
): fc.Arbitrary<Record<string, string>> | null {
  if (row === 'GET /u') return fc.constantFrom(...people).map((url) => ({ url, mode: 'copy' }))
  if (row === 'GET /oauth/wechat/start') {
    const known = fc.constantFrom('s0', 's1', 'nobody', 'a:b@c')
    return known.map((one) => ({
      subject: one,
      token: mintPageToken({ subject: one, expiresAt: now() + 1_000 }, secret),
      scene: 'profile',
    }))
  }
  if (row === 'GET /oauth/wechat/callback') {
    const code = fc.oneof(fc.constantFrom('', '061AbC0w3'), hostile)
    const state = fc.constantFrom(...states)
    return fc.record({ state, code: code.map((text) => text.toWellFormed()) })
  }
  if (!row.includes(' /webhooks/')) return null
  const timestamp = String(Math.floor(now() / 1000))
  return fc.stringMatching(/^[0-9]{1,12}$/).map((nonce) => {
    const signature = hash('sha1', [pushApp.token, timestamp, nonce].toSorted().join(''))
    return { timestamp, nonce, signature, echostr: nonce }
  })
}
