// How fast one host is asked: a token bucket whose rate halves when the host says "slow down" and grows back slowly
// (additive increase, multiplicative decrease). One object a host; time is handed in.

/** The pace of one host. Times are monotonic milliseconds. */
export interface Pace {
  /** Takes leave for one request: 0 when it may start now, else the milliseconds to wait before asking again. */
  take(now: number): number
  /** An answer came that was no throttle. */
  well(now: number): void
  /** The host asked to slow down; `retryAfterMs` when it said for how long. */
  throttled(now: number, retryAfterMs: number | null): void
  /** Requests a second that are allowed now; Infinity when unbounded. */
  readonly rate: number
}

/** Requests in flight when a host says "slow down" say it again; within this time they count once. */
const onceWithinMs = 1_000
/** Slowed so often without one good answer in between, a host is left alone … */
const mostSlowings = 8
/** … for so long. */
const restMs = 10 * 60_000
/** The slowest pace: one request in five seconds. */
const floor = 0.2
/** However long a host asks us to stay away, one request a day finds out whether it still means it. */
const longestMs = 86_400_000
/** Growth a second, as a share of the ceiling. */
const growth = 0.02

/** @param ceiling requests a second; 0 or Infinity for no bound */
export function createPace(ceiling: number): Pace {
  const top = ceiling > 0 ? ceiling : Infinity
  let rate = top
  // Where growth ends: the ceiling, or without one the speed that was too fast.
  let reach = top
  let tokens = burst(rate)
  let filledAt = -1
  let pausedUntil = 0
  let slowedAt = -Infinity
  let slowings = 0
  let windowStart = 0
  let windowCount = 0
  let measured = 0

  function fill(now: number): void {
    if (filledAt < 0) filledAt = now
    tokens = Math.min(burst(rate), tokens + ((now - filledAt) / 1000) * rate)
    filledAt = now
  }

  return {
    get rate() {
      return rate
    },
    take(now) {
      if (now < pausedUntil) return Math.ceil(pausedUntil - now)
      windowCount++
      if (now - windowStart >= 1_000) {
        measured = (windowCount * 1_000) / Math.max(1, now - windowStart)
        windowStart = now
        windowCount = 0
      }
      if (rate === Infinity) return 0
      fill(now)
      if (tokens >= 1) {
        tokens -= 1
        return 0
      }
      windowCount--
      return Math.max(1, Math.ceil(((1 - tokens) / rate) * 1000))
    },
    well(now) {
      slowings = 0
      if (rate === top) return
      fill(now)
      rate += (growth * reach) / Math.max(rate, 1)
      if (rate >= reach) rate = top
    },
    throttled(now, retryAfterMs) {
      if (retryAfterMs !== null)
        pausedUntil = Math.max(pausedUntil, now + Math.min(retryAfterMs, longestMs))
      if (now - slowedAt < onceWithinMs) return
      slowedAt = now
      if (++slowings >= mostSlowings) pausedUntil = Math.max(pausedUntil, now + restMs)
      if (rate === Infinity) {
        reach = Math.max(measured, windowCount, 1)
        rate = reach
      }
      rate = Math.max(Math.min(floor, top), rate / 2)
      tokens = Math.min(tokens, burst(rate))
      filledAt = now
    },
  }
}

/** A tenth of a second's worth may go at once, one at least. */
function burst(rate: number): number {
  return Math.max(1, rate / 10)
}
