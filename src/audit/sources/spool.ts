// Rows put aside in a file that nobody else can read, for inputs that must be taken at once but are worked
// through slowly. The file is gone when the rows are.
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { EverfaceError } from '../../errors.ts'
import type { Row } from '../row.ts'
import { createCsvReader } from './csv.ts'
import { readRows } from './text.ts'

/** Takes all batches first, as fast as they come, then gives them as slowly as they are taken. */
export async function* spoolRows(
  batches: AsyncIterable<readonly Row[]>,
): AsyncGenerator<readonly Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'everface-'))
  const file = join(folder, 'rows.ndjson')
  try {
    await pipeline(writeLines(batches), createWriteStream(file, { mode: 0o600 })).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOSPC') throw error
        throw new EverfaceError('out-unwritable', `no space left in ${folder}`, { cause: error })
      },
    )
    const reader = createCsvReader({ delimiter: '', quotes: false, maxChars: Infinity })
    yield* readRows(
      createReadStream(file, 'utf8'),
      reader,
      ({ fields }) => JSON.parse(fields[0] ?? '') as Row,
    )
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function* writeLines(batches: AsyncIterable<readonly Row[]>): AsyncGenerator<string> {
  for await (const rows of batches) yield rows.map((row) => `${JSON.stringify(row)}\n`).join('')
}
