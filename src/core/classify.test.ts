// What must never happen, whatever an answer looks like: a living picture called dead.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { classify, mediaType } from './classify.ts'
import type { Answer, FailureKind, Observation } from './observation.ts'
import { generic, providers, rulesOf } from './providers/index.ts'
import { readUrl } from './read-url.ts'
import { verdictKinds } from './verdict.ts'

const wechat = readUrl('https://mmbiz.qpic.cn/mmbiz_jpg/x/640')
const failures: readonly FailureKind[] = [
  'dns',
  'connect',
  'tls',
  'timeout',
  'reset',
  'truncated',
  'protocol',
  'too-large',
  'redirects',
  'guard-url',
  'guard-address',
  'proxy',
  'paused',
  'stopped',
]

function observe(seen: Observation['seen'], at = Date.UTC(2026, 10, 22)): Observation {
  const url = 'https://images.example.com/1.jpg'
  return { url, finalUrl: url, method: 'GET', edge: '192.0.2.1', at, ms: 1, seen }
}

/** Headers that mean something to some rule, with values right, wrong and strange. */
const headers = fc.dictionary(
  fc.constantFrom(
    'x-errno',
    'x-info',
    'x-failno',
    'x-bcheck',
    'x-rtflag',
    'cache-control',
    'last-modified',
    'content-type',
    'content-length',
    'x-nws-log-uuid',
    'retry-after',
    'server',
  ),
  fc.oneof(
    fc.constantFrom(
      '-6101',
      '-109',
      '-106',
      '0',
      'notexist:-6101',
      'notexist:-109',
      'real data',
      '0_0',
      '0_1',
      '1665723575_0',
      'no-cache',
      'max-age=2592000',
      'Mon, 01 Jan 1990 00:00:00 GMT',
      'image/png',
      'image/jpeg',
      'text/html',
      '120',
    ),
    fc.string({ maxLength: 12 }),
  ),
)
const answer: fc.Arbitrary<Answer> = fc.record({
  kind: fc.constant('answer' as const),
  status: fc.oneof(
    fc.constantFrom(200, 200, 200, 301, 304, 400, 403, 404, 410, 429, 500, 503),
    fc.integer({ min: 100, max: 999 }),
  ),
  headers,
  bytes: fc.oneof(fc.constant(null), fc.constantFrom(0, 21, 1512, 5093), fc.nat()),
  body: fc.oneof(
    fc.constant(null),
    fc.record({
      sha256: fc.constant('0'.repeat(64)),
      mime: fc.constantFrom(null, 'image/png', 'image/jpeg'),
      width: fc.constant(null),
      height: fc.constant(null),
      text: fc.constantFrom(null, '<html>', 'URL signature expired', ''),
    }),
  ),
})

describe('classify', () => {
  it('calls no WeChat picture gone without the code, or three of the other signs', () => {
    fc.assert(
      fc.property(answer, (seen) => {
        const verdict = classify(observe(seen), rulesOf(wechat.provider), wechat)
        if (verdict.kind !== 'gone') return
        const code =
          seen.headers['x-errno'] === '-6101' || seen.headers['x-info'] === 'notexist:-6101'
        const signs = [
          /no-cache/.test(seen.headers['cache-control'] ?? ''),
          seen.headers['last-modified'] === 'Mon, 01 Jan 1990 00:00:00 GMT',
          seen.headers['x-bcheck'] === '0_0',
          seen.bytes === 5093 && mediaType(seen) === 'image/png',
        ].filter(Boolean).length
        assert.ok(code || signs >= 3)
        assert.ok(code || seen.bytes === null || (seen.bytes >= 4608 && seen.bytes <= 5632))
        assert.equal(seen.status, 200)
        assert.doesNotMatch(seen.headers['x-info'] ?? '', /real data/)
        assert.doesNotMatch(seen.headers['cache-control'] ?? '', /max-age=[1-9]/)
      }),
      { numRuns: 30000 },
    )
  })

  it('calls no WeChat picture alive beside a dead sign', () => {
    fc.assert(
      fc.property(answer, (seen) => {
        const { kind } = classify(observe(seen), rulesOf(wechat.provider), wechat)
        if (kind !== 'alive') return
        assert.equal(seen.headers['x-errno'], undefined)
        assert.doesNotMatch(seen.headers['x-info'] ?? '', /notexist/)
        assert.doesNotMatch(seen.headers['cache-control'] ?? '', /no-cache/)
        assert.notEqual(seen.headers['last-modified'], 'Mon, 01 Jan 1990 00:00:00 GMT')
        assert.notEqual(seen.headers['x-bcheck'], '0_0')
        assert.ok(seen.bytes !== 5093 || mediaType(seen) !== 'image/png')
      }),
      { numRuns: 30000 },
    )
  })

  it('never calls a failure of the network more than unknown, refused or throttled, for any provider', () => {
    for (const provider of [...providers, generic]) {
      for (const failure of failures) {
        for (const expiresAt of [null, 0]) {
          const seen = { kind: 'failure', failure, detail: 'What went wrong.' } as const
          const verdict = classify(observe(seen), rulesOf(provider), { expiresAt })
          const allowed =
            failure === 'guard-url' ? 'refused' : failure === 'paused' ? 'throttled' : 'unknown'
          assert.equal(verdict.kind, allowed, `${provider.name} ${failure}`)
          assert.notEqual(verdict.rule, 'none', failure)
        }
      }
    }
  })

  it('never throws, for any provider, and always names a rule or none', () => {
    const provider = fc.constantFrom(...providers, generic)
    fc.assert(
      fc.property(answer, provider, fc.option(fc.nat()), (seen, one, expiresAt) => {
        const verdict = classify(observe(seen), rulesOf(one), { expiresAt })
        assert.ok(verdictKinds.includes(verdict.kind))
        assert.ok(verdict.detail !== '' && !verdict.detail.includes('{'))
      }),
      { numRuns: 20000 },
    )
  })

  it('believes a date in the URL only when it is past', () => {
    const seen: Answer = { kind: 'answer', status: 403, headers: {}, bytes: 21, body: null }
    for (const provider of [...providers, generic]) {
      const after = classify(observe(seen, 2000), rulesOf(provider), { expiresAt: 1000 })
      const before = classify(observe(seen, 500), rulesOf(provider), { expiresAt: 1000 })
      assert.notEqual(before.kind, 'gone', provider.name)
      if (after.kind === 'gone') assert.match(after.rule, /expired/)
    }
  })

  it('reads the type of a picture by its bytes once they are there', () => {
    const headers = { 'content-type': 'image/PNG; charset=x' }
    const base = { kind: 'answer', status: 200, headers, bytes: 10 } as const
    const body = { sha256: '0', width: null, height: null, text: null }
    assert.equal(mediaType({ ...base, body: null }), 'image/png')
    assert.equal(mediaType({ ...base, body: { ...body, mime: 'image/gif' } }), 'image/gif')
    assert.equal(mediaType({ ...base, body: { ...body, mime: null } }), null)
  })

  it('takes the date itself for past', () => {
    const seen: Answer = { kind: 'answer', status: 403, headers: {}, bytes: 21, body: null }
    const at = (now: number) => classify(observe(seen, now), rulesOf(generic), { expiresAt: 1000 })
    assert.equal(at(999).rule, 'http.refused')
    assert.equal(at(1000).rule, 'generic.expired')
  })

  it('takes an unknown size for no sign after a HEAD, and for none at all after a GET', () => {
    const type = { 'content-type': 'image/png' }
    const healthy = { ...type, 'x-info': 'real data' }
    const stripped = {
      ...type,
      'cache-control': 'no-cache',
      'last-modified': 'Mon, 01 Jan 1990 00:00:00 GMT',
    }
    const text = null
    const body = { sha256: '0', mime: 'image/png', width: null, height: null, text }
    const rule = (headers: Answer['headers'], bytes: number | null, got: Answer['body'] = null) =>
      classify(
        observe({ kind: 'answer', status: 200, headers, bytes, body: got }),
        rulesOf(wechat.provider),
      ).rule
    assert.equal(rule(healthy, null), 'wechat.real-data')
    assert.equal(rule(healthy, 0), 'wechat.no-signal')
    assert.equal(rule(healthy, null, body), 'wechat.no-signal')
    // Two header signs are three with the size; not knowing it is no third.
    assert.equal(rule(stripped, 5093), 'wechat.grey-picture')
    assert.equal(rule(stripped, null), 'wechat.no-signal')
    assert.equal(rule({ ...stripped, 'x-bcheck': '0_0' }, null), 'wechat.grey-picture')
  })

  it('asks no rule about a redirect that there was not', () => {
    const seen: Answer = { kind: 'answer', status: 404, headers: {}, bytes: 0, body: null }
    const say = (elsewhere?: boolean) =>
      classify(observe(seen), rulesOf(generic), elsewhere === undefined ? {} : { elsewhere }).rule
    assert.equal(say(), 'http.not-found')
    assert.equal(say(false), 'http.not-found')
    assert.equal(say(true), 'http.led-elsewhere')
  })
})
