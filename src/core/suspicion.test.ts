// When "gone" is believed: two edges that agree, or odds that leave no doubt; and how often people see a living picture
// called dead all the same, counted over years of looks.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Belief } from './avatar.ts'
import { confirm, freshBelief, suspect } from './belief.ts'
import { freshClock } from './clock.ts'
import { type Answer, type Weighing, hinted, needsAnother, weigh } from './suspicion.ts'

const dayMs = 86_400_000
const start = Date.UTC(2026, 0, 1)
const clock = freshClock('wechat', start, { pace: 50, budget: 1 })
const days = (count: number) => start + count * dayMs
const belief = freshBelief(start)

describe('weigh', () => {
  it('believes one edge after a long time, and not after a short one', () => {
    assert.equal(weigh(belief, clock, ['gone'], 'redirect', days(900)).kind, 'dead')
    assert.equal(weigh(belief, clock, ['gone'], 'redirect', days(3)).kind, 'suspect')
    assert.equal(weigh(belief, clock, ['gone'], 'redirect', days(1 / 24)).kind, 'suspect')
  })

  it('asks for more where calling a picture dead hides it', () => {
    const at = days(150)
    assert.equal(weigh(belief, clock, ['gone'], 'redirect', at).kind, 'suspect')
    assert.equal(weigh(belief, clock, ['gone'], 'copy', at).kind, 'dead')
  })

  it('believes two edges that agree, whatever one or two others say', () => {
    for (const answers of [
      ['gone', 'gone'],
      ['gone', 'alive', 'gone'],
      ['alive', 'gone', 'gone'],
      ['gone', 'alive', 'alive', 'gone'],
    ] as const) {
      assert.equal(weigh(belief, clock, answers, 'copy', days(0.1)).kind, 'dead')
    }
  })

  it('does not believe two edges that three gainsay, when a change is unlikely', () => {
    const answers = ['gone', 'alive', 'alive', 'alive', 'gone'] as const
    assert.equal(weigh(belief, clock, answers, 'copy', days(1)).kind, 'suspect')
  })

  it('takes a "gone" beside a living picture for a mistake when a change is unlikely', () => {
    const steady: Belief = { ...belief, alpha: 1, beta: 2000 }
    const { kind, logOdds } = weigh(steady, clock, ['gone', 'alive', 'alive'], 'copy', days(1))
    assert.equal(kind, 'alive')
    assert.ok(logOdds <= -1)
  })

  it('never clears a picture by bad answers alone', () => {
    const steady: Belief = { ...belief, alpha: 1, beta: 1e6 }
    assert.deepEqual(weigh(steady, clock, ['gone'], 'copy', days(0.25)), {
      kind: 'suspect',
      logOdds: 0,
    })
  })

  it('holds what is left in suspense, and adds to it at the next look', () => {
    const steady: Belief = { ...belief, alpha: 1, beta: 400 }
    const first = weigh(steady, clock, ['gone'], 'redirect', days(6))
    assert.equal(first.kind, 'suspect')
    assert.ok(first.logOdds > 0 && first.logOdds < 7.6)
    const held = suspect(steady, first.logOdds)
    assert.ok(weigh(held, clock, ['gone'], 'redirect', days(8)).logOdds > first.logOdds + 1)
    assert.equal(weigh(held, clock, ['gone', 'gone'], 'redirect', days(8)).kind, 'dead')
    assert.equal(weigh(held, clock, ['alive'], 'redirect', days(8)).kind, 'alive')
  })

  it('says what was known before when no edge answered', () => {
    assert.deepEqual(weigh(belief, clock, [], 'copy', days(9)), { kind: 'alive', logOdds: 0 })
    const held = suspect(belief, 2)
    assert.deepEqual(weigh(held, clock, [], 'copy', days(9)), { kind: 'suspect', logOdds: 2 })
  })

  describe('where a change is as likely as not', () => {
    const provider = { ...clock, spurious: 0.01, deathDays: 7 }
    /** Log-odds after some days, in a mode that is slow to believe. */
    const odds = (after: number, answers: readonly Answer[], given = provider) => {
      const even = { ...belief, alpha: Math.LN2 / Math.log1p(after / belief.beta) }
      return weigh(even, given, answers, 'redirect', days(after)).logOdds
    }
    const near = (found: number, wanted: number) =>
      assert.ok(Math.abs(found - wanted) < 1e-6, `${found} is not ${wanted}`)

    it('counts a first "gone" by the share of edges that should be dead by then', () => {
      for (const [after, share] of [
        [0.1, 0.05],
        [3.5, 0.25],
        [7, 0.5],
        [14, 0.75],
      ] as const) {
        near(odds(after, ['gone']), Math.log(share / 0.01))
      }
      near(odds(3.5, ['gone'], { ...provider, deathDays: 0 }), Math.log(1 / 0.01))
    })

    it('counts further answers by no less than a share of three in ten', () => {
      const outvoted = ['gone', 'alive', 'alive', 'alive', 'gone'] as const
      const early = Math.log(0.05 / 0.01) + 3 * Math.log(0.95) + Math.log(0.3 / 0.01)
      near(odds(0.1, outvoted), early)
      near(odds(14, ['gone', 'alive', 'alive']), Math.log(0.75 / 0.01) + 2 * Math.log(0.3))
    })
  })

  it('clears a picture from odds of one to e on, and no earlier', () => {
    const kind = (logOdds: number) => {
      const after = 3.5
      const share = after / (2 * clock.deathDays)
      const wanted = logOdds - Math.log(share / clock.spurious) - Math.log(1 - share)
      const chance = 1 / (1 + Math.exp(-wanted))
      const alpha = -Math.log1p(-chance) / Math.log1p(after / belief.beta)
      return weigh({ ...belief, alpha }, clock, ['gone', 'alive'], 'copy', days(after)).kind
    }
    assert.deepEqual([kind(-1.01), kind(-0.99)], ['alive', 'suspect'])
  })

  it('adds three for each report of a page', () => {
    assert.equal(hinted(suspect(belief, 1), 2).suspect, 7)
    assert.equal(hinted(suspect(belief, 1), -1).suspect, 1)
  })

  it('is less sure for every living answer and surer for every dead one', () => {
    const answer = fc.constantFrom<Answer>('alive', 'gone')
    fc.assert(
      fc.property(
        fc.array(answer, { minLength: 1, maxLength: 6 }),
        fc.double({ min: 0, max: 400, noNaN: true }),
        (answers, after) => {
          const odds = (all: readonly Answer[]) => weigh(belief, clock, all, 'copy', days(after))
          const now = odds(answers)
          // A suspect's log-odds are held at 0.
          assert.ok(odds([...answers, 'alive']).logOdds <= Math.max(0, now.logOdds))
          assert.ok(odds([...answers, 'gone']).logOdds >= Math.min(0, now.logOdds))
        },
      ),
    )
  })

  it('gives a number for whatever a clock and a belief may hold', () => {
    const wild = fc.constantFrom(0, 1e-300, 0.5, 1, 7, 1e300)
    fc.assert(
      fc.property(wild, wild, wild, wild, wild, (alpha, beta, spurious, deathDays, after) => {
        const given = { ...belief, alpha: alpha || 1e-300, beta: beta || 1e-300 }
        const provider = { ...clock, spurious, deathDays }
        for (const answers of [['gone'], ['gone', 'alive'], ['alive']] as const) {
          const { logOdds } = weigh(given, provider, answers, 'redirect', days(after))
          assert.ok(Number.isFinite(logOdds), String(logOdds))
        }
      }),
    )
  })

  it('shows at most 0.5 living pictures as dead for 1 000 that are, with one answer in 100 wrong', () => {
    for (const [mode, everyDays] of [
      ['redirect', 4],
      ['redirect', 16],
      ['redirect', 60],
      ['copy', 4],
      ['copy', 16],
      ['copy', 60],
    ] as const) {
      const { dead, mistaken, missed } = look(mode, everyDays, 20_000)
      assert.ok(mistaken <= dead * 0.0005, `${mode}, ${everyDays} d: ${mistaken} of ${dead}`)
      assert.ok(missed <= dead * 0.005, `${mode}, ${everyDays} d: ${missed} missed`)
    }
  })
})

describe('needsAnother', () => {
  const suspicion: Weighing = { kind: 'suspect', logOdds: 1 }
  const fine: Weighing = { kind: 'alive', logOdds: -3 }

  it('asks on while a suspicion is open, seven edges at the most', () => {
    assert.equal(needsAnother(suspicion, 1), true)
    assert.equal(needsAnother(suspicion, 6), true)
    assert.equal(needsAnother(suspicion, 7), false)
    assert.equal(needsAnother({ kind: 'dead', logOdds: 9 }, 1, 3), false)
  })

  it('asks three edges before it takes a report for a mistake, and one without a report', () => {
    assert.equal(needsAnother(fine, 1), false)
    assert.equal(needsAnother(fine, 2, 1), true)
    assert.equal(needsAnother(fine, 3, 1), false)
  })
})

describe('hinted', () => {
  it('lets a report and one edge settle it, and is not believed by itself', () => {
    const seen = hinted(belief, 1)
    assert.equal(weigh(belief, clock, ['gone'], 'redirect', days(30)).kind, 'suspect')
    assert.equal(weigh(seen, clock, ['gone'], 'redirect', days(30)).kind, 'dead')
    assert.equal(weigh(seen, clock, ['alive'], 'redirect', days(8)).kind, 'alive')
    assert.deepEqual(hinted(belief, -3), belief)
  })
})

/** Small, seeded, good enough to count with. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Looks at people who change by the prior until so many changes were found, and counts mistakes. */
function look(mode: 'copy' | 'redirect', everyDays: number, changes: number) {
  const random = createRandom(everyDays)
  const deathDays = 7
  let dead = 0
  let mistaken = 0
  let missed = 0
  for (let person = 0; dead + missed < changes; person++) {
    const rate = gamma(random, 0.6) / 108
    let known = belief
    const changesAt = -Math.log(1 - random()) / rate
    let now = 0
    let found = false
    while (now < 730 && !found) {
      now += everyDays
      const share = Math.min(1, Math.max(0, (now - changesAt) / deathDays))
      const answers: Answer[] = []
      let weighing: Weighing = { kind: 'suspect', logOdds: 0 }
      for (let asked = 0; needsAnother(weighing, asked); asked++) {
        const chance = random()
        if (chance < 0.009) continue
        const lost = random() < share
        answers.push(lost || chance < 0.01 ? 'gone' : 'alive')
        weighing = weigh(known, clock, answers, mode, days(now))
      }
      if (weighing.kind === 'dead') {
        found = true
        if (now > changesAt) dead++
        else mistaken++
      } else if (weighing.kind === 'alive') {
        known = confirm(known, days(now))
      } else if (answers.length > 0) {
        known = suspect(known, weighing.logOdds)
      }
      if (!found && now > changesAt + 3 * Math.max(everyDays, deathDays)) {
        missed++
        found = true
      }
    }
  }
  return { dead, mistaken, missed }
}

/** A gamma variate of a shape below 1 and scale 1, by Ahrens and Dieter's rejection. */
function gamma(random: () => number, shape: number): number {
  const both = 1 + shape / Math.E
  for (;;) {
    const part = both * random()
    if (part <= 1) {
      const value = part ** (1 / shape)
      if (random() <= Math.exp(-value)) return value
    } else {
      const value = -Math.log((both - part) / shape)
      if (random() <= value ** (shape - 1)) return value
    }
  }
}
