// The interval at which a look is worth its price: the published figures, what must rise and fall with what, and that
// nothing a database may hold makes it other than a number in its bounds.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { fraction } from '../../simulator/random.ts'
import { freshBelief, unknownLook } from './belief.ts'
import { freshClock, price, spend } from './clock.ts'
import { addLogin, addOpen, addViews, freshImportance } from './importance.ts'
import {
  type Question,
  hintsNeeded,
  hintsWorth,
  isWorthSweeping,
  placeInSweep,
  plan,
  retryAt,
  solveTau,
  suspectAt,
  worthAtOpen,
} from './schedule.ts'

const dayMs = 86_400_000
const hourMs = 3_600_000
const limits = { pace: 50, budget: 1 }
const start = Date.UTC(2026, 0, 1)

const typical: Question = {
  views: 3,
  changeRate: 0.0041152,
  reportRate: 0,
  loginRate: 0,
  waitDays: 0,
  deathDays: 7,
  mode: 'copy',
  price: 1.5,
  minDays: 0.25,
  maxDays: 240,
}

/** A number from 10^least to 10^most. */
const scale = (least: number, most: number) =>
  fc.double({ min: least, max: most, noNaN: true }).map((exponent) => 10 ** exponent)

const lively: fc.Arbitrary<Question> = fc.record(
  {
    views: scale(-2, 4),
    changeRate: scale(-5, 1),
    reportRate: fc.oneof(fc.constant(0), scale(-3, 3)),
    loginRate: fc.oneof(fc.constant(0), scale(-4, 1)),
    waitDays: fc.oneof(fc.constant(0), scale(-1, 3.4)),
    deathDays: fc.oneof(fc.constant(0), scale(-1, 2)),
    mode: fc.constantFrom('copy', 'redirect'),
    price: scale(-4, 4),
    minDays: fc.constant(0.25),
    maxDays: fc.constant(1000),
  },
  { noNullPrototype: true },
)

/** The saving of a look after `days` by adding up small steps of its definition, over the price. */
function saving(question: Question, days: number): number {
  const { views, changeRate, reportRate, loginRate, waitDays, deathDays, mode } = question
  const steps = 2_000
  let saved = 0
  for (let step = 0; step < steps; step++) {
    // Small steps first: with many reports everything happens within minutes.
    const part = (step + 0.5) / steps
    const at = days * part ** 4
    const held = loginRate > 0 ? -Math.expm1(-loginRate * at) / loginRate : at
    const rate = views * changeRate * Math.exp(-(changeRate + reportRate) * at)
    saved += rate * held * ((4 * days * part ** 3) / steps)
  }
  const root = Math.sqrt(days / deathDays)
  const factor =
    mode === 'copy' ? Math.max(1, 1.2533 / root - 0.66) : Math.max(0.95, 2 - 1.8 * root)
  const waiting = 1 + changeRate * waitDays * Math.exp(-changeRate * days)
  const weight = mode === 'copy' ? waiting : waiting / (1 + changeRate * waitDays)
  return (saved * (deathDays > 0 ? factor : 1)) / (question.price * weight)
}

describe('solveTau', () => {
  it('gives the reference figures', () => {
    const rows: readonly (readonly [Partial<Question>, number])[] = [
      [{ deathDays: 0, mode: 'redirect' }, 16.01],
      [{ mode: 'redirect' }, 16.36],
      [{}, 16.01],
      [{ waitDays: 60 }, 17.78],
      [{ loginRate: 0.04 }, 17.89],
      [{ reportRate: 0.9, mode: 'redirect', price: 0.05 }, 239.26],
      [{ reportRate: 0.9, loginRate: 0.04, mode: 'redirect', price: 0.01 }, 2.76],
      [{ views: 500, mode: 'redirect' }, 1.06],
      [{ views: 500 }, 0.65],
      [{ views: 500, changeRate: 0.05, deathDays: 21, price: 0.2 }, 0.25],
      // The reference iteration stopped at 147.12; the definition, added up in small steps, has its root here.
      [{ views: 0.05, mode: 'redirect' }, 151.7],
      [{ views: 0.02, changeRate: 0.2, mode: 'redirect' }, 239.2],
    ]
    for (const [given, days] of rows) {
      const tau = solveTau({ ...typical, ...given })
      assert.ok(Math.abs(tau / days - 1) < 0.0105, `${JSON.stringify(given)}: ${tau}, not ${days}`)
    }
  })

  it('meets the price where it answers from within its bounds, and not before', () => {
    fc.assert(
      fc.property(lively, (question) => {
        const tau = solveTau(question)
        const { minDays, maxDays } = question
        assert.ok(tau >= minDays && tau <= maxDays, String(tau))
        if (tau > minDays * 1.001) assert.ok(saving(question, tau * 0.999) < 1.001)
        if (tau < maxDays * 0.999) assert.ok(saving(question, tau * 1.001) > 0.999)
      }),
      { numRuns: 400 },
    )
  })

  it('stops at the first of several crossings', () => {
    // Reports flatten the saving within hours, and gradual death lowers it again until it no longer does.
    const question: Question = {
      ...typical,
      mode: 'redirect',
      reportRate: 40,
      deathDays: 20,
      views: 1000,
      minDays: 0.001,
    }
    const highest = Math.max(...[0.05, 0.1, 0.15, 0.2].map((days) => saving(question, days)))
    const tau = solveTau({ ...question, price: question.price * highest * 0.98 })
    assert.ok(tau < 0.3, String(tau))
  })

  it('is sooner for more views, later for a higher price, for more reports, more logins, and a longer wait', () => {
    // Less than a thousandth more is lost in rounding where the saving has all but stopped to grow.
    const more = fc.double({ min: 1.001, max: 50, noNaN: true })
    const later = (one: number, other: number): void => {
      assert.ok(other >= one * (1 - 1e-5), `${other} is before ${one}`)
    }
    fc.assert(
      fc.property(lively, more, (question, times) => {
        const tau = solveTau(question)
        later(solveTau({ ...question, views: question.views * times }), tau)
        later(tau, solveTau({ ...question, price: question.price * times }))
        later(tau, solveTau({ ...question, reportRate: (question.reportRate + 0.01) * times }))
        later(tau, solveTau({ ...question, loginRate: (question.loginRate + 0.01) * times }))
        if (question.mode === 'copy') {
          later(tau, solveTau({ ...question, waitDays: (question.waitDays + 1) * times }))
        }
      }),
      { numRuns: 3_000 },
    )
  })

  it('gives a number within its bounds for any finite numbers from 0 up', () => {
    const wild = fc.oneof(
      fc.constantFrom(0, Number.MIN_VALUE, 1e-300, 1, 1e300, Number.MAX_VALUE),
      fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
    )
    const question = fc.record({
      views: wild,
      changeRate: wild,
      reportRate: wild,
      loginRate: wild,
      waitDays: wild,
      deathDays: wild,
      mode: fc.constantFrom('copy' as const, 'redirect' as const),
      price: wild,
      minDays: fc.constantFrom(0, 1e-9, 0.25, 240),
      maxDays: fc.constantFrom(0.25, 240, 36_500),
    })
    fc.assert(
      fc.property(question, (question) => {
        const tau = solveTau(question)
        const { minDays, maxDays } = question
        assert.ok(tau >= Math.min(minDays, maxDays) && tau <= maxDays, String(tau))
      }),
      { numRuns: 20_000 },
    )
  })
})

describe('plan', () => {
  const clock = { ...freshClock('wechat', start, limits), v: 100, live: 1000 }
  const avatar = {
    id: 17,
    belief: freshBelief(start),
    importance: freshImportance(start),
    tokenExpiresAt: null,
  }

  it('puts the next look on the price clock, at the place in the sweep that belongs to the avatar', () => {
    const { tauDays, nextCheckAt } = plan(avatar, clock, limits, 'copy', start)
    assert.ok(tauDays > 1 && tauDays < 240)
    assert.equal(nextCheckAt, placeInSweep(17, clock, clock.omega * tauDays))
    const other = plan({ ...avatar, id: 500 }, clock, limits, 'copy', start)
    assert.equal(other.tauDays, tauDays)
    assert.notEqual(other.nextCheckAt, nextCheckAt)
  })

  it('comes sooner to those who are seen more, and later to those whom pages report', () => {
    const now = start + 30 * dayMs
    const popular = { ...avatar, importance: addViews(avatar.importance, 3000, now) }
    const quiet = plan(avatar, clock, limits, 'redirect', now)
    const busy = plan(popular, clock, limits, 'redirect', now)
    assert.ok(busy.tauDays < quiet.tauDays / 5)
    const watched = plan(popular, clock, limits, 'redirect', now, { reported: 0.3 })
    assert.ok(watched.tauDays > busy.tauDays * 5)
  })

  it('goes round among equals: nobody has two looks more than another', () => {
    const equals = Array.from({ length: 40 }, (_, person) => ({
      person,
      looks: 0,
      due: person / 1e3,
    }))
    let at = freshClock('wechat', start, limits)
    for (let look = 0; look < 1_000; look++) {
      const first = equals.reduce((one, other) => (other.due < one.due ? other : one))
      at = spend(at, { sweep: 1 }, first.due)
      first.looks++
      first.due = plan({ ...avatar, id: first.person }, at, limits, 'copy', start).nextCheckAt
      const counts = equals.map(({ looks }) => looks)
      assert.ok(Math.max(...counts) - Math.min(...counts) <= 1)
    }
  })

  it('lets nobody wait longer than four mean intervals, nor ever for ever', () => {
    const unseen = { ...clock, omega: 1e-9 }
    const waits = (budget: number) =>
      plan(avatar, unseen, { pace: 50, budget }, 'copy', start).tauDays
    assert.equal(waits(1), 240)
    assert.equal(waits(0.1), 1200)
    assert.equal(waits(0), 36_500)
  })
})

describe('placeInSweep', () => {
  it('is an eighth of the interval too soon or too late, at the most, whoever it is', () => {
    const anybody = fc.record({
      id: fc.integer({ min: 0, max: 1e9 }),
      v: scale(-6, 9),
      live: fc.integer({ min: 0, max: 1e9 }),
      days: scale(-3, 6),
    })
    fc.assert(
      fc.property(anybody, ({ id, v, live, days }) => {
        const off = placeInSweep(id, { v, live }, days) - (v + days)
        // Where the clock stands far out, its own numbers are that coarse.
        assert.ok(Math.abs(off) <= days / 8 + v * 1e-15, `${off}`)
      }),
      { numRuns: 20_000 },
    )
  })

  it('comes after now, or is now where nothing is to be waited for', () => {
    for (const v of [0, 1e-300, 1, 1e15, 1e18]) {
      for (const days of [0, 5e-324, 1e-9, 1, 1e300]) {
        const at = placeInSweep(3, { v, live: 10 }, days)
        assert.ok(Number.isFinite(at) && at >= v, `${v} ${days}: ${at}`)
      }
    }
  })

  it('lets equals come one by one, from a handful to a million, in the order of their numbers', () => {
    for (const live of [0, 5, 1_000, 1_000_000]) {
      const among = Math.max(live, 5)
      const from = 1 + Math.floor(among / 2)
      const at = (id: number) => placeInSweep(id, { v: 0, live }, 30)
      const around = Array.from({ length: 5 }, (_, place) => at(from + place))
      assert.equal(new Set(around).size, 5)
      // Steps of an interval of 30 days are one day long: at one place of them who comes next has to wait for the next one.
      const waits = around.slice(1).map((one, place) => (one - (around[place] ?? 0) + 1) % 1)
      for (const wait of waits) assert.ok(Math.abs(wait - 1 / Math.max(64, live)) < 1e-9)
    }
  })

  it('brings those together whose rows lie together, however the sweep began', () => {
    const people = 20_000
    const rowsAPage = 100
    const batch = 200
    const intervals = Array.from({ length: people }, (_, id) => 30 * 20 ** fraction(id, 1))
    const due = intervals.map((days, id) => days * fraction(id, 2))
    const order = due.map((_, id) => id)
    const pages: number[] = []
    for (let v = 0; v < 1_000;) {
      order.sort((a, b) => (due[a] ?? 0) - (due[b] ?? 0))
      const taken = order.slice(0, batch)
      v = due[taken.at(-1) ?? 0] ?? 0
      for (const id of taken) due[id] = placeInSweep(id, { v, live: people }, intervals[id] ?? 0)
      pages.push(new Set(taken.map((id) => Math.floor(id / rowsAPage))).size)
    }
    const first = pages.slice(0, 5)
    const last = pages.slice(-200)
    const mean = (counts: number[]) => counts.reduce((sum, count) => sum + count, 0) / counts.length
    assert.ok(mean(last) < mean(first) / 2, `${mean(first)}, then ${mean(last)}`)
  })
})

describe('isWorthSweeping', () => {
  it('leaves to the next open whom nobody can renew, where a copy is shown and opens are told', () => {
    const without = { tokenExpiresAt: null }
    const lapsed = { tokenExpiresAt: start }
    const valid = { tokenExpiresAt: start + 1 }
    assert.equal(isWorthSweeping(without, 'copy', start, true), false)
    assert.equal(isWorthSweeping(lapsed, 'copy', start, true), false)
    assert.equal(isWorthSweeping(valid, 'copy', start, true), true)
    assert.equal(isWorthSweeping(without, 'copy', start, false), true)
    assert.equal(isWorthSweeping(without, 'redirect', start, true), true)
  })
})

describe('retryAt', () => {
  const after = (looks: number) => {
    let belief = freshBelief(start)
    for (let look = 0; look < looks; look++) belief = unknownLook(belief)
    return belief
  }

  it('waits an hour or a twentieth of the interval, and twice as long each time', () => {
    assert.equal(retryAt(after(1), 1, start), start + 1.2 * hourMs)
    assert.equal(retryAt(after(1), 0.25, start), start + hourMs)
    assert.equal(retryAt(after(3), 0.25, start), start + 4 * hourMs)
  })

  it('waits minutes where the bytes were never seen', () => {
    assert.equal(retryAt(after(1), 16, start, true), start + 2 * 60_000)
    assert.equal(retryAt(after(4), 16, start, true), start + 16 * 60_000)
  })

  it('waits a week at the most, however often nothing came', () => {
    for (const looks of [20, 2000]) {
      assert.equal(retryAt(after(looks), 16, start), start + 7 * dayMs)
      assert.equal(retryAt(after(looks), 16, start, true), start + 7 * dayMs)
    }
  })
})

describe('suspectAt', () => {
  it('comes back within two days, a third of a death, or the interval', () => {
    const clock = freshClock('wechat', start, limits)
    assert.equal(suspectAt(16, clock, start), start + 2 * dayMs)
    assert.equal(suspectAt(16, { ...clock, deathDays: 3 }, start), start + dayMs)
    assert.equal(suspectAt(0.25, clock, start), start + 6 * hourMs)
    assert.equal(suspectAt(16, { ...clock, deathDays: 0 }, start), start + hourMs)
  })
})

describe('worthAtOpen', () => {
  const now = start + 100 * dayMs
  const clock = freshClock('wechat', start, limits)
  const avatar = {
    belief: freshBelief(start),
    importance: addOpen(addLogin(addViews(freshImportance(start), 300, now))),
    tokenExpiresAt: null,
  }

  it('looks at somebody who may have changed and is seen until they come again', () => {
    assert.equal(worthAtOpen(avatar, clock, now), true)
  })

  it('does not where the platform can be asked instead', () => {
    assert.equal(worthAtOpen({ ...avatar, tokenExpiresAt: now + 1 }, clock, now), false)
  })

  it('does not right after a confirmation, nor at any price', () => {
    assert.equal(worthAtOpen({ ...avatar, belief: freshBelief(now) }, clock, now), false)
    assert.ok(price({ ...clock, omega: 0.01 }) > 1000)
    assert.equal(worthAtOpen(avatar, { ...clock, omega: 0.01 }, now), false)
  })
})

describe('hintsWorth', () => {
  const now = start + 100 * dayMs
  const seen = (views: number) => ({
    belief: freshBelief(start),
    importance: addViews(freshImportance(start), views * 40, now),
  })

  it('needs fewer where a look is cheap, and never fewer than one', () => {
    const clock = freshClock('wechat', start, limits)
    const cheap = { ...clock, omega: 5 }
    const dear = { ...clock, omega: 0.1 }
    const known = { reported: 0.3 }
    assert.equal(hintsWorth(seen(1), dear, now, known), 1)
    assert.equal(hintsWorth(seen(200), cheap, now, known), 1)
    assert.equal(hintsWorth(seen(200), dear, now, known), 2)
    assert.ok(
      hintsWorth(seen(10_000), cheap, now, known) < hintsWorth(seen(10_000), dear, now, known),
    )
  })

  it('is one where no page reports', () => {
    assert.equal(hintsWorth(seen(1e6), freshClock('wechat', start, limits), now), 1)
  })
})

describe('hintsNeeded', () => {
  it('takes one report of most faces and three of the most popular', () => {
    assert.equal(hintsNeeded(16, 0.3), 1)
    assert.equal(hintsNeeded(18, 0.3), 2)
    assert.equal(hintsNeeded(3000, 0.3), 3)
    assert.equal(hintsNeeded(0, 0.3), 1)
    assert.equal(hintsNeeded(3000, 0), 1)
    assert.ok(hintsNeeded(3000, 0.3, 0.002, 0) < 10)
  })

  it('grows with the views without a jump where the count becomes normal', () => {
    const views = (mean: number) => (mean * 24) / (0.3 * 0.002)
    let last = 0
    for (let mean = 1; mean < 400; mean += 1) {
      const needed = hintsNeeded(views(mean), 0.3)
      assert.ok(needed >= last && needed > mean && needed < mean + 4.5 * Math.sqrt(mean) + 3)
      last = needed
    }
    assert.ok(Number.isFinite(hintsNeeded(1e300, 1, 1)))
  })
})
