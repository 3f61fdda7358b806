// Situations that a service with many people decides upon: every standing, grants fresh and spent, histories of none to a dozen
// events; pages that open and people who tap, under the policy that is in force when nobody says otherwise.
import type { Standing } from '../../src/core/avatar.ts'
import { type Occasion, type Situation, clients } from '../../src/core/decide.ts'
import { type PersonEvent, type PersonEventType, historyOf } from '../../src/core/history.ts'
import { defaultPolicy } from '../../src/core/policy.ts'
import type { Grant } from '../../src/core/refresh.ts'
import { dayMs } from './world.ts'

/** Of a hundred avatars; most are alive. */
const standingsOfMany: readonly (readonly [Standing, number])[] = [
  ['alive', 84],
  ['gone', 6],
  ['dying', 3],
  ['unknown', 3],
  ['placeholder', 2],
  ['uploaded', 2],
]
/** Pages are opened far more often than anybody taps. */
const occasionsOfMany: readonly (readonly [Occasion, number])[] = [
  ['entry', 60],
  ['sweep', 20],
  ['tap', 15],
  ['login', 5],
]
const eventsOfMany: readonly (readonly [PersonEventType, number])[] = [
  ['login', 50],
  ['prompt-shown', 22],
  ['prompt-declined', 10],
  ['prompt-accepted', 8],
  ['session-expired', 8],
  ['snapshot', 1],
  ['consent-withdrawn', 1],
]

/** Made situations; the same for the same random numbers. */
export function makeSituations(
  count: number,
  now: number,
  random: () => number,
): readonly Situation[] {
  const scenes = [...defaultPolicy.ask.scenes.keys(), null, 'unheard-of']
  const ago = (days: number): number => Math.round(now - random() ** 2 * days * dayMs)
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T
  const draw = <T>(weighed: readonly (readonly [T, number])[]): T => {
    let left = random() * weighed.reduce((sum, [, weight]) => sum + weight, 0)
    return (weighed.find(([, weight]) => (left -= weight) < 0) ?? weighed[0])?.[0] as T
  }
  const makeGrant = (): Grant => {
    const grantedAt = ago(40)
    return {
      grantedAt,
      refreshUntil: grantedAt + 30 * dayMs,
      scope: random() < 0.85 ? 'snsapi_userinfo' : 'snsapi_base',
      over: random() < 0.05,
      lastRefreshAt: random() < 0.3 ? null : ago(20),
      unchangedRefreshes: random() < 0.9 ? 0 : Math.floor(random() * 4),
    }
  }
  const makeEvent = (): PersonEvent => {
    const type = draw(eventsOfMany)
    return { type, at: ago(120), scene: type === 'prompt-shown' ? pick(scenes) : null }
  }
  return Array.from({ length: count }, (): Situation => ({
    avatar: {
      standing: draw(standingsOfMany),
      hasSource: random() < 0.98,
      wantsBytes: random() < 0.05,
      lookDue: random() < 0.05,
      lookedAt: random() < 0.05 ? null : ago(60),
      confirmedAt: ago(200),
      copyTakenAt: random() < 0.05 ? null : ago(400),
      changeProbability: random() ** 3,
    },
    grant: random() < 0.4 ? null : makeGrant(),
    scene: pick(scenes),
    occasion: draw(occasionsOfMany),
    client: pick(clients),
    policy: defaultPolicy,
    history: historyOf(Array.from({ length: Math.floor(random() ** 2 * 13) }, makeEvent)),
    now,
  }))
}
