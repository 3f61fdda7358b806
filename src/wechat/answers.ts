// Reads what the platform tells of people into values of ours. What is not of the right shape is no answer, so that a relay's
// page, half a text or another person's answer is never taken for one.
import { wholeOf, textOf } from './read-json.ts'

/** Fields of an answer. */
export type Fields = ReadonlyMap<string, unknown>

/** What a person gave an app. Times are milliseconds UTC. */
export interface Tokens {
  readonly openid: string
  /** Null where the app has no open platform account, or consent was for the openid alone. */
  readonly unionid: string | null
  readonly accessToken: string
  readonly expiresAt: number
  readonly refreshToken: string
  /** Until when the refresh token lives; null after a refresh, which does not prolong it. */
  readonly refreshExpiresAt: number | null
  readonly scopes: readonly string[]
  /** A visitor whom WeChat made up: no name, picture or openid of theirs may be kept. Now and then not said at first. */
  readonly isSnapshot: boolean
}

/** What a person shows. */
export interface Profile {
  readonly openid: string
  readonly unionid: string | null
  /** Without control characters; empty where the person has none. */
  readonly name: string
  /** The picture's URL; null for a person without one. */
  readonly url: string | null
}

/** Somebody who logged in to a mini program. */
export interface MiniSession {
  readonly openid: string
  readonly unionid: string | null
  /** Secret: with it signatures of the mini program can be made. */
  readonly sessionKey: string
}

const accessTokenMs = 7_200_000
const refreshTokenMs = 30 * 86_400_000
const longestUrl = 2048
const longestName = 128

/**
 * @param askedAt when the tokens were asked for, so that they are not believed to live longer than they do
 * @param isFirst whether the person consented just now, from when on a refresh token counts its thirty days
 */
export function readTokens(fields: Fields, askedAt: number, isFirst: boolean): Tokens | null {
  const openid = readId(fields.get('openid'))
  const accessToken = readSecret(fields.get('access_token'))
  const refreshToken = readSecret(fields.get('refresh_token'))
  if (openid === null || accessToken === null || refreshToken === null) return null
  const lifeMs = (wholeOf(fields.get('expires_in')) ?? 0) * 1000
  const flag = fields.get('is_snapshotuser')
  return {
    openid,
    unionid: readId(fields.get('unionid')),
    accessToken,
    // Two hours by the platform's word. Another figure is believed when it is shorter: a token thought to be older than it is
    // is refreshed early, and one thought to be younger fails.
    expiresAt: askedAt + (lifeMs > 0 ? Math.min(lifeMs, accessTokenMs) : accessTokenMs),
    refreshToken,
    refreshExpiresAt: isFirst ? askedAt + refreshTokenMs : null,
    scopes: (textOf(fields.get('scope')) ?? '').split(/[\s,]+/).filter((each) => each !== ''),
    isSnapshot: flag === true || wholeOf(flag) === 1,
  }
}

/** The profile of one person; null for anybody else's. */
export function readProfile(fields: Fields, openid: string): Profile | null {
  if (readId(fields.get('openid')) !== openid) return null
  const name = textOf(fields.get('nickname'))
  const picture = textOf(fields.get('headimgurl'))
  if (name === null || picture === null) return null
  const url = picture.trim()
  if (url !== '' && !isWebAddress(url)) return null
  return {
    openid,
    unionid: readId(fields.get('unionid')),
    name: cleanName(name),
    url: url === '' ? null : url,
  }
}

/** The session of whoever logged in. */
export function readSession(fields: Fields): MiniSession | null {
  const openid = readId(fields.get('openid'))
  const sessionKey = readSecret(fields.get('session_key'))
  if (openid === null || sessionKey === null) return null
  return { openid, unionid: readId(fields.get('unionid')), sessionKey }
}

/** An openid or a unionid. */
export function readId(value: unknown): string | null {
  const text = textOf(value)
  return text !== null && /^[A-Za-z0-9_-]{1,128}$/.test(text) ? text : null
}

/** A token, a key or a code: printable, without a space. */
export function readSecret(value: unknown): string | null {
  const text = textOf(value)
  return text !== null && /^[\u0021-\u007e]{1,1024}$/.test(text) ? text : null
}

function isWebAddress(text: string): boolean {
  if (text.length > longestUrl || /[\u0000-\u0020\u007f]/.test(text)) return false
  return /^https?:$/.test(URL.parse(text)?.protocol ?? '')
}

/** Nicknames may hold anything, whole control sequences and halves of emoji among it. */
function cleanName(name: string): string {
  const clean = name
    .slice(0, longestName * 4)
    .toWellFormed()
    .replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
    .trim()
  return Array.from(clean).slice(0, longestName).join('')
}
