// Progress on stderr: on a terminal one line, redrawn; elsewhere a plain line every few seconds. It owns no timer
// and no clock: `add` draws when it is time, and whoever waits long without results calls `tick`.
import type { FindingKind } from '../core/verdict.ts'
import { findingMarks } from './table.ts'
import { findingsWorstFirst } from './tally.ts'
import { createPaint, duration, textWidth, type Ink } from './terminal-text.ts'
import { harmless, spaced } from '../look/text.ts'

/** Where progress is shown, and of what. */
export interface ProgressOptions {
  /** Rows in total where that is known, else null. */
  readonly total: number | null
  /** `total` is an estimate, and shown as one. */
  readonly estimated?: boolean
  /** Writes to stderr. */
  readonly write: (text: string) => void
  /** Milliseconds; only differences count. */
  readonly now: () => number
  /** Whether `write` goes to a terminal. */
  readonly terminal: boolean
  readonly color: boolean
  /** Columns of the terminal, asked at each drawing; 80 unless told. */
  readonly columns?: () => number
  /** Milliseconds between drawings: 100 on a terminal, 5000 elsewhere unless told. */
  readonly everyMs?: number
}

/** Shows how far an audit has come. */
export interface Progress {
  /** Counts one finished row. */
  add(finding: FindingKind): void
  /** Counts one row that an earlier run had finished; it says nothing of the speed. */
  skip(finding: FindingKind): void
  /** Draws if it is time to. */
  tick(): void
  /** Writes a line for people above the progress. */
  note(line: string): void
  /** Clears the bar and leaves one last line: what was done, how fast, and what was found. */
  finish(how?: { readonly stopped: boolean }): void
}

const windowMs = 10_000
const barCells = 20
const inks: Partial<Record<FindingKind, Ink>> = { alive: 'green', gone: 'red', dying: 'yellow' }
const clearLine = '\r\u001b[K'

/** A progress that begins now. */
export function createProgress(options: ProgressOptions): Progress {
  const { total, write, now, terminal, columns = () => 80 } = options
  const about = options.estimated === true ? '≈ ' : ''
  const everyMs = options.everyMs ?? (terminal ? 100 : 5000)
  const paint = createPaint(options.color && terminal)
  const counts = new Map<FindingKind, number>()
  const startedAt = now()
  let finished = 0
  let already = 0
  let drawnAt = terminal ? -Infinity : startedAt
  let over = false
  let marks = [{ at: startedAt, finished: 0 }]

  function rate(at: number): number {
    marks = marks.filter((mark, index) => index === marks.length - 1 || at - mark.at <= windowMs)
    const first = marks[0] ?? { at: startedAt, finished: 0 }
    const ms = at - first.at
    return ms <= 0 ? 0 : ((finished - first.finished) * 1000) / ms
  }

  function found(): { text: string; ink: Ink }[] {
    return findingsWorstFirst
      .filter((kind) => counts.has(kind))
      .map((kind) => ({
        text: `${findingMarks[kind]} ${spaced(counts.get(kind) ?? 0)} ${kind}`,
        ink: inks[kind] ?? 'dim',
      }))
  }

  function parts(at: number): string[] {
    const done = already + finished
    const speed = rate(at)
    const share = total === null || total === 0 ? null : Math.min(1, done / total)
    const left = total === null || speed === 0 ? null : Math.max(0, total - done) / speed
    return [
      total === null ? spaced(done) : `${spaced(done)}/${about}${spaced(total)}`,
      share === null ? '' : `${Math.floor(share * 100)} %`,
      `${speed >= 10 || speed === 0 ? spaced(speed) : speed.toFixed(1)}/s`,
      left === null ? '' : `${duration(left * 1000)} left`,
    ].filter((part) => part !== '')
  }

  function bar(): string {
    if (total === null || total === 0) return ''
    const full = Math.floor(Math.min(1, (already + finished) / total) * barCells)
    return paint('green', '━'.repeat(full)) + paint('dim', '─'.repeat(barCells - full))
  }

  /** One line no wider than the terminal: first the figures, then as many findings as fit, then the bar. */
  function line(at: number): string {
    const room = columns() - 1
    const figures = parts(at).join('  ')
    let width = textWidth(figures)
    const shownBar = width + barCells + 2 <= room ? bar() : ''
    if (shownBar !== '') width += barCells + 2
    const shown: string[] = []
    for (const { text, ink } of found()) {
      if (width + 2 + textWidth(text) > room) break
      width += 2 + textWidth(text)
      shown.push(paint(ink, text))
    }
    const fitting = textWidth(figures) <= room ? figures : figures.slice(0, Math.max(0, room))
    return [shownBar, fitting, ...shown].filter((part) => part !== '').join('  ')
  }

  function draw(at: number): void {
    drawnAt = at
    if (terminal) write(clearLine + line(at))
    else write(`${[...parts(at), ...found().map(({ text }) => text)].join('  ')}\n`)
    marks.push({ at, finished })
  }

  function tick(): void {
    if (over) return
    const at = now()
    if (at - drawnAt >= everyMs) draw(at)
  }

  function count(finding: FindingKind): void {
    counts.set(finding, (counts.get(finding) ?? 0) + 1)
    tick()
  }

  return {
    add(finding) {
      finished += 1
      count(finding)
    },
    skip(finding) {
      already += 1
      count(finding)
    },
    tick,
    note(text) {
      write(`${terminal && !over ? clearLine : ''}${harmless(text)}\n`)
      if (terminal && !over) draw(now())
    },
    finish({ stopped } = { stopped: false }) {
      if (over) return
      over = true
      const ms = now() - startedAt
      const speed = ms <= 0 ? 0 : (finished * 1000) / ms
      const what = [
        `${spaced(finished)} ${stopped ? 'checked before the stop' : 'checked'} in ${duration(ms)}`,
        ...(speed > 0 ? [`${spaced(speed)}/s`] : []),
        ...found().map(({ text }) => text),
      ]
      write(`${terminal ? clearLine : ''}${what.join('  ')}\n`)
    },
  }
}
