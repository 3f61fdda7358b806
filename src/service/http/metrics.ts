// Figures for Prometheus: one registry for each app. What the store knows is read when somebody scrapes; a store that
// is away takes its own figures with it and nothing else. `docs/metrics.md` explains every name.
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import { type Clock, price } from '../../core/clock.ts'
import type { Clocks } from './clocks.ts'
import type { Gauges } from './gauges.ts'

/** Counts and tells. */
export interface Metrics {
  /** A request was answered; `route` is a pattern, never a path. */
  answered(request: { method: string; route: string; status: number; seconds: number }): void
  /** Lines of a batch had an outcome. */
  batched(outcome: 'registered' | 'denied', lines: number): void
  /** A request was remembered, or answered from memory. */
  idempotent(outcome: 'remembered' | 'replayed'): void
  readonly contentType: string
  /** The exposition. Never rejects because the store is away. */
  text(): Promise<string>
}

const dayMs = 86_400_000

/** Seconds; from a picture in memory to a look that waits for a platform. */
const buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** Makes the registry of one app. The figures of the process begin with the first scrape. */
export function createMetrics(options: {
  gauges: Gauges
  clocks: Clocks
  /** Answers of picture routes that no other figure counts. */
  pictureCounts: () => readonly {
    readonly route: string
    readonly status: number
    readonly count: number
  }[]
  now: () => number
}): Metrics {
  const { gauges, clocks, pictureCounts, now } = options
  const registry = new Registry()
  const registers = [registry]
  const gauge = (name: string, help: string, labelNames: readonly string[] = []) =>
    new Gauge({ name: `everface_${name}`, help, labelNames, registers })

  const http = new Histogram({
    name: 'everface_http_request_duration_seconds',
    help: 'Seconds from a request to the head of its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets,
    registers,
  })
  const lines = new Counter({
    name: 'everface_batch_lines_total',
    help: 'Lines of batches, by outcome.',
    labelNames: ['outcome'],
    registers,
  })
  const idempotency = new Counter({
    name: 'everface_idempotent_requests_total',
    help: 'Requests with an Idempotency-Key, by outcome.',
    labelNames: ['outcome'],
    registers,
  })
  const shown = new Counter({
    name: 'everface_picture_answers_total',
    help: 'Answers of the picture routes that were given without the rest of the interface.',
    labelNames: ['route', 'status'],
    registers,
  })
  const storeUp = gauge('store_up', '1 when the store answered this scrape, else 0.')
  const avatars = gauge('avatars', 'Avatars, by provider and standing.', ['provider', 'standing'])
  const copies = gauge('avatars_with_copy', 'Avatars that show a picture from our store.')
  const pictures = gauge('pictures', 'Pictures in our store.')
  const pictureBytes = gauge(
    'picture_bytes',
    'Bytes of the pictures in our store, without variants.',
  )
  const suspects = gauge('placeholder_suspects', 'Bytes under suspicion that nobody has judged.')
  const overdue = gauge('looks_overdue', 'Looks out of turn that are overdue.')
  const overdueAge = gauge('looks_overdue_seconds', 'How long the oldest overdue look has waited.')
  const deliveries = gauge('deliveries', 'Webhook deliveries under way or failed.', ['state'])
  const byProvider = ['provider']
  const pace = gauge('provider_pace', 'Looks a second that the provider bears.', byProvider)
  const slowed = gauge(
    'provider_slowed_timestamp_seconds',
    'When the provider last said "slow down"; 0 for never.',
    byProvider,
  )
  const cost = gauge('clock_price', 'What a look must save to be worth it: 1 / speed².', byProvider)
  const live = gauge('clock_avatars', 'Avatars that the sweep is for.', byProvider)
  const lag = gauge('sweep_lag_seconds', 'How far the sweep is behind its own speed.', byProvider)

  async function readStore(): Promise<void> {
    const perAvatar = [avatars, pace, slowed, cost, live, lag]
    for (const one of perAvatar) one.reset()
    const [stats, all] = await Promise.all([gauges.stats(), clocks.all()])
    for (const { provider, standings } of stats.providers) {
      for (const [standing, count] of Object.entries(standings)) {
        avatars.set({ provider, standing }, count)
      }
    }
    copies.set(stats.copies)
    pictures.set(stats.pictures)
    pictureBytes.set(stats.pictureBytes)
    suspects.set(stats.suspects)
    overdue.set(stats.overdue)
    const since = stats.oldestOverdueAt
    overdueAge.set(since === null ? 0 : Math.max(0, now() - since) / 1000)
    for (const [state, count] of Object.entries(stats.deliveries)) deliveries.set({ state }, count)
    for (const clock of all) {
      const { provider } = clock
      pace.set({ provider }, clock.pace)
      slowed.set({ provider }, clock.slowedAt / 1000)
      cost.set({ provider }, price(clock))
      live.set({ provider }, clock.live)
      lag.set({ provider }, lagSeconds(clock, now()))
    }
  }

  let first = true
  return {
    contentType: registry.contentType,
    answered({ method, route, status, seconds }) {
      http.observe({ method, route, status }, seconds)
    },
    batched(outcome, count) {
      lines.inc({ outcome }, count)
    },
    idempotent(outcome) {
      idempotency.inc({ outcome })
    },
    async text() {
      if (first) collectDefaultMetrics({ register: registry })
      first = false
      shown.reset()
      for (const { route, status, count } of pictureCounts()) shown.inc({ route, status }, count)
      try {
        await readStore()
        storeUp.set(1)
      } catch {
        // That the store is away is said by `everface_store_up`; figures of before would be lies.
        const stored = [copies, pictures, pictureBytes, suspects, overdue, overdueAge, deliveries]
        for (const one of stored) one.reset()
        storeUp.set(0)
      }
      return registry.metrics()
    },
  }
}

/** Where the clock would stand at its measured speed, less where it stands: as time, never below 0. */
function lagSeconds(clock: Clock, now: number): number {
  const expected = clock.vSeen + (clock.omega * Math.max(0, now - clock.seenAt)) / dayMs
  return (Math.max(0, expected - clock.v) / clock.omega) * 86_400
}
