// How the platform signs and seals what it pushes: SHA-1 over sorted parts; AES-256-CBC over sixteen random bytes, a length,
// the message and the appid, padded to blocks of 32 bytes. Pure.
import { createDecipheriv, hash, timingSafeEqual } from 'node:crypto'

const block = 32
const head = 20

/** Whether `signature` is that of these parts. Takes the same time whatever part of it is wrong. */
export function isSignedBy(signature: string, parts: readonly string[]): boolean {
  const due = Buffer.from(hash('sha1', parts.toSorted().join('')), 'latin1')
  const given = Buffer.from(signature, 'latin1')
  return given.length === due.length && timingSafeEqual(given, due)
}

/** Whether a text can be an EncodingAESKey. */
export function isAesKey(text: string): boolean {
  return /^[A-Za-z0-9]{43}$/.test(text)
}

/** The message in a sealed text; null when it was not sealed by this key for this app. To be signed before it is opened. */
export function open(sealed: string, aesKey: string, appid: string): string | null {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(sealed)) return null
  const bytes = Buffer.from(sealed, 'base64')
  if (bytes.length === 0 || bytes.length % block !== 0) return null
  const key = Buffer.from(`${aesKey}=`, 'base64')
  const decipher = createDecipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false)
  const whole = Buffer.concat([decipher.update(bytes), decipher.final()])
  const padding = whole.at(-1) ?? 0
  if (padding < 1 || padding > block) return null
  if (!whole.subarray(-padding).every((byte) => byte === padding)) return null
  const end = whole.length - padding
  const messageEnd = head + whole.readUInt32BE(16)
  if (messageEnd > end || whole.toString('utf8', messageEnd, end) !== appid) return null
  return whole.toString('utf8', head, messageEnd)
}
