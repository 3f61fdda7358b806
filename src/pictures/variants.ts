// Variants: from memory, from the store, or encoded now. However many wait for one, it is made once.
import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Blobs } from './blobs.ts'
import { encodeVariant, isWhole, variantMimes } from './encode.ts'
import type { Gate } from './gate.ts'
import { drawInitials, rasterize } from './initials.ts'
import { sha256Of } from './intake.ts'
import { cleanKey, isSha256, prefixOf, variantKey } from './keys.ts'
import {
  type NoVariant,
  type Pictures,
  type Variant,
  type VariantFormat,
  type VariantSize,
  variantFormats,
  variantSizes,
} from './pictures.ts'

/** Makes and remembers variants; the part of `Pictures` that is about them. */
export type Variants = Pick<Pictures, 'variant' | 'ready' | 'initials' | 'remove'>

/** What a variant costs in memory beside its bytes. */
const overheadBytes = 400

/** @param options `cacheBytes` of variants stay in memory, the latest used; 0 for none */
export function createVariants(options: {
  blobs: Blobs
  gate: Gate
  cacheBytes: number
}): Variants {
  const { blobs, gate, cacheBytes } = options
  const memory = new LRUCache<string, Variant>({
    maxSize: Math.max(1, Math.floor(cacheBytes)),
    sizeCalculation: ({ bytes }) => bytes.length + overheadBytes,
  })
  const flights = new Map<string, Promise<Variant | NoVariant>>()
  /** Pictures that are being removed, and by how many: they are missing already. */
  const removing = new Map<string, number>()

  /** The one that is on its way, or a new one. What comes of it is remembered. */
  function once(
    key: string,
    make: () => Promise<Variant | NoVariant>,
  ): Promise<Variant | NoVariant> {
    const flying = flights.get(key)
    if (flying !== undefined) return flying
    const flight = make()
      .then((made) => {
        if (made.kind === 'variant') memory.set(key, made)
        return made
      })
      .finally(() => flights.delete(key))
    flights.set(key, flight)
    return flight
  }

  async function stored(
    sha256: string,
    size: VariantSize,
    format: VariantFormat,
  ): Promise<Variant | NoVariant> {
    const key = variantKey(sha256, size, format)
    const bytes = await blobs.get(key)
    if (bytes !== null && isWhole(bytes, format)) return variantOf(bytes, format)
    const clean = await blobs.get(cleanKey(sha256))
    // A name is a hash: bytes that a failing disk has changed are not shown, and not made into variants.
    if (clean === null || sha256Of(clean) !== sha256) return { kind: 'missing' }
    const encoded = await gate.tryRun(() => encodeVariant(clean, size, format))
    if (encoded === null) return { kind: 'busy' }
    await blobs.put(key, encoded, { lasting: false })
    // Another process may have removed the picture meanwhile. It removes the picture first and then looks for variants,
    // so either it finds this one or we find the picture gone.
    if (await blobs.has(cleanKey(sha256))) return variantOf(encoded, format)
    await blobs.delete(key)
    return { kind: 'missing' }
  }

  return {
    async variant(sha256, size, format) {
      if (!isSha256(sha256) || removing.has(sha256)) return { kind: 'missing' }
      const key = variantKey(sha256, size, format)
      return memory.get(key) ?? once(key, () => stored(sha256, size, format))
    },
    ready(sha256, size, format) {
      return memory.get(variantKey(sha256, size, format)) ?? null
    },
    async initials(face, size, format) {
      const drawing = drawInitials(face)
      // Faces that look the same are the same: the key is what is drawn, not for whom.
      const key = `${sha256Of(Buffer.from(drawing))}.${size}.${format}`
      const known = memory.get(key)
      if (known !== undefined) return known
      return once(key, async () => {
        const encoded = await gate.tryRun(() => rasterize(drawing, size, format))
        return encoded === null ? { kind: 'busy' } : variantOf(encoded, format)
      })
    },
    async remove(sha256) {
      if (!isSha256(sha256)) return
      removing.set(sha256, (removing.get(sha256) ?? 0) + 1)
      const all = variantSizes.flatMap((size) =>
        variantFormats.map((format) => variantKey(sha256, size, format)),
      )
      try {
        for (const key of all) memory.delete(key)
        await Promise.allSettled(all.map(async (key) => flights.get(key)))
        for (const key of all) memory.delete(key)
        await blobs.delete(cleanKey(sha256))
        for await (const { key } of blobs.list(prefixOf(sha256))) await blobs.delete(key)
      } finally {
        const others = (removing.get(sha256) ?? 1) - 1
        if (others === 0) removing.delete(sha256)
        else removing.set(sha256, others)
      }
    },
  }
}

function variantOf(bytes: Buffer, format: VariantFormat): Variant {
  const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 22)
  return { kind: 'variant', bytes, mime: variantMimes[format], etag: `"${hash}"` }
}
