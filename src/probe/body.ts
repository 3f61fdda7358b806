// Looks at the bytes of an answer: undoes a content coding within bounds, hashes, and reads type and size off the bytes.
import { hash } from 'node:crypto'
import {
  brotliDecompressSync,
  constants,
  gunzipSync,
  inflateRawSync,
  inflateSync,
  zstdDecompressSync,
} from 'node:zlib'
import { disableTypes, imageSize } from 'image-size'
import type { Body } from '../core/observation.ts'

// An SVG is a document that can carry scripts, not a photograph; it counts as no picture here. Of the others no
// browser shows any, and some are taken for found after two letters.
disableTypes(['svg', 'cur', 'dds', 'icns', 'j2c', 'jp2', 'ktx', 'pnm', 'psd', 'tga'])

const mimes: Readonly<Record<string, string>> = {
  jpg: 'image/jpeg',
  png: 'image/png',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  heic: 'image/heic',
  heix: 'image/heic',
  hevc: 'image/heic',
  hevx: 'image/heic',
  heif: 'image/heif',
  mif1: 'image/heif',
  msf1: 'image/heif',
  bmp: 'image/bmp',
  ico: 'image/x-icon',
  tiff: 'image/tiff',
  'jxl-stream': 'image/jxl',
  jxl: 'image/jxl',
}

const decoders: Readonly<
  Record<string, (bytes: Buffer, options: { maxOutputLength: number }) => Buffer>
> = {
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  // Old servers leave out the zlib head that the name stands for.
  deflate: (bytes, options) =>
    ((bytes[0] ?? 0) & 0x0f) === 8 ? inflateSync(bytes, options) : inflateRawSync(bytes, options),
  br: brotliDecompressSync,
  // A window of 8 MiB, as RFC 8878 recommends: a frame of nine bytes may ask for 128.
  zstd: (bytes, options) =>
    zstdDecompressSync(bytes, { ...options, params: { [constants.ZSTD_d_windowLogMax]: 23 } }),
}

/** Why a body cannot be looked at. */
export interface BodyFault {
  readonly failure: 'protocol' | 'too-large'
  readonly detail: string
}

/**
 * Undoes `Content-Encoding`. We ask for none, so one coding is the most that is accepted.
 * @param maxBytes largest result
 */
export function decodeBody(
  bytes: Buffer,
  coding: string | undefined,
  maxBytes: number,
): Buffer | BodyFault {
  const name = coding?.trim().toLowerCase() ?? ''
  if (name === '' || name === 'identity' || bytes.length === 0) return bytes
  const decoder = Object.hasOwn(decoders, name) ? decoders[name] : undefined
  if (decoder === undefined) {
    return { failure: 'protocol', detail: `Content-Encoding "${name.slice(0, 40)}" is not known.` }
  }
  try {
    return decoder(bytes, { maxOutputLength: maxBytes })
  } catch (error) {
    if (error instanceof RangeError) {
      return { failure: 'too-large', detail: `The body unpacks to more than ${maxBytes} bytes.` }
    }
    return { failure: 'protocol', detail: `The body is broken ${name}.` }
  }
}

/** What is in a body. Never throws, whatever the bytes. */
export function lookAtBody(bytes: Buffer): Body {
  const picture = measure(bytes)
  return {
    sha256: hash('sha256', bytes, 'hex'),
    mime: picture?.mime ?? null,
    width: picture?.width ?? null,
    height: picture?.height ?? null,
    text: picture === null ? bytes.toString('utf8', 0, 200) : null,
  }
}

/** How many bytes tell the size, by the first of them; more would only cost time. */
function windowOf(bytes: Buffer): number {
  switch (bytes[0]) {
    // PNG, RIFF (WebP), GIF, BM: in the header.
    case 0x89:
    case 0x52:
    case 0x47:
    case 0x42:
      return 64
    // TIFF: in a directory that may stand anywhere.
    case 0x49:
    case 0x4d:
      return bytes.length
    default:
      return bytes.toString('latin1', 4, 8) === 'JXL ' ? 1024 * 1024 : 32 * 1024
  }
}

/**
 * By the bytes alone. `image-size` reads JPEG byte by byte and HEIF in the square of its boxes, minutes for a crafted body,
 * and reads on behind the end of a view: hence our own reader of JPEG, the bound, and a copy in memory of its own.
 */
function measure(bytes: Buffer): { mime: string; width: number; height: number } | null {
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return measureJpeg(bytes)
  if (bytes[0] === 0x42 && !isBitmap(bytes)) return null
  // The shortest WebP header; of what is missing `image-size` makes zeros.
  if (bytes[0] === 0x52 && bytes.length < 25) return null
  try {
    const {
      type = '',
      width,
      height,
    } = imageSize(new Uint8Array(bytes.subarray(0, windowOf(bytes))))
    const mime = mimes[type]
    return mime === undefined || !(width > 0) || !(height > 0) ? null : { mime, width, height }
  } catch {
    // No picture that is known; the caller keeps the first characters instead.
    return null
  }
}

/** Goes from segment to segment to the frame header. */
function measureJpeg(bytes: Buffer): { mime: string; width: number; height: number } | null {
  let at = 2
  while (at + 9 <= bytes.length) {
    if (bytes[at] !== 0xff) {
      // Some cameras leave rubbish between segments.
      at = bytes.indexOf(0xff, at)
      if (at < 0) return null
      continue
    }
    const marker = bytes[at + 1] ?? 0
    if (marker === 0xff) {
      at++
    } else if (marker === 0 || marker === 1 || (marker >= 0xd0 && marker <= 0xd8)) {
      at += 2
    } else if (marker === 0xd9 || marker === 0xda) {
      return null
    } else if (
      marker >= 0xc0 &&
      marker <= 0xcf &&
      marker !== 0xc4 &&
      marker !== 0xc8 &&
      marker !== 0xcc
    ) {
      const height = bytes.readUInt16BE(at + 5)
      const width = bytes.readUInt16BE(at + 7)
      return width > 0 && height > 0 ? { mime: 'image/jpeg', width, height } : null
    } else {
      at += 2 + Math.max(2, bytes.readUInt16BE(at + 2))
    }
  }
  return null
}

/** `BM` begins many a sentence: the length of the second header tells. */
function isBitmap(bytes: Buffer): boolean {
  return bytes.length >= 26 && [12, 16, 40, 52, 56, 64, 108, 124].includes(bytes.readUInt32LE(14))
}
