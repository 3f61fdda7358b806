import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Avatar } from '../core/avatar.ts'
import { freshBelief } from '../core/belief.ts'
import { freshClock } from '../core/clock.ts'
import { freshImportance } from '../core/importance.ts'
import type { Registration } from './keeper.ts'
import { type Admitted, admit, isLate, register, uploaded } from './register.ts'
import type { Terms } from './settle.ts'

const now = Date.UTC(2026, 10, 22)
const dayMs = 86_400_000
const limits = { pace: 50, budget: 4 }
// A made-up token of the right shape.
const token = `Q0j4TwGTfTK${'aB3dE6gH9'.repeat(7)}`
const url = `https://thirdwx.qlogo.cn/mmopen/vi_32/${token}/132`
const other = url.replace('Q0j4TwGTfTK', 'Q0j4TwGTfTL')

const terms: Terms = {
  clock: freshClock('wechat', now, limits),
  limits,
  mode: 'copy',
  now,
  random: () => 0.5,
}

function admitted(entry: Partial<Registration> = {}): Admitted {
  const one = admit({ subject: '42', url, ...entry }, [], now)
  assert.equal(one.kind, 'admitted', JSON.stringify(one))
  return one
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
    copy: null,
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

describe('admit', () => {
  const cases: readonly (readonly [Partial<Registration>, string])[] = [
    [{ subject: 'a/b' }, 'subject-invalid'],
    [{ subject: '' }, 'subject-invalid'],
    [{ url: 'nonsense' }, 'url-invalid'],
    [{ url: 'wxfile://tmp_1.png' }, 'url-invalid'],
    [{ url: `https://thirdwx.qlogo.cn/${'a'.repeat(5_000)}` }, 'url-invalid'],
    [{ url: 'https://example.com/face.png' }, 'host-not-allowed'],
    [{ url: 'http://169.254.169.254/latest' }, 'host-not-allowed'],
    [{ snapshot: true }, 'snapshot-profile'],
    [{ name: 'x'.repeat(201) }, 'name-too-long'],
    [{ observedAt: now + 3_600_000 }, 'observed-in-future'],
  ]
  for (const [entry, code] of cases) {
    it(`refuses ${JSON.stringify(entry).slice(0, 60)} as ${code}`, () => {
      const one = admit({ subject: '42', url, ...entry }, [], now)
      assert.equal(one.kind, 'denied')
      assert.equal(one.kind === 'denied' && one.code, code)
    })
  }

  it('lets hosts in that the operator opened, alone or with all below them', () => {
    const entry = { subject: '42', url: 'https://pics.example.com/face.png' }
    assert.equal(admit(entry, ['pics.example.com'], now).kind, 'admitted')
    assert.equal(admit(entry, ['.example.com'], now).kind, 'admitted')
    assert.equal(admit(entry, ['*'], now).kind, 'admitted')
    assert.equal(admit(entry, ['example.com'], now).kind, 'denied')
    assert.equal(
      admit({ ...entry, url: 'https://evilexample.com/a' }, ['.example.com'], now).kind,
      'denied',
    )
  })
})

describe('register', () => {
  it('makes an avatar whose bytes are wanted at once', () => {
    const { patch, events, outdates } = register(null, admitted({ name: '王小明' }), terms)
    assert.equal(patch.standing, 'unknown')
    assert.equal(patch.urgency, 'first')
    assert.equal(patch.urgentAt, now)
    assert.equal(patch.name, '王小明')
    assert.equal(patch.belief?.confirmedAt, now)
    assert.equal(outdates, true)
    assert.deepEqual(
      events?.map(({ type }) => type),
      ['avatar.registered'],
    )
  })

  it('takes the same source at a login for a confirmation', () => {
    const before = avatarOf()
    const { patch, events } = register(before, admitted(), terms)
    assert.equal(patch.standing, undefined)
    assert.equal(patch.belief?.confirmedAt, now)
    assert.equal(patch.belief?.beta, before.belief.beta + 60)
    assert.equal(patch.importance?.logins, 1)
    assert.equal(events, undefined)
  })

  it('learns nothing of a source that comes from a list once more', () => {
    assert.deepEqual(register(avatarOf(), admitted({ imported: true }), terms).patch, {})
  })

  it('does not take a dead link that the platform still hands out for a sign of life', () => {
    const { patch } = register(avatarOf({ standing: 'gone' }), admitted(), terms)
    assert.equal(patch.standing, undefined)
    assert.equal(patch.belief, undefined)
  })

  it('learns of a change from a new source, and forgets the suspicion of the old one', () => {
    const before = avatarOf({ belief: { ...freshBelief(now - 60 * dayMs), suspect: 4 } })
    const { patch, events } = register(before, admitted({ url: other }), terms)
    assert.equal(patch.url, other)
    assert.equal(patch.standing, 'unknown')
    assert.ok((patch.belief?.alpha ?? 0) > 1)
    assert.equal(patch.belief?.suspect, 0)
    assert.deepEqual(
      events?.map(({ type }) => type),
      ['avatar.changed'],
    )
  })

  it('learns nothing from the time that a dead source waited for its successor', () => {
    const { patch } = register(avatarOf({ standing: 'gone' }), admitted({ url: other }), terms)
    assert.equal(patch.belief?.alpha, 0.6)
  })

  it('leaves a late message aside', () => {
    const late = admitted({ url: other, observedAt: now - 70 * dayMs })
    assert.deepEqual(register(avatarOf(), late, terms).patch, {})
  })

  it('takes a word that is older than the last look, but younger than the source, for news', () => {
    const entry = admitted({ url: other, observedAt: now - 62 * dayMs, name: 'New' })
    const told = { url, from: now - 90 * dayMs }
    assert.equal(isLate(avatarOf(), entry.entry, null), true)
    assert.equal(isLate(avatarOf(), entry.entry, told), false)
    assert.equal(register(avatarOf(), entry, terms, told).patch.url, other)
    const moved = { url: other.replace('/132', '/0'), from: now - 90 * dayMs }
    assert.deepEqual(register(avatarOf(), entry, terms, moved).patch, {})
  })

  it('takes what was seen before an upload for late, and what was seen after it for news', () => {
    const before = avatarOf({ standing: 'uploaded', standingAt: now - dayMs })
    const seen = (observedAt: number) => admitted({ url: other, observedAt })
    assert.deepEqual(register(before, seen(now - 2 * dayMs), terms).patch, {})
    assert.equal(register(before, seen(now - 1), terms).patch.url, other)
  })

  it('knows a default face by its URL and asks nobody', () => {
    const grey =
      'https://thirdwx.qlogo.cn/mmopen/vi_32/POgEwh4mIHO4nibH0KlMECNjjGxQUq24ZEaGT4poC6icRiccVGKSyXwibcPq4BWmiaIGuG1icwxaQX6grC9VemZoJ8rg/132'
    const { patch } = register(null, admitted({ url: grey }), terms)
    assert.equal(patch.standing, 'placeholder')
    assert.equal(patch.urgentAt, null)
    assert.equal(patch.swept, false)
  })

  it('takes a source of unknown age for an old one', () => {
    const { patch } = register(null, admitted({ imported: true }), terms)
    assert.equal(patch.belief?.confirmedAt, now - 180 * dayMs)
  })

  it('replaces an upload only by another source than the one it replaced', () => {
    const before = avatarOf({ standing: 'uploaded', swept: false })
    assert.equal(register(before, admitted(), terms).patch.standing, undefined)
    assert.equal(register(before, admitted({ url: other }), terms).patch.standing, 'unknown')
  })
})

describe('uploaded', () => {
  it('shows what the person gave and looks no more', () => {
    const picture = {
      sha256: 'a'.repeat(64),
      rawSha256: 'b'.repeat(64),
      phash: '0'.repeat(16),
      bytes: 1,
      width: 1,
      height: 1,
      rawMime: 'image/png',
      url: null,
    }
    const change = uploaded(avatarOf(), picture, undefined, now)
    assert.equal(change.patch.standing, 'uploaded')
    assert.equal(change.patch.swept, false)
    assert.equal(change.copy, picture)
    assert.equal(uploaded(null, picture, '小明', now).patch.provider, 'upload')
  })
})
