import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Avatar } from '../../core/avatar.ts'
import { freshBelief } from '../../core/belief.ts'
import { freshClock } from '../../core/clock.ts'
import { freshImportance } from '../../core/importance.ts'
import { forecast } from './forecast.ts'

const dayMs = 86_400_000
const now = Date.UTC(2026, 10, 22)
const limits = { pace: 100, budget: 3 }

function personWith(at: number): Avatar {
  return {
    id: at,
    subject: `user-${at}`,
    name: null,
    url: 'https://thirdwx.qlogo.cn/mmopen/vi_32/made/132',
    provider: 'wechat',
    standing: 'alive',
    standingAt: now,
    swept: true,
    belief: { ...freshBelief(now), alpha: 0.2 + (at % 7), beta: 200 },
    importance: { ...freshImportance(now - 90 * dayMs), views: 1 + (at % 13) ** 2, viewsAt: now },
    copy: null,
    nextCheckAt: 0,
    urgentAt: null,
    urgency: null,
    expiresAt: null,
    tokenExpiresAt: now + 30 * dayMs,
    revision: 0,
    createdAt: now,
  }
}

const sample = Array.from({ length: 200 }, (_, at) => personWith(at))
const clock = freshClock('wechat', now, limits)
const terms = { limits, mode: 'copy', live: 50_000, now } as const

describe('forecast', () => {
  it('spends each budget and no more', () => {
    for (const { budget, looksADay } of forecast(sample, clock, terms)) {
      const allowed = (50_000 * budget) / 30
      assert.ok(looksADay <= allowed * 1.01, `${budget}: ${looksADay} of ${allowed}`)
      assert.ok(looksADay >= allowed * 0.8, `${budget}: ${looksADay} of ${allowed}`)
    }
  })

  it('shows that more looks shorten intervals and show fewer outdated pictures', () => {
    const outlooks = forecast(sample, clock, terms)
    assert.deepEqual(
      outlooks.map(({ budget }) => budget),
      [0.75, 1.5, 3, 6, 12],
    )
    for (const [at, one] of outlooks.entries()) {
      const before = outlooks[at - 1]
      assert.ok(one.medianDays <= one.longDays)
      assert.ok(one.staleViews >= 0 && one.staleViews <= 1)
      if (before === undefined) continue
      assert.ok(one.medianDays < before.medianDays)
      assert.ok(one.staleViews < before.staleViews)
    }
  })

  it('tells nothing of nobody', () => {
    assert.deepEqual(forecast([], clock, terms), [])
    assert.deepEqual(forecast(sample, clock, { ...terms, live: 0 }), [])
  })

  it('stays finite for people of whom nothing is known', () => {
    const [one] = sample
    assert.ok(one !== undefined)
    const blank = { ...one, importance: freshImportance(now), belief: freshBelief(now) }
    for (const outlook of forecast([blank], clock, { ...terms, live: 1 })) {
      assert.ok(Object.values(outlook).every((value) => Number.isFinite(value) && value >= 0))
    }
  })
})
