// The composition of the service, read from top to bottom: what was given is wired, nothing is made that was not asked for.
import type { Keeper } from '../jobs/keeper.ts'
import type { People } from '../jobs/people.ts'
import type { Pictures } from '../pictures/pictures.ts'
import type { Store } from '../store/store.ts'
import type { Log } from './log.ts'
import type { Secrets, Settings } from './settings.ts'

/** What the HTTP side of the service is made from. */
export interface AppParts {
  readonly settings: Settings
  readonly secrets: Secrets
  readonly store: Store
  readonly pictures: Pictures
  readonly keeper: Keeper
  readonly people: People
  readonly log: Log
  /** Milliseconds since 1970, UTC. */
  readonly now: () => number
  /** 0 ≤ x < 1. */
  readonly random: () => number
}
