// How the text of a setting becomes its value. A kind says the shape in words and reads it; what does not fit is null,
// and config.ts says so together with everything else that is wrong.
import { isIP } from 'node:net'

/** A kind of value. */
export interface Kind<T> {
  /** Completes "it takes …". */
  readonly shape: string
  /** The value; null when the text has not this shape. The text is trimmed and not empty. */
  readonly read: (text: string) => T | null
}

/** Where to listen. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** `127.0.0.1:8420`, `[::1]:8420`. */
export const address: Kind<Address> = {
  shape: 'an address and a port such as 127.0.0.1:8420, [::1]:8420 or 0.0.0.0:8420',
  read(text) {
    const found = /^(?:\[([0-9a-f:.]+(?:%\w+)?)\]|([a-z0-9._-]+)):(\d{1,5})$/i.exec(text)
    const host = found?.[1] ?? found?.[2]
    const port = Number(found?.[3])
    return host === undefined || port > 65_535 ? null : { host, port }
  },
}

/** Any text without control characters. */
export function words(shape: string): Kind<string> {
  return { shape, read: (text) => (/\p{Cc}/u.test(text) ? null : text) }
}

/** An http(s) address without user, query and fragment; trailing slashes are dropped. */
export const webAddress: Kind<string> = {
  shape: 'an http:// or https:// address without user name, query and fragment',
  read(text) {
    const url = readUrl(text, ['http:', 'https:'])
    if (url === null || hasUser(url) || url.search !== '' || url.hash !== '') return null
    return url.href.replace(/\/+$/, '')
  },
}

/** Addresses that webhooks are sent to, as written. */
export const webhookAddresses: Kind<readonly string[]> = listOf(
  'http:// or https:// addresses without user name and fragment',
  (text) => {
    const url = readUrl(text, ['http:', 'https:'])
    return url === null || hasUser(url) || url.hash !== '' ? null : url.href
  },
)

/** An http:// proxy, with or without user and password. */
export const proxyAddress: Kind<string> = {
  shape: 'an http:// address such as http://user:password@proxy.example:3128',
  read: (text) => {
    const url = readUrl(text, ['http:'])
    return url === null || url.pathname !== '/' || !decodes(url.username + url.password)
      ? null
      : text
  },
}

/** The address of a PostgreSQL database. */
export const postgresAddress: Kind<string> = {
  shape: 'a postgres:// address such as postgres://user:password@host:5432/database',
  read: (text) => (readUrl(text, ['postgres:', 'postgresql:']) === null ? null : text),
}

/** A folder, or a bucket of an S3-compatible store. */
export const blobPlace: Kind<string> = {
  shape: 'a folder, or s3://bucket/prefix with a prefix of a-z 0-9 . _ -',
  read(text) {
    if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return words('').read(text)
    const segments = /^s3:\/\/[a-z0-9][a-z0-9.-]{1,62}((?:\/[a-z0-9_-][a-z0-9._-]{0,99}){0,4})\/?$/
    return segments.test(text) ? text : null
  },
}

/** A whole number within bounds. */
export function whole(least: number, most: number, what = 'a whole number'): Kind<number> {
  return {
    shape: `${what} from ${least} to ${most}`,
    read: (text) => (/^\d{1,15}$/.test(text) ? within(Number(text), least, most) : null),
  }
}

/** A number, decimals allowed, within bounds. */
export function decimal(least: number, most: number): Kind<number> {
  return {
    shape: `a number from ${least} to ${most}`,
    read: (text) => (isNumber.test(text) ? within(Number(text), least, most) : null),
  }
}

const isNumber = /^\d{1,15}(?:\.\d{1,6})?$/
const unitMs = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** A length of time in milliseconds, written `400d`, `12h`, `15m`, `30s`, `250ms`. */
export function span(least: string, most: string): Kind<number> {
  const read = (text: string): number | null => {
    const found = /^(\d{1,15}(?:\.\d{1,6})?) ?(ms|s|min|m|h|d)$/i.exec(text)
    if (found === null) return null
    const unit = (found[2] ?? '').toLowerCase() as keyof typeof unitMs
    return Math.round(Number(found[1]) * unitMs[unit])
  }
  const bounds = [read(least) ?? 0, read(most) ?? Infinity] as const
  return {
    shape: `a length of time such as 400d, 12h, 15m or 30s, from ${least} to ${most}`,
    read(text) {
      const ms = read(text)
      return ms === null ? null : within(ms, ...bounds)
    },
  }
}

const unitBytes = {
  b: 1,
  kib: 1_024,
  mib: 1_024 ** 2,
  gib: 1_024 ** 3,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
} as const

/** Bytes, written `256MiB`, `1GiB`, `500MB`. */
export function size(most: string): Kind<number> {
  const read = (text: string): number | null => {
    const found = /^(\d{1,15}(?:\.\d{1,6})?) ?([kmg]i?b|b)?$/i.exec(text)
    if (found === null) return null
    const unit = (found[2] ?? 'b').toLowerCase() as keyof typeof unitBytes
    return Math.round(Number(found[1]) * unitBytes[unit])
  }
  const bound = read(most) ?? Infinity
  return {
    shape: `a size such as 256MiB, 1GiB or 500MB, at most ${most}`,
    read(text) {
      const bytes = read(text)
      return bytes === null ? null : within(bytes, 0, bound)
    },
  }
}

/** How often something may happen, for each `per`; written `50`, `50/s` or `6000/min`. */
export function rate(per: 's' | 'min', least: number, most: number): Kind<number> {
  const name = per === 's' ? 'second' : 'minute'
  return {
    shape: `a rate such as 100/s or 6000/min (a bare number: a ${name}), from ${least} to ${most} a ${name}`,
    read(text) {
      const found = /^(\d{1,15}(?:\.\d{1,6})?)(?: ?\/ ?(s|min|h))?$/i.exec(text)
      if (found === null) return null
      const unit = (found[2] ?? per).toLowerCase() as 's' | 'min' | 'h'
      return within((Number(found[1]) * unitMs[per]) / unitMs[unit], least, most)
    },
  }
}

/** One of some words. */
export function oneOf<const T extends string>(...names: readonly T[]): Kind<T> {
  return {
    shape: `one of ${names.join(', ')}`,
    read: (text) => names.find((name) => name === text.toLowerCase()) ?? null,
  }
}

/** `yes` or `no`, and what else people write for them. */
export const yesNo: Kind<boolean> = {
  shape: 'yes or no',
  read(text) {
    if (/^(?:yes|true|on|1)$/i.test(text)) return true
    return /^(?:no|false|off|0)$/i.test(text) ? false : null
  },
}

/** Hosts that may be asked besides those of known providers. */
export const hostNames: Kind<readonly string[]> = listOf(
  'host names such as avatars.example.com, .example.com for every host below it, or * for all',
  (text) => {
    const name = text.toLowerCase()
    const plain = /^\.?[^\s:/?#@[\]*.]+(?:\.[^\s:/?#@[\]*.]+)*$/
    return name === '*' || plain.test(name) || isIP(name) === 6 ? name : null
  },
)

/** Ports. */
export const ports: Kind<readonly number[]> = listOf('ports from 1 to 65535', whole(1, 65_535).read)

/** Where to connect instead, as curl's `--connect-to`. */
export const connectRules: Kind<readonly string[]> = listOf(
  'rules HOST:PORT:ADDR:PORT as of curl --connect-to, IPv6 addresses in brackets',
  (text) => {
    const found = /^(?:\[[^\]]*\]|[^:[\]]*):(\d*):(?:\[[^\]]*\]|[^:[\]]*):(\d*)$/.exec(text)
    const isPort = (digits = '') => digits === '' || within(Number(digits), 1, 65_535) !== null
    return found !== null && isPort(found[1]) && isPort(found[2]) ? text : null
  },
)

/** Texts that nobody can guess. */
export const secretText: Kind<string> = {
  shape: 'at least 32 characters that nobody can guess, such as `openssl rand -base64 32` prints',
  // The same letter over and over is long, and guessed at once.
  read: (text) => (text.length >= 32 && new Set(text).size >= 8 ? text : null),
}

/** Secrets that were in force before. */
export const secretTexts: Kind<readonly string[]> = listOf(
  'former secrets, each of at least 32 characters and without spaces and commas',
  secretText.read,
)

/** Secrets of the Standard Webhooks specification: 24 to 64 bytes. The first signs as well as the others. */
export const webhookSecrets: Kind<string> = {
  shape: 'whsec_ and 24 to 64 bytes in Base64; several are separated by spaces',
  read(text) {
    const secrets = text.split(separators)
    const right = secrets.every((secret) => {
      const code = /^whsec_([A-Za-z0-9+/]{32,88}={0,2})$/.exec(secret)?.[1]
      if (code === undefined || code.length % 4 !== 0) return false
      const bytes = Buffer.from(code, 'base64').length
      return bytes >= 24 && bytes <= 64
    })
    return right ? secrets.join(' ') : null
  },
}

const separators = /[\s,]+/

/** Several values, separated by spaces or commas; what stands twice counts once. */
export function listOf<T>(shape: string, read: (text: string) => T | null): Kind<readonly T[]> {
  return {
    shape: `${shape}, separated by spaces or commas`,
    read(text) {
      const values: T[] = []
      for (const part of text.split(separators).filter((part) => part !== '')) {
        const value = read(part)
        if (value === null) return null
        if (!values.includes(value)) values.push(value)
      }
      return values
    },
  }
}

function within(value: number, least: number, most: number): number | null {
  return value >= least && value <= most ? value : null
}

function readUrl(text: string, schemes: readonly string[]): URL | null {
  const url = URL.parse(text)
  // A text such as "http:host" is read by the platform, and meant by nobody.
  const whole = /^[a-z]+:\/\/[^/]/i.test(text) && !/[\s\p{Cc}]/u.test(text)
  return url !== null && whole && schemes.includes(url.protocol) ? url : null
}

function hasUser(url: URL): boolean {
  return url.username !== '' || url.password !== ''
}

function decodes(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}
