// What `check` and `forecast` share: open the inputs, run the audit, write results, summary and report, stop cleanly.
import type { Command } from 'commander'
import type { Examine } from '../audit/examine.ts'
import { joinSources } from '../audit/join.ts'
import { type Out, writeText } from '../audit/out.ts'
import { createProgress } from '../audit/progress.ts'
import { writeReport } from '../audit/report.ts'
import { type SampleRow, createSample } from '../audit/report/sample.ts'
import type { Result } from '../audit/result.ts'
import { type Resumption, openResumption } from '../audit/resume.ts'
import type { Row, Source } from '../audit/row.ts'
import { runAudit } from '../audit/run.ts'
import { openSource } from '../audit/sources/open.ts'
import { drawTable } from '../audit/table.ts'
import { harmless } from '../look/text.ts'
import { createTally } from '../audit/tally.ts'
import { EverfaceError } from '../errors.ts'
import { type AuditFiles, type FileFlags, openOuts, planFiles, writeWhole } from './audit-files.ts'
import { readFindings } from './options.ts'
import { type ExitCode, type Terminal, exitCodes, wantsColor } from './terminal.ts'

/** Values of the options that both commands have. */
export interface AuditFlags extends FileFlags {
  readonly column?: string
  readonly idColumn?: string
  readonly urlColumn?: string
  readonly table?: string
  readonly failOn?: ReadonlySet<string>
  readonly quiet?: boolean
}

/** Adds the options that both commands have. */
export function addAuditOptions(command: Command): Command {
  return command
    .argument(
      '[source...]',
      'a file (.csv .tsv .ndjson .txt), - for stdin, a URL, or a database address',
    )
    .option('--column <name>', 'the column that holds the URL (guessed from the header, and said)')
    .option('--url-column <name>', 'the same as --column, for databases')
    .option('--id-column <name>', 'the column that holds the id (guessed; else the row number)')
    .option('--table <name>', 'for a database: the table or view')
    .option('--format <form>', 'what goes to stdout: table, ndjson or csv', readForm, 'table')
    .option('--json', 'the same as --format ndjson')
    .option('--out <file>', 'write every result, as .ndjson or .csv by its ending')
    .option('--report <file>', 'write one self-contained HTML page')
    .option('--resume <file>', 'go on with an interrupted --out file')
    .option(
      '--fail-on <verdicts>',
      'exit 1 when one of these occurs, such as gone,dying',
      readFindings,
    )
    .option('--quiet', 'no progress and no notes on stderr')
}

function readForm(text: string): AuditFlags['format'] {
  if (text === 'table' || text === 'ndjson' || text === 'csv') return text
  throw new EverfaceError('usage', `--format "${text}" is none of table, ndjson, csv.`)
}

/** An audit to be run by either command. */
export interface AuditPlan {
  readonly kind: 'check' | 'forecast'
  readonly specs: readonly string[]
  readonly flags: AuditFlags
  readonly examine: Examine
  readonly concurrency: number
  /** How far a forecast looks ahead. */
  readonly days?: number
  readonly hasRoom: () => boolean
  /** Thumbnails for the report; null when nobody is asked. */
  readonly illustrate:
    | ((rows: readonly SampleRow[], signal: AbortSignal) => Promise<ReadonlyMap<string, string>>)
    | null
  /** Drops what is still in flight. */
  readonly drop: () => void
}

/** How long a stopped audit waits for probes in flight. */
const graceMs = 2_000

/** Runs an audit and writes everything that was asked for. */
export async function runAuditCommand(plan: AuditPlan, terminal: Terminal): Promise<ExitCode> {
  const { flags } = plan
  const specs = inputsOf(plan.specs, terminal)
  const files = planFiles(flags, specs)
  const source = await openInputs(specs, flags, terminal)
  const startedAt = terminal.now()
  const tally = createTally({ now: startedAt })
  const sample = files.report === null ? null : createSample({ random: terminal.random })
  const seen = new Set<string>()
  const count = (result: Result, row: Row, ordinal: number): void => {
    tally.add(result, { since: row.since, ordinal })
    sample?.add(result, row)
    seen.add(result.verdict)
  }
  const progress = createProgress({
    total: source.total,
    estimated: source.estimated === true,
    write: (text) => flags.quiet || terminal.stderr.write(text),
    now: terminal.now,
    terminal: terminal.stderr.isTTY === true && flags.quiet !== true,
    color: wantsColor(terminal.stderr, terminal.env),
    // A terminal of no known size says 0.
    columns: () => terminal.stderr.columns || 80,
  })
  let notesTold = 0
  const tellNotes = (): void => {
    const { notes } = source
    for (; notesTold < notes.length; notesTold++) progress.note(notes[notesTold] ?? '')
  }
  tellNotes()
  for (const note of files.notes) progress.note(note)
  let ordinal = 0
  const resumption = await openEarlier(plan.kind, files, specs, flags, terminal, (result, row) => {
    count(result, row, ++ordinal)
    progress.skip(result.verdict)
  })
  const outs = await openOuts(files, terminal.stdout)
  /** Whoever read stdout has gone, and nothing else was asked for. */
  const isDeaf = (): boolean => outs.length > 0 && sample === null && outs.every(({ deaf }) => deaf)

  const stopping = new AbortController()
  let grace: NodeJS.Timeout | undefined
  const offStop = terminal.onStop(() => {
    if (stopping.signal.aborted) return plan.drop()
    progress.note('Stopping: what is in flight may finish (Ctrl-C again drops it) …')
    grace = setTimeout(plan.drop, graceMs)
    stopping.abort()
  })
  const ticking = setInterval(() => progress.tick(), 200)
  let whole = false
  try {
    const end = await runAudit({
      source,
      examine: plan.examine,
      hasRoom: plan.hasRoom,
      concurrency: plan.concurrency,
      isDone: resumption === null ? null : (row) => resumption.isDone(row),
      take: (result, row) => {
        count(result, row, ++ordinal)
        progress.add(result.verdict)
        if (isDeaf()) stopping.abort()
        return addToAll(outs, result)
      },
      signal: stopping.signal,
    })
    whole = end.whole
    const left = whole ? ((await resumption?.end()) ?? 0) : 0
    if (left > 0) progress.note(`${left} earlier results belong to no row any more.`)
  } finally {
    clearInterval(ticking)
    tellNotes()
    if (!isDeaf()) progress.finish({ stopped: !whole })
    await closeAll(outs, source)
  }
  if (isDeaf()) return exitCodes.done
  const counts = tally.counts()
  const durationMs = terminal.now() - startedAt
  if (sample !== null && files.report !== null) {
    const wanted = sample.pictures()
    if (plan.illustrate !== null && !flags.quiet) {
      terminal.stderr.write(`Fetching ${wanted.length} pictures for the report …\n`)
    }
    const pictures = (await plan.illustrate?.(wanted, stopping.signal)) ?? new Map<string, string>()
    const page = writeReport({
      kind: plan.kind,
      ...(plan.days === undefined ? {} : { days: plan.days }),
      name: source.name,
      notes: source.notes,
      at: startedAt,
      durationMs,
      counts,
      rows: sample.rows(),
      pictures,
      completeFile: files.out,
    })
    await writeWhole(files.report, page)
  }
  clearTimeout(grace)
  offStop()
  plan.drop()
  if (files.stdout === 'table') {
    const written = [files.out, files.report].filter((file) => file !== null)
    const { columns } = terminal.stdout
    await writeText(
      terminal.stdout,
      drawTable(counts, {
        kind: plan.kind,
        ...(plan.days === undefined ? {} : { days: plan.days }),
        name: source.name,
        durationMs,
        color: wantsColor(terminal.stdout, terminal.env),
        ...(columns ? { columns } : {}),
        files: written,
      }),
    )
  }
  if (!whole) {
    const total = source.estimated === true ? null : source.total
    terminal.stderr.write(harmless(restSentence(ordinal, total, files.out)) + '\n')
    return exitCodes.unfinished
  }
  const bad = [...(flags.failOn ?? [])].some((verdict) => seen.has(verdict))
  return bad ? exitCodes.badNews : exitCodes.done
}

function restSentence(done: number, total: number | null, outFile: string | null): string {
  const rest = total === null ? 'the rest was' : `${Math.max(0, total - done)} of ${total} were`
  const next =
    outFile === null
      ? 'With --out FILE the next run could be resumed.'
      : `Go on with --resume ${outFile} and the same input.`
  return `Stopped after ${done} rows; ${rest} not looked at. ${next}`
}

/** What is to be read; nothing named means standard input in a pipe. */
export function inputsOf(specs: readonly string[], { stdin }: Terminal): readonly string[] {
  if (specs.length > 0) return specs
  if (stdin.isTTY === true) {
    throw new EverfaceError('usage', 'No input was named.', {
      hint: 'Name a file, a URL or a database address, for example: everface check users.csv',
    })
  }
  return ['-']
}

async function openEarlier(
  kind: AuditPlan['kind'],
  { out, outForm, resuming }: AuditFiles,
  specs: readonly string[],
  flags: AuditFlags,
  terminal: Terminal,
  onResult: (result: Result, row: Row) => void,
): Promise<Resumption | null> {
  if (!resuming || out === null) return null
  const resumption = await openResumption({ file: out, form: outForm, kind, onResult })
  // Standard input can be read once only: there a wrong file is noticed at the end.
  if (!specs.includes('-')) {
    const again = await openInputs(specs, flags, terminal)
    await resumption.belongsTo(again.rows()).finally(() => again.close())
  }
  return resumption
}

/** Opens all inputs as one. Throws when one of them cannot be read, or when the flags name two columns. */
export async function openInputs(
  specs: readonly string[],
  flags: Pick<AuditFlags, 'column' | 'urlColumn' | 'idColumn' | 'table'> & {
    readonly observedColumn?: string
  },
  terminal: Pick<Terminal, 'stdin'>,
): Promise<Source> {
  if (
    flags.column !== undefined &&
    flags.urlColumn !== undefined &&
    flags.column !== flags.urlColumn
  ) {
    throw new EverfaceError(
      'usage',
      `--column ${flags.column} and --url-column ${flags.urlColumn} name two columns.`,
    )
  }
  const sources: Source[] = []
  try {
    for (const spec of specs) {
      sources.push(
        await openSource(spec, {
          urlColumn: flags.column ?? flags.urlColumn,
          idColumn: flags.idColumn,
          sinceColumn: flags.observedColumn,
          table: flags.table,
          stdin: terminal.stdin,
        }),
      )
    }
  } catch (error) {
    await Promise.all(sources.map((source) => source.close()))
    throw error
  }
  return joinSources(sources, specs)
}

function addToAll(outs: readonly Out[], result: Result): void | Promise<void> {
  let waiting: Promise<void>[] | null = null
  for (const out of outs) {
    const full = out.add(result)
    if (full !== undefined) (waiting ??= []).push(full)
  }
  return waiting === null ? undefined : Promise.all(waiting).then(() => {})
}

async function closeAll(outs: readonly Out[], source: Source): Promise<void> {
  const ends = await Promise.allSettled([...outs.map((out) => out.close()), source.close()])
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}
