// A request for a picture, read: from path and query as they came to what is asked for, or to what is wrong. Pure, and
// by hand: every face on every page comes through here.
import { isSubject } from '../../core/avatar.ts'
import {
  type VariantFormat,
  type VariantSize,
  variantFormats,
  variantSizes,
} from '../../pictures/pictures.ts'
import { checkPictureUrl } from '../picture-url.ts'
import { type Fallback, type ShowMode, fallbacks, showModes } from '../settings.ts'
import { type PictureProblem, pictureProblem } from './picture-problem.ts'

/** What of a request decides its answer. */
export interface PictureRequest {
  readonly method: string
  /** The path as it came, escapes and all. */
  readonly path: string
  /** What follows the question mark, as it came; empty without one. */
  readonly query: string
  readonly accept: string | undefined
  readonly ifNoneMatch: string | undefined
}

/** What the service's settings say of pictures. */
export interface PictureRules {
  /** What a URL that does not say it means. */
  readonly mode: ShowMode
  readonly fallback: Fallback
  /** Secrets of which one must have signed; null when no signature is needed. */
  readonly secrets: readonly string[] | null
}

/** Asked for: the face of a subject. */
export interface FaceAsk {
  readonly kind: 'face'
  readonly subject: string
  readonly size: VariantSize
  readonly format: VariantFormat
  /** The format, and how initials are drawn, was chosen by `Accept`. */
  readonly negotiated: boolean
  /** How initials are drawn. */
  readonly drawing: VariantFormat | 'svg'
  readonly mode: ShowMode
  readonly fallback: Fallback
  /** When the signature ends, milliseconds UTC; null when none is needed. */
  readonly endsAt: number | null
}

/** Asked for: a variant by its name. */
export interface VariantAsk {
  readonly kind: 'variant'
  readonly sha256: string
  readonly size: VariantSize
  readonly format: VariantFormat
}

/** Asked for: what may be done here. */
export interface OptionsAsk {
  readonly kind: 'options'
}

export type PictureAsk = FaceAsk | VariantAsk | OptionsAsk | PictureProblem

/** Whether a path is one of pictures. */
export function isPicturePath(path: string): boolean {
  return path.startsWith('/a/') || path.startsWith('/p/')
}

/** Reads a request for a path of pictures. */
export function readPictureRequest(
  request: PictureRequest,
  rules: PictureRules,
  now: number,
): PictureAsk {
  const { method, path } = request
  if (method !== 'GET' && method !== 'HEAD') {
    return method === 'OPTIONS' ? { kind: 'options' } : pictureProblem('method-not-allowed')
  }
  const rest = path.slice(3)
  return path.charCodeAt(1) === 97 /* a */
    ? readFaceAsk(rest, request, rules, now)
    : readVariantAsk(rest)
}

const shaPattern = /^[0-9a-f]{64}$/

/** `{sha256}/{size}.{format}`; no part of it is ever escaped. */
function readVariantAsk(rest: string): VariantAsk | PictureProblem {
  const slash = rest.indexOf('/')
  const dot = rest.indexOf('.', slash)
  if (slash < 0 || dot < 0 || rest.includes('/', slash + 1)) return pictureProblem('route-unknown')
  const sha256 = rest.slice(0, slash)
  if (!shaPattern.test(sha256)) {
    return pictureProblem('path-invalid', 'sha256', 'must be 64 digits 0-9 a-f')
  }
  const sizeText = rest.slice(slash + 1, dot)
  const size = variantSizes.find((one) => String(one) === sizeText)
  if (size === undefined) return pictureProblem('path-invalid', 'size', oneOf(variantSizes))
  const format = named(variantFormats, rest.slice(dot + 1))
  if (format === undefined) return pictureProblem('path-invalid', 'format', oneOf(variantFormats))
  return { kind: 'variant', sha256, size, format }
}

function readFaceAsk(
  rest: string,
  { query, accept }: PictureRequest,
  rules: PictureRules,
  now: number,
): FaceAsk | PictureProblem {
  if (rest.includes('/')) return pictureProblem('route-unknown')
  const subject = unescape(rest)
  // A dot or two are steps through folders to every URL parser: no such subject can be asked for.
  if (subject === null || !isSubject(subject) || subject === '.' || subject === '..') {
    return pictureProblem('subject-invalid')
  }
  const given = readQuery(query)
  if ('kind' in given) return given
  let endsAt: number | null = null
  if (rules.secrets !== null) {
    const { exp = null, sig = null } = given
    const signature = checkPictureUrl({ subject, exp, sig, secrets: rules.secrets, now })
    if (signature.kind === 'forged') return pictureProblem('signature-invalid')
    if (signature.kind === 'expired') return pictureProblem('signature-expired')
    endsAt = signature.expiresAt
  }
  return faceAsk(subject, given, accept, rules, endsAt)
}

function faceAsk(
  subject: string,
  given: Given,
  accept: string | undefined,
  rules: PictureRules,
  endsAt: number | null,
): FaceAsk | PictureProblem {
  const pixels = given.s === undefined ? 96 : edgeOf(given.s)
  if (pixels === null)
    return pictureProblem('query-invalid', 's', 'must be a whole number, 1 to 640')
  const ratio = given.dpr === undefined ? 1 : ratioOf(given.dpr)
  if (ratio === null) return pictureProblem('query-invalid', 'dpr', 'must be a number, 1 to 4')
  const asked = given.f === undefined ? 'auto' : named(askedFormats, given.f)
  if (asked === undefined) return pictureProblem('query-invalid', 'f', oneOf(askedFormats))
  const fallback = given.fallback === undefined ? rules.fallback : named(fallbacks, given.fallback)
  if (fallback === undefined) return pictureProblem('query-invalid', 'fallback', oneOf(fallbacks))
  const mode = given.mode === undefined ? rules.mode : named(showModes, given.mode)
  if (mode === undefined) return pictureProblem('query-invalid', 'mode', oneOf(showModes))
  const negotiated = asked === 'auto'
  return {
    kind: 'face',
    subject,
    size: snap(pixels * ratio),
    format: negotiated ? formatFor(accept) : asked,
    negotiated,
    drawing: negotiated ? drawingFor(accept) : asked,
    mode,
    fallback,
    endsAt,
  }
}

/** The smallest size that is not too small; the largest when all are. */
function snap(pixels: number): VariantSize {
  // 120 × 1.1 is a hair more than 132 in floating point, 99 × 1.33333337 too; nobody can see a hundredth of a pixel.
  for (const size of variantSizes) if (size >= pixels - 0.01) return size
  return 640
}

const askedFormats = ['auto', ...variantFormats] as const
const webp = /image\/webp[ \t]*(?![^,; \t])((?:;[^,]*)?)/i
const svg = /image\/svg\+xml[ \t]*(?![^,; \t])((?:;[^,]*)?)/i
const zeroQuality = /;[ \t]*q[ \t]*=[ \t]*0(?:\.0*)?[ \t]*(?:;|$)/i

/**
 * WebP for those that name it, as every browser does. A bare wildcard is what programs send that never thought of
 * formats (curl, HTTP libraries, native apps): they get JPEG. AVIF must be asked for: at these sizes it is no smaller
 * and many times dearer.
 */
function formatFor(accept = ''): VariantFormat {
  return names(webp, accept) === true ? 'webp' : 'jpg'
}

/**
 * SVG for those that name it, and for other browsers: known by naming a picture format and taking the rest as well, or by
 * HTML when somebody opens the URL itself. Others can hardly draw SVG: they get PNG.
 */
function drawingFor(accept = ''): 'svg' | 'png' {
  const isBrowser =
    (/image\/[a-z]/i.test(accept) && accept.includes('/*')) || /text\/html/i.test(accept)
  return (names(svg, accept) ?? isBrowser) ? 'svg' : 'png'
}

/** Whether a format is named and wanted; null when it is not named. */
function names(format: RegExp, accept: string): boolean | null {
  const found = format.exec(accept)
  return found === null ? null : !zeroQuality.test(found[1] ?? '')
}

function edgeOf(text: string): number | null {
  if (!/^[1-9][0-9]{0,2}$/.test(text)) return null
  const pixels = Number(text)
  return pixels <= 640 ? pixels : null
}

/** Devices have ratios such as 1.25 and 2.625. */
function ratioOf(text: string): number | null {
  if (!/^[1-4](?:\.[0-9]{1,16})?$/.test(text)) return null
  const ratio = Number(text)
  return ratio <= 4 ? ratio : null
}

/** Values of the parameters that mean something here. */
interface Given {
  s?: string
  dpr?: string
  f?: string
  fallback?: string
  mode?: string
  exp?: string
  sig?: string
}

/** Parameters of other names are left alone: pages add them to get around caches. */
function readQuery(query: string): Given | PictureProblem {
  const given: Given = {}
  let from = 0
  while (from < query.length) {
    const found = query.indexOf('&', from)
    const to = found < 0 ? query.length : found
    const equals = query.indexOf('=', from)
    const split = equals < 0 || equals > to ? to : equals
    const name = unescape(query.slice(from, split)) ?? ''
    if (isParameter(name)) {
      const value = unescape(query.slice(split + 1, to))
      if (value === null) return pictureProblem('query-invalid', name, 'has a broken escape')
      if (given[name] !== undefined) return pictureProblem('query-invalid', name, 'is given twice')
      given[name] = value
    }
    from = to + 1
  }
  return given
}

function isParameter(name: string): name is keyof Given {
  switch (name) {
    case 's':
    case 'dpr':
    case 'f':
    case 'fallback':
    case 'mode':
    case 'exp':
    case 'sig':
      return true
    default:
      return false
  }
}

/** Undone once and never again: what was escaped twice stays escaped. */
function unescape(text: string): string | null {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    // No UTF-8.
    return null
  }
}

function named<T extends string>(names: readonly T[], text: string): T | undefined {
  for (const name of names) if (name === text) return name
  return undefined
}

function oneOf(values: readonly (string | number)[]): string {
  return `must be one of ${values.join(', ')}`
}
