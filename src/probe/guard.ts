// Keeps probes on the public internet. The address that a socket is opened to is judged, never the name: a name may
// resolve to anything, and to something else a second later. Always on; what is allowed is said by the caller.
import { BlockList, isIP } from 'node:net'

/** A range that no picture of a provider is served from. */
interface SpecialRange {
  readonly network: string
  readonly prefix: number
  readonly what: string
}

// IANA IPv4 and IPv6 Special-Purpose Address Registries (2025), with multicast and the deprecated IPv6 ranges.
const ranges: readonly SpecialRange[] = [
  { network: '0.0.0.0', prefix: 8, what: 'this network' },
  { network: '10.0.0.0', prefix: 8, what: 'private' },
  { network: '100.64.0.0', prefix: 10, what: 'carrier-grade NAT' },
  { network: '127.0.0.0', prefix: 8, what: 'loopback' },
  { network: '169.254.0.0', prefix: 16, what: 'link-local' },
  { network: '172.16.0.0', prefix: 12, what: 'private' },
  { network: '192.0.0.0', prefix: 24, what: 'protocol assignments' },
  { network: '192.0.2.0', prefix: 24, what: 'documentation' },
  { network: '192.31.196.0', prefix: 24, what: 'AS112' },
  { network: '192.52.193.0', prefix: 24, what: 'AMT' },
  { network: '192.88.99.0', prefix: 24, what: '6to4 relay' },
  { network: '192.168.0.0', prefix: 16, what: 'private' },
  { network: '192.175.48.0', prefix: 24, what: 'AS112' },
  { network: '198.18.0.0', prefix: 15, what: 'benchmarking' },
  { network: '198.51.100.0', prefix: 24, what: 'documentation' },
  { network: '203.0.113.0', prefix: 24, what: 'documentation' },
  { network: '224.0.0.0', prefix: 4, what: 'multicast' },
  { network: '240.0.0.0', prefix: 4, what: 'reserved' },
  { network: '::', prefix: 96, what: 'unspecified, loopback or IPv4-compatible' },
  { network: '::ffff:0:0:0', prefix: 96, what: 'IPv4-translated' },
  { network: '64:ff9b:1::', prefix: 48, what: 'local NAT64' },
  { network: '100::', prefix: 64, what: 'discard-only' },
  { network: '100:0:0:1::', prefix: 64, what: 'dummy' },
  { network: '2001::', prefix: 23, what: 'protocol assignments (Teredo, ORCHID, benchmarking)' },
  { network: '2001:db8::', prefix: 32, what: 'documentation' },
  { network: '2620:4f:8000::', prefix: 48, what: 'AS112' },
  { network: '3fff::', prefix: 20, what: 'documentation' },
  { network: '5f00::', prefix: 16, what: 'segment routing' },
  { network: 'fc00::', prefix: 7, what: 'unique local' },
  { network: 'fe80::', prefix: 10, what: 'link-local' },
  { network: 'fec0::', prefix: 10, what: 'site-local' },
  { network: 'ff00::', prefix: 8, what: 'multicast' },
]

const lists = ranges.map((range) => {
  const list = new BlockList()
  list.addSubnet(range.network, range.prefix, family(range.network))
  return { list, what: range.what }
})

function family(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6'
}

/**
 * Names the special purpose of an address ("loopback", "private" …), or null when it is public.
 * IPv4 inside IPv6 (mapped, NAT64, 6to4) is judged by the IPv4 inside. A text that is no address is "no address".
 */
export function specialPurpose(address: string): string | null {
  const version = isIP(address)
  if (version === 0) return 'no address'
  // Only IPv6 addresses have a zone: `8.8.8.8%lo` is a name, and would be resolved.
  const bare = version === 6 ? address.replace(/%.*$/, '') : address
  if (version === 6) {
    const inside = embeddedIpv4(bare)
    if (inside !== null) {
      const what = specialPurpose(inside)
      return what === null ? null : `${what} (${inside} inside ${bare})`
    }
  }
  const kind = version === 4 ? 'ipv4' : 'ipv6'
  for (const { list, what } of lists) if (list.check(bare, kind)) return what
  return null
}

/** The IPv4 address in a mapped (::ffff:0:0/96), NAT64 (64:ff9b::/96) or 6to4 (2002::/16) address. */
function embeddedIpv4(address: string): string | null {
  const words = expand(address)
  const [a, b, c, d, e, f, g, h] = words as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  if (a === 0x2002) return dotted(b, c)
  const zeros = c === 0 && d === 0 && e === 0
  if (a === 0 && b === 0 && zeros && f === 0xffff) return dotted(g, h)
  if (a === 0x64 && b === 0xff9b && zeros && f === 0) return dotted(g, h)
  return null
}

function dotted(high: number, low: number): string {
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
}

/** The eight 16-bit words of a valid IPv6 address. */
function expand(address: string): number[] {
  const tail = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address)
  let text = address
  if (tail !== null) {
    const [a, b, c, d] = tail.slice(1).map(Number) as [number, number, number, number]
    const words = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
    text = address.slice(0, tail.index) + words
  }
  const [left = '', right] = text.split('::')
  const words = (part: string) =>
    part === '' ? [] : part.split(':').map((word) => parseInt(word, 16))
  const head = words(left)
  if (right === undefined) return head
  const end = words(right)
  return [...head, ...Array<number>(8 - head.length - end.length).fill(0), ...end]
}

/** What the caller permits beyond the public internet. */
export interface GuardOptions {
  /** Permit private and loopback addresses, on any port. */
  readonly allowPrivate: boolean
  /** Ports besides 80 and 443. */
  readonly allowPorts: readonly number[]
}

/**
 * Says why an address and port must not be connected to, or null when they may. The address is null where a proxy
 * finds it: then only the port is judged.
 */
export type Guard = (address: string | null, port: number) => string | null

/** Makes the guard of one prober. */
export function createGuard({ allowPrivate, allowPorts }: GuardOptions): Guard {
  const known = new Map<string, string | null>()
  const judge = (address: string): string | null => {
    let what = known.get(address)
    if (what === undefined) {
      what = specialPurpose(address)
      if (known.size > 10_000) known.clear()
      known.set(address, what)
    }
    return what
  }
  return (address, port) => {
    const what = address === null ? null : judge(address)
    if (address === null && allowPrivate) return null
    if (what !== null) {
      if (allowPrivate && what !== 'no address') return null
      return `${address} is not on the public internet: ${what}. --allow-private permits it.`
    }
    if (port === 80 || port === 443 || allowPorts.includes(port)) return null
    return `Port ${port} is not one that pictures are served on (80, 443). --allow-port ${port} permits it.`
  }
}
