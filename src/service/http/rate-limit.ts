// How often somebody may ask: a number of requests in a window of a minute that begins with the first. The answer's
// headers are those of the IETF draft "RateLimit header fields for HTTP". Counted in this process alone.
import { LRUCache } from 'lru-cache'

/** What came of asking for leave. */
export interface Turn {
  readonly taken: boolean
  /** For the answer: `RateLimit`, `RateLimit-Policy`, and `Retry-After` when leave was not given. */
  readonly headers: Readonly<Record<string, string>>
}

/** Counts for one kind of askers. */
export interface RateLimit {
  /** Takes leave for one request. */
  take(who: string): Turn
}

const windowSeconds = 60
/** So many askers are remembered. Whoever was forgotten begins anew: a bound on memory is worth that. */
const remembered = 50_000

/**
 * @param name stands in the headers
 * @param quota requests a minute; 0 for no bound
 */
export function createRateLimit(name: string, quota: number, now: () => number): RateLimit {
  if (quota <= 0) return { take: () => ({ taken: true, headers: {} }) }
  const windows = new LRUCache<string, { startedAt: number; used: number }>({ max: remembered })
  const policy = `"${name}";q=${quota};w=${windowSeconds}`
  return {
    take(who) {
      const at = now()
      let window = windows.get(who)
      if (
        window === undefined ||
        at - window.startedAt >= windowSeconds * 1000 ||
        at < window.startedAt
      ) {
        window = { startedAt: at, used: 0 }
        windows.set(who, window)
      }
      const taken = window.used < quota
      if (taken) window.used++
      const seconds = Math.max(1, Math.ceil((window.startedAt - at) / 1000 + windowSeconds))
      const headers = {
        'RateLimit-Policy': policy,
        RateLimit: `"${name}";r=${quota - window.used};t=${seconds}`,
      }
      return { taken, headers: taken ? headers : { ...headers, 'Retry-After': String(seconds) } }
    },
  }
}
