// One try to deliver: a bounded POST that follows no redirect and reads next to nothing of the answer; and when the next try
// is due. Whom we post to is the operator's choice, so private addresses are as good as others.
import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'

/** How a try ended. */
export interface Answer {
  /** Null when nobody answered. */
  readonly status: number | null
  /** One short sentence; null after a success. */
  readonly error: string | null
  /** What `Retry-After` asked for, beside 429 and 503. */
  readonly retryAfterMs: number | null
}

/** Posts a JSON body with these header fields. Never rejects. */
export type Post = (
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
) => Promise<Answer>

/** A post with kept connections. */
export interface Poster {
  readonly post: Post
  close(): void
}

/** Milliseconds for one try, from connecting to the last byte. */
export const postTimeoutMs = 15_000
/** Bytes of an answer that are read, so that the connection can be used again; behind them it is cut. */
const mostBytes = 64 * 1024
const userAgent = 'Everface-Webhooks/1'

/** @param options `ca`: certificates to trust instead of the system's; `timeoutMs`: 15 000 unless told */
export function createPoster(options: {
  ca?: readonly string[] | undefined
  timeoutMs?: number
  now: () => number
}): Poster {
  const { timeoutMs = postTimeoutMs, now } = options
  const agents = {
    http: new HttpAgent({ keepAlive: true, maxFreeSockets: 8 }),
    https: new HttpsAgent({
      keepAlive: true,
      maxFreeSockets: 8,
      ...(options.ca === undefined ? {} : { ca: [...options.ca] }),
    }),
  }

  function send(
    url: string,
    headers: Readonly<Record<string, string>>,
    body: string,
  ): Promise<Answer> {
    const { promise, resolve } = Promise.withResolvers<Answer>()
    const secure = url.startsWith('https:')
    const bytes = Buffer.from(body)
    const signal = AbortSignal.timeout(timeoutMs)
    const request = (secure ? httpsRequest : httpRequest)(url, {
      method: 'POST',
      agent: secure ? agents.https : agents.http,
      signal,
      headers: {
        ...headers,
        'content-type': 'application/json; charset=utf-8',
        'content-length': bytes.length,
        'user-agent': userAgent,
      },
    })
    request.on('response', (response) => {
      drain(response)
      resolve(answerOf(response, now()))
    })
    // Also what breaks after the answer comes here; by then it changes nothing.
    request.on('error', (error: NodeJS.ErrnoException) => {
      // The receiver closed a kept connection just before we used it: nobody has refused anything.
      if (request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE')) {
        return resolve(send(url, headers, body))
      }
      const late = signal.aborted ? `No answer within ${timeoutMs} ms.` : null
      resolve(silence(late ?? `${error.code ?? 'The connection broke'}: ${error.message}`))
    })
    request.end(bytes)
    return promise
  }

  return {
    async post(url, headers, body) {
      try {
        return await send(url, headers, body)
      } catch (error) {
        return silence(error instanceof Error ? error.message : String(error))
      }
    },
    close() {
      agents.http.destroy()
      agents.https.destroy()
    },
  }
}

function drain(response: IncomingMessage): void {
  let read = 0
  response.on('error', () => {})
  response.on('data', (piece: Buffer) => {
    read += piece.length
    if (read > mostBytes) response.destroy()
  })
}

function answerOf(response: IncomingMessage, now: number): Answer {
  const status = response.statusCode ?? 0
  const asks = status === 429 || status === 503
  return {
    status,
    error: status >= 200 && status < 300 ? null : wordsFor(status),
    retryAfterMs: asks ? readRetryAfter(response.headers['retry-after'], now) : null,
  }
}

function wordsFor(status: number): string {
  if (status >= 300 && status < 400) return `HTTP ${status}: redirects are not followed.`
  if (status === 410) return 'HTTP 410: the receiver wants no more of these.'
  return `HTTP ${status}.`
}

function silence(words: string): Answer {
  return { status: null, error: words.slice(0, 300), retryAfterMs: null }
}

/** Seconds or a date. */
function readRetryAfter(text: string | undefined, now: number): number | null {
  if (text === undefined) return null
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000
  const at = Date.parse(text)
  return Number.isNaN(at) ? null : Math.max(0, at - now)
}

const firstMs = 5_000
const longestMs = 12 * 3_600_000
const lifeMs = 3 * 86_400_000
/** An event that was kept waiting (the service was down, somebody sends it again) has so many tries all the same. */
const leastTries = 12

/**
 * Milliseconds until the next try, or null to give up. Each wait is twice as long as all before together: about 5 s, 15 s,
 * 45 s, 2 min … 12 h, sixteen tries in three days. By the age, not by the number of tries, so that it does not matter how
 * often a delivery was put off because its hook was away.
 * @param options `random`: 0 ≤ x < 1
 */
export function nextTry(options: {
  answer: Pick<Answer, 'status' | 'retryAfterMs'>
  ageMs: number
  attempts: number
  random: number
}): number | null {
  const { answer, attempts, random } = options
  const ageMs = Math.max(0, options.ageMs)
  if (answer.status === 410) return null
  const jitter = 0.8 + 0.4 * random
  const asked = Math.min(answer.retryAfterMs ?? 0, longestMs)
  if (ageMs >= lifeMs) {
    if (attempts >= leastTries) return null
    return Math.max(asked, Math.min(longestMs, firstMs * 2 ** attempts) * jitter)
  }
  const waitMs = Math.min(longestMs, Math.max(firstMs, 2 * ageMs)) * jitter
  // The last try is at the end of the three days, not behind it.
  return Math.round(Math.max(firstMs * jitter, asked, Math.min(waitMs, lifeMs - ageMs)))
}
