// The hooks of Better Auth, called in the order and with the values that 1.7.25 was seen to call them.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Registration } from '../nouns.ts'
import { type BetterAuthOptions, everfaceBetterAuth } from './better-auth.ts'

const url = 'https://thirdwx.qlogo.cn/mmopen/vi_32/Q0j4Tw/132'
const identity = {
  user: { image: url, name: '王小明', email: 'u@wechat.placeholder.invalid' },
  source: {
    action: 'sign-in',
    method: 'oauth',
    oauth: {
      providerId: 'wechat',
      profile: { openid: 'oOPEN', nickname: '王小明', headimgurl: url, unionid: 'uUNION' },
    },
  },
}
const account = {
  providerId: 'wechat',
  accountId: 'uUNION',
  userId: 'u1',
  refreshToken: 'RT',
  scope: 'snsapi_login',
}
const session = { userId: 'u1', token: 'secret' }
const grant = {
  openid: 'oOPEN',
  unionid: 'uUNION',
  refreshToken: 'RT',
  scope: 'snsapi_login',
  grantedAt: 1_000,
}

function open(options: BetterAuthOptions = {}, error?: Error) {
  const calls: [string, Registration][] = []
  const warnings: string[] = []
  const plugin = everfaceBetterAuth(
    {
      async register(subject, picture) {
        calls.push([subject, picture])
        if (error !== undefined) throw error
        return { created: true, avatar: {} as never }
      },
    },
    { now: () => 1_000, ...options },
  )
  const init = (app: object) =>
    plugin.init({ options: app, logger: { warn: (text) => void warnings.push(text) } }).options
  return { plugin, calls, warnings, init }
}

/** The context of one request. */
function request(encryptOAuthTokens = false): object {
  return { path: '/callback/:id', context: { options: { account: { encryptOAuthTokens } } } }
}

describe('everfaceBetterAuth', () => {
  it('registers when the session is made, with what passed through the same request', async () => {
    const { init, calls } = open()
    const { user, databaseHooks: hooks } = init({})
    const [mine, other] = [request(), request()]
    user?.validateUserInfo(identity, mine)
    const elsewhere = { ...identity.source.oauth, profile: { headimgurl: `${url}?other` } }
    user?.validateUserInfo({ ...identity, source: { action: 'sign-in', oauth: elsewhere } }, other)
    await hooks.account.update.after(account, mine)
    assert.deepEqual(calls, [])
    await hooks.session.create.after(session, mine)
    assert.deepEqual(calls, [['u1', { url, name: '王小明', grant }]])
    await hooks.session.create.after({ userId: 'u2' }, other)
    assert.deepEqual(calls[1], ['u2', { url: `${url}?other`, name: '王小明' }])
  })

  it('registers nothing for sessions without a platform, and once for one sign-in', async () => {
    const { init, calls } = open()
    const { user, databaseHooks: hooks } = init({})
    const mine = request()
    for (const context of [mine, null, undefined])
      await hooks.session.create.after(session, context)
    const password = { user: { image: url }, source: { action: 'create-user' } }
    user?.validateUserInfo(password, mine)
    await hooks.session.create.after(session, mine)
    assert.deepEqual(calls, [])
    user?.validateUserInfo(identity, mine)
    await hooks.session.create.after(session, mine)
    await hooks.session.create.after(session, mine)
    assert.equal(calls.length, 1)
  })

  it('takes no tokens of another provider, and none that are locked', async () => {
    const { init, calls } = open()
    const { user, databaseHooks: hooks } = init({})
    const mine = request()
    user?.validateUserInfo(identity, mine)
    await hooks.account.create.after({ ...account, providerId: 'github' }, mine)
    await hooks.session.create.after(session, mine)
    assert.equal(calls[0]?.[1].grant, undefined)
    const sealed = request(true)
    user?.validateUserInfo(identity, sealed)
    await hooks.account.create.after(account, sealed)
    await hooks.session.create.after(session, sealed)
    assert.equal(calls[1]?.[1].grant, undefined)
  })

  it('opens locked tokens with what the app gives for it', async () => {
    const { init, calls } = open({ openToken: async (token) => token.replace('sealed ', '') })
    const { user, databaseHooks: hooks } = init({})
    const sealed = request(true)
    user?.validateUserInfo(identity, sealed)
    await hooks.account.create.after({ ...account, refreshToken: 'sealed RT' }, sealed)
    await hooks.session.create.after(session, sealed)
    assert.deepEqual(calls[0]?.[1].grant, grant)
  })

  it('names the subject as the app wants it, or not at all', async () => {
    for (const [subjectOf, wanted] of [
      [(id: string) => `app:${id}`, ['app:u1']],
      [() => null, []],
    ] as const) {
      const { init, calls } = open({ subjectOf })
      const { user, databaseHooks: hooks } = init({})
      const mine = request()
      user?.validateUserInfo(identity, mine)
      await hooks.session.create.after(session, mine)
      assert.deepEqual(
        calls.map(([subject]) => subject),
        wanted,
      )
    }
  })

  it('leaves a gate of the app alone, and says what then is to be done', () => {
    const app = { user: { validateUserInfo: () => {} } }
    const plain = open()
    assert.equal(plain.init(app).user, undefined)
    assert.equal(plain.warnings.length, 1)
    const knowing = open({ ownGate: true })
    assert.equal(knowing.init(app).user, undefined)
    assert.deepEqual(knowing.warnings, [])
  })

  it('never says no at the gate, and never throws into a sign-in', async () => {
    const errors: unknown[] = []
    const away = new Error('away')
    const { init } = open({ onError: (error) => void errors.push(error) }, away)
    const { user, databaseHooks: hooks } = init({})
    for (const odd of [null, {}, { source: null }, { source: { oauth: { providerId: 7 } } }]) {
      assert.equal(user?.validateUserInfo(odd as never, request()), undefined)
    }
    const mine = request()
    user?.validateUserInfo(identity, mine)
    await hooks.session.create.after(session, mine)
    assert.deepEqual(errors, [away])
    const others: unknown[] = []
    const broken = open({
      subjectOf: () => {
        throw away
      },
      onError: (error) => void others.push(error),
    })
    const again = broken.init({})
    again.user?.validateUserInfo(identity, mine)
    await again.databaseHooks.session.create.after(session, mine)
    assert.deepEqual(others, [away])
  })
})
