// The keeper: everything that is done to avatars, in verbs. The HTTP interface, the importer and the background work
// all go through here, so that a rule about avatars has one place.
import type { Avatar } from '../core/avatar.ts'
import type { VerdictKind } from '../core/verdict.ts'
import type { RefusalCode } from '../pictures/pictures.ts'
import type { Forgotten, Seen } from '../store/store.ts'

/** What an app tells of a person's picture. */
export interface Registration {
  readonly subject: string
  readonly url: string
  /** The person's name, for the initials face; absent: as before. */
  readonly name?: string | null
  /** When the app got the URL from the platform, milliseconds UTC; absent: now. */
  readonly observedAt?: number
  /** The platform said that this is a snapshot (virtual) profile: it is refused. */
  readonly snapshot?: boolean
  /** Comes from a list of unknown age, not from a login: it says nothing about when the URL was current. */
  readonly imported?: boolean
  /** Beside `imported`, of a list without times: nothing in it is younger than this, milliseconds UTC; absent: now. */
  readonly notAfter?: number
  /** Nobody logged in: the platform was asked. Who is not known, or was forgotten meanwhile, is not made anew. */
  readonly silent?: boolean
}

/** Why something was not done. Codes are stable; the HTTP interface hands them out. */
export interface Denial {
  readonly kind: 'denied'
  readonly code:
    | 'subject-invalid'
    | 'url-invalid'
    | 'host-not-allowed'
    | 'snapshot-profile'
    | 'observed-in-future'
    | 'name-too-long'
    | 'subject-unknown'
    | 'source-missing'
    | 'look-in-progress'
    | 'grant-app-unknown'
    | 'busy'
    | RefusalCode
  readonly detail: string
}

/** How a registration ended. */
export type Registered =
  | {
      readonly kind: 'registered'
      readonly avatar: Avatar
      readonly created: boolean
      /** The word was older than what is known, and changed nothing. */
      readonly late?: true
    }
  | Denial

/** A look that somebody asked for. */
export interface Probed {
  readonly kind: 'probed'
  readonly avatar: Avatar
  readonly finding: {
    readonly kind: VerdictKind | 'dying'
    readonly rule: string
    readonly detail: string
  }
  readonly seen: readonly Seen[]
}

/** What an app or a page tells of a person. */
export const signalTypes = [
  'login',
  'open',
  'session-expired',
  'prompt-shown',
  'prompt-accepted',
  'prompt-declined',
  'consent-withdrawn',
] as const
export type SignalType = (typeof signalTypes)[number]

/** Does things to avatars. Verbs reject only when the store or the blobs cannot be reached. */
export interface Keeper {
  /** Registers or renews; results in the order of the entries. */
  register(entries: readonly Registration[]): Promise<readonly Registered[]>
  /** Looks now, whatever is due, and settles what was seen. */
  probe(subject: string): Promise<Probed | Denial>
  /** Takes a picture that the person gave; standing becomes `uploaded`. */
  upload(subject: string, bytes: Uint8Array, name?: string | null): Promise<Registered>
  /** Forgets: rows, bytes no other avatar uses, variants. */
  forget(subject: string): Promise<({ readonly kind: 'forgotten' } & Forgotten) | Denial>
  /** Takes a signal; `consent-withdrawn` forgets. */
  signal(subject: string, type: SignalType): Promise<{ readonly kind: 'taken' } | Denial>
  /**
   * A page says that this face did not show, or its bytes were not there. A hint: it hastens a look, never more; bytes that
   * are lost indeed are fetched anew at once.
   */
  hint(subject: string): void
  /** The picture of this subject was asked for. Counted in memory, written in batches. */
  shown(subject: string): void
  /** Marks bytes as a placeholder or a face; avatars that show a placeholder get their last good copy back. */
  mark(rawSha256: string, mark: 'placeholder' | 'face'): Promise<readonly string[]>
}

/** The worker's side: what is done without being asked. Every verb is one bounded step; the loops are in loops.ts. */
export interface Work {
  /** Claims what is due at all providers, looks, settles. The number of avatars claimed; slow looks may go on behind it. */
  sweep(): Promise<number>
  /** Writes counted views, and hints that suffice. */
  flush(): Promise<void>
  /** Measures the price clocks. */
  turnClocks(): Promise<void>
  /** Trims by policy, removes bytes nobody uses. */
  tidy(): Promise<void>
  /** Finds rows without bytes and bytes without rows. */
  reconcile(): Promise<{ missing: number; stray: number }>
  /** Resolves when all looks that a sweep began have ended: a sweep does not wait for slow hosts. */
  ended(): Promise<void>
}
