// The event of Auth.js, in the shapes that @auth/core 0.41 was seen to send.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { EverfaceClientError } from '../error.ts'
import type { Registration } from '../nouns.ts'
import { type AuthJsOptions, type AuthJsSignIn, everfaceAuthJs } from './auth-js.ts'
import type { Registrar } from './sign-in.ts'

const url = 'https://thirdwx.qlogo.cn/mmopen/vi_32/Q0j4Tw/132'
const tokens = {
  refresh_token: 'RT',
  scope: 'snsapi_userinfo',
  openid: 'oOPEN',
  unionid: 'uUNION',
}
const wechat: AuthJsSignIn = {
  user: { id: 'u1', name: 'old name', image: 'https://thirdwx.qlogo.cn/mmopen/vi_32/old/132' },
  account: {
    provider: 'wechat',
    providerAccountId: 'uUNION',
    type: 'oauth',
    ...tokens,
  },
  profile: { openid: 'oOPEN', nickname: '王小明', headimgurl: url, unionid: 'uUNION' },
  isNewUser: false,
}
const grant = {
  openid: 'oOPEN',
  unionid: 'uUNION',
  refreshToken: 'RT',
  scope: 'snsapi_userinfo',
  grantedAt: 1_000,
}

/** What was registered by an event; `refuse` is thrown by the first registrations. */
async function told(
  message: AuthJsSignIn,
  options: Partial<AuthJsOptions> = {},
  refuse: readonly unknown[] = [],
): Promise<readonly [string, Registration][]> {
  const calls: [string, Registration][] = []
  const client: Registrar = {
    async register(subject, picture) {
      calls.push([subject, picture])
      const error = refuse[calls.length - 1]
      if (error !== undefined) throw error
      return { created: true, avatar: {} as never }
    },
  }
  const events = everfaceAuthJs(client, { subject: 'user', now: () => 1_000, ...options })
  await events.signIn(message)
  return calls
}

describe('everfaceAuthJs', () => {
  it('registers what the platform says now, not what the database remembers', async () => {
    assert.deepEqual(await told(wechat), [['u1', { url, name: '王小明', grant }]])
  })

  it('names the subject as the app wants it', async () => {
    const subjectOf = async (subject: AuthJsOptions['subject']) =>
      (await told(wechat, { subject }))[0]?.[0]
    assert.equal(await subjectOf('account'), 'wechat:uUNION')
    assert.equal(await subjectOf(({ user }) => `x-${user.id}`), 'x-u1')
    assert.equal(await subjectOf(() => null), undefined)
  })

  it('sends grants of WeChat alone, with the appid that belongs to the provider', async () => {
    const appid = { wechat: { wechat: 'wx0123' } }
    assert.deepEqual((await told(wechat, appid))[0]?.[1].grant, { appid: 'wx0123', ...grant })
    assert.equal((await told(wechat, { wechat: {} }))[0]?.[1].grant, undefined)
    const account = { ...wechat.account, provider: 'google', providerAccountId: '7', type: 'oidc' }
    const profile = { picture: 'https://lh3.googleusercontent.com/a/x=s96-c', name: 'Li Lei' }
    assert.deepEqual(await told({ ...wechat, account, profile }), [
      ['u1', { url: profile.picture, name: 'Li Lei' }],
    ])
  })

  it('makes no grant without openid, refresh token or scope', async () => {
    for (const name of ['openid', 'refresh_token', 'scope']) {
      const account = { ...wechat.account, [name]: undefined } as AuthJsSignIn['account']
      const profile = { nickname: '王', headimgurl: url }
      assert.equal((await told({ ...wechat, account, profile }))[0]?.[1].grant, undefined, name)
    }
  })

  it('registers nothing without a platform or a picture', async () => {
    const { account: _, ...rest } = wechat
    assert.deepEqual(await told(rest), [])
    assert.deepEqual(await told({ ...rest, account: null }), [])
    const password = { provider: 'credentials', providerAccountId: '1', type: 'credentials' }
    assert.deepEqual(await told({ ...rest, account: password }), [])
    // WeChat says an empty text of somebody who has no picture.
    assert.deepEqual(await told({ ...wechat, profile: { headimgurl: '' } }), [])
    const { user, ...anonymous } = wechat
    assert.deepEqual(await told({ ...anonymous, user: { image: user.image } }), [])
  })

  it('takes the image of a user who is new, or whom no database knows', async () => {
    for (const isNewUser of [true, undefined]) {
      const [call] = await told({ ...wechat, profile: {}, isNewUser })
      assert.equal(call?.[1].url, wechat.user.image)
      assert.equal(call?.[1].name, 'old name')
    }
  })

  it('marks a snapshot, sends no grant of it, and does not complain of the refusal', async () => {
    const account = { ...wechat.account, is_snapshotuser: 1 } as unknown as AuthJsSignIn['account']
    const errors: unknown[] = []
    const refusal = new EverfaceClientError('snapshot-profile', 'x', { status: 422 })
    const onError = (error: unknown) => void errors.push(error)
    assert.deepEqual(await told({ ...wechat, account }, { onError }, [refusal]), [
      ['u1', { url, name: '王小明', snapshot: true }],
    ])
    assert.deepEqual(errors, [])
  })

  it('saves the picture when the service does not want the grant', async () => {
    const errors: unknown[] = []
    const refusal = new EverfaceClientError('body-invalid', '/grant: No.', { status: 422 })
    const onError = (error: unknown, subject: string) => void errors.push([error, subject])
    const calls = await told(wechat, { onError }, [refusal])
    assert.deepEqual(
      calls.map(([, picture]) => picture.grant === undefined),
      [false, true],
    )
    assert.deepEqual(errors, [[refusal, 'u1']])
  })

  it('lets people in whatever happens', async () => {
    const away = new EverfaceClientError('network', 'x')
    const errors: unknown[] = []
    const calls = await told(wechat, { onError: (error) => void errors.push(error) }, [away, away])
    assert.equal(calls.length, 1)
    assert.deepEqual(errors, [away])
    const deaf = () => {
      throw new Error('a broken ear')
    }
    await told(wechat, { onError: deaf }, [away])
  })

  it('hands work over to a platform that keeps it alive', async () => {
    const { promise, resolve } = Promise.withResolvers<never>()
    const works: Promise<void>[] = []
    const client: Registrar = { register: () => promise }
    const events = everfaceAuthJs(client, {
      subject: 'user',
      waitUntil: (work) => void works.push(work),
    })
    await events.signIn(wechat)
    assert.equal(works.length, 1)
    resolve({} as never)
    await works[0]
  })

  it('does not keep a sign-in waiting for a service that does not answer', async () => {
    const errors: unknown[] = []
    const client: Registrar = {
      register: (_, __, how) =>
        new Promise((_resolve, reject) => {
          how?.signal?.addEventListener('abort', () => reject(how.signal?.reason as Error))
        }),
    }
    const onError = (error: unknown) => void errors.push(error)
    // A timer of AbortSignal keeps no process alive; this one does, until the event is over.
    const alive = setInterval(() => {}, 1_000)
    await everfaceAuthJs(client, { subject: 'user', waitMs: 5, onError }).signIn(wechat)
    clearInterval(alive)
    assert.equal((errors[0] as Error).name, 'TimeoutError')
  })
})
