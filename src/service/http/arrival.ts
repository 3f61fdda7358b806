// What is known of a request before anybody looks at what it wants: its id, who sends it, and how the outside reaches us.
import { isIP } from 'node:net'

/** What a listener tells of a request besides the request. */
export interface Arrival {
  /** Address of the peer; absent in tests and behind listeners that do not know it. */
  readonly address?: string
}

/** Ids that are taken over: they go into logs and answers as they are. */
const sane = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

/** The id that the sender gave a request when it is fit to be written down, or the one made here. */
export function requestIdOf(request: Request, make: () => string): string {
  const given = request.headers.get('x-request-id')
  return given !== null && sane.test(given) ? given : make()
}

/** How the outside reaches us, without a trailing slash. */
export function baseOf(request: Request, publicUrl: string | null): string {
  return publicUrl ?? new URL(request.url).origin
}

/**
 * The address that bounds are counted for: that of the peer, or, when a proxy of our own network stands in front, the
 * last foreign one that the proxies noted. IPv6 senders have a whole network each, so they count by /64.
 */
export function senderOf(request: Request, arrival: Arrival | undefined): string {
  const peer = arrival?.address ?? ''
  if (!isOwn(peer)) return network(peer)
  const noted = (request.headers.get('x-forwarded-for') ?? '').slice(-1024).split(',')
  for (let at = noted.length - 1; at >= 0; at--) {
    const address = (noted[at] ?? '').trim()
    if (isIP(address) === 0) break
    if (!isOwn(address)) return network(address)
  }
  return network(peer)
}

/** Loopback and private networks. */
const own =
  /^(?:127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.|::1$|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:)/i

function isOwn(address: string): boolean {
  return own.test(unmapped(address))
}

function unmapped(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '')
}

function network(address: string): string {
  const plain = unmapped(address).toLowerCase()
  if (isIP(plain) !== 6) return plain
  const [head = '', tail] = plain.replace(/%.*$/, '').split('::')
  const groups = head === '' ? [] : head.split(':')
  const missing =
    tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length)
  const all = [
    ...groups,
    ...Array<string>(Math.max(0, missing)).fill('0'),
    ...(tail ?? '').split(':'),
  ]
  return `${all
    .slice(0, 4)
    .map((one) => Number.parseInt(one || '0', 16).toString(16))
    .join(':')}::/64`
}
