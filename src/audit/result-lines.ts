// Result lines, out and in again: NDJSON and CSV. Writing is on the hot path of an audit. Lines carry no line end:
// the writer of the file adds it.
import { findingKinds, verdictKinds, type FindingKind, type VerdictKind } from '../core/verdict.ts'
import type { Result } from './result.ts'

/** The two forms of a result file. */
export type ResultForm = 'ndjson' | 'csv'

type Edges = Partial<Record<VerdictKind, number>>

const columns = [
  'id',
  'url',
  'provider',
  'verdict',
  'rule',
  'status',
  'edges',
  'sha256',
  'bytes',
  'mime',
  'width',
  'height',
  'expiresAt',
  'ms',
  'at',
  'detail',
] as const satisfies readonly (keyof Result)[]

/** The first line of a CSV result file. */
export const csvHeader = columns.join(',')

/** Edges in the order of `verdictKinds`, so that the same finding gives the same line. */
function inOrder(edges: Result['edges']): Edges {
  const ordered: Edges = {}
  for (const kind of verdictKinds) {
    const count = edges[kind]
    if (count !== undefined) ordered[kind] = count
  }
  return ordered
}

/**
 * A result as one JSON object on one line: keys in the promised order whatever the order of the object, edges in the
 * order of `verdictKinds`.
 */
export function resultToJson(result: Result): string {
  // A fresh object and JSON.stringify: 1.1 million lines a second, more than a line put together by hand.
  return JSON.stringify({
    id: result.id,
    url: result.url,
    provider: result.provider,
    verdict: result.verdict,
    rule: result.rule,
    status: result.status,
    edges: inOrder(result.edges),
    sha256: result.sha256,
    bytes: result.bytes,
    mime: result.mime,
    width: result.width,
    height: result.height,
    expiresAt: result.expiresAt,
    ms: result.ms,
    at: result.at,
    detail: result.detail,
  } satisfies Result)
}

const needsQuotes = /[",\r\n]|^\s|\s$/

function field(text: string): string {
  return needsQuotes.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function edgesToText(edges: Result['edges']): string {
  let text = ''
  for (const kind of verdictKinds) {
    const count = edges[kind]
    if (count !== undefined) text += `${text === '' ? '' : ' '}${kind}=${count}`
  }
  return text
}

function numberField(value: number | null): string {
  return value === null ? '' : `${value}`
}

/**
 * A result as one CSV record in the order of `csvHeader`, quoted by RFC 4180; null is an empty field. Ids and URLs
 * stand as they are, also those that a spreadsheet would take for a formula: a record must lead back to its row.
 */
export function resultToCsv(result: Result): string {
  return (
    `${field(result.id)},${field(result.url)},${field(result.provider)},${result.verdict}` +
    `,${field(result.rule)},${numberField(result.status)},${edgesToText(result.edges)}` +
    `,${field(result.sha256 ?? '')},${numberField(result.bytes)},${field(result.mime ?? '')}` +
    `,${numberField(result.width)},${numberField(result.height)},${field(result.expiresAt ?? '')}` +
    `,${numberField(result.ms)},${field(result.at)},${field(result.detail)}`
  )
}

/** The fields of a CSV record, or null when a quotation mark is open or out of place. */
function readFields(record: string): string[] | null {
  const fields: string[] = []
  let at = 0
  for (;;) {
    if (record[at] === '"') {
      let text = ''
      let from = at + 1
      for (;;) {
        const mark = record.indexOf('"', from)
        if (mark === -1) return null
        text += record.slice(from, mark)
        at = mark + 1
        if (record[at] !== '"') break
        text += '"'
        from = at + 1
      }
      fields.push(text)
      if (at === record.length) return fields
      if (record[at] !== ',') return null
    } else {
      const comma = record.indexOf(',', at)
      fields.push(record.slice(at, comma === -1 ? undefined : comma))
      if (comma === -1) return fields
      at = comma
    }
    at += 1
  }
}

function readEdges(value: unknown): Edges {
  const edges: Edges = {}
  if (typeof value === 'string') {
    const pairs = value.split(' ').map((pair) => pair.split('='))
    return readEdges(Object.fromEntries(pairs.map(([kind, count]) => [kind, Number(count)])))
  }
  if (typeof value !== 'object' || value === null) return edges
  for (const kind of verdictKinds) {
    const count: unknown = Reflect.get(value, kind)
    if (typeof count === 'number' && Number.isFinite(count)) edges[kind] = count
  }
  return edges
}

function isFinding(value: unknown): value is FindingKind {
  return findingKinds.some((kind) => kind === value)
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

function numberOf(value: unknown): number | null {
  if (value === '' || (typeof value !== 'string' && typeof value !== 'number')) return null
  return Number.isFinite(Number(value)) ? Number(value) : null
}

function assemble(read: (name: keyof Result) => unknown): Result | null {
  const [id, url, verdict] = [read('id'), read('url'), read('verdict')]
  if (typeof id !== 'string' || typeof url !== 'string' || !isFinding(verdict)) return null
  return {
    id,
    url,
    provider: textOf(read('provider')) ?? 'generic',
    verdict,
    rule: textOf(read('rule')) ?? '',
    status: numberOf(read('status')),
    edges: readEdges(read('edges')),
    sha256: textOf(read('sha256')),
    bytes: numberOf(read('bytes')),
    mime: textOf(read('mime')),
    width: numberOf(read('width')),
    height: numberOf(read('height')),
    expiresAt: textOf(read('expiresAt')),
    ms: numberOf(read('ms')) ?? 0,
    at: textOf(read('at')) ?? '',
    detail: textOf(read('detail')) ?? '',
  }
}

/**
 * Reads one result line again. Absent fields become null, unknown keys are passed over; a line that was cut off, a
 * CSV header or anything else that is no result gives null.
 */
export function readResult(line: string, form: ResultForm): Result | null {
  if (form === 'csv') {
    const fields = readFields(line)
    if (fields?.length !== columns.length) return null
    return assemble((name) => fields[columns.indexOf(name)])
  }
  if (!line.startsWith('{')) return null
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null
      ? assemble((name) => Reflect.get(value, name))
      : null
  } catch {
    return null
  }
}

/** Reads a result file piece by piece, to continue an interrupted audit. */
export interface ResultReader {
  /** Takes the next piece of text and answers the results that became whole with it. */
  add(text: string): Result[]
  /** Bytes (UTF-8) up to the end of the last whole line: where the file is to be cut before writing on. */
  wholeBytes(): number
  /** Whole lines that held no result, a CSV header apart. */
  unreadable(): number
}

/** A reader for a whole result file. CSV records may span lines. A last line without its line end is not whole. */
export function createResultReader(form: ResultForm): ResultReader {
  let rest = ''
  let scanned = 0
  let inQuotes = false
  let bytes = 0
  let unreadable = 0

  return {
    add(text) {
      rest += text
      const results: Result[] = []
      let start = 0
      for (;;) {
        const end = rest.indexOf('\n', scanned)
        const upTo = end === -1 ? rest.length : end
        if (form === 'csv' && rest.slice(scanned, upTo).split('"').length % 2 === 0) {
          inQuotes = !inQuotes
        }
        scanned = end === -1 ? upTo : end + 1
        if (end === -1) break
        if (inQuotes) continue
        const line = rest.slice(start, end).replace(/\r$/, '')
        bytes += Buffer.byteLength(rest.slice(start, end + 1))
        start = scanned
        const result = readResult(line, form)
        if (result !== null) results.push(result)
        else if (line !== '' && line !== csvHeader) unreadable += 1
      }
      rest = rest.slice(start)
      scanned -= start
      return results
    },
    wholeBytes: () => bytes,
    unreadable: () => unreadable,
  }
}
