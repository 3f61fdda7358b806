// How much an avatar matters: fading counts that do not mind the order, and rates that are never 0.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  addLogin,
  addOpen,
  addViews,
  freshImportance,
  loginsADay,
  opensADay,
  viewsADay,
} from './importance.ts'

const dayMs = 86_400_000
const start = Date.UTC(2026, 0, 1)
const days = (count: number) => start + count * dayMs

/** Shown `rate` times a day for so many days. */
function shown(rate: number, until: number) {
  let importance = freshImportance(start)
  for (let day = 1; day <= until; day++) importance = addViews(importance, rate, days(day - 0.5))
  return importance
}

describe('viewsADay', () => {
  it('finds a constant rate, soon and for good', () => {
    for (const [rate, after, error] of [
      [20, 3, 0.15],
      [20, 30, 0.03],
      [20, 1000, 0.02],
      [0.2, 1000, 0.08],
    ] as const) {
      const found = viewsADay(shown(rate, after), days(after))
      assert.ok(Math.abs(found / rate - 1) < error, `${found}, not ${rate}`)
    }
  })

  it('forgets by half in 30 days', () => {
    const importance = shown(100, 300)
    const before = viewsADay(importance, days(300))
    assert.ok(Math.abs(viewsADay(importance, days(330)) / before - 0.5) < 0.01)
  })

  it('is typical for the unknown, never 0, and no surprise for times in the past', () => {
    assert.equal(viewsADay(freshImportance(start), start), 1)
    assert.equal(viewsADay(freshImportance(start), start, 5), 5)
    assert.equal(viewsADay(freshImportance(start), start - dayMs), 1)
    const unseen = viewsADay(freshImportance(start), days(100_000))
    assert.ok(unseen > 0.01 && unseen < 0.02)
  })
})

describe('addViews', () => {
  it('gives the same count in any order', () => {
    const batch = fc.tuple(fc.integer({ min: -10, max: 300 }), fc.nat(1000))
    const orders = fc
      .array(batch, { maxLength: 8 })
      .chain((all) =>
        fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
      )
    fc.assert(
      fc.property(orders, ([one, other]) => {
        const count = (batches: typeof one) =>
          batches.reduce(
            (sum, [day, views]) => addViews(sum, views, days(day)),
            freshImportance(start),
          )
        assert.ok(Math.abs(count(one).views - count(other).views) < 1e-6)
        assert.equal(count(one).viewsAt, count(other).viewsAt)
      }),
    )
  })
})

describe('loginsADay and opensADay', () => {
  it('count what came over the time that it took', () => {
    let importance = freshImportance(start)
    for (let times = 0; times < 50; times++) importance = addOpen(addLogin(importance))
    assert.ok(Math.abs(loginsADay(importance, days(500)) - 0.1) < 0.003)
    assert.ok(Math.abs(opensADay(importance, days(500)) - 0.1) < 0.003)
  })

  it('are typical for the unknown and never 0', () => {
    assert.equal(loginsADay(freshImportance(start), start), 0.04)
    assert.equal(opensADay(freshImportance(start), start - dayMs), 0.2)
    assert.ok(loginsADay(freshImportance(start), days(1e6)) > 0)
    assert.ok(opensADay(freshImportance(start), days(1e6)) > 0)
  })
})
