// The process as commands see it: arguments, streams, signals and the clock come in here and nowhere else.
import type { Readable, Writable } from 'node:stream'

/** What a command may touch of the process. */
export interface Terminal {
  readonly stdin: Readable & { isTTY?: boolean }
  readonly stdout: Writable & { isTTY?: boolean; columns?: number }
  readonly stderr: Writable & { isTTY?: boolean; columns?: number }
  readonly env: Readonly<Record<string, string | undefined>>
  /** Milliseconds since 1970, UTC. */
  readonly now: () => number
  /** 0 ≤ x < 1. */
  readonly random: () => number
  /** Calls back at every Ctrl-C or SIGTERM until the returned function is called. */
  readonly onStop: (listener: () => void) => () => void
  /** Calls back with what nobody caught, until the returned function is called. */
  readonly onCrash: (listener: (error: unknown) => void) => () => void
  /** Ends the process at once, whatever is still open. */
  readonly quit: (code: ExitCode) => void
}

/** Exit codes: done, bad news, usage or configuration, could not finish. */
export const exitCodes = { done: 0, badNews: 1, usage: 2, unfinished: 3 } as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** This process. */
export function processTerminal(): Terminal {
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    now: Date.now,
    random: Math.random,
    onStop(listener) {
      process.on('SIGINT', listener)
      process.on('SIGTERM', listener)
      return () => {
        process.off('SIGINT', listener)
        process.off('SIGTERM', listener)
      }
    },
    onCrash(listener) {
      process.on('uncaughtException', listener)
      process.on('unhandledRejection', listener)
      return () => {
        process.off('uncaughtException', listener)
        process.off('unhandledRejection', listener)
      }
    },
    quit(code) {
      process.exit(code)
    },
  }
}

/** Whether colours are wanted on a stream (no-color.org; FORCE_COLOR as Node reads it). */
export function wantsColor(stream: { isTTY?: boolean }, env: Terminal['env']): boolean {
  if (env['NO_COLOR']) return false
  if (env['FORCE_COLOR'] !== undefined) return env['FORCE_COLOR'] !== '0'
  return stream.isTTY === true && env['TERM'] !== 'dumb'
}
