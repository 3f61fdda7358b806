// Which form a text has: told by the file's ending, else by its first lines.
import { looksLikeUrl } from './columns.ts'
import { foldName } from './nearest.ts'
import type { TextInput } from './text.ts'

/** What can be read as a list. */
export type Form = 'csv' | 'tsv' | 'ndjson' | 'txt'

const endings: readonly (readonly [ending: string, form: Form])[] = [
  ['.csv', 'csv'],
  ['.tsv', 'tsv'],
  ['.tab', 'tsv'],
  ['.ndjson', 'ndjson'],
  ['.jsonl', 'ndjson'],
  ['.txt', 'txt'],
]

/** The form by the name's ending, `.gz` aside; null when it tells nothing. */
export function formByName(name: string): Form | null {
  const plain = name.toLowerCase().replace(/\.gz$/, '')
  return endings.find(([ending]) => plain.endsWith(ending))?.[1] ?? null
}

/**
 * The form by the first lines.
 * @param input the text
 * @param columnsNamed whether the caller names columns: then it is no bare list
 */
export function formByContent(input: TextInput, columnsNamed: boolean): Form {
  const [first = ''] = firstLines(input)
  if (/^[{[]/.test(first) || /^"https?:[^"]*"$/.test(first)) return 'ndjson'
  if (first.includes('\t')) return 'tsv'
  if (columnsNamed) return 'csv'
  // A comma or a semicolon may stand inside a URL: a line that begins with one is a URL, not a record.
  if (looksLikeUrl(first)) return 'txt'
  return /[,;|]/.test(first) ? 'csv' : 'txt'
}

/** Whether a list's first line is a column's name left over, such as `avatar`. */
export function isStrayHeader(input: TextInput): boolean {
  const [first = '', second = ''] = firstLines(input)
  return /^[\p{L}_]+$/u.test(foldName(first)) && looksLikeUrl(second)
}

/** Trimmed lines of the head that are not blank and not cut off. */
export function firstLines(input: TextInput): string[] {
  const lines = input.head.split(/\r\n|\n|\r/)
  if (!input.complete && lines.length > 1) lines.pop()
  return lines.map((line) => line.trim()).filter((line) => line !== '')
}
