// The table of reasons in docs/policy.md, made from the reasons themselves.
import { reasons } from '../core/reasons.ts'

const begin = '<!-- reasons: made from src/core/reasons.ts -->'
const end = '<!-- end of reasons -->'

/** The page on policies with its table of reasons as the code has them. Throws when the page has no place for it. */
export function withReasons(page: string): string {
  const from = page.indexOf(begin)
  const until = page.indexOf(end)
  if (from < 0 || until < from) throw new Error(`the page has no "${begin}" … "${end}"`)
  const rows = Object.entries(reasons).map(
    ([code, { kind, en, zh }]) => `| \`${code}\` | \`${kind}\` | ${en} | ${zh} |`,
  )
  const table = ['| code | decision | in words | 中文 |', '|---|---|---|---|', ...rows].join('\n')
  return `${page.slice(0, from)}${begin}\n\n${table}\n\n${page.slice(until)}`
}
