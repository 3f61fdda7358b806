// Looks at the bytes of an answer: undoes a content coding within bounds, hashes, and reads type and size off the bytes.
import { hash } from 'node:crypto'
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib'
import { disableTypes, imageSize } from 'image-size'
import type { Body } from '../core/observation.ts'

// An SVG is a document that can carry scripts, not a photograph; it counts as no picture here.
disableTypes(['svg'])

const mimes: Readonly<Record<string, string>> = {
  jpg: 'image/jpeg',
  png: 'image/png',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  heic: 'image/heic',
  heif: 'image/heif',
  bmp: 'image/bmp',
  ico: 'image/x-icon',
  tiff: 'image/tiff',
  'jxl-stream': 'image/jxl',
  jxl: 'image/jxl',
}

const decoders: Readonly<Record<string, (bytes: Buffer, options: { maxOutputLength: number }) => Buffer>> = {
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
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
export function decodeBody(bytes: Buffer, coding: string | undefined, maxBytes: number): Buffer | BodyFault {
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

function measure(bytes: Buffer): { mime: string; width: number; height: number } | null {
  try {
    const { type = '', width, height } = imageSize(bytes)
    const mime = mimes[type]
    return mime === undefined || !(width > 0) || !(height > 0) ? null : { mime, width, height }
  } catch {
    // No picture that is known; the caller keeps the first characters instead.
    return null
  }
}
