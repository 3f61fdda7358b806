// Finds the edges of a host: every address that the resolver gives, or those that the caller names.
import { lookup as systemLookup } from 'node:dns/promises'
import { ADDRCONFIG } from 'node:dns'
import { isIP } from 'node:net'
import { EverfaceError } from '../errors.ts'

/** One address to connect to for a host. */
export interface Edge {
  readonly address: string
  readonly port: number
  /** Named by the operator (`--connect-to`), so the guard does not judge it. */
  readonly trusted: boolean
}

/** Where to connect instead: curl's `HOST:PORT:ADDR:PORT`. An empty HOST or PORT stands for any. */
export interface ConnectTo {
  readonly host: string
  readonly port: number | null
  readonly address: string
  readonly toPort: number | null
}

/** Resolves a name to addresses. Throws with a `code` as `dns.lookup` does. */
export type Lookup = (host: string) => Promise<readonly string[]>

/** Every address of a name by the system's resolver; families that this machine cannot use are left out. */
export const lookupAll: Lookup = async (host) => {
  const found = await systemLookup(host, { all: true, hints: ADDRCONFIG, order: 'verbatim' })
  return [...new Set(found.map(({ address }) => address))]
}

/**
 * A lookup that ends: `dns.lookup` can neither be bounded nor be called off.
 * Rejects with the code `ETIMEOUT`, or `ESTOPPED` once the signal is aborted.
 */
export function boundLookup(lookup: Lookup, timeoutMs: number, signal: AbortSignal): Lookup {
  return async (host) => {
    const { promise, reject } = Promise.withResolvers<never>()
    const giveUp = (code: string) => reject(Object.assign(new Error(`${host}: ${code}`), { code }))
    const onStop = () => giveUp('ESTOPPED')
    const timer = setTimeout(giveUp, timeoutMs, 'ETIMEOUT')
    signal.addEventListener('abort', onStop, { once: true })
    if (signal.aborted) onStop()
    try {
      return await Promise.race([lookup(host), promise])
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', onStop)
    }
  }
}

/** The edges of hosts, remembered for a minute. */
export interface Edges {
  /** Known edges at once, or a promise of them. Rejects with the resolver's error. */
  of(host: string, port: number): readonly Edge[] | Promise<readonly Edge[]>
  /** The edges that the operator named for a host, unresolved; null when none. */
  named(host: string, port: number): readonly Edge[] | null
  /** Puts an edge last: it could not be reached from here. */
  demote(host: string, port: number, edge: Edge): void
}

const rememberMs = 60_000

interface Remembered {
  readonly port: number
  edges: readonly Edge[]
  until: number
}

/** @param now monotonic milliseconds */
export function createEdges(options: {
  connectTo: readonly ConnectTo[]
  lookup: Lookup
  now: () => number
}): Edges {
  const { connectTo, lookup, now } = options
  /** By host; a host has one port, seldom two. */
  const remembered = new Map<string, Remembered[]>()
  const asking = new Map<string, Promise<readonly Edge[]>>()

  function named(host: string, port: number): readonly Edge[] | null {
    const edges = connectTo
      .filter(
        (rule) =>
          (rule.host === '' || rule.host === host) && (rule.port === null || rule.port === port),
      )
      .map((rule) => ({
        address: rule.address === '' ? host : rule.address,
        port: rule.toPort ?? port,
        trusted: rule.address !== '',
      }))
    return edges.length > 0 ? edges : null
  }

  function recall(host: string, port: number): Remembered | undefined {
    return remembered.get(host)?.find((one) => one.port === port)
  }

  async function resolve(edge: Edge): Promise<Edge[]> {
    const addresses = isIP(edge.address) > 0 ? [edge.address] : await lookup(edge.address)
    return addresses.map((address) => ({ ...edge, address }))
  }

  async function ask(key: string, host: string, port: number): Promise<readonly Edge[]> {
    try {
      const targets = named(host, port) ?? [{ address: host, port, trusted: false }]
      const edges = (await Promise.all(targets.map(resolve))).flat()
      if (remembered.size > 50_000) remembered.clear()
      const others = remembered.get(host)?.filter((one) => one.port !== port) ?? []
      remembered.set(host, [...others, { port, edges, until: now() + rememberMs }])
      return edges
    } finally {
      asking.delete(key)
    }
  }

  return {
    named,
    of(host, port) {
      const known = recall(host, port)
      if (known !== undefined && known.until > now()) return known.edges
      const key = `${host}:${port}`
      let promise = asking.get(key)
      if (promise === undefined) {
        promise = ask(key, host, port)
        asking.set(key, promise)
      }
      return promise
    },
    demote(host, port, edge) {
      const known = recall(host, port)
      if (known === undefined || known.edges.length < 2) return
      known.edges = [...known.edges.filter((other) => other !== edge), edge]
    },
  }
}

/** Reads one `--connect-to` value. IPv6 addresses stand in brackets. */
export function readConnectTo(text: string): ConnectTo {
  const found = /^(\[[^\]]*\]|[^:[\]]*):(\d*):(\[[^\]]*\]|[^:[\]]*):(\d*)$/.exec(text)
  const port = (digits: string | undefined) => (digits ? Number(digits) : null)
  const ports = [port(found?.[2]), port(found?.[4])]
  if (found === null || ports.some((one) => one !== null && (one < 1 || one > 65535))) {
    throw new EverfaceError(
      'usage',
      `--connect-to "${text}" is not of the form HOST:PORT:ADDR:PORT.`,
      {
        hint: 'For example --connect-to thirdwx.qlogo.cn:443:127.0.0.2:8443 ; IPv6 addresses stand in brackets.',
      },
    )
  }
  const bare = (name: string | undefined) => (name ?? '').replace(/^\[|\]$/g, '').toLowerCase()
  return {
    host: bare(found[1]),
    port: ports[0] ?? null,
    address: bare(found[3]),
    toPort: ports[1] ?? null,
  }
}
