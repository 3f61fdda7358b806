// When a grant is used: spread over its life, again after an old picture, and never without need.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Grant, isUsable, nextPollAt, nextTryAt, readsProfile } from './refresh.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const grantedAt = 1_800_000_000_000

const grant: Grant = {
  grantedAt,
  refreshUntil: grantedAt + 30 * dayMs,
  scope: 'snsapi_userinfo',
  over: false,
  lastRefreshAt: null,
  unchangedRefreshes: 0,
}

describe('isUsable', () => {
  it('needs a living token that reads the profile', () => {
    assert.equal(isUsable(grant, grantedAt), true)
    assert.equal(isUsable(grant, grant.refreshUntil - 1), true)
    assert.equal(isUsable(grant, grant.refreshUntil), false)
    assert.equal(isUsable({ ...grant, over: true }, grantedAt), false)
    assert.equal(isUsable({ ...grant, scope: 'snsapi_base' }, grantedAt), false)
  })

  it('knows the scopes that read name and picture, alone or among others', () => {
    for (const scope of [
      'snsapi_login',
      'snsapi_base,snsapi_userinfo',
      'snsapi_base snsapi_userinfo',
    ]) {
      assert.equal(readsProfile(scope), true, scope)
    }
    for (const scope of ['', 'snsapi_base', 'snsapi_userinfos', 'openid']) {
      assert.equal(readsProfile(scope), false, scope)
    }
  })
})

describe('nextTryAt', () => {
  const after = (unchangedRefreshes: number, lastRefreshAt: number = grantedAt + dayMs) =>
    nextTryAt({ ...grant, lastRefreshAt, unchangedRefreshes })

  it('is now for a grant that was never used', () => {
    assert.equal(nextTryAt(grant), grantedAt)
  })

  it('waits longer each time the old picture came, and gives up after three more tries', () => {
    const at = grantedAt + dayMs
    const tries = [0, 1, 2, 3, 4, 5].map((unchanged) => after(unchanged))
    assert.deepEqual(tries, [at + hourMs, at + 6 * hourMs, at + dayMs, at + 3 * dayMs, null, null])
  })

  it('does not wait for a time after the token’s end', () => {
    assert.equal(after(3, grant.refreshUntil - 3 * dayMs), null)
    assert.equal(after(3, grant.refreshUntil - 3 * dayMs - 1), grant.refreshUntil - 1)
  })
})

describe('nextPollAt', () => {
  /** Times of all polls, in hours, when each is made `lateMs` after it is due. */
  function pollHours(polls: number, lateMs = 0, one: Grant = grant): number[] {
    const hours: number[] = []
    for (let at = nextPollAt(one, polls); at !== null;) {
      hours.push((at - one.grantedAt) / hourMs)
      assert.ok(hours.length <= 40)
      at = nextPollAt({ ...one, lastRefreshAt: at + lateMs }, polls)
    }
    return hours
  }

  it('spreads polls evenly, the last one 12 hours before the end', () => {
    assert.deepEqual(pollHours(4), [177, 354, 531, 708])
    assert.deepEqual(pollHours(1), [708])
    assert.deepEqual(pollHours(0), [])
  })

  it('does not make up for polls that were missed', () => {
    assert.deepEqual(pollHours(4, 200 * hourMs), [177, 531])
    assert.deepEqual(pollHours(4, 708 * hourMs), [177])
  })

  it('counts a refresh for another reason, and keeps an hour from it', () => {
    const at = (hours: number) => {
      const next = nextPollAt({ ...grant, lastRefreshAt: grantedAt + hours * hourMs }, 4)
      return next === null ? null : (next - grantedAt) / hourMs
    }
    assert.equal(at(10), 177)
    assert.equal(at(176.5), 177.5)
    assert.equal(at(177), 354)
    assert.equal(at(719), null)
  })

  it('counts a poll that was made on time, whatever the arithmetic rounds', () => {
    for (let polls = 1; polls <= 30; polls++) {
      for (let minutes = 60; minutes < 1_000; minutes += 7) {
        const refreshUntil = grantedAt + polls * minutes * 60_000 + 12 * hourMs
        const one = { ...grant, refreshUntil }
        for (let at = nextPollAt(one, polls), count = 1; at !== null; count++) {
          assert.ok(count <= polls, `poll ${count} of ${polls}, every ${minutes} minutes`)
          at = nextPollAt({ ...one, lastRefreshAt: at }, polls)
        }
      }
    }
  })

  it('has a last poll within short lives too, and none in lives that are over before they begin', () => {
    assert.deepEqual(pollHours(2, 0, { ...grant, refreshUntil: grantedAt + 8 * hourMs }), [2, 4])
    for (const refreshUntil of [grantedAt, grantedAt - dayMs]) {
      assert.deepEqual(pollHours(4, 0, { ...grant, refreshUntil }), [])
    }
  })

  it('never polls more often than the policy says, nor outside the token’s life, however late', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 * dayMs }),
        fc.integer({ min: 1, max: 30 }),
        fc.array(fc.nat(3 * dayMs), { minLength: 1, maxLength: 9 }),
        (lifeMs, polls, delays) => {
          const one = { ...grant, refreshUntil: grantedAt + lifeMs }
          let last: number | null = null
          let count = 0
          for (;;) {
            const at: number | null = nextPollAt({ ...one, lastRefreshAt: last }, polls)
            if (at === null) break
            assert.ok(at > grantedAt && at < one.refreshUntil)
            assert.ok(last === null || at > last)
            assert.ok(++count <= polls, `${count} polls of ${polls}`)
            last = at + (delays[count % delays.length] ?? 0)
          }
        },
      ),
      { numRuns: 3000 },
    )
  })
})
