// Of the store's promises: a face is found by the links that lead to it.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type WithStore, copyOf, make, now, urlOf } from './contract.ts'

export function testLinks(withStore: WithStore): void {
  describe('faceOf', () => {
    it(
      'finds a face by its current link and by past ones, and nobody by what only looks alike',
      withStore(async ({ store }) => {
        const long = urlOf('x'.repeat(3_000))
        await make(store, ['a', 'b', 'c'], () => ({}))
        await store.change(['a'], now + 1, () => ({ patch: { url: urlOf('a2') } }))
        await store.change(['b'], now + 1, () => ({ patch: { url: `${long}1` } }))
        const found = async (url: string) => {
          const one = await store.faceOf(url)
          return one === null ? null : [one.face.subject, one.current]
        }
        assert.deepEqual(await found(urlOf('a')), ['a', false])
        assert.deepEqual(await found(urlOf('a2')), ['a', true])
        assert.deepEqual(await found(`${long}1`), ['b', true])
        assert.equal(await found(`${long}2`), null)
        assert.equal(await found(urlOf('A2')), null)
        assert.equal(await found(''), null)
        assert.equal(await found(`${urlOf('a2')}\0`), null)
        assert.deepEqual((await store.faceOf(urlOf('a')))?.face, await store.face('a'))
        await store.forget('a', now + 2)
        assert.equal(await found(urlOf('a')), null)
        assert.equal(await found(urlOf('a2')), null)
      }),
    )

    it(
      'lets those speak for a link whose current source it is, and of them one with a copy',
      withStore(async ({ store }) => {
        const many = Array.from({ length: 20 }, (_, at) => `m${at}`)
        await make(store, ['past', ...many], () => ({ patch: { url: urlOf('shared') } }))
        await store.change(['past'], now + 1, () => ({
          patch: { url: urlOf('new') },
          copy: copyOf('past'),
        }))
        await store.change(['m1'], now + 1, () => ({ patch: {}, copy: copyOf('m1') }))
        const found = await store.faceOf(urlOf('shared'))
        assert.deepEqual([found?.face.subject, found?.current], ['m1', true])
        for (const one of many) await store.forget(one, now + 2)
        const left = await store.faceOf(urlOf('shared'))
        assert.deepEqual([left?.face.subject, left?.current], ['past', false])
      }),
    )
  })
}
