// Memory for bodies that are large and may be many: one bound for all of them together, taken as bytes come in, so that slow
// senders who have sent little keep nobody out.

/** What one request holds. */
export interface Held {
  /** Takes room for more bytes; false when there is none. */
  take(bytes: number): boolean
  /** Gives everything back. */
  leave(): void
}

/** Room for some bytes in all. */
export interface Room {
  enter(): Held
}

/** Makes a room. */
export function createRoom(bytes: number): Room {
  let free = bytes
  return {
    enter() {
      let held = 0
      return {
        take(more) {
          if (more > free) return false
          free -= more
          held += more
          return true
        },
        leave() {
          free += held
          held = 0
        },
      }
    },
  }
}
