// Statements that are used over and over get a name: the server then reads and plans them once a connection, which for a
// batch of looks is a fifth of its work. A pooler that hands each transaction to another connection may not bear that.
import { planAnew } from './sql.ts'

/** The names of an engine's statements, the same on every connection. */
export interface Names {
  /** The name to send a statement under; undefined for one that is rare or to be planned anew, or when names do no good here. */
  of(text: string): string | undefined
  /** True when a statement failed for its name, by the server's code: from now on there are none, and it may be run again. */
  giveUpAfter(code: string): boolean
}

/** A statement that was used so often will be used again. */
const usesToName = 3
/** The server keeps each name's plan in each connection. */
const mostNames = 100
const mostCounted = 1_000
/**
 * Unknown here though we made it, known already though we did not, or made for columns that are others now. The first two
 * are a pooler's doing.
 */
const nameTroubles: ReadonlySet<string> = new Set(['26000', '42P05', '0A000'])

/** Makes names. */
export function createNames(): Names {
  const uses = new Map<string, number>()
  const names = new Map<string, string>()
  let off = false
  return {
    of(text) {
      if (off || text.startsWith(planAnew)) return undefined
      const known = names.get(text)
      if (known !== undefined || names.size >= mostNames) return known
      const count = (uses.get(text) ?? 0) + 1
      if (count < usesToName) {
        if (count > 1 || uses.size < mostCounted) uses.set(text, count)
        return undefined
      }
      uses.delete(text)
      const name = `everface_${names.size}`
      names.set(text, name)
      return name
    },
    giveUpAfter(code) {
      if (off || !nameTroubles.has(code)) return false
      off = true
      return true
    },
  }
}
