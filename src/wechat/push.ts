// The messages that the platform pushes to an app's address: who withdrew consent, who closed the account, whose profile was
// cleaned. Nothing is believed that is not signed by the app's token, and where the app has a key, nothing that is not sealed
// by it as well: the signature of a plain message does not cover its body.
import { hash } from 'node:crypto'
import { EverfaceError } from '../errors.ts'
import { isAesKey, isSignedBy, open } from './push-cipher.ts'
import { keyOf, readEvent, readFields } from './push-events.ts'
import type { PushEvent, PushFields } from './push-events.ts'

export type { PushEvent, PushSubject } from './push-events.ts'

/** An app whose messages are taken. */
export interface PushApp {
  readonly appid: string
  /** What the operator entered as "Token" in the platform's form. */
  readonly token: string
  /** "EncodingAESKey", 43 characters; with it plain messages are not believed. Null for the plain mode. */
  readonly aesKey: string | null
}

/** Why a request is not believed. */
export type PushRefusal =
  /** No signature of any of our apps. */
  | 'unsigned'
  /** Signed more than ten minutes ago, or ahead: perhaps sent again by somebody who overheard it. */
  | 'stale'
  /** Plain, though the app has a key. */
  | 'not-encrypted'
  /** The same signature came with another body. */
  | 'replayed'
  /** Signed, but not to be read, or about another app. */
  | 'unreadable'

/** What a request to the address is. */
export type PushReading =
  /** The platform asks whether the address knows the token: answer 200 and this text, as `text/plain`. */
  | { readonly kind: 'echo'; readonly appid: string; readonly text: string }
  /** Answer 200 and `pushAnswer`, once the event is safe. */
  | {
      readonly kind: 'event'
      readonly event: PushEvent
      /** The same for every sending of one event, however often: act on it once. */
      readonly key: string
    }
  /** Answer 403, or 400 where it is unreadable. */
  | { readonly kind: 'refused'; readonly reason: PushRefusal }

/** A request as it came in. */
export interface PushRequest {
  readonly method: string
  /** Parameters by name; of those that stand twice, either. */
  readonly query: Readonly<Record<string, string | undefined>>
  /** Empty for a GET. */
  readonly body: string
}

/** Reads pushed messages. */
export interface PushReader {
  /** Never throws. */
  read(request: PushRequest): PushReading
}

/** What the platform wants to hear, so that it does not send the message again. */
export const pushAnswer = 'success'

/** Larger bodies are not read, and need not be taken from the network. */
export const mostPushBytes = 65_536

/** How far a message's time may lie from ours. */
const freshMs = 600_000
/** Plain messages that are remembered, so that nobody puts another body under an overheard signature. */
const mostRemembered = 10_000

/** A message of one of our apps, or why it is not believed. */
type Opened = { readonly app: PushApp; readonly fields: PushFields } | PushRefusal

/**
 * Reads the messages of these apps. Throws `config-invalid` for a token or a key that cannot be one.
 * @param options `now`: milliseconds UTC
 */
export function createPushReader(options: {
  apps: readonly PushApp[]
  now: () => number
}): PushReader {
  const { apps, now } = options
  for (const app of apps) checkApp(app)
  /** By signature, the digest of the body that came with it. */
  const remembered = new Map<string, string>()

  function signers(signature: string | undefined, ...parts: readonly string[]): PushApp[] {
    return apps.filter(({ token }) => isSignedBy(signature ?? '', [token, ...parts]))
  }

  function isFresh(timestamp: string): boolean {
    if (!/^\d{1,12}$/.test(timestamp)) return false
    return Math.abs(now() - Number(timestamp) * 1000) <= freshMs
  }

  function echo({ query }: PushRequest): PushReading {
    const { signature, timestamp = '', nonce = '', echostr = '' } = query
    const [app] = signers(signature, timestamp, nonce)
    if (app === undefined) return refuse('unsigned')
    if (!isFresh(timestamp)) return refuse('stale')
    // What is echoed is shown to whoever opens the link: nothing that could be a page.
    if (!/^[\w+/=.-]{1,512}$/.test(echostr)) return refuse('unreadable')
    return { kind: 'echo', appid: app.appid, text: echostr }
  }

  function openSealed({ query }: PushRequest, sealed: string): Opened {
    const { msg_signature, timestamp = '', nonce = '' } = query
    const signed = signers(msg_signature, timestamp, nonce, sealed)
    if (signed.length === 0) return 'unsigned'
    if (!isFresh(timestamp)) return 'stale'
    // Apps may share a token; the message ends with the id of the one that it is for.
    for (const app of signed) {
      const message = app.aesKey === null ? null : open(sealed, app.aesKey, app.appid)
      const fields = message === null ? null : readFields(message)
      if (fields !== null) return { app, fields }
    }
    return 'unreadable'
  }

  function openPlain({ query, body }: PushRequest, fields: PushFields | null): Opened {
    const { signature = '', timestamp = '', nonce = '' } = query
    const signed = signers(signature, timestamp, nonce)
    if (signed.length === 0) return 'unsigned'
    if (!isFresh(timestamp)) return 'stale'
    const keyless = signed.filter(({ aesKey }) => aesKey === null)
    if (keyless.length === 0) return 'not-encrypted'
    const appid = fields?.get('AppID')
    const meant = appid === undefined ? keyless : keyless.filter((app) => app.appid === appid)
    const [app] = meant
    if (fields === null || app === undefined || meant.length > 1) return 'unreadable'
    const digest = hash('sha256', body)
    if ((remembered.get(signature) ?? digest) !== digest) return 'replayed'
    remembered.set(signature, digest)
    if (remembered.size > mostRemembered) remembered.delete(remembered.keys().next().value ?? '')
    return { app, fields }
  }

  return {
    read(request) {
      const { method, query, body } = request
      if (method === 'GET') return echo(request)
      if (method !== 'POST') return refuse('unsigned')
      const fields = body.length > mostPushBytes ? null : readFields(body)
      const sealed = fields?.get('Encrypt')
      const opened =
        sealed !== undefined && query['msg_signature'] !== undefined
          ? openSealed(request, sealed)
          : openPlain(request, fields)
      if (typeof opened === 'string') return refuse(opened)
      const event = readEvent(opened.fields, opened.app.appid)
      if (event === null) return refuse('unreadable')
      return { kind: 'event', event, key: keyOf(opened.fields, opened.app.appid) }
    },
  }
}

function refuse(reason: PushRefusal): PushReading {
  return { kind: 'refused', reason }
}

/** Neither token nor key gets into the message. */
function checkApp({ appid, token, aesKey }: PushApp): void {
  const problem = !/^[A-Za-z0-9]{3,32}$/.test(token)
    ? 'a push token that is not of 3 to 32 letters and digits'
    : aesKey === null || isAesKey(aesKey)
      ? null
      : 'an EncodingAESKey that is not of 43 letters and digits'
  if (problem === null) return
  throw new EverfaceError('config-invalid', `WeChat app ${JSON.stringify(appid)} has ${problem}.`)
}
