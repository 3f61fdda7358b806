// How a face comes to be seen, as a machine of values: what happens leads from one state to the next and says what is to
// be done. Knows no page; ever-avatar.ts does what is said here, states.test.ts walks through it.

/** Where a face stands. */
export interface Showing {
  /** Addresses to show it by, the one in use first; never one that is known to be dead. */
  readonly ways: readonly string[]
  /** `late`: nothing has come, and the drawing stands in; `failed`: no address worked. */
  readonly stage: 'waiting' | 'late' | 'shown' | 'failed'
  /** The page brought the picture along: it stays in sight while it loads. */
  readonly given: boolean
  /** The service is to hear that the wanted picture did not show, once it proved to be there itself. */
  readonly owes: boolean
  /** How often nothing worked. */
  readonly tries: number
}

/** What happens to a face; `dead` is the service's word on the address in use. */
export type Happening = 'loaded' | 'broken' | 'late' | 'dead' | 'again'
/** What is to be done: use the first address, start the short wait or the long one, send a hint, ask what was shown. */
export type Deed = 'show' | 'wait' | 'rest' | 'tell' | 'ask'
export type Step = readonly [state: Showing, ...deeds: readonly Deed[]]

/** The first step. `given` is what became of a picture that the page brought along; null for none. */
export function begin(
  ways: readonly string[],
  given: 'loaded' | 'broken' | 'loading' | null,
): Step {
  const state: Showing = { ways, stage: 'waiting', given: !!given, owes: false, tries: 0 }
  if (!given) return ways[0] ? [state, 'show', 'wait'] : [{ ...state, stage: 'failed' }]
  return given === 'loading' ? [state, 'wait'] : step(state, given)
}

/** What a happening leads to. */
export function step(state: Showing, what: Happening): Step {
  const { ways, stage, owes, tries } = state
  if (what === 'loaded') {
    const shown: Showing = { ...state, stage: 'shown', owes: false, tries: 0 }
    return [shown, owes ? 'tell' : 'ask']
  }
  if (what === 'late') return [stage === 'waiting' ? { ...state, stage: 'late' } : state]
  if (what === 'again') return stage === 'failed' && ways[0] ? [state, 'show'] : [state]
  if (ways[1]) {
    const next: Showing = { ...state, ways: ways.slice(1), given: false, owes: true }
    return isDrawn(state) ? [next, 'show'] : [{ ...next, stage: 'waiting' }, 'show', 'wait']
  }
  if (what === 'dead') return [state]
  const failed: Showing = { ...state, stage: 'failed', tries: tries + 1 }
  return ways[0] ? [failed, 'rest'] : [failed]
}

/** Whether the drawing is in sight. */
export function isDrawn({ stage }: Showing): boolean {
  return stage === 'late' || stage === 'failed'
}

/** Whether the picture is out of sight: it is none yet, or somebody else's still. */
export function isHidden({ stage, given }: Showing): boolean {
  return stage === 'waiting' && !given
}
