// The service's memory: what it promises, in the service's verbs. Two adapters keep it (sqlite.ts, postgres.ts); one suite
// (contract.ts) holds both to it. Rows are the truth: whatever else runs can be derived from them again.
import type { Avatar, Standing, Urgency } from '../core/avatar.ts'
import type { Clock, Limits } from '../core/clock.ts'
import type { VerdictKind } from '../core/verdict.ts'
import type { EventType } from './event-types.ts'
import type { FigureVerbs } from './figures.ts'
import type { PersonVerbs } from './persons.ts'

export { type EventType, eventTypes, toldEvents } from './event-types.ts'

/** An event to be written in the same transaction as the change it tells of. */
export interface NewEvent {
  readonly type: EventType
  readonly data: Readonly<Record<string, unknown>>
}

/** A written event. `id` is unique, URL-safe, and ascending in time within one process. */
export interface StoredEvent extends NewEvent {
  readonly id: string
  readonly subject: string
  readonly at: number
}

/** A picture that an avatar shows from now on; its bytes are already safe. */
export interface NewCopy {
  readonly sha256: string
  readonly rawSha256: string
  readonly phash: string
  readonly bytes: number
  readonly width: number
  readonly height: number
  readonly rawMime: string
  /** The source that the picture stands for, wherever its bytes were found; null for an upload. */
  readonly url: string | null
}

/** What a probe saw, as it is remembered. */
export interface Seen {
  readonly at: number
  readonly edge: string
  /** Set when it was not the avatar's current source that was asked. */
  readonly url: string | null
  readonly method: 'HEAD' | 'GET'
  readonly status: number | null
  readonly verdict: VerdictKind
  readonly rule: string
  readonly detail: string
  readonly sha256: string | null
  readonly bytes: number | null
  readonly mime: string | null
  readonly ms: number
}

/** Fields of an avatar that a change may set. What is absent stays. */
export type AvatarPatch = Partial<
  Pick<
    Avatar,
    | 'name'
    | 'url'
    | 'provider'
    | 'standing'
    | 'swept'
    | 'belief'
    | 'importance'
    | 'nextCheckAt'
    | 'urgentAt'
    | 'urgency'
    | 'expiresAt'
    | 'tokenExpiresAt'
  >
>

/**
 * A change of one avatar, written as a whole: fields, copy, observations and events in one transaction.
 * `standingAt` is set by the store when the standing changes. A change of `url` writes the source's history.
 */
export interface Change {
  readonly patch: AvatarPatch
  /** Shows this picture from now on; past copies are remembered. `null` shows none. Absent: as before. */
  readonly copy?: NewCopy | null
  readonly seen?: readonly Seen[]
  readonly events?: readonly NewEvent[]
  /**
   * The change makes looks on their way worthless: it raises `revision` and ends a lease. Another source, provider or standing
   * raises it in any case.
   */
  readonly outdates?: boolean
  /** The person is to be attended to by then (persons.ts), or earlier where that was due already: milliseconds UTC. */
  readonly attendAt?: number
}

/** An avatar that is leased to us. */
export interface Due {
  readonly avatar: Avatar
  /** Null when it is the sweep's turn. */
  readonly urgency: Urgency | null
}

/** Leased avatars of one provider, and its clock after they were paid for. */
export interface Claim {
  readonly clock: Clock
  readonly due: readonly Due[]
}

/** The result of a look at a leased avatar. */
export interface LookResult {
  /** As it was leased. */
  readonly avatar: Pick<Avatar, 'id' | 'subject' | 'url' | 'provider' | 'standing' | 'revision'>
  readonly change: Change
}

/** How a batch of looks was received. */
export interface Recorded {
  /** For each result: false when the lease or the revision was no longer ours; then nothing was changed. */
  readonly applied: readonly boolean[]
}

/** One line of an avatar's story. `at` then `key` order it; newest first. */
export type StoryEntry =
  | ({ readonly kind: 'observation'; readonly key: string } & Seen)
  | ({ readonly kind: 'event'; readonly key: string } & StoredEvent)

/** Where a page goes on. Opaque to callers of the HTTP interface. */
export type Cursor = string

/** A page of anything. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly next: Cursor | null
}

/** A stored picture and who shows it. */
export interface StoredPicture {
  readonly sha256: string
  readonly rawSha256: string
  readonly phash: string
  readonly bytes: number
  readonly width: number
  readonly height: number
  readonly rawMime: string
  readonly firstSeenAt: number
  /** Avatars that show it now. */
  readonly subjects: number
}

/** What an operator, or a rule, said of bytes: `suspected`, then `placeholder` or `face`. */
export type Mark = 'suspected' | 'placeholder' | 'face'

/** Bytes that many unrelated subjects have. */
export interface Suspect {
  readonly rawSha256: string
  /** A picture of our store with these bytes, to look at; null when none is kept. */
  readonly sha256: string | null
  readonly mark: Mark
  readonly markedAt: number
  /** Subjects that have shown these bytes, counted when marked or later. */
  readonly subjects: number
}

/** What forgetting a subject took away. */
export interface Forgotten {
  readonly subject: string
  /** Pictures that no avatar uses any more: their bytes are to be removed. */
  readonly pictures: readonly string[]
  /** Pictures that stay because others show them. */
  readonly shared: readonly string[]
  readonly sources: number
  readonly observations: number
  readonly events: number
}

/** An event on its way to one webhook. */
export interface Delivery {
  readonly id: number
  readonly event: StoredEvent
  /** The webhook's URL as configured. */
  readonly hook: string
  readonly state: 'pending' | 'delivered' | 'failed'
  readonly attempts: number
  /** Milliseconds UTC; when the next attempt is due, or the last one was. */
  readonly nextAt: number
  readonly lastStatus: number | null
  readonly lastError: string | null
}

/** How an attempt to deliver ended. */
export interface DeliveryResult {
  readonly id: number
  readonly state: 'pending' | 'delivered' | 'failed'
  readonly nextAt: number
  readonly status: number | null
  readonly error: string | null
}

/** Scopes of an API key; each includes those before it. */
export const scopes = ['read', 'write', 'admin'] as const
export type Scope = (typeof scopes)[number]

/** An API key without its secret. */
export interface ApiKey {
  readonly id: string
  readonly name: string
  readonly scope: Scope
  readonly createdAt: number
  readonly lastUsedAt: number | null
  readonly revokedAt: number | null
}

/** A remembered answer to a request with an `Idempotency-Key`. */
export interface Answered {
  /** SHA-256 of the request: the same key with another request is refused. */
  readonly request: string
  readonly status: number
  readonly body: string
}

/** Figures of the whole. */
export interface Stats {
  readonly avatars: number
  readonly standings: Readonly<Record<Standing, number>>
  readonly providers: readonly {
    readonly provider: string
    readonly avatars: number
    readonly standings: Readonly<Partial<Record<Standing, number>>>
  }[]
  /** Avatars with a copy. */
  readonly copies: number
  readonly pictures: number
  readonly pictureBytes: number
  /** Looks out of turn that are overdue, and since when the oldest is. */
  readonly overdue: number
  readonly oldestOverdueAt: number | null
  readonly deliveries: { readonly pending: number; readonly failed: number }
  readonly suspects: number
}

/** Which avatars. */
export interface AvatarQuery {
  readonly standing?: Standing
  readonly provider?: string
  readonly limit: number
  readonly cursor?: Cursor
}

/** What the picture route needs of an avatar, and nothing else. */
export interface Face {
  readonly subject: string
  readonly name: string | null
  readonly standing: Standing
  readonly url: string | null
  readonly sha256: string | null
  /** Log-odds that the source is gone although it stands as alive. */
  readonly suspect: number
}

/** A face found by one of its links. */
export interface LinkedFace {
  readonly face: Face
  /** The link is its current source. */
  readonly current: boolean
}

/**
 * Keeps everything. All verbs reject with `store-unreachable` when the engine cannot be reached and may be called
 * again; nothing that was acknowledged is lost by a killed process. Strings come out as they went in, but for U+0000 and halves
 * of surrogate pairs, which become U+FFFD.
 */
export interface Store extends FigureVerbs, PersonVerbs {
  /** `sqlite ./everface-data/everface.db`, without secrets. */
  readonly name: string
  /** Brings the tables up to date; the names of the migrations that were applied. Safe beside running services. */
  migrate(): Promise<readonly string[]>
  /** Migrations that `migrate` would apply. */
  pending(): Promise<readonly string[]>
  ping(): Promise<void>
  close(): Promise<void>

  /**
   * Reads avatars, lets `decide` make changes, writes them: one transaction. `decide` is pure, may be called again
   * when the engine retries, gets null for a subject nobody knows and returns null to change nothing; for an unknown
   * subject a change makes the avatar (its patch needs at least `provider` and `url`). A subject named twice is decided twice, in
   * order, the second time upon the result of the first. Returns the avatars afterwards, in the order of `subjects`,
   * null where there is none.
   */
  change(
    subjects: readonly string[],
    now: number,
    decide: (
      avatar: Avatar | null,
      index: number,
      clockOf: (provider: string) => Clock,
    ) => Change | null,
  ): Promise<readonly (Avatar | null)[]>
  avatar(subject: string): Promise<Avatar | null>
  face(subject: string): Promise<Face | null>
  /**
   * The face that a link belongs to: the exact URL is its current source, or a past one. Of several, those whose current
   * source it is come first, then those with a copy. Null when it is nobody's.
   */
  faceOf(url: string): Promise<LinkedFace | null>
  /** Ordered by subject; pages by key. */
  avatars(query: AvatarQuery): Promise<Page<Avatar>>
  /** Current source first, then past ones, the newest first; at most 100. */
  sources(subject: string): Promise<readonly { url: string; from: number; until: number | null }[]>
  /** Null when the subject is unknown. */
  story(subject: string, page: { limit: number; cursor?: Cursor }): Promise<Page<StoryEntry> | null>

  /**
   * Leases what is due at a provider, as much as its tokens allow, at most `max`: first what is owed out of turn
   * (oldest first), then the smallest `nextCheckAt`. Takes the tokens, moves the clock (core/clock.ts `refill`,
   * `allowance`, `spend`). Leased rows are nobody else's until `now + leaseMs`.
   */
  claim(options: {
    provider: string
    limits: Limits
    now: number
    max: number
    leaseMs: number
    /** Who leases; a result is accepted only from the same. */
    owner: string
  }): Promise<Claim>
  /** Leases one avatar whatever is due, paying one pace token; null when unknown, without source, or leased already. */
  claimOne(options: {
    subject: string
    limits: Limits
    now: number
    leaseMs: number
    owner: string
  }): Promise<Claim | null>
  /** Writes results of looks at leased avatars, in one transaction, and ends their leases. A result raises `revision`. */
  record(results: readonly LookResult[], owner: string, now: number): Promise<Recorded>
  /** Holds leases that are still ours until `until`: a look takes longer than thought. */
  extend(ids: readonly number[], owner: string, until: number): Promise<void>
  /** Gives leases back unused, so that others need not wait for them to run out. */
  release(ids: readonly number[], owner: string): Promise<void>

  /**
   * Adds to the views of avatars (core/importance.ts `addViews`) and replans nothing: a counter must not cost a
   * transaction an avatar. Unknown subjects are left out.
   */
  addViews(
    counted: readonly (readonly [subject: string, views: number])[],
    now: number,
  ): Promise<void>

  /** Providers that have avatars with a source, with their clocks. */
  clocks(): Promise<readonly Clock[]>
  /** Replaces a clock by what `next` makes of it, in one transaction. */
  turnClock(provider: string, next: (clock: Clock) => Clock): Promise<Clock>
  /**
   * How many avatars of a provider are believed alive or not yet known: those that the budget is for, also when they are
   * looked at only when their person comes. Counted along an index.
   */
  living(provider: string): Promise<number>

  /** How many avatars show or have shown bytes with this raw hash, counted up to `bound`. */
  showing(rawSha256: string, bound: number): Promise<number>
  markOf(rawSha256: readonly string[]): Promise<ReadonlyMap<string, Mark>>
  /** Marks bytes; the subjects that show them now. Writes `picture.suspected` or `picture.marked`. */
  mark(rawSha256: string, mark: Mark, now: number): Promise<readonly string[]>
  suspects(): Promise<readonly Suspect[]>
  picture(sha256: string): Promise<StoredPicture | null>
  /** Which of these pictures have a row. */
  known(sha256s: readonly string[]): Promise<ReadonlySet<string>>
  /** All pictures' names in ascending order, in pages. */
  pictureNames(after: string | null, limit: number): Promise<readonly string[]>
  /** The bytes of a picture are lost: its row goes, avatars that show it show none and are looked at at once. */
  losePicture(sha256: string, now: number): Promise<number>
  /** The copies that a subject has shown, the one that is shown and then those shown last first; at most 20. */
  copies(subject: string): Promise<readonly NewCopy[]>

  /** Forgets a subject wholly and writes `avatar.forgotten`; null when unknown. */
  forget(subject: string, now: number): Promise<Forgotten | null>

  /** Leases deliveries that are due, oldest first. */
  dueDeliveries(now: number, max: number, leaseMs: number): Promise<readonly Delivery[]>
  settleDeliveries(results: readonly DeliveryResult[]): Promise<void>
  deliveries(state: Delivery['state'], limit: number): Promise<readonly Delivery[]>
  /** Makes a failed delivery due again, with the same event id. False when there is no such failed delivery. */
  resend(id: number, now: number): Promise<boolean>

  addKey(key: ApiKey, secretSha256: string): Promise<void>
  /** The key with this secret, unless revoked. */
  keyOf(secretSha256: string): Promise<ApiKey | null>
  keys(): Promise<readonly ApiKey[]>
  touchKey(id: string, now: number): Promise<void>
  /** False when there is no such key in force. */
  revokeKey(id: string, now: number): Promise<boolean>

  answered(key: string): Promise<Answered | null>
  remember(key: string, answer: Answered, now: number): Promise<void>

  /** A small named value, such as how far an import has come. */
  note(name: string): Promise<string | null>
  setNote(name: string, value: string | null): Promise<void>

  /**
   * Removes what policy keeps no longer: observations and told events older than `historyBefore`, remembered
   * answers older than `answersBefore`, copies that were shown for the last time before `copiesBefore`. At most `max` of each.
   * Returns the pictures whose bytes are to be removed.
   */
  trim(bounds: {
    historyBefore: number
    answersBefore: number
    copiesBefore: number
    max: number
  }): Promise<{ removed: number; pictures: readonly string[] }>
  stats(now: number): Promise<Stats>
}
