// Goes on where an interrupted run left off. The old results are read beside the input, so memory does not grow with
// either: a result stands at most `maxAhead` lines away from its row's place (run.ts keeps that promise).
import { createReadStream } from 'node:fs'
import { hash } from 'node:crypto'
import { truncate } from 'node:fs/promises'
import { EverfaceError } from '../errors.ts'
import { forecastRules } from './examine.ts'
import { type ResultForm, createResultReader, csvHeader } from './result-lines.ts'
import type { Result } from './result.ts'
import type { Row } from './row.ts'
import { maxAhead } from './run.ts'

/** An interrupted run's results. */
export interface Resumption {
  /** True when the row has its result already. Rows must come in the input's order. */
  isDone(row: Row): Promise<boolean> | boolean
  /** Rejects when none of the first rows has a result there: the file is another input's. Call it before `isDone`. */
  belongsTo(batches: AsyncIterable<readonly Row[]>): Promise<void>
  /** Called once the input has ended: how many results belong to no row any more. Rejects when none belonged to any. */
  end(): Promise<number>
}

/**
 * Opens the results of an interrupted run and cuts off a line that was not finished.
 * @param onResult called for each old result, for totals; `ordinal` is unknown
 */
export async function openResumption(options: {
  file: string
  form: ResultForm
  /** Which command goes on; `check` unless told. */
  kind?: 'check' | 'forecast'
  onResult: (result: Result, row: Row) => void
  /** The bound that the interrupted run kept; `maxAhead` unless told. */
  maxAhead?: number
}): Promise<Resumption> {
  const { file, form, onResult } = options
  const window = options.maxAhead ?? maxAhead
  const bytes = await cutUnfinished(file, form, options.kind ?? 'check')
  const results = readResults(file, form, bytes)
  /** Results not yet met by a row, by the row's key. */
  const pending = new Map<string, Result[]>()
  let ahead = 0
  let rows = 0
  let found = 0
  let met = 0
  let ended = false

  function add(batch: readonly Result[]): void {
    for (const result of batch) {
      const key = keyOf(result)
      const same = pending.get(key)
      if (same === undefined) pending.set(key, [result])
      else same.push(result)
      ahead++
      found++
    }
  }

  function matches(row: Row): boolean {
    rows++
    const key = keyOf(row)
    const same = pending.get(key)
    const result = same?.pop()
    if (same === undefined || result === undefined) return false
    if (same.length === 0) pending.delete(key)
    ahead--
    met++
    onResult(result, row)
    return true
  }

  async function readAhead(): Promise<void> {
    while (!ended && found < rows + window) {
      const next = await results.next()
      if (next.done === true) ended = true
      else add(next.value)
    }
  }

  return {
    isDone(row) {
      if (ended || found >= rows + window) return matches(row)
      return readAhead().then(() => matches(row))
    },
    async belongsTo(batches) {
      await readAhead()
      if (found === 0) return
      let looked = 0
      for await (const batch of batches) {
        if (batch.some((row) => pending.has(keyOf(row)))) return
        looked += batch.length
        if (looked >= window) break
      }
      throw mismatch(file, firstOf(pending))
    },
    async end() {
      await readAhead()
      if (ahead > 0 && met === 0) throw mismatch(file, firstOf(pending))
      // No row is left to meet what follows: it is counted, not kept.
      for await (const batch of results) ahead += batch.length
      return ahead
    },
  }
}

function firstOf(pending: ReadonlyMap<string, readonly Result[]>): Result | undefined {
  return pending.values().next().value?.[0]
}

function keyOf({ id, url }: { id: string; url: string }): string {
  return hash('sha256', `${id.length} ${id}${url}`, 'base64').slice(0, 22)
}

function mismatch(file: string, result: Result | undefined): EverfaceError {
  const example = result === undefined ? '' : ` Its result for id "${result.id}" belongs to no row.`
  return new EverfaceError('resume-mismatch', `${file} was not made from this input.${example}`, {
    hint: 'Pass the same input as in the run that was interrupted, or another --out file.',
  })
}

async function* readResults(
  file: string,
  form: ResultForm,
  bytes: number,
): AsyncGenerator<Result[]> {
  if (bytes === 0) return
  const reader = createResultReader(form)
  // Not beyond what stood there at the start: this run writes on behind it.
  const end = bytes - 1
  for await (const chunk of createReadStream(file, {
    encoding: 'utf8',
    highWaterMark: 256 * 1024,
    end,
  })) {
    const results = reader.add(chunk as string)
    if (results.length > 0) yield results
  }
}

/** Who wrote a result, where it shows: only `check` hears answers, only `forecast` stops at the date. */
function makerOf({ rule, status }: Result): 'check' | 'forecast' | null {
  if (status !== null) return 'check'
  return forecastRules.has(rule) ? 'forecast' : null
}

/** How every result file begins. */
const start: Readonly<Record<ResultForm, string>> = { ndjson: '{"id":"', csv: csvHeader }

/** A killed run may leave half a line behind; its row is looked at again. Answers the bytes that are left. */
async function cutUnfinished(
  file: string,
  form: ResultForm,
  kind: 'check' | 'forecast',
): Promise<number> {
  const reader = createResultReader(form)
  let lines = 0
  let head = ''
  for await (const chunk of createReadStream(file, {
    encoding: 'utf8',
    highWaterMark: 1024 * 1024,
  })) {
    if (head.length < start[form].length) head += (chunk as string).slice(0, start[form].length)
    const results = reader.add(chunk as string)
    lines += results.length
    const other = kind === 'check' ? 'forecast' : 'check'
    if (results.some((result) => makerOf(result) === other)) {
      throw new EverfaceError(
        'resume-mismatch',
        `${file} was written by everface ${other}, not ${kind}.`,
      )
    }
  }
  if (reader.unreadable() > 0) {
    throw new EverfaceError(
      'resume-mismatch',
      `${file} has ${reader.unreadable()} lines that are no results of everface check (${lines} are).`,
    )
  }
  // Without a whole line everything would be cut off: only what is the start of a result file.
  if (lines === 0 && !head.startsWith(start[form]) && !start[form].startsWith(head)) {
    throw new EverfaceError('resume-mismatch', `${file} holds no results of everface check.`)
  }
  await truncate(file, reader.wholeBytes())
  return reader.wholeBytes()
}
