// Times as tables have them: ISO 8601, `YYYY-MM-DD HH:MM:SS`, Unix seconds, milliseconds, microseconds.

const written =
  /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)? ?(Z|UTC|[+-]\d{2}(?::?\d{2})?)?$/i
const counted = /^\d{9,16}(?:\.\d+)?$/
const earliest = Date.UTC(1990, 0, 1)
const latest = Date.UTC(2100, 0, 1)

/** Reads a time to milliseconds UTC; without an offset it is taken as UTC. Undefined when it is none. */
export function readTime(text: string): number | undefined {
  const time = counted.test(text) ? readCount(Number(text)) : readWritten(text.trim())
  return time !== undefined && time >= earliest && time < latest ? time : undefined
}

function readCount(count: number): number {
  if (count < 1e11) return Math.round(count * 1000)
  if (count < 1e14) return Math.round(count)
  return Math.round(count / 1000)
}

function readWritten(text: string): number | undefined {
  const match = written.exec(text)
  if (match === null) return undefined
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', offset = ''] =
    match
  if (Number(month) > 12 || Number(hour) > 24 || Number(minute) > 59) return undefined
  const ms = Number(fraction.padEnd(3, '0').slice(0, 3))
  const local = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
    ms,
  )
  // The 31st of February rolls over into March: then it was no date.
  if (Number(hour) < 24 && new Date(local).getUTCDate() !== Number(day)) return undefined
  return local - readOffset(offset)
}

function readOffset(offset: string): number {
  const match = /^([+-])(\d{2}):?(\d{2})?$/.exec(offset)
  if (match === null) return 0
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? 0)
  return (match[1] === '-' ? -minutes : minutes) * 60_000
}
