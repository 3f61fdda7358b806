import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { madeResult, madeRow, seededRandom } from '../../../test/made/results.ts'
import { findingKinds } from '../../core/verdict.ts'
import type { Result } from '../result.ts'
import { createSample, type Sample } from './sample.ts'

function fill(sample: Sample, count: number, changes: Partial<Result>): void {
  for (let index = 0; index < count; index += 1) {
    const result = madeResult({ id: String(index), ...changes })
    sample.add(result, madeRow(result))
  }
}

describe('createSample', () => {
  it('holds all rows of a short list, bad news first', () => {
    const sample = createSample({ random: seededRandom(1) })
    fill(sample, 3, { verdict: 'alive' })
    fill(sample, 2, { verdict: 'gone' })
    assert.deepEqual(
      sample.rows().map(({ key, result }) => `${key} ${result.verdict}`),
      ['r4 gone', 'r5 gone', 'r1 alive', 'r2 alive', 'r3 alive'],
    )
  })

  it('keeps no more of a group than it may, and gives every group a turn', () => {
    const sample = createSample({ random: seededRandom(1) })
    fill(sample, 50_000, { verdict: 'alive' })
    fill(sample, 1, { provider: 'qq', verdict: 'gone' })
    assert.equal(sample.rows().length, 61)
    assert.equal(sample.rows()[0]?.result.provider, 'qq')
  })

  it('gives every row of a group the same chance', () => {
    const random = seededRandom(7)
    let early = 0
    for (let run = 0; run < 400; run += 1) {
      const sample = createSample({ random, ofGroup: 10, limit: 5 })
      fill(sample, 100, {})
      early += sample.rows().filter(({ result }) => Number(result.id) < 50).length
    }
    assert.ok(Math.abs(early / 2000 - 0.5) < 0.05, `${early} of 2000 are from the first half`)
  })

  it('is bounded whatever the providers', () => {
    const sample = createSample({ random: seededRandom(3) })
    for (let index = 0; index < 20_000; index += 1) {
      const verdict = findingKinds[index % findingKinds.length] ?? 'gone'
      const result = madeResult({ provider: `p${index % 977}`, verdict })
      sample.add(result, madeRow(result))
    }
    assert.equal(sample.rows().length, 600)
    assert.equal(sample.pictures().length, 240)
  })

  it('names for fetching only rows of the page with a web address that may hold a picture', () => {
    const sample = createSample({ random: seededRandom(1) })
    fill(sample, 2, { verdict: 'malformed' })
    fill(sample, 2, { verdict: 'unknown', url: 'ftp://a.example/x' })
    fill(sample, 300, { verdict: 'gone' })
    fill(sample, 300, { verdict: 'alive' })
    const pictures = sample.pictures()
    const keys = new Set(sample.rows().map(({ key }) => key))
    assert.ok(pictures.every(({ key }) => keys.has(key)))
    assert.deepEqual([...new Set(pictures.map(({ result }) => result.verdict))], ['gone', 'alive'])
  })

  it('cuts what is longer than any honest URL', () => {
    const sample = createSample({ random: seededRandom(1) })
    fill(sample, 1, { url: `https://a.example/${'x'.repeat(100_000)}` })
    assert.equal(sample.rows()[0]?.result.url.length, 16_385)
  })
})
