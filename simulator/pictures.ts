// The bytes that the platform serves: faces in every size, the grey "cannot be viewed" picture of exactly
// 5093 bytes, QQ's stand-in of 1512 bytes, and the grey default user. Drawn when first asked for.
import { crc32 } from 'node:zlib'

import sharp from 'sharp'

import { drawFace, faceCount } from './faces.ts'
import { brokenSvg, defaultUserSvg, penguinSvg } from './placeholders.ts'

/** Prepared bytes and what they are. */
export interface Picture {
  readonly type: 'image/jpeg' | 'image/png'
  readonly bytes: Buffer
}

/** Everything that can be served. */
export interface Pictures {
  /** How many different faces there are. */
  readonly faces: number
  /** What WeChat shows in place of a dead picture: "cannot be viewed for now". */
  readonly cannotBeViewed: Picture
  /** What QQ shows where it has no picture of that size. */
  readonly missing: Picture
  /** A face at a width in pixels: at once when it was drawn before. */
  face(face: number, pixels: number): Picture | Promise<Picture>
  /** The grey default user at a width in pixels. */
  defaultUser(pixels: number): Picture | Promise<Picture>
}

/** How many bytes `own` adds to a picture. */
export const ownBytes = 12

/** Draws what every simulator needs; faces follow on demand. */
export async function createPictures(): Promise<Pictures> {
  const drawn = new Map<string, Picture | Promise<Picture>>()
  const [cannotBeViewed, missing] = await Promise.all([drawCannotBeViewed(), drawMissing()])

  function remember(key: string, draw: () => Promise<Buffer>): Picture | Promise<Picture> {
    const known = drawn.get(key)
    if (known !== undefined) return known
    const drawing = draw().then((bytes): Picture => {
      const picture: Picture = { type: 'image/jpeg', bytes }
      drawn.set(key, picture)
      return picture
    })
    drawn.set(key, drawing)
    return drawing
  }

  return {
    faces: faceCount,
    cannotBeViewed,
    missing,
    face: (face, pixels) => remember(`${face} ${pixels}`, () => drawJpeg(drawFace(face), pixels)),
    defaultUser: (pixels) => remember(`default ${pixels}`, () => drawJpeg(defaultUserSvg, pixels)),
  }
}

/**
 * A JPEG made somebody's own: looks the same, but its bytes differ from everybody else's, by a comment
 * behind the first marker. Two people with one drawing must not look like a placeholder that many share.
 */
export function own(jpeg: Buffer, a: number, b: number): Buffer {
  const bytes = Buffer.allocUnsafe(jpeg.length + ownBytes)
  jpeg.copy(bytes, 0, 0, 2)
  bytes.writeUInt32BE(0xfffe000a, 2)
  bytes.writeUInt32BE(a >>> 0, 6)
  bytes.writeUInt32BE(b >>> 0, 10)
  jpeg.copy(bytes, 2 + ownBytes, 2)
  return bytes
}

function drawJpeg(svg: string, pixels: number): Promise<Buffer> {
  return sharp(Buffer.from(svg), { density: Math.max(72, (72 * pixels) / 200) })
    .resize(pixels, pixels)
    .flatten({ background: '#ffffff' })
    .jpeg({ quality: 84 })
    .toBuffer()
}

async function drawCannotBeViewed(): Promise<Picture> {
  const png = await sharp(Buffer.from(brokenSvg))
    .resize(132, 132)
    .png({ palette: true, colours: 16, compressionLevel: 9 })
    .toBuffer()
  return { type: 'image/png', bytes: padPng(png, 5093) }
}

async function drawMissing(): Promise<Picture> {
  const jpeg = await sharp(Buffer.from(penguinSvg)).resize(40, 40).jpeg({ quality: 60 }).toBuffer()
  return { type: 'image/jpeg', bytes: padJpeg(jpeg, 1512) }
}

/** Fills a PNG up to a length by a private ancillary chunk in front of its end. */
function padPng(png: Buffer, length: number): Buffer {
  const filling = length - png.length - 12
  if (filling < 0) throw new Error(`the drawing takes ${png.length} of ${length} bytes`)
  const chunk = Buffer.alloc(filling + 12)
  chunk.writeUInt32BE(filling, 0)
  chunk.write('siMu', 4, 'latin1')
  chunk.writeUInt32BE(crc32(chunk.subarray(4, filling + 8)), filling + 8)
  const end = png.length - 12
  return Buffer.concat([png.subarray(0, end), chunk, png.subarray(end)])
}

/** Fills a JPEG up to a length by a comment behind its first marker. */
function padJpeg(jpeg: Buffer, length: number): Buffer {
  const filling = length - jpeg.length - 4
  if (filling < 0) throw new Error(`the drawing takes ${jpeg.length} of ${length} bytes`)
  const comment = Buffer.alloc(filling + 4)
  comment.writeUInt16BE(0xfffe, 0)
  comment.writeUInt16BE(filling + 2, 2)
  return Buffer.concat([jpeg.subarray(0, 2), comment, jpeg.subarray(2)])
}
