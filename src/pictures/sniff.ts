// What bytes are, by their first bytes alone: never by a name or a header that somebody sent with them.

/** Formats that are taken in. */
export type RawFormat = 'jpeg' | 'png' | 'webp' | 'gif' | 'avif' | 'heic'

/** Media types of the formats that are taken in. */
export const rawMimes: Readonly<Record<RawFormat, string>> = {
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  gif: 'image/gif',
  avif: 'image/avif',
  heic: 'image/heic',
}

/** libvips looks for SVG in the first 1,000 bytes of a text. */
const svgWithin = 1_024
/** More brands than these a picture does not name. */
const mostBrands = 32

const avifBrands = new Set(['avif', 'avis'])
const heicBrands = new Set(['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx'])

/** The format that the first bytes are the signature of, or null. */
export function sniff(bytes: Uint8Array): RawFormat | null {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, svgWithin))
  // No text begins with these two, so no other loader of libvips takes such bytes for its own.
  if (head.length >= 3 && head.readUIntBE(0, 3) === 0xff_d8_ff) return 'jpeg'
  if (head.length >= 8 && head.readBigUInt64BE(0) === 0x89_50_4e_47_0d_0a_1a_0an) return 'png'
  // The others can be spelt in letters, and what can be spelt in letters can be an SVG too.
  const text = head.toString('latin1')
  const format = spelt(text)
  return format !== null && /<svg|<!doctype|<\?xml/i.test(text) ? null : format
}

function spelt(text: string): RawFormat | null {
  if (text.startsWith('GIF87a') || text.startsWith('GIF89a')) return 'gif'
  if (text.startsWith('RIFF') && /^WEBPVP8[ LX]/.test(text.slice(8, 16))) return 'webp'
  return text.startsWith('ftyp', 4) ? brandedAs(text) : null
}

/** ISO/IEC 14496-12 §4.3: a box names its major brand, a version, and the brands it is compatible with. */
function brandedAs(text: string): RawFormat | null {
  const size = Buffer.from(text.slice(0, 4), 'latin1').readUInt32BE(0)
  if (size < 16 || size % 4 !== 0 || size > 16 + 4 * mostBrands || size > text.length) return null
  const brands = [text.slice(8, 12)]
  for (let at = 16; at < size; at += 4) brands.push(text.slice(at, at + 4))
  if (brands.some((brand) => avifBrands.has(brand))) return 'avif'
  if (brands.some((brand) => heicBrands.has(brand))) return 'heic'
  return null
}
