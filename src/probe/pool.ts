// Keep-alive connections by edge, and the one clock that watches their deadlines.
import { Connection, type ConnectPlan, type Exchange } from './connection.ts'

/** The way to one edge of one host: its kept connections, and what all requests on it share. */
export interface Lane {
  readonly plan: ConnectPlan
  readonly idle: Connection[]
}

/** Connections to any number of edges. */
export interface Pool {
  /** Makes a lane; it lives as long as somebody holds it or a connection of it is open. */
  lane(plan: ConnectPlan): Lane
  /**
   * Sends one request over an idle or new connection of a lane.
   * @param deadline monotonic milliseconds at which the exchange fails as `timeout`
   */
  exchange(
    lane: Lane,
    request: string,
    headOnly: boolean,
    deadline: number,
    done: (end: Exchange) => void,
  ): void
  /** Ends every connection; running exchanges fail as `stopped`. */
  close(): void
}

const tickMs = 50
/** Idle connections are closed after this long; servers commonly keep them for 5 to 75 seconds. */
const idleMs = 4_000

/**
 * @param now monotonic milliseconds
 * @param onStray called with a host that sent a body after HEAD, when nothing was asked any more
 */
export function createPool({
  now,
  onStray,
}: {
  now: () => number
  onStray: (host: string) => void
}): Pool {
  const all = new Set<Connection>()
  let closed = false
  const timer = setInterval(tick, tickMs)
  timer.unref()

  function tick(): void {
    const at = now()
    for (const connection of all) {
      if (connection.busy) {
        if (connection.deadline <= at) {
          connection.destroy('timeout', 'No whole answer came within the time allowed.')
        }
      } else if (connection.idleSince + idleMs <= at) {
        connection.destroy()
      }
    }
  }

  function forget(connection: Connection): void {
    all.delete(connection)
    if (connection.stray) onStray(connection.lane.plan.host)
    const { idle } = connection.lane
    const index = idle.indexOf(connection)
    if (index >= 0) idle.splice(index, 1)
  }

  function takeIdle({ idle }: Lane): Connection | undefined {
    for (let found = idle.pop(); found !== undefined; found = idle.pop()) {
      if (found.open) return found
    }
    return undefined
  }

  function rest(connection: Connection): void {
    if (!connection.open || closed) return
    connection.idleSince = now()
    connection.lane.idle.push(connection)
  }

  return {
    lane: (plan) => ({ plan, idle: [] }),
    exchange(lane, request, headOnly, deadline, done) {
      if (closed) {
        done({ kind: 'failure', failure: 'stopped', detail: 'Stopped.', stale: false })
        return
      }
      let connection = takeIdle(lane)
      if (connection === undefined) {
        connection = new Connection(lane, forget)
        all.add(connection)
      }
      const used = connection
      used.exchange(request, headOnly, deadline, (end) => {
        if (end.kind === 'answer') rest(used)
        // Where one kept connection was closed behind our back, the others are likely to be: the next try takes a new one.
        else if (end.stale) for (const other of lane.idle.slice()) other.destroy()
        done(end)
      })
    },
    close() {
      closed = true
      clearInterval(timer)
      for (const connection of all) connection.destroy()
      all.clear()
    },
  }
}
