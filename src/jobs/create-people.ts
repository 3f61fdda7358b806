// People over a store, a keeper and the platform. What is to be done is worked out in situation.ts; background work is in
// attend.ts; here the wishes of apps and of people themselves are carried out.
import { isSubject } from '../core/avatar.ts'
import { type Decision, decide } from '../core/decide.ts'
import { openSince } from '../core/history.ts'
import { promptLapseMs } from '../core/policy.ts'
import { nextPollAt } from '../core/refresh.ts'
import type { Person, PersonChange, StoredGrant } from '../store/persons.ts'
import type { EventType, NewEvent } from '../store/store.ts'
import type { Tokens, Unsettled, WechatApp, WechatClient } from '../wechat/client.ts'
import { type AttendParts, createAttending } from './attend.ts'
import type { Denial, Registration, SignalType } from './keeper.ts'
import type { Attending, Authorized, Decided, GivenGrant, People, Question } from './people.ts'
import { compare, unchangedAfter } from './refresh.ts'
import { deny } from './register.ts'
import { type Seal, contextOf } from './sealing.ts'
import { historyOfPerson, sinceOf, situationOf, tokenExpiresAt } from './situation.ts'

/** What people are made from. */
export interface PeopleParts extends Omit<AttendParts, 'sinceAt'> {
  readonly client: WechatClient
  /** The apps that people may have granted something. */
  readonly apps: readonly Pick<WechatApp, 'appid' | 'kind'>[]
}

/** A refresh token lives so long from the moment the person agreed, whatever is done with it. */
const tokenMs = 30 * 86_400_000
/** A clock may be this much ahead of ours. */
const skewMs = 5 * 60_000
/** Messages that were acted upon are remembered for so long. */
const pushedMs = 30 * 86_400_000

const eventOf: Readonly<Partial<Record<SignalType, EventType>>> = {
  login: 'person.login',
  'session-expired': 'person.session-expired',
  'prompt-shown': 'person.prompt-shown',
  'prompt-accepted': 'person.prompt-accepted',
  'prompt-declined': 'person.prompt-declined',
}

/** Makes the two sides. */
export function createPeople(parts: PeopleParts): {
  readonly people: People
  readonly attending: Attending
} {
  const { store, keeper, policy, client, apps, seal, now } = parts
  const attending = createAttending({ ...parts, sinceAt: (at) => sinceOf(policy, at) })
  const tellsLogins = [
    ...policy.refresh.when,
    ...[...policy.ask.scenes.values()].flatMap((scene) => (scene === 'never' ? [] : scene.when)),
  ].some(({ kind }) => kind === 'login')

  function appOf(given: GivenGrant): Pick<WechatApp, 'appid' | 'kind'> | undefined {
    if (given.appid !== undefined) return apps.find(({ appid }) => appid === given.appid)
    return apps.length === 1 ? apps[0] : undefined
  }

  function refuses(given: GivenGrant): Denial | null {
    if (appOf(given) === undefined) {
      return deny(
        'grant-app-unknown',
        given.appid === undefined
          ? `There are ${apps.length} apps: the grant must name its appid.`
          : 'The appid is not among EVERFACE_WECHAT_APPS.',
      )
    }
    const { grantedAt } = given
    if (grantedAt !== undefined && grantedAt > now() + skewMs) {
      return deny('observed-in-future', 'grantedAt lies in the future.')
    }
    return null
  }

  /** The same token again is no news: what is known of it goes on. */
  function merged(
    subject: string,
    before: StoredGrant | undefined,
    next: StoredGrant,
  ): StoredGrant {
    if (before === undefined) return next
    if (before.grantedAt > next.grantedAt) return before
    if (before.refreshToken === null || next.refreshToken === null) return next
    const context = contextOf(subject, next.appid)
    const isSameToken =
      openOrNull(seal, before.refreshToken, context) === seal.open(next.refreshToken, context)
    return isSameToken
      ? { ...before, scope: next.scope, unionid: next.unionid ?? before.unionid }
      : next
  }

  function withGrant(person: Person, next: StoredGrant, at: number): PersonChange {
    const { subject, standing, url } = person.avatar
    const before = person.grants.find(({ appid }) => appid === next.appid)
    const grant = merged(subject, before, next)
    const grants = [...person.grants.filter(({ appid }) => appid !== next.appid), grant]
    const isBad = standing === 'gone' || standing === 'dying' || url === null
    const pollAt = nextPollAt(grant, policy.refresh.polls)
    return {
      patch: { tokenExpiresAt: tokenExpiresAt(grants, at) },
      grants: [grant],
      dropEvents: ['person.snapshot'],
      attendAt: isBad ? at : Math.max(at, pollAt ?? grant.refreshUntil),
    }
  }

  async function grant(subject: string, given: GivenGrant): ReturnType<People['grant']> {
    const denial = refuses(given)
    const app = appOf(given)
    if (denial !== null || app === undefined) return denial ?? unknownSubject()
    const at = now()
    const grantedAt = Math.min(at, given.grantedAt ?? at)
    const { refreshToken } = given
    const next: StoredGrant = {
      appid: app.appid,
      openid: given.openid,
      unionid: given.unionid ?? null,
      scope: given.scope ?? (app.kind === 'website' ? 'snsapi_login' : 'snsapi_userinfo'),
      refreshToken:
        refreshToken === undefined || app.kind === 'mini'
          ? null
          : seal.seal(refreshToken, contextOf(subject, app.appid)),
      grantedAt,
      refreshUntil: grantedAt + tokenMs,
      over: false,
      // The app has just read the profile by it.
      lastRefreshAt: grantedAt,
      unchangedRefreshes: 0,
    }
    const person = isSubject(subject)
      ? await store.changePerson(subject, at, sinceOf(policy, at), (found) =>
          withGrant(found, next, at),
        )
      : null
    return person === null ? unknownSubject() : { kind: 'granted', avatar: person.avatar }
  }

  async function register(entries: readonly Registration[]): ReturnType<People['register']> {
    const results = await keeper.register(entries)
    const real: string[] = []
    for (const [at, result] of results.entries()) {
      // A list of unknown age says nothing of who is there now.
      if (result.kind === 'registered') {
        if (entries[at]?.imported !== true) real.push(result.avatar.subject)
      } else if (result.code === 'snapshot-profile') await snapshot(entries[at]?.subject ?? '')
    }
    if (real.length > 0) await store.dropEvents(real, 'person.snapshot')
    return results
  }

  /** Whoever is there is nobody; of a person that nobody knows, nothing is written at all. */
  async function snapshot(subject: string): Promise<void> {
    if (isSubject(subject)) await note(subject, [{ type: 'person.snapshot', data: {} }])
  }

  async function note(subject: string, events: readonly NewEvent[], attendAt?: number) {
    const at = now()
    return await store.changePerson(subject, at, sinceOf(policy, at), () => ({
      patch: {},
      events,
      ...(attendAt === undefined ? {} : { attendAt }),
    }))
  }

  async function decideNow(subject: string, question: Question): Promise<Decided | Denial> {
    if (!isSubject(subject)) return unknownSubject()
    const at = now()
    const since = sinceOf(policy, at)
    const read = await store.person(subject, since)
    if (read === null) return unknownSubject()
    let decision = decide(situationOf(read, question, policy, at))
    // Most often there is nothing to write, and no transaction.
    if (followUp(decision, read, question, at) === null) {
      return { kind: 'decided', decision, avatar: read.avatar }
    }
    const person = await store.changePerson(subject, at, since, (found) => {
      decision = decide(situationOf(found, question, policy, at))
      return followUp(decision, found, question, at)
    })
    if (person === null) return unknownSubject()
    parts.onWork()
    return { kind: 'decided', decision, avatar: person.avatar }
  }

  async function signal(
    subject: string,
    type: SignalType,
    scene: string | null = null,
  ): ReturnType<People['signal']> {
    if (type === 'consent-withdrawn' || type === 'open' || (type === 'login' && !tellsLogins)) {
      return await keeper.signal(subject, type)
    }
    if (!isSubject(subject)) return unknownSubject()
    if (type === 'login') {
      const taken = await keeper.signal(subject, type)
      if (taken.kind === 'denied') return taken
    }
    const event = eventOf[type]
    if (event === undefined) return { kind: 'taken' }
    const at = now()
    const person = await store.changePerson(subject, at, sinceOf(policy, at), (found) => {
      if (type === 'prompt-shown' && isHandedOut(found, scene, at)) return null
      const data = type === 'prompt-shown' ? { scene } : {}
      const renews = type === 'session-expired' || type === 'login'
      return { patch: {}, events: [{ type: event, data }], ...(renews ? { attendAt: at } : {}) }
    })
    if (person === null) return unknownSubject()
    parts.onWork()
    return { kind: 'taken' }
  }

  async function authorized(
    { appid, subject }: { appid: string; subject: string },
    code: string,
  ): Promise<Authorized> {
    const exchanged = await client.exchangeCode(appid, code)
    if (exchanged.kind !== 'done') {
      parts.onUnsettled(appid, 'code', exchanged)
      if (exchanged.kind === 'spent') return failed('code-spent')
      return failed(isBusy(exchanged) ? 'platform-busy' : 'platform-refused')
    }
    const tokens = await secondWord(appid, exchanged.value)
    if (tokens.isSnapshot) {
      await snapshot(subject)
      return failed('snapshot-profile')
    }
    const { openid } = tokens
    const at = now()
    const read = await client.profile(appid, tokens.accessToken, openid)
    if (read.kind !== 'done') {
      parts.onUnsettled(appid, 'profile', read)
      return failed(isBusy(read) ? 'platform-busy' : 'platform-refused')
    }
    const { name, url } = read.value
    const before = await store.person(subject, sinceOf(policy, at))
    const sources = before === null ? [] : await store.sources(subject)
    const comparison = compare(url, sources, at)
    if (url === null && before === null) return failed('no-picture')
    if (url !== null && comparison !== 'old') {
      const known = comparison === 'same' ? (before?.avatar.url ?? url) : url
      const entry = { subject, url: known, observedAt: at, ...(name === '' ? {} : { name }) }
      const [registered] = await register([entry])
      if (registered?.kind !== 'registered') return failed('picture-refused')
    }
    const unchanged = unchangedAfter(0, comparison, before?.avatar ?? { standing: 'unknown' })
    const grant: StoredGrant = {
      appid,
      openid,
      unionid: tokens.unionid ?? read.value.unionid,
      scope: tokens.scopes.join(','),
      refreshToken: seal.seal(tokens.refreshToken, contextOf(subject, appid)),
      grantedAt: at,
      refreshUntil: Math.min(tokens.refreshExpiresAt ?? Infinity, at + tokenMs),
      over: false,
      lastRefreshAt: at,
      unchangedRefreshes: unchanged,
    }
    const person = await store.changePerson(subject, at, sinceOf(policy, at), (found) => ({
      ...withGrant(found, grant, at),
      events: [{ type: 'person.prompt-accepted', data: {} }],
    }))
    // Forgotten while they were on their way back: nothing was kept.
    if (person === null) return failed('platform-refused')
    parts.onWork()
    return { kind: 'authorized', avatar: person.avatar }
  }

  /** Of the first snapshot visitors it was seen to be told only when asked again. */
  async function secondWord(appid: string, first: Tokens): Promise<Tokens> {
    if (first.isSnapshot) return first
    const second = await client.refresh(appid, first.refreshToken)
    if (second.kind !== 'done' || second.value.openid !== first.openid) return first
    const { accessToken, expiresAt, isSnapshot, refreshToken } = second.value
    return { ...first, accessToken, expiresAt, isSnapshot, refreshToken }
  }

  return {
    attending,
    people: {
      register,
      grant,
      refuses,
      decide: decideNow,
      signal,
      authorized,
      async refused(subject) {
        await note(subject, [{ type: 'person.prompt-declined', data: {} }])
      },
      async takePushed(key, event) {
        const at = now()
        if (event.kind === 'other') return
        const isNew = await store.takePushed(key, JSON.stringify(event), at, at + pushedMs)
        if (isNew) parts.onWork()
      },
    },
  }
}

/** What a decision that is handed out leads to; null when to nothing. */
function followUp(
  { kind }: Decision,
  { avatar }: Person,
  { scene, occasion }: Question,
  at: number,
): PersonChange | null {
  switch (kind) {
    case 'ask':
    case 'choose':
      return { patch: {}, events: [{ type: 'person.prompt-shown', data: { scene } }] }
    case 'refresh':
      return { patch: {}, attendAt: at }
    case 'confirm':
    case 'copy':
    case 'rescue': {
      const isOwed = avatar.urgentAt !== null && avatar.urgentAt <= at
      if (isOwed || occasion === 'sweep') return null
      return { patch: { urgentAt: at, urgency: 'open' } }
    }
    case 'keep':
    case 'forget':
      return null
  }
}

/** The prompt was counted when it was handed out. */
function isHandedOut(person: Person, scene: string | null, at: number): boolean {
  const history = historyOfPerson(person)
  const open = openSince(history)
  const last = history.prompts.at(-1)
  const isThisOne = scene === null || last?.scene === null || last?.scene === scene
  return open !== null && isThisOne && at - open < promptLapseMs
}

function openOrNull(seal: Seal, sealed: string, context: string): string | null {
  try {
    return seal.open(sealed, context)
  } catch {
    // Sealed by a secret that is lost: another one takes its place.
    return null
  }
}

/** Another time it may go well. */
function isBusy({ kind }: Unsettled): boolean {
  return kind === 'wait' || kind === 'unknown'
}

function failed(reason: Extract<Authorized, { kind: 'failed' }>['reason']): Authorized {
  return { kind: 'failed', reason }
}

function unknownSubject(): Denial {
  return deny('subject-unknown', 'There is no avatar of this subject.')
}
