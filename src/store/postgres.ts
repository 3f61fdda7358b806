// The store on PostgreSQL 15 or later, for any number of processes. READ COMMITTED with rows held where it matters;
// transactions that lost a race are run again, lost connections are replaced by the next call.
import { randomInt } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { EverfaceError } from '../errors.ts'
import { type StoreOptions, createStore } from './create-store.ts'
import { type Names, createNames } from './postgres-names.ts'
import { observationParts } from './postgres-parts.ts'
import type { Cells, Columns, Dialect, Engine, Sql, Value } from './sql.ts'
import { Again, storable, toCell } from './sql.ts'
import type { Store } from './store.ts'

/** How the store on PostgreSQL is opened. */
export interface PostgresOptions extends StoreOptions {
  /** `postgres://user:password@host:port/database?sslmode=…`, as libpq reads it. */
  readonly url: string
  /** Connections at the most; default 10. */
  readonly poolSize?: number
}

const connectMs = 10_000
const statementMs = 30_000
/** Migrations build indexes of millions of rows. */
const longStatementMs = 6 * 3_600_000
const lockMs = 15_000
const graceMs = 5_000
const idleMs = 30_000
const mostAttempts = 12
const longestPauseMs = 200
/** Larger batches travel in pieces: a statement's parameter has to fit into memory a few times over. */
const rowsAtOnce = 5_000
/** Of no meaning, but the same in every process: `pg_advisory_xact_lock` of migrations and parts. */
const aloneKey = 4_615_276_103

/** Opens the store on PostgreSQL. Connects when it is first used. Rejects for addresses that cannot be read. */
export async function openPostgresStore(options: PostgresOptions): Promise<Store> {
  return createStore(openPostgresEngine(options), options)
}

/** Opens a database of PostgreSQL as an engine. */
export function openPostgresEngine({
  url,
  poolSize = 10,
}: Pick<PostgresOptions, 'url' | 'poolSize'>): Engine {
  const name = nameOf(url)
  const pool = openPool(name, url, poolSize)
  const names = createNames()
  let closing: Promise<void> | null = null

  function fail(error: unknown): unknown {
    return toFailure(name, error, closing !== null)
  }

  async function attempt<T>(
    work: (sql: Sql, script: Script) => Promise<T>,
    timeoutMs: number,
    onBegun: () => void,
  ): Promise<T> {
    const client = await told(pool.connect())
    const script = createScript(client, timeoutMs)
    let lost: Error | undefined
    try {
      // On its way together with what the work asks first: where this fails, so does everything behind it. Transactions
      // take few rows by an index: helpers would cost more to call than they do.
      const begun = script(`BEGIN ISOLATION LEVEL READ COMMITTED;
        SET LOCAL statement_timeout = ${timeoutMs};
        SET LOCAL lock_timeout = ${lockMs};
        SET LOCAL max_parallel_workers_per_gather = 0;
        SET LOCAL idle_in_transaction_session_timeout = ${timeoutMs}`).then(onBegun)
      // Heard of below; the work may be the first to fail.
      begun.catch(() => {})
      const result = await work(createSql(client, names, timeoutMs), script)
      await begun
      await script('COMMIT')
      return result
    } catch (error) {
      // What was open is rolled back; a connection that cannot even do that is thrown away.
      lost = await script('ROLLBACK').then(
        () => undefined,
        (problem: Error) => problem,
      )
      throw error
    } finally {
      client.release(lost)
    }
  }

  async function transaction<T>(
    work: (sql: Sql, script: Script) => Promise<T>,
    timeoutMs: number,
  ): Promise<T> {
    for (let attempts = 1; ; attempts++) {
      let begun = false
      try {
        return await attempt(work, timeoutMs, () => {
          begun = true
        })
      } catch (error) {
        // A connection that died while it lay idle is found out by the first word.
        const idle = !begun && isLostConnection(error) && attempts === 1
        const again = isLostRace(error) || idle || names.giveUpAfter(codeOf(error))
        if (!again || attempts === mostAttempts) throw fail(error)
      }
      await wait(randomInt(1, Math.min(longestPauseMs, 2 ** attempts * 5)))
    }
  }

  async function readOnce<T>(text: string, values: readonly Value[]): Promise<T[]> {
    const query = { text, values: values.map(bindable), query_timeout: statementMs }
    return (await told(pool.query<Record<string, unknown>>(query))).rows as T[]
  }

  return {
    name,
    dialect,
    parts: observationParts,
    read: {
      async all<T>(text: string, values: readonly Value[] = []) {
        return await readOnce<T>(text, values)
          .catch((error: unknown) => {
            if (!isLostConnection(error)) throw error
            return readOnce<T>(text, values)
          })
          .catch((error: unknown) => {
            throw fail(error)
          })
      },
    },
    write: (work) => transaction(work, statementMs),
    alone: (work) =>
      transaction(async (sql, script) => {
        await script(`SET LOCAL lock_timeout = 0; SELECT pg_advisory_xact_lock(${aloneKey});
          SET LOCAL lock_timeout = ${lockMs}`)
        return await work(sql, script)
      }, longStatementMs),
    async close() {
      closing ??= pool.end()
      await closing
    },
  }
}

const dialect: Dialect = {
  name: 'postgres',
  list: (value, type) =>
    type === 'int'
      ? `(SELECT unnest(${numbers(value)}) AS item)`
      : `(SELECT jsonb_array_elements_text(${value}::jsonb)::${typeOf[type]} AS item)`,
  among: (value) => `= ANY (${numbers(value)})`,
  forUpdate: 'FOR NO KEY UPDATE',
  forUpdateSkipping: 'FOR NO KEY UPDATE SKIP LOCKED',
}

/** Numbers stand in JSON as they do in an array's text, but for the brackets. */
function numbers(value: string): string {
  return `translate(${value}, '[]', '{}')::bigint[]`
}

const typeOf = { int: 'bigint', real: 'double precision', text: 'text', bool: 'boolean' } as const

/** Rows out of one parameter a column: the server takes arrays apart in a fraction of the time that JSON needs. */
function recordset(columns: Columns): string {
  const values = Object.values(columns).map((type, at) => `$${at + 1}::${typeOf[type]}[]`)
  return `unnest(${values.join(', ')}) AS given (${Object.keys(columns).join(', ')})`
}

/** Without user, password and parameters. */
function nameOf(url: string): string {
  try {
    const { host, pathname } = new URL(url)
    return `postgres ${host}${pathname}`
  } catch {
    return 'postgres'
  }
}

function openPool(name: string, url: string, poolSize: number): pg.Pool {
  let pool: pg.Pool
  try {
    pool = new pg.Pool({
      connectionString: url,
      max: poolSize,
      connectionTimeoutMillis: connectMs,
      idleTimeoutMillis: idleMs,
      keepAlive: true,
      pipeline: true,
      application_name: 'everface',
      types: { getTypeParser },
    })
  } catch {
    // The driver's own error repeats the address with its password.
    throw new EverfaceError('store-unreachable', `${name}: the address cannot be read.`)
  }
  // A connection that is lost while nobody asks is replaced by the next call.
  pool.on('error', () => {})
  pool.on('connect', (client) => void client.on('error', () => {}))
  return pool
}

type TypeId = Parameters<typeof pg.types.getTypeParser>[0]

/** Counts, numbers of rows and times are whole numbers below 2^53: numbers, not texts. */
const getTypeParser: typeof pg.types.getTypeParser = (type: TypeId) =>
  type === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(type)

/** Runs several statements; the connection counts as lost some seconds after the server should have given up. */
type Script = (text: string) => Promise<void>

function createScript(client: pg.PoolClient, timeoutMs: number): Script {
  return async (text) => {
    // Without values it may be several statements; then there are several results.
    const query = { text, values: [], query_timeout: timeoutMs + graceMs }
    const { command } = await told(client.query<Record<string, unknown>>(query))
    if (text === 'COMMIT' && command !== 'COMMIT') throw new Error('nothing was committed')
  }
}

function createSql(client: pg.PoolClient, names: Names, timeoutMs: number): Sql {
  async function query(text: string, values: readonly Value[]): Promise<pg.QueryResult> {
    const query = {
      name: names.of(text),
      text,
      values: values.map(bindable),
      query_timeout: timeoutMs + graceMs,
    }
    return await told(client.query<Record<string, unknown>>(query))
  }

  return {
    async all<T>(text: string, values: readonly Value[] = []) {
      return (await query(text, values)).rows as T[]
    },
    async run(text, values = []) {
      return (await query(text, values)).rowCount ?? 0
    },
    async insert(table, columns, rows, conflict = '') {
      const names = Object.keys(columns).join(', ')
      const text = `INSERT INTO ${table} (${names})
        SELECT ${names} FROM ${recordset(columns)} ${conflict}`
      let changes = 0
      for (const piece of pieces(rows)) {
        changes += (await query(text, arraysOf(piece, columns))).rowCount ?? 0
      }
      return changes
    },
    async update(table, key, columns, rows, guard) {
      const set = Object.keys(columns).map((column) => `${column} = given.${column}`)
      const where = Object.keys(key).map((column) => `${table}.${column} = given.${column}`)
      const all = { ...key, ...columns }
      const text = `UPDATE ${table} SET ${set.join(', ')} FROM ${recordset(all)}
        WHERE ${[...where, ...(guard === undefined ? [] : [guard])].join(' AND ')}`
      let changes = 0
      for (const piece of pieces(rows)) {
        changes += (await query(text, arraysOf(piece, all))).rowCount ?? 0
      }
      return changes
    },
  }
}

function* pieces<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < rows.length; at += rowsAtOnce) yield rows.slice(at, at + rowsAtOnce)
}

/** The cells of each column as the text of an array. What is said of one row is mostly said of the next as well. */
function arraysOf(rows: readonly Cells[], columns: Columns): string[] {
  return Object.entries(columns).map(([column, type]) => {
    let last: Value | undefined
    let item = ''
    let text = ''
    for (const row of rows) {
      const value = row[column]
      if (text === '' || value !== last) {
        const cell = toCell(value, type, column)
        item = typeof cell === 'string' ? quoted(cell) : cell === null ? 'NULL' : String(cell)
        last = value
      }
      text += text === '' ? `{${item}` : `,${item}`
    }
    return text === '' ? '{}' : `${text}}`
  })
}

function quoted(text: string): string {
  return /["\\]/.test(text) ? `"${text.replaceAll(/["\\]/g, '\\$&')}"` : `"${text}"`
}

function bindable(value: Value): Value {
  return typeof value === 'string' ? storable(value) : value
}

/** What the client says by itself, not the server: there is no connection, or none any more. */
class Lost extends Error {
  override name = 'Lost'
}

/** Tells apart what the server said and what became of the connection. */
async function told<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof pg.DatabaseError) throw error
    throw new Lost(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? code : ''
}

/** Serialisation failure, deadlock, or our own word. */
function isLostRace(error: unknown): boolean {
  return error instanceof Again || ['40001', '40P01'].includes(codeOf(error))
}

/** Connection exceptions, and a server that shuts down, crashed, or is not yet up. */
function isLostConnection(error: unknown): boolean {
  return error instanceof Lost || /^(?:08...|57P0[1-3])$/.test(codeOf(error))
}

/**
 * Rights, resources, time-outs, a server that only reads: classes of SQLSTATE that an operator can mend. A missing table
 * is what remains of a store that somebody else took back.
 */
const mendable = /^(?:28...|3D000|53...|58...|57014|55P03|25006|25P03|42501|XX00[12])$/

function toFailure(name: string, error: unknown, closed: boolean): unknown {
  const code = codeOf(error)
  if (error instanceof EverfaceError) return error
  if (closed) {
    return new EverfaceError('store-unreachable', `${name} is closed.`, { cause: error })
  }
  if (code === '42P01') {
    return new EverfaceError('store-outdated', `${name} lacks a table.`, { cause: error })
  }
  if (isLostRace(error)) {
    const message = `${name} is too busy: ${mostAttempts} attempts met others at the same rows.`
    return new EverfaceError('store-unreachable', message, { cause: error })
  }
  if (!isLostConnection(error) && !mendable.test(code)) return error
  const words = error instanceof Error ? error.message : ''
  return new EverfaceError(
    'store-unreachable',
    `${name} did not do what was asked (${[code, words].filter(Boolean).join(': ')}).`,
    { cause: error },
  )
}
