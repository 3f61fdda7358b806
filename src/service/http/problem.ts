// What an answer says that is no good news: RFC 9457 problem documents. One table gives every code its status and its
// public sentence; what went wrong inside is logged beside the request id and never told.
import { z } from '@hono/zod-openapi'
import { EverfaceError } from '../../errors.ts'
import type { Denial } from '../../jobs/keeper.ts'

/** Every code with its status and its sentence. `docs/http-api.md` carries the same table. */
export const problems = {
  'subject-invalid': [400, 'The subject is not 1 to 128 characters of A-Z a-z 0-9 . _ : @ -'],
  'path-invalid': [400, 'A part of the path is not of the documented form.'],
  'query-invalid': [400, 'The query is not of the documented form.'],
  'body-malformed': [400, 'The body cannot be read.'],
  'idempotency-key-invalid': [400, 'The Idempotency-Key is not 1 to 255 visible characters.'],
  'idempotency-unsupported': [400, 'This call takes no Idempotency-Key.'],
  'key-missing': [401, 'The call needs an API key.'],
  'key-unknown': [401, 'The API key is unknown or was revoked.'],
  'page-token-invalid': [401, 'The page token is not one of ours, or has expired.'],
  'scope-missing': [403, 'The API key does not reach that far.'],
  'signature-invalid': [403, 'The URL is not signed by us, or not for this subject.'],
  'signature-expired': [403, 'The signature of the URL has expired.'],
  'subject-forbidden': [403, 'The page token is for another subject.'],
  'route-unknown': [404, 'There is nothing at this path.'],
  'picture-missing': [404, 'There is no picture to show.'],
  'subject-unknown': [404, 'There is no avatar of this subject.'],
  'delivery-unknown': [404, 'There is no failed delivery of this number.'],
  'key-id-unknown': [404, 'There is no key of this id in force.'],
  'method-not-allowed': [405, 'The path does not take this method.'],
  'source-missing': [409, 'The avatar has no source that could be asked.'],
  'look-in-progress': [409, 'Somebody looks at this avatar right now.'],
  'idempotency-running': [409, 'A request with this Idempotency-Key is still running.'],
  'body-too-large': [413, 'The body is larger than this call takes.'],
  'line-too-long': [413, 'The line is longer than a line may be.'],
  'too-many-lines': [413, 'The batch has more lines than one call takes.'],
  'picture-too-large': [413, 'The picture has too many bytes.'],
  'media-type-unsupported': [415, 'The body is not of a media type that this call takes.'],
  'picture-format': [415, 'The bytes are no picture of a format that is taken in.'],
  'body-invalid': [422, 'The body is not of the documented form.'],
  'idempotency-reused': [422, 'This Idempotency-Key was used for another request.'],
  'url-invalid': [422, 'The URL cannot be asked for.'],
  'host-not-allowed': [422, 'The host of the URL may not be asked.'],
  'provider-mismatch': [422, 'The URL belongs to another provider than the one that was named.'],
  'snapshot-profile': [422, 'A snapshot profile is nobody’s picture.'],
  'observed-in-future': [422, 'The time of observation lies in the future.'],
  'name-too-long': [422, 'The name is too long.'],
  'grant-app-unknown': [422, 'The grant belongs to no app that we know.'],
  'picture-empty': [422, 'There are no bytes.'],
  'picture-too-many-pixels': [422, 'The picture has too many pixels.'],
  'picture-too-small': [422, 'The picture has too few pixels.'],
  'picture-damaged': [422, 'The picture is damaged.'],
  'too-many-requests': [429, 'There were too many requests in a minute.'],
  internal: [500, 'Something went wrong on our side. The request id leads to it in the log.'],
  busy: [503, 'Too much of this is under way. Try again soon.'],
  'store-unreachable': [503, 'The store cannot be reached. Nothing was lost; try again soon.'],
  'blobs-unreachable': [503, 'The store of pictures cannot be reached. Try again soon.'],
  'not-ready': [503, 'A part of the service is not ready.'],
} as const satisfies Readonly<Record<string, readonly [status: number, title: string]>>

/** A stable name of a problem. */
export type ProblemCode = keyof typeof problems

/** A problem as a value: how a handler says no. */
export interface Problem {
  readonly kind: 'problem'
  readonly code: ProblemCode
  /** One sentence on this occurrence; the table's sentence when there is nothing to add. */
  readonly detail: string
  /** More members of the document. */
  readonly more?: Readonly<Record<string, unknown>>
  /** More headers of the answer. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Wrong places in a body or query, each by its JSON pointer or its name. */
export interface Fault {
  readonly pointer: string
  readonly detail: string
}

/** The document, for the reference. */
export const problemSchema = z
  .looseObject({
    type: z.string().openapi({ description: 'Where the code is explained, relative to us.' }),
    title: z.string().openapi({ description: 'The sentence that belongs to the code.' }),
    status: z.int().min(400).max(599),
    code: z
      .enum(Object.keys(problems) as [ProblemCode, ...ProblemCode[]])
      .openapi({ description: 'Stable: what a program should look at.' }),
    detail: z.string().openapi({ description: 'What is wrong here, for people.' }),
    instance: z.string().openapi({ description: 'The request id; it stands in our log too.' }),
    errors: z
      .array(z.strictObject({ pointer: z.string(), detail: z.string() }))
      .optional()
      .openapi({ description: 'Which fields are wrong.' }),
  })
  .openapi('Problem', {
    example: {
      type: '/docs#subject-unknown',
      title: problems['subject-unknown'][1],
      status: 404,
      code: 'subject-unknown',
      detail: 'There is no avatar of this subject.',
      instance: '0b9c3a52-6f0e-4b7c-9d53-2f4f7f9f1a11',
    },
  })

/** How long a client is asked to stay away when a part of us is away. */
const awaySeconds = '5'

/** A problem of the table. */
export function problem(
  code: ProblemCode,
  detail?: string,
  rest: Pick<Problem, 'more' | 'headers'> = {},
): Problem {
  return { kind: 'problem', code, detail: detail ?? problems[code][1], ...rest }
}

/** A problem that names the fields that are wrong. */
export function faulty(
  code: 'body-invalid' | 'query-invalid' | 'path-invalid',
  faults: readonly Fault[],
): Problem {
  const [first] = faults
  const rest = faults.length > 1 ? ` (and ${faults.length - 1} more)` : ''
  const detail =
    first === undefined ? problems[code][1] : `${first.pointer}: ${first.detail}${rest}`
  return problem(code, detail, { more: { errors: faults.slice(0, 20) } })
}

/** What the keeper denied, as a problem of the same code. */
export function denied({ code, detail }: Denial): Problem {
  return problem(code, detail, code === 'busy' ? { headers: { 'Retry-After': '5' } } : undefined)
}

/** A thrown thing as a problem. `known` is false for what nobody foresaw: that is to be logged with its stack. */
export function problemOf(error: unknown): { readonly problem: Problem; readonly known: boolean } {
  const code: string = error instanceof EverfaceError ? error.code : 'internal'
  if (code === 'store-unreachable' || code === 'blobs-unreachable') {
    return {
      problem: problem(code, undefined, { headers: { 'Retry-After': awaySeconds } }),
      known: true,
    }
  }
  return { problem: problem('internal'), known: false }
}

/** The document of a problem. */
export function problemDocument({ code, detail, more }: Problem, instance: string): object {
  const [status, title] = problems[code]
  return { type: `/docs#${code}`, title, status, code, detail, instance, ...more }
}

/** The answer that carries a problem. */
export function problemResponse(saying: Problem, instance: string): Response {
  return new Response(`${JSON.stringify(problemDocument(saying, instance))}\n`, {
    status: problems[saying.code][0],
    headers: { 'Content-Type': 'application/problem+json', ...saying.headers },
  })
}
