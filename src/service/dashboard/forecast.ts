// What other budgets would buy, for the people there are: the plan of a sample of them at the price that such a budget
// comes to. Pure; docs/scheduling.md explains price and plan.
import type { Avatar } from '../../core/avatar.ts'
import { changeProbability } from '../../core/belief.ts'
import { type Clock, type Limits, meanIntervalDays } from '../../core/clock.ts'
import { viewsADay } from '../../core/importance.ts'
import { type Mode, plan } from '../../core/schedule.ts'

/** What one budget buys. */
export interface Outlook {
  /** Looks an avatar and 30 days. */
  readonly budget: number
  /** Looks a day over all avatars that are swept. */
  readonly looksADay: number
  /** Days between two looks at an avatar: at half of them less, at nine of ten less. */
  readonly medianDays: number
  readonly longDays: number
  /** Of all views, the share that falls between a change of the picture and the look that finds it. */
  readonly staleViews: number
}

/** Budgets beside the one in force, as multiples of it. */
const multiples = [0.25, 0.5, 1, 2, 4]
/** The speed is sought until it spends the budget to a hundredth of a per cent; of forty powers of ten. */
const near = 1e-4
const rounds = 60
const leastPower = -10
const mostPower = 10
const dayMs = 86_400_000

/**
 * The outlook at five budgets, the one in force in the middle; none without people.
 * @param sample swept avatars of one provider
 * @param live how many there are
 */
export function forecast(
  sample: readonly Avatar[],
  clock: Clock,
  { limits, mode, live, now }: { limits: Limits; mode: Mode; live: number; now: number },
): readonly Outlook[] {
  if (sample.length === 0 || live === 0) return []
  return multiples.map((times) => {
    const terms = { ...limits, budget: limits.budget * times }
    const omega = speedFor(sample, clock, terms, mode, live, now)
    const days = daysAt(sample, { ...clock, omega, live }, terms, mode, now)
    const inOrder = days.toSorted((a, b) => a - b)
    return {
      budget: terms.budget,
      looksADay: live * mean(days.map((one) => 1 / one)) || 0,
      medianDays: inOrder[Math.floor(inOrder.length / 2)] ?? 0,
      longDays: inOrder[Math.floor(inOrder.length * 0.9)] ?? 0,
      staleViews: staleViews(sample, days, now),
    }
  })
}

/**
 * The speed of the clock at which the sample spends this budget and no more: between two powers of ten, where the line
 * through what both spend says, or in their middle where that has not helped. What is spent is nearly a power of the speed,
 * so that a handful of plans for everybody do.
 */
function speedFor(
  sample: readonly Avatar[],
  clock: Clock,
  limits: Limits,
  mode: Mode,
  live: number,
  now: number,
): number {
  const wanted = 1 / meanIntervalDays({ ...clock, live }, limits)
  /** How many times too much is spent, as a logarithm. */
  const excess = (power: number): number => {
    const at = { ...clock, omega: 10 ** power, live }
    return Math.log(mean(daysAt(sample, at, limits, mode, now).map((days) => 1 / days)) / wanted)
  }
  let low = { power: leastPower, excess: excess(leastPower) }
  let high = { power: mostPower, excess: excess(mostPower) }
  for (let round = 0; round < rounds && low.excess < 0 && high.excess > 0; round++) {
    const width = high.power - low.power
    const line = low.power - (low.excess * width) / (high.excess - low.excess)
    const power = round % 3 === 2 ? low.power + width / 2 : line
    const tried = { power, excess: excess(power) }
    // A faster clock is a lower price, and more looks.
    if (tried.excess > 0) high = tried
    else low = tried
    if (Math.abs(tried.excess) < near) return 10 ** power
  }
  // Even the fastest spends too little, or the slowest too much: intervals have bounds.
  return 10 ** (high.excess <= 0 ? mostPower : low.power)
}

function daysAt(
  sample: readonly Avatar[],
  clock: Clock,
  limits: Limits,
  mode: Mode,
  now: number,
): number[] {
  return sample.map((avatar) => plan(avatar, clock, limits, mode, now).tauDays)
}

/** Half an interval after a look, on average, the picture has changed with this probability. */
function staleViews(sample: readonly Avatar[], days: readonly number[], now: number): number {
  let stale = 0
  let all = 0
  for (const [at, { belief, importance }] of sample.entries()) {
    const views = viewsADay(importance, now)
    const fresh = { ...belief, confirmedAt: now }
    stale += views * changeProbability(fresh, now + ((days[at] ?? 0) / 2) * dayMs)
    all += views
  }
  return all === 0 ? 0 : stale / all
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
}
