// Pictures as the service sees them: bytes are taken in and cleaned, kept by content, shown in variants.

/** What is known of a picture that was taken in. */
export interface PictureFacts {
  /** SHA-256 of the cleaned bytes that are stored, lower-case hex: the picture's name. */
  readonly sha256: string
  /** SHA-256 of the bytes as they came: what placeholders and changes are recognised by. */
  readonly rawSha256: string
  /** Perceptual hash, 16 hex digits: the same picture re-encoded has nearly the same. */
  readonly phash: string
  /** Stored bytes. */
  readonly bytes: number
  /** Pixels of the stored picture. */
  readonly width: number
  readonly height: number
  /** Media type of the bytes as they came. */
  readonly rawMime: string
}

/** Why bytes were not taken in. Codes are stable; the HTTP interface hands them out. */
export type RefusalCode =
  | 'picture-empty'
  | 'picture-too-large'
  | 'picture-too-many-pixels'
  | 'picture-too-small'
  | 'picture-format'
  | 'picture-damaged'

/** Bytes that were not taken in. */
export interface Refusal {
  readonly kind: 'refused'
  readonly code: RefusalCode
  /** One sentence for people. */
  readonly detail: string
}

/** Bytes that were taken in and are not yet stored. */
export interface Taken {
  readonly kind: 'taken'
  readonly facts: PictureFacts
  /** Cleaned bytes. */
  readonly clean: Buffer
}

/** Cleaned bytes under their name. */
export interface Kept {
  readonly facts: Pick<PictureFacts, 'sha256'>
  readonly clean: Buffer
}

/** Formats that variants are made in. */
export const variantFormats = ['webp', 'avif', 'jpg', 'png'] as const
export type VariantFormat = (typeof variantFormats)[number]

/** Edges in pixels that variants are made in; pictures are square. */
export const variantSizes = [46, 64, 96, 132, 264, 640] as const
export type VariantSize = (typeof variantSizes)[number]

/** A resized, re-encoded form of a picture. */
export interface Variant {
  readonly kind: 'variant'
  readonly bytes: Buffer
  /** `image/webp` … */
  readonly mime: string
  /** Strong entity tag, quotes included. */
  readonly etag: string
}

/** How asking for a variant ended without one: no such picture, or too many wait already. */
export type NoVariant = { readonly kind: 'missing' } | { readonly kind: 'busy' }

/** Whom an initials face is made for. */
export interface FaceOf {
  /** Decides the colour. */
  readonly subject: string
  /** Whatever people call themselves; null or blank gives a figure without a name. */
  readonly name: string | null
}

/** One line of a listing of what is stored. */
export interface ListedPicture {
  readonly sha256: string
  /** When its newest bytes, variants included, were stored: milliseconds since 1970, UTC, by the clock of the store. */
  readonly storedAt: number
}

/** Keeps pictures. Whatever touches the store rejects with `blobs-unreachable` when the store fails. */
export interface Pictures {
  /**
   * Looks at bytes, refuses or cleans them. Stores nothing. Never rejects because of the bytes. Waits for its turn
   * however many wait: who calls bounds how many bytes are open at once.
   */
  take(bytes: Uint8Array): Promise<Taken | Refusal>
  /** Stores cleaned bytes; when this resolves they are safe. */
  keep(taken: Kept): Promise<void>
  /** The stored bytes of a picture, or null when there are none. */
  original(sha256: string): Promise<Buffer | null>
  /** A variant: from memory, from the store, or encoded now (once for all that wait). */
  variant(sha256: string, size: VariantSize, format: VariantFormat): Promise<Variant | NoVariant>
  /** A variant that is in memory, without waiting; null when the store must be asked, be it only whether it is still there. */
  ready(sha256: string, size: VariantSize, format: VariantFormat): Variant | null
  /** An initials face as pixels, under the same bound as variants; in memory only. Never `missing`. */
  initials(face: FaceOf, size: VariantSize, format: VariantFormat): Promise<Variant | NoVariant>
  /** Removes a picture and all its variants, from memory too. */
  remove(sha256: string): Promise<void>
  /** Whether the stored bytes of a picture are there. */
  has(sha256: string): Promise<boolean>
  /** When the newest bytes of a picture were stored; null when there are none, not even a variant. */
  storedAt(sha256: string): Promise<number | null>
  /** What of pictures is stored, if only a variant, in ascending order of names, after `after` where given. */
  list(after?: string): AsyncIterable<ListedPicture>
  /**
   * Runs `work` while nobody else holds this picture in this process, so that storing and removing the same bytes do
   * not cross. To be held by the name under which it is stored: different raw bytes may clean to the same.
   */
  hold<T>(sha256: string, work: () => Promise<T>): Promise<T>
  /** Rejects with `blobs-unreachable` when the store fails. */
  ping(): Promise<void>
}
