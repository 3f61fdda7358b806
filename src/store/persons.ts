// What the store keeps of people besides their pictures: what they granted, what they did, when somebody is to attend to
// them; and what may happen once only. One verb changes a person, so that a decision and its traces are one transaction.
import type { Avatar } from '../core/avatar.ts'
import type { Grant } from '../core/refresh.ts'
import type { EventType } from './event-types.ts'
import type { Change, StoredEvent } from './store.ts'

/** What a person granted an app. Times are milliseconds UTC. */
export interface StoredGrant extends Grant {
  readonly appid: string
  readonly openid: string
  readonly unionid: string | null
  /** Sealed, as it was handed in; null where none was given, or it is of no use any more. */
  readonly refreshToken: string | null
}

/** Everything that a decision on a person depends on. */
export interface Person {
  readonly avatar: Avatar
  /** When the avatar's current source became it. */
  readonly urlAt: number
  /** When a source of the avatar was last looked at; null for never. */
  readonly lookedAt: number | null
  /** One for each app, the longest-lived last. */
  readonly grants: readonly StoredGrant[]
  /** `person.…` and `avatar.ask` from `since` on, the oldest first; at most the newest thousand. */
  readonly events: readonly StoredEvent[]
}

/** A change of a person, written as a whole. */
export interface PersonChange extends Change {
  /** Grants as they are from now on; those of apps that are not named stay as they were. */
  readonly grants?: readonly StoredGrant[]
  /** Events of these types are taken back. */
  readonly dropEvents?: readonly EventType[]
  /** Ends the lease of whoever attends; what is written stands even when it ran out meanwhile. */
  readonly attended?: {
    readonly owner: string
    /** When to attend again, unless something happened meanwhile; null: when something happens. */
    readonly nextAt: number | null
    /** Attempts in a row that brought nothing. */
    readonly failures: number
  }
}

/** Somebody who is leased to us. */
export interface Attention {
  readonly subject: string
  /** Attempts in a row that brought nothing. */
  readonly failures: number
}

/** Whose a grant is: by openid with an app, or by unionid where the openid is not told. */
export interface Holder {
  readonly appid: string
  readonly openid: string | null
  readonly unionid: string | null
}

/** The store's verbs on people. */
export interface PersonVerbs {
  /** Null for a subject nobody knows. */
  person(subject: string, since: number): Promise<Person | null>
  /**
   * Reads a person, lets `decide` make a change, writes it: one transaction, in which nobody else changes the person.
   * `decide` may be called again when the engine retries. Null for a subject nobody knows; `decide` is not asked then.
   */
  changePerson(
    subject: string,
    now: number,
    since: number,
    decide: (person: Person) => PersonChange | null,
  ): Promise<Person | null>
  /** Takes back events of a type of these subjects; costs no transaction where there are none. */
  dropEvents(subjects: readonly string[], type: EventType): Promise<void>
  /** Leases those who are to be attended to, the longest due first, at most `max`. */
  dueAttention(options: {
    now: number
    max: number
    leaseMs: number
    owner: string
  }): Promise<readonly Attention[]>
  /** Subjects that have a grant of this holder, in or out of force. */
  holders(holder: Holder): Promise<readonly string[]>

  /** Notes that something was used; what was noted before: null the first time, then its outcome so far. */
  spend(id: string, until: number): Promise<null | { readonly outcome: string | null }>
  /** How what was used turned out. */
  settleSpent(id: string, outcome: string): Promise<void>

  /** Keeps a pushed message until it was acted upon; false when it came before. */
  takePushed(id: string, body: string, now: number, until: number): Promise<boolean>
  /** Leases pushed messages that are to be acted upon, oldest first. */
  duePushed(
    now: number,
    max: number,
    leaseMs: number,
  ): Promise<readonly { readonly id: string; readonly body: string }[]>
  /** The message was acted upon: nothing but its id is kept. */
  settlePushed(id: string): Promise<void>
  /** Removes what may be forgotten of what was used or pushed; at most `max` of each. How many went. */
  trimOnce(now: number, max: number): Promise<number>
}
