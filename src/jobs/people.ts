// People: what they granted, what they did, and what is done for them. The HTTP interface and the background work both go
// through here, as they go through the keeper (keeper.ts) for pictures.
import type { Avatar } from '../core/avatar.ts'
import type { Client, Decision, Occasion } from '../core/decide.ts'
import type { PushEvent } from '../wechat/push.ts'
import type { Denial, Registered, Registration, SignalType } from './keeper.ts'

/** What an app tells of the tokens that a person gave it. Times are milliseconds UTC. */
export interface GivenGrant {
  /** Absent: the only app that there is. */
  readonly appid?: string
  readonly openid: string
  readonly unionid?: string | null
  /** Absent: nothing can be renewed, but messages of the platform about this openid find the person. */
  readonly refreshToken?: string
  /** As the platform wrote it; absent: that by which profiles are read. */
  readonly scope?: string
  /** When the person agreed, from when on the refresh token counts its thirty days; absent: now. */
  readonly grantedAt?: number
}

/** What is asked about a person. */
export interface Question {
  /** Where the person is in the product; null when nobody said. */
  readonly scene: string | null
  readonly occasion: Occasion
  readonly client: Client
}

/** A decision that was made; what it leads to has been noted. */
export interface Decided {
  readonly kind: 'decided'
  readonly decision: Decision
  readonly avatar: Avatar
}

/** How an authorization ended. */
export type Authorized =
  | { readonly kind: 'authorized'; readonly avatar: Avatar }
  /** A stable word for the app, and nothing of the person. */
  | {
      readonly kind: 'failed'
      readonly reason:
        | 'snapshot-profile'
        | 'code-spent'
        | 'no-picture'
        | 'picture-refused'
        | 'platform-busy'
        | 'platform-refused'
    }

/** Does things for people. Verbs reject only when the store or the blobs cannot be reached. */
export interface People {
  /** As the keeper's; a real profile also ends what is known of a snapshot. */
  register(entries: readonly Registration[]): Promise<readonly Registered[]>
  /** Keeps what a known person granted. An older word than the one we have changes nothing. */
  grant(
    subject: string,
    given: GivenGrant,
  ): Promise<{ readonly kind: 'granted'; readonly avatar: Avatar } | Denial>
  /** Whether `given` would be taken; null when it would. */
  refuses(given: GivenGrant): Denial | null
  /** What to do for a person now. A prompt that is handed out counts from then on. */
  decide(subject: string, question: Question): Promise<Decided | Denial>
  /** Takes a signal; `consent-withdrawn` forgets. `scene` matters to prompts. */
  signal(
    subject: string,
    type: SignalType,
    scene?: string | null,
  ): Promise<{ readonly kind: 'taken' } | Denial>
  /** The person came back from the platform with a code: the profile is registered, the grant kept. */
  authorized(journey: { appid: string; subject: string }, code: string): Promise<Authorized>
  /** The person came back without one. */
  refused(subject: string): Promise<void>
  /** Keeps a message of the platform until it is acted upon; one that came before is let be. */
  takePushed(key: string, event: PushEvent): Promise<void>
}

/** The worker's side: bounded steps, repeated by loops. */
export interface Attending {
  /** Attends to those who are due: refreshes, tells whom only the person can help. The number of people. */
  attend(): Promise<number>
  /** Acts upon messages of the platform. The number of messages. */
  actOnPushed(): Promise<number>
  /** Forgets what was used up long ago. */
  tidy(): Promise<void>
}
