// What is wrong with a policy file, one finding each: where, what stands there, what may stand there.

/** One thing that is wrong. */
export interface Problem {
  /** 1-based. */
  readonly line: number
  /** 1-based, in UTF-16 units, as editors count. */
  readonly column: number
  /** `ask.scenes.profile.cooldown`; empty for the file as a whole. */
  readonly path: string
  /** What is the matter, with the value, without the rest: `is 7`, `is missing`. */
  readonly says: string
  /** What may stand there; null where that is no help. */
  readonly allowed: string | null
  /** What was probably meant. */
  readonly meant: string | null
}

/** A problem as one line: `policy.yaml:3:9: ask.budget is 2; allowed is … Did you mean 2 per 90d?` */
export function problemText(problem: Problem, file: string): string {
  const { line, column, path, says, allowed, meant } = problem
  const what = `${path === '' ? 'The file' : path} ${says}`
  const may = allowed === null ? '' : `; allowed: ${allowed}`
  const hint = meant === null ? '' : ` Did you mean ${meant}?`
  return `${file}:${line}:${column}: ${what}${may}.${hint}`
}

/** A text of strangers as it may be shown: in one line, short, without control characters. */
export function shown(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 60)}…` : text
  return short.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (mark) => {
    return `\\u${(mark.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`
  })
}
