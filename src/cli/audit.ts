// What `check` and `forecast` share: open the inputs, run the audit, write results, summary and report, stop cleanly.
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { extname } from 'node:path'
import type { Command } from 'commander'
import type { Examine } from '../audit/examine.ts'
import { joinSources } from '../audit/join.ts'
import { type Out, openOutFile, openOutStream } from '../audit/out.ts'
import { createProgress } from '../audit/progress.ts'
import { writeReport } from '../audit/report.ts'
import { type SampleRow, createSample } from '../audit/report/sample.ts'
import type { ResultForm } from '../audit/result-lines.ts'
import type { Result } from '../audit/result.ts'
import { type Resumption, openResumption } from '../audit/resume.ts'
import type { Row, Source } from '../audit/row.ts'
import { runAudit } from '../audit/run.ts'
import { openSource } from '../audit/sources/open.ts'
import { drawTable } from '../audit/table.ts'
import { createTally } from '../audit/tally.ts'
import { EverfaceError } from '../errors.ts'
import { readFindings } from './options.ts'
import { type ExitCode, type Terminal, exitCodes, wantsColor } from './terminal.ts'

/** Values of the options that both commands have. */
export interface AuditFlags {
  readonly column?: string
  readonly idColumn?: string
  readonly urlColumn?: string
  readonly table?: string
  readonly format: 'table' | ResultForm
  readonly json?: boolean
  readonly out?: string
  readonly report?: string
  readonly resume?: string
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
  const outFile = outFileOf(flags)
  const source = await openInputs(plan.specs, flags, terminal)
  const startedAt = terminal.now()
  const tally = createTally({ now: startedAt })
  const sample = flags.report === undefined ? null : createSample({ random: terminal.random })
  const seen = new Set<string>()
  const count = (result: Result, row: Row, ordinal: number): void => {
    tally.add(result, { since: row.since, ordinal })
    sample?.add(result, row)
    seen.add(result.verdict)
  }
  const progress = createProgress({
    total: source.total,
    write: (text) => flags.quiet || terminal.stderr.write(text),
    now: terminal.now,
    terminal: terminal.stderr.isTTY === true && flags.quiet !== true,
    color: wantsColor(terminal.stderr, terminal.env),
    columns: () => terminal.stderr.columns ?? 80,
  })
  let notesTold = 0
  const tellNotes = (): void => {
    const { notes } = source
    for (; notesTold < notes.length; notesTold++) progress.note(notes[notesTold] ?? '')
  }
  tellNotes()
  let ordinal = 0
  const resumption = await openEarlier(flags, (result, row) => {
    count(result, row, ++ordinal)
    progress.add(result.verdict)
  })
  const outs = await openOuts(flags, outFile, resumption !== null, terminal)

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
        return addToAll(outs, result)
      },
      signal: stopping.signal,
    })
    whole = end.whole
    if (whole) await resumption?.end()
  } finally {
    clearInterval(ticking)
    tellNotes()
    progress.finish({ stopped: !whole })
    await closeAll(outs, source)
  }
  const counts = tally.counts()
  const durationMs = terminal.now() - startedAt
  if (sample !== null && flags.report !== undefined) {
    const wanted = sample.pictures()
    if (plan.illustrate !== null && !flags.quiet) {
      terminal.stderr.write(`Fetching ${wanted.length} pictures for the report …\n`)
    }
    const pictures = (await plan.illustrate?.(wanted, stopping.signal)) ?? new Map<string, string>()
    const page = writeReport({
      kind: plan.kind,
      name: source.name,
      notes: source.notes,
      at: startedAt,
      durationMs,
      counts,
      rows: sample.rows(),
      pictures,
      completeFile: outFile,
    })
    await writeWhole(flags.report, page)
  }
  clearTimeout(grace)
  offStop()
  plan.drop()
  if (formOf(flags) === 'table') {
    const files = [outFile, flags.report].filter((file) => file !== null && file !== undefined)
    const { columns } = terminal.stdout
    terminal.stdout.write(
      drawTable(counts, {
        kind: plan.kind,
        name: source.name,
        durationMs,
        color: wantsColor(terminal.stdout, terminal.env),
        ...(columns === undefined ? {} : { columns }),
        files,
      }),
    )
  }
  if (!whole) {
    terminal.stderr.write(
      restSentence(ordinal, source.estimated === true ? null : source.total, outFile),
    )
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
  return `Stopped after ${done} rows; ${rest} not looked at. ${next}\n`
}

function formOf({ format, json }: AuditFlags): AuditFlags['format'] {
  return json === true ? 'ndjson' : format
}

async function openInputs(
  specs: readonly string[],
  flags: AuditFlags,
  terminal: Terminal,
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
  let wanted = specs
  if (specs.length === 0) {
    if (terminal.stdin.isTTY === true) {
      throw new EverfaceError('usage', 'No input was named.', {
        hint: 'Name a file, a URL or a database address, for example: everface check users.csv',
      })
    }
    wanted = ['-']
  }
  const sources: Source[] = []
  try {
    for (const spec of wanted) {
      sources.push(
        await openSource(spec, {
          urlColumn: flags.column ?? flags.urlColumn,
          idColumn: flags.idColumn,
          table: flags.table,
          stdin: terminal.stdin,
        }),
      )
    }
  } catch (error) {
    await Promise.all(sources.map((source) => source.close()))
    throw error
  }
  return joinSources(sources, wanted)
}

function outFileOf({ out, resume, report }: AuditFlags): string | null {
  if (out !== undefined && resume !== undefined && out !== resume) {
    throw new EverfaceError('usage', `--out ${out} and --resume ${resume} name two files.`, {
      hint: 'Pass --resume alone: the results go on in that file.',
    })
  }
  const file = resume ?? out ?? null
  if (file !== null) formOfFile(file)
  if (report !== undefined && report === file) {
    throw new EverfaceError('usage', `--report and --out both name ${report}.`)
  }
  return file
}

function formOfFile(file: string): ResultForm {
  const ending = extname(file).toLowerCase()
  if (ending === '.ndjson' || ending === '.jsonl') return 'ndjson'
  if (ending === '.csv') return 'csv'
  throw new EverfaceError('usage', `${file} ends neither in .ndjson nor in .csv.`, {
    hint: 'The ending says how results are written, for example --out results.ndjson.',
  })
}

async function openEarlier(
  { resume }: AuditFlags,
  onResult: (result: Result, row: Row) => void,
): Promise<Resumption | null> {
  // Nothing there yet: the run is the first, so that a script can pass --resume every time.
  if (resume === undefined || !existsSync(resume)) return null
  return await openResumption({ file: resume, form: formOfFile(resume), onResult })
}

async function openOuts(
  flags: AuditFlags,
  outFile: string | null,
  append: boolean,
  terminal: Terminal,
): Promise<readonly Out[]> {
  const form = formOf(flags)
  const outs: Out[] = form === 'table' ? [] : [openOutStream(terminal.stdout, form)]
  if (outFile !== null) outs.push(await openOutFile(outFile, formOfFile(outFile), append))
  return outs
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

async function writeWhole(path: string, text: string): Promise<void> {
  await writeFile(path, text).catch((cause: NodeJS.ErrnoException) => {
    throw new EverfaceError(
      'out-unwritable',
      `${path} cannot be written (${cause.code ?? cause.message}).`,
      { cause },
    )
  })
}
