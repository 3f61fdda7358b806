// From a row to a result: by asking (check), or by the URL alone (forecast).
import { mediaType } from '../core/classify.ts'
import { type UrlReading, readUrl, verdictOfUrl } from '../core/read-url.ts'
import type { Look, Prober } from '../probe/prober.ts'
import type { Result } from './result.ts'
import type { Row } from './row.ts'

/** Looks at one row. Null when it was stopped before anything was learnt. */
export type Examine = (row: Row) => Promise<Result | null>

/** Examines rows by asking for their pictures. @param now milliseconds UTC */
export function createCheck({ prober, now }: { prober: Prober; now: () => number }): Examine {
  return async (row) => {
    if (row.broken !== undefined) return unreadable(row, row.broken, now())
    const reading = readUrl(row.url)
    const start = now()
    const look = await prober.look(row.url.trim(), reading)
    return look.observations.some(isStopped) ? null : resultOf(row, reading, look, start)
  }
}

/**
 * Examines rows without a request.
 * @param now milliseconds UTC: the moment that death dates are compared with
 * @param days how far ahead a death date counts as soon
 */
export function createForecast({ now, days }: { now: number; days: number }): Examine {
  const soon = now + days * 86_400_000
  return (row) => {
    if (row.broken !== undefined) return Promise.resolve(unreadable(row, row.broken, now))
    const reading = readUrl(row.url)
    const verdict = verdictOfUrl(reading) ?? reading.reason ?? verdictOfDate(reading, now, soon)
    return Promise.resolve({
      ...blank(row, now),
      provider: reading.provider.name,
      verdict: verdict.kind,
      rule: verdict.rule,
      expiresAt: isoDate(reading.expiresAt),
      detail: reading.note === null ? verdict.detail : `${verdict.detail} ${reading.note}`,
    })
  }
}

/** Rules that only a forecast gives. */
export const forecastRules: ReadonlySet<string> = new Set([
  'url.no-date',
  'url.expired',
  'url.expires-soon',
  'url.expires-later',
])

function verdictOfDate({ expiresAt }: UrlReading, now: number, soon: number) {
  if (expiresAt === null) {
    return {
      kind: 'unknown',
      rule: 'url.no-date',
      detail: 'The URL names no death date: only asking tells.',
    } as const
  }
  const day = new Date(expiresAt).toISOString().slice(0, 10)
  if (expiresAt <= now) {
    return {
      kind: 'gone',
      rule: 'url.expired',
      detail: `The signature expired on ${day}.`,
    } as const
  }
  const rule = expiresAt <= soon ? 'url.expires-soon' : 'url.expires-later'
  return { kind: 'unknown', rule, detail: `The signature expires on ${day}.` } as const
}

function isStopped({ seen }: Look['observations'][number]): boolean {
  return seen.kind === 'failure' && seen.failure === 'stopped'
}

function resultOf(row: Row, reading: UrlReading, look: Look, start: number): Result {
  const { finding, observations } = look
  const decided = observations[finding.decidedBy]
  const last = observations.at(-1)
  const first = observations[0]
  const answer = decided?.seen.kind === 'answer' ? decided.seen : null
  return {
    id: row.id,
    url: row.url,
    provider: reading.provider.name,
    verdict: finding.kind,
    rule: finding.rule,
    status: answer?.status ?? null,
    edges: finding.edges,
    sha256: answer?.body?.sha256 ?? null,
    bytes: answer?.bytes ?? null,
    mime: answer === null ? null : mediaType(answer),
    width: answer?.body?.width ?? null,
    height: answer?.body?.height ?? null,
    expiresAt: isoDate(reading.expiresAt),
    ms: first === undefined || last === undefined ? 0 : Math.max(0, last.at + last.ms - first.at),
    at: isoTime(first?.at ?? start),
    detail: reading.note === null ? finding.detail : `${finding.detail} ${reading.note}`,
  }
}

function unreadable(row: Row, why: string, now: number): Result {
  return { ...blank(row, now), verdict: 'malformed', rule: 'row.unreadable', detail: why }
}

function blank(row: Row, now: number): Result {
  return {
    id: row.id,
    url: row.url,
    provider: 'generic',
    verdict: 'unknown',
    rule: 'none',
    status: null,
    edges: {},
    sha256: null,
    bytes: null,
    mime: null,
    width: null,
    height: null,
    expiresAt: null,
    ms: 0,
    at: isoTime(now),
    detail: '',
  }
}

function isoDate(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}

let lastMs = Number.NaN
let lastText = ''

/** Many rows share a millisecond: the last text is kept. */
function isoTime(ms: number): string {
  if (ms !== lastMs) {
    lastMs = ms
    lastText = new Date(ms).toISOString()
  }
  return lastText
}
