// How many calls of one interface an app may make: in a minute (45011) and in a day of China (45009), by the
// simulated clock. What exceeds a bound is refused and does not count.
import type { App } from './apps.ts'
import type { Clock } from './clock.ts'
import type { Errcode } from './errcodes.ts'

/** Counts calls. */
export interface Quota {
  /** Counts one call; 0 where it is let through. */
  take(app: App, path: string): Errcode
}

interface Count {
  minute: number
  inMinute: number
  day: number
  inDay: number
}

/** Nobody has called yet. */
export function createQuota(clock: Clock): Quota {
  const counts = new Map<string, Count>()
  return {
    take(app, path) {
      const minute = Math.floor(clock.now() / 60_000)
      const day = Math.floor((clock.now() + 28_800_000) / 86_400_000)
      const key = `${app.appid} ${path}`
      const count = counts.get(key) ?? { minute, inMinute: 0, day, inDay: 0 }
      counts.set(key, count)
      if (count.minute !== minute) Object.assign(count, { minute, inMinute: 0 })
      if (count.day !== day) Object.assign(count, { day, inDay: 0 })
      if (count.inDay >= app.perDay) return 45009
      if (count.inMinute >= app.perMinute) return 45011
      count.inDay++
      count.inMinute++
      return 0
    },
  }
}
