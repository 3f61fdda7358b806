// The headers of a shown picture. They are the same for every request of the same kind, so they are laid out once for each
// variant in memory and kept as long as it is: names and values by turns, as `writeHead` takes them.
import { type Standing, standings } from '../../core/avatar.ts'
import type { Variant } from '../../pictures/pictures.ts'
import { headOf } from './wire.ts'

/** What a shown picture is: an avatar's copy, a variant asked for by name, or the initials. */
export type Shows = 'copy' | 'variant' | 'fallback'

/** Headers of one answer, in both the ways in which they are written. */
export interface LaidOut {
  /** Names and values by turns. */
  readonly headers: readonly string[]
  /** Status line and headers as they go over the wire (wire.ts). */
  readonly wire: Buffer
}

/** Headers of one picture in one role. */
export interface Dress {
  /** Of an answer with the picture. */
  readonly full: LaidOut
  /** Of a 304: without what describes the body. */
  readonly bare: LaidOut
}

const shows: readonly Shows[] = ['copy', 'variant', 'fallback']

/** How long each may be kept. A fallback gives way to a face within the minute. */
export const keeping: Readonly<Record<Shows | 'redirect', string>> = {
  copy: 'public, max-age=300, stale-while-revalidate=86400, stale-if-error=604800',
  variant: 'public, max-age=31536000, immutable',
  fallback: 'public, max-age=60',
  redirect: 'public, max-age=60',
}

/** Pages of every origin may use what we show, draw it on a canvas, and read what it is. */
export const forEverybody: readonly string[] = [
  ['Access-Control-Allow-Origin', '*'],
  ['Access-Control-Expose-Headers', 'Everface-Shows, Everface-Standing'],
  ['Cross-Origin-Resource-Policy', 'cross-origin'],
  ['X-Content-Type-Options', 'nosniff'],
].flat()

/** A drawing opened by itself is a document: it may do nothing. */
const drawingPolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

/** By variant; within one by role. */
const wardrobe = new WeakMap<Variant, (Dress | undefined)[]>()

/**
 * The headers of a picture. `standing` is null where there is no avatar; `negotiated` when `Accept` chose the format.
 * The first value is that of `Cache-Control`.
 */
export function dress(
  picture: Variant,
  as: Shows,
  standing: Standing | null,
  negotiated: boolean,
): Dress {
  let dresses = wardrobe.get(picture)
  if (dresses === undefined) {
    dresses = []
    wardrobe.set(picture, dresses)
  }
  const place =
    (shows.indexOf(as) * (standings.length + 1) +
      (standing === null ? standings.length : standings.indexOf(standing))) *
      2 +
    (negotiated ? 1 : 0)
  return (dresses[place] ??= layOut(picture, as, standing, negotiated))
}

function layOut(
  { bytes, mime, etag }: Variant,
  as: Shows,
  standing: Standing | null,
  negotiated: boolean,
): Dress {
  const bare = ['Cache-Control', keeping[as], 'ETag', etag, 'Everface-Shows', as]
  if (standing !== null) bare.push('Everface-Standing', standing)
  if (negotiated) bare.push('Vary', 'Accept')
  bare.push(...forEverybody)
  const full = [...bare, 'Content-Type', mime, 'Content-Length', String(bytes.length)]
  full.push('Content-Disposition', 'inline')
  if (mime === 'image/svg+xml') full.push('Content-Security-Policy', drawingPolicy)
  return {
    full: { headers: full, wire: headOf(200, full) },
    bare: { headers: bare, wire: headOf(304, bare) },
  }
}

/** The same headers for a URL whose signature ends: nothing is kept, or shown stale, beyond that. */
export function until(
  headers: readonly string[],
  as: Shows | 'redirect',
  leftMs: number,
): string[] {
  const left = Math.max(0, Math.floor(leftMs / 1000))
  const fresh = Math.min(as === 'copy' ? 300 : 60, left)
  const rest = left - fresh
  const stale =
    as === 'copy' && rest > 0
      ? `, stale-while-revalidate=${Math.min(86_400, rest)}, stale-if-error=${Math.min(604_800, rest)}`
      : ''
  const ending = headers.slice()
  ending[1] = `public, max-age=${fresh}${stale}`
  return ending
}
