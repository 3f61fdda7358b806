// From what an app tells of a person to what becomes of the avatar. No I/O.
import { type Avatar, isSubject } from '../core/avatar.ts'
import { confirm, freshBelief, learnChange, renew } from '../core/belief.ts'
import { addLogin, freshImportance } from '../core/importance.ts'
import { type UrlReading, readUrl, verdictOfUrl } from '../core/read-url.ts'
import { plan } from '../core/schedule.ts'
import type { Change, NewCopy, NewEvent } from '../store/store.ts'
import type { Denial, Registration } from './keeper.ts'
import { type Terms, later } from './settle.ts'

const dayMs = 86_400_000
/** How old a source of unknown age is taken to be: about a median life (docs/scheduling.md). */
const unknownAgeMs = 180 * dayMs
/** A clock may be this much ahead of ours. */
const skewMs = 5 * 60_000
/** Names longer than this are no names. */
export const longestName = 200

/** A registration that may be carried out. */
export interface Admitted {
  readonly kind: 'admitted'
  readonly entry: Registration
  readonly reading: UrlReading
  /** Name of the provider. */
  readonly provider: string
}

/** @param hosts hosts of no known provider that may be asked; `*` for all */
export function admit(
  entry: Registration,
  hosts: readonly string[],
  now: number,
): Admitted | Denial {
  if (!isSubject(entry.subject)) {
    return deny('subject-invalid', 'A subject is 1 to 128 characters of A-Z a-z 0-9 . _ : @ and -.')
  }
  if (entry.snapshot === true) {
    return deny(
      'snapshot-profile',
      'This is a snapshot (virtual) profile: its picture is not the person\u2019s.',
    )
  }
  if (entry.name != null && entry.name.length > longestName) {
    return deny(
      'name-too-long',
      `A name has at most ${longestName} characters; this has ${entry.name.length}.`,
    )
  }
  if (entry.observedAt !== undefined && entry.observedAt > now + skewMs) {
    return deny(
      'observed-in-future',
      `observedAt is ${new Date(entry.observedAt).toISOString()}; it is ${new Date(now).toISOString()} now.`,
    )
  }
  if (entry.url.length > 4_096)
    return deny('url-invalid', 'The URL is longer than 4096 characters.')
  const reading = readUrl(entry.url)
  const { parts, provider } = reading
  if (parts === null) {
    return deny('url-invalid', reading.reason?.detail ?? 'The URL cannot be asked for.')
  }
  if (provider.name === 'generic' && !allows(hosts, parts.host)) {
    return deny(
      'host-not-allowed',
      `${parts.host} is no known provider\u2019s host. EVERFACE_HOSTS opens more.`,
    )
  }
  return { kind: 'admitted', entry, reading, provider: provider.name }
}

function allows(hosts: readonly string[], host: string): boolean {
  return hosts.some(
    (one) => one === '*' || one === host || (one.startsWith('.') && host.endsWith(one)),
  )
}

/** A source of an avatar, and when it became the current one. */
export interface Told {
  readonly url: string
  readonly from: number
}

/**
 * Whether an app's word is older than what we know: a late message, not news. A look may find a source alive days after
 * the person got another one, so where `told` is known, a word that is younger than the source itself is news still.
 */
export function isLate(avatar: Avatar | null, entry: Registration, told: Told | null): boolean {
  const { url, observedAt = entry.notAfter } = entry
  if (avatar === null || observedAt === undefined || avatar.url === url) return false
  if (avatar.standing === 'uploaded') return observedAt < avatar.standingAt
  if (observedAt >= avatar.belief.confirmedAt) return false
  return told === null || told.url !== avatar.url || observedAt <= told.from
}

/**
 * What a registration makes of an avatar, or of nothing.
 * @param told when the avatar's present source came, where that was looked up
 */
export function register(
  avatar: Avatar | null,
  admitted: Admitted,
  terms: Terms,
  told: Told | null = null,
): Change {
  const { entry, reading } = admitted
  const { now } = terms
  const observedAt = Math.min(now, entry.observedAt ?? entry.notAfter ?? now)
  if (avatar !== null && avatar.url === entry.url) {
    return entry.imported === true
      ? named(avatar, entry)
      : compared(avatar, entry, observedAt, terms)
  }
  // Neither is the name.
  if (avatar !== null && isLate(avatar, entry, told)) return { patch: {} }
  const confirmedAt =
    entry.imported === true && entry.observedAt === undefined
      ? observedAt - unknownAgeMs
      : observedAt
  const belief =
    avatar === null || avatar.url === null
      ? freshBelief(confirmedAt)
      : { ...wasAlive(avatar, observedAt), suspect: 0, unknownStreak: 0 }
  const importance = avatar?.importance ?? freshImportance(now)
  const verdict = verdictOfUrl(reading)
  const isDefault = verdict?.kind === 'placeholder'
  const standing = isDefault ? 'placeholder' : 'unknown'
  const events: NewEvent[] = []
  if (avatar === null) {
    events.push({ type: 'avatar.registered', data: { provider: admitted.provider } })
  } else {
    events.push({
      type: 'avatar.changed',
      data: {
        rule: entry.silent === true ? 'platform.new-source' : 'app.new-source',
        provider: admitted.provider,
      },
    })
  }
  const { id, tokenExpiresAt } = avatar ?? { id: 0, tokenExpiresAt: null }
  const planned = { id, belief, importance, tokenExpiresAt }
  const expiresAt = reading.expiresAt
  return {
    patch: {
      ...named(avatar, entry).patch,
      url: entry.url,
      provider: admitted.provider,
      standing,
      swept: !isDefault,
      belief,
      importance: avatar === null || entry.silent === true ? importance : addLogin(importance),
      expiresAt,
      nextCheckAt: plan(planned, terms.clock, terms.limits, terms.mode, now).nextCheckAt,
      ...(isDefault ? later({ expiresAt }, now) : { urgentAt: now, urgency: 'first' as const }),
    },
    events,
    outdates: true,
  }
}

/** The app compared at a login: the source is the same still. */
function compared(avatar: Avatar, entry: Registration, at: number, terms: Terms): Change {
  const importance = entry.silent === true ? avatar.importance : addLogin(avatar.importance)
  const { patch } = named(avatar, entry)
  const bad = avatar.standing === 'gone' || avatar.standing === 'dying'
  // A platform hands out a dead link for a while after a change: that is no proof of life.
  if (bad || avatar.standing === 'uploaded' || at <= avatar.belief.confirmedAt) {
    return { patch: { ...patch, importance } }
  }
  const belief =
    avatar.standing === 'unknown' ? renew(avatar.belief, at) : confirm(avatar.belief, at)
  const planned = { ...avatar, belief, importance }
  const { nextCheckAt } = plan(planned, terms.clock, terms.limits, terms.mode, terms.now)
  return { patch: { ...patch, importance, belief, nextCheckAt }, outdates: avatar.urgency === null }
}

function named(avatar: Avatar | null, { name }: Registration): Change {
  return {
    patch: name === undefined || name === avatar?.name ? {} : { name: name === '' ? null : name },
  }
}

/** A new source instead of one that was believed alive: the picture was changed meanwhile. */
function wasAlive(avatar: Avatar, at: number): Avatar['belief'] {
  const waiting =
    avatar.standing === 'gone' || avatar.standing === 'dying' || avatar.standing === 'uploaded'
  return waiting || at <= avatar.belief.confirmedAt
    ? renew(avatar.belief, at)
    : { ...learnChange(avatar.belief, at), confirmedAt: at }
}

/** A picture that the person gave. */
export function uploaded(
  avatar: Avatar | null,
  picture: NewCopy,
  name: string | null | undefined,
  now: number,
): Change {
  return {
    patch: {
      ...(name === undefined ? {} : { name: name === '' ? null : name }),
      ...(avatar === null
        ? {
            url: null,
            provider: 'upload',
            belief: freshBelief(now),
            importance: freshImportance(now),
            nextCheckAt: 0,
          }
        : {}),
      standing: 'uploaded',
      swept: false,
      urgentAt: null,
      urgency: null,
    },
    copy: picture,
    events: [{ type: 'avatar.uploaded', data: { sha256: picture.sha256 } }],
    outdates: true,
  }
}

/** A denial with its sentence. */
export function deny(code: Denial['code'], detail: string): Denial {
  return { kind: 'denied', code, detail }
}
