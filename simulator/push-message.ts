// What a pushed event looks like: the fields in their order, as XML or as JSON, plain, encrypted or both, and
// the parameters that sign it. Pure; time and what is random come in as arguments.
import type { App, PushSettings } from './apps.ts'
import { encrypt, sign } from './push-crypto.ts'

/** The events that the platform tells of a person. */
export const pushEvents = [
  'user_info_modified',
  'user_authorization_revoke',
  'user_authorization_cancellation',
] as const

/** Something that happened to a person. */
export interface PushEvent {
  readonly event: (typeof pushEvents)[number]
  /** Null where the platform leaves it out, as some saw. */
  readonly openid: string | null
  readonly unionid: string | null
  /** Which consent was withdrawn; null for other events. */
  readonly revokeInfo: string | null
  /** When it happened, in milliseconds. */
  readonly at: number
}

/** A request to an app's callback address. */
export interface PushRequest {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Whatever differs from one sending of a message to the next. */
export interface Moment {
  /** In milliseconds. */
  readonly now: number
  readonly nonce: string
  /** 16 ASCII characters. */
  readonly salt: string
}

type Field = readonly [name: string, value: string | number]

/** The request that tells an app of an event; `sender` is the platform's own openid with the app. */
export function pushRequest(
  app: App,
  push: PushSettings,
  event: PushEvent,
  sender: string,
  moment: Moment,
): PushRequest {
  const fields = fieldsOf(app, event, sender)
  const plain = write(fields, push)
  const parameters = signed(push.token, moment)
  const headers = { 'Content-Type': push.format === 'xml' ? 'text/xml' : 'application/json' }
  if (push.mode === 'plain' || push.aesKey === null) {
    return { url: withQuery(push.url, parameters), method: 'POST', headers, body: plain }
  }
  const encrypted = encrypt(plain, push.aesKey, app.appid, moment.salt)
  parameters.set('openid', sender)
  parameters.set('encrypt_type', 'aes')
  const { token } = push
  const timestamp = parameters.get('timestamp') ?? ''
  parameters.set('msg_signature', sign(token, timestamp, moment.nonce, encrypted))
  const isSafe = push.mode === 'safe'
  const shown: readonly Field[] = isSafe ? [['ToUserName', app.username]] : fields
  const body = write([...shown, ['Encrypt', encrypted]], isSafe ? { ...push, spaced: false } : push)
  return { url: withQuery(push.url, parameters), method: 'POST', headers, body }
}

/** The request that asks a callback address to prove that it knows the token: it must echo `echo`. */
export function echoRequest(push: PushSettings, echo: string, moment: Moment): PushRequest {
  const parameters = signed(push.token, moment)
  parameters.set('echostr', echo)
  return { url: withQuery(push.url, parameters), method: 'GET', headers: {}, body: '' }
}

function signed(token: string, { now, nonce }: Moment): URLSearchParams {
  const timestamp = String(Math.floor(now / 1000))
  return new URLSearchParams({ signature: sign(token, timestamp, nonce), timestamp, nonce })
}

function withQuery(address: string, parameters: URLSearchParams): string {
  const url = new URL(address)
  for (const [name, value] of parameters) url.searchParams.append(name, value)
  return url.href
}

function fieldsOf(app: App, event: PushEvent, sender: string): readonly Field[] {
  const { openid, unionid, revokeInfo, at } = event
  const optional = (name: string, value: string | null): readonly Field[] =>
    value === null ? [] : [[name, value]]
  return [
    ['ToUserName', app.username],
    ['FromUserName', sender],
    ['CreateTime', Math.floor(at / 1000)],
    ['MsgType', 'event'],
    ['Event', event.event],
    ...optional('OpenID', openid),
    ...optional('UnionID', unionid),
    ['AppID', app.appid],
    ...optional('RevokeInfo', revokeInfo),
  ]
}

function write(fields: readonly Field[], push: PushSettings): string {
  if (push.format === 'json') {
    if (!push.spaced) return JSON.stringify(Object.fromEntries(fields))
    const lines = fields.map(([name, value]) => {
      const key = spacedNames.has(name) ? ` ${name}` : name
      return `${JSON.stringify(key)}: ${JSON.stringify(value)},`
    })
    return `{\n\n${lines.join('\n\n')}\n\n}`
  }
  const lines = fields.map(([name, value]) => {
    const text = typeof value === 'number' ? value : `<![CDATA[${value}]]>`
    return `<${name}>${text}</${name}>`
  })
  return `<xml>\n${lines.join('\n')}\n</xml>`
}

/** Those that have the space in the documentation's sample. */
const spacedNames: ReadonlySet<string> = new Set(['OpenID', 'UnionID', 'AppID', 'RevokeInfo'])
