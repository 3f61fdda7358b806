// One effect for one `Idempotency-Key`: a request that is sent again gets the answer of the first. Only good answers are
// remembered: whatever was refused changed nothing and may simply be tried again. Twins that run at the same time are
// told apart within one process.
import { createHash } from 'node:crypto'
import type { Store } from '../../store/store.ts'
import type { Log } from '../log.ts'
import { type Problem, problem, problemResponse } from './problem.ts'

/** A request that carries a key. */
export interface Keyed {
  /** What the client sent. */
  readonly idempotencyKey: string
  /** Id of the API key: everybody has keys of their own. */
  readonly owner: string
  readonly method: string
  /** Path and query. */
  readonly target: string
  readonly body: Uint8Array
  readonly requestId: string
}

/** Runs requests once. */
export interface Idempotency {
  run(request: Keyed, work: () => Promise<Response>): Promise<Response>
}

const visible = /^[\x21-\x7e]{1,255}$/

/** The key that a request carries, null without one. */
export function idempotencyKeyOf(request: Request): string | null | Problem {
  const key = request.headers.get('idempotency-key')
  if (key === null || visible.test(key)) return key
  return problem('idempotency-key-invalid')
}

/** @param tell counts what was remembered and replayed */
export function createIdempotency(options: {
  store: Pick<Store, 'answered' | 'remember'>
  log: Log
  now: () => number
  tell: (outcome: 'remembered' | 'replayed') => void
}): Idempotency {
  const { store, log, now, tell } = options
  const running = new Set<string>()

  async function once(
    name: string,
    { requestId, ...request }: Keyed,
    work: () => Promise<Response>,
  ): Promise<Response> {
    const print = hash(request.method, request.target, request.body)
    const before = await store.answered(name)
    if (before !== null) {
      if (before.request !== print) return problemResponse(problem('idempotency-reused'), requestId)
      tell('replayed')
      const headers: Record<string, string> = { 'Idempotent-Replayed': 'true' }
      if (before.body !== '') headers['Content-Type'] = 'application/json'
      return new Response(before.body === '' ? null : before.body, {
        status: before.status,
        headers,
      })
    }
    const response = await work()
    if (!response.ok) return response
    const body = await response.text()
    try {
      await store.remember(name, { request: print, status: response.status, body }, now())
      tell('remembered')
    } catch (error) {
      // The work is done, and whoever hears so will not send it again.
      log.warn({ err: error, requestId }, 'an answer was not remembered')
    }
    return new Response(body === '' ? null : body, response)
  }

  return {
    async run(request, work) {
      const name = `${request.owner}:${hash(request.idempotencyKey)}`
      if (running.has(name)) {
        return problemResponse(
          problem('idempotency-running', undefined, { headers: { 'Retry-After': '1' } }),
          request.requestId,
        )
      }
      running.add(name)
      try {
        return await once(name, request, work)
      } finally {
        running.delete(name)
      }
    },
  }
}

/** Parts are told apart by their lengths. */
function hash(...parts: readonly (string | Uint8Array)[]): string {
  const sum = createHash('sha256')
  for (const part of parts) sum.update(`${Buffer.byteLength(part)}:`).update(part)
  return sum.digest('hex')
}
