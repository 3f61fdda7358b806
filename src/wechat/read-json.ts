// Reads what the platform calls JSON: with a mark of the byte order in front, raw control characters in nicknames, or a comma
// before the closing brace, as in its own documentation. Linear in the length of the text, whatever it holds.

/** Strings as a whole, ended or not, so that nothing is searched twice; and commas that nothing follows. */
const stringsAndCommas = /"(?:[^"\\]|\\.)*(?:"|\\?$)|,(?=\s*[}\]])/gs

/** The object that a text holds, its keys without the spaces around them; null when it holds none. */
export function readObject(text: string): ReadonlyMap<string, unknown> | null {
  const bare = text.startsWith('\ufeff') ? text.slice(1) : text
  const value = parse(bare) ?? parse(bare.replaceAll(stringsAndCommas, mend))
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  return new Map(Object.entries(value).map(([key, each]) => [key.trim(), each as unknown]))
}

/** A text of a field; null when there is none. */
export function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/** A whole number of a field, also when it is written as a text, as relays do; null when there is none. */
export function wholeOf(value: unknown): number | null {
  const number =
    typeof value === 'string' && /^-?\d{1,15}$/.test(value.trim()) ? Number(value) : value
  return Number.isSafeInteger(number) ? (number as number) : null
}

/** Undefined where the text is no JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function mend(piece: string): string {
  if (piece === ',') return ''
  return piece.replaceAll(
    /[\u0000-\u001f]/g,
    (raw) => `\\u${raw.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
