// The first variant of a picture beside sharp alone: from the cleaned 640-pixel picture in the store to 132 pixels of WebP,
// stored. sharp gets the same bytes from memory, makes the same pixels and stores nothing: what we add is the difference.
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { createFolderBlobs } from '../src/pictures/blobs-folder.ts'
import { createPictures } from '../src/pictures/create.ts'
import { encodesAtOnce } from '../src/pictures/gate.ts'
import { variantKey } from '../src/pictures/keys.ts'
import type { Taken } from '../src/pictures/pictures.ts'
import { type BenchRow, median } from './rows.ts'

const count = 200
const rounds = 7
const edge = 640
const size = 132
/** Requests that are open at once. */
const asking = 16
const goal = 0.9

/** Measures the row of the first variant. */
export async function benchImages(say: (line: string) => void): Promise<{
  rows: readonly BenchRow[]
  versions: Readonly<Record<string, string>>
}> {
  const folder = mkdtempSync(join(tmpdir(), 'everface-bench-'))
  const atOnce = encodesAtOnce(cpus().length)
  const blobs = createFolderBlobs(folder)
  const open = () => createPictures({ blobs, cacheBytes: 64 * 2 ** 20, atOnce, queue: count })
  try {
    const taken = await takeAll(open())
    const speeds = { ours: [] as number[], sharp: [] as number[] }
    for (let round = 0; round <= rounds; round++) {
      // Nothing in memory and no variant in the store: every one is a first.
      const pictures = open()
      for (const { facts } of taken) await blobs.delete(variantKey(facts.sha256, size, 'webp'))
      // More ask than encode at once, as in a service: while one is stored, the next is encoded. sharp has nothing to
      // wait for, so it gets as many as we encode.
      const ours = await speedOf(taken, asking, async ({ facts }) => {
        const made = await pictures.variant(facts.sha256, size, 'webp')
        return made.kind === 'variant' ? made.bytes : Buffer.alloc(0)
      })
      const alone = await speedOf(taken, atOnce, ({ clean }) =>
        sharp(clean)
          .resize(size, size, { fit: 'cover' })
          .webp({ quality: 78, effort: 4 })
          .toBuffer(),
      )
      if (!ours.made.every((bytes, at) => alone.made[at]?.equals(bytes) === true)) {
        throw new Error('Everface and sharp made different pictures: the comparison is void.')
      }
      // The first round warms caches and compiled code.
      if (round === 0) continue
      speeds.ours.push(ours.perSecond)
      speeds.sharp.push(alone.perSecond)
      const shown = [ours.perSecond, alone.perSecond].map(Math.round)
      say(`  images round ${round}: everface, sharp: ${shown.join(', ')} /s`)
    }
    const ratio = median(speeds.ours.map((ours, at) => ours / (speeds.sharp[at] ?? Number.NaN)))
    const row: BenchRow = {
      bench: 'images',
      name: `first variant, ${edge} → ${size} WebP, stored in a folder`,
      ours: median(speeds.ours),
      peer: median(speeds.sharp),
      peerName: 'sharp alone, nothing stored',
      unit: 'pictures/s',
      ratio,
      goal: `≥ ${goal} ×`,
      met: ratio >= goal,
    }
    return { rows: [row], versions: { sharp: sharp.versions.sharp, libvips: sharp.versions.vips } }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Pictures with soft shapes and some grain, as photos of faces have; the same in every run. */
async function takeAll(pictures: ReturnType<typeof createPictures>): Promise<Taken[]> {
  const all: Taken[] = []
  let state = 1
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state >>> 24
  }
  for (let at = 0; at < count; at++) {
    const coarse = Buffer.from(Array.from({ length: 24 * 24 * 3 }, next))
    const photo = await sharp(coarse, { raw: { width: 24, height: 24, channels: 3 } })
      .resize(edge, edge, { fit: 'fill', kernel: 'cubic' })
      .jpeg({ quality: 85 })
      .toBuffer()
    const taken = await pictures.take(photo)
    if (taken.kind === 'refused') throw new Error(taken.detail)
    await pictures.keep(taken)
    all.push(taken)
  }
  return all
}

/** Works through all, so many at once as may be, and keeps what was made. */
async function speedOf(
  all: readonly Taken[],
  lines: number,
  make: (taken: Taken) => Promise<Buffer>,
): Promise<{ perSecond: number; made: Buffer[] }> {
  const made: Buffer[] = []
  let next = 0
  const start = performance.now()
  const work = Array.from({ length: lines }, async () => {
    for (let at = next++; at < all.length; at = next++) {
      const taken = all[at]
      if (taken !== undefined) made[at] = await make(taken)
    }
  })
  await Promise.all(work)
  return { perSecond: (all.length * 1_000) / (performance.now() - start), made }
}
