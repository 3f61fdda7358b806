import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'

import { createOauthState, journeyMs } from './state.ts'
import type { Departure, Journey, OauthState } from './state.ts'

const start = Date.UTC(2026, 10, 22, 8)
const journey: Journey = {
  appid: 'wx13974bf780d3dc89',
  subject: 'user:42',
  scene: 'profile',
  returnTo: 'https://app.test/me?tab=face',
}

function started(departure: Departure): Departure & { readonly kind: 'started' } {
  return departure.kind === 'started' ? departure : assert.fail('refused')
}

describe('createOauthState', () => {
  /** A service that remembers what was spent, over a clock that is moved by hand. */
  function service(changes: Partial<Parameters<typeof createOauthState>[0]> = {}): {
    oauth: OauthState
    clock: { now: number }
    spent: Map<string, number>
  } {
    const clock = { now: start }
    const spent = new Map<string, number>()
    const oauth = createOauthState({
      secrets: ['a secret'],
      allowedOrigins: ['https://app.test'],
      isSecure: true,
      async spend(id, expiresAt) {
        if (spent.has(id)) return false
        spent.set(id, expiresAt)
        return true
      },
      now: () => clock.now,
      ...changes,
    })
    return { oauth, clock, spent }
  }

  it('carries everything through, for every subject and scene', async () => {
    const { oauth } = service()
    const subject = fc.stringMatching(/^[A-Za-z0-9._:@-]{1,128}$/)
    const scene = fc.option(fc.string({ unit: 'grapheme', maxLength: 40 }))
    await fc.assert(
      fc.asyncProperty(subject, scene, fc.boolean(), async (subject, scene, returns) => {
        const own = { ...journey, subject, scene, returnTo: returns ? journey.returnTo : null }
        const { state, cookie } = started(oauth.begin(own))
        assert.match(state, /^[a-zA-Z0-9]{1,128}$/)
        assert.match(cookie.value, /^[\w.-]{1,3800}$/)
        assert.equal(oauth.cookieName(state), cookie.name)
        assert.deepEqual(await oauth.end(state, cookie.value), { kind: 'arrived', journey: own })
      }),
      { numRuns: 200, seed: 1 },
    )
  })

  it('names a cookie for each journey, which other hosts cannot set where pages are https', () => {
    const { cookie } = started(service().oauth.begin(journey))
    assert.match(cookie.name, /^__Host-everface-wechat-[0-9a-f]{12}$/)
    assert.deepEqual([cookie.isSecure, cookie.maxAgeSeconds], [true, 600])
    const { oauth } = service({ isSecure: false })
    const [one, other] = [started(oauth.begin(journey)), started(oauth.begin(journey))]
    assert.match(one.cookie.name, /^everface-wechat-[0-9a-f]{12}$/)
    assert.notEqual(one.cookie.name, other.cookie.name)
    assert.equal(one.cookie.isSecure, false)
  })

  it('begins no journey that would end elsewhere', () => {
    const { oauth } = service()
    for (const returnTo of ['https://evil.test/', '//evil.test', '/me', 'javascript:alert(1)']) {
      assert.deepEqual(oauth.begin({ ...journey, returnTo }), { kind: 'return-refused' })
    }
  })

  it('ends a journey once', async () => {
    const { oauth, spent } = service()
    const { state, cookie } = started(oauth.begin(journey))
    const both = [oauth.end(state, cookie.value), oauth.end(state, cookie.value)]
    const kinds = (await Promise.all(both)).map(({ kind }) => kind)
    assert.deepEqual(kinds, ['arrived', 'spent'])
    assert.equal((await oauth.end(state, cookie.value)).kind, 'spent')
    assert.deepEqual([...spent.values()], [start + journeyMs])
  })

  it('ends after ten minutes, and then spends nothing', async () => {
    const { oauth, clock, spent } = service()
    const { state, cookie } = started(oauth.begin(journey))
    clock.now += journeyMs - 1
    assert.equal((await oauth.end(state, cookie.value)).kind, 'arrived')
    const late = started(oauth.begin(journey))
    clock.now += journeyMs
    assert.equal((await oauth.end(late.state, late.cookie.value)).kind, 'expired')
    assert.equal(spent.size, 1)
  })

  it('knows the browser that set out, and lets nobody else arrive', async () => {
    const { oauth, spent } = service()
    const [mine, theirs] = [started(oauth.begin(journey)), started(oauth.begin(journey))]
    // Somebody else's link, opened in a browser that never set out.
    assert.equal((await oauth.end(theirs.state, null)).kind, 'other-browser')
    // The same, in a browser that is on a journey of its own.
    assert.equal((await oauth.end(theirs.state, mine.cookie.value)).kind, 'forged')
    assert.equal((await oauth.end(mine.state, theirs.cookie.value)).kind, 'forged')
    assert.equal(spent.size, 0)
  })

  it('believes nothing that was altered in any place', async () => {
    const { oauth, spent } = service()
    const { state, cookie } = started(oauth.begin(journey))
    const { value } = cookie
    for (let at = 0; at < state.length; at++) {
      const other = state.charAt(at) === '0' ? '1' : '0'
      const altered = `${state.slice(0, at)}${other}${state.slice(at + 1)}`
      assert.equal((await oauth.end(altered, value)).kind, 'forged', `state ${at}`)
    }
    for (let at = 0; at < value.length; at++) {
      const other = value.charAt(at) === 'A' ? 'B' : 'A'
      const altered = `${value.slice(0, at)}${other}${value.slice(at + 1)}`
      assert.equal((await oauth.end(state, altered)).kind, 'forged', `cookie ${at}`)
    }
    assert.equal(spent.size, 0)
    assert.equal((await oauth.end(state, value)).kind, 'arrived')
  })

  it('does not take one signature for the other', async () => {
    const { oauth } = service()
    const { state, cookie } = started(oauth.begin(journey))
    const [content = '', signature = ''] = cookie.value.split('.')
    const swapped = `${state.slice(0, 32)}${signature}`
    assert.equal((await oauth.end(swapped, cookie.value)).kind, 'forged')
    const other = `${content}.${state.slice(32)}`
    assert.equal((await oauth.end(state, other)).kind, 'forged')
  })

  it('still believes former secrets, and no others', async () => {
    const { state, cookie } = started(service().oauth.begin(journey))
    const after = service({ secrets: ['a new one', 'a secret'] })
    assert.equal((await after.oauth.end(state, cookie.value)).kind, 'arrived')
    const without = service({ secrets: ['a new one'] })
    assert.equal((await without.oauth.end(state, cookie.value)).kind, 'forged')
    const fresh = started(after.oauth.begin(journey))
    assert.equal((await without.oauth.end(fresh.state, fresh.cookie.value)).kind, 'arrived')
  })

  it('returns nobody to an origin that was taken back meanwhile', async () => {
    const { state, cookie } = started(service().oauth.begin(journey))
    const { oauth } = service({ allowedOrigins: ['https://other.test'] })
    assert.deepEqual(await oauth.end(state, cookie.value), {
      kind: 'arrived',
      journey: { ...journey, returnTo: null },
    })
  })

  it('never throws for what a browser may send', async () => {
    const { oauth, spent } = service()
    const { state, cookie } = started(oauth.begin(journey))
    const states = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constant(state))
    const cookies = fc.oneof(
      fc.string(),
      fc.constant(null),
      fc.stringMatching(/^\w{1,50}\.[0-9a-f]{64}$/),
    )
    await fc.assert(
      fc.asyncProperty(states, cookies, async (text, value) => {
        oauth.cookieName(text)
        assert.notEqual((await oauth.end(text, value)).kind, 'arrived')
      }),
      { numRuns: 1_000, seed: 1 },
    )
    assert.equal(oauth.cookieName(`${state}0`), null)
    assert.equal((await oauth.end(state, `${cookie.value}0`)).kind, 'forged')
    assert.equal(spent.size, 0)
  })

  it('does not begin without a secret', () => {
    for (const secrets of [[], [''], ['good', '']]) assert.throws(() => service({ secrets }))
    assert.throws(() => service({ allowedOrigins: ['app.test'] }))
  })
})
