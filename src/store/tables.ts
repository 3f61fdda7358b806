// The columns of the tables, and how an avatar, a clock and a picture become rows and come back.
import type { Avatar, Standing, Urgency } from '../core/avatar.ts'
import { freshBelief } from '../core/belief.ts'
import type { Clock } from '../core/clock.ts'
import { freshImportance } from '../core/importance.ts'
import type { ColumnType, Columns } from './sql.ts'
import type { AvatarPatch, NewCopy } from './store.ts'

/** SQLite hands out 0 and 1 for what is true or not. */
type CellOf<T extends ColumnType> = T extends 'text'
  ? string
  : T extends 'bool'
    ? boolean | number
    : number

/** Cells of a table; which of them may be null is named apart. */
type RowOf<C extends Columns, Nullable extends keyof C> = {
  readonly [K in keyof C]: K extends Nullable ? CellOf<C[K]> | null : CellOf<C[K]>
}

/** What seldom changes of an avatar: its row, without its number. */
export const avatarColumns = {
  subject: 'text',
  name: 'text',
  url: 'text',
  url_at: 'int',
  provider: 'text',
  standing: 'text',
  standing_at: 'int',
  views: 'real',
  views_at: 'int',
  logins: 'int',
  opens: 'int',
  first_seen_at: 'int',
  copy_sha256: 'text',
  copy_raw_sha256: 'text',
  copy_phash: 'text',
  copy_url: 'text',
  copy_taken_at: 'int',
  expires_at: 'int',
  token_expires_at: 'int',
  created_at: 'int',
} as const satisfies Columns

/** What every look changes: a narrow row beside it. The provider stands in both, for the indexes of both. */
export const scheduleColumns = {
  provider: 'text',
  swept: 'bool',
  next_check_at: 'real',
  urgent_at: 'int',
  urgency: 'text',
  alpha: 'real',
  beta: 'real',
  confirmed_at: 'int',
  suspect: 'real',
  unknown_streak: 'int',
  revision: 'int',
} as const satisfies Columns

/** An avatar's cells in both tables, without its number. */
export type AvatarCells = RowOf<
  typeof avatarColumns & typeof scheduleColumns,
  | 'name'
  | 'url'
  | 'copy_sha256'
  | 'copy_raw_sha256'
  | 'copy_phash'
  | 'copy_url'
  | 'copy_taken_at'
  | 'urgent_at'
  | 'urgency'
  | 'expires_at'
  | 'token_expires_at'
>
export type AvatarRow = AvatarCells & { readonly id: number }

export const avatarId = { id: 'int' } as const satisfies Columns
export const scheduleId = { avatar_id: 'int' } as const satisfies Columns

/**
 * To be selected from where an avatar is wanted whole. Whoever holds rows holds that of the schedule first: in one order
 * nobody waits for somebody who waits for them.
 */
export const avatarTables = 'schedule JOIN avatar ON avatar.id = schedule.avatar_id'
/** To be selected from `avatarTables`. */
export const avatarList = [
  'avatar.id',
  ...Object.keys(avatarColumns).map((column) => `avatar.${column}`),
  ...Object.keys(scheduleColumns)
    .filter((column) => !(column in avatarColumns))
    .map((column) => `schedule.${column}`),
].join(', ')

/** An avatar as the rest of the program knows it. */
export function toAvatar(row: AvatarRow): Avatar {
  return {
    id: row.id,
    subject: row.subject,
    name: row.name,
    url: row.url,
    provider: row.provider,
    standing: row.standing as Standing,
    standingAt: row.standing_at,
    swept: Boolean(row.swept),
    belief: {
      alpha: row.alpha,
      beta: row.beta,
      confirmedAt: row.confirmed_at,
      suspect: row.suspect,
      unknownStreak: row.unknown_streak,
    },
    importance: {
      views: row.views,
      viewsAt: row.views_at,
      logins: row.logins,
      opens: row.opens,
      firstSeenAt: row.first_seen_at,
    },
    copy:
      row.copy_sha256 === null
        ? null
        : {
            sha256: row.copy_sha256,
            rawSha256: row.copy_raw_sha256 ?? '',
            phash: row.copy_phash ?? '',
            url: row.copy_url,
            takenAt: row.copy_taken_at ?? 0,
          },
    nextCheckAt: row.next_check_at,
    urgentAt: row.urgent_at,
    urgency: row.urgency as Urgency | null,
    expiresAt: row.expires_at,
    tokenExpiresAt: row.token_expires_at,
    revision: row.revision,
    createdAt: row.created_at,
  }
}

/** Somebody we have not heard of before, due at once when the sweep comes by. */
export function freshAvatar(subject: string, now: number, clock: Clock): AvatarCells {
  const belief = freshBelief(now)
  const importance = freshImportance(now)
  return {
    subject,
    name: null,
    url: null,
    url_at: now,
    provider: clock.provider,
    standing: 'unknown',
    standing_at: now,
    swept: false,
    ...beliefCells(belief),
    ...importanceCells(importance),
    ...copyCells(null, now),
    next_check_at: clock.v,
    urgent_at: null,
    urgency: null,
    expires_at: null,
    token_expires_at: null,
    revision: 0,
    created_at: now,
  }
}

type SettableCells = { -readonly [K in keyof AvatarCells]?: AvatarCells[K] }

/** The cells that a patch speaks of. A look out of turn has both a time and a reason, or neither. */
export function patchCells(patch: AvatarPatch): SettableCells {
  const cells: SettableCells = {}
  if (patch.name !== undefined) cells.name = patch.name
  if (patch.url !== undefined) cells.url = patch.url
  if (patch.provider !== undefined) cells.provider = patch.provider
  if (patch.standing !== undefined) cells.standing = patch.standing
  if (patch.swept !== undefined) cells.swept = patch.swept
  if (patch.belief !== undefined) Object.assign(cells, beliefCells(patch.belief))
  if (patch.importance !== undefined) Object.assign(cells, importanceCells(patch.importance))
  if (patch.nextCheckAt !== undefined) cells.next_check_at = patch.nextCheckAt
  if (patch.expiresAt !== undefined) cells.expires_at = patch.expiresAt
  if (patch.tokenExpiresAt !== undefined) cells.token_expires_at = patch.tokenExpiresAt
  if (patch.urgentAt === null || patch.urgency === null) {
    cells.urgent_at = null
    cells.urgency = null
  } else {
    if (patch.urgentAt !== undefined) cells.urgent_at = patch.urgentAt
    if (patch.urgency !== undefined) cells.urgency = patch.urgency
    else if (patch.urgentAt !== undefined) cells.urgency = 'retry'
  }
  return cells
}

function beliefCells(belief: Avatar['belief']) {
  return {
    alpha: belief.alpha,
    beta: belief.beta,
    confirmed_at: belief.confirmedAt,
    suspect: belief.suspect,
    unknown_streak: belief.unknownStreak,
  }
}

function importanceCells(importance: Avatar['importance']) {
  return {
    views: importance.views,
    views_at: importance.viewsAt,
    logins: importance.logins,
    opens: importance.opens,
    first_seen_at: importance.firstSeenAt,
  }
}

/** The cells of what is shown from now on. */
export function copyCells(copy: NewCopy | null, now: number) {
  return {
    copy_sha256: copy?.sha256 ?? null,
    copy_raw_sha256: copy?.rawSha256 ?? null,
    copy_phash: copy?.phash ?? null,
    copy_url: copy?.url ?? null,
    copy_taken_at: copy === null ? null : now,
  }
}

export const clockColumns = {
  provider: 'text',
  v: 'real',
  omega: 'real',
  v_seen: 'real',
  seen_at: 'int',
  live: 'int',
  pace_tokens: 'real',
  sweep_tokens: 'real',
  event_tokens: 'real',
  refilled_at: 'int',
  pace: 'real',
  slowed_at: 'int',
  death_days: 'real',
  spurious: 'real',
} as const satisfies Columns

export type ClockRow = RowOf<typeof clockColumns, never>

/** To be selected where a clock is wanted. */
export const clockList = Object.keys(clockColumns)
  .map((column) => `clock.${column}`)
  .join(', ')

export function toClock(row: ClockRow): Clock {
  return {
    provider: row.provider,
    v: row.v,
    omega: row.omega,
    vSeen: row.v_seen,
    seenAt: row.seen_at,
    live: row.live,
    paceTokens: row.pace_tokens,
    sweepTokens: row.sweep_tokens,
    eventTokens: row.event_tokens,
    refilledAt: row.refilled_at,
    pace: row.pace,
    slowedAt: row.slowed_at,
    deathDays: row.death_days,
    spurious: row.spurious,
  }
}

export function clockCells(clock: Clock): ClockRow {
  return {
    provider: clock.provider,
    v: clock.v,
    omega: clock.omega,
    v_seen: clock.vSeen,
    seen_at: clock.seenAt,
    live: clock.live,
    pace_tokens: clock.paceTokens,
    sweep_tokens: clock.sweepTokens,
    event_tokens: clock.eventTokens,
    refilled_at: clock.refilledAt,
    pace: clock.pace,
    slowed_at: clock.slowedAt,
    death_days: clock.deathDays,
    spurious: clock.spurious,
  }
}

export const pictureColumns = {
  sha256: 'text',
  raw_sha256: 'text',
  phash: 'text',
  bytes: 'int',
  width: 'int',
  height: 'int',
  raw_mime: 'text',
  first_seen_at: 'int',
} as const satisfies Columns

export const copyColumns = {
  avatar_id: 'int',
  raw_sha256: 'text',
  sha256: 'text',
  url: 'text',
  taken_at: 'int',
  shown: 'bool',
} as const satisfies Columns

export const sourceColumns = {
  avatar_id: 'int',
  url: 'text',
  from_at: 'int',
  until_at: 'int',
} as const satisfies Columns

export const observationColumns = {
  avatar_id: 'int',
  at: 'int',
  edge: 'text',
  url: 'text',
  method: 'text',
  status: 'int',
  verdict: 'text',
  rule: 'text',
  detail: 'text',
  sha256: 'text',
  bytes: 'int',
  mime: 'text',
  ms: 'real',
} as const satisfies Columns

export const eventColumns = {
  id: 'text',
  avatar_id: 'int',
  subject: 'text',
  type: 'text',
  at: 'int',
  data: 'text',
} as const satisfies Columns
