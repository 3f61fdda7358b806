// What every verb is given.
import type { Limits } from '../../core/clock.ts'
import type { Engine } from '../sql.ts'
import type { Events } from './events.ts'

/** The parts of a store that its verbs share. */
export interface Context {
  readonly engine: Engine
  readonly events: Events
  /** What a provider that nobody has asked yet is thought to be allowed. */
  readonly limits: Limits
  /** Milliseconds since 1970, UTC. */
  readonly now: () => number
}
