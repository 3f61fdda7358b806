// "Did you mean …": which of the names there are is nearest to one that is not there.

/** The names, nearest first, by edits after folding case and separators. */
export function sortByNearness(wanted: string, names: readonly string[]): string[] {
  const target = foldName(wanted)
  return names
    .map((name) => ({ name, distance: countEdits(target, foldName(name)) }))
    .sort((a, b) => a.distance - b.distance)
    .map(({ name }) => name)
}

/** The nearest name when it is near enough to have been meant, else undefined. */
export function nearest(wanted: string, names: readonly string[]): string | undefined {
  const [best] = sortByNearness(wanted, names)
  if (best === undefined) return undefined
  const target = foldName(wanted)
  const folded = foldName(best)
  const near = countEdits(target, folded) <= Math.max(2, target.length / 3)
  return near || (target.length > 2 && folded.includes(target)) ? best : undefined
}

/** A name without case and separators: `Head_Img-Url` and `headimgurl` are one. */
export function foldName(name: string): string {
  return name.toLowerCase().replace(/[\s_.-]+/g, '')
}

/** Levenshtein's distance; names are short, and long ones are cut. */
function countEdits(a: string, b: string): number {
  const from = a.slice(0, 64)
  const to = b.slice(0, 64)
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      const swap = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}
