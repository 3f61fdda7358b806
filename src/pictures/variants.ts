// Variants: from memory, from the store, or encoded now. However many wait for one, it is made once.
import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { EverfaceError } from '../errors.ts'
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

/** A variant in memory. */
interface Entry {
  readonly variant: Variant
  /** Until when its picture is believed to be stored, milliseconds UTC; Infinity when it is of no picture. */
  readonly until: number
}

/** What a variant costs in memory beside its bytes. */
const overheadBytes = 400
/** After so long the store is asked again whether a picture in memory is still there: another process may have removed it. */
const trustMs = 5 * 60_000

/**
 * @param options `cacheBytes` of variants stay in memory, the latest used, 0 for none; `now` is milliseconds UTC; whoever
 *   asks for what is in memory waits at most `patienceMs` for a slow store
 */
export function createVariants(options: {
  blobs: Blobs
  gate: Gate
  cacheBytes: number
  now: () => number
  patienceMs: number
}): Variants {
  const { blobs, gate, cacheBytes, now, patienceMs } = options
  const memory = new LRUCache<string, Entry>({
    maxSize: Math.max(1, Math.floor(cacheBytes)),
    sizeCalculation: ({ variant }) => variant.bytes.length + overheadBytes,
  })
  const flights = new Map<string, Promise<Variant | NoVariant>>()
  /** Pictures that are being removed, and by how many: they are missing already. */
  const removing = new Map<string, number>()

  /** The one that is on its way, or a new one. What comes of it is remembered. */
  function once(
    key: string,
    make: () => Promise<Variant | NoVariant>,
    ofPicture = true,
  ): Promise<Variant | NoVariant> {
    const flying = flights.get(key)
    if (flying !== undefined) return flying
    const flight = make()
      .then((made) => {
        if (made.kind === 'variant') {
          memory.set(key, { variant: made, until: ofPicture ? now() + trustMs : Infinity })
        } else if (made.kind === 'missing') {
          memory.delete(key)
        }
        return made
      })
      .finally(() => flights.delete(key))
    flights.set(key, flight)
    return flight
  }

  /** The variant in memory, unless it is time to ask for its picture, or the clock was set back. */
  function believed(entry: Entry | undefined): Variant | null {
    if (entry === undefined) return null
    const leftMs = entry.until - now()
    return entry.until === Infinity || (leftMs > 0 && leftMs <= trustMs) ? entry.variant : null
  }

  /** What was in memory for long: still shown when the store is away, and no more when its picture is gone. */
  async function stillThere(sha256: string, variant: Variant): Promise<Variant | NoVariant> {
    try {
      return (await blobs.has(cleanKey(sha256))) ? variant : { kind: 'missing' }
    } catch (error) {
      if (error instanceof EverfaceError) return variant
      throw error
    }
  }

  async function patiently(
    answer: Promise<Variant | NoVariant>,
    meanwhile: Variant,
  ): Promise<Variant | NoVariant> {
    const late = Promise.withResolvers<Variant>()
    const timer = setTimeout(() => late.resolve(meanwhile), patienceMs)
    try {
      return await Promise.race([answer, late.promise])
    } finally {
      clearTimeout(timer)
    }
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
    try {
      await blobs.put(key, encoded, { lasting: false })
    } catch (error) {
      // The disk is full, say: what can be shown is shown, and stored another time.
      if (!(error instanceof EverfaceError)) throw error
    }
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
      const known = memory.get(key)
      if (known === undefined) return once(key, () => stored(sha256, size, format))
      const { variant } = known
      return (
        believed(known) ??
        patiently(
          once(key, () => stillThere(sha256, variant)),
          variant,
        )
      )
    },
    ready(sha256, size, format) {
      return believed(memory.get(variantKey(sha256, size, format)))
    },
    async initials(face, size, format) {
      const drawing = drawInitials(face)
      // Faces that look the same are the same: the key is what is drawn, not for whom.
      const key = `${sha256Of(Buffer.from(drawing))}.${size}.${format}`
      const draw = async (): Promise<Variant | NoVariant> => {
        const encoded = await gate.tryRun(() => rasterize(drawing, size, format))
        return encoded === null ? { kind: 'busy' } : variantOf(encoded, format)
      }
      return believed(memory.get(key)) ?? once(key, draw, false)
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
