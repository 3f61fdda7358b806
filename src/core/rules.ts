// The shape of a rule. Rules are data: what must be seen, what it means, one sentence, and the evidence.
// classify.ts reads them; nothing else decides.
import type { FailureKind } from './observation.ts'
import type { VerdictKind } from './verdict.ts'

/** What must be seen. All fields that are given must hold. */
export interface Condition {
  /** HTTP status, or the first and last of a range. */
  readonly status?: number | readonly [number, number]
  /** Header fields by lower-case name: an equal value (letter case ignored), a pattern, or null for absent. */
  readonly headers?: Readonly<Record<string, string | RegExp | null>>
  /** Media type: by the bytes after a GET, by `Content-Type` after a HEAD. */
  readonly mime?: RegExp
  /** Size of the body, or the least and the most. */
  readonly bytes?: number | readonly [number, number]
  /** SHA-256 of the body is one of these. */
  readonly sha256?: readonly string[]
  /** The first characters of a body that is no picture. */
  readonly text?: RegExp
  /** Where redirects led. */
  readonly finalUrl?: RegExp
  /** How the probe failed. */
  readonly failure?: readonly FailureKind[]
  /** The death date in the URL was past when the probe was made. */
  readonly expired?: boolean
  /** Redirects led to a host that is neither the one that was asked nor its provider's. */
  readonly elsewhere?: boolean
}

/** From what is seen to what it means. The first rule that holds speaks. */
export interface Rule {
  /** `provider.name`, lower case. */
  readonly id: string
  readonly verdict: VerdictKind
  /** All of this holds … */
  readonly when: Condition
  /** … and at least so many of these … */
  readonly signs?: { readonly atLeast: number; readonly of: readonly Condition[] }
  /** … and none of these. */
  readonly unless?: readonly Condition[]
  /** One sentence for people. */
  readonly says: string
  readonly evidence: Evidence
}

/** A picture that stands for "no picture", known by its URL. */
export interface DefaultPicture {
  /** `provider.name`, lower case. */
  readonly id: string
  /** Matches the URL from the host on, without scheme: `host/path?query`. */
  readonly url: RegExp
  readonly says: string
  readonly evidence: Evidence
}

/** Where a fact comes from. */
export interface Evidence {
  readonly source: string
  /** When the fact was seen to hold: a year or a day. */
  readonly date: string
  readonly note?: string
}
