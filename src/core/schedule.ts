// When to look again: an avatar is due when the views that a look is expected to save are worth the price of a look.
// Pure; the formulas and what they bring are explained in docs/scheduling.md.
import type { Avatar, Belief, Importance } from './avatar.ts'
import { changeProbability, changeRate } from './belief.ts'
import { type Clock, type Limits, leastDays, meanIntervalDays, price } from './clock.ts'
import { loginsADay, opensADay, viewsADay } from './importance.ts'

/** What people see: our copy of the picture, or the source itself by a redirect. */
export type Mode = 'copy' | 'redirect'

/** What `solveTau` weighs: rates are a day, all numbers at least 0. */
export interface Question {
  readonly views: number
  /** Changes of the picture. */
  readonly changeRate: number
  /** Reports of pages while the picture is broken. */
  readonly reportRate: number
  /** Logins, each a look for nothing. */
  readonly loginRate: number
  /** Days from a change that we know of to the new picture; 0 when it can be fetched at once. */
  readonly waitDays: number
  /** Days from the first dead edge to the last. */
  readonly deathDays: number
  readonly mode: Mode
  /** Views that a look must save. */
  readonly price: number
  readonly minDays: number
  readonly maxDays: number
}

/** What is known of an app beside its avatars. */
export interface Known {
  /** Share of broken views that pages report, 0 to 1; 0 where no page reports. */
  readonly reported?: number
  /** Views a day of an avatar of which nothing is known. */
  readonly typicalViews?: number
}

/** The next look in turn: on the provider's clock (virtual days), and in days at the present price. */
export interface Plan {
  readonly nextCheckAt: number
  readonly tauDays: number
}

const dayMs = 86_400_000
const hourMs = 3_600_000
/** An open of the app ends in a new authorization half the time, if it is asked for. */
const agreed = 0.5
/** A wait that may never end is counted as eight years. */
const longestWaitDays = 3000
/** Nobody is forgotten: looked at after so many days, or four mean intervals where the budget is small. */
const longestDays = 240
const meanIntervals = 4
/** No avatar waits longer than a century, whatever the budget. */
const centuryDays = 36_500
/** An interval is so many steps long at the least, and less than eight times as many: lengths of steps are powers of eight. */
const fewestSteps = 4
/** So few are spread over a step by their numbers even if their provider has fewer, or nobody has counted yet. */
const fewestPlaces = 64
/** Reports of living pictures, a share of those that would be reported if they were broken. */
const falseReports = 0.002
/** A hundredth of a needless look an avatar and day is borne in any case. */
const falseLooksADay = 0.01

/**
 * Days until a look is worth its price, between `minDays` and `maxDays`: the first moment at which the expected saving
 * reaches it. Any finite numbers from 0 up give a finite answer.
 */
export function solveTau(question: Question): number {
  const { minDays, maxDays, deathDays, mode } = question
  const least = Math.min(minDays, maxDays)
  const gain = question.views * question.changeRate
  if (!(gain > 0)) return maxDays
  if (!(question.price > 0)) return least
  const doubled = (2 * question.price * (1 + question.changeRate * question.waitDays)) / gain
  const tau = cross(question, least, maxDays, Math.sqrt(doubled))
  // Gradual death makes the first days worth more, so the saving may have reached the price before, and fallen again.
  const kink = Math.min(maxDays, deathDays * kinks[mode])
  if (!(tau > kink && kink > least)) return tau
  return compare(question, kink * (1 - 1e-9)).slope < 0 ? earlier(question, least, kink, tau) : tau
}

/** The next look at an avatar in its turn. */
export function plan(
  avatar: Pick<Avatar, 'id' | 'belief' | 'importance' | 'tokenExpiresAt'>,
  clock: Clock,
  limits: Limits,
  mode: Mode,
  now: number,
  known: Known = {},
): Plan {
  const { belief, importance } = avatar
  const { reported = 0, typicalViews } = known
  const views = viewsADay(importance, now, typicalViews)
  const interval = meanIntervalDays(clock, limits)
  const tauDays = solveTau({
    views,
    changeRate: changeRate(belief),
    reportRate:
      mode === 'redirect' && reported > 0
        ? (reported * views) / hintsWorth(avatar, clock, now, known)
        : 0,
    loginRate: loginsADay(importance, now),
    waitDays: canRenew(avatar, now) ? 0 : waitDays(importance, now),
    deathDays: clock.deathDays,
    mode,
    price: price(clock),
    minDays: limits.leastDays ?? leastDays,
    maxDays: Math.min(centuryDays, Math.max(longestDays, meanIntervals * interval)),
  })
  return { nextCheckAt: placeInSweep(avatar.id, clock, clock.omega * tauDays), tauDays }
}

/**
 * Where on the clock an avatar stands whose next look is due in `days` virtual days: up to an eighth of them sooner or later,
 * so that the sweep passes through the people in the order of their numbers, which is that of their rows. Time is divided
 * into steps, and everybody has a place in a step by their number; so whoever is looked at together lies together in the
 * store, and lies together again the next time. Equals do not come at once, however they came in.
 */
export function placeInSweep(
  id: number,
  { v, live }: Pick<Clock, 'v' | 'live'>,
  days: number,
): number {
  const step = 8 ** Math.floor(Math.log2(days / fewestSteps) / 3)
  const places = Math.max(fewestPlaces, live)
  const share = (id % places) / places
  const at = (Math.round((v + days) / step - share) + share) * step
  // Not a number where nothing is to be divided.
  return at > v ? at : v + days
}

/**
 * Whether the sweep should look at an avatar at all. With an own copy, somebody who cannot be renewed silently is better
 * looked at when they come: knowing it earlier changes nothing.
 * @param opensTold the app tells of opens, so that there is such a moment
 */
export function isWorthSweeping(
  avatar: Pick<Avatar, 'tokenExpiresAt'>,
  mode: Mode,
  now: number,
  opensTold: boolean,
): boolean {
  return mode === 'redirect' || !opensTold || canRenew(avatar, now)
}

/**
 * When to look again after a look that taught nothing, milliseconds UTC. To be called with the belief that counts that
 * look; every further one doubles the wait, up to seven days.
 * @param first nobody has seen the picture yet and its bytes are wanted: minutes, not hours
 */
export function retryAt(belief: Belief, tauDays: number, now: number, first = false): number {
  const once = first ? 2 * 60_000 : Math.max(hourMs, 0.05 * tauDays * dayMs)
  const doublings = Math.min(30, Math.max(0, belief.unknownStreak - 1))
  return Math.round(now + Math.min(7 * dayMs, once * 2 ** doublings))
}

/** When to look again at somebody under suspicion, milliseconds UTC: soon, but not before other edges may have died. */
export function suspectAt(tauDays: number, clock: Clock, now: number): number {
  const days = Math.min(tauDays, clock.deathDays / 3, 2)
  return Math.round(now + Math.max(hourMs, days * dayMs))
}

/**
 * With an own copy: whether a look is worth its price now that the person has opened the app. Not for those who can be
 * renewed silently: asking their platform costs no look.
 */
export function worthAtOpen(
  avatar: Pick<Avatar, 'belief' | 'importance' | 'tokenExpiresAt'>,
  clock: Clock,
  now: number,
  known: Known = {},
): boolean {
  if (canRenew(avatar, now)) return false
  const { belief, importance } = avatar
  const views = viewsADay(importance, now, known.typicalViews) * waitDays(importance, now)
  return changeProbability(belief, now) * views * agreed > price(clock)
}

/**
 * How many reports of pages within an hour are worth a look at this avatar. To wait for one more lets `1 / reported` more
 * views break at every change; not to wait costs looks at living pictures, at the present price.
 */
export function hintsWorth(
  avatar: Pick<Avatar, 'belief' | 'importance'>,
  clock: Clock,
  now: number,
  known: Known = {},
): number {
  const { reported = 0, typicalViews } = known
  const bearable = changeRate(avatar.belief) / (reported * price(clock))
  const views = viewsADay(avatar.importance, now, typicalViews)
  return hintsNeeded(views, reported, falseReports, Math.max(falseLooksADay, bearable))
}

/**
 * The fewest reports within an hour that living pictures give rise to at most `bearable` times a day.
 * @param reported share of broken views that are reported
 * @param mistaken share of those reports that would come of a living picture
 * @param bearable looks a day that may be for nothing
 */
export function hintsNeeded(
  viewsADay: number,
  reported: number,
  mistaken = falseReports,
  bearable = falseLooksADay,
): number {
  const mean = (viewsADay * reported * mistaken) / 24
  if (!(mean > 0)) return 1
  // Far out, a Poisson count is normal; 3.4 deviations are rare enough for any bound.
  if (mean > 100) return Math.ceil(mean + 3.4 * Math.sqrt(mean)) + 1
  const rare = Math.max(1e-9, bearable / 24)
  let term = Math.exp(-mean)
  let tail = -Math.expm1(-mean)
  let count = 1
  while (tail > rare) {
    term *= mean / count
    tail -= term
    count++
  }
  return count
}

function canRenew({ tokenExpiresAt }: Pick<Avatar, 'tokenExpiresAt'>, now: number): boolean {
  return tokenExpiresAt !== null && now < tokenExpiresAt
}

/** Days until the person comes by and brings the new picture. */
function waitDays(importance: Importance, now: number): number {
  const comes = loginsADay(importance, now) + opensADay(importance, now) * agreed
  return Math.min(longestWaitDays, 1 / comes)
}

/** Up to this part of `deathDays` an interval meets a death half done; beyond, it no longer matters. */
const kinks: Readonly<Record<Mode, number>> = {
  copy: (1.2533 / 1.66) ** 2,
  redirect: (1.05 / 1.8) ** 2,
}
/** Newton's last step may be so long (of ln τ): what remains is its square. */
const lastStep = 1e-4
const mostSteps = 100

/** How the saving after some days compares with the price: ln of the ratio, and its slope over ln τ. */
interface Compared {
  readonly gap: number
  readonly slope: number
}

function compare(question: Question, days: number): Compared {
  const { views, changeRate, reportRate, loginRate, waitDays, deathDays, mode } = question
  const k = changeRate + reportRate
  const kt = k * days
  const lt = loginRate * days
  let saved: number
  let savedNow: number
  let leftK: number
  if (kt + lt < 0.01) {
    // The closed form below takes the difference of almost equal numbers here.
    leftK = 1 - kt + (kt * kt) / 2
    const second = (kt * kt + kt * lt) / 4 + (lt * lt) / 12
    saved = ((days * days) / 2) * (1 - (2 * kt + lt) / 3 + second)
    savedNow = days * leftK * (1 - lt / 2 + (lt * lt) / 6)
  } else {
    const goneK = -Math.expm1(-kt)
    const goneL = -Math.expm1(-lt)
    leftK = 1 - goneK
    const heldL = lt > 0 ? goneL / loginRate : days
    const both = (goneK + goneL - goneK * goneL) / (k + loginRate)
    saved = loginRate > k ? (goneK / k - both) / loginRate : (both - leftK * heldL) / k
    savedNow = leftK * heldL
  }
  const dormant = changeRate * waitDays
  const waiting =
    dormant > 0 ? dormant * (reportRate > 0 ? Math.exp(-changeRate * days) : leftK) : 0
  const weight = mode === 'copy' ? 1 + waiting : (1 + waiting) / (1 + dormant)
  let factor = 1
  let factorSlope = 0
  if (deathDays > 0) {
    const root = Math.sqrt(days / deathDays)
    if (mode === 'redirect') {
      factor = Math.max(0.95, 2 - 1.8 * root)
      if (factor > 0.95) factorSlope = (-0.9 * root) / factor
    } else {
      factor = Math.max(1, 1.2533 / root - 0.66)
      if (factor > 1) factorSlope = -0.62665 / root / factor
    }
  }
  return {
    gap: Math.log((views * changeRate * saved * factor) / (question.price * weight)),
    slope: (days * savedNow) / saved + factorSlope + (waiting * changeRate * days) / (1 + waiting),
  }
}

/** Where the gap crosses 0 between two moments: Newton on ln τ, held within what is known of both sides. */
function cross(question: Question, least: number, most: number, guess: number): number {
  let low = least
  let high = most
  let sure = false
  let at = guess > least ? Math.min(most, guess) : least
  for (let step = 0; step < mostSteps; step++) {
    const { gap, slope } = compare(question, at)
    if (gap < 0) {
      if (at >= most) return most
      low = at
    } else {
      if (at <= least) return least
      high = at
      sure = true
    }
    const move = -gap / slope
    const next = slope > 0 ? at * Math.exp(move) : Number.NaN
    if (slope > 0 && Math.abs(move) < lastStep) return Math.min(high, Math.max(low, next))
    if (next > low && next < high) at = next
    else if (next >= high && !sure) at = most
    else if (next <= low && low === least && least > 0) at = least
    else at = low > 0 ? Math.sqrt(low * high) : high / 16
    if (high - low <= 1e-9 * high) break
  }
  return Math.min(most, Math.max(least, at))
}

/** The crossing before `kink`, if there is one: uphill from a moment that is surely too early. */
function earlier(question: Question, least: number, kink: number, otherwise: number): number {
  const { mode, deathDays, changeRate, waitDays } = question
  const doubled = (2 * question.price) / (question.views * changeRate)
  let at =
    mode === 'redirect'
      ? Math.sqrt(doubled / (2 * (1 + changeRate * waitDays)))
      : (doubled / (1.2533 * Math.sqrt(deathDays))) ** (2 / 3)
  at = Math.max(at, least, Number.MIN_VALUE)
  for (let step = 0; step < mostSteps && at < kink; step++) {
    const { gap, slope } = compare(question, at)
    if (gap >= -lastStep) return at
    // Over the top without having reached the price.
    if (!(slope > 0)) return otherwise
    at *= Math.exp(-gap / slope)
  }
  return otherwise
}
