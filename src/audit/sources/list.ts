// A list: one URL a line, numbered from 1. Blank lines count for nothing.
import { EverfaceError } from '../../errors.ts'
import { type Row, type Source, numbered } from '../row.ts'
import type { CsvRecord } from './csv.ts'
import { createCsvReader } from './csv.ts'
import { firstLines, isStrayHeader } from './form.ts'
import type { TextInput } from './text.ts'
import { readRows } from './text.ts'

/** Opens a text as a list of URLs. */
export function openList(input: TextInput): Source {
  if (firstLines(input).length === 0) {
    throw new EverfaceError('source-empty', `${input.name} has no row`)
  }
  let skip = 0
  if (isStrayHeader(input)) {
    skip = 1
    input.notes.push(`the first line of ${input.name} is a column's name, not a URL: left out`)
  }
  const total = input.countRows(firstLines(input).length - skip)
  return {
    name: input.name,
    notes: input.notes,
    total,
    estimated: total !== null && !input.complete,
    rows() {
      let row = -skip
      return readRows(
        input.pieces(),
        createCsvReader({ delimiter: '', quotes: false }),
        (record) => {
          const url = record.fields[0]?.trim() ?? ''
          if (url === '' && record.broken === undefined) return null
          return ++row <= 0 ? null : toRow(record, url, row)
        },
      )
    },
    async close() {
      input.close()
    },
  }
}

function toRow({ broken }: CsvRecord, url: string, row: number): Row {
  return broken === undefined ? { ...numbered(row), url } : { ...numbered(row), url, broken }
}
