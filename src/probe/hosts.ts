// The turnstile in front of every request: one pace for each host, one bound on requests in flight for all. Whoever
// must wait stands in the queue of its own host, so a slow host holds up nobody else.
import { type Pace, createPace } from './pace.ts'

/** What a prober remembers of a host. */
export interface Host {
  readonly name: string
  readonly pace: Pace
  /** Which edge is asked first next time. */
  turn: number
  /** The host mishandles HEAD: it is asked by GET. */
  noHead: boolean
}

/** How entering ended: in, told to come back much later, or stopped. */
export type Entry = 'in' | 'paused' | 'stopped'

/** All hosts of a prober. */
export interface Hosts {
  of(name: string): Host
  /** Takes leave for one request, at once where possible. After `in`, `leave` must follow. */
  enter(host: Host): Entry | Promise<Entry>
  leave(): void
  /** Requests that have entered and not left. */
  readonly inFlight: number
  /** Everybody who waits is told `stopped`. */
  close(): void
}

interface Queued extends Host {
  waiting: ((entry: Entry) => void)[]
  timer: NodeJS.Timeout | null
}

/** A host that wants a longer pause than this is not waited for: its sources count as throttled. */
export const longestPauseMs = 30_000

/** @param now monotonic milliseconds */
export function createHosts(options: {
  concurrency: number
  rateOf: (host: string) => number
  now: () => number
}): Hosts {
  const { concurrency, rateOf, now } = options
  const hosts = new Map<string, Queued>()
  /** Hosts with somebody waiting for a free place, not for the pace. */
  const crowded = new Set<Queued>()
  let inFlight = 0
  let closed = false

  function drain(host: Queued): void {
    while (host.waiting.length > 0) {
      if (inFlight >= concurrency) {
        crowded.add(host)
        return
      }
      const waitMs = host.pace.take(now())
      if (waitMs > longestPauseMs) {
        for (const tell of host.waiting.splice(0)) tell('paused')
        return
      }
      if (waitMs > 0) {
        host.timer ??= setTimeout(() => {
          host.timer = null
          drain(host)
        }, waitMs)
        return
      }
      inFlight++
      host.waiting.shift()?.('in')
    }
  }

  return {
    get inFlight() {
      return inFlight
    },
    of(name) {
      let host = hosts.get(name)
      if (host === undefined) {
        host = {
          name,
          pace: createPace(rateOf(name)),
          turn: 0,
          noHead: false,
          waiting: [],
          timer: null,
        }
        hosts.set(name, host)
      }
      return host
    },
    enter(entering) {
      if (closed) return 'stopped'
      const host = entering as Queued
      if (host.waiting.length === 0 && inFlight < concurrency) {
        const waitMs = host.pace.take(now())
        if (waitMs === 0) {
          inFlight++
          return 'in'
        }
        if (waitMs > longestPauseMs) return 'paused'
      }
      const { promise, resolve } = Promise.withResolvers<Entry>()
      host.waiting.push(resolve)
      if (host.timer === null) drain(host)
      return promise
    },
    leave() {
      inFlight--
      for (const host of crowded) {
        crowded.delete(host)
        drain(host)
        if (inFlight >= concurrency) break
      }
    },
    close() {
      closed = true
      for (const host of hosts.values()) {
        if (host.timer !== null) clearTimeout(host.timer)
        for (const tell of host.waiting.splice(0)) tell('stopped')
      }
    },
  }
}
