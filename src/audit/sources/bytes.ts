// The bytes of a file or of stdin, gunzipped where they are gzip, with a head to look at before reading on.
// What is plainly no text (an Excel workbook, a picture, a database) is refused here, with what to do.
import { open, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { EverfaceError } from '../../errors.ts'
import { isUtf16 } from './encoding.ts'

/** Bytes of the head: enough to tell form, encoding and columns. */
const headBytes = 65_536
const pieceBytes = 65_536

/** An input of bytes, walked once. */
export interface ByteInput {
  /** The file's name without its folder, or `stdin`. */
  readonly name: string
  /** The first 64 KiB or somewhat more; all of it when `complete`. */
  readonly head: Buffer
  readonly complete: boolean
  /** Bytes in all, where that is known. */
  readonly size: number | null
  /** When the file was written, milliseconds UTC; null for a stream. */
  readonly writtenAt: number | null
  /** What follows the head. */
  rest(): AsyncIterable<Buffer>
  close(): void
}

/** Opens a file by its path. */
export async function openFileBytes(path: string): Promise<ByteInput> {
  const name = basename(path)
  try {
    const found = await stat(path)
    if (found.isDirectory()) {
      throw new EverfaceError('source-unreadable', `${path} is a folder, not a file`)
    }
    const file = await open(path, 'r')
    const stream = file.createReadStream({ highWaterMark: pieceBytes })
    const facts = found.isFile()
      ? { size: found.size, writtenAt: Math.round(found.mtimeMs) }
      : unknownFacts
    return await openBytes(name, path, stream, facts)
  } catch (error) {
    throw unreadable(path, error)
  }
}

/** Opens a stream that somebody else owns, such as stdin. */
export async function openStreamBytes(stream: Readable): Promise<ByteInput> {
  return await openBytes('stdin', 'stdin', stream, unknownFacts)
}

type FileFacts = Pick<ByteInput, 'size' | 'writtenAt'>
const unknownFacts: FileFacts = { size: null, writtenAt: null }

async function openBytes(
  name: string,
  path: string,
  stream: Readable,
  facts: FileFacts,
): Promise<ByteInput> {
  try {
    const raw = readPieces(path, stream)
    const first = await readHead(raw)
    if (first.head[0] === 0x1f && first.head[1] === 0x8b) {
      const packed = joinPieces(first.head, raw)
      return await openGzip(name, path, stream, packed, facts.writtenAt)
    }
    refuseBinary(path, first.head)
    return { name, ...first, ...facts, rest: () => raw, close: () => void stream.destroy() }
  } catch (error) {
    stream.destroy()
    throw error
  }
}

async function openGzip(
  name: string,
  path: string,
  stream: Readable,
  packed: AsyncIterable<Buffer>,
  writtenAt: number | null,
): Promise<ByteInput> {
  const gunzip = createGunzip({ chunkSize: pieceBytes })
  // A failure reaches the reader through gunzip, which pipeline destroys with it.
  pipeline(packed, gunzip).catch(() => {})
  const pieces = readPieces(path, gunzip)
  const unpacked = await readHead(pieces)
  refuseBinary(path, unpacked.head)
  return {
    name,
    ...unpacked,
    size: null,
    writtenAt,
    rest: () => pieces,
    close() {
      gunzip.destroy()
      stream.destroy()
    },
  }
}

async function readHead(
  pieces: AsyncGenerator<Buffer>,
): Promise<{ head: Buffer; complete: boolean }> {
  const taken: Buffer[] = []
  let bytes = 0
  while (bytes < headBytes) {
    const next = await pieces.next()
    if (next.done === true) return { head: Buffer.concat(taken), complete: true }
    taken.push(next.value)
    bytes += next.value.length
  }
  return { head: Buffer.concat(taken), complete: false }
}

async function* readPieces(path: string, stream: Readable): AsyncGenerator<Buffer> {
  try {
    for await (const piece of stream) {
      yield Buffer.isBuffer(piece) ? piece : Buffer.from(piece as string | Uint8Array)
    }
  } catch (error) {
    throw unreadable(path, error)
  }
}

async function* joinPieces(head: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield head
  yield* rest
}

function unreadable(path: string, error: unknown): EverfaceError {
  if (error instanceof EverfaceError) return error
  const code = (error as NodeJS.ErrnoException).code ?? ''
  const why: Record<string, string> = {
    ENOENT: 'there is no such file',
    ENOTDIR: 'there is no such file',
    EACCES: 'its rights forbid reading it',
    EPERM: 'its rights forbid reading it',
    EISDIR: 'it is a folder, not a file',
    Z_BUF_ERROR: 'its gzip data ends too early',
    Z_DATA_ERROR: 'its gzip data is damaged',
    ERR_STREAM_PREMATURE_CLOSE: 'it ended too early',
  }
  const message = error instanceof Error ? error.message : String(error)
  return new EverfaceError('source-unreadable', `cannot read ${path}: ${why[code] ?? message}`, {
    cause: error,
  })
}

const asCsv = 'Open it in the spreadsheet program and save it as CSV (UTF-8), then check that file.'
const signatures: readonly (readonly [hex: string, what: string, hint: string])[] = [
  ['504b0304', 'an Excel workbook (.xlsx) or another zip file', asCsv],
  ['d0cf11e0a1b11ae1', 'an old Excel workbook (.xls)', asCsv],
  [
    '53514c69746520666f726d6174203300',
    'an SQLite database',
    'Give it as sqlite:FILE with --table NAME.',
  ],
  ['25504446', 'a PDF', 'Give the list as .csv, .ndjson or .txt.'],
  ['50415231', 'a Parquet file', 'Export the two columns as CSV, for instance with duckdb.'],
  ['28b52ffd', 'packed with zstd', 'Unpack it first: zstd -dc FILE | everface check -'],
  ['fd377a585a00', 'packed with xz', 'Unpack it first: xz -dc FILE | everface check -'],
  ['425a68', 'packed with bzip2', 'Unpack it first: bzip2 -dc FILE | everface check -'],
]

function refuseBinary(path: string, head: Buffer): void {
  for (const [hex, what, hint] of signatures) {
    const mark = Buffer.from(hex, 'hex')
    // A text may well begin with the letters of a short mark; text has no NUL.
    if (!head.subarray(0, mark.length).equals(mark)) continue
    if (head.includes(0) || mark.length > 3) {
      throw new EverfaceError('source-format', `${path} is ${what}, not a list`, { hint })
    }
  }
  // One row with a NUL in it is a broken row, not a binary file.
  if (countNuls(head) <= head.length / mostNuls || isUtf16(head)) return
  throw new EverfaceError('source-format', `${path} is a binary file, not a list`, {
    hint: 'Give a .csv, .tsv, .ndjson or .txt file; a spreadsheet program can save as CSV (UTF-8).',
  })
}

/** A text has at most one NUL in so many bytes; binary forms have one in ten or so. */
const mostNuls = 64

function countNuls(head: Buffer): number {
  let count = 0
  for (let at = head.indexOf(0); at >= 0; at = head.indexOf(0, at + 1)) count++
  return count
}
