// A binary heap of avatars by time, in which each is at most once and can be moved or taken out.

/** Avatars by number, the smallest key first. */
export interface Heap {
  /** Puts an avatar in, or moves it. */
  set(avatar: number, key: number): void
  remove(avatar: number): void
  has(avatar: number): boolean
  /** The avatar with the smallest key; -1 when nobody is there. */
  readonly first: number
  /** Its key; Infinity when nobody is there. */
  readonly firstKey: number
}

/** @param size avatars are numbered from 0 to below it */
export function createHeap(size: number): Heap {
  const keys = new Float64Array(size)
  const order = new Int32Array(size)
  const places = new Int32Array(size).fill(-1)
  let length = 0

  const keyAt = (place: number): number => keys[order[place] ?? 0] ?? Infinity

  function put(avatar: number, place: number): void {
    order[place] = avatar
    places[avatar] = place
  }

  function rise(avatar: number, from: number): number {
    const key = keys[avatar] ?? Infinity
    let place = from
    while (place > 0) {
      const above = (place - 1) >> 1
      if (keyAt(above) <= key) break
      put(order[above] ?? 0, place)
      place = above
    }
    put(avatar, place)
    return place
  }

  function sink(avatar: number, from: number): void {
    const key = keys[avatar] ?? Infinity
    let place = from
    for (;;) {
      let below = 2 * place + 1
      if (below >= length) break
      if (below + 1 < length && keyAt(below + 1) < keyAt(below)) below++
      if (keyAt(below) >= key) break
      put(order[below] ?? 0, place)
      place = below
    }
    put(avatar, place)
  }

  return {
    set(avatar, key) {
      keys[avatar] = key
      const place = places[avatar] ?? -1
      sink(avatar, rise(avatar, place < 0 ? length++ : place))
    },
    remove(avatar) {
      const place = places[avatar] ?? -1
      if (place < 0) return
      places[avatar] = -1
      const last = order[--length] ?? 0
      if (last !== avatar) sink(last, rise(last, place))
    },
    has(avatar) {
      return (places[avatar] ?? -1) >= 0
    },
    get first() {
      return length > 0 ? (order[0] ?? -1) : -1
    },
    get firstKey() {
      return length > 0 ? keyAt(0) : Infinity
    },
  }
}
