import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'

import { createSimulator } from './simulator.ts'
import type { Simulator } from './simulator.ts'
import { call } from './test-client.ts'
import { createDesk } from './test-desk.ts'
import type { Desk } from './test-desk.ts'

const minute = 60_000
const hour = 3_600_000
const day = 24 * hour
const start = Date.UTC(2026, 10, 22, 8)

describe('session keys and app tokens', () => {
  let simulator: Simulator
  let desk: Desk

  before(async () => {
    simulator = await createSimulator({ seed: 3, now: () => start, speed: 0 })
  })
  beforeEach(() => {
    desk = createDesk(simulator)
  })
  after(() => simulator.close())

  it('checks and resets the session of a mini program', async () => {
    const { value, text } = await desk.login()
    const [key, openid] = [String(value?.['session_key']), String(value?.['openid'])]
    assert.equal(Buffer.from(key, 'base64').length, 16)
    assert.equal(text.includes('errcode'), false)
    const access_token = await desk.appToken()
    const check = async (parameters: Record<string, string>) =>
      (await desk.ask('/wxa/checksession', { access_token, openid, ...parameters })).value?.[
        'errcode'
      ]
    assert.equal(await check(desk.signed(key)), 0)
    assert.equal(await check({ ...desk.signed(key), sig_method: 'md5' }), 87008)
    assert.equal(await check(desk.signed('another')), 87009)
    simulator.control.advance(hour)
    const reset = { access_token, openid, ...desk.signed(key) }
    const next = (await desk.ask('/wxa/resetusersessionkey', reset)).value?.['session_key']
    assert.deepEqual(
      [await check(desk.signed(key)), await check(desk.signed(String(next)))],
      [87009, 0],
    )
    // The new key ends when the old one would have.
    simulator.control.advance(3 * day - hour)
    const later = await desk.appToken()
    assert.equal(await check({ ...desk.signed(String(next)), access_token: later }), 87009)
  })

  it('displaces a session key by a new login', async () => {
    const keys: string[] = []
    let openid = ''
    for (let i = 0; i < 2; i++) {
      const { value } = await desk.login()
      keys.push(String(value?.['session_key']))
      openid = String(value?.['openid'])
    }
    const access_token = await desk.appToken()
    const checks = keys.map((key) =>
      desk.ask('/wxa/checksession', { access_token, openid, ...desk.signed(key) }),
    )
    const answers = (await Promise.all(checks)).map(({ value }) => value?.['errcode'])
    assert.deepEqual(answers, [87009, 0])
  })

  it('lets an app’s old token live five minutes, and keeps a stable one', async () => {
    const [old, fresh] = [await desk.appToken(), await desk.appToken()]
    const about = { openid: 'o', ...desk.signed('') }
    const check = async (access_token: string) =>
      (await desk.ask('/wxa/checksession', { access_token, ...about })).value?.['errcode']
    simulator.control.advance(5 * minute - 1)
    assert.equal(await check(old), 87009)
    simulator.control.advance(1)
    assert.deepEqual([await check(old), await check(fresh)], [42001, 87009])
    const { appid, secret } = desk.mini
    const body = JSON.stringify({ appid, secret, grant_type: 'client_credential' })
    const stable = await call(simulator, '/cgi-bin/stable_token', {}, { method: 'POST', body })
    assert.equal(stable.type, 'application/json; encoding=utf-8')
    assert.deepEqual(stable.value, { access_token: fresh, expires_in: 7200 - 300 })
    const forced = body.replace('}', ',"force_refresh":true}')
    const next = await call(
      simulator,
      '/cgi-bin/stable_token',
      {},
      { method: 'POST', body: forced },
    )
    assert.notEqual(next.value?.['access_token'], fresh)
  })
})
