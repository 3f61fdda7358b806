// The store's hottest way: claim 500 avatars that are due, record what was seen of them; beside the bare SQL that does
// the same to the same tables through the same client, in turns. At several numbers of rows, for the cost must not grow.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import pg from 'pg'
import { openPostgresStore } from '../src/store/postgres.ts'
import { openSqliteStore } from '../src/store/sqlite.ts'
import type { Seen, Store } from '../src/store/store.ts'
import { startPostgres } from '../test/servers.ts'
import { type BenchRow, median } from './rows.ts'

const batch = 500
const batchesATurn = 6
const turns = 7
/** Virtual days that the population is spread over; whoever was looked at comes last again. */
const span = 1_000
const now = Date.UTC(2026, 10, 22)
const limits = { pace: 1e9, budget: 1e9 }
/** Made at once: a larger transaction would need as large a log. */
const piece = 200_000
const commonSizes = [10_000, 100_000, 1_000_000]

interface Timed {
  readonly ours: readonly number[]
  readonly bare: readonly number[]
}

/** Claims and records one batch by the engine's own client. */
interface Bare {
  round(): Promise<void>
  close(): Promise<void>
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

/** The same with 10 M rows: half an hour and 15 GB in the temporary folder. */
export async function benchStoreFull(say: (line: string) => void): Promise<Measured> {
  return await measure('store-full', [...commonSizes, 10_000_000], say)
}

async function measure(
  bench: string,
  sizes: readonly number[],
  say: (line: string) => void,
): Promise<Measured> {
  const server = await startPostgres()
  const versions: Record<string, string> = {}
  const results: BenchRow[] = []
  try {
    for (const engine of server === null ? [openSqlite] : [openSqlite, openPostgres]) {
      const costs = new Map<number, number>()
      let name = ''
      for (const size of sizes) {
        const subject = await engine(size, server?.url ?? '')
        ;({ name } = subject)
        try {
          const timed = await compare(subject, size, say)
          results.push(rowOf(bench, subject.name, size, timed))
          costs.set(size, 1 / median(await runAlone(subject, size, say)))
        } finally {
          await subject.close()
        }
      }
      results.push(flatness(bench, name, costs))
      const [product = '', version = ''] = name.split(' ')
      versions[product] = version
    }
  } finally {
    await server?.stop()
  }
  return { rows: results, versions }
}

async function compare(
  { name, store, bare }: Subject,
  size: number,
  say: (line: string) => void,
): Promise<Timed> {
  const ours: number[] = []
  const peer: number[] = []
  for (let turn = 0; turn <= turns; turn++) {
    const mine = await rate(() => oneRound(store))
    const theirs = await rate(() => bare.round())
    // The first turn warms caches and compiled code.
    if (turn === 0) continue
    ours.push(mine)
    peer.push(theirs)
    const shown = [mine, theirs].map(Math.round)
    say(`  ${name}, ${size.toLocaleString('en')} rows: everface, bare: ${shown.join(', ')} rows/s`)
  }
  return { ours, bare: peer }
}

/** Without the peer: another connection that writes empties SQLite's cache, which is no matter of size. */
async function runAlone(
  { name, store }: Subject,
  size: number,
  say: (line: string) => void,
): Promise<number[]> {
  const rates: number[] = []
  for (let turn = 0; turn <= turns; turn++) rates.push(await rate(() => oneRound(store)))
  const shown = Math.round(median(rates.slice(1)))
  say(`  ${name}, ${size.toLocaleString('en')} rows: everface alone: ${shown} rows/s`)
  return rates.slice(1)
}

async function rate(round: () => Promise<void>): Promise<number> {
  const start = performance.now()
  for (let at = 0; at < batchesATurn; at++) await round()
  return (batch * batchesATurn * 1_000) / (performance.now() - start)
}

async function oneRound(store: Store): Promise<void> {
  const claim = { provider: 'wechat', limits, now, max: batch, leaseMs: 30_000, owner: 'bench' }
  const { due } = await store.claim(claim)
  const results = due.map(({ avatar }) => ({
    id: avatar.id,
    revision: avatar.revision,
    change: {
      patch: {
        standing: 'alive' as const,
        belief: { ...avatar.belief, beta: avatar.belief.beta + 1, confirmedAt: now },
        nextCheckAt: later(avatar.nextCheckAt, avatar.id),
      },
      seen: [seen],
    },
  }))
  const { applied } = await store.record(results, 'bench', now)
  if (applied.length !== batch || !applied.every(Boolean)) throw new Error('a look was lost')
}

const seen: Seen = {
  at: now,
  edge: '203.0.113.7',
  url: null,
  method: 'HEAD',
  status: 200,
  verdict: 'alive',
  rule: 'wechat.picture',
  detail: 'The picture is there.',
  sha256: null,
  bytes: 5_093,
  mime: 'image/png',
  ms: 12.5,
}

/** Spread by number, so that rows that were neighbours are none the next time. */
function later(nextCheckAt: number, id: number): number {
  return nextCheckAt + span * (0.9 + ((id * 2_654_435_761) % 1_000) / 5_000)
}

const hash = (digit: string): string => `repeat('${digit}', 56) || printf('%08d', n)`
const columns = `subject, name, url, url_at, provider, standing, standing_at, swept, alpha, beta,
  confirmed_at, suspect, unknown_streak, views, views_at, logins, opens, first_seen_at, copy_sha256,
  copy_raw_sha256, copy_phash, copy_url, copy_taken_at, next_check_at, revision, created_at`

/** A population as an import leaves it after some weeks: everybody has a copy, nobody waits out of turn. */
function populate(size: number, series: string, text: typeof hash): string {
  const url = `'https://thirdwx.qlogo.cn/mmopen/vi_32/' || ${text('U')} || ${text('V')} || '/132'`
  const due = `CAST((n * 2654435761) % 1000003 AS double precision) * ${span} / 1000003`
  return `INSERT INTO avatar (${columns})
    SELECT 'user-' || n, 'Somebody ' || n, ${url}, ${now}, 'wechat', 'alive', ${now}, TRUE, 0.6, 108,
      ${now}, 0, 0, 1.5, ${now}, 3, 9, ${now}, ${text('a')}, ${text('b')}, '00ff00ff00ff00ff', ${url},
      ${now}, ${due}, 0, ${now}
    FROM ${series} WHERE n <= ${size}`
}

async function fund(store: Store): Promise<void> {
  await store.turnClock('wechat', (clock) => ({
    ...clock,
    refilledAt: now,
    pace: limits.pace,
    paceTokens: 1e12,
    sweepTokens: 1e12,
    eventTokens: 0,
  }))
}

const free = `url IS NOT NULL AND NOT EXISTS
  (SELECT 1 FROM lease WHERE lease.avatar_id = avatar.id AND lease.until_at > $1)`
const dueText = `SELECT * FROM avatar WHERE provider = 'wechat' AND swept
  AND (urgency IS NULL OR urgency = 'expiry') AND (urgent_at IS NULL OR urgent_at > $1) AND ${free}
  ORDER BY next_check_at LIMIT ${batch}`

interface DueRow {
  readonly id: number
  readonly revision: number
  readonly alpha: number
  readonly beta: number
  readonly suspect: number
  readonly unknown_streak: number
  readonly next_check_at: number
}

async function openSqlite(size: number): Promise<Subject> {
  const folder = mkdtempSync(join(tmpdir(), 'everface-bench-'))
  const file = join(folder, 'everface.db')
  const store = await openSqliteStore({ file, hooks: [], now: () => now })
  await store.migrate()
  const database = new DatabaseSync(file)
  database.exec('PRAGMA cache_size = -65536; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON')
  database.exec('PRAGMA wal_autocheckpoint = 16000; PRAGMA foreign_keys = ON')
  const text: typeof hash = (digit) =>
    `(replace(hex(zeroblob(28)), '0', '${digit}') || printf('%08d', n))`
  for (let made = 0; made < size; made += piece) {
    const series = `(WITH RECURSIVE s (n) AS
      (SELECT ${made + 1} UNION ALL SELECT n + 1 FROM s LIMIT ${piece}) SELECT n FROM s)`
    database.exec(populate(size, series, text))
  }
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  await fund(store)
  const version = database.prepare('SELECT sqlite_version() AS version').get()?.version
  const bare = bareSqlite(database)
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

function bareSqlite(database: DatabaseSync): Bare {
  const prepare = (text: string): StatementSync =>
    database.prepare(text.replaceAll(/\$(\d)/g, '?$1'))
  const due = prepare(dueText)
  const lease = prepare(`INSERT INTO lease VALUES ($1, $2, $3) ON CONFLICT (avatar_id)
    DO UPDATE SET owner = excluded.owner, until_at = excluded.until_at WHERE until_at <= $4`)
  const pay = prepare(`UPDATE clock SET sweep_tokens = sweep_tokens - $1,
    pace_tokens = pace_tokens - $1, v = max(v, $2) WHERE provider = 'wechat'`)
  const update = prepare(`UPDATE avatar SET beta = $1, confirmed_at = $2, next_check_at = $3,
    alpha = $4, suspect = $5, unknown_streak = $6, revision = revision + 1
    WHERE id = $7 AND revision = $8 AND EXISTS
      (SELECT 1 FROM lease WHERE avatar_id = avatar.id AND owner = $9 AND until_at > $2)`)
  const observe = prepare(
    `INSERT INTO observation
    (avatar_id, at, edge, url, method, status, verdict, rule, detail, sha256, bytes, mime, ms)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`.replaceAll(/\$\d+/g, '?'),
  )
  const free = prepare('DELETE FROM lease WHERE avatar_id = $1 AND owner = $2')
  return {
    async round() {
      database.exec('BEGIN IMMEDIATE')
      const rows = due.all(now) as unknown as DueRow[]
      for (const { id } of rows) lease.run(id, 'bare', now + 30_000, now)
      pay.run(rows.length, rows.at(-1)?.next_check_at ?? 0)
      database.exec('COMMIT')
      database.exec('BEGIN IMMEDIATE')
      for (const { id, revision, alpha, beta, suspect, ...row } of rows) {
        const next = later(row.next_check_at, id)
        update.run(beta + 1, now, next, alpha, suspect, row.unknown_streak, id, revision, 'bare')
        observe.run(id, ...Object.values(seen))
        free.run(id, 'bare')
      }
      database.exec('COMMIT')
    },
    async close() {
      database.close()
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
  const text: typeof hash = (digit) => `(repeat('${digit}', 56) || lpad(n::text, 8, '0'))`
  await client.query(populate(size, `generate_series(1::bigint, ${size}) AS s (n)`, text))
  await client.query('VACUUM (ANALYZE) avatar')
  await client.query('CHECKPOINT')
  await fund(store)
  const { rows } = await admin.query<{ server_version: string }>('SHOW server_version')
  const bare = barePostgres(client)
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

function barePostgres(client: pg.Client): Bare {
  const update = `UPDATE avatar SET alpha = r.alpha, beta = r.beta, confirmed_at = r.confirmed_at,
      suspect = r.suspect, unknown_streak = r.unknown_streak, next_check_at = r.next_check_at,
      revision = avatar.revision + 1
    FROM unnest($1::bigint[], $2::bigint[], $3::float8[], $4::float8[], $5::bigint[], $6::float8[],
        $7::bigint[], $8::float8[])
      AS r (id, revision, alpha, beta, confirmed_at, suspect, unknown_streak, next_check_at)
    JOIN lease ON lease.avatar_id = r.id AND lease.owner = 'bare' AND lease.until_at > ${now}
    WHERE avatar.id = r.id AND avatar.revision = r.revision`
  const observe = `INSERT INTO observation
      (avatar_id, at, edge, url, method, status, verdict, rule, detail, sha256, bytes, mime, ms)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::bigint[],
      $7::text[], $8::text[], $9::text[], $10::text[], $11::bigint[], $12::text[], $13::float8[])`
  return {
    async round() {
      await client.query('BEGIN')
      await client.query(`SELECT * FROM clock WHERE provider = 'wechat' FOR UPDATE`)
      const { rows } = await client.query<{ id: string; revision: string } & DueRow>(dueText, [now])
      const ids = rows.map(({ id }) => id)
      await client.query(
        `INSERT INTO lease SELECT id, 'bare', ${now + 30_000} FROM unnest($1::bigint[]) AS r (id)
         ON CONFLICT (avatar_id) DO UPDATE SET owner = excluded.owner, until_at = excluded.until_at
         WHERE lease.until_at <= ${now}`,
        [ids],
      )
      await client.query(
        `UPDATE clock SET sweep_tokens = sweep_tokens - $1, pace_tokens = pace_tokens - $1,
           v = greatest(v, $2) WHERE provider = 'wechat'`,
        [rows.length, rows.at(-1)?.next_check_at],
      )
      await client.query('COMMIT')
      await client.query('BEGIN')
      await client.query(update, [
        ids,
        rows.map(({ revision }) => revision),
        rows.map(({ alpha }) => alpha),
        rows.map(({ beta }) => beta + 1),
        rows.map(() => now),
        rows.map(({ suspect }) => suspect),
        rows.map((row) => row.unknown_streak),
        rows.map((row) => later(row.next_check_at, Number(row.id))),
      ])
      const looks = Object.values(seen).map((value) => rows.map(() => value))
      await client.query(observe, [ids, ...looks])
      await client.query(`DELETE FROM lease WHERE avatar_id = ANY ($1::bigint[])`, [ids])
      await client.query('COMMIT')
    },
    async close() {
      await client.end()
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
    peerName: 'the bare SQL',
    unit: 'avatars/s',
    ratio,
    goal: '≥ 0.8 ×',
    met: ratio >= 0.8,
  }
}

function flatness(bench: string, name: string, costs: ReadonlyMap<number, number>): BenchRow {
  const sizes = [...costs.keys()].sort((a, b) => a - b)
  const least = sizes[0] ?? 0
  const most = sizes.at(-1) ?? 0
  const cost = (size: number): number => (costs.get(size) ?? Number.NaN) * 1e6
  const ratio = cost(most) / cost(least)
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
  }
}
