// Of the store's promises: pictures are kept by content, and known by who shows them.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type WithStore, claim, copyOf, fund, hashOf, make, now } from './contract.ts'

export function testPictures(withStore: WithStore): void {
  describe('pictures', () => {
    it(
      'are one row however many show them, and say how many do',
      withStore(async ({ store }) => {
        await make(store, ['1', '2', '3'], () => ({ copy: copyOf('same') }))
        const { sha256, rawSha256 } = copyOf('same')
        const { url: _url, ...facts } = copyOf('same')
        assert.deepEqual(await store.picture(sha256), { ...facts, firstSeenAt: now, subjects: 3 })
        assert.equal(await store.showing(rawSha256, 10), 3)
        assert.equal(await store.showing(rawSha256, 2), 2)
        await store.change(['1', '2'], now + 1, () => ({ patch: {}, copy: null }))
        assert.equal((await store.avatar('1'))?.copy, null)
        assert.equal((await store.picture(sha256))?.subjects, 1)
        assert.equal(await store.showing(rawSha256, 10), 3)
        assert.equal(await store.picture(hashOf('none')), null)
      }),
    )

    it(
      'that were shown before are remembered, the newest first',
      withStore(async ({ store }) => {
        const words = Array.from({ length: 25 }, (_, at) => `w${at}`)
        await make(store, ['1'], () => ({ copy: copyOf('w0') }))
        for (const [at, word] of words.entries()) {
          await store.change(['1'], now + at, () => ({ patch: {}, copy: copyOf(word) }))
        }
        const newest = words.toReversed().map(copyOf)
        assert.deepEqual(await store.copies('1'), newest.slice(0, 20))
        // Shown again, it is the newest again.
        await store.change(['1'], now + 99, () => ({ patch: {}, copy: copyOf('w3') }))
        assert.deepEqual((await store.copies('1'))[0], copyOf('w3'))
        assert.equal((await store.avatar('1'))?.copy?.takenAt, now + 99)
        assert.equal((await store.stats(now)).copies, 1)
        assert.deepEqual(await store.copies('nobody'), [])
      }),
    )

    it(
      'are listed by name, and known or not',
      withStore(async ({ store }) => {
        const words = ['a', 'b', 'c', 'd', 'e']
        await make(store, words, (subject) => ({ copy: copyOf(subject) }))
        const names = words.map((word) => copyOf(word).sha256).sort()
        assert.deepEqual(await store.pictureNames(null, 2), names.slice(0, 2))
        assert.deepEqual(await store.pictureNames(names[1] ?? null, 9), names.slice(2))
        const known = await store.known([names[0] ?? '', hashOf('none')])
        assert.deepEqual([...known], [names[0]])
        assert.deepEqual(await store.known([]), new Set())
      }),
    )

    it(
      'that are lost are looked for at once by all who showed them',
      withStore(async ({ store }) => {
        await make(store, ['1', '2', '3', 'up'], (subject, at) => ({
          patch: { swept: false, ...(subject === 'up' ? { url: null, provider: 'upload' } : {}) },
          copy: copyOf(at === 2 ? 'other' : 'lost'),
        }))
        await store.change(['3'], now, () => ({ patch: {}, copy: copyOf('lost') }))
        await store.change(['3'], now, () => ({ patch: {}, copy: copyOf('other') }))
        await fund(store)
        const { sha256 } = copyOf('lost')
        assert.equal(await store.losePicture(sha256, now + 5), 3)
        assert.equal(await store.picture(sha256), null)
        assert.deepEqual(
          (await claim(store, 'me', 9, now + 5)).due.map(({ avatar, urgency }) => [
            avatar.subject,
            avatar.copy,
            urgency,
          ]),
          [
            ['1', null, 'first'],
            ['2', null, 'first'],
          ],
        )
        assert.equal((await store.avatar('up'))?.urgentAt, null)
        assert.equal((await store.avatar('3'))?.copy?.sha256, copyOf('other').sha256)
        assert.equal(await store.losePicture(sha256, now + 6), 0)
      }),
    )

    it(
      'that are lost while others show them are either lost to them as well or there again',
      withStore(async ({ store, again }) => {
        const other = await again()
        const subjects = ['1', '2', '3', '4', '5', '6']
        const { sha256 } = copyOf('lost')
        await make(store, ['0', ...subjects])
        for (let turn = 0; turn < 12; turn++) {
          await store.change(['0'], now, () => ({ patch: {}, copy: copyOf('lost') }))
          await Promise.all([
            ...subjects.map((subject) =>
              other.change([subject], now, () => ({ patch: {}, copy: copyOf('lost') })),
            ),
            store.losePicture(sha256, now),
          ])
          const avatars = await Promise.all(subjects.map((subject) => store.avatar(subject)))
          const showing = avatars.filter((avatar) => avatar?.copy?.sha256 === sha256).length
          assert.equal((await store.picture(sha256))?.subjects ?? 0, showing)
          await store.losePicture(sha256, now)
        }
      }),
    )
  })

  describe('mark', () => {
    it(
      'tells who shows the bytes, and a suspicion does not undo what was decided',
      withStore(async ({ store }) => {
        const { rawSha256, sha256 } = copyOf('grey')
        await make(store, ['b', 'a', 'c'], () => ({ copy: copyOf('grey') }))
        await store.change(['c'], now, () => ({ patch: {}, copy: copyOf('own') }))
        assert.deepEqual(await store.mark(rawSha256, 'suspected', now), ['a', 'b'])
        assert.equal((await store.stats(now)).suspects, 1)
        await store.mark(rawSha256, 'placeholder', now + 1)
        await store.mark(rawSha256, 'suspected', now + 2)
        await store.mark(hashOf('unseen'), 'suspected', now + 3)
        assert.deepEqual(await store.suspects(), [
          {
            rawSha256: hashOf('unseen'),
            sha256: null,
            mark: 'suspected',
            markedAt: now + 3,
            subjects: 0,
          },
          { rawSha256, sha256, mark: 'placeholder', markedAt: now + 1, subjects: 3 },
        ])
        const marks = await store.markOf([rawSha256, hashOf('none'), hashOf('unseen')])
        assert.deepEqual(
          marks,
          new Map([
            [rawSha256, 'placeholder'],
            [hashOf('unseen'), 'suspected'],
          ]),
        )
        assert.deepEqual(await store.markOf([]), new Map())
        assert.deepEqual(await store.mark(rawSha256, 'face', now + 4), ['a', 'b'])
      }),
    )

    it(
      'is written down once',
      withStore(async ({ store, dump }) => {
        await store.mark(hashOf('x'), 'suspected', now)
        await store.mark(hashOf('x'), 'suspected', now + 1)
        await store.mark(hashOf('x'), 'placeholder', now + 2)
        const written = await dump()
        assert.equal(written.split('picture.suspected').length, 2)
        assert.equal(written.split('picture.marked').length, 2)
      }),
    )
  })
}
