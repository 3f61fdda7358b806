import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { inspect } from 'node:util'

import type { App, Simulator } from '../../simulator/simulator.ts'
import type { AskReply } from './ask.ts'
import { createWechatClient } from './client.ts'
import type { Outcome, Tokens, WechatClient } from './client.ts'
import { errcodes } from './errcodes.ts'
import { type Platform, startPlatform } from './harness.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** What a call was to bring. */
function done<Value>(outcome: Outcome<Value>): Value {
  assert.equal(outcome.kind, 'done', inspect(outcome))
  return outcome.kind === 'done' ? outcome.value : assert.fail()
}

/** Why a call brought nothing. */
function told<Value>(outcome: Outcome<Value>): readonly [string, number | null] {
  return outcome.kind === 'done' ? ['done', 0] : [outcome.kind, outcome.errcode]
}

/** For how long there is to wait. */
function waitOf<Value>(outcome: Outcome<Value>): number {
  return outcome.kind === 'wait' ? outcome.retryAfterMs : assert.fail(inspect(outcome))
}

describe('createWechatClient', () => {
  let platform: Platform
  let control: Simulator['control']
  let app: App
  let mini: App
  let person: string
  let client: WechatClient

  before(async () => {
    platform = await startPlatform(5)
    control = platform.simulator.control
  })
  beforeEach(() => {
    control.clearFaults()
    control.setPlatform({ suffix: 'rid', snapshotProfile: 'virtual', snapshotFlag: 'always' })
    app = control.makeApp({ kind: 'official', domain: 'app.test', platform: 'acme' })
    mini = control.makeApp({ kind: 'mini', platform: 'acme' })
    person = control.makePeople({ count: 1, scheme: 'https' }).first
    client = platform.client(app, mini)
  })
  after(() => platform.close())

  const newCode = (wish: Parameters<typeof control.authorize>[2] = {}) =>
    control.authorize(person, app.appid, wish).code
  const exchange = (code = newCode()) => client.exchangeCode(app.appid, code)
  const grant = async (wish: Parameters<typeof control.authorize>[2] = {}) =>
    done(await exchange(newCode(wish)))
  const profileOf = ({ accessToken, openid }: Tokens) =>
    client.profile(app.appid, accessToken, openid)
  const refresh = ({ refreshToken }: Tokens) => client.refresh(app.appid, refreshToken)
  const check = ({ accessToken, openid }: Tokens) => client.check(app.appid, accessToken, openid)
  const login = (code = control.loginCode(person, mini.appid).code) =>
    client.miniSession(mini.appid, code)

  describe('exchangeCode', () => {
    it('gives what the person gave, with times of ours', async () => {
      const now = platform.now()
      const tokens = await grant()
      const [given] = control.grants().slice(-1)
      assert.deepEqual(tokens, {
        openid: given?.openid,
        unionid: given?.unionid,
        accessToken: given?.accessToken,
        expiresAt: now + 2 * hour,
        refreshToken: given?.refreshToken,
        refreshExpiresAt: now + 30 * day,
        scopes: ['snsapi_userinfo'],
        isSnapshot: false,
      })
      assert.deepEqual(
        [given?.accessUntil, given?.refreshUntil],
        [tokens.expiresAt, tokens.refreshExpiresAt],
      )
    })

    it('gives an openid and no unionid for snsapi_base', async () => {
      const base = await grant({ scope: 'snsapi_base' })
      assert.deepEqual([base.unionid, base.scopes], [null, ['snsapi_base']])
      assert.equal(base.openid, (await grant()).openid)
    })

    it('serves websites as well, by the same calls', async () => {
      app = control.makeApp({ kind: 'website', domain: 'site.test', platform: 'acme' })
      client = platform.client(app)
      const tokens = await grant()
      assert.deepEqual(tokens.scopes, ['snsapi_login'])
      assert.equal(
        done(await profileOf(tokens)).name,
        control.account(person).profile.nickname.trim(),
      )
    })

    it('says who is a snapshot visitor', async () => {
      assert.equal((await grant({ snapshot: true })).isSnapshot, true)
    })

    it('says that a code is spent when it was used, has expired or never was', async () => {
      const code = newCode()
      done(await exchange(code))
      assert.deepEqual(told(await exchange(code)), ['spent', 40163])
      const late = newCode()
      control.advance(5 * minute)
      assert.deepEqual(told(await exchange(late)), ['spent', 42003])
      assert.deepEqual(told(await exchange('0'.repeat(32))), ['spent', 40029])
    })

    it('asks nobody about what cannot be a code', async () => {
      control.clearRequests()
      for (const code of ['', ' ', 'a b', 'ä', 'x'.repeat(1025), 'a\r\nb', '\u0000']) {
        assert.deepEqual(told(await exchange(code)), ['spent', null])
      }
      assert.deepEqual(control.requests().last, [])
    })

    it('sends a code as it is, whatever stands in it', async () => {
      control.clearRequests()
      await exchange('a&secret=b#c?d%20+')
      const [request] = control.requests().last
      const values = new URL(request?.target ?? '', 'https://api.weixin.qq.com').searchParams
      assert.equal(values.get('code'), 'a&secret=b#c?d%20+')
      assert.deepEqual(values.getAll('secret'), [app.secret])
    })

    it('finds that a code may be used up after "system error"', async () => {
      const code = newCode()
      control.setFault({ kind: 'errcode', errcode: -1, count: 1 })
      assert.deepEqual(told(await exchange(code)), ['wait', -1])
      control.advance(1_000)
      assert.deepEqual(told(await exchange(code)), ['spent', 40163])
    })

    it('blames the settings for a wrong secret or appid, and for an app that is not ours', async () => {
      client = platform.client({ ...app, secret: 'f'.repeat(32) }, { ...app, appid: 'wx0' })
      assert.deepEqual(told(await exchange()), ['configuration', 40125])
      const code = newCode()
      assert.deepEqual(told(await client.exchangeCode('wx0', code)), ['configuration', 40013])
      assert.deepEqual(told(await client.exchangeCode('wx1', code)), ['configuration', null])
    })

    it('is not open to mini programs, nor miniSession to others', async () => {
      assert.deepEqual(told(await client.exchangeCode(mini.appid, newCode())), [
        'configuration',
        null,
      ])
      assert.deepEqual(told(await client.miniSession(app.appid, newCode())), [
        'configuration',
        null,
      ])
    })

    it('gives up on a person whom the platform blocks', async () => {
      control.setAccount(person, { standing: 'risky' })
      assert.deepEqual(told(await exchange()), ['refused', 40226])
    })
  })

  describe('refresh', () => {
    it('prolongs a living access token and replaces a dead one, but not the thirty days', async () => {
      const first = await grant()
      control.advance(hour)
      const prolonged = done(await refresh(first))
      assert.equal(prolonged.accessToken, first.accessToken)
      assert.equal(prolonged.expiresAt, platform.now() + 2 * hour)
      assert.equal(prolonged.refreshExpiresAt, null)
      control.advance(2 * hour)
      assert.deepEqual(told(await check(prolonged)), ['stale', 42001])
      const replaced = done(await refresh(first))
      assert.notEqual(replaced.accessToken, first.accessToken)
      assert.equal(done(await check(replaced)), true)
      assert.equal(replaced.refreshToken, first.refreshToken)
      control.advance(30 * day - 3 * hour - 1)
      done(await refresh(replaced))
      control.advance(1)
      assert.deepEqual(told(await refresh(replaced)), ['over', 42002])
      assert.equal(platform.now(), first.refreshExpiresAt)
    })

    it('says that a grant is over when it was withdrawn, or the password changed', async () => {
      const first = await grant()
      control.revoke(person, app.appid)
      assert.deepEqual(told(await refresh(first)), ['over', 42007])
      const second = await grant()
      control.changePassword(person)
      assert.deepEqual(told(await refresh(second)), ['over', 42007])
      assert.deepEqual(told(await profileOf(second)), ['over', 42007])
    })

    it('says so of a token that is not known, or another app’s', async () => {
      const first = await grant()
      assert.deepEqual(told(await client.refresh(app.appid, 'nothing')), ['over', 40030])
      app = control.makeApp({ kind: 'official', domain: 'other.test' })
      client = platform.client(app)
      assert.deepEqual(told(await refresh(first)), ['over', 40030])
    })

    it('leaves a grant in force when the account is frozen, the app banned or without rights', async () => {
      const first = await grant()
      control.setAccount(person, { standing: 'frozen' })
      assert.deepEqual(told(await refresh(first)), ['refused', 50002])
      control.setAccount(person, { standing: 'good' })
      control.changeApp(app.appid, { standing: 'forbidden' })
      assert.deepEqual(told(await refresh(first)), ['configuration', 48004])
      control.changeApp(app.appid, { standing: 'unauthorized' })
      assert.deepEqual(told(await refresh(first)), ['refused', 50001])
      control.changeApp(app.appid, { standing: 'good' })
      assert.equal(done(await refresh(first)).openid, first.openid)
    })

    it('makes one request of many refreshes of a token at once, and another later', async () => {
      const [first, second] = [await grant(), await grant()]
      control.clearRequests()
      const all = await Promise.all([first, first, second, first].map((each) => refresh(each)))
      assert.deepEqual(
        all.map((outcome) => done(outcome).accessToken),
        [first, first, second, first].map(({ accessToken }) => accessToken),
      )
      assert.equal(control.requests().last.length, 2)
      await refresh(first)
      assert.equal(control.requests().last.length, 3)
    })

    it('asks nobody with what cannot be a token, and ends no grant for it', async () => {
      control.clearRequests()
      assert.deepEqual(told(await client.refresh(app.appid, '')), ['refused', null])
      assert.deepEqual(told(await client.check(app.appid, 'a', 'b c')), ['refused', null])
      assert.deepEqual(control.requests().last, [])
    })
  })

  describe('profile', () => {
    it('tells name and picture', async () => {
      const tokens = await grant()
      const { profile } = control.account(person)
      assert.deepEqual(done(await profileOf(tokens)), {
        openid: tokens.openid,
        unionid: tokens.unionid,
        name: profile.nickname,
        url: profile.headimgurl,
      })
    })

    it('knows people without a picture, or with a name of nothing', async () => {
      control.setAccount(person, { picture: 'empty' })
      control.changeNickname(person, '')
      const { name, url } = done(await profileOf(await grant()))
      assert.deepEqual([name, url], ['', null])
    })

    it('takes names as people make them, without what moves a terminal', async () => {
      const tokens = await grant()
      for (const [given, read] of [
        ['王小明', '王小明'],
        ['\u001b[31m red\u0007', '[31m red'],
        ['👩‍👩‍👧 family', '👩‍👩‍👧 family'],
        ['half \ud83d', 'half \ufffd'],
        ['two\nlines\u2028three', 'two lines three'],
        ['"quoted\\"', '"quoted\\"'],
        ['名'.repeat(300), '名'.repeat(128)],
      ] as const) {
        control.changeNickname(person, given)
        assert.equal(done(await profileOf(tokens)).name, read)
      }
    })

    it('is refused for consent to the openid alone, and for snapshot visitors', async () => {
      assert.deepEqual(told(await profileOf(await grant({ scope: 'snsapi_base' }))), [
        'refused',
        48001,
      ])
      control.setPlatform({ snapshotProfile: 'refused' })
      assert.deepEqual(told(await profileOf(await grant({ snapshot: true }))), ['refused', 48001])
    })

    it('tells a stale token from an openid that does not belong to it', async () => {
      const tokens = await grant()
      assert.deepEqual(told(await profileOf({ ...tokens, openid: 'oOther' })), ['refused', 40003])
      const never = `9_${'x'.repeat(86)}`
      assert.deepEqual(told(await profileOf({ ...tokens, accessToken: never })), ['stale', 40001])
      assert.deepEqual(told(await profileOf({ ...tokens, accessToken: 'x' })), ['stale', 40014])
      control.advance(2 * hour)
      assert.deepEqual(told(await profileOf(tokens)), ['stale', 42001])
    })

    it('sends what the platform documents, and no more', async () => {
      const tokens = await grant()
      await refresh(tokens)
      await profileOf(tokens)
      await check(tokens)
      await login()
      const sent = control
        .requests()
        .last.slice(-5)
        .map(({ method, target }) => {
          const { pathname, searchParams } = new URL(target, 'https://api.weixin.qq.com')
          return [method, pathname, ...searchParams.keys()].join(' ')
        })
      assert.deepEqual(sent, [
        'GET /sns/oauth2/access_token appid secret code grant_type',
        'GET /sns/oauth2/refresh_token appid grant_type refresh_token',
        'GET /sns/userinfo access_token openid lang',
        'GET /sns/auth access_token openid',
        'GET /sns/jscode2session appid secret js_code grant_type',
      ])
    })

    it('sends the language', async () => {
      const tokens = await grant()
      control.clearRequests()
      await profileOf(tokens)
      await client.profile(app.appid, tokens.accessToken, tokens.openid, 'en')
      const langs = control.requests().last.map(({ target }) => /lang=(\w+)/.exec(target)?.[1])
      assert.deepEqual(langs, ['zh_CN', 'en'])
    })
  })

  describe('miniSession', () => {
    it('tells who logged in, the same person as on the web', async () => {
      const { openid, unionid, sessionKey } = done(await login())
      assert.equal(unionid, (await grant()).unionid)
      assert.equal(openid, control.loginCode(person, mini.appid).openid)
      assert.equal(Buffer.from(sessionKey, 'base64').length, 16)
    })

    it('says that a code is spent', async () => {
      const { code } = control.loginCode(person, mini.appid)
      done(await login(code))
      assert.deepEqual(told(await login(code)), ['spent', 40163])
      assert.deepEqual(told(await login('')), ['spent', null])
    })
  })

  describe('authorizeUrl', () => {
    it('leads through the page and back with a code that is good', async () => {
      control.setConsent({ person, answer: 'allow' })
      for (const kind of ['official', 'website'] as const) {
        app = control.makeApp({ kind, domain: 'app.test:8443' })
        client = platform.client(app)
        const link = client.authorizeUrl({
          appid: app.appid,
          kind,
          redirectUri: "https://app.test:8443/oauth/callback?a=1&b='(2)",
          scope: kind === 'official' ? 'snsapi_userinfo' : 'snsapi_login',
          state: 'a1'.repeat(64),
        })
        const { hash, href } = new URL(link)
        assert.equal(hash, '#wechat_redirect')
        const page = await follow(platform.simulator, href)
        const { searchParams, origin } = new URL(page)
        assert.equal(origin, 'https://app.test:8443')
        assert.equal(searchParams.get('b'), "'(2)")
        assert.equal(searchParams.get('state'), 'a1'.repeat(64))
        assert.ok(done(await exchange(searchParams.get('code') ?? '')).openid)
      }
      control.setConsent({ answer: 'ask' })
    })
  })

  describe('its answers to errcodes', () => {
    /** A call by each verb, with what it is to be asked with. */
    async function verbs(): Promise<Readonly<Record<string, () => Promise<Outcome<unknown>>>>> {
      const tokens = await grant()
      return {
        '/sns/oauth2/access_token': () => exchange(),
        '/sns/oauth2/refresh_token': () => refresh(tokens),
        '/sns/userinfo': () => profileOf(tokens),
        '/sns/auth': () => check(tokens),
        '/sns/jscode2session': () => login(),
      }
    }

    for (const { code, action } of errcodes.values()) {
      it(`follow the table on ${code}, whoever asks`, async () => {
        for (const [path, ask] of Object.entries(await verbs())) {
          const hasToken = path === '/sns/userinfo' || path === '/sns/auth'
          const due = action === 'stale' && !hasToken ? 'unknown' : action
          control.setFault({ kind: 'errcode', path, errcode: code, count: 1 })
          assert.deepEqual(told(await ask()), [due, code], path)
        }
      })
    }

    it('know nothing of other codes, and change nothing for them', async () => {
      for (const [path, ask] of Object.entries(await verbs())) {
        control.setFault({ kind: 'errcode', path, errcode: 40066, count: 1 })
        assert.deepEqual(told(await ask()), ['unknown', 40066])
        done(await ask())
      }
    })

    it('do not depend on the sentence, and take its mark off', async () => {
      const rids: (string | null)[] = []
      for (const suffix of ['rid', 'hints', 'none'] as const) {
        control.setPlatform({ suffix })
        const outcome = await exchange('0'.repeat(32))
        if (outcome.kind === 'done') assert.fail()
        assert.deepEqual(told(outcome), ['spent', 40029])
        assert.equal(outcome.detail, 'The code is not valid. The platform says: invalid code.')
        rids.push(outcome.rid)
      }
      assert.match(rids[0] ?? '', /^[0-9a-f]{8}(-[0-9a-f]{8}){2}$/)
      assert.match(rids[1] ?? '', /^\w+$/)
      assert.equal(rids[2], null)
    })
  })

  describe('told to wait', () => {
    it('asks no more until then, and longer each time', async () => {
      const tokens = await grant()
      control.setFault({ kind: 'errcode', path: '/sns/userinfo', errcode: -1 })
      control.clearRequests()
      const waits: number[] = []
      for (let i = 0; i < 12; i++) {
        const outcome = await profileOf(tokens)
        waits.push(waitOf(outcome))
        assert.equal(told(outcome)[1], -1)
        const held = await profileOf(tokens)
        assert.deepEqual(told(held), ['wait', null])
        assert.equal(waitOf(held), waitOf(outcome))
        control.advance(waitOf(outcome))
      }
      const seconds = waits.map((ms) => ms / 1_000)
      assert.deepEqual(seconds, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300])
      assert.equal(control.requests().last.length, 12)
    })

    it('begins with a second again after one good answer', async () => {
      const tokens = await grant()
      control.setFault({ kind: 'errcode', path: '/sns/userinfo', errcode: -1, count: 2 })
      control.advance(waitOf(await profileOf(tokens)))
      control.advance(waitOf(await profileOf(tokens)))
      done(await profileOf(tokens))
      control.setFault({ kind: 'errcode', path: '/sns/userinfo', errcode: -1, count: 1 })
      assert.equal(waitOf(await profileOf(tokens)), 1_000)
    })

    it('takes a code that nobody knows for no good answer', async () => {
      const tokens = await grant()
      control.setFault({ kind: 'errcode', path: '/sns/userinfo', errcode: -1, count: 1 })
      control.advance(waitOf(await profileOf(tokens)))
      control.setFault({ kind: 'errcode', path: '/sns/userinfo', errcode: 40066, count: 1 })
      assert.deepEqual(told(await profileOf(tokens)), ['unknown', 40066])
      control.setFault({ kind: 'errcode', path: '/sns/userinfo', errcode: -1, count: 1 })
      assert.equal(waitOf(await profileOf(tokens)), 2_000)
    })

    it('counts a storm once, and then sends one call ahead', async () => {
      const tokens = await grant()
      const storm = control.setFault({ kind: 'errcode', path: '/sns/userinfo', errcode: -1 })
      const at = (n: number) => Promise.all(Array.from({ length: n }, () => profileOf(tokens)))
      const first = await at(50)
      assert.deepEqual(new Set(first.map(waitOf)), new Set([1_000]))
      control.clearFaults(storm.id)
      control.advance(1_000)
      control.clearRequests()
      const kinds = (await at(50)).map(({ kind }) => kind)
      assert.deepEqual(
        kinds.map((kind, i) => kind === (i === 0 ? 'done' : 'wait')),
        kinds.map(() => true),
      )
      assert.equal(control.requests().last.length, 1)
      const later = await at(50)
      assert.ok(later.every(({ kind }) => kind === 'done'))
    })

    it('sends another call ahead when nobody answered the first', async () => {
      const tokens = await grant()
      control.setFault({ kind: 'errcode', path: '/sns/userinfo', errcode: -1, count: 1 })
      control.advance(waitOf(await profileOf(tokens)))
      const reset = control.setFault({ kind: 'reset', when: 'before-headers' })
      assert.deepEqual(told(await profileOf(tokens)), ['unknown', null])
      control.clearFaults(reset.id)
      done(await profileOf(tokens))
    })

    it('waits out the quotas of the minute and the day', async () => {
      control.changeApp(app.appid, { perMinute: 2, perDay: 3 })
      const tokens = await grant()
      done(await profileOf(tokens))
      done(await profileOf(tokens))
      const full = await profileOf(tokens)
      assert.deepEqual([told(full), waitOf(full)], [['wait', 45011], minute])
      control.advance(minute)
      done(await profileOf(tokens))
      const over = await profileOf(tokens)
      assert.deepEqual([told(over), waitOf(over)], [['wait', 45009], hour])
      const waits: number[] = []
      for (let i = 0; i < 6; i++) {
        control.setFault({ kind: 'errcode', path: '/sns/userinfo', errcode: 45009, count: 1 })
        control.advance(i === 0 ? hour : (waits.at(-1) ?? 0))
        waits.push(waitOf(await profileOf(tokens)))
      }
      assert.deepEqual(
        waits.map((ms) => ms / hour),
        [2, 4, 8, 16, 24, 24],
      )
    })

    it('holds back one kind of call of one app, no other', async () => {
      const tokens = await grant()
      control.setFault({ kind: 'errcode', path: '/sns/userinfo', errcode: 45009, count: 1 })
      assert.equal(waitOf(await profileOf(tokens)), hour)
      done(await refresh(tokens))
      done(await check(tokens))
      const other = control.makeApp({ kind: 'official', domain: 'other.test' })
      client = platform.client(app, other)
      const { code } = control.authorize(person, other.appid)
      const theirs = done(await client.exchangeCode(other.appid, code))
      done(await client.profile(other.appid, theirs.accessToken, theirs.openid))
    })

    it('keeps nobody before a page waiting for more than a minute, and no code is lost', async () => {
      const code = newCode()
      for (const errcode of [45009, 45009, 45009]) {
        control.setFault({ kind: 'errcode', path: '/sns/oauth2/access_token', errcode, count: 1 })
        const outcome = await exchange()
        assert.equal(waitOf(outcome), minute)
        // Nobody was asked, so the code is as good as before.
        assert.deepEqual(told(await exchange(code)), ['wait', null])
        control.advance(minute)
      }
      done(await exchange(code))
    })
  })

  describe('what is no answer', () => {
    const broken = [
      { kind: 'half-body' },
      { kind: 'lying-length', by: 7 },
      { kind: 'lying-length', by: -7 },
      { kind: 'reset', when: 'before-headers' },
      { kind: 'reset', when: 'after-headers' },
      { kind: 'status', status: 502 },
      { kind: 'status', status: 503, retryAfter: 5 },
      { kind: 'status', status: 404 },
      { kind: 'captive-portal', redirect: false },
      { kind: 'captive-portal', redirect: true },
      { kind: 'gzip-bomb', mebibytes: 4 },
      { kind: 'endless-body' },
      { kind: 'endless-headers' },
      { kind: 'redirect', to: 'https://127.0.0.1/', status: 302 },
      { kind: 'redirect-loop' },
      { kind: 'garbage' },
    ] as const
    for (const fault of broken) {
      it(`is unknown and harms nothing: ${JSON.stringify(fault)}`, async () => {
        const tokens = await grant()
        for (const ask of [() => profileOf(tokens), () => refresh(tokens), () => login()]) {
          control.setFault({ ...fault, host: 'api.weixin.qq.com' })
          const outcome: Outcome<unknown> = await ask()
          control.clearFaults()
          assert.deepEqual(told(outcome), ['unknown', null], inspect(outcome))
          assert.equal(inspect(outcome).includes(tokens.refreshToken), false)
        }
        done(await refresh(tokens))
        done(await login())
      })
    }

    const spoiled = {
      'control-characters': 'unknown',
      cut: 'unknown',
      'trailing-comma': 'done',
      empty: 'unknown',
      html: 'unknown',
      'not-utf8': 'unknown',
      bom: 'done',
      null: 'unknown',
      texts: 'done',
    } as const
    for (const [sample, due] of Object.entries(spoiled)) {
      it(`is told from what can be read after all: ${sample}`, async () => {
        const tokens = await grant()
        for (const [path, ask] of [
          ['/sns/userinfo', () => profileOf(tokens)],
          ['/sns/oauth2/refresh_token', () => refresh(tokens)],
          ['/sns/oauth2/access_token', () => exchange()],
          ['/sns/jscode2session', () => login()],
        ] as const) {
          control.setFault({ kind: 'malformed', sample, path, count: 1 } as never)
          const outcome = await ask()
          assert.equal(outcome.kind, due, `${path} ${inspect(outcome)}`)
        }
      })
    }

    it('hears a code that a relay wrote as a text', async () => {
      control.setFault({ kind: 'malformed', sample: 'texts', count: 1 })
      assert.deepEqual(told(await exchange('0'.repeat(32))), ['spent', 40029])
    })
  })

  describe('with a port that hands over anything', () => {
    const own = { appid: 'wx1', secret: 'the-secret-of-the-app', kind: 'official' } as const
    const code = 'a-code-of-a-person'

    const askWith = (reply: () => AskReply | Promise<AskReply>) =>
      createWechatClient({ apps: [own], ask: async () => reply(), now: () => 0 })
    const answering = (text: string, status = 200) =>
      askWith(() => ({ kind: 'answer', status, text }))
    const tokens = {
      access_token: 'A'.repeat(20),
      refresh_token: 'R'.repeat(20),
      openid: 'o1',
      expires_in: 7200,
      scope: 'snsapi_userinfo',
    }
    const exchanged = async (changes: object) =>
      answering(JSON.stringify({ ...tokens, ...changes })).exchangeCode('wx1', code)

    it('never rejects, not even when the port does', async () => {
      const client = askWith(() => Promise.reject(new Error(`failed: ?secret=${own.secret}`)))
      const outcome = await client.exchangeCode('wx1', code)
      assert.deepEqual(told(outcome), ['unknown', null])
      assert.equal(inspect(outcome).includes(own.secret), false)
    })

    it('repeats nothing of what it sent', async () => {
      const refreshToken = 'r/+=%token'
      const sentence = `bad ${own.secret}, ${code}, ${refreshToken} or ${encodeURIComponent(refreshToken)}`
      const client = answering(JSON.stringify({ errcode: 40125, errmsg: sentence }))
      for (const outcome of [
        await client.exchangeCode('wx1', code),
        await client.refresh('wx1', refreshToken),
      ]) {
        const shown = inspect(outcome)
        assert.ok(shown.includes('[secret]'))
        assert.equal(shown.includes(own.secret), false)
      }
      const shown = inspect(await client.refresh('wx1', refreshToken))
      assert.equal(shown.includes('token or') || shown.includes('%3D'), false, shown)
    })

    it('needs an openid and both tokens, each such as they are', async () => {
      for (const changes of [
        { openid: undefined },
        { openid: '' },
        { openid: 7 },
        { openid: 'o 1' },
        { openid: `o${'x'.repeat(128)}` },
        { access_token: undefined },
        { access_token: '' },
        { access_token: ['A'] },
        { access_token: 'a\u0000b' },
        { refresh_token: null },
        { refresh_token: 'x'.repeat(1025) },
        { errcode: 'what' },
        { errcode: {} },
        { errcode: 1e300 },
        { errcode: null },
      ]) {
        assert.deepEqual(told(await exchanged(changes)), ['unknown', null], inspect(changes))
      }
      done(await exchanged({ errcode: 0, errmsg: 'ok' }))
      done(await exchanged({ errcode: '0' }))
    })

    it('believes a code before anything that stands beside it', async () => {
      assert.deepEqual(told(await exchanged({ errcode: 40029 })), ['spent', 40029])
    })

    it('believes no token to live longer than two hours', async () => {
      const lives: number[] = []
      for (const expires_in of [
        7200,
        60,
        '60',
        86_400,
        1e300,
        '9'.repeat(40),
        -1,
        0,
        null,
        'x',
        {},
      ]) {
        lives.push(done(await exchanged({ expires_in })).expiresAt / 1000)
      }
      assert.deepEqual(lives, [7200, 60, 60, 7200, 7200, 7200, 7200, 7200, 7200, 7200, 7200])
    })

    it('reads scopes, flags and unionids as they come', async () => {
      const scopesOf = async (scope: unknown) => done(await exchanged({ scope })).scopes
      assert.deepEqual(await scopesOf('snsapi_base, snsapi_userinfo'), [
        'snsapi_base',
        'snsapi_userinfo',
      ])
      assert.deepEqual(await scopesOf(undefined), [])
      for (const is_snapshotuser of [1, '1', true]) {
        assert.equal(done(await exchanged({ is_snapshotuser })).isSnapshot, true)
      }
      for (const is_snapshotuser of [0, '0', false, null, undefined]) {
        assert.equal(done(await exchanged({ is_snapshotuser })).isSnapshot, false)
      }
      assert.equal(done(await exchanged({ unionid: '' })).unionid, null)
      assert.equal(done(await exchanged({ unionid: 'oU' })).unionid, 'oU')
    })

    it('takes no other person’s profile, and no picture that has no address', async () => {
      const profile = { openid: 'o1', nickname: 'n', headimgurl: 'http://wx.qlogo.cn/a/132' }
      const read = async (changes: object) =>
        answering(JSON.stringify({ ...profile, ...changes })).profile('wx1', 'token', 'o1')
      assert.equal(done(await read({})).url, profile.headimgurl)
      assert.equal(done(await read({ headimgurl: ' ' })).url, null)
      for (const changes of [
        { openid: 'o2' },
        { openid: undefined },
        { nickname: undefined },
        { headimgurl: undefined },
        { headimgurl: 'javascript:alert(1)' },
        { headimgurl: 'not an address' },
        { headimgurl: 'http://wx.qlogo.cn/\n/132' },
        { headimgurl: `http://wx.qlogo.cn/${'x'.repeat(2048)}` },
      ]) {
        assert.deepEqual(told(await read(changes)), ['unknown', null], inspect(changes))
      }
    })

    it('takes a raw line end in a nickname', async () => {
      const text = '{"openid":"o1","nickname":"a\nb\u0001,","headimgurl":""}'
      assert.equal(done(await answering(text).profile('wx1', 'token', 'o1')).name, 'a b ,')
    })

    it('takes silence for no answer to check', async () => {
      assert.deepEqual(told(await answering('{}').check('wx1', 'token', 'o1')), ['unknown', null])
      done(await answering('{"errcode":0,"errmsg":"ok"}').check('wx1', 'token', 'o1'))
    })

    it('takes no status but 200 for the platform’s', async () => {
      const text = JSON.stringify({ errcode: 42007 })
      for (const status of [0, 201, 302, 403, 429, 500]) {
        const outcome = await answering(text, status).refresh('wx1', 'token')
        assert.deepEqual(told(outcome), ['unknown', null])
      }
    })
  })

  it('refuses apps that cannot be, without repeating their secrets', () => {
    const good = { appid: 'wx1', secret: 'hush-hush', kind: 'mini' } as const
    for (const apps of [
      [good, good],
      [{ ...good, appid: '' }],
      [{ ...good, appid: 'wx&secret=' }],
      [{ ...good, secret: '' }],
      [{ ...good, secret: 'hush hush' }],
    ]) {
      assert.throws(
        () =>
          createWechatClient({
            apps,
            ask: () => assert.fail(),
            now: () => 0,
          }),
        (error: Error) => {
          assert.equal(Reflect.get(error, 'code'), 'config-invalid')
          assert.doesNotMatch(error.message, /hush/)
          return true
        },
      )
    }
  })
})

/** Where a browser ends up that opens a page of the platform. */
async function follow(simulator: Simulator, address: string): Promise<string> {
  const { ask } = await import('../../simulator/test-client.ts')
  let at = address
  while (new URL(at).hostname === 'open.weixin.qq.com') {
    const { headers, body } = await ask(simulator, at)
    at = headers['Location'] ?? assert.fail(body.toString())
  }
  return at
}
