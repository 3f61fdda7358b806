// Whether "gone" may be believed. An edge that says so of a living picture is rare; a picture that was confirmed an hour
// ago and changed since is rarer still. So the answers are weighed against how likely a change was (a sequential test),
// and people see a picture called dead only when the odds are 500 or 2 000 to 1, or two edges agree. Pure.
import type { Belief } from './avatar.ts'
import { changeProbability, daysUnconfirmed, suspect } from './belief.ts'
import type { Clock } from './clock.ts'
import type { Mode } from './schedule.ts'

/** What an edge said, when it said anything. */
export type Answer = 'alive' | 'gone'

/** What the answers of some edges come to. */
export interface Weighing {
  /** `suspect`: not enough; ask another edge, and when there is none left, keep `logOdds` by `suspect` in belief.ts. */
  readonly kind: 'dead' | 'suspect' | 'alive'
  /** Log-odds that the picture is gone: of a suspect between 0 and the bound for `dead`, of the dead at least that. */
  readonly logOdds: number
}

/** Edges to ask at one look, at the most. */
const mostEdges = 7
/** Edges to ask at a look that pages asked for, before their reports are taken for mistakes. */
const edgesAfterHint = 3
/**
 * Log-odds from which a picture counts as dead. A lone answer decides after long intervals, so these odds are the share of
 * mistakes there: with 5 for redirects, 2 in 1 000 were seen, with 7.6 none, for one more look at a death. Where a copy is
 * shown, calling it dead hides nothing, and 6.2 is enough.
 */
const bounds: Readonly<Record<Mode, number>> = { redirect: 7.6, copy: 6.2 }
/** At these log-odds, and with an edge that has the picture, a "gone" was a mistake. */
const cleared = -1
/** Independent edges that agree need no odds, unless they are outvoted. */
const enough = 2
/** The share of edges that a first "gone" says are dead is uncertain; it is never counted as less than this. */
const leastShare = 0.3
/**
 * One report of a page that a face did not show. Such reports are rarer of living pictures than this says, but the more
 * a face is seen, the more they are, and the less a single one means.
 */
const hintLogOdds = 3

/**
 * Weighs the answers of different edges at one look, in the order of asking; edges that said nothing are left out.
 * Without any answer everything stays as it was.
 * @param belief before the look
 */
export function weigh(
  belief: Belief,
  clock: Clock,
  answers: readonly Answer[],
  mode: Mode,
  at: number,
): Weighing {
  const bound = bounds[mode]
  const chance = within(changeProbability(belief, at), 1e-9)
  const spurious = within(clock.spurious, 1e-6)
  const share = deadShare(daysUnconfirmed(belief, at), clock.deathDays)
  let logOdds = Math.log(chance / (1 - chance)) + belief.suspect
  let gone = 0
  let alive = 0
  for (const answer of answers) {
    if (answer === 'alive') {
      logOdds += Math.log(Math.max(leastShare, 1 - share))
      alive++
    } else {
      logOdds += Math.log((gone === 0 ? share : Math.max(leastShare, share)) / spurious)
      gone++
    }
  }
  if (answers.length === 0) {
    return { kind: belief.suspect > 0 ? 'suspect' : 'alive', logOdds: belief.suspect }
  }
  if (gone === 0) return { kind: 'alive', logOdds }
  const agreed = gone >= enough && gone >= alive
  if (agreed || logOdds >= bound) return { kind: 'dead', logOdds: Math.max(bound, logOdds) }
  // However unlikely the change: only an edge that has the picture clears it. Somebody looked at every few hours would
  // otherwise be confirmed again and again by nothing but bad answers.
  if (alive > 0 && logOdds <= cleared) return { kind: 'alive', logOdds }
  return { kind: 'suspect', logOdds: Math.max(0, logOdds) }
}

/**
 * Whether to ask another edge at this look.
 * @param asked edges that were asked at this look, those without an answer too
 * @param reports of pages, if they are why we look: of a picture that is dying, some edge will have lost it
 */
export function needsAnother(weighing: Weighing, asked: number, reports = 0): boolean {
  if (asked >= mostEdges) return false
  return (
    weighing.kind === 'suspect' ||
    (weighing.kind === 'alive' && reports > 0 && asked < edgesAfterHint)
  )
}

/**
 * The belief to weigh with at a look that `reports` pages asked for. For that look only: reports are hints, and nothing of
 * them is kept when the edge says that the picture is alive.
 */
export function hinted(belief: Belief, reports: number): Belief {
  return suspect(belief, belief.suspect + hintLogOdds * Math.max(0, reports))
}

/** Of a picture that changed some time in the last `days`, the expected share of edges that no longer have it. */
function deadShare(days: number, deathDays: number): number {
  if (!(deathDays > 0)) return 1
  return days > deathDays ? 1 - deathDays / (2 * days) : Math.max(0.05, days / (2 * deathDays))
}

function within(probability: number, least: number): number {
  return Math.min(1 - least, Math.max(least, probability))
}
