// Page tokens and URLs of pictures, made without asking the service: the same texts as it makes itself
// (src/service/page-token.ts, picture-url.ts), by WebCrypto. mint.test.ts holds the two together.
import { type Signer, toBase64Url } from './hmac.ts'

/** How a picture is to look. */
export interface PictureLook {
  /** Edge in CSS pixels, 1 to 640; absent: 96. */
  readonly size?: number
  /** Pixels of the screen for one of CSS, 1 to 4. */
  readonly dpr?: number
  readonly format?: 'auto' | 'webp' | 'avif' | 'jpg' | 'png'
  /** What stands in when there is no picture. */
  readonly fallback?: 'initials' | 'none'
  /** Our copy, the platform's URL, or the latter while it is believed alive. */
  readonly mode?: 'copy' | 'redirect' | 'auto'
}

/** Mints a page token. @param expiresAt milliseconds UTC, counted in whole seconds */
export async function mintPageToken(
  subject: string | null,
  expiresAt: number,
  sign: Signer,
): Promise<string> {
  const name = subject === null ? '' : toBase64Url(new TextEncoder().encode(subject))
  const end = Math.floor(expiresAt / 1_000).toString(36)
  return `ept_${name}.${end}.${await sign(`everface page token 1\n${name}\n${end}`)}`
}

/** The URL of a subject's picture. */
export function plainPictureUrl(base: string, subject: string, look: PictureLook = {}): string {
  return urlOf(base, subject, queryOf(look))
}

/** The same, signed. @param expiresAt milliseconds UTC, counted in whole seconds */
export async function signedPictureUrl(
  base: string,
  subject: string,
  look: PictureLook,
  expiresAt: number,
  sign: Signer,
): Promise<string> {
  const exp = String(Math.floor(expiresAt / 1_000))
  const signature = await sign(`everface picture url 1\n${subject}\n${exp}`)
  return urlOf(base, subject, [...queryOf(look), `exp=${exp}`, `sig=${signature}`])
}

/**
 * An end for signatures, at least `lifeMs` and at most twice that away: URLs that are made within one `lifeMs` are the
 * same, and the browser's cache knows them.
 */
export function pictureUrlEnd(now: number, lifeMs: number): number {
  return (Math.floor(now / lifeMs) + 2) * lifeMs
}

function queryOf({ size, dpr, format, fallback, mode }: PictureLook): string[] {
  return [
    ...(size === undefined ? [] : [`s=${size}`]),
    ...(dpr === undefined ? [] : [`dpr=${dpr}`]),
    ...(format === undefined ? [] : [`f=${format}`]),
    ...(fallback === undefined ? [] : [`fallback=${fallback}`]),
    ...(mode === undefined ? [] : [`mode=${mode}`]),
  ]
}

function urlOf(base: string, subject: string, query: readonly string[]): string {
  // A subject has no character that a path would need to escape.
  return `${base}/a/${subject}${query.length > 0 ? `?${query.join('&')}` : ''}`
}
