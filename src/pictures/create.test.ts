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
import { cleanKey, variantKey } from './keys.ts'
import type { Taken } from './pictures.ts'

describe('Pictures.take and keep', () => {
  it('stores nothing before it is told to', async () => {
    const blobs = freshBlobs()
    const pictures = picturesOn(blobs)
    const taken = (await pictures.take(await photo())) as Taken
    assert.equal(await pictures.has(taken.facts.sha256), false)
    await pictures.keep(taken)
    assert.equal(await pictures.has(taken.facts.sha256), true)
    assert.deepEqual(await blobs.get(cleanKey(taken.facts.sha256)), taken.clean)
  })

  it('refuses at once what needs no look, even when many wait', async () => {
    const pictures = picturesOn(freshBlobs(), { atOnce: 1, queue: 0 })
    const busy = Promise.all([pictures.take(await photo()), pictures.take(await photo())])
    const refused = await pictures.take(Buffer.from('<svg/>'))
    assert.equal(refused.kind === 'refused' && refused.code, 'picture-format')
    for (const { kind } of await busy) assert.equal(kind, 'taken')
  })

  it('keeping the same twice is keeping it once', async () => {
    const blobs = freshBlobs()
    const pictures = picturesOn(blobs)
    const bytes = await photo()
    assert.equal(await kept(pictures, bytes), await kept(pictures, bytes))
    assert.equal((await keysOf(blobs)).length, 1)
  })
})

describe('Pictures.remove', () => {
  it('removes the picture and every variant, and nothing else', async () => {
    const blobs = freshBlobs()
    const pictures = picturesOn(blobs)
    const [gone, stays] = [await kept(pictures, await photo()), await kept(pictures, await photo())]
    for (const sha256 of [gone, stays]) {
      await pictures.variant(sha256, 96, 'webp')
      await pictures.variant(sha256, 640, 'jpg')
    }
    await pictures.remove(gone)
    const keys = await keysOf(blobs)
    assert.equal(keys.length, 3)
    assert.ok(keys.every((key) => key.includes(stays)))
    assert.equal(pictures.ready(gone, 96, 'webp'), null)
    assert.deepEqual(await pictures.variant(gone, 96, 'webp'), { kind: 'missing' })
    assert.notEqual(pictures.ready(stays, 96, 'webp'), null)
  })

  it('leaves no variant behind that was being made meanwhile', async () => {
    const { blobs, calls, stop } = watched(freshBlobs())
    const pictures = picturesOn(blobs)
    const sha256 = await kept(pictures, await photo())
    const key = variantKey(sha256, 96, 'webp')
    const go = stop(`put ${key}`)
    const making = pictures.variant(sha256, 96, 'webp')
    await until(() => calls.includes(`put ${key}`))
    const removing = pictures.remove(sha256)
    assert.deepEqual(await pictures.variant(sha256, 640, 'webp'), { kind: 'missing' })
    go()
    await Promise.all([making, removing])
    assert.deepEqual(await keysOf(blobs), [])
    assert.equal(pictures.ready(sha256, 96, 'webp'), null)
  })

  it('leaves no variant behind that another process was making', async () => {
    const shared = freshBlobs()
    const { blobs, calls, stop } = watched(shared)
    const [slow, other] = [picturesOn(blobs), picturesOn(shared)]
    const sha256 = await kept(slow, await photo())
    const key = variantKey(sha256, 96, 'webp')
    const go = stop(`put ${key}`)
    const making = slow.variant(sha256, 96, 'webp')
    await until(() => calls.includes(`put ${key}`))
    await other.remove(sha256)
    go()
    assert.deepEqual(await making, { kind: 'missing' })
    assert.deepEqual(await keysOf(shared), [])
    assert.equal(slow.ready(sha256, 96, 'webp'), null)
  })

  it('lets a picture come back', async () => {
    const pictures = picturesOn(freshBlobs())
    const bytes = await photo()
    const sha256 = await kept(pictures, bytes)
    const before = shown(await pictures.variant(sha256, 96, 'webp'))
    await Promise.all([pictures.remove(sha256), pictures.remove(sha256)])
    assert.equal(await kept(pictures, bytes), sha256)
    assert.deepEqual(await pictures.variant(sha256, 96, 'webp'), before)
  })
})

describe('Pictures.list', () => {
  it('names each picture once, in order, from any place on, even when only a variant is left', async () => {
    const blobs = freshBlobs()
    const pictures = picturesOn(blobs)
    const names: string[] = []
    for (const tint of ['#f00', '#0f0', '#00f']) {
      const sha256 = await kept(pictures, await photo(90, 90, tint))
      await pictures.variant(sha256, 46, 'webp')
      await pictures.variant(sha256, 64, 'webp')
      names.push(sha256)
    }
    names.sort()
    await blobs.delete(cleanKey(names[1] ?? ''))
    await blobs.put('other/thing', Buffer.from('1'))
    await blobs.put('pictures/ab/cd/notaname.webp', Buffer.from('1'))
    const listed = async (after?: string) => {
      const seen: string[] = []
      for await (const { sha256, storedAt } of pictures.list(after)) {
        assert.equal(storedAt, await pictures.storedAt(sha256))
        seen.push(sha256)
      }
      return seen
    }
    assert.deepEqual(await listed(), names)
    assert.deepEqual(await listed(names[0]), names.slice(1))
    assert.deepEqual(await listed(names[2]), [])
  })
})

describe('Pictures.hold', () => {
  it('lets one at a time hold a picture, whatever becomes of the one before', async () => {
    const pictures = picturesOn(freshBlobs())
    const order: string[] = []
    const { promise, resolve } = Promise.withResolvers<void>()
    const first = pictures.hold(never, async () => {
      order.push('first in')
      await promise
      order.push('first out')
      throw new Error('failed')
    })
    const second = pictures.hold(never, async () => {
      order.push('second')
      return 2
    })
    const other = pictures.hold('e'.repeat(64), async () => order.push('other'))
    await other
    resolve()
    await assert.rejects(first, /failed/)
    assert.equal(await second, 2)
    assert.deepEqual(order, ['first in', 'other', 'first out', 'second'])
    assert.equal(await pictures.hold(never, async () => 3), 3)
  })
})

describe('Pictures.initials', () => {
  it('are pixels of the size asked for, made once, and stored nowhere', async () => {
    const blobs = freshBlobs()
    const pictures = picturesOn(blobs)
    const face = { subject: '42', name: '王小明' }
    const one = shown(await pictures.initials(face, 96, 'webp'))
    assert.deepEqual([(await sharp(one.bytes).metadata()).width, one.mime], [96, 'image/webp'])
    assert.equal(await pictures.initials({ subject: '42', name: '李小明' }, 96, 'webp'), one)
    assert.notEqual(await pictures.initials({ subject: '43', name: '王小明' }, 96, 'webp'), one)
    assert.deepEqual(await keysOf(blobs), [])
  })
})

describe('Pictures.ping', () => {
  it('asks the store', async () => {
    const pictures = picturesOn({
      ...freshBlobs(),
      ping: () => Promise.reject(new Error('down')),
    })
    await assert.rejects(pictures.ping(), /down/)
  })
})
