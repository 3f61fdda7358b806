// The link that asks a person for consent. The platform matches it letter by letter: parameters in another order, one too
// many, or no fragment behind them, and the page cannot be reached.

/** What a person may be asked for; `snsapi_login` is that of websites. */
export type Scope = 'snsapi_base' | 'snsapi_userinfo' | 'snsapi_login'

/** What to ask for, and where to come back to. */
export interface Authorization {
  readonly appid: string
  /** An official account's page opens inside WeChat; a website shows a QR code to be scanned. */
  readonly kind: 'official' | 'website'
  /** An http or https address on the domain that the app has registered with the platform. */
  readonly redirectUri: string
  readonly scope: Scope
  /** Letters and digits, at most 128 of them: what `createOauthState` makes. */
  readonly state: string
}

const pages = {
  official: 'https://open.weixin.qq.com/connect/oauth2/authorize',
  website: 'https://open.weixin.qq.com/connect/qrconnect',
} as const

/** The link that asks for consent. Throws a plain error for values that no caller of ours should pass. */
export function authorizeUrl(authorization: Authorization): string {
  const { appid, kind, redirectUri, scope, state } = authorization
  if (!/^[A-Za-z0-9]{1,128}$/.test(state)) {
    throw new Error('state must be letters and digits, at most 128 of them')
  }
  if ((scope === 'snsapi_login') !== (kind === 'website')) {
    throw new Error(`${scope} cannot be asked for by an app of the kind ${kind}`)
  }
  if (!/^https?:$/.test(URL.parse(redirectUri)?.protocol ?? '')) {
    throw new Error('redirectUri must be an http or https address')
  }
  const query = [
    `appid=${escape(appid)}`,
    `redirect_uri=${escape(redirectUri)}`,
    'response_type=code',
    `scope=${scope}`,
    `state=${state}`,
  ]
  return `${pages[kind]}?${query.join('&')}#wechat_redirect`
}

/** As `encodeURIComponent`, and the five that it leaves, which not every pattern lets through. */
function escape(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (symbol) => `%${symbol.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
