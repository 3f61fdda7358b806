// What happens to the made people, and when: the same for the same seed. Pure: acts are values, somebody else carries them out.

/** Something that happens on the platform. */
export type Act =
  /** Somebody has a new picture; the old link dies, edge by edge. */
  | {
      readonly kind: 'change'
      readonly atMs: number
      readonly who: number
      readonly overMs: number
    }
  /** Somebody takes their picture away, on every edge at once. */
  | { readonly kind: 'kill'; readonly atMs: number; readonly who: number }
  /** The platform answers "slow down", or nothing sensible at all, for a while. */
  | { readonly kind: 'throttle' | 'outage'; readonly atMs: number; readonly forMs: number }

/** The parts of the story, for those who watch. */
export type Chapter = 'calm' | 'rot' | 'throttle' | 'outage' | 'on'

/** When the parts begin, in milliseconds of the story. */
export const chapters: readonly (readonly [from: number, chapter: Chapter])[] = [
  [0, 'calm'],
  [12_000, 'rot'],
  [95_000, 'throttle'],
  [110_000, 'rot'],
  [130_000, 'outage'],
  [145_000, 'rot'],
  [180_000, 'on'],
]

/** The part of the story at a time. */
export function chapterAt(ms: number): Chapter {
  return chapters.findLast(([from]) => from <= ms)?.[1] ?? 'calm'
}

/** While it is told, so much of a population changes; afterwards somebody does every so often. */
const shareTold = 0.3
const rotMs = [12_000, 180_000] as const
const everyMs = 8_000
/** The first link to die is that of whoever looks at the page. */
const viewerAtMs = 13_000
/** One in eight takes the picture away instead of changing it. */
const killed = 0.125

/**
 * The acts in order, without end.
 * @param people how many there are; the first is whoever looks at the page
 * @param visible how many of the first have written something that is seen at once: they go first
 */
export function* tellStory(people: number, seed: number, visible: number): Generator<Act, never> {
  const random = createChance(seed)
  const seen = shuffled(range(1, Math.min(people, visible)), random)
  const rest = shuffled(range(Math.min(people, visible), people), random)
  const told = Math.max(1, Math.round(people * shareTold))
  // Of the first ten, every second is seen without scrolling.
  const order = [
    ...seen.slice(0, 12).flatMap((who, at) => [who, ...rest.slice(at, at + 1)]),
    ...rest.slice(12),
  ]
  const stops = chapters.flatMap(([atMs, kind], at) => {
    if (kind !== 'throttle' && kind !== 'outage') return []
    return [{ kind, atMs, forMs: (chapters[at + 1]?.[0] ?? atMs) - atMs }]
  })
  const first: Act[] = [
    { kind: 'change', atMs: viewerAtMs, who: 0, overMs: 1_000 },
    ...stops,
    ...order.slice(0, told).map((who, at): Act => {
      // Quickly at first, then slower: within the first minute half of it has happened.
      const progress = (at + random()) / told
      const atMs = Math.round(rotMs[0] + (rotMs[1] - rotMs[0]) * progress ** 1.6)
      return random() < killed
        ? { kind: 'kill', atMs, who }
        : { kind: 'change', atMs, who, overMs: 6_000 + Math.round(random() * 14_000) }
    }),
  ]
  yield* first.toSorted((a, b) => a.atMs - b.atMs)
  for (let atMs = rotMs[1]; ; atMs += everyMs) {
    const who = 1 + Math.floor(random() * Math.max(1, people - 1))
    yield { kind: 'change', atMs, who: Math.min(who, people - 1), overMs: 20_000 }
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, n) => from + n)
}

/** A generator of 0 ≤ x < 1 (Park and Miller's). */
function createChance(seed: number): () => number {
  let state = (Math.abs(Math.trunc(seed)) % 2_147_483_646) + 1
  const next = () => {
    state = (state * 48_271) % 2_147_483_647
    return (state - 1) / 2_147_483_646
  }
  for (let warm = 0; warm < 8; warm++) next()
  return next
}

function shuffled(list: number[], random: () => number): number[] {
  const left = [...list]
  return list.map(() => left.splice(Math.floor(random() * left.length), 1)[0] ?? 0)
}
