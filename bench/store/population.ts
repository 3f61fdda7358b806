// The avatars that the store is measured with, made in bulk: the indexes of the migrations are taken away, millions of rows
// written, and the same indexes built anew. Nothing of this is measured.
import { DatabaseSync } from 'node:sqlite'
import type pg from 'pg'

/** When the population was made, and what time it is for every verb: milliseconds UTC. */
export const now = Date.UTC(2026, 10, 22)
/** Virtual days that the population is spread over; whoever was looked at comes last again. */
export const span = 1_000

const columns = `subject, name, url, url_at, provider, standing, standing_at, swept, alpha, beta,
  confirmed_at, suspect, unknown_streak, views, views_at, logins, opens, first_seen_at, copy_sha256,
  copy_raw_sha256, copy_phash, copy_url, copy_taken_at, next_check_at, revision, created_at`

type Text = (digit: string) => string

/** A population as an import leaves it after some weeks: everybody has a copy, nobody waits out of turn. */
function populate(series: string, text: Text): string {
  const url = `'https://thirdwx.qlogo.cn/mmopen/vi_32/' || ${text('U')} || ${text('V')} || '/132'`
  const due = `CAST((n * 2654435761) % 1000003 AS double precision) * ${span} / 1000003`
  return `INSERT INTO avatar (${columns})
    SELECT 'user-' || n, 'Somebody ' || n, ${url}, ${now}, 'wechat', 'alive', ${now}, TRUE, 0.6, 108,
      ${now}, 0, 0, 1.5, ${now}, 3, 9, ${now}, ${text('a')}, ${text('b')}, '00ff00ff00ff00ff', ${url},
      ${now}, ${due}, 0, ${now}
    FROM ${series}`
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
      .prepare(`SELECT name, sql FROM sqlite_schema WHERE tbl_name = 'avatar' AND type = 'index'
        AND sql IS NOT NULL`)
      .all() as { name: string; sql: string }[]
    const text: Text = (digit) =>
      `(replace(hex(zeroblob(28)), '0', '${digit}') || printf('%08d', n))`
    const series = `(WITH RECURSIVE s (n) AS
      (SELECT 1 UNION ALL SELECT n + 1 FROM s LIMIT ${size}) SELECT n FROM s)`
    database.exec('BEGIN')
    for (const { name } of indexes) database.exec(`DROP INDEX ${name}`)
    database.exec(populate(series, text))
    for (const { sql } of indexes) database.exec(sql)
    database.exec('COMMIT')
    database.exec('PRAGMA synchronous = FULL; PRAGMA journal_mode = WAL')
  } finally {
    database.close()
  }
}

/** Fills a migrated database, and leaves it as a vacuum and a checkpoint do. */
export async function populatePostgres(client: pg.Client, size: number): Promise<void> {
  const { rows: indexes } = await client.query<{ name: string; sql: string }>(
    `SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS sql FROM pg_index
     WHERE indrelid = 'avatar'::regclass AND NOT indisunique`,
  )
  const text: Text = (digit) => `(repeat('${digit}', 56) || lpad(n::text, 8, '0'))`
  await client.query(`SET maintenance_work_mem = '256MB'`)
  await client.query('BEGIN')
  for (const { name } of indexes) await client.query(`DROP INDEX ${name}`)
  await client.query(populate(`generate_series(1::bigint, ${size}) AS s (n)`, text))
  for (const { sql } of indexes) await client.query(sql)
  await client.query('COMMIT')
  await client.query('VACUUM (ANALYZE) avatar')
  await client.query('CHECKPOINT')
}
