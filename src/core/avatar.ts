// The nouns: a subject, their avatar, its standing, and what is remembered of both.

/** What we hold true of an avatar. */
export const standings = ['alive', 'dying', 'gone', 'placeholder', 'unknown', 'uploaded'] as const
export type Standing = (typeof standings)[number]

/**
 * Whether a text can be the app's id of a person: 1–128 characters of `[A-Za-z0-9._:@-]`, but not `.` or `..`, which no
 * URL can carry.
 */
export function isSubject(text: string): boolean {
  return /^(?!\.{1,2}$)[A-Za-z0-9._:@-]{1,128}$/.test(text)
}

/** What the evidence so far says of how a person's picture changes. */
export interface Belief {
  /** Gamma belief on the change rate: shape. */
  readonly alpha: number
  /** Gamma belief on the change rate: days of observation. The mean rate is `alpha / beta` changes a day. */
  readonly beta: number
  /** When the source was last known to be current, milliseconds UTC. */
  readonly confirmedAt: number
  /** Evidence in suspense that the picture is gone: log-odds, 0 without any. */
  readonly suspect: number
  /** Looks in a row that taught nothing. */
  readonly unknownStreak: number
}

/** How much an avatar matters: what it was asked for, and what its person did. */
export interface Importance {
  /** Times shown, fading with a half-life of 30 days, as of `viewsAt`. */
  readonly views: number
  readonly viewsAt: number
  /** Logins at which the source was compared. */
  readonly logins: number
  /** Opens of the app that we were told of. */
  readonly opens: number
  /** When we first heard of the avatar, milliseconds UTC. */
  readonly firstSeenAt: number
}

/** The picture that an avatar shows from our store. */
export interface Copy {
  readonly sha256: string
  /** SHA-256 of the bytes as they came from the source. */
  readonly rawSha256: string
  readonly phash: string
  /** The source that the picture stands for, wherever its bytes were found; null for an upload. */
  readonly url: string | null
  /** When the bytes were stored, milliseconds UTC. */
  readonly takenAt: number
}

/** Why somebody is looked at out of turn. */
export const urgencies = [
  'first', // nobody has looked yet; bytes are to be stored
  'retry', // the last look taught nothing
  'suspect', // there is evidence that the picture is gone, not enough
  'hint', // a page or the app said that something is wrong
  'open', // the person is there now
  'expiry', // the URL's own death date
  'again', // it is gone; a mistake would show now
] as const
export type Urgency = (typeof urgencies)[number]

/** Everything that is remembered of an avatar. */
export interface Avatar {
  /** Our number; never handed out. */
  readonly id: number
  readonly subject: string
  readonly name: string | null
  /** The current source; null for an upload that never had one. */
  readonly url: string | null
  /** Provider of the source; `upload` without one. */
  readonly provider: string
  readonly standing: Standing
  /** Since when, milliseconds UTC. */
  readonly standingAt: number
  /** The sweep looks at it in turn. */
  readonly swept: boolean
  readonly belief: Belief
  readonly importance: Importance
  readonly copy: Copy | null
  /** When the sweep owes it a look, on the provider's price clock: virtual days. */
  readonly nextCheckAt: number
  /** When it is owed a look out of turn, milliseconds UTC, and why. */
  readonly urgentAt: number | null
  readonly urgency: Urgency | null
  /** Death date written into the source's URL. */
  readonly expiresAt: number | null
  /** Until when a silent refresh is possible; null without a grant. */
  readonly tokenExpiresAt: number | null
  /** Grows with every change that makes a look on its way worthless. */
  readonly revision: number
  readonly createdAt: number
}
