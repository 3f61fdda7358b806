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
  /** Writes what is left and closes. Rejects when anything could not be written. */
  close(): Promise<void>
}

/** Where text goes, one piece at a time. */
interface Sink {
  write(text: string): Promise<void>
  close(): Promise<void>
}

const pieceCharacters = 128 * 1024
const mostWaitingCharacters = 4 * 1024 * 1024
/** Finished results reach the file at least this often, so that an interruption costs little. */
const flushMs = 500

/**
 * Opens a file for results.
 * @param append go on behind what is there, as when resuming; otherwise the file must not exist or is replaced
 */
export async function openOutFile(path: string, form: ResultForm, append: boolean): Promise<Out> {
  const handle = await open(path, append ? 'a' : 'w').catch((cause: NodeJS.ErrnoException) => {
    throw new EverfaceError('out-unwritable', `${path} cannot be written (${cause.code ?? cause.message}).`, { cause })
  })
  const isNew = (await handle.stat()).size === 0
  return createOut(fileSink(path, handle), form, isNew)
}

/** Writes results to a stream that stays open, such as stdout. */
export function openOutStream(stream: Writable, form: ResultForm): Out {
  return createOut(streamSink(stream), form, true)
}

function createOut(sink: Sink, form: ResultForm, withHeader: boolean): Out {
  const line = form === 'csv' ? resultToCsv : resultToJson
  let waiting = withHeader && form === 'csv' ? `${csvHeader}\r\n` : ''
  const lineEnd = form === 'csv' ? '\r\n' : '\n'
  let writing: Promise<void> | null = null
  let problem: unknown = null
  const timer = setInterval(flush, flushMs)
  timer.unref()

  function flush(): void {
    if (waiting === '' || writing !== null || problem !== null) return
    const text = waiting
    waiting = ''
    writing = sink
      .write(text)
      .catch((error: unknown) => {
        problem = error
      })
      .finally(() => {
        writing = null
        if (waiting.length >= pieceCharacters) flush()
      })
  }

  async function drain(): Promise<void> {
    while (writing !== null || (waiting !== '' && problem === null)) {
      flush()
      await writing
    }
    if (problem !== null) throw problem
  }

  return {
    add(result) {
      waiting += line(result) + lineEnd
      if (waiting.length < pieceCharacters) return undefined
      flush()
      return waiting.length > mostWaitingCharacters || problem !== null ? drain() : undefined
    },
    async close() {
      clearInterval(timer)
      await drain().finally(() => sink.close())
    },
  }
}

function fileSink(path: string, handle: FileHandle): Sink {
  return {
    async write(text) {
      await handle.appendFile(text).catch((cause: NodeJS.ErrnoException) => {
        throw new EverfaceError('out-unwritable', `${path} could not be written to (${cause.code ?? cause.message}).`, {
          cause,
          hint: 'Free some space, then go on with --resume and the same file.',
        })
      })
    },
    close: () => handle.close(),
  }
}

function streamSink(stream: Writable): Sink {
  return {
    write: (text) =>
      new Promise((resolve, reject) => {
        stream.write(text, (error) => {
          if (error) reject(error)
          else resolve()
        })
      }),
    close: () => Promise.resolve(),
  }
}
