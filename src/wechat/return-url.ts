// Where a person may be sent in the end. An address is compared as it is written and as a browser understands it, so that the
// two cannot be told different things.

/** Longer addresses would not fit into the cookie that carries them. */
const longest = 1024
/** An origin in small letters, of a host and perhaps a port, with nothing of the host left behind it. */
const written = /^https?:\/\/[a-z0-9._:[\]-]+(?=[/?#]|$)/

/** An allowed origin as a browser writes it; throws a plain error for what is none. Settings are checked before. */
export function readOrigin(text: string): string {
  const url = URL.parse(text)
  if (url !== null && written.test(url.origin) && isBare(url)) return url.origin
  throw new Error(`not an origin such as https://app.example.com: ${JSON.stringify(text)}`)
}

/**
 * The address to return to, as a browser writes it; null unless it is absolute and begins with exactly one of the origins,
 * in small letters and without a port that goes without saying.
 */
export function readReturnUrl(text: string, origins: ReadonlySet<string>): string | null {
  if (text.length > longest) return null
  // A browser drops tabs and line ends, and takes a backslash for a slash.
  if (/[\u0000-\u0020\u007f-\u00a0\u2028\u2029\\]/.test(text) || !text.isWellFormed()) return null
  const origin = written.exec(text)?.[0]
  if (origin === undefined || !origins.has(origin)) return null
  const url = URL.parse(text)
  if (url === null || url.origin !== origin || url.username !== '' || url.password !== '') {
    return null
  }
  return url.href.length <= longest ? url.href : null
}

function isBare({ username, password, pathname, search, hash }: URL): boolean {
  return `${username}${password}${search}${hash}` === '' && pathname === '/'
}
