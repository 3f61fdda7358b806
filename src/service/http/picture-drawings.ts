// Initials faces as SVG, remembered while they are asked for: a list of people without pictures is drawn once.
import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { initialsFace } from '../../pictures/initials.ts'
import type { FaceOf, Variant } from '../../pictures/pictures.ts'

/** Draws faces. */
export interface Drawings {
  draw(face: FaceOf): Variant
}

/** What a drawing costs beside its bytes. */
const overheadBytes = 600
/** A name that is longer is drawn as its beginning, so that it is no heavy key. */
const longestName = 256

/** Makes a memory of drawings, at most 8 MiB of them. */
export function createDrawings(): Drawings {
  const memory = new LRUCache<string, Variant>({
    maxSize: 8 * 2 ** 20,
    sizeCalculation: ({ bytes }, key) => bytes.length + 2 * key.length + overheadBytes,
  })
  return {
    draw({ subject, name }) {
      // A subject has no space, so the key is read in one way only.
      const shortName = name === null ? null : name.slice(0, longestName)
      const key = shortName === null ? subject : `${subject} ${shortName}`
      const known = memory.get(key)
      if (known !== undefined) return known
      const bytes = Buffer.from(initialsFace({ subject, name: shortName }).svg)
      const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 22)
      // Said to be initials by its tag: it can never pass for a copy.
      const drawing: Variant = {
        kind: 'variant',
        bytes,
        mime: 'image/svg+xml',
        etag: `"initials-${hash}"`,
      }
      memory.set(key, drawing)
      return drawing
    },
  }
}
