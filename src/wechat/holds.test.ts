import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { createHolds } from './holds.ts'
import type { Held, Holds, Pass } from './holds.ts'

const growth = { firstMs: 1_000, longestMs: 5_000 }

function passOf(entry: Pass | Held): Pass {
  return entry.kind === 'pass' ? entry : assert.fail('held')
}

function leftOf(entry: Pass | Held): number {
  return entry.kind === 'held' ? entry.retryAfterMs : assert.fail('let through')
}

describe('createHolds', () => {
  const withClock = (): { holds: Holds; clock: { now: number } } => {
    const clock = { now: 0 }
    return { holds: createHolds(() => clock.now), clock }
  }

  it('holds nobody back before anybody was told to wait', () => {
    const { holds } = withClock()
    for (let i = 0; i < 3; i++) passOf(holds.enter('a'))
  })

  it('tells how long is left, and of no other kind of call', () => {
    const { holds, clock } = withClock()
    assert.equal(holds.wait(passOf(holds.enter('a')), growth), 1_000)
    clock.now = 400
    assert.equal(leftOf(holds.enter('a')), 600)
    passOf(holds.enter('b'))
    clock.now = 1_000
    passOf(holds.enter('a'))
  })

  it('lets one call through at a time until one was answered', () => {
    const { holds, clock } = withClock()
    holds.wait(passOf(holds.enter('a')), growth)
    clock.now = 1_000
    const trial = passOf(holds.enter('a'))
    assert.equal(leftOf(holds.enter('a')), 1_000)
    holds.nothing(trial)
    const second = passOf(holds.enter('a'))
    assert.equal(leftOf(holds.enter('a')), 1_000)
    holds.well(second)
    passOf(holds.enter('a'))
    passOf(holds.enter('a'))
  })

  it('grows to its bound and no further, and begins anew after an answer', () => {
    const { holds, clock } = withClock()
    const waits = Array.from({ length: 5 }, () => {
      const waitMs = holds.wait(passOf(holds.enter('a')), growth)
      clock.now += waitMs
      return waitMs
    })
    assert.deepEqual(waits, [1_000, 2_000, 4_000, 5_000, 5_000])
    holds.well(passOf(holds.enter('a')))
    assert.equal(holds.wait(passOf(holds.enter('a')), growth), 1_000)
  })

  it('counts calls that were under way together once, and lets none of them end the hold', () => {
    const { holds, clock } = withClock()
    const [one, two, three] = Array.from({ length: 3 }, () => passOf(holds.enter('a')))
    assert.ok(one && two && three)
    holds.wait(one, growth)
    clock.now = 100
    assert.equal(holds.wait(two, growth), 1_000)
    holds.well(three)
    assert.equal(leftOf(holds.enter('a')), 900)
    clock.now = 1_000
    assert.equal(holds.wait(passOf(holds.enter('a')), growth), 2_000)
  })
})
