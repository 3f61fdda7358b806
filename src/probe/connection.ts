// One connection to one edge: opened with the address already judged, carries one request at a time, kept alive between
// them. A leaner path than undici's: see decisions/002-own-http-client.md for the figures that demanded it.
import { type OnReadOpts, type Socket, connect as connectTcp, isIP } from 'node:net'
import {
  type ConnectionOptions,
  type SecureContext,
  checkServerIdentity,
  connect as connectTls,
  createSecureContext,
} from 'node:tls'
import type { FailureKind } from '../core/observation.ts'
import type { Edge } from './edges.ts'
import type { Lane } from './pool.ts'
import { type Head, type ReadEnd, ResponseReader } from './response.ts'

/** How one exchange ended. */
export type Exchange =
  | {
      readonly kind: 'answer'
      readonly head: Head
      readonly body: Buffer | null
      readonly extra: boolean
    }
  | {
      readonly kind: 'failure'
      readonly failure: FailureKind
      readonly detail: string
      readonly stale: boolean
    }

/** Where and how to connect. */
export interface ConnectPlan {
  readonly scheme: 'http' | 'https'
  /** Name for SNI and the certificate. */
  readonly host: string
  readonly edge: Edge
  readonly tls: TlsSettings
  readonly proxy: Proxy | null
  /** Reach the edge through a tunnel that the proxy opens, instead of asking the proxy. */
  readonly tunnel: boolean
  readonly maxBytes: number
}

/** Certificate checking. */
export interface TlsSettings {
  /** PEM certificates to trust; undefined for the system's. */
  readonly ca: readonly string[] | undefined
  readonly insecure: boolean
}

/** An HTTP proxy: `http://user:password@host:port`. */
export interface Proxy {
  readonly host: string
  readonly port: number
  /** Value of Proxy-Authorization, or null. */
  readonly authorization: string | null
}

const readBufferBytes = 16 * 1024

/** A keep-alive connection. */
export class Connection {
  /** The way that it belongs to. */
  readonly lane: Lane
  /** Monotonic milliseconds: when the running exchange must have ended, or when it began to idle. */
  deadline = 0
  idleSince = 0
  readonly #plan: ConnectPlan
  readonly #reader: ResponseReader
  #socket: Socket | null = null
  #done: ((end: Exchange) => void) | null = null
  #request = ''
  #connected = false
  #used = false
  #headOnly = false
  #afterHead = false
  /** Bytes came after a HEAD was answered: the server sends bodies to HEAD. */
  stray = false
  #onIdleEnd: ((connection: Connection) => void) | null

  /** @param onIdleEnd called when the connection ends while no exchange runs */
  constructor(lane: Lane, onIdleEnd: (connection: Connection) => void) {
    this.lane = lane
    this.#plan = lane.plan
    this.#reader = new ResponseReader(lane.plan.maxBytes)
    this.#onIdleEnd = onIdleEnd
  }

  /** Sends one request; `done` is called once. The connection must be idle or new. */
  exchange(
    request: string,
    headOnly: boolean,
    deadline: number,
    done: (end: Exchange) => void,
  ): void {
    this.deadline = deadline
    this.#done = done
    this.#reader.start(headOnly)
    this.#afterHead = this.#headOnly
    this.#headOnly = headOnly
    if (this.#connected && this.#socket !== null) {
      this.#used = true
      this.#request = request
      sendSoon(this)
      return
    }
    this.#request = request
    this.#open()
  }

  /** Puts the waiting request on the wire. */
  send(): void {
    const request = this.#request
    this.#request = ''
    if (request !== '') this.#socket?.write(request, 'latin1')
  }

  /** Ends the connection; a running exchange fails with the reason given. */
  destroy(failure: FailureKind = 'stopped', detail = 'Stopped.'): void {
    this.#socket?.destroy()
    this.#fail(failure, detail)
  }

  get busy(): boolean {
    return this.#done !== null
  }

  #open(): void {
    const { scheme, proxy, tunnel, edge } = this.#plan
    if (proxy !== null && tunnel) {
      this.#tunnel(proxy)
    } else if (scheme === 'https') {
      const options: ConnectionOptions & { onread: OnReadOpts } = {
        ...this.#tlsOptions(),
        host: edge.address,
        port: edge.port,
        onread: this.#onread(),
      }
      this.#watch(connectTls(options), 'secureConnect')
    } else {
      const { host, port } = proxy ?? { host: edge.address, port: edge.port }
      this.#watch(connectTcp({ host, port, noDelay: true, onread: this.#onread() }), 'connect')
    }
  }

  /** One read buffer for the connection's life, instead of a new one for every answer. */
  #onread(): OnReadOpts {
    const buffer = Buffer.allocUnsafeSlow(readBufferBytes)
    return {
      buffer,
      callback: (bytes) => {
        this.#take(buffer.subarray(0, bytes))
        return true
      },
    }
  }

  #tlsOptions(): ConnectionOptions {
    const { host, tls } = this.#plan
    return {
      ...(isIP(host) > 0 ? {} : { servername: host }),
      secureContext: contextOf(tls),
      rejectUnauthorized: !tls.insecure,
      // Without SNI, Node would check the address that is connected to, not the one in the URL.
      checkServerIdentity: (_, certificate) => checkServerIdentity(host, certificate),
      ALPNProtocols: ['http/1.1'],
    }
  }

  #watch(socket: Socket, ready: 'connect' | 'secureConnect'): void {
    this.#socket = socket
    // A TLS socket inside a tunnel is connected from the start.
    let reached = !socket.connecting
    socket.once('connect', () => {
      reached = true
      if (ready === 'secureConnect') socket.setNoDelay(true)
    })
    socket.once(ready, () => this.#ready())
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#fail(
        ...failureOf(error, this.#connected, reached && ready === 'secureConnect', this.#plan),
      )
    })
    socket.once('end', () => this.#end())
    socket.once('close', () => this.#end())
  }

  /** Opens a tunnel through the proxy (CONNECT) and speaks to the host inside it. */
  #tunnel(proxy: Proxy): void {
    const { scheme, host, edge } = this.#plan
    const name = edge.trusted ? edge.address : host
    const target = `${name.includes(':') ? `[${name}]` : name}:${edge.port}`
    const socket = connectTcp({ host: proxy.host, port: proxy.port, noDelay: true })
    const reader = new ResponseReader(0)
    reader.start(true)
    this.#socket = socket
    const giveUp = (detail: string) => {
      socket.destroy()
      this.#fail('proxy', detail)
    }
    const onError = (error: Error) =>
      giveUp(`The proxy ${proxy.host}:${proxy.port}: ${error.message}`)
    const onEnd = () => giveUp('The proxy closed the connection.')
    const onData = (chunk: Buffer) => {
      const end = reader.feed(chunk)
      if (end === null) return
      if (end.kind === 'fault') return giveUp(`The proxy: ${end.detail}`)
      if (end.head.status !== 200)
        return giveUp(`The proxy answered CONNECT with HTTP ${end.head.status}.`)
      if (end.extra) return giveUp('The proxy sent bytes before the tunnel was used.')
      socket.off('data', onData).off('error', onError).off('end', onEnd)
      if (scheme === 'http') {
        socket.on('data', (bytes: Buffer) => this.#take(bytes))
        this.#watch(socket, 'connect')
        this.#ready()
        return
      }
      const inner = connectTls({ ...this.#tlsOptions(), socket, host })
      // `onread` is not honoured on a wrapped socket, so the bytes come by event.
      inner.on('data', (bytes: Buffer) => this.#take(bytes))
      this.#watch(inner, 'secureConnect')
    }
    socket.on('data', onData).once('error', onError).once('end', onEnd)
    socket.once('connect', () => {
      const authorization =
        proxy.authorization === null ? '' : `Proxy-Authorization: ${proxy.authorization}\r\n`
      socket.write(
        `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${authorization}\r\n`,
        'latin1',
      )
    })
  }

  #ready(): void {
    this.#connected = true
    if (this.#done === null) return
    this.send()
  }

  #take(bytes: Buffer): void {
    if (this.#done === null) {
      // Bytes that nobody asked for: what follows could not be trusted.
      this.stray = this.#headOnly
      this.#socket?.destroy()
      this.#gone()
      return
    }
    const end = this.#reader.feed(bytes)
    if (end === null) return
    // What cannot be an answer may be the body of the HEAD before: it says nothing of what is asked now.
    this.#finish(end, this.#afterHead && end.kind === 'fault' && end.fault === 'protocol')
  }

  #end(): void {
    if (this.#done !== null) {
      if (this.#connected) {
        const untouched = this.#used && !this.#reader.begun
        this.#finish(this.#reader.close(), untouched)
      } else this.#fail('reset', 'The connection was closed before it was ready.')
    }
    this.#gone()
  }

  #finish(end: ReadEnd, stale = false): void {
    const done = this.#done
    this.#done = null
    if (end.kind === 'fault') {
      this.#socket?.destroy()
      done?.({ kind: 'failure', failure: end.fault, detail: end.detail, stale })
      return
    }
    if (!end.head.keepAlive || end.extra) this.#socket?.destroy()
    done?.({ kind: 'answer', head: end.head, body: end.body, extra: end.extra })
  }

  #fail(failure: FailureKind, detail: string): void {
    const done = this.#done
    this.#done = null
    const stale = this.#used && !this.#reader.begun && failure === 'reset'
    done?.({ kind: 'failure', failure, detail, stale })
    this.#gone()
  }

  #gone(): void {
    const tell = this.#onIdleEnd
    this.#onIdleEnd = null
    tell?.(this)
  }

  /** The socket can carry another request. */
  get open(): boolean {
    const socket = this.#socket
    return this.#connected && socket !== null && !socket.destroyed && socket.writable
  }
}

function failureOf(
  error: NodeJS.ErrnoException,
  connected: boolean,
  handshaking: boolean,
  { host, edge, proxy }: ConnectPlan,
): [FailureKind, string] {
  const code = error.code ?? ''
  const where =
    proxy === null ? `${edge.address}:${edge.port}` : `the proxy ${proxy.host}:${proxy.port}`
  if (connected) return ['reset', `The connection to ${where} broke (${code || error.message}).`]
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    return ['reset', `${where} broke off the connection.`]
  }
  if (handshaking) {
    return ['tls', `TLS with ${host} at ${where} failed: ${error.message.split('\n')[0] ?? code}`]
  }
  return [
    proxy === null ? 'connect' : 'proxy',
    `${where} could not be reached (${code || error.message}).`,
  ]
}

let outbox: Connection[] = []

/**
 * Requests leave together at the end of the event loop's turn. One after the other between reads, each would wake a
 * sleeping peer by itself.
 */
function sendSoon(connection: Connection): void {
  if (outbox.push(connection) === 1) setImmediate(sendAll)
}

function sendAll(): void {
  const sending = outbox
  outbox = []
  for (const connection of sending) connection.send()
}

const contexts = new WeakMap<TlsSettings, SecureContext>()

/** One context for all connections of a prober: reading a hundred certificates takes longer than the handshake. */
function contextOf(settings: TlsSettings): SecureContext {
  let context = contexts.get(settings)
  if (context === undefined) {
    context = createSecureContext(settings.ca === undefined ? {} : { ca: [...settings.ca] })
    contexts.set(settings, context)
  }
  return context
}
