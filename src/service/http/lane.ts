// The lane in front of node:http: connections start here, and plain requests for pictures (lane-request.ts) are answered
// without it, at a third of its cost. At the first byte that is anything else the connection goes to node:http for good,
// that byte and all after it untouched and in order, so every request is read by one parser only.
import type { Socket } from 'node:net'
import type { Log } from '../log.ts'
import { type LaneRequest, readLaneRequest } from './lane-request.ts'
import type { ClientBounds } from './server.ts'
import { headOf } from './wire.ts'

/** What is written. */
export interface LaneAnswer {
  readonly status: number
  /** Names and values by turns, without what belongs to the connection. */
  readonly headers: readonly string[]
  /** Status line and the same headers as bytes, where they are kept (wire.ts); null has them made. */
  readonly wire: Buffer | null
  /** Null for none. */
  readonly body: Buffer | null
}

/** Who answers in the lane. */
export interface LaneService {
  /** Whether requests for this target (path and query) are for the lane. */
  takes(target: string): boolean
  /** The answer, now or later. */
  answer(request: LaneRequest): LaneAnswer | Promise<LaneAnswer>
}

/** Connections that have asked for nothing but pictures yet. */
export interface Lane {
  /** Takes a connection from which nothing was read. */
  take(socket: Socket): void
  /** Ends what is idle; what is being answered ends after its answer. */
  close(): void
  /** Ends everything. */
  cutOff(): void
}

interface Connection {
  /** Ends it, now or after the answer that is on its way. */
  close(): void
  cutOff(): void
}

/** node:http keeps connections a second longer than it tells clients, for requests that are on their way. */
const spareMs = 1_000
const timedOut = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n'

/** @param options `handOver` gives a connection to node:http; `now` is milliseconds UTC */
export function createLane(options: {
  service: LaneService
  handOver: (socket: Socket) => void
  bounds: ClientBounds
  log: Log
  now: () => number
}): Lane {
  const { service, handOver, bounds, log } = options
  const { headMs, idleMs, keepAliveMs } = bounds
  const reading = {
    longest: bounds.headBytes - 1,
    takes: (target: string) => service.takes(target),
  }
  const connections = new Set<Connection>()
  const ends = createEnds(bounds, options.now)
  let closing = false

  function take(socket: Socket): void {
    /** An answer is on its way. */
    let busy = false
    let asked = false
    /** Its time is that of a kept connection. */
    let rested = false
    const connection: Connection = {
      close() {
        if (busy) return
        // What is written goes out first.
        if (socket.writableLength > 0) socket.destroySoon()
        else socket.destroy()
      },
      cutOff: () => void socket.destroy(),
    }

    function read(chunk: Buffer): void {
      // It ends, and nothing more is answered.
      if (socket.writableEnded) return
      let at = 0
      while (at < chunk.length) {
        const request = readLaneRequest(chunk, at, reading)
        if (request === null) return leave(at === 0 ? chunk : chunk.subarray(at))
        asked = true
        at = request.end
        const answer = answerOf(request)
        if (answer === null) return
        if (answer instanceof Promise) {
          busy = true
          halt(chunk.subarray(at))
          answer.then(writeLater, fail)
          return
        }
        write(answer)
        if (socket.destroyed || closing) return
        if (isFull()) {
          halt(chunk.subarray(at))
          socket.once('drain', goOn)
          return
        }
      }
      if (!rested) rest()
    }

    function answerOf(request: LaneRequest): LaneAnswer | Promise<LaneAnswer> | null {
      try {
        return service.answer(request)
      } catch (error) {
        fail(error)
        return null
      }
    }

    function fail(err: unknown): void {
      log.error({ err }, 'a request in the lane failed')
      socket.destroy()
    }

    function writeLater(answer: LaneAnswer): void {
      busy = false
      if (socket.destroyed) return
      write(answer)
      if (socket.destroyed || closing) return
      if (isFull()) socket.once('drain', goOn)
      else goOn()
    }

    function write({ status, headers, wire, body }: LaneAnswer): void {
      try {
        const head = wire ?? headOf(status, headers)
        // Together they are one call of the kernel, and no byte of a picture is copied.
        socket.cork()
        socket.write(head)
        socket.write(closing ? ends.closed() : ends.kept())
        if (body !== null) socket.write(body)
        socket.uncork()
        if (closing) socket.destroySoon()
      } catch (error) {
        fail(error)
      }
    }

    /** More is waiting to be sent than a client may leave unread. */
    function isFull(): boolean {
      return socket.writableNeedDrain && socket.writableLength > 0
    }

    /** Reads no more for now; `unread` comes again first. */
    function halt(unread: Buffer): void {
      rested = false
      socket.setTimeout(idleMs)
      socket.pause()
      if (unread.length > 0) socket.unshift(unread)
    }

    function goOn(): void {
      if (socket.destroyed) return
      rest()
      socket.resume()
    }

    /** Waits for the next request. */
    function rest(): void {
      rested = true
      socket.setTimeout(keepAliveMs + spareMs)
    }

    function leave(unread: Buffer): void {
      forget()
      socket.off('data', read)
      socket.off('timeout', late)
      socket.off('end', end)
      socket.off('error', broken)
      socket.off('close', forget)
      socket.pause()
      socket.unshift(unread)
      handOver(socket)
      socket.resume()
    }

    function late(): void {
      // To a client that never asked node:http says why.
      if (!asked && headMs <= idleMs) socket.end(timedOut, () => socket.destroy())
      else socket.destroy()
    }

    const end = () => void socket.end()
    const broken = () => void socket.destroy()
    const forget = () => void connections.delete(connection)

    connections.add(connection)
    socket.setTimeout(Math.min(headMs, idleMs))
    socket.on('data', read)
    socket.on('timeout', late)
    socket.on('end', end)
    socket.on('error', broken)
    socket.on('close', forget)
    if (closing) connection.close()
  }

  return {
    take,
    close() {
      closing = true
      for (const connection of connections) connection.close()
    },
    cutOff() {
      for (const connection of connections) connection.cutOff()
    },
  }
}

/** The ends of heads: the date and what becomes of the connection, made once a second. */
function createEnds({ keepAliveMs }: ClientBounds, now: () => number) {
  const keeping =
    keepAliveMs > 0
      ? `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(keepAliveMs / 1000)}\r\n\r\n`
      : 'Connection: keep-alive\r\n\r\n'
  let second = Number.NaN
  let kept = Buffer.alloc(0)
  let closed = Buffer.alloc(0)

  function renew(): void {
    const current = Math.floor(now() / 1000)
    if (current === second) return
    second = current
    const date = `Date: ${new Date(current * 1000).toUTCString()}\r\n`
    kept = Buffer.from(date + keeping)
    closed = Buffer.from(`${date}Connection: close\r\n\r\n`)
  }

  return {
    kept(): Buffer {
      renew()
      return kept
    },
    closed(): Buffer {
      renew()
      return closed
    },
  }
}
