// The avatars that the store is measured with, made in bulk: the indexes of the migrations are taken away, millions of rows
// written, and the same indexes built anew. Nothing of this is measured.
import { closeSync, fsyncSync, openSync, readSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type pg from 'pg'
import { placeInSweep } from '../../src/core/schedule.ts'

/** When the population was made, and what time it is for every verb: milliseconds UTC. */
export const now = Date.UTC(2026, 10, 22)
/** Virtual days between two looks: nineteen of twenty people are within a range of this width (docs/scheduling.md's world). */
const shortestDays = 30
const widest = 20
/** Rows made at once. */
const rowsAtOnce = 200_000

/** When an avatar is due again that was looked at when the clock stood at `v`, among `live`: as the keeper plans it. */
export function dueAfter(id: number, v: number, live: number): number {
  return placeInSweep(id, { v, live }, intervalOf(id))
}

/** Virtual days. */
function intervalOf(id: number): number {
  return shortestDays * widest ** (((id * 40_503) % 65_536) / 65_536)
}

/** Of a clock that stands at 0: everybody was looked at some time ago. */
function firstDue(id: number, live: number): number {
  const since = (((id * 2_654_435_761) % 1_000_003) / 1_000_003) * intervalOf(id)
  return dueAfter(id, -since, live)
}

const columns = `subject, name, url, url_at, provider, standing, standing_at, views, views_at, logins,
  opens, first_seen_at, copy_sha256, copy_raw_sha256, copy_phash, copy_url, copy_taken_at, created_at`
const scheduleColumns = `avatar_id, provider, swept, next_check_at, alpha, beta, confirmed_at, suspect,
  unknown_streak, revision`

/** 64 characters of an avatar; in the order of their numbers they are in none. */
type Text = (digit: string) => string

/** A population as an import leaves it after some weeks: everybody has a copy, nobody waits out of turn. */
function populate(series: string, text: Text): string {
  const url = `'https://thirdwx.qlogo.cn/mmopen/vi_32/' || ${text('U')} || ${text('V')} || '/132'`
  return `INSERT INTO avatar (${columns})
    SELECT 'user-' || substr(${text('0')}, 1, 8), 'Somebody ' || n, ${url}, ${now}, 'wechat', 'alive', ${now}, 1.5, ${now}, 3, 9, ${now}, ${text('a')}, ${text('b')}, '00ff00ff00ff00ff', ${url},
      ${now}, ${now}
    FROM ${series}`
}

/** The avatars of an empty table were numbered as the series is. */
function planned(series: string): string {
  return `INSERT INTO schedule (${scheduleColumns})
    SELECT n, 'wechat', TRUE, due, 0.6, 108, ${now}, 0, 0, 0 FROM ${series}`
}

/** Fills a migrated file that nobody else has open: without a log, for a half-made one is thrown away. */
export function populateSqlite(file: string, size: number): void {
  const database = new DatabaseSync(file)
  try {
    // A log that others could read has to go before there can be none.
    database.exec('PRAGMA journal_mode = DELETE; PRAGMA journal_mode = OFF')
    database.exec('PRAGMA synchronous = OFF')
    database.exec('PRAGMA cache_size = -262144; PRAGMA temp_store = FILE')
    const indexes = database
      .prepare(`SELECT name, sql FROM sqlite_schema WHERE tbl_name IN ('avatar', 'schedule')
        AND type = 'index'
        AND sql IS NOT NULL`)
      .all() as { name: string; sql: string }[]
    const text: Text = (digit) =>
      `(printf('%08x', (n * 2654435761) & 4294967295) || replace(hex(zeroblob(28)), '0', '${digit}'))`
    const series = `(WITH RECURSIVE s (n) AS
      (SELECT 1 UNION ALL SELECT n + 1 FROM s LIMIT ${size}) SELECT n, first_due(n) AS due FROM s)`
    database.function('first_due', (n) => firstDue(Number(n), size))
    database.exec('BEGIN')
    for (const { name } of indexes) database.exec(`DROP INDEX ${name}`)
    database.exec(populate(series, text))
    database.exec(planned(series))
    for (const { sql } of indexes) database.exec(sql)
    database.exec('COMMIT')
    database.exec('PRAGMA synchronous = FULL; PRAGMA journal_mode = WAL')
  } finally {
    database.close()
  }
  settle(file)
}

/** Nothing is left to be written, and memory has what fits: sorting for the indexes has driven the rows out of it. */
function settle(file: string): void {
  const opened = openSync(file, 'r+')
  try {
    fsyncSync(opened)
    const buffer = Buffer.alloc(2 ** 23)
    while (readSync(opened, buffer) > 0);
  } finally {
    closeSync(opened)
  }
}

/** Fills a migrated database, and leaves it as a vacuum and a checkpoint do. */
export async function populatePostgres(client: pg.Client, size: number): Promise<void> {
  const { rows: indexes } = await client.query<{ name: string; sql: string }>(
    `SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS sql FROM pg_index
     WHERE indrelid IN ('avatar'::regclass, 'schedule'::regclass) AND NOT indisunique`,
  )
  const text: Text = (digit) =>
    `(lpad(to_hex((n * 2654435761) & 4294967295), 8, '0') || repeat('${digit}', 56))`
  await client.query(`SET maintenance_work_mem = '256MB'`)
  await client.query('BEGIN')
  for (const { name } of indexes) await client.query(`DROP INDEX ${name}`)
  const series = 'unnest($1::bigint[], $2::float8[]) AS s (n, due)'
  const made = `WITH made AS (${populate(series, text)}) ${planned(series)}`
  for (let from = 1; from <= size; from += rowsAtOnce) {
    const length = Math.min(rowsAtOnce, size - from + 1)
    const numbers = Array.from({ length }, (_, at) => from + at)
    await client.query(made, [numbers, numbers.map((n) => firstDue(n, size))])
  }
  for (const { sql } of indexes) await client.query(sql)
  await client.query('COMMIT')
  await client.query('VACUUM (ANALYZE) avatar, schedule')
  await client.query('CHECKPOINT')
}
