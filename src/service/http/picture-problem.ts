// What the picture routes say when they show nothing: problem documents as everywhere in the service, with the headers
// that caches and pages of other origins need.
import { forEverybody } from './picture-headers.ts'
import { type ProblemCode, problems } from './problem.ts'

/** Codes that only the picture routes use. */
export const pictureProblems = {
  'signature-invalid': [403, 'The URL is not signed, or not by us for this subject.'],
  'signature-expired': [403, 'The signature of the URL has expired.'],
  'picture-missing': [404, 'There is no picture to show.'],
} as const satisfies Readonly<Record<string, readonly [status: number, title: string]>>

/** A stable name of a problem with a picture. */
export type PictureProblemCode =
  | keyof typeof pictureProblems
  | Extract<
      ProblemCode,
      | 'subject-invalid'
      | 'path-invalid'
      | 'query-invalid'
      | 'route-unknown'
      | 'method-not-allowed'
      | 'internal'
      | 'busy'
      | 'store-unreachable'
      | 'blobs-unreachable'
    >

/** Nothing is shown, and why. */
export interface PictureProblem {
  readonly kind: 'problem'
  readonly code: PictureProblemCode
  /** The part of path or query that is wrong; null when it is none. */
  readonly parameter: string | null
  /** What is wrong with it; null adds nothing to the sentence of the code. */
  readonly detail: string | null
  /** Headers of the answer, names and values by turns. */
  readonly headers: readonly string[]
}

const headersOf: Readonly<Partial<Record<PictureProblemCode, readonly string[]>>> = {
  'picture-missing': ['Cache-Control', 'public, max-age=60'],
  'method-not-allowed': ['Allow', 'GET, HEAD, OPTIONS', 'Cache-Control', 'no-store'],
  busy: ['Retry-After', '1', 'Cache-Control', 'no-store'],
  'store-unreachable': ['Retry-After', '2', 'Cache-Control', 'no-store'],
  'blobs-unreachable': ['Retry-After', '2', 'Cache-Control', 'no-store'],
}
const notStored: readonly string[] = ['Cache-Control', 'no-store']

/** A problem with a picture; `more` are headers beside those of its code. */
export function pictureProblem(
  code: PictureProblemCode,
  parameter: string | null = null,
  detail: string | null = null,
  more: readonly string[] = [],
): PictureProblem {
  const headers = headersOf[code] ?? notStored
  return {
    kind: 'problem',
    code,
    parameter,
    detail,
    headers: more.length > 0 ? [...headers, ...more] : headers,
  }
}

const table = { ...problems, ...pictureProblems }

/** Status, headers and document of a problem. `instance` is the request id. */
export function tellProblem(
  { code, parameter, detail, headers }: PictureProblem,
  instance: string,
): { readonly status: number; readonly headers: string[]; readonly body: Buffer } {
  const [status, title] = table[code]
  const document = {
    type: `/docs#${code}`,
    title,
    status,
    code,
    detail: parameter === null ? (detail ?? title) : `${parameter}: ${detail ?? title}`,
    instance,
    ...(parameter === null ? {} : { errors: [{ pointer: parameter, detail: detail ?? title }] }),
  }
  const body = Buffer.from(`${JSON.stringify(document)}\n`)
  return {
    status,
    headers: [
      headers,
      forEverybody,
      ['X-Request-Id', instance],
      ['Content-Type', 'application/problem+json'],
      ['Content-Length', String(body.length)],
    ].flat(),
    body,
  }
}
