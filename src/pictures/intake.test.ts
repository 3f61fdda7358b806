import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { crc32 } from 'node:zlib'
import sharp, { type Sharp } from 'sharp'
import { mostBytes, refuse, takeIn } from './intake.ts'
import type { Taken } from './pictures.ts'

type Rgb = readonly [red: number, green: number, blue: number]

const red: Rgb = [230, 20, 30]
const green: Rgb = [20, 200, 40]
const blue: Rgb = [20, 40, 220]
const white: Rgb = [255, 255, 255]

function plain([r, g, b]: Rgb, width = 64, height = 64): Sharp {
  return sharp({ create: { width, height, channels: 3, background: { r, g, b } } })
}

/** Four squares of one colour each, so that turning and mirroring show. */
async function quarters(topLeft: Rgb, topRight: Rgb, bottomLeft: Rgb, bottomRight: Rgb) {
  const tile = (colour: Rgb) => plain(colour, 40, 40).png().toBuffer()
  return sharp({ create: { width: 80, height: 80, channels: 3, background: '#000' } }).composite([
    { input: await tile(topLeft), left: 0, top: 0 },
    { input: await tile(topRight), left: 40, top: 0 },
    { input: await tile(bottomLeft), left: 0, top: 40 },
    { input: await tile(bottomRight), left: 40, top: 40 },
  ])
}

/** A picture with soft shapes as faces have, the same for the same seed. */
async function scenery(seed: number, width = 320, height = 240): Promise<Buffer> {
  let state = seed
  const coarse = Buffer.from(
    Array.from({ length: 12 * 12 * 3 }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return state >>> 24
    }),
  )
  return sharp(coarse, { raw: { width: 12, height: 12, channels: 3 } })
    .resize(width, height, { fit: 'fill', kernel: 'cubic' })
    .png()
    .toBuffer()
}

async function take(bytes: Uint8Array): Promise<Taken> {
  const result = await takeIn(bytes)
  assert.ok(result.kind === 'taken', JSON.stringify(result))
  return result
}

async function pixel(image: Buffer, x: number, y: number): Promise<number[]> {
  const cut = { left: x, top: y, width: 1, height: 1 }
  return [...(await sharp(image).extract(cut).raw().toBuffer())]
}

function assertNear(actual: readonly number[], wanted: readonly number[], within: number): void {
  assert.equal(actual.length, wanted.length)
  const apart = actual.map((value, at) => Math.abs(value - (wanted[at] ?? Number.NaN)))
  assert.ok(Math.max(...apart) <= within, `${String(actual)} is not ${String(wanted)}`)
}

function bitsApart(one: string, other: string): number {
  return (BigInt(`0x${one}`) ^ BigInt(`0x${other}`)).toString(2).replaceAll('0', '').length
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const ends = Buffer.alloc(8)
  ends.writeUInt32BE(data.length, 0)
  ends.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)])
}

/** A PNG of two frames: APNG keeps the first where every PNG has its pixels. */
function animatedPng(first: Buffer, second: Buffer): Buffer {
  const data = (png: Buffer): Buffer => {
    const at = png.indexOf('IDAT')
    return png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4))
  }
  const control = (sequence: number): Buffer => {
    const fields = Buffer.alloc(26)
    fields.writeUInt32BE(sequence, 0)
    fields.writeUInt32BE(first.readUInt32BE(16), 4)
    fields.writeUInt32BE(first.readUInt32BE(20), 8)
    fields.writeUInt16BE(1, 20)
    fields.writeUInt16BE(10, 22)
    return chunk('fcTL', fields)
  }
  const number = (value: number): Buffer => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value)
    return bytes
  }
  return Buffer.concat([
    first.subarray(0, 33),
    chunk('acTL', Buffer.concat([number(2), number(0)])),
    control(0),
    chunk('IDAT', data(first)),
    control(1),
    chunk('fdAT', Buffer.concat([number(2), data(second)])),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

describe('takeIn', () => {
  it('knows formats by their bytes', async () => {
    const encoded = {
      'image/jpeg': await plain(red).jpeg().toBuffer(),
      'image/png': await plain(red).png().toBuffer(),
      'image/webp': await plain(red).webp().toBuffer(),
      'image/gif': await plain(red).gif().toBuffer(),
      'image/avif': await plain(red).avif({ effort: 0 }).toBuffer(),
    }
    for (const [mime, bytes] of Object.entries(encoded)) {
      const { facts, clean } = await take(bytes)
      assert.equal(facts.rawMime, mime)
      assert.deepEqual([facts.width, facts.height, facts.bytes], [64, 64, clean.length])
      assertNear(await pixel(clean, 32, 32), red, 12)
      const seen = await sharp(clean).metadata()
      assert.deepEqual([seen.format, seen.depth, seen.space], ['webp', 'uchar', 'srgb'])
    }
  })

  it('makes the same of the same, so that people who share a picture share its copy', async () => {
    const bytes = await scenery(2)
    const [one, other] = [await take(bytes), await take(Buffer.from(bytes))]
    assert.deepEqual(one, other)
    const labelled = await sharp(bytes)
      .withExif({ IFD0: { Artist: 'Somebody' } })
      .png()
      .toBuffer()
    const named = await take(labelled)
    assert.notEqual(named.facts.rawSha256, one.facts.rawSha256)
    assert.equal(named.facts.sha256, one.facts.sha256)
  })

  it('turns a picture as its orientation says', async () => {
    const upright: Record<number, readonly [Rgb, Rgb, Rgb, Rgb]> = {
      1: [red, green, blue, white],
      2: [green, red, white, blue],
      3: [white, blue, green, red],
      4: [blue, white, red, green],
      5: [red, blue, green, white],
      6: [blue, red, white, green],
      7: [white, green, blue, red],
      8: [green, white, red, blue],
    }
    const stored = await (await quarters(red, green, blue, white)).png().toBuffer()
    for (const [orientation, expected] of Object.entries(upright)) {
      const jpeg = await sharp(stored)
        .withMetadata({ orientation: Number(orientation) })
        .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
        .toBuffer()
      assert.equal((await sharp(jpeg).metadata()).orientation, Number(orientation))
      const { clean } = await take(jpeg)
      const corners = [
        await pixel(clean, 15, 15),
        await pixel(clean, 65, 15),
        await pixel(clean, 15, 65),
        await pixel(clean, 65, 65),
      ]
      for (const [at, colour] of expected.entries()) assertNear(corners[at] ?? [], colour, 14)
    }
  })

  it('swaps width and height with the orientation', async () => {
    const lying = await plain(red, 90, 30).withMetadata({ orientation: 6 }).jpeg().toBuffer()
    const { facts } = await take(lying)
    assert.deepEqual([facts.width, facts.height], [30, 90])
  })

  it('lets no metadata through', async () => {
    const told = (image: Sharp): Sharp =>
      image
        .withExif({
          IFD0: { Copyright: 'Wang Xiaoming', Model: 'SECRETPHONE' },
          IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '39/1 54/1 20/1' },
        })
        .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/"><gps>39.9,116.4</gps></x:xmpmeta>')
        .withIccProfile('p3')
    const encoded = [
      await told(plain(red)).jpeg().toBuffer(),
      await told(plain(red)).png().toBuffer(),
      await told(plain(red)).webp().toBuffer(),
      await told(plain(red)).avif({ effort: 0 }).toBuffer(),
    ]
    for (const bytes of encoded) {
      assert.match(bytes.toString('latin1'), /SECRETPHONE/)
      const { clean } = await take(bytes)
      assert.doesNotMatch(
        clean.toString('latin1'),
        /SECRETPHONE|Xiaoming|Exif|EXIF|XMP|xmpmeta|ICCP|acsp|gps/i,
      )
      const { exif, xmp, icc, iptc } = await sharp(clean).metadata()
      assert.deepEqual([exif, xmp, icc, iptc], [undefined, undefined, undefined, undefined])
    }
  })

  it('shows the colours of a profile before it drops it', async () => {
    const wide = await plain([255, 0, 0]).withIccProfile('p3').png().toBuffer()
    // In Display P3 the same red has other numbers.
    const stored = await sharp(wide, { ignoreIcc: true }).raw().toBuffer()
    assertNear([...stored.subarray(0, 3)], [234, 51, 35], 3)
    assertNear(await pixel((await take(wide)).clean, 5, 5), [255, 0, 0], 10)
  })

  it('turns CMYK into sRGB', async () => {
    const cmyk = await plain(red).toColourspace('cmyk').jpeg().toBuffer()
    assert.equal((await sharp(cmyk).metadata()).space, 'cmyk')
    const { clean } = await take(cmyk)
    assert.equal((await sharp(clean).metadata()).space, 'srgb')
    const [r = 0, g = 0, b = 0] = await pixel(clean, 20, 20)
    assert.ok(r > 180 && g < 90 && b < 90, String([r, g, b]))
  })

  it('turns 16 bits a channel into 8, and grey into colour', async () => {
    const deep = await plain([100, 150, 200]).toColourspace('rgb16').png().toBuffer()
    assert.equal((await sharp(deep).metadata()).depth, 'ushort')
    assertNear(await pixel((await take(deep)).clean, 5, 5), [100, 150, 200], 6)
    const grey = await plain([120, 120, 120]).toColourspace('grey16').png().toBuffer()
    assert.equal((await sharp(grey).metadata()).channels, 1)
    assertNear(await pixel((await take(grey)).clean, 5, 5), [120, 120, 120], 6)
  })

  it('keeps transparency', async () => {
    const background = { r: 200, g: 30, b: 30, alpha: 0.5 }
    const half = await sharp({ create: { width: 40, height: 40, channels: 4, background } })
      .png()
      .toBuffer()
    assertNear(await pixel((await take(half)).clean, 9, 9), [200, 30, 30, 128], 12)
    const faint = await sharp(half).greyscale().png().toBuffer()
    const [, , , alpha] = await pixel((await take(faint)).clean, 9, 9)
    assert.equal(alpha, 128)
  })

  it('takes the first frame of what moves', async () => {
    const frames = [await plain(red).png().toBuffer(), await plain(blue).png().toBuffer()]
    const moving = [
      await sharp(frames, { join: { animated: true } })
        .gif()
        .toBuffer(),
      await sharp(frames, { join: { animated: true } })
        .webp()
        .toBuffer(),
      animatedPng(frames[0] ?? Buffer.alloc(0), frames[1] ?? Buffer.alloc(0)),
    ]
    for (const bytes of moving) {
      const { facts, clean } = await take(bytes)
      assert.deepEqual([facts.width, facts.height], [64, 64])
      assertNear(await pixel(clean, 30, 30), red, 12)
      assert.equal((await sharp(clean).metadata()).pages, undefined)
    }
  })

  it('shrinks what is larger than any variant needs, and enlarges nothing', async () => {
    const { facts: large } = await take(await plain(red, 3_000, 1_500).jpeg().toBuffer())
    assert.deepEqual([large.width, large.height], [1280, 640])
    const { facts: small } = await take(await plain(red, 3, 2).png().toBuffer())
    assert.deepEqual([small.width, small.height], [3, 2])
  })

  it('refuses what is too small to show anything', async () => {
    for (const [width, height] of [
      [1, 1],
      [1, 20_000],
      [500, 1],
    ] as const) {
      const result = await takeIn(await plain(red, width, height).png().toBuffer())
      assert.equal(result.kind === 'refused' && result.code, 'picture-too-small')
    }
    await take(await plain(red, 2, 20_000).png().toBuffer())
  })

  it('refuses nothing at all and more than is allowed, before any work', () => {
    assert.equal(refuse(Buffer.alloc(0))?.code, 'picture-empty')
    const large = Buffer.alloc(mostBytes + 1)
    large.write('GIF89a')
    assert.equal(refuse(large)?.code, 'picture-too-large')
    assert.equal(refuse(large.subarray(0, mostBytes)), null)
  })

  it('reads a view into a larger buffer, and no more of it', async () => {
    const jpeg = await plain(green).jpeg().toBuffer()
    const around = Buffer.concat([Buffer.from('GIF89a'), jpeg, Buffer.from('tail')])
    const view = new Uint8Array(around.buffer, around.byteOffset + 6, jpeg.length)
    assert.deepEqual(await take(view), await take(jpeg))
  })
})

describe('the perceptual hash', () => {
  it('stays nearly the same when a picture is encoded anew or shrunk', async () => {
    const original = await scenery(5, 640, 640)
    const { facts } = await take(original)
    assert.match(facts.phash, /^[0-9a-f]{16}$/)
    const anew = [
      await sharp(original).jpeg({ quality: 60 }).toBuffer(),
      await sharp(original).resize(132, 132).jpeg({ quality: 70 }).toBuffer(),
      await sharp(original).resize(96, 96).webp({ quality: 60 }).toBuffer(),
    ]
    for (const bytes of anew) {
      const apart = bitsApart((await take(bytes)).facts.phash, facts.phash)
      assert.ok(apart <= 8, `${apart} bits`)
    }
  })

  it('is another for another picture', async () => {
    const hashes: string[] = []
    for (const seed of [1, 3, 5, 8]) hashes.push((await take(await scenery(seed))).facts.phash)
    for (const [at, one] of hashes.entries()) {
      for (const other of hashes.slice(at + 1)) assert.ok(bitsApart(one, other) > 8)
    }
  })

  it('sees a transparent picture as it looks on white', async () => {
    const opaque = await scenery(4)
    const mask = Buffer.from(
      '<svg width="320" height="240"><circle cx="160" cy="120" r="90"/></svg>',
    )
    const cut = await sharp(opaque)
      .ensureAlpha()
      .composite([{ input: mask, blend: 'dest-in' }])
      .png()
      .toBuffer()
    const onWhite = await sharp(cut).flatten({ background: '#fff' }).png().toBuffer()
    const [one, other] = [await take(cut), await take(onWhite)]
    assert.ok(bitsApart(one.facts.phash, other.facts.phash) <= 4)
  })
})
