// What only servers of apps deal in: an app's own access token (`cgi-bin/token`), and the session keys of mini
// programs, which a new login displaces.
import { createHmac, hash } from 'node:crypto'

import type { Clock } from './clock.ts'
import type { Errcode } from './errcodes.ts'

/** An app's own access token. */
export interface AppToken {
  readonly token: string
  /** Whole seconds that it has left. */
  readonly seconds: number
}

/** App tokens and session keys. */
export interface MiniSide {
  /** A fresh token; the one before lives five minutes more. */
  freshToken(appid: string): AppToken
  /** The token that is in force, or a fresh one. */
  stableToken(appid: string): AppToken
  /** Which app a token belongs to, or why it is not good. */
  readToken(token: string): Errcode | { readonly appid: string }
  /** The session key of somebody who logs in; the one before is good no more. */
  login(appid: string, openid: string, lifeMs: number): string
  /** Whether somebody logged in after this time, in milliseconds. */
  knows(appid: string, openid: string, since: number): boolean
  /** 0 where the signature was made with the session key that is in force. */
  check(appid: string, openid: string, signature: string, method: string): Errcode
  /** As `check`, then replaces the key; the new one ends when the old one would have. */
  reset(
    appid: string,
    openid: string,
    signature: string,
    method: string,
  ): Errcode | { readonly sessionKey: string }
}

const lifeMs = 7_200_000
const graceMs = 300_000

/** No tokens and no sessions yet. */
export function createMiniSide(clock: Clock, seed: number): MiniSide {
  const tokens = new Map<string, { appid: string; until: number }>()
  const current = new Map<string, string>()
  const sessions = new Map<string, { key: string; at: number; until: number }>()
  let last = 0

  function make(): Buffer {
    return hash('sha512', `mini ${seed} ${++last}`, 'buffer')
  }

  function makeKey(): string {
    return make().subarray(0, 16).toString('base64')
  }

  function freshToken(appid: string): AppToken {
    const now = clock.now()
    const before = tokens.get(current.get(appid) ?? '')
    if (before !== undefined) before.until = Math.min(before.until, now + graceMs)
    const token = `${(seed % 90) + 10}_${make().toString('base64url')}`
    tokens.set(token, { appid, until: now + lifeMs })
    current.set(appid, token)
    return { token, seconds: lifeMs / 1000 }
  }

  function check(appid: string, openid: string, signature: string, method: string): Errcode {
    if (method !== 'hmac_sha256') return 87008
    const session = sessions.get(`${appid} ${openid}`)
    if (session === undefined || clock.now() >= session.until) return 87009
    return signature === createHmac('sha256', session.key).update('').digest('hex') ? 0 : 87009
  }

  return {
    freshToken,
    stableToken(appid) {
      const token = current.get(appid) ?? ''
      const seconds = Math.floor(((tokens.get(token)?.until ?? 0) - clock.now()) / 1000)
      return seconds > 0 ? { token, seconds } : freshToken(appid)
    },
    readToken(token) {
      const known = tokens.get(token)
      if (known === undefined) return 40001
      return clock.now() < known.until ? { appid: known.appid } : 42001
    },
    login(appid, openid, life) {
      const key = makeKey()
      const at = clock.now()
      sessions.set(`${appid} ${openid}`, { key, at, until: at + life })
      return key
    },
    knows: (appid, openid, since) => (sessions.get(`${appid} ${openid}`)?.at ?? -Infinity) > since,
    check,
    reset(appid, openid, signature, method) {
      const errcode = check(appid, openid, signature, method)
      const session = sessions.get(`${appid} ${openid}`)
      if (errcode !== 0 || session === undefined) return errcode
      session.key = makeKey()
      return { sessionKey: session.key }
    },
  }
}
