// The price clock: the budget is kept to the look whatever anybody does, time going backwards changes nothing, and the
// speed finds the price by itself.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  type Clock,
  type Limits,
  allowance,
  dueAt,
  freshClock,
  meanIntervalDays,
  price,
  refill,
  slowDown,
  spend,
  turn,
} from './clock.ts'

const secondMs = 1_000
const hourMs = 3_600_000
const dayMs = 86_400_000
const start = Date.UTC(2026, 0, 1)
const limits: Limits = { pace: 50, budget: 1 }

function clockOf(live: number, given: Partial<Clock> = {}): Clock {
  return { ...freshClock('wechat', start, limits), live, ...given }
}

/** Sweeps as much as allowed every `everyMs` and counts. */
function sweep(clock: Clock, limits: Limits, everyMs: number, days: number) {
  let looks = 0
  let now = clock.refilledAt
  let at = clock
  for (const end = now + days * dayMs; now < end;) {
    now += everyMs
    at = refill(at, limits, now)
    const { sweep } = allowance(at, 1_000)
    at = spend(at, { sweep })
    looks += sweep
  }
  return { looks, clock: at }
}

describe('refill', () => {
  it('gives the sweep the whole budget while nothing happens out of turn', () => {
    const { looks } = sweep(clockOf(30_000), limits, 10 * 60_000, 20)
    assert.ok(Math.abs(looks / 20_000 - 1) < 0.01, String(looks))
  })

  it('gives a few avatars their whole looks', () => {
    const { looks } = sweep(clockOf(500), limits, secondMs * 30, 30)
    assert.ok(Math.abs(looks - 500) < 8, String(looks))
  })

  it('leaves the sweep two fifths when the rest is wanted out of turn', () => {
    let clock = clockOf(30_000)
    let swept = 0
    let others = 0
    for (let now = start; now < start + 20 * dayMs; now += 10 * 60_000) {
      clock = refill(clock, limits, now)
      const { sweep, event } = allowance(clock, 1_000)
      clock = spend(clock, { sweep, event })
      swept += sweep
      others += event
    }
    assert.ok(Math.abs(swept / 8_000 - 1) < 0.02, String(swept))
    assert.ok(Math.abs(others / 12_000 - 1) < 0.02, String(others))
  })

  it('does not make up for a pause', () => {
    const clock = refill(clockOf(30_000), limits, start + 300 * dayMs)
    const { total, sweep, event } = allowance(clock, 1_000_000)
    assert.equal(total, 100)
    assert.equal(Math.floor(clock.sweepTokens), 41)
    assert.equal(sweep, 41)
    assert.equal(event, 100)
  })

  it('brings the same in one step as in many', () => {
    const clock = clockOf(30_000, { pace: 10 })
    const steps = fc.array(fc.integer({ min: 1, max: hourMs }), { maxLength: 50 })
    fc.assert(
      fc.property(steps, (steps) => {
        let now = start
        let often = clock
        for (const step of steps) often = refill(often, limits, (now += step))
        const once = refill(clock, limits, now)
        for (const key of ['pace', 'paceTokens', 'eventTokens', 'sweepTokens'] as const) {
          assert.ok(Math.abs(once[key] - often[key]) < 1e-6, `${key}: ${once[key]}, ${often[key]}`)
        }
      }),
    )
  })

  it('changes nothing when time goes backwards or stands', () => {
    const clock = clockOf(30_000)
    assert.equal(refill(clock, limits, start), clock)
    assert.equal(refill(clock, limits, start - hourMs / 2), clock)
    assert.equal(refill(clock, limits, Number.NaN), clock)
  })

  it('goes on from now, with what it had, when a clock was a year ahead', () => {
    const ahead = refill(clockOf(30_000), limits, start + 365 * dayMs)
    const spent = spend(ahead, { free: ahead.paceTokens, sweep: 5 })
    const back = refill(spent, limits, start)
    assert.deepEqual(back, { ...spent, refilledAt: start })
    assert.ok(allowance(refill(back, limits, start + hourMs), 1_000).total > 0)
  })

  it('grants nothing beyond pace where there is no budget or nobody to look at', () => {
    const none = refill(clockOf(1000), { pace: 50, budget: 0 }, start + dayMs)
    assert.deepEqual([none.sweepTokens, none.eventTokens], [0, 0])
    const nobody = refill(clockOf(0), limits, start + dayMs)
    assert.deepEqual([nobody.sweepTokens, nobody.eventTokens], [0, 0])
    assert.equal(allowance(nobody, 1_000).total, 100)
  })

  it('never earns more than the pace, nor more than four looks a day for anybody', () => {
    const slow = sweep(clockOf(1_000_000), { pace: 0.1, budget: 30 }, secondMs, 0.5)
    assert.ok(slow.looks <= 0.1 * 43_200 + 4, String(slow.looks))
    const eager = sweep(clockOf(100), { pace: 50, budget: 1e9 }, 60_000, 5)
    // The first 60 are kept for looks out of turn.
    assert.ok(Math.abs(eager.looks - 1_940) < 8, String(eager.looks))
  })

  it('lowers the pace at once when the operator does', () => {
    const clock = refill(clockOf(1000), { pace: 2, budget: 1 }, start + secondMs)
    assert.equal(clock.pace, 2)
    assert.equal(clock.paceTokens, 4)
  })
})

describe('spend', () => {
  it('keeps to the budget and the pace whatever is asked for and whenever', () => {
    const asks = fc.array(
      fc.record({
        afterMs: fc.integer({ min: -hourMs, max: 5 * dayMs }),
        sweep: fc.nat(2_000),
        event: fc.nat(2_000),
        free: fc.nat(20),
        opinions: fc.nat(60),
      }),
      { maxLength: 80 },
    )
    fc.assert(
      fc.property(asks, fc.integer({ min: 1, max: 200_000 }), (asks, live) => {
        const burst = (share: number, days: number) => Math.max(3, (live / 30) * share * days)
        const bursts = burst(1, 1 / 24) + burst(0.6, 1 / 4)
        let clock = clockOf(live)
        let now = start
        let latest = start
        let charged = 0
        let all = 0
        for (const ask of asks) {
          now += ask.afterMs
          latest = Math.max(latest, now)
          clock = refill(clock, limits, now)
          const { total, sweep, event } = allowance(clock, 1_000)
          const swept = Math.min(ask.sweep, sweep)
          const others = Math.min(ask.event, event, total - swept)
          const free = Math.min(ask.free, total - swept - others)
          // Second opinions are not known when looks start: at most so many are on their way.
          const opinions = swept + others > 0 ? ask.opinions : 0
          clock = spend(clock, { sweep: swept, event: others + opinions, free })
          charged += swept + others + opinions
          all += swept + others + opinions + free
          const days = (latest - start) / dayMs
          assert.ok(charged <= (live / 30) * days + bursts + 61)
          assert.ok(all <= 50 * 86_400 * days + 100 + 61)
        }
      }),
    )
  })

  it('lets the sweep wait until overdrawn second opinions are paid back', () => {
    const clock = clockOf(30_000, { sweepTokens: 10, eventTokens: 2 })
    assert.deepEqual(allowance(clock, 5), { total: 5, sweep: 5, event: 2 })
    const overdrawn = spend(clock, { event: 8 })
    assert.deepEqual(allowance(overdrawn, 50), { total: 50, sweep: 4, event: 0 })
    assert.equal(allowance(spend(clock, { event: 30 }), 50).sweep, 0)
  })

  it('moves the clock to the last row that was taken, never back and never to nowhere', () => {
    const clock = clockOf(10, { v: 5 })
    assert.equal(spend(clock, { sweep: 2 }, 7.5).v, 7.5)
    assert.equal(spend(clock, { sweep: 2 }, 3).v, 5)
    assert.equal(spend(clock, { event: 2 }).v, 5)
    assert.equal(spend(clock, { sweep: 2 }, Number.NaN).v, 5)
    assert.equal(spend(clock, { sweep: 2 }, Infinity).v, 5)
  })

  it('takes free looks from the pace alone', () => {
    const clock = clockOf(10, { sweepTokens: 2, eventTokens: 2, paceTokens: 9 })
    const { paceTokens, sweepTokens, eventTokens } = spend(clock, { free: 4 })
    assert.deepEqual([paceTokens, sweepTokens, eventTokens], [5, 2, 2])
  })
})

describe('slowDown', () => {
  it('halves the pace once for all who hear it, and never to nothing', () => {
    const once = slowDown(clockOf(10), limits, start + dayMs)
    assert.equal(once.pace, 25)
    assert.equal(slowDown(once, limits, start + dayMs + 4_999), once)
    assert.ok(slowDown(once, limits, start + dayMs + 5_000).pace < 13)
    let clock = once
    for (let now = start + dayMs; now < start + 2 * dayMs; now += 5_000) {
      clock = slowDown(clock, limits, now)
    }
    assert.ok(clock.pace >= 0.2 && clock.pace < 0.5, String(clock.pace))
  })

  it('is forgotten within an hour, slowly', () => {
    const slowed = slowDown(clockOf(10), limits, start + dayMs)
    const later = (ms: number) => refill(slowed, limits, start + dayMs + ms).pace
    assert.ok(later(60_000) < 26)
    assert.ok(Math.abs(later(hourMs / 4) - 37.5) < 1e-9)
    assert.equal(later(hourMs), 50)
    assert.equal(later(90 * dayMs), 50)
  })

  it('works on a pace that is slow already', () => {
    const slow = { pace: 0.1, budget: 1 }
    let clock = freshClock('wechat', start, slow)
    for (let now = start; now < start + 60_000; now += 5_000) clock = slowDown(clock, slow, now)
    assert.ok(clock.pace > 0 && clock.pace < 0.02)
  })
})

describe('turn', () => {
  it('measures the speed once an hour and follows it by 30 % a day', () => {
    const clock = clockOf(100_000, { omega: 1 })
    assert.equal(turn({ ...clock, v: 0.1 }, 99_000, start + hourMs - 1).omega, 1)
    let at: Clock = clock
    for (let now = start + hourMs; now <= start + dayMs; now += hourMs) {
      at = turn({ ...at, v: at.v + 2 / 24 }, 99_000, now)
    }
    assert.ok(Math.abs(Math.log2(at.omega) - 0.3) < 1e-9, String(at.omega))
    assert.equal(at.live, 99_000)
    assert.equal(at.seenAt, start + dayMs)
    assert.equal(at.vSeen, at.v)
  })

  it('gives two workers who turn at once one turn', () => {
    const once = turn(clockOf(100_000, { v: 3 }), 100_000, start + hourMs)
    assert.equal(turn(once, 100_000, start + hourMs + 5), once)
  })

  it('finds the price from one that is wrong by a hundred times, and from half the budget', () => {
    // In the square-root regime a row waits `distance / omega` days, so the speed depends on the budget alone.
    const follow = (clock: Clock, speed: number, days: number): Clock => {
      let at = clock
      for (let hour = 0; hour < days * 24; hour++) {
        at = turn({ ...at, v: at.v + speed / 24 }, 50_000, at.seenAt + hourMs)
      }
      return at
    }
    const wrong = follow(clockOf(50_000, { omega: 10 }), 1, 30)
    assert.ok(Math.abs(price(wrong) - 1) < 0.05, String(price(wrong)))
    const halved = follow(clockOf(50_000, { omega: 1 }), 0.5, 20)
    assert.ok(Math.abs(price(halved) / 4 - 1) < 0.05, String(price(halved)))
  })

  it('takes no stall and no jump for a speed', () => {
    const clock = clockOf(100_000, { omega: 1 })
    const stalled = turn({ ...clock, v: 0.001 }, 100_000, start + dayMs)
    assert.ok(Math.abs(stalled.omega - (1 / 3) ** 0.3) < 1e-9)
    const jumped = turn({ ...clock, v: 1e9 }, 100_000, start + dayMs)
    assert.ok(Math.abs(jumped.omega - 3 ** 0.3) < 1e-9)
  })

  it('learns nothing from a time when nobody was at work or nobody was to be looked at', () => {
    const clock = clockOf(100_000, { omega: 1 })
    assert.equal(turn({ ...clock, v: 1 }, 100_000, start + 100 * dayMs).omega, 1)
    assert.equal(turn({ ...clock, v: 1 }, 0, start + dayMs).omega, 1)
    const first = turn(clockOf(0, { omega: 1 }), 10, start + dayMs)
    assert.equal(first.omega, 1)
    assert.equal(first.live, 10)
  })

  it('waits with the measurement until somebody is taken, and counts the wait', () => {
    const clock = clockOf(100_000, { omega: 1 })
    const still = turn(clock, 90_000, start + dayMs)
    assert.deepEqual(still, { ...clock, live: 90_000 })
    const moved = turn({ ...still, v: 2 }, 90_000, start + 2 * dayMs)
    assert.ok(Math.abs(moved.omega - 1) < 1e-9)
    assert.equal(moved.seenAt, start + 2 * dayMs)
  })

  it('learns of its first avatars at once', () => {
    assert.equal(turn(clockOf(0), 12, start + 1).live, 12)
    assert.equal(turn(clockOf(11), 12, start + 1).live, 11)
  })

  it('takes its time where looks are few', () => {
    const clock = clockOf(500, { omega: 1, v: 0.5 })
    const soon = turn(clock, 499, start + 2 * hourMs)
    assert.equal(soon.omega, 1)
    assert.equal(soon.live, 499)
    assert.notEqual(turn(clock, 499, start + 2 * dayMs).omega, 1)
  })

  it('changes nothing when time goes backwards', () => {
    const clock = clockOf(10)
    assert.equal(turn(clock, 12, start - hourMs / 2), clock)
  })

  it('measures anew when a clock was a year ahead', () => {
    const ahead = clockOf(10, { seenAt: start + 365 * dayMs, v: 7, omega: 3 })
    const back = turn(ahead, 12, start)
    assert.deepEqual([back.seenAt, back.vSeen, back.live, back.omega], [start, 7, 12, 3])
  })

  it('keeps a price that can be reckoned with, come what may', () => {
    let down = clockOf(100_000)
    let up = down
    for (let day = 1; day < 2_000; day++) {
      const now = start + day * dayMs
      down = turn({ ...down, v: down.v + 1e-30 }, 100_000, now)
      up = turn({ ...up, v: up.v + 1e30 }, 100_000, now)
    }
    assert.ok(price(down) <= 1.0001e18 && price(up) >= 0.9999e-18)
  })
})

describe('dueAt', () => {
  it('moves every row by the same factor when the budget does', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e4, noNaN: true }),
        fc.double({ min: 0.1, max: 10, noNaN: true }),
        (ahead, times) => {
          const clock = clockOf(10, { v: 7, omega: 1 })
          const before = dueAt(clock, 7 + ahead, start) - start
          const after = dueAt({ ...clock, omega: times }, 7 + ahead, start) - start
          assert.ok(Math.abs(after * times - before) <= 1 + times)
        },
      ),
    )
  })

  it('is now for what is overdue, and a date however far off', () => {
    const clock = clockOf(10, { v: 7 })
    assert.equal(dueAt(clock, 3, start), start)
    assert.ok(Number.isSafeInteger(dueAt(clock, 1e300, start)))
  })
})

describe('freshClock', () => {
  it('starts with the price of an average avatar at its budget', () => {
    const clock = freshClock('qq', start, { pace: 5, budget: 2 })
    assert.ok(Math.abs(Math.sqrt(2 * price(clock) * 180) - 15) < 1e-9)
    assert.equal(meanIntervalDays({ ...clock, live: 100 }, { pace: 5, budget: 2 }), 15)
    assert.equal(meanIntervalDays({ ...clock, live: 43_200_000 }, { pace: 5, budget: 2 }), 100)
    assert.ok(price(freshClock('qq', start, { pace: 5, budget: 0 })) < 1_000)
  })
})
