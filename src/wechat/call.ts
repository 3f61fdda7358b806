// One call of `api.weixin.qq.com`, from its parameters to a value: who may make it, whether it is held back, what the answer
// means. The platform says everything with HTTP 200, so any other status is somebody else's in between.
import type { Fields } from './answers.ts'
import { readSecret } from './answers.ts'
import type { Ask, AskReply } from './ask.ts'
import { actionOf, errcodes, readErrmsg } from './errcodes.ts'
import type { ErrcodeAction } from './errcodes.ts'
import { createHolds } from './holds.ts'
import type { Growth, Pass } from './holds.ts'
import { readObject, textOf, wholeOf } from './read-json.ts'

/** What an app is registered as; it decides which calls are open to it. */
export type WechatAppKind = 'official' | 'website' | 'mini'

/** An app that is registered with the platform. */
export interface WechatApp {
  readonly appid: string
  readonly secret: string
  readonly kind: WechatAppKind
}

/** Why a call brought nothing. The kinds are those of `ErrcodeAction`. */
export type Unsettled = {
  /** The platform's code; null where it said none: not asked, not reached, not understood. */
  readonly errcode: number | null
  /** For an operator, in one or two sentences; holds nothing that was sent. */
  readonly detail: string
  /** The mark by which the platform's support finds the request; null without one. */
  readonly rid: string | null
} & (
  | { readonly kind: Exclude<ErrcodeAction, 'wait'> }
  /** Without an errcode, nobody was asked: a code that was to be sent is as good as before. */
  | { readonly kind: 'wait'; readonly retryAfterMs: number }
)

/** How a call ended. */
export type Outcome<Value> = { readonly kind: 'done'; readonly value: Value } | Unsettled

/** A call to make. */
export interface Call<Value> {
  readonly appid: string
  /** The kinds of apps that it is open to. */
  readonly kinds: readonly WechatAppKind[]
  readonly path: string
  readonly parameters: Readonly<Record<string, string>>
  /** Sends the secret of the app along. */
  readonly withSecret: boolean
  /** What it means when a parameter cannot be one; the platform is not asked. */
  readonly malformed: 'spent' | 'refused'
  /** Whether the person sits before a page that waits for it: then it is never held back for long. */
  readonly isAwaited: boolean
  /** Makes a value of an answer without an error; null for what is no answer. `askedAt` in milliseconds. */
  readonly read: (fields: Fields, askedAt: number) => Value | null
}

/** Makes calls; never rejects. */
export type MakeCall = <Value>(call: Call<Value>) => Promise<Outcome<Value>>

const origin = 'https://api.weixin.qq.com'
const timeoutMs = 10_000
const maxBytes = 65_536
const minuteMs = 60_000
const hourMs = 60 * minuteMs

/** How long a code holds calls back. The quotas end with the minute and the day, but not by our clock. */
const growths: ReadonlyMap<number, Growth> = new Map([
  [45009, { firstMs: hourMs, longestMs: 24 * hourMs }],
  [45011, { firstMs: minuteMs, longestMs: hourMs }],
])
const failing: Growth = { firstMs: 1_000, longestMs: 5 * minuteMs }
/** One call a minute finds out, whatever the quota, where people wait before a page. */
const longestAwaitedMs = minuteMs

/** Not `stale`, where no access token was sent. */
const withAccessToken: ReadonlySet<string> = new Set(['/sns/userinfo', '/sns/auth'])

/** @param now milliseconds UTC */
export function createMakeCall(options: {
  apps: ReadonlyMap<string, WechatApp>
  ask: Ask
  now: () => number
}): MakeCall {
  const { apps, ask, now } = options
  const holds = createHolds(now)

  async function reach(url: string): Promise<AskReply> {
    try {
      return await ask(url, { timeoutMs, maxBytes })
    } catch {
      return { kind: 'failure', detail: 'The request failed.' }
    }
  }

  function refused<Value>(call: Call<Value>, pass: Pass, fields: Fields, code: number): Unsettled {
    const action = actionOf(code)
    const { sentence, rid } = readErrmsg(textOf(fields.get('errmsg')) ?? '')
    const meaning = errcodes.get(code)?.meaning ?? 'Nothing is known of this code.'
    const said = sentence === '' ? '' : ` The platform says: ${sentence}.`
    const about = { errcode: code, detail: withoutSent(`${meaning}${said}`, call, apps), rid }
    if (action === 'wait') {
      const { firstMs, longestMs } = growths.get(code) ?? failing
      const mostMs = call.isAwaited ? Math.min(longestMs, longestAwaitedMs) : longestMs
      const growth = { firstMs: Math.min(firstMs, mostMs), longestMs: mostMs }
      return { kind: 'wait', retryAfterMs: holds.wait(pass, growth), ...about }
    }
    // Unheard-of codes may be new words for "wait": they do not end a hold.
    if (action === 'unknown') holds.nothing(pass)
    else holds.well(pass)
    const isOdd = action === 'stale' && !withAccessToken.has(call.path)
    return { kind: isOdd ? 'unknown' : action, ...about }
  }

  return async (call) => {
    const app = apps.get(call.appid)
    if (app === undefined) return unasked('configuration', 'The app is not among ours.')
    if (!call.kinds.includes(app.kind)) {
      return unasked('configuration', `${call.path} is not open to an app of the kind ${app.kind}.`)
    }
    if (Object.values(call.parameters).some((value) => readSecret(value) === null)) {
      return unasked(call.malformed, 'A code, token or openid cannot be one of the platform.')
    }
    const entry = holds.enter(`${call.appid} ${call.path}`)
    if (entry.kind === 'held') {
      const detail = 'The platform asked to wait.'
      return { kind: 'wait', retryAfterMs: entry.retryAfterMs, errcode: null, detail, rid: null }
    }
    const askedAt = now()
    const secret = call.withSecret ? { secret: app.secret } : {}
    const query = new URLSearchParams({ appid: app.appid, ...secret, ...call.parameters })
    if (withAccessToken.has(call.path)) query.delete('appid')
    const reply = await reach(`${origin}${call.path}?${query.toString()}`)
    const read = readReply(reply)
    if (typeof read === 'string') {
      holds.nothing(entry)
      return unasked('unknown', read)
    }
    const errcode = read.has('errcode') ? wholeOf(read.get('errcode')) : 0
    if (errcode !== 0 && errcode !== null) return refused(call, entry, read, errcode)
    const value = errcode === null ? null : call.read(read, askedAt)
    if (value === null) {
      holds.nothing(entry)
      return unasked('unknown', 'The answer lacks what it should hold, or is about somebody else.')
    }
    holds.well(entry)
    return { kind: 'done', value }
  }
}

/** The fields of an answer, or why it is none. */
function readReply(reply: AskReply): Fields | string {
  if (reply.kind === 'failure') return reply.detail
  if (reply.status !== 200) return `HTTP ${reply.status}, which the platform itself never answers.`
  return readObject(reply.text) ?? 'The answer is not JSON: perhaps a page of a proxy or a portal.'
}

function unasked(kind: Exclude<Unsettled['kind'], 'wait'>, detail: string): Unsettled {
  return { kind, errcode: null, detail, rid: null }
}

/** The platform repeats some of what it was sent, and details are logged. */
function withoutSent<Value>(
  text: string,
  { appid, parameters }: Call<Value>,
  apps: ReadonlyMap<string, WechatApp>,
): string {
  let clean = text
  for (const value of [apps.get(appid)?.secret ?? '', ...Object.values(parameters)]) {
    for (const form of [value, encodeURIComponent(value)]) {
      if (form.length >= leastSecret) clean = clean.replaceAll(form, '[secret]')
    }
  }
  return clean
}

/** Shorter values, `zh_CN` for one, are no secrets, and would be found in the middle of words. */
const leastSecret = 8
