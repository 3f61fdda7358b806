// The simulated people: who changes the picture how often, who is looked at, who comes by. What they do is fixed by the
// seed alone, so every policy meets the same people doing the same things.

export const dayMs = 86_400_000

/** What is fixed about a world. */
export interface WorldOptions {
  readonly seed: number
  readonly people: number
  readonly days: number
}

/** Somebody opens the app. */
export interface Open {
  readonly at: number
  /** A full login, at which the source can be compared. */
  readonly login: boolean
  /** Would authorize again if asked. */
  readonly agrees: boolean
}

/** People by number; rates are a day, times milliseconds from the start. */
export interface World extends WorldOptions {
  readonly changeRates: Float64Array
  readonly viewRates: Float64Array
  readonly openRates: Float64Array
  /** The first change of the picture after `at`; Infinity beyond the end. Not asked for an earlier time again. */
  nextChange(person: number, at: number): number
  /** The next open; null beyond the end. */
  nextOpen(person: number): Open | null
}

/** Facts of the simulated world that no policy can change. */
export const facts = {
  /** Days from the first dead edge to the last, and how many edges there are. */
  deathDays: 7,
  edges: 30,
  /** Share of opens that are logins; share of people who agree when asked. */
  logins: 0.2,
  agrees: 0.5,
  tokenDays: 30,
  /** Share of broken views that pages report, and of living ones relative to it. */
  reported: 0.3,
  mistaken: 0.002,
  /** Answers that say nothing, and answers that say "gone" of a living picture. */
  unknown: 0.009,
  spurious: 0.001,
} as const

const meanChangeDays = 243
const changeSigma = 1.5
const meanViews = 3
const zipf = 0.9
const zipfShift = 10
const correlation = 0.2
const meanOpens = 0.2
const openSigma = 1

/** Makes a world; to be made anew for every policy. */
export function createWorld(options: WorldOptions): World {
  const { seed, people, days } = options
  const random = createRandom(seed)
  const changeRates = new Float64Array(people)
  const viewRates = new Float64Array(people)
  const openRates = new Float64Array(people)
  const fame = new Float64Array(people)
  for (let person = 0; person < people; person++) {
    const shared = normal(random)
    fame[person] = shared
    const own = correlation * shared + Math.sqrt(1 - correlation ** 2) * normal(random)
    changeRates[person] = lognormal(own, changeSigma) / meanChangeDays
    openRates[person] = meanOpens * lognormal(normal(random), openSigma)
  }
  const byFame = Array.from(fame.keys()).sort((a, b) => (fame[b] ?? 0) - (fame[a] ?? 0))
  let sum = 0
  for (let rank = 0; rank < people; rank++) sum += (rank + 1 + zipfShift) ** -zipf
  byFame.forEach((person, rank) => {
    viewRates[person] = ((rank + 1 + zipfShift) ** -zipf * meanViews * people) / sum
  })

  const end = days * dayMs
  const changes = createStreams(people, seed ^ 0x5bd1e995)
  const opens = createStreams(people, seed ^ 0x27d4eb2f)
  const changedAt = new Float64Array(people)
  const openedAt = new Float64Array(people)
  const wait = (draw: number, rate: number): number => (-Math.log(1 - draw) / rate) * dayMs

  return {
    ...options,
    changeRates,
    viewRates,
    openRates,
    nextChange(person, at) {
      let next = changedAt[person] ?? 0
      while (next <= at) next += wait(changes(person), changeRates[person] ?? 0)
      changedAt[person] = next
      return next < end ? next : Infinity
    },
    nextOpen(person) {
      const at = (openedAt[person] ?? 0) + wait(opens(person), openRates[person] ?? 0)
      openedAt[person] = at
      const kind = opens(person)
      const agrees = opens(person) < facts.agrees
      return at < end ? { at, login: kind < facts.logins, agrees } : null
    },
  }
}

/** Random numbers from 0 up to 1, the same for the same seed. */
export function createRandom(seed: number): () => number {
  const draw = createStreams(1, seed)
  return () => draw(0)
}

/** Independent random numbers for each person: a counter that starts anywhere, mixed. */
function createStreams(people: number, seed: number): (person: number) => number {
  const states = new Int32Array(people)
  for (let person = 0; person < people; person++) states[person] = mix(seed + person * 0x632be5ab)
  return (person) => {
    const state = ((states[person] ?? 0) + 0x6d2b79f5) | 0
    states[person] = state
    return (mix(state) >>> 0) / 2 ** 32
  }
}

function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x7feb352d)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b)
  return mixed ^ (mixed >>> 16)
}

/** How often something happens that is expected `mean` times. */
export function poisson(random: () => number, mean: number): number {
  if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)))
  let count = 0
  for (let left = Math.exp(-mean), product = random(); product > left; product *= random()) count++
  return count
}

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

/** Lognormal with mean 1. */
function lognormal(deviation: number, sigma: number): number {
  return Math.exp(sigma * deviation - sigma ** 2 / 2)
}
