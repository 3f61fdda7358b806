// How fresh faces are for the same number of looks: Everface's own functions in simulated worlds, beside a fixed interval
// and beside an oracle that knows everybody's rates and hears what we hear. Then what thinking costs.
import type { BenchRow } from './rows.ts'
import { median } from './rows.ts'
import type { Policy } from './schedule/minds.ts'
import { type Outcome, type Run, simulate } from './schedule/simulate.ts'
import { measureSpeeds } from './schedule/speed.ts'

/** Three worlds of 20 000 people; a year and a half is counted after half a year of learning. One look a month. */
const seeds = [1, 2, 3]
const world = { people: 20_000, days: 730, warmUpDays: 180, budget: 1 }

const policies = {
  'redirect, fixed interval': { mind: 'round robin', mode: 'redirect', signals: false },
  'redirect, oracle': { mind: 'oracle', mode: 'redirect', signals: true },
  'redirect, everface': { mind: 'ours', mode: 'redirect', signals: true },
  'copy, clairvoyant': { mind: 'clairvoyant', mode: 'copy', signals: false },
  'copy, fixed interval': { mind: 'round robin', mode: 'copy', signals: false },
  'copy, oracle': { mind: 'oracle', mode: 'copy', signals: true },
  'copy, everface': { mind: 'ours', mode: 'copy', signals: true },
} as const satisfies Record<string, Policy>
type PolicyName = keyof typeof policies
type Outcomes = Readonly<Record<PolicyName, Outcome>>

/** Measures the rows of the schedule: about two minutes. */
export async function benchSchedule(say: (line: string) => void): Promise<{
  rows: readonly BenchRow[]
  versions: Readonly<Record<string, string>>
}> {
  const worlds = seeds.map((seed) => runAll({ ...world, seed }, say))
  const { scheduleNs, believeNs, decideNs } = measureSpeeds()
  return {
    rows: [
      ...freshness(worlds),
      ...mistakes(worlds),
      speed('schedule: plan the next look', scheduleNs, 'ns an avatar'),
      speed('believe: weigh an answer, learn', believeNs, 'ns an avatar'),
      speed('decide: what to do for a person now', decideNs, 'ns a call'),
    ],
    versions: {},
  }
}

function runAll(run: Run, say: (line: string) => void): Outcomes {
  const outcomes: Partial<Record<PolicyName, Outcome>> = {}
  for (const name of Object.keys(policies) as PolicyName[]) {
    const outcome = simulate(run, policies[name])
    if (outcome.looks > outcome.allowed * 1.005) {
      throw new Error(`${name}: ${outcome.looks} looks where ${outcome.allowed} were allowed.`)
    }
    outcomes[name] = outcome
    say(`  world ${run.seed}, ${name}: ${Math.round(outcome.bad)} of a million views`)
  }
  return outcomes as Outcomes
}

function freshness(worlds: readonly Outcomes[]): BenchRow[] {
  const broken = (name: PolicyName) => worlds.map((world) => world[name].bad)
  // Even who learns of a change at once must wait for the person; what is above that is ours to answer for.
  const old = (name: PolicyName) =>
    worlds.map((world) => world[name].bad - world['copy, clairvoyant'].bad)
  const fixed = 'fixed interval of 30 days'
  const oracle = 'oracle with the same signals'
  const unit = { broken: 'broken views of a million', old: 'avoidable old views of a million' }
  return [
    fewer(
      'redirect',
      20,
      broken('redirect, everface'),
      broken('redirect, fixed interval'),
      fixed,
      unit.broken,
    ),
    near('redirect', broken('redirect, everface'), broken('redirect, oracle'), oracle, unit.broken),
    fewer('copy', 5, old('copy, everface'), old('copy, fixed interval'), fixed, unit.old),
    near('copy', old('copy, everface'), old('copy, oracle'), oracle, unit.old),
  ]
}

function fewer(
  mode: string,
  least: number,
  ours: readonly number[],
  peer: readonly number[],
  peerName: string,
  unit: string,
): BenchRow {
  const ratio = median(ours.map((value, at) => (peer[at] ?? Number.NaN) / value))
  return {
    bench: 'schedule',
    name: `freshness for the same looks, ${mode}, vs a fixed interval`,
    ours: median(ours),
    peer: median(peer),
    peerName,
    unit,
    ratio,
    goal: `≥ ${least} × fewer`,
    met: ratio >= least,
  }
}

function near(
  mode: string,
  ours: readonly number[],
  peer: readonly number[],
  peerName: string,
  unit: string,
): BenchRow {
  const ratio = median(ours.map((value, at) => value / (peer[at] ?? Number.NaN)))
  return {
    bench: 'schedule',
    name: `freshness for the same looks, ${mode}, vs an oracle`,
    ours: median(ours),
    peer: median(peer),
    peerName,
    unit,
    ratio,
    goal: '≤ 1.10 ×',
    met: ratio <= 1.1,
  }
}

function mistakes(worlds: readonly Outcomes[]): BenchRow[] {
  return (['redirect, everface', 'copy, everface'] as const).map((name) => {
    const sum = (key: 'mistaken' | 'found') =>
      worlds.reduce((total, world) => total + world[name][key], 0)
    const ours = (sum('mistaken') / sum('found')) * 1e6
    return {
      bench: 'schedule',
      name: `living pictures shown as dead, ${name.split(',')[0]}, one answer in 100 wrong`,
      ours,
      peer: null,
      peerName: '–',
      unit: 'of a million found dead',
      ratio: null,
      goal: '≤ 500',
      met: ours <= 500,
    }
  })
}

function speed(name: string, ns: number, unit: string): BenchRow {
  return {
    bench: 'schedule',
    name,
    ours: ns,
    peer: null,
    peerName: '–',
    unit,
    ratio: null,
    goal: '< 2 000 ns',
    met: ns < 2_000,
  }
}
