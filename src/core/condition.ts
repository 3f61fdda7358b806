// The conditions of a policy: under which a picture is renewed or its person is asked. Texts are read once, ahead; what is
// left for a decision is a comparison. Lengths of time are written here as well, because conditions contain them.
import type { Standing } from './avatar.ts'

/** Conditions that are a word. */
export const plainConditions = [
  'gone',
  'dying',
  'changed',
  'placeholder',
  'unknown',
  'session-expired',
  'login',
] as const

/** What must hold. `age`: the picture was last known to be current longer ago than that. */
export type Condition =
  | { readonly kind: (typeof plainConditions)[number] }
  | { readonly kind: 'age'; readonly overMs: number }

/** Reads `90d`, `12h`, `30m`: at most four digits, at least 15 minutes. Source of a regular expression. */
export const durationPattern = '(?:[1-9][0-9]{0,3}[dh]|(?:1[5-9]|[2-9][0-9]|[1-9][0-9]{2,3})m)'
/** A condition as it is written in a policy file. Source of a regular expression. */
export const conditionPattern = `^(?:${plainConditions.join('|')}|age *> *${durationPattern})$`

const isDuration = new RegExp(`^${durationPattern}$`)
const isCondition = new RegExp(conditionPattern)
const unitMs = { d: 86_400_000, h: 3_600_000, m: 60_000 } as const

/** A length of time in milliseconds; null when the text is none: `90d`, `12h`, `30m`, from 15m to 9999d. */
export function parseDuration(text: string): number | null {
  if (!isDuration.test(text)) return null
  const unit = text.slice(-1) as keyof typeof unitMs
  return Number(text.slice(0, -1)) * unitMs[unit]
}

/** The shortest text for a length of time in milliseconds; parts of a minute are dropped. */
export function durationText(ms: number): string {
  if (ms % unitMs.d === 0) return `${ms / unitMs.d}d`
  if (ms % unitMs.h === 0) return `${ms / unitMs.h}h`
  return `${Math.floor(ms / unitMs.m)}m`
}

/** A condition; null when the text is none: a word of `plainConditions`, or `age > 90d`. */
export function parseCondition(text: string): Condition | null {
  if (!isCondition.test(text)) return null
  const kind = plainConditions.find((one) => one === text)
  if (kind !== undefined) return { kind }
  const overMs = parseDuration(text.slice(text.indexOf('>') + 1).trim())
  return overMs === null ? null : { kind: 'age', overMs }
}

/** The condition as it is written in a policy file. */
export function conditionText(condition: Condition): string {
  return condition.kind === 'age' ? `age > ${durationText(condition.overMs)}` : condition.kind
}

/** What conditions look at. Times are milliseconds UTC, null for never. */
export interface Facts {
  readonly standing: Standing
  /** When the source was last known to be current. */
  readonly confirmedAt: number
  /** When the copy's bytes were stored. */
  readonly copyTakenAt: number | null
  /** How likely the picture has changed since `confirmedAt`: 0 to 1 (belief.ts). */
  readonly changeProbability: number
  readonly sessionExpiredAt: number | null
  readonly loginAt: number | null
  /** When the person last agreed to a prompt. */
  readonly acceptedAt: number | null
  /** When the profile was last renewed by the grant. */
  readonly refreshedAt: number | null
}

/** From this probability on, a picture that nobody has looked at counts as changed: it is likelier than not. */
const likely = 0.5
/** A login is a moment, not a state: so long after it the condition holds. */
const loginLastsMs = 3_600_000

/** Whether a condition holds. */
export function holds(condition: Condition, facts: Facts, now: number): boolean {
  const { standing } = facts
  switch (condition.kind) {
    case 'gone':
    case 'dying':
    case 'placeholder':
    case 'unknown':
      return standing === condition.kind
    case 'changed':
      return (
        standing === 'gone' ||
        standing === 'dying' ||
        (isOpen(standing) && facts.changeProbability >= likely)
      )
    case 'session-expired':
      return isAfter(facts.sessionExpiredAt, renewedAt(facts), facts.confirmedAt)
    case 'login':
      return (
        isAfter(facts.loginAt, renewedAt(facts), null) && now - (facts.loginAt ?? 0) < loginLastsMs
      )
    case 'age':
      return now - Math.max(facts.confirmedAt, facts.copyTakenAt ?? 0) > condition.overMs
  }
}

/** Whether a look at the source could make the condition hold no more, so that nobody needs to be asked yet. */
export function isLookable({ kind }: Condition, standing: Standing): boolean {
  return isOpen(standing) && (kind === 'age' || kind === 'changed' || kind === 'unknown')
}

/** Standings that the next look may change either way. */
function isOpen(standing: Standing): boolean {
  return standing === 'alive' || standing === 'unknown'
}

function renewedAt({ acceptedAt, refreshedAt }: Facts): number | null {
  if (acceptedAt === null || refreshedAt === null) return acceptedAt ?? refreshedAt
  return Math.max(acceptedAt, refreshedAt)
}

function isAfter(at: number | null, one: number | null, other: number | null): boolean {
  return at !== null && (one === null || at > one) && (other === null || at > other)
}
