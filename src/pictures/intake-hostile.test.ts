// Bytes from people who mean harm. Whatever they send: a refusal or clean pixels, soon, and never a rejection.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { crc32, deflateSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import sharp from 'sharp'
import { takeIn } from './intake.ts'
import type { RefusalCode, Taken } from './pictures.ts'

const svg =
  '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100"><rect width="100" height="100" fill="red"/>' +
  '<image href="file:///etc/passwd" width="9" height="9"/></svg>'

const noise = {
  create: {
    width: 200,
    height: 150,
    channels: 3 as const,
    background: '#888',
    noise: { type: 'gaussian' as const, mean: 128, sigma: 40 },
  },
}
const photo = await sharp(noise).png().toBuffer()
const samples = {
  jpeg: await sharp(photo).jpeg().toBuffer(),
  progressive: await sharp(photo).jpeg({ progressive: true }).toBuffer(),
  png: photo,
  webp: await sharp(photo).webp().toBuffer(),
  lossless: await sharp(photo).webp({ lossless: true }).toBuffer(),
  gif: await sharp(photo).gif().toBuffer(),
  avif: await sharp(photo).avif({ effort: 0 }).toBuffer(),
}

async function refusalOf(bytes: Uint8Array): Promise<RefusalCode> {
  const result = await takeIn(bytes)
  assert.ok(result.kind === 'refused', 'it was taken in')
  assert.match(result.detail, /^[A-Z0-9].*\.$/)
  return result.code
}

/** Clean bytes are one WebP from the first byte to the last, and hold nothing of the payload. */
async function assertClean(bytes: Uint8Array, payload: RegExp): Promise<Taken> {
  assert.match(Buffer.from(bytes).toString('latin1'), payload)
  const result = await takeIn(bytes)
  assert.ok(result.kind === 'taken', JSON.stringify(result))
  const { clean } = result
  assert.equal(clean.toString('latin1', 0, 4) + clean.toString('latin1', 8, 12), 'RIFFWEBP')
  assert.equal(clean.readUInt32LE(4), clean.length - 8)
  assert.doesNotMatch(clean.toString('latin1'), payload)
  return result
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const ends = Buffer.alloc(8)
  ends.writeUInt32BE(data.length, 0)
  ends.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)])
}

/** A PNG of one bit a pixel, all black: a hundred million pixels in a few kilobytes. */
function blackPng(width: number, height: number): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header[8] = 1
  const rows = Buffer.alloc((1 + Math.ceil(width / 8)) * height)
  return Buffer.concat([
    photo.subarray(0, 8),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function gifHeader(width: number, height: number): Buffer {
  const header = Buffer.from('GIF89a\0\0\0\0\x80\0\0\0\0\0\xff\xff\xff', 'latin1')
  header.writeUInt16LE(width, 6)
  header.writeUInt16LE(height, 8)
  return header
}

/** One frame of 2 × 2 pixels or, falsely, of any other size. */
function gifFrame(width = 2, height = 2): Buffer {
  const frame = Buffer.from([0x2c, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 0x44, 1, 0])
  frame.writeUInt16LE(width, 5)
  frame.writeUInt16LE(height, 7)
  return frame
}

describe('decompression bombs', () => {
  it('are refused by their header: PNG of 256 million pixels', async () => {
    const bomb = blackPng(16_000, 16_000)
    assert.ok(bomb.length < 50_000, String(bomb.length))
    assert.equal(await refusalOf(bomb), 'picture-too-many-pixels')
  })

  it('are refused by their header: GIF of four billion pixels', async () => {
    const bomb = Buffer.concat([
      gifHeader(65_535, 65_535),
      gifFrame(65_535, 65_535),
      Buffer.from(';'),
    ])
    assert.ok(bomb.length < 50)
    assert.equal(await refusalOf(bomb), 'picture-too-many-pixels')
  })

  it('are refused by their header: WebP of 256 million pixels', async () => {
    const bomb = await sharp({ create: { width: 2, height: 2, channels: 3, background: '#123' } })
      .webp({ lossless: true })
      .toBuffer()
    const at = bomb.indexOf('VP8L') + 9
    // 14 bits each for width − 1 and height − 1, the lowest first.
    const edge = 15_999
    bomb.writeUInt32LE(edge + edge * 2 ** 14, at)
    assert.equal(await refusalOf(bomb), 'picture-too-many-pixels')
  })

  it('are refused by their header: JPEG of four billion pixels', async () => {
    const bomb = Buffer.from(samples.jpeg)
    const at = bomb.indexOf(Buffer.from([0xff, 0xc0]))
    bomb.writeUInt16BE(65_500, at + 5)
    bomb.writeUInt16BE(65_500, at + 7)
    assert.equal(await refusalOf(bomb), 'picture-too-many-pixels')
  })

  it('are refused by their header: PNG of two rows that are twenty million pixels long', async () => {
    assert.equal(await refusalOf(blackPng(20_000_000, 2)), 'picture-too-many-pixels')
    assert.equal(await refusalOf(blackPng(2, 65_536)), 'picture-too-many-pixels')
    assert.equal((await takeIn(blackPng(65_535, 2))).kind, 'taken')
  })

  it('of many frames cost one frame', async () => {
    const frames = 100_000
    const bomb = Buffer.concat([
      gifHeader(2, 2),
      ...Array.from({ length: frames }, () => gifFrame()),
      Buffer.from(';'),
    ])
    assert.equal((await sharp(bomb).metadata()).pages, frames)
    const result = await takeIn(bomb)
    assert.ok(result.kind === 'taken')
    assert.deepEqual([result.facts.width, result.facts.height], [2, 2])
  })

  it('are no bombs within the limit', async () => {
    const result = await takeIn(blackPng(8_000, 5_000))
    assert.ok(result.kind === 'taken')
    assert.deepEqual([result.facts.width, result.facts.height], [1280, 800])
    assert.equal(await refusalOf(blackPng(8_001, 5_000)), 'picture-too-many-pixels')
  })

  it('in what a PNG carries beside its pixels are left alone', async () => {
    const inflated = deflateSync(Buffer.alloc(60_000_000), { level: 9 })
    for (const type of ['zTXt', 'iCCP']) {
      const carried = Buffer.concat([Buffer.from('name\0\0'), inflated])
      const bomb = Buffer.concat([photo.subarray(0, 33), chunk(type, carried), photo.subarray(33)])
      const before = process.memoryUsage().rss
      const result = await takeIn(bomb)
      assert.ok(['taken', 'refused'].includes(result.kind))
      assert.ok(process.memoryUsage().rss - before < 150e6)
    }
  })
})

describe('what is no picture that we show', () => {
  const refused: Record<string, Buffer> = {
    SVG: Buffer.from(svg),
    'SVG with a declaration': Buffer.from(`<?xml version="1.0"?>\n<!-- a -->\n${svg}`),
    'SVG behind a byte order mark': Buffer.from(`\ufeff${svg}`),
    'SVG in UTF-16': Buffer.from(`\ufeff${svg}`, 'utf16le'),
    'SVG behind blanks': Buffer.from(' '.repeat(200) + svg),
    'gzipped SVG': gzipSync(svg),
    'SVG behind a GIF signature': Buffer.from(`GIF89a ${svg}`.padEnd(2_000)),
    'SVG behind a WebP signature': Buffer.from(`RIFF    WEBPVP8 ${svg}`.padEnd(2_000)),
    'SVG behind an AVIF signature': Buffer.from(`\0\0\0\x14ftypavif    ${svg}`.padEnd(2_000)),
    HTML: Buffer.from('<!doctype html><script>alert(1)</script>'),
    PDF: Buffer.from('%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer<<>>\n%%EOF'),
    BMP: Buffer.concat([Buffer.from('BM'), Buffer.alloc(200, 1)]),
    ICO: Buffer.from([0, 0, 1, 0, 1, 0, 16, 16, 0, 0, 1, 0, 32, 0, 0, 0, 0, 0, 22, 0, 0, 0]),
    'JPEG XL': Buffer.from([0xff, 0x0a, 0xfa, 0x1f, 0x01, 0x90, 0x01, 0x01]),
    'JPEG 2000': Buffer.from('0000000c6a5020200d0a870a', 'hex'),
    PSD: Buffer.from('8BPS\0\x01'.padEnd(100, '\0')),
    video: Buffer.from('\0\0\0\x18ftypmp42\0\0\0\0mp42isom'.padEnd(200, '\0'), 'latin1'),
    ZIP: Buffer.from('PK\x03\x04'.padEnd(100, '\0')),
    PostScript: Buffer.from('%!PS-Adobe-3.0\n'),
    'ImageMagick script': Buffer.from('push graphic-context\nviewbox 0 0 1 1\n'),
    words: Buffer.from('there is no picture here'),
    'two bytes': Buffer.from([0xff, 0xd8]),
  }

  for (const [name, bytes] of Object.entries(refused)) {
    it(`is refused: ${name}`, async () => {
      assert.equal(await refusalOf(bytes), 'picture-format')
    })
  }

  it('is refused: TIFF, raw and vips files that libvips could read', async () => {
    assert.equal(await refusalOf(await sharp(photo).tiff().toBuffer()), 'picture-format')
    const tile = await sharp(photo).tiff({ tile: true, bigtiff: true }).toBuffer()
    assert.equal(await refusalOf(tile), 'picture-format')
  })

  it('is refused: SVG behind the signatures of PNG and JPEG', async () => {
    const png = Buffer.concat([photo.subarray(0, 8), Buffer.from(svg)])
    assert.equal(await refusalOf(png), 'picture-damaged')
    const jpeg = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.from(svg)])
    assert.equal(await refusalOf(jpeg), 'picture-damaged')
  })

  it('is refused: HEIC where libvips has no decoder, and a PNG that says it is one', async () => {
    const heic = Buffer.from(samples.avif)
    for (let at = heic.indexOf('avif'); at >= 0 && at < 40; at = heic.indexOf('avif', at + 1)) {
      heic.write('heic', at, 'latin1')
    }
    assert.equal(await refusalOf(heic), 'picture-format')
    const box = Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1')
    assert.notEqual((await takeIn(Buffer.concat([box, photo]))).kind, 'taken')
  })
})

describe('damaged pictures', () => {
  for (const [name, whole] of Object.entries(samples)) {
    it(`are refused wherever they are cut off: ${name}`, async () => {
      for (const share of [0.01, 0.1, 0.3, 0.5, 0.7, 0.9]) {
        const cut = whole.subarray(0, Math.max(12, Math.floor(whole.length * share)))
        const code = await refusalOf(cut)
        assert.ok(['picture-damaged', 'picture-format'].includes(code), `${share}: ${code}`)
      }
    })
  }

  it('are refused when the middle is overwritten', async () => {
    for (const whole of [samples.jpeg, samples.png, samples.gif]) {
      const torn = Buffer.from(whole)
      torn.fill(
        Buffer.from([0xff, 0xd9, 0x13, 0x9a, 0xff, 0xd2]),
        torn.length >> 2,
        torn.length >> 1,
      )
      assert.equal(await refusalOf(torn), 'picture-damaged')
    }
  })
})

describe('polyglots', () => {
  const html = Buffer.from('<html><script>alert("PAYLOAD")</script></html>')
  const zip = Buffer.from(
    'PK\x03\x04PAYLOAD.class\xca\xfe\xba\xbePK\x05\x06'.padEnd(90, '\0'),
    'latin1',
  )

  it('lose what is behind the picture', async () => {
    for (const whole of Object.values(samples)) {
      for (const tail of [html, zip]) await assertClean(Buffer.concat([whole, tail]), /PAYLOAD/)
    }
  })

  it('lose a script in a comment of a JPEG', async () => {
    const script = Buffer.from('*/=alert("PAYLOAD")/*')
    const comment = Buffer.concat([Buffer.from([0xff, 0xfe, 0, script.length + 2]), script])
    const jpeg = Buffer.concat([samples.jpeg.subarray(0, 2), comment, samples.jpeg.subarray(2)])
    await assertClean(jpeg, /PAYLOAD/)
  })

  it('lose a script that begins in the header of a GIF', async () => {
    const colours = gifHeader(12_074, 2)
    assert.equal(colours.toString('latin1', 0, 8), 'GIF89a*/')
    const comment = Buffer.from('\x21\xfe\x10=1;PAYLOAD/*    \0', 'latin1')
    await assertClean(Buffer.concat([colours, comment, gifFrame(), Buffer.from(';')]), /PAYLOAD/)
  })

  it('lose a page in a text chunk of a PNG', async () => {
    const text = chunk('tEXt', Buffer.from('Comment\0<script>PAYLOAD</script>'))
    await assertClean(Buffer.concat([photo.subarray(0, 33), text, photo.subarray(33)]), /PAYLOAD/)
  })

  it('lose a script that is hidden in the pixels of a lossless picture', async () => {
    const hidden = Buffer.alloc(90 * 90 * 3)
    hidden.write('<?php system("PAYLOAD") ?>')
    const bytes = await sharp(hidden, { raw: { width: 90, height: 90, channels: 3 } })
      .png({ compressionLevel: 0 })
      .toBuffer()
    await assertClean(bytes, /PAYLOAD/)
  })
})

describe('random bytes', () => {
  const signatures = [
    Buffer.alloc(0),
    ...Object.values(samples).flatMap((whole) => [whole.subarray(0, 16), whole.subarray(0, 80)]),
  ]

  it('behind any signature are refused and never make intake reject', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...signatures),
        fc.uint8Array({ maxLength: 600 }),
        async (signature, tail) => {
          const result = await takeIn(Buffer.concat([signature, tail]))
          assert.equal(result.kind, 'refused')
        },
      ),
      { numRuns: 400 },
    )
  })

  it('in a whole picture leave a picture or a refusal', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.values(samples)),
        fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255)), {
          minLength: 1,
          maxLength: 8,
        }),
        async (whole, changes) => {
          const torn = Buffer.from(whole)
          for (const [place, value] of changes) {
            // Most of what can go wrong stands at the beginning.
            torn[Math.floor(place ** 4 * (torn.length - 1))] = value
          }
          const result = await takeIn(torn)
          if (result.kind === 'refused') return
          assert.ok(result.facts.width <= 1280 && result.facts.height <= 1280)
          assert.equal(result.clean.toString('latin1', 8, 12), 'WEBP')
        },
      ),
      { numRuns: 150 },
    )
  })
})
