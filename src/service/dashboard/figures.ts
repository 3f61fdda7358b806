// What pages are drawn from, asked of the store as seldom as can be: a hundred open dashboards cost what one costs.
import { type Clock, budgeted } from '../../core/clock.ts'
import type { DayFigures, Lately } from '../../store/figures.ts'
import type { ApiKey, Stats, Store, StoredEvent, Suspect } from '../../store/store.ts'
import { createCounted } from './counted.ts'

/** Figures, a little late. Every verb rejects as the store does. */
export interface Figures {
  stats(): Promise<Stats>
  /** Those that were not turned since somebody came there count their people as they will be counted then. */
  clocks(): Promise<readonly Clock[]>
  /** The last 90 days that were counted. */
  days(): Promise<readonly DayFigures[]>
  lately(): Promise<Lately>
  newestEvents(): Promise<readonly StoredEvent[]>
  suspects(): Promise<readonly Suspect[]>
  keys(): Promise<readonly ApiKey[]>
  pending(): Promise<readonly string[]>
  /** Something was done here: what it may have changed is counted anew. */
  outdate(): void
}

/** What figures are read from. */
export type FigureSource = Pick<
  Store,
  | 'stats'
  | 'clocks'
  | 'days'
  | 'lately'
  | 'newestEvents'
  | 'suspects'
  | 'keys'
  | 'pending'
  | 'countDays'
>

const dayMs = 86_400_000
const liveMs = 2_000
const slowMs = 5_000
const calmMs = 60_000
const shownDays = 90
/** Looks that the page of providers is drawn from. */
export const latestLooks = 5_000
const latestEvents = 60
/** Figures of days are added to so often. */
export const countEveryMs = 60_000

/** Reads figures through a store. */
export function createFigures(store: FigureSource, now: () => number): Figures {
  const counted = {
    stats: createCounted(() => store.stats(now()), liveMs, now),
    clocks: createCounted(readClocks, liveMs, now),
    days: createCounted(() => store.days(dayOf(now() - shownDays * dayMs)), slowMs, now),
    lately: createCounted(() => store.lately(now(), latestLooks), slowMs, now),
    newestEvents: createCounted(() => store.newestEvents(latestEvents), liveMs, now),
    suspects: createCounted(() => store.suspects(), liveMs, now),
    keys: createCounted(() => store.keys(), slowMs, now),
    pending: createCounted(() => store.pending(), calmMs, now),
  }

  async function readClocks(): Promise<readonly Clock[]> {
    const clocks = await store.clocks()
    if (clocks.every(({ live }) => live > 0)) return clocks
    const { providers } = await counted.stats.read()
    const people = new Map(providers.map((one) => [one.provider, budgeted(one.standings)]))
    return clocks.map((clock) =>
      clock.live > 0 ? clock : { ...clock, live: people.get(clock.provider) ?? 0 },
    )
  }

  return {
    stats: counted.stats.read,
    clocks: counted.clocks.read,
    days: counted.days.read,
    lately: counted.lately.read,
    newestEvents: counted.newestEvents.read,
    suspects: counted.suspects.read,
    keys: counted.keys.read,
    pending: counted.pending.read,
    outdate() {
      for (const one of [counted.stats, counted.newestEvents, counted.suspects]) one.outdate()
    },
  }
}

/**
 * The step of background work that adds to the figures of days; true when there is more to add. Any number of processes
 * may do it.
 */
export function createDayCount(
  store: Pick<Store, 'stats' | 'countDays'>,
  now: () => number,
): () => Promise<boolean> {
  // Much to add takes many steps; how things stand is counted once for them.
  const stats = createCounted(() => store.stats(now()), countEveryMs / 2, now)
  return async () => {
    const { standings, copies } = await stats.read()
    return await store.countDays({ standings, copies }, now())
  }
}

/** The day of a time, UTC: `2026-11-22`. */
export function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}
