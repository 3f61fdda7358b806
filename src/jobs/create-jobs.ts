// Wires keeper, worker and the steps of background work; the loops that repeat the steps are in loops.ts.
import { turn } from '../core/clock.ts'
import type { Pictures } from '../pictures/pictures.ts'
import { reconcile } from '../pictures/reconcile.ts'
import type { Claim, Store } from '../store/store.ts'
import { type CountingKeeper, createKeeper, removeUnused } from './create-keeper.ts'
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
  /** There is work out of turn. */
  readonly onWork: () => void
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

/** Makes the jobs. */
export function createJobs(parts: JobsParts): Jobs {
  const { store, pictures, now } = parts
  const worker: Worker = createWorker({
    ...parts,
    onPicture: (rawSha256) => keeper.suspect(rawSha256),
  })
  const keeper = createKeeper({ ...parts, worker, onPicture: async () => {} })

  async function sweep(): Promise<number> {
    const clocks = await store.clocks()
    const counts = await Promise.all(
      clocks.map(async ({ provider }) => {
        const claim: Claim = await store.claim({
          provider,
          limits: parts.limits,
          now: now(),
          max: parts.batch,
          leaseMs,
          owner: parts.owner,
        })
        await worker.work(claim)
        return claim.due.length
      }),
    )
    return counts.reduce((sum, count) => sum + count, 0)
  }

  async function turnClocks(): Promise<void> {
    for (const { provider } of await store.clocks()) {
      const live = await store.swept(provider)
      await store.turnClock(provider, (clock) => turn(clock, live, now()))
    }
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
    },
  }
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
      await store.losePicture(sha256, now())
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
