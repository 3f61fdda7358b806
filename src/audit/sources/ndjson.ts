// A JSON value a line: an object with the URL at a path such as `user.avatar`, or the bare URL as a string.
import { EverfaceError } from '../../errors.ts'
import { type Row, type Source, numbered } from '../row.ts'
import type { WantedColumns } from './columns.ts'
import { chooseColumns } from './columns.ts'
import type { CsvRecord } from './csv.ts'
import { createCsvReader } from './csv.ts'
import { firstLines } from './form.ts'
import type { TextInput } from './text.ts'
import { readRows } from './text.ts'
import { readTime } from './time.ts'

type Json = Readonly<Record<string, unknown>>
type Path = readonly string[]

interface Paths {
  readonly url: Path | null
  readonly id: Path | null
  readonly since: Path | null
}

/** Lines looked at to choose the paths. */
const sampleLines = 100
const maxDepth = 4

/** Opens a text as one JSON value a line. */
export function openNdjson(input: TextInput, wanted: WantedColumns): Source {
  const { name, notes } = input
  const lines = firstLines(input)
  if (lines.length === 0) throw new EverfaceError('source-empty', `${name} has no row`)
  const values = lines.slice(0, sampleLines).map(readValue)
  if (/^(?:\[|\{$)/.test(lines[0] ?? '') && !values.some(isUsable)) {
    throw new EverfaceError('source-format', `${name} is one JSON document, not one value a line`, {
      hint: `Write an object a line, for instance: jq -c '.[]' FILE | everface check -`,
    })
  }
  const paths = choosePaths(values.filter(isObject), wanted, name, notes)
  const total = input.countRows(lines.length)
  return {
    name,
    notes,
    total,
    estimated: total !== null && !input.complete,
    rows() {
      let number = 0
      return readRows(
        input.pieces(),
        createCsvReader({ delimiter: '', quotes: false }),
        (record) => {
          if (record.broken === undefined && (record.fields[0] ?? '').trim() === '') return null
          return toRow(record, paths, numbered(++number))
        },
      )
    },
    async close() {
      input.close()
    },
  }
}

function toRow(record: CsvRecord, paths: Paths, own: Pick<Row, 'id' | 'numbered'>): Row {
  const at = `line ${record.line}`
  if (record.broken !== undefined) return { ...own, url: '', broken: record.broken }
  const text = record.fields[0] ?? ''
  const value = readValue(text)
  if (typeof value === 'string') return { ...own, url: value }
  if (value === undefined) return { ...own, url: '', broken: `${at} is not JSON` }
  if (!isObject(value)) return { ...own, url: '', broken: `${at} is no object and no string` }

  const id = paths.id === null ? undefined : readScalar(value, paths.id, text)
  const who = id === undefined ? own : { id }
  const url = paths.url === null ? undefined : follow(value, paths.url)
  if (url !== undefined && url !== null && typeof url !== 'string') {
    return { ...who, url: '', broken: `${at}: "${paths.url?.join('.')}" is no string` }
  }
  const since =
    paths.since === null ? undefined : readTime(readScalar(value, paths.since, text) ?? '')
  return since === undefined ? { ...who, url: url ?? '' } : { ...who, url: url ?? '', since }
}

function choosePaths(
  objects: readonly Json[],
  wanted: WantedColumns,
  name: string,
  notes: string[],
): Paths {
  const found = new Map<string, Path>()
  for (const object of objects) collectPaths(object, [], found)
  const names = [...found.keys()]
  // Bare strings only, or nothing readable: the URL is the line itself.
  if (names.length === 0 && wanted.urlColumn === undefined)
    return { url: null, id: null, since: null }
  const all = [...found.values()]
  const sample = objects.map((object) => all.map((path) => readScalar(object, path, '') ?? ''))
  const columns = chooseColumns(names, sample, wanted, name)
  notes.push(...columns.notes)
  const at = (position: number | null): Path | null =>
    position === null ? null : (all[position] ?? null)
  return { url: at(columns.url), id: at(columns.id), since: at(columns.since) }
}

/** A key that has a dot itself stays one step of its path. */
function collectPaths(object: Json, above: Path, found: Map<string, Path>): void {
  for (const [key, value] of Object.entries(object)) {
    const path = [...above, key]
    if (isObject(value)) {
      if (path.length < maxDepth) collectPaths(value, path, found)
    } else if (!Array.isArray(value) && !found.has(path.join('.'))) found.set(path.join('.'), path)
  }
}

function follow(object: Json, path: Path): unknown {
  let value: unknown = object
  for (const step of path)
    value = isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined
  return value
}

function readScalar(object: Json, path: Path, text: string): string | undefined {
  const value = follow(object, path)
  if (typeof value === 'string') return value === '' ? undefined : value
  if (typeof value !== 'number') return undefined
  return Number.isInteger(value) && !Number.isSafeInteger(value)
    ? (readDigits(text, path.at(-1) ?? '', value) ?? String(value))
    : String(value)
}

/** The digits as written, for an id beyond 2^53 that a number cannot hold. */
function readDigits(text: string, key: string, wanted: number): string | undefined {
  let digits: string | undefined
  if (text === '') return undefined
  JSON.parse(text, (name: string, value: unknown, context?: { source?: string }) => {
    if (name === key && value === wanted) digits ??= context?.source
    return value
  })
  return digits
}

function readValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isUsable(value: unknown): boolean {
  return isObject(value) || typeof value === 'string'
}
