// Seals texts that must not lie open in a database, such as refresh tokens: AES-256-GCM, a key for each secret. The sealed
// text names its key, so that a secret can be changed while texts sealed under the former one are still about.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { EverfaceError } from '../errors.ts'

/** Seals and opens texts. */
export interface Sealer {
  /**
   * Seals under the present secret; no two seals are alike.
   * @param context whom or what the text belongs to; it opens only with the same
   */
  seal(plain: string, context: string): string
  /** Throws `secret-wrong` when no secret fits, the context is another one, or anything was altered. */
  open(sealed: string, context: string): string
  /** Whether a former secret sealed this: then it is to be sealed anew. */
  isOld(sealed: string): boolean
}

interface Key {
  readonly id: string
  readonly bytes: Buffer
}

const version = 'ef1'
const cipher = 'aes-256-gcm'
const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16
const idBytes = 6
const pattern = /^ef1\.([\w-]{8})\.([\w-]+)$/

/**
 * @param secret a text of high entropy, such as 32 random bytes in base64: it is spread, not made slow to guess
 * @param oldSecrets former secrets that may still open
 */
export function createSealer({
  secret,
  oldSecrets = [],
}: {
  secret: string
  oldSecrets?: readonly string[]
}): Sealer {
  const current = deriveKey(secret)
  // Of equal names, which chance does not bring about, the present key comes first.
  const keys = [current, ...oldSecrets.map(deriveKey)]

  return {
    seal(plain, context) {
      const nonce = randomBytes(nonceBytes)
      const encryption = createCipheriv(cipher, current.bytes, nonce, { authTagLength: tagBytes })
      encryption.setAAD(boundTo(current, context))
      const parts = [nonce, encryption.update(plain, 'utf8'), encryption.final()]
      const body = Buffer.concat([...parts, encryption.getAuthTag()])
      return `${version}.${current.id}.${body.toString('base64url')}`
    },

    open(sealed, context) {
      const [, id, text] = pattern.exec(sealed) ?? []
      if (id === undefined || text === undefined) throw wrong('it is not a sealed text')
      const body = Buffer.from(text, 'base64url')
      const fitting = keys.filter((key) => key.id === id)
      if (fitting.length === 0) throw wrong(`none of the secrets made key ${id}`)
      // One text has one spelling: base64 would pass over stray bits and characters.
      if (body.length < nonceBytes + tagBytes || body.toString('base64url') !== text) {
        throw wrong('it was altered')
      }
      for (const key of fitting) {
        const plain = decrypt(key, body, context)
        if (plain !== null) return plain
      }
      throw wrong('it was altered, or belongs to something else')
    },

    isOld(sealed) {
      return pattern.exec(sealed)?.[1] !== current.id
    },
  }
}

function decrypt(key: Key, body: Buffer, context: string): string | null {
  const nonce = body.subarray(0, nonceBytes)
  const decryption = createDecipheriv(cipher, key.bytes, nonce, { authTagLength: tagBytes })
  decryption.setAAD(boundTo(key, context))
  decryption.setAuthTag(body.subarray(-tagBytes))
  const plain = decryption.update(body.subarray(nonceBytes, -tagBytes))
  try {
    return Buffer.concat([plain, decryption.final()]).toString('utf8')
  } catch {
    return null
  }
}

/** What a seal vouches for besides the text: its form, its key and its context. */
function boundTo(key: Key, context: string): Buffer {
  return Buffer.from(`${version}.${key.id}.${context}`, 'utf8')
}

function deriveKey(secret: string): Key {
  if (secret === '') throw new Error('a secret must not be empty')
  const derive = (purpose: string, bytes: number): Buffer =>
    Buffer.from(hkdfSync('sha256', secret, '', `everface ${version} ${purpose}`, bytes))
  return {
    id: derive('key name', idBytes).toString('base64url'),
    bytes: derive('seal', keyBytes),
  }
}

function wrong(reason: string): EverfaceError {
  return new EverfaceError('secret-wrong', `A sealed text cannot be opened: ${reason}.`)
}
