// The wall: a hundred tiles for all avatars, each standing in proportion, with real faces where there are some.
import { type Avatar, type Standing, standings } from '../../core/avatar.ts'
import type { Stats } from '../../store/store.ts'
import { drawPicture } from './face-tile.ts'
import { drawMark, outline } from './frame.ts'
import { type Markup, html } from './markup.ts'
import type { Speech } from './speech.ts'

const mostTiles = 100

/** @param faces some avatars of each standing, from whom pictures are taken */
export function drawWall(stats: Stats, faces: readonly Avatar[], speech: Speech): Markup {
  const tiles = tilesOf(stats)
  const pictures = new Map<Standing, string[]>()
  for (const { standing, copy } of faces) {
    if (copy !== null) pictures.set(standing, [...(pictures.get(standing) ?? []), copy.sha256])
  }
  const used = new Map<Standing, number>()
  return html`<div
    class="wall wall-${Math.ceil(Math.sqrt(tiles.length))}"
    role="img"
    aria-label="${speech.say('wallLabel')}"
  >
    ${tiles.map((standing) => {
      const turn = used.get(standing) ?? 0
      used.set(standing, turn + 1)
      const sha256 = pictures.get(standing)?.[turn]
      const well = standing === 'alive' || standing === 'uploaded'
      return html`<i class="tile is-${standing} ${well && 'well'}"
        >${sha256 === undefined ? outline : drawPicture(sha256, 64, '')}${!well && drawMark(standing)}</i
      >`
    })}
  </div>`
}

/** How many faces of each standing a wall can use. */
export function wallShares(stats: Stats): ReadonlyMap<Standing, number> {
  const shares = new Map<Standing, number>()
  for (const one of tilesOf(stats)) shares.set(one, (shares.get(one) ?? 0) + 1)
  return shares
}

/** In proportion, but whatever occurs is seen; scattered evenly, as standings are among people. */
function tilesOf({ avatars, standings: counts }: Stats): readonly Standing[] {
  const tiles = Math.min(mostTiles, avatars)
  const seen = standings.filter((one) => counts[one] > 0)
  const sizes = new Map(
    seen.map((one) => [one, Math.max(1, Math.round((counts[one] / avatars) * tiles))]),
  )
  const largest = seen.toSorted((a, b) => counts[b] - counts[a])[0]
  const used = [...sizes.values()].reduce((sum, size) => sum + size, 0)
  if (largest !== undefined) sizes.set(largest, (sizes.get(largest) ?? 0) + tiles - used)
  const inOrder = [...sizes].flatMap(([one, size]) =>
    Array.from({ length: Math.max(0, size) }, () => one),
  )
  const step = inOrder.length % 37 === 0 ? 41 : 37
  return inOrder.map((_, at) => inOrder[(at * step) % inOrder.length] ?? 'unknown')
}
