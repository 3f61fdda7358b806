// Rows and bytes drift apart when something dies between the two: this finds rows whose bytes are gone and bytes that no
// row knows, page by page, so that memory grows with neither.
import { EverfaceError } from '../errors.ts'
import type { Pictures } from './pictures.ts'

/** What reconciling needs, and what it tells. */
export interface ReconcileOptions {
  readonly pictures: Pick<Pictures, 'has' | 'storedAt' | 'list' | 'ping'>
  /** The names of all pictures that have a row, in pages, in any order. */
  readonly rows: AsyncIterable<readonly string[]>
  /** Which of these pictures have a row now. */
  readonly known: (names: readonly string[]) => Promise<ReadonlySet<string>>
  /** A row without bytes: the picture is to be fetched again. */
  readonly onMissing: (sha256: string) => Promise<void>
  /** Bytes without a row, be it only a variant that outlived its picture: they are to be removed. */
  readonly onStray: (sha256: string) => Promise<void>
  /** Bytes younger than this are let be: their row may be on its way. An hour unless told. */
  readonly minAgeMs?: number
  /** When this began, milliseconds since 1970, UTC: what is stored meanwhile is young however long it takes. */
  readonly now: number
  /** Stops after the page that is open. */
  readonly signal?: AbortSignal
}

/** What was found. */
export interface Reconciled {
  /** Rows that were looked at. */
  readonly rows: number
  /** Pictures in the store that were looked at. */
  readonly stored: number
  readonly missing: number
  readonly strays: number
  /** All was looked at. */
  readonly finished: boolean
}

const hourMs = 60 * 60_000
const pageSize = 500
/** Questions to the store that are open at once. */
const atOnce = 16

/**
 * Compares rows and bytes, both ways, once. Rejects with `blobs-unreachable` when the store fails, or when it is empty
 * while there are rows: a disk that is not mounted must not look like the loss of all pictures.
 */
export async function reconcile(options: ReconcileOptions): Promise<Reconciled> {
  const found = { rows: 0, stored: 0, missing: 0, strays: 0 }
  await options.pictures.ping()
  await findMissing(options, found)
  await findStrays(options, found)
  return { ...found, finished: options.signal?.aborted !== true }
}

type Counts = { rows: number; stored: number; missing: number; strays: number }

async function findMissing(options: ReconcileOptions, found: Counts): Promise<void> {
  const { pictures, known, onMissing, signal } = options
  let isEmpty: boolean | null = null
  for await (const page of options.rows) {
    if (signal?.aborted === true) return
    found.rows += page.length
    const gone: string[] = []
    for (let at = 0; at < page.length; at += atOnce) {
      const names = page.slice(at, at + atOnce)
      const there = await Promise.all(names.map((name) => pictures.has(name)))
      gone.push(...names.filter((_, index) => there[index] === false))
    }
    if (gone.length === 0) continue
    isEmpty ??= await holdsNothing(pictures)
    if (isEmpty) {
      throw new EverfaceError(
        'blobs-unreachable',
        'The store of pictures is empty, though there are pictures that belong there.',
        {
          hint: 'Check that the disk is mounted, and that folder, bucket and prefix are the right ones.',
        },
      )
    }
    // Removed since the page was read: then nothing is missing.
    const still = await known(gone)
    for (const name of gone) {
      if (!still.has(name)) continue
      // The page took its time, and those before this one theirs: somebody may have given the picture again meanwhile.
      if (await pictures.has(name)) continue
      found.missing++
      await onMissing(name)
    }
  }
}

async function holdsNothing(pictures: ReconcileOptions['pictures']): Promise<boolean> {
  for await (const _ of pictures.list()) return false
  return true
}

async function findStrays(options: ReconcileOptions, found: Counts): Promise<void> {
  const { pictures, signal } = options
  let page: { sha256: string; storedAt: number }[] = []
  for await (const stored of pictures.list()) {
    if (signal?.aborted === true) return
    found.stored++
    page.push(stored)
    if (page.length < pageSize) continue
    await judge(page, options, found)
    page = []
  }
  await judge(page, options, found)
}

async function judge(
  page: readonly { readonly sha256: string; readonly storedAt: number }[],
  { pictures, known, onStray, now, minAgeMs = hourMs }: ReconcileOptions,
  found: Counts,
): Promise<void> {
  const isOld = (storedAt: number): boolean => now - storedAt >= minAgeMs
  const old = page.filter(({ storedAt }) => isOld(storedAt)).map(({ sha256 }) => sha256)
  if (old.length === 0) return
  const rows = await known(old)
  for (const sha256 of old) {
    if (rows.has(sha256)) continue
    // The page took its time. Whoever stores a picture again makes it young before the row is written: if the bytes are
    // still old, and after that there is still no row, nobody is about to need them.
    const storedAt = await pictures.storedAt(sha256)
    if (storedAt === null || !isOld(storedAt)) continue
    if ((await known([sha256])).has(sha256)) continue
    found.strays++
    await onStray(sha256)
  }
}
