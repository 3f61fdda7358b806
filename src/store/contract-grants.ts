// Of the store's promises: what people granted is kept and changed with them, somebody attends to each of them at a time,
// and what may happen once happens once.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type WithStore, copyOf, hourMs, make, now, seenAt, urlOf } from './contract.ts'
import type { PersonChange, StoredGrant } from './persons.ts'
import type { Store } from './store.ts'

const monthMs = 30 * 86_400_000

function grantOf(more: Partial<StoredGrant> = {}): StoredGrant {
  return {
    appid: 'wx-one',
    openid: 'o-1',
    unionid: 'u-1',
    scope: 'snsapi_userinfo',
    refreshToken: 'sealed-1',
    grantedAt: now,
    refreshUntil: now + monthMs,
    over: false,
    lastRefreshAt: null,
    unchangedRefreshes: 0,
    ...more,
  }
}

async function changed(store: Store, subject: string, change: PersonChange, at = now) {
  return await store.changePerson(subject, at, 0, () => change)
}

async function due(store: Store, owner: string, at: number, max = 10, leaseMs = 60_000) {
  const found = await store.dueAttention({ now: at, max, leaseMs, owner })
  return found.map(({ subject }) => subject)
}

export function testGrants(withStore: WithStore): void {
  describe('changePerson', () => {
    it(
      'keeps one grant for each app, replaces it by the next, and tells all of a person',
      withStore(async ({ store }) => {
        await make(store, ['1', '2'], () => ({ seen: [seenAt(now - 5), seenAt(now - 9)] }))
        assert.equal(await store.changePerson('nobody', now, 0, () => assert.fail('asked')), null)
        assert.equal(await store.person('nobody', 0), null)
        const later = grantOf({ appid: 'wx-two', openid: 'o-2', refreshUntil: now + 2 * monthMs })
        await changed(store, '1', { patch: { name: 'A' }, grants: [later, grantOf()] })
        const again = grantOf({ refreshToken: null, unionid: null, over: true, lastRefreshAt: now })
        const person = await changed(store, '1', {
          patch: { tokenExpiresAt: later.refreshUntil },
          grants: [{ ...again, unchangedRefreshes: 2 }],
          events: [
            { type: 'person.prompt-shown', data: { scene: 'profile' } },
            { type: 'avatar.ask', data: {} },
            { type: 'avatar.gone', data: {} },
          ],
        })
        assert.deepEqual(person?.grants, [{ ...again, unchangedRefreshes: 2 }, later])
        assert.deepEqual(
          person?.events.map(({ type }) => type),
          ['person.prompt-shown', 'avatar.ask'],
        )
        assert.deepEqual(person?.events[0]?.data, { scene: 'profile' })
        assert.equal(person?.lookedAt, now - 5)
        assert.equal(person?.urlAt, now)
        assert.deepEqual(
          [person?.avatar.name, person?.avatar.tokenExpiresAt],
          ['A', later.refreshUntil],
        )
        assert.deepEqual(await store.person('1', 0), person)
        assert.deepEqual((await store.person('1', now + 1))?.events, [])
        const other = await store.person('2', 0)
        assert.deepEqual([other?.grants, other?.events], [[], []])
        assert.equal((await store.story('1', { limit: 99 }))?.items.length, 5)
      }),
    )

    it(
      'changes the avatar as `change` does, and takes back events',
      withStore(async ({ store }) => {
        await make(store, ['1'], () => ({ copy: copyOf('first') }))
        await changed(store, '1', { patch: {}, events: [{ type: 'person.snapshot', data: {} }] })
        await store.dropEvents(['2'], 'person.snapshot')
        const person = await changed(store, '1', {
          patch: { url: urlOf('next'), standing: 'unknown' },
          copy: null,
          dropEvents: ['person.snapshot'],
          events: [{ type: 'person.login', data: {} }],
          outdates: true,
        })
        assert.deepEqual([person?.avatar.copy, person?.avatar.revision], [null, 2])
        assert.deepEqual(
          (await store.sources('1')).map(({ url }) => url),
          [urlOf('next'), urlOf('1')],
        )
        assert.deepEqual(
          person?.events.map(({ type }) => type),
          ['person.login'],
        )
        await store.dropEvents(['1', 'nobody'], 'person.login')
        assert.deepEqual((await store.person('1', 0))?.events, [])
      }),
    )

    it(
      'decides one after the other, each upon what the one before did',
      withStore(async ({ store, again }) => {
        await make(store, ['1'])
        const stores = [store, await again(), await again()]
        await Promise.all(
          stores.flatMap((one) =>
            [1, 2, 3, 4].map((at) =>
              one.changePerson('1', now + at, 0, ({ events }) =>
                events.length > 0
                  ? null
                  : { patch: {}, events: [{ type: 'person.prompt-shown', data: {} }] },
              ),
            ),
          ),
        )
        assert.equal((await store.person('1', 0))?.events.length, 1)
      }),
    )
  })

  describe('dueAttention', () => {
    it(
      'leases everybody to one at a time, the longest due first, and again when nothing is heard',
      withStore(async ({ store, again }) => {
        const other = await again()
        const subjects = Array.from({ length: 40 }, (_, at) => `s${at}`)
        await make(store, subjects, (_, at) => ({ attendAt: now + at }))
        assert.deepEqual(await due(store, 'me', now - 1), [])
        assert.deepEqual(await due(store, 'me', now + 1), ['s0', 's1'])
        const [mine, theirs] = await Promise.all([
          due(store, 'me', now + 50, 100),
          due(other, 'they', now + 50, 100),
        ])
        assert.deepEqual([...mine, ...theirs].toSorted(), subjects.slice(2).toSorted())
        assert.deepEqual(await due(store, 'me', now + 50), [])
        assert.equal((await due(store, 'me', now + 60_050, 100)).length, 40)
      }),
    )

    it(
      'is ended by whoever has the lease, and what happened meanwhile is not lost',
      withStore(async ({ store }) => {
        await make(store, ['1'], () => ({ attendAt: now }))
        await changed(store, '1', { patch: {}, attendAt: now + 5 })
        assert.deepEqual(await due(store, 'me', now), ['1'])
        const end = { owner: 'me', nextAt: now + hourMs, failures: 3 }
        await changed(store, '1', { patch: {}, attended: { ...end, owner: 'somebody' } })
        assert.deepEqual(await due(store, 'me', now + 30_000), [], 'not theirs to end')
        await changed(store, '1', { patch: {}, attended: end })
        assert.deepEqual(await due(store, 'me', now + hourMs - 1), [])
        const found = await store.dueAttention({
          now: now + hourMs,
          max: 1,
          leaseMs: 60_000,
          owner: 'me',
        })
        assert.deepEqual(found, [{ subject: '1', failures: 3 }])
        // The picture is found gone while somebody attends.
        await changed(store, '1', { patch: {}, attendAt: now + hourMs + 7 })
        assert.deepEqual(await due(store, 'me', now + hourMs + 8), [], 'leased still')
        const later = { owner: 'me', nextAt: now + 9 * hourMs, failures: 0 }
        await changed(store, '1', { patch: {}, attended: later })
        assert.deepEqual(await due(store, 'me', now + hourMs + 8), ['1'])
        await changed(store, '1', { patch: {}, attended: { ...later, nextAt: null } })
        assert.deepEqual(await due(store, 'me', now + 99 * hourMs), [])
      }),
    )

    it(
      'hears of looks',
      withStore(async ({ store }) => {
        await make(store, ['1'])
        await store.turnClock('wechat', (clock) => ({ ...clock, paceTokens: 9, sweepTokens: 9 }))
        const claimed = await store.claimOne({
          subject: '1',
          limits: { pace: 9, budget: 9 },
          now,
          leaseMs: 1_000,
          owner: 'me',
        })
        const change = { patch: { standing: 'gone' as const }, attendAt: now }
        const results = (claimed?.due ?? []).map(({ avatar }) => ({ avatar, change }))
        await store.record(results, 'me', now)
        assert.deepEqual(await due(store, 'me', now), ['1'])
      }),
    )
  })

  describe('holders', () => {
    it(
      'are found by openid with an app, or by unionid where that is all that is told',
      withStore(async ({ store }) => {
        await make(store, ['1', '2', '3'])
        await changed(store, '1', { patch: {}, grants: [grantOf()] })
        await changed(store, '2', { patch: {}, grants: [grantOf({ over: true })] })
        await changed(store, '3', {
          patch: {},
          grants: [grantOf({ appid: 'wx-two' }), grantOf({ openid: 'o-3', unionid: 'u-3' })],
        })
        const find = (openid: string | null, unionid: string | null, appid = 'wx-one') =>
          store.holders({ appid, openid, unionid })
        assert.deepEqual(await find('o-1', null), ['1', '2'])
        assert.deepEqual(await find('o-1', null, 'wx-two'), ['3'])
        assert.deepEqual(await find(null, 'u-1'), ['1', '2'])
        assert.deepEqual(await find('o-3', 'u-1'), ['3'])
        assert.deepEqual(await find(null, null), [])
      }),
    )
  })

  describe('forget', () => {
    it(
      'leaves nothing of what the person granted or did',
      withStore(
        async ({ store, dump }) => {
          await make(store, ['erased-one', 'kept'], () => ({ attendAt: now }))
          for (const subject of ['erased-one', 'kept']) {
            await changed(store, subject, {
              patch: {},
              grants: [
                grantOf({
                  openid: `openid of ${subject}`,
                  unionid: `unionid of ${subject}`,
                  refreshToken: `token of ${subject}`,
                }),
              ],
              events: [{ type: 'person.prompt-shown', data: { scene: `scene of ${subject}` } }],
            })
          }
          assert.match(await dump(), /token of erased-one/)
          assert.equal((await store.forget('erased-one', now))?.events, 1)
          assert.doesNotMatch(await dump(), /erased-one/)
          assert.deepEqual(await due(store, 'me', now), ['kept'])
          assert.equal((await store.person('kept', 0))?.grants.length, 1)
        },
        { hooks: [] },
      ),
    )

    it(
      'by a program that does not know what was granted takes that along',
      withStore(async ({ store, sql, dump }) => {
        await make(store, ['1'], () => ({ attendAt: now }))
        await changed(store, '1', { patch: {}, grants: [grantOf()] })
        await sql(`DELETE FROM avatar WHERE subject = '1'`)
        assert.doesNotMatch(await dump(), /wx-one|sealed-1/)
        assert.deepEqual(await due(store, 'me', now), [])
      }),
    )
  })

  describe('spend', () => {
    it(
      'succeeds once, whoever else tries at the same time, and tells the others how it went',
      withStore(async ({ store, again }) => {
        const other = await again()
        const tried = await Promise.all(
          [store, other, store, other].map((one) => one.spend('state-1', now + 1_000)),
        )
        assert.equal(tried.filter((one) => one === null).length, 1)
        assert.deepEqual(
          tried.find((one) => one !== null),
          { outcome: null },
        )
        await store.settleSpent('state-1', 'ok')
        await store.settleSpent('state-none', 'ok')
        assert.deepEqual(await other.spend('state-1', now), { outcome: 'ok' })
        assert.equal(await store.spend('state-2', now + 2_000), null)
        assert.equal(await store.trimOnce(now + 1_001, 10), 1)
        assert.equal(await store.spend('state-1', now), null)
        assert.notEqual(await store.spend('state-2', now), null)
      }),
    )
  })

  describe('takePushed', () => {
    it(
      'keeps a message until it was acted upon, takes it once, and then keeps its id alone',
      withStore(async ({ store, again, dump }) => {
        const other = await again()
        const taken = await Promise.all(
          [store, other, store].map((one) => one.takePushed('push-1', 'a message', now, now + 500)),
        )
        assert.equal(taken.filter(Boolean).length, 1)
        await store.takePushed('push-2', 'another', now + 1, now + 500)
        assert.deepEqual(await store.duePushed(now, 0, 100), [])
        assert.deepEqual(await store.duePushed(now, 5, 100), [{ id: 'push-1', body: 'a message' }])
        assert.deepEqual(await other.duePushed(now + 1, 5, 100), [
          { id: 'push-2', body: 'another' },
        ])
        assert.deepEqual(await store.duePushed(now + 99, 5, 100), [])
        assert.deepEqual(
          (await store.duePushed(now + 101, 5, 100)).map(({ id }) => id),
          ['push-1', 'push-2'],
          'nothing was heard: they come again',
        )
        await store.settlePushed('push-1')
        assert.deepEqual(
          (await store.duePushed(now + 300, 5, 100)).map(({ id }) => id),
          ['push-2'],
        )
        assert.doesNotMatch(await dump(), /a message/)
        assert.equal(await store.takePushed('push-1', 'a message', now, now + 500), false)
        assert.equal(await store.trimOnce(now + 501, 10), 1, 'what was not acted upon stays')
        assert.equal(await store.takePushed('push-1', 'a message', now, now + 500), true)
      }),
    )
  })
}
