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
export async function runAudit(options: AuditOptions): Promise<AuditEnd> {
  const { source, examine, hasRoom, concurrency, isDone, take, signal } = options
  const finished = new Uint8Array(maxAhead)
  let rows = 0
  let oldest = 1
  let open = 0
  let results = 0
  let lost = 0
  let held: Promise<void> | null = null
  let failure: unknown = null
  let wake: (() => void) | null = null

  const finish = (ordinal: number): void => {
    finished[ordinal % maxAhead] = 1
    while (oldest <= rows && finished[oldest % maxAhead] === 1) {
      finished[oldest % maxAhead] = 0
      oldest++
    }
  }
  const rouse = (): void => {
    wake?.()
    wake = null
  }
  const fail = (error: unknown): void => {
    failure ??= error
    rouse()
  }
  const start = (row: Row, ordinal: number): void => {
    open++
    examine(row).then((result) => {
      open--
      if (result === null) lost++
      else {
        results++
        const taken = take(result, row, ordinal)
        if (taken !== undefined) {
          held = taken.catch(fail).finally(() => {
            held = null
            rouse()
          })
        }
      }
      finish(ordinal)
      rouse()
    }, fail).catch(fail)
  }
  const isFull = (): boolean =>
    held !== null ||
    rows - oldest >= maxAhead - 1 ||
    open >= maxOpen ||
    (open >= concurrency && !hasRoom())
  const someProgress = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve
    })

  signal.addEventListener('abort', rouse)
  let whole = true
  try {
    feeding: for await (const batch of source.rows()) {
      for (const row of batch) {
        while (isFull() && failure === null && !signal.aborted) await someProgress()
        if (signal.aborted || failure !== null) {
          whole = false
          break feeding
        }
        rows++
        const ordinal = rows
        if (isDone !== null) {
          const done = isDone(row)
          if (typeof done === 'boolean' ? done : await done) {
            finish(ordinal)
            continue
          }
        }
        start(row, ordinal)
      }
    }
    while ((open > 0 || held !== null) && failure === null) await someProgress()
  } finally {
    signal.removeEventListener('abort', rouse)
  }
  if (failure !== null) throw failure
  return { rows, results, whole: whole && lost === 0 }
}
