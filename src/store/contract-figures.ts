// Of the store's promises: figures by day count everything once, and the newest of everything is found at once.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Standing } from '../core/avatar.ts'
import { type WithStore, hourMs, make, now, seenAt } from './contract.ts'
import type { Seen, Store } from './store.ts'

const dayMs = 86_400_000

function stood(alive: number): { standings: Record<Standing, number>; copies: number } {
  const standings = { alive, dying: 0, gone: 1, placeholder: 0, unknown: 0, uploaded: 0 }
  return { standings, copies: alive }
}

async function countAll(store: Store, at: number, alive = 3): Promise<void> {
  for (let step = 0; step < 1_000; step++) if (!(await store.countDays(stood(alive), at))) return
  assert.fail('the counting does not end')
}

async function see(store: Store, subject: string, seen: readonly Seen[], at = now): Promise<void> {
  await store.change([subject], at, () => ({
    patch: {},
    seen,
    events: [{ type: 'avatar.rescued', data: { in: subject } }],
  }))
}

export function testFigures(withStore: WithStore): void {
  describe('figures by day', () => {
    it(
      'count events and looks once, however often they are counted and by whom',
      withStore(async ({ store, again }) => {
        const other = await again()
        await make(store, ['1', '2'])
        await see(store, '1', [seenAt(now), seenAt(now + 1)])
        const at = now + hourMs
        await Promise.all([countAll(store, at), countAll(other, at)])
        await countAll(store, at)
        await see(store, '2', [seenAt(at + 1)], at + 1)
        await countAll(other, at + hourMs, 4)
        assert.deepEqual(await store.days('2026-11-22'), [
          { day: '2026-11-22', ...stood(4), looks: 3, events: { 'avatar.rescued': 2 } },
        ])
      }),
    )

    it(
      'leave the last minute for later, when all of it is written, and tell of it already',
      withStore(async ({ store }) => {
        await make(store, ['1'])
        await see(store, '1', [seenAt(now)])
        await countAll(store, now + 30_000)
        const [early] = await store.days('')
        assert.deepEqual([early?.events, early?.looks], [{ 'avatar.rescued': 1 }, 1])
        await countAll(store, now + 61_000)
        const [day] = await store.days('')
        assert.deepEqual([day?.events, day?.looks], [{ 'avatar.rescued': 1 }, 1])
      }),
    )

    it(
      'belong to the day they happened on, and a past day keeps how it ended',
      withStore(async ({ store }) => {
        await make(store, ['1'])
        await countAll(store, now, 1)
        await see(store, '1', [seenAt(now + 2)], now + 2)
        const tomorrow = now + dayMs
        await see(store, '1', [seenAt(tomorrow), seenAt(tomorrow + 1)], tomorrow)
        await countAll(store, tomorrow + 2 * hourMs, 7)
        const days = await store.days('2026-11-22')
        assert.deepEqual(
          days.map(({ day, standings, looks, events }) => [day, standings.alive, looks, events]),
          [
            ['2026-11-22', 1, 1, { 'avatar.rescued': 1 }],
            ['2026-11-23', 7, 2, { 'avatar.rescued': 1 }],
          ],
        )
        assert.equal((await store.days('2026-11-23')).length, 1)
      }),
    )

    it(
      'take many events in several steps',
      withStore(async ({ store }) => {
        await make(store, ['1'])
        const events = Array.from({ length: 25_000 }, () => {
          return { type: 'person.prompt-shown', data: {} } as const
        })
        await store.change(['1'], now, () => ({ patch: {}, events }))
        assert.equal(await store.countDays(stood(1), now + hourMs), true)
        assert.equal(await store.countDays(stood(1), now + hourMs), false)
        assert.equal((await store.days(''))[0]?.events['person.prompt-shown'], 25_000)
      }),
    )

    it(
      'are forgotten after 800 days, other notes are not',
      withStore(async ({ store }) => {
        await store.setNote('import', 'line 7')
        await store.setNote('dayz', 'mine')
        await countAll(store, now)
        await countAll(store, now + 900 * dayMs)
        assert.deepEqual(
          (await store.days('')).map(({ day }) => day),
          ['2029-05-10'],
        )
        assert.equal(await store.note('import'), 'line 7')
        assert.equal(await store.note('dayz'), 'mine')
      }),
    )
  })

  describe('the newest looks', () => {
    it(
      'are told by provider, edge and what they said',
      withStore(async ({ store }) => {
        await make(store, ['1', '2'], (subject) => ({
          patch: { provider: subject === '2' ? 'qq' : 'wechat' },
        }))
        const gone = { ...seenAt(now - 5), verdict: 'gone', rule: 'wechat.errno-6101' } as const
        await see(store, '1', [
          { ...seenAt(now - 9), ms: 10 },
          { ...seenAt(now - 8), ms: 30 },
          gone,
        ])
        await see(store, '2', [{ ...seenAt(now - 7), edge: '203.0.113.9' }])
        const { looks, edges } = await store.lately(now, 100)
        assert.equal(looks, 4)
        assert.deepEqual(
          edges.map((one) => [one.provider, one.edge, one.verdict, one.looks, one.lastAt - now]),
          [
            ['wechat', '203.0.113.7', 'alive', 2, -8],
            ['qq', '203.0.113.9', 'alive', 1, -7],
            ['wechat', '203.0.113.7', 'gone', 1, -5],
          ],
        )
        assert.equal(edges[0]?.meanMs, 20)
      }),
    )

    it(
      'are the newest where there are more, and none older than a day',
      withStore(async ({ store }) => {
        await make(store, ['1'])
        const seen = [-40, -30, -20, -10].map((ago) => seenAt(now + ago))
        await see(store, '1', [seenAt(now - dayMs - 1), ...seen])
        const two = await store.lately(now, 2)
        assert.deepEqual([two.looks, two.edges[0]?.lastAt], [2, now - 10])
        const all = await store.lately(now, 1_000)
        assert.deepEqual([all.looks, all.since], [4, now - dayMs])
        assert.deepEqual(await store.lately(now + 3 * dayMs, 10), {
          since: now + 2 * dayMs,
          looks: 0,
          edges: [],
        })
      }),
    )
  })

  describe('the newest events', () => {
    it(
      'come newest first, with what they tell',
      withStore(async ({ store }) => {
        await make(store, ['1', '2'])
        await see(store, '1', [], now)
        await see(store, '2', [], now + 1)
        const [first, second, third] = await store.newestEvents(5)
        assert.deepEqual([first?.subject, second?.subject, third], ['2', '1', undefined])
        assert.deepEqual(first?.data, { in: '2' })
        assert.equal((await store.newestEvents(1)).length, 1)
      }),
    )
  })
}
