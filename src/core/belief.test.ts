// What is believed of a person: the published figures, the exact posterior beside them, and any order of the news.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Belief } from './avatar.ts'
import {
  changeProbability,
  changeRate,
  confirm,
  freshBelief,
  learnChange,
  renew,
  suspect,
  unknownLook,
} from './belief.ts'

const dayMs = 86_400_000
const start = Date.UTC(2026, 0, 1)
const days = (count: number) => start + count * dayMs

const beliefOf = (alpha: number, beta: number): Belief => ({ ...freshBelief(start), alpha, beta })

/** Mean and variance of the rate after a change within `days`, by adding up the posterior. */
function posterior({ alpha, beta }: Belief, days: number): { mean: number; variance: number } {
  const most = (alpha + 12 * Math.sqrt(alpha) + 40) / beta
  const sums = [0, 0, 0]
  const steps = 200_000
  for (let step = 0; step < steps; step++) {
    // Squared, so that the steep part near 0 is met by small steps.
    const at = (step + 0.5) / steps
    const rate = most * at ** 2
    const weight = rate ** (alpha - 1) * Math.exp(-beta * rate) * -Math.expm1(-rate * days) * at
    for (let power = 0; power < 3; power++)
      sums[power] = (sums[power] ?? 0) + weight * rate ** power
  }
  const [whole = 1, first = 0, second = 0] = sums
  return { mean: first / whole, variance: second / whole - (first / whole) ** 2 }
}

describe('confirm', () => {
  it('counts the time without a change', () => {
    const belief = confirm(freshBelief(start), days(40))
    assert.deepEqual(
      [belief.alpha, belief.beta, belief.confirmedAt],
      [freshBelief(start).alpha, 148, days(40)],
    )
    assert.ok(changeRate(belief) < changeRate(freshBelief(start)))
  })

  it('gives the same belief in any order', () => {
    const news = fc.array(fc.integer({ min: -5, max: 400 }), { maxLength: 8 })
    const orders = news.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    )
    fc.assert(
      fc.property(orders, fc.double({ min: 0, max: 5, noNaN: true }), ([one, other], odds) => {
        const before = suspect(freshBelief(start), odds)
        const tell = (times: readonly number[]) =>
          times.reduce((belief, time) => confirm(belief, days(time)), before)
        const first = tell(one)
        const second = tell(other)
        assert.ok(Math.abs(first.beta - second.beta) < 1e-9)
        assert.deepEqual({ ...first, beta: 0 }, { ...second, beta: 0 })
      }),
    )
  })

  it('relieves a suspicion step by step', () => {
    const once = confirm(suspect(freshBelief(start), 1.5), days(1))
    assert.ok(Math.abs(once.suspect - 0.6) < 1e-9)
    assert.equal(confirm(once, days(2)).suspect, 0)
  })
})

describe('learnChange', () => {
  it('gives the reference figures', () => {
    const rows = [
      [0.6, 108, 1, 1.6, 108.5],
      [0.6, 108, 30, 1.5796, 119.861],
      [0.6, 108, 200, 1.3165, 136.048],
      [2.5, 400, 30, 3.4932, 413.379],
      [5, 60, 60, 5.2542, 62.049],
    ] as const
    for (const [alpha, beta, after, alphaThen, betaThen] of rows) {
      const belief = learnChange(beliefOf(alpha, beta), days(after))
      assert.ok(Math.abs(belief.alpha / alphaThen - 1) < 1e-4, String(belief.alpha))
      assert.ok(Math.abs(belief.beta / betaThen - 1) < 1e-4, String(belief.beta))
    }
  })

  it('has the mean and the variance of the exact posterior', () => {
    for (const [alpha, beta, after] of [
      [0.6, 108, 1],
      [0.6, 108, 3],
      [0.6, 108, 60],
      [2, 30, 300],
      [9, 500, 20],
    ] as const) {
      const belief = learnChange(beliefOf(alpha, beta), days(after))
      const exact = posterior(beliefOf(alpha, beta), after)
      assert.ok(Math.abs(changeRate(belief) / exact.mean - 1) < 0.005)
      assert.ok(Math.abs(belief.alpha / belief.beta ** 2 / exact.variance - 1) < 0.01)
    }
  })

  it('makes a person who changes count as one who changes more, and stays a belief', () => {
    const shape = fc.double({ min: -3, max: 6, noNaN: true }).map((power) => 10 ** power)
    fc.assert(
      fc.property(shape, shape, shape, (alpha, beta, after) => {
        const before = beliefOf(alpha, beta)
        const belief = learnChange(before, start + Math.max(1, Math.round(after * dayMs)))
        assert.ok(belief.alpha > 0 && Number.isFinite(belief.alpha))
        assert.ok(belief.beta > 0 && Number.isFinite(belief.beta))
        assert.ok(changeRate(belief) >= changeRate(before) * (1 - 1e-6))
      }),
      { numRuns: 5_000 },
    )
  })

  it('is no second change when the news is older than the last confirmation', () => {
    const belief = renew(learnChange(freshBelief(start), days(30)), days(31))
    assert.deepEqual(learnChange(belief, days(30)), belief)
  })
})

describe('unknownLook', () => {
  it('changes nothing but the wait', () => {
    const before = suspect(freshBelief(start), 2)
    assert.deepEqual(unknownLook(unknownLook(before)), { ...before, unknownStreak: 2 })
    assert.equal(confirm(unknownLook(before), days(1)).unknownStreak, 0)
  })
})

describe('renew', () => {
  it('learns nothing from the wait for a new source', () => {
    const before = suspect(learnChange(freshBelief(start), days(30)), 3)
    const after = renew(before, days(90))
    assert.deepEqual([after.alpha, after.beta], [before.alpha, before.beta])
    assert.deepEqual([after.confirmedAt, after.suspect], [days(90), 0])
    assert.equal(renew(after, days(80)).confirmedAt, days(90))
  })
})

describe('changeProbability', () => {
  it('is 0 right after a confirmation, a half where the belief says so, and grows', () => {
    const belief = beliefOf(1, 100)
    assert.equal(changeProbability(belief, start), 0)
    assert.equal(changeProbability(belief, start - dayMs), 0)
    assert.ok(Math.abs(changeProbability(belief, days(100)) - 0.5) < 1e-12)
    assert.ok(changeProbability(belief, days(10_000)) > 0.98)
  })
})
