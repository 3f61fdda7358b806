// Many registrations as a stream: entries go out in groups that are kept until the service has told of each, so that a
// line that breaks in the middle costs the rest of its group and nothing else. Memory is bounded by the group.
import { type Json, isObject, problemError, readProblem, unreadable } from './answer.ts'
import { type CallOptions, type Wire, idOf, mayHeal, send, watchOver } from './call.ts'
import { EverfaceClientError } from './error.ts'
import type { Entry, EntryResult } from './nouns.ts'
import { waitMs } from './wait.ts'

/** A group has at most so many entries, and so many characters. */
const groupEntries = 1_000
const groupChars = 1_000_000
/** A result has at most so many characters; the service's have a few hundred. */
const longestResult = 64 * 1024

interface Line {
  readonly index: number
  readonly subject: string
  readonly text: string
}

/** Registers everything that comes, and tells of each in order. Rejects when the service cannot be brought to go on. */
export async function* registerMany(
  wire: Wire,
  entries: Iterable<Entry> | AsyncIterable<Entry>,
  write: (entry: Entry) => string,
  options: CallOptions,
): AsyncGenerator<EntryResult, void, undefined> {
  let group: Line[] = []
  let chars = 0
  let index = 0
  for await (const entry of entries) {
    options.signal?.throwIfAborted()
    const text = write(entry)
    group.push({ index: index++, subject: entry.subject, text })
    chars += text.length
    if (group.length < groupEntries && chars < groupChars) continue
    yield* settle(wire, group, options)
    group = []
    chars = 0
  }
  yield* settle(wire, group, options)
}

/** Sends a group until each of its lines has a result; tries count anew with every line that was settled. */
async function* settle(
  wire: Wire,
  group: readonly Line[],
  options: CallOptions,
): AsyncGenerator<EntryResult, void, undefined> {
  let done = 0
  for (let tries = 1; done < group.length; tries++) {
    const requestId = wire.newId()
    const watch = watchOver(options.timeoutMs ?? wire.timeoutMs, options.signal)
    const before = done
    try {
      for await (const result of exchange(wire, group.slice(done), requestId, watch)) {
        // Whoever takes results slowly is not the service being slow.
        watch.rest()
        done++
        yield result
        watch.heard()
      }
    } catch (caught) {
      const error = watch.blame(caught, requestId)
      if (done > before) tries = 1
      if (tries > wire.retries || !mayHeal(error)) throw error
      if ((error.retryAfterMs ?? 0) > wire.longestWaitMs) throw error
      watch.rest()
      await wire.pause(waitMs(tries, error.retryAfterMs, wire.random), options.signal)
    } finally {
      watch.rest()
    }
  }
}

async function* exchange(
  wire: Wire,
  lines: readonly Line[],
  sentId: string,
  watch: ReturnType<typeof watchOver>,
): AsyncGenerator<EntryResult, void, undefined> {
  const headers = {
    Accept: 'application/x-ndjson',
    'Content-Type': 'application/x-ndjson',
    'X-Request-Id': sentId,
  }
  const body = lines.map(({ text }) => text).join('\n')
  const ask = { method: 'POST', path: '/v1/avatars:batch' } as const
  const response = await send(wire, ask, headers, body, watch)
  const known = { status: response.status, requestId: idOf(response, sentId) }
  if (!response.ok) throw await readProblem(response, known.requestId, wire.now())
  let at = 0
  for await (const text of linesOf(response, known, watch)) {
    const told = read(text)
    if (told === null) throw unreadable('a result cannot be read', known)
    if (told['outcome'] === 'stopped') {
      const problem = isObject(told['problem']) ? told['problem'] : {}
      throw problemError(problem, { requestId: known.requestId })
    }
    const line = lines[at++]
    if (line === undefined || told['line'] !== at) throw unreadable('results do not fit', known)
    yield resultOf(line, told, known)
  }
  if (at < lines.length) {
    const message = `The answer ended after ${at} of ${lines.length} results.`
    throw new EverfaceClientError('network', message, { requestId: known.requestId })
  }
}

function resultOf(
  { index, subject }: Line,
  told: Json,
  known: { status: number; requestId: string },
): EntryResult {
  const { outcome, standing, problem } = told
  if ((outcome === 'created' || outcome === 'renewed') && typeof standing === 'string') {
    return { index, subject, outcome, standing: standing as never }
  }
  if (outcome !== 'denied' || !isObject(problem)) throw unreadable('a result is unknown', known)
  const { code, message: detail } = problemError(problem, {})
  return { index, subject, outcome, code, detail }
}

async function* linesOf(
  response: Response,
  known: { status: number; requestId: string },
  watch: ReturnType<typeof watchOver>,
): AsyncGenerator<string, void, undefined> {
  if (response.body === null) return
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      watch.heard()
      const [first = '', ...more] = decoder.decode(value, { stream: true }).split('\n')
      rest += first
      for (const next of more) {
        if (rest !== '') yield rest
        rest = next
      }
      if (rest.length > longestResult) throw unreadable('a result does not end', known)
    }
    // What has no line feed behind it was cut off; the line is sent again.
  } finally {
    reader.cancel().catch(() => {})
  }
}

function read(text: string): Json | null {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : null
  } catch {
    return null
  }
}
