// The keeper over a store, pictures and a prober. Decisions are in settle.ts and register.ts; here they are carried out.
import { type Avatar, isSubject } from '../core/avatar.ts'
import { type Clock, refill } from '../core/clock.ts'
import { addLogin, addOpen } from '../core/importance.ts'
import { hintsWorth, worthAtOpen } from '../core/schedule.ts'
import type { Change, Due, EventType } from '../store/store.ts'
import { removeUnused, storeThen } from './keeping.ts'
import type { Denial, Keeper, Probed, Registered, Registration, SignalType } from './keeper.ts'
import type { Brought } from './look.ts'
import { type Admitted, admit, deny, isLate, longestName, register, uploaded } from './register.ts'
import { type Terms, unmasked } from './settle.ts'
import { type Worker, type WorkerParts, leaseMs } from './worker.ts'

/** What the keeper needs. */
export interface KeeperParts extends Omit<WorkerParts, 'onTrouble'> {
  readonly worker: Worker
  /** Hosts of no known provider that may be probed. */
  readonly hosts: readonly string[]
  /** So many subjects with the same bytes make them a suspect; so many a placeholder (0: never). */
  readonly suspectAt: number
  readonly placeholderAt: number
  /** There is work out of turn. */
  readonly onWork: () => void
}

/** A keeper with its counters. */
export interface CountingKeeper extends Keeper {
  /** Writes what was counted; a bounded step. */
  flush(): Promise<void>
  /** Bytes were stored anew: are they everybody's? */
  suspect(rawSha256: string): Promise<void>
}

/** Share of broken views that pages report where they report at all; docs/scheduling.md says how little depends on it. */
const reported = 0.3
const hourMs = 3_600_000
/** More subjects than this are not counted between two writes. */
const mostCounted = 100_000
const writeAtOnce = 500
/** Of so many hints between two writes it is looked whether the bytes are there; the daily reconciling finds the rest. */
const mostMissed = 100
/** Looks that are asked for may use up what a provider bears in so many seconds to come. */
const mostAhead = 5

const personEvents: Readonly<Partial<Record<SignalType, EventType>>> = {
  'session-expired': 'person.session-expired',
  'prompt-shown': 'person.prompt-shown',
  'prompt-accepted': 'person.prompt-accepted',
  'prompt-declined': 'person.prompt-declined',
}

/** Makes a keeper. */
export function createKeeper(parts: KeeperParts): CountingKeeper {
  const { store, pictures, limits, mode, now, owner } = parts
  let views = new Map<string, number>()
  const hints = new Map<string, { count: number; since: number }>()
  /** Those of whom there was a hint since they were last weighed. */
  let hinted = new Set<string>()
  /** Those whose bytes were missed within the last hour. */
  const missed = new Map<string, number>()

  function termsOf(clockOf: (provider: string) => Terms['clock'], provider: string): Terms {
    return { clock: clockOf(provider), limits, mode, now: now() }
  }

  async function registerAll(entries: readonly Registration[]): Promise<readonly Registered[]> {
    const results: Registered[] = []
    const admitted: Admitted[] = []
    /** Where in the results an admitted entry belongs. */
    const places: number[] = []
    for (const [at, entry] of entries.entries()) {
      const one = admit(entry, parts.hosts, now())
      if (one.kind === 'denied') {
        results[at] = one
        continue
      }
      admitted.push(one)
      places.push(at)
    }
    const made: boolean[] = []
    /** Words that may be late: only when their avatar's source came tells, and few need be asked. */
    const doubtful = new Set<number>()
    const avatars = await store.change(
      admitted.map(({ entry }) => entry.subject),
      now(),
      (avatar, at, clockOf) => {
        const one = admitted[at]
        if (one === undefined || (avatar === null && one.entry.silent === true)) return null
        made[at] = avatar === null
        if (isLate(avatar, one.entry, null)) doubtful.add(at)
        else doubtful.delete(at)
        return register(avatar, one, termsOf(clockOf, one.provider))
      },
    )
    const registered = [...avatars]
    for (const at of doubtful) {
      const one = admitted[at]
      if (one !== undefined) registered[at] = await registerDoubtful(one)
    }
    for (const [at, avatar] of registered.entries()) {
      const place = places[at] ?? 0
      const created = made[at] ?? false
      const { subject = '', url = null } = admitted[at]?.entry ?? {}
      const late = doubtful.has(at) && avatar?.url !== url
      results[place] =
        avatar === null
          ? unknownSubject(subject)
          : { kind: 'registered', avatar, created, ...(late ? { late } : {}) }
      if (avatar !== null) parts.onChanged(avatar.subject)
    }
    parts.onWork()
    return results
  }

  async function registerDoubtful(one: Admitted): Promise<Avatar | null> {
    const { subject } = one.entry
    const [told = null] = await store.sources(subject)
    const [avatar = null] = await store.change([subject], now(), (before, _, clockOf) =>
      before === null ? null : register(before, one, termsOf(clockOf, one.provider), told),
    )
    return avatar
  }

  async function probe(subject: string): Promise<Probed | Denial> {
    const known = isSubject(subject) ? await store.avatar(subject) : null
    if (known === null) return unknownSubject(subject)
    if (known.url === null) {
      return deny('source-missing', 'This avatar is an upload and has no source to look at.')
    }
    if (await isOverdrawn(known.provider)) {
      return deny(
        'busy',
        `As many looks as ${known.provider} bears are on their way. Try again soon.`,
      )
    }
    const claim = await store.claimOne({ subject, limits, now: now(), leaseMs, owner })
    const due = claim?.due[0]
    if (claim === null || due === undefined) {
      return deny('look-in-progress', 'A look at this avatar is on its way.')
    }
    const brought = await lookNow(due, claim.clock)
    const avatar = await store.avatar(subject)
    if (avatar === null) return unknownSubject(subject)
    if (brought === null) {
      return deny('look-in-progress', 'The avatar was changed while it was looked at.')
    }
    const { finding, seen } = brought.learnt
    const { kind, rule, detail } = finding
    return { kind: 'probed', avatar, finding: { kind, rule, detail }, seen }
  }

  /** Looks that are asked for go before all others: without a bound, whoever asks all the time leaves nothing to the sweep. */
  async function isOverdrawn(provider: string): Promise<boolean> {
    const clock = (await store.clocks()).find((one) => one.provider === provider)
    if (clock === undefined) return false
    const { paceTokens, pace } = refill(clock, limits, now())
    return paceTokens < -mostAhead * Math.max(1, pace)
  }

  /** Whoever asked will ask again: the lease is given back, whatever became of the look. */
  async function lookNow(due: Due, clock: Clock): Promise<Brought | null> {
    try {
      return await parts.worker.one(due, clock)
    } catch (error) {
      await store.release([due.avatar.id], owner).catch(() => {})
      throw error
    }
  }

  async function upload(
    subject: string,
    bytes: Uint8Array,
    name?: string | null,
  ): Promise<Registered> {
    if (!isSubject(subject)) return deny('subject-invalid', 'This is no subject.')
    if (name != null && name.length > longestName) {
      return deny('name-too-long', `A name has at most ${longestName} characters.`)
    }
    const taken = await pictures.take(bytes)
    if (taken.kind === 'refused') return deny(taken.code, taken.detail)
    let created = false
    let avatar: Avatar | null = null
    await storeThen(parts, taken, async () => {
      const [changed] = await store.change([subject], now(), (before) => {
        created = before === null
        return uploaded(before, { ...taken.facts, url: null }, name, now())
      })
      avatar = changed ?? null
      return avatar !== null
    })
    parts.onChanged(subject)
    return avatar === null ? unknownSubject(subject) : { kind: 'registered', avatar, created }
  }

  async function forget(subject: string): ReturnType<Keeper['forget']> {
    const forgotten = isSubject(subject) ? await store.forget(subject, now()) : null
    if (forgotten === null) return unknownSubject(subject)
    views.delete(subject)
    hints.delete(subject)
    hinted.delete(subject)
    parts.onChanged(subject)
    await removeUnused(parts, forgotten.pictures)
    return { kind: 'forgotten', ...forgotten }
  }

  async function signal(subject: string, type: SignalType): ReturnType<Keeper['signal']> {
    if (type === 'consent-withdrawn') {
      const answer = await forget(subject)
      return answer.kind === 'denied' ? answer : { kind: 'taken' }
    }
    if (!isSubject(subject)) return unknownSubject(subject)
    const [avatar] = await store.change([subject], now(), (before, _, clockOf) =>
      before === null ? null : signalled(before, type, termsOf(clockOf, before.provider)),
    )
    if (avatar == null) return unknownSubject(subject)
    if (avatar.urgency === 'open') parts.onWork()
    return { kind: 'taken' }
  }

  /** Hints that suffice hasten a look; the rest are forgotten after an hour. */
  async function takeHints(): Promise<void> {
    const at = now()
    // An hour off in either direction: clocks are set back, too.
    for (const [subject, { since }] of hints) {
      if (Math.abs(at - since) > hourMs) hints.delete(subject)
    }
    const subjects = [...hinted].filter((subject) => hints.has(subject))
    hinted = new Set()
    const shown = new Map<string, string>()
    for (let from = 0; from < subjects.length; from += writeAtOnce) {
      await weighHints(subjects.slice(from, from + writeAtOnce), at, shown)
    }
    if (subjects.length === 0) return
    parts.onWork()
    await missBytes(shown, at)
  }

  /**
   * A face that does not show may be one whose bytes are lost: its source is asked for them now. The row stays: the bytes may
   * only be out of reach, and what no source has any more comes back with them.
   */
  async function missBytes(shown: ReadonlyMap<string, string>, at: number): Promise<void> {
    for (const [subject, since] of missed) {
      if (Math.abs(at - since) > hourMs) missed.delete(subject)
    }
    const missing: string[] = []
    for (const [subject, sha256] of shown) {
      if (missed.has(subject) || (await pictures.has(sha256))) continue
      if (missed.size < mostCounted) missed.set(subject, at)
      missing.push(subject)
    }
    await store.change(missing, at, (avatar) =>
      avatar === null || avatar.url === null || avatar.standing === 'uploaded'
        ? null
        : { patch: { urgentAt: at, urgency: 'first' } },
    )
    if (missing.length > 0) parts.onWork()
  }

  /** @param shown takes who shows what, of those hinted */
  async function weighHints(
    subjects: readonly string[],
    at: number,
    shown: Map<string, string>,
  ): Promise<void> {
    await store.change(subjects, at, (avatar, index, clockOf) => {
      const subject = subjects[index] ?? ''
      const hint = hints.get(subject)
      if (avatar === null || hint === undefined) {
        hints.delete(subject)
        return null
      }
      if (avatar.copy !== null && shown.size < mostMissed) shown.set(subject, avatar.copy.sha256)
      const enough = hintsWorth(avatar, clockOf(avatar.provider), at, { reported })
      if (hint.count < enough || !isBelievedAlive(avatar) || avatar.urgency !== null) return null
      hints.delete(subject)
      return { patch: { urgentAt: at, urgency: 'hint' } }
    })
  }

  async function writeViews(): Promise<void> {
    const counted = [...views]
    views = new Map()
    for (let at = 0; at < counted.length; at += writeAtOnce) {
      try {
        await store.addViews(counted.slice(at, at + writeAtOnce), now())
      } catch (error) {
        // The store is away: what was counted waits for it.
        for (const [subject, count] of counted.slice(at)) countView(subject, count)
        throw error
      }
    }
  }

  function countView(subject: string, more: number): void {
    const count = views.get(subject)
    if (count !== undefined) views.set(subject, count + more)
    else if (views.size < mostCounted) views.set(subject, more)
  }

  async function suspect(rawSha256: string): Promise<void> {
    const bound = Math.max(parts.suspectAt, parts.placeholderAt)
    const marked = (await store.markOf([rawSha256])).get(rawSha256)
    if (marked === 'face') return
    // Marked while this look was on its way, or a process ended in the middle of marking: the rest is done now.
    if (marked === 'placeholder') return void (await mark(rawSha256, 'placeholder'))
    const subjects = await store.showing(rawSha256, bound)
    if (parts.placeholderAt > 0 && subjects >= parts.placeholderAt) {
      await mark(rawSha256, 'placeholder')
    } else if (marked === undefined && parts.suspectAt > 0 && subjects >= parts.suspectAt) {
      await store.mark(rawSha256, 'suspected', now())
    }
  }

  async function mark(rawSha256: string, as: 'placeholder' | 'face'): Promise<readonly string[]> {
    const subjects = await store.mark(rawSha256, as, now())
    if (as === 'face') return subjects
    for (const subject of subjects) {
      const copies = await store.copies(subject)
      const marks = await store.markOf(copies.map((copy) => copy.rawSha256))
      const last = copies.find((copy) => marks.get(copy.rawSha256) !== 'placeholder') ?? null
      await store.change([subject], now(), (avatar, _, clockOf) =>
        avatar === null || avatar.copy?.rawSha256 !== rawSha256
          ? null
          : unmasked(avatar, last, termsOf(clockOf, avatar.provider)),
      )
      parts.onChanged(subject)
    }
    return subjects
  }

  return {
    register: registerAll,
    probe,
    upload,
    forget,
    signal,
    mark,
    suspect,
    hint(subject) {
      const hint = hints.get(subject)
      if (hint !== undefined) hint.count++
      else if (hints.size < mostCounted) hints.set(subject, { count: 1, since: now() })
      if (hints.has(subject)) hinted.add(subject)
    },
    shown(subject) {
      countView(subject, 1)
    },
    async flush() {
      await writeViews()
      await takeHints()
    },
  }
}

function signalled(avatar: Avatar, type: SignalType, { clock, now }: Terms): Change {
  if (type === 'login') return { patch: { importance: addLogin(avatar.importance) } }
  if (type === 'open') {
    const importance = addOpen(avatar.importance)
    const worth =
      isBelievedAlive(avatar) && avatar.urgency === null && worthAtOpen(avatar, clock, now)
    return {
      patch: worth ? { importance, urgentAt: now, urgency: 'open' } : { importance },
    }
  }
  const event = personEvents[type]
  return { patch: {}, events: event === undefined ? [] : [{ type: event, data: {} }] }
}

function isBelievedAlive({ standing, url }: Avatar): boolean {
  return url !== null && (standing === 'alive' || standing === 'unknown')
}

function unknownSubject(subject: string): Denial {
  return isSubject(subject)
    ? deny('subject-unknown', 'There is no avatar of this subject.')
    : deny('subject-invalid', 'A subject is 1 to 128 characters of A-Z a-z 0-9 . _ : @ and -.')
}
