import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { madeResult, startedAt } from '../../test/made/results.ts'
import { findingKinds } from '../core/verdict.ts'
import { createTally, findingsWorstFirst } from './tally.ts'

const dayMs = 86_400_000

describe('createTally', () => {
  it('counts by provider and finding, largest provider first', () => {
    const tally = createTally({ now: startedAt })
    tally.add(madeResult({ provider: 'qq', verdict: 'alive' }), { ordinal: 1 })
    tally.add(madeResult({ verdict: 'dying' }), { ordinal: 2 })
    tally.add(madeResult({ verdict: 'unknown' }), { ordinal: 3 })
    const { total, broken, undecided, findings, providers } = tally.counts()
    assert.deepEqual([total, broken, undecided], [3, 1, 1])
    assert.equal(findings.dying, 1)
    assert.deepEqual(
      providers.map(({ provider, total }) => [provider, total]),
      [
        ['wechat', 2],
        ['qq', 1],
      ],
    )
    assert.equal(providers[1]?.findings.alive, 1)
  })

  it('counts by rule with the sentence of the first row', () => {
    const tally = createTally({ now: startedAt })
    tally.add(madeResult({ detail: 'first' }), { ordinal: 1 })
    tally.add(madeResult({ detail: 'second' }), { ordinal: 2 })
    assert.deepEqual(tally.counts().rules, [
      { rule: 'wechat.errno-6101', finding: 'gone', count: 2, detail: 'first' },
    ])
  })

  it('keeps the first examples of each finding but alive', () => {
    const tally = createTally({ now: startedAt, examples: 2 })
    for (let ordinal = 1; ordinal <= 5; ordinal += 1) {
      tally.add(madeResult({ id: String(ordinal) }), { ordinal })
      tally.add(madeResult({ id: String(ordinal), verdict: 'alive' }), { ordinal })
    }
    const { examples } = tally.counts()
    assert.deepEqual(
      examples.gone.map(({ id }) => id),
      ['1', '2'],
    )
    assert.deepEqual(examples.alive, [])
  })

  it('bins rows by month, with the empty months between', () => {
    const tally = createTally({ now: startedAt })
    tally.add(madeResult(), { ordinal: 1, since: Date.UTC(2024, 0, 31) })
    tally.add(madeResult({ verdict: 'alive' }), { ordinal: 2, since: Date.UTC(2024, 2, 1) })
    const { ages } = tally.counts()
    assert.deepEqual(
      ages.map(({ from, total }) => [new Date(from).toISOString().slice(0, 10), total]),
      [
        ['2024-01-01', 1],
        ['2024-02-01', 0],
        ['2024-03-01', 1],
      ],
    )
    assert.equal(ages[0]?.findings.gone, 1)
  })

  it('merges months into quarters and years rather than grow, and loses no row', () => {
    const tally = createTally({ now: startedAt })
    for (let month = 0; month < 25 * 12; month += 1) {
      tally.add(madeResult(), { ordinal: month + 1, since: Date.UTC(2000, month, 3) })
    }
    const { ages } = tally.counts()
    assert.equal(ages.length, 25)
    assert.ok(ages.every(({ total }) => total === 12))
    assert.equal(ages[0]?.from, Date.UTC(2000, 0))
    assert.equal(ages.at(-1)?.to, Date.UTC(2025, 0))
  })

  it('passes over times that are none', () => {
    const tally = createTally({ now: startedAt })
    for (const since of [0, -1, Number.NaN, Infinity, 8.64e15]) {
      tally.add(madeResult(), { ordinal: 1, since })
    }
    assert.deepEqual(tally.counts().ages, [])
    assert.equal(tally.counts().total, 5)
  })

  it('bins rows by place in the list, in wider bins for longer lists', () => {
    const tally = createTally({ now: startedAt })
    for (let ordinal = 1; ordinal <= 1000; ordinal += 1) {
      tally.add(madeResult({ verdict: ordinal <= 500 ? 'gone' : 'alive' }), { ordinal })
    }
    const { places } = tally.counts()
    assert.equal(places[0]?.from, 1)
    assert.equal(places.at(-1)?.to, 1001)
    assert.equal(places[0]?.findings.gone, 32)
    assert.equal(
      places.reduce((sum, { total }) => sum + total, 0),
      1000,
    )
  })

  it('counts death dates by how soon they come, each horizon with those before it', () => {
    const tally = createTally({ now: startedAt })
    for (const days of [-3, 0.5, 6, 29, 89, 400]) {
      const expiresAt = new Date(startedAt + days * dayMs).toISOString()
      tally.add(madeResult({ provider: 'facebook', expiresAt }), { ordinal: 1 })
    }
    tally.add(madeResult({ expiresAt: 'never' }), { ordinal: 1 })
    assert.deepEqual(tally.counts().expiry, [
      { provider: 'facebook', past: 1, within: [1, 2, 3, 4], later: 1 },
    ])
  })

  it('is bounded whatever the input, and every row is counted', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            provider: fc.string(),
            rule: fc.string(),
            verdict: fc.constantFrom(...findingKinds),
            since: fc.option(fc.double(), { nil: undefined }),
            ordinal: fc.double(),
          }),
          { maxLength: 400 },
        ),
        (rows) => {
          const tally = createTally({ now: startedAt })
          for (const { since, ordinal, ...changes } of rows) {
            tally.add(madeResult({ ...changes, url: 'x'.repeat(5000) }), { since, ordinal })
          }
          const counts = tally.counts()
          assert.equal(counts.total, rows.length)
          assert.ok(counts.providers.length <= 64)
          assert.ok(counts.rules.length <= 64 * findingKinds.length)
          assert.ok(counts.ages.length <= 96 && counts.places.length <= 48)
          assert.ok(Object.values(counts.examples).every((examples) => examples.length <= 10))
        },
      ),
      { numRuns: 40 },
    )
  })

  it('knows every finding', () => {
    assert.deepEqual(findingsWorstFirst.toSorted(), [...findingKinds].toSorted())
  })
})
