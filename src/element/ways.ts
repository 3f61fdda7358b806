// The addresses that a face can be shown by, written as the service writes them, so that a page rendered on a server and
// its script name the same picture and the browser asks for it once.

/** Values of the element's attributes by name; empty where there is none. */
export type Said = (name: string) => string

/** The service, without a trailing slash; empty when the page does not say. */
export function baseOf(said: Said): string {
  return said('base').replace(/\/+$/, '')
}

/** Edge in CSS pixels, 1 to 640. */
export function sizeOf(said: Said): number {
  return Math.min(640, parseInt(said('size')) || 48)
}

/** The addresses for plain displays, the wanted one first, our copy last; none when nothing can be asked for. */
export function waysOf(said: Said): string[] {
  const [base, subject, src, sig] = [
    baseOf(said),
    said('subject'),
    said('src'),
    said('sig'),
  ] as const
  if (!base || !/^[\w.:@-]+$/.test(subject)) return src ? [src] : []
  const plain = `${base}/a/${subject}?s=${sizeOf(said)}${sig && `&exp=${said('exp')}&sig=${sig}`}`
  return [src || plain, `${plain}&mode=copy`]
}

/** The same for displays of two and three dots to a pixel; empty for a platform's URL, which has one size. */
export function srcsetOf(way: string, src: string): string {
  return way === src ? '' : `${way}, ${way}&dpr=2 2x, ${way}&dpr=3 3x`
}
