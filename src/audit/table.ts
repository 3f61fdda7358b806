// The summary of an audit on a terminal: shares, provider × finding, examples, what to do next. Pure: from counts to
// a string. It is made for 80 columns and gives way when there are fewer: columns merge, numbers shorten.
import type { FindingKind } from '../core/verdict.ts'
import { words } from './report/words.ts'
import { findingWords, say } from '../look/words.ts'
import {
  brokenFindings,
  findingsToTell,
  horizonDays,
  undecidedFindings,
  type Counts,
  type Example,
  type FindingCounts,
} from './tally.ts'
import {
  createPaint,
  duration,
  padEnd,
  padStart,
  shortenEnd,
  shortenMiddle,
  textWidth,
  wrap,
  type Ink,
} from './terminal-text.ts'
import { harmless, percent, spaced } from '../look/text.ts'

/** What the summary is of, and where it is shown. */
export interface TableOptions {
  readonly kind: 'check' | 'forecast'
  /** The input's name. */
  readonly name: string
  readonly durationMs: number
  /** How far a forecast looks ahead; 30 unless told. */
  readonly days?: number
  /** Whether colours are wanted: a terminal, and no `NO_COLOR`. */
  readonly color: boolean
  /** Columns of the terminal; 80 unless told, never less than 60. */
  readonly columns?: number
  /** Files that were written, named in the last lines. */
  readonly files?: readonly string[]
}

const inks: Record<FindingKind, Ink> = {
  alive: 'green',
  dying: 'yellow',
  gone: 'red',
  placeholder: 'magenta',
  malformed: 'red',
  refused: 'cyan',
  throttled: 'cyan',
  unknown: 'dim',
}

/** The mark of each finding where there is room for one character. */
export const findingMarks: Readonly<Record<FindingKind, string>> = {
  alive: '●',
  dying: '◐',
  gone: '✕',
  placeholder: '○',
  malformed: '≠',
  refused: '⊘',
  throttled: '‖',
  unknown: '?',
}

const readingOrder: readonly FindingKind[] = ['alive', ...brokenFindings, ...undecidedFindings]
const examplesOfUndecided = 3

type Paint = ReturnType<typeof createPaint>

interface Column {
  readonly heading: string
  readonly ink: Ink
  read(findings: FindingCounts): number
}

/** `1 204 000`, or `1.2 M` where there is no room. */
function short(value: number): string {
  if (value < 10_000) return String(value)
  return value < 999_500
    ? `${(value / 1000).toFixed(value < 99_950 ? 1 : 0)}k`
    : `${(value / 1e6).toFixed(1)}M`
}

/** The summary, ending with a line end. */
export function drawTable(counts: Counts, options: TableOptions): string {
  const columns = Math.max(60, options.columns ?? 80)
  const paint = createPaint(options.color)
  const blocks = [
    headline(counts, options, columns, paint),
    shares(counts, columns, paint),
    counts.total > 0 ? providerTable(counts, columns, paint) : [],
    expiry(counts, options, columns, paint),
    ...findingsToTell(options.kind).map((kind) => examplesOf(kind, counts, columns, paint)),
    nextSteps(counts, options, columns, paint),
  ]
  return `\n${blocks
    .filter((block) => block.length > 0)
    .map((block) => `${block.map((line) => `  ${line}`.trimEnd()).join('\n')}\n`)
    .join('\n')}\n`
}

/** The sentence that says it all: the same on the terminal and on the page. */
export function headlineOf(
  counts: Counts,
  kind: TableOptions['kind'],
  days: number,
): { readonly key: keyof (typeof words)['en']; readonly n: number } {
  if (counts.total === 0) return { key: 'headlineEmpty', n: 0 }
  if (kind === 'check') {
    const n = counts.broken
    // Silence is no good news: with nothing broken and most of it unheard, that is what is told.
    if (n === 0 && counts.undecided * 2 > counts.total) {
      return { key: 'headlineNothing', n: counts.undecided }
    }
    return { key: n === 0 ? 'headlineNone' : n === 1 ? 'headlineBrokenOne' : 'headlineBroken', n }
  }
  const n = expiringWithin(counts, days)
  return {
    key: n === 0 ? 'headlineNoExpiring' : n === 1 ? 'headlineExpiringOne' : 'headlineExpiring',
    n,
  }
}

/** Links that expire in so many days: counted by horizon where there is one, else by the rule of the forecast. */
function expiringWithin(counts: Counts, days: number): number {
  const horizon = (horizonDays as readonly number[]).indexOf(days)
  if (horizon < 0) {
    return counts.rules.find(({ rule }) => rule === 'url.expires-soon')?.count ?? 0
  }
  return counts.expiry.reduce((sum, { within }) => sum + (within[horizon] ?? 0), 0)
}

function headline(counts: Counts, options: TableOptions, columns: number, paint: Paint): string[] {
  const days = options.days ?? 30
  const { key, n } = headlineOf(counts, options.kind, days)
  const said = say(words.en[key], {
    n: spaced(n),
    total: spaced(counts.total),
    days: String(days),
  })
  const room = columns - 4
  return [
    paint('bold', said),
    ...(options.kind === 'forecast' && counts.broken > 0
      ? [say(words.en.brokenAlready, { n: spaced(counts.broken) })]
      : []),
    paint('dim', shortenMiddle(`${harmless(options.name)}, ${duration(options.durationMs)}`, room)),
  ]
}

function shares(counts: Counts, columns: number, paint: Paint): string[] {
  const shown = readingOrder.filter((kind) => counts.findings[kind] > 0)
  const numbers = Math.max(0, ...shown.map((kind) => spaced(counts.findings[kind]).length))
  const bar = Math.min(40, columns - 2 - 2 - 13 - numbers - 10 - 4)
  return shown.map((kind) => {
    const count = counts.findings[kind]
    const cells = Math.max(1, Math.round((bar * count) / counts.total))
    return (
      `${paint(inks[kind], findingMarks[kind])} ${padEnd(findingWords.en[kind].label, 12)}` +
      ` ${padStart(spaced(count), numbers)}  ${padStart(percent(count, counts.total), 8)}` +
      `  ${bar > 3 ? paint(inks[kind], '━'.repeat(cells)) : ''}`
    )
  })
}

function columnOf(kinds: readonly FindingKind[], heading: string): Column {
  return {
    heading,
    ink: inks[kinds[0] ?? 'unknown'],
    read: (findings) => kinds.reduce((sum, kind) => sum + findings[kind], 0),
  }
}

function providerTable(counts: Counts, columns: number, paint: Paint): string[] {
  const seen = (kinds: readonly FindingKind[]) => kinds.filter((kind) => counts.findings[kind] > 0)
  const single = (kinds: readonly FindingKind[]) =>
    seen(kinds).map((kind) => columnOf([kind], findingWords.en[kind].label))
  const merged = (kinds: readonly FindingKind[], heading: string) =>
    seen(kinds).length > 0 ? [columnOf(kinds, heading)] : []
  const total = columnOf(readingOrder, 'total')
  const whole = [...single(readingOrder), total]
  const fewer = [
    ...single(['alive', ...brokenFindings]),
    ...merged(undecidedFindings, 'undecided'),
    total,
  ]
  const fewest = [
    ...single(['alive']),
    ...merged(brokenFindings, 'broken'),
    ...merged(undecidedFindings, 'undecided'),
    total,
  ]
  for (const [picked, write] of [
    [whole, spaced],
    [fewer, spaced],
    [fewer, short],
    [fewest, short],
  ] as const) {
    const lines = drawColumns(counts, picked, write, paint)
    if (lines.every((line) => visibleWidth(line) <= columns - 2)) return lines
  }
  return drawColumns(counts, fewest, short, paint)
}

function visibleWidth(line: string): number {
  // oxlint-disable-next-line no-control-regex
  return textWidth(line.replaceAll(/\u001b\[\d+m/g, ''))
}

function drawColumns(
  counts: Counts,
  picked: readonly Column[],
  write: (value: number) => string,
  paint: Paint,
): string[] {
  const rows = counts.providers.map(({ provider, findings }) => ({
    name: shortenEnd(harmless(provider), 14),
    findings,
  }))
  const names = Math.max(...['provider', ...rows.map(({ name }) => name)].map(textWidth))
  const widths = picked.map((column) =>
    Math.max(column.heading.length, write(column.read(counts.findings)).length),
  )
  const line = (name: string, findings: FindingCounts) =>
    [
      padEnd(name, names),
      ...picked.map((column, index) => {
        const value = column.read(findings)
        const cell = padStart(value === 0 ? '·' : write(value), widths[index] ?? 0)
        const last = index === picked.length - 1
        return value === 0 ? paint('dim', cell) : last ? cell : paint(column.ink, cell)
      }),
    ].join('  ')
  const headings = [
    padEnd('provider', names),
    ...picked.map(({ heading }, index) => padStart(heading, widths[index] ?? 0)),
  ].join('  ')
  return [
    paint('dim', headings),
    ...rows.map(({ name, findings }) => line(name, findings)),
    paint('dim', '─'.repeat(headings.length)),
    line('total', counts.findings),
  ]
}

function expiry(counts: Counts, options: TableOptions, columns: number, paint: Paint): string[] {
  if (counts.expiry.length === 0) {
    return options.kind === 'forecast' && counts.total > 0
      ? [paint('dim', words.en.expiryNone)]
      : []
  }
  const headings = ['past', ...horizonDays.map((days) => `≤ ${days} d`), 'later']
  const names = Math.min(
    columns < 72 ? 10 : 14,
    Math.max(8, ...counts.expiry.map((row) => textWidth(row.provider))),
  )
  const size = Math.min(9, Math.floor((columns - 2 - names) / headings.length) - 2)
  const cells = (values: readonly string[]) =>
    values.map((value) => padStart(value, size)).join('  ')
  return [
    paint('bold', words.en.expiry),
    paint('dim', `${padEnd('provider', names)}  ${cells(headings)}`),
    ...counts.expiry.map((row) => {
      const values = [row.past, ...row.within, row.later]
      const write = (value: number) =>
        value === 0 ? '·' : spaced(value).length > size ? short(value) : spaced(value)
      const name = padEnd(shortenEnd(harmless(row.provider), names), names)
      return `${name}  ${cells(values.map(write))}`
    }),
  ]
}

function examplesOf(kind: FindingKind, counts: Counts, columns: number, paint: Paint): string[] {
  const undecided = undecidedFindings.some((other) => other === kind)
  const examples = counts.examples[kind].slice(0, undecided ? examplesOfUndecided : undefined)
  if (kind === 'alive' || examples.length === 0) return []
  const sameReason = Map.groupBy(examples, ({ detail }) => detail)
  const names = Math.min(
    20,
    Math.max(...examples.map(({ id }) => textWidth(harmless(id.slice(0, 200))))),
  )
  const of = counts.findings[kind]
  const line = ({ id, url }: Example) => {
    const name = shortenMiddle(harmless(id.slice(0, 200)), names)
    const room = columns - 8 - names
    return `    ${padEnd(name, names)}  ${shortenMiddle(harmless(url), room) || '(empty)'}`
  }
  return [
    `${paint(inks[kind], findingMarks[kind])} ${paint('bold', findingWords.en[kind].label)}` +
      paint('dim', of > examples.length ? `  ${examples.length} of ${spaced(of)}` : ''),
    ...[...sameReason.values()].flatMap((group) => [
      ...wrap(harmless((group[0]?.detail ?? '').slice(0, 500)), columns - 6).map((text) =>
        paint('dim', `  ${text}`),
      ),
      ...group.map(line),
    ]),
  ]
}

function nextSteps(counts: Counts, options: TableOptions, columns: number, paint: Paint): string[] {
  const files = options.files ?? []
  const soon = expiringWithin(counts, 30)
  const steps = findingsToTell(options.kind)
    .filter((kind) => counts.findings[kind] > 0 && findingWords.en[kind].advice !== '')
    .map((kind) => ({
      mark: paint(inks[kind], findingMarks[kind]),
      text: `${spaced(counts.findings[kind])} ${findingWords.en[kind].label}: ${findingWords.en[kind].advice}`,
    }))
  if (soon > 0) {
    steps.push({
      mark: paint('yellow', '◷'),
      text: `${spaced(soon)} expire within 30 days: copy these pictures before their day.`,
    })
  }
  const told = files.map((file) => paint('dim', `Written: ${harmless(file)}`))
  if (steps.length === 0) return told
  return [
    paint('bold', words.en.next),
    ...steps.flatMap(({ mark, text }) =>
      wrap(text, columns - 6).map((line, index) => `${index === 0 ? mark : ' '} ${line}`),
    ),
    ...told,
  ]
}
