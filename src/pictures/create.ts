// Pictures put together: intake and variants behind one gate, bytes in whatever blobs they were given.
import sharp from 'sharp'
import type { Blobs } from './blobs.ts'
import { createGate } from './gate.ts'
import { refuse, takeIn } from './intake.ts'
import { afterAll, cleanKey, everyPicture, isSha256, pictureOf, prefixOf } from './keys.ts'
import type { Pictures, ListedPicture } from './pictures.ts'
import { createVariants } from './variants.ts'

/** What pictures are made of. */
export interface PicturesOptions {
  readonly blobs: Blobs
  /** Bytes of variants that stay in memory, the latest used; 0 for none. */
  readonly cacheBytes: number
  /** Images that are worked on at once, by intake and variants together: see `encodesAtOnce`. */
  readonly atOnce: number
  /** Variants that may wait for their turn; one more is `busy`. */
  readonly queue: number
  /** Milliseconds since 1970, UTC. */
  readonly now?: () => number
  /** How long somebody waits for a slow store who could be shown what is in memory; milliseconds, 500 unless told. */
  readonly patienceMs?: number
}

/** Keeps pictures. Sets libvips for the whole process to one thread an image and no cache. */
export function createPictures(options: PicturesOptions): Pictures {
  const { blobs, cacheBytes, atOnce, queue, now = Date.now, patienceMs = 500 } = options
  // Many small pictures: threads within one gain nothing, and no two operations are alike.
  sharp.concurrency(1)
  sharp.cache(false)
  const gate = createGate({ atOnce, queue })
  const variants = createVariants({ blobs, gate, cacheBytes, now, patienceMs })
  const holds = new Map<string, Promise<unknown>>()

  async function* list(after?: string): AsyncGenerator<ListedPicture> {
    let sha256: string | null = null
    let storedAt = 0
    const from = after === undefined ? undefined : afterAll(after)
    for await (const { key, modifiedAt } of blobs.list(everyPicture, from)) {
      const next = pictureOf(key)
      if (next === null) continue
      if (next !== sha256) {
        if (sha256 !== null) yield { sha256, storedAt }
        sha256 = next
        storedAt = 0
      }
      storedAt = Math.max(storedAt, modifiedAt)
    }
    if (sha256 !== null) yield { sha256, storedAt }
  }

  return {
    ...variants,
    async take(bytes) {
      return refuse(bytes) ?? gate.run(() => takeIn(bytes))
    },
    keep({ facts, clean }) {
      return blobs.put(cleanKey(facts.sha256), clean)
    },
    async original(sha256) {
      return isSha256(sha256) ? await blobs.get(cleanKey(sha256)) : null
    },
    async has(sha256) {
      return isSha256(sha256) && blobs.has(cleanKey(sha256))
    },
    async storedAt(sha256) {
      if (!isSha256(sha256)) return null
      let latest: number | null = null
      for await (const { modifiedAt } of blobs.list(prefixOf(sha256))) {
        latest = Math.max(latest ?? 0, modifiedAt)
      }
      return latest
    },
    list,
    async hold(sha256, work) {
      const before = holds.get(sha256)
      // `then` with both: what becomes of the one before is not this one's business.
      const mine = before === undefined ? work() : before.then(work, work)
      holds.set(sha256, mine)
      try {
        return await mine
      } finally {
        if (holds.get(sha256) === mine) holds.delete(sha256)
      }
    },
    ping: () => blobs.ping(),
  }
}
