// A thousand people with a picture each, in a data folder as `everface serve` keeps it. The pictures are smooth random
// colours, as hard to compress as photographs: their variants have 4 to 8 kB.
import sharp from 'sharp'
import { openService } from '../../src/cli/service-parts.ts'
import { readConfig } from '../../src/service/config.ts'
import { createRandom, mix } from '../../simulator/random.ts'

/** How many people there are. */
export const people = 1_000
/** The edge that the benchmark asks for. */
export const size = 264

/** The subject of a number. */
export function subjectOf(number: number): string {
  return `user-${number}`
}

const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const atOnce = 4

/** Fills a data folder. `env` is that of the service that will serve it. */
export async function populate(env: Readonly<Record<string, string>>): Promise<void> {
  const { settings, secrets } = readConfig({ env })
  const service = await openService({
    settings,
    secrets,
    log: quiet,
    now: Date.now,
    random: Math.random,
  })
  try {
    for (let first = 0; first < people; first += atOnce) {
      const numbers = Array.from(
        { length: Math.min(atOnce, people - first) },
        (_, at) => first + at,
      )
      await Promise.all(
        numbers.map(async (number) => {
          const { kind } = await service.keeper.upload(
            subjectOf(number),
            await drawPicture(number, size),
          )
          if (kind !== 'registered') throw new Error(`picture ${number} was not taken in`)
        }),
      )
    }
  } finally {
    await service.close()
  }
}

/** A picture of a number, always the same, as JPEG. */
export function drawPicture(number: number, edge: number): Promise<Buffer> {
  const random = createRandom(mix(0x5e77e, number))
  const grid = 13 + (number % 12)
  const colours = Uint8Array.from({ length: grid * grid * 3 }, () => 40 + random() * 176)
  return sharp(colours, { raw: { width: grid, height: grid, channels: 3 } })
    .resize(edge, edge, { kernel: 'cubic' })
    .jpeg({ quality: 90 })
    .toBuffer()
}
