// The settings about WeChat: apps by kind and appid, what is secret of them, and where people may be sent back to; and what of
// them is right by itself and wrong together.
import { type Kind, listOf } from './config-values.ts'
import type { WechatAppName, WechatPush } from './settings.ts'

const appid = '[A-Za-z0-9_-]{1,64}'
const isApp = new RegExp(`^(official|website|mini):(${appid})$`)
const isSecret = new RegExp(`^(${appid})=([!-+\\--~]{1,256})$`)
const isPush = new RegExp(`^(${appid})=([A-Za-z0-9]{3,32})(?::([A-Za-z0-9]{43}))?$`)

/** `official:wx13974bf780d3dc89` and its like. */
export const apps: Kind<readonly WechatAppName[]> = distinct(
  listOf(
    'apps as KIND:APPID, where KIND is official (an official account), website or mini (a mini program)',
    (text): WechatAppName | null => {
      const [, kind, id] = isApp.exec(text) ?? []
      return kind === undefined || id === undefined
        ? null
        : { kind: kind as WechatAppName['kind'], appid: id }
    },
  ),
  (app) => app.appid,
)

/** `wx13974bf780d3dc89=…`. */
export const secrets: Kind<readonly (readonly [appid: string, secret: string])[]> = distinct(
  listOf('secrets as APPID=SECRET', (text) => {
    const [, id, secret] = isSecret.exec(text) ?? []
    return id === undefined || secret === undefined ? null : ([id, secret] as const)
  }),
  ([id]) => id,
)

/** `wx13974bf780d3dc89=TOKEN` or `wx13974bf780d3dc89=TOKEN:KEY`. */
export const push: Kind<readonly (readonly [appid: string, push: WechatPush])[]> = distinct(
  listOf(
    'tokens as APPID=TOKEN (3 to 32 letters and digits), or APPID=TOKEN:KEY with the EncodingAESKey (43 letters and digits)',
    (text) => {
      const [, id, token, aesKey = null] = isPush.exec(text) ?? []
      return id === undefined || token === undefined ? null : ([id, { token, aesKey }] as const)
    },
  ),
  ([id]) => id,
)

/** `https://app.example.com`. */
export const origins: Kind<readonly string[]> = listOf(
  'origins such as https://app.example.com, without path',
  (text) => {
    const url = /^https?:\/\/[^/?#@\s]+\/?$/.test(text) ? URL.parse(text) : null
    return url === null || url.pathname !== '/' ? null : url.origin
  },
)

/** What is right by itself and wrong together. */
export function wechatDisagreements(
  read: {
    readonly publicUrl: string | null
    readonly wechatApps: readonly WechatAppName[] | null
    readonly wechatSecrets: readonly (readonly [string, string])[] | null
    readonly wechatPush: readonly (readonly [string, WechatPush])[] | null
  },
  pageOf: (variable: string) => string,
): string[] {
  const problems: string[] = []
  // What could not be read is null here, and has been told of.
  if (read.wechatApps === null) return problems
  const known = new Map(read.wechatApps.map((app) => [app.appid, app.kind]))
  for (const [variable, named] of [
    ['EVERFACE_WECHAT_SECRETS', read.wechatSecrets],
    ['EVERFACE_WECHAT_PUSH', read.wechatPush],
  ] as const) {
    for (const [id] of named ?? []) {
      if (known.has(id)) continue
      problems.push(
        `${variable} speaks of ${id}, which EVERFACE_WECHAT_APPS does not name.${pageOf(variable)}`,
      )
    }
  }
  const secret = new Set((read.wechatSecrets ?? []).map(([id]) => id))
  const web = read.wechatApps.filter(({ kind }) => kind !== 'mini')
  for (const { kind, appid: id } of web) {
    if (secret.has(id)) continue
    problems.push(
      `EVERFACE_WECHAT_SECRETS lacks the secret of ${kind}:${id}.${pageOf('EVERFACE_WECHAT_SECRETS')}`,
    )
  }
  if (web.length > 0 && read.publicUrl === null) {
    problems.push(
      `EVERFACE_PUBLIC_URL is required with ${web[0]?.kind}:${web[0]?.appid}: WeChat sends people back to that address.${pageOf('EVERFACE_PUBLIC_URL')}`,
    )
  }
  return problems
}

/** Refuses lists in which an app stands twice. */
function distinct<T>(kind: Kind<readonly T[]>, nameOf: (one: T) => string): Kind<readonly T[]> {
  return {
    shape: kind.shape,
    read(text) {
      const values = kind.read(text)
      return values === null || new Set(values.map(nameOf)).size < values.length ? null : values
    },
  }
}
