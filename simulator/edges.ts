// The listening side: on every edge address one http and one https server, all http servers on one port
// number and all https servers on another, so that a client can be sent to any edge by address alone.
import { constants } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { createSecureContext } from 'node:tls'
import type { SecureContext } from 'node:tls'

import type { Certificate, CertificateFlaw, Certificates } from './certificates.ts'

/** Which certificate a handshake gets; null for none, ever. */
export type Handshake = 'right' | CertificateFlaw | null

/** What the servers ask of the rest. */
export interface EdgeEvents {
  /** A request on the edge numbered `edge`. */
  onRequest(
    edge: number,
    scheme: 'http' | 'https',
    request: IncomingMessage,
    response: ServerResponse,
  ): void
  /** A TLS handshake for a host. */
  onHandshake(edge: number, host: string): Handshake
  onConnection(): void
}

/** The running servers. */
export interface Edges {
  readonly http: number
  readonly https: number
  /** The connection under a request, also where TLS lies between: the one that can be reset. */
  connectionOf(edge: number, request: IncomingMessage): Socket
  close(): Promise<void>
}

type Opener = () => { readonly server: Server; readonly sockets: Map<number, Socket> }

/** Starts the servers on `addresses`; a port of 0 stands for any that is free on all of them. */
export async function createEdges(
  addresses: readonly string[],
  ports: { readonly http: number; readonly https: number },
  certificates: Certificates,
  events: EdgeEvents,
): Promise<Edges> {
  const contexts = new Map<string, SecureContext>(
    Object.entries({ right: certificates.right, ...certificates.wrong }).map(([name, made]) => [
      name,
      createSecureContext(made),
    ]),
  )
  const openHttp = addresses.map(
    (_, edge): Opener =>
      () =>
        track(createServer(serverOptions, listener(edge, 'http', events)), events),
  )
  const openHttps = addresses.map((_, edge): Opener => () => {
    const secureOptions = { ...serverOptions, ...pem(certificates.right), ...tlsOptions(edge) }
    return track(createSecureServer(secureOptions, listener(edge, 'https', events)), events)
  })

  function tlsOptions(edge: number) {
    return {
      handshakeTimeout: 2 ** 31 - 1,
      // Who resumes a session sees no certificate, and so would never notice a wrong one.
      secureOptions: constants.SSL_OP_NO_TICKET,
      SNICallback: (host: string, done: (error: Error | null, context?: SecureContext) => void) => {
        const choice = events.onHandshake(edge, host)
        if (choice !== null) done(null, contexts.get(choice))
      },
    }
  }

  const plain = await listenAll(addresses, ports.http, openHttp)
  const secure = await listenAll(addresses, ports.https, openHttps).catch(
    async (error: unknown) => {
      await closeAll(plain.opened)
      throw error
    },
  )
  return {
    http: plain.port,
    https: secure.port,
    connectionOf(edge, request) {
      const { remotePort } = request.socket
      const sockets = 'encrypted' in request.socket ? secure.opened[edge]?.sockets : undefined
      return sockets?.get(remotePort ?? 0) ?? request.socket
    },
    close: () => closeAll([...plain.opened, ...secure.opened]),
  }
}

// Idle connections stay open: whoever wants them closed sets the fault for it.
const serverOptions = { keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0, noDelay: true }

function pem({ cert, key }: Certificate): Certificate {
  return { cert, key }
}

function listener(edge: number, scheme: 'http' | 'https', events: EdgeEvents): RequestListener {
  return (request, response) => events.onRequest(edge, scheme, request, response)
}

/** Remembers a server's connections by the client's port, those in a handshake included. */
function track(server: Server, events: EdgeEvents): ReturnType<Opener> {
  const sockets = new Map<number, Socket>()
  server.on('connection', (socket: Socket) => {
    const port = socket.remotePort ?? 0
    sockets.set(port, socket)
    socket.once('close', () => {
      if (sockets.get(port) === socket) sockets.delete(port)
    })
    socket.on('error', () => {})
    events.onConnection()
  })
  // Clients that give up in the middle, or refuse a certificate, are what this is for.
  server.on('tlsClientError', () => {})
  return { server, sockets }
}

/** Opens a server on every address, all on one port. */
async function listenAll(
  addresses: readonly string[],
  port: number,
  openers: readonly Opener[],
): Promise<{ port: number; opened: readonly ReturnType<Opener>[] }> {
  for (let attempt = 1; ; attempt++) {
    const opened = openers.map((open) => open())
    let chosen = port
    try {
      for (const [i, { server }] of opened.entries()) {
        chosen = await listen(server, addresses[i] ?? '', chosen)
      }
      return { port: chosen, opened }
    } catch (error) {
      await closeAll(opened)
      const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
      // A port that was free on the first address may be taken on the next.
      if (!isTaken || port !== 0 || attempt === 20) throw error
    }
  }
}

function listen(server: Server, address: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, address)))
    server.listen({ host: address, port, exclusive: true }, () => {
      resolve((server.address() as AddressInfo).port)
    })
  })
}

function explain(error: NodeJS.ErrnoException, address: string): Error {
  if (error.code !== 'EADDRNOTAVAIL') return error
  const hint = `on macOS first run: sudo ifconfig lo0 alias ${address}`
  return new Error(`${address} is not an address of this machine; ${hint}`, { cause: error })
}

async function closeAll(opened: readonly ReturnType<Opener>[]): Promise<void> {
  await Promise.all(
    opened.map(
      ({ server, sockets }) =>
        new Promise<void>((resolve) => {
          server.close(() => resolve())
          for (const socket of sockets.values()) socket.destroy()
        }),
    ),
  )
}
