// Figures that cost something and may be a little late: asked for once by all who look, kept for a while, the longer the
// dearer they were, and asked for anew when somebody has just changed them.

/** A figure. */
export interface Counted<T> {
  /** As it was lately. Rejects as its source does; a failure is not kept. */
  readonly read: () => Promise<T>
  /** Something has changed: the next one who reads gets it as it is. */
  outdate(): void
}

/** Of the time, the part that counting may take: an overview that nobody can afford to open is none. */
const share = 20

/** @param leastMs how long a figure is kept at least */
export function createCounted<T>(
  source: () => Promise<T>,
  leastMs: number,
  now: () => number,
): Counted<T> {
  let kept: { readonly value: T; readonly at: number; readonly until: number } | null = null
  let asking: Promise<T> | null = null
  /** Grows when something has changed: answers to older questions are not kept. */
  let round = 0

  async function ask(asked: number): Promise<T> {
    const startedAt = now()
    const value = await source()
    const at = now()
    const keptMs = Math.max(leastMs, share * (at - startedAt))
    if (asked === round) kept = { value, at, until: at + keptMs }
    return value
  }

  return {
    read() {
      const at = now()
      if (kept !== null && at >= kept.at && at < kept.until) return Promise.resolve(kept.value)
      if (asking !== null) return asking
      const answer = ask(round).finally(() => {
        if (asking === answer) asking = null
      })
      asking = answer
      return answer
    },
    outdate() {
      round++
      kept = null
      asking = null
    },
  }
}
