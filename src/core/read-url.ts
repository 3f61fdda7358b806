// What a URL tells before anybody asks for it: whose it is, whether it can work, when it dies, where else the
// picture may be, and whether it is a known default face.
import { readExpiry } from './expiry.ts'
import type { Provider, UrlHints } from './provider.ts'
import { generic, providerOf } from './providers/index.ts'
import { type UrlParts, type UrlFault, isFault, joinUrl, splitUrl } from './url.ts'
import type { Verdict } from './verdict.ts'

/** A URL, read. */
export interface UrlReading {
  readonly provider: Provider
  /** Parts to ask for; null when the text is no URL that can be asked for. */
  readonly parts: UrlParts | null
  /** The URL keeps the provider's grammar, as far as that is known. */
  readonly valid: boolean
  /** Why the URL is not valid. */
  readonly reason: Verdict | null
  /** Set when the URL is that of a known default face. */
  readonly placeholder: Verdict | null
  /** Death date in the URL, milliseconds UTC. */
  readonly expiresAt: number | null
  /** Sizes in pixels that the provider serves; 0 is the original or the largest. */
  readonly sizes: readonly number[]
  /**
   * URLs of the same picture elsewhere, the most likely survivor first; beside a reason, what the URL was probably
   * meant to be. Made when asked for.
   */
  readonly siblings: readonly string[]
  /** How this URL is asked when nothing else decides. */
  readonly method: 'HEAD' | 'GET'
  /** What a person should know of the URL although it is well formed, or null. */
  readonly note: string | null
}

const none: readonly never[] = []

/** Reads a URL without asking anybody. Never throws, whatever the text. */
export function readUrl(url: string): UrlReading {
  const parts = splitUrl(url)
  if (isFault(parts)) {
    const reason = malformed(`url.${parts.reason}`, parts.detail)
    return new Reading(generic, null, parts, reason, noHints)
  }
  const provider = providerOf(parts.host)
  const escaped = parts.query !== '' && parts.query.includes('&amp;')
  const meant = escaped ? { ...parts, query: parts.query.replace(/&(?:amp;)+/g, '&') } : parts
  const hints = provider.read(meant)
  const { fault } = hints
  const reason =
    fault !== undefined
      ? malformed(`${provider.name}.${fault.reason}`, fault.detail)
      : escaped
        ? malformed(
            'url.html-escaped',
            'The URL was escaped for HTML: &amp; stands where & should.',
          )
        : null
  return new Reading(provider, parts, meant, reason, hints)
}

const noHints: UrlHints = {}

function malformed(rule: string, detail: string): Verdict {
  return { kind: 'malformed', rule, detail }
}

/** A class for one reason: a getter on a prototype costs nothing until somebody asks for the siblings. */
class Reading implements UrlReading {
  readonly provider: Provider
  readonly parts: UrlParts | null
  readonly valid: boolean
  readonly reason: Verdict | null
  readonly placeholder: Verdict | null
  readonly expiresAt: number | null
  readonly sizes: readonly number[]
  readonly method: 'HEAD' | 'GET'
  readonly note: string | null
  readonly #meant: UrlParts | null
  readonly #hints: UrlHints

  constructor(
    provider: Provider,
    parts: UrlParts | null,
    meant: UrlParts | UrlFault,
    reason: Verdict | null,
    hints: UrlHints,
  ) {
    const known = isFault(meant) ? null : meant
    this.provider = provider
    this.parts = parts
    this.valid = reason === null
    this.reason = reason
    this.placeholder = known === null ? null : defaultOf(provider, known)
    this.expiresAt =
      known === null || provider.expiry.length === 0 ? null : readExpiry(known, provider.expiry)
    this.sizes = hints.sizes ?? none
    this.method = hints.method ?? provider.probe.method
    this.note = hints.note ?? null
    this.#meant = known
    this.#hints = hints
  }

  get siblings(): readonly string[] {
    const others = this.#hints.siblings?.() ?? none
    const repaired = this.#meant !== null && this.#meant !== this.parts
    return repaired && this.#hints.fault === undefined ? [joinUrl(this.#meant), ...others] : others
  }
}

function defaultOf(provider: Provider, parts: UrlParts): Verdict | null {
  if (provider.defaults.length === 0) return null
  const url = `${parts.host}${parts.path}${parts.query === '' ? '' : `?${parts.query}`}`
  const found = provider.defaults.find((picture) => picture.url.test(url))
  return found === undefined ? null : { kind: 'placeholder', rule: found.id, detail: found.says }
}

/** What the URL alone says: malformed or a default face, or null when somebody must be asked. */
export function verdictOfUrl(reading: UrlReading): Verdict | null {
  return reading.placeholder ?? (reading.parts === null ? reading.reason : null)
}
