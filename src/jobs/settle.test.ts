import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Avatar } from '../core/avatar.ts'
import { freshBelief } from '../core/belief.ts'
import { freshClock } from '../core/clock.ts'
import { freshImportance } from '../core/importance.ts'
import type { NewCopy } from '../store/store.ts'
import { type Learnt, type Terms, settle, unmasked, wantsBytes } from './settle.ts'

const now = Date.UTC(2026, 10, 22)
const dayMs = 86_400_000
const limits = { pace: 50, budget: 4 }
const url = 'https://thirdwx.qlogo.cn/mmopen/vi_32/AbC/132'

const terms: Terms = {
  clock: { ...freshClock('wechat', now, limits), live: 1_000 },
  limits,
  mode: 'copy',
  now,
  random: () => 0.5,
}

const face: NewCopy = {
  sha256: 'a'.repeat(64),
  rawSha256: 'b'.repeat(64),
  phash: '0123456789abcdef',
  bytes: 5_000,
  width: 132,
  height: 132,
  rawMime: 'image/jpeg',
  url,
}

function avatarOf(more: Partial<Avatar> = {}): Avatar {
  return {
    id: 1,
    subject: '42',
    name: null,
    url,
    provider: 'wechat',
    standing: 'alive',
    standingAt: now - 90 * dayMs,
    swept: true,
    belief: freshBelief(now - 60 * dayMs),
    importance: freshImportance(now - 90 * dayMs),
    copy: { ...face, takenAt: now - 90 * dayMs },
    nextCheckAt: 0,
    urgentAt: null,
    urgency: null,
    expiresAt: null,
    tokenExpiresAt: null,
    revision: 1,
    createdAt: now - 90 * dayMs,
    ...more,
  }
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
