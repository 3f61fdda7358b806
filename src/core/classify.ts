// From an observation to a verdict: the first rule that holds speaks. Reads rules, knows no provider.
import type { Answer, Observation } from './observation.ts'
import type { Condition, Rule } from './rules.ts'
import type { Verdict } from './verdict.ts'

/** What the URL alone told, for rules that ask. */
export interface UrlFacts {
  /** Death date in the URL, milliseconds UTC. */
  readonly expiresAt?: number | null
  /** Redirects led to a host that has nothing to do with the one that was asked. */
  readonly elsewhere?: boolean
}

/** Says what one observation means. Whatever no rule covers is `unknown`: nothing is ever dead by default. */
export function classify(
  observation: Observation,
  rules: readonly Rule[],
  facts: UrlFacts = {},
): Verdict {
  for (const rule of rules) {
    if (ruleHolds(rule, observation, facts)) {
      return { kind: rule.verdict, rule: rule.id, detail: sentence(rule, observation) }
    }
  }
  return { kind: 'unknown', rule: 'none', detail: 'No rule knows such an answer.' }
}

/** True when a rule would speak for this observation, its place in the order aside. */
export function ruleHolds(rule: Rule, observation: Observation, facts: UrlFacts = {}): boolean {
  if (!holds(rule.when, observation, facts)) return false
  if (rule.unless?.some((condition) => holds(condition, observation, facts))) return false
  if (rule.signs === undefined) return true
  let count = 0
  for (const condition of rule.signs.of) {
    if (holds(condition, observation, facts) && ++count >= rule.signs.atLeast) return true
  }
  return false
}

function holds(condition: Condition, observation: Observation, facts: UrlFacts): boolean {
  if (condition.elsewhere !== undefined && condition.elsewhere !== (facts.elsewhere ?? false)) {
    return false
  }
  if (condition.expired !== undefined) {
    const expired = typeof facts.expiresAt === 'number' && facts.expiresAt <= observation.at
    if (condition.expired !== expired) return false
  }
  const { seen } = observation
  if (seen.kind === 'failure') {
    // Of a failure only its kind is known: a rule on anything else does not speak for it.
    return condition.failure?.includes(seen.failure) ?? false
  }
  if (condition.failure !== undefined) return false
  if (condition.finalUrl !== undefined && !condition.finalUrl.test(observation.finalUrl))
    return false
  return answerHolds(condition, seen)
}

function answerHolds(condition: Condition, answer: Answer): boolean {
  if (condition.status !== undefined && !within(answer.status, condition.status)) return false
  if (condition.headers !== undefined && !headersHold(condition.headers, answer)) return false
  if (condition.bytes !== undefined) {
    if (answer.bytes === null) {
      // A HEAD answer need not announce a size: not knowing it is no sign of an empty picture.
      if (typeof condition.bytes === 'number' || answer.body !== null) return false
    } else if (!within(answer.bytes, condition.bytes)) return false
  }
  if (condition.mime !== undefined && !condition.mime.test(mediaType(answer) ?? '')) return false
  if (condition.sha256 !== undefined && !condition.sha256.includes(answer.body?.sha256 ?? '')) {
    return false
  }
  return condition.text === undefined || condition.text.test(answer.body?.text ?? '')
}

function headersHold(wanted: NonNullable<Condition['headers']>, answer: Answer): boolean {
  for (const name in wanted) {
    const want = wanted[name]
    const value = answer.headers[name]
    if (want === null) {
      if (value !== undefined) return false
    } else if (value === undefined) {
      return false
    } else if (typeof want === 'string') {
      if (value !== want && value.toLowerCase() !== want.toLowerCase()) return false
    } else if (want !== undefined && !want.test(value)) {
      return false
    }
  }
  return true
}

function within(value: number, want: number | readonly [number, number]): boolean {
  return typeof want === 'number' ? value === want : value >= want[0] && value <= want[1]
}

/** The media type of an answer: by the bytes after a GET, by `Content-Type` after a HEAD; lower case, bare. */
export function mediaType(answer: Answer): string | null {
  if (answer.body?.mime) return answer.body.mime
  const named = answer.headers['content-type']
  if (named === undefined) return null
  const end = named.indexOf(';')
  const bare = (end < 0 ? named : named.slice(0, end)).trim().toLowerCase()
  // Bytes that are no picture are no picture, whatever the header says.
  return answer.body !== null && bare.startsWith('image/') ? null : bare
}

function sentence(rule: Rule, { seen }: Observation): string {
  if (!rule.says.includes('{')) return rule.says
  return rule.says.replace(/\{(status|failure)\}/g, (_, word: string) =>
    word === 'status'
      ? seen.kind === 'answer'
        ? String(seen.status)
        : ''
      : seen.kind === 'failure'
        ? seen.detail
        : '',
  )
}
