// What a verb of the HTTP control interface is.
import type { Fields } from './fields.ts'

/** One verb. */
export interface Verb {
  readonly method: 'GET' | 'POST'
  /** What may be sent. */
  readonly fields: readonly string[]
  /** One sentence, for the list of all verbs. */
  readonly says: string
  /** Does it; what it returns, or resolves with, is sent back as JSON. */
  run(fields: Fields): unknown
}

/** A verb that changes nothing. */
export function get(says: string, fields: readonly string[], run: Verb['run']): Verb {
  return { method: 'GET', fields, says, run }
}

/** A verb that changes something. */
export function post(says: string, fields: readonly string[], run: Verb['run']): Verb {
  return { method: 'POST', fields, says, run }
}
