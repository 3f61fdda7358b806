// The words for what one observation says, and for what several of them say together.

/** Every verdict, from the best news to the least. */
export const verdictKinds = [
  'alive',
  'placeholder',
  'gone',
  'throttled',
  'refused',
  'malformed',
  'unknown',
] as const

/** What one observation says of a picture. */
export type VerdictKind = (typeof verdictKinds)[number]

/** What the rules say of one observation, or of a URL alone. */
export interface Verdict {
  readonly kind: VerdictKind
  /** The rule that spoke: `provider.name`, such as `wechat.errno-6101`. */
  readonly rule: string
  /** One sentence for people. */
  readonly detail: string
}

/** Every finding of an audit: a verdict, or `dying` where edges disagree on gone and alive. */
export const findingKinds = [
  'alive',
  'dying',
  'gone',
  'placeholder',
  'throttled',
  'refused',
  'malformed',
  'unknown',
] as const

/** A verdict over all edges that were asked. */
export type FindingKind = (typeof findingKinds)[number]
