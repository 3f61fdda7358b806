// Of the store's promises: who is claimed, in which order, and what is paid for it.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { freshClock } from '../core/clock.ts'
import {
  type WithStore,
  claim,
  fund,
  hourMs,
  limits,
  make,
  many,
  now,
  resultsOf,
  subjectsOf,
} from './contract.ts'

export function testClaims(withStore: WithStore): void {
  describe('claim', () => {
    it(
      'finds those who are due before where the sweep has come: within seconds, or when there is nobody else',
      withStore(async ({ store }) => {
        const late = async (subject: string, nextCheckAt: number) =>
          await store.change([subject], now, () => ({ patch: { nextCheckAt } }))
        await make(store, many(9))
        await fund(store)
        await store.turnClock('wechat', (clock) => ({ ...clock, live: 1_000_000 }))
        assert.deepEqual(subjectsOf(await claim(store, 'me', 2)), ['s0', 's1'])
        await late('s8', -1)
        assert.deepEqual(subjectsOf(await claim(store, 'me', 2, now + 9_000)), ['s2', 's3'])
        assert.deepEqual(subjectsOf(await claim(store, 'me', 2, now + 10_000)), ['s8', 's4'])
        await late('s7', -2)
        assert.deepEqual(subjectsOf(await claim(store, 'me', 2, now + 11_000)), ['s5', 's6'])
        assert.deepEqual(subjectsOf(await claim(store, 'me', 2, now + 11_000)), [])
        assert.deepEqual(subjectsOf(await claim(store, 'me', 2, now + 11_000)), ['s7'])
      }),
    )

    it(
      'is not misled by a time that goes backwards',
      withStore(async ({ store }) => {
        await make(store, many(4))
        await fund(store)
        assert.deepEqual(subjectsOf(await claim(store, 'me', 1, now)), ['s0'])
        await store.change(['s3'], now, () => ({ patch: { nextCheckAt: -1 } }))
        assert.deepEqual(subjectsOf(await claim(store, 'me', 1, now - 60_000)), ['s3'])
      }),
    )

    it(
      'takes what is owed out of turn first, then the smallest next check, and moves the clock',
      withStore(async ({ store }) => {
        await make(store, many(8), (_, at) => ({
          patch: {
            nextCheckAt: 10 - at,
            ...(at === 2 ? { urgentAt: now - 5, urgency: 'hint' } : {}),
            ...(at === 3 ? { urgentAt: now - 9, urgency: 'first' } : {}),
            ...(at === 4 ? { urgentAt: now + 1, urgency: 'retry' } : {}),
            ...(at === 5 ? { urgentAt: now + 1, urgency: 'expiry' } : {}),
            ...(at === 6 ? { swept: false } : {}),
          },
        }))
        await fund(store)
        const got = await claim(store, 'me', 4)
        assert.deepEqual(subjectsOf(got), ['s3', 's2', 's7', 's5'])
        assert.deepEqual(
          got.due.map(({ urgency }) => urgency),
          ['first', 'hint', null, null],
        )
        assert.deepEqual(got.due[0]?.avatar, await store.avatar('s3'))
        const { v, paceTokens, sweepTokens, eventTokens } = got.clock
        assert.deepEqual([v, paceTokens, sweepTokens, eventTokens], [5, 99_996, 99_998, 99_999])
        assert.deepEqual((await store.clocks())[0], got.clock)
        assert.deepEqual(subjectsOf(await claim(store, 'other')), ['s1', 's0'])
        assert.deepEqual(subjectsOf(await claim(store, 'other')), [])
      }),
    )

    it(
      'takes no more than each kind of token allows',
      withStore(async ({ store }) => {
        await make(store, many(12), (_, at) => ({
          patch:
            at < 4
              ? { urgentAt: now - 99 + at, urgency: 'suspect' }
              : at < 8
                ? { urgentAt: now - 9 + at, urgency: 'first' }
                : {},
        }))
        await fund(store, { pace: 7.9, event: 1.5, sweep: 2 })
        assert.deepEqual(subjectsOf(await claim(store, 'me')), [
          's0',
          's4',
          's5',
          's6',
          's7',
          's8',
          's9',
        ])
        await fund(store, { pace: 2, event: 0, sweep: 0 })
        assert.deepEqual(subjectsOf(await claim(store, 'me')), [])
      }),
    )

    it(
      'writes nothing when nothing is due or affordable',
      withStore(async ({ store, dump }) => {
        await make(store, ['1'])
        await fund(store, { pace: 0 })
        const before = await dump()
        const poor = await claim(store, 'me')
        assert.deepEqual(poor.due, [])
        const nobody = await store.claim({
          provider: 'qq',
          limits,
          now,
          max: 9,
          leaseMs: 1,
          owner: 'me',
        })
        assert.deepEqual(nobody, { clock: freshClock('qq', now, limits), due: [] })
        assert.equal(await dump(), before)
      }),
    )

    it(
      'lets a provider that nobody has claimed from begin to save up',
      withStore(async ({ store }) => {
        await make(store, ['1'])
        assert.deepEqual((await claim(store, 'me')).due, [])
        await store.turnClock('wechat', (clock) => ({ ...clock, live: 1_000 }))
        assert.deepEqual(subjectsOf(await claim(store, 'me', 9, now + hourMs)), ['1'])
      }),
    )

    it(
      'leaves alone who has no source, and other providers',
      withStore(async ({ store }) => {
        await make(store, ['up', 'qq', 'wx'], (subject) => ({
          patch: {
            urgentAt: now,
            urgency: 'first',
            ...(subject === 'up' ? { url: null } : {}),
            ...(subject === 'qq' ? { provider: 'qq' } : {}),
          },
        }))
        await fund(store)
        assert.deepEqual(subjectsOf(await claim(store, 'me')), ['wx'])
      }),
    )

    it(
      'gives nobody the same avatar, however many ask at once',
      withStore(async ({ store, again }) => {
        const other = await again()
        await make(store, many(400))
        await fund(store)
        const claims = await Promise.all(
          Array.from({ length: 16 }, (_, at) => claim(at % 2 === 0 ? store : other, `w${at}`, 20)),
        )
        const taken = claims.flatMap(subjectsOf)
        assert.equal(taken.length, 320)
        assert.equal(new Set(taken).size, 320)
        const [clock] = await store.clocks()
        assert.equal(clock?.sweepTokens, 100_000 - 320)
        assert.equal(clock?.v, 319)
      }),
    )

    it(
      'gives a lease that ran out to the next one',
      withStore(async ({ store }) => {
        await make(store, ['1'])
        await fund(store)
        const lost = await claim(store, 'dead')
        assert.deepEqual(subjectsOf(await claim(store, 'next', 9, now + 29_999)), [])
        const got = await claim(store, 'next', 9, now + 30_000)
        assert.deepEqual(subjectsOf(got), ['1'])
        const late = await store.record(resultsOf(lost), 'dead', now + 30_001)
        assert.deepEqual(late.applied, [false])
        const right = await store.record(resultsOf(got), 'next', now + 30_002)
        assert.deepEqual(right.applied, [true])
      }),
    )
  })

  describe('claimOne', () => {
    it(
      'leases one avatar whatever is due, and pays by pace alone',
      withStore(async ({ store }) => {
        await make(store, ['1', 'up'], (subject) => ({
          patch: { nextCheckAt: 1e9, ...(subject === 'up' ? { url: null } : {}) },
        }))
        await fund(store, { pace: 0.5, sweep: 0, event: 0 })
        const options = { limits, now, leaseMs: 1_000 }
        const got = await store.claimOne({ ...options, subject: '1', owner: 'me' })
        assert.deepEqual(got?.due, [{ avatar: await store.avatar('1'), urgency: null }])
        assert.deepEqual([got?.clock.paceTokens, got?.clock.v], [-0.5, 0])
        assert.equal(await store.claimOne({ ...options, subject: '1', owner: 'other' }), null)
        assert.equal(await store.claimOne({ ...options, subject: '1', owner: 'me' }), null)
        assert.equal(await store.claimOne({ ...options, subject: 'up', owner: 'me' }), null)
        assert.equal(await store.claimOne({ ...options, subject: 'nobody', owner: 'me' }), null)
        await fund(store)
        assert.deepEqual(subjectsOf(await claim(store, 'other')), [])
        assert.deepEqual((await store.record(resultsOf(got), 'me', now)).applied, [true])
      }),
    )
  })
}
