// The audit's engine: takes rows from a source, examines many at once, hands on each result as it comes. Memory is
// bounded by two numbers: rows being looked at, and how far the fastest may run ahead of the slowest.
import type { Examine } from './examine.ts'
import type { Result } from './result.ts'
import type { Row, Source } from './row.ts'

/**
 * Results leave in the order in which they are finished, but never one row before another that stands more than this
 * many rows earlier. Resuming relies on it (resume.ts).
 */
export const maxAhead = 131_072

/** Rows that wait for the pace of their hosts while others are asked. */
const maxOpen = 4_096

/** One audit. */
export interface AuditOptions {
  readonly source: Source
  readonly examine: Examine
  /** True when another row should be started although `concurrency` are open: the others only wait. */
  readonly hasRoom: () => boolean
  readonly concurrency: number
  /** Says whether an earlier run has done this row. */
  readonly isDone: ((row: Row) => boolean | Promise<boolean>) | null
  /** Takes a result; a promise holds back new rows until it resolves. */
  readonly take: (result: Result, row: Row, ordinal: number) => void | Promise<void>
  /** No row is started after it; those that run may end. */
  readonly signal: AbortSignal
  /** How many rows a result may leave ahead of an earlier one; `maxAhead` unless told. */
  readonly maxAhead?: number
}

/** How an audit ended. */
export interface AuditEnd {
  /** Rows read from the source. */
  readonly rows: number
  /** Results that were handed on. */
  readonly results: number
  /** The source was read to its end and every row has its result. */
  readonly whole: boolean
}

/** Runs an audit to its end. Rejects when the source cannot be read or a result not be taken. */
export function runAudit(options: AuditOptions): Promise<AuditEnd> {
  const { source, examine, hasRoom, concurrency, isDone, take, signal } = options
  const window = options.maxAhead ?? maxAhead
  const { promise, resolve, reject } = Promise.withResolvers<AuditEnd>()
  const batches = source.rows()[Symbol.asyncIterator]()
  const finished = new Uint8Array(window)
  /** The batch at hand, the place in it, and the one after it, read ahead. */
  let batch: readonly Row[] = []
  let place = 0
  let ahead: readonly Row[] | null = null
  let reading = false
  let read = false
  let rows = 0
  let oldest = 1
  let open = 0
  let results = 0
  let lost = 0
  /** Something must be waited for before another row is started: a slow output, or the earlier results. */
  let held = 0
  let ended = false
  let broken: { readonly error: unknown } | null = null

  function leave(): void {
    ended = true
    signal.removeEventListener('abort', onAbort)
    // A source that cannot even be closed has nothing more to say.
    batches.return?.().catch(() => {})
  }

  function fail(error: unknown): void {
    if (ended) return
    leave()
    reject(error)
  }

  /** The input broke off: what is open may finish, so that it is written, then the failure is told. */
  function failSource(error: unknown): void {
    reading = false
    read = true
    broken ??= { error }
    pump()
  }

  function hold(until: Promise<void>): void {
    held++
    until
      .then(() => {
        held--
        pump()
      })
      .catch(fail)
  }

  function readAhead(): void {
    reading = true
    batches
      .next()
      .then((next) => {
        reading = false
        if (next.done === true) read = true
        else ahead = next.value
        pump()
      }, failSource)
      .catch(fail)
  }

  function isFull(): boolean {
    return rows - oldest >= window - 1 || open >= maxOpen || (open >= concurrency && !hasRoom())
  }

  /** Starts as many rows as there is room for; called whenever that may have changed. */
  function pump(): void {
    while (!ended && held === 0 && !signal.aborted) {
      if (place === batch.length) {
        if (ahead === null) break
        batch = ahead
        ahead = null
        place = 0
      }
      if (ahead === null && !reading && !read) readAhead()
      if (isFull()) return
      const row = batch[place]
      if (row !== undefined) begin(row)
    }
    if (ended || open > 0 || held > 0) return
    const isRead = read && ahead === null && place === batch.length
    if (isRead && broken !== null) fail(broken.error)
    else if (isRead || signal.aborted) end(isRead)
    else if (!reading && !read) readAhead()
  }

  function begin(row: Row): void {
    place++
    const ordinal = ++rows
    const done = isDone === null ? false : isDone(row)
    if (done === false) start(row, ordinal)
    else if (done === true) finish(ordinal)
    else {
      hold(
        done.then((known) => {
          if (known) finish(ordinal)
          else if (ended || signal.aborted) lost++
          else start(row, ordinal)
        }),
      )
    }
  }

  function start(row: Row, ordinal: number): void {
    open++
    examine(row)
      .then((result) => {
        if (ended) return
        finish(ordinal)
        if (result === null) lost++
        else {
          results++
          const taken = take(result, row, ordinal)
          if (taken !== undefined) hold(taken)
        }
        // Not before: a result that is taken may abort the audit, which must not end without it.
        open--
        pump()
      })
      .catch(fail)
  }

  function finish(ordinal: number): void {
    finished[ordinal % window] = 1
    while (oldest <= rows && finished[oldest % window] === 1) {
      finished[oldest % window] = 0
      oldest++
    }
  }

  function end(whole: boolean): void {
    leave()
    resolve({ rows, results, whole: whole && lost === 0 })
  }

  function onAbort(): void {
    try {
      pump()
    } catch (error) {
      fail(error)
    }
  }

  signal.addEventListener('abort', onAbort)
  onAbort()
  return promise
}
