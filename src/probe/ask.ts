// One probe through one edge: the request, what redirects add, and what came back as an observation.
import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import type { Answer, Failure, FailureKind, Observation } from '../core/observation.ts'
import { type UrlParts, isFault, joinUrl, splitUrl } from '../core/url.ts'
import { decodeBody, lookAtBody } from './body.ts'
import type { ConnectPlan, Exchange, Proxy, TlsSettings } from './connection.ts'
import type { Edge, Edges } from './edges.ts'
import type { Guard } from './guard.ts'
import type { Host, Hosts } from './hosts.ts'
import type { Lane, Pool } from './pool.ts'

/** A source to ask for, through one edge. */
export interface Question {
  readonly url: string
  readonly parts: UrlParts
  readonly edge: Edge
  readonly method: 'HEAD' | 'GET'
  readonly headers: Readonly<Record<string, string>> | undefined
  /** What is remembered of the host. */
  readonly host: Host
}

/** What one probe saw, and the bytes when they were fetched. */
export interface Probe {
  readonly observation: Observation
  readonly picture: Buffer | null
}

/** Largest body that is read, packed or unpacked. */
export const maxBodyBytes = 8 * 1024 * 1024
const maxRedirects = 3
const maxStale = 3

const userAgent = 'Everface/0.1 (+https://www.npmjs.com/package/everface)'

/** More lanes than this are found by their edge alone. */
const manyLanes = 20_000

/** A lane with the part of the request that does not change. */
interface RequestLane extends Lane {
  headers: Question['headers']
  tail: string
}

/** What asking needs. */
export interface AskOptions {
  readonly pool: Pool
  readonly hosts: Hosts
  readonly edges: Edges
  readonly guard: Guard
  readonly tls: TlsSettings
  readonly proxy: Proxy | null
  readonly timeoutMs: number
  /** Milliseconds since 1970, UTC. */
  readonly now: () => number
  /** Milliseconds that only grow. */
  readonly monotonic: () => number
}

/** Asks one question. Never rejects: what goes wrong is an observation. */
export type Ask = (question: Question) => Promise<Probe>

/** The edges of a URL that may be asked, or why there are none. */
export type EdgesOf = (
  parts: UrlParts,
) => readonly Edge[] | Failure | Promise<readonly Edge[] | Failure>

/** Makes the function that finds the edges of a URL and lets the guard judge each. */
export function createEdgesOf({ edges, guard, proxy }: AskOptions): EdgesOf {
  const judge = (parts: UrlParts, found: readonly Edge[]): readonly Edge[] | Failure => {
    let reason: string | null = null
    let refused = 0
    for (const edge of found) {
      const why = edge.trusted ? null : guard(edge.address, edge.port)
      if (why === null) continue
      reason ??= why
      refused++
    }
    if (reason === null && found.length > 0) return found
    if (refused < found.length) {
      return found.filter((edge) => edge.trusted || guard(edge.address, edge.port) === null)
    }
    if (isLiteral(parts.host)) return failure('guard-url', reason ?? 'The host has no address.')
    if (reason?.startsWith('Port ')) return failure('guard-url', reason)
    return failure('guard-address', reason ?? `${parts.host} has no address.`)
  }
  /** The guard's word on remembered edges; a list belongs to one host and port. */
  const judged = new WeakMap<readonly Edge[], readonly Edge[] | Failure>()
  return (parts) => {
    // A proxy resolves names itself; only addresses written in the URL, and the port, can be judged here.
    if (proxy !== null && !isLiteral(parts.host)) {
      const named = edges.named(parts.host, parts.port)
      if (named !== null) return named
      const why = guard(isLocal(parts.host) ? '127.0.0.1' : null, parts.port)
      if (why !== null) return failure('guard-url', why)
      return [{ address: asciiHost(parts.host), port: parts.port, trusted: true }]
    }
    const found = edges.of(parts.host, parts.port)
    if (!('then' in found)) {
      let word = judged.get(found)
      if (word === undefined) {
        word = judge(parts, found)
        judged.set(found, word)
      }
      return word
    }
    return found.then(
      (list) => judge(parts, list),
      (error: NodeJS.ErrnoException) =>
        error.code === 'ESTOPPED'
          ? turnedAway('stopped', parts.host)
          : failure('dns', `${parts.host} could not be resolved (${error.code ?? error.message}).`),
    )
  }
}

/** An address written in the URL, in any of the forms that resolvers read: 127.1, 0x7f000001, 2130706433, ::1. */
function isLiteral(host: string): boolean {
  return isIP(host) > 0 || /^(?:0x[0-9a-f]*|\d+)(?:\.(?:0x[0-9a-f]*|\d+))*$/i.test(host)
}

/** Names that mean the machine itself, whatever a resolver says (RFC 6761). */
function isLocal(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost')
}

/** Makes the function that asks one question. */
export function createAsk(options: AskOptions, edgesOf: EdgesOf): Ask {
  const { pool, hosts, edges, timeoutMs, monotonic, now } = options

  /** Lanes by edge. An edge belongs to one host; http and https may share a port number, not a lane. */
  const lanes = { http: new WeakMap<Edge, RequestLane>(), https: new WeakMap<Edge, RequestLane>() }
  /** Lanes by name, for edges that are made anew for each question. */
  const named = new Map<string, RequestLane>()

  function laneOf({ parts, edge }: Question): RequestLane {
    const known = lanes[parts.scheme].get(edge)
    if (known !== undefined) return known
    const name = `${parts.scheme} ${parts.host} ${parts.port} ${edge.address} ${edge.port}`
    let lane = named.get(name)
    if (lane === undefined) {
      const host = asciiHost(parts.host)
      const { proxy, tls } = options
      // As curl does: only through a tunnel can a proxy be told where to connect.
      const tunnel =
        proxy !== null &&
        (parts.scheme === 'https' || edge.address !== host || edge.port !== parts.port)
      const plan = { scheme: parts.scheme, host, edge, tls, proxy, tunnel, maxBytes: maxBodyBytes }
      lane = { ...pool.lane(plan), headers: undefined, tail: '' }
      if (named.size >= manyLanes) named.clear()
      named.set(name, lane)
    }
    lanes[parts.scheme].set(edge, lane)
    return lane
  }

  function exchange(question: Question, deadline: number): Promise<Exchange> {
    const lane = laneOf(question)
    const { promise, resolve } = Promise.withResolvers<Exchange>()
    pool.exchange(lane, requestText(question, lane), question.method === 'HEAD', deadline, resolve)
    return promise
  }

  /** Goes on after a first exchange that was no clean answer: on another connection, or by GET. */
  async function mend(
    question: Question,
    host: Host,
    deadline: number,
    first: Exchange,
  ): Promise<{ end: Exchange; asked: Question }> {
    let asked = question
    let end = first
    for (let stale = 0; ;) {
      // A kept connection that the server had closed meanwhile says nothing: ask on the next.
      const again = end.kind === 'failure' && end.stale && stale++ < maxStale
      // Nor does one on which the body of an earlier HEAD came late.
      if (again && end.kind === 'failure' && end.failure === 'protocol') host.noHead = true
      if (asked.method === 'HEAD' && mishandlesHead(end)) host.noHead = true
      else if (!again) return { end, asked }
      if (host.noHead && asked.method === 'HEAD') asked = byGet(question)
      end = await exchange(asked, deadline)
    }
  }

  return async (question) => {
    let current = question
    let { host } = question
    const entry = hosts.enter(host)
    const entered = typeof entry === 'string' ? entry : await entry
    const at = now()
    const start = monotonic()
    const deadline = start + timeoutMs
    const observe = (seen: Answer | Failure, picture: Buffer | null = null): Probe => ({
      observation: {
        url: question.url,
        finalUrl: current.url,
        method: current.method,
        edge: question.edge.address,
        at,
        ms: Math.round(monotonic() - start),
        seen,
      },
      picture,
    })
    if (entered !== 'in') return observe(turnedAway(entered, host.name))
    let inside = true
    try {
      for (let redirects = 0; ; redirects++) {
        if (host.noHead && current.method === 'HEAD') current = byGet(current)
        let end = await exchange(current, deadline)
        if (end.kind === 'failure' || (current.method === 'HEAD' && mishandlesHead(end))) {
          const mended = await mend(current, host, deadline, end)
          end = mended.end
          current = mended.asked
        }
        if (end.kind === 'failure') {
          if (end.failure === 'connect')
            edges.demote(current.parts.host, current.parts.port, current.edge)
          return observe(failure(end.failure, end.detail))
        }
        const location = end.head.headers['location']
        if (!isRedirect(end.head.status) || location === undefined) {
          const { answer, picture } = readAnswer(end, current.method)
          return observe(answer, picture)
        }
        if (redirects === maxRedirects) {
          return observe(failure('redirects', `More than ${maxRedirects} redirects.`))
        }
        const next = await follow(location, current)
        if ('kind' in next) return observe(next)
        current = next
        hosts.leave(host)
        inside = false
        host = next.host
        const entryThere = await hosts.enter(host)
        if (entryThere !== 'in') return observe(turnedAway(entryThere, host.name))
        inside = true
      }
    } finally {
      if (inside) hosts.leave(host)
    }
  }

  async function follow(location: string, from: Question): Promise<Question | Failure> {
    let url: string
    try {
      // Not the source's own text: it may have no scheme.
      url = new URL(readLocation(location), joinUrl(from.parts)).href
    } catch {
      return failure('redirects', 'The redirect leads to no URL.')
    }
    const parts = splitUrl(url)
    if (isFault(parts)) return failure('redirects', `The redirect leads nowhere: ${parts.detail}`)
    const found = await edgesOf(parts)
    if ('kind' in found) {
      // Networks redirect to addresses of their own: where a redirect leads says nothing of the source.
      const kind = found.failure === 'guard-url' ? 'guard-address' : found.failure
      return failure(kind, `The redirect to ${parts.host} was not followed: ${found.detail}`)
    }
    const edge = found[0]
    if (edge === undefined) return failure('dns', `${parts.host} has no address.`)
    return { ...from, url, parts, edge, host: hosts.of(parts.host) }
  }
}

/** Header bytes above ASCII are read as UTF-8 where they are that, as browsers do. */
function readLocation(location: string): string {
  if (!/[\x80-\xff]/.test(location)) return location
  const text = Buffer.from(location, 'latin1').toString('utf8')
  return text.includes('\ufffd') ? location : text
}

function turnedAway(entry: 'paused' | 'stopped', host: string): Failure {
  return entry === 'stopped'
    ? failure('stopped', 'Stopped before an answer came.')
    : failure('paused', `${host} asked us to stay away for a while; it was not asked again.`)
}

function failure(kind: FailureKind, detail: string): Failure {
  return { kind: 'failure', failure: kind, detail }
}

function byGet(question: Question): Question {
  return { ...question, method: 'GET' }
}

function isRedirect(status: number): boolean {
  return status === 302 || status === 301 || status === 307 || status === 308 || status === 303
}

function mishandlesHead(end: Exchange): boolean {
  if (end.kind === 'failure') return end.failure === 'protocol'
  return end.extra || end.head.status === 405 || end.head.status === 501
}

function readAnswer(
  end: Extract<Exchange, { kind: 'answer' }>,
  method: 'HEAD' | 'GET',
): { answer: Answer | Failure; picture: Buffer | null } {
  const { status, headers } = end.head
  if (method === 'HEAD') {
    const length = headers['content-length']
    const bytes = length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : null
    return { answer: { kind: 'answer', status, headers, bytes, body: null }, picture: null }
  }
  if (end.extra) {
    return { answer: failure('protocol', 'More bytes came than were announced.'), picture: null }
  }
  const body = decodeBody(end.body ?? Buffer.alloc(0), headers['content-encoding'], maxBodyBytes)
  if (!Buffer.isBuffer(body)) return { answer: failure(body.failure, body.detail), picture: null }
  const looked = body.length === 0 ? null : lookAtBody(body)
  return {
    answer: { kind: 'answer', status, headers, bytes: body.length, body: looked },
    picture: looked?.mime ? body : null,
  }
}

const asciiHosts = new Map<string, string>()

function asciiHost(host: string): string {
  if (!/[^\x00-\x7f]/.test(host)) return host
  let ascii = asciiHosts.get(host)
  if (ascii === undefined) {
    ascii = domainToASCII(host) || 'invalid'
    if (asciiHosts.size > 10_000) asciiHosts.clear()
    asciiHosts.set(host, ascii)
  }
  return ascii
}

/** The request as it goes over the wire. URLs hold no line breaks (splitUrl); what is not ASCII is escaped. */
function requestText({ parts, method, headers }: Question, lane: RequestLane): string {
  let target = parts.query === '' ? parts.path : `${parts.path}?${parts.query}`
  if (!parts.plain) target = escapeTarget(target)
  if (lane.tail === '' || lane.headers !== headers) {
    lane.headers = headers
    lane.tail = requestTail(parts, headers, lane.plan)
  }
  const { proxy, tunnel } = lane.plan
  if (proxy !== null && !tunnel) target = `http://${hostField(parts)}${target}`
  return `${method} ${target}${lane.tail}`
}

/** Everything behind the target: the same for every request of a lane. */
function requestTail(
  parts: UrlParts,
  headers: Question['headers'],
  { proxy, tunnel }: ConnectPlan,
): string {
  let extra = ''
  for (const name in headers) extra += `${name}: ${headers[name]}\r\n`
  if (proxy !== null && !tunnel && proxy.authorization !== null) {
    extra += `Proxy-Authorization: ${proxy.authorization}\r\n`
  }
  return ` HTTP/1.1\r\nHost: ${hostField(parts)}\r\nUser-Agent: ${userAgent}\r\nAccept: image/*,*/*;q=0.8\r\nAccept-Encoding: identity\r\n${extra}\r\n`
}

function hostField(parts: UrlParts): string {
  const name = parts.host.includes(':') ? `[${parts.host}]` : asciiHost(parts.host)
  return parts.port === (parts.scheme === 'https' ? 443 : 80) ? name : `${name}:${parts.port}`
}

function escapeTarget(target: string): string {
  return encodeURI(target.toWellFormed()).replace(/%25([0-9a-f]{2})/gi, '%$1')
}
