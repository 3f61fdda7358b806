// From what a look saw to what becomes of the avatar. No I/O: the worker looks and stores, this decides.
import type { Avatar, Urgency } from '../core/avatar.ts'
import { confirm, learnChange, renew, suspect, unknownLook } from '../core/belief.ts'
import type { Clock, Limits } from '../core/clock.ts'
import { readUrl } from '../core/read-url.ts'
import { isWorthSweeping, plan, retryAt, suspectAt } from '../core/schedule.ts'
import { hinted, weigh } from '../core/suspicion.ts'
import type { FindingKind } from '../core/verdict.ts'
import type { AvatarPatch, Change, Mark, NewCopy, NewEvent, Seen } from '../store/store.ts'

/** What was learnt of one avatar in one look. */
export interface Learnt {
  readonly finding: { readonly kind: FindingKind; readonly rule: string; readonly detail: string }
  /** Edges that said alive or gone, in the order they were asked. */
  readonly votes: readonly ('alive' | 'gone')[]
  readonly seen: readonly Seen[]
  /** The living picture's bytes, taken in: from the source itself or, when it had none, from a sibling. */
  readonly picture: NewCopy | null
  /** What is known of those bytes. */
  readonly mark: Mark | null
  /** The URL that the bytes came from, where that is not the source. */
  readonly rescuedFrom: string | null
  /** The URL stays when the picture changes: then the bytes are the evidence. */
  readonly bytesTell: boolean
}

/** What settling depends on besides. */
export interface Terms {
  readonly clock: Clock
  readonly limits: Limits
  readonly mode: 'copy' | 'redirect'
  readonly now: number
}

const dayMs = 86_400_000
/** A gone source is looked at again after so long, then after ever longer, then no more. */
const againAfterMs = 3 * dayMs
const againAtMostMs = 90 * dayMs
const givenUpAfterMs = 400 * dayMs
/** A signed URL's death is looked at a little after its date. */
const afterExpiryMs = 60_000
/** Perceptual hashes closer than this show the same picture, encoded anew. */
const sameWithinBits = 8

/** What becomes of an avatar after a look. */
export function settle(avatar: Avatar, learnt: Learnt, terms: Terms): Change {
  const { finding, mark } = learnt
  // The person gave a picture: what the source says is of no matter until the app names a new one.
  if (hasUpload(avatar)) return { patch: { urgentAt: null, urgency: null }, seen: learnt.seen }
  if (finding.kind === 'placeholder' || mark === 'placeholder')
    return placeholder(avatar, learnt, terms)
  switch (finding.kind) {
    case 'alive':
      return alive(avatar, learnt, terms)
    case 'dying':
    case 'gone':
      return doubted(avatar, learnt, terms)
    default:
      return untold(avatar, learnt, terms)
  }
}

/** An upload whose bytes were lost is none: the source is all that is left. */
function hasUpload({ standing, copy }: Pick<Avatar, 'standing' | 'copy'>): boolean {
  return standing === 'uploaded' && copy !== null
}

/** Whether the bytes of the current source are still to be had. */
export function wantsBytes(avatar: Pick<Avatar, 'standing' | 'copy' | 'url'>): boolean {
  return !hasUpload(avatar) && (avatar.copy === null || avatar.copy.url !== avatar.url)
}

function alive(avatar: Avatar, learnt: Learnt, terms: Terms): Change {
  const { now } = terms
  const changed = isOther(avatar, learnt)
  const copy = wantsBytes(avatar) || changed ? taken(avatar, learnt) : null
  const events: NewEvent[] = []
  const back = avatar.standing === 'gone' || avatar.standing === 'dying'
  if (back || avatar.standing === 'placeholder') events.push(tell('avatar.alive', learnt))
  if (changed) events.push(tell('avatar.changed', learnt, { was: avatar.copy?.sha256 ?? null }))
  const belief =
    avatar.standing === 'unknown' || back
      ? renew(avatar.belief, now)
      : changed
        ? renew(learnChange(avatar.belief, now), now)
        : confirm(avatar.belief, now)
  const next = { ...avatar, belief }
  return {
    patch: {
      standing: 'alive',
      swept: isWorthSweeping(avatar, terms.mode, now, avatar.importance.opens > 0),
      belief,
      nextCheckAt: plan(next, terms.clock, terms.limits, terms.mode, now).nextCheckAt,
      ...later(avatar, now),
    },
    ...(copy === null ? {} : { copy }),
    seen: learnt.seen,
    events,
  }
}

/** At a stable URL: other bytes that also look different. */
function isOther({ copy }: Avatar, { bytesTell, picture }: Learnt): boolean {
  if (!bytesTell || copy === null || picture === null || copy.url !== picture.url) return false
  return (
    picture.rawSha256 !== copy.rawSha256 && bitsApart(picture.phash, copy.phash) > sameWithinBits
  )
}

/** The picture to show from now on. A suspected placeholder may be somebody's face, but it takes nobody's place. */
function taken({ copy }: Avatar, { picture, mark }: Learnt): NewCopy | null {
  return mark === 'suspected' && copy !== null ? null : picture
}

/** Some edge says gone: is that enough? */
function doubted(avatar: Avatar, learnt: Learnt, terms: Terms): Change {
  const { now, clock, mode } = terms
  const rescued = wantsBytes(avatar) ? taken(avatar, learnt) : null
  const events: NewEvent[] = []
  const kept = rescued === null ? {} : { copy: rescued }
  if (rescued !== null) {
    events.push(tell('avatar.rescued', learnt, { from: learnt.rescuedFrom ?? rescued.url }))
  }
  const known = avatar.standing === 'gone' || avatar.standing === 'dying'
  // A page's report weighs at the look that it brought about, and is then forgotten.
  const belief = avatar.urgency === 'hint' ? hinted(avatar.belief, 1) : avatar.belief
  const { kind, logOdds } = weigh(belief, clock, learnt.votes, mode, now)
  if (kind === 'alive' && !known && learnt.votes.includes('alive')) {
    const change = alive(avatar, learnt, terms)
    return { ...change, ...kept, events: [...events, ...(change.events ?? [])] }
  }
  const { tauDays, nextCheckAt } = plan(avatar, clock, terms.limits, mode, now)
  if (kind !== 'dead' && !known) {
    return {
      patch: {
        belief: suspect(avatar.belief, logOdds),
        nextCheckAt,
        urgentAt: suspectAt(tauDays, clock, now),
        urgency: 'suspect',
      },
      ...kept,
      seen: learnt.seen,
      events,
      // The platform itself knows, where it may be asked.
      ...((avatar.tokenExpiresAt ?? 0) > now ? { attendAt: now } : {}),
    }
  }
  const standing = learnt.votes.includes('alive') ? 'dying' : 'gone'
  if (standing !== avatar.standing) {
    events.push(tell(standing === 'dying' ? 'avatar.dying' : 'avatar.gone', learnt))
  }
  // `confirmedAt` stays: a source that is dead is not current, and one that the app saw since then is newer.
  const learned =
    known || avatar.standing === 'unknown' ? avatar.belief : learnChange(avatar.belief, now)
  return {
    patch: {
      standing,
      swept: false,
      belief: { ...learned, suspect: 0, unknownStreak: 0 },
      ...again(avatar, standing, terms),
    },
    ...kept,
    seen: learnt.seen,
    events,
    ...(standing === avatar.standing ? {} : { attendAt: now }),
  }
}

/** The platform shows a face that is nobody's. What we have stays shown. */
function placeholder(avatar: Avatar, learnt: Learnt, terms: Terms): Change {
  const known = avatar.standing === 'placeholder'
  return {
    patch: {
      standing: 'placeholder',
      swept: learnt.bytesTell,
      belief: known
        ? confirm(avatar.belief, terms.now)
        : renew(learnChange(avatar.belief, terms.now), terms.now),
      nextCheckAt: plan(avatar, terms.clock, terms.limits, terms.mode, terms.now).nextCheckAt,
      ...(learnt.bytesTell
        ? { urgentAt: null, urgency: null }
        : again(avatar, 'placeholder', terms)),
    },
    seen: learnt.seen,
    events: known ? [] : [tell('avatar.placeholder', learnt)],
    ...(known ? {} : { attendAt: terms.now }),
  }
}

/**
 * Somebody said that the bytes that this avatar shows are nobody's: it shows `last` again. The source is looked at as that
 * of any placeholder, which also mends a word that was wrong and is taken back.
 */
export function unmasked(avatar: Avatar, last: NewCopy | null, terms: Terms): Change {
  const { clock, limits, mode, now } = terms
  const bytesTell = avatar.url !== null && readUrl(avatar.url).method === 'GET'
  return {
    patch: {
      standing: 'placeholder',
      swept: bytesTell,
      nextCheckAt: plan(avatar, clock, limits, mode, now).nextCheckAt,
      ...(bytesTell || avatar.url === null
        ? { urgentAt: null, urgency: null }
        : again(avatar, 'placeholder', terms)),
    },
    copy: last,
    events: [{ type: 'avatar.placeholder', data: { rule: 'bytes.placeholder' } }],
    outdates: true,
    attendAt: now,
  }
}

/** Nothing was learnt: nothing changes but the time of the next try. */
function untold(avatar: Avatar, learnt: Learnt, terms: Terms): Change {
  const { clock, limits, mode, now } = terms
  const belief = unknownLook(avatar.belief)
  const { tauDays, nextCheckAt } = plan(avatar, clock, limits, mode, now)
  const first = wantsBytes(avatar) && avatar.standing === 'unknown'
  const known = avatar.standing === 'gone' || avatar.standing === 'placeholder'
  // A URL that was spoiled on its way to us teaches nothing, but what it was meant to be may have the face.
  const { rescuedFrom: from } = learnt
  const rescued = wantsBytes(avatar) && from !== null ? taken(avatar, learnt) : null
  return {
    patch: {
      belief,
      nextCheckAt,
      urgentAt: retryAt(belief, tauDays, now, first && rescued === null),
      urgency: first && rescued === null ? 'first' : known ? 'again' : 'retry',
    },
    seen: learnt.seen,
    ...(rescued === null
      ? {}
      : { copy: rescued, events: [tell('avatar.rescued', learnt, { from })] }),
  }
}

/** When a source that is bad is looked at again: sooner while it dies, ever later once it is gone. */
function again(
  avatar: Avatar,
  standing: Avatar['standing'],
  { clock, now }: Terms,
): { urgentAt: number | null; urgency: Urgency | null } {
  if (standing === 'dying') {
    return { urgentAt: now + Math.max(3_600_000, (clock.deathDays * dayMs) / 3), urgency: 'again' }
  }
  const bad = avatar.standing === standing ? now - avatar.standingAt : 0
  if (bad > givenUpAfterMs) return { urgentAt: null, urgency: null }
  // Four looks in the first three months: many dead sources (an import of old ones) must not use up what the living need.
  const afterMs = Math.min(againAtMostMs, Math.max(againAfterMs, 2 * bad))
  return { urgentAt: now + afterMs, urgency: 'again' }
}

/** The next look out of turn of a good source: at its own death date, if it has one. */
export function later(
  { expiresAt }: Pick<Avatar, 'expiresAt'>,
  now: number,
): Pick<AvatarPatch, 'urgentAt' | 'urgency'> {
  return expiresAt !== null && expiresAt > now
    ? { urgentAt: expiresAt + afterExpiryMs, urgency: 'expiry' }
    : { urgentAt: null, urgency: null }
}

function tell(
  type: NewEvent['type'],
  { finding }: Learnt,
  more: Record<string, unknown> = {},
): NewEvent {
  return { type, data: { rule: finding.rule, detail: finding.detail, ...more } }
}

/** How many of 64 bits differ. */
function bitsApart(one: string, other: string): number {
  let bits = 0
  for (let at = 0; at < 16; at += 8) {
    let apart =
      Number.parseInt(one.slice(at, at + 8), 16) ^ Number.parseInt(other.slice(at, at + 8), 16)
    for (; apart !== 0; apart &= apart - 1) bits++
  }
  return bits
}
