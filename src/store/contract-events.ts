// Of the store's promises: what has happened is told to every webhook, at least once, and no more than it must be.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type WithStore, hook, make, now } from './contract.ts'
import type { DeliveryResult, EventType, Store } from './store.ts'

const second = 'https://other.example/hook'
const told = (type: EventType, data = {}) => ({ events: [{ type, data }] })

function settled(id: number, more: Partial<DeliveryResult>): DeliveryResult {
  return { id, state: 'delivered', nextAt: now, status: 200, error: null, ...more }
}

async function deliverAll(store: Store, at = now): Promise<void> {
  const due = await store.dueDeliveries(at, 1_000, 1)
  await store.settleDeliveries(due.map(({ id }) => settled(id, {})))
}

export function testEvents(withStore: WithStore): void {
  describe('events', () => {
    it(
      'go to every hook when they are told, with ids that ascend',
      withStore(
        async ({ store }) => {
          await make(store, ['1', '2'], (subject) => ({
            events: [
              { type: 'avatar.changed', data: { to: `${subject} 👩‍👩‍👧`, n: 0.1 } },
              { type: 'avatar.alive', data: {} },
            ],
          }))
          const due = await store.dueDeliveries(now, 10, 1_000)
          assert.equal(due.length, 4)
          assert.deepEqual(new Set(due.map((one) => one.hook)), new Set([hook, second]))
          const ids = [...new Set(due.toSorted((a, b) => a.id - b.id).map(({ event }) => event.id))]
          assert.deepEqual(ids, ids.toSorted())
          assert.ok(ids.every((id) => /^[\w-]{20,64}$/.test(id)))
          const { event, state, attempts, lastStatus, lastError } = due[0] ?? {}
          assert.deepEqual(event, {
            id: ids[0],
            subject: '1',
            type: 'avatar.changed',
            at: now,
            data: { to: '1 👩‍👩‍👧', n: 0.1 },
          })
          assert.deepEqual([state, attempts, lastStatus, lastError], ['pending', 0, null, null])
        },
        { hooks: [hook, second, hook] },
      ),
    )
  })

  describe('deliveries', () => {
    it(
      'are leased to one at a time, oldest first, and come back when nothing is heard',
      withStore(async ({ store, again }) => {
        const other = await again()
        await make(
          store,
          Array.from({ length: 30 }, (_, at) => `s${at}`),
          () => told('avatar.gone'),
        )
        const leases = await Promise.all(
          [store, other, store, other].map((one) => one.dueDeliveries(now, 7, 5_000)),
        )
        const ids = leases.flat().map(({ id }) => id)
        assert.equal(new Set(ids).size, ids.length)
        let left = await store.dueDeliveries(now, 100, 5_000)
        assert.equal(ids.length + left.length, 30)
        assert.deepEqual(await store.dueDeliveries(now + 4_999, 100, 5_000), [])
        left = await store.dueDeliveries(now + 5_000, 3, 5_000)
        assert.equal(left.length, 3)
      }),
    )

    it(
      'are put off, fail, are listed and sent again under the same id',
      withStore(async ({ store }) => {
        await make(store, ['1'], () => told('avatar.ask'))
        const [first] = await store.dueDeliveries(now, 9, 1_000)
        const id = first?.id ?? 0
        const error = 'E'.repeat(10_000)
        await store.settleDeliveries([
          settled(id, { state: 'pending', nextAt: now + 60_000, status: 503, error }),
        ])
        assert.deepEqual(await store.dueDeliveries(now + 59_999, 9, 1_000), [])
        assert.equal(await store.resend(id, now), false)
        const [pending] = await store.deliveries('pending', 9)
        assert.deepEqual([pending?.attempts, pending?.lastStatus], [1, 503])
        assert.ok((pending?.lastError?.length ?? 0) < 1_000)
        await store.settleDeliveries([
          settled(id, { state: 'failed', status: null, error: 'gone' }),
        ])
        const [failed] = await store.deliveries('failed', 9)
        assert.deepEqual([failed?.id, failed?.attempts, failed?.lastError], [id, 2, 'gone'])
        assert.equal(await store.resend(id, now + 70_000), true)
        const [again] = await store.dueDeliveries(now + 70_000, 9, 1_000)
        assert.equal(again?.event.id, first?.event.id)
        await store.settleDeliveries([settled(id, {})])
        // A slower worker's bad news comes too late.
        await store.settleDeliveries([settled(id, { state: 'failed' })])
        assert.equal((await store.deliveries('delivered', 9)).length, 1)
        assert.equal(await store.resend(id, now), false)
        assert.equal(await store.resend(Number.NaN, now), false)
        await store.settleDeliveries([])
      }),
    )

    it(
      'of somebody forgotten take the last trace with them once all hooks know',
      withStore(
        async ({ store, dump }) => {
          await make(store, ['somebody'])
          await store.forget('somebody', now)
          const due = await store.dueDeliveries(now, 9, 1_000)
          assert.deepEqual(
            due.map(({ event }) => [event.type, event.subject, event.data]),
            [
              ['avatar.forgotten', 'somebody', {}],
              ['avatar.forgotten', 'somebody', {}],
            ],
          )
          await store.settleDeliveries([
            settled(due[0]?.id ?? 0, {}),
            settled(due[1]?.id ?? 0, { state: 'failed' }),
          ])
          assert.match(await dump(), /somebody/)
          await store.resend(due[1]?.id ?? 0, now)
          await deliverAll(store)
          assert.doesNotMatch(await dump(), /somebody/)
        },
        { hooks: [hook, second] },
      ),
    )
  })
}
