// One row of an input: the unit that sources yield and audits take.

/** A person's id and the picture's URL, as the input has them. */
export interface Row {
  /** The row's id, or its 1-based number as a string. */
  readonly id: string
  /** The input gave the row no id: `id` is its number. */
  readonly numbered?: true
  /** The URL exactly as found; may be empty or nonsense. */
  readonly url: string
  /** When the row was made, milliseconds UTC, where the input has such a column. */
  readonly since?: number
  /** Set when the row itself could not be read: why. Its verdict is `malformed`. */
  readonly broken?: string
}

/** An opened input. */
export interface Source {
  /** The input's name for people, without secrets. */
  readonly name: string
  /**
   * What was guessed or noticed, one sentence each, such as `column "avatar" holds the URL`. Grows while rows
   * are read when something is noticed late, such as bytes that are not UTF-8.
   */
  readonly notes: readonly string[]
  /** Rows in total where that is known beforehand (a database, a small file), else null. */
  readonly total: number | null
  /** True when `total` is an estimate, good for a progress bar only. */
  readonly estimated?: boolean
  /** When the file was written, milliseconds UTC: nothing in it is younger. Absent for what may change at any moment. */
  readonly writtenAt?: number
  /** Rows in batches of up to 1 000, in the input's order. Memory does not grow with the input. Call once. */
  rows(): AsyncIterable<readonly Row[]>
  close(): Promise<void>
}

/** The id of a row that has none. */
export function numbered(number: number): Pick<Row, 'id' | 'numbered'> {
  return { id: String(number), numbered: true }
}
