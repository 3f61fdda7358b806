// The one bound on image work in a process: intake, variants and initials pass here. libvips works on the threads of
// libuv's pool, which files and name resolution need too: with the pool full, reading a small file took 100 ms.

/** Lets so many pieces of work run at once and so many wait. */
export interface Gate {
  /** For somebody who waits for an answer: runs `work` at its turn; null when too many wait already. */
  tryRun<T>(work: () => Promise<T>): Promise<T> | null
  /** For work behind the scenes: runs `work` at its turn, however many wait. */
  run<T>(work: () => Promise<T>): Promise<T>
  /** Pieces of work that run now. */
  readonly inside: number
  /** Pieces of work that wait. */
  readonly waiting: number
}

/**
 * How much image work may run at once: as much as there are cores, and always less than libuv's pool has threads.
 *
 * @param cores of the machine
 * @param poolThreads `UV_THREADPOOL_SIZE`, 4 where nobody has set it
 */
export function encodesAtOnce(cores: number, poolThreads = 4): number {
  return Math.max(1, Math.min(Math.floor(cores), Math.floor(poolThreads) - 1))
}

/** @param options `atOnce` runs at once; `queue` may wait through `tryRun` */
export function createGate({ atOnce, queue }: { atOnce: number; queue: number }): Gate {
  /** Those whom somebody waits for, and the others. When both wait they take turns, so neither starves. */
  const lines: [(() => void)[], (() => void)[]] = [[], []]
  let turn = 0
  let inside = 0

  function leave(): void {
    inside--
    const first = lines[turn]?.shift()
    const next = first ?? lines[1 - turn]?.shift()
    turn = 1 - turn
    next?.()
  }

  async function enter<T>(line: (() => void)[], work: () => Promise<T>): Promise<T> {
    if (inside >= atOnce) {
      const { promise, resolve } = Promise.withResolvers<void>()
      line.push(() => {
        // The place is taken here and not after the promise: nobody may slip in between.
        inside++
        resolve()
      })
      await promise
    } else {
      inside++
    }
    try {
      return await work()
    } finally {
      leave()
    }
  }

  return {
    tryRun(work) {
      if (inside >= atOnce && lines[0].length >= queue) return null
      return enter(lines[0], work)
    },
    run(work) {
      return enter(lines[1], work)
    },
    get inside() {
      return inside
    },
    get waiting() {
      return lines[0].length + lines[1].length
    },
  }
}
