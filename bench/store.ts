// The store's hottest way: claim 500 avatars that are due, record what was seen of them; beside the bare SQL that does
// the same to the same tables through the same client, in turns. At several numbers of rows, for the cost must not grow.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { openPostgresStore } from '../src/store/postgres.ts'
import { openSqliteStore } from '../src/store/sqlite.ts'
import type { Store } from '../src/store/store.ts'
import { startPostgres } from '../test/servers.ts'
import { type BenchRow, median } from './rows.ts'
import { type Bare, barePostgres, bareSqlite, batch, seen } from './store/bare.ts'
import { dueAfter, now, populatePostgres, populateSqlite } from './store/population.ts'

/** Many short turns: what else the machine does falls on both. */
const batchesATurn = 3
const turns = 21
/** Before anything is counted: caches fill, code is compiled, statements are planned. */
const warmTurns = 2
/** Long enough for SQLite's log to be copied into the file several times. */
const batchesAlone = 100
const limits = { pace: 1e9, budget: 1e9 }
const commonSizes = [10_000, 100_000, 1_000_000]

interface Timed {
  readonly ours: readonly number[]
  readonly bare: readonly number[]
}

interface Subject {
  readonly name: string
  readonly store: Store
  readonly bare: Bare
  close(): Promise<void>
}

interface Measured {
  readonly rows: readonly BenchRow[]
  readonly versions: Readonly<Record<string, string>>
}

/** Measures at 10 k, 100 k and 1 M rows, on SQLite and, where it is installed, PostgreSQL. */
export async function benchStore(say: (line: string) => void): Promise<Measured> {
  return await measure('store', commonSizes, say)
}

/** The same with 10 M rows: a quarter of an hour and 25 GB in the temporary folder. */
export async function benchStoreFull(say: (line: string) => void): Promise<Measured> {
  return await measure('store-full', [...commonSizes, 10_000_000], say)
}

async function measure(
  bench: string,
  sizes: readonly number[],
  say: (line: string) => void,
): Promise<Measured> {
  // As its manual advises: a quarter of the memory.
  const buffers = Math.round(totalmem() / 4 / 2 ** 20)
  const server = await startPostgres([`shared_buffers=${buffers}MB`, 'max_wal_size=8GB'])
  const versions: Record<string, string> = {}
  const results: BenchRow[] = []
  try {
    for (const engine of server === null ? [openSqlite] : [openSqlite, openPostgres]) {
      const costs = new Map<number, number>()
      const bareCosts = new Map<number, number>()
      let name = ''
      for (const size of sizes) {
        const start = performance.now()
        const subject = await engine(size, server?.url ?? '')
        ;({ name } = subject)
        const seconds = ((performance.now() - start) / 1_000).toFixed(1)
        say(`  ${name}, ${size.toLocaleString('en')} rows: made in ${seconds} s`)
        try {
          const timed = await compare(subject)
          const shown = [timed.ours, timed.bare].map((rates) => Math.round(median(rates)))
          say(`    everface, bare: ${shown.join(', ')} rows/s`)
          results.push(rowOf(bench, subject.name, size, timed))
          const alone = await costAlone(() => oneRound(subject.store))
          const bareAlone = await costAlone(() => subject.bare.round())
          say(`    everface alone: ${alone.text}`)
          say(`    bare alone: ${bareAlone.text}`)
          costs.set(size, alone.us)
          bareCosts.set(size, bareAlone.us)
        } finally {
          await subject.close()
        }
      }
      results.push(flatness(bench, name, costs, bareCosts))
      const [product = '', version = ''] = name.split(' ')
      versions[product] = version
    }
  } finally {
    await server?.stop()
  }
  return { rows: results, versions }
}

async function compare({ store, bare }: Subject): Promise<Timed> {
  const ours: number[] = []
  const peer: number[] = []
  const mine = async () => ours.push(await rate(() => oneRound(store)))
  const theirs = async () => peer.push(await rate(() => bare.round()))
  for (let turn = 0; turn < warmTurns + turns; turn++) {
    // Who comes second finds warmer caches: by turns.
    for (const one of turn % 2 === 0 ? [mine, theirs] : [theirs, mine]) await one()
  }
  return { ours: ours.slice(warmTurns), bare: peer.slice(warmTurns) }
}

interface Cost {
  readonly us: number
  readonly text: string
}

/**
 * Microseconds an avatar, everything counted that comes by now and then. Nobody else writes meanwhile: another connection
 * that does empties SQLite's cache, which is no matter of size.
 */
async function costAlone(round: () => Promise<void>): Promise<Cost> {
  for (let at = 0; at < batchesATurn; at++) await round()
  const before = { start: performance.now(), cpu: process.cpuUsage(), io: readIo() }
  for (let at = 0; at < batchesAlone; at++) await round()
  const avatars = batch * batchesAlone
  const us = ((performance.now() - before.start) * 1_000) / avatars
  const { user, system } = process.cpuUsage(before.cpu)
  const io = readIo().map((bytes, at) =>
    ((bytes - (before.io[at] ?? 0)) / avatars / 1024).toFixed(1),
  )
  const cpu = [user, system].map((time) => (time / avatars).toFixed(1))
  const text = `${us.toFixed(1)} µs an avatar; this process: ${cpu.join(' + ')} µs user and system, ${io.join(', ')} KiB asked for, written, read from disk`
  return { us, text }
}

/** Bytes that this process asked for, wrote, and had to wait for; nothing where /proc does not tell. */
function readIo(): number[] {
  try {
    const text = readFileSync('/proc/self/io', 'utf8')
    return ['rchar', 'wchar', 'read_bytes'].map((name) =>
      Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(text)?.[1] ?? 0),
    )
  } catch {
    return []
  }
}

async function rate(round: () => Promise<void>): Promise<number> {
  const start = performance.now()
  for (let at = 0; at < batchesATurn; at++) await round()
  return (batch * batchesATurn * 1_000) / (performance.now() - start)
}

async function oneRound(store: Store): Promise<void> {
  const claim = { provider: 'wechat', limits, now, max: batch, leaseMs: 30_000, owner: 'bench' }
  const { clock, due } = await store.claim(claim)
  const results = due.map(({ avatar }) => ({
    avatar,
    change: {
      patch: {
        standing: 'alive' as const,
        belief: { ...avatar.belief, beta: avatar.belief.beta + 1, confirmedAt: now },
        nextCheckAt: dueAfter(avatar.id, clock.v, clock.live),
      },
      seen: [seen],
    },
  }))
  const { applied } = await store.record(results, 'bench', now)
  if (applied.length !== batch || !applied.every(Boolean)) throw new Error('a look was lost')
}

async function fund(store: Store, live: number): Promise<void> {
  await store.turnClock('wechat', (clock) => ({
    ...clock,
    live,
    refilledAt: now,
    pace: limits.pace,
    paceTokens: 1e12,
    sweepTokens: 1e12,
    eventTokens: 0,
  }))
}

async function openSqlite(size: number): Promise<Subject> {
  const folder = mkdtempSync(join(tmpdir(), 'everface-bench-'))
  const file = join(folder, 'everface.db')
  const options = { file, hooks: [], now: () => now }
  const empty = await openSqliteStore(options)
  await empty.migrate()
  await empty.close()
  populateSqlite(file, size)
  const store = await openSqliteStore(options)
  const database = new DatabaseSync(file)
  database.exec('PRAGMA cache_size = -65536; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON')
  database.exec('PRAGMA wal_autocheckpoint = 16000; PRAGMA foreign_keys = ON')
  await fund(store, size)
  const version = database.prepare('SELECT sqlite_version() AS version').get()?.version
  const bare = bareSqlite(database, size)
  return {
    name: `sqlite ${String(version)}`,
    store,
    bare,
    async close() {
      await bare.close()
      await store.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function openPostgres(size: number, serverUrl: string): Promise<Subject> {
  const database = `everface_${size}`
  const admin = new pg.Client({ connectionString: serverUrl })
  await admin.connect()
  await admin.query(`CREATE DATABASE ${database}`)
  const url = serverUrl.replace(/\/postgres$/, `/${database}`)
  const store = await openPostgresStore({ url, hooks: [], now: () => now })
  await store.migrate()
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await populatePostgres(client, size)
  await fund(store, size)
  const { rows } = await admin.query<{ server_version: string }>('SHOW server_version')
  const bare = barePostgres(client, size)
  return {
    name: `postgresql ${rows[0]?.server_version.split(' ')[0] ?? ''}`,
    store,
    bare,
    async close() {
      await bare.close()
      await store.close()
      await admin.query(`DROP DATABASE ${database} WITH (FORCE)`)
      await admin.end()
    },
  }
}

function rowOf(bench: string, name: string, size: number, { ours, bare }: Timed): BenchRow {
  const ratio = median(ours.map((mine, at) => mine / (bare[at] ?? Number.NaN)))
  const [product = ''] = name.split(' ')
  return {
    bench,
    name: `claim and record, ${size.toLocaleString('en')} avatars, ${product}`,
    ours: median(ours),
    peer: median(bare),
    peerName: product === 'postgresql' ? 'the bare SQL; fsync is off for both' : 'the bare SQL',
    unit: 'avatars/s',
    ratio,
    goal: '≥ 0.8 ×',
    met: ratio >= 0.8,
  }
}

function flatness(
  bench: string,
  name: string,
  costs: ReadonlyMap<number, number>,
  bareCosts: ReadonlyMap<number, number>,
): BenchRow {
  const sizes = [...costs.keys()].sort((a, b) => a - b)
  const least = sizes[0] ?? 0
  const most = sizes.at(-1) ?? 0
  const cost = (size: number): number => costs.get(size) ?? Number.NaN
  const ratio = cost(most) / cost(least)
  const bareRatio = (bareCosts.get(most) ?? Number.NaN) / (bareCosts.get(least) ?? Number.NaN)
  const [product = ''] = name.split(' ')
  return {
    bench,
    name: `cost of an avatar at ${most.toLocaleString('en')} beside ${least.toLocaleString('en')}, ${product}`,
    ours: cost(most),
    peer: cost(least),
    peerName: `at ${least.toLocaleString('en')}`,
    unit: 'µs',
    ratio,
    goal: '≤ 1.5 ×',
    met: ratio <= 1.5,
    note: `the bare SQL grows ${bareRatio.toFixed(2)} ×: decisions/005-sweep-in-the-order-of-rows.md.`,
  }
}
