// Reads the XML of pushed messages: one element with elements in it, text and CDATA. What this form never needs is refused
// rather than understood: attributes, document types, entities of one's own, processing beyond the first line. One pass over
// the text, no recursion, no expansion.

const mostDepth = 8
const mostFields = 256
const name = /[A-Za-z_][\w.-]{0,63}/y
const blank = /[ \t\r\n]*/y
const declaration = /^<\?xml[^<>?]{0,200}\?>/
const reference = /&(?:#(\d{1,7})|#x([0-9A-Fa-f]{1,6})|([a-z]{2,4}));|&/g
const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/**
 * The fields of the outermost element that hold text alone, by name; those with elements in them are passed over. Null when
 * the text is not of this form, or a name stands twice.
 */
export function readXml(xml: string): ReadonlyMap<string, string> | null {
  const text = xml.replace(/^\ufeff/, '').trim()
  const fields = new Map<string, string>()
  const open: Element[] = []
  let at = declaration.exec(text)?.[0].length ?? 0
  let count = 0

  function match(pattern: RegExp): string {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0] ?? ''
    at += found.length
    return found
  }

  match(blank)
  do {
    const top = open.at(-1)
    if (text.startsWith('<![CDATA[', at)) {
      const end = text.indexOf(']]>', at)
      if (top === undefined || end === -1) return null
      top.text += text.slice(at + 9, end)
      at = end + 3
    } else if (text.startsWith('<!--', at)) {
      const end = text.indexOf('-->', at + 4)
      if (end === -1) return null
      at = end + 3
    } else if (text.startsWith('</', at)) {
      at += 2
      if (top === undefined || match(name) !== top.name) return null
      match(blank)
      if (text.charAt(at++) !== '>') return null
      open.pop()
      if (open.length !== 1 || top.hasElements) continue
      if (fields.has(top.name)) return null
      fields.set(top.name, top.text)
    } else if (text.startsWith('<', at)) {
      at += 1
      const opened = match(name)
      match(blank)
      const isEmpty = text.startsWith('/>', at)
      at += isEmpty ? 2 : 1
      if (opened === '' || (!isEmpty && text.charAt(at - 1) !== '>')) return null
      if (++count > mostFields || open.length >= mostDepth) return null
      if (top !== undefined) top.hasElements = true
      if (!isEmpty) open.push({ name: opened, text: '', hasElements: false })
      else if (open.length === 0) break
    } else {
      const end = text.indexOf('<', at)
      const plain = end === -1 || top === undefined ? null : unescape(text.slice(at, end))
      if (plain === null || top === undefined) return null
      // White space between elements is no text of theirs.
      top.text += plain
      at = end
    }
  } while (open.length > 0)
  // Behind the outermost element there is nothing.
  return at === text.length && count > 0 ? fields : null
}

interface Element {
  readonly name: string
  text: string
  hasElements: boolean
}

/** Null where a reference is none of the five, or names no character. */
function unescape(text: string): string | null {
  let isGood = true
  const plain = text.replaceAll(
    reference,
    (_: string, decimal?: string, hex?: string, word?: string) => {
      const code = decimal !== undefined ? Number(decimal) : Number.parseInt(hex ?? '', 16)
      const symbol = word === undefined ? characterOf(code) : named[word]
      if (symbol === undefined) isGood = false
      return symbol ?? ''
    },
  )
  return isGood ? plain : null
}

function characterOf(code: number): string | undefined {
  const isCharacter = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
  return isCharacter ? String.fromCodePoint(code) : undefined
}
