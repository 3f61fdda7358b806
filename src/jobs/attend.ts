// Attends to people in the background: one worker at a time to each. Grants are refreshed when it is time, apps are told whom
// only the person can help, and what the platform pushed is acted upon.
import type { Policy } from '../core/policy.ts'
import type { Person, PersonChange, StoredGrant } from '../store/persons.ts'
import type { NewEvent, Store } from '../store/store.ts'
import type { WechatClient } from '../wechat/client.ts'
import type { PushEvent } from '../wechat/push.ts'
import type { Keeper } from './keeper.ts'
import type { Attending, Question } from './people.ts'
import {
  type Comparison,
  type OnUnsettled,
  type Refreshed,
  askPlatform,
  compare,
  unchangedAfter,
} from './refresh.ts'
import { type Seal, contextOf } from './sealing.ts'
import { cleared, courseOf, isCleaned, tokenExpiresAt } from './situation.ts'

/** What attending needs. */
export interface AttendParts {
  readonly store: Store
  readonly keeper: Keeper
  readonly policy: Policy
  readonly client: Pick<WechatClient, 'refresh' | 'profile'>
  /** How people are asked where only they can help. */
  readonly asks: Question['client']
  readonly seal: Seal
  readonly now: () => number
  readonly random: () => number
  /** Names this worker in leases. */
  readonly owner: string
  /** People attended to at once. */
  readonly batch: number
  readonly onUnsettled: OnUnsettled
  /** Somebody could not be attended to; it is tried again. */
  readonly onTrouble: (error: unknown) => void
  /** An avatar was changed. */
  readonly onChanged: (subject: string) => void
  readonly onWork: () => void
  /** How far back events matter. */
  readonly sinceAt: (now: number) => number
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs
/** A refresh is three calls of at most ten seconds each, twice at the worst. */
const leaseMs = 2 * minuteMs
const longestPauseMs = 6 * hourMs
/** The platform's clock and ours may lie so far apart; who agreed anew within it is forgotten rather than kept. */
const skewMs = 10 * minuteMs
const messagesAtOnce = 100
const trimAtOnce = 5_000

/** Makes the background side. */
export function createAttending(parts: AttendParts): Attending {
  const { store, keeper, policy, client, asks, seal, now, random, owner, sinceAt } = parts
  /** Until when the platform wants to be left alone, by app. */
  const held = new Map<string, number>()
  const heldUntil = (appid: string): number => held.get(appid) ?? 0

  /** Changes a person and ends the lease, upon what is true by then. */
  async function settle(
    subject: string,
    make: (person: Person, at: number) => PersonChange & { failures?: number; nextAt?: number },
  ): Promise<void> {
    const at = now()
    const after = await store.changePerson(subject, at, sinceAt(at), (person) => {
      const { failures = 0, nextAt, ...change } = make(person, at)
      const next = changed(person, change)
      const course = courseOf(next, policy, asks, at, heldUntil)
      const events = [...(change.events ?? []), ...(course.change.events ?? [])]
      const soon = course.refresh === null ? course.nextAt : at
      return {
        ...change,
        ...(course.change.copy === undefined ? {} : course.change),
        patch: { ...change.patch, ...course.change.patch },
        events,
        attended: { owner, failures, nextAt: nextAt ?? soon },
      }
    })
    if (after !== null) parts.onChanged(subject)
  }

  async function attendTo(subject: string, failures: number): Promise<void> {
    const at = now()
    const person = await store.person(subject, sinceAt(at))
    if (person === null) return
    const { refresh } = courseOf(person, policy, asks, at, heldUntil)
    if (refresh === null) return await settle(subject, () => ({ patch: {} }))
    await refreshGrant(person, refresh, failures)
  }

  async function refreshGrant(person: Person, grant: StoredGrant, failures: number): Promise<void> {
    const { subject } = person.avatar
    const askedAt = now()
    const answer = await ask(subject, grant)
    if (answer.kind === 'profile') return await renew(person, grant, answer, askedAt)
    if (answer.kind === 'wait') held.set(grant.appid, now() + answer.afterMs)
    await settle(subject, (found, at) => afterFailure(found, grant, answer, failures, at))
  }

  async function ask(subject: string, grant: StoredGrant): Promise<Refreshed> {
    let token: string
    try {
      token = seal.open(grant.refreshToken ?? '', contextOf(subject, grant.appid))
    } catch (error) {
      parts.onTrouble(error)
      return { kind: 'configuration' }
    }
    return await askPlatform(client, grant, token, parts.onUnsettled)
  }

  function afterFailure(
    person: Person,
    grant: StoredGrant,
    answer: Exclude<Refreshed, { kind: 'profile' }>,
    failures: number,
    at: number,
  ): PersonChange & { failures?: number; nextAt?: number } {
    switch (answer.kind) {
      case 'over':
      case 'snapshot':
        return {
          ...withGrant(person, grant, { over: true, refreshToken: null }, at),
          events: answer.kind === 'over' ? [] : [{ type: 'person.snapshot', data: {} }],
        }
      case 'refused':
        // As good as a profile that shows nothing new: a few times more, then the person may be asked.
        return withGrant(
          person,
          grant,
          { lastRefreshAt: at, unchangedRefreshes: grant.unchangedRefreshes + 1 },
          at,
        )
      case 'wait':
        return { patch: {}, failures, nextAt: at + spread(answer.afterMs) }
      case 'configuration':
        return { patch: {}, failures, nextAt: at + spread(hourMs) }
      case 'unknown': {
        const pauseMs = Math.min(longestPauseMs, minuteMs * 2 ** Math.min(failures, 10))
        return { patch: {}, failures: failures + 1, nextAt: at + spread(pauseMs) }
      }
    }
  }

  /** Those who wait for one thing do not all come back at once. */
  function spread(ms: number): number {
    return Math.ceil(ms * (1 + random() / 2))
  }

  async function renew(
    before: Person,
    grant: StoredGrant,
    { profile }: Extract<Refreshed, { kind: 'profile' }>,
    askedAt: number,
  ): Promise<void> {
    const { subject } = before.avatar
    const comparison = compare(profile.url, await store.sources(subject), askedAt)
    if (profile.url !== null && (comparison === 'same' || comparison === 'new')) {
      const url = comparison === 'new' ? profile.url : (before.avatar.url ?? profile.url)
      const [registered] = await keeper.register([
        { subject, url, observedAt: askedAt, silent: true },
      ])
      if (registered?.kind === 'denied' && registered.code === 'subject-unknown') return
      if (comparison === 'new') parts.onWork()
    }
    await settle(subject, (person, at) =>
      afterProfile(person, before, grant, { ...profile, comparison }, at),
    )
  }

  function afterProfile(
    person: Person,
    before: Person,
    grant: StoredGrant,
    { name, url, comparison }: { name: string; url: string | null; comparison: Comparison },
    at: number,
  ): PersonChange {
    const unchanged = unchangedAfter(grant.unchangedRefreshes, comparison, before.avatar)
    const change = withGrant(
      person,
      grant,
      { lastRefreshAt: at, unchangedRefreshes: unchanged, over: false },
      at,
    )
    const cleaned = isCleaned(person)
    const renamed = name !== '' && name !== person.avatar.name
    const isNew = comparison === 'new' && person.avatar.url === url
    const what = [...(isNew ? ['picture'] : []), ...(renamed ? ['name'] : [])]
    const events: NewEvent[] =
      what.length === 0 ? [] : [{ type: 'avatar.refreshed', data: { changed: what } }]
    const patch = { ...change.patch, ...(renamed ? { name } : {}) }
    if (!cleaned) return { ...change, patch, events }
    // The platform took something away: what it was is not shown until the new picture is here.
    if (comparison === 'none') {
      const gone = cleared()
      return {
        ...change,
        ...gone,
        patch: { ...patch, ...gone.patch, name: name === '' ? null : name },
        events: [...events, ...(gone.events ?? [])],
      }
    }
    const dropEvents = ['person.profile-modified'] as const
    return { ...change, patch, events, dropEvents, ...(isNew ? { copy: null } : {}) }
  }

  /** The grant as it is after a refresh; one that the person gave meanwhile stays as it is. */
  function withGrant(
    person: Person,
    used: StoredGrant,
    more: Partial<StoredGrant>,
    at: number,
  ): PersonChange {
    const { subject } = person.avatar
    const grants = person.grants.map((grant) => {
      const isUsed = grant.appid === used.appid && grant.refreshToken === used.refreshToken
      return isUsed ? resealed(subject, { ...grant, ...more }) : grant
    })
    return { patch: { tokenExpiresAt: tokenExpiresAt(grants, at) }, grants }
  }

  function resealed(subject: string, grant: StoredGrant): StoredGrant {
    const { refreshToken: sealed, appid } = grant
    if (sealed === null || !seal.isOld(sealed)) return grant
    const context = contextOf(subject, appid)
    return { ...grant, refreshToken: seal.seal(seal.open(sealed, context), context) }
  }

  async function attempt(subject: string, failures: number): Promise<void> {
    try {
      await attendTo(subject, failures)
    } catch (error) {
      parts.onTrouble(error)
      // The lease is left to run out: given back, it would fail again at once.
    }
  }

  async function act(event: PushEvent): Promise<void> {
    const subjects = await store.holders(event)
    const at = now()
    for (const subject of subjects) {
      const person = await store.person(subject, sinceAt(at))
      if (person === null || isOutlived(person, event)) continue
      if (event.kind === 'profile-modified') await noteCleaned(subject)
      else if (event.kind === 'authorization-revoked' && !event.coversPicture) {
        await endGrants(subject, event)
      } else await keeper.forget(subject)
    }
  }

  async function noteCleaned(subject: string): Promise<void> {
    const at = now()
    await store.changePerson(subject, at, sinceAt(at), () => ({
      patch: {},
      events: [{ type: 'person.profile-modified', data: {} }],
      attendAt: at,
    }))
  }

  /** The picture may stay. */
  async function endGrants(
    subject: string,
    event: Extract<PushEvent, { kind: 'authorization-revoked' }>,
  ): Promise<void> {
    const at = now()
    await store.changePerson(subject, at, sinceAt(at), (person) => {
      const grants = person.grants.map((grant) =>
        grant.appid === event.appid ? { ...grant, over: true, refreshToken: null } : grant,
      )
      return {
        patch: {
          tokenExpiresAt: tokenExpiresAt(grants, at),
          ...(event.coversName ? { name: null } : {}),
        },
        grants,
        attendAt: at,
      }
    })
    parts.onChanged(subject)
  }

  return {
    async attend() {
      const due = await store.dueAttention({ now: now(), max: parts.batch, leaseMs, owner })
      await Promise.all(due.map(({ subject, failures }) => attempt(subject, failures)))
      return due.length
    },
    async actOnPushed() {
      const due = await store.duePushed(now(), messagesAtOnce, leaseMs)
      for (const { id, body } of due) {
        await act(JSON.parse(body) as PushEvent)
        await store.settlePushed(id)
      }
      if (due.length > 0) parts.onWork()
      return due.length
    },
    async tidy() {
      while ((await store.trimOnce(now(), trimAtOnce)) >= trimAtOnce);
    },
  }
}

/** What happened before the person agreed anew says nothing about that. */
function isOutlived({ grants }: Person, { appid, at }: PushEvent): boolean {
  if (at === null) return false
  return grants.some((grant) => grant.appid === appid && grant.grantedAt > at + skewMs)
}

/** The person as they will be, as far as what is to be done depends on it. */
function changed(person: Person, change: PersonChange): Person {
  const { grants = [], dropEvents = [] } = change
  const replaced = new Set(grants.map(({ appid }) => appid))
  const { name, standing, tokenExpiresAt } = change.patch
  return {
    ...person,
    avatar: {
      ...person.avatar,
      ...(name === undefined ? {} : { name }),
      ...(standing === undefined ? {} : { standing }),
      ...(tokenExpiresAt === undefined ? {} : { tokenExpiresAt }),
    },
    grants: [...person.grants.filter(({ appid }) => !replaced.has(appid)), ...grants].sort(
      (one, other) => one.refreshUntil - other.refreshUntil,
    ),
    events: person.events.filter(({ type }) => !dropEvents.includes(type)),
  }
}
