// How much an avatar matters: how often it is shown, and how often its person comes by. Rates are never 0: who was not
// seen yet may be seen tomorrow. Pure; counts may come late and in any order.
import type { Importance } from './avatar.ts'

const dayMs = 86_400_000
const halfLifeDays = 30
/** Days whose views the fading count holds when it has run for ever: 43. */
const fullWindowDays = halfLifeDays / Math.LN2

/** An avatar that we hear of for the first time at `at`. */
export function freshImportance(at: number): Importance {
  return { views: 0, viewsAt: at, logins: 0, opens: 0, firstSeenAt: at }
}

/** The avatar was shown `count` times around `at`. Counts fade with a half-life of 30 days. */
export function addViews(importance: Importance, count: number, at: number): Importance {
  const viewsAt = Math.max(importance.viewsAt, at)
  const views =
    importance.views * fading(viewsAt - importance.viewsAt) + count * fading(viewsAt - at)
  return { ...importance, views, viewsAt }
}

/** A login at which the source was compared. */
export function addLogin(importance: Importance): Importance {
  return { ...importance, logins: importance.logins + 1 }
}

/** An open of the app. */
export function addOpen(importance: Importance): Importance {
  return { ...importance, opens: importance.opens + 1 }
}

/**
 * Expected views a day, above 0.
 * @param typical views a day of somebody of whom nothing is known
 */
export function viewsADay(importance: Importance, at: number, typical = 1): number {
  const views = importance.views * fading(Math.max(0, at - importance.viewsAt))
  const knownMs = Math.max(0, at - importance.firstSeenAt)
  return rate(views, fullWindowDays * (1 - fading(knownMs)), typical)
}

/**
 * Expected logins a day, above 0.
 * @param typical logins a day of somebody of whom nothing is known
 */
export function loginsADay(importance: Importance, at: number, typical = 0.04): number {
  return rate(importance.logins, Math.max(0, at - importance.firstSeenAt) / dayMs, typical)
}

/**
 * Expected opens of the app a day, above 0.
 * @param typical opens a day of somebody of whom nothing is known
 */
export function opensADay(importance: Importance, at: number, typical = 0.2): number {
  return rate(importance.opens, Math.max(0, at - importance.firstSeenAt) / dayMs, typical)
}

/** Half an event in the time that half an event typically takes stands for what is not known. */
function rate(count: number, days: number, typical: number): number {
  return (count + 0.5) / (days + 0.5 / typical)
}

/** What is left of a count after `ms`. */
function fading(ms: number): number {
  return 2 ** (-ms / (halfLifeDays * dayMs))
}
