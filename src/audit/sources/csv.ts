// A streaming reader of separated values (RFC 4180 and what spreadsheets make of it). Text goes in by
// pieces of any size, records come out; where the pieces are cut changes nothing. A broken record costs
// its first line only: reading goes on at the next one, so a stray quote never swallows the file.

/** One record, or one line that is not one. */
export interface CsvRecord {
  readonly fields: readonly string[]
  /** The 1-based line that the record begins at. */
  readonly line: number
  /** Set when the line is no record: why. `fields` then holds what was readable, perhaps nothing. */
  readonly broken?: string
}

/** Takes text, gives records. */
export interface CsvReader {
  /** Reads on; answers the records that are complete now. */
  read(text: string): CsvRecord[]
  /** Says that the text is over; answers what was still open. */
  end(): CsvRecord[]
}

/** How to read. */
export interface CsvOptions {
  /** One character, or '' where a line is one field. */
  readonly delimiter: string
  /** Whether `"` quotes a field; true unless told. */
  readonly quotes?: boolean
  /** Records with fewer fields are broken; default 0. */
  readonly minFields?: number
  /** The longest record in UTF-16 units; a longer one is broken. Default 1 048 576. */
  readonly maxChars?: number
}

type Parsed =
  | { readonly kind: 'record'; readonly fields: string[]; readonly next: number }
  | { readonly kind: 'broken'; readonly why: string }
  | { readonly kind: 'open'; readonly quoted: boolean }

const tab = 9
const lineFeed = 10
const carriageReturn = 13
const space = 32
const quoteMark = 34

/** Makes a reader for one text. Memory is bounded by `maxChars` and the largest piece. */
export function createCsvReader(options: CsvOptions): CsvReader {
  const { delimiter, quotes = true, minFields = 0, maxChars = 1_048_576 } = options
  const delimiterCode = delimiter === '' ? -1 : delimiter.charCodeAt(0)

  let text = ''
  let line = 1
  /** The last record ended in CR: a LF that follows belongs to it. */
  let afterReturn = false
  /** The rest of a broken line is being passed over. */
  let skipping = false

  function take(ended: boolean): CsvRecord[] {
    const records: CsvRecord[] = []
    let at = 0
    // The next LF, CR and quote at or after `at`; looked for again only once passed.
    let feed = -1
    let ret = -1
    let quote = quotes ? -1 : Infinity

    function breakLine(why: string, fields: readonly string[] = []): void {
      records.push({ fields, line, broken: `line ${line}: ${why}` })
      skipping = true
    }

    for (;;) {
      if (afterReturn && at < text.length) {
        if (text.charCodeAt(at) === lineFeed) at++
        afterReturn = false
      }
      if (at >= text.length) break
      if (feed < at) feed = indexFrom(text, '\n', at)
      if (ret < at) ret = indexFrom(text, '\r', at)
      const end = feed < ret ? feed : ret

      if (skipping) {
        if (end === Infinity) {
          at = text.length
          break
        }
        skipping = false
        afterReturn = end === ret
        at = end + 1
        line++
        continue
      }

      if (quote < at) quote = indexFrom(text, '"', at)
      if (quote > end || quote === Infinity) {
        const stop = end === Infinity ? text.length : end
        if (stop - at > maxChars) {
          breakLine(tooLong(maxChars))
          continue
        }
        if (end === Infinity && !ended) break
        if (stop > at) {
          const whole = text.slice(at, stop)
          const fields = delimiterCode === -1 ? [whole] : whole.split(delimiter)
          if (fields.length < minFields) {
            records.push({ fields, line, broken: `line ${line}: ${tooFew(fields, minFields)}` })
          } else records.push({ fields, line })
        }
        line++
        afterReturn = end === ret && end !== Infinity
        at = stop + 1
        continue
      }

      // Nothing is decided by what lies beyond maxChars, so a cut there cannot matter either.
      const full = text.length > at + maxChars
      const limit = full ? at + maxChars + 1 : text.length
      const parsed = readRecord(text, at, limit, ended && !full, delimiterCode)
      if (parsed.kind === 'open') {
        if (full && parsed.quoted) breakLine(`a quote is not closed within ${maxChars} characters`)
        else if (full) breakLine(tooLong(maxChars))
        else if (ended) breakLine('a quote is never closed')
        else break
      } else if (parsed.kind === 'broken') breakLine(parsed.why)
      else if (parsed.fields.length < minFields) {
        breakLine(tooFew(parsed.fields, minFields), end < parsed.next - 1 ? [] : parsed.fields)
      } else {
        records.push({ fields: parsed.fields, line })
        line += end < parsed.next - 1 ? countLines(text, at, parsed.next) : 1
        afterReturn = text.charCodeAt(parsed.next - 1) === carriageReturn
        at = parsed.next
      }
    }
    text = at >= text.length ? '' : text.slice(at)
    return records
  }

  return {
    read(piece) {
      text = text === '' ? piece : text + piece
      return take(false)
    },
    end: () => take(true),
  }
}

function tooLong(maxChars: number): string {
  return `longer than ${maxChars} characters`
}

function tooFew(fields: readonly string[], minFields: number): string {
  return `${fields.length} ${fields.length === 1 ? 'column' : 'columns'} where ${minFields} are needed`
}

function indexFrom(text: string, wanted: string, from: number): number {
  const at = text.indexOf(wanted, from)
  return at === -1 ? Infinity : at
}

/** Lines in a record that is complete, its terminator the last unit. CRLF inside counts once. */
function countLines(text: string, from: number, next: number): number {
  let lines = 0
  for (let at = from; at < next; at++) {
    const code = text.charCodeAt(at)
    if (code === lineFeed) lines++
    else if (code === carriageReturn && (at + 1 >= next || text.charCodeAt(at + 1) !== lineFeed)) {
      lines++
    }
  }
  return lines
}

/** One record with quotes in it, from `from` up to `limit`; `ended` when the text is over there. */
function readRecord(
  text: string,
  from: number,
  limit: number,
  ended: boolean,
  delimiterCode: number,
): Parsed {
  const fields: string[] = []
  let at = from
  for (;;) {
    // Spaces around a quoted field are no part of it: people write `"a", "b"` by hand.
    let mark = skipBlanks(text, at, limit, delimiterCode)
    if (mark < limit && text.charCodeAt(mark) === quoteMark) {
      let value = ''
      for (mark++; ;) {
        const close = text.indexOf('"', mark)
        if (close === -1 || close >= limit) return { kind: 'open', quoted: true }
        value += text.slice(mark, close)
        mark = close + 1
        if (mark >= limit && !ended) return { kind: 'open', quoted: true }
        if (mark >= limit || text.charCodeAt(mark) !== quoteMark) break
        value += '"'
        mark++
      }
      fields.push(value)
      at = skipBlanks(text, mark, limit, delimiterCode)
    } else {
      at = endOfField(text, at, limit, delimiterCode, fields)
    }
    if (at >= limit) {
      return ended ? { kind: 'record', fields, next: limit } : { kind: 'open', quoted: false }
    }
    const code = text.charCodeAt(at++)
    if (code === lineFeed || code === carriageReturn) return { kind: 'record', fields, next: at }
    if (code !== delimiterCode) return { kind: 'broken', why: 'text after a closing quote' }
  }
}

function endOfField(
  text: string,
  from: number,
  limit: number,
  delimiterCode: number,
  fields: string[],
): number {
  let at = from
  while (at < limit) {
    const code = text.charCodeAt(at)
    if (code === delimiterCode || code === lineFeed || code === carriageReturn) break
    at++
  }
  fields.push(text.slice(from, at))
  return at
}

function skipBlanks(text: string, from: number, limit: number, delimiterCode: number): number {
  let at = from
  while (at < limit) {
    const code = text.charCodeAt(at)
    if ((code !== space && code !== tab) || code === delimiterCode) break
    at++
  }
  return at
}
