// A table or view of PostgreSQL. Tables are read by short pages along a unique key, each its own read-only
// transaction, so that neither a snapshot nor a connection is held while pictures are probed. What has no
// such key is read through a cursor WITH HOLD: the server keeps the result aside, again without a snapshot.
import type { Client, Pool, PoolClient } from 'pg'
import { EverfaceError } from '../../errors.ts'
import type { Row, Source } from '../row.ts'
import type { Address, Column, Plan, Tuple } from './database.ts'
import {
  countableRows,
  countTimeoutMs,
  createRowMaker,
  databaseError,
  pageRows,
  pageTimeoutMs,
  planColumns,
  readAddress,
  readPages,
  readTableName,
  tableMissing,
} from './database.ts'
import type { SourceOptions } from './open.ts'

/** A view's whole result is made when its cursor is declared. */
const cursorTimeoutMs = 600_000
/** Idle connections are given back: between two pages, minutes of probing may lie. */
const idleMs = 5_000

interface Table {
  /** The quoted name. */
  readonly sql: string
  /** The name for people. */
  readonly name: string
  /** The catalog's estimate of its rows; negative when it has none. */
  readonly rows: number
  readonly columns: readonly Column[]
}

/** Opens a table or view of PostgreSQL. */
export async function openPostgres(spec: string, options: SourceOptions): Promise<Source> {
  const address = readAddress(spec)
  const { default: pg } = await import('pg')
  let pool: Pool
  try {
    pool = new pg.Pool({
      connectionString: spec,
      max: 1,
      idleTimeoutMillis: idleMs,
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
      query_timeout: cursorTimeoutMs + 10_000,
      application_name: 'everface',
    })
  } catch {
    // The driver's own error repeats the address with its password.
    throw new EverfaceError('usage', `${address.name}: the address cannot be read`)
  }
  // A connection that is lost while nobody asks is replaced by the next page.
  pool.on('error', () => {})
  pool.on('connect', (client: Client | PoolClient) => void client.on('error', () => {}))
  try {
    const table = await readTable(pool, address, options.table)
    const plan = planColumns(table.columns, options, `table "${table.name}"`)
    const notes = [...plan.notes]
    if (plan.key === null)
      notes.push(`"${table.name}" has no unique column: read through a held cursor`)
    const count = await countRows(pool, table)
    if (count.total === 0 && !count.estimated) notes.push(`table "${table.name}" has no row`)
    return {
      name: `${address.name} ${table.name}`,
      notes,
      ...count,
      async *rows() {
        try {
          if (plan.key === null) yield* readCursor(pool, table, plan)
          else yield* readPages(createPager(pool, table, plan, plan.key))
        } catch (error) {
          throw databaseError(address, error)
        }
      },
      async close() {
        if (!pool.ended) await pool.end()
      },
    }
  } catch (error) {
    await pool.end()
    throw databaseError(address, error)
  }
}

async function ask<T extends unknown[]>(
  pool: Pool,
  text: string,
  values: readonly unknown[],
  timeoutMs: number,
): Promise<T[]> {
  const client = await pool.connect()
  try {
    await client.query(`BEGIN READ ONLY; SET LOCAL statement_timeout = ${timeoutMs}`)
    const { rows } = await client.query<T>({ text, values: [...values], rowMode: 'array' })
    await client.query('COMMIT')
    client.release()
    return rows
  } catch (error) {
    client.release(true)
    throw error
  }
}

async function readTable(pool: Pool, address: Address, wanted: string | undefined): Promise<Table> {
  const { schema, table } = readTableName(wanted ?? '')
  for (const name of wanted === undefined ? [] : [table, table.toLowerCase()]) {
    const sql = schema === null ? quoteName(name) : `${quoteName(schema)}.${quoteName(name)}`
    const [found] = await ask<[string, string, string | null]>(
      pool,
      `SELECT c.oid::text, c.reltuples::text, c.relkind::text FROM pg_class c
       WHERE c.oid = to_regclass($1) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')`,
      [sql],
      pageTimeoutMs,
    )
    if (found === undefined) continue
    const columns = await readColumns(pool, found[0])
    return {
      sql,
      name: schema === null ? name : `${schema}.${name}`,
      rows: Number(found[1]),
      columns,
    }
  }
  const tables = await ask<[string]>(
    pool,
    `SELECT CASE WHEN pg_table_is_visible(c.oid) THEN c.relname
                 ELSE n.nspname || '.' || c.relname END
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
       AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_toast%'
     ORDER BY 1 LIMIT 1000`,
    [],
    pageTimeoutMs,
  )
  throw tableMissing(
    address,
    wanted,
    tables.map(([name]) => name),
  )
}

async function readColumns(pool: Pool, oid: string): Promise<Column[]> {
  const rows = await ask<[string, string, boolean, boolean, boolean]>(
    pool,
    `SELECT a.attname, format_type(a.atttypid, a.atttypmod), t.typcategory = 'S',
            COALESCE(bool_or(i.indisprimary), false),
            COALESCE(bool_or(i.indexrelid IS NOT NULL), false) AND (a.attnotnull OR bool_or(i.indisprimary))
     FROM pg_attribute a
     JOIN pg_type t ON t.oid = a.atttypid
     LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisunique AND i.indisvalid
       AND i.indpred IS NULL AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum
     WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped
     GROUP BY a.attnum, a.attname, a.atttypid, a.atttypmod, t.typcategory, a.attnotnull
     ORDER BY a.attnum`,
    [oid],
    pageTimeoutMs,
  )
  return rows.map(([name, type, text, primary, key]) => ({ name, type, text, primary, key }))
}

async function countRows(
  pool: Pool,
  table: Table,
): Promise<{ total: number | null; estimated: boolean }> {
  if (table.rows > countableRows) return { total: table.rows, estimated: true }
  try {
    const [row] = await ask<[string]>(
      pool,
      `SELECT count(*)::text FROM ${table.sql}`,
      [],
      countTimeoutMs,
    )
    return { total: Number(row?.[0] ?? 0), estimated: false }
  } catch (error) {
    if ((error as { code?: string }).code !== '57014') throw error
    return table.rows > 0
      ? { total: table.rows, estimated: true }
      : { total: null, estimated: false }
  }
}

/** Every value as text, so that no bigint, uuid or numeric loses a digit. */
function listValues(key: Column | null, { id, url, since }: Plan): string {
  const text = (column: Column | null): string =>
    column === null ? 'NULL' : `t.${quoteName(column.name)}::text`
  return [key, id, url, since].map(text).join(', ')
}

function createPager(
  pool: Pool,
  table: Table,
  plan: Plan,
  key: Column,
): (after: string | null) => Promise<Tuple[]> {
  // The key is compared as its own type, which PostgreSQL gives to $1; the alias keeps ORDER BY from
  // meaning the text in the list of values.
  const name = `t.${quoteName(key.name)}`
  const select = `SELECT ${listValues(key, plan)} FROM ${table.sql} AS t`
  const order = `ORDER BY ${name} LIMIT ${pageRows}`
  return async (after) =>
    after === null
      ? await ask<[...Tuple]>(pool, `${select} ${order}`, [], pageTimeoutMs)
      : await ask<[...Tuple]>(pool, `${select} WHERE ${name} > $1 ${order}`, [after], pageTimeoutMs)
}

async function* readCursor(pool: Pool, table: Table, plan: Plan): AsyncGenerator<readonly Row[]> {
  const client = await pool.connect()
  const toRows = createRowMaker()
  try {
    await client.query(`BEGIN READ ONLY; SET LOCAL statement_timeout = ${cursorTimeoutMs}`)
    await client.query(
      `DECLARE everface NO SCROLL CURSOR WITH HOLD FOR
       SELECT ${listValues(null, plan)} FROM ${table.sql} AS t`,
    )
    await client.query('COMMIT')
    for (;;) {
      const { rows } = await client.query<[...Tuple]>({
        text: `FETCH ${pageRows} FROM everface`,
        rowMode: 'array',
      })
      if (rows.length === 0) break
      yield* toRows(rows)
    }
  } finally {
    // Closing the connection closes the cursor, whatever happened.
    client.release(true)
  }
}

function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
