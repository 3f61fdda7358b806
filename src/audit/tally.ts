// What an audit counts: findings by provider, rule and age, examples, death dates. Every row passes through `add`,
// so it is quick, and whatever the input, memory is bounded: bins double, names beyond a bound are counted together.
import { findingKinds, type FindingKind } from '../core/verdict.ts'
import type { Result } from './result.ts'

/** Findings where no face shows, worst first: they make the headline "N of M faces are broken". */
export const brokenFindings = ['gone', 'dying', 'placeholder', 'malformed'] as const

/** Findings that tell nothing of the picture: nobody answered, or not to us. */
export const undecidedFindings = ['refused', 'throttled', 'unknown'] as const

/** Every finding in the order in which people want to read them. */
export const findingsWorstFirst: readonly FindingKind[] = [
  ...brokenFindings,
  ...undecidedFindings,
  'alive',
]

/**
 * Findings that an audit of this kind has news of, worst first. A forecast asks nobody, so that it leaves most links
 * `unknown` is no news.
 */
export function findingsToTell(kind: 'check' | 'forecast'): readonly FindingKind[] {
  return kind === 'check' ? findingsWorstFirst : brokenFindings
}

/** A count for each finding. */
export type FindingCounts = Readonly<Record<FindingKind, number>>

/** Days from the start of the audit that a forecast looks ahead. */
export const horizonDays = [1, 7, 30, 90] as const

/** A row that shows what a finding looks like. */
export interface Example {
  readonly id: string
  readonly url: string
  readonly provider: string
  readonly rule: string
  readonly detail: string
}

/** Counts of one provider. */
export interface ProviderCounts {
  readonly provider: string
  readonly total: number
  readonly findings: FindingCounts
}

/** How often a rule spoke. */
export interface RuleCount {
  readonly rule: string
  readonly finding: FindingKind
  readonly count: number
  /** The sentence of the first row that it decided. */
  readonly detail: string
}

/** Counts of rows that were made in one span of time, or stand in one stretch of the list. */
export interface Bin {
  /** Milliseconds UTC, or a 1-based ordinal; inclusive. */
  readonly from: number
  /** Exclusive. */
  readonly to: number
  readonly total: number
  readonly findings: FindingCounts
}

/** Death dates of one provider's links, read off the URLs. */
export interface Expiry {
  readonly provider: string
  /** Links whose date is past. */
  readonly past: number
  /** Links that expire within each of `horizonDays`; each number holds those before it. */
  readonly within: readonly number[]
  /** Links that expire after the last horizon. */
  readonly later: number
}

/** Everything a summary or a report is made from. */
export interface Counts {
  readonly total: number
  readonly findings: FindingCounts
  /** Sum over `brokenFindings`. */
  readonly broken: number
  /** Sum over `undecidedFindings`. */
  readonly undecided: number
  /** Largest first. */
  readonly providers: readonly ProviderCounts[]
  /** Largest first. */
  readonly rules: readonly RuleCount[]
  readonly examples: Readonly<Record<FindingKind, readonly Example[]>>
  /** By the month (or quarter, year, …) in which rows were made, for rows that tell; oldest first, empty spans between them too. */
  readonly ages: readonly Bin[]
  /** By place in the list, for all rows. */
  readonly places: readonly Bin[]
  /** Providers whose links carry death dates, most urgent first. */
  readonly expiry: readonly Expiry[]
}

/** Counts results as they come. */
export interface Tally {
  /** Counts one result; `since` is when its row was made (ms UTC), `ordinal` its 1-based place in the list. */
  add(
    result: Result,
    place: { readonly since?: number | undefined; readonly ordinal: number },
  ): void
  counts(): Counts
}

const width = findingKinds.length
const indexOfFinding = Object.fromEntries(
  findingKinds.map((kind, index) => [kind, index]),
) as Record<FindingKind, number>
const maxProviders = 64
const maxRulesOfFinding = 64
const maxBins = 48
const maxUrl = 2048
// Each a multiple of the one before, so that bins merge whole.
const monthsOfBin = [1, 3, 12, 24, 120, 600, 1200, 12_000]
const dayMs = 86_400_000
// No row with a picture's URL is older than this; a time before it is a column that holds something else.
const oldest = Date.UTC(1995, 0)
const newest = Date.UTC(9999, 0)

function findingsOf(cells: Float64Array, offset = 0): FindingCounts {
  return Object.fromEntries(
    findingKinds.map((kind, index) => [kind, cells[offset + index] ?? 0]),
  ) as Record<FindingKind, number>
}

function sum(cells: Float64Array): number {
  return cells.reduce((total, cell) => total + cell, 0)
}

function bump(cells: Float64Array, index: number): void {
  cells[index] = (cells[index] ?? 0) + 1
}

function cellsOf<Key>(map: Map<Key, Float64Array>, key: Key, size: number): Float64Array {
  const known = map.get(key)
  if (known !== undefined) return known
  const cells = new Float64Array(size)
  map.set(key, cells)
  return cells
}

/** Bins over calendar time: months at first, wider when there are too many. */
function createAges() {
  let bins = new Map<number, Float64Array>()
  let step = 0
  const months = () => monthsOfBin[step] ?? 120_000

  return {
    add(since: number, finding: number) {
      if (!(since >= oldest && since < newest)) return
      const date = new Date(since)
      const month = date.getUTCFullYear() * 12 + date.getUTCMonth()
      bump(cellsOf(bins, Math.floor(month / months()), width), finding)
      while (bins.size > maxBins) {
        const narrow = months()
        step += 1
        const wider = new Map<number, Float64Array>()
        for (const [bin, cells] of bins) {
          const into = cellsOf(wider, Math.floor((bin * narrow) / months()), width)
          for (let index = 0; index < width; index += 1) into[index]! += cells[index]!
        }
        bins = wider
      }
    },
    bins(): Bin[] {
      const startOf = (bin: number) =>
        Date.UTC(Math.floor((bin * months()) / 12), (bin * months()) % 12)
      const keys = [...bins.keys()].toSorted((a, b) => a - b)
      const [first = 0, last = -1] = [keys[0], keys.at(-1)]
      const span = last - first + 1
      // Empty months between full ones belong to the picture, unless a stray date makes them thousands.
      const shown = span <= 2 * maxBins ? Array.from({ length: span }, (_, i) => first + i) : keys
      return shown.map((bin) => {
        const cells = bins.get(bin) ?? new Float64Array(width)
        return {
          from: startOf(bin),
          to: startOf(bin + 1),
          total: sum(cells),
          findings: findingsOf(cells),
        }
      })
    },
  }
}

/** Bins over the list: one row each at first, twice as wide whenever the list outgrows them. */
function createPlaces() {
  const cells = new Float64Array(maxBins * width)
  let rows = 1
  let last = 0

  return {
    add(ordinal: number, finding: number) {
      if (!(ordinal >= 1 && ordinal <= Number.MAX_SAFE_INTEGER)) return
      while (ordinal > rows * maxBins) {
        for (let bin = 0; bin < maxBins; bin += 1) {
          for (let index = 0; index < width; index += 1) {
            const [left, right] = [2 * bin * width + index, (2 * bin + 1) * width + index]
            cells[bin * width + index] = (cells[left] ?? 0) + (cells[right] ?? 0)
          }
        }
        rows *= 2
      }
      last = Math.max(last, ordinal)
      bump(cells, Math.floor((ordinal - 1) / rows) * width + finding)
    },
    bins(): Bin[] {
      return Array.from({ length: Math.ceil(last / rows) }, (_, bin) => ({
        from: bin * rows + 1,
        to: Math.min((bin + 1) * rows, last) + 1,
        total: sum(cells.subarray(bin * width, (bin + 1) * width)),
        findings: findingsOf(cells, bin * width),
      }))
    },
  }
}

/**
 * A tally for one audit.
 * @param options `now`: start of the audit, ms UTC, from which death dates are counted; `examples`: how many to keep of each finding but `alive`
 */
export function createTally({ now, examples = 10 }: { now: number; examples?: number }): Tally {
  const totals = new Float64Array(width)
  const providers = new Map<string, Float64Array>()
  const rules = findingKinds.map(() => new Map<string, { count: number; detail: string }>())
  const kept = findingKinds.map((): Example[] => [])
  const expiry = new Map<string, Float64Array>()
  const ages = createAges()
  const places = createPlaces()

  const nameOf = (provider: string) =>
    providers.has(provider) || providers.size < maxProviders - 1 ? provider : 'other'

  function addRule(finding: number, { rule, detail }: Result): void {
    const ofFinding = rules[finding]!
    const known = ofFinding.get(rule)
    if (known !== undefined) {
      known.count += 1
      return
    }
    const name = ofFinding.size < maxRulesOfFinding - 1 ? rule : 'other'
    const entry = ofFinding.get(name)
    if (entry !== undefined) entry.count += 1
    else ofFinding.set(name, { count: 1, detail: name === rule ? detail : '' })
  }

  function addExpiry(provider: string, expiresAt: string): void {
    const days = (Date.parse(expiresAt) - now) / dayMs
    if (Number.isNaN(days)) return
    const horizon = horizonDays.findIndex((horizon) => days <= horizon)
    const index = days <= 0 ? 0 : horizon === -1 ? horizonDays.length + 1 : horizon + 1
    bump(cellsOf(expiry, provider, horizonDays.length + 2), index)
  }

  return {
    add(result, place) {
      const finding = indexOfFinding[result.verdict]
      const provider = nameOf(result.provider)
      totals[finding]! += 1
      bump(cellsOf(providers, provider, width), finding)
      addRule(finding, result)
      places.add(place.ordinal, finding)
      if (place.since !== undefined) ages.add(place.since, finding)
      if (result.expiresAt !== null) addExpiry(provider, result.expiresAt)
      const examplesOfFinding = kept[finding]!
      if (result.verdict !== 'alive' && examplesOfFinding.length < examples) {
        const { id, url, rule, detail } = result
        examplesOfFinding.push({ id, url: url.slice(0, maxUrl), provider, rule, detail })
      }
    },

    counts() {
      const findings = findingsOf(totals)
      return {
        total: sum(totals),
        findings,
        broken: brokenFindings.reduce((total, kind) => total + findings[kind], 0),
        undecided: undecidedFindings.reduce((total, kind) => total + findings[kind], 0),
        providers: [...providers]
          .map(([provider, cells]) => ({
            provider,
            total: sum(cells),
            findings: findingsOf(cells),
          }))
          .toSorted((a, b) => b.total - a.total),
        rules: findingKinds
          .flatMap((finding, index) =>
            [...rules[index]!].map(([rule, entry]) => ({ rule, finding, ...entry })),
          )
          .toSorted((a, b) => b.count - a.count),
        examples: Object.fromEntries(
          findingKinds.map((kind, index) => [kind, [...kept[index]!]]),
        ) as unknown as Record<FindingKind, Example[]>,
        ages: ages.bins(),
        places: places.bins(),
        expiry: [...expiry]
          .map(([provider, cells]) => readExpiry(provider, cells))
          .toSorted(urgent),
      }
    },
  }
}

function readExpiry(provider: string, cells: Float64Array): Expiry {
  const within = horizonDays.map((_, index) => sum(cells.subarray(1, index + 2)))
  return { provider, past: cells[0] ?? 0, within, later: cells[horizonDays.length + 1] ?? 0 }
}

function urgent(a: Expiry, b: Expiry): number {
  const horizon = horizonDays.findIndex((_, index) => a.within[index] !== b.within[index])
  return horizon === -1 ? b.past - a.past : (b.within[horizon] ?? 0) - (a.within[horizon] ?? 0)
}
