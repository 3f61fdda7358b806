// The page on which flashes are counted: rows of avatars, ours and Radix Avatar's, each in a way that pages are made. The
// same rows are rendered on a server and in the browser, so this file knows neither.
import { type CreateElement, createEverAvatar } from '../../src/element/react.ts'

/** Radix Avatar's parts, as its package names them. */
export interface Radix {
  readonly Root: unknown
  readonly Image: unknown
  readonly Fallback: unknown
}

/** Edge of every avatar in CSS pixels. */
export const size = 40
/** Avatars in a row. */
export const count = 8

/** Rows of the page by the name that its figures go under. */
export const rows = [
  'plain',
  'plain, <img> inside',
  'React',
  'React, rendered on a server',
  'Radix',
  'Radix, rendered on a server',
] as const

export type Row = (typeof rows)[number]

/** The subjects of a row: no two rows share a picture, or one would warm it for the other. */
export function subjectsOf(row: Row): string[] {
  return Array.from({ length: count }, (_, at) => `r${rows.indexOf(row)}-${at}`)
}

/** The avatars of a React row. */
export function createRow<Node>(
  createElement: CreateElement<Node>,
  radix: Radix,
  base: string,
): (row: Row) => Node {
  const EverAvatar = createEverAvatar(createElement)
  const make = createElement as (type: unknown, props: object, ...inside: unknown[]) => Node
  const ours = (subject: string) =>
    make(EverAvatar, { key: subject, subject, base, size, name: `Person ${subject}` })
  const theirs = (subject: string) =>
    make(
      radix.Root,
      { key: subject, className: 'radix' },
      make(radix.Image, { src: `${base}/a/${subject}?s=${size}`, alt: '' }),
      make(radix.Fallback, { className: 'fallback' }, 'P'),
    )
  return (row) => make('div', {}, ...subjectsOf(row).map(row.startsWith('Radix') ? theirs : ours))
}

/** The avatars of a row that no framework made. */
export function plainRow(row: Row, base: string): string {
  const [open, close] = row === 'plain' ? ['<!--', '-->'] : ['', '']
  return subjectsOf(row)
    .map(
      (subject) =>
        `<ever-avatar subject="${subject}" name="Person ${subject}" size="${size}" base="${base}">${open}<img src="${base}/a/${subject}?s=${size}" srcset="${base}/a/${subject}?s=${size}, ${base}/a/${subject}?s=${size}&amp;dpr=2 2x" alt="" width="${size}" height="${size}">${close}</ever-avatar>`,
    )
    .join('\n')
}

/** What the page's own style sheet says. The element needs room before its script ran; see docs/element.md. */
export const style = `
  body { margin: 8px; background: #fff }
  section > div, section { display: flex; gap: 8px; height: ${size}px }
  ever-avatar:not(:defined) { display: inline-block; width: ${size}px; height: ${size}px }
  .radix { display: inline-block; width: ${size}px; height: ${size}px; overflow: hidden }
  .radix img, .fallback { display: block; width: 100%; height: 100% }
  .fallback { background: #0a0 }`

/**
 * Looks at what every frame shows, at its very end: after scripts, style and layout and before anything is painted, where a
 * size that the frame itself changed is reported. A string, because it runs in the page.
 */
export const watch = String.raw`
  window.frames_ = []
  window.shifts_ = 0
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) shifts_ += entry.value
  }).observe({ type: 'layout-shift', buffered: true })
  const isThere = (picture) => picture?.complete && picture.naturalWidth > 0 && getComputedStyle(picture).opacity === '1'
  const stateOf = (one) => {
    if (one.localName !== 'ever-avatar') return one.querySelector('.fallback') ? 'fallback' : isThere(one.querySelector('img')) ? 'picture' : 'nothing'
    const frame = one.shadowRoot?.firstChild
    if (frame && getComputedStyle(frame.lastChild).display !== 'none') return 'fallback'
    return isThere(one.querySelector('img') ?? frame?.querySelector('img')) ? 'picture' : 'nothing'
  }
  const probe = document.createElement('i')
  probe.style.cssText = 'position:fixed;left:0;top:-9px;width:1px;height:1px'
  let at = 0
  const look = () => {
    const sections = [...document.querySelectorAll('section')]
    if (sections.length === 0) return
    frames_.push({ at, rows: Object.fromEntries(sections.map((section) => {
      const states = [...section.querySelectorAll('ever-avatar, .radix')].map(stateOf)
      return [section.dataset.row, { fallback: states.filter((one) => one === 'fallback').length, picture: states.filter((one) => one === 'picture').length }]
    })) })
  }
  new ResizeObserver(look).observe(probe)
  const turn = (time) => {
    at = time
    if (document.documentElement && !probe.isConnected) document.documentElement.append(probe)
    probe.style.width = probe.style.width === '1px' ? '2px' : '1px'
    requestAnimationFrame(turn)
  }
  requestAnimationFrame(turn)`

/** What a frame of the page showed. */
export interface Frame {
  /** Milliseconds since the page began. */
  readonly at: number
  readonly rows: Readonly<
    Partial<Record<Row, { readonly fallback: number; readonly picture: number }>>
  >
}
