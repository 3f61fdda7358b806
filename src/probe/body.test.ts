import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import {
  brotliCompressSync,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib'
import fc from 'fast-check'
import sharp from 'sharp'
import { decodeBody, lookAtBody } from './body.ts'

const mebibyte = 1024 * 1024
const formats = ['jpeg', 'png', 'webp', 'gif', 'avif', 'tiff'] as const
const pictures = new Map<string, Buffer>()

before(async () => {
  const canvas = sharp({ create: { width: 33, height: 21, channels: 3, background: '#c04' } })
  for (const format of formats)
    pictures.set(format, await canvas.clone().toFormat(format).toBuffer())
  pictures.set('jpeg, progressive', await canvas.clone().jpeg({ progressive: true }).toBuffer())
  const exif = { IFD0: { Copyright: 'x'.repeat(50_000) } }
  pictures.set('jpeg, long exif', await canvas.clone().withExif(exif).jpeg().toBuffer())
  pictures.set('webp, lossless', await canvas.clone().webp({ lossless: true }).toBuffer())
  pictures.set('webp, extended', await canvas.clone().ensureAlpha(0.5).webp().toBuffer())
})

/** A copy in the middle of foreign bytes, as small buffers are in Node's pool. */
function amid(bytes: Uint8Array): Buffer {
  const room = Buffer.alloc(bytes.length + 2048, 0x41)
  room.set(bytes, 1024)
  return room.subarray(1024, 1024 + bytes.length)
}

function box(type: string, ...inside: Buffer[]): Buffer {
  const content = Buffer.concat(inside)
  const head = Buffer.alloc(8)
  head.writeUInt32BE(8 + content.length)
  head.write(type, 4, 'latin1')
  return Buffer.concat([head, content])
}

describe('lookAtBody', () => {
  it('reads type and size off the bytes of every common format', () => {
    for (const [name, bytes] of pictures) {
      const format = name.split(',')[0] ?? ''
      const { mime, width, height, text } = lookAtBody(bytes)
      assert.deepEqual(
        { mime, width, height, text },
        { mime: `image/${format}`, width: 33, height: 21, text: null },
        name,
      )
    }
  })

  it('hashes the bytes as they are', () => {
    assert.equal(
      lookAtBody(Buffer.from('abc')).sha256,
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    )
  })

  it('keeps the first characters of what is no picture, whole or not', () => {
    const page = `<!doctype html><title>${'登录'.repeat(200)}`
    const body = lookAtBody(Buffer.from(page))
    assert.equal(body.mime, null)
    assert.ok(body.text?.startsWith('<!doctype html><title>登录'))
    assert.ok((body.text?.length ?? 0) <= 200)
  })

  const noPictures: readonly (readonly [string, string | Buffer])[] = [
    [
      'an SVG',
      '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>',
    ],
    ['an SVG behind an XML head', '<?xml version="1.0"?>\n<svg width="9" height="9"></svg>'],
    ['an SVG behind white space', '  \n<svg width="9" height="9"></svg>'],
    ['a page', '<!doctype html><html><body><img src="a.gif"></body></html>'],
    ['a page with an SVG in it', '<html><svg width="9" height="9"></svg></html>'],
    ['JSON', '{"errcode":40001,"errmsg":"invalid credential"}'],
    [
      'a text that begins as a bitmap does',
      'BM is short for Body Mass; this network asks you to sign in before you go on.',
    ],
    ['a text that begins as a portable map does', 'P3 3 3 255 sign in'],
    ['a text that begins as a Photoshop file does', '8BPS and so on, and so on, and so on'],
    ['a PDF', '%PDF-1.7 ...'],
    ['zeros', Buffer.alloc(500)],
    ['a cursor', Buffer.concat([Buffer.from([0, 0, 2, 0, 1, 0, 16, 16]), Buffer.alloc(40)])],
    [
      'a PNG without size',
      Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1'), Buffer.alloc(30)]),
    ],
    ['a GIF without size', Buffer.from('GIF89a\0\0\0\0;')],
    [
      'a JPEG that ends before its size',
      Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0, 0xff, 0xda, 0, 2]),
    ],
  ]
  for (const [what, bytes] of noPictures) {
    it(`takes ${what} for no picture`, () => {
      assert.equal(lookAtBody(Buffer.from(bytes)).mime, null)
    })
  }

  it('takes what begins as a picture for that picture, whatever script follows', () => {
    const script = Buffer.from('<script>alert(1)</script>')
    for (const format of formats) {
      const polyglot = Buffer.concat([pictures.get(format) ?? script, script])
      assert.equal(lookAtBody(polyglot).mime, `image/${format}`)
    }
  })

  it('sees no more of a cut picture than is there: nothing comes from the memory behind it', () => {
    for (const [name, bytes] of pictures) {
      for (let length = 0; length < Math.min(bytes.length, 400); length++) {
        const piece = bytes.subarray(0, length)
        const { mime, width, height } = lookAtBody(amid(piece))
        assert.ok(
          mime === null || (width === 33 && height === 21),
          `${name}, ${length} bytes: ${width} × ${height}`,
        )
      }
    }
  })

  it('never throws on a picture with bytes changed, cut or doubled', () => {
    const change = fc.tuple(fc.nat({ max: 2_000 }), fc.nat({ max: 255 }))
    fc.assert(
      fc.property(
        fc.constantFrom(...formats),
        fc.array(change, { maxLength: 8 }),
        fc.nat({ max: 3_000 }),
        (format, changes, length) => {
          const bytes = Buffer.from(pictures.get(format) ?? '').subarray(0, length)
          for (const [at, byte] of changes) if (at < bytes.length) bytes[at] = byte
          const { mime, width, height, text } = lookAtBody(bytes)
          assert.equal(mime === null, text !== null)
          assert.ok(
            mime === null
              ? width === null && height === null
              : (width ?? 0) > 0 && (height ?? 0) > 0,
          )
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('never throws on any bytes, with or without the beginning of a picture', () => {
    const magic = fc.constantFrom(
      '',
      '\xff\xd8',
      '\xff\xd8\xff',
      '\x89PNG\r\n\x1a\n',
      'GIF89a',
      'RIFF0000WEBPVP8 ',
      'RIFF0000WEBPVP8L',
      'RIFF0000WEBPVP8X',
      'BM',
      '\0\0\x01\0',
      'II*\0',
      'MM\0*',
      'II+\0\x08\0\0\0',
      '\xff\x0a',
      '\0\0\0\x0cftypavif',
      '\0\0\0\x18ftypheic',
      '\0\0\0\x0cJXL ',
      'icns',
      '8BPS',
      'DDS ',
      'P7',
      '\xabKTX',
    )
    fc.assert(
      fc.property(magic, fc.uint8Array({ maxLength: 300 }), (start, rest) => {
        lookAtBody(Buffer.concat([Buffer.from(start, 'latin1'), rest]))
      }),
      { numRuns: 3000 },
    )
  })

  it('knows HEIF by whichever brand comes first', () => {
    const meta = box(
      'meta',
      Buffer.alloc(4),
      box('iprp', box('ipco', box('ispe', Buffer.from([0, 0, 0, 0, 0, 0, 0, 33, 0, 0, 0, 21])))),
    )
    for (const [brand, mime] of [
      ['avif', 'image/avif'],
      ['heic', 'image/heic'],
      ['heix', 'image/heic'],
      ['mif1', 'image/heif'],
      ['msf1', 'image/heif'],
    ] as const) {
      const bytes = Buffer.concat([box('ftyp', Buffer.from(`${brand}\0\0\0\0mif1`)), meta])
      const looked = lookAtBody(bytes)
      assert.deepEqual([looked.mime, looked.width, looked.height], [mime, 33, 21], brand)
    }
  })

  // The readers of such formats walk box by box or byte by byte: what they are made to do must not grow with the square.
  const crafted: readonly (readonly [string, () => Buffer])[] = [
    [
      'a JPEG of zeros',
      () => Buffer.concat([Buffer.from([0xff, 0xd8]), Buffer.alloc(8 * mebibyte - 2)]),
    ],
    [
      'a JPEG of fill bytes',
      () => Buffer.concat([Buffer.from([0xff, 0xd8]), Buffer.alloc(8 * mebibyte - 2, 0xff)]),
    ],
    [
      'a JPEG of empty segments',
      () =>
        Buffer.concat([
          Buffer.from([0xff, 0xd8]),
          Buffer.alloc(8 * mebibyte - 2, Buffer.from([0xff, 0xe1, 0, 2])),
        ]),
    ],
    [
      'a JPEG of segments without length',
      () =>
        Buffer.concat([
          Buffer.from([0xff, 0xd8]),
          Buffer.alloc(8 * mebibyte - 2, Buffer.from([0xff, 0xe1, 0, 0])),
        ]),
    ],
    [
      'a JPEG of restart markers',
      () =>
        Buffer.concat([
          Buffer.from([0xff, 0xd8]),
          Buffer.alloc(8 * mebibyte - 2, Buffer.from([0xff, 0xd0])),
        ]),
    ],
    [
      'a JPEG of Exif',
      () =>
        Buffer.concat([
          Buffer.from([0xff, 0xd8]),
          Buffer.alloc(
            8 * mebibyte - 2,
            Buffer.concat([
              Buffer.from([0xff, 0xe1, 0xff, 0xf0]),
              Buffer.from('Exif\0\0MM\0*\0\0\0\x08\xff\xff', 'latin1'),
            ]),
          ),
        ]),
    ],
    [
      'an AVIF of half a million sizes',
      () => {
        const sizes = Buffer.alloc(20 * 400_000, box('ispe', Buffer.alloc(12, 1)))
        return Buffer.concat([
          box('ftyp', Buffer.from('avif\0\0\0\0')),
          box('meta', Buffer.alloc(4), box('iprp', box('ipco', sizes))),
        ])
      },
    ],
    [
      'an AVIF of boxes without size',
      () =>
        Buffer.concat([box('ftyp', Buffer.from('avif\0\0\0\0')), Buffer.alloc(8 * mebibyte - 16)]),
    ],
    [
      'a JPEG XL of a million pieces',
      () =>
        Buffer.concat([
          box('JXL ', Buffer.alloc(4)),
          box('ftyp', Buffer.from('jxl \0\0\0\0')),
          Buffer.alloc(12 * 690_000, box('jxlp', Buffer.alloc(4))),
        ]),
    ],
    [
      'a JPEG XL of boxes without size',
      () =>
        Buffer.concat([
          box('JXL ', Buffer.alloc(4)),
          box('ftyp', Buffer.from('jxl \0\0\0\0')),
          Buffer.alloc(8 * mebibyte - 100),
        ]),
    ],
    [
      'icons without length',
      () =>
        Buffer.concat([
          Buffer.from('icns\xff\xff\xff\xff', 'latin1'),
          Buffer.alloc(8 * mebibyte - 8),
        ]),
    ],
    [
      'a million icons',
      () =>
        Buffer.concat([
          Buffer.from('icns\xff\xff\xff\xff', 'latin1'),
          Buffer.alloc(8 * mebibyte - 8, Buffer.from('ic07\0\0\0\x08')),
        ]),
    ],
    [
      'a TIFF of empty entries',
      () =>
        Buffer.concat([
          Buffer.from('II*\0\x08\0\0\0', 'latin1'),
          Buffer.alloc(8 * mebibyte - 8, 1),
        ]),
    ],
    ['an SVG of quotes', () => Buffer.from(`<svg ${`"'`.repeat(4 * mebibyte - 5)}`)],
    ['an SVG of open tags', () => Buffer.from('<svg '.repeat(1.6 * mebibyte))],
    ['white space', () => Buffer.alloc(8 * mebibyte, ' ')],
  ]
  for (const [what, make] of crafted) {
    // What this is to catch takes minutes: the test's own bound is enough, and no machine is too slow for it.
    it(`is done with eight mebibytes of ${what}`, { timeout: 30_000 }, () => {
      assert.match(lookAtBody(make()).sha256, /^[0-9a-f]{64}$/)
    })
  }
})

describe('decodeBody', () => {
  const plain = Buffer.from('a picture '.repeat(100))
  const packers: readonly (readonly [string, (bytes: Buffer) => Buffer])[] = [
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    // What old servers send as deflate, and every browser reads.
    ['deflate', deflateRawSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
    [' GZip ', gzipSync],
  ]

  for (const [coding, pack] of packers) {
    it(`undoes ${JSON.stringify(coding)} (${pack.name})`, () => {
      assert.deepEqual(decodeBody(pack(plain), coding, 10_000), plain)
    })

    it(`stops at the bound of what ${JSON.stringify(coding)} (${pack.name}) unpacks to`, () => {
      const bomb = pack(Buffer.alloc(64 * mebibyte))
      const before = process.memoryUsage().rss
      const decoded = decodeBody(bomb, coding, 8 * mebibyte)
      assert.ok(!Buffer.isBuffer(decoded))
      assert.equal(decoded.failure, 'too-large')
      assert.ok(process.memoryUsage().rss - before < 100 * mebibyte)
    })

    it(`says when ${JSON.stringify(coding)} (${pack.name}) is broken or ends too soon`, () => {
      const packed = pack(plain)
      const cut = decodeBody(packed.subarray(0, packed.length - 5), coding, 10_000)
      assert.ok(!Buffer.isBuffer(cut))
      assert.equal(cut.failure, 'protocol')
      const wrong = decodeBody(Buffer.from('no such thing'), coding, 10_000)
      assert.ok(!Buffer.isBuffer(wrong))
    })
  }

  it('gives back what is not packed', () => {
    for (const coding of [undefined, '', 'identity', ' Identity '])
      assert.equal(decodeBody(plain, coding, 10), plain)
  })

  it('refuses what it does not know, and one coding upon another', () => {
    for (const coding of [
      'gzip, gzip',
      'gzip,br',
      'compress',
      'aws-chunked',
      'constructor',
      '__proto__',
      'toString',
      'x'.repeat(9999),
    ]) {
      const decoded = decodeBody(plain, coding, 10_000)
      assert.ok(!Buffer.isBuffer(decoded), coding)
      assert.equal(decoded.failure, 'protocol')
      assert.ok(decoded.detail.length < 100)
    }
  })

  it('refuses Zstandard that wants more memory than a picture needs', () => {
    // A frame of a few bytes that announces a window of 128 MiB.
    const frame = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x88, 0x03, 0x00, 0x00])
    const before = process.memoryUsage().rss
    decodeBody(frame, 'zstd', 8 * mebibyte)
    const small = decodeBody(frame, 'zstd', 8 * mebibyte)
    assert.ok(!Buffer.isBuffer(small))
    assert.ok(process.memoryUsage().rss - before < 60 * mebibyte)
  })

  it('never throws, whatever the coding and the bytes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('gzip', 'deflate', 'br', 'zstd'),
        fc.uint8Array({ maxLength: 200 }),
        fc.nat({ max: 300 }),
        (coding, noise, at) => {
          const pack = packers.find(([name]) => name === coding)?.[1] ?? gzipSync
          const packed = pack(plain)
          packed.set(
            noise.subarray(0, Math.max(0, packed.length - at)),
            Math.min(at, packed.length),
          )
          const decoded = decodeBody(packed, coding, 5_000)
          assert.ok(Buffer.isBuffer(decoded) ? decoded.length <= 5_000 : decoded.detail !== '')
        },
      ),
    )
  })
})
