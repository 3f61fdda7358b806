// How a picture dies: edge by edge, evenly over some days. What an edge answers meanwhile, when a page reports it, and
// how many days of views it costs.
import type { Answer } from '../../src/core/suspicion.ts'
import { dayMs, facts } from './world.ts'

/** What an edge says that was not asked before at this look; null when it says nothing. */
export function answerOf(
  changedAt: number,
  at: number,
  asked: readonly Answer[],
  random: () => number,
): Answer | null {
  const chance = random()
  if (chance < facts.unknown) return null
  const share = (at - changedAt) / (facts.deathDays * dayMs)
  const dead = Math.min(facts.edges, Math.round(share * facts.edges))
  const seen = asked.filter((answer) => answer === 'gone').length
  const isDead = random() * (facts.edges - asked.length) < dead - seen
  return isDead || chance < facts.unknown + facts.spurious ? 'gone' : 'alive'
}

/** When the next page reports the picture, rightly or not. */
export function nextReport(
  changedAt: number,
  at: number,
  viewsADay: number,
  random: () => number,
): number {
  const rate = facts.reported * viewsADay
  const wait = (): number => -Math.log(1 - random())
  const wrong = at + (wait() / (rate * facts.mistaken)) * dayMs
  const sum = brokenDays(changedAt, at) + wait() / rate
  const { deathDays } = facts
  const days = sum < deathDays / 2 ? Math.sqrt(2 * deathDays * sum) : sum + deathDays / 2
  return Math.min(wrong, changedAt + days * dayMs)
}

/** Days since the change, each counted by the share of edges that were dead. */
export function brokenDays(changedAt: number, at: number): number {
  const days = oldDays(changedAt, at)
  const { deathDays } = facts
  return days < deathDays ? days ** 2 / (2 * deathDays) : days - deathDays / 2
}

/** Days since the change. */
export function oldDays(changedAt: number, at: number): number {
  return Math.max(0, at - changedAt) / dayMs
}
