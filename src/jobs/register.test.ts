import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  dayMs,
  face,
  madeAvatar as avatarOf,
  now,
  otherUrl as other,
  url,
} from '../../test/made/avatars.ts'
import { freshBelief } from '../core/belief.ts'
import { freshClock } from '../core/clock.ts'
import type { Registration } from './keeper.ts'
import { type Admitted, admit, isLate, register, uploaded } from './register.ts'
import type { Terms } from './settle.ts'

const limits = { pace: 50, budget: 4 }

const terms: Terms = {
  clock: freshClock('wechat', now, limits),
  limits,
  mode: 'copy',
  now,
}

function admitted(entry: Partial<Registration> = {}): Admitted {
  const one = admit({ subject: '42', url, ...entry }, [], now)
  assert.equal(one.kind, 'admitted', JSON.stringify(one))
  return one
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
    [{ url: `${url}?${'a'.repeat(4_096 - url.length)}` }, 'url-invalid'],
  ]
  for (const [entry, code] of cases) {
    it(`refuses ${JSON.stringify(entry).slice(0, 60)} as ${code}`, () => {
      const one = admit({ subject: '42', url, ...entry }, [], now)
      assert.equal(one.kind, 'denied')
      assert.equal(one.kind === 'denied' && one.code, code)
    })
  }

  it('reads URLs of up to 4096 characters', () => {
    const longest = `${url}?${'a'.repeat(4_095 - url.length)}`
    assert.equal(admit({ subject: '42', url: longest }, [], now).kind, 'admitted')
  })

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

  it('takes nothing in a list for younger than the list', () => {
    const day = (days: number) => now - days * dayMs
    const listed = (notAfter: number) => admitted({ url: other, imported: true, notAfter })
    assert.equal(register(null, listed(day(30)), terms).patch.belief?.confirmedAt, day(210))
    assert.equal(register(null, listed(now + dayMs), terms).patch.belief?.confirmedAt, day(180))
    // Known to be current sixty days ago; a look may say so of a source that came long before.
    const since = (days: number) => ({ url, from: day(days) })
    assert.deepEqual(register(avatarOf(), listed(day(61)), terms, since(60)).patch, {})
    assert.equal(register(avatarOf(), listed(day(59)), terms, since(60)).patch.url, other)
    assert.equal(register(avatarOf(), listed(day(61)), terms, since(62)).patch.url, other)
    const own = admitted({ url: other, imported: true, notAfter: now, observedAt: day(61) })
    assert.deepEqual(register(avatarOf(), own, terms, since(60)).patch, {})
    const dated = admitted({ imported: true, observedAt: day(3) })
    assert.equal(register(null, dated, terms).patch.belief?.confirmedAt, day(3))
  })

  it('replaces an upload only by another source than the one it replaced', () => {
    const before = avatarOf({ standing: 'uploaded', swept: false })
    assert.equal(register(before, admitted(), terms).patch.standing, undefined)
    assert.equal(register(before, admitted({ url: other }), terms).patch.standing, 'unknown')
  })
})

describe('uploaded', () => {
  it('shows what the person gave and looks no more', () => {
    const picture = { ...face, url: null }
    const change = uploaded(avatarOf(), picture, undefined, now)
    assert.equal(change.patch.standing, 'uploaded')
    assert.equal(change.patch.swept, false)
    assert.equal(change.copy, picture)
    assert.equal(uploaded(null, picture, '小明', now).patch.provider, 'upload')
  })
  it('takes the name that came with it; an empty one takes it away, none leaves it', () => {
    const named = (name: string | null | undefined) =>
      uploaded(avatarOf({ name: '王小明' }), { ...face, url: null }, name, now).patch
    assert.equal(named('小明').name, '小明')
    assert.equal(named('').name, null)
    assert.equal('name' in named(undefined), false)
  })
})

describe('a name', () => {
  const named = (name: string | null, entry: Partial<Registration> = {}) =>
    register(avatarOf({ name: '王小明' }), admitted({ name, ...entry }), terms).patch

  it('is renewed with the same source and with another, and an empty one taken away', () => {
    assert.equal(named('小明').name, '小明')
    assert.equal(named('小明', { url: other }).name, '小明')
    assert.equal(named('').name, null)
    assert.equal('name' in named('王小明'), false)
    const dead = avatarOf({ standing: 'gone' })
    assert.equal(register(dead, admitted({ name: '小明' }), terms).patch.name, '小明')
  })
})

describe('a word that nobody logged in for', () => {
  it('counts no login, whatever it says, and tells that it is the platform’s', () => {
    const logins = (entry: Partial<Registration>) =>
      register(avatarOf(), admitted(entry), terms).patch.importance?.logins
    assert.deepEqual([logins({}), logins({ silent: true })], [1, 0])
    assert.deepEqual([logins({ url: other }), logins({ url: other, silent: true })], [1, 0])
    const rule = (entry: Partial<Registration>) =>
      register(avatarOf(), admitted({ url: other, ...entry }), terms).events?.[0]?.data['rule']
    assert.equal(rule({}), 'app.new-source')
    assert.equal(rule({ silent: true }), 'platform.new-source')
  })
})

describe('a comparison at a login', () => {
  it('teaches nothing that is older than what is known, or of an upload', () => {
    const known = avatarOf().belief.confirmedAt
    const at = (observedAt: number) =>
      register(avatarOf(), admitted({ observedAt }), terms).patch.belief?.confirmedAt
    assert.deepEqual([at(known), at(known + 1)], [undefined, known + 1])
    const upload = avatarOf({ standing: 'uploaded' })
    assert.equal(register(upload, admitted(), terms).patch.belief, undefined)
  })

  it('renews a source that nobody has seen yet: there was no time without a change', () => {
    const before = avatarOf({ standing: 'unknown' })
    const { belief } = register(before, admitted(), terms).patch
    assert.deepEqual([belief?.beta, belief?.confirmedAt], [before.belief.beta, now])
  })

  it('leaves a look that is on its way alone, if it was called for out of turn', () => {
    const outdates = (more: Parameters<typeof avatarOf>[0]) =>
      register(avatarOf(more), admitted(), terms).outdates
    assert.equal(outdates({}), true)
    assert.equal(outdates({ urgency: 'suspect', urgentAt: now }), false)
  })
})

describe('what is told of the time', () => {
  it('may be five minutes ahead of our clock, and is then taken for now', () => {
    const ahead = 5 * 60_000
    const entry = admitted({ observedAt: now + ahead })
    assert.equal(register(null, entry, terms).patch.belief?.confirmedAt, now)
    const denied = admit({ subject: '42', url, observedAt: now + ahead + 1 }, [], now)
    assert.equal(denied.kind === 'denied' && denied.code, 'observed-in-future')
  })

  it('is news at the very moment of what is known, and late at that of the source', () => {
    const { belief } = avatarOf()
    const entry = (observedAt: number) => ({ subject: '42', url: other, observedAt })
    assert.equal(isLate(avatarOf(), entry(belief.confirmedAt), null), false)
    const from = belief.confirmedAt - dayMs
    assert.equal(isLate(avatarOf(), entry(from), { url, from }), true)
    const upload = avatarOf({ standing: 'uploaded' })
    assert.equal(isLate(upload, entry(upload.standingAt), null), false)
  })
})
