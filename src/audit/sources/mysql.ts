// A table or view of MySQL or MariaDB. Tables are read by short pages along a unique key; no transaction and
// no connection is held while pictures are probed. What has no such key is read in one go into a temporary
// file: a cursor kept open for hours would keep InnoDB from purging old versions.
import { setTimeout as wait } from 'node:timers/promises'
import type { Connection } from 'mysql2'
import type { Pool, PoolOptions, RowDataPacket } from 'mysql2/promise'
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
import { spoolRows } from './spool.ts'
import { batchRows } from './text.ts'

/** Idle connections are given back: between two pages, minutes of probing may lie. */
const idleMs = 5_000

type Product = 'mysql' | 'mariadb'

interface Table {
  readonly sql: string
  readonly name: string
  /** The engine's estimate of its rows, null for a view. */
  readonly rows: number | null
  readonly columns: readonly Column[]
}

/** Opens a table or view of MySQL or MariaDB. */
export async function openMysql(spec: string, options: SourceOptions): Promise<Source> {
  const address = readAddress(spec)
  const mysql = await import('mysql2/promise')
  const settings: PoolOptions = {
    uri: spec.replace(/^mariadb:/i, 'mysql:'),
    connectionLimit: 1,
    idleTimeout: idleMs,
    maxIdle: 0,
    connectTimeout: 10_000,
    rowsAsArray: true,
    charset: 'utf8mb4',
  }
  const pool = mysql.createPool(settings)
  pool.pool.on('connection', (connection) => {
    connection.on('error', () => {})
    connection.query('SET SESSION TRANSACTION READ ONLY', () => {})
    connection.query("SET time_zone = '+00:00'", () => {})
  })
  try {
    const product = await readProduct(pool)
    const table = await readTable(pool, address, options.table)
    const plan = planColumns(table.columns, options, `table "${table.name}"`)
    const notes = [...plan.notes]
    if (plan.key === null)
      notes.push(`"${table.name}" has no unique column: read into a temporary file`)
    const count = await countRows(pool, product, table)
    if (count.total === 0 && !count.estimated) notes.push(`table "${table.name}" has no row`)
    return {
      name: `${address.name} ${table.name}`,
      notes,
      ...count,
      async *rows() {
        try {
          if (plan.key === null) yield* spoolRows(readStream(pool, table, plan))
          else yield* readPages(createPager(pool, product, table, plan, plan.key))
        } catch (error) {
          throw databaseError(address, error)
        }
      },
      async close() {
        await pool.end()
      },
    }
  } catch (error) {
    await pool.end()
    throw databaseError(address, error)
  }
}

/** The driver's own timeout keeps its timer when a connection is lost, and the process with it. */
async function ask(
  pool: Pool,
  sql: string,
  values: readonly (string | null)[] = [],
): Promise<unknown[][]> {
  const connection = await pool.getConnection()
  const clock = new AbortController()
  try {
    const late = wait(pageTimeoutMs + 10_000, null, { signal: clock.signal })
    const answer = await Promise.race([
      connection.query<RowDataPacket[][]>({ sql, values: [...values], rowsAsArray: true }),
      late,
    ])
    if (answer === null) throw Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })
    connection.release()
    return answer[0]
  } catch (error) {
    connection.destroy()
    throw error
  } finally {
    clock.abort()
  }
}

/** A SELECT that the server itself gives up after a time. */
function limitTime(product: Product, select: string, ms: number): string {
  return product === 'mariadb'
    ? `SET STATEMENT max_statement_time = ${ms / 1000} FOR SELECT ${select}`
    : `SELECT /*+ MAX_EXECUTION_TIME(${ms}) */ ${select}`
}

async function readProduct(pool: Pool): Promise<Product> {
  const [row] = await ask(pool, 'SELECT VERSION()')
  return /mariadb/i.test(String(row?.[0])) ? 'mariadb' : 'mysql'
}

async function readTable(pool: Pool, address: Address, wanted: string | undefined): Promise<Table> {
  const { schema, table } = readTableName(wanted ?? '')
  const [found] =
    wanted === undefined
      ? []
      : await ask(
          pool,
          `SELECT table_schema, table_name, table_rows FROM information_schema.tables
     WHERE table_schema = COALESCE(?, DATABASE()) AND table_name = ?`,
          [schema, table],
        )
  if (found === undefined) {
    const tables = await ask(
      pool,
      `SELECT IF(table_schema = DATABASE(), table_name, CONCAT(table_schema, '.', table_name))
       FROM information_schema.tables
       WHERE table_schema NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')
       ORDER BY 1 LIMIT 1000`,
    )
    throw tableMissing(
      address,
      wanted,
      tables.map(([name]) => String(name)),
    )
  }
  const [inside, name, rows] = [String(found[0]), String(found[1]), found[2]]
  return {
    sql: `${quoteName(inside)}.${quoteName(name)}`,
    name: schema === null ? name : `${schema}.${name}`,
    rows: rows === null || rows === undefined ? null : Number(rows),
    columns: await readColumns(pool, inside, name),
  }
}

/** Types whose text can be given back to be compared, and orders as the column itself does. */
const orderedTypes = /^(?:(?:tiny|small|medium|big)?int|decimal|(?:var)?char|(?:var)?binary|uuid)\b/
const textTypes = /^(?:(?:var)?char|(?:tiny|medium|long)?text)\b/

async function readColumns(pool: Pool, schema: string, table: string): Promise<Column[]> {
  const rows = await ask(
    pool,
    `SELECT c.column_name, c.column_type, c.is_nullable, MAX(s.index_name = 'PRIMARY'), COUNT(s.index_name)
     FROM information_schema.columns c
     LEFT JOIN (
       SELECT index_name, MAX(column_name) AS column_name FROM information_schema.statistics
       WHERE table_schema = ? AND table_name = ? AND non_unique = 0
       GROUP BY index_name HAVING COUNT(*) = 1 AND MAX(sub_part) IS NULL
     ) s ON s.column_name = c.column_name
     WHERE c.table_schema = ? AND c.table_name = ?
     GROUP BY c.column_name, c.column_type, c.is_nullable, c.ordinal_position
     ORDER BY c.ordinal_position`,
    [schema, table, schema, table],
  )
  return rows.map(([name, declared, nullable, primary, indexes]) => {
    const type = String(declared).toLowerCase()
    return {
      name: String(name),
      type,
      text: textTypes.test(type),
      primary: Number(primary) === 1,
      key: Number(indexes) > 0 && nullable === 'NO' && orderedTypes.test(type),
    }
  })
}

async function countRows(
  pool: Pool,
  product: Product,
  table: Table,
): Promise<{ total: number | null; estimated: boolean }> {
  if (table.rows !== null && table.rows > countableRows)
    return { total: table.rows, estimated: true }
  try {
    const [row] = await ask(pool, limitTime(product, `count(*) FROM ${table.sql}`, countTimeoutMs))
    return { total: Number(row?.[0] ?? 0), estimated: false }
  } catch (error) {
    const { code } = error as { code?: string }
    if (code !== 'ER_STATEMENT_TIMEOUT' && code !== 'ER_QUERY_TIMEOUT') throw error
    return { total: table.rows, estimated: table.rows !== null }
  }
}

/** Every value as text, so that no bigint or decimal loses a digit; bytes as hexadecimal. */
function listValues(key: Column | null, { id, url, since }: Plan): string {
  const text = (column: Column | null): string => {
    if (column === null) return 'NULL'
    const name = `t.${quoteName(column.name)}`
    return isBinary(column) ? `LOWER(HEX(${name}))` : `CAST(${name} AS CHAR)`
  }
  return [key, id, url, since].map(text).join(', ')
}

function isBinary({ type }: Column): boolean {
  return /binary|blob/.test(type)
}

/** The key's text back as its own type: MySQL would compare a number with a text as floats. */
function bindKey({ type }: Column): string {
  if (/binary/.test(type)) return 'UNHEX(?)'
  if (/int/.test(type)) return `CAST(? AS ${type.includes('unsigned') ? 'UNSIGNED' : 'SIGNED'})`
  return type.startsWith('decimal') ? 'CAST(? AS DECIMAL(65, 30))' : '?'
}

function createPager(
  pool: Pool,
  product: Product,
  table: Table,
  plan: Plan,
  key: Column,
): (after: string | null) => Promise<Tuple[]> {
  const name = `t.${quoteName(key.name)}`
  const select = `${listValues(key, plan)} FROM ${table.sql} AS t`
  const order = `ORDER BY ${name} LIMIT ${pageRows}`
  const first = limitTime(product, `${select} ${order}`, pageTimeoutMs)
  const next = limitTime(
    product,
    `${select} WHERE ${name} > ${bindKey(key)} ${order}`,
    pageTimeoutMs,
  )
  return async (after) =>
    (await (after === null ? ask(pool, first) : ask(pool, next, [after]))) as unknown as Tuple[]
}

async function* readStream(pool: Pool, table: Table, plan: Plan): AsyncGenerator<readonly Row[]> {
  const connection = await pool.getConnection()
  // The promise client cannot stream; the one beneath it can.
  const client = connection.connection as unknown as Connection
  const toRows = createRowMaker()
  try {
    const query = client.query({
      sql: `SELECT ${listValues(null, plan)} FROM ${table.sql} AS t`,
      rowsAsArray: true,
    })
    let tuples: Tuple[] = []
    for await (const tuple of query.stream()) {
      tuples.push(tuple as Tuple)
      if (tuples.length < batchRows) continue
      yield* toRows(tuples)
      tuples = []
    }
    yield* toRows(tuples)
  } finally {
    connection.destroy()
  }
}

function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}
