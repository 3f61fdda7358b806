// Takes the rows of an input to the keeper in batches and remembers how far it came: after a crash, a stop, or next month, it
// goes on behind the rows that were registered before, if they are still the same.
import { type Hash, createHash } from 'node:crypto'
import type { Row, Source } from '../audit/row.ts'
import { readUrl } from '../core/read-url.ts'
import { EverfaceError } from '../errors.ts'
import type { Denial, Registered, Registration } from '../jobs/keeper.ts'

/** A row that was not registered. One line of `--rejects`. */
export interface Reject {
  /** 1-based number of the row in the input. */
  readonly row: number
  readonly id: string
  readonly url: string
  /** A denial of the keeper, or what is wrong with the row itself. */
  readonly code: Denial['code'] | 'row-unreadable' | 'row-without-id'
  readonly detail: string
}

/** What became of rows. */
export interface ImportCounts {
  readonly rows: number
  /** Rows without a URL: people without a picture. */
  readonly empty: number
  /** Rows that were older than what is known, and changed nothing. */
  readonly late: number
  readonly rejects: Readonly<Record<string, number>>
  readonly providers: Readonly<Record<string, { readonly created: number; readonly known: number }>>
}

/** How far an import has come; kept in the store as a note. */
export interface ImportMark {
  readonly rows: number
  /** Of ids and URLs of all these rows. */
  readonly digest: string
  readonly counts: ImportCounts
  /** Length of the file of rejects up to here. */
  readonly rejectBytes: number
}

/** How an import ended. */
export interface ImportEnd {
  readonly counts: ImportCounts
  /** False when it was stopped. */
  readonly whole: boolean
  /** Rows that an earlier run had done. */
  readonly skipped: number
  /** The input is not the one that the mark was made from; nothing was done. */
  readonly changed: boolean
}

/** What an import needs. */
export interface ImportOptions {
  readonly source: Source
  /** The rows' own times say when the app got their URLs. */
  readonly dated: boolean
  /** Registers; one result for each entry. */
  readonly register: (entries: readonly Registration[]) => Promise<readonly Registered[]>
  readonly mark: ImportMark | null
  /** Called when the rows up to there are stored, with what was rejected since the last call. */
  readonly onMark: (
    done: Omit<ImportMark, 'rejectBytes'>,
    rejects: readonly Reject[],
  ) => Promise<void>
  /** Rows that were read since the last call. */
  readonly onRows: (count: number) => void
  readonly signal: AbortSignal
}

/** Rows that are registered at once: one transaction. */
const batchRows = 500
const noCounts: ImportCounts = { rows: 0, empty: 0, late: 0, rejects: {}, providers: {} }

/** Imports all rows that are not done. */
export async function importRows(options: ImportOptions): Promise<ImportEnd> {
  const { source, mark, signal } = options
  const hash = createHash('sha256')
  const skipTo = mark?.rows ?? 0
  let counts = mark?.counts ?? noCounts
  let seen = 0
  let waiting: Row[] = []

  async function flush(): Promise<void> {
    if (waiting.length === 0) return
    const rows = waiting
    waiting = []
    const first = seen - rows.length + 1
    const { rejects, counts: more } = await registerBatch(rows, first, options)
    counts = add(counts, more)
    await options.onMark({ rows: seen, digest: hash.copy().digest('hex'), counts }, rejects)
  }

  for await (const batch of source.rows()) {
    if (seen === 0 && batch.length > 0 && batch.every((row) => row.numbered === true)) {
      throw withoutIds(source)
    }
    for (const row of batch) {
      addTo(hash, row)
      seen++
      if (seen < skipTo) continue
      if (seen === skipTo) {
        if (hash.copy().digest('hex') !== mark?.digest) {
          return { counts, whole: false, skipped: 0, changed: true }
        }
        continue
      }
      waiting.push(row)
      if (waiting.length < batchRows) continue
      await flush()
      if (signal.aborted) return { counts, whole: false, skipped: skipTo, changed: false }
    }
    options.onRows(batch.length)
    if (signal.aborted) break
  }
  if (seen < skipTo && !signal.aborted) {
    return { counts, whole: false, skipped: 0, changed: true }
  }
  await flush()
  return { counts, whole: !signal.aborted, skipped: Math.min(skipTo, seen), changed: false }
}

function withoutIds({ name }: Source): EverfaceError {
  return new EverfaceError('column-missing', `${name} gives its rows no id.`, {
    hint: '--id-column names the column with your own id of the person, which is not the number of the row.',
  })
}

/** Lengths before texts: no two lists of rows give the same bytes. */
function addTo(hash: Hash, { id, url, broken }: Row): void {
  hash.update(`${id.length}:${url.length}:${broken === undefined ? 0 : 1}:${id}${url}`)
}

async function registerBatch(
  rows: readonly Row[],
  first: number,
  { register, source, dated }: ImportOptions,
): Promise<{ rejects: readonly Reject[]; counts: ImportCounts }> {
  const rejects: Reject[] = []
  const entries: Registration[] = []
  const numbers: number[] = []
  const ageOfAll = source.writtenAt === undefined ? {} : { notAfter: source.writtenAt }
  let empty = 0
  let late = 0
  for (const [at, line] of rows.entries()) {
    const { id, url, broken, numbered } = line
    const row = first + at
    if (broken !== undefined) {
      rejects.push({ row, id, url, code: 'row-unreadable', detail: broken })
    } else if (readUrl(url).reason?.rule === 'url.empty') {
      empty++
    } else if (numbered === true) {
      // Its number is no id: it may be somebody else's.
      rejects.push({ row, id: '', url, code: 'row-without-id', detail: 'The row has no id.' })
    } else {
      const observedAt = dated ? line.since : undefined
      const age = observedAt === undefined ? ageOfAll : { observedAt }
      entries.push({ subject: id, url, imported: true, ...age })
      numbers.push(row)
    }
  }
  const providers: Record<string, { created: number; known: number }> = {}
  const results = entries.length === 0 ? [] : await register(entries)
  for (const [at, result] of results.entries()) {
    if (result.kind === 'denied') {
      const { subject = '', url = '' } = entries[at] ?? {}
      const { code, detail } = result
      rejects.push({ row: numbers[at] ?? 0, id: subject, url, code, detail })
      continue
    }
    const counted = (providers[result.avatar.provider] ??= { created: 0, known: 0 })
    counted[result.created ? 'created' : 'known']++
    if (result.late === true) late++
  }
  rejects.sort((a, b) => a.row - b.row)
  const codes: Record<string, number> = {}
  for (const { code } of rejects) codes[code] = (codes[code] ?? 0) + 1
  return { rejects, counts: { rows: rows.length, empty, late, rejects: codes, providers } }
}

function add(a: ImportCounts, b: ImportCounts): ImportCounts {
  const rejects = { ...a.rejects }
  for (const [code, count] of Object.entries(b.rejects))
    rejects[code] = (rejects[code] ?? 0) + count
  const providers = { ...a.providers }
  for (const [name, { created, known }] of Object.entries(b.providers)) {
    const before = providers[name] ?? { created: 0, known: 0 }
    providers[name] = { created: before.created + created, known: before.known + known }
  }
  return {
    rows: a.rows + b.rows,
    empty: a.empty + b.empty,
    // A mark that an earlier version wrote does not count them.
    late: (a.late ?? 0) + b.late,
    rejects,
    providers,
  }
}

/** Reads a mark; null for what is none (another version wrote it). */
export function readMark(text: string | null): ImportMark | null {
  if (text === null) return null
  try {
    const mark = JSON.parse(text) as Partial<ImportMark>
    const right =
      Number.isSafeInteger(mark.rows) &&
      typeof mark.digest === 'string' &&
      Number.isSafeInteger(mark.rejectBytes) &&
      typeof mark.counts?.rows === 'number'
    return right ? (mark as ImportMark) : null
  } catch {
    return null
  }
}
