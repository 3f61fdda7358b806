// Goes on where an interrupted run left off. The old results are read beside the input, so memory does not grow with
// either: a result stands at most `maxAhead` lines away from its row's place (run.ts keeps that promise).
import { createReadStream } from 'node:fs'
import { hash } from 'node:crypto'
import { truncate } from 'node:fs/promises'
import { EverfaceError } from '../errors.ts'
import { type ResultForm, createResultReader } from './result-lines.ts'
import type { Result } from './result.ts'
import type { Row } from './row.ts'
import { maxAhead } from './run.ts'

/** An interrupted run's results. */
export interface Resumption {
  /** True when the row has its result already. Rows must come in the input's order. */
  isDone(row: Row): Promise<boolean> | boolean
  /** Called once the input has ended: throws when results are left that belong to no row. */
  end(): Promise<void>
  /** Results found so far. */
  readonly found: number
}

/**
 * Opens the results of an interrupted run and cuts off a line that was not finished.
 * @param onResult called for each old result, for totals; `ordinal` is unknown
 */
export async function openResumption(options: {
  file: string
  form: ResultForm
  onResult: (result: Result, row: Row) => void
}): Promise<Resumption> {
  const { file, form, onResult } = options
  await cutUnfinished(file, form)
  const results = readResults(file, form)
  /** Results not yet met by a row, by the row's key. */
  const pending = new Map<string, Result[]>()
  let ahead = 0
  let rows = 0
  let found = 0
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
    if (same === undefined || result === undefined) {
      if (ahead > maxAhead * 2) throw mismatch(file, [...pending.values()][0]?.[0])
      return false
    }
    if (same.length === 0) pending.delete(key)
    ahead--
    onResult(result, row)
    return true
  }

  async function readAhead(): Promise<void> {
    while (!ended && found < rows + maxAhead) {
      const next = await results.next()
      if (next.done === true) ended = true
      else add(next.value)
    }
  }

  return {
    get found() {
      return found
    },
    isDone(row) {
      if (ended || found >= rows + maxAhead) return matches(row)
      return readAhead().then(() => matches(row))
    },
    async end() {
      await readAhead()
      if (ahead > 0) throw mismatch(file, [...pending.values()][0]?.[0])
    },
  }
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

async function* readResults(file: string, form: ResultForm): AsyncGenerator<Result[]> {
  const reader = createResultReader(form)
  for await (const chunk of createReadStream(file, {
    encoding: 'utf8',
    highWaterMark: 256 * 1024,
  })) {
    const results = reader.add(chunk as string)
    if (results.length > 0) yield results
  }
}

/** A killed run may leave half a line behind; its row is looked at again. */
async function cutUnfinished(file: string, form: ResultForm): Promise<void> {
  const reader = createResultReader(form)
  let lines = 0
  for await (const chunk of createReadStream(file, {
    encoding: 'utf8',
    highWaterMark: 1024 * 1024,
  })) {
    lines += reader.add(chunk as string).length
  }
  if (reader.unreadable() > 0) {
    throw new EverfaceError(
      'resume-mismatch',
      `${file} has ${reader.unreadable()} lines that are no results of everface check (${lines} are).`,
    )
  }
  await truncate(file, reader.wholeBytes())
}
