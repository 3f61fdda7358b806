// What to do for an avatar now. Pure, and small enough that decide-model.test.ts walks through every order of events:
// nobody is asked more often than the policy allows, on entering a page, while a prompt is open, in a snapshot, or after
// withdrawing consent. What can be done silently is done first.
import type { Standing } from './avatar.ts'
import { type Condition, type Facts, holds, isLookable } from './condition.ts'
import { type History, openSince } from './history.ts'
import { type Policy, type Scene, promptLapseMs } from './policy.ts'
import { type DecisionKind, type Reason, reasons } from './reasons.ts'
import { type Grant, isUsable, nextPollAt, nextTryAt } from './refresh.ts'

/** What brings the question up: a page opens, the person taps in a scene, logs in, or nobody is there. */
export const occasions = ['entry', 'tap', 'login', 'sweep'] as const
export type Occasion = (typeof occasions)[number]

/** Where the person is: a mini program cannot authorize, only choose a picture. */
export const clients = ['web', 'mini-program'] as const
export type Client = (typeof clients)[number]

/** What matters of an avatar. Times are milliseconds UTC, null for never. */
export interface Face {
  readonly standing: Standing
  /** There is a source that can be looked at. */
  readonly hasSource: boolean
  /** The bytes of the current source are still to be had. */
  readonly wantsBytes: boolean
  /** The schedule owes the source a look (schedule.ts). */
  readonly lookDue: boolean
  /** When the source was last looked at, whatever came of it. */
  readonly lookedAt: number | null
  /** When the source was last known to be current. */
  readonly confirmedAt: number
  readonly copyTakenAt: number | null
  /** How likely the picture has changed since `confirmedAt`: 0 to 1 (belief.ts). */
  readonly changeProbability: number
}

/** Everything that a decision depends on. */
export interface Situation {
  readonly avatar: Face
  /** Null when the person gave none. */
  readonly grant: Grant | null
  /** Where the person is in the product; null when nobody said. */
  readonly scene: string | null
  readonly occasion: Occasion
  readonly client: Client
  readonly policy: Policy
  readonly history: History
  /** Milliseconds UTC. */
  readonly now: number
}

/** What to do. */
export interface Decision {
  readonly kind: DecisionKind
  /** Why; `reasons` has the sentences. */
  readonly reason: Reason
  /** The condition of the policy that holds, when one led here. */
  readonly condition: Condition | null
  /** Of `keep`: when to come back, as far as a pause, a wait or a poll tells; null otherwise. */
  readonly notBefore: number | null
}

/** A look is not made again for the same question within this time. */
const lookLastsMs = 3_600_000

/** What to do for an avatar now. */
export function decide(situation: Situation): Decision {
  const { avatar, history } = situation
  if (history.withdrawnAt !== null) return because('consent-withdrawn')
  if (history.snapshot) return because('snapshot')
  const facts = factsOf(situation)
  const silent = silently(situation, facts)
  if (silent !== null && silent.kind === 'refresh') return silent
  if (situation.occasion !== 'tap') {
    return upkeep(avatar) ?? silent ?? rest(situation, facts)
  }
  const asked = ask(situation, facts)
  return asked.kind === 'keep' ? (upkeep(avatar) ?? asked) : asked
}

/** The silent refresh: to be made, to be waited for, or null when it is of no use. */
function silently({ avatar, grant, policy, now }: Situation, facts: Facts): Decision | null {
  // The person's own picture is not replaced behind their back.
  if (grant === null || !isUsable(grant, now) || avatar.standing === 'uploaded') return null
  const condition = firstHolding(policy.refresh.when, facts, now)
  const tryAt = condition === null ? null : nextTryAt(grant)
  if (tryAt !== null && tryAt <= now) return trial(grant, condition)
  const pollAt = nextPollAt(grant, policy.refresh.polls)
  if (pollAt !== null && pollAt <= now) return because('refresh-poll')
  return tryAt === null ? null : because('refresh-waits', condition, tryAt)
}

/** A tap: whether the person may be asked, and whether nothing else helps. */
function ask(situation: Situation, facts: Facts): Decision {
  const { avatar, grant, client, policy, history, now } = situation
  const scene = situation.scene === null ? undefined : policy.ask.scenes.get(situation.scene)
  if (scene === undefined) return because('scene-unknown')
  if (scene === 'never') return because('scene-never')
  const firm = firstHolding(scene.when, facts, now, (one) => !isLookable(one, avatar.standing))
  const condition = firm ?? firstHolding(scene.when, facts, now)
  if (condition === null) return because('condition-unmet')
  if (avatar.standing === 'uploaded' && client === 'web') return because('uploaded', condition)
  const pause = pauseOf(situation.scene ?? '', scene, policy, history, now)
  if (pause !== null) return because(pause.reason, condition, pause.until)
  if (grant !== null && isUsable(grant, now) && avatar.standing !== 'uploaded') {
    const tryAt = nextTryAt(grant)
    if (tryAt !== null && tryAt <= now) return because('refresh-first', condition)
    if (tryAt !== null) return because('refresh-waits', condition, tryAt)
  }
  if (firm === null && avatar.hasSource && !wasLookedAt(avatar, now)) {
    return because('look-first', condition)
  }
  return because(client === 'web' ? 'person-needed' : 'picture-needed', condition)
}

/** What keeps a person from being asked, and until when: of several the last to end. */
function pauseOf(
  name: string,
  scene: Scene,
  { ask: { budget, afterDeclineMs } }: Policy,
  history: History,
  now: number,
): { reason: Reason; until: number | null } | null {
  if (budget.count < 1) return { reason: 'budget-spent', until: null }
  const { prompts, declinedAt } = history
  let reason: Reason | null = null
  let until = now
  const hold = (why: Reason, at: number, ms: number) => {
    if (at + ms <= until) return
    reason = why
    until = at + ms
  }
  const open = openSince(history)
  if (open !== null) hold('prompt-open', open, promptLapseMs)
  const last = prompts.findLast((prompt) => prompt.scene === name || prompt.scene === null)
  if (last !== undefined) hold('cooldown', last.at, scene.cooldownMs)
  if (declinedAt !== null) hold('after-decline', declinedAt, afterDeclineMs)
  // The prompt that leaves the window next, if the window is full.
  const oldest = prompts.at(-budget.count)
  if (oldest !== undefined) hold('budget-spent', oldest.at, budget.perMs)
  return reason === null ? null : { reason, until }
}

/** What keeps copy and belief in order, person or not; null when nothing is due. */
function upkeep({ standing, hasSource, wantsBytes, lookDue, lookedAt }: Face): Decision | null {
  if (!hasSource || standing === 'uploaded' || !(lookDue || lookedAt === null)) return null
  if (!wantsBytes || standing === 'placeholder') return because('look-due')
  return because(standing === 'dying' || standing === 'gone' ? 'last-chance' : 'no-copy')
}

/** Nothing to do: for good, until the next poll, or until the person taps. */
function rest({ scene, grant, policy, avatar, client, now }: Situation, facts: Facts): Decision {
  if (avatar.standing !== 'uploaded' || client !== 'web') {
    for (const [name, rule] of policy.ask.scenes) {
      if (rule === 'never' || (scene !== null && scene !== name)) continue
      const condition = firstHolding(rule.when, facts, now)
      if (condition !== null) return because('waits-for-tap', condition)
    }
  }
  const usable = grant !== null && isUsable(grant, now) && avatar.standing !== 'uploaded'
  return because('fine', null, usable ? nextPollAt(grant, policy.refresh.polls) : null)
}

function trial({ unchangedRefreshes }: Grant, condition: Condition | null): Decision {
  return because(unchangedRefreshes > 0 ? 'refresh-again' : 'refresh-due', condition)
}

function wasLookedAt({ lookedAt }: Face, now: number): boolean {
  return lookedAt !== null && now - lookedAt < lookLastsMs
}

function factsOf({ avatar, grant, history }: Situation): Facts {
  return {
    standing: avatar.standing,
    confirmedAt: avatar.confirmedAt,
    copyTakenAt: avatar.copyTakenAt,
    changeProbability: avatar.changeProbability,
    sessionExpiredAt: history.sessionExpiredAt,
    loginAt: history.loginAt,
    acceptedAt: history.acceptedAt,
    refreshedAt: grant?.lastRefreshAt ?? null,
  }
}

function firstHolding(
  conditions: readonly Condition[],
  facts: Facts,
  now: number,
  which: (condition: Condition) => boolean = () => true,
): Condition | null {
  for (const condition of conditions) {
    if (which(condition) && holds(condition, facts, now)) return condition
  }
  return null
}

function because(
  reason: Reason,
  condition: Condition | null = null,
  notBefore: number | null = null,
): Decision {
  return { kind: reasons[reason].kind, reason, condition, notBefore }
}
