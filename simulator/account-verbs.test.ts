import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import type { AccountView, GrantView } from './account-control.ts'
import { createSimulator } from './simulator.ts'
import type { App, PushRequest, PushView, Simulator } from './simulator.ts'
import { ask as get, call } from './test-client.ts'

describe('/_sim for accounts', () => {
  let simulator: Simulator
  const sent: PushRequest[] = []

  before(async () => {
    simulator = await createSimulator({
      seed: 13,
      now: () => 1_795_000_000_000,
      speed: 0,
      async sendPush(request) {
        sent.push(request)
        return { kind: 'answered', status: 200, body: 'success' }
      },
    })
    simulator.control.makePeople({ count: 3, scheme: 'https' })
    simulator.control.makePeople({ count: 1, forms: ['g'] })
  })
  after(() => simulator.close())

  async function ask<Value>(verb: string, body?: unknown): Promise<Value> {
    const response = await fetch(`${simulator.controlUrl}/${verb}`, {
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    })
    const text = await response.text()
    assert.equal(response.status, 200, text)
    return JSON.parse(text) as Value
  }

  it('rules a whole story: an app, a yes, a token, a new name, a withdrawal', async () => {
    const { appid, secret } = await ask<App>('make-app', {
      kind: 'official',
      appid: 'wx13974bf780d3dc89',
      secret: 'sesame',
      domain: 'app.test',
      platform: 'acme',
      push: { url: 'http://127.0.0.1:9/push', token: 'abc', format: 'json' },
    })
    assert.deepEqual([appid, secret], ['wx13974bf780d3dc89', 'sesame'])
    await ask('set-consent', { person: 'p2', answer: 'allow' })
    const { headers } = await get(
      simulator,
      `https://open.weixin.qq.com/connect/oauth2/authorize?appid=${appid}&redirect_uri=https%3A%2F%2Fapp.test%2F&response_type=code&scope=snsapi_userinfo&state=1`,
    )
    const code = new URL(headers['Location'] ?? '').searchParams.get('code') ?? ''
    const grant_type = 'authorization_code'
    const { value } = await call(simulator, '/sns/oauth2/access_token', {
      appid,
      secret,
      code,
      grant_type,
    })
    const [grant] = await ask<GrantView[]>('grants')
    assert.deepEqual(
      [grant?.person, grant?.openid, grant?.state],
      ['p2', value?.['openid'], 'in force'],
    )
    await ask('change-nickname', { person: 'p2', nickname: '' })
    await ask('set-account', { person: 'p2', picture: 'empty' })
    const { nickname, profile } = await ask<AccountView>('account?person=p2')
    assert.deepEqual([nickname, profile], ['', { nickname: '', headimgurl: '' }])
    const { pushes } = await ask<{ pushes: number[] }>('revoke', { person: 'p2', appid })
    assert.equal((await ask<GrantView[]>('grants'))[0]?.state, 'over')
    await ask('push-again', { id: pushes[0] })
    const settled = await ask<PushView[]>('pushes-settled')
    assert.deepEqual(
      settled.map(({ state }) => state),
      ['delivered', 'delivered'],
    )
    assert.equal(sent.length, 2)
    assert.deepEqual(await ask('pushes'), settled)
    const { echoed } = await ask<{ echoed: boolean }>('verify-push', { appid })
    assert.equal(echoed, false)
    await ask('change-app', { appid, push: null })
    assert.equal((await ask<App[]>('apps'))[0]?.push, null)
    await ask('set-consent', { person: null, answer: 'ask' })
    assert.deepEqual(simulator.control.setConsent({}), { person: null, answer: 'ask' })
  })

  it('offers the rest of what `control` does', async () => {
    const website = await ask<App>('make-app', { kind: 'website', domain: 'b.test', perDay: 5 })
    const mini = await ask<App>('make-app', { kind: 'mini' })
    const wish = { person: 'p0', appid: website.appid, scope: 'snsapi_login', snapshot: false }
    assert.match((await ask<{ code: string }>('authorize', wish)).code, /^0\w{31}$/)
    const login = await ask<{ openid: string }>('login-code', { person: 'p0', appid: mini.appid })
    assert.match(login.openid, /^o[\w-]{27}$/)
    assert.deepEqual(await ask('change-password', { person: 'p0' }), { ended: 0, pushes: [] })
    assert.deepEqual(await ask('clean-profile', { person: 'p1', withOpenid: false }), {
      ended: 0,
      pushes: [],
    })
    assert.deepEqual(await ask('cancel-account', { person: 'p1' }), { ended: 0, pushes: [] })
    assert.equal((await ask<AccountView>('account?person=p1')).standing, 'closed')
    const changes = { lag: 0, suffix: 'hints', refusal: 'returns', session: 1000 }
    const more = { snapshotProfile: 'refused', snapshotFlag: 'late' }
    const settings = await ask('set-platform', { ...changes, ...more })
    assert.deepEqual(settings, { ...changes, ...more })
    const fault = { kind: 'errcode', errcode: 45011, path: '/sns/auth', person: 'p0' }
    assert.ok((await ask<{ id: number }>('set-fault', fault)).id)
    assert.ok((await ask<{ id: number }>('set-fault', { kind: 'malformed', sample: 'cut' })).id)
  })

  it('names the field that is wrong', async () => {
    const push = { url: 'http://a.test/', token: 'abc' }
    const made = { kind: 'mini', appid: 'wxtaken' }
    await ask('make-app', made)
    const cases: readonly (readonly [string, unknown, string])[] = [
      ['make-app', {}, 'kind'],
      ['make-app', { kind: 'bot' }, 'kind'],
      ['make-app', { kind: 'official' }, 'domain'],
      ['make-app', { kind: 'official', domain: 'https://a.test' }, 'domain'],
      ['make-app', { kind: 'official', domain: 'a.test/cb' }, 'domain'],
      ['make-app', { kind: 'official', domain: '' }, 'domain'],
      ['make-app', { kind: 'mini', appid: 'app' }, 'appid'],
      ['make-app', made, 'appid'],
      ['make-app', { kind: 'mini', push: 'http://a.test/' }, 'push'],
      ['make-app', { kind: 'mini', push: { url: 'http://a.test/' } }, 'token'],
      ['make-app', { kind: 'mini', push: { ...push, url: 'ftp://a.test/' } }, 'push.url'],
      ['make-app', { kind: 'mini', push: { ...push, token: 'a b' } }, 'push.token'],
      ['make-app', { kind: 'mini', push: { ...push, aesKey: 'short' } }, 'push.aesKey'],
      ['make-app', { kind: 'mini', push: { ...push, mode: 'safe' } }, 'push.aesKey'],
      ['make-app', { kind: 'mini', push: { ...push, mode: 'loud' } }, 'mode'],
      ['make-app', { kind: 'mini', push: { ...push, aes: 'x' } }, 'aes'],
      ['change-app', { appid: 'wxnone' }, 'appid'],
      ['change-app', { appid: 'wxtaken', standing: 'bad' }, 'standing'],
      ['change-app', { appid: 'wxtaken', kind: 'website' }, 'kind'],
      ['set-consent', { answer: 'maybe' }, 'answer'],
      ['set-consent', { person: 'p99' }, 'person'],
      ['authorize', { person: 'p0', appid: 'wxtaken' }, 'appid'],
      ['authorize', { person: 'p3', appid: 'wxtaken' }, 'person'],
      ['login-code', { person: 'p0', appid: 'wx13974bf780d3dc89' }, 'appid'],
      ['change-nickname', { person: 'p0' }, 'nickname'],
      ['set-account', { person: 'p0', standing: 'odd' }, 'standing'],
      ['revoke', { person: 'p0', appid: 'wxtaken' }, 'appid'],
      ['push-again', { id: 1000 }, 'id'],
      ['verify-push', { appid: 'wxtaken' }, 'appid'],
      ['set-platform', { lag: -1 }, 'lag'],
      ['set-platform', { lags: 1 }, 'lags'],
      ['set-fault', { kind: 'errcode' }, 'errcode'],
      ['set-fault', { kind: 'errcode', errcode: 12345 }, 'errcode'],
      ['set-fault', { kind: 'malformed', sample: 'odd' }, 'sample'],
      ['set-fault', { kind: 'tls-stall', path: '/' }, 'path'],
    ]
    for (const [verb, body, field] of cases) {
      const response = await fetch(`${simulator.controlUrl}/${verb}`, {
        method: 'POST',
        body: JSON.stringify(body),
      })
      const { error, field: named } = (await response.json()) as { error: string; field: string }
      assert.deepEqual(
        [response.status, named],
        [400, field],
        `${verb} ${JSON.stringify(body)}: ${error}`,
      )
    }
  })

  it('lists these verbs among the others, and the hosts', async () => {
    const { hosts, connectTo, verbs } = await ask<Simulator & { verbs: { verb: string }[] }>('')
    for (const host of ['open.weixin.qq.com', 'api.weixin.qq.com']) {
      assert.ok(hosts.includes(host))
      assert.ok(connectTo.some((line) => line.startsWith(`${host}:443:127.0.0.2:`)))
    }
    for (const verb of ['POST /_sim/make-app', 'GET /_sim/grants', 'POST /_sim/revoke']) {
      assert.ok(verbs.some((each) => each.verb === verb))
    }
  })
})
