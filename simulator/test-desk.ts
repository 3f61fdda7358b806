// A plain app for tests of the accounts side: an official account and a mini program of one platform account,
// one person, and the calls that their server makes, none of which checks anything by itself.
import { createHmac } from 'node:crypto'

import type { App, Simulator } from './simulator.ts'
import { call } from './test-client.ts'
import type { Called } from './test-client.ts'

/** What a token call gives. */
export interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
  readonly openid: string
  readonly unionid: string
}

/** What is to be allowed. */
export type Wish = NonNullable<Parameters<Simulator['control']['authorize']>[2]>

type Changes = Readonly<Record<string, string>>

/** The app, the mini program, the person, and their calls; all three can be exchanged for others. */
export interface Desk {
  app: App
  mini: App
  person: string
  ask(path: string, parameters: Changes): Promise<Called>
  newCode(wish?: Wish): string
  exchange(code: string, changes?: Changes): Promise<Called>
  refresh(token: string, changes?: Changes): Promise<Called>
  /** Tokens for a new code; fails where there are none. */
  tokens(wish?: Wish): Promise<Tokens>
  userinfo(tokens: Tokens, more?: Changes): Promise<Called>
  auth(tokens: Tokens): Promise<Called>
  /** A mini program's login, with a new code. */
  login(): Promise<Called>
  /** The mini program's own access token, fresh. */
  appToken(): Promise<string>
  /** What proves that a session key is known. */
  signed(key: string): { signature: string; sig_method: string }
}

/** Registers two apps, makes a person, and sets everything back to how it is at the start. */
export function createDesk(simulator: Simulator): Desk {
  const { control } = simulator
  control.clearFaults()
  control.setPlatform({
    lag: 86_400_000,
    suffix: 'rid',
    snapshotProfile: 'virtual',
    snapshotFlag: 'always',
  })
  const ask = (path: string, parameters: Changes) => call(simulator, path, parameters)
  const desk: Desk = {
    app: control.makeApp({ kind: 'official', domain: 'app.test', platform: 'acme' }),
    mini: control.makeApp({ kind: 'mini', platform: 'acme' }),
    person: control.makePeople({ count: 1, scheme: 'https' }).first,
    ask,
    newCode: (wish = {}) => control.authorize(desk.person, desk.app.appid, wish).code,
    exchange(code, changes = {}) {
      const { appid, secret } = desk.app
      const usual = { appid, secret, code, grant_type: 'authorization_code' }
      return ask('/sns/oauth2/access_token', { ...usual, ...changes })
    },
    refresh(token, changes = {}) {
      const usual = { appid: desk.app.appid, grant_type: 'refresh_token', refresh_token: token }
      return ask('/sns/oauth2/refresh_token', { ...usual, ...changes })
    },
    async tokens(wish = {}) {
      const { value, text } = await desk.exchange(desk.newCode(wish))
      if (value?.['access_token'] === undefined) throw new Error(`no tokens: ${text}`)
      return value as unknown as Tokens
    },
    userinfo: ({ access_token, openid }, more = {}) =>
      ask('/sns/userinfo', { access_token, openid, ...more }),
    auth: ({ access_token, openid }) => ask('/sns/auth', { access_token, openid }),
    login() {
      const { appid, secret } = desk.mini
      const { code } = control.loginCode(desk.person, appid)
      const usual = { appid, secret, js_code: code, grant_type: 'authorization_code' }
      return ask('/sns/jscode2session', usual)
    },
    async appToken() {
      const { appid, secret } = desk.mini
      const usual = { appid, secret, grant_type: 'client_credential' }
      return String((await ask('/cgi-bin/token', usual)).value?.['access_token'])
    },
    signed: (key) => ({
      signature: createHmac('sha256', key).update('').digest('hex'),
      sig_method: 'hmac_sha256',
    }),
  }
  return desk
}
