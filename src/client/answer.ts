// Reads what came back, believing nothing: bounded bytes, JSON that is JSON, problems that are problems. A proxy's error
// page, a portal's sign-in or a server that never ends must not become an avatar.
import { EverfaceClientError, type Fault } from './error.ts'
import { readRetryAfter } from './wait.ts'

/** Good answers have at most so many bytes: 500 avatars with long URLs are an eighth of it. */
const maxAnswerBytes = 32 * 1024 * 1024
const maxProblemBytes = 256 * 1024
const maxFaults = 20

/** JSON of an answer, of which nothing is known. */
export type Json = Readonly<Record<string, unknown>>

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** An error for an answer that is none of ours. */
export function unreadable(
  what: string,
  { status, requestId }: { status: number; requestId: string },
): EverfaceClientError {
  const message = `The answer (${status}) is not one of Everface: ${what}.`
  return new EverfaceClientError('answer-unreadable', message, { status, requestId })
}

/** The JSON object of a good answer. Throws `answer-unreadable` for anything else. */
export async function readAnswer(response: Response, requestId: string): Promise<Json> {
  const { status } = response
  const text = await readText(response, maxAnswerBytes)
  if (text === null) throw unreadable('it does not end', { status, requestId })
  const value = parse(text)
  if (!isObject(value)) throw unreadable('it is no JSON object', { status, requestId })
  return value
}

/** The error that an answer with a bad status stands for. */
export async function readProblem(
  response: Response,
  requestId: string,
  now: number,
): Promise<EverfaceClientError> {
  const { status, headers } = response
  const text = await readText(response, maxProblemBytes).catch(() => null)
  const value = text === null ? null : parse(text)
  const retryAfterMs = readRetryAfter(headers.get('retry-after'), now)
  const known = { status, requestId, ...(retryAfterMs === null ? {} : { retryAfterMs }) }
  if (!isObject(value) || !isCode(value['code'])) {
    const location = headers.get('location')
    const what =
      location === null
        ? 'it carries no problem'
        : `it leads to ${shorten(location)}; check the URL`
    const { message } = unreadable(what, known)
    return new EverfaceClientError('answer-unreadable', message, known)
  }
  return problemError(value, known)
}

/** The error for a problem document. */
export function problemError(
  document: Json,
  known: { readonly status?: number; readonly requestId?: string; readonly retryAfterMs?: number },
): EverfaceClientError {
  const { code, detail, title, status, errors } = document
  const words = [detail, title].find((one) => typeof one === 'string' && one !== '')
  return new EverfaceClientError(
    isCode(code) ? code : 'answer-unreadable',
    typeof words === 'string' ? shorten(words) : 'The service refused.',
    {
      ...(typeof status === 'number' ? { status } : {}),
      ...known,
      faults: Array.isArray(errors) ? errors.filter(isFault).slice(0, maxFaults) : [],
    },
  )
}

/** Lets go of a body that nobody wants, so that its connection is free. */
export function drop(response: Response): void {
  response.body?.cancel().catch(() => {})
}

async function readText(response: Response, most: number): Promise<string | null> {
  if (response.body === null) return ''
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  for (let bytes = 0; ;) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    bytes += value.length
    if (bytes > most) {
      reader.cancel().catch(() => {})
      return null
    }
    text += decoder.decode(value, { stream: true })
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function isCode(value: unknown): value is string {
  return typeof value === 'string' && /^[a-z][a-z0-9-]{0,63}$/.test(value)
}

function isFault(value: unknown): value is Fault {
  return (
    isObject(value) && typeof value['pointer'] === 'string' && typeof value['detail'] === 'string'
  )
}

/** Words of strangers, cut to a length that a log bears. */
function shorten(words: string): string {
  return words.length <= 500 ? words : `${words.slice(0, 499)}…`
}
