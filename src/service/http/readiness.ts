// Whether the service can do its work: each part is asked, within a bound, at most once a second whoever wants to know.
import { createKept } from './kept.ts'

/** How a part is. */
export type PartState = 'ready' | 'unreachable' | 'slow'

/** Asks the parts. */
export interface Readiness {
  parts(): Promise<Readonly<Record<string, PartState>>>
}

const keptMs = 1_000

/**
 * Asks all parts at once.
 * @param boundMs a part that takes longer is `slow`, which is not ready
 */
export function createReadiness(options: {
  parts: Readonly<Record<string, () => Promise<void>>>
  now: () => number
  boundMs?: number
}): Readiness {
  const { parts, now, boundMs = 2_000 } = options

  async function ask(): Promise<Readonly<Record<string, PartState>>> {
    const states = Object.entries(parts).map(
      async ([name, ping]) => [name, await stateOf(ping, boundMs)] as const,
    )
    return Object.fromEntries(await Promise.all(states))
  }

  return { parts: createKept(ask, keptMs, now) }
}

async function stateOf(ping: () => Promise<void>, boundMs: number): Promise<PartState> {
  const { promise: late, resolve } = Promise.withResolvers<PartState>()
  const timer = setTimeout(() => resolve('slow'), boundMs)
  try {
    return await Promise.race([late, answerOf(ping)])
  } finally {
    clearTimeout(timer)
  }
}

async function answerOf(ping: () => Promise<void>): Promise<PartState> {
  try {
    await ping()
    return 'ready'
  } catch {
    return 'unreachable'
  }
}
