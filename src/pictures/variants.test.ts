import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import sharp from 'sharp'
import {
  freshBlobs,
  kept,
  keysOf,
  never,
  photo,
  picturesOn,
  shown,
  until,
  watched,
} from '../../test/made/pictures.ts'
import { EverfaceError } from '../errors.ts'
import { cleanKey, variantKey } from './keys.ts'
import { variantFormats, variantSizes } from './pictures.ts'

describe('Pictures.variant', () => {
  it('is square, of the size and format asked for, and holds pixels alone', async () => {
    const pictures = picturesOn(freshBlobs())
    const lively = await sharp(await photo(800, 700))
      .withExif({ IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '39/1 54/1 20/1' } })
      .jpeg()
      .toBuffer()
    const sha256 = await kept(pictures, lively)
    const formats = { webp: 'webp', avif: 'heif', jpg: 'jpeg', png: 'png' }
    const mimes = { webp: 'image/webp', avif: 'image/avif', jpg: 'image/jpeg', png: 'image/png' }
    for (const size of variantSizes) {
      for (const format of variantFormats) {
        const { bytes, mime, etag } = shown(await pictures.variant(sha256, size, format))
        const seen = await sharp(bytes).metadata()
        assert.deepEqual([seen.width, seen.height, seen.format], [size, size, formats[format]])
        assert.equal(mime, mimes[format])
        assert.match(etag, /^"[\w-]{22}"$/)
        assert.deepEqual([seen.exif, seen.xmp, seen.icc, seen.iptc].filter(Boolean), [])
        assert.doesNotMatch(bytes.toString('latin1'), /Exif\0|EXIF|xmpmeta|ICC_PROFILE|ICCP|iCCP/)
      }
    }
  })

  it('cuts the middle out and keeps its colours', async () => {
    const bars = await sharp({
      create: { width: 300, height: 100, channels: 3, background: '#f00' },
    })
      .composite([
        {
          input: { create: { width: 100, height: 100, channels: 3, background: '#0c0' } },
          left: 100,
          top: 0,
        },
      ])
      .png()
      .toBuffer()
    const pictures = picturesOn(freshBlobs())
    const { bytes } = shown(await pictures.variant(await kept(pictures, bars), 64, 'png'))
    const { data } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true })
    for (const at of [4, 32, 59].map((x) => (32 * 64 + x) * 3)) {
      assert.ok(
        (data[at] ?? 255) < 40 && (data[at + 1] ?? 0) > 170,
        String(data.subarray(at, at + 3)),
      )
    }
  })

  it('is never larger than the picture', async () => {
    const pictures = picturesOn(freshBlobs())
    const sha256 = await kept(pictures, await photo(132, 200))
    for (const [size, edge] of [
      [96, 96],
      [132, 132],
      [640, 132],
    ] as const) {
      const { bytes } = shown(await pictures.variant(sha256, size, 'webp'))
      const { width, height } = await sharp(bytes).metadata()
      assert.deepEqual([width, height], [edge, edge])
    }
  })

  it('lays transparency on white where the format has none, and keeps it elsewhere', async () => {
    const clear = await sharp({
      create: { width: 80, height: 80, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } },
    })
      .png()
      .toBuffer()
    const pictures = picturesOn(freshBlobs())
    const sha256 = await kept(pictures, clear)
    const corner = async (format: 'jpg' | 'png') => {
      const { bytes } = shown(await pictures.variant(sha256, 46, format))
      return [...(await sharp(bytes).raw().toBuffer()).subarray(0, format === 'jpg' ? 3 : 4)]
    }
    assert.deepEqual(await corner('jpg'), [255, 255, 255])
    assert.equal((await corner('png'))[3], 0)
  })

  it('comes from memory, then from the store, and is encoded only once', async () => {
    const { blobs, calls } = watched(freshBlobs())
    const first = picturesOn(blobs)
    const sha256 = await kept(first, await photo())
    assert.equal(first.ready(sha256, 96, 'webp'), null)
    const made = shown(await first.variant(sha256, 96, 'webp'))
    assert.equal(first.ready(sha256, 96, 'webp'), made)
    calls.length = 0
    assert.equal(await first.variant(sha256, 96, 'webp'), made)
    assert.deepEqual(calls, [])
    const later = shown(await picturesOn(blobs).variant(sha256, 96, 'webp'))
    assert.deepEqual(later, made)
    assert.deepEqual(calls, [`get ${variantKey(sha256, 96, 'webp')}`])
  })

  it('is made once for all that wait for it', async () => {
    const { blobs, calls } = watched(freshBlobs())
    const pictures = picturesOn(blobs, { atOnce: 1, queue: 1 })
    const sha256 = await kept(pictures, await photo())
    calls.length = 0
    const all = await Promise.all(
      Array.from({ length: 50 }, () => pictures.variant(sha256, 96, 'webp')),
    )
    assert.equal(new Set(all).size, 1)
    shown(all[0] ?? { kind: 'missing' })
    assert.equal(calls.filter((call) => call.startsWith('put ')).length, 1)
    assert.equal(calls.filter((call) => call.startsWith('get ')).length, 2)
  })

  it('is busy when too many wait, and is made when asked for again', async () => {
    const pictures = picturesOn(freshBlobs(), { atOnce: 1, queue: 2 })
    const sha256 = await kept(pictures, await photo(1_000, 1_000))
    const ask = () =>
      Promise.all(
        variantSizes.flatMap((size) =>
          variantFormats.map((format) => pictures.variant(sha256, size, format)),
        ),
      )
    const kinds = (await ask()).map(({ kind }) => kind)
    assert.ok(kinds.includes('busy') && kinds.includes('variant'), String(kinds))
    for (let tries = 0; tries < 24; tries++) {
      if ((await ask()).every(({ kind }) => kind === 'variant')) return
    }
    assert.fail('it stays busy')
  })

  it('is missing when the picture is, or when the name is none', async () => {
    const pictures = picturesOn(freshBlobs())
    for (const name of [never, '', '../../etc/passwd', never.toUpperCase(), `${never}0`]) {
      assert.deepEqual(await pictures.variant(name, 96, 'webp'), { kind: 'missing' })
      assert.equal(pictures.ready(name, 96, 'webp'), null)
      assert.equal(await pictures.has(name), false)
      assert.equal(await pictures.storedAt(name), null)
      await pictures.remove(name)
    }
  })

  it('is made again when the store has only a part of it', async () => {
    const blobs = freshBlobs()
    const sha256 = await kept(picturesOn(blobs), await photo())
    for (const format of variantFormats) {
      const key = variantKey(sha256, 96, format)
      const whole = shown(await picturesOn(blobs).variant(sha256, 96, format))
      for (const length of [0, 1, 20, whole.bytes.length >> 1, whole.bytes.length - 1]) {
        await blobs.put(key, whole.bytes.subarray(0, length))
        assert.deepEqual(await picturesOn(blobs).variant(sha256, 96, format), whole)
        assert.deepEqual(await blobs.get(key), whole.bytes)
      }
      await blobs.put(key, Buffer.alloc(whole.bytes.length))
      assert.deepEqual(await picturesOn(blobs).variant(sha256, 96, format), whole)
    }
  })

  it('is not made from bytes that the store has spoilt', async () => {
    const blobs = freshBlobs()
    const pictures = picturesOn(blobs)
    const sha256 = await kept(pictures, await photo())
    await blobs.put(cleanKey(sha256), await photo())
    assert.deepEqual(await pictures.variant(sha256, 96, 'webp'), { kind: 'missing' })
  })

  it('is shown though the store takes nothing any more', async () => {
    const blobs = freshBlobs()
    const sha256 = await kept(picturesOn(blobs), await photo())
    const full = new EverfaceError('blobs-unreachable', 'The disk is full.')
    const pictures = picturesOn({ ...blobs, put: () => Promise.reject(full) })
    const made = shown(await pictures.variant(sha256, 96, 'webp'))
    assert.equal(pictures.ready(sha256, 96, 'webp'), made)
    assert.deepEqual(await keysOf(blobs), [cleanKey(sha256)])
  })

  it('goes from memory some minutes after another process has removed its picture', async () => {
    const blobs = freshBlobs()
    const clock = { now: 1_000_000_000 }
    const pictures = picturesOn(blobs, { now: () => clock.now })
    const sha256 = await kept(pictures, await photo())
    const made = shown(await pictures.variant(sha256, 96, 'webp'))
    await picturesOn(blobs).remove(sha256)
    clock.now += 5 * 60_000 - 1
    assert.equal(pictures.ready(sha256, 96, 'webp'), made)
    clock.now++
    assert.equal(pictures.ready(sha256, 96, 'webp'), null)
    assert.deepEqual(await pictures.variant(sha256, 96, 'webp'), { kind: 'missing' })
    assert.equal(pictures.ready(sha256, 96, 'webp'), null)
  })

  it('stays in memory as long as its picture is stored, or the store is away', async () => {
    const folder = freshBlobs()
    const clock = { now: 1_000_000_000 }
    let away = false
    const pictures = picturesOn(
      {
        ...folder,
        has: (key) =>
          away ? Promise.reject(new EverfaceError('blobs-unreachable', 'Away.')) : folder.has(key),
      },
      { now: () => clock.now },
    )
    const sha256 = await kept(pictures, await photo())
    const made = shown(await pictures.variant(sha256, 96, 'webp'))
    for (const step of [3_600_000, 3_600_000, -86_400_000]) {
      clock.now += step
      assert.equal(pictures.ready(sha256, 96, 'webp'), null)
      assert.equal(await pictures.variant(sha256, 96, 'webp'), made)
      assert.equal(pictures.ready(sha256, 96, 'webp'), made)
      away = !away
    }
  })

  it('does not wait for a slow store to say that it is still there', async () => {
    const { blobs, stop } = watched(freshBlobs())
    const clock = { now: 1_000_000_000 }
    const pictures = picturesOn(blobs, { now: () => clock.now, patienceMs: 0 })
    const sha256 = await kept(pictures, await photo())
    const made = shown(await pictures.variant(sha256, 96, 'webp'))
    clock.now += 3_600_000
    const goOn = stop(`has ${cleanKey(sha256)}`)
    assert.equal(await pictures.variant(sha256, 96, 'webp'), made)
    assert.equal(pictures.ready(sha256, 96, 'webp'), null)
    goOn()
    await until(() => pictures.ready(sha256, 96, 'webp') === made)
  })

  it('keeps as much in memory as it was told to', async () => {
    const blobs = freshBlobs()
    const none = picturesOn(blobs, { cacheBytes: 0 })
    const sha256 = await kept(none, await photo())
    await none.variant(sha256, 96, 'webp')
    const { bytes } = shown(await none.variant(sha256, 132, 'webp'))
    assert.equal(none.ready(sha256, 96, 'webp'), null)
    const one = picturesOn(blobs, { cacheBytes: bytes.length + 1_000 })
    await one.variant(sha256, 96, 'webp')
    assert.notEqual(one.ready(sha256, 96, 'webp'), null)
    await one.variant(sha256, 132, 'webp')
    assert.equal(one.ready(sha256, 96, 'webp'), null)
  })
})
