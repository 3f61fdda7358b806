// The time that the simulated platform believes in. It may run faster than ours and be moved forward by
// hand. Nothing waits on it: whether a picture is dead is worked out from it anew at every request.

/** The simulator's time. */
export interface Clock {
  /** The simulated time in milliseconds since 1970, UTC. */
  now(): number
  /** Moves the simulated time forward and returns it. */
  advance(ms: number): number
}

/** A clock over `now` that runs `speed` times as fast as it, from this moment on. */
export function createClock(now: () => number, speed: number): Clock {
  const start = now()
  let advanced = 0
  const read = () => start + (now() - start) * speed + advanced
  return {
    now: read,
    advance(ms) {
      advanced += ms
      return read()
    },
  }
}
