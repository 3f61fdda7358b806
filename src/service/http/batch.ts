// Many registrations in one call: a line in, a line out, in order. The input never waits for whoever reads the answer: a
// client that sends everything before it reads would wait for ever. So results are held, and that is what bounds the
// number of lines, of bytes a result, and of batches at a time.
import { z } from '@hono/zod-openapi'
import { standings } from '../../core/avatar.ts'
import type { Registered, Registration } from '../../jobs/keeper.ts'
import type { GivenGrant } from '../../jobs/people.ts'
import { entryOf, givenGrant, grantField, registrationFields } from './avatars.ts'
import { readJson } from './body.ts'
import { type Line, type LineGroup, readLines } from './ndjson.ts'
import { type Service, operation } from './operation.ts'
import {
  type Problem,
  denied,
  problem,
  problemDocument,
  problemOf,
  problemSchema,
} from './problem.ts'
import { subject } from './shapes.ts'

/** Bounds of a batch. */
export const batchBounds = {
  lines: 100_000,
  lineBytes: 32 * 1024,
  bytes: 512 * 1024 * 1024,
  group: 500,
} as const
/** So many batches at a time; each may hold some 30 MB of results for a client that does not read. */
const mostAtOnce = 8
/** A result says what is wrong in so many characters at the most. */
const longestDetail = 200

const lineBody = z
  .strictObject({
    subject,
    ...registrationFields,
    grant: grantField,
    imported: z.boolean().optional().openapi({
      description:
        'The line comes from a list of unknown age, not from a login: it says nothing about when the URL was current.',
    }),
  })
  .openapi('BatchLine', {
    example: {
      subject: '42',
      url: 'https://thirdwx.qlogo.cn/mmopen/vi_32/Q0j4Tw/132',
      imported: true,
    },
  })

const lineNumber = z.int().openapi({ description: 'The line of the input, from 1.' })
const lineResult = z
  .discriminatedUnion('outcome', [
    z.strictObject({
      line: lineNumber,
      subject,
      outcome: z.enum(['created', 'renewed']),
      standing: z.enum(standings),
    }),
    z.strictObject({
      line: lineNumber,
      subject: subject.nullable().openapi({ description: 'Null when the line does not tell it.' }),
      outcome: z.literal('denied'),
      problem: problemSchema,
    }),
    z.strictObject({
      outcome: z.literal('stopped'),
      line: lineNumber.openapi({ description: 'The last line that has a result.' }),
      problem: problemSchema,
    }),
  ])
  .openapi('BatchResult')

/** `POST /v1/avatars:batch` */
export const registerBatch = operation({
  id: 'registerBatch',
  tag: 'avatars',
  summary: 'Register many avatars',
  description:
    `NDJSON: a registration a line, up to 100 000 lines of 32 KiB. Each line that is not ` +
    'empty gets a result, in order, while you send. When the batch cannot go on, the last result is `stopped`: lines ' +
    'without a result may not have been taken. A `grant` is taken or refused with its line, as by `PUT`. Sending lines again changes nothing, so no `Idempotency-Key` is taken.',
  access: 'write',
  body: {
    kind: 'raw',
    types: ['application/x-ndjson', 'application/ndjson', 'application/jsonl'],
    schema: lineBody,
    description: 'A registration a line.',
  },
  answers: {
    200: { description: 'A result a line.', body: lineResult, type: 'application/x-ndjson' },
  },
  problems: ['media-type-unsupported', 'busy'],
  idempotency: 'refused',
  handle({ request, requestId }, service) {
    if ((request.headers.get('content-encoding') ?? 'identity').toLowerCase() !== 'identity') {
      return problem(
        'media-type-unsupported',
        'Content-Encoding is not supported: send the lines as they are.',
      )
    }
    if (service.batches.size >= mostAtOnce) {
      return problem('busy', undefined, { headers: { 'Retry-After': '5' } })
    }
    const input = request.body ?? new Blob([]).stream()
    return new Response(answerLines(input, requestId, service), {
      headers: { 'Content-Type': 'application/x-ndjson', 'X-Accel-Buffering': 'no' },
    })
  },
})

function answerLines(
  input: ReadableStream<Uint8Array>,
  requestId: string,
  service: Service,
): ReadableStream<Uint8Array> {
  const groups = readLines(input, batchBounds)
  service.batches.add(groups)
  let gone = false

  async function pump(out: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    let last = 0
    try {
      for await (const group of groups) {
        if (gone) break
        const { results, stop } = await settle(group, last, requestId, service)
        last = results.at(-1)?.line ?? last
        const lines = results.map((result) => JSON.stringify(result))
        if (!gone && lines.length > 0) out.enqueue(Buffer.from(`${lines.join('\n')}\n`))
        if (stop) break
      }
    } finally {
      service.batches.delete(groups)
      if (!gone) out.close()
    }
  }

  return new ReadableStream<Uint8Array>({
    start(out) {
      pump(out).catch((error: unknown) => {
        service.log.error({ err: error, requestId }, 'a batch failed')
      })
    },
    cancel() {
      gone = true
    },
  })
}

type Result = z.input<typeof lineResult>

/** What becomes of a group: a result for each line; `stop` when nothing can follow. */
async function settle(
  group: LineGroup,
  last: number,
  requestId: string,
  service: Service,
): Promise<{ results: readonly Result[]; stop: boolean }> {
  const tell = (saying: Problem) =>
    problemDocument(shorten(saying), requestId) as z.input<typeof problemSchema>
  const stopped = (saying: Problem): Result => ({
    outcome: 'stopped',
    line: last,
    problem: tell(saying),
  })
  if (group.kind === 'stopped') {
    const code =
      group.reason === 'broken'
        ? 'body-malformed'
        : group.reason === 'too-many-bytes'
          ? 'body-too-large'
          : 'too-many-lines'
    return { results: [stopped(problem(code))], stop: true }
  }
  const read = group.lines.map((line) => readLine(line, service))
  let registered: readonly Registered[]
  try {
    registered = await register(read, service)
  } catch (error) {
    const { problem: saying, known } = problemOf(error)
    if (!known) service.log.error({ err: error, requestId }, 'a batch could not go on')
    return { results: [stopped(saying)], stop: true }
  }
  let at = 0
  let denials = 0
  const results = read.map(({ line, name, entry }): Result => {
    const outcome = 'kind' in entry ? entry : registered[at++]
    if (outcome === undefined) throw new Error('the keeper gave no result for an entry')
    if (outcome.kind === 'registered') {
      const { created, avatar } = outcome
      return {
        line,
        subject: avatar.subject,
        outcome: created ? 'created' : 'renewed',
        standing: avatar.standing,
      }
    }
    denials++
    const saying = outcome.kind === 'denied' ? denied(outcome) : outcome
    return { line, subject: name, outcome: 'denied', problem: tell(saying) }
  })
  service.metrics.batched('registered', results.length - denials)
  service.metrics.batched('denied', denials)
  return { results, stop: false }
}

/** What a line asks for; as an entry what is wrong with it. */
interface Asked {
  readonly line: number
  readonly name: string | null
  readonly entry: Registration | Problem
  readonly grant: GivenGrant | null
}

/** Registers the entries among the lines, and keeps their grants one after the other: a subject may stand there twice. */
async function register(
  read: readonly Asked[],
  { people }: Pick<Service, 'people'>,
): Promise<readonly Registered[]> {
  const asked = read.flatMap(({ entry, grant }) => ('kind' in entry ? [] : [{ entry, grant }]))
  if (asked.length === 0) return []
  const results = [...(await people.register(asked.map(({ entry }) => entry)))]
  for (const [at, { entry, grant }] of asked.entries()) {
    const result = results[at]
    if (grant === null || result?.kind !== 'registered') continue
    const granted = await people.grant(entry.subject, grant)
    results[at] = granted.kind === 'denied' ? granted : { ...result, avatar: granted.avatar }
  }
  return results
}

function readLine(line: Line, { people }: Pick<Service, 'people'>): Asked {
  const { number } = line
  const wrong = (name: string | null, entry: Problem): Asked => ({
    line: number,
    name,
    entry,
    grant: null,
  })
  if (line.kind === 'too-long') return wrong(null, problem('line-too-long'))
  const json = readJson(line.bytes, lineBody)
  if (json.kind === 'problem') return wrong(nameIn(line.bytes), json)
  const { subject: name, imported, grant: sent, ...fields } = json.value
  const entry = entryOf(name, fields)
  if ('kind' in entry) return wrong(name, entry)
  const grant = sent === undefined ? null : givenGrant(sent)
  // As with a single registration: where the grant is not taken, nothing is.
  const refusal = grant === null ? null : people.refuses(grant)
  if (refusal !== null) return wrong(name, denied(refusal))
  return {
    line: number,
    name,
    grant,
    entry: imported === undefined ? entry : { ...entry, imported },
  }
}

/** The subject of a line that is wrong elsewhere, so that the sender finds it again. */
function nameIn(bytes: Buffer): string | null {
  const read = readJson(bytes, z.object({ subject }))
  return read.kind === 'value' ? read.value.subject : null
}

/** Results are held for slow readers: none may be long. */
function shorten({ code, detail }: Problem): Problem {
  const cut =
    detail.length <= longestDetail
      ? detail
      : `${detail.slice(0, longestDetail - 1).toWellFormed()}…`
  return problem(code, cut)
}
