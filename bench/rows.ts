// What a benchmark yields, and how it is kept: bench/results.json for programs, docs/performance.md for people.
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
  readonly met: boolean
}

/** Everything that was measured last. */
interface BenchResults {
  readonly machine: string
  readonly versions: Readonly<Record<string, string>>
  readonly date: string
  readonly rows: readonly BenchRow[]
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

/** Keeps the rows of one benchmark; rows of others stay as they were. */
export function keepRows(
  bench: string,
  rows: readonly BenchRow[],
  versions: Readonly<Record<string, string>>,
): void {
  const before = readResults()
  const results: BenchResults = {
    machine: describeMachine(),
    versions: { ...before?.versions, node: process.version, ...versions },
    date: new Date().toISOString().slice(0, 10),
    rows: [...(before?.rows ?? []).filter((row) => row.bench !== bench), ...rows],
  }
  writeFileSync(resultsFile, `${JSON.stringify(results, null, 2)}\n`)
  writeFileSync(pageFile, describeResults(results))
}

function readResults(): BenchResults | null {
  try {
    return JSON.parse(readFileSync(resultsFile, 'utf8')) as BenchResults
  } catch {
    // The first run on this machine.
    return null
  }
}

function describeMachine(): string {
  const all = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  return `${all.length} × ${all[0]?.model.trim() ?? 'unknown'}, ${memory} GiB, ${process.platform} ${release()}`
}

function describeResults({ machine, versions, date, rows }: BenchResults): string {
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return `# Performance

Made by \`npm run bench\`; do not edit. Each row is measured beside its peer, in turns, in the same run; medians of at
least five runs. Read the ratios: absolute figures belong to the machine.

- machine: ${machine}
- versions: ${named.join(', ')}
- date: ${date}

| what | ours | peer | unit | ratio | goal | met |
|---|---:|---:|---|---:|---|---|
${rows.map(describeRow).join('\n')}
`
}

function describeRow(row: BenchRow): string {
  const number = (value: number) =>
    value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)
  const peer = row.peer === null ? row.peerName : `${number(row.peer)} (${row.peerName})`
  const ratio = row.ratio === null ? '–' : `${row.ratio.toPrecision(3)} ×`
  return `| ${row.name} | ${number(row.ours)} | ${peer} | ${row.unit} | ${ratio} | ${row.goal} | ${row.met ? 'yes' : '**no**'} |`
}
