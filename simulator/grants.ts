// Codes and tokens: what a person allowed an app, for how long, and what ends it. A code lives five minutes and
// is good once; an access token two hours; a refresh token thirty days from the person's own yes, whatever is
// refreshed in between. Everything is worked out from the clock at the moment it is asked for.
import { hash } from 'node:crypto'

import type { Clock } from './clock.ts'
import type { Errcode } from './errcodes.ts'

/** What a person may be asked for. */
export type Scope = 'snsapi_base' | 'snsapi_userinfo' | 'snsapi_login'

/** Who comes back to an app. */
export interface Visitor {
  readonly appid: string
  /** The number of the person. */
  readonly n: number
  readonly openid: string
  /** Null where the app belongs to no open platform account. */
  readonly unionid: string | null
  /** Null for real people; else the running number of the snapshot visit. */
  readonly visit: number | null
}

/** What a person allowed an app. */
export interface Grant {
  readonly visitor: Visitor
  readonly scope: Scope
  /** When the code was exchanged; the thirty days run from here. Milliseconds, as all times. */
  readonly grantedAt: number
  readonly refreshUntil: number
  readonly refreshToken: string
  readonly accessToken: string
  readonly accessUntil: number
  /** Ended before its time: withdrawn, password changed, account closed. */
  readonly isOver: boolean
}

/** Codes and tokens. */
export interface Grants {
  /** A code for somebody who said yes; `scope` null is a mini program's login code. */
  makeCode(visitor: Visitor, scope: Scope | null): string
  /** Uses a code up: whose it is, or why it is not good. */
  spendCode(appid: string, code: string, scoped: boolean): Errcode | SpentCode
  /** A grant for a code that was spent. */
  grant(spent: SpentCode): Grant
  /** Refreshes: prolongs a living access token, replaces a dead one. */
  refresh(appid: string, refreshToken: string): Errcode | Grant
  /** The grant behind an access token that is good for this openid. */
  read(accessToken: string, openid: string): Errcode | Grant
  /** Ends all grants of a person, with one app or with all; returns those that were in force. */
  end(n: number, appid?: string): readonly Grant[]
  /** Whether a person allowed an app anything, by an own account, after `since`. */
  knows(n: number, appid: string, since: number): boolean
  /** Who a code or a token is about; null where it was never given out. */
  about(secret: string): Visitor | null
  /** All grants, oldest first. */
  list(): readonly Grant[]
}

/** A code that was exchanged just now. */
export interface SpentCode {
  readonly visitor: Visitor
  readonly scope: Scope | null
}

/** The lifetimes of codes, access tokens and refresh tokens, in milliseconds. */
export const lifetimes = { code: 300_000, access: 7_200_000, refresh: 30 * 86_400_000 } as const

interface Code extends SpentCode {
  readonly madeAt: number
  isUsed: boolean
}

/** More codes or access tokens than this are not remembered: the oldest were never given out. */
const most = 1_000_000

type Live = { -readonly [Key in keyof Grant]: Grant[Key] }

/** No codes and no tokens yet. */
export function createGrants(clock: Clock, seed: number): Grants {
  const codes = new Map<string, Code>()
  const byAccess = new Map<string, Live>()
  const byRefresh = new Map<string, Live>()
  /** Those of real people, by number. */
  const byPerson = new Map<number, Live[]>()
  let last = 0

  function makeSecret(what: string): string {
    return hash('sha512', `${what} ${seed} ${++last}`, 'base64url')
  }

  function makeToken(what: string): string {
    return `${(seed % 90) + 10}_${makeSecret(what)}`
  }

  function handOut(grant: Live): void {
    grant.accessToken = makeToken('access')
    remember(byAccess, grant.accessToken, grant)
  }

  return {
    makeCode(visitor, scope) {
      const code = `0${makeSecret('code').replaceAll(/[-_]/g, '').slice(0, 31)}`
      remember(codes, code, { visitor, scope, madeAt: clock.now(), isUsed: false })
      return code
    },
    spendCode(appid, text, scoped) {
      const code = codes.get(text)
      if (code === undefined || code.visitor.appid !== appid) return 40029
      if ((code.scope !== null) !== scoped) return 40029
      if (code.isUsed) return 40163
      if (clock.now() >= code.madeAt + lifetimes.code) return 42003
      code.isUsed = true
      return { visitor: code.visitor, scope: code.scope }
    },
    grant({ visitor, scope }) {
      const now = clock.now()
      const grant: Live = {
        visitor,
        scope: scope ?? 'snsapi_base',
        grantedAt: now,
        refreshUntil: now + lifetimes.refresh,
        refreshToken: makeToken('refresh'),
        accessToken: '',
        accessUntil: now + lifetimes.access,
        isOver: false,
      }
      handOut(grant)
      byRefresh.set(grant.refreshToken, grant)
      // Who came by a snapshot is nobody, and has nothing that could be withdrawn.
      if (visitor.visit === null) {
        const own = byPerson.get(visitor.n) ?? []
        own.push(grant)
        byPerson.set(visitor.n, own)
      }
      return { ...grant }
    },
    refresh(appid, refreshToken) {
      const grant = byRefresh.get(refreshToken)
      if (grant === undefined || grant.visitor.appid !== appid) return 40030
      if (grant.isOver) return 42007
      const now = clock.now()
      if (now >= grant.refreshUntil) return 42002
      if (now >= grant.accessUntil) handOut(grant)
      grant.accessUntil = now + lifetimes.access
      return { ...grant }
    },
    read(accessToken, openid) {
      const grant = byAccess.get(accessToken)
      // What cannot be a token and what never was one are told apart; where exactly is assumed.
      if (grant === undefined) return /^\d+_[\w-]{50,}$/.test(accessToken) ? 40001 : 40014
      if (grant.isOver) return 42007
      const isOld = grant.accessToken !== accessToken
      if (isOld || clock.now() >= grant.accessUntil) return 42001
      return grant.visitor.openid === openid ? { ...grant } : 40003
    },
    end(n, appid) {
      const ended: Grant[] = []
      for (const grant of byPerson.get(n) ?? []) {
        if (grant.isOver || (appid !== undefined && grant.visitor.appid !== appid)) continue
        if (clock.now() < grant.refreshUntil) ended.push({ ...grant })
        grant.isOver = true
      }
      return ended
    },
    knows(n, appid, since) {
      const own = byPerson.get(n) ?? []
      return own.some(({ visitor, grantedAt }) => visitor.appid === appid && grantedAt > since)
    },
    about(secret) {
      const found = codes.get(secret) ?? byAccess.get(secret) ?? byRefresh.get(secret)
      return found?.visitor ?? null
    },
    list: () => [...byRefresh.values()].map((grant) => ({ ...grant })),
  }
}

function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.set(key, value)
  if (map.size > most) map.delete(map.keys().next().value ?? '')
}

/** The openid of a person with an app: 28 characters, the first of which are the app's. */
export function makeOpenid(seed: number, appid: string, who: string): string {
  const own = hash('sha256', `app ${seed} ${appid}`, 'base64url')
  return `o${own.slice(0, 5)}${hash('sha256', `${seed} ${appid} ${who}`, 'base64url').slice(0, 22)}`
}

/** The unionid of a person with an open platform account: the same in all its apps. */
export function makeUnionid(seed: number, platform: string, who: string): string {
  return makeOpenid(seed, `platform ${platform}`, who)
}
