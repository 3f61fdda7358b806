// A table or view of an SQLite file, opened read-only. Tables are read by short pages along the rowid or a
// unique key, so that no read lock keeps the app's own writes waiting while pictures are probed. A view has
// no such key: it is iterated, and holds its lock as long as that takes.
import { stat } from 'node:fs/promises'
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite'
import { EverfaceError } from '../../errors.ts'
import type { Row, Source } from '../row.ts'
import type { Address, Column, Plan, Tuple } from './database.ts'
import {
  createRowMaker,
  databaseError,
  pageRows,
  planColumns,
  readPages,
  readTableName,
  tableMissing,
} from './database.ts'
import type { SourceOptions } from './open.ts'
import { batchRows } from './text.ts'

/** How long to wait for a writer. */
const busyMs = 5_000

interface Table {
  readonly sql: string
  readonly name: string
  readonly columns: readonly Column[]
  /** The SQL of what orders the pages, with the alias `t`; null when there is nothing of that kind. */
  readonly order: string | null
}

/** Opens a table or view of an SQLite file: `sqlite:file.db` or `sqlite:///folder/file.db`. */
export async function openSqlite(spec: string, options: SourceOptions): Promise<Source> {
  const path = spec.replace(/^sqlite:(?:\/\/)?/i, '')
  const address: Address = { name: `sqlite:${path}`, secrets: [] }
  const database = await openDatabase(path, address)
  try {
    const table = readTable(database, address, options.table)
    const plan = planColumns(table.columns, options, `table "${table.name}"`)
    const total = Number(query(database, `SELECT count(*) FROM ${table.sql}`).get()?.[0] ?? 0)
    const notes = [...plan.notes]
    if (table.order === null)
      notes.push(`"${table.name}" has no key: iterated, which holds a read lock`)
    if (total === 0) notes.push(`table "${table.name}" has no row`)
    return {
      name: `${address.name} ${table.name}`,
      notes,
      total,
      async *rows() {
        try {
          if (table.order === null) yield* iterate(database, table, plan)
          else yield* readPages(createPager(database, table, plan, table.order))
        } catch (error) {
          throw databaseError(address, error)
        }
      },
      async close() {
        if (database.isOpen) database.close()
      },
    }
  } catch (error) {
    database.close()
    throw databaseError(address, error)
  }
}

async function openDatabase(path: string, address: Address): Promise<DatabaseSync> {
  const found = await stat(path).catch(() => null)
  if (found === null || found.isDirectory()) {
    const why = found === null ? 'there is no such file' : 'it is a folder, not a file'
    throw new EverfaceError('source-unreadable', `cannot read ${path}: ${why}`)
  }
  const sqlite = await import('node:sqlite')
  try {
    const database = new sqlite.DatabaseSync(path, { readOnly: true, timeout: busyMs })
    // Only now is the file looked at.
    database.prepare('SELECT count(*) FROM sqlite_schema').get()
    return database
  } catch (error) {
    if ((error as { errcode?: number }).errcode !== 26) throw databaseError(address, error)
    throw new EverfaceError('source-format', `${path} is no SQLite database`, { cause: error })
  }
}

function query(
  database: DatabaseSync,
  sql: string,
): {
  get(...values: string[]): SQLOutputValue[] | undefined
  all(...values: (string | bigint)[]): SQLOutputValue[][]
  iterate(): Iterable<SQLOutputValue[]>
} {
  const statement: StatementSync = database.prepare(sql)
  statement.setReturnArrays(true)
  statement.setReadBigInts(true)
  // The typings know records only; setReturnArrays makes them arrays.
  return statement as unknown as ReturnType<typeof query>
}

function readTable(database: DatabaseSync, address: Address, wanted: string | undefined): Table {
  const { schema, table } = readTableName(wanted ?? '')
  const from = `${quoteName(schema ?? 'main')}.sqlite_schema`
  const list = `SELECT name, type FROM ${from} WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`
  const found =
    wanted === undefined
      ? undefined
      : query(database, `${list} AND name = ? COLLATE NOCASE`).get(table)
  if (found === undefined) {
    const tables = query(database, `${list} ORDER BY name`).all()
    throw tableMissing(
      address,
      wanted,
      tables.map(([name]) => String(name)),
    )
  }
  const name = String(found[0])
  const columns = readColumns(database, name)
  return {
    sql: `${quoteName(schema ?? 'main')}.${quoteName(name)}`,
    name,
    columns,
    order: found[1] === 'table' ? findOrder(database, name, columns) : null,
  }
}

function readColumns(database: DatabaseSync, table: string): Column[] {
  const rows = query(database, 'SELECT name, type, "notnull", pk FROM pragma_table_info(?)').all(
    table,
  )
  const keys = rows.filter(([, , , pk]) => Number(pk) > 0).length
  return rows.map(([name, declared, notNull, pk]) => {
    const type = String(declared).toLowerCase()
    const primary = keys === 1 && Number(pk) === 1
    const text = !/int|real|floa|doub|blob|bool|date|time/.test(type)
    return { name: String(name), type, text, primary, key: primary && Number(notNull) === 1 }
  })
}

/** The rowid under whichever of its names no column has taken; a table without one is read by its key. */
function findOrder(
  database: DatabaseSync,
  table: string,
  columns: readonly Column[],
): string | null {
  const taken = new Set(columns.map(({ name }) => name.toLowerCase()))
  const rowid = ['rowid', '_rowid_', 'oid'].find((name) => !taken.has(name))
  if (rowid !== undefined) {
    try {
      database.prepare(`SELECT ${rowid} FROM ${quoteName(table)} LIMIT 0`)
      return `t.${rowid}`
    } catch {
      // WITHOUT ROWID.
    }
  }
  const key = columns.find((column) => column.primary)
  return key === undefined ? null : `t.${quoteName(key.name)}`
}

function listValues({ id, url, since }: Plan): string {
  const text = (column: Column | null): string => {
    if (column === null) return 'NULL'
    const name = `t.${quoteName(column.name)}`
    return `CASE typeof(${name}) WHEN 'blob' THEN lower(hex(${name})) ELSE CAST(${name} AS TEXT) END`
  }
  return [id, url, since].map(text).join(', ')
}

function createPager(
  database: DatabaseSync,
  table: Table,
  plan: Plan,
  order: string,
): (after: string | null) => Promise<Tuple[]> {
  const select = `SELECT ${order}, ${listValues(plan)} FROM ${table.sql} AS t`
  const tail = `ORDER BY ${order} LIMIT ${pageRows}`
  const first = query(database, `${select} ${tail}`)
  const next = query(database, `${select} WHERE ${order} > ? ${tail}`)
  // The key goes back as the value it came as: SQLite orders by kind first, so its text will not do.
  let last: SQLOutputValue = null
  return async (after) => {
    const rows = after === null ? first.all() : next.all(last as string | bigint)
    last = rows.at(-1)?.[0] ?? null
    return rows.map(([key, id, url, since]) => toTuple(String(key), id, url, since))
  }
}

async function* iterate(
  database: DatabaseSync,
  table: Table,
  plan: Plan,
): AsyncGenerator<readonly Row[]> {
  const toRows = createRowMaker()
  let tuples: Tuple[] = []
  for (const row of query(
    database,
    `SELECT ${listValues(plan)} FROM ${table.sql} AS t`,
  ).iterate()) {
    tuples.push(toTuple(null, row[0], row[1], row[2]))
    if (tuples.length < batchRows) continue
    yield* toRows(tuples)
    tuples = []
  }
  yield* toRows(tuples)
}

function toTuple(
  key: string | null,
  id: SQLOutputValue | undefined,
  url: SQLOutputValue | undefined,
  since: SQLOutputValue | undefined,
): Tuple {
  const text = (value: SQLOutputValue | undefined): string | null =>
    value === null || value === undefined ? null : String(value)
  return [key, text(id), text(url), text(since)]
}

function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
