// One look at one avatar: asks the source, and when that is losing the picture, everybody else who may still have it.
import type { Avatar } from '../core/avatar.ts'
import type { Finding } from '../core/find.ts'
import type { Observation } from '../core/observation.ts'
import { readUrl } from '../core/read-url.ts'
import type { Verdict } from '../core/verdict.ts'
import type { Pictures, Taken } from '../pictures/pictures.ts'
import type { Look, Prober } from '../probe/prober.ts'
import type { Mark, Seen, Store } from '../store/store.ts'
import { wantsBytes } from './settle.ts'
import type { Learnt } from './settle.ts'

/** A look, and the bytes that it brought home, not yet stored. */
export interface Brought {
  readonly learnt: Learnt
  readonly taken: Taken | null
  /** A host said "slow down". */
  readonly throttled: boolean
}

/** What looking needs. */
export interface LookParts {
  readonly prober: Prober
  readonly pictures: Pictures
  readonly store: Pick<Store, 'markOf'>
  /** Milliseconds since 1970, UTC. */
  readonly now: () => number
}

/** When bytes are at stake, every edge that can be found is asked. */
const allEdges = 64
/** Within a week all edges have lost a picture; who had nothing after two is not asked for it again. */
const rescueForMs = 14 * 86_400_000

/**
 * Looks at an avatar's source. Without its bytes in store they are fetched; where the source no longer gives them, its
 * other edges and then its siblings are asked, one after the other, until one does. Null when the prober was stopped
 * meanwhile: half a look teaches nothing.
 */
export async function lookAt(
  avatar: Avatar & { url: string },
  parts: LookParts,
): Promise<Brought | null> {
  const { prober } = parts
  const reading = readUrl(avatar.url)
  const wants = wantsBytes(avatar)
  const options = wants ? { get: true, edges: allEdges } : {}
  const look = await prober.look(avatar.url, reading, options)
  if (wasStopped(look)) return null
  const seen = look.observations.map((one, at) => seenOf(one, look.verdicts[at], avatar.url))
  let throttled = look.verdicts.some(({ kind }) => kind === 'throttled')
  let found = look.face === null ? null : await takeIn(look.face, parts)
  let rescuedFrom: string | null = null
  if (wants && found === null && isLosing(look.finding) && isWorthRescuing(avatar, parts.now())) {
    for (const sibling of reading.siblings) {
      const rescue = await prober.look(sibling, readUrl(sibling), { get: true, edges: allEdges })
      if (wasStopped(rescue)) return null
      // One word of each: what forty edges say of other sizes need not be kept for a year.
      const living = rescue.verdicts.findIndex(({ kind }) => kind === 'alive')
      const telling = living < 0 ? rescue.finding.decidedBy : living
      const word = rescue.observations[telling]
      if (word !== undefined) seen.push(seenOf(word, rescue.verdicts[telling], avatar.url))
      throttled ||= rescue.verdicts.some(({ kind }) => kind === 'throttled')
      if (rescue.finding.kind === 'placeholder' || rescue.face === null) continue
      found = await takeIn(rescue.face, parts)
      if (found?.mark === 'placeholder') found = null
      if (found === null) continue
      rescuedFrom = sibling
      break
    }
  }
  return {
    learnt: {
      finding: look.finding,
      votes: votesOf(look),
      seen,
      picture: found === null ? null : { ...found.taken.facts, url: avatar.url },
      mark: found?.mark ?? null,
      rescuedFrom,
      bytesTell: reading.method === 'GET',
    },
    taken: found?.taken ?? null,
    throttled,
  }
}

function wasStopped({ observations }: Look): boolean {
  return observations.some(({ seen }) => seen.kind === 'failure' && seen.failure === 'stopped')
}

/** Not when all were asked before and had nothing. */
function isWorthRescuing({ standing, standingAt }: Avatar, now: number): boolean {
  return standing !== 'gone' || now - standingAt < rescueForMs
}

/** The source is losing the picture, or never had it. */
function isLosing({ kind }: Finding): boolean {
  return kind === 'gone' || kind === 'dying' || kind === 'malformed'
}

async function takeIn(
  bytes: Buffer,
  { pictures, store }: LookParts,
): Promise<{ taken: Taken; mark: Mark | null } | null> {
  const taken = await pictures.take(bytes)
  if (taken.kind === 'refused') return null
  const { rawSha256 } = taken.facts
  return { taken, mark: (await store.markOf([rawSha256])).get(rawSha256) ?? null }
}

function votesOf({ verdicts }: Look): ('alive' | 'gone')[] {
  return verdicts.flatMap(({ kind }) => (kind === 'alive' || kind === 'gone' ? [kind] : []))
}

function seenOf(one: Observation, verdict: Verdict | undefined, source: string): Seen {
  const { seen } = one
  const answer = seen.kind === 'answer' ? seen : null
  return {
    at: one.at,
    edge: one.edge,
    url: one.url === source ? null : one.url,
    method: one.method,
    status: answer?.status ?? null,
    verdict: verdict?.kind ?? 'unknown',
    rule: verdict?.rule ?? 'none',
    detail: verdict?.detail ?? '',
    sha256: answer?.body?.sha256 ?? null,
    bytes: answer?.bytes ?? null,
    mime: answer?.body?.mime ?? null,
    ms: Math.round(one.ms),
  }
}
