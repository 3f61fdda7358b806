// The narrow way from the verbs to an engine: SQL that both engines read, and the few words in which they differ.
// Values are written `$1`, `$2` …; a list travels as one value, the text of a JSON array.

/** What a cell holds. */
export type Value = string | number | boolean | null

/** `int` is a whole number up to 2^53, `real` a double. */
export type ColumnType = 'int' | 'real' | 'text' | 'bool'

/** Columns by name. */
export type Columns = Readonly<Record<string, ColumnType>>

/** Cells by column. */
export type Cells = Readonly<Record<string, Value>>

/** Reads rows. */
export interface Reader {
  all<T>(text: string, values?: readonly Value[]): Promise<T[]>
}

/** One transaction. */
export interface Sql extends Reader {
  /** How many rows were changed. */
  run(text: string, values?: readonly Value[]): Promise<number>
  /**
   * Inserts rows that all have these columns; how many were inserted or changed.
   * @param conflict what to do about rows that are there already, from `ON CONFLICT` on
   */
  insert(
    table: string,
    columns: Columns,
    rows: readonly Cells[],
    conflict?: string,
  ): Promise<number>
  /**
   * Sets these columns of the rows with these keys; how many were found. Every row has all of them.
   * @param guard what else must hold of the row beside what is `given`, where others may write at the same time
   */
  update(
    table: string,
    key: Columns,
    columns: Columns,
    rows: readonly Cells[],
    guard?: string,
  ): Promise<number>
}

/** Where the engines differ. */
export interface Dialect {
  /** Name of the engine, and of its folder of migrations. */
  readonly name: 'sqlite' | 'postgres'
  /** A subquery that yields the elements of a JSON array as the one column `item`. */
  readonly list: (value: string, type: ColumnType) => string
  /** Behind a column of numbers: it is one of those in a JSON array. */
  readonly among: (value: string) => string
  /** At the end of a select: nobody else changes these rows until we are done. */
  readonly forUpdate: string
  /** The same, leaving out the rows that somebody else has. */
  readonly forUpdateSkipping: string
}

/** Old observations go in parts where the engine has parts; all within a transaction. */
export interface Parts {
  /** Sees to it that there are parts around this time. */
  add(sql: Sql, now: number): Promise<void>
  /** Drops the parts that end before this time; how many rows went, about. */
  dropBefore(sql: Sql, before: number): Promise<number>
}

/** A database. Everything rejects with `store-unreachable` when it cannot be reached. */
export interface Engine {
  /** For people, without secrets. */
  readonly name: string
  readonly dialect: Dialect
  readonly parts: Parts | null
  /** Sees what is committed; every call by itself. */
  readonly read: Reader
  /**
   * Runs a transaction; when the work rejects, nothing was written. The work may be called again and must not wait for
   * anything but its SQL.
   */
  write<T>(work: (sql: Sql) => Promise<T>): Promise<T>
  /** A transaction beside which no other one of this kind runs, in any process; `script` runs several statements. */
  alone<T>(work: (sql: Sql, script: (text: string) => Promise<void>) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** Thrown by work that lost a race and wants to be called again in a new transaction. */
export class Again extends Error {
  override name = 'Again'
}

/**
 * Waits for statements of one transaction that need not wait for each other: they travel together. All have ended when it
 * rejects, with what failed first; what fails behind it only echoes that.
 */
export async function together(statements: readonly Promise<unknown>[]): Promise<void> {
  const failures: unknown[] = []
  await Promise.all(statements.map((one) => one.catch((error: unknown) => failures.push(error))))
  if (failures.length > 0) throw failures[0]
}

const unstorableEscape = /\\u(?:0000|d[89a-f])/

/**
 * Text as the store keeps it: unchanged, but for what PostgreSQL cannot hold and no face or name is made of. U+0000 and
 * halves of surrogate pairs become U+FFFD.
 */
export function storable(text: string): string {
  if (text.isWellFormed() && !text.includes('\0')) return text
  return text.toWellFormed().replaceAll('\0', '\uFFFD')
}

/** JSON whose texts are storable, keys included. */
export function toJson(value: unknown): string {
  const json = JSON.stringify(value)
  if (!unstorableEscape.test(json)) return json
  return JSON.stringify(mend(value))
}

function mend(value: unknown): unknown {
  if (typeof value === 'string') return storable(value)
  if (Array.isArray(value)) return value.map(mend)
  if (typeof value !== 'object' || value === null) return value
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function') {
    return mend(JSON.parse(JSON.stringify(value)))
  }
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [storable(key), mend(one)]))
}

/** A cell as it is written. Throws for numbers that no column can hold: a bug, told before it reaches the engine. */
export function toCell(value: Value | undefined, type: ColumnType, column: string): Value {
  if (value === undefined) throw new Error(`no value for ${column}`)
  if (typeof value === 'string') return storable(value)
  if (typeof value !== 'number' || (type === 'int' && Number.isSafeInteger(value))) return value
  if (Number.isNaN(value)) throw new Error(`${column} is not a number`)
  if (type === 'int') return Math.round(bound(value, Number.MAX_SAFE_INTEGER))
  return bound(value, Number.MAX_VALUE)
}

function bound(value: number, most: number): number {
  return Math.min(most, Math.max(-most, value))
}

/** Begins a statement whose best plan hangs on its values: no plan of it is kept. */
export const planAnew = '/* plan anew */'
