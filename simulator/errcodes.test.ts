import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'

import { errcodes } from './errcodes.ts'
import { sampleNames } from './samples.ts'
import { createSimulator } from './simulator.ts'
import type { Simulator } from './simulator.ts'
import { ask as get } from './test-client.ts'
import type { Called } from './test-client.ts'
import { createDesk } from './test-desk.ts'
import type { Desk } from './test-desk.ts'

const minute = 60_000
const hour = 3_600_000
const day = 24 * hour
const start = Date.UTC(2026, 10, 22, 8)

describe('error codes', () => {
  let simulator: Simulator
  let desk: Desk

  before(async () => {
    simulator = await createSimulator({ seed: 3, now: () => start, speed: 0 })
  })
  beforeEach(() => {
    desk = createDesk(simulator)
  })
  after(() => simulator.close())

  /** What makes the platform answer each code; -1 has no cause that anybody knows. */
  const causes: Readonly<Record<number, () => Promise<Called>>> = {
    40001: async () =>
      desk.userinfo({ ...(await desk.tokens()), access_token: `9_${'x'.repeat(86)}` }),
    40002: () => desk.exchange(desk.newCode(), { grant_type: 'password' }),
    40003: async () => desk.userinfo({ ...(await desk.tokens()), openid: 'oSomebodyElse' }),
    40013: () => desk.exchange(desk.newCode(), { appid: 'wx0000000000000000' }),
    40014: async () => desk.userinfo({ ...(await desk.tokens()), access_token: 'undefined' }),
    40029: () => desk.exchange('011234567890abcdefghijklmnopqrst'),
    40030: () => desk.refresh('nothing'),
    40066: () => desk.ask('/sns/nothing', {}),
    40125: () => desk.exchange(desk.newCode(), { secret: '0'.repeat(32) }),
    async 40163() {
      const code = desk.newCode()
      await desk.exchange(code)
      return desk.exchange(code)
    },
    40226() {
      simulator.control.setAccount(desk.person, { standing: 'risky' })
      return desk.login()
    },
    41001: async () => desk.userinfo({ ...(await desk.tokens()), access_token: '' }),
    41002: () => desk.exchange(desk.newCode(), { appid: '' }),
    41003: () => desk.refresh(''),
    41004: () => desk.exchange(desk.newCode(), { secret: '' }),
    41008: () => desk.exchange(''),
    41009: async () => desk.userinfo({ ...(await desk.tokens()), openid: '' }),
    async 42001() {
      const first = await desk.tokens()
      simulator.control.advance(2 * hour)
      return desk.userinfo(first)
    },
    async 42002() {
      const first = await desk.tokens()
      simulator.control.advance(30 * day)
      return desk.refresh(first.refresh_token)
    },
    42003() {
      const code = desk.newCode()
      simulator.control.advance(5 * minute)
      return desk.exchange(code)
    },
    async 42007() {
      const first = await desk.tokens()
      simulator.control.revoke(desk.person, desk.app.appid)
      return desk.refresh(first.refresh_token)
    },
    async 45009() {
      simulator.control.changeApp(desk.app.appid, { perDay: 1 })
      const first = await desk.tokens()
      await desk.userinfo(first)
      simulator.control.advance(minute)
      return desk.userinfo(first)
    },
    async 45011() {
      simulator.control.changeApp(desk.app.appid, { perMinute: 1 })
      const first = await desk.tokens()
      await desk.userinfo(first)
      return desk.userinfo(first)
    },
    48001: async () => desk.userinfo(await desk.tokens({ scope: 'snsapi_base' })),
    async 48004() {
      const first = await desk.tokens()
      simulator.control.changeApp(desk.app.appid, { standing: 'forbidden' })
      return desk.userinfo(first)
    },
    async 50001() {
      const first = await desk.tokens()
      simulator.control.changeApp(desk.app.appid, { standing: 'unauthorized' })
      return desk.userinfo(first)
    },
    async 50002() {
      const first = await desk.tokens()
      simulator.control.setAccount(desk.person, { standing: 'frozen' })
      return desk.refresh(first.refresh_token)
    },
    async 87008() {
      const access_token = await desk.appToken()
      return desk.ask('/wxa/checksession', { access_token, openid: 'o', sig_method: 'md5' })
    },
    async 87009() {
      const access_token = await desk.appToken()
      return desk.ask('/wxa/checksession', { access_token, openid: 'o', ...desk.signed('guess') })
    },
  }

  for (const code of errcodes.keys()) {
    if (code !== -1) {
      it(`answers ${code} for its own reason`, async () => {
        const { status, value } = await (causes[code] ?? assert.fail)()
        assert.deepEqual([status, value?.['errcode']], [200, code])
        assert.ok(String(value?.['errmsg']).startsWith(errcodes.get(code) ?? '?'))
      })
    }
    it(`answers ${code} on request`, async () => {
      const first = await desk.tokens()
      simulator.control.setFault({
        kind: 'errcode',
        path: '/sns/userinfo',
        errcode: code,
        count: 1,
      })
      assert.equal((await desk.auth(first)).value?.['errcode'], 0)
      assert.equal((await desk.userinfo(first)).value?.['errcode'], code)
      assert.ok((await desk.userinfo(first)).value?.['nickname'])
    })
  }

  it('lets calls through again in the next minute, and on the next day of China', async () => {
    const first = await desk.tokens()
    simulator.control.changeApp(desk.app.appid, { perMinute: 2, perDay: 3 })
    const code = async () => (await desk.auth(first)).value?.['errcode']
    assert.deepEqual([await code(), await code(), await code()], [0, 0, 45011])
    simulator.control.advance(minute)
    assert.deepEqual([await code(), await code()], [0, 45009])
    const { now } = simulator.control.clock()
    simulator.control.advance(day - ((now + 8 * hour) % day))
    assert.equal(await code(), 42001)
    const second = await desk.tokens()
    assert.equal((await desk.auth(second)).value?.['errcode'], 0)
  })

  it('uses a code up although it answers "system error", unless told not to', async () => {
    const [spent, kept] = [desk.newCode(), desk.newCode()]
    simulator.control.setFault({ kind: 'errcode', errcode: -1, count: 1 })
    assert.equal((await desk.exchange(spent)).value?.['errcode'], -1)
    assert.equal((await desk.exchange(spent)).value?.['errcode'], 40163)
    simulator.control.setFault({ kind: 'errcode', errcode: -1, spends: false, count: 1 })
    assert.equal((await desk.exchange(kept)).value?.['errcode'], -1)
    assert.ok((await desk.exchange(kept)).value?.['openid'])
  })

  it('strikes one person alone, known by code or token', async () => {
    const first = await desk.tokens()
    const struck = desk.person
    desk.person = simulator.control.makePeople({ count: 1 }).first
    const second = await desk.tokens()
    simulator.control.setFault({ kind: 'errcode', errcode: 45011, person: struck })
    assert.equal((await desk.userinfo(first)).value?.['errcode'], 45011)
    assert.equal((await desk.refresh(first.refresh_token)).value?.['errcode'], 45011)
    assert.ok((await desk.userinfo(second)).value?.['nickname'])
  })

  it('ends its sentences as of today, as of before 2021, or not at all', async () => {
    const said = async (make: () => Promise<Called>) => String((await make()).value?.['errmsg'])
    const seconds = Math.floor(simulator.control.clock().now / 1000).toString(16)
    const bad = () => desk.exchange('bad')
    assert.match(
      await said(bad),
      new RegExp(`^invalid code, rid: ${seconds}-[0-9a-f]{8}-[0-9a-f]{8}$`),
    )
    const base = await desk.tokens({ scope: 'snsapi_base' })
    assert.match(
      await said(() => desk.userinfo(base)),
      /^api unauthorized rid: [0-9a-f]{8}(-[0-9a-f]{8}){2}$/,
    )
    assert.notEqual(await said(bad), await said(bad))
    simulator.control.setPlatform({ suffix: 'hints' })
    assert.match(await said(bad), /^invalid code, hints: \[ req_id: \w+ \]$/)
    simulator.control.setPlatform({ suffix: 'none' })
    assert.equal(await said(bad), 'invalid code')
  })

  it('takes the faults of the network as pictures do', async () => {
    const first = await desk.tokens()
    const whole = (await desk.userinfo(first)).text
    simulator.control.setFault({ kind: 'half-body', path: '/sns/userinfo', count: 1 })
    const half = (await desk.userinfo(first)).text
    assert.ok(half !== '' && half !== whole && whole.startsWith(half.slice(0, -4)))
    simulator.control.setFault({ kind: 'status', status: 502, host: 'api.weixin.qq.com', count: 1 })
    assert.equal((await desk.userinfo(first)).status, 502)
    const { url } = simulator.control.person(desk.person)
    simulator.control.setFault({ kind: 'errcode', errcode: 45011 })
    assert.equal((await get(simulator, url)).headers['X-Info'], 'real data')
  })

  for (const sample of sampleNames) {
    it(`spoils an answer on request: ${sample}`, async () => {
      const first = await desk.tokens()
      const { text } = await desk.userinfo(first)
      simulator.control.setFault({ kind: 'malformed', sample, path: '/sns/userinfo', count: 1 })
      const spoiled = await desk.userinfo(first)
      assert.notEqual(spoiled.text, text)
      if (sample === 'texts') assert.equal(spoiled.value?.['sex'], '0')
      else if (sample === 'not-utf8') assert.match(spoiled.text, /\ufffd/)
      else assert.equal(spoiled.value, null)
      assert.equal((await desk.userinfo(first)).text, text)
    })
  }
})
