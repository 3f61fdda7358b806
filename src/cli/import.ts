// `everface import`: registers an app's users from a file or a database column, straight into the store.
import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { duration, padEnd, padStart } from '../audit/terminal-text.ts'
import { harmless, spaced } from '../look/text.ts'
import { admit } from '../jobs/register.ts'
import type { Registered, Registration } from '../jobs/keeper.ts'
import { withoutPassword } from '../service/config.ts'
import type { Settings } from '../service/settings.ts'
import { inputsOf, openInputs } from './audit.ts'
import { createCounter } from './counter.ts'
import {
  type ImportCounts,
  type ImportEnd,
  type ImportMark,
  importRows,
  readMark,
} from './import-rows.ts'
import type { AddCommand } from './program.ts'
import { type Rejects, openRejects } from './rejects.ts'
import {
  type SettingFlags,
  addSettingOptions,
  readSettings,
  settingFlagsOf,
} from './service-settings.ts'
import { type ExitCode, type Terminal, exitCodes } from './terminal.ts'

interface ImportFlags extends SettingFlags {
  readonly column?: string
  readonly urlColumn?: string
  readonly idColumn?: string
  readonly observedColumn?: string
  readonly table?: string
  readonly rejects?: string
  readonly failOnRejects?: boolean
  readonly again?: boolean
  readonly dryRun?: boolean
  readonly json?: boolean
  readonly quiet?: boolean
}

/** Where registrations go, and where it is remembered how far they came. */
interface Target {
  readonly name: string
  readonly register: (entries: readonly Registration[]) => Promise<readonly Registered[]>
  readonly mark: () => Promise<ImportMark | null>
  readonly setMark: (mark: ImportMark | null) => Promise<void>
  readonly close: () => Promise<void>
}

export const addImport: AddCommand = (program, terminal, end) => {
  addSettingOptions(
    program
      .command('import')
      .description('register an app’s users from a file or a database column')
      .argument(
        '[source...]',
        'a file (.csv .tsv .ndjson .txt), - for stdin, or a database address',
      )
      .option(
        '--column <name>',
        'the column that holds the URL (guessed from the header, and said)',
      )
      .option('--url-column <name>', 'the same as --column, for databases')
      .option('--id-column <name>', 'the column that holds the app’s id of the person (guessed)')
      .option(
        '--observed-column <name>',
        'the column that says when the app got the URL; without it no URL counts as younger than the file',
      )
      .option('--table <name>', 'for a database: the table or view')
      .option('--rejects <file>', 'write rows that were not registered, as .ndjson')
      .option('--fail-on-rejects', 'exit 1 when a row was rejected')
      .option('--again', 'start anew instead of going on behind the last run')
      .option('--dry-run', 'say what would become of the rows; nothing is stored')
      .option('--json', 'print the summary as JSON')
      .option('--quiet', 'no progress and no notes on stderr'),
    ['data', 'blobs', 'hosts'],
  )
    .addHelpText(
      'after',
      `
Examples:
  everface import users.csv --id-column openid --column headimgurl
  everface import postgres://app@db/app --table users --id-column id --url-column avatar
  everface import users.csv --dry-run --rejects rejects.ndjson

The running service sees the new avatars at once and looks at them at its pace. After Ctrl-C or a crash the same command
goes on where it was; run again later, it registers the rows that were added. Nothing is registered twice.

A URL replaces the one that is known unless that is newer: than the row's time in --observed-column, else than the file.`,
    )
    .action(async (specs: string[], flags: ImportFlags) => {
      end(await runImport(inputsOf(specs, terminal), flags, terminal))
    })
}

async function runImport(
  specs: readonly string[],
  flags: ImportFlags,
  terminal: Terminal,
): Promise<ExitCode> {
  const say = (text: string) => flags.quiet === true || terminal.stderr.write(`${harmless(text)}\n`)
  const startedAt = terminal.now()
  const target = await openTarget(specs, flags, terminal)
  const stopping = new AbortController()
  const offStop = terminal.onStop(() => {
    if (!stopping.signal.aborted) say('Stopping: the rows on their way are still registered …')
    stopping.abort()
  })
  try {
    const before = flags.again === true ? null : await target.mark()
    let outcome = await importOnce(before)
    if (outcome.changed) {
      say('The input has changed since the last run: it is read from its start again.')
      await target.setMark(null)
      outcome = await importOnce(null)
    }
    const { counts, whole, skipped } = outcome
    const durationMs = terminal.now() - startedAt
    if (flags.json === true) {
      const { dryRun = false } = flags
      const line = { target: target.name, dryRun, whole, skipped, ...counts, durationMs }
      terminal.stdout.write(`${JSON.stringify(line)}\n`)
    } else {
      terminal.stdout.write(drawSummary(outcome, durationMs, flags.dryRun === true))
    }
    if (!whole) {
      say(`Stopped after ${spaced(counts.rows)} rows. The same command goes on there.`)
      return exitCodes.unfinished
    }
    const rejected = Object.keys(counts.rejects).length > 0
    return rejected && flags.failOnRejects === true ? exitCodes.badNews : exitCodes.done
  } finally {
    offStop()
    await target.close()
  }

  async function importOnce(mark: ImportMark | null): Promise<ImportEnd> {
    const source = await openInputs(specs, flags, terminal)
    for (const note of source.notes) say(note)
    if (mark !== null) say(`${spaced(mark.rows)} rows were done before; going on behind them.`)
    let rejects: Rejects | null = null
    const counter = createCounter({ source, flags, terminal, what: 'rows' })
    try {
      rejects = flags.rejects === undefined ? null : await openRejects(flags.rejects, mark)
      return await importRows({
        source,
        register: target.register,
        dated: flags.observedColumn !== undefined,
        mark,
        async onMark(done, lines) {
          const rejectBytes = (await rejects?.add(lines)) ?? 0
          await target.setMark({ ...done, rejectBytes })
        },
        onRows: counter.add,
        signal: stopping.signal,
      })
    } finally {
      counter.finish()
      await rejects?.close()
      await source.close()
    }
  }
}

async function openTarget(
  specs: readonly string[],
  flags: ImportFlags,
  terminal: Terminal,
): Promise<Target> {
  const dry = flags.dryRun === true
  const config = await readSettings(terminal, settingFlagsOf({ ...flags }), { secret: 'none' })
  if (dry) return dryTarget(config.settings, terminal)
  const { createQuietLog } = await import('./service-log.ts')
  const { openService } = await import('./service-parts.ts')
  const service = await openService({
    ...config,
    log: createQuietLog(terminal),
    now: terminal.now,
    random: terminal.random,
  })
  const name = noteName(specs, flags)
  return {
    name: service.store.name,
    register: (entries) => service.keeper.register(entries),
    // Standard input is another one every time.
    mark: async () => (name === null ? null : readMark(await service.store.note(name))),
    async setMark(mark) {
      if (name !== null) await service.store.setNote(name, mark && JSON.stringify(mark))
    },
    close: () => service.close(),
  }
}

/** Judges as the keeper does, and stores nothing. */
function dryTarget({ hosts }: Settings, { now }: Terminal): Target {
  return {
    name: 'nowhere',
    async register(entries) {
      return entries.map((entry) => {
        const admitted = admit(entry, hosts, now())
        if (admitted.kind === 'denied') return admitted
        return {
          kind: 'registered',
          avatar: { provider: admitted.provider },
          created: true,
        } as Registered
      })
    },
    mark: async () => null,
    setMark: async () => {},
    close: async () => {},
  }
}

/** One name for one input read in one way; null when it cannot be read twice. */
function noteName(specs: readonly string[], flags: ImportFlags): string | null {
  if (specs.includes('-')) return null
  const inputs = specs.map((spec) =>
    /^[a-z][a-z0-9+]+:/i.test(spec) ? withoutPassword(spec) : resolve(spec),
  )
  const { column, urlColumn, idColumn, table, observedColumn } = flags
  const text = JSON.stringify([inputs, column ?? urlColumn, idColumn, table, observedColumn])
  return `import:${createHash('sha256').update(text).digest('hex').slice(0, 32)}`
}

function drawSummary({ counts, skipped }: ImportEnd, durationMs: number, dry: boolean): string {
  const rows = Object.entries(counts.providers).sort(([, a], [, b]) => total(b) - total(a))
  const registered = rows.reduce((sum, [, one]) => sum + total(one), 0)
  const rejected = Object.values(counts.rejects).reduce((sum, count) => sum + count, 0)
  const names = Math.max(8, ...rows.map(([name]) => name.length))
  const verb = dry ? 'could be registered' : 'are registered'
  const again = skipped > 0 ? ` (${spaced(skipped)} of them by an earlier run)` : ''
  const lines = [
    `${spaced(registered)} of ${spaced(counts.rows)} rows ${verb}${again}, in ${duration(durationMs)}.`,
    '',
    ...(rows.length > 0 && !dry
      ? [`  ${padEnd('', names)}  ${padStart('new', 9)}  ${padStart('known', 9)}`]
      : []),
    ...rows.map(([name, { created, known }]) => {
      const figures = dry ? [created] : [created, known]
      return `  ${padEnd(name, names)}  ${figures.map((one) => padStart(spaced(one), 9)).join('  ')}`
    }),
  ]
  if (counts.empty > 0) lines.push('', `${spaced(counts.empty)} rows have no picture.`)
  if (counts.late > 0) {
    lines.push(
      '',
      `${spaced(counts.late)} rows are older than what is known; they changed nothing.`,
    )
  }
  if (rejected > 0) {
    lines.push('', `${spaced(rejected)} rows were rejected:`)
    for (const [code, count] of Object.entries(counts.rejects)) {
      lines.push(`  ${padStart(spaced(count), 9)}  ${code}`)
    }
  }
  return `${lines.join('\n')}\n`
}

function total({ created, known }: ImportCounts['providers'][string]): number {
  return created + known
}
