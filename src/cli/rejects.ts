// The file of rows that an import rejected: NDJSON, cut back to where the last mark stood before it goes on, so that a killed
// run leaves no line twice.
import { type FileHandle, open } from 'node:fs/promises'
import { EverfaceError } from '../errors.ts'
import type { ImportMark, Reject } from './import-rows.ts'

/** An open file of rejects. */
export interface Rejects {
  /** Adds lines; when it resolves they are safe. Answers the length of the file. */
  add(rejects: readonly Reject[]): Promise<number>
  close(): Promise<void>
}

/** @param mark where the last run stood; null starts a new file */
export async function openRejects(path: string, mark: ImportMark | null): Promise<Rejects> {
  let file: FileHandle
  let length = 0
  try {
    file = await open(path, 'a+')
    const { size } = await file.stat()
    // Shorter than it was: another file by now, or none.
    length = mark !== null && size >= mark.rejectBytes ? mark.rejectBytes : 0
    await file.truncate(length)
  } catch (cause) {
    throw unwritable(path, cause)
  }
  return {
    async add(rejects) {
      if (rejects.length === 0) return length
      const bytes = Buffer.from(rejects.map((one) => `${JSON.stringify(one)}\n`).join(''))
      try {
        await file.appendFile(bytes)
        await file.datasync()
      } catch (cause) {
        throw unwritable(path, cause)
      }
      length += bytes.length
      return length
    },
    close: () => file.close(),
  }
}

function unwritable(path: string, cause: unknown): EverfaceError {
  const { code = 'failed' } = cause as NodeJS.ErrnoException
  return new EverfaceError('out-unwritable', `${path} cannot be written (${code}).`, { cause })
}
