// What a policy thinks: ours learns from what it sees, by the functions that the service runs; the oracle knows the rates;
// the others ask everybody in turn.
import type { Belief, Importance } from '../../src/core/avatar.ts'
import { type Clock, type Limits, price } from '../../src/core/clock.ts'
import {
  type Mode,
  type Plan,
  hintsNeeded,
  hintsWorth,
  plan,
  worthAtOpen,
} from '../../src/core/schedule.ts'
import { bestInterval } from './oracle.ts'
import { type World, dayMs, facts } from './world.ts'

/** How a run thinks and what it may hear of. */
export interface Policy {
  /** `clairvoyant` learns of every change at once: the floor that nobody can go below. */
  readonly mind: 'ours' | 'oracle' | 'round robin' | 'clairvoyant'
  readonly mode: Mode
  /** Logins compare the source; pages report (redirect) or opens and silent polls are used (copy). */
  readonly signals: boolean
  /** Compares the source at logins, and hears of nothing else. */
  readonly loginsOnly?: boolean
}

/** What is remembered of a person. */
export interface Memory {
  belief: Belief
  importance: Importance
  tokenExpiresAt: number | null
}

/** How a policy decides. */
export interface Mind {
  plan(person: number, memory: Memory, clock: Clock, at: number): Plan
  /** Whether to look now that the person is there. */
  worthAtOpen(person: number, memory: Memory, clock: Clock, at: number): boolean
  /** Reports within an hour that are worth a look. */
  hintsWorth(person: number, memory: Memory, clock: Clock, at: number): number
  /** The belief to keep instead of one that was learnt. */
  keep(person: number, belief: Belief): Belief
}

/** What all policies of a run share. */
export interface Setting {
  readonly world: World
  readonly mode: Mode
  readonly limits: Limits
  /** Pages report broken views, logins are compared. */
  readonly signals: boolean
}

/** The mind of a policy. */
export function createMind(policy: Policy, setting: Setting): Mind {
  if (policy.mind === 'ours') return createLearner(setting)
  return policy.mind === 'oracle' ? createOracle(setting) : createRoundRobin()
}

/** Ours: nothing here but calls of `src/core`. */
function createLearner({ mode, limits, signals }: Setting): Mind {
  const known = signals && mode === 'redirect' ? { reported: facts.reported } : {}
  return {
    plan: (id, memory, clock, at) => plan({ id, ...memory }, clock, limits, mode, at, known),
    worthAtOpen: (_, memory, clock, at) => worthAtOpen(memory, clock, at),
    hintsWorth: (_, memory, clock, at) => hintsWorth(memory, clock, at, known),
    keep: (_, belief) => belief,
  }
}

/** Knows every rate; everything else as ours. */
function createOracle({ world, mode, signals }: Setting): Mind {
  const { viewRates, changeRates, openRates } = world
  const sure = 1e6
  const waitOf = (person: number): number => {
    const opens = openRates[person] ?? 0
    return 1 / (opens * (facts.logins + (1 - facts.logins) * facts.agrees))
  }
  const hintsOf = (person: number, clock: Clock): number => {
    const bearable = (changeRates[person] ?? 0) / (facts.reported * price(clock))
    const views = viewRates[person] ?? 0
    return hintsNeeded(views, facts.reported, facts.mistaken, Math.max(0.01, bearable))
  }
  return {
    plan(person, { tokenExpiresAt }, clock, at) {
      const views = viewRates[person] ?? 0
      const reported = signals && mode === 'redirect' ? facts.reported * views : 0
      const truth = {
        views,
        changes: changeRates[person] ?? 0,
        reports: reported / hintsOf(person, clock),
        logins: signals ? (openRates[person] ?? 0) * facts.logins : 0,
        wait: tokenExpiresAt !== null && at < tokenExpiresAt ? 0 : waitOf(person),
      }
      const tauDays = bestInterval(truth, price(clock), facts.deathDays, mode)
      return { tauDays, nextCheckAt: clock.v + clock.omega * tauDays }
    },
    worthAtOpen(person, { belief, tokenExpiresAt }, clock, at) {
      if (tokenExpiresAt !== null && at < tokenExpiresAt) return false
      const days = (at - belief.confirmedAt) / dayMs
      const changed = -Math.expm1(-(changeRates[person] ?? 0) * days)
      const views = (viewRates[person] ?? 0) * waitOf(person)
      return changed * views * facts.agrees > price(clock)
    },
    hintsWorth: (person, _, clock) => hintsOf(person, clock),
    keep(person, belief) {
      return { ...belief, alpha: sure, beta: sure / (changeRates[person] ?? 0) }
    },
  }
}

/** Everybody in turn, at a fixed interval: what is done where nothing is thought of. */
function createRoundRobin(): Mind {
  let turn = 0
  return {
    plan: () => ({ nextCheckAt: ++turn, tauDays: 30 }),
    worthAtOpen: () => false,
    hintsWorth: () => Infinity,
    keep: (_, belief) => belief,
  }
}
