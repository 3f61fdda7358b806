// The files that an audit writes: which they are, that none of them is an input or another output, and how they are
// opened. All mistakes are found before anything is overwritten.
import { closeSync, existsSync, openSync, statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import type { Writable } from 'node:stream'
import { type Out, openOutFile, openOutStream } from '../audit/out.ts'
import type { ResultForm } from '../audit/result-lines.ts'
import { EverfaceError } from '../errors.ts'

/** Options that name files. */
export interface FileFlags {
  readonly format: 'table' | ResultForm
  readonly json?: boolean
  readonly out?: string
  readonly report?: string
  readonly resume?: string
}

/** The files of one audit. */
export interface AuditFiles {
  /** Every result goes there; null when none was asked for. */
  readonly out: string | null
  readonly outForm: ResultForm
  readonly report: string | null
  /** Results of an interrupted run stand in `out` already. */
  readonly resuming: boolean
  /** What a person should know of these files beforehand. */
  readonly notes: readonly string[]
  /** What goes to stdout. */
  readonly stdout: 'table' | ResultForm
}

/** Reads which files are wanted. Throws `usage` for endings, names and pairs that cannot be. */
export function planFiles(flags: FileFlags, specs: readonly string[]): AuditFiles {
  const { out, resume, report } = flags
  if (out !== undefined && resume !== undefined && out !== resume) {
    throw new EverfaceError('usage', `--out ${out} and --resume ${resume} name two files.`, {
      hint: 'Pass --resume alone: the results go on in that file.',
    })
  }
  const file = resume ?? out ?? null
  const outForm = file === null ? 'ndjson' : formOfFile(file)
  const inputs = specs.map((spec) => (spec === '-' ? '/dev/stdin' : spec.replace(/^sqlite:/, '')))
  for (const [name, path] of [
    [resume === undefined ? '--out' : '--resume', file],
    ['--report', report ?? null],
  ] as const) {
    const input = path === null ? undefined : inputs.find((one) => isSameFile(one, path))
    if (input !== undefined) {
      throw new EverfaceError('usage', `${name} ${path} is the input ${input}.`, {
        hint: 'It would be overwritten: name another file.',
      })
    }
  }
  if (report !== undefined && file !== null && isSameFile(report, file)) {
    throw new EverfaceError('usage', `--report and --out both name ${report}.`)
  }
  if (report !== undefined) tryWriting(report)
  // Nothing there yet: the run is the first, so that a script can pass --resume every time.
  const resuming = resume !== undefined && existsSync(resume)
  const notes: string[] = []
  if (resume !== undefined && !resuming)
    notes.push(`${resume} is not there yet: a new audit begins`)
  if (resume === undefined && file !== null && hasContent(file)) {
    notes.push(`${file} is replaced (--resume ${file} would go on with it)`)
  }
  return {
    out: file,
    outForm,
    notes,
    report: report ?? null,
    resuming,
    stdout: flags.json === true ? 'ndjson' : flags.format,
  }
}

/** Hours of work must not end at a path that was wrong from the start. */
function tryWriting(path: string): void {
  try {
    closeSync(openSync(path, 'a'))
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException
    throw new EverfaceError('out-unwritable', `${path} cannot be written (${code}).`, { cause })
  }
}

function hasContent(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false })
  return found !== undefined && found.isFile() && found.size > 0
}

/** By what the paths lead to, where both exist: links and other spellings count as the same. */
function isSameFile(one: string, other: string): boolean {
  if (resolve(one) === resolve(other)) return true
  const [a, b] = [one, other].map((path) => {
    try {
      return statSync(path, { throwIfNoEntry: false, bigint: true })
    } catch {
      // What cannot even be looked at (a socket as stdin) is no file of ours.
      return undefined
    }
  })
  return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev && a.isFile()
}

function formOfFile(file: string): ResultForm {
  const ending = extname(file).toLowerCase()
  if (ending === '.ndjson' || ending === '.jsonl') return 'ndjson'
  if (ending === '.csv') return 'csv'
  throw new EverfaceError('usage', `${file} ends neither in .ndjson nor in .csv.`, {
    hint: 'The ending says how results are written, for example --out results.ndjson.',
  })
}

/** Opens everything that takes results. */
export async function openOuts(files: AuditFiles, stdout: Writable): Promise<readonly Out[]> {
  const outs: Out[] = files.stdout === 'table' ? [] : [openOutStream(stdout, files.stdout)]
  if (files.out !== null) outs.push(await openOutFile(files.out, files.outForm, files.resuming))
  return outs
}

/** Writes a file in one go. */
export async function writeWhole(path: string, text: string): Promise<void> {
  await writeFile(path, text).catch((cause: NodeJS.ErrnoException) => {
    throw new EverfaceError(
      'out-unwritable',
      `${path} cannot be written (${cause.code ?? cause.message}).`,
      { cause },
    )
  })
}
