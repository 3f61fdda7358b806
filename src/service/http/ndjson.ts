// Lines out of a stream of bytes, in groups: whatever has arrived is handed on together, up to a number of lines, so that
// a slow sender is answered as it sends and a fast one in large groups. Memory is bounded by one line and one group.

/** A line, or what stands for one that cannot be had. */
export type Line =
  | { readonly kind: 'line'; readonly number: number; readonly bytes: Buffer }
  | { readonly kind: 'too-long'; readonly number: number }

/** A group of lines, or how the stream ended before its end. */
export type LineGroup =
  | { readonly kind: 'lines'; readonly lines: readonly Line[] }
  | { readonly kind: 'stopped'; readonly reason: 'too-many-lines' | 'too-many-bytes' | 'broken' }

/** Bounds of a stream of lines. */
export interface LineBounds {
  readonly lineBytes: number
  readonly lines: number
  readonly bytes: number
  /** Lines in a group. */
  readonly group: number
}

const newline = 10

/**
 * Reads groups of lines. Empty lines are counted and left out; a last line needs no line break; a line that is cut off by
 * a broken connection is not handed on.
 */
export async function* readLines(
  stream: ReadableStream<Uint8Array>,
  bounds: LineBounds,
): AsyncGenerator<LineGroup> {
  const reader = stream.getReader()
  let rest: Buffer[] = []
  let restBytes = 0
  let number = 0
  let total = 0
  let ready: Line[] = []

  /** Ends the line under way. */
  function end(tail: Buffer): void {
    number++
    const length = restBytes + tail.length
    if (length > bounds.lineBytes) ready.push({ kind: 'too-long', number })
    else {
      const bytes = rest.length === 0 ? tail : Buffer.concat([...rest, tail], length)
      if (!isBlank(bytes)) ready.push({ kind: 'line', number, bytes })
    }
    rest = []
    restBytes = 0
  }

  /** Keeps a piece of the line under way, unless the line is too long to be of use anyway. */
  function hold(piece: Buffer): void {
    restBytes += piece.length
    if (restBytes > bounds.lineBytes) rest = []
    else if (piece.length > 0) rest.push(piece)
  }

  function* groups(least: number): Generator<LineGroup> {
    while (ready.length >= least && ready.length > 0) {
      yield { kind: 'lines', lines: ready.splice(0, bounds.group) }
    }
  }

  try {
    let reading = reader.read()
    for (;;) {
      // What comes at once joins the group; for what does not, nobody is kept waiting.
      const now = ready.length > 0 ? await Promise.race([settled(reading), turn()]) : null
      if (now === 'later') yield* groups(1)
      let next: Awaited<typeof reading>
      try {
        next = await reading
      } catch {
        yield* groups(1)
        yield { kind: 'stopped', reason: 'broken' }
        return
      }
      if (next.done) break
      const chunk = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength)
      total += chunk.length
      let from = 0
      for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, from)) {
        if (number >= bounds.lines) break
        end(chunk.subarray(from, at))
        from = at + 1
      }
      hold(chunk.subarray(from))
      const full = number >= bounds.lines && restBytes > 0
      if (full || total > bounds.bytes) {
        yield* groups(1)
        yield { kind: 'stopped', reason: full ? 'too-many-lines' : 'too-many-bytes' }
        return
      }
      yield* groups(bounds.group)
      reading = reader.read()
    }
    if (restBytes > 0) end(Buffer.alloc(0))
    yield* groups(1)
  } finally {
    reader.cancel().catch(() => {})
  }
}

async function settled(reading: Promise<unknown>): Promise<'now'> {
  await reading.catch(() => {})
  return 'now'
}

/** One turn of the event loop: what the network has by then counts as come at once. */
function turn(): Promise<'later'> {
  return new Promise((resolve) => {
    setImmediate(() => resolve('later'))
  })
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 32 || byte === 9 || byte === 13)
}
