// How a pushed message is signed and encrypted: SHA-1 over sorted parts, AES-256-CBC over 16 random
// characters, the length, the message and the appid. Pure; what is random comes in as an argument.
import { createCipheriv, hash } from 'node:crypto'

/** Whether a text can be an EncodingAESKey: 43 letters and digits. */
export function isAesKey(text: string): boolean {
  return /^[A-Za-z0-9]{43}$/.test(text)
}

/** The signature over any number of parts: sorted, joined, SHA-1 as hexadecimal digits. */
export function sign(...parts: readonly string[]): string {
  return hash('sha1', parts.toSorted(byBytes).join(''))
}

/** A message as base64, encrypted for the app whose id it ends with. `salt` is 16 ASCII characters. */
export function encrypt(message: string, aesKey: string, appid: string, salt: string): string {
  const key = Buffer.from(`${aesKey}=`, 'base64')
  const bytes = Buffer.from(message)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  const whole = Buffer.concat([Buffer.from(salt, 'latin1'), length, bytes, Buffer.from(appid)])
  // Blocks of 32 bytes where AES has 16, so the cipher's own padding would not do.
  const missing = 32 - (whole.length % 32)
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false)
  const padded = Buffer.concat([whole, Buffer.alloc(missing, missing)])
  return Buffer.concat([cipher.update(padded), cipher.final()]).toString('base64')
}

function byBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}
