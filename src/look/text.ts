// Text and figures for people, in every output of ours. Ids, names and URLs come from strangers: control characters and
// direction marks are made visible, never obeyed.

const plain = /^[\x20-\x7e]*$/
const harmful = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu

/** The text with everything that could move a cursor, turn the writing round or break a line shown as `�`. */
export function harmless(text: string): string {
  return plain.test(text) ? text : text.replace(harmful, '\ufffd')
}

/** A whole number with a space between thousands, as in `1 204 000`. */
export function spaced(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ' ')
}

/** A share in per cent: `20.6 %`, `< 0.1 %` where something is there but little, `100 %` only where all is. */
export function percent(part: number, whole: number): string {
  if (whole === 0 || part === 0) return '0 %'
  if (part === whole) return '100 %'
  const value = (100 * part) / whole
  if (value < 0.1) return '< 0.1 %'
  return `${Math.min(99.9, Math.round(value * 10) / 10).toFixed(1)} %`
}
