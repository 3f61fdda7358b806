// Who was told to slow down does: after -1, 45009 or 45011 the calls of one kind of one app are held back, each time longer,
// and then one call finds out whether it is over. Pure but for what it remembers; time is handed in.

/** Leave to make a call; to be given back with what came of it. */
export interface Pass {
  readonly kind: 'pass'
  readonly key: string
  /** How often the kind of call had been held when this one began. */
  readonly era: number
}

/** Not now. */
export interface Held {
  readonly kind: 'held'
  readonly retryAfterMs: number
}

/** Holds calls back. */
export interface Holds {
  /** Leave to make a call of this kind, or for how long there is none. */
  enter(key: string): Pass | Held
  /** The call was answered, whatever the answer was. */
  well(pass: Pass): void
  /** The platform asked to wait: returns for how long, in milliseconds. */
  wait(pass: Pass, growth: Growth): number
  /** Nothing was learnt: nobody answered, or nothing that could be read. */
  nothing(pass: Pass): void
}

/** How long a hold is at first, and at most, in milliseconds. It doubles in between. */
export interface Growth {
  readonly firstMs: number
  readonly longestMs: number
}

interface Hold {
  /** Holds so far, in a row. */
  strikes: number
  era: number
  until: number
  /** One call is under way to find out whether it is over. */
  isTried: boolean
}

/** While a call finds out whether it is over, the others wait for so long. */
const trialMs = 1_000

/** @param now milliseconds; may stand still */
export function createHolds(now: () => number): Holds {
  /** Only those that were told to wait and have not been answered since. */
  const held = new Map<string, Hold>()
  let eras = 0

  /** The hold that a call began under; null where things have moved on since. */
  function holdOf({ key, era }: Pass): Hold | null {
    const hold = held.get(key)
    return hold !== undefined && hold.era === era ? hold : null
  }

  return {
    enter(key) {
      const hold = held.get(key)
      if (hold === undefined) return { kind: 'pass', key, era: 0 }
      const leftMs = hold.until - now()
      if (leftMs > 0) return { kind: 'held', retryAfterMs: leftMs }
      if (hold.isTried) return { kind: 'held', retryAfterMs: trialMs }
      hold.isTried = true
      return { kind: 'pass', key, era: hold.era }
    },
    well(pass) {
      if (holdOf(pass) !== null) held.delete(pass.key)
    },
    wait(pass, { firstMs, longestMs }) {
      const hold = held.get(pass.key)
      // Calls that were on their way together are told together; that counts once.
      if (hold !== undefined && hold.era !== pass.era) return Math.max(trialMs, hold.until - now())
      const strikes = (hold?.strikes ?? 0) + 1
      const waitMs = Math.min(longestMs, firstMs * 2 ** Math.min(strikes - 1, 30))
      held.set(pass.key, { strikes, era: ++eras, until: now() + waitMs, isTried: false })
      return waitMs
    },
    nothing(pass) {
      const hold = holdOf(pass)
      if (hold !== null) hold.isTried = false
    },
  }
}
