// Forms that pages send: read within bounds, never trusted to have what they should.
import { readBody, mediaType } from '../http/body.ts'

/** The fields of a form. */
export interface Form {
  /** The field's text; empty without it. */
  text(name: string): string
  texts(name: string): readonly string[]
  /** The bytes of the field's file; null without one. */
  file(name: string): Uint8Array | null
}

/** A picture, and the fields around it. */
export const mostBytes = { plain: 64 * 1024, picture: 8 * 1024 * 1024 + 16 * 1024 } as const
/** A form that has more parts than this is none of ours. */
const mostParts = 8

/** Reads a form; null when it is none, too large, or cannot be read. */
export async function readForm(
  request: Request,
  kind: keyof typeof mostBytes,
): Promise<Form | null> {
  const type = mediaType(request)
  const wanted = kind === 'plain' ? 'application/x-www-form-urlencoded' : 'multipart/form-data'
  if (type !== wanted) return null
  const read = await readBody(request, mostBytes[kind])
  if (read.kind === 'problem') return null
  if (kind === 'plain') {
    const fields = new URLSearchParams(read.bytes.toString())
    return {
      text: (name) => fields.get(name) ?? '',
      texts: (name) => fields.getAll(name),
      file: () => null,
    }
  }
  return await readParts(read.bytes, request.headers.get('content-type') ?? '')
}

async function readParts(bytes: Buffer<ArrayBuffer>, type: string): Promise<Form | null> {
  const boundary = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(type)
  if (boundary === null || countOf(bytes, `--${boundary[1] ?? boundary[2]}`) > mostParts + 1)
    return null
  const texts = new Map<string, string[]>()
  const files = new Map<string, Uint8Array>()
  try {
    const fields = await new Response(bytes, { headers: { 'Content-Type': type } }).formData()
    for (const [name, value] of fields) {
      if (typeof value === 'string') texts.set(name, [...(texts.get(name) ?? []), value])
      else files.set(name, new Uint8Array(await value.arrayBuffer()))
    }
  } catch {
    return null
  }
  return {
    text: (name) => texts.get(name)?.[0] ?? '',
    texts: (name) => texts.get(name) ?? [],
    file: (name) => files.get(name) ?? null,
  }
}

/** How often a mark stands in the bytes; counted before anything is made of them. */
function countOf(bytes: Buffer, mark: string): number {
  let count = 0
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + mark.length)) {
    if (++count > mostParts + 1) break
  }
  return count
}
