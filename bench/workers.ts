// Two workers beside one: `everface serve --role worker` on one PostgreSQL, whole, as an operator adds a machine. Once with
// a host that takes its time, where a worker's limit is how many answers it waits for; once with one that answers at once,
// where the limit is the cores. Counted are looks that were recorded.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { createCertificates } from '../simulator/certificates.ts'
import { openPostgresStore } from '../src/store/postgres.ts'
import { startPostgres } from '../test/servers.ts'
import { originHost } from './origin.ts'
import { type BenchRow, median } from './rows.ts'
import { populatePostgres } from './store/population.ts'

const avatars = 100_000
const turns = 5
const windowMs = 4_000
/** From a worker's first lease on: connections open, caches fill. */
const settleMs = 1_000
const startWithinMs = 20_000
const slowMs = 200
/** For two workers, PostgreSQL and the host. */
const coresNeeded = 4
/** Looks a second that are allowed: more than can be done. */
const pace = 100_000
const everface = fileURLToPath(new URL('../bin/everface.mjs', import.meta.url))
const originScript = fileURLToPath(new URL('./workers/origin.ts', import.meta.url))

/** Recorded looks a second, turn by turn. */
interface Speeds {
  readonly one: number[]
  readonly two: number[]
}

/** Measures the rows of the workers: about three minutes. */
export async function benchWorkers(say: (line: string) => void): Promise<{
  rows: readonly BenchRow[]
  versions: Readonly<Record<string, string>>
}> {
  const server = await startPostgres()
  if (server === null) throw new Error('PostgreSQL is not installed: apt-get install postgresql')
  const folder = mkdtempSync(join(tmpdir(), 'everface-bench-'))
  const client = new pg.Client({ connectionString: server.url })
  try {
    await client.connect()
    await fill(server.url, client)
    const slow = await compare(slowMs, { folder, url: server.url, client, say })
    const quick = await compare(0, { folder, url: server.url, client, say })
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version')
    return {
      rows: [rowOf('slow', slow), rowOf('quick', quick)],
      versions: { postgresql: rows[0]?.server_version.split(' ')[0] ?? '' },
    }
  } finally {
    await client.end()
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A population that is due, and a clock of its own. */
async function fill(url: string, client: pg.Client): Promise<void> {
  const store = await openPostgresStore({ url, hooks: [], limits: { pace, budget: 1_000 } })
  try {
    await store.migrate()
    await populatePostgres(client, avatars)
    await store.turnClock('wechat', (clock) => clock)
  } finally {
    await store.close()
  }
}

/**
 * Everybody and everything as before the first turn: who has no grant and opens the app is not swept again after a look, and
 * workers count the people every two minutes, after which the clock allows what so few may cost in a month.
 */
async function renew(client: pg.Client): Promise<void> {
  await client.query('UPDATE schedule SET swept = TRUE WHERE NOT swept')
  await client.query(
    'UPDATE clock SET live = 1e12, pace = $1, pace_tokens = $1, sweep_tokens = 1e12',
    [pace],
  )
}

interface Bench {
  readonly folder: string
  readonly url: string
  readonly client: pg.Client
  readonly say: (line: string) => void
}

async function compare(delayMs: number, bench: Bench): Promise<Speeds> {
  const speeds: Speeds = { one: [], two: [] }
  const origin = await startOrigin(bench.folder, delayMs)
  const workers: Worker[] = []
  try {
    for (let turn = 0; turn < turns; turn++) {
      await renew(bench.client)
      workers.push(await startWorker(`${turn % 2}`, origin.port, bench))
      speeds.one.push(await measure(bench.client))
      workers.push(await startWorker(`${(turn + 1) % 2}`, origin.port, bench))
      speeds.two.push(await measure(bench.client))
      await Promise.all(workers.splice(0).map((worker) => worker.stop()))
      const shown = [speeds.one, speeds.two].map((rates) => Math.round(rates.at(-1) ?? 0))
      bench.say(`  answers after ${delayMs} ms: one, two workers: ${shown.join(', ')} looks/s`)
    }
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()))
    await origin.stop()
  }
  return speeds
}

async function measure(client: pg.Client): Promise<number> {
  await sleep(settleMs)
  const before = await countLooks(client)
  const start = performance.now()
  await sleep(windowMs)
  const after = await countLooks(client)
  return ((after - before) * 1_000) / (performance.now() - start)
}

/** Every look that is recorded takes a number. */
async function countLooks(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ count: string }>(
    'SELECT last_value AS count FROM observation_id',
  )
  return Number(rows[0]?.count)
}

interface Worker {
  stop(): Promise<void>
}

/** Starts a worker; resolves when it has taken its first leases. */
async function startWorker(
  name: string,
  port: number,
  { folder, url, client }: Bench,
): Promise<Worker> {
  const child = spawn(process.execPath, [everface, 'serve', '--role', 'worker'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      DATABASE_URL: url,
      EVERFACE_DATA: join(folder, `data-${name}`),
      EVERFACE_SECRET: 'a secret of no worth, for a benchmark',
      EVERFACE_RATE: `${pace}/s`,
      EVERFACE_BUDGET: '1000',
      EVERFACE_CONNECT_TO: `${originHost}:443:127.0.0.1:${port}`,
      EVERFACE_CA: join(folder, 'ca.pem'),
      EVERFACE_ALLOW_PRIVATE: 'yes',
    },
  })
  let complaint = ''
  child.stderr.on('data', (piece: Buffer) => (complaint += piece.toString()))
  const worker = { stop: () => stopChild(child) }
  const until = performance.now() + startWithinMs
  while (performance.now() < until && child.exitCode === null) {
    const { rowCount } = await client.query('SELECT 1 FROM lease WHERE owner LIKE $1 LIMIT 1', [
      `%:${child.pid}:%`,
    ])
    if (rowCount === 1) return worker
    await sleep(50)
  }
  await worker.stop()
  throw new Error(`A worker took no avatars. ${complaint}`)
}

async function startOrigin(
  folder: string,
  delayMs: number,
): Promise<{ port: number; stop(): Promise<void> }> {
  const own = join(folder, `origin-${delayMs}`)
  mkdirSync(own)
  const { ca, right } = await createCertificates([originHost], ['127.0.0.1'])
  writeFileSync(join(folder, 'ca.pem'), ca)
  writeFileSync(join(own, 'cert.pem'), right.cert)
  writeFileSync(join(own, 'key.pem'), right.key)
  const child = spawn(process.execPath, [originScript, own, `${delayMs}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return { port: Number(line.toString()), stop: () => stopChild(child) }
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

function rowOf(host: 'slow' | 'quick', { one, two }: Speeds): BenchRow {
  const ratio = median(two.map((rate, at) => rate / (one[at] ?? Number.NaN)))
  const cores = availableParallelism()
  const whatCounts =
    host === 'slow'
      ? `the host answers after ${slowMs} ms, so a worker is limited by the answers that it waits for at once (a quarter of \`EVERFACE_CONCURRENCY\` at one provider), not by a core`
      : `the host answers at once, so the cores are the limit; this machine has ${cores}, for the workers, PostgreSQL and the host together`
  const name =
    host === 'slow'
      ? `two workers beside one, host that takes ${slowMs} ms`
      : 'two workers beside one, host that answers at once'
  return {
    bench: 'workers',
    name,
    ours: median(two),
    peer: median(one),
    peerName: 'one worker',
    unit: 'looks/s',
    ratio,
    goal: host === 'slow' ? '≥ 1.8 ×' : `≥ 1.8 × with ${coresNeeded} cores or more`,
    met: host === 'quick' && cores < coresNeeded ? null : ratio >= 1.8,
    note: `${whatCounts}.`,
  }
}
