// HTML by hono's tagged template, narrowed to what is known at once: whatever is put in is escaped unless it is markup
// already, so that a hostile name, subject or sentence can only ever be text.
import { html as write, raw } from 'hono/html'
import { harmless } from '../../look/text.ts'

/** A piece of finished HTML. */
export type Markup = ReturnType<typeof raw>

/** What may stand in a template; false and null leave nothing behind. */
export type Piece = Markup | string | number | false | null | readonly Piece[]

const packedBefore = new WeakMap<TemplateStringsArray, TemplateStringsArray>()

/** The template without its indentation: a page has many cards. */
function packed(strings: TemplateStringsArray): TemplateStringsArray {
  const known = packedBefore.get(strings)
  if (known !== undefined) return known
  const texts = strings.map((text) => text.replaceAll(/\s*\n\s*/g, '\n'))
  const fresh = Object.assign(texts, { raw: texts })
  packedBefore.set(strings, fresh)
  return fresh
}

/** HTML of a template whose values are escaped; lists are joined, markup stands as it is. */
export function html(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  return write(packed(strings), ...pieces) as Markup
}

/** Text that is markup already: what this program drew itself. */
export function trusted(text: string): Markup {
  return raw(text)
}

/** Text of strangers, shown as it reads and isolated from the direction of what stands around it. */
export function foreign(text: string): Markup {
  return html`<bdi>${harmless(text)}</bdi>`
}

/** A text with its middle left out where it is longer than so many characters: the ends of a URL tell most. */
export function shortened(text: string, most: number): string {
  const characters = Array.from(text)
  if (characters.length <= most) return text
  const head = Math.ceil((most - 1) * 0.65)
  return `${characters.slice(0, head).join('')}…${characters.slice(characters.length - (most - 1 - head)).join('')}`
}
