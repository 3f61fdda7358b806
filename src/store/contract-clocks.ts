// Of the store's promises: one price clock for each provider, turned by one at a time.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type WithStore, make } from './contract.ts'

export function testClocks(withStore: WithStore): void {
  describe('clocks', () => {
    it(
      'are told for all providers with sources, known or not',
      withStore(async ({ store }) => {
        await make(store, ['1', '2', '3'], (_, at) => ({
          patch:
            at === 2 ? { provider: 'upload', url: null } : { provider: at === 0 ? 'qq' : 'wechat' },
        }))
        await store.turnClock('qq', (clock) => ({ ...clock, v: 3, deathDays: 5.5 }))
        await store.turnClock('generic', (clock) => clock)
        const clocks = await store.clocks()
        assert.deepEqual(
          clocks.map(({ provider, v, deathDays }) => [provider, v, deathDays]),
          [
            ['qq', 3, 5.5],
            ['wechat', 0, 7],
          ],
        )
      }),
    )

    it(
      'lose no turn when several turn them at once',
      withStore(async ({ store, again }) => {
        const other = await again()
        await Promise.all(
          Array.from({ length: 20 }, (_, at) =>
            (at % 2 === 0 ? store : other).turnClock('wechat', (clock) => ({
              ...clock,
              v: clock.v + 1,
            })),
          ),
        )
        assert.equal((await store.turnClock('wechat', (clock) => clock)).v, 20)
      }),
    )

    it(
      'count whom the budget is for: the living and those nobody has looked at yet',
      withStore(async ({ store }) => {
        const standings = ['alive', 'unknown', 'dying', 'gone', 'placeholder', 'uploaded'] as const
        await make(store, ['a', 'b', 'c', 'd', 'e', 'f'], (_, at) => ({
          patch: { standing: standings[at] ?? 'alive', swept: at === 1 },
        }))
        assert.equal(await store.living('wechat'), 2)
        assert.equal(await store.living('qq'), 0)
      }),
    )
  })
}
