// Takes strangers' bytes in: refuses what is no picture, decodes the rest once and encodes the pixels anew. Only pixels
// pass: metadata, further frames and whatever was hidden beside the picture stay behind.
import { createHash } from 'node:crypto'
import sharpPhash from 'sharp-phash'
import sharp from 'sharp'
import type { Refusal, RefusalCode, Taken } from './pictures.ts'
import { type RawFormat, rawMimes, sniff } from './sniff.ts'

/** Bytes of the largest picture that is taken in. */
export const mostBytes = 8 * 1024 * 1024
/** Pixels of the largest picture that is taken in. Of an animation the first frame counts: no other is decoded. */
export const mostPixels = 40_000_000
/** A picture with a shorter edge shows nothing. */
const shortestEdge = 2
/** What a JPEG can be at most. Two rows of 20 million pixels cost two gigabytes and show nothing. */
const longestEdge = 65_535
/** The stored picture fits into a square with this edge: twice the largest variant. */
const cleanEdge = 1280
/** Decoding what is within the limits takes seconds at the most; longer is an attack. */
const longestSeconds = 20

// The package is CommonJS; its types describe a module.
const phash = sharpPhash as unknown as typeof sharpPhash.default

type RawPixels = { width: number; height: number; channels: 3 | 4 }

/** A refusal, or null when bytes deserve a closer look. Costs nothing, so it needs no turn. */
export function refuse(bytes: Uint8Array): Refusal | null {
  if (bytes.byteLength === 0) return refused('picture-empty', 'There are no bytes.')
  if (bytes.byteLength > mostBytes) {
    const mb = (bytes.byteLength / 2 ** 20).toFixed(1)
    return refused('picture-too-large', `${mb} MiB are more than ${mostBytes / 2 ** 20} MiB.`)
  }
  if (sniff(bytes) === null) {
    return refused('picture-format', 'This is no JPEG, PNG, WebP, GIF, AVIF or HEIC.')
  }
  return null
}

/** Refuses or cleans bytes. Never rejects because of them. One decode and one encode at a time. */
export async function takeIn(bytes: Uint8Array): Promise<Taken | Refusal> {
  const format = sniff(bytes)
  const hasty = refuse(bytes)
  if (hasty !== null || format === null) return hasty ?? refused('picture-format', 'No picture.')
  try {
    return (await refuseByHeader(bytes, format)) ?? (await clean(bytes, format))
  } catch {
    // What libvips throws says that it could not read the bytes, in words of its own that change with its versions.
    return refused('picture-damaged', `This ${nameOf(format)} is cut off or damaged.`)
  }
}

/** Reads the header, no pixels. Rejects when there is none. */
async function refuseByHeader(bytes: Uint8Array, format: RawFormat): Promise<Refusal | null> {
  if (format === 'heic' && !readsHeic()) {
    return refused('picture-format', 'HEIC cannot be read here: libvips is built without it.')
  }
  // The limit is off to learn the size: it would be told as damage. Pixels are not touched.
  const seen = await sharp(bytes, { limitInputPixels: false }).metadata()
  const codec = format === 'avif' ? 'av1' : format === 'heic' ? 'hevc' : undefined
  if (seen.format !== (codec === undefined ? format : 'heif') || seen.compression !== codec) {
    return refused('picture-format', `This begins as ${nameOf(format)} and is something else.`)
  }
  const { width, height } = seen
  if (width < shortestEdge || height < shortestEdge) {
    return refused('picture-too-small', `${width} × ${height} pixels show nothing.`)
  }
  if (Math.max(width, height) > longestEdge) {
    return refused(
      'picture-too-many-pixels',
      `An edge of ${Math.max(width, height)} pixels is longer than ${longestEdge}.`,
    )
  }
  if (width * height > mostPixels) {
    return refused(
      'picture-too-many-pixels',
      `${width} × ${height} pixels are more than ${mostPixels / 1e6} million.`,
    )
  }
  return null
}

async function clean(bytes: Uint8Array, format: RawFormat): Promise<Taken> {
  const { data, info } = await sharp(bytes, { limitInputPixels: mostPixels, pages: 1 })
    .timeout({ seconds: longestSeconds })
    .autoOrient()
    .resize(cleanEdge, cleanEdge, { fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
  const { width, height } = info
  const raw: RawPixels = { width, height, channels: info.channels === 4 ? 4 : 3 }
  // The same settings and one thread give the same bytes for the same input, whoever takes it in and how often: the
  // name of a picture is the hash of these bytes, so people who share a picture share one copy.
  const cleaned = await sharp(data, { raw })
    .webp({ quality: 90, effort: 4, smartSubsample: true })
    .toBuffer()
  return {
    kind: 'taken',
    facts: {
      sha256: sha256Of(cleaned),
      rawSha256: sha256Of(bytes),
      phash: await phashOf(data, raw),
      bytes: cleaned.length,
      width,
      height,
      rawMime: rawMimes[format],
    },
    clean: cleaned,
  }
}

/** sharp-phash reads a byte a pixel: transparency, which would be a second, is laid on white first. */
async function phashOf(data: Buffer, raw: RawPixels): Promise<string> {
  const opaque =
    raw.channels === 4
      ? await sharp(data, { raw }).flatten({ background: '#fff' }).raw().toBuffer()
      : data
  const bits = await phash(opaque, { raw: { ...raw, channels: 3 } })
  return BigInt(`0b${bits}`).toString(16).padStart(16, '0')
}

/** SHA-256, lower-case hex. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function readsHeic(): boolean {
  return sharp.format.heif.input.fileSuffix?.includes('.heic') === true
}

function nameOf(format: RawFormat): string {
  return format === 'webp' ? 'WebP' : format.toUpperCase()
}

function refused(code: RefusalCode, detail: string): Refusal {
  return { kind: 'refused', code, detail }
}
