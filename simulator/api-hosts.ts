// The calls of `api.weixin.qq.com`: what each checks, in which order, and what it answers. Whether a code or a
// token is good is known elsewhere; here is who may ask what.
import type { App, Apps } from './apps.ts'
import type { Errcode } from './errcodes.ts'
import type { Grant, Grants, SpentCode } from './grants.ts'
import type { MiniSide } from './mini.ts'
import type { PlatformSettings } from './platform.ts'
import type { Profiles } from './profiles.ts'
import type { Quota } from './quota.ts'

/** The host of the calls. */
export const apiHost = 'api.weixin.qq.com'

/** A call. */
export interface ApiCall {
  readonly path: string
  /** Parameters, from the query or, where the call takes JSON, from the body. */
  readonly values: ReadonlyMap<string, string>
}

/** An answer in the words of the platform: a value, or a code. */
export type ApiReply = { readonly value: object } | { readonly errcode: Errcode }

/** What the calls rest on. */
export interface ApiParts {
  readonly apps: Apps
  readonly grants: Grants
  readonly mini: MiniSide
  readonly profiles: Profiles
  readonly quota: Quota
  readonly settings: () => PlatformSettings
}

/** Answers calls. */
export function createApi(parts: ApiParts): (call: ApiCall) => ApiReply {
  const { apps, grants, mini, profiles, quota, settings } = parts
  /** Apps that had a snapshot visitor before. */
  const snapshotSeen = new Set<string>()

  /** Whether an app with its secret may call this, or why not. */
  function caller({ path, values }: ApiCall, needsSecret: boolean): Errcode | App {
    const appid = values.get('appid') ?? ''
    if (appid === '') return 41002
    const app = apps.find(appid)
    if (app === undefined) return 40013
    if (needsSecret) {
      const secret = values.get('secret') ?? ''
      if (secret === '') return 41004
      if (secret !== app.secret) return 40125
    }
    return permitted(app, path) || app
  }

  /** 0, or why an app may not call this. */
  function permitted(app: App | undefined, path: string): Errcode {
    if (app === undefined) return 40013
    if (app.standing === 'forbidden') return 48004
    if (app.standing === 'unauthorized') return 50001
    return quota.take(app, path)
  }

  /** 0, or why nothing may be done for a person. */
  function limited(n: number): Errcode {
    const { standing } = profiles.account(n)
    return standing === 'frozen' || standing === 'closed' ? 50002 : 0
  }

  function spend(
    call: ApiCall,
    name: string,
    scoped: boolean,
  ): Errcode | (SpentCode & { app: App }) {
    const app = caller(call, true)
    if (typeof app === 'number') return app
    if (call.values.get('grant_type') !== 'authorization_code') return 40002
    const code = call.values.get(name) ?? ''
    if (code === '') return 41008
    const spent = grants.spendCode(app.appid, code, scoped)
    if (typeof spent === 'number') return spent
    if (profiles.account(spent.visitor.n).standing === 'risky') return 40226
    return limited(spent.visitor.n) || { ...spent, app }
  }

  /** The grant behind `access_token` and `openid`, or why there is none. */
  function granted({ path, values }: ApiCall): Errcode | Grant {
    const token = values.get('access_token') ?? ''
    const openid = values.get('openid') ?? ''
    if (token === '') return 41001
    if (openid === '') return 41009
    const grant = grants.read(token, openid)
    if (typeof grant === 'number') return grant
    const { appid, n } = grant.visitor
    return permitted(apps.find(appid), path) || limited(n) || grant
  }

  function tokens(grant: Grant): ApiReply {
    const { appid, openid, unionid, visit } = grant.visitor
    const isFirst = visit !== null && !snapshotSeen.has(appid)
    if (visit !== null) snapshotSeen.add(appid)
    return {
      value: {
        access_token: grant.accessToken,
        expires_in: 7200,
        refresh_token: grant.refreshToken,
        openid,
        scope: grant.scope,
        ...(visit !== null &&
          !(isFirst && settings().snapshotFlag === 'late') && { is_snapshotuser: 1 }),
        ...(unionid !== null && grant.scope !== 'snsapi_base' && { unionid }),
      },
    }
  }

  function accessToken(call: ApiCall): ApiReply {
    const spent = spend(call, 'code', true)
    return typeof spent === 'number' ? { errcode: spent } : tokens(grants.grant(spent))
  }

  function refreshToken(call: ApiCall): ApiReply {
    const app = caller(call, false)
    if (typeof app === 'number') return { errcode: app }
    if (call.values.get('grant_type') !== 'refresh_token') return { errcode: 40002 }
    const token = call.values.get('refresh_token') ?? ''
    if (token === '') return { errcode: 41003 }
    const owner = grants.about(token)
    const errcode = owner?.appid === app.appid ? limited(owner.n) : 0
    if (errcode !== 0) return { errcode }
    const grant = grants.refresh(app.appid, token)
    return typeof grant === 'number' ? { errcode: grant } : tokens(grant)
  }

  function userinfo(call: ApiCall): ApiReply {
    const grant = granted(call)
    if (typeof grant === 'number') return { errcode: grant }
    const { openid, unionid, n, visit } = grant.visitor
    const isRefused = visit !== null && settings().snapshotProfile === 'refused'
    if (grant.scope === 'snsapi_base' || isRefused) return { errcode: 48001 }
    const { nickname, headimgurl } = visit === null ? profiles.profile(n) : profiles.virtual(visit)
    const lang = call.values.get('lang') ?? ''
    return {
      value: {
        openid,
        nickname,
        // Since October 2021 nobody has a gender or a region any more.
        sex: 0,
        language: ['zh_CN', 'zh_TW', 'en'].includes(lang) ? lang : '',
        city: '',
        province: '',
        country: '',
        headimgurl,
        privilege: [],
        ...(unionid !== null && { unionid }),
      },
    }
  }

  function auth(call: ApiCall): ApiReply {
    const grant = granted(call)
    return { errcode: typeof grant === 'number' ? grant : 0 }
  }

  function session(call: ApiCall): ApiReply {
    const spent = spend(call, 'js_code', false)
    if (typeof spent === 'number') return { errcode: spent }
    const { openid, unionid } = spent.visitor
    const sessionKey = mini.login(spent.app.appid, openid, settings().session)
    return { value: { session_key: sessionKey, openid, ...(unionid !== null && { unionid }) } }
  }

  /** The app and the parameters of the two calls about a session, or why they are refused. */
  function aboutSession({ path, values }: ApiCall): Errcode | Parameters<MiniSide['check']> {
    const token = values.get('access_token') ?? ''
    if (token === '') return 41001
    const owner = mini.readToken(token)
    if (typeof owner === 'number') return owner
    const errcode = permitted(apps.find(owner.appid), path)
    if (errcode !== 0) return errcode
    const openid = values.get('openid') ?? ''
    if (openid === '') return 41009
    return [owner.appid, openid, values.get('signature') ?? '', values.get('sig_method') ?? '']
  }

  function checkSession(call: ApiCall): ApiReply {
    const asked = aboutSession(call)
    return { errcode: typeof asked === 'number' ? asked : mini.check(...asked) }
  }

  function resetSession(call: ApiCall): ApiReply {
    const asked = aboutSession(call)
    if (typeof asked === 'number') return { errcode: asked }
    const reset = mini.reset(...asked)
    if (typeof reset === 'number') return { errcode: reset }
    return {
      value: { errcode: 0, errmsg: 'ok', openid: asked[1], session_key: reset.sessionKey },
    }
  }

  function appToken(call: ApiCall): ApiReply {
    const app = caller(call, true)
    if (typeof app === 'number') return { errcode: app }
    if (call.values.get('grant_type') !== 'client_credential') return { errcode: 40002 }
    const isStable =
      call.path === '/cgi-bin/stable_token' && call.values.get('force_refresh') !== 'true'
    const { appid } = app
    const { token, seconds } = isStable ? mini.stableToken(appid) : mini.freshToken(appid)
    return { value: { access_token: token, expires_in: seconds } }
  }

  const calls: ReadonlyMap<string, (call: ApiCall) => ApiReply> = new Map([
    ['/sns/oauth2/access_token', accessToken],
    ['/sns/oauth2/refresh_token', refreshToken],
    ['/sns/userinfo', userinfo],
    ['/sns/auth', auth],
    ['/sns/jscode2session', session],
    ['/wxa/checksession', checkSession],
    ['/wxa/resetusersessionkey', resetSession],
    ['/cgi-bin/token', appToken],
    ['/cgi-bin/stable_token', appToken],
  ])

  return (call) => calls.get(call.path)?.(call) ?? { errcode: 40066 }
}
