// A reader of the plainest requests there are: whole, without a body, and written exactly as every browser, proxy and
// library writes them. It never decides what anything else means: what it does not take goes to node:http, bytes untouched.
// So the two cannot read the same bytes in two ways. Pure.

/** A request that is whole and plain. */
export interface LaneRequest {
  readonly method: 'GET' | 'HEAD'
  /** Path and query as they came. */
  readonly target: string
  readonly accept: string | undefined
  readonly ifNoneMatch: string | undefined
  readonly requestId: string | undefined
  /** Where the next request begins. */
  readonly end: number
}

/** What characters may be: bits by code. */
const inTarget = 1
const inName = 2
const inValue = 4
const kinds = new Uint8Array(256)
for (let code = 0x20; code < 0x7f; code++) {
  const character = String.fromCharCode(code)
  if (/[\w\-.~!$&'()*+,;=:@/?%]/.test(character)) kinds[code] = (kinds[code] ?? 0) | inTarget
  if (/[\w!#$%&'*+\-.^`|~]/.test(character)) kinds[code] = (kinds[code] ?? 0) | inName
  kinds[code] = (kinds[code] ?? 0) | inValue
}

/** More lines than any browser sends; node:http would begin to drop some at 2,000. */
const mostHeaders = 100
const space = 0x20
const colon = 0x3a
const carriageReturn = 0x0d
const lineFeed = 0x0a
const get = [...Buffer.from('GET /')]
const head = [...Buffer.from('HEAD /')]
const version = [...Buffer.from(' HTTP/1.1\r\n')]

/**
 * Reads the request that begins at `from`. Null for whatever is not a whole, plain one with a target that `takes` accepts:
 * it may be anything else, or the beginning of something. What it gives are strings of their own: they keep no bytes alive.
 * @param options `longest` bounds the head in bytes
 */
export function readLaneRequest(
  bytes: Buffer,
  from: number,
  options: { readonly longest: number; readonly takes: (target: string) => boolean },
): LaneRequest | null {
  const isGet = hasAt(bytes, from, get)
  if (!isGet && !hasAt(bytes, from, head)) return null
  // Beyond this no byte is looked at: a head may not be longer, wherever the bytes end.
  const limit = Math.min(bytes.length, from + options.longest)
  const start = from + (isGet ? get.length : head.length) - 1
  let at = start
  while (at < limit && isOf(bytes, at, inTarget)) at++
  if (!hasAt(bytes, at, version)) return null
  const target = bytes.toString('latin1', start, at)
  if (!options.takes(target)) return null
  at += version.length

  let hosts = 0
  let accept: string | undefined
  let ifNoneMatch: string | undefined
  let requestId: string | undefined
  for (let count = 0; count <= mostHeaders; count++) {
    if (at + 2 > limit) return null
    if (bytes[at] === carriageReturn) {
      if (bytes[at + 1] !== lineFeed || hosts !== 1) return null
      const method = isGet ? 'GET' : 'HEAD'
      return { method, target, accept, ifNoneMatch, requestId, end: at + 2 }
    }
    const name = at
    while (at < limit && isOf(bytes, at, inName)) at++
    const nameEnd = at
    if (nameEnd === name || at >= limit || bytes[at] !== colon) return null
    at++
    const value = at
    while (at < limit && isOf(bytes, at, inValue)) at++
    if (at + 2 > limit || bytes[at] !== carriageReturn || bytes[at + 1] !== lineFeed) return null
    // Most names are told from those that matter by their length.
    switch (nameEnd - name) {
      case 4:
        if (isNamed(bytes, name, 'host')) hosts++
        break
      case 6:
        if (isNamed(bytes, name, 'expect')) return null
        if (!isNamed(bytes, name, 'accept')) break
        if (accept !== undefined) return null
        accept = valueOf(bytes, value, at)
        break
      case 7:
        if (isNamed(bytes, name, 'upgrade')) return null
        break
      case 10:
        if (!isNamed(bytes, name, 'connection')) break
        if (valueOf(bytes, value, at).toLowerCase() !== 'keep-alive') return null
        break
      case 12:
        if (!isNamed(bytes, name, 'x-request-id')) break
        if (requestId !== undefined) return null
        requestId = valueOf(bytes, value, at)
        break
      case 13:
        if (!isNamed(bytes, name, 'if-none-match')) break
        if (ifNoneMatch !== undefined) return null
        ifNoneMatch = valueOf(bytes, value, at)
        break
      case 14:
        if (isNamed(bytes, name, 'content-length')) return null
        break
      case 16:
        if (isNamed(bytes, name, 'proxy-connection')) return null
        break
      case 17:
        if (isNamed(bytes, name, 'transfer-encoding')) return null
        break
    }
    at += 2
  }
  return null
}

function isOf(bytes: Buffer, at: number, kind: number): boolean {
  return ((kinds[bytes[at] ?? 0] ?? 0) & kind) !== 0
}

function hasAt(bytes: Buffer, from: number, wanted: readonly number[]): boolean {
  for (let at = 0; at < wanted.length; at++) if (bytes[from + at] !== wanted[at]) return false
  return true
}

/** Whether the name that begins at `from` is this one, in whatever case; its length is known to be that of `name`. */
function isNamed(bytes: Buffer, from: number, name: string): boolean {
  for (let at = 0; at < name.length; at++) {
    // No character of a name but an upper-case letter becomes a lower-case letter or a hyphen by this.
    if (((bytes[from + at] ?? 0) | 0x20) !== name.charCodeAt(at)) return false
  }
  return true
}

/** Without the spaces around it, as node:http has it. */
function valueOf(bytes: Buffer, from: number, to: number): string {
  let first = from
  let last = to
  while (first < last && bytes[first] === space) first++
  while (last > first && bytes[last - 1] === space) last--
  return bytes.toString('latin1', first, last)
}
