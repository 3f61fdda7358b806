// Reading what the control interface was sent. Every refusal names the field, what it should be and what
// it was, since the reader of that message is a person at a terminal.

/** A field that is missing or wrong; the control interface answers 400 with its message. */
export class FieldError extends Error {
  override name = 'FieldError'
  /** Which field it is about. */
  readonly field: string

  constructor(field: string, problem: string) {
    super(`${field}: ${problem}`)
    this.field = field
  }
}

/** What was sent, before anything is known about it. */
export type Fields = Readonly<Record<string, unknown>>

/** A number from `min` to `max`; undefined where the field is absent. */
export function readNumber(
  fields: Fields,
  field: string,
  min = 0,
  max = Number.MAX_SAFE_INTEGER,
): number | undefined {
  const value = fields[field]
  if (value === undefined || value === null) return undefined
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof number !== 'number' || !(number >= min && number <= max)) {
    throw new FieldError(field, `must be a number from ${min} to ${max}, not ${show(value)}`)
  }
  return number
}

/** A whole number from `min` to `max`; undefined where the field is absent. */
export function readWhole(
  fields: Fields,
  field: string,
  min = 0,
  max = Number.MAX_SAFE_INTEGER,
): number | undefined {
  const number = readNumber(fields, field, min, max)
  if (number !== undefined && !Number.isInteger(number)) {
    throw new FieldError(field, `must be a whole number, not ${show(number)}`)
  }
  return number
}

/** A text that is not empty; undefined where the field is absent. */
export function readText(fields: Fields, field: string): string | undefined {
  const value = fields[field]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string' || value === '') {
    throw new FieldError(field, `must be a text, not ${show(value)}`)
  }
  return value
}

/** True or false (also as the words, for query strings); undefined where the field is absent. */
export function readFlag(fields: Fields, field: string): boolean | undefined {
  const value = fields[field]
  if (value === undefined || value === null) return undefined
  if (value === true || value === 'true' || value === '1') return true
  if (value === false || value === 'false' || value === '0') return false
  throw new FieldError(field, `must be true or false, not ${show(value)}`)
}

/** One of the given words; undefined where the field is absent. */
export function readChoice<Word extends string>(
  fields: Fields,
  field: string,
  words: readonly Word[],
): Word | undefined {
  const value = fields[field]
  if (value === undefined || value === null) return undefined
  const word = words.find((each) => each === value)
  if (word !== undefined) return word
  throw new FieldError(field, `must be one of ${words.join(', ')}, not ${show(value)}`)
}

/** A list of the given words (or one of them alone); undefined where the field is absent. */
export function readChoices<Word extends string>(
  fields: Fields,
  field: string,
  words: readonly Word[],
): readonly Word[] | undefined {
  const value = fields[field]
  if (value === undefined || value === null) return undefined
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (list.length === 0) throw new FieldError(field, 'must not be an empty list')
  return list.flatMap((each) => readChoice({ [field]: each }, field, words) ?? [])
}

/** What the reader found, or a complaint that the field is missing. */
export function required<Value>(field: string, value: Value | undefined): Value {
  if (value === undefined) throw new FieldError(field, 'is missing')
  return value
}

/** Refuses fields that nobody reads, so that a misspelt one is not silently without effect. */
export function refuseOthers(fields: Fields, known: readonly string[]): void {
  const other = Object.keys(fields).find((field) => !known.includes(field))
  if (other === undefined) return
  throw new FieldError(other, `is not known here; known are ${known.join(', ') || 'none'}`)
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
