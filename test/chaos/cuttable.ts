// A line between the service and something it needs, which can be cut and mended.
import { once } from 'node:events'
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net'

/** A forwarder of TCP connections on 127.0.0.1. */
export interface Line {
  readonly port: number
  /** Ends every connection and takes no new one. */
  cut(): Promise<void>
  mend(): Promise<void>
  close(): Promise<void>
}

/** Forwards to a port on 127.0.0.1. */
export async function startLine(to: number): Promise<Line> {
  const sockets = new Set<Socket>()
  let server: Server | null = null
  let port = 0

  function hold(socket: Socket): void {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  }

  async function mend(): Promise<void> {
    if (server !== null) return
    server = createServer((near) => {
      const far = connect(to, '127.0.0.1')
      hold(near)
      hold(far)
      near.pipe(far)
      far.pipe(near)
      near.on('close', () => far.destroy())
      far.on('close', () => near.destroy())
    })
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    port = (server.address() as AddressInfo).port
  }

  async function cut(): Promise<void> {
    if (server === null) return
    const ending = server
    server = null
    ending.close()
    for (const socket of sockets) socket.destroy()
    await once(ending, 'close')
  }

  await mend()
  return {
    get port() {
      return port
    },
    cut,
    mend,
    close: cut,
  }
}
