// Wires keeper, worker and the steps of background work; the loops that repeat the steps are in loops.ts.
import { budgeted, turn } from '../core/clock.ts'
import type { Pictures } from '../pictures/pictures.ts'
import { reconcile } from '../pictures/reconcile.ts'
import type { Claim, Store } from '../store/store.ts'
import { type CountingKeeper, createKeeper } from './create-keeper.ts'
import { removeUnused } from './keeping.ts'
import type { Work } from './keeper.ts'
import { type Worker, type WorkerParts, createWorker, leaseMs } from './worker.ts'

/** What jobs are made from. */
export interface JobsParts extends Omit<WorkerParts, 'onPicture'> {
  readonly hosts: readonly string[]
  readonly suspectAt: number
  readonly placeholderAt: number
  readonly historyMs: number
  readonly copiesMs: number
  /** Avatars claimed at once for each provider. */
  readonly batch: number
  /** Looks on their way at each provider: one that never answers must not take all places of the prober. Absent: `batch`. */
  readonly looksAtOnce?: number
  /** There is work out of turn. */
  readonly onWork: () => void
  /** Milliseconds that one sweep waits for slow hosts; their looks go on behind it. Absent: until all have ended. */
  readonly patienceMs?: number
}

/** The keeper, and the steps of background work. */
export interface Jobs {
  readonly keeper: CountingKeeper
  readonly work: Work
}

/** Remembered answers to requests are kept for so long. */
const answersMs = 86_400_000
const trimAtOnce = 5_000
const namesAtOnce = 1_000
/** Bytes younger than this may be on their way to a row. */
const strayAfterMs = 3_600_000
/** After a claim of which nothing could be settled; doubled each time. */
const firstRestMs = 500
const longestRestMs = 30_000

/** Makes the jobs. */
export function createJobs(parts: JobsParts): Jobs {
  const { store, pictures, now, patienceMs } = parts
  /** Looks on their way at each provider, and the claims that they belong to. */
  const looking = new Map<string, number>()
  const underWay = new Set<Promise<void>>()
  const rest = createRest(now)
  const worker: Worker = createWorker({
    ...parts,
    onPicture: (rawSha256) => keeper.suspect(rawSha256),
  })
  const keeper = createKeeper({ ...parts, worker, onPicture: async () => {} })

  /** Looks at a claim; whoever asks for the sweep need not wait for it. */
  function begin(claim: Claim): Promise<void> {
    const { provider } = claim.clock
    const count = (by: number) => looking.set(provider, (looking.get(provider) ?? 0) + by)
    count(claim.due.length)
    const work = worker
      .work(claim, () => count(-1))
      .then((failed) => (failed < claim.due.length ? rest.well() : rest.failed()))
      .finally(() => underWay.delete(work))
    underWay.add(work)
    return work
  }

  async function sweep(): Promise<number> {
    if (rest.isOn()) return 0
    const clocks = await store.clocks()
    const claims = await Promise.all(
      clocks.flatMap(({ provider }) => {
        const { limits, owner, batch, looksAtOnce = batch } = parts
        const room = looksAtOnce - (looking.get(provider) ?? 0)
        if (room <= 0) return []
        const max = Math.min(batch, room)
        return [store.claim({ provider, limits, now: now(), max, leaseMs, owner })]
      }),
    )
    const taken = claims.filter(({ due }) => due.length > 0)
    const all = Promise.all(taken.map(begin))
    await (patienceMs === undefined ? all : within(patienceMs, all))
    return taken.reduce((sum, { due }) => sum + due.length, 0)
  }

  async function turnClocks(): Promise<void> {
    const { providers } = await store.stats(now())
    for (const { provider } of await store.clocks()) {
      const live = budgeted(providers.find((one) => one.provider === provider)?.standings ?? {})
      await store.turnClock(provider, (clock) => turn(clock, live, now()))
    }
  }

  async function ended(): Promise<void> {
    while (underWay.size > 0) await Promise.all(underWay)
  }

  async function tidy(): Promise<void> {
    for (let more = true; more;) {
      const { removed, pictures: unused } = await store.trim({
        historyBefore: now() - parts.historyMs,
        answersBefore: now() - answersMs,
        copiesBefore: now() - parts.copiesMs,
        max: trimAtOnce,
      })
      await removeUnused(parts, unused)
      more = removed >= trimAtOnce
    }
  }

  return {
    keeper,
    work: {
      sweep,
      turnClocks,
      tidy,
      flush: () => keeper.flush(),
      reconcile: () => reconcileAll(store, pictures, now),
      ended,
    },
  }
}

/** When looks fail for reasons of our own (the disk is full, the store is away), asking on would only trouble providers. */
function createRest(now: () => number): { well(): void; failed(): void; isOn(): boolean } {
  let failures = 0
  let until = 0
  return {
    well() {
      failures = 0
    },
    failed() {
      until = now() + Math.min(longestRestMs, firstRestMs * 2 ** Math.min(failures++, 10))
    },
    isOn() {
      const left = until - now()
      // Further away than any rest: the clock was set back.
      return left > 0 && left <= longestRestMs
    },
  }
}

/** Waits for work, but no longer than that. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  await Promise.race([work, promise])
  clearTimeout(timer)
}

async function reconcileAll(
  store: Store,
  pictures: Pictures,
  now: () => number,
): Promise<{ missing: number; stray: number }> {
  const { missing, strays } = await reconcile({
    pictures,
    rows: namesOf(store),
    known: (names) => store.known(names),
    now: now(),
    minAgeMs: strayAfterMs,
    async onMissing(sha256) {
      await pictures.hold(sha256, async () => {
        if (!(await pictures.has(sha256))) await store.losePicture(sha256, now())
      })
    },
    onStray: (sha256) => removeUnused({ store, pictures }, [sha256]),
  })
  return { missing, stray: strays }
}

/** Names of all pictures that rows know, in pages. */
async function* namesOf(store: Store): AsyncIterable<readonly string[]> {
  let after: string | null = null
  for (;;) {
    const names: readonly string[] = await store.pictureNames(after, namesAtOnce)
    if (names.length === 0) return
    yield names
    after = names.at(-1) ?? null
  }
}
