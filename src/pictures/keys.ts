// Under which keys a picture's bytes lie: everything of one picture side by side, so that whoever removes it finds all of
// it, and in 65,536 folders, so that none grows long.
import type { VariantFormat, VariantSize } from './pictures.ts'

const root = 'pictures/'
const shaPattern = /^[0-9a-f]{64}$/
const keyPattern = /^pictures\/[0-9a-f]{2}\/[0-9a-f]{2}\/([0-9a-f]{64})\.[a-z0-9.]+$/

/** Whether a text is the name of a picture: SHA-256 in lower-case hex. */
export function isSha256(text: string): boolean {
  return shaPattern.test(text)
}

/** With what all keys of pictures begin. */
export const everyPicture = root

/** With what all keys of one picture begin. */
export function prefixOf(sha256: string): string {
  return `${root}${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${sha256}.`
}

/** Where the cleaned bytes lie. */
export function cleanKey(sha256: string): string {
  return `${prefixOf(sha256)}clean.webp`
}

/** Where a variant lies. */
export function variantKey(sha256: string, size: VariantSize, format: VariantFormat): string {
  return `${prefixOf(sha256)}${size}.${format}`
}

/** After all keys of one picture and before those of the next. */
export function afterAll(sha256: string): string {
  return `${prefixOf(sha256)}~`
}

/** The picture that a key belongs to; null for what is none of ours. */
export function pictureOf(key: string): string | null {
  const sha256 = keyPattern.exec(key)?.[1]
  return sha256 !== undefined && key.startsWith(prefixOf(sha256)) ? sha256 : null
}
