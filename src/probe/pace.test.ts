import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createPace } from './pace.ts'

/** Asks as often as the pace lets, from `from` to `to`; gives the times at which requests started. */
function run(
  pace: ReturnType<typeof createPace>,
  from: number,
  to: number,
  gap: () => number = () => 0,
): number[] {
  const starts: number[] = []
  for (let now = from; now < to;) {
    const wait = pace.take(now)
    if (wait === 0) starts.push(now)
    now += wait + gap()
  }
  return starts
}

/** The most starts in any window of so many milliseconds. */
function most(starts: readonly number[], windowMs: number): number {
  let first = 0
  let best = 0
  for (let last = 0; last < starts.length; last++) {
    while ((starts[last] ?? 0) - (starts[first] ?? 0) >= windowMs) first++
    best = Math.max(best, last - first + 1)
  }
  return best
}

describe('createPace', () => {
  it('exceeds its budget in no window, whatever the arrivals', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(0.2, 0.5, 1, 3, 10, 50, 200),
        fc.array(fc.nat({ max: 400 }), { minLength: 1, maxLength: 60 }),
        fc.nat({ max: 1_000_000 }),
        (rate, gaps, origin) => {
          const pace = createPace(rate)
          let turn = 0
          const gap = () => gaps[turn++ % gaps.length] ?? 0
          // A gap of nothing at all would stand still where the pace gives leave at once.
          const starts = run(pace, origin, origin + 20_000, () => Math.max(gap(), 0.25))
          const burst = Math.max(1, rate / 10)
          for (const window of [1, 100, 1_000, 5_000, 20_000]) {
            const allowed = Math.floor(burst + (rate * window) / 1000 + 1e-6)
            assert.ok(
              most(starts, window) <= allowed,
              `${most(starts, window)} in ${window} ms at ${rate}/s`,
            )
          }
        },
      ),
      { numRuns: 200 },
    )
  })

  it('uses its budget up when there is enough to ask', () => {
    for (const rate of [0.5, 1, 10, 50, 200]) {
      const starts = run(createPace(rate), 0, 20_000)
      assert.ok(starts.length >= rate * 20 * 0.95, `${starts.length} at ${rate}/s`)
    }
  })

  it('has no bound for a rate of 0', () => {
    const pace = createPace(0)
    for (let n = 0; n < 10_000; n++) assert.equal(pace.take(n / 100), 0)
    assert.equal(pace.rate, Infinity)
  })

  it('halves once a second, however many answers say "slow down"', () => {
    const pace = createPace(64)
    for (let n = 0; n < 300; n++) pace.throttled(1_000 + n, null)
    assert.equal(pace.rate, 32)
    for (let n = 0; n < 300; n++) pace.throttled(2_000 + n, null)
    assert.equal(pace.rate, 16)
  })

  it('never goes below one request in five seconds', () => {
    const pace = createPace(1)
    for (let second = 0; second < 6; second++) pace.throttled(second * 1_000, null)
    assert.equal(pace.rate, 0.2)
    assert.equal(run(pace, 200_000, 250_000).length, 10)
  })

  it('goes no faster after a throttle, however slow it was', () => {
    const pace = createPace(0.05)
    pace.throttled(0, null)
    assert.ok(pace.rate <= 0.05, `${pace.rate}`)
  })

  it('leaves a host alone for minutes that says nothing but "slow down", and asks again after them', () => {
    const pace = createPace(50)
    for (let second = 0; second < 20; second++) pace.throttled(second * 1_000, null)
    assert.ok(pace.take(20_000) > 300_000)
    assert.equal(pace.take(3_600_000), 0)
  })

  it('grows back to the ceiling, no further, and not in a moment', () => {
    const pace = createPace(50)
    for (let second = 0; second < 6; second++) pace.throttled(second * 1_000, null)
    let now = 6_000
    let before = pace.rate
    while (pace.rate < 50 && now < 1e6) {
      const wait = pace.take(now)
      now += Math.max(wait, 0.01)
      if (wait === 0) pace.well(now)
      assert.ok(pace.rate >= before)
      before = pace.rate
    }
    assert.equal(pace.rate, 50)
    const tookMs = now - 6_000
    assert.ok(tookMs > 20_000 && tookMs < 120_000, `${tookMs} ms`)
    pace.well(now)
    assert.equal(pace.rate, 50)
  })

  it('without a ceiling takes half of the speed that was too fast, and finds back to no bound', () => {
    const pace = createPace(0)
    for (let now = 0; now < 3_000; now++) pace.take(now)
    pace.throttled(3_000, null)
    assert.ok(pace.rate > 450 && pace.rate <= 510, `${pace.rate}`)
    let now = 3_000
    for (; pace.rate < Infinity && now < 1e6;) {
      const wait = pace.take(now)
      assert.ok(Number.isFinite(wait))
      now += Math.max(wait, 0.01)
      if (wait === 0) pace.well(now)
    }
    assert.equal(pace.rate, Infinity)
    assert.equal(pace.take(now), 0)
    pace.throttled(now + 10_000, null)
    assert.ok(Number.isFinite(pace.rate))
    assert.ok(Number.isFinite(pace.take(now + 20_000)))
  })

  it('stays away for as long as the host asked', () => {
    const pace = createPace(50)
    pace.throttled(1_000, 10_000)
    assert.equal(pace.take(1_000), 10_000)
    assert.equal(pace.take(10_999), 1)
    assert.equal(pace.take(11_000), 0)
  })

  it('does not forget a long pause for a shorter one that is asked later', () => {
    const pace = createPace(50)
    pace.throttled(0, 10_000)
    pace.throttled(100, 1_000)
    assert.equal(pace.take(5_000), 5_000)
  })

  it('comes back after a day at the latest, whatever the host asked', () => {
    const pace = createPace(50)
    pace.throttled(0, 999_999_999_000)
    assert.ok(pace.take(0) <= 86_400_000)
    assert.equal(pace.take(86_400_000), 0)
  })

  it('never hands out a wait of nothing, of no number or below zero', () => {
    const event = fc.tuple(
      fc.constantFrom('take', 'well', 'throttled', 'paused'),
      fc.nat({ max: 3_000 }),
    )
    fc.assert(
      fc.property(
        fc.constantFrom(0, 0.1, 1, 50, Infinity),
        fc.array(event, { maxLength: 200 }),
        (ceiling, events) => {
          const pace = createPace(ceiling)
          let now = 0
          for (const [what, ms] of events) {
            now += ms
            if (what === 'well') pace.well(now)
            else if (what === 'throttled') pace.throttled(now, null)
            else if (what === 'paused') pace.throttled(now, ms)
            const wait = pace.take(now)
            assert.ok(wait >= 0 && Number.isFinite(wait), `${wait}`)
            assert.ok(pace.rate > 0)
          }
        },
      ),
    )
  })
})
