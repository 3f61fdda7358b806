// The shape of a provider: one file each under providers/, one line each in providers/index.ts.
import type { ExpiryScheme } from './expiry.ts'
import type { DefaultPicture, Rule } from './rules.ts'
import type { UrlParts } from './url.ts'

/** Who runs the host of a source, and what is known of it. */
export interface Provider {
  /** Lower case, as it stands in results. */
  readonly name: string
  /** For people. */
  readonly title: string
  /** Hosts: `wx.qlogo.cn` is that host, `.fbcdn.net` every host below it, a pattern anything else. */
  readonly hosts: readonly (string | RegExp)[]
  /** Reads what the URL alone tells; `{}` when it is well formed and tells nothing. */
  readonly read: (parts: UrlParts) => UrlHints
  /** Death dates that this provider writes into URLs. */
  readonly expiry: readonly ExpiryScheme[]
  /** Known default faces. */
  readonly defaults: readonly DefaultPicture[]
  /** Verdict rules in order; the common ones follow. */
  readonly rules: readonly Rule[]
  readonly probe: ProbeHabits
}

/** What a provider's URL grammar tells. */
export interface UrlHints {
  /** Set when the URL cannot be a picture's address. */
  readonly fault?: { readonly reason: string; readonly detail: string }
  /** Sizes in pixels that the same picture is served in; 0 is the original or the largest. */
  readonly sizes?: readonly number[]
  /**
   * URLs of the same picture elsewhere, the most likely survivor first; the URL itself is not among them.
   * Beside a fault: what the URL was probably meant to be.
   */
  readonly siblings?: () => readonly string[]
  /** How this form of URL is asked, where it differs from the provider's habit. */
  readonly method?: 'HEAD' | 'GET'
  /** What a person should know of the URL although it is well formed: that it carries a secret, say. */
  readonly note?: string
}

/** How a provider is asked. */
export interface ProbeHabits {
  /** `HEAD` where the headers tell all, `GET` where the bytes are the evidence. */
  readonly method: 'HEAD' | 'GET'
  /** Header fields to send besides the usual ones. */
  readonly headers?: Readonly<Record<string, string>>
}
