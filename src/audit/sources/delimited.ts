// A table as separated values: sniffs the delimiter, tells whether there is a header, chooses the columns.
import { EverfaceError } from '../../errors.ts'
import { type Row, type Source, numbered } from '../row.ts'
import type { ChosenColumns, WantedColumns } from './columns.ts'
import { chooseColumns, looksLikeUrl } from './columns.ts'
import type { CsvRecord } from './csv.ts'
import { createCsvReader } from './csv.ts'
import { firstLines } from './form.ts'
import type { TextInput } from './text.ts'
import { readRows } from './text.ts'
import { readTime } from './time.ts'

const delimiters = [',', '\t', ';', '|'] as const
/** Records looked at to choose delimiter and columns. */
const sampleRecords = 100

/**
 * Opens a text as separated values.
 * @param input the text
 * @param wanted the columns that the caller named
 * @param preferred the delimiter that the ending promises
 */
export function openDelimited(
  input: TextInput,
  wanted: WantedColumns,
  preferred: ',' | '\t',
): Source {
  const { name, notes } = input
  const [firstLine] = firstLines(input)
  if (firstLine === undefined) throw new EverfaceError('source-empty', `${name} has no row`)

  // Excel writes `sep=;` above the header to tell itself the delimiter.
  const told = /^sep=(.)$/i.exec(firstLine)?.[1]
  const delimiter = told ?? sniffDelimiter(input, preferred)
  const skipped = told === undefined ? 0 : 1
  const records = readHead(input, delimiter).slice(skipped)
  const [first] = records
  if (first === undefined) {
    throw new EverfaceError('source-format', `${name} has no line break in its first 64 KiB`)
  }

  const headed = isHeader(first)
  const sample = records.slice(headed ? 1 : 0, sampleRecords).map(({ fields }) => fields)
  const names = headed ? first.fields.map(nameOrNumber) : numberColumns(sample)
  const columns = chooseColumns(names, sample, wanted, name)
  if (!headed) notes.push(`${name} has no header: its columns are called 1 to ${names.length}`)
  notes.push(...columns.notes)
  const rowsInHead = records.length - (headed ? 1 : 0)
  if (rowsInHead === 0 && input.complete) notes.push(`${name} has a header and no row`)

  const total = input.countRows(rowsInHead)
  return {
    name,
    notes,
    total,
    estimated: total !== null && !input.complete,
    rows() {
      const minFields = Math.max(columns.url, columns.id ?? 0) + 1
      const toRow = createRowMaker(columns)
      let skip = skipped + (headed ? 1 : 0)
      return readRows(input.pieces(), createCsvReader({ delimiter, minFields }), (record) =>
        skip-- > 0 ? null : toRow(record),
      )
    },
    async close() {
      input.close()
    },
  }
}

function createRowMaker({ url, id, since }: ChosenColumns): (record: CsvRecord) => Row {
  let number = 0
  return ({ fields, broken }) => {
    number++
    const named = id === null ? '' : (fields[id] ?? '')
    const who = named === '' ? numbered(number) : { id: named }
    const row = { ...who, url: fields[url] ?? '' }
    if (broken !== undefined) return { ...row, broken }
    if (since === null) return row
    const time = readTime(fields[since] ?? '')
    return time === undefined ? row : { ...row, since: time }
  }
}

function readHead(input: TextInput, delimiter: string): CsvRecord[] {
  const reader = createCsvReader({ delimiter })
  const records = reader.read(input.head)
  return input.complete ? [...records, ...reader.end()] : records
}

/** The delimiter whose records are most alike, '' where every line is one field. */
function sniffDelimiter(input: TextInput, preferred: ',' | '\t'): string {
  const lines = firstLines(input).slice(0, sampleRecords)
  const scores = delimiters.map((delimiter) => {
    const records = readHead(input, delimiter).slice(0, sampleRecords)
    const count = records.find(({ broken }) => broken === undefined)?.fields.length ?? 0
    const alike = records.filter(({ fields }) => fields.length === count).length / records.length
    const fits = count > 1 && !lines.every((line) => isInsideUrl(line, delimiter))
    return { delimiter, count, score: fits ? alike + (delimiter === preferred ? 0.1 : 0) : 0 }
  })
  const [best] = scores.toSorted((a, b) => b.score - a.score || b.count - a.count)
  return best === undefined || best.score === 0 ? '' : best.delimiter
}

/** `https://host/w_96,h_96/face.jpg` is one field: what follows its last comma goes on with the path. */
function isInsideUrl(line: string, delimiter: string): boolean {
  const tail = line.slice(line.lastIndexOf(delimiter) + 1)
  return looksLikeUrl(line) && (tail === line || (tail.includes('/') && !tail.includes('//')))
}

function isHeader({ fields, broken }: CsvRecord): boolean {
  if (broken !== undefined || fields.some(looksLikeUrl)) return false
  return !/^\d+$/.test(fields[0] ?? '') && fields.some((field) => field.trim() !== '')
}

function nameOrNumber(name: string, at: number): string {
  return name.trim() === '' ? String(at + 1) : name.trim()
}

function numberColumns(sample: readonly (readonly string[])[]): string[] {
  const count = sample.reduce((most, { length }) => Math.max(most, length), 0)
  return Array.from({ length: count }, (_, at) => String(at + 1))
}
