// Bytes and the rows that name them: stored before, removed after. In one process nobody comes between; other processes on
// the same store may, so both ends look again when they are done.
import type { Kept, Pictures } from '../pictures/pictures.ts'
import type { Store } from '../store/store.ts'

/** What keeping needs. */
export interface KeepingParts {
  readonly store: Pick<Store, 'known'>
  readonly pictures: Pick<Pictures, 'hold' | 'keep' | 'has' | 'original' | 'remove'>
}

/**
 * Stores bytes, then has the row written that names them. If no row came of it, the bytes go again.
 * @param write resolves to whether the row was written
 */
export async function storeThen(
  { store, pictures }: KeepingParts,
  picture: Kept,
  write: () => Promise<boolean>,
): Promise<boolean> {
  const { sha256 } = picture.facts
  return await pictures.hold(sha256, async () => {
    await pictures.keep(picture)
    if (await write()) {
      // Another process may have removed them for somebody who was forgotten, before it could see the row.
      if (!(await pictures.has(sha256))) await pictures.keep(picture)
      return true
    }
    if (!(await store.known([sha256])).has(sha256)) await pictures.remove(sha256)
    return false
  })
}

/** Removes the bytes of pictures, unless somebody shows them by now. */
export async function removeUnused(
  { store, pictures }: KeepingParts,
  sha256s: readonly string[],
): Promise<void> {
  for (const sha256 of sha256s) {
    await pictures.hold(sha256, async () => {
      if ((await store.known([sha256])).has(sha256)) return
      const clean = await pictures.original(sha256)
      await pictures.remove(sha256)
      // Another process may have written a row meanwhile, and have looked before we removed.
      if (clean !== null && (await store.known([sha256])).has(sha256)) {
        await pictures.keep({ facts: { sha256 }, clean })
      }
    })
  }
}
