// What a benchmark yields, and how it is kept: bench/results.json for programs, docs/performance.md for people. A benchmark
// is kept with the machine, the versions and the day of its own run; running another one changes nothing of it.
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem, release } from 'node:os'

/** One claim about speed, measured beside its peer in the same run. */
export interface BenchRow {
  /** Which benchmark made it: `check`. */
  readonly bench: string
  readonly name: string
  readonly ours: number
  readonly peer: number | null
  readonly peerName: string
  readonly unit: string
  /** Median of the ratios of paired runs; for limits, ours itself. */
  readonly ratio: number | null
  readonly goal: string
  /** Null where the goal says nothing of this machine. */
  readonly met: boolean | null
  /** A sentence on how to read it, where the name does not say enough. */
  readonly note?: string
}

/** One benchmark as it was run last. */
export interface BenchRun {
  readonly bench: string
  readonly date: string
  readonly machine: string
  readonly versions: Readonly<Record<string, string>>
  readonly rows: readonly BenchRow[]
}

/** Everything that was measured last: a run for each benchmark. */
interface BenchResults {
  readonly runs: readonly BenchRun[]
}

const resultsFile = new URL('./results.json', import.meta.url)
const pageFile = new URL('../docs/performance.md', import.meta.url)

/** The median of at least one number. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}

/** Keeps a benchmark's rows of today on this machine; those of others stay as they were. */
export function keepRows(
  bench: string,
  rows: readonly BenchRow[],
  versions: Readonly<Record<string, string>>,
): void {
  const run: BenchRun = {
    bench,
    date: new Date().toISOString().slice(0, 10),
    machine: describeMachine(),
    versions: { node: process.version, ...versions },
    rows,
  }
  const runs = withRun(readRuns(), run)
  const results: BenchResults = { runs }
  writeFileSync(resultsFile, `${JSON.stringify(results, null, 2)}\n`)
  writeFileSync(pageFile, describeRuns(runs))
}

/** The runs with this one in the place of the last of its benchmark. */
export function withRun(runs: readonly BenchRun[], run: BenchRun): readonly BenchRun[] {
  const known = runs.some(({ bench }) => bench === run.bench)
  return known ? runs.map((one) => (one.bench === run.bench ? run : one)) : [...runs, run]
}

/** Whether a goal was met, in a word. */
export function verdictOf({ met }: BenchRow): string {
  if (met === null) return 'not on this machine'
  return met ? 'yes' : 'no'
}

function readRuns(): readonly BenchRun[] {
  let text: string
  try {
    text = readFileSync(resultsFile, 'utf8')
  } catch {
    // The first run on this machine.
    return []
  }
  return (JSON.parse(text) as BenchResults).runs
}

function describeMachine(): string {
  const all = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  return `${all.length} × ${all[0]?.model.trim() ?? 'unknown'}, ${memory} GiB, ${process.platform} ${release()}`
}

/** The page for people. */
export function describeRuns(runs: readonly BenchRun[]): string {
  return `# Performance

Made by \`npm run bench\`; do not edit. Each row is measured beside its peer, in turns, in the same run; medians of at
least five runs. Read the ratios: absolute figures belong to the machine. Each benchmark carries the day, the machine and
the versions of its own last run.
${runs.map(describeRun).join('')}`
}

function describeRun({ bench, date, machine, versions, rows }: BenchRun): string {
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  const notes = rows.flatMap(({ name, note }) => (note === undefined ? [] : [`- ${name}: ${note}`]))
  return `
## ${bench}

- date: ${date}
- machine: ${machine}
- versions: ${named.join(', ')}

| what | ours | peer | unit | ratio | goal | met |
|---|---:|---:|---|---:|---|---|
${rows.map(describeRow).join('\n')}
${notes.length === 0 ? '' : `\n${notes.join('\n')}\n`}`
}

function describeRow(row: BenchRow): string {
  const number = (value: number) =>
    value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)
  const peer = row.peer === null ? row.peerName : `${number(row.peer)} (${row.peerName})`
  const ratio = row.ratio === null ? '–' : `${row.ratio.toPrecision(3)} ×`
  const verdict = row.met === false ? `**${verdictOf(row)}**` : verdictOf(row)
  return `| ${row.name} | ${number(row.ours)} | ${peer} | ${row.unit} | ${ratio} | ${row.goal} | ${verdict} |`
}
