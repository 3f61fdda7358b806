// Of the store's promises: tables come up to date, old things go, figures add up, small things are kept by name.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type WithStore, copyOf, hashOf, hook, make, now, seenAt } from './contract.ts'
import type { ApiKey } from './store.ts'

const dayMs = 86_400_000
const unlimited = 10_000

export function testUpkeep(withStore: WithStore): void {
  describe('migrate', () => {
    it(
      'makes the tables once, whoever else does so at the same time',
      withStore(
        async ({ store, again }) => {
          assert.deepEqual(await store.pending(), [
            '0001_tables',
            '0002_grants',
            '0003_links',
            '0004_schedule',
          ])
          await assert.rejects(store.avatar('1'), { code: 'store-outdated' })
          const others = await Promise.all([again(), again(), again()])
          const applied = await Promise.all([store, ...others].map((one) => one.migrate()))
          assert.deepEqual(applied.flat(), [
            '0001_tables',
            '0002_grants',
            '0003_links',
            '0004_schedule',
          ])
          assert.deepEqual(await store.pending(), [])
          assert.deepEqual(await store.migrate(), [])
          assert.equal(await store.avatar('1'), null)
          await store.ping()
        },
        { migrated: false },
      ),
    )

    it(
      'refuses tables that a newer program made',
      withStore(async ({ store, again, sql }) => {
        assert.equal(await store.avatar('1'), null)
        await sql(`INSERT INTO migration (name, at) VALUES ('9999_from_the_future', 1)`)
        const old = await again()
        const outdated = { code: 'store-outdated', message: /9999_from_the_future/ }
        await assert.rejects(old.migrate(), outdated)
        await assert.rejects(old.pending(), outdated)
        await assert.rejects(old.avatar('1'), outdated)
        await assert.rejects(
          old.change(['1'], now, () => null),
          outdated,
        )
        // Whoever was there before goes on.
        assert.equal(await store.avatar('1'), null)
      }),
    )
  })

  describe('trim', () => {
    it(
      'removes old observations and events, but nothing that is still to be told',
      withStore(async ({ store }) => {
        const old = now - 500 * dayMs
        await make(store, ['1'], () => ({
          seen: [old, old + 1, now - 40 * dayMs, now - 3 * dayMs, now].map((at) => seenAt(at)),
        }))
        await store.change(['1'], old, () => ({
          patch: {},
          events: [
            { type: 'avatar.alive', data: {} },
            { type: 'avatar.gone', data: {} },
          ],
        }))
        const bounds = { answersBefore: 0, copiesBefore: 0, max: unlimited }
        await store.trim({ ...bounds, historyBefore: now - 30 * dayMs })
        const left = await store.story('1', { limit: 99 })
        assert.deepEqual(
          left?.items.map((entry) => (entry.kind === 'event' ? entry.type : entry.at)),
          [now, now - 3 * dayMs, 'avatar.gone'],
        )
        const [due] = await store.dueDeliveries(now, 9, 1)
        await store.settleDeliveries([
          { id: due?.id ?? 0, state: 'delivered', nextAt: now, status: 200, error: null },
        ])
        await store.trim({ ...bounds, historyBefore: now - 2 * dayMs })
        assert.equal((await store.story('1', { limit: 99 }))?.items.length, 1)
        assert.deepEqual(await store.deliveries('delivered', 9), [])
      }),
    )

    it(
      'removes past copies, and the pictures that nobody shows or has shown any more',
      withStore(async ({ store }) => {
        await make(store, ['1', '2'], (subject) => ({ copy: copyOf(`first ${subject}`) }))
        await store.change(['1', '2'], now, () => ({ patch: {}, copy: copyOf('both') }))
        await store.change(['1'], now + 10, () => ({ patch: {}, copy: copyOf('last') }))
        const bounds = { historyBefore: 0, answersBefore: 0, max: unlimited }
        const early = await store.trim({ ...bounds, copiesBefore: now })
        assert.deepEqual(early, { removed: 0, pictures: [] })
        const some = await store.trim({ ...bounds, copiesBefore: now + 1, max: 2 })
        assert.equal(some.removed, 2)
        // However long ago it was taken, it was shown a moment ago.
        assert.equal((await store.trim({ ...bounds, copiesBefore: now + 10 })).removed, 0)
        const rest = await store.trim({ ...bounds, copiesBefore: now + 11 })
        assert.deepEqual(rest, { removed: 1, pictures: [] })
        assert.deepEqual(
          some.pictures.toSorted(),
          [copyOf('first 1').sha256, copyOf('first 2').sha256].sort(),
        )
        assert.equal((await store.picture(copyOf('both').sha256))?.subjects, 1)
        assert.equal((await store.copies('1')).length, 1)
      }),
    )

    it(
      'removes at most so many of each',
      withStore(async ({ store }) => {
        const old = now - 50 * dayMs
        await make(store, ['1'], () => ({
          seen: Array.from({ length: 9 }, () => seenAt(now - 2 * dayMs)),
        }))
        for (const key of ['a', 'b', 'c']) {
          await store.remember(key, { request: 'r', status: 200, body: '{}' }, old)
        }
        const bounds = { historyBefore: now - dayMs, answersBefore: now, copiesBefore: 0, max: 2 }
        assert.deepEqual(await store.trim(bounds), { removed: 4, pictures: [] })
        assert.equal((await store.story('1', { limit: 99 }))?.items.length, 7)
        assert.equal((await store.trim({ ...bounds, max: unlimited })).removed, 8)
        assert.equal(await store.answered('a'), null)
      }),
    )
  })

  describe('stats', () => {
    it(
      'add up',
      withStore(async ({ store }) => {
        const none = await store.stats(now)
        assert.deepEqual(
          [none.avatars, none.pictureBytes, none.oldestOverdueAt, none.providers],
          [0, 0, null, []],
        )
        await make(store, ['1', '2', '3', '4'], (subject, at) => ({
          patch: {
            standing: at < 3 ? 'alive' : 'gone',
            provider: at === 0 ? 'qq' : 'wechat',
            ...(at === 1 ? { urgentAt: now - 7, urgency: 'first' } : {}),
            ...(at === 2 ? { urgentAt: now - 9, urgency: 'hint' } : {}),
            ...(at === 3 ? { urgentAt: now + 1, urgency: 'again' } : {}),
          },
          ...(at < 2 ? { copy: copyOf('same') } : {}),
          ...(at === 2 ? { copy: copyOf(subject) } : {}),
          events: [{ type: 'avatar.gone', data: {} }],
        }))
        const [due] = await store.dueDeliveries(now, 1, 1)
        const failed = { state: 'failed', nextAt: now, status: 500, error: 'e' } as const
        await store.settleDeliveries([{ ...failed, id: due?.id ?? 0 }])
        await store.mark(hashOf('grey'), 'suspected', now)
        assert.deepEqual(await store.stats(now), {
          avatars: 4,
          standings: { alive: 3, dying: 0, gone: 1, placeholder: 0, unknown: 0, uploaded: 0 },
          providers: [
            { provider: 'qq', avatars: 1, standings: { alive: 1 } },
            { provider: 'wechat', avatars: 3, standings: { alive: 2, gone: 1 } },
          ],
          copies: 3,
          pictures: 2,
          pictureBytes: 2 * copyOf('same').bytes,
          overdue: 2,
          oldestOverdueAt: now - 9,
          deliveries: { pending: 3, failed: 1 },
          suspects: 1,
        })
      }),
    )
  })

  describe('keys, answers and notes', () => {
    it(
      'are kept by name',
      withStore(async ({ store }) => {
        const key: ApiKey = {
          id: 'k1',
          name: `the app's "key"`,
          scope: 'write',
          createdAt: now,
          lastUsedAt: null,
          revokedAt: null,
        }
        await store.addKey(key, hashOf('secret'))
        assert.deepEqual(await store.keyOf(hashOf('secret')), key)
        assert.equal(await store.keyOf(hashOf('other')), null)
        await assert.rejects(
          store.addKey({ ...key, id: 'k2' }, hashOf('secret')),
          (error: Error) => {
            return error.name !== 'EverfaceError'
          },
        )
        await store.touchKey('k1', now + 5)
        await store.touchKey('k1', now + 3)
        assert.deepEqual(await store.keys(), [{ ...key, lastUsedAt: now + 5 }])
        assert.equal(await store.revokeKey('k1', now + 9), true)
        assert.equal(await store.revokeKey('k1', now + 10), false)
        assert.equal(await store.revokeKey('none', now), false)
        assert.equal(await store.keyOf(hashOf('secret')), null)
        assert.equal((await store.keys())[0]?.revokedAt, now + 9)

        const answer = { request: hashOf('r'), status: 201, body: '{"a":"\u00e9"}' }
        await store.remember('once', answer, now)
        await store.remember('once', { ...answer, status: 500 }, now)
        assert.deepEqual(await store.answered('once'), answer)
        assert.equal(await store.answered('never'), null)

        await store.setNote('import', '42')
        await store.setNote('import', '43')
        assert.equal(await store.note('import'), '43')
        await store.setNote('import', null)
        assert.equal(await store.note('import'), null)
      }),
    )
  })

  describe('close', () => {
    it(
      'lets what is on its way end, and refuses what comes later',
      withStore(async ({ again }) => {
        const store = await again({ hooks: [hook] })
        const making = make(store, ['1'])
        await making
        await store.close()
        await store.close()
        await assert.rejects(store.avatar('1'), { code: 'store-unreachable' })
        await assert.rejects(make(store, ['2']), { code: 'store-unreachable' })
      }),
    )
  })
}
