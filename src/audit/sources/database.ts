// What the three databases share: addresses without their secrets, the choice of columns and of the key to
// page by, errors in words that an operator can act on. Nothing here, nor in the adapters, ever writes.
import { setTimeout as wait } from 'node:timers/promises'
import { EverfaceError } from '../../errors.ts'
import { type Row, numbered } from '../row.ts'
import { chooseColumns, guessUrlColumn } from './columns.ts'
import type { WantedColumns } from './columns.ts'
import { sortByNearness } from './nearest.ts'
import { batchRows } from './text.ts'
import { readTime } from './time.ts'

/** Rows in one page: a query of some milliseconds, so that no lock and no snapshot is held for long. */
export const pageRows = 5_000
/** A page by an indexed key takes milliseconds; longer than this, something is wrong. */
export const pageTimeoutMs = 60_000
/** What counting may cost somebody's production database. */
export const countTimeoutMs = 2_000
/** Beyond this many rows the catalog's estimate will do. */
export const countableRows = 5_000_000

/** A database's address. */
export interface Address {
  /** Scheme, host, port and database: fit to be shown. */
  readonly name: string
  readonly secrets: readonly string[]
}

/** A column as the catalog has it. */
export interface Column {
  readonly name: string
  /** The type's name in the database's own words, lower case. */
  readonly type: string
  /** Whether it can hold a URL. */
  readonly text: boolean
  /** Whether it alone is the primary key. */
  readonly primary: boolean
  /** Whether pages can be read by it: unique, never null, and of a type with an order that can be told. */
  readonly key: boolean
}

/** Which columns are read, and which one orders the pages. */
export interface Plan {
  readonly url: Column
  readonly id: Column | null
  readonly since: Column | null
  readonly key: Column | null
  readonly notes: readonly string[]
}

/** A record as it comes from a database, all as text. */
export type Tuple = readonly [
  key: string | null,
  id: string | null,
  url: string | null,
  since?: string | null,
]

/** Reads an address; what is wrong with it is told without repeating it. */
export function readAddress(spec: string): Address {
  const url = URL.parse(spec)
  // A slash or a hash in the password ends the host early: then part of it would pass for a path.
  if (url === null || (spec.includes('@') && url.username === '' && url.password === '')) {
    throw new EverfaceError('usage', 'the database address cannot be read', {
      hint: 'Write scheme://user:password@host:port/database; percent-encode / # ? @ in user and password.',
    })
  }
  const asked = url.searchParams.get('password') ?? ''
  const secrets = [url.password, decode(url.password), asked].filter((secret) => secret !== '')
  return { name: `${url.protocol}//${url.host}${url.pathname}`, secrets }
}

/** The text without passwords. */
export function redact(text: string, { secrets }: Address): string {
  const bare = text.replace(/(:\/\/[^\s:/@]*):[^\s@]*@/g, '$1:***@')
  return secrets.reduce((left, secret) => left.replaceAll(secret, '***'), bare)
}

/** Splits `schema.table`; a name with a dot in it is written in quotes. */
export function readTableName(text: string): { schema: string | null; table: string } {
  const part = '"[^"]+"|`[^`]+`'
  const match = new RegExp(`^(?:(${part}|[^."\`]+)\\.)?(${part}|.+)$`).exec(text)
  const bare = (name: string): string => name.replace(/^(["`])(.*)\1$/, '$2')
  const schema = match?.[1]
  return { schema: schema === undefined ? null : bare(schema), table: bare(match?.[2] ?? text) }
}

/** Chooses what is read from a table and by which key. */
export function planColumns(
  columns: readonly Column[],
  wanted: WantedColumns,
  where: string,
): Plan {
  const texts = columns.filter(({ text }) => text).map(({ name }) => name)
  const primary = columns.find((column) => column.primary && column.name !== wanted.urlColumn)
  const guessed =
    wanted.urlColumn === undefined ? texts[guessUrlColumn(texts, [], where)] : undefined
  const chosen = chooseColumns(
    columns.map(({ name }) => name),
    [],
    {
      urlColumn: wanted.urlColumn ?? guessed,
      idColumn: wanted.idColumn ?? primary?.name,
      sinceColumn: wanted.sinceColumn,
    },
    where,
  )
  const notes = guessed === undefined ? [] : [`column "${guessed}" holds the URL`]
  if (wanted.idColumn === undefined && primary !== undefined) {
    notes.push(`primary key "${primary.name}" holds the id`)
  }
  notes.push(...chosen.notes)

  const at = (position: number | null): Column | null =>
    position === null ? null : (columns[position] ?? null)
  const url = at(chosen.url)
  if (url === null) throw new EverfaceError('column-missing', `${where} has no column`)
  const id = at(chosen.id)
  const key =
    id?.key === true
      ? id
      : (columns.find((column) => column.primary && column.key) ??
        columns.find((column) => column.key) ??
        null)
  return { url, id, since: at(chosen.since), key, notes }
}

/** Reads page after page by the key; a connection lost between pages is no reason to stop. */
export async function* readPages(
  fetchPage: (after: string | null) => Promise<readonly Tuple[]>,
): AsyncGenerator<readonly Row[]> {
  const toRows = createRowMaker()
  let after: string | null = null
  for (;;) {
    const page = await fetchAgain(fetchPage, after)
    yield* toRows(page)
    const last: string | null = page.at(-1)?.[0] ?? null
    if (page.length < pageRows || last === null) return
    after = last
  }
}

/** Makes batches of rows of tuples, numbering those without an id. */
export function createRowMaker(): (tuples: readonly Tuple[]) => Generator<readonly Row[]> {
  let number = 0
  return function* (tuples) {
    for (let from = 0; from < tuples.length; from += batchRows) {
      yield tuples.slice(from, from + batchRows).map(([, id, url, since]): Row => {
        number++
        const who = id === null || id === '' ? numbered(number) : { id }
        const row = { ...who, url: url ?? '' }
        const time = since === undefined || since === null ? undefined : readTime(since)
        return time === undefined ? row : { ...row, since: time }
      })
    }
  }
}

const lostConnection =
  /^(?:ECONN|EPIPE|ETIMEDOUT|57P0|08|PROTOCOL_CONNECTION_LOST|ER_SERVER_SHUTDOWN)/

async function fetchAgain(
  fetchPage: (after: string | null) => Promise<readonly Tuple[]>,
  after: string | null,
): Promise<readonly Tuple[]> {
  for (const delayMs of [500, 2_000, 8_000]) {
    try {
      return await fetchPage(after)
    } catch (error) {
      const { code = '', message } = error as NodeJS.ErrnoException
      if (!lostConnection.test(code) && !message.startsWith('Connection terminated')) throw error
      await wait(delayMs)
    }
  }
  return await fetchPage(after)
}

/** Sentences for what keeps a database from answering, by the codes of Node, PostgreSQL and MySQL. */
const unreachable: Record<string, string> = {
  ENOTFOUND: 'its host has no address',
  EAI_AGAIN: 'its host name could not be looked up',
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ETIMEDOUT: 'no answer in time',
  EHOSTUNREACH: 'no way leads to its host',
  ENETUNREACH: 'no way leads to its network',
  ENOENT: 'its socket does not exist',
  '28P01': 'it refused user or password',
  '28000': 'it refused the user',
  '3D000': 'it has no database of that name',
  '53300': 'it has too many connections',
  '57P01': 'it is shutting down',
  '57P03': 'it is starting up',
  ER_ACCESS_DENIED_ERROR: 'it refused user or password',
  ER_DBACCESS_DENIED_ERROR: 'the user may not use that database',
  ER_BAD_DB_ERROR: 'it has no database of that name',
  ER_CON_COUNT_ERROR: 'it has too many connections',
  PROTOCOL_CONNECTION_LOST: 'the connection was cut',
}

/** Turns what a driver throws into words for an operator, without secrets. */
export function databaseError(address: Address, error: unknown): EverfaceError {
  if (error instanceof EverfaceError) return error
  const { code = '', message } = error as NodeJS.ErrnoException
  const why = unreachable[code]
  if (why !== undefined) {
    return new EverfaceError('database-unreachable', `${address.name}: ${why}`, { cause: error })
  }
  if (/timeout|terminated/i.test(message) && (code === '' || code.startsWith('08'))) {
    return new EverfaceError('database-unreachable', `${address.name}: no answer in time`, {
      cause: error,
    })
  }
  if (/^(?:57014|ER_STATEMENT_TIMEOUT|ER_QUERY_TIMEOUT)$/.test(code)) {
    return new EverfaceError('database-refused', `${address.name}: the query took too long`, {
      hint: 'Name an indexed, unique --id-column, or export the two columns to a CSV file.',
      cause: error,
    })
  }
  const words = redact(message, address)
  return new EverfaceError('database-refused', `${address.name}: ${words}`, { cause: error })
}

/** The error for a table that is not there, or was not named. */
export function tableMissing(
  address: Address,
  table: string | undefined,
  tables: readonly string[],
): EverfaceError {
  const near = sortByNearness(table ?? 'users', tables).slice(0, 10)
  const list = near.length === 0 ? 'there is none' : `there are ${near.join(', ')}`
  const more = tables.length > near.length ? ` and ${tables.length - near.length} more` : ''
  if (table === undefined) {
    return new EverfaceError('usage', `${address.name}: which table? ${list}${more}`, {
      hint: 'Name the table or view with --table NAME.',
    })
  }
  return new EverfaceError(
    'database-refused',
    `${address.name} has no table "${table}"; ${list}${more}`,
    {
      hint: 'Name a table or view with --table NAME or --table SCHEMA.NAME.',
    },
  )
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
