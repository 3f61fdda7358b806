// The operator's rules: how fresh pictures are kept, in which scene a person may be asked and how often, what is shown and
// how long things are kept. A policy is a value; src/policy reads it from a file.
import type { Condition } from './condition.ts'

/** How a picture is shown: our copy, the platform's URL, or the latter while it is believed alive. */
export const showModes = ['copy', 'redirect', 'auto'] as const
export type ShowMode = (typeof showModes)[number]

/** What is shown when there is no picture. */
export const fallbacks = ['initials', 'none'] as const
export type Fallback = (typeof fallbacks)[number]

/** When a person may be asked in one scene. */
export interface Scene {
  /** One of these holds. */
  readonly when: readonly Condition[]
  /** Milliseconds between two prompts in this scene. */
  readonly cooldownMs: number
}

/** How often a person may be asked in all scenes together. */
export interface Budget {
  /** Prompts at the most in any `perMs` milliseconds; 0: nobody is ever asked. */
  readonly count: number
  readonly perMs: number
}

/** The operator's rules. */
export interface Policy {
  /** What is done silently with a refresh token. */
  readonly refresh: {
    /** One of these holds. */
    readonly when: readonly Condition[]
    /** Silent polls over the life of a token, the last one 12 hours before its end. */
    readonly polls: number
  }
  /** What the person must agree to. */
  readonly ask: {
    readonly budget: Budget
    /** Milliseconds that a person is left alone after saying no. */
    readonly afterDeclineMs: number
    /** By name; a scene that is not here is one where nobody is asked. */
    readonly scenes: ReadonlyMap<string, Scene | 'never'>
  }
  readonly show: { readonly mode: ShowMode; readonly fallback: Fallback }
  readonly keep: {
    /** Milliseconds that observations, prompts and events are kept. */
    readonly historyMs: number
    /** Milliseconds that copies are kept that no avatar shows any more. */
    readonly unseenCopiesMs: number
  }
}

/** Prompts that a budget may allow, at the most. */
export const mostPrompts = 99
/** Polls over the life of a token, at the most. */
export const mostPolls = 30
/** Scenes of one policy, at the most. */
export const mostScenes = 50
/** A prompt that nobody answered counts as closed after 15 minutes. Every pause of a policy is at least as long. */
export const promptLapseMs = 900_000

/** The name of a scene as a source of a regular expression. */
export const scenePattern = '^[A-Za-z0-9._-]{1,64}$'

const dayMs = 86_400_000

/** The policy that is in force when the operator says nothing. `examples/policy.yaml` is the same as a file. */
export const defaultPolicy: Policy = {
  refresh: { when: [{ kind: 'changed' }, { kind: 'session-expired' }], polls: 4 },
  ask: {
    budget: { count: 2, perMs: 90 * dayMs },
    afterDeclineMs: 60 * dayMs,
    scenes: new Map<string, Scene | 'never'>([
      [
        'profile',
        {
          when: [{ kind: 'gone' }, { kind: 'dying' }, { kind: 'age', overMs: 90 * dayMs }],
          cooldownMs: 7 * dayMs,
        },
      ],
      ['comment', { when: [{ kind: 'gone' }], cooldownMs: 30 * dayMs }],
      ['checkout', 'never'],
    ]),
  },
  show: { mode: 'copy', fallback: 'initials' },
  keep: { historyMs: 400 * dayMs, unseenCopiesMs: 180 * dayMs },
}

/** The longest time that a prompt must be remembered for, so that none is asked too early: milliseconds. */
export function memoryMs({ budget, afterDeclineMs, scenes }: Policy['ask']): number {
  let longest = Math.max(budget.perMs, afterDeclineMs)
  for (const scene of scenes.values()) {
    if (scene !== 'never') longest = Math.max(longest, scene.cooldownMs)
  }
  return longest
}
