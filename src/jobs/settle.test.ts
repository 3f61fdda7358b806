import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { dayMs, face, madeAvatar, now, url } from '../../test/made/avatars.ts'
import type { Avatar } from '../core/avatar.ts'
import { freshBelief, learnChange } from '../core/belief.ts'
import { freshClock } from '../core/clock.ts'
import { type Learnt, type Terms, settle, unmasked, wantsBytes } from './settle.ts'

const limits = { pace: 50, budget: 4 }

const terms: Terms = {
  clock: { ...freshClock('wechat', now, limits), live: 1_000 },
  limits,
  mode: 'copy',
  now,
}

/** Somebody whose copy we have. */
function avatarOf(more: Partial<Avatar> = {}): Avatar {
  return madeAvatar({ copy: { ...face, takenAt: now - 90 * dayMs }, ...more })
}

function learntOf(kind: Learnt['finding']['kind'], more: Partial<Learnt> = {}): Learnt {
  const votes = kind === 'alive' || kind === 'gone' ? [kind] : []
  return {
    finding: { kind, rule: 'test.rule', detail: 'A test.' },
    votes,
    seen: [],
    picture: null,
    mark: null,
    rescuedFrom: null,
    bytesTell: false,
    ...more,
  }
}

const typesOf = (change: ReturnType<typeof settle>) => change.events?.map(({ type }) => type) ?? []

describe('unmasked', () => {
  it('shows the last face again and goes on looking, so that a wrong word is mended', () => {
    const { patch, copy, outdates } = unmasked(avatarOf(), face, terms)
    assert.equal(patch.standing, 'placeholder')
    assert.equal(patch.urgency, 'again')
    assert.ok((patch.urgentAt ?? 0) > now)
    assert.equal(copy, face)
    assert.equal(outdates, true)
  })

  it('keeps in the sweep whoever has a URL that stays when the picture changes', () => {
    const avatar = avatarOf({ url: 'https://github.com/octocat.png', provider: 'github' })
    const { patch } = unmasked(avatar, null, terms)
    assert.deepEqual([patch.swept, patch.urgentAt], [true, null])
  })

  it('looks at nothing where there is no source', () => {
    const { patch } = unmasked(avatarOf({ url: null, provider: 'upload' }), null, terms)
    assert.deepEqual([patch.swept, patch.urgentAt], [false, null])
  })
})

describe('settle', () => {
  it('confirms a living picture and plans the next look', () => {
    const before = avatarOf()
    const { patch, copy } = settle(before, learntOf('alive'), terms)
    assert.equal(patch.standing, 'alive')
    assert.equal(patch.belief?.confirmedAt, now)
    assert.equal(patch.belief?.beta, before.belief.beta + 60)
    assert.ok((patch.nextCheckAt ?? 0) > terms.clock.v)
    assert.equal(patch.urgentAt, null)
    assert.equal(copy, undefined)
  })

  for (const kind of ['unknown', 'throttled', 'refused', 'malformed'] as const) {
    it(`changes nothing but the time of the next try after "${kind}"`, () => {
      const before = avatarOf()
      const change = settle(before, learntOf(kind), terms)
      assert.equal(change.patch.standing, undefined)
      assert.equal(change.copy, undefined)
      assert.deepEqual(typesOf(change), [])
      assert.deepEqual(change.patch.belief, { ...before.belief, unknownStreak: 1 })
      assert.ok((change.patch.urgentAt ?? 0) > now)
    })
  }

  it('stores the first bytes, and none instead of those it has where the URL is one picture\u2019s', () => {
    const first = settle(
      avatarOf({ copy: null, standing: 'unknown' }),
      learntOf('alive', { picture: face }),
      terms,
    )
    assert.deepEqual(first.copy, face)
    assert.deepEqual(typesOf(first), [])
    const other = { ...face, rawSha256: 'c'.repeat(64), phash: 'fedcba9876543210' }
    assert.equal(settle(avatarOf(), learntOf('alive', { picture: other }), terms).copy, undefined)
  })

  it('takes other bytes at a stable URL for a change, and nearly the same ones for the same picture', () => {
    const other = { ...face, rawSha256: 'c'.repeat(64), phash: 'fedcba9876543210' }
    const changed = settle(
      avatarOf(),
      learntOf('alive', { picture: other, bytesTell: true }),
      terms,
    )
    assert.deepEqual(changed.copy, other)
    assert.deepEqual(typesOf(changed), ['avatar.changed'])
    assert.ok((changed.patch.belief?.alpha ?? 0) > 0.6)
    const encoded = { ...face, rawSha256: 'd'.repeat(64), phash: '0123456789abcdee' }
    const same = settle(avatarOf(), learntOf('alive', { picture: encoded, bytesTell: true }), terms)
    assert.equal(same.copy, undefined)
    assert.deepEqual(typesOf(same), [])
  })

  it('calls a picture gone when edges agree, and looks again in case of a mistake', () => {
    const change = settle(avatarOf(), learntOf('gone', { votes: ['gone', 'gone'] }), terms)
    assert.equal(change.patch.standing, 'gone')
    assert.equal(change.patch.swept, false)
    assert.equal(change.copy, undefined)
    assert.deepEqual(typesOf(change), ['avatar.gone'])
    assert.equal(change.patch.urgency, 'again')
    assert.ok((change.patch.urgentAt ?? 0) >= now + 3 * dayMs)
  })

  it('keeps one answer against a picture confirmed yesterday in suspense', () => {
    const before = avatarOf({ belief: { ...freshBelief(now - 10 * dayMs), beta: 900 } })
    const change = settle(before, learntOf('gone'), terms)
    assert.equal(change.patch.standing, undefined)
    assert.equal(change.patch.urgency, 'suspect')
    assert.ok((change.patch.belief?.suspect ?? 0) > 0)
    assert.deepEqual(typesOf(change), [])
  })

  it('says dying while an edge still has it, keeps its bytes if there were none, and comes back soon', () => {
    const change = settle(
      avatarOf({ copy: null }),
      learntOf('dying', { votes: ['gone', 'alive', 'gone'], picture: face }),
      terms,
    )
    assert.equal(change.patch.standing, 'dying')
    assert.deepEqual(change.copy, face)
    assert.deepEqual(typesOf(change), ['avatar.rescued', 'avatar.dying'])
    assert.ok((change.patch.urgentAt ?? Infinity) < now + 3 * dayMs)
  })

  it('tells once that a picture is gone', () => {
    const change = settle(
      avatarOf({ standing: 'gone', standingAt: now - 5 * dayMs }),
      learntOf('gone', { votes: ['gone', 'gone'] }),
      terms,
    )
    assert.deepEqual(typesOf(change), [])
    assert.ok((change.patch.urgentAt ?? 0) >= now + 5 * dayMs)
    const longAgo = settle(
      avatarOf({ standing: 'gone', standingAt: now - 500 * dayMs }),
      learntOf('gone', { votes: ['gone', 'gone'] }),
      terms,
    )
    assert.equal(longAgo.patch.urgentAt, null)
  })

  it('takes a mistake back', () => {
    const change = settle(avatarOf({ standing: 'gone', swept: false }), learntOf('alive'), terms)
    assert.equal(change.patch.standing, 'alive')
    assert.equal(change.patch.swept, true)
    assert.deepEqual(typesOf(change), ['avatar.alive'])
  })

  it('never puts a placeholder in the place of a face', () => {
    for (const learnt of [
      learntOf('placeholder', { picture: face }),
      learntOf('alive', { picture: { ...face, rawSha256: 'e'.repeat(64) }, mark: 'placeholder' }),
    ]) {
      for (const copy of [null, avatarOf().copy]) {
        const change = settle(avatarOf({ copy }), { ...learnt, bytesTell: true }, terms)
        assert.equal(change.copy, undefined)
        assert.equal(change.patch.standing, 'placeholder')
      }
    }
    const suspected = { ...face, rawSha256: 'e'.repeat(64), phash: 'fedcba9876543210' }
    const change = settle(
      avatarOf(),
      learntOf('alive', { picture: suspected, mark: 'suspected', bytesTell: true }),
      terms,
    )
    assert.equal(change.copy, undefined)
  })

  it('leaves an upload alone whatever its old source says', () => {
    const change = settle(avatarOf({ standing: 'uploaded' }), learntOf('gone'), terms)
    assert.deepEqual(change.patch, { urgentAt: null, urgency: null })
    assert.equal(change.copy, undefined)
  })

  it('goes back to the source of somebody whose upload was lost', () => {
    const lost = avatarOf({ standing: 'uploaded', copy: null, swept: false, urgency: 'first' })
    assert.equal(wantsBytes(lost), true)
    const { patch, copy } = settle(lost, learntOf('alive', { picture: face }), terms)
    assert.equal(patch.standing, 'alive')
    assert.equal(patch.swept, true)
    assert.equal(copy, face)
  })

  it('does not take a dead source for a current one, however often it is looked at', () => {
    for (const standing of ['alive', 'unknown', 'gone'] as const) {
      const before = avatarOf({ standing })
      const two = learntOf('gone', { votes: ['gone', 'gone'] })
      const { patch } = settle(before, two, terms)
      assert.equal(patch.standing, 'gone')
      assert.equal(patch.belief?.confirmedAt, before.belief.confirmedAt, standing)
    }
  })

  it('looks at a signed source when its own date has come', () => {
    const expiresAt = now + 2 * dayMs
    const { patch } = settle(avatarOf({ expiresAt }), learntOf('alive'), terms)
    assert.equal(patch.urgency, 'expiry')
    assert.ok((patch.urgentAt ?? 0) > expiresAt)
  })
})

describe('bad news', () => {
  const two = learntOf('gone', { votes: ['gone', 'gone'] })

  it('has the person attended to when it is new, and teaches of a change once', () => {
    const before = avatarOf()
    const first = settle(before, two, terms)
    assert.equal(first.attendAt, now)
    assert.deepEqual(first.patch.belief, learnChange(before.belief, now))
    assert.deepEqual(first.events?.[0]?.data, { rule: 'test.rule', detail: 'A test.' })
    for (const standing of ['gone', 'dying'] as const) {
      const known = avatarOf({ standing, belief: { ...before.belief, suspect: 2 } })
      const again = settle(known, two, terms)
      assert.equal(again.attendAt, standing === 'gone' ? undefined : now)
      assert.deepEqual(again.patch.belief, before.belief)
    }
    const met = settle(avatarOf({ standing: 'unknown' }), two, terms)
    assert.deepEqual(met.patch.belief, before.belief)
  })

  it('weighs what a page reported at the look that the report brought about', () => {
    const standing = (beta: number, urgency: Avatar['urgency']) => {
      const belief = { ...freshBelief(now - 10 * dayMs), beta }
      return settle(avatarOf({ belief, urgency }), learntOf('gone'), terms).patch.standing
    }
    assert.equal(standing(108, 'hint'), 'gone')
    assert.equal(standing(108, null), undefined)
    assert.equal(standing(900, 'hint'), undefined, 'one report is one report')
  })

  it('has the platform asked in a doubt, where it may be', () => {
    const belief = { ...freshBelief(now - 10 * dayMs), beta: 900 }
    const attendAt = (tokenExpiresAt: number | null) =>
      settle(avatarOf({ belief, tokenExpiresAt }), learntOf('gone'), terms).attendAt
    assert.equal(attendAt(now + 1), now)
    assert.equal(attendAt(now), undefined)
    assert.equal(attendAt(null), undefined)
  })

  it('is outvoted by edges that have the picture, which is kept as alive', () => {
    const belief = { ...freshBelief(now - 3_600_000), beta: 90_000 }
    const votes = ['alive', 'alive', 'alive', 'gone'] as const
    const learnt = learntOf('dying', { votes, picture: face })
    const change = settle(avatarOf({ belief, copy: null }), learnt, terms)
    assert.equal(change.patch.standing, 'alive')
    assert.equal(change.patch.belief?.confirmedAt, now)
    assert.equal(change.copy, face)
    assert.deepEqual(typesOf(change), ['avatar.rescued'])
    assert.deepEqual(change.events?.[0]?.data['from'], url)
  })

  it('does not replace a copy that is there already', () => {
    const other = { ...face, rawSha256: 'c'.repeat(64) }
    const learnt = learntOf('dying', { votes: ['gone', 'alive', 'gone'], picture: other })
    const change = settle(avatarOf(), learnt, terms)
    assert.deepEqual([change.copy, typesOf(change)], [undefined, ['avatar.dying']])
  })

  it('is looked at again after three days, counted from this bad news alone', () => {
    const since = (standing: Avatar['standing'], days: number) =>
      settle(avatarOf({ standing, standingAt: now - days * dayMs }), two, terms).patch.urgentAt
    assert.equal(since('alive', 200), now + 3 * dayMs)
    assert.equal(since('gone', 1), now + 3 * dayMs)
    assert.equal(since('gone', 5), now + 10 * dayMs)
    assert.equal(since('gone', 100), now + 90 * dayMs)
    assert.equal(since('gone', 400), now + 90 * dayMs)
    assert.equal(since('gone', 401), null)
  })

  it('of a dying source is looked at again before it is likely to have died', () => {
    const dying = learntOf('dying', { votes: ['gone', 'alive', 'gone'] })
    const after = (deathDays: number) =>
      settle(avatarOf(), dying, { ...terms, clock: { ...terms.clock, deathDays } }).patch.urgentAt
    assert.equal(after(6), now + 2 * dayMs)
    assert.equal(after(0.01), now + 3_600_000)
  })
})

describe('a placeholder', () => {
  it('is told of once, and has the person attended to', () => {
    const before = avatarOf()
    const met = settle(before, learntOf('placeholder'), terms)
    assert.deepEqual([typesOf(met), met.attendAt], [['avatar.placeholder'], now])
    assert.equal(met.patch.belief?.alpha, learnChange(before.belief, now).alpha)
    const known = settle(avatarOf({ standing: 'placeholder' }), learntOf('placeholder'), terms)
    assert.deepEqual([typesOf(known), known.attendAt], [[], undefined])
    assert.equal(known.patch.belief?.alpha, before.belief.alpha)
    assert.equal(known.patch.belief?.confirmedAt, now)
  })

  it('is waited out in the sweep where the bytes tell, else looked at again', () => {
    const stays = settle(avatarOf(), learntOf('placeholder', { bytesTell: true }), terms).patch
    assert.deepEqual([stays.swept, stays.urgentAt, stays.urgency], [true, null, null])
    const goes = settle(avatarOf(), learntOf('placeholder'), terms).patch
    assert.deepEqual([goes.swept, goes.urgentAt, goes.urgency], [false, now + 3 * dayMs, 'again'])
  })
})

describe('a look that taught nothing', () => {
  const urgency = (more: Partial<Avatar>) =>
    settle(avatarOf(more), learntOf('unknown'), terms).patch.urgency

  it('is tried again as what it was for', () => {
    assert.equal(urgency({ copy: null, standing: 'unknown' }), 'first')
    assert.equal(urgency({ standing: 'unknown' }), 'retry')
    assert.equal(urgency({ copy: null }), 'retry')
    assert.equal(urgency({ copy: null, standing: 'gone' }), 'again')
    assert.equal(urgency({ standing: 'placeholder' }), 'again')
  })

  it('may have brought the face home from what the URL was meant to be', () => {
    const repaired = url.replace('/132', '/0')
    const learnt = learntOf('malformed', { picture: face, rescuedFrom: repaired })
    const change = settle(avatarOf({ copy: null, standing: 'unknown' }), learnt, terms)
    assert.equal(change.copy, face)
    assert.equal(change.patch.urgency, 'retry')
    assert.deepEqual(typesOf(change), ['avatar.rescued'])
    assert.equal(change.events?.[0]?.data['from'], repaired)
    assert.equal(settle(avatarOf(), learnt, terms).copy, undefined)
    const own = settle(avatarOf({ copy: null }), { ...learnt, rescuedFrom: null }, terms)
    assert.deepEqual([own.copy, typesOf(own)], [undefined, []])
  })
})

describe('a living picture', () => {
  it('that is met again is current from now on; nothing is learnt of the time without it', () => {
    for (const standing of ['unknown', 'gone', 'dying'] as const) {
      const before = avatarOf({ standing })
      const { belief } = settle(before, learntOf('alive'), terms).patch
      assert.deepEqual([belief?.beta, belief?.confirmedAt], [before.belief.beta, now], standing)
    }
  })

  it('is another one by its bytes only where they tell, of the same source, and by how it looks', () => {
    const other = { ...face, rawSha256: 'c'.repeat(64), phash: 'fedcba9876543210' }
    const told = (more: Partial<Avatar>, learnt: Partial<Learnt>) =>
      typesOf(settle(avatarOf(more), learntOf('alive', learnt), terms))
    const shown = { ...face, takenAt: now }
    assert.deepEqual(told({}, { picture: other, bytesTell: true }), ['avatar.changed'])
    assert.deepEqual(told({}, { picture: other }), [])
    assert.deepEqual(told({}, { bytesTell: true }), [])
    assert.deepEqual(told({ copy: null }, { picture: other, bytesTell: true }), [])
    const elsewhere = { ...shown, url: 'https://q1.qlogo.cn/g?b=qq&nk=12345&s=100' }
    assert.deepEqual(told({ copy: elsewhere }, { picture: other, bytesTell: true }), [])
    for (const [phash, events] of [
      ['0123456789abcd10', []],
      ['fe23456789abcdef', []],
      ['fe23456789abcdee', ['avatar.changed']],
    ] as const) {
      assert.deepEqual(told({}, { picture: { ...other, phash }, bytesTell: true }), events, phash)
    }
  })

  it('has a look of its own only at a death date that is to come', () => {
    const urgentAt = (expiresAt: number | null) =>
      settle(avatarOf({ expiresAt }), learntOf('alive'), terms).patch.urgentAt
    assert.equal(urgentAt(now + 1), now + 60_001)
    assert.equal(urgentAt(now), null)
    assert.equal(urgentAt(null), null)
  })

  it('stays in the sweep of an app that tells of no opens, and leaves that of one that does', () => {
    const swept = (opens: number) => {
      const before = avatarOf()
      const importance = { ...before.importance, opens }
      return settle({ ...before, importance }, learntOf('alive'), terms).patch.swept
    }
    assert.deepEqual([swept(0), swept(1)], [true, false])
  })
})
