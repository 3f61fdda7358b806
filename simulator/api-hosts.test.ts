import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'

import { createSimulator } from './simulator.ts'
import type { Simulator } from './simulator.ts'
import { ask as get } from './test-client.ts'
import { createDesk } from './test-desk.ts'
import type { Desk } from './test-desk.ts'

const hour = 3_600_000
const day = 24 * hour
const start = Date.UTC(2026, 10, 22, 8)

describe('api.weixin.qq.com', () => {
  let simulator: Simulator
  let desk: Desk

  before(async () => {
    simulator = await createSimulator({ seed: 3, now: () => start, speed: 0 })
  })
  beforeEach(() => {
    desk = createDesk(simulator)
  })
  after(() => simulator.close())

  it('gives tokens for a code, in the fields and the type of the platform', async () => {
    const { status, type, value, text } = await desk.exchange(desk.newCode())
    assert.deepEqual([status, type], [200, 'text/plain'])
    const known = Object.keys(value ?? {})
    assert.deepEqual(known, [
      'access_token',
      'expires_in',
      'refresh_token',
      'openid',
      'scope',
      'unionid',
    ])
    assert.match(text, /"openid":"o[\w-]{27}"/)
    assert.equal(value?.['expires_in'], 7200)
    assert.equal(value?.['scope'], 'snsapi_userinfo')
  })

  it('tells a profile, with the address in escaped slashes', async () => {
    const { value, text } = await desk.userinfo(await desk.tokens(), { lang: 'zh_CN' })
    const { profile } = simulator.control.account(desk.person)
    assert.match(text, /"headimgurl":"https:\\\/\\\/\w+\.qlogo\.cn/)
    assert.deepEqual(Object.keys(value ?? {}), [
      'openid',
      'nickname',
      'sex',
      'language',
      'city',
      'province',
      'country',
      'headimgurl',
      'privilege',
      'unionid',
    ])
    const { nickname, headimgurl, sex, province, language } = value ?? {}
    assert.deepEqual({ nickname, headimgurl }, profile)
    assert.deepEqual([sex, province, language], [0, '', 'zh_CN'])
    assert.equal(headimgurl, simulator.control.person(desk.person).currentUrl)
  })

  it('gives the same unionid in all apps of one platform account, and none outside', async () => {
    const first = await desk.tokens()
    const inMini = await desk.login()
    assert.equal(inMini.value?.['unionid'], first.unionid)
    assert.notEqual(inMini.value?.['openid'], first.openid)
    desk.app = simulator.control.makeApp({ kind: 'official', domain: 'other.test' })
    const alone = await desk.tokens()
    assert.equal('unionid' in alone, false)
    assert.equal('unionid' in ((await desk.userinfo(alone)).value ?? {}), false)
    desk.app = simulator.control.makeApp({ kind: 'website', domain: 'site.test', platform: 'acme' })
    assert.equal((await desk.tokens()).unionid, first.unionid)
  })

  it('gives the same openid to the same person and app, time after time', async () => {
    assert.equal((await desk.tokens()).openid, (await desk.tokens()).openid)
  })

  it('says no unionid and no profile for snsapi_base', async () => {
    const base = await desk.tokens({ scope: 'snsapi_base' })
    assert.equal('unionid' in base, false)
    assert.equal((await desk.userinfo(base)).value?.['errcode'], 48001)
    assert.equal((await desk.auth(base)).value?.['errcode'], 0)
  })

  it('prolongs a living access token, replaces a dead one, and keeps the refresh token', async () => {
    const first = await desk.tokens()
    simulator.control.advance(2 * hour - 1)
    const prolonged = (await desk.refresh(first.refresh_token)).value
    assert.equal(prolonged?.['access_token'], first.access_token)
    simulator.control.advance(2 * hour - 1)
    assert.equal((await desk.auth(first)).value?.['errcode'], 0)
    simulator.control.advance(1)
    assert.equal((await desk.auth(first)).value?.['errcode'], 42001)
    const replaced = (await desk.refresh(first.refresh_token)).value
    assert.notEqual(replaced?.['access_token'], first.access_token)
    assert.equal(replaced?.['refresh_token'], first.refresh_token)
    assert.equal((await desk.auth(first)).value?.['errcode'], 42001)
    assert.equal(replaced?.['scope'], 'snsapi_userinfo')
  })

  it('ends a refresh token thirty days after the yes, however often it was used', async () => {
    const first = await desk.tokens()
    for (let i = 0; i < 29; i++) {
      simulator.control.advance(day)
      assert.equal((await desk.refresh(first.refresh_token)).value?.['errcode'], undefined)
    }
    simulator.control.advance(day - 1)
    assert.equal((await desk.refresh(first.refresh_token)).value?.['errcode'], undefined)
    simulator.control.advance(1)
    assert.equal((await desk.refresh(first.refresh_token)).value?.['errcode'], 42002)
    // A new yes helps, and the old token stays what it was.
    assert.ok((await desk.tokens()).access_token)
    assert.equal((await desk.refresh(first.refresh_token)).value?.['errcode'], 42002)
  })

  it('lives on the simulated clock, which can be advanced', async () => {
    const first = await desk.tokens()
    const own = () => simulator.control.grants().find((each) => each.person === desk.person)
    const grant = own()
    assert.equal(grant?.refreshUntil, simulator.control.clock().now + 30 * day)
    assert.deepEqual([grant.state, grant.accessToken], ['in force', first.access_token])
    simulator.control.advance(30 * day)
    assert.equal(own()?.state, 'expired')
  })

  it('shows the old picture for a day after a change, then the new one', async () => {
    const before = simulator.control.person(desk.person).currentUrl
    simulator.control.changePicture(desk.person)
    const after = simulator.control.person(desk.person).currentUrl
    const shown = async () => (await desk.userinfo(await desk.tokens())).value?.['headimgurl']
    assert.equal(await shown(), before)
    simulator.control.advance(day - 1)
    assert.equal(await shown(), before)
    simulator.control.advance(1)
    assert.equal(await shown(), after)
    simulator.control.changePicture(desk.person)
    simulator.control.setPlatform({ lag: 0 })
    assert.equal(await shown(), simulator.control.person(desk.person).currentUrl)
  })

  it('shows of two changes in one day each a day late', async () => {
    const urls = [simulator.control.person(desk.person).currentUrl]
    const shown = () => simulator.control.account(desk.person).profile.headimgurl
    for (let i = 0; i < 2; i++) {
      urls.push(simulator.control.changePicture(desk.person).currentUrl)
      simulator.control.advance(12 * hour)
    }
    assert.equal(shown(), urls[1])
    simulator.control.advance(12 * hour)
    assert.equal(shown(), urls[2])
  })

  it('shows no picture, the grey default, and any nickname', async () => {
    const first = await desk.tokens()
    const profile = async () => (await desk.userinfo(first)).value
    simulator.control.setAccount(desk.person, { picture: 'empty' })
    assert.equal((await profile())?.['headimgurl'], '')
    simulator.control.setAccount(desk.person, { picture: 'default' })
    assert.match(String((await profile())?.['headimgurl']), /\/POgEwh4mIHO4nibH0KlMECNjj/)
    const nickname = '👨‍👩‍👧 "\\</script>\u202e\u0000\n'
    simulator.control.changeNickname(desk.person, nickname)
    assert.equal((await profile())?.['nickname'], nickname)
  })

  it('calls people without a picture what the platform calls them', () => {
    const { first } = simulator.control.makePeople({ count: 1, mix: { placeholder: 1 } })
    const { nickname, profile } = simulator.control.account(first)
    assert.equal(nickname, '微信用户')
    assert.match(profile.headimgurl, /\/POgEwh4mIHO4nibH0KlMECNjj/)
  })

  it('hands out whole addresses although an app has a spoiled one', async () => {
    const { first } = simulator.control.makePeople({ count: 1, mix: { malformed: 1 } })
    const { headimgurl } = simulator.control.account(first).profile
    assert.notEqual(headimgurl, simulator.control.person(first).url)
    assert.equal((await get(simulator, headimgurl)).headers['X-Info'], 'real data')
  })

  it('hands out the living address of people who were made with a dead one', async () => {
    const { first } = simulator.control.makePeople({
      count: 1,
      mix: { gone: 1 },
      forms: ['mmopen/vi_32'],
    })
    const { headimgurl } = simulator.control.account(first).profile
    assert.equal((await get(simulator, headimgurl)).headers['X-Info'], 'real data')
  })

  it('makes snapshot visitors up: new each time, with a shared unionid and a living picture', async () => {
    const real = await desk.tokens()
    const [one, other] = [
      await desk.tokens({ snapshot: true }),
      await desk.tokens({ snapshot: true }),
    ]
    for (const each of [one, other]) assert.equal(Reflect.get(each, 'is_snapshotuser'), 1)
    assert.equal('is_snapshotuser' in real, false)
    assert.equal(new Set([real.openid, one.openid, other.openid]).size, 3)
    assert.equal(one.unionid, other.unionid)
    assert.notEqual(one.unionid, real.unionid)
    const { profile } = simulator.control.account(desk.person)
    const made = (await desk.userinfo(one)).value
    assert.notEqual(made?.['headimgurl'], profile.headimgurl)
    const picture = await get(simulator, String(made?.['headimgurl']))
    assert.equal(picture.headers['X-Info'], 'real data')
    simulator.control.setPlatform({ snapshotProfile: 'refused' })
    assert.equal((await desk.userinfo(one)).value?.['errcode'], 48001)
    assert.ok((await desk.userinfo(real)).value?.['nickname'])
  })

  it('takes nothing from snapshot visitors when the person behind them withdraws', async () => {
    const visitor = await desk.tokens({ snapshot: true })
    assert.throws(() => simulator.control.revoke(desk.person, desk.app.appid), /never came/)
    assert.equal(simulator.control.changePassword(desk.person).ended, 0)
    assert.equal((await desk.auth(visitor)).value?.['errcode'], 0)
  })

  it('says that a visitor is a snapshot one late, where that is set', async () => {
    simulator.control.setPlatform({ snapshotFlag: 'late' })
    const flags = [await desk.tokens({ snapshot: true }), await desk.tokens({ snapshot: true })]
    assert.deepEqual(
      flags.map((each) => 'is_snapshotuser' in each),
      [false, true],
    )
  })

  it('spends no code of another app, and none of a mini program', async () => {
    const code = desk.newCode()
    const own = desk.app
    desk.app = simulator.control.makeApp({ kind: 'official', domain: 'thief.test' })
    assert.equal((await desk.exchange(code)).value?.['errcode'], 40029)
    assert.equal((await desk.refresh('x')).value?.['errcode'], 40030)
    desk.app = own
    assert.ok((await desk.exchange(code)).value?.['openid'])
    const js = simulator.control.loginCode(desk.person, desk.mini.appid).code
    desk.app = desk.mini
    assert.equal((await desk.exchange(js)).value?.['errcode'], 40029)
  })

  it('refuses a refresh token to every other app', async () => {
    const first = await desk.tokens()
    desk.app = simulator.control.makeApp({ kind: 'official', domain: 'thief.test' })
    assert.equal((await desk.refresh(first.refresh_token)).value?.['errcode'], 40030)
  })

  it('ends everything with the account, and 42007 with the password', async () => {
    const first = await desk.tokens()
    const { ended } = simulator.control.changePassword(desk.person)
    assert.equal(ended, 1)
    assert.equal((await desk.userinfo(first)).value?.['errcode'], 42007)
    assert.equal((await desk.refresh(first.refresh_token)).value?.['errcode'], 42007)
    const second = await desk.tokens()
    assert.ok((await desk.userinfo(second)).value?.['nickname'])
    simulator.control.cancelAccount(desk.person)
    assert.equal((await desk.refresh(second.refresh_token)).value?.['errcode'], 50002)
    assert.equal((await desk.exchange(desk.newCode())).value?.['errcode'], 50002)
  })

  it('counts calls as it counts pictures', async () => {
    simulator.control.clearRequests()
    await desk.exchange('bad')
    await desk.exchange('bad')
    const { by, last } = simulator.control.requests()
    const [edge = ''] = simulator.edges
    const line = { edge, host: 'api.weixin.qq.com', method: 'GET', status: 200, count: 2 }
    assert.deepEqual(by, [line])
    assert.match(last[0]?.target ?? '', /^\/sns\/oauth2\/access_token\?appid=wx/)
  })
})
