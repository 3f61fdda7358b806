// Bodies of requests: read within a bound that is enforced while reading, and JSON from strangers turned into values or
// into the names of the fields that are wrong.
import type { z } from '@hono/zod-openapi'
import { type Fault, type Problem, faulty, problem } from './problem.ts'
import type { Held } from './room.ts'

/** JSON bodies have at most so many bytes. */
export const maxJsonBytes = 64 * 1024

/** A body that was read, or why it was not. */
export type Read = { readonly kind: 'read'; readonly bytes: Buffer<ArrayBuffer> } | Problem

/**
 * Reads a body of at most `maxBytes`. What is beyond is not read, and the sender is told.
 * @param room what holds bodies in memory; where it has no more room the sender is told to come back
 */
export async function readBody(
  request: Request,
  maxBytes: number,
  room: Pick<Held, 'take'> = { take: () => true },
): Promise<Read> {
  const encoding = request.headers.get('content-encoding')
  if (encoding !== null && encoding.toLowerCase() !== 'identity') {
    return problem(
      'media-type-unsupported',
      'Content-Encoding is not supported: send the body as it is.',
    )
  }
  const tooLarge = problem('body-too-large', `The body may have at most ${maxBytes} bytes.`)
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) return tooLarge
  if (request.body === null) return { kind: 'read', bytes: Buffer.alloc(0) }
  const chunks: Uint8Array[] = []
  let length = 0
  const reader = request.body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      length += value.length
      const fits = length <= maxBytes
      if (!fits || !room.take(value.length)) {
        reader.cancel().catch(() => {})
        return fits ? problem('busy', undefined, { headers: { 'Retry-After': '5' } }) : tooLarge
      }
      chunks.push(value)
    }
  } catch {
    return problem('body-malformed', 'The body ended before it was complete.')
  }
  return { kind: 'read', bytes: Buffer.concat(chunks, length) }
}

/** The media type of a body, in lower case and without parameters; empty when none is named. */
export function mediaType(request: Request): string {
  const [type = ''] = (request.headers.get('content-type') ?? '').split(';')
  return type.trim().toLowerCase()
}

/** JSON text as a value of the schema, or the problem with it. Never throws. */
export function readJson<T extends z.ZodType>(
  bytes: Uint8Array,
  schema: T,
): { readonly kind: 'value'; readonly value: z.output<T> } | Problem {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return problem('body-malformed', 'The body is not UTF-8.')
  }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return problem('body-malformed', 'The body is not JSON.')
  }
  const read = schema.safeParse(json)
  return read.success
    ? { kind: 'value', value: read.data }
    : faulty('body-invalid', faultsOf(read.error, 'body'))
}

/** What a schema found wrong, each fault by its place. `root` names the whole. */
export function faultsOf(error: z.core.$ZodError, root: string): readonly Fault[] {
  return error.issues.flatMap((issue) => {
    const at = issue.path.map((step) => `/${escapeStep(String(step))}`).join('')
    if (issue.code !== 'unrecognized_keys') {
      return [{ pointer: at === '' ? root : at, detail: sentence(issue.message) }]
    }
    return issue.keys.map((key) => ({
      pointer: `${at}/${escapeStep(key)}`,
      detail: 'There is no such field.',
    }))
  })
}

/** A step of a JSON pointer; what a stranger called a field is cut to a length that can be read. */
function escapeStep(step: string): string {
  const short = step.length <= 64 ? step : `${step.slice(0, 63)}…`
  return short.toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1')
}

function sentence(message: string): string {
  return message.endsWith('.') ? message : `${message}.`
}
