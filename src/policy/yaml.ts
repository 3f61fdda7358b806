// A YAML document as places that know where they stand, so that whatever is wrong can be told with line and column. Takes
// the plain part of YAML: no tags, no aliases, one document, keys that are words.
import { type Document, LineCounter, isAlias, isMap, isScalar, isSeq, parseDocument } from 'yaml'
import { type Problem, shown } from './problem.ts'

/** A value and where it stands. */
export interface Place {
  /** `ask.scenes.profile`; empty for the whole. */
  readonly path: string
  readonly line: number
  readonly column: number
  readonly value: Value
}

/** What a place holds. Keys and items carry their own places. */
export type Value =
  | { readonly kind: 'map'; readonly entries: readonly Entry[] }
  | { readonly kind: 'list'; readonly items: readonly Place[] }
  | { readonly kind: 'scalar'; readonly scalar: string | number | boolean | null }
  /** Has been told as a problem already. */
  | { readonly kind: 'refused' }

/** A key of a map. `line` and `column` are the key's own. */
export interface Entry {
  readonly key: string
  readonly line: number
  readonly column: number
  readonly place: Place
}

/** Longer files are no policies. Bytes, or nearly: characters. */
export const longestFile = 65_536
/** So many errors of syntax are told; the rest mostly follows from them. */
const mostErrors = 5
/** A policy is five deep. What is deeper is cut off here, before it costs anything. */
const deepest = 16

/** Reads a document; null without one. What is no plain YAML is told in `problems`. */
export function readYaml(text: string, problems: Problem[]): Place | null {
  const lines = new LineCounter()
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
  const tell = (path: string, offset: number, says: string, allowed: string | null = null) => {
    problems.push({ ...at(offset), path, says, allowed, meant: null })
  }
  if (text.length > longestFile) {
    tell('', 0, `has more than ${longestFile} characters`)
    return null
  }
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    logLevel: 'error',
  })
  const broken = document.errors.filter(({ code }) => code !== 'DUPLICATE_KEY')
  for (const { pos, message } of broken.slice(0, mostErrors)) {
    tell('', pos[0], `is no YAML that can be read: ${shown(firstSentence(message))}`)
  }
  if (broken.length > 0) return null
  if (document.contents === null) {
    tell('', 0, 'is empty', 'a map; {} stands for the standard policy')
    return null
  }
  return placeOf(document.contents, '', 0, 0)

  function placeOf(node: Document['contents'], path: string, offset: number, depth: number): Place {
    const start = node?.range?.[0] ?? offset
    return { path, ...at(start), value: valueOf(node, path, start, depth) }
  }

  function valueOf(node: Document['contents'], path: string, start: number, depth: number): Value {
    if (node === null) return { kind: 'scalar', scalar: null }
    if (isAlias(node)) return refuse(path, start, 'is an alias', 'the value itself')
    if (node.tag !== undefined) return refuse(path, start, 'has a tag', 'the value without a tag')
    if (depth > deepest) return refuse(path, start, 'is nested too deep')
    if (isMap(node)) {
      const seen = new Set<string>()
      const entries = node.items.map(({ key, value }): Entry => {
        const name = isScalar(key) ? String(key.value) : ''
        const range = isScalar(key) ? key.range?.[0] : undefined
        const below = path === '' ? shown(name) : `${path}.${shown(name)}`
        if (seen.has(name)) tell(below, range ?? start, 'is there twice', 'one of the two')
        seen.add(name)
        const place = placeOf(value as Document['contents'], below, range ?? start, depth + 1)
        return { key: name, ...at(range ?? start), place }
      })
      return { kind: 'map', entries }
    }
    if (isSeq(node)) {
      const items = node.items.map((item, index) => {
        return placeOf(item as Document['contents'], `${path}[${index}]`, start, depth + 1)
      })
      return { kind: 'list', items }
    }
    const scalar: unknown = isScalar(node) ? node.value : undefined
    const isPlain =
      scalar === null ||
      typeof scalar === 'string' ||
      typeof scalar === 'number' ||
      typeof scalar === 'boolean'
    return isPlain ? { kind: 'scalar', scalar } : refuse(path, start, 'is no plain value')
  }

  function refuse(
    path: string,
    offset: number,
    says: string,
    allowed: string | null = null,
  ): Value {
    tell(path, offset, says, allowed)
    return { kind: 'refused' }
  }
}

function firstSentence(message: string): string {
  return (message.split('\n', 1)[0] ?? '').replace(/[.:]+$/, '')
}
