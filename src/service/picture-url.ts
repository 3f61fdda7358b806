// URLs of pictures, plain or signed. A signature says that the app showed this subject's picture until a date; size and
// format stay the page's to choose. Pure functions of a secret that the app and the service share.
import { createHmac, timingSafeEqual } from 'node:crypto'

/** A picture's URL before it is written. */
export interface PictureLink {
  /** How the outside reaches us, without a trailing slash; null writes the path alone. */
  readonly base: string | null
  readonly subject: string
  /** Edge in pixels, 1 to 640; null leaves it to whoever uses the URL. */
  readonly size: number | null
  /** Signs the URL; null leaves it plain. */
  readonly secret: string | null
  /** When the signature ends: milliseconds UTC, counted in whole seconds. Without a secret it means nothing. */
  readonly expiresAt: number
}

/** What became of checking a signature. */
export type PictureSignature =
  | { readonly kind: 'valid'; readonly expiresAt: number }
  | { readonly kind: 'expired'; readonly expiresAt: number }
  | { readonly kind: 'forged' }

/** Separates these signatures from all others that are made with the same secret. */
const purpose = 'everface picture url 1'
const expPattern = /^[1-9][0-9]{0,11}$/
const sigPattern = /^[A-Za-z0-9_-]{43}$/

/** Writes the URL of a subject's picture. The same values write the same URL, so that caches recognise it. */
export function pictureUrl({ base, subject, size, secret, expiresAt }: PictureLink): string {
  const query: string[] = []
  if (size !== null) query.push(`s=${size}`)
  if (secret !== null) {
    const exp = String(Math.floor(expiresAt / 1000))
    query.push(`exp=${exp}`, `sig=${sign(subject, exp, secret)}`)
  }
  // A colon and an at sign may stand in a path as they are; the rest of a subject needs no escape anyway.
  const name = encodeURIComponent(subject).replaceAll('%3A', ':').replaceAll('%40', '@')
  return `${base ?? ''}/a/${name}${query.length > 0 ? `?${query.join('&')}` : ''}`
}

/**
 * An end for signatures, at least `lifeMs` and at most twice that away. All URLs that are made within one `lifeMs` get
 * the same, so that a page that is drawn anew finds its pictures in the browser's cache.
 */
export function pictureUrlEnd(now: number, lifeMs: number): number {
  return (Math.floor(now / lifeMs) + 2) * lifeMs
}

/**
 * Checks a signature against all secrets, the one in force and former ones. Takes the same time whatever part of the
 * signature is wrong, and tells `expired` only of what was signed.
 */
export function checkPictureUrl(signed: {
  readonly subject: string
  /** `exp` and `sig` of the query, decoded; null where absent. */
  readonly exp: string | null
  readonly sig: string | null
  readonly secrets: readonly string[]
  readonly now: number
}): PictureSignature {
  const { subject, exp, sig, secrets, now } = signed
  if (exp === null || sig === null || !expPattern.test(exp) || !sigPattern.test(sig)) {
    return { kind: 'forged' }
  }
  const given = Buffer.from(sig, 'latin1')
  let good = false
  for (const secret of secrets) {
    // The texts are compared, not their bytes: 43 characters carry two bits more than a hash has.
    good = timingSafeEqual(Buffer.from(sign(subject, exp, secret), 'latin1'), given) || good
  }
  if (!good) return { kind: 'forged' }
  const expiresAt = Number(exp) * 1000
  return { kind: now < expiresAt ? 'valid' : 'expired', expiresAt }
}

function sign(subject: string, exp: string, secret: string): string {
  return createHmac('sha256', secret).update(`${purpose}\n${subject}\n${exp}`).digest('base64url')
}
