// The values that the service runs by. Where they come from is config.ts; nothing here reads anything.
import type { Limits } from '../core/clock.ts'

/** How a picture is shown: our copy, the platform's URL, or the latter while it is believed alive. */
export const showModes = ['copy', 'redirect', 'auto'] as const
export type ShowMode = (typeof showModes)[number]

/** What is shown when there is no picture. */
export const fallbacks = ['initials', 'none'] as const
export type Fallback = (typeof fallbacks)[number]

/** An app as WeChat knows it, without what is secret. */
export interface WechatAppName {
  /** An official account, a website, or a mini program. */
  readonly kind: 'official' | 'website' | 'mini'
  readonly appid: string
}

/** How an app's pushed messages are signed and sealed. */
export interface WechatPush {
  readonly token: string
  /** Null: messages come plain. */
  readonly aesKey: string | null
}

/** Values that may be printed. */
export interface Settings {
  /** Address and port to listen on; port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number }
  /** How the outside reaches us, without a trailing slash; null: from the request's Host. */
  readonly publicUrl: string | null
  /** Folder of the embedded store and blobs. */
  readonly data: string
  /** Folder path, or `s3://bucket/prefix`. */
  readonly blobs: string
  readonly s3: {
    readonly endpoint: string | null
    readonly region: string | null
    readonly pathStyle: boolean
  }
  /** Hosts, besides those of known providers, that may be probed; `*` for all. */
  readonly hosts: readonly string[]
  readonly limits: Limits
  /** Requests in flight over all hosts. */
  readonly concurrency: number
  /** Edges asked when the first answer is bad. */
  readonly edges: number
  readonly timeoutMs: number
  /** As of `check --connect-to`. */
  readonly connectTo: readonly string[]
  readonly caFile: string | null
  readonly proxy: string | null
  readonly allowPrivate: boolean
  readonly allowPorts: readonly number[]
  readonly mode: ShowMode
  readonly fallback: Fallback
  /** Picture URLs need a signature. */
  readonly signing: 'off' | 'required'
  /** Milliseconds that observations and events are kept. */
  readonly historyMs: number
  /** Milliseconds that copies are kept that no avatar shows any more. */
  readonly copiesMs: number
  readonly webhooks: readonly string[]
  /** Apps of WeChat that people authorize. */
  readonly wechatApps: readonly WechatAppName[]
  /** Origins that people may be sent back to after they authorized. */
  readonly returnOrigins: readonly string[]
  /** The policy file; null: the standard policy. */
  readonly policyFile: string | null
  /** So many subjects with the same bytes make a suspected placeholder. */
  readonly suspectAt: number
  /** So many make a placeholder without asking anybody; 0 for never. */
  readonly placeholderAt: number
  /** Requests a minute for each key; 0 for no bound. */
  readonly rateLimit: number
  /** Bytes of variants kept in memory. */
  readonly cacheBytes: number
  readonly log: 'debug' | 'info' | 'warn' | 'error' | 'silent'
}

/** Values that may not. */
export interface Secrets {
  /** Signs page tokens and picture URLs, seals grants. */
  readonly secret: string
  /** Former secrets, still accepted. */
  readonly oldSecrets: readonly string[]
  /** Set when the store is PostgreSQL. */
  readonly databaseUrl: string | null
  /** Signs webhooks: `whsec_…`. */
  readonly webhookSecret: string | null
  /** By appid. */
  readonly wechatSecrets: Readonly<Record<string, string>>
  /** By appid. */
  readonly wechatPush: Readonly<Record<string, WechatPush>>
  readonly s3AccessKeyId: string | null
  readonly s3SecretAccessKey: string | null
}
