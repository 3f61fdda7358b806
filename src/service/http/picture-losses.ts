// What goes wrong with the bytes of pictures, told once and not for every page view: bytes that are lost are hinted at, so
// that somebody looks for them, and a store of bytes that is away is said to be away, and back.
import { LRUCache } from 'lru-cache'
import type { Keeper } from '../../jobs/keeper.ts'
import type { Log } from '../log.ts'

/** Takes note of losses. */
export interface Losses {
  /** The bytes of the copy that a subject shows are not there. */
  found(subject: string, sha256: string): void
  /** The store of bytes could not be reached. */
  unreachable(error: Error): void
  /** The store of bytes answered. */
  reachable(): void
}

/** The same loss is told again after a minute. */
const onceInMs = 60_000

/** Makes a note-taker; remembers at most 10,000 losses. */
export function createLosses(options: {
  log: Log
  keeper: Pick<Keeper, 'hint'>
  now: () => number
}): Losses {
  const { log, keeper, now } = options
  const toldAt = new LRUCache<string, number>({ max: 10_000 })
  let away = false
  return {
    found(subject, sha256) {
      const at = now()
      const before = toldAt.get(subject)
      if (before !== undefined && at >= before && at - before < onceInMs) return
      toldAt.set(subject, at)
      log.warn({ sha256 }, 'the bytes of a copy are missing; the initials are shown')
      keeper.hint(subject)
    },
    unreachable(error) {
      if (away) return
      away = true
      log.warn({ err: error }, 'the store of pictures cannot be reached; those in memory are shown')
    },
    reachable() {
      if (!away) return
      away = false
      log.info({}, 'the store of pictures can be reached again')
    },
  }
}
