import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Outcome, Profile, Tokens } from '../wechat/client.ts'
import { askPlatform, compare, isSame, unchangedAfter } from './refresh.ts'

const dayMs = 86_400_000
const now = Date.UTC(2026, 10, 22)
// Made-up tokens of the right shape.
const token = `Q0j4TwGTfTK${'aB3dE6gH9kL2mNQ'.repeat(5)}`
const url = `https://thirdwx.qlogo.cn/mmopen/vi_32/${token}/132`
const other = url.replace('Q0j4', 'Q0j5')
const third = url.replace('Q0j4', 'Q0j6')

describe('isSame', () => {
  it('sees one picture behind every host, scheme and size that it is handed out under', () => {
    for (const same of [
      url,
      url.replace('https:', 'http:'),
      url.replace('thirdwx', 'wx'),
      url.replace(/132$/, '0'),
      url.replace('https://thirdwx', 'http://wx').replace(/132$/, '46'),
    ]) {
      assert.ok(isSame(url, same), same)
      assert.ok(isSame(same, url), same)
    }
  })

  it('takes no two pictures for one', () => {
    for (const one of [other, `${url}?x=1`, 'https://a.test/b.jpg', '', 'no address']) {
      assert.equal(isSame(url, one), false, one)
    }
  })
})

describe('compare', () => {
  const sources = [
    { url, from: now - dayMs, until: null },
    { url: other, from: now - 40 * dayMs, until: now - dayMs },
    { url: third, from: now - 90 * dayMs, until: now - 40 * dayMs },
  ]

  it('tells what a profile’s picture is to those that we know', () => {
    assert.equal(compare(url.replace('thirdwx', 'wx'), sources, now), 'same')
    assert.equal(compare(other, sources, now), 'old')
    assert.equal(compare(url.replace('Q0j4', 'Q0j7'), sources, now), 'new')
    assert.equal(compare(null, sources, now), 'none')
    assert.equal(compare(url, [], now), 'new')
  })

  it('takes a picture of long ago for one that was chosen again', () => {
    assert.equal(compare(third, sources, now), 'new')
    assert.equal(compare(other, sources, now + 7 * dayMs), 'new')
  })

  it('knows no current picture of somebody who has none', () => {
    const past = [{ url, from: now - 9 * dayMs, until: now - 8 * dayMs }]
    assert.equal(compare(url, past, now), 'new')
  })
})

describe('unchangedAfter', () => {
  it('counts refreshes that show what is known to be replaced, and nothing else', () => {
    assert.equal(unchangedAfter(1, 'same', { standing: 'gone' }), 2)
    assert.equal(unchangedAfter(1, 'same', { standing: 'dying' }), 2)
    assert.equal(unchangedAfter(1, 'none', { standing: 'gone' }), 2)
    assert.equal(unchangedAfter(1, 'old', { standing: 'alive' }), 2)
    assert.equal(unchangedAfter(1, 'same', { standing: 'alive' }), 0)
    assert.equal(unchangedAfter(1, 'same', { standing: 'placeholder' }), 0)
    assert.equal(unchangedAfter(3, 'new', { standing: 'gone' }), 0)
  })
})

describe('askPlatform', () => {
  const grant = { appid: 'wx1', openid: 'o1' }
  const tokens: Tokens = {
    openid: 'o1',
    unionid: null,
    accessToken: 'access',
    expiresAt: now,
    refreshToken: 'refresh',
    refreshExpiresAt: null,
    scopes: ['snsapi_userinfo'],
    isSnapshot: false,
  }
  const profile: Profile = { openid: 'o1', unionid: null, name: 'A', url }
  const not = { errcode: null, detail: 'no', rid: null }

  async function asked(
    refreshed: readonly Outcome<Tokens>[],
    read: readonly Outcome<Profile>[] = [{ kind: 'done', value: profile }],
  ) {
    const told: string[] = []
    const [answers, profiles] = [[...refreshed], [...read]]
    const client = {
      refresh: async () => answers.shift() ?? assert.fail('asked once more'),
      profile: async () => profiles.shift() ?? assert.fail('asked once more'),
    }
    const answer = await askPlatform(client, grant, 'refresh', (appid, call, { kind }) =>
      told.push(`${appid} ${call} ${kind}`),
    )
    return { answer, told }
  }
  const done: Outcome<Tokens> = { kind: 'done', value: tokens }

  it('brings a profile', async () => {
    assert.deepEqual(await asked([done]), { answer: { kind: 'profile', profile }, told: [] })
  })

  it('asks once more when a fresh token is called stale, and not for ever', async () => {
    const stale: Outcome<Profile> = { kind: 'stale', ...not }
    const twice = await asked([done, done], [stale, { kind: 'done', value: profile }])
    assert.equal(twice.answer.kind, 'profile')
    const ever = await asked([done, done], [stale, stale])
    assert.deepEqual(ever, { answer: { kind: 'unknown' }, told: ['wx1 profile stale'] })
  })

  it('believes neither a snapshot nor somebody else’s tokens', async () => {
    const snapshot = { ...tokens, isSnapshot: true }
    assert.equal((await asked([{ kind: 'done', value: snapshot }], [])).answer.kind, 'snapshot')
    const foreign = { ...tokens, openid: 'o2' }
    assert.equal((await asked([{ kind: 'done', value: foreign }], [])).answer.kind, 'refused')
  })

  it('tells apart what ends a grant, what waits, and what an operator must mend', async () => {
    for (const kind of ['over', 'refused', 'unknown', 'configuration'] as const) {
      const { answer, told } = await asked([{ kind, ...not }], [])
      assert.deepEqual([answer, told], [{ kind }, [`wx1 refresh ${kind}`]])
    }
    const wait: Outcome<Tokens> = { kind: 'wait', retryAfterMs: 5_000, ...not }
    assert.deepEqual((await asked([wait], [])).answer, { kind: 'wait', afterMs: 5_000 })
    assert.equal((await asked([{ kind: 'spent', ...not }], [])).answer.kind, 'unknown')
  })
})
