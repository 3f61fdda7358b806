// The text of an input with a head to look at, and the walk from text through records to batches of rows.
import type { Row } from '../row.ts'
import type { ByteInput } from './bytes.ts'
import type { CsvReader, CsvRecord } from './csv.ts'
import { createDecoder } from './encoding.ts'

/** Rows in one batch at most. */
export const batchRows = 1_000

/** An input of text, walked once. */
export interface TextInput {
  readonly name: string
  /** The beginning; all of it when `complete`. */
  readonly head: string
  readonly complete: boolean
  /** Sentences about the encoding; grows while the text is walked. */
  readonly notes: string[]
  /** Rows in all, from those in the head: exact when `complete`, else by size, else null. */
  countRows(rowsInHead: number): number | null
  /** The whole text, head first. */
  pieces(): AsyncIterable<string>
  close(): void
}

/** Decodes an input of bytes. */
export function openText(bytes: ByteInput): TextInput {
  const notes: string[] = []
  const decoder = createDecoder(bytes.name, notes)
  let head = decoder.decode(bytes.head)
  if (bytes.complete) head += decoder.end()
  return {
    name: bytes.name,
    head,
    complete: bytes.complete,
    notes,
    countRows(rowsInHead) {
      if (bytes.complete) return rowsInHead
      if (bytes.size === null || rowsInHead === 0) return null
      return Math.round((rowsInHead * bytes.size) / bytes.head.length)
    },
    async *pieces() {
      yield head
      if (bytes.complete) return
      for await (const piece of bytes.rest()) yield decoder.decode(piece)
      yield decoder.end()
    },
    close: () => bytes.close(),
  }
}

/** Reads records and makes rows of them; `toRow` answers null for a record that is no row. */
export async function* readRows(
  pieces: AsyncIterable<string>,
  reader: CsvReader,
  toRow: (record: CsvRecord) => Row | null,
): AsyncGenerator<readonly Row[]> {
  for await (const piece of pieces) yield* batches(reader.read(piece), toRow)
  yield* batches(reader.end(), toRow)
}

function* batches(
  records: readonly CsvRecord[],
  toRow: (record: CsvRecord) => Row | null,
): Generator<readonly Row[]> {
  let rows: Row[] = []
  for (const record of records) {
    const row = toRow(record)
    if (row === null) continue
    rows.push(row)
    if (rows.length < batchRows) continue
    yield rows
    rows = []
  }
  if (rows.length > 0) yield rows
}
