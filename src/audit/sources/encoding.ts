// Bytes to text, whatever wrote them: UTF-8, UTF-16 with or without its mark, GB18030 (what Chinese Excel
// saves as CSV), else windows-1252. The choice waits for the first byte that is not ASCII, so a name in
// the millionth row still decides rightly; what was chosen against expectation is said in `notes`.
import { isAscii, isUtf8 } from 'node:buffer'

/** What can be read. */
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'gb18030' | 'windows-1252'

/** Takes bytes by pieces of any size, gives text. */
export interface Decoder {
  /** Reads on; the text may lag behind the bytes by some kilobytes. */
  decode(bytes: Buffer): string
  /** Says that the bytes are over; answers the rest. */
  end(): string
}

/** Bytes that tell UTF-16 from the rest. */
const startBytes = 1024
/** Bytes from the first that is not ASCII, to tell UTF-8, GB18030 and windows-1252 apart. */
const windowBytes = 16_384
const nothing: Buffer = Buffer.alloc(0)
const byteOrderMark = '\uFEFF'

/**
 * Makes a decoder for one text.
 * @param name the input's name, for the notes
 * @param notes grows by a sentence when the text is not plain UTF-8, or is damaged
 */
export function createDecoder(name: string, notes: string[]): Decoder {
  let decodeSome: ((bytes: Buffer, ended: boolean) => string) | null = null
  let held: Buffer = nothing
  let started = false
  let first = true

  function choose(encoding: Encoding): void {
    const note = describeEncoding(name, encoding)
    if (note !== null) notes.push(note)
    decodeSome = encoding === 'utf-8' ? createUtf8(name, notes) : createForeign(encoding)
  }

  function decode(piece: Buffer, ended: boolean): string {
    if (decodeSome !== null) return decodeSome(piece, ended)
    let bytes = held.length === 0 ? piece : Buffer.concat([held, piece])
    held = nothing
    if (!started) {
      if (bytes.length < startBytes && !ended) {
        held = bytes
        return ''
      }
      started = true
      const marked = readMark(bytes) ?? readZeros(bytes.subarray(0, startBytes))
      if (marked !== null) {
        choose(marked)
        return decode(bytes, ended)
      }
    }
    const at = firstBeyondAscii(bytes)
    if (at === bytes.length) return bytes.toString('latin1')
    const plain = bytes.toString('latin1', 0, at)
    bytes = bytes.subarray(at)
    if (bytes.length < windowBytes && !ended) {
      held = bytes
      return plain
    }
    choose(readWindow(bytes.subarray(0, windowBytes)))
    return plain + decode(bytes, ended)
  }

  function withoutMark(text: string): string {
    if (!first || text === '') return text
    first = false
    return text.startsWith(byteOrderMark) ? text.slice(1) : text
  }

  return {
    decode: (bytes) => withoutMark(decode(bytes, false)),
    end: () => withoutMark(decode(nothing, true)),
  }
}

/** Whether the first bytes are those of UTF-16: the NULs in it are then no sign of a binary file. */
export function isUtf16(head: Buffer): boolean {
  const encoding = readMark(head) ?? readZeros(head.subarray(0, startBytes))
  return encoding === 'utf-16le' || encoding === 'utf-16be'
}

function describeEncoding(name: string, encoding: Encoding): string | null {
  switch (encoding) {
    case 'utf-8':
      return null
    case 'gb18030':
      return `${name} is GBK, not UTF-8: read as GB18030`
    case 'windows-1252':
      return `${name} is neither UTF-8 nor GBK: read as windows-1252`
    case 'utf-16le':
    case 'utf-16be':
      return `${name} is ${encoding.toUpperCase()}, not UTF-8: read as such`
  }
}

function readMark(bytes: Buffer): Encoding | null {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8'
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  return null
}

/** UTF-16 without its mark: URLs in it are NULs at every other place, and only there. */
function readZeros(bytes: Buffer): Encoding | null {
  let even = 0
  let odd = 0
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] !== 0) continue
    if (at % 2 === 0) even++
    else odd++
  }
  const many = bytes.length * 0.3
  if (odd > many && even === 0) return 'utf-16le'
  if (even > many && odd === 0) return 'utf-16be'
  return null
}

function firstBeyondAscii(bytes: Buffer): number {
  if (isAscii(bytes)) return bytes.length
  return bytes.findIndex((byte) => byte > 0x7f)
}

function readWindow(bytes: Buffer): Encoding {
  if (isUtf8(bytes.subarray(0, wholeUtf8(bytes)))) return 'utf-8'
  // A few broken characters in much good UTF-8 are damage, not another encoding: the lead bytes of GBK
  // and windows-1252 hardly ever stand before a byte that continues UTF-8.
  const text = bytes.toString('utf8')
  const lost = text.split('\uFFFD').length - 1
  const kept = text.match(/[^\0-\x7f\uFFFD]/g)?.length ?? 0
  if (kept >= lost * 4) return 'utf-8'
  return isGbk(bytes) ? 'gb18030' : 'windows-1252'
}

/**
 * Valid GB18030 whose characters are mostly the common ones, both of whose bytes are beyond ASCII. Without
 * the second condition the `ül` in "Müller" would pass for a Chinese character.
 */
function isGbk(bytes: Buffer): boolean {
  try {
    new TextDecoder('gb18030', { fatal: true }).decode(bytes, { stream: true })
  } catch {
    return false
  }
  let common = 0
  let rare = 0
  for (let at = 0; at + 1 < bytes.length; at++) {
    if ((bytes[at] ?? 0) < 0x80) continue
    if ((bytes[++at] ?? 0) > 0xa0) common++
    else rare++
  }
  return common > rare
}

/** How many of the bytes end with a whole character; a cut is safe before any byte that leads one. */
function wholeUtf8(bytes: Buffer): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte < 0x80) break
    if (byte < 0xc0) continue
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
    return needed > back ? bytes.length - back : bytes.length
  }
  return bytes.length
}

/** Much faster than a streaming TextDecoder, and the same text. */
function createUtf8(name: string, notes: string[]): (bytes: Buffer, ended: boolean) => string {
  let held: Buffer = nothing
  let damaged = false
  return (piece, ended) => {
    const bytes = held.length === 0 ? piece : Buffer.concat([held, piece])
    if (isAscii(bytes)) {
      held = nothing
      return bytes.toString('latin1')
    }
    const whole = ended ? bytes.length : wholeUtf8(bytes)
    // A copy, for the piece's memory may be used again.
    held = whole === bytes.length ? nothing : Buffer.from(bytes.subarray(whole))
    const text = bytes.toString('utf8', 0, whole)
    if (!damaged && text.includes('\uFFFD')) {
      damaged = true
      notes.push(`${name} has bytes that are not UTF-8: each shows as "\uFFFD"`)
    }
    return text
  }
}

function createForeign(encoding: Encoding): (bytes: Buffer, ended: boolean) => string {
  const decoder = new TextDecoder(encoding, { ignoreBOM: true })
  return (bytes, ended) => decoder.decode(bytes, { stream: !ended })
}
