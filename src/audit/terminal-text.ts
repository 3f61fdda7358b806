// Text on a terminal: how many columns it takes, and how to make it fit. Chinese characters and emoji take two.

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{1fa70}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u
const unseen = /[\p{Mn}\p{Me}\p{Cf}]/u
const plain = /^[\x20-\x7e]*$/

function widthOf(character: string): number {
  if (unseen.test(character)) return 0
  return wide.test(character) ? 2 : 1
}

/** Columns that the text takes on a terminal. */
export function textWidth(text: string): number {
  if (plain.test(text)) return text.length
  let width = 0
  for (const character of text) width += widthOf(character)
  return width
}

function take(characters: Iterable<string>, columns: number): string[] {
  const taken: string[] = []
  let width = 0
  for (const character of characters) {
    width += widthOf(character)
    if (width > columns) break
    taken.push(character)
  }
  return taken
}

/** The text in at most so many columns, its middle left out where it is too long: the ends of a URL tell most. */
export function shortenMiddle(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text
  if (columns <= 1) return columns === 1 ? '…' : ''
  const characters = Array.from(text)
  const head = take(characters, Math.ceil((columns - 1) * 0.65))
  const tail = take(characters.toReversed(), columns - 1 - textWidth(head.join('')))
  return `${head.join('')}…${tail.toReversed().join('')}`
}

/** The text in at most so many columns, its end left out where it is too long. */
export function shortenEnd(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text
  return columns < 1 ? '' : `${take(text, columns - 1).join('')}…`
}

/** The text with spaces after it up to so many columns. */
export function padEnd(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - textWidth(text)))
}

/** The text with spaces before it up to so many columns. */
export function padStart(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - textWidth(text))) + text
}

/** The text in lines of at most so many columns, broken at spaces where there are any. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (textWidth(longer) <= columns) {
      line = longer
      continue
    }
    if (line !== '') lines.push(line)
    line = shortenEnd(word, columns)
  }
  return line === '' ? lines : [...lines, line]
}

/** The inks of a terminal that the outputs use. */
export type Ink = 'red' | 'yellow' | 'green' | 'cyan' | 'magenta' | 'dim' | 'bold'

const codes: Record<Ink, readonly [number, number]> = {
  red: [31, 39],
  yellow: [33, 39],
  green: [32, 39],
  cyan: [36, 39],
  magenta: [35, 39],
  dim: [2, 22],
  bold: [1, 22],
}

/** A painter of terminal text; without colour it gives the text as it is. */
export function createPaint(color: boolean): (ink: Ink, text: string) => string {
  return (ink, text) => {
    if (!color || text === '') return text
    const [on, off] = codes[ink]
    return `\u001b[${on}m${text}\u001b[${off}m`
  }
}

/** A length of time for people: `0.4 s`, `41 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(ms: number): string {
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 100) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
