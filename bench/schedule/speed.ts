// What thinking costs: the functions that run once a look or once a question, on people as different as in a large service.
import { confirm, freshBelief, learnChange } from '../../src/core/belief.ts'
import { freshClock } from '../../src/core/clock.ts'
import { decide } from '../../src/core/decide.ts'
import { addLogin, addOpen, addViews, freshImportance } from '../../src/core/importance.ts'
import { plan } from '../../src/core/schedule.ts'
import { type Answer, weigh } from '../../src/core/suspicion.ts'
import { median } from '../rows.ts'
import { makeSituations } from './decisions.ts'
import { createRandom, dayMs } from './world.ts'

const people = 50_000
const rounds = 9
const limits = { pace: 50, budget: 1 }

/** Nanoseconds an avatar, medians of nine rounds. */
export interface Speeds {
  /** The next look: `plan`. */
  readonly scheduleNs: number
  /** An answer weighed, and the belief that follows from it. */
  readonly believeNs: number
  /** What to do for a person now: `decide`. */
  readonly decideNs: number
}

/** Measures on one thread, the three in turns. */
export function measureSpeeds(): Speeds {
  const random = createRandom(3)
  const now = 1000 * dayMs
  const clock = { ...freshClock('wechat', 0, limits), live: people }
  const known = { reported: 0.3 }
  const avatars = Array.from({ length: people }, (_, id) => {
    const seenAt = now - random() * 900 * dayMs
    let belief = freshBelief(seenAt)
    let importance = freshImportance(seenAt)
    for (let times = Math.floor(random() * 6); times > 0; times--) {
      const at = seenAt + random() * (now - seenAt)
      belief = random() < 0.3 ? learnChange(belief, at) : confirm(belief, at)
      importance = addOpen(addViews(importance, Math.floor(random() ** 8 * 3000), at))
      if (random() < 0.2) importance = addLogin(importance)
    }
    const tokenExpiresAt = random() < 0.5 ? null : now + (random() - 0.3) * 30 * dayMs
    return { id, belief, importance, tokenExpiresAt }
  })
  const alive: readonly Answer[] = ['alive']
  const gone: readonly Answer[] = ['gone', 'gone']
  const schedule: number[] = []
  const believe: number[] = []
  const decisions: number[] = []
  const situations = makeSituations(people, now, random)
  // What was reckoned is kept, so that nothing can be left out.
  let kept = 0
  for (let round = 0; round < rounds; round++) {
    const start = performance.now()
    for (const [place, avatar] of avatars.entries()) {
      const mode = place % 2 === 0 ? 'copy' : 'redirect'
      kept += plan(avatar, clock, limits, mode, now, known).tauDays
    }
    const middle = performance.now()
    for (const [place, { belief }] of avatars.entries()) {
      const answers = place % 4 === 0 ? gone : alive
      const { kind } = weigh(belief, clock, answers, 'copy', now)
      kept += (kind === 'dead' ? learnChange(belief, now) : confirm(belief, now)).beta
    }
    const late = performance.now()
    for (const situation of situations) kept += decide(situation).kind.length
    const end = performance.now()
    schedule.push(((middle - start) / people) * 1e6)
    believe.push(((late - middle) / people) * 1e6)
    decisions.push(((end - late) / people) * 1e6)
  }
  if (!Number.isFinite(kept)) throw new Error('A plan or a belief is no number.')
  return {
    scheduleNs: median(schedule),
    believeNs: median(believe),
    decideNs: median(decisions),
  }
}
