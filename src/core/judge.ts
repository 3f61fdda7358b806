// From an observation and what its URL told to a verdict: whose rules hold, where redirects led somewhere else.
// Pure, as all of core; classify.ts does the reading of rules.
import { classify } from './classify.ts'
import type { Observation } from './observation.ts'
import { generic, rulesOf } from './providers/index.ts'
import { type UrlReading, readUrl } from './read-url.ts'
import type { Verdict } from './verdict.ts'

/**
 * Says what one observation means. Without redirects the rules of the URL's provider hold. Where they led to
 * another known provider, that one's rules do: a picture that it stands in for is as dead behind an app's own URL.
 */
export function judge(observation: Observation, reading: UrlReading): Verdict {
  const { url, finalUrl } = observation
  if (finalUrl === url) return classify(observation, rulesOf(reading.provider), reading)
  return judgeRedirected(observation, reading)
}

function judgeRedirected(observation: Observation, reading: UrlReading): Verdict {
  const { provider } = reading
  const { finalUrl, seen } = observation
  const last = readUrl(finalUrl)
  // What a provider knows of the places that it leads to, such as its silhouettes, comes first.
  const known = provider.rules.filter(({ when }) => when.finalUrl?.test(finalUrl) === true)
  if (last.provider === provider || last.provider === generic) {
    const elsewhere = known.length === 0 && strayed(reading, last)
    const { expiresAt } = reading
    const verdict = classify(observation, rulesOf(provider), { expiresAt, elsewhere })
    const own = known.some(({ id }) => id === verdict.rule)
    return own ? verdict : orPlaceholder(verdict, last, seen.kind)
  }
  const word = classify(observation, known, reading)
  if (word.rule !== 'none') return word
  return orPlaceholder(classify(observation, rulesOf(last.provider), last), last, seen.kind)
}

/** A default face is one whatever its host answers, but a failure and a throttle are to be asked again. */
function orPlaceholder(verdict: Verdict, last: UrlReading, seen: 'answer' | 'failure'): Verdict {
  if (last.placeholder === null || seen === 'failure' || verdict.kind === 'throttled') {
    return verdict
  }
  return last.placeholder
}

/** True when a redirect left the host that was asked, and its provider: the answer may be anybody's. */
function strayed(first: UrlReading, last: UrlReading): boolean {
  if (first.provider !== last.provider) return true
  if (first.provider !== generic) return false
  return nameOf(first) !== nameOf(last)
}

/** `www.` in front is the same site. */
function nameOf({ parts }: UrlReading): string {
  const host = parts?.host ?? ''
  return host.startsWith('www.') ? host.slice(4) : host
}
