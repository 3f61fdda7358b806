// What is sent to the service and what comes back, as types: the fields of docs/http-api.md and of `/docs`. Times in
// answers are ISO 8601 in UTC, as the service writes them. Tests hold these types to the service's own.
import type { Standing } from '../core/avatar.ts'
import type { Client, Occasion } from '../core/decide.ts'
import type { DecisionKind } from '../core/reasons.ts'
import type { FindingKind, VerdictKind } from '../core/verdict.ts'

/** Sizes that every avatar has a URL for, in pixels. */
export type UrlSize = '46' | '64' | '96' | '132' | '264' | '640'

/** What a person granted an app of WeChat, so that picture and name can be renewed without asking them. */
export interface Grant {
  /** Which app; absent where the service knows one only. */
  readonly appid?: string
  readonly openid: string
  readonly unionid?: string | null
  /** Absent: nothing is renewed, but messages of the platform find the person. */
  readonly refreshToken?: string
  /** As the platform told it, such as `snsapi_userinfo`. */
  readonly scope?: string
  /** When the person agreed: milliseconds UTC, or a Date; absent: now. */
  readonly grantedAt?: number | Date
}

/** What an app tells of a person's picture. */
export interface Registration {
  /** As the platform handed it out, unchanged. */
  readonly url: string
  /** For the initials face. Absent: as before; null: none. */
  readonly name?: string | null
  /** Refuses the URL when it belongs to another provider. */
  readonly provider?: string
  /** When the app got the URL: milliseconds UTC, or a Date; absent: now. */
  readonly observedAt?: number | Date
  readonly grant?: Grant
  /** The platform said that this is a snapshot (virtual) profile: it is refused. */
  readonly snapshot?: boolean
}

/** A registration among many. */
export interface Entry extends Registration {
  readonly subject: string
  /** Comes from a list of unknown age: it says nothing about when the URL was current. */
  readonly imported?: boolean
}

/** An avatar in a list. */
export interface AvatarItem {
  readonly subject: string
  readonly name: string | null
  readonly standing: Standing
  readonly standingSince: string
  /** `upload` without a source. */
  readonly provider: string
  readonly source: {
    readonly url: string
    readonly expiresAt: string | null
    readonly confirmedAt: string
  } | null
  readonly belief: {
    readonly changeRatePerDay: number
    /** Probability, 0 to 1. */
    readonly changed: number
    /** Log-odds; 0 without evidence. */
    readonly suspect: number
  }
  readonly copy: {
    readonly sha256: string
    readonly takenAt: string
    readonly width?: number | undefined
    readonly height?: number | undefined
  } | null
  readonly nextCheckAt: string | null
  /** Stable URLs by size: put these into your pages. */
  readonly urls: Readonly<Record<UrlSize, string>>
  readonly createdAt: string
}

/** An avatar by itself. */
export interface Avatar extends AvatarItem {
  /** The current source, then past ones. */
  readonly sources: readonly {
    readonly url: string
    readonly from: string
    readonly until: string | null
  }[]
}

/** How a registration or an upload ended. */
export interface Registered {
  /** The avatar is new. */
  readonly created: boolean
  readonly avatar: Avatar
}

/** How one of many registrations ended. */
export type EntryResult =
  | {
      /** Which entry, from 0. */
      readonly index: number
      readonly subject: string
      readonly outcome: 'created' | 'renewed'
      readonly standing: Standing
    }
  | {
      readonly index: number
      readonly subject: string
      readonly outcome: 'denied'
      /** As in docs/http-api.md. */
      readonly code: string
      readonly detail: string
    }

/** What one look at one edge saw. */
export interface Observation {
  readonly at: string
  readonly edge: string
  /** Set when another URL than the current source was asked. */
  readonly url: string | null
  readonly method: 'HEAD' | 'GET'
  /** Null when nobody answered. */
  readonly status: number | null
  readonly verdict: VerdictKind
  readonly rule: string
  readonly detail: string
  readonly sha256: string | null
  readonly bytes: number | null
  readonly mime: string | null
  readonly ms: number
}

/** Something that was seen or happened. */
export type StoryEntry =
  | (Observation & { readonly kind: 'observation' })
  | {
      readonly kind: 'event'
      readonly at: string
      readonly id: string
      readonly type: string
      readonly data: Readonly<Record<string, unknown>>
    }

/** A look that was asked for. */
export interface Probed {
  readonly avatar: Avatar
  readonly finding: { readonly kind: FindingKind; readonly rule: string; readonly detail: string }
  readonly observations: readonly Observation[]
}

/** What went when a person was forgotten. */
export interface Receipt {
  readonly subject: string
  readonly pictures: { readonly removed: readonly string[]; readonly shared: readonly string[] }
  readonly sources: number
  readonly observations: number
  readonly events: number
  /** What to purge from a CDN; `*` stands for anything. */
  readonly purge: readonly string[]
}

/** What a person did, as an app tells it. */
export type Signal =
  | 'login'
  | 'open'
  | 'session-expired'
  | 'prompt-shown'
  | 'prompt-accepted'
  | 'prompt-declined'
  | 'consent-withdrawn'

/** Where a person is, when it is asked what to do for them. */
export interface Place {
  /** A scene of the policy: where in the product. */
  readonly scene?: string
  /** What brings the question up; absent: `tap` in a scene. Only a tap leads to a prompt. */
  readonly occasion?: Occasion
  /** People in a mini program are asked to choose a picture. */
  readonly client?: Client
  /** Where the person goes after authorizing; on an origin that the service allows. */
  readonly return?: string
}

/** What to do for a person now. `ask` and `choose` count as a prompt from then on. */
export interface Decision {
  readonly decision: DecisionKind
  /** A code of docs/policy.md. */
  readonly reason: string
  /** The reason for people, in English and Chinese. */
  readonly detail: string
  readonly detailZh: string
  /** Where to send the person, within 15 minutes. */
  readonly authorizeUrl?: string | undefined
  /** When to come back. */
  readonly notBefore?: string | undefined
  /** The URL of what is shown. */
  readonly shows: string
}

/** Figures of the whole. */
export interface Stats {
  readonly at: string
  readonly avatars: number
  readonly standings: Readonly<Record<Standing, number>>
  readonly copies: number
  readonly pictures: number
  readonly pictureBytes: number
  readonly overdue: number
  readonly oldestOverdueAt: string | null
  readonly deliveries: { readonly pending: number; readonly failed: number }
  readonly suspects: number
  readonly providers: readonly {
    readonly provider: string
    readonly avatars: number
    readonly standings: Readonly<Record<Standing, number>>
  }[]
  readonly clocks: readonly {
    readonly provider: string
    readonly pace: number
    readonly price: number
    readonly swept: number
    readonly slowedAt: string | null
  }[]
}
