// The price clocks as the interface tells of them: read at most every few seconds, whoever asks.
import { type Clock, type Limits, freshClock } from '../../core/clock.ts'
import type { Store } from '../../store/store.ts'
import { createKept } from './kept.ts'

/** Clocks, a little late. */
export interface Clocks {
  all(): Promise<readonly Clock[]>
  /** The clock of a provider; a fresh one when it has none yet. */
  of(provider: string): Promise<Clock>
}

const keptMs = 5_000

/** Reads clocks through a store. */
export function createClocks(options: {
  store: Pick<Store, 'clocks'>
  limits: Limits
  now: () => number
}): Clocks {
  const { store, limits, now } = options
  const read = createKept(() => store.clocks(), keptMs, now)
  return {
    all: read,
    async of(provider) {
      const clocks = await read()
      return (
        clocks.find((clock) => clock.provider === provider) ?? freshClock(provider, now(), limits)
      )
    },
  }
}
