// Every rule has been seen, or says why it is believed: each speaks for a fixture, and each fixture gets its rule.
// Fixtures carry source and date; no URL among them is a real person's.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { describe, it } from 'node:test'
import { classify } from '../classify.ts'
import { judge } from '../judge.ts'
import type { Body, FailureKind, Observation } from '../observation.ts'
import { readUrl } from '../read-url.ts'
import type { Evidence, Rule } from '../rules.ts'
import { type VerdictKind, verdictKinds } from '../verdict.ts'
import { elsewhereRules, failureRules, httpRules } from './common.ts'
import { generic, providers, rulesOf } from './index.ts'

/** An answer or failure as it stands in `test/fixtures/observations`. */
interface Fixture {
  readonly id: string
  readonly rule: string
  readonly verdict: VerdictKind
  readonly origin: 'captured' | 'documented' | 'constructed'
  readonly source: string
  readonly date: string
  readonly note: string
  readonly url: string
  readonly finalUrl?: string
  readonly method: 'HEAD' | 'GET'
  readonly status: number | null
  readonly headers: Readonly<Record<string, string>>
  readonly bytes: number | null
  readonly body: Body | null
  readonly failure?: { readonly kind: FailureKind; readonly detail: string }
  readonly at?: string
}

interface UrlRow {
  readonly url: string
  readonly placeholder?: string
}

const folder = new URL('../../../test/fixtures/', import.meta.url)
const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), 'utf8'))
const fixtures = readdirSync(new URL('observations/', folder)).flatMap((file) =>
  (read(`observations/${file}`) as Fixture[]).map((fixture) => ({ ...fixture, file })),
)
const all = [...providers, generic]
const ownRules = all.flatMap((provider) => provider.rules)
const rules = [...failureRules, ...elsewhereRules, ...ownRules, ...httpRules]

/** The words of these two sentences are fixed by the result format: no period. */
const withoutPeriod =
  /^(?:X-ErrNo -6101|X-Info notexist:-6101): the picture was replaced by its owner$/

function observationOf(fixture: Fixture): Observation {
  const { url, method, status, headers, bytes, body, failure } = fixture
  const day = /^\d{4}-\d\d-\d\d$/.test(fixture.date)
    ? fixture.date
    : `${fixture.date.slice(0, 4)}-12-31`
  return {
    url,
    finalUrl: fixture.finalUrl ?? url,
    method,
    edge: '192.0.2.1',
    at: Date.parse(fixture.at ?? `${day}T12:00:00Z`),
    ms: 10,
    seen:
      failure === undefined
        ? { kind: 'answer', status: status ?? 0, headers, bytes, body }
        : { kind: 'failure', failure: failure.kind, detail: failure.detail },
  }
}

function verdictOf(fixture: Fixture) {
  return judge(observationOf(fixture), readUrl(fixture.url))
}

describe('fixtures', () => {
  for (const fixture of fixtures) {
    it(`${fixture.file} ${fixture.id}: ${fixture.rule} says ${fixture.verdict}`, () => {
      const verdict = verdictOf(fixture)
      assert.equal(verdict.rule, fixture.rule)
      assert.equal(verdict.kind, fixture.verdict)
      assert.ok(verdict.detail !== '')
    })
  }

  it('say where they come from', () => {
    for (const { id, origin, source, date, note } of fixtures) {
      assert.ok(['captured', 'documented', 'constructed'].includes(origin), id)
      assert.ok(source !== '' && note !== '', id)
      assert.match(date, dateForm, id)
    }
  })

  it('have ids of their own, headers in lower case, and stand in their provider’s file', () => {
    assert.deepEqual(repeated(fixtures.map(({ id }) => id)), [])
    for (const fixture of fixtures) {
      assert.deepEqual(
        Object.keys(fixture.headers),
        Object.keys(fixture.headers).map((name) => name.toLowerCase()),
        fixture.id,
      )
      const provider = readUrl(fixture.url).provider.name
      assert.ok([`${provider}.json`, 'common.json'].includes(fixture.file), fixture.id)
    }
  })

  it('hold every capture there is', () => {
    const captured = fixtures.filter(({ origin }) => origin === 'captured').map(({ id }) => id)
    assert.deepEqual(captured.toSorted(), [
      'cnblogs-head-alive-2020',
      'instagram-head-expired-2019',
      'mmbiz-400-106-2026',
      'qq-100-alive-2022',
      'qq-640-notexist-2022',
      'tencent-imghttp-alive-2026',
      'tencent-nws-alive-2019',
      'wechat-alive-partial-2018',
      'wechat-gone-partial-2019',
      'wechat-head-gone-2020',
    ])
  })
})

const dateForm = /^(?:19|20)\d\d(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?$/

describe('rules', () => {
  it('each speak for a fixture', () => {
    const spoken = new Set(fixtures.map((fixture) => verdictOf(fixture).rule))
    assert.deepEqual(
      rules.map(({ id }) => id).filter((id) => !spoken.has(id)),
      [],
    )
  })

  it('have ids of their own, in front of which stands the provider', () => {
    const defaults = all.flatMap((provider) => provider.defaults.map(({ id }) => id))
    assert.deepEqual(repeated([...rules.map(({ id }) => id), ...defaults]), [])
    for (const { name, rules: own, defaults: pictures } of all) {
      for (const { id } of [...own, ...pictures]) {
        assert.match(id, /^[a-z]+\.[a-z0-9-]+$/)
        assert.ok(id.startsWith(`${name}.`), id)
      }
    }
    for (const { id } of failureRules) assert.match(id, /^(?:guard|net)\.[a-z0-9-]+$/)
    for (const { id } of [...elsewhereRules, ...httpRules]) assert.match(id, /^http\.[a-z0-9-]+$/)
  })

  it('say one sentence and where it is from', () => {
    for (const rule of rules) checkWords(rule)
    for (const picture of all.flatMap(({ defaults }) => defaults)) checkWords(picture)
  })

  it('know only words for verdicts', () => {
    for (const { id, verdict } of rules) assert.ok(verdictKinds.includes(verdict), id)
  })

  it('never take for dead what a network, a relay or a throttle can cause', () => {
    const suspicious = all.flatMap((provider) => {
      const ask = (status: number, headers: Record<string, string>, body: Body | null) =>
        classify(
          observationOf({
            ...blank,
            url: 'https://images.example.com/1',
            status,
            headers,
            body,
            bytes: 900,
          }),
          rulesOf(provider),
        )
      return [
        ...[400, 401, 403, 407, 408, 421, 425, 429, 451, 500, 502, 503, 504, 511, 520].map(
          (status) => ask(status, {}, null),
        ),
        ...[200, 206, 302, 403, 503].map((status) =>
          ask(status, { 'content-type': 'text/html' }, page),
        ),
        ask(200, { 'content-type': 'image/png' }, null),
      ].filter(({ kind }) => kind === 'gone' || kind === 'placeholder')
    })
    assert.deepEqual(suspicious, [])
  })
})

const page: Body = { sha256: '0', mime: null, width: null, height: null, text: '<html>Welcome' }
const blank: Fixture = {
  id: '',
  rule: '',
  verdict: 'unknown',
  origin: 'constructed',
  source: '',
  date: '2026-11-22',
  note: '',
  url: '',
  method: 'GET',
  status: 200,
  headers: {},
  bytes: null,
  body: null,
}

describe('default pictures', () => {
  it('each have a URL in urls.json', () => {
    const known = new Set((read('urls.json') as UrlRow[]).map(({ placeholder }) => placeholder))
    const missing = all
      .flatMap(({ defaults }) => defaults.map(({ id }) => id))
      .filter((id) => !known.has(id))
    assert.deepEqual(missing, [])
  })
})

function checkWords({
  id,
  says,
  evidence,
}: {
  id: string
  says: string
  evidence: Evidence
}): void {
  assert.ok(says.length > 10 || says === '{failure}', id)
  if (!withoutPeriod.test(says) && says !== '{failure}') {
    assert.match(says, /[^.]\.$/, id)
    assert.doesNotMatch(says, /\n/, id)
  }
  assert.ok(evidence.source.length > 5, id)
  assert.match(evidence.date, dateForm, id)
}

function repeated(ids: readonly string[]): string[] {
  return ids.filter((id, index) => ids.indexOf(id) !== index)
}

// A rule's own type, so that a change of its shape is noticed here too.
const shape = [
  'id',
  'verdict',
  'when',
  'signs',
  'unless',
  'says',
  'evidence',
] satisfies (keyof Rule)[]
it('rules have no field that nobody reads', () => {
  for (const rule of rules) {
    for (const name of Object.keys(rule))
      assert.ok((shape as readonly string[]).includes(name), rule.id)
  }
})
