// Years of a service in seconds: simulated people, edges that die one by one, wrong answers now and then. The clock, the
// belief, the plan and the test for "gone" are those of `src/core`, called as a worker calls them.
import type { Belief } from '../../src/core/avatar.ts'
import {
  confirm,
  freshBelief,
  learnChange,
  renew,
  suspect,
  unknownLook,
} from '../../src/core/belief.ts'
import { allowance, freshClock, refill, spend, turn } from '../../src/core/clock.ts'
import { addLogin, addOpen, addViews, freshImportance } from '../../src/core/importance.ts'
import { isWorthSweeping, retryAt, suspectAt } from '../../src/core/schedule.ts'
import { type Answer, hinted, needsAnother, weigh } from '../../src/core/suspicion.ts'
import { createHeap } from './heap.ts'
import { type Policy, createMind } from './minds.ts'
import { answerOf, brokenDays, nextReport, oldDays } from './nature.ts'
import {
  type Open,
  type WorldOptions,
  createRandom,
  createWorld,
  dayMs,
  facts,
  poisson,
} from './world.ts'

/** The world of a run and what may be spent in it. */
export interface Run extends WorldOptions {
  /** Days before anything is counted. */
  readonly warmUpDays: number
  /** Looks an avatar and 30 days. */
  readonly budget: number
}

/** What came of it, after the warm-up. */
export interface Outcome {
  /** Views of a broken picture (redirect) or of an old one (copy), of a million. */
  readonly bad: number
  /** Looks, and looks that the budget allowed in the same time. */
  readonly looks: number
  readonly allowed: number
  /** The most that was ever spent beyond what time had brought. */
  readonly overdrawn: number
  /** Deaths found by looks, and living pictures that people saw called dead. */
  readonly found: number
  readonly mistaken: number
  /** 1 / omega² at the end: views that a look must save. */
  readonly price: number
}

const tickMs = 30 * 60_000
const hourMs = 3_600_000
/** Far above what the budget needs: here the budget is what is measured. */
const pace = 500
/** Silent polls in the life of a token, the last half a day before its end. */
const polls = 4
const pollDays = (facts.tokenDays - 0.5) / polls

/** Runs one policy. The same run gives the same outcome. */
export function simulate(run: Run, policy: Policy): Outcome {
  const { people, budget } = run
  const { mode, signals } = policy
  const world = createWorld(run)
  const { viewRates } = world
  const random = createRandom(run.seed + 77)
  const limits = { pace, budget }
  const clairvoyant = policy.mind === 'clairvoyant'
  const mind = createMind(policy, { world, mode, limits, signals })
  const reports = signals && mode === 'redirect'
  const opensTold = signals && mode === 'copy'
  // Only ours has to learn how important somebody is.
  const learns = policy.mind === 'ours'
  const compares = signals || policy.loginsOnly === true
  const warmAt = run.warmUpDays * dayMs
  const endAt = run.days * dayMs

  const memories = Array.from({ length: people }, (_, person) => ({
    belief: mind.keep(person, freshBelief(0)),
    importance: freshImportance(0),
    tokenExpiresAt: Math.round(random() * facts.tokenDays * dayMs) as number | null,
  }))
  const tauDays = new Float64Array(people).fill(30)
  const changeAt = new Float64Array(people)
  const gone = new Uint8Array(people)
  const countedAt = new Float64Array(people)
  const pollsLeft = new Uint8Array(people)
  const reportCounts = new Int32Array(people)
  const reportsSince = new Float64Array(people).fill(-Infinity)
  const hints = new Int32Array(people)
  const pending: (Open | null)[] = Array.from({ length: people }, () => null)
  const [sweep, urgent, opens, pollTimes, reportTimes, changes] = [
    createHeap(people),
    createHeap(people),
    createHeap(people),
    createHeap(people),
    createHeap(people),
    createHeap(people),
  ]

  let clock = freshClock('wechat', 0, limits)
  let alive = people
  let bad = 0
  let looks = 0
  let counted = 0
  let allowed = 0
  let allowedInAll = 0
  let overdrawn = 0
  let found = 0
  let mistaken = 0

  const memoryOf = (person: number) => memories[person] as (typeof memories)[number]
  const isChanged = (person: number, at: number): boolean => at >= (changeAt[person] ?? 0)
  const believe = (person: number, belief: Belief): void => {
    memoryOf(person).belief = mind.keep(person, belief)
  }
  const canAsk = (person: number, at: number): boolean => {
    const { tokenExpiresAt } = memoryOf(person)
    return tokenExpiresAt !== null && at < tokenExpiresAt
  }

  /** Counts the bad views of a change that is over, after the warm-up. */
  function settle(person: number, at: number): void {
    const since = changeAt[person] ?? 0
    const badDays = mode === 'copy' ? oldDays : brokenDays
    const days = badDays(since, at) - badDays(since, Math.min(at, Math.max(warmAt, since)))
    bad += Math.max(0, days) * (viewRates[person] ?? 0)
  }

  function countViews(person: number, at: number): void {
    const days = (at - (countedAt[person] ?? 0)) / dayMs
    if (!learns || days < 0.25) return
    countedAt[person] = at
    const memory = memoryOf(person)
    // What a count that was kept day by day would have left of them.
    const window = (30 / Math.LN2) * (1 - 2 ** (-days / 30))
    const count = poisson(random, (viewRates[person] ?? 0) * window)
    memory.importance = addViews(memory.importance, count, at)
  }

  function replan(person: number, at: number): void {
    if (clairvoyant) return
    const memory = memoryOf(person)
    if (!isWorthSweeping(memory, mode, at, opensTold)) {
      sweep.remove(person)
      return
    }
    countViews(person, at)
    const next = mind.plan(person, memory, clock, at)
    tauDays[person] = next.tauDays
    sweep.set(person, next.nextCheckAt)
  }

  /** A new source, or the old one that was wrongly given up. */
  function acquire(person: number, at: number): void {
    const wasGone = gone[person] === 1
    // With redirects nothing is shown of a source that was given up; with a copy, the old picture is.
    if (mode === 'copy' || !wasGone) settle(person, at)
    if (wasGone) {
      gone[person] = 0
      alive++
    }
    changeAt[person] = world.nextChange(person, at)
    believe(person, renew(memoryOf(person).belief, at))
    urgent.remove(person)
    hints[person] = 0
    replan(person, at)
    if (reports) expectReport(person, at)
    if (clairvoyant) changes.set(person, changeAt[person] ?? Infinity)
  }

  function giveUp(person: number, at: number): void {
    if (isChanged(person, at)) {
      if (at >= warmAt) found++
    } else if (at >= warmAt) mistaken++
    if (mode === 'redirect') settle(person, at)
    believe(person, learnChange(memoryOf(person).belief, at))
    gone[person] = 1
    alive--
    sweep.remove(person)
    urgent.remove(person)
    reportTimes.remove(person)
  }

  /** The platform says what the picture is now. */
  function askPlatform(person: number, at: number): void {
    const { belief } = memoryOf(person)
    if (isChanged(person, at)) {
      believe(person, learnChange(belief, at))
      acquire(person, at)
    } else {
      believe(person, confirm(belief, at))
      urgent.remove(person)
      replan(person, at)
    }
  }

  function grant(person: number, at: number): void {
    memoryOf(person).tokenExpiresAt = Math.round(at + facts.tokenDays * dayMs)
    if (!opensTold) return
    pollsLeft[person] = polls - 1
    pollTimes.set(person, at + pollDays * dayMs)
  }

  function ask(person: number, at: number, asked: readonly Answer[]): Answer | null {
    return answerOf(changeAt[person] ?? 0, at, asked, random)
  }

  /** A look at somebody who is not given up: paid for by the caller, second opinions out of turn. */
  function look(person: number, at: number, reported: number): void {
    looks++
    const first = ask(person, at, [])
    const { belief } = memoryOf(person)
    if (first === null) {
      believe(person, unknownLook(belief))
      if (signals) urgent.set(person, retryAt(memoryOf(person).belief, tauDays[person] ?? 1, at))
      else replan(person, at)
      return
    }
    urgent.remove(person)
    if (first === 'gone' && canAsk(person, at)) {
      if (isChanged(person, at) && at >= warmAt) found++
      askPlatform(person, at)
      return
    }
    if (!signals) {
      if (first === 'gone') giveUp(person, at)
      else {
        believe(person, confirm(belief, at))
        replan(person, at)
      }
      return
    }
    const before = hinted(belief, reported)
    const answers = [first]
    let weighing = weigh(before, clock, answers, mode, at)
    for (let asked = 1; needsAnother(weighing, asked, reported); asked++) {
      looks++
      clock = spend(clock, { event: 1 })
      const answer = ask(person, at, answers)
      if (answer === null) continue
      answers.push(answer)
      weighing = weigh(before, clock, answers, mode, at)
    }
    if (weighing.kind === 'dead') {
      giveUp(person, at)
    } else if (weighing.kind === 'alive') {
      believe(person, confirm(belief, at))
      replan(person, at)
    } else {
      believe(person, suspect(belief, weighing.logOdds))
      replan(person, at)
      urgent.set(person, suspectAt(tauDays[person] ?? 1, clock, at))
    }
  }

  function lookOutOfTurn(person: number, at: number, reported: number): boolean {
    if (allowance(clock, 1).event < 1) return false
    clock = spend(clock, { event: 1 })
    look(person, at, reported)
    return true
  }

  function expectReport(person: number, at: number): void {
    const next = nextReport(changeAt[person] ?? 0, at, viewRates[person] ?? 0, random)
    reportTimes.set(person, next)
  }

  function report(person: number, at: number): void {
    if (at - (reportsSince[person] ?? 0) > hourMs) {
      reportsSince[person] = at
      reportCounts[person] = 0
    }
    const count = (reportCounts[person] ?? 0) + 1
    reportCounts[person] = count
    countViews(person, at)
    if (count >= mind.hintsWorth(person, memoryOf(person), clock, at)) {
      reportCounts[person] = 0
      if (canAsk(person, at)) askPlatform(person, at)
      else {
        hints[person] = count
        urgent.set(person, at)
      }
    }
    if (gone[person] === 0) expectReport(person, at)
  }

  function open(person: number, { at, login, agrees }: Open): void {
    const memory = memoryOf(person)
    if (learns) memory.importance = addOpen(memory.importance)
    if (login) {
      if (learns) memory.importance = addLogin(memory.importance)
      grant(person, at)
      if (gone[person] === 1) acquire(person, at)
      else if (compares) askPlatform(person, at)
      return
    }
    if (gone[person] === 0 && opensTold) {
      countViews(person, at)
      if (mind.worthAtOpen(person, memory, clock, at)) lookOutOfTurn(person, at, 0)
    }
    if (gone[person] === 1 && agrees) {
      grant(person, at)
      acquire(person, at)
    }
  }

  function expectOpen(person: number): void {
    const next = world.nextOpen(person)
    pending[person] = next
    if (next === null) opens.remove(person)
    else opens.set(person, next.at)
  }

  function poll(person: number, at: number): void {
    const left = pollsLeft[person] ?? 0
    if (left === 0) pollTimes.remove(person)
    else {
      pollsLeft[person] = left - 1
      pollTimes.set(person, at + pollDays * dayMs)
    }
    if (gone[person] === 0 && canAsk(person, at)) askPlatform(person, at)
  }

  function learnAtOnce(person: number, at: number): void {
    changes.remove(person)
    giveUp(person, at)
    if (canAsk(person, at)) acquire(person, at)
  }

  function happen(until: number): void {
    for (;;) {
      const next = Math.min(
        opens.firstKey,
        pollTimes.firstKey,
        reportTimes.firstKey,
        changes.firstKey,
      )
      if (next > until) return
      if (next === opens.firstKey) {
        const person = opens.first
        const now = pending[person]
        expectOpen(person)
        if (now) open(person, now)
      } else if (next === pollTimes.firstKey) poll(pollTimes.first, next)
      else if (next === reportTimes.firstKey) report(reportTimes.first, next)
      else learnAtOnce(changes.first, next)
    }
  }

  function sweepAsAllowed(now: number): void {
    while (urgent.firstKey <= now) {
      const person = urgent.first
      if (!lookOutOfTurn(person, now, hints[person] ?? 0)) break
      hints[person] = 0
    }
    for (let left = allowance(clock, people).sweep; left > 0; left--) {
      const person = sweep.first
      if (person < 0 || allowance(clock, 1).sweep < 1) return
      const due = sweep.firstKey
      if (!isWorthSweeping(memoryOf(person), mode, now, opensTold)) {
        // The token ran out: the next open will do, and no look is spent.
        sweep.remove(person)
        left++
        continue
      }
      clock = spend(clock, { sweep: 1 }, due)
      // Taken: whatever the look says, the row is planned anew or waits out of turn.
      sweep.set(person, due + clock.omega * (tauDays[person] ?? 1))
      look(person, now, 0)
    }
  }

  for (let person = 0; person < people; person++) {
    changeAt[person] = world.nextChange(person, 0)
    expectOpen(person)
    if (reports) expectReport(person, 0)
    if (clairvoyant) changes.set(person, changeAt[person] ?? Infinity)
    const share = random()
    replan(person, 0)
    if (sweep.has(person)) sweep.set(person, clock.omega * 30 * share)
  }
  clock = turn(clock, alive, 1)
  for (let now = tickMs; now <= endAt; now += tickMs) {
    const before = looks
    happen(now)
    const granted = ((clock.live / 30) * budget * tickMs) / dayMs
    clock = refill(clock, limits, now)
    if (!clairvoyant) sweepAsAllowed(now)
    allowedInAll += granted
    overdrawn = Math.max(overdrawn, looks - allowedInAll)
    if (now > warmAt) {
      counted += looks - before
      allowed += granted
    }
    if (now % hourMs === 0) clock = turn(clock, alive, now)
  }
  for (let person = 0; person < people; person++) {
    if (mode === 'copy' || gone[person] === 0) settle(person, endAt)
  }
  const views = viewRates.reduce((sum, rate) => sum + rate, 0) * (run.days - run.warmUpDays)
  return {
    bad: (bad / views) * 1e6,
    looks: counted,
    allowed,
    overdrawn,
    found,
    mistaken,
    price: 1 / clock.omega ** 2,
  }
}
