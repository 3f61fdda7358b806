// One call to the service: sent with a key, within a time, and again where that is safe and may help. Whatever is sent
// again carries the same request id and the same Idempotency-Key, so that it is one in the service's eyes.
import { type Json, drop, readAnswer, readProblem } from './answer.ts'
import { EverfaceClientError } from './error.ts'
import { waitMs } from './wait.ts'

/** How a single call may differ from the client's options. */
export interface CallOptions {
  /** Ends the call, whatever it is doing; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal
  /** Milliseconds for one try; absent: the client's. */
  readonly timeoutMs?: number
}

/** What calls are made with. */
export interface Wire {
  /** The service, without a trailing slash. */
  readonly base: string
  readonly key: string
  readonly fetch: typeof fetch
  /** Milliseconds for one try. */
  readonly timeoutMs: number
  /** Tries after the first. */
  readonly retries: number
  /** A service that asks to stay away for longer is not waited for. */
  readonly longestWaitMs: number
  readonly now: () => number
  readonly random: () => number
  readonly newId: () => string
  readonly pause: (ms: number, signal: AbortSignal | undefined) => Promise<void>
}

/** What is asked. */
export interface Ask {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** With its query, escaped. */
  readonly path: string
  readonly json?: unknown
  readonly body?: Blob | FormData
  readonly type?: string
}

/** A good answer. */
export interface Told {
  readonly status: number
  readonly json: Json
  readonly requestId: string
}

/** Milliseconds that pass without a sign before a try is given up. */
export interface Watch {
  readonly signal: AbortSignal
  /** Something came: the time starts anew. */
  heard(): void
  /** Nothing is waited for. */
  rest(): void
  /** What a thrown thing stands for: the caller's own reason, `timeout`, `network`, or itself. */
  blame(error: unknown, requestId: string): unknown
}

/** Makes a call, as often as is of use. Rejects with `EverfaceClientError`, or with the reason of the caller's signal. */
export async function call(wire: Wire, ask: Ask, options: CallOptions = {}): Promise<Told> {
  const requestId = wire.newId()
  const headers: Record<string, string> = { Accept: 'application/json', 'X-Request-Id': requestId }
  // What does something is done once, however often it is sent.
  if (ask.method === 'POST') headers['Idempotency-Key'] = requestId
  if (ask.json !== undefined) headers['Content-Type'] = 'application/json'
  else if (ask.type !== undefined) headers['Content-Type'] = ask.type
  const body = ask.json === undefined ? ask.body : JSON.stringify(ask.json)

  for (let tries = 1; ; tries++) {
    const watch = watchOver(options.timeoutMs ?? wire.timeoutMs, options.signal)
    try {
      const response = await send(wire, ask, headers, body, watch)
      if (response.status === 204) return { status: 204, json: {}, requestId }
      const idOfAnswer = idOf(response, requestId)
      if (!response.ok) throw await readProblem(response, idOfAnswer, wire.now())
      return {
        status: response.status,
        json: await readAnswer(response, idOfAnswer),
        requestId: idOfAnswer,
      }
    } catch (caught) {
      const error = watch.blame(caught, requestId)
      if (tries > wire.retries || !mayHeal(error)) throw error
      if ((error.retryAfterMs ?? 0) > wire.longestWaitMs) throw error
      watch.rest()
      await wire.pause(waitMs(tries, error.retryAfterMs, wire.random), options.signal)
    } finally {
      watch.rest()
    }
  }
}

/** Sends one request and gives its answer, body unread; throws whatever `fetch` throws. */
export async function send(
  wire: Wire,
  { method, path }: Pick<Ask, 'method' | 'path'>,
  headers: Readonly<Record<string, string>>,
  body: string | Blob | FormData | undefined,
  watch: Watch,
): Promise<Response> {
  const response = await wire.fetch(`${wire.base}${path}`, {
    method,
    headers: { ...headers, Authorization: `Bearer ${wire.key}` },
    // A redirect would take the key for a walk, and turn a PUT into a GET.
    redirect: 'manual',
    signal: watch.signal,
    ...(body === undefined ? {} : { body }),
  })
  if (response.status === 204) drop(response)
  return response
}

/** The service's name for a request: its own, when it changed ours. */
export function idOf(response: Response, sent: string): string {
  return response.headers.get('x-request-id') ?? sent
}

/** Whether the same again may end better. */
export function mayHeal(error: unknown): error is EverfaceClientError {
  if (!(error instanceof EverfaceClientError)) return false
  const { code, status } = error
  if (status === null) return code === 'network' || code === 'timeout'
  // A twin of this very request is still running: its answer can be had when it is done.
  return [429, 502, 503, 504].includes(status) || code === 'idempotency-running'
}

/** Watches one try. `rest` must follow. */
export function watchOver(timeoutMs: number, caller: AbortSignal | undefined): Watch {
  caller?.throwIfAborted()
  const own = new AbortController()
  let late = false
  let timer: ReturnType<typeof setTimeout> | null = null
  function rest(): void {
    if (timer !== null) clearTimeout(timer)
    timer = null
  }
  function heard(): void {
    rest()
    timer = setTimeout(() => {
      late = true
      own.abort()
    }, timeoutMs)
  }
  heard()
  return {
    signal: caller === undefined ? own.signal : AbortSignal.any([own.signal, caller]),
    heard,
    rest,
    blame(error, requestId) {
      if (caller?.aborted === true) return caller.reason as unknown
      if (late) {
        const message = `No answer within ${timeoutMs} ms.`
        return new EverfaceClientError('timeout', message, { requestId, cause: error })
      }
      if (error instanceof EverfaceClientError) return error
      const message = `The service could not be reached: ${wordsOf(error)}`
      return new EverfaceClientError('network', message, { requestId, cause: error })
    },
  }
}

/** `fetch` says "fetch failed" and hides the rest in the cause. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  if (!(cause instanceof Error)) return error.message
  const { code } = cause as { code?: unknown }
  return cause.message === '' && typeof code === 'string' ? code : cause.message
}
