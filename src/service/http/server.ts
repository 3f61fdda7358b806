// A listener on node:http for anything that answers requests, with a lane in front of it (lane.ts) for those that are asked
// for most. Slow and broken clients are cut off; closing lets what is running finish.
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { RequestError, getRequestListener } from '@hono/node-server'
import type { Log } from '../log.ts'
import type { Arrival } from './arrival.ts'
import { type Lane, type LaneService, createLane } from './lane.ts'
import { problem, problemOf, problemResponse } from './problem.ts'

/** Bounds on clients. */
export interface ClientBounds {
  /** Milliseconds that the head of a request may take. */
  readonly headMs: number
  /** Milliseconds that a whole request may take. */
  readonly requestMs: number
  /** Milliseconds without a byte in either direction. */
  readonly idleMs: number
  /** Milliseconds that a connection is kept for the next request. */
  readonly keepAliveMs: number
  readonly headBytes: number
}

/** Bounds that are kept where nothing else is said. */
export const clientBounds: ClientBounds = {
  headMs: 10_000,
  requestMs: 300_000,
  idleMs: 60_000,
  // Longer than balancers keep theirs, so that it is not us who closes while a request is on its way.
  keepAliveMs: 75_000,
  headBytes: 16 * 1024,
}

/** A running listener. */
export interface Listener {
  /** `http://127.0.0.1:8080`, with the port that was taken. */
  readonly url: string
  /** Takes nothing new, lets what is running finish for `graceMs`, then cuts it off. */
  close(graceMs: number): Promise<void>
}

/**
 * Listens. Rejects as node:http does when the address cannot be had.
 * @param options `lane` answers plain requests before node:http sees them; `first` sees every other one before all else and
 *   answers it by itself when it returns true; `now` is milliseconds UTC
 */
export async function listen(
  http: { fetch(request: Request, arrival: Arrival): Promise<Response> },
  address: { readonly host: string; readonly port: number },
  options: {
    log: Log
    lane?: LaneService
    first?: (request: IncomingMessage, response: ServerResponse) => boolean
    bounds?: Partial<ClientBounds>
    now?: () => number
  },
): Promise<Listener> {
  const { log, first, now = Date.now } = options
  const bounds = { ...clientBounds, ...options.bounds }
  let closing = false

  const rest = getRequestListener(
    (request, { incoming }) => {
      const peer = incoming.socket.remoteAddress
      return http.fetch(request, peer === undefined ? {} : { address: peer })
    },
    { overrideGlobalObjects: false, errorHandler: (error) => unreadable(error, log) },
  )

  const server = createServer(
    {
      headersTimeout: bounds.headMs,
      requestTimeout: bounds.requestMs,
      connectionsCheckingInterval: Math.max(50, Math.min(5_000, bounds.headMs / 2)),
      keepAliveTimeout: bounds.keepAliveMs,
      maxHeaderSize: bounds.headBytes,
      noDelay: true,
    },
    (request, response) => {
      if (closing) response.shouldKeepAlive = false
      response.once('close', () => {
        if (closing) server.closeIdleConnections()
      })
      if (first?.(request, response) === true) return
      rest(request, response).catch((error: unknown) => {
        log.error({ err: error }, 'a request was lost')
        response.destroy()
      })
    },
  )
  server.setTimeout(bounds.idleMs)
  const lane =
    options.lane === undefined
      ? null
      : layBefore(server, { service: options.lane, bounds, log, now })
  await started(server, address)

  return {
    url: urlOf(server.address() as AddressInfo),
    async close(graceMs) {
      if (closing) return
      closing = true
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
      server.closeIdleConnections()
      lane?.close()
      const timer = setTimeout(() => {
        server.closeAllConnections()
        lane?.cutOff()
      }, graceMs)
      await closed
      clearTimeout(timer)
    },
  }
}

/** Has a lane take the connections of a server, and the server those that the lane leaves. */
function layBefore(
  server: Server,
  parts: Omit<Parameters<typeof createLane>[0], 'handOver'>,
): Lane {
  // The server keeps listening and counting by itself: only what it does with a new connection is put off.
  const takers = server.listeners('connection')
  server.removeAllListeners('connection')
  const lane = createLane({
    ...parts,
    handOver(socket) {
      for (const taker of takers) taker.call(server, socket)
    },
  })
  server.on('connection', (socket: Socket) => lane.take(socket))
  return lane
}

async function started(
  server: Server,
  { host, port }: { host: string; port: number },
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen(port, host, () => {
    server.off('error', reject)
    resolve()
  })
  await promise
}

function urlOf({ address, port, family }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}

/** What could not be made a request of, or was lost behind all other catches. */
function unreadable(error: unknown, log: Log): Response {
  if (error instanceof RequestError) {
    return problemResponse(
      problem('path-invalid', 'The request names no host or path that can be read.'),
      '',
    )
  }
  log.error({ err: error }, 'a request failed')
  return problemResponse(problemOf(error).problem, '')
}
