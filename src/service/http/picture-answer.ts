// What is answered to a request for a picture: one pure function of what was asked and what is known so far. When it must
// know more it says what. Both doors (pictures.ts) ask it, so that they cannot answer differently.
import type { Standing } from '../../core/avatar.ts'
import type { NoVariant, Variant, VariantFormat, VariantSize } from '../../pictures/pictures.ts'
import type { Face } from '../../store/store.ts'
import { type Shows, dress, forEverybody, keeping, until } from './picture-headers.ts'
import { type PictureProblem, pictureProblem } from './picture-problem.ts'
import type { FaceAsk, PictureAsk } from './picture-request.ts'

/** An answer, ready to be written. */
export interface PictureAnswer {
  readonly kind: 'answer'
  readonly status: 200 | 204 | 302 | 304
  /** Names and values by turns. */
  readonly headers: readonly string[]
  /** Status line and the same headers as bytes, where they are kept; null where they are made for this answer alone. */
  readonly wire: Buffer | null
  /** Empty for a 204, 302 and 304; for a HEAD it is left out by whoever writes. */
  readonly body: Buffer | null
  /** The registered subject that was shown, whatever it was shown by; null when nobody was. */
  readonly shown: string | null
}

/** Something that must be known first. */
export type PictureNeed =
  | { readonly kind: 'needs'; readonly what: 'face'; readonly subject: string }
  | {
      readonly kind: 'needs'
      readonly what: 'variant'
      readonly sha256: string
      readonly size: VariantSize
      readonly format: VariantFormat
    }
  | {
      readonly kind: 'needs'
      readonly what: 'drawing'
      readonly subject: string
      readonly name: string | null
      readonly size: VariantSize
      readonly form: VariantFormat | 'svg'
    }

/** What is known so far; undefined is what nobody has looked up. */
export interface PictureFacts {
  readonly now: number
  face?: Face | null | 'unreachable'
  variant?: Variant | NoVariant | 'unreachable'
  drawing?: Variant | NoVariant
}

/** Answers, or says what is missing to do so. */
export function answerPicture(
  ask: PictureAsk,
  ifNoneMatch: string | undefined,
  facts: PictureFacts,
): PictureAnswer | PictureProblem | PictureNeed {
  switch (ask.kind) {
    case 'face':
      return answerFace(ask, ifNoneMatch, facts)
    case 'variant': {
      const { variant } = facts
      if (variant === undefined) {
        const { sha256, size, format } = ask
        return { kind: 'needs', what: 'variant', sha256, size, format }
      }
      if (variant === 'unreachable') return pictureProblem('blobs-unreachable')
      if (variant.kind === 'busy') return pictureProblem('busy')
      if (variant.kind === 'missing') return pictureProblem('picture-missing')
      return show(variant, 'variant', {
        standing: null,
        ask: null,
        ifNoneMatch,
        leftMs: null,
        shown: null,
      })
    }
    case 'options':
      return {
        kind: 'answer',
        status: 204,
        headers: allowed,
        wire: null,
        body: null,
        shown: null,
      }
    case 'problem':
      return ask
  }
}

const allowed: readonly string[] = [
  ['Allow', 'GET, HEAD, OPTIONS'],
  ['Access-Control-Allow-Origin', '*'],
  ['Access-Control-Allow-Methods', 'GET, HEAD, OPTIONS'],
  ['Access-Control-Allow-Headers', '*'],
  ['Access-Control-Max-Age', '86400'],
].flat()

function answerFace(
  ask: FaceAsk,
  ifNoneMatch: string | undefined,
  facts: PictureFacts,
): PictureAnswer | PictureProblem | PictureNeed {
  const { face, variant } = facts
  if (face === undefined) return { kind: 'needs', what: 'face', subject: ask.subject }
  if (face === 'unreachable') return pictureProblem('store-unreachable')
  if (face === null) return answerFallback(ask, null, ifNoneMatch, facts)
  const location = sourceFor(ask, face)
  if (location !== null) return redirect(ask, face, location, facts.now)
  if (face.sha256 === null) return answerFallback(ask, face, ifNoneMatch, facts)
  if (variant === undefined) {
    const { size, format } = ask
    return { kind: 'needs', what: 'variant', sha256: face.sha256, size, format }
  }
  if (variant === 'unreachable') return pictureProblem('blobs-unreachable')
  if (variant.kind === 'busy') return pictureProblem('busy')
  if (variant.kind === 'missing') return answerFallback(ask, face, ifNoneMatch, facts)
  const leftMs = ask.endsAt === null ? null : ask.endsAt - facts.now
  const { standing } = face
  return show(variant, 'copy', { standing, ask, ifNoneMatch, leftMs, shown: ask.subject })
}

/**
 * Where to send the browser instead of showing our copy; null for nowhere. Only to the avatar's own source, and only
 * while it stands as alive without evidence to the contrary: a placeholder is nobody's face.
 *
 * `redirect` sends whenever it may. `auto` shows the copy, if there is one, to those who name a format: the platform
 * cannot be told.
 */
function sourceFor({ mode, negotiated }: FaceAsk, face: Face): string | null {
  if (mode === 'copy' || face.standing !== 'alive' || face.suspect > 0 || face.url === null) {
    return null
  }
  if (mode === 'auto' && !negotiated && face.sha256 !== null) return null
  // Parsed and written anew: what goes into a header has no control characters and no bytes beyond ASCII.
  const url = URL.parse(face.url)
  const safe =
    url !== null &&
    (url.protocol === 'https:' || url.protocol === 'http:') &&
    url.username === '' &&
    url.password === ''
  return safe ? url.href : null
}

function redirect(
  { endsAt, subject }: FaceAsk,
  { standing }: Face,
  location: string,
  now: number,
): PictureAnswer {
  const headers = [
    ['Cache-Control', keeping.redirect],
    ['Location', location],
    ['Everface-Shows', 'redirect'],
    ['Everface-Standing', standing],
    // The platform need not learn on which page its picture is shown.
    ['Referrer-Policy', 'no-referrer'],
    ['Content-Length', '0'],
    forEverybody,
  ].flat()
  return {
    kind: 'answer',
    status: 302,
    headers: endsAt === null ? headers : until(headers, 'redirect', endsAt - now),
    wire: null,
    body: null,
    shown: subject,
  }
}

/** The initials, or that there is nothing: the same for a subject without a picture and for one nobody registered. */
function answerFallback(
  ask: FaceAsk,
  face: Face | null,
  ifNoneMatch: string | undefined,
  { drawing, now }: PictureFacts,
): PictureAnswer | PictureProblem | PictureNeed {
  const standing = face?.standing ?? 'unknown'
  if (ask.fallback === 'none') {
    const more = ['Everface-Standing', standing]
    const { headers, ...missing } = pictureProblem('picture-missing', null, null, more)
    return {
      ...missing,
      headers: ask.endsAt === null ? headers : until(headers, 'fallback', ask.endsAt - now),
    }
  }
  if (drawing === undefined) {
    const { subject, size, drawing: form } = ask
    return { kind: 'needs', what: 'drawing', subject, name: face?.name ?? null, size, form }
  }
  if (drawing.kind !== 'variant') return pictureProblem('busy')
  const leftMs = ask.endsAt === null ? null : ask.endsAt - now
  const shown = face === null ? null : ask.subject
  return show(drawing, 'fallback', { standing, ask, ifNoneMatch, leftMs, shown })
}

/** The picture, or that it is the one that the asker has already. */
function show(
  picture: Variant,
  as: Shows,
  to: {
    standing: Standing | null
    ask: FaceAsk | null
    ifNoneMatch: string | undefined
    /** How long the URL is still good for; null for ever. */
    leftMs: number | null
    shown: string | null
  },
): PictureAnswer {
  const { full, bare } = dress(picture, as, to.standing, to.ask?.negotiated === true)
  const known = to.ifNoneMatch !== undefined && matches(to.ifNoneMatch, picture.etag)
  const { headers, wire } = known ? bare : full
  return {
    kind: 'answer',
    status: known ? 304 : 200,
    headers: to.leftMs === null ? headers : until(headers, as, to.leftMs),
    wire: to.leftMs === null ? wire : null,
    body: known ? null : picture.bytes,
    shown: to.shown,
  }
}

/** Whether `If-None-Match` names this entity, by the weak comparison that belongs to it (RFC 9110, 13.1.2). */
function matches(ifNoneMatch: string, etag: string): boolean {
  if (ifNoneMatch === etag) return true
  if (ifNoneMatch.trim() === '*') return true
  // A comma may stand within an entity tag, so the list cannot be split at commas.
  for (const [tag] of ifNoneMatch.matchAll(/"[^"]*"/g)) if (tag === etag) return true
  return false
}
