// Writes result lines in large pieces, in order, and holds back the audit while the disk or the pipe cannot follow.
import { type FileHandle, open } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { EverfaceError } from '../errors.ts'
import { type ResultForm, csvHeader, resultToCsv, resultToJson } from './result-lines.ts'
import type { Result } from './result.ts'

/** Takes results and writes them as lines. */
export interface Out {
  /** Writes one result; a promise when the writer cannot follow, to be waited for before more are made. */
  add(result: Result): void | Promise<void>
  /** Whoever read the results has gone (`| head`): nothing more is written. */
  readonly deaf: boolean
  /** Writes what is left and closes. Rejects when anything could not be written. */
  close(): Promise<void>
}

/** Where bytes go, one piece at a time. */
interface Sink {
  readonly deaf: boolean
  write(bytes: Buffer): Promise<void>
  close(): Promise<void>
}

/** Lines are put into pieces of this size; three characters of a line take at most nine bytes. */
const pieceBytes = 256 * 1024
const mostWaitingBytes = 8 * 1024 * 1024
/** Finished results reach the file at least this often, so that an interruption costs little. */
const flushMs = 500

/**
 * Opens a file for results.
 * @param append go on behind what is there, as when resuming; otherwise the file is replaced
 */
export async function openOutFile(path: string, form: ResultForm, append: boolean): Promise<Out> {
  const handle = await open(path, append ? 'a' : 'w').catch((cause: NodeJS.ErrnoException) => {
    throw new EverfaceError(
      'out-unwritable',
      `${path} cannot be written (${cause.code ?? cause.message}).`,
      { cause },
    )
  })
  const isNew = (await handle.stat()).size === 0
  return createOut(fileSink(path, handle), form, isNew)
}

/** Writes results to a stream that stays open, such as stdout. */
export function openOutStream(stream: Writable, form: ResultForm): Out {
  return createOut(streamSink(stream), form, true)
}

function createOut(sink: Sink, form: ResultForm, withHeader: boolean): Out {
  const lineOf = form === 'csv' ? resultToCsv : resultToJson
  const lineEnd = form === 'csv' ? '\r\n' : '\n'
  let piece = Buffer.allocUnsafe(pieceBytes)
  let used = withHeader && form === 'csv' ? piece.write(csvHeader + lineEnd) : 0
  /** Full pieces that wait for the one that is being written. */
  let waiting: Buffer[] = []
  let waitingBytes = 0
  let writing: Promise<void> | null = null
  let problem: unknown = null
  const timer = setInterval(flush, flushMs)
  timer.unref()

  /** Bytes go straight into the piece: a text that grows by appending would be copied twice more. */
  function append(line: string): void {
    const most = line.length * 3
    if (used + most > piece.length) {
      turn()
      if (most > piece.length) piece = Buffer.allocUnsafe(most)
    }
    used += piece.write(line, used)
  }

  /** Puts the piece in the queue and begins another. */
  function turn(): void {
    if (used === 0) return
    waiting.push(piece.subarray(0, used))
    waitingBytes += used
    piece = Buffer.allocUnsafe(pieceBytes)
    used = 0
    flushQueue()
  }

  function flush(): void {
    if (writing === null) turn()
  }

  function flushQueue(): void {
    if (writing !== null || waiting.length === 0 || problem !== null) return
    const bytes = waiting.length === 1 ? (waiting[0] as Buffer) : Buffer.concat(waiting)
    waiting = []
    waitingBytes = 0
    writing = sink
      .write(bytes)
      .catch((error: unknown) => {
        problem = error
      })
      .finally(() => {
        writing = null
        flushQueue()
      })
  }

  async function drain(): Promise<void> {
    turn()
    while (writing !== null && problem === null) await writing
    if (problem !== null) throw problem
  }

  return {
    get deaf() {
      return sink.deaf
    },
    add(result) {
      if (sink.deaf) return undefined
      append(lineOf(result) + lineEnd)
      return waitingBytes > mostWaitingBytes || problem !== null ? drain() : undefined
    },
    async close() {
      clearInterval(timer)
      await drain().finally(() => sink.close())
    },
  }
}

function fileSink(path: string, handle: FileHandle): Sink {
  return {
    deaf: false,
    async write(bytes) {
      await handle.appendFile(bytes).catch((cause: NodeJS.ErrnoException) => {
        throw new EverfaceError(
          'out-unwritable',
          `${path} could not be written to (${cause.code ?? cause.message}).`,
          { cause, hint: 'Free some space, then go on with --resume and the same file.' },
        )
      })
    },
    close: () => handle.close(),
  }
}

function streamSink(stream: Writable): Sink {
  let deaf = false
  return {
    get deaf() {
      return deaf
    },
    async write(bytes) {
      if (!deaf) deaf = !(await writeText(stream, bytes))
    },
    close: () => Promise.resolve(),
  }
}

/**
 * Writes to a stream that is not ours, such as stdout. False when its reader has gone.
 * Rejects with `out-unwritable` for anything else, such as a full disk behind a redirection.
 */
export function writeText(stream: Writable, text: string | Uint8Array): Promise<boolean> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error: NodeJS.ErrnoException | null | undefined) => {
      if (!error) resolve(true)
      else if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') resolve(false)
      else {
        const reason = error.code ?? error.message
        reject(
          new EverfaceError('out-unwritable', `stdout could not be written to (${reason}).`, {
            cause: error,
          }),
        )
      }
    })
  })
}
