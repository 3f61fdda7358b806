// From rows to results, with a prober that answers as each test says.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Answer, FailureKind, Observation } from '../core/observation.ts'
import type { UrlReading } from '../core/read-url.ts'
import type { Look, Prober } from '../probe/prober.ts'
import { createCheck, createForecast } from './examine.ts'
import { csvHeader } from './result-lines.ts'

const now = Date.UTC(2026, 10, 22, 8)
const day = 86_400_000
const url = 'https://pictures.example/a.png'

const answer: Answer = {
  kind: 'answer',
  status: 200,
  headers: { 'content-type': 'text/html' },
  bytes: 1234,
  body: { sha256: 'ab'.repeat(32), mime: 'image/png', width: 96, height: 64, text: null },
}

function observed(changes: Partial<Observation> = {}): Observation {
  return { url, finalUrl: url, method: 'GET', edge: '', at: now, ms: 5, seen: answer, ...changes }
}

function failed(failure: FailureKind): Observation {
  return observed({ seen: { kind: 'failure', failure, detail: failure } })
}

function lookOf(observations: readonly Observation[], decidedBy = 0): Look {
  const finding = {
    kind: 'dying',
    rule: 'made.rule',
    detail: 'Made.',
    edges: { gone: 1, alive: 1 },
    decidedBy,
  } as const
  return { finding, observations, verdicts: [], picture: null, face: null }
}

function checkWith(look: Look) {
  const asked: { url: string; reading: UrlReading }[] = []
  const prober: Prober = {
    look(text, reading) {
      asked.push({ url: text, reading })
      return Promise.resolve(look)
    },
    inFlight: 0,
    close() {},
  }
  return { asked, check: createCheck({ prober, now: () => now }) }
}

describe('createCheck', () => {
  it('makes a result with its keys in the promised order', async () => {
    const { check } = checkWith(lookOf([observed()]))
    const result = await check({ id: '7', url })
    assert.deepEqual(Object.keys(result ?? {}), csvHeader.split(','))
    assert.deepEqual(result, {
      id: '7',
      url,
      provider: 'generic',
      verdict: 'dying',
      rule: 'made.rule',
      status: 200,
      edges: { gone: 1, alive: 1 },
      sha256: 'ab'.repeat(32),
      bytes: 1234,
      mime: 'image/png',
      width: 96,
      height: 64,
      expiresAt: null,
      ms: 5,
      at: '2026-11-22T08:00:00.000Z',
      detail: 'Made.',
    })
  })

  it('counts the time from the first request to the end of the last', async () => {
    const observations = [
      observed({ at: now + 1000, ms: 20 }),
      observed({ at: now + 1500, ms: 30 }),
      observed({ at: now + 1900, ms: 45 }),
    ]
    const result = await checkWith(lookOf(observations, 1)).check({ id: '1', url })
    assert.equal(result?.ms, 945)
    assert.equal(result?.at, '2026-11-22T08:00:01.000Z')
  })

  it('never counts less than nothing when the clock was set back', async () => {
    const observations = [observed(), observed({ at: now - 9000 })]
    assert.equal((await checkWith(lookOf(observations)).check({ id: '1', url }))?.ms, 0)
  })

  it('describes the answer that decided, not the first or the last', async () => {
    const decided = { ...answer, status: 404, bytes: 9, body: null }
    const observations = [observed(), observed({ seen: decided }), observed()]
    const result = await checkWith(lookOf(observations, 1)).check({ id: '1', url })
    assert.deepEqual(
      [result?.status, result?.bytes, result?.mime, result?.sha256, result?.width],
      [404, 9, 'text/html', null, null],
    )
  })

  it('leaves out what no answer told', async () => {
    const result = await checkWith(lookOf([failed('timeout')])).check({ id: '1', url })
    const { status, sha256, bytes, mime, width, height } = result ?? {}
    assert.deepEqual([status, sha256, bytes, mime, width, height], Array(6).fill(null))
  })

  it('has a time also when nobody was asked', async () => {
    const result = await checkWith(lookOf([], -1)).check({ id: '1', url: 'nonsense' })
    assert.deepEqual([result?.ms, result?.at], [0, '2026-11-22T08:00:00.000Z'])
  })

  it('asks for the trimmed URL and reports it as it stood', async () => {
    const { asked, check } = checkWith(lookOf([observed()]))
    const result = await check({ id: ' 1 ', url: ` ${url}\n` })
    assert.deepEqual([result?.id, result?.url], [' 1 ', ` ${url}\n`])
    assert.equal(asked[0]?.url, url)
    assert.equal(asked[0]?.reading.parts?.host, 'pictures.example')
  })

  it('reads the death date off the URL', async () => {
    const signed = `https://b.s3.amazonaws.com/a?Signature=x&Expires=${now / 1000}`
    const result = await checkWith(lookOf([observed()])).check({ id: '1', url: signed })
    assert.equal(result?.expiresAt, '2026-11-22T08:00:00.000Z')
  })

  it('answers null when the look was stopped at any edge', async () => {
    const observations = [observed(), failed('stopped')]
    assert.equal(await checkWith(lookOf(observations)).check({ id: '1', url }), null)
    assert.notEqual(await checkWith(lookOf([failed('paused')])).check({ id: '1', url }), null)
  })

  it('asks nobody about a row that could not be read', async () => {
    const { asked, check } = checkWith(lookOf([observed()]))
    const result = await check({ id: '3', url: 'half', broken: 'A quote is open.' })
    assert.deepEqual(
      [result?.id, result?.url, result?.verdict, result?.rule, result?.detail, result?.at],
      ['3', 'half', 'malformed', 'row.unreadable', 'A quote is open.', '2026-11-22T08:00:00.000Z'],
    )
    assert.deepEqual(Object.keys(result ?? {}), csvHeader.split(','))
    assert.equal(asked.length, 0)
  })
})

describe('createForecast', () => {
  const forecast = createForecast({ now, days: 7 })
  const until = (ms: number) => `https://b.s3.amazonaws.com/a?Signature=x&Expires=${ms / 1000}`
  const cases = [
    ['expired long ago', until(now - 400 * day), 'gone', 'url.expired'],
    ['expired this second', until(now), 'gone', 'url.expired'],
    ['dying in a second', until(now + 1000), 'unknown', 'url.expires-soon'],
    ['dying on the last day of soon', until(now + 7 * day), 'unknown', 'url.expires-soon'],
    ['dying after it', until(now + 7 * day + 1000), 'unknown', 'url.expires-later'],
    ['without a date', url, 'unknown', 'url.no-date'],
    ['no URL', 'nonsense', 'malformed', 'url.no-scheme'],
    [
      'against the grammar of its provider',
      'https://cdn.discordapp.com/avatars/1/abc.png',
      'malformed',
      'discord.cut-hash',
    ],
    [
      'a default face',
      'https://cdn.discordapp.com/embed/avatars/1.png',
      'placeholder',
      'discord.default-avatar',
    ],
  ] as const
  for (const [name, text, verdict, rule] of cases) {
    it(`says ${verdict} by ${rule} for a URL that is ${name}`, async () => {
      const result = await forecast({ id: '1', url: text })
      assert.deepEqual([result?.verdict, result?.rule, result?.url], [verdict, rule, text])
      assert.deepEqual(Object.keys(result ?? {}), csvHeader.split(','))
      assert.ok(result?.detail)
    })
  }

  it('names the day, the provider and the moment', async () => {
    const result = await forecast({ id: '1', url: ` ${until(now + day)} ` })
    assert.match(result?.detail ?? '', /2026-11-23/)
    assert.equal(result?.expiresAt, '2026-11-23T08:00:00.000Z')
    assert.equal(result?.at, '2026-11-22T08:00:00.000Z')
    assert.deepEqual([result?.ms, result?.url], [0, ` ${until(now + day)} `])
    const other = await forecast({ id: '1', url: 'https://cdn.discordapp.com/avatars/1/abc.png' })
    assert.equal(other?.provider, 'discord')
  })

  it('says why a row could not be read', async () => {
    const result = await forecast({ id: '3', url: url, broken: 'Why.' })
    assert.deepEqual(
      [result?.verdict, result?.rule, result?.detail],
      ['malformed', 'row.unreadable', 'Why.'],
    )
  })
})
