// HMAC-SHA256 by WebCrypto, which every runtime with `fetch` has, and the Base64 that goes with it.

const algorithm = { name: 'HMAC', hash: 'SHA-256' } as const

/** Bytes that WebCrypto takes. */
export type Bytes = Uint8Array<ArrayBuffer>

type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>

/** Signs text with one secret; the key is imported once. */
export type Signer = (text: string) => Promise<string>

/** Makes a signer whose signatures are Base64 for URLs. */
export function createSigner(secret: string): Signer {
  let key: Promise<Key> | null = null
  return async (text) => {
    key ??= importKey(new TextEncoder().encode(secret), 'sign')
    const bytes = await crypto.subtle.sign(algorithm, await key, new TextEncoder().encode(text))
    return toBase64Url(new Uint8Array(bytes))
  }
}

/** Whether a signature is that of the bytes. WebCrypto compares in constant time. */
export async function isSigned(secret: Bytes, signature: Bytes, bytes: Bytes): Promise<boolean> {
  return crypto.subtle.verify(algorithm, await importKey(secret, 'verify'), signature, bytes)
}

/** Base64 for URLs, without padding. */
export function toBase64Url(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** Bytes of ordinary Base64; null for anything else. */
export function fromBase64(text: string): Bytes | null {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return null
  return Uint8Array.from(atob(text), (one) => one.charCodeAt(0))
}

function importKey(secret: Bytes, usage: 'sign' | 'verify'): Promise<Key> {
  return crypto.subtle.importKey('raw', secret, algorithm, false, [usage])
}
