// Figures of the whole, which cost a count over all avatars: kept for some seconds for all who ask.
import type { Stats, Store } from '../../store/store.ts'
import { createKept } from './kept.ts'

/** Figures, a little late. */
export interface Gauges {
  stats(): Promise<Stats>
}

const keptMs = 10_000

/** Reads figures through a store. */
export function createGauges(options: { store: Pick<Store, 'stats'>; now: () => number }): Gauges {
  const { store, now } = options
  return { stats: createKept(() => store.stats(now()), keptMs, now) }
}
