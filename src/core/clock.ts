// One price clock for each provider: the budget that the sweep spends and the pace that the provider is asked at.
// Pure: a clock is a value, every function makes the next one. See docs/scheduling.md for the algorithm.
import type { Standing } from './avatar.ts'

/** The state of a provider's clock; one row in the store, shared by all workers. */
export interface Clock {
  readonly provider: string
  /** How far the sweep has come: virtual days. */
  readonly v: number
  /** Speed of `v`, virtual days a day. The price of a look is 1 / omega². */
  readonly omega: number
  /** `v` when the speed was last measured, and when that was (milliseconds UTC). */
  readonly vSeen: number
  readonly seenAt: number
  /** Avatars that the budget is for, counted when the speed was last measured. */
  readonly live: number
  /** Looks that may start now: by politeness, for the sweep, for looks out of turn. */
  readonly paceTokens: number
  readonly sweepTokens: number
  readonly eventTokens: number
  readonly refilledAt: number
  /** Looks a second that the provider bears, as far as we know. */
  readonly pace: number
  /** When the provider last said "slow down", milliseconds UTC; 0 for never. */
  readonly slowedAt: number
  /** Days from the first dead edge to the last. */
  readonly deathDays: number
  /** Share of looks that say "gone" of a living picture. */
  readonly spurious: number
}

/** What the operator allows. */
export interface Limits {
  /** Looks a second at a provider, at the most. */
  readonly pace: number
  /** Looks an avatar and 30 days that the sweep and what follows from it may spend. */
  readonly budget: number
  /** Nobody is swept more often than once in so many days, whatever the budget; absent: four times a day. */
  readonly leastDays?: number
}

const dayMs = 86_400_000
const monthDays = 30
/** Of the budget, the part that looks out of turn may take: without a bound they would starve the sweep. */
const eventShare = 0.6
/** The pace saves up two seconds: a worker that comes by every second loses nothing, and the provider sees a stream. */
const paceBurstSeconds = 2
/** The budget saves up an hour for the sweep: enough for slow workers, too little for a flood after a pause. */
const sweepBurstDays = 1 / 24
/** What happens out of turn comes in bursts; it may save up a quarter of a day. */
const eventBurstDays = 1 / 4
/** Whatever the rate, so many whole looks may be saved up: a few avatars are owed one in hours, and then get it. */
const leastBurst = 3
/** From standing still to the operator's pace in an hour: the budget is spent over months and can wait. */
const regrowthDays = 1 / 24
/** Looks on their way when a provider says "slow down" hear it too; within this time it counts once. */
const onceWithinMs = 5_000
/** The slowest pace: one look in five seconds, or an eighth of an operator's pace that is slow anyway. */
const slowest = 0.2
/** Nobody is swept more often than four times a day, unless the limits say so: a face does not change faster. */
export const leastDays = 0.25
/** Of a mistaken speed, 30 % are mended in a day. */
const keptADay = 0.7
/** A speed that differs more than so many times from the last one is a stall or a jump, not a measurement. */
const mostChange = 3
/** The speed is measured over about twenty looks of a normal budget: fewer say little. */
const windowLooks = 20
const longestWindowDays = 4
/** After a longer silence nobody was at work, and the distance says nothing of the speed. */
const silenceDays = 7
/** Machines differ by seconds. Whoever wrote a time so far ahead of ours had a wrong clock: it is not waited for. */
const skewDays = 1 / 24
/** Prices from 10^-18 to 10^18: beyond, arithmetic suffers and nobody lives there. */
const slowestSpeed = 1e-9
const fastestSpeed = 1e9
/** Counting in fractions must not cost a whole look. */
const rounding = 1e-9
/** What a clock expects before it knows anybody: one view a day, one change in half a year. */
const typicalDays = Math.sqrt(2 * 180)
/** However small its budget is: that may be raised later. */
const longestStartDays = 300

/** Looks that are paid for: by the sweep's part of the budget, by that of looks out of turn, or by pace alone. */
export interface Spent {
  /** Rows taken in their turn. */
  readonly sweep?: number
  /** Looks out of turn: hints, suspicions, retries, second opinions. */
  readonly event?: number
  /** First contacts, and looks that a person asked for. */
  readonly free?: number
}

/** Whole looks that may start. */
export interface Allowance {
  /** All together, of the sweep, out of turn and free: the other two may be more than this when added up. */
  readonly total: number
  readonly sweep: number
  readonly event: number
}

/**
 * A clock that nobody has used. Its price is that of an average avatar at this budget; it finds the right one by itself.
 * `limits.pace` is finite and above 0.
 */
export function freshClock(provider: string, now: number, limits: Limits): Clock {
  const omega = typicalDays / Math.min(longestStartDays, intervalDays(limits))
  return {
    provider,
    v: 0,
    omega,
    vSeen: 0,
    seenAt: now,
    live: 0,
    paceTokens: paceBurst(limits.pace),
    sweepTokens: 0,
    eventTokens: 0,
    refilledAt: now,
    pace: limits.pace,
    slowedAt: 0,
    deathDays: 7,
    spurious: 0.001,
  }
}

/** What a look must save to be worth its place in the budget: views. */
export function price(clock: Clock): number {
  return 1 / clock.omega ** 2
}

/** Days between two looks at an avatar if all were looked at equally often; Infinity without a budget. */
export function meanIntervalDays(clock: Clock, limits: Limits): number {
  return Math.max(intervalDays(limits), clock.live / (limits.pace * 86_400))
}

/**
 * Adds what time has brought: leave by pace, and the budget for `clock.live` avatars, 60 % of it for looks out of turn;
 * what these do not use flows to the sweep. All is bounded: a pause is not made up for. The pace grows back towards the
 * operator's. Time that goes backwards changes nothing, unless a clock that was far ahead was set right: it counts from there.
 */
export function refill(clock: Clock, limits: Limits, now: number): Clock {
  const days = (now - clock.refilledAt) / dayMs
  if (!(days > 0)) return days < -skewDays ? { ...clock, refilledAt: now } : clock
  const top = limits.pace
  const start = Math.min(clock.pace, top)
  const growth = top / regrowthDays
  const growing = Math.min(days, (top - start) / growth)
  const pace = growing < days ? top : start + growth * growing
  const meanPace = (((start + pace) / 2) * growing + top * (days - growing)) / days

  const wanted = clock.live / intervalDays(limits)
  const looksADay = Math.min(wanted, meanPace * 86_400)
  const eventBurst = Math.max(leastBurst, wanted * eventShare * eventBurstDays)
  const sweepBurst = Math.max(leastBurst, wanted * sweepBurstDays)
  const earned = looksADay * days
  const events = clock.eventTokens + earned * eventShare
  const overflow = Math.max(0, Math.min(events - eventBurst, earned * eventShare))
  return {
    ...clock,
    pace,
    paceTokens: Math.min(paceBurst(pace), clock.paceTokens + meanPace * 86_400 * days),
    eventTokens: Math.min(events, eventBurst),
    sweepTokens: Math.min(sweepBurst, clock.sweepTokens + earned * (1 - eventShare) + overflow),
    refilledAt: now,
  }
}

/**
 * How many looks may start, at most `max`. Second opinions may overdraw what is there for looks out of turn; until that
 * is paid back, the sweep waits as well, so that the whole stays within the budget.
 */
export function allowance(clock: Clock, max: number): Allowance {
  const total = whole(clock.paceTokens, max)
  const event = whole(clock.eventTokens, total)
  const sweep = whole(clock.sweepTokens + Math.min(0, clock.eventTokens), total)
  return { total, sweep, event }
}

/**
 * Pays for looks. Free ones cost pace alone.
 * @param maxDue the largest `nextCheckAt` of the rows that the sweep took: the clock has come so far
 */
export function spend(clock: Clock, looks: Spent, maxDue?: number): Clock {
  const { sweep = 0, event = 0, free = 0 } = looks
  const v = maxDue !== undefined && Number.isFinite(maxDue) ? Math.max(clock.v, maxDue) : clock.v
  return {
    ...clock,
    v,
    paceTokens: clock.paceTokens - sweep - event - free,
    sweepTokens: clock.sweepTokens - sweep,
    eventTokens: clock.eventTokens - event,
  }
}

/** The provider said "slow down": half the pace, once for all who hear it within five seconds. Never quite nothing. */
export function slowDown(clock: Clock, limits: Limits, now: number): Clock {
  if (clock.slowedAt !== 0 && Math.abs(now - clock.slowedAt) < onceWithinMs) return clock
  const filled = refill(clock, limits, now)
  const floor = Math.min(slowest, limits.pace / 8)
  const pace = Math.max(floor, filled.pace / 2)
  return {
    ...filled,
    pace,
    paceTokens: Math.min(filled.paceTokens, paceBurst(pace)),
    slowedAt: now,
  }
}

/**
 * The hourly measurement of the clock's speed, and with it of the price. Nothing happens within the hour, except that a
 * clock without avatars learns of its first ones. For few avatars the measurement takes longer, up to four days.
 * @param live avatars that the budget is for, counted now
 */
export function turn(clock: Clock, live: number, now: number): Clock {
  const days = (now - clock.seenAt) / dayMs
  if (days < -skewDays) return { ...clock, live, vSeen: clock.v, seenAt: now }
  if (!(days >= 1 / 24)) return clock.live === 0 && live > 0 ? { ...clock, live } : clock
  const window = Math.min(longestWindowDays, (windowLooks * monthDays) / Math.max(1, live))
  // With nobody to look at, the clock stands still and that says nothing.
  const idle = clock.live === 0 || live === 0
  if (idle || days > silenceDays) return { ...clock, live, vSeen: clock.v, seenAt: now }
  // Nobody was taken in turn: that is no speed either, but it counts as time once somebody is.
  if (days < window || !(clock.v > clock.vSeen))
    return clock.live === live ? clock : { ...clock, live }
  const { omega } = clock
  const speed = bound((clock.v - clock.vSeen) / days, omega / mostChange, omega * mostChange)
  const turned = omega * (speed / omega) ** (1 - keptADay ** days)
  return {
    ...clock,
    live,
    omega: bound(turned, slowestSpeed, fastestSpeed),
    vSeen: clock.v,
    seenAt: now,
  }
}

/** When the sweep is expected to come to a row at the present speed, milliseconds UTC; now for what is overdue. */
export function dueAt(clock: Clock, nextCheckAt: number, now: number): number {
  const days = Math.max(0, nextCheckAt - clock.v) / clock.omega
  return Math.min(Number.MAX_SAFE_INTEGER, Math.round(now + days * dayMs))
}

/**
 * How many avatars the budget is for: all that have a source to look at, in turn or not. Without those who are looked at only
 * when their person comes, or only again because they are gone, a provider that has no others would never be asked.
 * @param counts avatars of one provider by standing
 */
export function budgeted(counts: Readonly<Partial<Record<Standing, number>>>): number {
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0)
  return all - (counts.uploaded ?? 0)
}

function intervalDays(limits: Limits): number {
  return Math.max(limits.leastDays ?? leastDays, monthDays / limits.budget)
}

function paceBurst(pace: number): number {
  return Math.max(1, pace * paceBurstSeconds)
}

function whole(tokens: number, max: number): number {
  return Math.max(0, Math.floor(Math.min(max, tokens + rounding)))
}

function bound(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value))
}
