// HTML by tagged template. Whatever is put in is escaped unless it is markup already, so that a hostile id or URL can
// only ever be text. Words come in both languages at once; the page shows one.
import { harmless } from '../../look/text.ts'
import { words, type WordKey } from './words.ts'
import { findingWords, providerName, say, type Language } from '../../look/words.ts'
import type { FindingKind } from '../../core/verdict.ts'

/** A piece of finished HTML. */
export interface Markup {
  readonly html: string
}

type Piece = Markup | string | number | readonly Piece[]

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '')
}

function write(piece: Piece): string {
  if (typeof piece === 'number') return String(piece)
  if (typeof piece === 'string') return escape(piece)
  if ('html' in piece) return piece.html
  return piece.map(write).join('')
}

const packedBefore = new WeakMap<TemplateStringsArray, readonly string[]>()

/** The template without its indentation: a page has many cards. */
function packed(strings: TemplateStringsArray): readonly string[] {
  const known = packedBefore.get(strings)
  if (known !== undefined) return known
  const fresh = strings.map((text) => text.replaceAll(/\s*\n\s*/g, '\n'))
  packedBefore.set(strings, fresh)
  return fresh
}

/** HTML of a template whose values are escaped; lists are joined, markup stands as it is. */
export function html(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  return { html: String.raw({ raw: packed(strings) }, ...pieces.map(write)) }
}

/** Text that is markup already: style, script, and what this folder made. */
export function trusted(text: string): Markup {
  return { html: text }
}

/** Text of strangers, shown as it reads and isolated from the direction of what stands around it. */
export function foreign(text: string): Markup {
  return html`<bdi>${harmless(text)}</bdi>`
}

/** Both languages of a text; the style sheet shows the one that `data-lang` of the root names. */
export function both(read: (language: Language) => Piece): Markup {
  return html`<span class="en" lang="en">${read('en')}</span
    ><span class="zh" lang="zh-CN">${read('zh')}</span>`
}

/** What people call a provider. */
export function named(provider: string): Markup {
  return both((language) => foreign(providerName(provider, language)))
}

/** A sentence of the page in both languages. */
export function word(key: WordKey, values?: Readonly<Record<string, string>>): Markup {
  return both((language) => say(words[language][key], values))
}

/** Attributes from which the script puts the text of the other language where elements cannot stand. */
export function switched(read: (language: Language) => string): Markup {
  return html`data-en="${read('en')}" data-zh="${read('zh')}"`
}

/** The mark of a finding; a name stands beside it always, so it is hidden from readers of the screen. */
export function mark(kind: FindingKind): Markup {
  return html`<svg class="mark is-${kind}" aria-hidden="true"><use href="#mark-${kind}" /></svg>`
}

/** Mark and name of a finding. */
export function badge(kind: FindingKind): Markup {
  return html`<span class="badge is-${kind}"
    >${mark(kind)}${both((language) => findingWords[language][kind].label)}</span
  >`
}
