// What happened: every request by edge, host, method and status, every fault by its kind, connections, and
// the last requests one by one. Tests read here what a client really did.

/** One request as it came in and was answered. */
export interface RequestView {
  /** The simulated time in milliseconds. */
  readonly at: number
  readonly edge: string
  readonly scheme: 'http' | 'https'
  readonly host: string
  readonly method: string
  readonly target: string
  /** The status that was sent; 0 where the fault left none. */
  readonly status: number
  readonly fault: string | null
}

/** One line of the sums. */
export interface RequestCount {
  readonly edge: string
  readonly host: string
  readonly method: string
  readonly status: number
  readonly count: number
}

/** What happened since the start or the last clearing. */
export interface Requests {
  readonly total: number
  readonly connections: number
  readonly by: readonly RequestCount[]
  /** How often each kind of fault struck, those of the handshake included. */
  readonly faults: Readonly<Record<string, number>>
  /** The last requests, oldest first. */
  readonly last: readonly RequestView[]
}

/** Counts what happens. */
export interface Counts {
  request(view: RequestView): void
  connection(): void
  fault(kind: string): void
  read(): Requests
  clear(): void
}

const kept = 1000

/** Counters at zero. */
export function createCounts(): Counts {
  const by = new Map<string, { view: RequestView; count: number }>()
  const faults = new Map<string, number>()
  let last: RequestView[] = []
  let total = 0
  let connections = 0

  return {
    request(view) {
      last[total++ % kept] = view
      const key = `${view.edge} ${view.status} ${view.method} ${view.host}`
      const line = by.get(key)
      if (line === undefined) by.set(key, { view, count: 1 })
      else line.count++
    },
    connection() {
      connections++
    },
    fault(kind) {
      faults.set(kind, (faults.get(kind) ?? 0) + 1)
    },
    read() {
      const lines = [...by.values()].map(({ view, count }) => ({
        edge: view.edge,
        host: view.host,
        method: view.method,
        status: view.status,
        count,
      }))
      const start = total > kept ? total % kept : 0
      return {
        total,
        connections,
        by: lines,
        faults: Object.fromEntries(faults),
        last: [...last.slice(start), ...last.slice(0, start)],
      }
    },
    clear() {
      by.clear()
      faults.clear()
      last = []
      total = 0
      connections = 0
    },
  }
}
