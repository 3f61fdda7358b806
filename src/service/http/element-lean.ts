// Makes our own browser scripts small: comments and blanks go, names of our own become short. Knows as much JavaScript as
// src/element is written in and no more; element-source.test.ts runs what comes out beside what went in.

interface Token {
  readonly kind: 'word' | 'number' | 'literal' | 'sign'
  readonly text: string
  /** A line ended before it. */
  readonly fresh: boolean
  /** Where the bracket that it stands in opened; -1 outside of all. */
  readonly within: number
}

const blank = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/y
const word = /[A-Za-z_$][\w$]*/y
const number = /\d[\w.]*/y
const text = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/y
const pattern = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y
const anySign = /\+\+|--|=>|\?\.|\.\.\.|[\s\S]/y
/** Text of a template up to its end or to what is put into it. */
const template = /(?:\\.|\$(?!\{)|[^`\\$])*(?:`|\$\{)/y

/** After these a slash divides; after everything else it begins a pattern. */
const ends = /^(?:[\w$'"`]|[)\]}]$)/
const keywords = new Set(
  (
    'async await break case catch class const continue default delete do else export extends false finally for from ' +
    'function get if import in instanceof let new null of return static super switch this throw true try typeof ' +
    'undefined var void while yield set'
  ).split(' '),
)
const afterKeyword = /^(?:return|typeof|case|delete|void|in|of|await|throw|else|do)$/

/** The same script, small. Lines that a statement may end on stay. */
export function lean(source: string): string {
  const tokens = scan(source)
  const nameAt = shortNames(tokens)
  let out = ''
  let before: Token | null = null
  /** Of each bracket whether the statement that is being written in it declares. */
  const declares = new Map<number, boolean>()
  tokens.forEach((token, at) => {
    if (isIdle(tokens, at)) return
    const short = shortOf(token) ?? (token.kind === 'word' ? nameAt(at) : undefined) ?? token.text
    const written = { ...token, text: short }
    const gap = before === null ? '' : between(before, written)
    if (gap === '\n' || token.text === ';') {
      // One declaration goes on where another follows: `let a=1,b=2`.
      const goesOn = short === 'let' && declares.get(token.within) === true
      declares.set(token.within, short === 'let')
      if (goesOn) {
        out += ','
        before = comma
        return
      }
    } else if (isOpening(before)) declares.set(token.within, short === 'let')
    out += gap + short
    before = written
  })
  return out
}

const comma: Token = { kind: 'sign', text: ',', fresh: false, within: -1 }

/** Whether what follows is the first of its statements. */
function isOpening(before: Token | null): boolean {
  return before === null || before.text === '{'
}

const shorter = new Map([
  ['const', 'let'],
  ['true', '!0'],
  ['false', '!1'],
])

/** A shorter way to write the same, whatever it is called. */
function shortOf({ kind, text: piece }: Token): string | undefined {
  if (kind === 'number') return piece.replace(/^0(?=\.)/, '')
  return kind === 'word' ? shorter.get(piece) : undefined
}

/** Whether a sign may go: a comma or semicolon before the end of something, the parentheses of a single parameter. */
function isIdle(tokens: readonly Token[], at: number): boolean {
  const [before, sign, next] = [-1, 0, 1].map((by) => tokens[at + by]?.text)
  if (sign === ',') return /^[)\]}]$/.test(next ?? '') && before !== ','
  // The third of `===` beside a text that is no number: what is compared with one is text as well.
  if (sign === '=')
    return (
      before === '=' && /^['"][a-z]/.test(next ?? '') && /^[=!]$/.test(tokens[at - 2]?.text ?? '')
    )
  if (sign === ';') {
    const ends = next === '}' || next === undefined || tokens[at + 1]?.fresh === true
    return ends && !/^[([`+\-/]/.test(next ?? '')
  }
  const from = sign === '(' ? at : sign === ')' ? at - 2 : -1
  return (
    tokens[from]?.text === '(' &&
    tokens[from + 1]?.kind === 'word' &&
    tokens[from + 2]?.text === ')' &&
    tokens[from + 3]?.text === '=>'
  )
}

/** What must stand between two tokens. */
function between(before: Token, token: Token): string {
  const counts = /^(?:\+\+|--)$/
  const runsOn =
    before.kind === 'sign' &&
    !counts.test(before.text) &&
    /[{([,;:?=&|+\-*/<>.!]$/.test(before.text)
  const goesOn =
    token.kind === 'sign' && !counts.test(token.text) && /^[)\]},;:?=&|+*/<>.]/.test(token.text)
  if (token.fresh && !runsOn && !goesOn) return '\n'
  const grown = /[\w$]$/.test(before.text) && /^[\w$.]/.test(token.text) && token.text !== '.'
  const signs = /[+-]$/.test(before.text) && before.text.at(-1) === token.text[0]
  return grown || signs ? ' ' : ''
}

function scan(source: string): Token[] {
  const tokens: Token[] = []
  /** Places of open brackets; a template that waits for the end of what is put into it is one as well. */
  const open: number[] = []
  let at = 0
  let fresh = false

  const take = (what: RegExp): string | null => {
    what.lastIndex = at
    const found = what.exec(source)?.[0] ?? null
    if (found !== null) at += found.length
    return found
  }
  const add = (kind: Token['kind'], piece: string): void => {
    tokens.push({ kind, text: piece, fresh, within: open.at(-1) ?? -1 })
    fresh = false
  }
  const addTemplate = (start: string): void => {
    const piece = start + (take(template) ?? '')
    add('literal', piece)
    if (piece.endsWith('${')) open.push(tokens.length - 1)
  }

  while (at < source.length) {
    const space = take(blank)
    if (space !== null) {
      fresh ||= space.includes('\n')
      continue
    }
    const last = tokens.at(-1)
    const divides = last !== undefined && ends.test(last.text) && !afterKeyword.test(last.text)
    const named = take(word)
    // Before a call that is a statement it tells linters something and browsers nothing.
    if (named === 'void' && (fresh || /^[){]$/.test(last?.text ?? ''))) continue
    if (named !== null) {
      add('word', named)
      continue
    }
    const counted = take(number)
    if (counted !== null) {
      add('number', counted)
      continue
    }
    const literal = take(text) ?? (divides ? null : take(pattern))
    if (literal !== null) {
      add('literal', literal)
      continue
    }
    const one = take(anySign) ?? ''
    const opener = tokens[open.at(-1) ?? -1]
    if (one === '`') addTemplate(one)
    else if (one === '}' && opener?.text.endsWith('${') === true) {
      open.pop()
      addTemplate(one)
    } else {
      if (/^[)\]}]$/.test(one)) open.pop()
      add('sign', one)
      if (/^[([{]$/.test(one)) open.push(tokens.length - 1)
    }
  }
  return tokens
}

/** Whether a word names a member of something. */
function isProperty(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1]?.text
  return before === '.' || before === '?.' || isKey(tokens, at)
}

/** Whether a word is a key, be it short for key and value: those are never made short. Object patterns have no defaults. */
function isKey(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at]
  if (token === undefined || tokens[token.within]?.text !== '{') return false
  const before = tokens[at - 1]?.text ?? ''
  const next = tokens[at + 1]?.text ?? ''
  return /^[{,]$/.test(before) && (/^[:,}]$/.test(next) || (next === '(' && isMethod(tokens, at)))
}

/** Whether a word with a parenthesis behind is defined there, not called: a body follows. */
function isMethod(tokens: readonly Token[], at: number): boolean {
  const end = tokens.findIndex(({ text: piece, within }, place) => {
    return place > at + 1 && piece === ')' && within === tokens[at]?.within
  })
  return tokens[end + 1]?.text === '{'
}

/**
 * Short names for what the script itself declares, by token. Every top-level statement names what is its own from the
 * same letters, the most used first: the same letters again and again are what compresses well.
 */
function shortNames(tokens: readonly Token[]): (at: number) => string | undefined {
  const statements = statementsOf(tokens)
  const { open, own } = declaredIn(tokens, statements)
  const taken = new Set(keywords)
  const uses = new Map<string, number>()
  const keyOf = (at: number) => {
    const name = tokens[at]?.text ?? ''
    return open.has(name) ? name : `${statements[at]} ${name}`
  }
  tokens.forEach((token, at) => {
    if (token.kind !== 'word') return
    if (isKey(tokens, at)) taken.add(token.text)
    else if (!isProperty(tokens, at)) uses.set(keyOf(at), (uses.get(keyOf(at)) ?? 0) + 1)
  })
  for (const key of uses.keys()) if (!open.has(key) && !own.has(key)) taken.add(nameOf(key))

  const names = new Map<string, string>()
  const lengths = new Map<string, number>()
  const free = letters.split('').filter((letter) => !taken.has(letter))
  const mostUsed = [...uses].toSorted(([, a], [, b]) => b - a).map(([key]) => key)
  for (const key of mostUsed) {
    const name = nameOf(key)
    if (!own.has(key) || open.has(name) || taken.has(name)) continue
    const [statement = ''] = key.split(' ')
    const used = lengths.get(statement) ?? 0
    lengths.set(statement, used + 1)
    const letter = free[used]
    if (letter === undefined) taken.add(name)
    else names.set(key, letter)
  }
  const rest = [...free.slice(Math.max(0, ...lengths.values())), ...pairs]
  const left = rest.filter((one) => !taken.has(one))
  for (const key of mostUsed) {
    if (open.has(key) && !taken.has(key)) names.set(key, left.shift() ?? key)
  }
  return (at) => (isProperty(tokens, at) ? undefined : names.get(keyOf(at)))
}

function nameOf(key: string): string {
  return key.slice(key.indexOf(' ') + 1)
}

const letters = 'etnrisouaflchpdvmgybwESxTNCkLAOMDPHBjFIqRUzWXVJKGYQZ'
const pairs = letters
  .split('')
  .flatMap((letter) => Array.from({ length: 10 }, (_, at) => letter + at))

/** Of each token the number of the top-level statement that it stands in. */
function statementsOf(tokens: readonly Token[]): number[] {
  let statement = 0
  return tokens.map(({ text: piece, fresh, within }) => {
    if (fresh && within === -1 && /^(?:async|const|function|class|if|let)$/.test(piece)) statement++
    return statement
  })
}

/**
 * Names after `const`, `let`, `function`, `class`, in patterns of arrays, and of parameters: those that are open to the
 * whole script, and the others as statement and name.
 */
function declaredIn(
  tokens: readonly Token[],
  statements: readonly number[],
): { readonly open: ReadonlySet<string>; readonly own: ReadonlySet<string> } {
  const open = new Set<string>()
  const own = new Set<string>()
  const textAt = (at: number) => tokens[at]?.text ?? ''
  const declare = (at: number, keyword: number | null) => {
    if (keyword !== null && tokens[keyword]?.within === -1) open.add(textAt(at))
    else own.add(`${statements[at]} ${textAt(at)}`)
  }
  const addIn = (from: number, to: number): void => {
    for (let at = from + 1; at < to; at++) {
      const inObject = textAt(tokens[at]?.within ?? -1) === '{'
      const first = textAt(at - 1)
      if (tokens[at]?.kind === 'word' && !inObject && /^(?:[([,]|\.\.\.)$/.test(first)) {
        declare(at, null)
      }
    }
  }
  const closing = (from: number): number => {
    let at = from + 1
    while (at < tokens.length && tokens[at]?.within === from) at++
    while (at < tokens.length && (tokens[at]?.within ?? -1) > from) at++
    while (at < tokens.length && !isEndOf(from, at)) at++
    return at
  }
  const isEndOf = (from: number, at: number): boolean =>
    /^[)\]}]/.test(textAt(at)) && tokens[at]?.within === tokens[from]?.within && at > from

  tokens.forEach(({ text: piece }, at) => {
    const next = tokens[at + 1]
    if (/^(?:const|let|function|class)$/.test(piece) && next !== undefined) {
      if (next.kind === 'word') declare(at + 1, at)
      else if (next.text === '[') addIn(at + 1, closing(at + 1))
      if (piece === 'function' && textAt(at + 2) === '(') addIn(at + 2, closing(at + 2))
    }
    if (piece !== '=>') return
    const last = tokens[at - 1]
    if (last?.kind === 'word') declare(at - 1, null)
    else if (last?.text === ')') {
      let from = at - 2
      while (from >= 0 && !(textAt(from) === '(' && tokens[from]?.within === last.within)) from--
      addIn(from, at - 1)
    }
  })
  return { open, own }
}
