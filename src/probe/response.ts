// Reads HTTP/1.1 answers off a connection, byte by byte if need be. Strict where leniency would let one answer be taken
// for another: whatever is ambiguous is a fault, and a faulty connection is never used again.

/** The first part of an answer. */
export interface Head {
  readonly status: number
  /** By lower-case name; repeated fields joined by `, `. */
  readonly headers: Readonly<Record<string, string>>
  /** The connection may carry another request. */
  readonly keepAlive: boolean
}

/** How reading ended. */
export type ReadEnd =
  | {
      readonly kind: 'complete'
      readonly head: Head
      readonly body: Buffer | null
      readonly extra: boolean
    }
  | {
      readonly kind: 'fault'
      readonly fault: 'protocol' | 'too-large' | 'truncated'
      readonly detail: string
    }

const maxHeadBytes = 64 * 1024
const maxInterim = 8
const maxLineBytes = 4096
/** Chunk extensions and trailers of one answer: nobody needs them, and they could go on for ever. */
const maxAsideBytes = 64 * 1024
/** Small pieces of a body are gathered in blocks of this size. */
const blockBytes = 32 * 1024
const endOfHead = Buffer.from('\r\n\r\n')
const endOfLine = Buffer.from('\r\n')
const empty = Buffer.alloc(0)

type BodyMode = 'none' | 'length' | 'chunked' | 'until-close'

/** Reads one answer at a time; `start` before each. */
export class ResponseReader {
  readonly #maxBytes: number
  #headOnly = false
  readonly #layout: FieldName[] = []
  #pending: Buffer = empty
  #head: Head | null = null
  #mode: BodyMode = 'none'
  #left = 0
  #chunkState: 'size' | 'data' | 'data-end' | 'trailer' = 'size'
  #parts: Buffer[] = []
  #block: Buffer | null = null
  #filled = 0
  #size = 0
  #aside = 0
  #interim = 0

  /** @param maxBytes largest body that is read */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Prepares for the next answer; `headOnly` when HEAD was asked and no body may follow. */
  start(headOnly: boolean): void {
    this.#headOnly = headOnly
    this.#pending = empty
    this.#head = null
    this.#parts = []
    this.#block = null
    this.#size = 0
    this.#aside = 0
    this.#interim = 0
  }

  /** Takes bytes; the chunk may be overwritten afterwards. Returns the end once it is reached, else null. */
  feed(chunk: Buffer): ReadEnd | null {
    let bytes = chunk
    if (this.#pending.length > 0) {
      bytes = Buffer.concat([this.#pending, chunk])
      this.#pending = empty
    }
    while (this.#head === null) {
      const end = bytes.indexOf(endOfHead)
      if (end < 0) {
        if (bytes.length > maxHeadBytes + 3) return fault('protocol', 'The headers never end.')
        if (!startsLikeHttp(bytes)) return fault('protocol', 'The answer is not HTTP.')
        if (hasLoneFeed(bytes)) return fault('protocol', loneEnd)
        this.#pending = Buffer.from(bytes)
        return null
      }
      if (end > maxHeadBytes) return fault('protocol', 'The headers are larger than 64 KiB.')
      const head = readHead(bytes.toString('latin1', 0, end), this.#layout)
      if (typeof head === 'string') return fault('protocol', head)
      bytes = bytes.subarray(end + 4)
      if (head.status >= 200) {
        const problem = this.#begin(head)
        if (problem !== null) return problem
      } else if (head.status === 101 || ++this.#interim > maxInterim) {
        return fault('protocol', `HTTP ${head.status} was not asked for.`)
      }
    }
    return this.#readBody(bytes)
  }

  /** The connection ended. Whole only when the body was to end with it. */
  close(): ReadEnd {
    if (this.#head !== null && this.#mode === 'until-close') return this.#complete(empty)
    if (this.#head === null && this.#pending.length === 0) {
      return fault('truncated', 'The connection was closed before an answer came.')
    }
    return fault('truncated', 'The connection was closed in the middle of the answer.')
  }

  /** True once any byte of the current answer has come. */
  get begun(): boolean {
    return this.#head !== null || this.#pending.length > 0 || this.#interim > 0
  }

  #begin(head: Head): ReadEnd | null {
    this.#head = head
    const { headers, status } = head
    const coding = headers['transfer-encoding']
    const length = headers['content-length']
    if (this.#headOnly || status === 204 || status === 304) {
      this.#mode = 'none'
      return null
    }
    if (coding !== undefined) {
      if (coding.toLowerCase() !== 'chunked') {
        return fault('protocol', `Transfer-Encoding "${coding.slice(0, 40)}" is not known.`)
      }
      if (length !== undefined) {
        return fault('protocol', 'Both Transfer-Encoding and Content-Length are given.')
      }
      this.#mode = 'chunked'
      this.#chunkState = 'size'
      return null
    }
    if (length === undefined) {
      this.#mode = 'until-close'
      return null
    }
    if (!/^\d{1,15}$/.test(length)) {
      return fault('protocol', `Content-Length "${length.slice(0, 40)}" is no number.`)
    }
    this.#mode = 'length'
    this.#left = Number(length)
    return this.#left > this.#maxBytes ? this.#tooLarge() : null
  }

  #readBody(bytes: Buffer): ReadEnd | null {
    switch (this.#mode) {
      case 'none':
        return this.#complete(bytes)
      case 'length': {
        const mine = bytes.length > this.#left ? bytes.subarray(0, this.#left) : bytes
        this.#left -= mine.length
        if (!this.#keep(mine)) return this.#tooLarge()
        return this.#left === 0 ? this.#complete(bytes.subarray(mine.length)) : null
      }
      case 'chunked':
        return this.#readChunks(bytes)
      case 'until-close':
        return this.#keep(bytes) ? null : this.#tooLarge()
    }
  }

  #readChunks(chunk: Buffer): ReadEnd | null {
    let bytes = chunk
    while (bytes.length > 0) {
      if (this.#chunkState === 'data') {
        const mine = bytes.length > this.#left ? bytes.subarray(0, this.#left) : bytes
        if (!this.#keep(mine)) return this.#tooLarge()
        this.#left -= mine.length
        bytes = bytes.subarray(mine.length)
        if (this.#left === 0) this.#chunkState = 'data-end'
        continue
      }
      const end = bytes.indexOf(endOfLine)
      if (end > maxLineBytes || (end < 0 && bytes.length > maxLineBytes + 1)) {
        return fault('protocol', 'A chunk’s size line never ends.')
      }
      if (end < 0) {
        this.#pending = Buffer.from(bytes)
        return null
      }
      const line = bytes.toString('latin1', 0, end)
      bytes = bytes.subarray(end + 2)
      if (this.#chunkState === 'data-end') {
        if (line !== '') return fault('protocol', 'A chunk is longer than announced.')
        this.#chunkState = 'size'
      } else if (this.#chunkState === 'trailer') {
        if (line === '') return this.#complete(bytes)
        if (!this.#allowAside(line.length)) return fault('protocol', 'The trailers never end.')
      } else {
        const size = /^([0-9a-f]{1,8})[ \t]*(?:;.*)?$/i.exec(line)
        if (size === null) return fault('protocol', 'A chunk’s size is no number.')
        const digits = size[1] ?? '0'
        if (!this.#allowAside(line.length - digits.length)) {
          return fault('protocol', 'The chunks carry more extensions than body.')
        }
        this.#left = parseInt(digits, 16)
        this.#chunkState = this.#left === 0 ? 'trailer' : 'data'
        if (this.#size + this.#left > this.#maxBytes) return this.#tooLarge()
      }
    }
    return null
  }

  #keep(bytes: Buffer): boolean {
    if (bytes.length === 0) return true
    this.#size += bytes.length
    if (this.#size > this.#maxBytes) return false
    if (this.#size === bytes.length) {
      this.#parts.push(Buffer.from(bytes))
      return true
    }
    // A body of one-byte chunks must not cost a hundred times its size.
    if (this.#block !== null && bytes.length > blockBytes - this.#filled) this.#closeBlock()
    if (bytes.length >= blockBytes / 2) {
      this.#closeBlock()
      this.#parts.push(Buffer.from(bytes))
      return true
    }
    if (this.#block === null) {
      this.#block = Buffer.allocUnsafeSlow(blockBytes)
      this.#filled = 0
    }
    this.#filled += bytes.copy(this.#block, this.#filled)
    return true
  }

  #closeBlock(): void {
    if (this.#block !== null) this.#parts.push(this.#block.subarray(0, this.#filled))
    this.#block = null
  }

  #allowAside(length: number): boolean {
    this.#aside += length
    return this.#aside <= maxAsideBytes
  }

  #complete(rest: Buffer): ReadEnd {
    const head = this.#head
    if (head === null) return fault('protocol', 'An answer without a head.')
    const closes = this.#mode === 'until-close'
    this.#closeBlock()
    const [first = empty] = this.#parts
    const body = this.#headOnly ? null : this.#parts.length < 2 ? first : Buffer.concat(this.#parts)
    return {
      kind: 'complete',
      head: closes ? { ...head, keepAlive: false } : head,
      body,
      extra: rest.length > 0,
    }
  }

  #tooLarge(): ReadEnd {
    return fault('too-large', `The body is larger than ${this.#maxBytes} bytes.`)
  }
}

function fault(kind: 'protocol' | 'too-large' | 'truncated', detail: string): ReadEnd {
  return { kind: 'fault', fault: kind, detail }
}

function startsLikeHttp(bytes: Buffer): boolean {
  const start = 'HTTP/1.'
  const seen = bytes.toString('latin1', 0, start.length)
  return start.startsWith(seen)
}

const loneEnd = 'A line does not end with CR LF.'

/** A line that ends with LF alone: such headers have no end that we read, and waiting for it would be in vain. */
function hasLoneFeed(bytes: Buffer): boolean {
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) {
    if (bytes[at - 1] !== 13) return true
  }
  return false
}

/** Names come in few spellings; lower-casing each once saves a tenth of the parser's time. */
const lowerNames = new Map<string, string>()

function lowerName(name: string): string | null {
  const known = lowerNames.get(name)
  if (known !== undefined) return known
  if (!/^[!#$%&'*+.^`|~\w-]+$/.test(name)) return null
  const lower = name.toLowerCase()
  if (lowerNames.size < 1_000 && name.length < 64) lowerNames.set(name, lower)
  return lower
}

/** Fields that mean one thing: joined, two of them would mean a third. */
const single: ReadonlySet<string> = new Set(['content-length', 'location'])

/** Where the line ends that begins at `at`; -1 when CR or LF stands alone in it. */
function lineEnd(text: string, at: number): number {
  const stop = text.indexOf('\r', at)
  const feed = text.indexOf('\n', at)
  if (stop < 0) return feed < 0 ? text.length : -1
  return feed === stop + 1 ? stop : -1
}

const maxLayout = 64

/** Whether the connection may carry another request: by default in HTTP/1.1, when it is said in 1.0. */
function keepsAlive(field: string | undefined, modern: boolean): boolean {
  if (field === undefined) return modern
  if (field === 'keep-alive') return true
  const said = field.toLowerCase()
  return modern ? !said.includes('close') : said.includes('keep-alive')
}

/** A value without white space around it; mostly there is one space in front and none behind. */
function fieldValue(text: string, from: number, to: number): string {
  const start = text.charCodeAt(from) === 32 ? from + 1 : from
  const first = text.charCodeAt(start)
  const last = text.charCodeAt(to - 1)
  const plain = start < to && first > 32 && last > 32 && first < 128 && last < 128
  return plain ? text.slice(start, to) : text.slice(from, to).trim()
}

/** A field's name as it stood in the last answer, with its colon, and in lower case. */
interface FieldName {
  readonly written: string
  readonly name: string
}

/**
 * Reads status line and fields; a string says what is wrong.
 * @param layout names of the last answer on this connection: a server writes the same ones again, in the same order
 */
function readHead(text: string, layout: FieldName[]): Head | string {
  const end = lineEnd(text, 0)
  if (end < 0) return loneEnd
  if (text.includes('\0')) return 'A header has a NUL in it.'
  // HTTP/1.1 200 OK
  const minor = text.charCodeAt(7)
  if (!text.startsWith('HTTP/1.') || (minor !== 48 && minor !== 49) || text.charCodeAt(8) !== 32) {
    return 'The answer is not HTTP/1.1.'
  }
  const digits = text.slice(9, 12)
  const status = Number(digits)
  const after = text.charCodeAt(12)
  if (!/^[1-9]\d\d$/.test(digits) || (end > 12 && after !== 32)) return 'The status line is broken.'
  const headers: Record<string, string> = {}
  let at = end + 2
  for (let line = 0; at < text.length; line++) {
    const stop = lineEnd(text, at)
    if (stop < 0) return loneEnd
    const guess = layout[line]
    let name: string
    let colon: number
    if (guess !== undefined && text.startsWith(guess.written, at)) {
      name = guess.name
      colon = at + guess.written.length - 1
    } else {
      colon = text.indexOf(':', at)
      if (colon <= at || colon > stop) return 'A header line has no name.'
      const read = lowerName(text.slice(at, colon))
      if (read === null) return 'A header name has characters that are not allowed.'
      name = read
      if (line < maxLayout) layout[line] = { written: text.slice(at, colon + 1), name }
    }
    const value = fieldValue(text, colon + 1, stop)
    if (name !== '__proto__') {
      const before = headers[name]
      if (before === undefined || !Object.hasOwn(headers, name)) headers[name] = value
      else if (!single.has(name)) headers[name] = `${before}, ${value}`
      else if (before !== value) return `Two different values of ${name} are given.`
    }
    at = stop + 2
  }
  return { status, headers, keepAlive: keepsAlive(headers['connection'], minor === 49) }
}
