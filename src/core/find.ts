// From several verdicts on one source to one finding. Pure; the order of the verdicts does not matter.
import { failureRules } from './providers/common.ts'
import type { UrlReading } from './read-url.ts'
import type { FindingKind, Verdict, VerdictKind } from './verdict.ts'

/** What all edges together say. */
export interface Finding {
  readonly kind: FindingKind
  readonly rule: string
  readonly detail: string
  /** How many edges said what. */
  readonly edges: Readonly<Partial<Record<VerdictKind, number>>>
  /** Which of the verdicts decided: an index, or -1 when the URL alone did. */
  readonly decidedBy: number
}

/** Good news first: one edge that has the picture outweighs any number that could not be asked. */
const weight: readonly VerdictKind[] = [
  'alive',
  'gone',
  'placeholder',
  'refused',
  'malformed',
  'throttled',
  'unknown',
]

const failures: ReadonlySet<string> = new Set(failureRules.map(({ id }) => id))

/**
 * Weighs the verdicts of the edges that were asked, one each. Edges that disagree on gone and alive make `dying`.
 * A URL that breaks its provider's grammar is `malformed` unless some edge knows it after all, or none answered.
 */
export function find(verdicts: readonly Verdict[], reading: UrlReading): Finding {
  const edges: Partial<Record<VerdictKind, number>> = {}
  for (const { kind } of verdicts) edges[kind] = (edges[kind] ?? 0) + 1
  if (edges.alive !== undefined && edges.gone !== undefined) {
    const decidedBy = firstOf(verdicts, 'gone')
    const asked = edges.alive + edges.gone
    return {
      kind: 'dying',
      rule: verdicts[decidedBy]?.rule ?? 'none',
      detail: `${edges.gone} of ${asked} edges no longer have the picture.`,
      edges,
      decidedBy,
    }
  }
  for (const kind of weight) {
    if (edges[kind] === undefined) continue
    const decidedBy = firstOf(verdicts, kind)
    const verdict = verdicts[decidedBy]
    if (verdict === undefined) continue
    const { reason } = reading
    if (reason === null || (kind !== 'unknown' && kind !== 'malformed')) {
      return { ...verdict, edges, decidedBy }
    }
    if (verdicts.some((one) => one.kind === kind && !failures.has(one.rule))) {
      return { ...reason, edges, decidedBy }
    }
    // The grammar is inferred: beside nothing but failures of the network it is a suspicion.
    const detail = `${verdict.detail} (Besides, the URL looks broken: ${reason.detail})`
    return { ...verdict, detail, edges, decidedBy }
  }
  const alone = reading.placeholder ?? reading.reason
  return {
    kind: alone?.kind ?? 'unknown',
    rule: alone?.rule ?? 'none',
    detail: alone?.detail ?? 'Nobody was asked.',
    edges,
    decidedBy: -1,
  }
}

/** Of the verdicts of one kind the first by rule and sentence, so that the order of the edges changes nothing. */
function firstOf(verdicts: readonly Verdict[], kind: VerdictKind): number {
  let first = -1
  for (let at = 0; at < verdicts.length; at++) {
    const verdict = verdicts[at]
    if (verdict?.kind !== kind) continue
    const best = verdicts[first]
    if (best === undefined || order(verdict, best) < 0) first = at
  }
  return first
}

function order(one: Verdict, other: Verdict): number {
  if (one.rule !== other.rule) return one.rule < other.rule ? -1 : 1
  return one.detail === other.detail ? 0 : one.detail < other.detail ? -1 : 1
}
