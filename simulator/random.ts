// Chance that can be repeated: integer hashing, and a small generator for faults with a probability.
// Everything made in the simulator follows from a seed and running numbers through these functions.

/** Mixes up to five integers into an unsigned 32-bit one (MurmurHash3's steps). */
export function mix(a: number, b: number, c = 0, d = 0, e = 0): number {
  let h = step(0x2545f491, a)
  h = step(h, b)
  h = step(h, c)
  h = step(h, d)
  h = step(h, e)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** As `mix`, as a fraction from 0 up to but without 1. */
export function fraction(a: number, b: number, c = 0, d = 0, e = 0): number {
  return mix(a, b, c, d, e) / 0x1_0000_0000
}

/** A generator of fractions that starts from a seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000
  }
}

function step(hash: number, value: number): number {
  let k = Math.imul(value | 0, 0xcc9e2d51)
  k = (k << 15) | (k >>> 17)
  const h = hash ^ Math.imul(k, 0x1b873593)
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0
}
