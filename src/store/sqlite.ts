// The embedded store: one file of SQLite through Node's own binding. One connection writes, one transaction at a time;
// another one reads and so never sees what is not committed. Several processes may use the same file.
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'
import { EverfaceError } from '../errors.ts'
import { type StoreOptions, createStore } from './create-store.ts'
import type { Cells, Columns, Dialect, Engine, Reader, Sql, Value } from './sql.ts'
import { Again, storable, toCell } from './sql.ts'
import type { Store } from './store.ts'

/** How the embedded store is opened. */
export interface SqliteOptions extends StoreOptions {
  /** The file; it and its folder are made where they are not there. */
  readonly file: string
  /** How long to wait for other processes that hold the file; default ten seconds. */
  readonly busyMs?: number
  /** The most pages of 4 KiB that the file may grow to; unlimited by default. */
  readonly maxPages?: number
}

const longestBusyMs = 10_000
const longestPauseMs = 25
const mostStatements = 300
const mostAttempts = 5

/** Opens the embedded store. Rejects with `store-unreachable` when the file cannot be used. */
export async function openSqliteStore(options: SqliteOptions): Promise<Store> {
  return createStore(await openSqliteEngine(options), options)
}

/** Opens a file of SQLite as an engine. */
export async function openSqliteEngine({
  file,
  busyMs = longestBusyMs,
  maxPages,
}: Pick<SqliteOptions, 'file' | 'busyMs' | 'maxPages'>): Promise<Engine> {
  const name = `sqlite ${file}`
  const patiently = createPatience(name, busyMs)
  makeFile(name, file)
  const writer = await patiently(() => openConnection(file, false, maxPages))
  const reader = await patiently(() => openConnection(file, true))
  const reading = prepareCached(reader)
  const writing = createSql(writer)
  const turn = createTurns()

  async function write<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await turn(() => transaction(work))
      } catch (error) {
        if (!(error instanceof Again) || attempt === mostAttempts) throw error
      }
    }
  }

  async function transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    await patiently(() => writer.exec('BEGIN IMMEDIATE'))
    try {
      const result = await work(writing)
      writer.exec('COMMIT')
      return result
    } catch (error) {
      // A full disk ends the transaction by itself.
      if (writer.isOpen && writer.isTransaction) writer.exec('ROLLBACK')
      throw toFailure(name, error)
    }
  }

  return {
    name,
    dialect,
    parts: null,
    read: {
      all: <T>(text: string, values: readonly Value[] = []) =>
        patiently(() => reading(text).all(...values.map(bindable)) as T[]),
    },
    write,
    alone: (work) => write((sql) => work(sql, async (text) => writer.exec(text))),
    async close() {
      await turn(async () => {
        if (!writer.isOpen) return
        reader.close()
        writer.close()
      })
    },
  }
}

const dialect: Dialect = {
  name: 'sqlite',
  list: (value) => `(SELECT value AS item FROM json_each(${value}))`,
  among: (value) => `IN (SELECT value FROM json_each(${value}))`,
  // Whoever writes is alone.
  forUpdate: '',
  forUpdateSkipping: '',
}

/** The folder is for its owner alone, and so is the file: subjects and sources are nobody else's business. */
function makeFile(name: string, file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    closeSync(openSync(file, 'a', 0o600))
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause)
    throw new EverfaceError('store-unreachable', `${name} cannot be made (${code}).`, {
      cause,
      hint: 'Check that the folder may be written to and that there is free space.',
    })
  }
}

function openConnection(file: string, readOnly: boolean, maxPages?: number): DatabaseSync {
  const database = new DatabaseSync(file, { readOnly, timeout: 0 })
  try {
    // The cache holds the upper pages of the indexes of ten million rows. What is deleted is overwritten. The log grows to
    // 64 MB before it is copied into the file: pages that change often are then copied once, not every time.
    database.exec(`PRAGMA cache_size = -${readOnly ? 32_768 : 65_536}`)
    if (readOnly) return database
    database.exec(`PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA foreign_keys = ON;
      PRAGMA secure_delete = ON;
      PRAGMA wal_autocheckpoint = 16000;
      PRAGMA journal_size_limit = 67108864`)
    if (maxPages !== undefined) database.exec(`PRAGMA max_page_count = ${maxPages}`)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** Runs one after the other whatever is handed in. */
function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const next = last.then(work)
    last = next.catch(() => {})
    return next
  }
}

/** Tries again while another process holds the file. SQLite's own waiting would hold up everything else here. */
function createPatience(name: string, busyMs: number): <T>(attempt: () => T) => Promise<T> {
  return async (attempt) => {
    const until = performance.now() + busyMs
    for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      try {
        return attempt()
      } catch (error) {
        if (resultOf(error) !== busy || performance.now() >= until) throw toFailure(name, error)
      }
      await wait(pauseMs)
    }
  }
}

function prepareCached(database: DatabaseSync): (text: string) => StatementSync {
  const statements = new Map<string, StatementSync>()
  return (text) => {
    const known = statements.get(text)
    if (known !== undefined) return known
    // Shapes of rows are many in theory only; then the oldest goes.
    const [oldest] = statements.keys()
    if (statements.size >= mostStatements && oldest !== undefined) statements.delete(oldest)
    const statement = database.prepare(text.replaceAll(/\$(\d+)/g, '?$1'))
    statements.set(text, statement)
    return statement
  }
}

function createSql(database: DatabaseSync): Sql & Reader {
  const prepare = prepareCached(database)
  return {
    async all<T>(text: string, values: readonly Value[] = []) {
      return prepare(text).all(...values.map(bindable)) as T[]
    },
    async run(text, values = []) {
      return Number(prepare(text).run(...values.map(bindable)).changes)
    },
    // A prepared statement for each row: half the time of taking the rows apart from JSON.
    async insert(table, columns, rows, conflict = '') {
      const names = Object.keys(columns)
      const statement = prepare(
        `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})
         ${conflict}`,
      )
      let changes = 0
      const cellsOf = createBinder(columns)
      for (const row of rows) changes += Number(statement.run(...cellsOf(row)).changes)
      return changes
    },
    async update(table, key, columns, rows) {
      const set = (names: Columns): string[] => Object.keys(names).map((column) => `${column} = ?`)
      const statement = prepare(
        `UPDATE ${table} SET ${set(columns).join(', ')} WHERE ${set(key).join(' AND ')}`,
      )
      const cellsOf = createBinder({ ...columns, ...key })
      let changes = 0
      for (const row of rows) changes += Number(statement.run(...cellsOf(row)).changes)
      return changes
    },
  }
}

/** Takes cells out of rows in the order of the columns. */
function createBinder(columns: Columns): (row: Cells) => (string | number | null)[] {
  const entries = Object.entries(columns)
  return (row) => entries.map(([column, type]) => bindable(toCell(row[column], type, column)))
}

function bindable(value: Value): string | number | null {
  if (typeof value === 'boolean') return Number(value)
  return typeof value === 'string' ? storable(value) : value
}

const busy = 5
const unreachable: Readonly<Record<number, string>> = {
  3: 'may not be used',
  5: 'is held by another process',
  6: 'is held by another connection',
  7: 'needs more memory than there is',
  8: 'may only be read',
  10: 'could not be read or written',
  11: 'is damaged',
  13: 'cannot grow: the disk is full',
  14: 'cannot be opened',
  15: 'is held by another process',
  26: 'is not a database of SQLite',
}

/** SQLite's own result code, without its extension; null for what SQLite did not say. */
function resultOf(error: unknown): number | null {
  const { code, errcode } = error as { code?: string; errcode?: number }
  return code === 'ERR_SQLITE_ERROR' && errcode !== undefined ? errcode & 0xff : null
}

/** What an operator can mend becomes `store-unreachable`; anything else is a bug and stays what it is. */
function toFailure(name: string, error: unknown): unknown {
  const { code, errstr } = error as { code?: string; errstr?: string }
  if (code === 'ERR_INVALID_STATE') {
    return new EverfaceError('store-unreachable', `${name} is closed.`, { cause: error })
  }
  const what = unreachable[resultOf(error) ?? -1]
  if (what === undefined) return error
  return new EverfaceError('store-unreachable', `${name} ${what} (${errstr}).`, { cause: error })
}
