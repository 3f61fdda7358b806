// When the grant that a person gave is used: silently, by its refresh token. Polls are spread over the token's life;
// a profile that still shows the old picture is asked for again, later and a few times only. Pure.

/** What matters of the tokens that a person gave. Times are milliseconds UTC. */
export interface Grant {
  readonly grantedAt: number
  /** Until when the refresh token lives. */
  readonly refreshUntil: number
  /** As the platform wrote it: names, separated by commas or spaces. */
  readonly scope: string
  /** The platform has refused it for good: the person changed the password, or withdrew it. */
  readonly over: boolean
  /** When the platform last answered with a profile; null for never. */
  readonly lastRefreshAt: number | null
  /** Refreshes in a row that still showed a picture known to be replaced. */
  readonly unchangedRefreshes: number
}

const hourMs = 3_600_000
/** Between two refreshes that are not polls or second tries: nothing on the platform changes faster. */
const leastGapMs = hourMs
/** Platforms were seen to show the old picture for more than a day (wechat, 2024-01): later, and later still. */
const againAfterMs = [6 * hourMs, 24 * hourMs, 72 * hourMs] as const
/** The last poll comes so long before the token's end. */
const lastPollMs = 12 * hourMs
/** Scopes whose tokens read the profile; `snsapi_base` gives an openid and no more. */
const profileScope = /(?:^|[\s,])snsapi_(?:userinfo|login)(?:[\s,]|$)/

/** Whether the grant can bring a new profile now. */
export function isUsable(grant: Grant, now: number): boolean {
  return !grant.over && now < grant.refreshUntil && readsProfile(grant.scope)
}

/** Whether tokens of this scope read name and picture. */
export function readsProfile(scope: string): boolean {
  return profileScope.test(scope)
}

/**
 * When a refresh may be tried because the picture is needed: a time, past when it may be now. Null when trying is over:
 * three times again it showed the old picture, or the token ends before.
 */
export function nextTryAt(grant: Grant): number | null {
  const { lastRefreshAt, unchangedRefreshes } = grant
  if (lastRefreshAt === null) return grant.grantedAt
  const gapMs = unchangedRefreshes <= 0 ? leastGapMs : againAfterMs[unchangedRefreshes - 1]
  if (gapMs === undefined) return null
  const at = lastRefreshAt + gapMs
  return at < grant.refreshUntil ? at : null
}

/**
 * When the next poll is due: a time, past when it is due now. Null when none is left. Polls that were missed are not
 * made up for: one takes their place.
 */
export function nextPollAt(grant: Grant, polls: number): number | null {
  const { grantedAt, refreshUntil } = grant
  const lifeMs = refreshUntil - grantedAt
  if (!(lifeMs > 0) || polls < 1) return null
  const spanMs = lifeMs - Math.min(lastPollMs, lifeMs / 2)
  const doneUntil = Math.max(grantedAt, grant.lastRefreshAt ?? grantedAt)
  const done = Math.floor(((doneUntil - grantedAt) / spanMs) * polls + 1e-9)
  if (done >= polls) return null
  const at = grantedAt + Math.ceil((spanMs * (done + 1)) / polls)
  // Close upon a refresh that was made for another reason, a poll would learn nothing.
  const dueAt = grant.lastRefreshAt === null ? at : Math.max(at, grant.lastRefreshAt + leastGapMs)
  return dueAt < refreshUntil ? dueAt : null
}
