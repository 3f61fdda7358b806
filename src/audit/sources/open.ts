// The inputs of an audit by their address: files, stdin, one URL, tables of three kinds of database.
// Whatever it is, rows come out in batches, as fast as they are taken, in memory that does not grow.
import type { Readable } from 'node:stream'
import { EverfaceError } from '../../errors.ts'
import type { Source } from '../row.ts'
import { openFileBytes, openStreamBytes } from './bytes.ts'
import type { ByteInput } from './bytes.ts'
import { openDelimited } from './delimited.ts'
import { formByContent, formByName } from './form.ts'
import { openList } from './list.ts'
import { openMysql } from './mysql.ts'
import { openNdjson } from './ndjson.ts'
import { openPostgres } from './postgres.ts'
import { openSqlite } from './sqlite.ts'
import { openText } from './text.ts'

/** How to read an input. What is not told is guessed, and every guess is said in the source's notes. */
export interface SourceOptions {
  /** The column that holds the URL: a name, a 1-based number, or a path such as `user.avatar`. */
  readonly urlColumn?: string | undefined
  /** The column that holds the id. */
  readonly idColumn?: string | undefined
  /** The column that tells since when. */
  readonly sinceColumn?: string | undefined
  /** A database's table or view, `name` or `schema.name`. */
  readonly table?: string | undefined
  /** What `-` reads. */
  readonly stdin?: Readable | undefined
}

/**
 * Opens an input. Its rows can be walked once.
 * @param spec a path, `-`, an http(s) URL (one row), or `postgres://…`, `mysql://…`, `sqlite:FILE`
 * @param options columns, table, stdin
 */
export async function openSource(spec: string, options: SourceOptions = {}): Promise<Source> {
  const scheme = /^([a-z][a-z0-9+]+):/i.exec(spec)?.[1]?.toLowerCase() ?? ''
  switch (scheme) {
    case 'http':
    case 'https':
      return openUrl(spec)
    case 'postgres':
    case 'postgresql':
      return await openPostgres(spec, options)
    case 'mysql':
    case 'mariadb':
      return await openMysql(spec, options)
    case 'sqlite':
      return await openSqlite(spec, options)
    default:
      if (/^[a-z][a-z0-9+]+:\/\//i.test(spec)) throw unknownScheme(scheme)
  }
  if (spec === '-') return await openStdin(options)
  return openForm(await openFileBytes(spec), options)
}

/** The scheme alone is named: the rest of the address may hold a password. */
function unknownScheme(scheme: string): EverfaceError {
  return new EverfaceError('usage', `cannot read from ${scheme}:// addresses`, {
    hint: 'Give a file, -, an http(s) URL, or a postgres://, mysql:// or sqlite: address.',
  })
}

async function openStdin(options: SourceOptions): Promise<Source> {
  if (options.stdin === undefined) throw new EverfaceError('usage', 'there is no stdin to read')
  return openForm(await openStreamBytes(options.stdin), options)
}

function openForm(bytes: ByteInput, options: SourceOptions): Source {
  const source = readForm(bytes, options)
  const { writtenAt } = bytes
  return writtenAt === null ? source : { ...source, writtenAt }
}

function readForm(bytes: ByteInput, options: SourceOptions): Source {
  try {
    const input = openText(bytes)
    const columnsNamed = options.urlColumn !== undefined || options.idColumn !== undefined
    const form = formByName(bytes.name) ?? formByContent(input, columnsNamed)
    switch (form) {
      case 'csv':
        return openDelimited(input, options, ',')
      case 'tsv':
        return openDelimited(input, options, '\t')
      case 'ndjson':
        return openNdjson(input, options)
      case 'txt':
        return openList(input)
    }
  } catch (error) {
    bytes.close()
    throw error
  }
}

function openUrl(url: string): Source {
  return {
    name: url.replace(/\/\/[^/@]*@/, '//'),
    notes: [],
    total: 1,
    async *rows() {
      yield [{ id: '1', numbered: true, url }]
    },
    async close() {},
  }
}
