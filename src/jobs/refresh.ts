// The silent refresh: asks the platform by a person's refresh token, and works out what the profile that comes says of the
// picture that we have. Platforms show an old picture for a day and more, and hand out one picture under several addresses.
import type { Avatar } from '../core/avatar.ts'
import { readUrl } from '../core/read-url.ts'
import type { StoredGrant } from '../store/persons.ts'
import type { Outcome, Profile, Unsettled, WechatClient } from '../wechat/client.ts'

/** How asking ended. */
export type Refreshed =
  | { readonly kind: 'profile'; readonly profile: Profile }
  /** The grant has ended. */
  | { readonly kind: 'over' }
  /** It never was a person's: a snapshot visitor, told too late. */
  | { readonly kind: 'snapshot' }
  /** The platform wants to be left alone about this app. */
  | { readonly kind: 'wait'; readonly afterMs: number }
  /** Asking again the same way is of no use; the grant may be good all the same. */
  | { readonly kind: 'refused' }
  /** Nothing was learnt. */
  | { readonly kind: 'unknown' }
  /** An operator must mend something first. */
  | { readonly kind: 'configuration' }

/** Hears of what an operator should know: a call that brought nothing, without anything secret. */
export type OnUnsettled = (
  appid: string,
  call: 'refresh' | 'profile' | 'code',
  why: Unsettled,
) => void

/** Asks the platform for a person's profile by an opened refresh token. */
export async function askPlatform(
  client: Pick<WechatClient, 'refresh' | 'profile'>,
  { appid, openid }: Pick<StoredGrant, 'appid' | 'openid'>,
  refreshToken: string,
  onUnsettled: OnUnsettled,
): Promise<Refreshed> {
  // An access token may be called stale although it was made just now; then another one is asked for, once.
  for (let attempt = 1; ; attempt++) {
    const tokens = await client.refresh(appid, refreshToken)
    if (tokens.kind !== 'done') return unsettled(appid, 'refresh', tokens, onUnsettled)
    if (tokens.value.isSnapshot) return { kind: 'snapshot' }
    // Somebody else's tokens: what was kept does not belong together.
    if (tokens.value.openid !== openid) return { kind: 'refused' }
    const profile = await client.profile(appid, tokens.value.accessToken, openid)
    if (profile.kind === 'done') return { kind: 'profile', profile: profile.value }
    if (profile.kind !== 'stale' || attempt === 2) {
      return unsettled(appid, 'profile', profile, onUnsettled)
    }
  }
}

function unsettled(
  appid: string,
  call: 'refresh' | 'profile',
  why: Exclude<Outcome<never>, { kind: 'done' }>,
  onUnsettled: OnUnsettled,
): Refreshed {
  onUnsettled(appid, call, why)
  switch (why.kind) {
    case 'over':
    case 'refused':
    case 'unknown':
    case 'configuration':
      return { kind: why.kind }
    case 'wait':
      return { kind: 'wait', afterMs: why.retryAfterMs }
    case 'spent':
    case 'stale':
      return { kind: 'unknown' }
  }
}

/** What a profile's picture is to the one that we have. */
export type Comparison =
  /** The very one, whatever host, scheme and size its address has. */
  | 'same'
  /** One that we know to have been replaced, not long ago. */
  | 'old'
  | 'new'
  /** The person has none. */
  | 'none'

/** A source that an avatar has or had. */
export interface Source {
  readonly url: string
  readonly from: number
  /** Null: it is the current one. */
  readonly until: number | null
}

/** A platform that still shows what was replaced is behind by a day, or some; after that, people chose it again. */
const behindMs = 7 * 86_400_000

/** Holds a profile's picture against the sources that are known. */
export function compare(url: string | null, sources: readonly Source[], now: number): Comparison {
  if (url === null) return 'none'
  const [current] = sources
  if (current !== undefined && current.until === null && isSame(current.url, url)) return 'same'
  const past = sources.find(({ url: one, until }) => until !== null && isSame(one, url))
  return past !== undefined && now - (past.until ?? 0) < behindMs ? 'old' : 'new'
}

/** Whether two addresses lead to one picture. */
export function isSame(one: string, other: string): boolean {
  if (one === other) return true
  const bare = (url: string) => url.replace(/^https?:\/\//i, '')
  const wanted = bare(other)
  return bare(one) === wanted || readUrl(one).siblings.some((url) => bare(url) === wanted)
}

/** The picture that we have is known to have been replaced. */
export function isReplaced({ standing }: Pick<Avatar, 'standing'>): boolean {
  return standing === 'gone' || standing === 'dying'
}

/** How many refreshes in a row have shown a picture known to be replaced, after one more. */
export function unchangedAfter(
  before: number,
  comparison: Comparison,
  avatar: Pick<Avatar, 'standing'>,
): number {
  if (comparison === 'new') return 0
  return comparison === 'old' || isReplaced(avatar) ? before + 1 : 0
}
