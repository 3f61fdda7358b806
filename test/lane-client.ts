// A listener with the lane or without, and a client that sends bytes as it is told: for tests that hold one against the other.
import { once } from 'node:events'
import { connect } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import type { LaneService } from '../src/service/http/lane.ts'
import { type Listener, listen } from '../src/service/http/server.ts'
import type { openDoors } from './picture-doors.ts'

type App = Awaited<ReturnType<typeof openDoors>>
type Bounds = NonNullable<Parameters<typeof listen>[2]['bounds']>

/** Hears nothing. */
export const log = { debug() {}, info() {}, warn() {}, error() {} }
export const anyPort = { host: '127.0.0.1', port: 0 }
/** A request after which the connection is kept. */
export const kept = (target: string, more = '', method = 'GET') =>
  `${method} ${target} HTTP/1.1\r\nHost: x\r\n${more}\r\n`
/** A request after which it is closed. */
export const last = (target: string, more = '') => kept(target, `${more}Connection: close\r\n`)

/** What is not for pictures: says what it was asked, so that a byte lost or added is seen. */
export const rest = {
  async fetch(request: Request) {
    const { pathname, search } = new URL(request.url)
    return new Response(`${request.method} ${pathname}${search} ${await request.text()}`)
  },
}

/** A listener, and how many requests came to node:http. */
export async function open(app: App | null, more: { lane?: LaneService; bounds?: Bounds } = {}) {
  let passed = 0
  const listener: Listener = await listen(rest, anyPort, {
    log,
    first(request, response) {
      passed++
      return app?.routes.first(request, response) ?? false
    },
    ...more,
  })
  return {
    ...listener,
    port: Number(new URL(listener.url).port),
    passed: () => passed,
    [Symbol.asyncDispose]: () => listener.close(0),
  }
}

/** A client that takes down what it is told. */
export function call(port: number, half = false) {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: half, noDelay: true })
  const pieces: Buffer[] = []
  socket.on('error', () => {})
  socket.on('data', (piece: Buffer) => pieces.push(piece))
  const text = () => Buffer.concat(pieces).toString('latin1')
  const ended = new Promise<string>((resolve) => {
    socket.on('close', () => resolve(text()))
  })
  return {
    socket,
    ended,
    text,
    /** Sends, and has it arrive by itself. */
    async send(piece: string) {
      socket.write(piece, 'latin1')
      for (let turns = 0; turns < 3; turns++) await turn()
    },
    async until(enough: (text: string) => boolean) {
      while (!enough(text())) await once(socket, 'data')
    },
  }
}

/** Sends pieces one by one and gives all that comes back, without dates. `half` says in the end that it is done. */
export async function said(port: number, pieces: readonly string[], half = false): Promise<string> {
  const client = call(port, half)
  await once(client.socket, 'connect')
  for (const piece of pieces) await client.send(piece)
  if (half) client.socket.end()
  return undated(await client.ended)
}

/** Dates and made-up ids differ from one answer to the next. */
export function undated(text: string): string {
  return text
    .replace(/^Date: .{29}\r$/gm, 'Date: …\r')
    .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'an id')
}
