// One result of an audit. The order of keys is a promise (DESIGN §3): programs diff these lines.
import type { FindingKind, VerdictKind } from '../core/verdict.ts'

/** A result line of `everface check`. */
export interface Result {
  readonly id: string
  readonly url: string
  /** The provider's name, or `generic`. */
  readonly provider: string
  readonly verdict: FindingKind
  /** The rule that decided. */
  readonly rule: string
  /** HTTP status of the deciding answer. */
  readonly status: number | null
  /** How many edges said what. */
  readonly edges: Readonly<Partial<Record<VerdictKind, number>>>
  readonly sha256: string | null
  readonly bytes: number | null
  readonly mime: string | null
  readonly width: number | null
  readonly height: number | null
  /** Death date read off the URL, ISO 8601 UTC. */
  readonly expiresAt: string | null
  /** Milliseconds from the first request to the finding. */
  readonly ms: number
  /** ISO 8601 UTC. */
  readonly at: string
  /** One sentence for people. */
  readonly detail: string
}
