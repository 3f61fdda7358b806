// Splits a URL without the platform's URL class, which core must not know: the same string
// always gives the same parts, on any machine, at a fraction of the cost. Stricter than a browser on
// purpose: what two readers could take for two different hosts is refused.

/** The parts of a URL that can be asked for. */
export interface UrlParts {
  readonly scheme: 'http' | 'https'
  /** Lower case, without brackets; an address or a name. Names in other scripts stay in them. */
  readonly host: string
  /** The port in the URL, or the scheme's own: 80, 443. */
  readonly port: number
  /** From the first slash to the query; at least `/`. */
  readonly path: string
  /** Without the question mark; `''` when there is none. */
  readonly query: string
  /** Path and query hold nothing but visible ASCII, so they can go over the wire as they are. */
  readonly plain: boolean
}

/** Why a text is no URL that can be asked for. */
export interface UrlFault {
  /** `empty`, `temporary-path`, `no-scheme`, … : the last part of the rule's id. */
  readonly reason: UrlFaultReason
  readonly detail: string
}

export type UrlFaultReason =
  | 'empty'
  | 'temporary-path'
  | 'data-url'
  | 'scheme'
  | 'no-scheme'
  | 'no-host'
  | 'host'
  | 'port'
  | 'userinfo'
  | 'control-character'
  | 'too-long'

/** What people write into a picture column when there is no picture. */
const emptyWords =
  /^(?:null|\\n|undefined|none|nil|nan|n\/a|\(null\)|false|true|0|-|#|\/|""|''|\[object object\])$/i

/**
 * Paths on one phone that mini programs hand out and that mean nothing anywhere else.
 * Evidence: `chooseAvatar` gives a local temporary path that must be uploaded (WeChat documentation, 2022);
 * stored ones are reported in public issues of 2026 (imal1/IdolRadar#70, ShenChenkai/HearHealth#74).
 */
const temporaryPath =
  /^(?:wxfile|ttfile|bdfile|swanfile|qqfile|file|content|blob|capacitor|ph|assets-library):|^https?:\/\/(?:tmp|usr|store|temp)(?:[/?#]|_[^/]*$|$)|^\/?(?:var\/mobile|private\/var|storage\/emulated|data\/(?:user|data|local))\/|^[a-z]:\\/i

const scheme = /^([a-z][a-z0-9+.-]*):/i

/** A name in any script: whatever the URL standard forbids in one is missing here. */
const anyName = /^[^\s\x00-\x20!"#$%&'()*+,/:;<=>?@[\\\]^`{|}~\x7f]+$/
/** Characters that browsers drop from names: the eye reads another name than the machine. */
const invisible = /\p{Default_Ignorable_Code_Point}/u
const plainName = /^[a-z0-9.-]+$/
/** A last label of digits makes other readers take the name for an IPv4 address, written in some odd way. */
const numericEnd = /(?:^|\.)(?:\d+|0x[0-9a-f]*)$/
const ipv4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?=\d)|$)){4}$/

/** Longest URL that is read; longer ones are nobody's picture. */
export const maxUrlLength = 8192

/**
 * Reads the parts of a URL. White space around it is ignored and `//host/…` is read as https, as a page
 * on https would. A text that cannot be asked for gives a fault, never an exception.
 */
export function splitUrl(text: string): UrlParts | UrlFault {
  const url = text.trim()
  // Before any pattern reads it: what a hostile text may cost is bounded here.
  if (url.length > maxUrlLength) return url.startsWith('data:') ? dataUrl() : tooLong(url.length)
  const marker = url.startsWith('https://') ? 8 : url.startsWith('http://') ? 7 : 0
  if (marker === 0) return splitUnusual(url)
  return splitAfterScheme(url, marker === 8 ? 'https' : 'http', marker)
}

/** True when `splitUrl` found a fault. */
export function isFault(parts: UrlParts | UrlFault): parts is UrlFault {
  return 'reason' in parts
}

function splitUnusual(url: string): UrlParts | UrlFault {
  if (url === '') return fault('empty', 'The URL is empty.')
  if (emptyWords.test(url)) return fault('empty', `"${url}" stands where a URL should be.`)
  if (temporaryPath.test(url)) return temporary()
  if (url.startsWith('data:')) return dataUrl()
  if (url.startsWith('//')) return splitAfterScheme(url, 'https', 2)
  const found = scheme.exec(url)
  if (found === null) return fault('no-scheme', 'The URL has no http:// or https:// in front.')
  const name = (found[1] ?? '').toLowerCase()
  if (name === 'http' || name === 'https') {
    const rest = url.slice(found[0].length)
    if (rest.startsWith('//')) return splitAfterScheme(rest, name, 2)
    return fault('no-host', `The URL has no "//" behind ${name}:.`)
  }
  return namesHostAndPort(url)
    ? fault('no-scheme', 'The URL has no http:// or https:// in front.')
    : fault('scheme', `${name}: is not a scheme that pictures are fetched by.`)
}

/** `host.example:8080/…`, which looks like a scheme and is none. */
function namesHostAndPort(url: string): boolean {
  const slash = url.indexOf('/')
  const authority = slash < 0 ? url : url.slice(0, slash)
  const colon = authority.lastIndexOf(':')
  const dot = authority.indexOf('.')
  return dot >= 0 && dot < colon && /^\d+$/.test(authority.slice(colon + 1))
}

const visibleAscii = /^[\x21-\x7e]*$/

function splitAfterScheme(
  url: string,
  scheme: 'http' | 'https',
  start: number,
): UrlParts | UrlFault {
  let end = url.length
  const hash = url.indexOf('#', start)
  if (hash >= 0) end = hash
  let queryAt = url.indexOf('?', start)
  if (queryAt < 0 || queryAt > end) queryAt = end
  let pathAt = url.indexOf('/', start)
  if (pathAt < 0 || pathAt > queryAt) pathAt = queryAt
  const authority = url.slice(start, pathAt)

  const plain = visibleAscii.test(url)
  if (!plain && hasControl(url)) {
    return fault('control-character', 'The URL has a line break or control character in it.')
  }
  if (authority.includes('@')) {
    return fault('userinfo', 'The URL carries a user name or password; such URLs are not asked.')
  }
  const parts = readAuthority(authority, scheme)
  if ('reason' in parts) return parts
  if (start === 7 && temporaryPath.test(url)) return temporary()
  const path = pathAt === queryAt ? '/' : url.slice(pathAt, queryAt)
  const query = queryAt < end ? url.slice(queryAt + 1, end) : ''
  return {
    scheme,
    host: parts.host,
    port: parts.port,
    path,
    query,
    plain: plain || (visibleAscii.test(path) && visibleAscii.test(query)),
  }
}

function readAuthority(
  authority: string,
  scheme: 'http' | 'https',
): { host: string; port: number } | UrlFault {
  let host = authority
  let port = scheme === 'https' ? 443 : 80
  const bracket = authority.startsWith('[') ? authority.indexOf(']') : -1
  if (bracket < 0 && authority.startsWith('[')) {
    return fault('host', `"${shorten(authority)}" is no IPv6 address.`)
  }
  const colon = authority.indexOf(':', bracket + 1)
  if (colon >= 0) {
    host = authority.slice(0, colon)
    const digits = authority.slice(colon + 1)
    if (digits !== '') {
      port = Number(digits)
      if (!/^\d{1,5}$/.test(digits) || port < 1 || port > 65535) {
        return fault('port', `"${shorten(digits)}" is no port.`)
      }
    }
  }
  if (bracket >= 0) {
    const address = authority.slice(1, bracket)
    if (host.length !== bracket + 1 || !isIpv6(address)) {
      return fault('host', `"${shorten(authority)}" is no IPv6 address.`)
    }
    return { host: address.toLowerCase(), port }
  }
  if (host === '') return fault('no-host', 'The URL names no host.')
  const name = readName(host)
  return name === null ? fault('host', `"${shorten(host)}" is no host name.`) : { host: name, port }
}

/** A host name in lower case without the root's dot, or null. */
function readName(host: string): string | null {
  let name = host
  if (!plainName.test(name)) {
    // As browsers do, so that a full-width name is the host that a browser would ask.
    name = host.normalize('NFKC').replaceAll('\u3002', '.').toLowerCase()
    if (!anyName.test(name) || invisible.test(name)) return null
  }
  if (name.endsWith('.')) name = name.slice(0, -1)
  if (
    name === '' ||
    name.length > 253 ||
    name.startsWith('.') ||
    name.endsWith('.') ||
    name.includes('..')
  )
    return null
  const last = name.charCodeAt(name.length - 1)
  // Only names that end in 0–9, a–f or x can be numbers.
  const numeric = last < 103 || last === 120 ? numericEnd.test(name) : false
  return numeric && !ipv4.test(name) ? null : name
}

const group = /^[0-9a-f]{1,4}$/i

function isIpv6(address: string): boolean {
  const halves = address.split('::')
  if (halves.length > 2) return false
  let groups = 0
  for (const [index, half] of halves.entries()) {
    if (half === '') continue
    const parts = half.split(':')
    const tail = parts.at(-1) ?? ''
    // An IPv4 address may stand for the last two groups of the whole address.
    if (index === halves.length - 1 && ipv4.test(tail)) {
      parts.pop()
      groups += 2
    }
    if (!parts.every((part) => group.test(part))) return false
    groups += parts.length
  }
  return halves.length === 2 ? groups < 8 : groups === 8
}

function hasControl(url: string): boolean {
  return /[\x00-\x1f\x7f]/.test(url)
}

function tooLong(length: number): UrlFault {
  return fault(
    'too-long',
    `The URL has ${length} characters; more than ${maxUrlLength} are not read.`,
  )
}

function dataUrl(): UrlFault {
  return fault('data-url', 'The picture itself is stored (a data: URL); there is no link to check.')
}

function temporary(): UrlFault {
  return fault(
    'temporary-path',
    'This is a temporary path on one phone (chooseAvatar), not a URL: upload the file first.',
  )
}

function fault(reason: UrlFaultReason, detail: string): UrlFault {
  return { reason, detail }
}

function shorten(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 57)}…`
}

/** The value of a query parameter as it stands (not decoded), or null. */
export function queryParameter(query: string, name: string): string | null {
  let at = 0
  while (at <= query.length) {
    let end = query.indexOf('&', at)
    if (end < 0) end = query.length
    if (query.startsWith(name, at) && query.charCodeAt(at + name.length) === 61) {
      return query.slice(at + name.length + 1, end)
    }
    at = end + 1
  }
  return null
}

/** Puts a URL together from its parts. */
export function joinUrl(parts: UrlParts): string {
  const own = parts.scheme === 'https' ? 443 : 80
  const host = parts.host.includes(':') ? `[${parts.host}]` : parts.host
  const port = parts.port === own ? '' : `:${parts.port}`
  const query = parts.query === '' ? '' : `?${parts.query}`
  return `${parts.scheme}://${host}${port}${parts.path}${query}`
}

/** The query with one parameter set: in its place when it is there, at the end otherwise. */
export function withParameter(query: string, name: string, value: string): string {
  const pair = `${name}=${value}`
  if (query === '') return pair
  let found = false
  const pairs = query.split('&').map((one) => {
    if (found || !one.startsWith(`${name}=`)) return one
    found = true
    return pair
  })
  return (found ? pairs : [...pairs, pair]).join('&')
}
