// Keep-alive connections by edge, and the one clock that watches their deadlines.
import { Connection, type ConnectPlan, type Exchange } from './connection.ts'

/** Connections to any number of edges. */
export interface Pool {
  /**
   * Sends one request over an idle or new connection to the plan's edge.
   * @param deadline monotonic milliseconds at which the exchange fails as `timeout`
   */
  exchange(
    key: string,
    plan: ConnectPlan,
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
export function createPool({ now, onStray }: { now: () => number; onStray: (host: string) => void }): Pool {
  const idle = new Map<string, Connection[]>()
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
    if (connection.stray) onStray(connection.host)
    const list = idle.get(connection.key)
    if (list === undefined) return
    const index = list.indexOf(connection)
    if (index >= 0) list.splice(index, 1)
    if (list.length === 0) idle.delete(connection.key)
  }

  function takeIdle(key: string): Connection | undefined {
    const list = idle.get(key)
    if (list === undefined) return undefined
    for (let found = list.pop(); found !== undefined; found = list.pop()) {
      if (found.open) return found
    }
    return undefined
  }

  function rest(connection: Connection): void {
    if (!connection.open || closed) return
    connection.idleSince = now()
    const list = idle.get(connection.key)
    if (list === undefined) idle.set(connection.key, [connection])
    else list.push(connection)
  }

  return {
    exchange(key, plan, request, headOnly, deadline, done) {
      if (closed) {
        done({ kind: 'failure', failure: 'stopped', detail: 'Stopped.', stale: false })
        return
      }
      let connection = takeIdle(key)
      if (connection === undefined) {
        connection = new Connection(key, plan, forget)
        all.add(connection)
      }
      const used = connection
      used.exchange(request, headOnly, deadline, (end) => {
        if (end.kind === 'answer') rest(used)
        // Where one kept connection was closed behind our back, the others are likely to be: the next try takes a new one.
        else if (end.stale) for (const other of idle.get(key)?.slice() ?? []) other.destroy()
        done(end)
      })
    },
    close() {
      closed = true
      clearInterval(timer)
      for (const connection of all) connection.destroy()
      all.clear()
      idle.clear()
    },
  }
}
