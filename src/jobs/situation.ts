// From what the store keeps of a person to what a decision depends on, and to what is to be done for them without being asked.
// No I/O.
import { changeProbability } from '../core/belief.ts'
import { type Decision, type Situation, decide } from '../core/decide.ts'
import { type History, type PersonEvent, type PersonEventType, historyOf } from '../core/history.ts'
import type { Policy } from '../core/policy.ts'
import { isUsable, nextPollAt, nextTryAt } from '../core/refresh.ts'
import type { Person, PersonChange, StoredGrant } from '../store/persons.ts'
import type { EventType, NewEvent } from '../store/store.ts'
import type { Question } from './people.ts'
import { wantsBytes } from './settle.ts'

/** What is to be done for a person. */
export interface Course {
  /** The grant to refresh now; null when there is nothing to refresh. */
  readonly refresh: StoredGrant | null
  /** When to attend to the person again; null: when something happens. */
  readonly nextAt: number | null
  /** What else changes now. */
  readonly change: PersonChange
}

const hourMs = 3_600_000
/** Nobody is attended to more often, whatever the times say. */
const leastGapMs = 60_000

/** How far back events matter. */
export function sinceOf(policy: Policy, now: number): number {
  return now - policy.keep.historyMs
}

/** What a decision on this person depends on. */
export function situationOf(
  person: Person,
  question: Question,
  policy: Policy,
  now: number,
): Situation & { readonly grant: StoredGrant | null } {
  const { avatar, urlAt, lookedAt } = person
  return {
    avatar: {
      standing: avatar.standing,
      hasSource: avatar.url !== null,
      wantsBytes: avatar.url !== null && wantsBytes(avatar),
      // The sweep's turn comes by itself; what is owed out of turn is what a decision can hasten.
      lookDue: avatar.urgentAt !== null && avatar.urgentAt <= now,
      lookedAt: lookedAt !== null && lookedAt >= urlAt ? lookedAt : null,
      confirmedAt: avatar.belief.confirmedAt,
      copyTakenAt: avatar.copy?.takenAt ?? null,
      changeProbability: changeProbability(avatar.belief, now),
    },
    grant: grantOf(person, now),
    ...question,
    policy,
    history: historyOfPerson(person),
    now,
  }
}

/** What a person did that decides whether they may be asked. */
export function historyOfPerson({ events }: Person): History {
  return historyOf(events.flatMap(personEvent))
}

/** Of several grants the one that can be used the longest; of those that cannot, the last. */
export function grantOf({ grants }: Person, now: number): StoredGrant | null {
  return grants.findLast((grant) => canRefresh(grant, now)) ?? grants.at(-1) ?? null
}

/** Until when somebody can be renewed silently; null when not at all. */
export function tokenExpiresAt(grants: readonly StoredGrant[], now: number): number | null {
  const ends = grants.filter((grant) => canRefresh(grant, now)).map((grant) => grant.refreshUntil)
  return ends.length === 0 ? null : Math.max(...ends)
}

function canRefresh(grant: StoredGrant, now: number): boolean {
  return grant.refreshToken !== null && isUsable(grant, now)
}

/** When something of this type was last told; null for never. */
export function lastOf({ events }: Person, type: EventType): number | null {
  return events.findLast((event) => event.type === type)?.at ?? null
}

const personTypes: Readonly<Partial<Record<EventType, PersonEventType>>> = {
  'person.login': 'login',
  'person.session-expired': 'session-expired',
  'person.prompt-shown': 'prompt-shown',
  'person.prompt-accepted': 'prompt-accepted',
  'person.prompt-declined': 'prompt-declined',
  'person.snapshot': 'snapshot',
}

function personEvent({ type, at, data }: Person['events'][number]): PersonEvent[] {
  const known = personTypes[type]
  if (known === undefined) return []
  const scene = typeof data['scene'] === 'string' ? data['scene'] : null
  return [{ type: known, at, scene }]
}

/**
 * What is to be done for a person whom nobody asked about.
 * @param client how people of this app are asked where only they can help
 * @param heldUntil until when the platform wants to be left alone about an app
 */
export function courseOf(
  person: Person,
  policy: Policy,
  client: Question['client'],
  now: number,
  heldUntil: (appid: string) => number = () => 0,
): Course {
  const situation = situationOf(person, { scene: null, occasion: 'sweep', client }, policy, now)
  const { grant } = situation
  const cleaned = isCleaned(person)
  // In a snapshot nobody is there whose profile could be renewed; and a picture of the person's own stays.
  const still = situation.history.snapshot || person.avatar.standing === 'uploaded'
  const usable = grant !== null && canRefresh(grant, now) && !still
  if (!usable) {
    const asked = askedBy(situation, person, policy, now)
    if (!cleaned) return { refresh: null, ...asked }
    return { refresh: null, nextAt: asked.nextAt, change: cleared() }
  }
  const decision = decide(situation)
  const tryAt = nextTryAt(grant)
  // There is evidence that the picture is gone: the platform knows.
  const doubtedAt = person.avatar.belief.suspect > 0 ? tryAt : null
  const wanted = cleaned || decision.kind === 'refresh' || (doubtedAt !== null && doubtedAt <= now)
  const held = heldUntil(grant.appid)
  if (wanted && held <= now) return { refresh: grant, nextAt: null, change: { patch: {} } }
  const { nextAt: askAt, change } = askedBy(situation, person, policy, now)
  const times = [
    wanted ? held : null,
    nextPollAt(grant, policy.refresh.polls),
    waitOf(decision, now),
    doubtedAt,
    askAt,
  ]
  return { refresh: null, nextAt: earliest(times, now), change }
}

/** Since when the platform has cleaned the profile is newer than any profile that we have. */
export function isCleaned(person: Person): boolean {
  return lastOf(person, 'person.profile-modified') !== null
}

/** Nothing that the platform took away is shown any more, and nothing is fetched again from where it was. */
export function cleared(): PersonChange {
  return {
    patch: { name: null, standing: 'gone', swept: false, urgentAt: null, urgency: null },
    copy: null,
    dropEvents: ['person.profile-modified'],
    events: [
      {
        type: 'avatar.gone',
        data: {
          rule: 'wechat.profile-modified',
          detail: 'The platform cleaned the profile, and the new one cannot be read.',
        },
      },
    ],
    outdates: true,
  }
}

/** Whether the app is to be told that only the person can help, once in the cool-down of the scenes where that is so. */
function askedBy(
  situation: Situation,
  person: Person,
  policy: Policy,
  now: number,
): Pick<Course, 'nextAt' | 'change'> {
  const scenes: string[] = []
  const times: (number | null)[] = []
  let cooldownMs = Infinity
  let told: Decision | null = null
  for (const [scene, rule] of policy.ask.scenes) {
    if (rule === 'never') continue
    const decision = decide({ ...situation, scene, occasion: 'tap' })
    if (decision.kind === 'ask' || decision.kind === 'choose') {
      scenes.push(scene)
      told ??= decision
      cooldownMs = Math.min(cooldownMs, rule.cooldownMs)
    } else if (decision.condition !== null) times.push(decision.notBefore)
  }
  const lastAt = lastOf(person, 'avatar.ask')
  const due = told !== null && (lastAt === null || now - lastAt >= cooldownMs)
  const events: NewEvent[] = due
    ? [{ type: 'avatar.ask', data: { scenes, reason: told?.reason } }]
    : []
  return { nextAt: earliest(times, now), change: { patch: {}, events } }
}

/** When what stands in the way of a refresh is over. */
function waitOf({ kind, reason, notBefore }: Decision, now: number): number | null {
  if (reason === 'refresh-waits') return notBefore
  // A look comes first, by itself; then it is considered anew.
  return kind === 'keep' ? null : now + hourMs
}

function earliest(times: readonly (number | null)[], now: number): number | null {
  const left = times.filter((at) => at !== null)
  return left.length === 0 ? null : Math.max(now + leastGapMs, Math.min(...left))
}
