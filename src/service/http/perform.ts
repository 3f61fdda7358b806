// How every call runs, in order: who asks, how often, what for. Then the operation's own function. Whatever is thrown
// becomes a problem here and nowhere else.
import type { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { ApiKey } from '../../store/store.ts'
import { type Arrival, baseOf, senderOf } from './arrival.ts'
import type { Keys } from './auth.ts'
import { faultsOf, maxJsonBytes, mediaType, readBody, readJson } from './body.ts'
import { type Idempotency, idempotencyKeyOf } from './idempotency.ts'
import { type PageToken, readPageToken } from '../page-token.ts'
import type { AnyOperation, AnyReply, BodyShape, Call, Service } from './operation.ts'
import { type Fault, type Problem, faulty, problem, problemOf, problemResponse } from './problem.ts'
import type { RateLimit, Turn } from './rate-limit.ts'

/** What Hono keeps for a request. */
export interface HttpEnv {
  Bindings: Arrival
  Variables: {
    requestId: string
    /** Pattern of the path, for logs and figures. */
    route: string
    /** Id of the API key, for the log. */
    keyId: string | null
  }
}

/** What stands in front of every call. */
export interface Gate {
  readonly keys: Keys
  /** For each key. */
  readonly keyLimit: RateLimit
  /** For each address, where no key is needed. */
  readonly addressLimit: RateLimit
  readonly idempotency: Idempotency
}

const untouched: Turn = { taken: true, headers: {} }

/** Makes the function that answers requests for one operation. */
export function perform(
  made: AnyOperation,
  service: Service,
  gate: Gate,
): (c: Context<HttpEnv>) => Promise<Response> {
  return async (c) => {
    const requestId = c.get('requestId')
    let turn = untouched
    let response: Response
    try {
      const entered = await enter(made, c, gate, service)
      if (isProblem(entered)) response = problemResponse(entered, requestId)
      else {
        turn = entered.turn
        c.set('keyId', entered.key?.id ?? null)
        response = turn.taken
          ? await run(made, c, entered, service, gate)
          : problemResponse(problem('too-many-requests'), requestId)
      }
    } catch (error) {
      response = thrown(error, requestId, service)
    }
    for (const [name, value] of Object.entries(turn.headers)) response.headers.set(name, value)
    return response
  }
}

/** A thrown thing as an answer; what nobody foresaw goes into the log with its stack. */
export function thrown(error: unknown, requestId: string, { log }: Pick<Service, 'log'>): Response {
  const { problem: saying, known } = problemOf(error)
  if (known) log.warn({ err: error, requestId, code: saying.code }, 'a part of the service is away')
  else log.error({ err: error, requestId }, 'a request failed')
  return problemResponse(saying, requestId)
}

/** Whether a value is a problem. */
export function isProblem(value: object): value is Problem {
  return 'kind' in value && value.kind === 'problem'
}

/** Who was let in. */
interface Entered {
  readonly key: ApiKey | null
  readonly page: PageToken | null
  readonly turn: Turn
}

async function enter(
  { access, byPageToken }: AnyOperation,
  c: Context<HttpEnv>,
  { keys, keyLimit, addressLimit }: Gate,
  { secrets, now }: Pick<Service, 'secrets' | 'now'>,
): Promise<Entered | Problem> {
  if (access === 'open') return { key: null, page: null, turn: untouched }
  const sender = senderOf(c.req.raw, c.env)
  if (access === 'page') return { key: null, page: null, turn: addressLimit.take(sender) }
  const token = byPageToken === true ? pageTokenOf(c.req.raw) : null
  if (token !== null) {
    const page = readPageToken(token, [secrets.secret, ...secrets.oldSecrets], now())
    if (page.kind !== 'valid') return problem('page-token-invalid')
    return { key: null, page, turn: addressLimit.take(sender) }
  }
  const key = await keys.admit(c.req.raw, access, sender)
  return 'kind' in key ? key : { key, page: null, turn: keyLimit.take(key.id) }
}

function pageTokenOf(request: Request): string | null {
  return /^Bearer +(ept_\S+) *$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? null
}

async function run(
  made: AnyOperation,
  c: Context<HttpEnv>,
  { key, page }: Pick<Entered, 'key' | 'page'>,
  service: Service,
  { idempotency }: Gate,
): Promise<Response> {
  const requestId = c.get('requestId')
  const request = c.req.raw
  const taken = await take(made, c)
  if (isProblem(taken)) return problemResponse(taken, requestId)
  const base = baseOf(request, service.settings.publicUrl)
  const call = { ...taken.parts, request, key, page, requestId, base } as Call<never, never, never>
  const work = async () => respond(await made.handle(call, service), requestId)

  if (made.idempotency === undefined) return work()
  const idempotencyKey = idempotencyKeyOf(request)
  if (idempotencyKey === null) return work()
  if (made.idempotency === 'refused') {
    return problemResponse(problem('idempotency-unsupported'), requestId)
  }
  if (typeof idempotencyKey !== 'string') return problemResponse(idempotencyKey, requestId)
  const { method } = request
  const { pathname, search } = new URL(request.url)
  const target = `${pathname}${search}`
  const owner = key?.id ?? ''
  return idempotency.run(
    { idempotencyKey, owner, method, target, body: taken.bytes, requestId },
    work,
  )
}

/** Path, query and body as the operation declares them. */
async function take(
  { params, query, body }: AnyOperation,
  c: Context<HttpEnv>,
): Promise<
  | { parts: Pick<Call<unknown, unknown, unknown>, 'params' | 'query' | 'body'>; bytes: Buffer }
  | Problem
> {
  const path = params?.safeParse(c.req.param())
  if (path?.success === false) {
    const faults = faultsOf(path.error, 'path').map(named)
    return faults.some(({ pointer }) => pointer === 'subject')
      ? problem('subject-invalid')
      : faulty('path-invalid', faults)
  }
  const asked = readQuery(query, c)
  if (isProblem(asked)) return asked
  const none = { params: path?.data, query: asked.value, body: undefined }
  if (body === undefined) return { parts: none, bytes: Buffer.alloc(0) }
  if (!isTaken(body, c.req.raw)) {
    return problem('media-type-unsupported', `Content-Type is to be ${typesOf(body).join(' or ')}.`)
  }
  if (body.kind === 'raw') return { parts: none, bytes: Buffer.alloc(0) }
  const read = await readBody(c.req.raw, maxJsonBytes)
  if (isProblem(read)) return read
  const { bytes } = read
  const text = body.optional === true && bytes.length === 0 ? Buffer.from('{}') : bytes
  const json = readJson(text, body.schema)
  if (isProblem(json)) return json
  return { parts: { ...none, body: json.value }, bytes }
}

function readQuery(
  schema: z.ZodObject | undefined,
  c: Context<HttpEnv>,
): { value: unknown } | Problem {
  if (schema === undefined) return { value: {} }
  const given = Object.entries(c.req.queries())
  const twice = given.find(([, values]) => values.length > 1)
  if (twice !== undefined) {
    return faulty('query-invalid', [{ pointer: short(twice[0]), detail: 'It stands there twice.' }])
  }
  const entries = given.map(([name, [value = '']]) => [name, value] as const)
  const read = schema.safeParse(Object.fromEntries(entries))
  return read.success
    ? { value: read.data }
    : faulty('query-invalid', faultsOf(read.error, 'query').map(named))
}

/** In paths and queries a place has a name, not a pointer. */
function named({ pointer, detail }: Fault): Fault {
  return { pointer: pointer.replace(/^\//, ''), detail }
}

function short(name: string): string {
  return name.length <= 64 ? name.toWellFormed() : `${name.slice(0, 63).toWellFormed()}…`
}

/** Media types that a body may have. */
export function typesOf(body: BodyShape<z.ZodType>): readonly string[] {
  return body.kind === 'json' ? ['application/json', ...(body.also ?? [])] : body.types
}

function isTaken(body: BodyShape<z.ZodType>, request: Request): boolean {
  const type = mediaType(request)
  if (type === '' && body.kind === 'json' && body.optional === true) return true
  return typesOf(body).some(
    (one) => one === type || (one.endsWith('/*') && type.startsWith(one.slice(0, -1))),
  )
}

function respond(reply: AnyReply, requestId: string): Response {
  if (reply instanceof Response) return reply
  if (reply.kind === 'problem') return problemResponse(reply, requestId)
  const { status, headers, body } = reply
  if (body === undefined) return new Response(null, { status, headers: headers ?? {} })
  return new Response(`${JSON.stringify(body)}\n`, {
    status,
    headers: { 'Content-Type': 'application/json', ...headers },
  })
}
