// Page tokens: what an app's server puts into a page so that the page may speak for one subject, or send hints, for a
// short while. Pure functions of a secret that the app and the service share; nothing is stored and nothing asked.
import { createHmac, timingSafeEqual } from 'node:crypto'

/** What a page may do with its token. */
export interface PageToken {
  /** The one subject that the page may ask about; null for a token that is good for hints alone. */
  readonly subject: string | null
  /** Milliseconds UTC; counted in whole seconds. */
  readonly expiresAt: number
}

/** What became of reading a token. */
export type PageTokenReading =
  | ({ readonly kind: 'valid' } & PageToken)
  | ({ readonly kind: 'expired' } & PageToken)
  | { readonly kind: 'forged' }

/** Separates these signatures from all others that are made with the same secret. */
const purpose = 'everface page token 1'
/** A subject of 128 characters makes 171; the rest is a date and a signature. */
const longest = 256
const grammar = /^ept_([A-Za-z0-9_-]{0,171})\.([0-9a-z]{1,9})\.([A-Za-z0-9_-]{43})$/

/**
 * Mints a token: `ept_`, the subject, the second it ends, and an HMAC-SHA256 over both. The same values make the same
 * token.
 */
export function mintPageToken({ subject, expiresAt }: PageToken, secret: string): string {
  const name = subject === null ? '' : Buffer.from(subject).toString('base64url')
  const end = Math.floor(expiresAt / 1000).toString(36)
  return `ept_${name}.${end}.${sign(name, end, secret)}`
}

/**
 * Reads a token. `secrets` are tried in order: the one in force, then former ones. A text that is no token at all is
 * `forged` as well. Takes the same time whatever part of a signature is wrong.
 */
export function readPageToken(
  token: string,
  secrets: readonly string[],
  now: number,
): PageTokenReading {
  const found = token.length > longest ? null : grammar.exec(token)
  if (found === null) return { kind: 'forged' }
  const [, name = '', end = '', signature = ''] = found
  // The texts are compared, not their bytes: 43 characters carry two bits more than a hash has.
  const given = Buffer.from(signature, 'latin1')
  let good = false
  for (const secret of secrets) {
    good = timingSafeEqual(Buffer.from(sign(name, end, secret), 'latin1'), given) || good
  }
  if (!good) return { kind: 'forged' }
  const subject = name === '' ? null : Buffer.from(name, 'base64url').toString()
  const expiresAt = Number.parseInt(end, 36) * 1000
  return { kind: now < expiresAt ? 'valid' : 'expired', subject, expiresAt }
}

function sign(name: string, end: string, secret: string): string {
  return createHmac('sha256', secret).update(`${purpose}\n${name}\n${end}`).digest('base64url')
}
