// Of the store's promises: whoever claims has a lease, and is heard only while it lasts.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type WithStore,
  claim,
  copyOf,
  fund,
  hourMs,
  make,
  many,
  now,
  resultsOf,
  seenAt,
  subjectsOf,
} from './contract.ts'
import type { LookResult } from './store.ts'

export function testLooks(withStore: WithStore): void {
  describe('record', () => {
    it(
      'writes all of a result and ends the lease',
      withStore(async ({ store }) => {
        await make(store, ['1'], () => ({ patch: { name: 'kept', standing: 'alive' } }))
        await fund(store)
        const got = await claim(store, 'me')
        const before = got.due[0]?.avatar
        const belief = { alpha: 1, beta: 2, confirmedAt: now, suspect: 0.5, unknownStreak: 0 }
        const change = {
          patch: { standing: 'dying' as const, belief, nextCheckAt: 77 },
          copy: copyOf('1'),
          seen: [seenAt(now + 3)],
          events: [{ type: 'avatar.dying' as const, data: { edges: 2 } }],
        }
        const recorded = await store.record(resultsOf(got, change), 'me', now + 5)
        assert.deepEqual(recorded.applied, [true])
        const { url: _url, ...kept } = copyOf('1')
        const after = await store.avatar('1')
        assert.deepEqual(after, {
          ...before,
          ...change.patch,
          standingAt: now + 5,
          copy: {
            sha256: kept.sha256,
            rawSha256: kept.rawSha256,
            phash: kept.phash,
            url: copyOf('1').url,
            takenAt: now + 5,
          },
          revision: 2,
        })
        assert.deepEqual(
          (await store.story('1', { limit: 9 }))?.items.map(({ kind }) => kind),
          ['event', 'observation'],
        )
        assert.equal((await store.dueDeliveries(now + 5, 9, 1)).length, 1)
        assert.deepEqual(subjectsOf(await claim(store, 'other')), ['1'])
        assert.deepEqual((await store.record(resultsOf(got), 'me', now + 6)).applied, [false])
      }),
    )

    it(
      'hears nobody but the owner of the lease, and nobody twice',
      withStore(async ({ store, dump }) => {
        await make(store, many(3))
        await fund(store)
        const got = await claim(store, 'me')
        const change = { seen: [seenAt(now)], events: [{ type: 'avatar.gone' as const, data: {} }] }
        const results = resultsOf(got, change)
        const before = await dump()
        assert.deepEqual((await store.record(results, 'you', now)).applied, [false, false, false])
        assert.equal(await dump(), before)
        const first = results[0] as LookResult
        const strange = { avatar: { ...first.avatar, id: 999_999 }, change: { patch: {} } }
        const { applied } = await store.record([strange, ...results, first], 'me', now)
        assert.deepEqual(applied.filter(Boolean).length, 3)
        assert.equal(applied[0], false)
        assert.equal((await store.story('s0', { limit: 9 }))?.items.length, 2)
      }),
    )

    it(
      'hears nothing that a change has outdated, and lets others look at once',
      withStore(async ({ store }) => {
        await make(store, ['1', '2'])
        await fund(store)
        const got = await claim(store, 'me')
        await store.change(['1'], now, () => ({ patch: { url: 'https://new' }, outdates: true }))
        await store.change(['2'], now, () => ({ patch: { name: 'not the picture' } }))
        assert.deepEqual(subjectsOf(await claim(store, 'other')), ['1'])
        const { applied } = await store.record(
          resultsOf(got, { patch: { standing: 'gone' } }),
          'me',
          now,
        )
        assert.deepEqual(applied, [false, true])
        assert.equal((await store.avatar('1'))?.standing, 'unknown')
        assert.equal((await store.avatar('2'))?.name, 'not the picture')
      }),
    )

    it(
      'hears nothing of a source, provider or standing that is another one by now, whoever changed it',
      withStore(async ({ store }) => {
        await make(store, ['1', '2', '3', '4'])
        await fund(store)
        const got = await claim(store, 'me')
        const others = [{ url: 'https://new' }, { provider: 'qq' }, { standing: 'gone' as const }]
        await store.change(['1', '2', '3'], now, (_, at) => ({ patch: others[at] ?? {} }))
        await store.change(['4'], now, (avatar) => ({
          patch: avatar === null ? {} : { url: avatar.url, standing: avatar.standing },
        }))
        const { applied } = await store.record(resultsOf(got), 'me', now)
        const heard = got.due.filter((_, at) => applied[at]).map(({ avatar }) => avatar.subject)
        assert.deepEqual(heard, ['4'])
      }),
    )

    it(
      'leaves the lease of a later look alone when an outdated one of the same worker comes in',
      withStore(async ({ store }) => {
        await make(store, ['1'])
        await fund(store)
        const first = await claim(store, 'me')
        await store.change(['1'], now, () => ({ patch: { url: 'https://new' }, outdates: true }))
        const later = await claim(store, 'me')
        assert.deepEqual(subjectsOf(later), ['1'])
        assert.deepEqual((await store.record(resultsOf(first), 'me', now)).applied, [false])
        assert.deepEqual(subjectsOf(await claim(store, 'other')), [])
        assert.deepEqual((await store.record(resultsOf(later), 'me', now)).applied, [true])
      }),
    )

    it(
      'does not touch what was forgotten meanwhile, nor somebody new with the same name',
      withStore(async ({ store }) => {
        await make(store, ['1'])
        await fund(store)
        const got = await claim(store, 'me')
        await store.forget('1', now)
        await make(store, ['1'])
        const { applied } = await store.record(
          resultsOf(got, { patch: { name: 'ghost' } }),
          'me',
          now,
        )
        assert.deepEqual(applied, [false])
        assert.equal((await store.avatar('1'))?.name, null)
      }),
    )

    it(
      'writes a new source into the history',
      withStore(async ({ store }) => {
        await make(store, ['1'])
        await fund(store)
        const got = await claim(store, 'me')
        await store.record(resultsOf(got, { patch: { url: 'https://found' } }), 'me', now + 9)
        assert.deepEqual(
          (await store.sources('1')).map(({ url, until }) => [url === 'https://found', until]),
          [
            [true, null],
            [false, now + 9],
          ],
        )
      }),
    )

    it(
      'agrees with changes that outdate the same looks at the same time',
      withStore(async ({ store, again }) => {
        const other = await again()
        const subjects = many(60)
        await make(store, subjects)
        await fund(store)
        const heard: boolean[] = []
        for (let turn = 1; turn <= 6; turn++) {
          const got = await claim(store, 'me')
          const before = new Map(got.due.map(({ avatar }) => [avatar.subject, avatar.revision]))
          const some = subjects.filter((_, at) => at % turn === 0).toReversed()
          const [{ applied }] = await Promise.all([
            store.record(resultsOf(got), 'me', now),
            other.change(some, now, () => ({ patch: {}, outdates: true })),
          ])
          for (const [at, { avatar }] of got.due.entries()) {
            const after = await store.avatar(avatar.subject)
            const raised = (applied[at] === true ? 1 : 0) + (some.includes(avatar.subject) ? 1 : 0)
            assert.equal(after?.revision, (before.get(avatar.subject) ?? 0) + raised)
          }
          heard.push(...applied)
        }
        assert.equal(heard.length, 360)
      }),
    )

    it(
      'takes ten thousand results at once, beside others that change the same avatars',
      withStore(async ({ store, again }) => {
        const other = await again()
        const subjects = many(10_000)
        await make(store, subjects)
        await fund(store)
        const got = await claim(store, 'me', 10_000)
        assert.equal(got.due.length, 10_000)
        const [{ applied }] = await Promise.all([
          store.record(resultsOf(got, { seen: [seenAt(now)] }), 'me', now),
          ...Array.from({ length: 10 }, (_, at) =>
            other.change(subjects.slice(at * 50, at * 50 + 50).toReversed(), now, () => ({
              patch: { name: 'beside' },
            })),
          ),
        ])
        assert.ok(applied.every(Boolean))
        assert.equal((await store.avatar('s499'))?.name, 'beside')
        assert.equal((await store.avatar('s499'))?.nextCheckAt, 1_499)
      }),
    )
  })

  describe('extend and release', () => {
    it(
      'hold a lease longer, and give it back, if it is ours',
      withStore(async ({ store }) => {
        await make(store, ['1', '2'])
        await fund(store)
        const got = await claim(store, 'me')
        const ids = got.due.map(({ avatar }) => avatar.id)
        await store.extend(ids, 'you', now + hourMs)
        await store.extend([ids[0] ?? 0], 'me', now + 90_000)
        assert.deepEqual(subjectsOf(await claim(store, 'other', 9, now + 40_000)), ['2'])
        await store.release(ids, 'you')
        assert.deepEqual(subjectsOf(await claim(store, 'other', 9, now + 50_000)), [])
        await store.release(ids, 'me')
        assert.deepEqual(subjectsOf(await claim(store, 'third', 9, now + 50_000)), ['1'])
        await store.release([], 'me')
        await store.extend([], 'me', now)
      }),
    )
  })
}
