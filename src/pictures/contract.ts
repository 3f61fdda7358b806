// What every store of bytes promises, as a suite: run by the tests of each adapter against the real thing.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Blobs } from './blobs.ts'

const text = (bytes: Buffer | null): string | null => bytes?.toString() ?? null

async function keysOf(blobs: Blobs, prefix: string, after?: string): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of blobs.list(prefix, after)) keys.push(key)
  return keys
}

/**
 * Registers the suite.
 *
 * @param make gives an empty store
 */
export function blobsContract(name: string, make: () => Promise<Blobs>): void {
  describe(`${name} as blobs`, () => {
    it('gives back what it was given, to the byte', async () => {
      const blobs = await make()
      const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, at) => (at * 7919) % 256))
      await blobs.put('a/whole', bytes)
      await blobs.put('a/part', bytes.subarray(10, 20))
      await blobs.put('a/empty', Buffer.alloc(0))
      await blobs.put('a/loose', bytes, { lasting: false })
      assert.deepEqual(await blobs.get('a/loose'), bytes)
      assert.deepEqual(await blobs.get('a/whole'), bytes)
      assert.deepEqual(await blobs.get('a/part'), Buffer.from(bytes.subarray(10, 20)))
      assert.deepEqual(await blobs.get('a/empty'), Buffer.alloc(0))
    })

    it('has nothing under a key that nothing was put under', async () => {
      const blobs = await make()
      await blobs.put('a/b/c', Buffer.from('1'))
      for (const key of ['none', 'a/none', 'a/b/none', 'a/b/c/none', 'a/b', 'a']) {
        assert.equal(await blobs.get(key), null, key)
        assert.equal(await blobs.has(key), false, key)
      }
      assert.equal(await blobs.has('a/b/c'), true)
    })

    it('replaces', async () => {
      const blobs = await make()
      await blobs.put('a', Buffer.from('a long first value'))
      await blobs.put('a', Buffer.from('second'))
      assert.equal(text(await blobs.get('a')), 'second')
      assert.deepEqual(await keysOf(blobs, ''), ['a'])
    })

    it('has one of the values when many are put under one key at once', async () => {
      const blobs = await make()
      const values = Array.from({ length: 12 }, (_, at) => String(at).repeat(5_000))
      await Promise.all(values.map((value) => blobs.put('a/b', Buffer.from(value))))
      assert.ok(values.includes(text(await blobs.get('a/b')) ?? ''))
      assert.deepEqual(await keysOf(blobs, ''), ['a/b'])
    })

    it('removes, and does not mind when there is nothing to remove', async () => {
      const blobs = await make()
      await blobs.put('a/1', Buffer.from('1'))
      await blobs.put('a/2', Buffer.from('2'))
      await blobs.delete('a/1')
      await blobs.delete('a/1')
      await blobs.delete('b/never')
      assert.equal(await blobs.get('a/1'), null)
      assert.deepEqual(await keysOf(blobs, ''), ['a/2'])
      await blobs.put('a/1', Buffer.from('again'))
      assert.equal(text(await blobs.get('a/1')), 'again')
    })

    it('lists keys by prefix in ascending order of their characters', async () => {
      const blobs = await make()
      // `-` and `.` come before `/`, digits and letters after: a folder stands between its neighbours.
      const keys = ['a-b', 'a.b', 'a/b', 'a/b-c', 'a/b.c', 'a0', 'ab/c/d', 'ab/c0', 'b', 'z_1']
      await Promise.all(keys.map((key) => blobs.put(`x/${key}`, Buffer.from(key))))
      await blobs.put('y', Buffer.from('y'))
      const all = keys.map((key) => `x/${key}`).toSorted()
      assert.deepEqual(await keysOf(blobs, 'x/'), all)
      assert.deepEqual(await keysOf(blobs, ''), [...all, 'y'])
      assert.deepEqual(await keysOf(blobs, 'x/a/b'), ['x/a/b', 'x/a/b-c', 'x/a/b.c'])
      assert.deepEqual(await keysOf(blobs, 'x/ab/c'), ['x/ab/c/d', 'x/ab/c0'])
      assert.deepEqual(await keysOf(blobs, 'none/'), [])
      assert.deepEqual(await keysOf(blobs, 'x/none'), [])
    })

    it('lists from any place on, whether there is such a key or not', async () => {
      const blobs = await make()
      const keys = ['a/1', 'a/2/x', 'a/2/y', 'a/3', 'b/1']
      for (const key of keys) await blobs.put(key, Buffer.from(key))
      for (const after of [...keys, 'a', 'a/', 'a/2', 'a/2/', 'a/2/xx', 'a/2~', 'a/~', 'c', '']) {
        assert.deepEqual(
          await keysOf(blobs, '', after),
          keys.filter((key) => key > after),
          after,
        )
        assert.deepEqual(
          await keysOf(blobs, 'a/', after),
          keys.filter((key) => key.startsWith('a/') && key > after),
          after,
        )
      }
    })

    it('lists more than fit on a page, while they are being removed', async () => {
      const blobs = await make()
      const keys = Array.from({ length: 1_203 }, (_, at) => `n/${at % 7}/${1_000 + at}`).toSorted()
      for (let at = 0; at < keys.length; at += 50) {
        await Promise.all(keys.slice(at, at + 50).map((key) => blobs.put(key, Buffer.from('.'))))
      }
      const seen: string[] = []
      for await (const { key } of blobs.list('n/')) {
        seen.push(key)
        await blobs.delete(key)
      }
      assert.deepEqual(seen, keys)
      assert.deepEqual(await keysOf(blobs, ''), [])
    })

    it('tells when bytes were stored last', async () => {
      const blobs = await make()
      const before = Date.now()
      await blobs.put('a', Buffer.from('1'))
      for await (const { modifiedAt } of blobs.list('')) {
        // Stores tell whole seconds.
        assert.ok(Number.isInteger(modifiedAt) && modifiedAt >= before - 2_000)
        assert.ok(modifiedAt <= Date.now() + 2_000)
      }
    })

    it('takes no key that could lead elsewhere', async () => {
      const blobs = await make()
      const spelt =
        ' / a/ /a a//b . .. ../a a/../../b a/./b .a a/.b A ä a\\b a:b ~a a~ %2e%2e/a ..%2fa a?b'
      const long = ['x'.repeat(201), `${'xx/'.repeat(200)}x`]
      const wrong = [...spelt.split(' '), 'a b', 'a\0', 'a\n', ...long]
      for (const key of wrong) {
        await assert.rejects(async () => blobs.put(key, Buffer.from('1')), TypeError, key)
        await assert.rejects(async () => blobs.get(key), TypeError, key)
        await assert.rejects(async () => blobs.has(key), TypeError, key)
        await assert.rejects(async () => blobs.delete(key), TypeError, key)
      }
      assert.deepEqual(await keysOf(blobs, ''), [])
    })

    it('answers a ping and leaves nothing behind', async () => {
      const blobs = await make()
      await blobs.ping()
      assert.deepEqual(await keysOf(blobs, ''), [])
    })

    it('says where it is', async () => {
      const { name } = await make()
      assert.match(name, /^(?:folder |s3:\/\/)\S/)
    })
  })
}
