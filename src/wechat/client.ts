// The platform's calls about people: a code becomes tokens, tokens are refreshed, a profile is read. Each call ends in a value
// that says what to do next; nothing is thrown for what the platform or the network does, and nothing secret gets into it.
import { EverfaceError } from '../errors.ts'
import { readProfile, readSession, readTokens } from './answers.ts'
import type { MiniSession, Profile, Tokens } from './answers.ts'
import type { Ask } from './ask.ts'
import { authorizeUrl } from './authorize-url.ts'
import type { Authorization } from './authorize-url.ts'
import { createMakeCall } from './call.ts'
import type { Outcome, WechatApp, WechatAppKind } from './call.ts'

export type { MiniSession, Profile, Tokens } from './answers.ts'
export type { Authorization, Scope } from './authorize-url.ts'
export type { Outcome, Unsettled, WechatApp, WechatAppKind } from './call.ts'

/** In which language a profile is told. */
export type Lang = 'zh_CN' | 'zh_TW' | 'en'

/** The client. Its calls never reject. */
export interface WechatClient {
  /** The kind of an app; null for one that is not ours. */
  kindOf(appid: string): WechatAppKind | null
  /** The link that asks a person for consent. Throws a plain error for values that no caller of ours should pass. */
  authorizeUrl(authorization: Authorization): string
  /**
   * Tokens for the code of a web authorization. A code is good once: after `unknown`, or a `wait` with a code of the
   * platform, it may be used up, and who tries again may hear `spent`.
   */
  exchangeCode(appid: string, code: string): Promise<Outcome<Tokens>>
  /**
   * Fresh tokens by a refresh token; the thirty days that it lives do not begin anew. One refresh of a token is under way
   * at a time: who asks meanwhile gets its answer.
   */
  refresh(appid: string, refreshToken: string): Promise<Outcome<Tokens>>
  /** A profile, in Simplified Chinese unless told. An answer about another openid is `unknown`. */
  profile(
    appid: string,
    accessToken: string,
    openid: string,
    lang?: Lang,
  ): Promise<Outcome<Profile>>
  /** Whether an access token is good for an openid. */
  check(appid: string, accessToken: string, openid: string): Promise<Outcome<true>>
  /** Who logged in to a mini program, by the code of `wx.login`; good once, as other codes. */
  miniSession(appid: string, jsCode: string): Promise<Outcome<MiniSession>>
}

const web: readonly WechatAppKind[] = ['official', 'website']

/**
 * A client for these apps. Who is told to wait does: the calls of that kind and app are held back, longer each time.
 * Throws `config-invalid` for an app that cannot be one.
 * @param options `now`: milliseconds UTC
 */
export function createWechatClient(options: {
  apps: readonly WechatApp[]
  ask: Ask
  now: () => number
}): WechatClient {
  const apps = new Map(options.apps.map((app) => [app.appid, app]))
  checkApps(options.apps)
  const call = createMakeCall({ ...options, apps })
  const refreshing = new Map<string, Promise<Outcome<Tokens>>>()

  function refresh(appid: string, refreshToken: string): Promise<Outcome<Tokens>> {
    const key = `${appid} ${refreshToken}`
    const running = refreshing.get(key)
    if (running !== undefined) return running
    const promise = call({
      appid,
      kinds: web,
      path: '/sns/oauth2/refresh_token',
      parameters: { grant_type: 'refresh_token', refresh_token: refreshToken },
      withSecret: false,
      malformed: 'refused',
      isAwaited: false,
      read: (fields, askedAt) => readTokens(fields, askedAt, false),
    }).finally(() => refreshing.delete(key))
    refreshing.set(key, promise)
    return promise
  }

  return {
    kindOf: (appid) => apps.get(appid)?.kind ?? null,
    authorizeUrl,
    refresh,
    exchangeCode: (appid, code) =>
      call({
        appid,
        kinds: web,
        path: '/sns/oauth2/access_token',
        parameters: { code, grant_type: 'authorization_code' },
        withSecret: true,
        malformed: 'spent',
        isAwaited: true,
        read: (fields, askedAt) => readTokens(fields, askedAt, true),
      }),
    profile: (appid, accessToken, openid, lang = 'zh_CN') =>
      call({
        appid,
        kinds: web,
        path: '/sns/userinfo',
        parameters: { access_token: accessToken, openid, lang },
        withSecret: false,
        malformed: 'refused',
        isAwaited: false,
        read: (fields) => readProfile(fields, openid),
      }),
    check: (appid, accessToken, openid) =>
      call({
        appid,
        kinds: web,
        path: '/sns/auth',
        parameters: { access_token: accessToken, openid },
        withSecret: false,
        malformed: 'refused',
        isAwaited: false,
        // Here alone a zero is the answer; without one nothing was said.
        read: (fields) => fields.has('errcode') || null,
      }),
    miniSession: (appid, jsCode) =>
      call({
        appid,
        kinds: ['mini'],
        path: '/sns/jscode2session',
        parameters: { js_code: jsCode, grant_type: 'authorization_code' },
        withSecret: true,
        malformed: 'spent',
        isAwaited: true,
        read: readSession,
      }),
  }
}

function checkApps(apps: readonly WechatApp[]): void {
  const seen = new Set<string>()
  for (const { appid, secret } of apps) {
    const problem = !/^[A-Za-z0-9_-]{1,64}$/.test(appid)
      ? 'is not an appid, such as wx13974bf780d3dc89'
      : seen.has(appid)
        ? 'stands there twice'
        : /^[\u0021-\u007e]{1,256}$/.test(secret)
          ? null
          : 'has a secret that is empty or holds spaces or letters that no secret has'
    if (problem !== null) {
      throw new EverfaceError('config-invalid', `WeChat app ${JSON.stringify(appid)} ${problem}.`)
    }
    seen.add(appid)
  }
}
