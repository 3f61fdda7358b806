// How far a long command has come, on stderr: one line that is redrawn on a terminal, a line every few seconds elsewhere.
import { duration } from '../audit/terminal-text.ts'
import { spaced } from '../look/text.ts'
import type { Terminal } from './terminal.ts'

/** Counts and shows. */
export interface Counter {
  readonly add: (count: number) => void
  readonly finish: () => void
}

const barCells = 20
const clearLine = '\r\u001b[K'

/** @param options `what` is counted, such as rows; nothing is shown with `flags.quiet` */
export function createCounter(options: {
  source: { readonly total: number | null; readonly estimated?: boolean }
  flags: { readonly quiet?: boolean }
  terminal: Pick<Terminal, 'stderr' | 'now'>
  what: string
}): Counter {
  const { source, flags, terminal, what } = options
  const { stderr, now } = terminal
  const drawing = stderr.isTTY === true
  const everyMs = drawing ? 100 : 5_000
  const startedAt = now()
  let done = 0
  let drawnAt = startedAt

  function line(at: number): string {
    const { total, estimated } = source
    const speed = (done * 1_000) / Math.max(1, at - startedAt)
    const share = total === null || total === 0 ? null : Math.min(1, done / total)
    const full = Math.floor((share ?? 0) * barCells)
    const left = share === null || share === 0 ? null : ((at - startedAt) * (1 - share)) / share
    return [
      share === null || !drawing ? '' : '━'.repeat(full) + '─'.repeat(barCells - full),
      total === null
        ? `${spaced(done)} ${what}`
        : `${spaced(done)}/${estimated === true ? '≈ ' : ''}${spaced(total)} ${what}`,
      `${spaced(speed)}/s`,
      left === null ? '' : `${duration(left)} left`,
    ]
      .filter((part) => part !== '')
      .join('  ')
  }

  return {
    add(count) {
      done += count
      const at = now()
      if (flags.quiet === true || at - drawnAt < everyMs) return
      drawnAt = at
      stderr.write(drawing ? clearLine + line(at) : `${line(at)}\n`)
    },
    finish() {
      if (drawing && flags.quiet !== true && drawnAt !== startedAt) stderr.write(clearLine)
    },
  }
}
