// `npm run bench` runs every benchmark; `npm run bench -- check` one. Figures are kept by rows.ts.
import { benchCheck } from './check.ts'
import { benchDashboard } from './dashboard.ts'
import { benchImages } from './images.ts'
import { type BenchRow, keepRows } from './rows.ts'
import { benchSchedule } from './schedule.ts'
import { benchServe } from './serve.ts'
import { benchStore, benchStoreFull } from './store.ts'
import { benchWorkers } from './workers.ts'

const benches = {
  check: benchCheck,
  serve: benchServe,
  store: benchStore,
  images: benchImages,
  schedule: benchSchedule,
  workers: benchWorkers,
  dashboard: benchDashboard,
  // Ten million rows take a quarter of an hour and some gigabytes: only when asked for.
  'store-full': benchStoreFull,
}
type BenchName = keyof typeof benches

const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

const wanted = process.argv.slice(2)
const unknown = wanted.find((name) => !Object.hasOwn(benches, name))
if (unknown !== undefined) {
  say(`There is no benchmark "${unknown}". Benchmarks: ${Object.keys(benches).join(', ')}.`)
  process.exit(2)
}
const names = (
  wanted.length > 0 ? wanted : Object.keys(benches).filter((name) => name !== 'store-full')
) as BenchName[]
for (const name of names) {
  say(`${name}:`)
  try {
    const { rows, versions } = await benches[name](say)
    keepRows(name, rows, versions)
    for (const row of rows) tell(row)
  } catch (error) {
    // The others are worth their figures; what was kept of this one stays.
    say(`✗ ${name} was not measured: ${error instanceof Error ? error.message : String(error)}`)
    process.exitCode = 1
  }
}
say('Written: bench/results.json, docs/performance.md')

function tell({ name, ours, peer, unit, ratio, goal, met }: BenchRow): void {
  const beside = peer === null ? '' : ` beside ${Math.round(peer)}`
  const times = ratio === null ? '' : `, ${ratio.toFixed(2)} ×`
  const sign = met === null ? '–' : met ? '✓' : '✗'
  say(`${sign} ${name}: ${Math.round(ours)}${beside} ${unit}${times} (goal ${goal})`)
}
