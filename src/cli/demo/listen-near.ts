// Listens on loopback at a port, or at the next one that is free, and ends at once when it is told to.
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server that listens. */
export interface Listening {
  readonly url: string
  readonly port: number
  /** Ends all connections, then the server. */
  close(): Promise<void>
}

/** So many ports are tried. */
const tries = 50

/** @param port 0 takes any that is free */
export async function listenNear(server: Server, port: number): Promise<Listening> {
  for (let next = port; ; next++) {
    try {
      await listenOn(server, next)
      break
    } catch (error) {
      const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
      if (!isTaken || next - port >= tries || next >= 65_535) throw error
    }
  }
  const chosen = (server.address() as AddressInfo).port
  return {
    url: `http://127.0.0.1:${chosen}`,
    port: chosen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function listenOn(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
