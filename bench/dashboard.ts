// Every page of the dashboard with a million avatars behind it: `everface serve --role api`, whole, over HTTP, with a
// session's cookie. Cold is the first page that a fresh process is asked for, each page in a process of its own; warm is
// the median of many, and the slowest of them. Rows tell the worst page.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { openPostgresStore } from '../src/store/postgres.ts'
import { openSqliteStore } from '../src/store/sqlite.ts'
import { startPostgres } from '../test/servers.ts'
import { fillingOf, postgresWriter, sqliteWriter } from './dashboard/population.ts'
import { type BenchRow, median } from './rows.ts'
import { freePort } from './serve/servers.ts'

const people = 1_000_000
const warmTurns = 11
const coldGoalMs = 500
const warmGoalMs = 100
const longestGoalMs = 500
const everface = fileURLToPath(new URL('../bin/everface.mjs', import.meta.url))

/** Every page, and of the faces every way to look at them. */
const pages = [
  '/',
  '/faces',
  '/faces?after=user-77',
  '/faces?standing=gone',
  '/faces?standing=gone&after=user-77',
  '/faces?provider=wechat',
  '/faces?provider=upload&after=user-77',
  '/faces?standing=dying&provider=qq',
  '/faces?q=user-123',
  '/faces?q=nobody',
  '/faces?q=user-5&standing=placeholder&provider=generic',
  '/faces/user-500000',
  '/placeholders',
  '/policy',
  '/providers',
  '/system',
]

type Env = Readonly<Record<string, string>>

/** A store that is filled. */
interface Filled {
  /** `sqlite`, `postgresql`. */
  readonly name: string
  readonly version: string
  readonly env: Env
  close(): Promise<void>
}

/** Milliseconds to the end of the answer, by page. */
interface Measured {
  readonly cold: ReadonlyMap<string, number>
  readonly warm: ReadonlyMap<string, number>
  /** The slowest of the warm ones: it waits until figures are counted anew. */
  readonly longest: ReadonlyMap<string, number>
}

/** Measures on SQLite and, where it is installed, PostgreSQL. */
export async function benchDashboard(say: (line: string) => void): Promise<{
  rows: readonly BenchRow[]
  versions: Readonly<Record<string, string>>
}> {
  const rows: BenchRow[] = []
  const versions: Record<string, string> = {}
  for (const fill of [fillSqlite, fillPostgres]) {
    say(`  making ${people.toLocaleString('en')} people …`)
    const filled = await fill()
    if (filled === null) continue
    try {
      versions[filled.name] = filled.version
      const { cold, warm, longest } = await measure(filled, say)
      rows.push(rowOf(filled.name, 'the first page of a fresh process', cold, coldGoalMs, say))
      rows.push(rowOf(filled.name, 'a page', warm, warmGoalMs, say))
      rows.push(rowOf(filled.name, 'the slowest answer', longest, longestGoalMs, say))
    } finally {
      await filled.close()
    }
  }
  return { rows, versions }
}

async function measure({ name, env }: Filled, say: (line: string) => void): Promise<Measured> {
  const key = makeKey(env)
  const cold = new Map<string, number>()
  const warm = new Map<string, number>()
  const longest = new Map<string, number>()
  const cookie = await signedIn(env, key)
  for (const page of pages) {
    await using service = await start(env)
    cold.set(page, await timed(service.url + page, cookie))
  }
  await using service = await start(env)
  for (const page of pages) await timed(service.url + page, cookie)
  const times = new Map<string, number[]>(pages.map((page) => [page, []]))
  for (let turn = 0; turn < warmTurns; turn++) {
    // Figures that are kept for a while run out between the turns.
    await sleep(2_500)
    // Each turn begins with another page: that one pays for them.
    const first = (turn * 5) % pages.length
    for (const page of [...pages.slice(first), ...pages.slice(0, first)]) {
      times.get(page)?.push(await timed(service.url + page, cookie))
    }
  }
  for (const [page, all] of times) warm.set(page, median(all))
  for (const page of pages) {
    longest.set(page, Math.max(...(times.get(page) ?? [])))
    const shown = [cold.get(page), warm.get(page), longest.get(page)].map((ms) =>
      Math.round(ms ?? 0),
    )
    say(`  ${name}, ${page}: cold, warm, longest warm: ${shown.join(', ')} ms`)
  }
  return { cold, warm, longest }
}

async function timed(url: string, cookie: string): Promise<number> {
  const start = performance.now()
  const answer = await fetch(url, { headers: { cookie } })
  const text = await answer.text()
  const ms = performance.now() - start
  if (answer.status !== 200 || !text.includes('action="/sign-out"')) {
    throw new Error(`${url} is no page: ${answer.status}`)
  }
  return ms
}

/** The cookie of a session. It outlives the process, which is not to be warm from signing in. */
async function signedIn(env: Env, key: string): Promise<string> {
  await using service = await start(env)
  const form = await fetch(service.url)
  const token = /name="token" value="([^"]+)"/.exec(await form.text())?.[1] ?? ''
  const answer = await fetch(`${service.url}/sign-in`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: cookieOf(form) },
    body: new URLSearchParams({ token, key, to: '/' }),
  })
  if (answer.status !== 303) throw new Error(`signing in was answered with ${answer.status}`)
  return cookieOf(answer)
}

function cookieOf({ headers }: Response): string {
  return headers
    .getSetCookie()
    .map((line) => line.split(';')[0] ?? '')
    .join('; ')
}

interface Service extends AsyncDisposable {
  readonly url: string
}

async function start(env: Env): Promise<Service> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const args = [everface, 'serve', '--role', 'api', '--listen', `127.0.0.1:${port}`]
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await ready(child)
  return {
    url,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

async function ready(child: ChildProcess): Promise<void> {
  let said = ''
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  child.stdout?.on('data', (piece: Buffer) => {
    said = (said + piece.toString()).slice(-10_000)
    if (said.includes('"msg":"ready"')) resolve()
  })
  child.once('exit', () => reject(new Error(`everface serve ended:\n${said}`)))
  await promise
}

function makeKey(env: Env): string {
  const args = [everface, 'key', 'create', '--name', 'bench', '--scope', 'admin']
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    env: { ...process.env, ...env },
    encoding: 'utf8',
  })
  const key = /ef_[\w-]{43}/.exec(stdout)?.[0]
  if (key === undefined) throw new Error(`no key was made: ${stderr}`)
  return key
}

async function fillSqlite(): Promise<Filled> {
  const folder = mkdtempSync(join(tmpdir(), 'everface-bench-'))
  const file = join(folder, 'everface.db')
  const store = await openSqliteStore({ file, hooks: [] })
  await store.migrate()
  await store.close()
  const database = new DatabaseSync(file)
  database.exec('PRAGMA cache_size = -262144; PRAGMA synchronous = OFF')
  for (const text of fillingOf(people, Date.now(), sqliteWriter)) database.exec(text)
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  const version = database.prepare('SELECT sqlite_version() AS version').get()?.['version']
  database.close()
  return {
    name: 'sqlite',
    version: String(version),
    env: { EVERFACE_DATA: folder },
    async close() {
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function fillPostgres(): Promise<Filled | null> {
  const server = await startPostgres()
  if (server === null) return null
  const folder = mkdtempSync(join(tmpdir(), 'everface-bench-'))
  const store = await openPostgresStore({ url: server.url, hooks: [] })
  await store.migrate()
  await store.close()
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  for (const text of fillingOf(people, Date.now(), postgresWriter)) await client.query(text)
  await client.query('VACUUM (ANALYZE)')
  await client.query('CHECKPOINT')
  const { rows } = await client.query<{ server_version: string }>('SHOW server_version')
  await client.end()
  return {
    name: 'postgresql',
    version: rows[0]?.server_version.split(' ')[0] ?? '',
    env: {
      DATABASE_URL: server.url,
      EVERFACE_DATA: folder,
      EVERFACE_SECRET: 'kept-by-nobody-but-this-benchmark-0123456789',
    },
    async close() {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function rowOf(
  engine: string,
  what: string,
  times: ReadonlyMap<string, number>,
  goalMs: number,
  say: (line: string) => void,
): BenchRow {
  const [worst = ['', Number.NaN]] = [...times].toSorted(([, a], [, b]) => b - a)
  say(`  ${engine}, ${what}: the worst is ${worst[0]}`)
  return {
    bench: 'dashboard',
    name: `dashboard with ${people.toLocaleString('en')} avatars, ${what}, ${engine}: the worst`,
    ours: worst[1],
    peer: null,
    peerName: '–',
    unit: 'ms',
    ratio: null,
    goal: `< ${goalMs} ms`,
    met: worst[1] < goalMs,
  }
}
