// Repeats the steps of background work, each at its own pace, until told to stop. A step that fails is told of and tried
// again later, ever later while it keeps failing: a store that is away comes back to a service that waits for it.
import type { Work } from './keeper.ts'
import type { Attending } from './people.ts'

/** One step that is repeated. */
export interface Loop {
  /** For logs. */
  readonly name: string
  /** Does a bounded piece of work; true when there may be more to do at once. */
  readonly step: () => Promise<boolean>
  /** Milliseconds between the end of a step and the next start, when there is nothing more to do. */
  readonly everyMs: number
  /** Also starts at once when woken. */
  readonly wakes?: boolean
  /** Waits before the first step. */
  readonly later?: boolean
}

/** Running loops. */
export interface Loops {
  start(): void
  /** There is work: loops that wake start at once. */
  wake(): void
  /** No new step starts; resolves when those on their way have ended. */
  stop(): Promise<void>
}

/** A failing step is tried again after so long, doubled each time, up to half a minute. */
const firstPauseMs = 500
const longestPauseMs = 30_000

/** The loops of a worker. Several sweeps run beside each other: while one waits for hosts, another claims. */
export function workLoops(work: Work, deliver: () => Promise<number>): readonly Loop[] {
  const sweep = async (): Promise<boolean> => (await work.sweep()) > 0
  return [
    { name: 'sweep', step: sweep, everyMs: 1_000, wakes: true },
    { name: 'sweep', step: sweep, everyMs: 1_000, later: true },
    { name: 'sweep', step: sweep, everyMs: 1_000, later: true },
    { name: 'deliver', step: async () => (await deliver()) > 0, everyMs: 1_000, wakes: true },
    { name: 'flush', step: nothingMore(() => work.flush()), everyMs: 5_000, later: true },
    { name: 'clocks', step: nothingMore(() => work.turnClocks()), everyMs: 2 * 60_000 },
    { name: 'tidy', step: nothingMore(() => work.tidy()), everyMs: 3_600_000, later: true },
    { name: 'reconcile', step: nothingMore(() => work.reconcile()), everyMs: 86_400_000 },
  ]
}

/** The loops that attend to people. */
export function peopleLoops(attending: Attending): readonly Loop[] {
  const attend = async (): Promise<boolean> => (await attending.attend()) > 0
  const act = async (): Promise<boolean> => (await attending.actOnPushed()) > 0
  return [
    { name: 'attend', step: attend, everyMs: 1_000, wakes: true },
    { name: 'pushed', step: act, everyMs: 1_000, wakes: true },
    { name: 'spent', step: nothingMore(() => attending.tidy()), everyMs: 3_600_000, later: true },
  ]
}

function nothingMore(step: () => Promise<unknown>): () => Promise<boolean> {
  return async () => {
    await step()
    return false
  }
}

/** @param onTrouble hears of every step that failed */
export function createLoops(
  loops: readonly Loop[],
  onTrouble: (error: unknown, name: string) => void,
): Loops {
  const running: Promise<void>[] = []
  const sleepers = new Set<() => void>()
  let stopped = false

  /** Sleeps; a wake, where wanted, or the stop ends it. */
  async function pause(ms: number, wakes: boolean): Promise<void> {
    if (stopped) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, ms)
    if (wakes) sleepers.add(resolve)
    stops.add(resolve)
    await promise
    clearTimeout(timer)
    sleepers.delete(resolve)
    stops.delete(resolve)
  }
  const stops = new Set<() => void>()

  async function run(loop: Loop): Promise<void> {
    let failures = 0
    if (loop.later === true) await pause(loop.everyMs, false)
    while (!stopped) {
      try {
        const more = await loop.step()
        failures = 0
        if (!more) await pause(loop.everyMs, loop.wakes === true)
      } catch (error) {
        onTrouble(error, loop.name)
        await pause(Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failures++, 10)), false)
      }
    }
  }

  return {
    start() {
      for (const loop of loops) running.push(run(loop))
    },
    wake() {
      for (const wake of sleepers) wake()
    },
    async stop() {
      stopped = true
      for (const end of stops) end()
      await Promise.all(running)
    },
  }
}
