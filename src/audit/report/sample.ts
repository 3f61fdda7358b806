// The rows that a report shows: a fair sample of each provider × finding, held while a list of any length passes by.
// Reservoir sampling: every row of a group has the same chance, whatever its place in the list.
import { findingKinds, type FindingKind } from '../../core/verdict.ts'
import type { Result } from '../result.ts'
import type { Row } from '../row.ts'
import { findingsWorstFirst } from '../tally.ts'

/** A row of the sample. */
export interface SampleRow {
  /** Names the row in the page and in the map of pictures. */
  readonly key: string
  readonly result: Result
  readonly since: number | null
}

/** A sample that grows with an audit up to its bounds. */
export interface Sample {
  /** Takes a row into account; it may or may not be held. */
  add(result: Result, row: Row): void
  /** The rows for the page, bad news first. */
  rows(): readonly SampleRow[]
  /** Those of `rows()` whose pictures are worth fetching: some of each group, none without a web address. */
  pictures(): readonly SampleRow[]
}

/** Bounds of a sample, and its randomness. */
export interface SampleOptions {
  /** Uniform in [0, 1), as `Math.random`. */
  readonly random: () => number
  /** Rows of one provider and finding; 60 unless told. */
  readonly ofGroup?: number
  /** Rows in the page; 600 unless told. */
  readonly limit?: number
  /** Pictures to fetch; 240 unless told. */
  readonly pictures?: number
}

interface Held {
  readonly ordinal: number
  readonly kept: SampleRow
}

interface Group {
  readonly finding: FindingKind
  readonly rows: Held[]
  seen: number
}

const maxProviders = 32
const maxUrl = 16_384
const maxText = 2000
// Groups share this many times the limit while the list passes, so that memory is bounded for any number of groups.
const spare = 4

function cut(text: string, length: number): string {
  // A copy, lest a short text keep the piece of the input in memory that it was cut from.
  const own = Buffer.from(text.slice(0, length)).toString()
  return text.length <= length ? own : `${own}…`
}

/** Deals out `limit` places: every group gets its turn, in the order given, until places or rows are at an end. */
function share<Item>(groups: readonly (readonly Item[])[], limit: number): Item[][] {
  const sizes = groups.map(() => 0)
  let left = limit
  for (let dealt = true; dealt && left > 0;) {
    dealt = false
    for (const [index, group] of groups.entries()) {
      if (left === 0 || (sizes[index] ?? 0) >= group.length) continue
      sizes[index] = (sizes[index] ?? 0) + 1
      left -= 1
      dealt = true
    }
  }
  return groups.map((group, index) => group.slice(0, sizes[index]))
}

/** Bad news first, then as the list has them. */
function inOrder(rows: readonly Held[]): SampleRow[] {
  const place = ({ kept }: Held) => findingsWorstFirst.indexOf(kept.result.verdict)
  return rows
    .toSorted((a, b) => place(a) - place(b) || a.ordinal - b.ordinal)
    .map(({ kept }) => kept)
}

/** An empty sample. */
export function createSample(options: SampleOptions): Sample {
  const { random, ofGroup = 60, limit = 600, pictures = 240 } = options
  const providers = new Map<string, (Group | undefined)[]>()
  const groups: Group[] = []
  let ordinal = 0
  let places = ofGroup

  function groupOf(provider: string, finding: FindingKind): Group {
    const name = providers.has(provider) || providers.size < maxProviders - 1 ? provider : ''
    const ofProvider = providers.get(name) ?? []
    if (ofProvider.length === 0) providers.set(name, ofProvider)
    const index = findingKinds.indexOf(finding)
    const known = ofProvider[index]
    if (known !== undefined) return known
    const group: Group = { finding, rows: [], seen: 0 }
    ofProvider[index] = group
    groups.push(group)
    places = Math.min(ofGroup, Math.max(1, Math.floor((spare * limit) / groups.length)))
    for (const { rows } of groups) {
      while (rows.length > places) rows.splice(Math.floor(random() * rows.length), 1)
    }
    return group
  }

  function keep(result: Result, row: Row): Held {
    return {
      ordinal,
      kept: {
        key: `r${ordinal}`,
        result: {
          ...result,
          id: cut(result.id, maxText),
          url: cut(result.url, maxUrl),
          detail: cut(result.detail, maxText),
        },
        since: row.since ?? null,
      },
    }
  }

  function dealt(): Held[][] {
    const sorted = groups
      .toSorted(
        (a, b) => findingsWorstFirst.indexOf(a.finding) - findingsWorstFirst.indexOf(b.finding),
      )
      .map(({ rows }) => rows)
    return share(sorted, limit)
  }

  return {
    add(result, row) {
      ordinal += 1
      const group = groupOf(result.provider, result.verdict)
      group.seen += 1
      if (group.rows.length < places && group.seen <= places) {
        // At a random place, so that any part of the group is as fair a sample as the whole.
        const place = Math.floor(random() * (group.rows.length + 1))
        const moved = group.rows[place]
        group.rows[place] = keep(result, row)
        if (moved !== undefined) group.rows.push(moved)
        return
      }
      const place = Math.floor(random() * group.seen)
      if (place < places) group.rows[Math.min(place, group.rows.length)] = keep(result, row)
    },
    rows: () => inOrder(dealt().flat()),
    pictures() {
      const fetchable = dealt().map((rows) =>
        rows.filter(
          ({ kept: { result } }) =>
            result.verdict !== 'malformed' && /^https?:\/\//i.test(result.url),
        ),
      )
      return inOrder(share(fetchable, pictures).flat())
    },
  }
}
