// Looks at leased avatars and has the results recorded in batches. Bytes are stored first: a row never names a picture that
// is not there.
import { setInterval as every } from 'node:timers'
import type { Avatar } from '../core/avatar.ts'
import { type Clock, type Limits, slowDown } from '../core/clock.ts'
import type { Pictures } from '../pictures/pictures.ts'
import type { Prober } from '../probe/prober.ts'
import type { Claim, Due, LookResult, Store } from '../store/store.ts'
import { type Brought, lookAt } from './look.ts'
import { storeThen } from './keeping.ts'
import { settle } from './settle.ts'

/** What the worker needs. */
export interface WorkerParts {
  readonly store: Store
  readonly pictures: Pictures
  readonly prober: Prober
  readonly limits: Limits
  readonly mode: 'copy' | 'redirect'
  readonly now: () => number
  /** Names this worker in leases. */
  readonly owner: string
  /** A look failed for a reason that is not the source's: the store or the blobs are away. */
  readonly onTrouble: (error: unknown, subject: string) => void
  /** An avatar was changed by a look. */
  readonly onChanged: (subject: string) => void
  /** Bytes that nobody had before were stored for a subject. */
  readonly onPicture: (rawSha256: string) => Promise<void>
}

/** Looks, settles, records. */
export interface Worker {
  /**
   * Looks at everything in a claim; resolves when all is recorded, to how many could not be settled. `onEnd` is called
   * after every look. Rejects never.
   */
  work(claim: Claim, onEnd?: () => void): Promise<number>
  /**
   * The same for one avatar; what was learnt, or null when the result came too late or the look was called off. Rejects
   * when the store or the blobs are away.
   */
  one(due: Due, clock: Clock): Promise<Brought | null>
}

/** How long a lease lasts; a lost worker's rows come back after it. */
export const leaseMs = 30_000
/** A lease that a look still needs is held on so often. */
const holdEveryMs = 10_000
/** Results are written when so many wait, or so many milliseconds after the first. */
const batchSize = 200
const batchMs = 15

/** Makes a worker. */
export function createWorker(parts: WorkerParts): Worker {
  const { store, now, owner } = parts
  const record = createRecorder(parts)

  async function one({ avatar }: Due, clock: Clock): Promise<Brought | null> {
    const { url } = avatar
    if (url === null) return null
    const hold = every(() => {
      // A lease that could not be held runs out, and the result is refused: nothing else follows.
      store.extend([avatar.id], owner, now() + leaseMs).catch(() => {})
    }, holdEveryMs)
    try {
      const held = await withoutLost(avatar)
      const brought = await lookAt({ ...held, url }, parts)
      if (brought === null) {
        await store.release([avatar.id], owner)
        return null
      }
      const applied = await settleAndStore(held, brought, clock)
      return applied ? brought : null
    } finally {
      clearInterval(hold)
    }
  }

  /** Bytes are wanted of somebody who has a copy: it may be another source's, or be lost. */
  async function withoutLost(avatar: Avatar): Promise<Avatar> {
    const { copy, urgency } = avatar
    if (urgency !== 'first' || copy === null || (await parts.pictures.has(copy.sha256)))
      return avatar
    return { ...avatar, copy: null }
  }

  /** False when it failed. The lease is left to run out: given back, the avatar would fail again at once. */
  async function tryOne(due: Due, clock: Clock): Promise<boolean> {
    try {
      await one(due, clock)
      return true
    } catch (error) {
      parts.onTrouble(error, due.avatar.subject)
      return false
    }
  }

  async function settleAndStore(avatar: Avatar, brought: Brought, clock: Clock): Promise<boolean> {
    const { limits, mode } = parts
    const change = settle(avatar, brought.learnt, { clock, limits, mode, now: now() })
    const result: LookResult = { avatar, change }
    const { copy } = change
    const applied =
      copy == null || brought.taken === null
        ? await record(result)
        : await storeThen(parts, brought.taken, () => record(result))
    if (!applied) return false
    if (brought.throttled) {
      await store.turnClock(avatar.provider, (at) => slowDown(at, limits, now()))
    }
    parts.onChanged(avatar.subject)
    if (copy != null) await parts.onPicture(copy.rawSha256)
    return true
  }

  return {
    one,
    async work({ clock, due }, onEnd = () => {}) {
      const settled = await Promise.all(due.map((each) => tryOne(each, clock).finally(onEnd)))
      return settled.filter((well) => !well).length
    },
  }
}

/** Collects results for a few milliseconds and writes them in one transaction. */
function createRecorder({
  store,
  owner,
  now,
}: WorkerParts): (result: LookResult) => Promise<boolean> {
  type Waiting = { result: LookResult; settle: PromiseWithResolvers<boolean> }
  let waiting: Waiting[] = []
  let timer: NodeJS.Timeout | null = null

  async function write(): Promise<void> {
    if (timer !== null) clearTimeout(timer)
    timer = null
    const batch = waiting
    waiting = []
    try {
      const { applied } = await store.record(
        batch.map(({ result }) => result),
        owner,
        now(),
      )
      for (const [at, { settle }] of batch.entries()) settle.resolve(applied[at] ?? false)
    } catch (error) {
      for (const { settle } of batch) settle.reject(error)
    }
  }

  return (result) => {
    const settle = Promise.withResolvers<boolean>()
    waiting.push({ result, settle })
    if (waiting.length >= batchSize) void write()
    else timer ??= setTimeout(() => void write(), batchMs)
    return settle.promise
  }
}
