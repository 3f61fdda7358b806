// What we believe of how often a person changes the picture: a Gamma distribution on the rate, which time without a
// change and changes themselves sharpen. Pure; evidence may come late and in any order.
import type { Belief } from './avatar.ts'

const dayMs = 86_400_000
/** Before any evidence: one change in 180 days, give or take a lot. */
const priorAlpha = 0.6
const priorBeta = 0.6 * 180
/** What one good answer takes off a suspicion. */
const relief = 0.9
/** Where so few changes were expected, the short form is exact to 1 %. */
const soon = 0.02

/** The belief on somebody new whose source is known to be current at `at`. */
export function freshBelief(at: number): Belief {
  return { alpha: priorAlpha, beta: priorBeta, confirmedAt: at, suspect: 0, unknownStreak: 0 }
}

/** The source was current at `at`: by a look, a login or a silent poll. Confirmations may come in any order. */
export function confirm(belief: Belief, at: number): Belief {
  return {
    alpha: belief.alpha,
    beta: belief.beta + daysUnconfirmed(belief, at),
    confirmedAt: Math.max(belief.confirmedAt, at),
    suspect: Math.max(0, belief.suspect - relief),
    unknownStreak: 0,
  }
}

/**
 * The source was found to have changed since it was last confirmed: the Gamma distribution with the mean and the
 * variance of the exact posterior. To be called once a change; what follows is `renew`.
 */
export function learnChange(belief: Belief, at: number): Belief {
  const days = daysUnconfirmed(belief, at)
  const settled = { ...belief, suspect: 0, unknownStreak: 0 }
  // Confirmed later than this was seen: the news is of a change that we know.
  if (days === 0) return settled
  const { alpha, beta } = belief
  const short = { ...settled, alpha: alpha + 1, beta: beta + days / 2 }
  if (days * Math.max(1, alpha) < soon * beta) return short
  const stretch = Math.log1p(days / beta)
  const p0 = -Math.expm1(-alpha * stretch)
  const p1 = -Math.expm1(-(alpha + 1) * stretch)
  const p2 = -Math.expm1(-(alpha + 2) * stretch)
  const mean = ((alpha / beta) * p1) / p0
  const variance = ((alpha * (alpha + 1)) / beta ** 2) * (p2 / p0) - mean ** 2
  const matched = { ...settled, alpha: mean ** 2 / variance, beta: mean / variance }
  return variance > 0 && Number.isFinite(matched.alpha) && Number.isFinite(matched.beta)
    ? matched
    : short
}

/** A look taught nothing: only the next one comes later for it. */
export function unknownLook(belief: Belief): Belief {
  return { ...belief, unknownStreak: belief.unknownStreak + 1 }
}

/** Keeps evidence in suspense that is not enough to call the picture gone: log-odds, as `weigh` gives them. */
export function suspect(belief: Belief, logOdds: number): Belief {
  return { ...belief, suspect: Math.max(0, logOdds), unknownStreak: 0 }
}

/** A new source came, current at `at`. Nothing is learnt from the time spent waiting for it. */
export function renew(belief: Belief, at: number): Belief {
  const confirmedAt = Math.max(belief.confirmedAt, at)
  return { ...belief, confirmedAt, suspect: 0, unknownStreak: 0 }
}

/** How likely it is that the picture has changed since it was last confirmed, before any look: 0 to 1. */
export function changeProbability(belief: Belief, at: number): number {
  return -Math.expm1(-belief.alpha * Math.log1p(daysUnconfirmed(belief, at) / belief.beta))
}

/** Expected changes a day. */
export function changeRate(belief: Belief): number {
  return belief.alpha / belief.beta
}

/** Days since the source was last known to be current; 0 when that was later than `at`. */
export function daysUnconfirmed(belief: Belief, at: number): number {
  return Math.max(0, at - belief.confirmedAt) / dayMs
}
