// Audits whose examinations the test ends when and as it likes, one at a time.
import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { madeResult } from './results.ts'
import type { Result } from '../../src/audit/result.ts'
import type { Row, Source } from '../../src/audit/row.ts'
import { type AuditEnd, type AuditOptions, runAudit } from '../../src/audit/run.ts'

interface Job {
  readonly row: Row
  readonly index: number
  readonly settle: (result: Result | null) => void
  readonly fail: (error: unknown) => void
}

/** So many rows, numbered from 0. */
export function makeRows(count: number): Row[] {
  return Array.from({ length: count }, (_, n) => ({ id: String(n), url: `https://a.example/${n}` }))
}

/** Rows in batches of these sizes, over and over; then the failure, if there is one. */
export async function* batchesOf(rows: readonly Row[], sizes: readonly number[], failure?: Error) {
  let at = 0
  for (let n = 0; at < rows.length; n++) {
    // Empty batches only between others: the sizes may all be 0.
    const size = n % (sizes.length + 1) === sizes.length ? 1 : (sizes[n % (sizes.length + 1)] ?? 1)
    yield rows.slice(at, at + size)
    at += size
  }
  if (failure !== undefined) throw failure
}

/** An input that gives these batches. */
export function sourceOf(batches: () => AsyncIterable<readonly Row[]>): Source {
  return { name: 'made', notes: [], total: null, rows: batches, close: () => Promise.resolve() }
}

/** What an audit of a test is made of, where that is not the usual. */
export interface Setting extends Partial<AuditOptions> {
  readonly rows?: readonly Row[]
  readonly sizes?: readonly number[]
  readonly failure?: Error
}

/** An audit whose open examinations lie in `jobs`, and what has become of it. */
export function start({ rows = makeRows(10), sizes = [3], failure, ...options }: Setting = {}) {
  const jobs: Job[] = []
  const started: number[] = []
  const taken: Row[] = []
  const stopping = new AbortController()
  let settled = false
  let mostOpen = 0
  const examine = (row: Row) => {
    const index = Number(row.id)
    started.push(index)
    const { promise, resolve, reject } = Promise.withResolvers<Result | null>()
    jobs.push({ row, index, settle: resolve, fail: reject })
    mostOpen = Math.max(mostOpen, jobs.length)
    return promise
  }
  const end = runAudit({
    source: sourceOf(() => batchesOf(rows, sizes, failure)),
    examine,
    hasRoom: () => false,
    concurrency: 4,
    isDone: null,
    signal: stopping.signal,
    ...options,
    take(result, row, ordinal) {
      assert.deepEqual([result.id, ordinal], [row.id, rows.indexOf(row) + 1])
      taken.push(row)
      return options.take?.(result, row, ordinal)
    },
  })
  const settle = () => {
    settled = true
  }
  end.then(settle, settle)
  /** Ends one examination with a result. */
  const finish = (choice = 0) => {
    const [job] = jobs.splice(choice % jobs.length, 1)
    job?.settle(madeResult({ id: job.row.id, url: job.row.url }))
    return job
  }
  /** Ends all examinations as the choices say, until the audit ends. */
  async function run(choices: readonly number[] = [0], onStep = () => {}): Promise<AuditEnd> {
    for (let step = 0; !settled; step++) {
      await turn()
      onStep()
      if (jobs.length > 0) finish(choices[step % choices.length])
    }
    return end
  }
  return {
    jobs,
    started,
    taken,
    stopping,
    end,
    finish,
    run,
    isSettled: () => settled,
    mostOpen: () => mostOpen,
  }
}

/** A promise for every call, to be resolved by the test. */
export function holding() {
  const waiting: (() => void)[] = []
  return { waiting, hold: () => new Promise<void>((resolve) => void waiting.push(resolve)) }
}

/** In which order examinations end. */
export const anyChoices = fc.array(fc.nat(50), { minLength: 1, maxLength: 60 })
