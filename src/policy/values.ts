// The values of a policy file: what may stand there, how it is read, and what somebody who wrote it otherwise probably
// meant. A word is a text, so numbers that ought to have a unit are caught here as well.
import {
  type Condition,
  durationPattern,
  parseCondition,
  parseDuration,
  plainConditions,
} from '../core/condition.ts'
import { type Budget, mostPrompts } from '../core/policy.ts'

/** Finds the name that was probably meant (src/audit/sources/nearest.ts); undefined when none is near. */
export type Nearest = (wanted: string, names: readonly string[]) => string | undefined

/** A kind of value. */
export interface Kind<T> {
  /** What may stand there, in words. */
  readonly allowed: string
  /** The value; null when it is none of this kind. */
  read(value: unknown): T | null
  /** What was probably meant; null without an idea. */
  guess(value: unknown, nearest: Nearest): string | null
}

/** A budget as it is written. Source of a regular expression. */
export const budgetPattern = `^(?:0|[1-9][0-9]?) per ${durationPattern}$`
const isBudget = new RegExp(budgetPattern)

/** A length of time in milliseconds. */
export const duration: Kind<number> = {
  allowed: 'a length of time such as 90d, 12h or 30m, from 15m to 9999d',
  read: (value) => (typeof value === 'string' ? parseDuration(value) : null),
  guess: (value) => durationIn(String(value)),
}

/** So many prompts in so much time. */
export const budget: Kind<Budget> = {
  allowed: `a number of prompts and a time, such as 2 per 90d, at most ${mostPrompts}; 0 per 1d for never`,
  read(value) {
    if (typeof value !== 'string' || !isBudget.test(value)) return null
    const [count = '', , time = ''] = value.split(' ')
    const perMs = parseDuration(time)
    return perMs === null ? null : { count: Number(count), perMs }
  },
  guess(value) {
    const found =
      /^\s*(\d{1,4})(?!\d)(?:\s*(?:x|×|times))?(?:\s*(?:per|in|each|every|\/|,)?\s*(.*))?$/i.exec(
        String(value),
      )
    if (found === null) return null
    const count = Math.min(mostPrompts, Number(found[1]))
    return `${count} per ${durationIn(found[2] ?? '') ?? '90d'}`
  },
}

/** A condition. */
export const condition: Kind<Condition> = {
  allowed: `${plainConditions.join(', ')}, or an age such as age > 90d`,
  read: (value) => (typeof value === 'string' ? parseCondition(value) : null),
  guess(value, nearest) {
    const text = String(value)
    const time = /\d/.test(text) ? durationIn(text.replace(/^\D+/, '')) : null
    if (time !== null) return `age > ${time}`
    return nearest(text, plainConditions) ?? null
  },
}

/** A whole number from 0 to `most`. */
export function whole(most: number): Kind<number> {
  return {
    allowed: `a whole number from 0 to ${most}`,
    read: (value) =>
      typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most
        ? value
        : null,
    guess: (value) =>
      typeof value === 'string' && /^\d{1,9}$/.test(value)
        ? `${Math.min(most, Number(value))}`
        : null,
  }
}

/** One of some words. */
export function oneOf<T extends string>(...words: readonly T[]): Kind<T> {
  return {
    allowed: words.join(', '),
    read: (value) => words.find((word) => word === value) ?? null,
    guess: (value, nearest) => (typeof value === 'string' ? (nearest(value, words) ?? null) : null),
  }
}

const days = { m: 1 / 1440, h: 1 / 24, d: 1, w: 7, mo: 30, y: 365 } as const

/** `7`, `7 days`, `2w` as a length of time that can be read; null when the text says none. */
function durationIn(text: string): string | null {
  const found =
    /^\s*(\d{1,6})\s*(minutes?|mins?|mo|months?|m|hours?|hrs?|h|days?|d|weeks?|w|years?|y)?\s*$/i.exec(
      text,
    )
  if (found === null) return null
  const count = Number(found[1])
  const word = (found[2] ?? 'd').toLowerCase()
  const unit = word.startsWith('mo') ? 'mo' : (word.slice(0, 1) as 'm' | 'h' | 'd' | 'w' | 'y')
  const written =
    unit === 'm' || unit === 'h' || unit === 'd' ? `${count}${unit}` : `${count * days[unit]}d`
  return parseDuration(written) === null ? null : written
}
