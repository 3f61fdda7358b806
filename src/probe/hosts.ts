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
  leave(host: Host): void
  /** Requests that have entered and not left. */
  readonly inFlight: number
  /** Everybody who waits is told `stopped`. */
  close(): void
}

interface Queued extends Host {
  waiting: ((entry: Entry) => void)[]
  /** Requests that have entered and not left. */
  inside: number
  timer: NodeJS.Timeout | null
}

/** A host that wants a longer pause than this is not waited for: its sources count as throttled. */
export const longestPauseMs = 30_000

/** More hosts than this are remembered only while there is something to remember. */
const manyHosts = 20_000
/** Among so many hosts a free place goes to the one with the fewest requests on their way. */
const choice = 8

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
  /** Hosts with somebody waiting, for whatever. */
  const queued = new Set<Queued>()
  let inFlight = 0
  let sweepAt = manyHosts
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
        break
      }
      if (waitMs > 0) {
        host.timer ??= setTimeout(() => {
          host.timer = null
          drain(host)
        }, waitMs)
        return
      }
      inFlight++
      host.inside++
      host.waiting.shift()?.('in')
    }
    queued.delete(host)
    if (host.timer !== null) clearTimeout(host.timer)
    host.timer = null
  }

  /** Of those that wait for a place, one that holds few: a host that never answers must not end up with all. */
  function nextInLine(): Queued | undefined {
    let best: Queued | undefined
    let looked = 0
    for (const host of crowded) {
      if (best === undefined || host.inside < best.inside) best = host
      if (++looked === choice) break
    }
    return best
  }

  /** Forgets hosts that nothing need be known of. */
  function sweep(): void {
    for (const [name, host] of hosts) {
      const slowed = host.pace.rate < (rateOf(name) || Infinity)
      if (!slowed && !host.noHead && host.inside === 0 && host.waiting.length === 0)
        hosts.delete(name)
    }
    sweepAt = hosts.size + manyHosts
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
          inside: 0,
          timer: null,
        }
        if (hosts.size >= sweepAt) sweep()
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
          host.inside++
          return 'in'
        }
        if (waitMs > longestPauseMs) return 'paused'
      }
      const { promise, resolve } = Promise.withResolvers<Entry>()
      host.waiting.push(resolve)
      queued.add(host)
      if (host.timer === null) drain(host)
      return promise
    },
    leave(leaving) {
      const left = leaving as Queued
      inFlight--
      left.inside--
      while (inFlight < concurrency) {
        const host = nextInLine()
        if (host === undefined) break
        crowded.delete(host)
        drain(host)
      }
    },
    close() {
      closed = true
      for (const host of queued) {
        if (host.timer !== null) clearTimeout(host.timer)
        for (const tell of host.waiting.splice(0)) tell('stopped')
      }
    },
  }
}
