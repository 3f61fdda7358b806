// Where bytes lie: a folder or an S3-compatible store. Whoever keeps the promises of contract.ts may be a third one.

/** Bytes by key. For keys see `isKey`. Every method but `name` rejects with `blobs-unreachable` when the store fails. */
export interface Blobs {
  /** For people, without secrets: `folder ./everface-data/blobs`. */
  readonly name: string
  /**
   * Stores whole or not at all: when this resolves, the bytes are safe. Storing the same key again replaces. What can be
   * made again need not be `lasting`: that is cheaper, and a power cut may take it or leave a part of it.
   */
  put(key: string, bytes: Uint8Array, options?: { lasting?: boolean }): Promise<void>
  /** The bytes, or null when there are none under this key. */
  get(key: string): Promise<Buffer | null>
  /** Whether there are bytes under this key. */
  has(key: string): Promise<boolean>
  /** Removes; nothing happens when there is nothing. */
  delete(key: string): Promise<void>
  /** What has keys with this prefix, in ascending order of their characters, after `after` where given. */
  list(prefix: string, after?: string): AsyncIterable<BlobEntry>
  /** Rejects with `blobs-unreachable` when bytes could neither be read nor written now. */
  ping(): Promise<void>
}

/** One line of a listing. */
export interface BlobEntry {
  readonly key: string
  /** When the bytes were stored last: milliseconds since 1970, UTC, by the clock of the store. */
  readonly modifiedAt: number
}

const segmentPattern = /^[a-z0-9_-][a-z0-9._-]{0,199}$/
const longestKey = 512

/**
 * Whether a text is a key: segments of `a-z0-9._-` that do not begin with a dot, joined by `/`, 512 characters at the
 * most. Such a key cannot leave the place it is looked for in. No key may be a folder of another: `a` forbids `a/b`.
 */
export function isKey(text: string): boolean {
  return text.length <= longestKey && text.split('/').every((one) => segmentPattern.test(one))
}

/** The key itself. Throws for anything else: keys are made by us, so that is a bug. */
export function asKey(text: string): string {
  if (!isKey(text)) throw new TypeError(`Not a key of blobs: ${JSON.stringify(text.slice(0, 200))}`)
  return text
}
