// Servers that misbehave as no library lets them: raw bytes on loopback, request by request. Beside them a prober with
// everything injected, so that a test says only what it is about.
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net'
import { type TlsOptions, createServer as createTlsServer } from 'node:tls'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { readUrl } from '../src/core/read-url.ts'
import type { Observation } from '../src/core/observation.ts'
import { readConnectTo } from '../src/probe/edges.ts'
import { type Look, type Prober, type ProberOptions, createProber } from '../src/probe/prober.ts'

/** One request as it came over the wire. */
export interface RawRequest {
  readonly method: string
  readonly target: string
  /** Request line and fields as they stood, without the empty line. */
  readonly text: string
  /** Which connection of the server, from 0. */
  readonly connection: number
  /** Which request on that connection, from 0. */
  readonly turn: number
}

/** A running server. */
export interface RawServer {
  readonly port: number
  readonly address: string
  readonly requests: readonly RawRequest[]
  /** Connections opened so far. */
  readonly connections: number
  /** Connections open now. */
  readonly open: ReadonlySet<Socket>
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** How to serve. */
export interface RawOptions {
  readonly address?: string
  readonly tls?: TlsOptions
  /** Called for each connection before any request is read. */
  readonly onConnection?: (socket: Socket, connection: number) => void
}

/** Starts a server that hands each request's socket to `answer`. */
export async function serveRaw(
  answer: (socket: Socket, request: RawRequest) => void,
  { address = '127.0.0.1', tls, onConnection }: RawOptions = {},
): Promise<RawServer> {
  const open = new Set<Socket>()
  const requests: RawRequest[] = []
  let connections = 0

  function accept(socket: Socket): void {
    const connection = connections++
    let turn = 0
    let text = ''
    socket.on('error', () => socket.destroy())
    onConnection?.(socket, connection)
    socket.on('data', (bytes: Buffer) => {
      text += bytes.toString('latin1')
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        const head = text.slice(0, end)
        text = text.slice(end + 4)
        const [method = '', target = ''] = head.split(' ', 2)
        const request = { method, target, text: head, connection, turn: turn++ }
        requests.push(request)
        answer(socket, request)
        // What follows a CONNECT is not for us to read.
        if (method === 'CONNECT') return void socket.removeAllListeners('data')
      }
    })
  }
  function count(socket: Socket): void {
    open.add(socket)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => open.delete(socket))
  }

  const server: Server = tls === undefined ? createServer(accept) : createTlsServer(tls, accept)
  server.on('connection', count)
  server.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, address, resolve)
  })
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    for (const socket of open) socket.destroy()
    await closed
  }
  return {
    port: (server.address() as AddressInfo).port,
    address,
    requests,
    open,
    get connections() {
      return connections
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** A whole answer with its length. */
export function answerOf(
  body: string | Buffer,
  fields: readonly string[] = [],
  status = '200 OK',
): Buffer {
  const bytes = Buffer.from(body)
  const lines = [`HTTP/1.1 ${status}`, `Content-Length: ${bytes.length}`, ...fields]
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), bytes])
}

/** The smallest GIF that browsers show: a living picture. */
export const gif = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64')

/** A living picture as an answer. */
export const pictureAnswer = answerOf(gif, ['Content-Type: image/gif'])

/** The head alone, as HEAD is to be answered. */
export const pictureHead = pictureAnswer.subarray(0, pictureAnswer.length - gif.length)

/** A prober that may disagree with the defaults: no retries, no bound on the rate, no resolver. */
export type TestProber = Prober &
  Disposable & {
    see(url: string, options?: { get?: boolean }): Promise<Look>
    /** The first observation. */
    observe(url: string, options?: { get?: boolean }): Promise<Observation>
  }

/** Makes a prober; `to` are `--connect-to` values. */
export function makeProber(
  options: Partial<ProberOptions> & { to?: readonly string[] } = {},
): TestProber {
  const { to = [], ...given } = options
  const prober = createProber({
    concurrency: 64,
    rate: 0,
    hostRates: new Map(),
    edges: 3,
    everyEdge: false,
    timeoutMs: 3_000,
    retries: 0,
    get: false,
    connectTo: to.map(readConnectTo),
    tls: { ca: undefined, insecure: false },
    proxy: null,
    guard: { allowPrivate: false, allowPorts: [] },
    lookup: (host) => Promise.reject(Object.assign(new Error(`${host}?`), { code: 'ENOTFOUND' })),
    now: () => Date.UTC(2026, 10, 22),
    random: () => 0,
    ...given,
  })
  const see = (url: string, how?: { get?: boolean }) => prober.look(url, readUrl(url), how)
  return {
    look: (url, reading, how) => prober.look(url, reading, how),
    see,
    async observe(url, how) {
      const { observations } = await see(url, how)
      const [first] = observations
      if (first === undefined) throw new Error(`nobody was asked for ${url}`)
      return first
    },
    get inFlight() {
      return prober.inFlight
    },
    close: () => prober.close(),
    [Symbol.dispose]: () => prober.close(),
  }
}

/** What failed: the failure's kind, or the status of an answer. */
export function outcome({ seen }: Observation): string | number {
  return seen.kind === 'failure' ? seen.failure : seen.status
}

/** Resolves as soon as the condition holds; looks again after each turn of the event loop. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const end = performance.now() + 5_000
  while (!condition()) {
    if (performance.now() > end) throw new Error(`never came: ${what}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Bytes that are in use when all rubbish is cleared away. */
export function heldBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect === 'function') collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
