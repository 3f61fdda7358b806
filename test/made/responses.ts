// Answers over the wire, made for the reader of answers, and how they are cut into pieces.
import fc from 'fast-check'
import { type ReadEnd, ResponseReader } from '../../src/probe/response.ts'

/** Bodies may be as long as this. */
export const maxBytes = 8 * 1024 * 1024

/** What was read, in a form that is easily compared. */
export interface Told {
  readonly kind: string
  readonly status?: number
  readonly keepAlive?: boolean
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | null
  readonly extra?: boolean
}

/** Feeds pieces until the end; what is left over counts as extra, whichever piece it came in. */
export function read(pieces: readonly Buffer[], headOnly = false, max = maxBytes): Told {
  const reader = new ResponseReader(max)
  reader.start(headOnly)
  let end: ReadEnd | null = null
  let left = 0
  for (const piece of pieces) {
    if (end === null) {
      // The reader must have copied what it keeps: its buffer is used again.
      const lent = Buffer.from(piece)
      end = reader.feed(lent)
      lent.fill(0x58)
    } else left += piece.length
  }
  return told(end ?? reader.close(), left)
}

function told(end: ReadEnd, left: number): Told {
  if (end.kind === 'fault') return { kind: end.fault }
  const { status, headers, keepAlive } = end.head
  const body = end.body?.toString('latin1') ?? null
  return {
    kind: 'complete',
    status,
    headers: { ...headers },
    keepAlive,
    body,
    extra: end.extra || left > 0,
  }
}

/** Lines as bytes. */
export function text(...lines: string[]): Buffer {
  return Buffer.from(lines.join('\r\n'), 'latin1')
}

/** What is read of lines. */
export function readText(...lines: string[]): Told {
  return read([text(...lines)])
}

/** Cuts bytes at the places that the numbers say. */
export function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b)
  return [0, ...at].map((from, index) => bytes.subarray(from, at[index] ?? bytes.length))
}

const body = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))
/** Where bytes may be cut. */
export const places = fc.array(fc.nat({ max: 5000 }), { maxLength: 40 })
const fields = fc.array(
  fc.tuple(
    fc.constantFrom(
      'X-ErrNo',
      'Server',
      'constructor',
      '__proto__',
      'toString',
      'Vary',
      'Connection',
      'x-a',
    ),
    fc.stringMatching(/^[ -~]{0,20}$/),
  ),
  { maxLength: 6 },
)
const status = fc.constantFrom(
  '200 OK',
  '404 Not Found',
  '204 No Content',
  '304 Not Modified',
  '200',
  '999 ',
)

function chunked(bytes: Buffer, sizes: readonly number[], trailer: string): Buffer {
  const parts: Buffer[] = []
  let at = 0
  for (const size of [...sizes, bytes.length]) {
    const piece = bytes.subarray(at, at + size)
    if (piece.length === 0) continue
    at += piece.length
    parts.push(
      Buffer.from(`${piece.length.toString(16)}${size % 2 === 0 ? ';a="b;c"' : ''}\r\n`),
      piece,
      Buffer.from('\r\n'),
    )
  }
  return Buffer.concat([...parts, Buffer.from(`0\r\n${trailer}\r\n`)])
}

export const answer = fc
  .record({
    status,
    fields,
    body,
    framing: fc.constantFrom('length', 'chunked', 'until-close'),
    sizes: fc.array(fc.integer({ min: 1, max: 90 }), { maxLength: 8 }),
    trailer: fc.constantFrom('', 'X-Sum: 1\r\n', 'A: b\r\nC: d\r\n'),
    interim: fc.integer({ min: 0, max: 3 }),
    after: fc.constantFrom('', '', '\r\n', 'HTTP/1.1 200 OK\r\n\r\n'),
  })
  .map((made) => {
    const lines = made.fields.map(([name, value]) => `${name}: ${value}`)
    if (made.framing === 'length') lines.push(`Content-Length: ${made.body.length}`)
    if (made.framing === 'chunked') lines.push('Transfer-Encoding: chunked')
    const interim = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'.repeat(made.interim)
    const head = [`HTTP/1.1 ${made.status}`, ...lines].join('\r\n')
    const sent =
      made.framing === 'chunked' ? chunked(made.body, made.sizes, made.trailer) : made.body
    return {
      ...made,
      bytes: Buffer.concat([
        Buffer.from(`${interim}${head}\r\n\r\n`, 'latin1'),
        sent,
        Buffer.from(made.after),
      ]),
    }
  })
