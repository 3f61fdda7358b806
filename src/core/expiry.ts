// Death dates that stand in signed URLs. Each scheme is one row: how the date is written and by whom.
// Reading one costs no request.
import { type UrlParts, queryParameter } from './url.ts'

/** A way of writing a death date into a URL. */
export interface ExpiryScheme {
  readonly name: string
  /** Reads milliseconds UTC, or null when this URL does not carry it. */
  readonly read: (parts: UrlParts) => number | null
}

/** Dates outside these years are numbers of another meaning. */
const earliest = Date.UTC(2005, 0, 1)
const latest = Date.UTC(2200, 0, 1)

function plausible(ms: number): number | null {
  return ms >= earliest && ms <= latest ? ms : null
}

function seconds(text: string | null): number | null {
  return text !== null && /^\d{9,11}$/.test(text) ? plausible(Number(text) * 1000) : null
}

function hexSeconds(text: string | null): number | null {
  return text !== null && /^[0-9a-f]{8}$/i.test(text) ? plausible(parseInt(text, 16) * 1000) : null
}

/** `20261122T080000Z` to milliseconds. */
function basicDate(text: string | null): number | null {
  const found = text === null ? null : /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text)
  return found === null ? null : fields(found.slice(1).map(Number))
}

/** Year, month, day, hour, minute, second to milliseconds; null when there is no such moment. */
function fields(numbers: readonly number[]): number | null {
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = numbers
  if (month < 1 || month > 12 || day < 1 || day > 31) return null
  if (hour > 23 || minute > 59 || second > 60) return null
  return plausible(Date.UTC(year, month - 1, day, hour, minute, second))
}

function dated(parts: UrlParts, dateName: string, lifeName: string): number | null {
  const start = basicDate(queryParameter(parts.query, dateName))
  const life = queryParameter(parts.query, lifeName)
  if (start === null || life === null || !/^\d{1,7}$/.test(life)) return null
  return plausible(start + Number(life) * 1000)
}

function has(parts: UrlParts, ...names: string[]): boolean {
  return names.some((name) => queryParameter(parts.query, name) !== null)
}

/** Facebook's and Instagram's CDN: `oe=` hexadecimal seconds. Seven of seven published expired URLs agree (2017–2021). */
export const oe: ExpiryScheme = {
  name: 'oe',
  read: (parts) => hexSeconds(queryParameter(parts.query, 'oe')),
}

/** Facebook's picture redirect (`platform-lookaside.fbsbx.com`): `ext=` seconds. nextauthjs/next-auth#1433. */
export const ext: ExpiryScheme = {
  name: 'ext',
  read: (parts) => seconds(queryParameter(parts.query, 'ext')),
}

/** Old Instagram paths: `/vp/<32 hex>/<8 hex seconds>/`. aaronpk/OwnYourGram#80 (2019). */
export const vp: ExpiryScheme = {
  name: 'vp',
  read: (parts) =>
    hexSeconds(/^\/vp\/[0-9a-f]{32}\/([0-9a-f]{8})\//i.exec(parts.path)?.[1] ?? null),
}

/** Older Facebook CDN: `__gda__=<seconds>_<hash>`. */
export const gda: ExpiryScheme = {
  name: 'gda',
  read: (parts) => seconds(queryParameter(parts.query, '__gda__')?.split('_')[0] ?? null),
}

/** LinkedIn's media host: `e=` seconds beside `v=` and `t=`. joshuatz/linkedin-to-jsonresume#75. */
export const linkedin: ExpiryScheme = {
  name: 'e',
  read: (parts) => (has(parts, 't') ? seconds(queryParameter(parts.query, 'e')) : null),
}

/** Discord's attachments: `ex=` hexadecimal seconds beside `is=` and `hm=`. */
export const discord: ExpiryScheme = {
  name: 'ex',
  read: (parts) => (has(parts, 'hm') ? hexSeconds(queryParameter(parts.query, 'ex')) : null),
}

/** Weibo's tvax hosts: `Expires=` seconds beside `KID=` and `ssig=`. sinaweibosdk/weibo_android_sdk#555. */
export const weibo: ExpiryScheme = {
  name: 'Expires',
  read: (parts) => (has(parts, 'ssig') ? seconds(queryParameter(parts.query, 'Expires')) : null),
}

/** Amazon S3, signature version 4, and the stores that speak it: start and life in seconds. */
export const amz: ExpiryScheme = {
  name: 'X-Amz-Expires',
  read: (parts) => dated(parts, 'X-Amz-Date', 'X-Amz-Expires'),
}

/** Google Cloud Storage, V4. */
export const goog: ExpiryScheme = {
  name: 'X-Goog-Expires',
  read: (parts) => dated(parts, 'X-Goog-Date', 'X-Goog-Expires'),
}

/** Aliyun OSS, V4. */
export const oss: ExpiryScheme = {
  name: 'x-oss-expires',
  read: (parts) => dated(parts, 'x-oss-date', 'x-oss-expires'),
}

/** S3 V2, CloudFront, Google V2, Aliyun OSS V1: `Expires=` seconds beside a signature. */
export const expires: ExpiryScheme = {
  name: 'Expires',
  read: (parts) =>
    has(parts, 'Signature', 'signature', 'ssig')
      ? seconds(queryParameter(parts.query, 'Expires'))
      : null,
}

/** Tencent COS: `q-sign-time=<start>;<end>`, the semicolon often escaped. */
export const cos: ExpiryScheme = {
  name: 'q-sign-time',
  read: (parts) => seconds(queryParameter(parts.query, 'q-sign-time')?.split(/;|%3b/i)[1] ?? null),
}

/** Azure Blob Storage: `se=` ISO 8601 beside `sig=`. */
export const azure: ExpiryScheme = {
  name: 'se',
  read: (parts) => {
    if (!has(parts, 'sig')) return null
    const text = queryParameter(parts.query, 'se')?.replace(/%3a/gi, ':') ?? ''
    const found = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d))?Z)?$/.exec(text)
    if (found === null) return null
    return fields(found.slice(1).map((part) => Number(part ?? 0)))
  },
}

/** Qiniu: `e=` seconds beside `token=`. Qiniu's documentation of private downloads (download token). */
export const qiniu: ExpiryScheme = {
  name: 'e',
  read: (parts) => (has(parts, 'token') ? seconds(queryParameter(parts.query, 'e')) : null),
}

/** ByteDance's image hosts (TikTok): `x-expires=` seconds. dev.to/alex97po, "Pre-Signed URL Expiry" (2026). */
export const bytedance: ExpiryScheme = {
  name: 'x-expires',
  read: (parts) => seconds(queryParameter(parts.query, 'x-expires')),
}

/** The schemes that object stores share; any host may use them. */
export const storeSchemes: readonly ExpiryScheme[] = [
  amz,
  goog,
  oss,
  expires,
  cos,
  azure,
  qiniu,
  bytedance,
]

/** The earliest death date that one of the schemes finds in a URL, milliseconds UTC. */
export function readExpiry(parts: UrlParts, schemes: readonly ExpiryScheme[]): number | null {
  if (parts.query === '' && !parts.path.startsWith('/vp/')) return null
  let found: number | null = null
  for (const scheme of schemes) {
    const at = scheme.read(parts)
    if (at !== null && (found === null || at < found)) found = at
  }
  return found
}
