// The same looks without a store: what a programmer would write by hand for each engine, through the same client, in the
// same two transactions, with the same rows leased, paid for, updated, remembered and given back.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type pg from 'pg'
import type { Seen } from '../../src/store/store.ts'
import { dueAfter, now } from './population.ts'

/** Avatars that are claimed at once. */
export const batch = 500

/** Claims and records one batch by the engine's own client. */
export interface Bare {
  round(): Promise<void>
  close(): Promise<void>
}

/** What every look saw. */
export const seen: Seen = {
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

const free = `url IS NOT NULL AND NOT EXISTS
  (SELECT 1 FROM lease WHERE lease.avatar_id = avatar.id AND lease.until_at > $1)`
const dueText = `SELECT * FROM schedule CROSS JOIN avatar WHERE avatar.id = schedule.avatar_id
  AND schedule.provider = 'wechat' AND swept
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

/** The peer on SQLite, among `size` avatars. */
export function bareSqlite(database: DatabaseSync, size: number): Bare {
  const prepare = (text: string): StatementSync =>
    database.prepare(text.replaceAll(/\$(\d)/g, '?$1'))
  const due = prepare(dueText)
  const lease = prepare(`INSERT INTO lease VALUES ($1, $2, $3) ON CONFLICT (avatar_id)
    DO UPDATE SET owner = excluded.owner, until_at = excluded.until_at WHERE until_at <= $4`)
  const pay = prepare(`UPDATE clock SET sweep_tokens = sweep_tokens - $1,
    pace_tokens = pace_tokens - $1, v = max(v, $2) WHERE provider = 'wechat'`)
  const update = prepare(`UPDATE schedule SET beta = $1, confirmed_at = $2, next_check_at = $3,
    alpha = $4, suspect = $5, unknown_streak = $6, revision = revision + 1
    WHERE avatar_id = $7 AND revision = $8 AND EXISTS
      (SELECT 1 FROM lease WHERE lease.avatar_id = schedule.avatar_id AND owner = $9 AND until_at > $2)`)
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
      const v = rows.at(-1)?.next_check_at ?? 0
      pay.run(rows.length, v)
      database.exec('COMMIT')
      database.exec('BEGIN IMMEDIATE')
      for (const { id, revision, alpha, beta, suspect, ...row } of rows) {
        const next = dueAfter(id, v, size)
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

/** The peer on PostgreSQL: one statement after the other, each read and planned by the server once. */
export function barePostgres(client: pg.Client, size: number): Bare {
  const ask = async <T extends pg.QueryResultRow>(name: string, text: string, values: unknown[]) =>
    (await client.query<T>({ name, text, values })).rows
  const update = `UPDATE schedule SET alpha = r.alpha, beta = r.beta, confirmed_at = r.confirmed_at,
      suspect = r.suspect, unknown_streak = r.unknown_streak, next_check_at = r.next_check_at,
      revision = schedule.revision + 1
    FROM unnest($1::bigint[], $2::bigint[], $3::float8[], $4::float8[], $5::bigint[], $6::float8[],
        $7::bigint[], $8::float8[])
      AS r (id, revision, alpha, beta, confirmed_at, suspect, unknown_streak, next_check_at)
    JOIN lease ON lease.avatar_id = r.id AND lease.owner = 'bare' AND lease.until_at > ${now}
    WHERE schedule.avatar_id = r.id AND schedule.revision = r.revision`
  const observe = `INSERT INTO observation
      (avatar_id, at, edge, url, method, status, verdict, rule, detail, sha256, bytes, mime, ms)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::bigint[],
      $7::text[], $8::text[], $9::text[], $10::text[], $11::bigint[], $12::text[], $13::float8[])`
  return {
    async round() {
      await client.query('BEGIN')
      await ask('hold', `SELECT * FROM clock WHERE provider = $1 FOR UPDATE`, ['wechat'])
      const rows = await ask<{ id: string; revision: string } & DueRow>('due', dueText, [now])
      const ids = rows.map(({ id }) => id)
      const v = rows.at(-1)?.next_check_at ?? 0
      await ask(
        'lease',
        `INSERT INTO lease SELECT id, 'bare', ${now + 30_000} FROM unnest($1::bigint[]) AS r (id)
         ON CONFLICT (avatar_id) DO UPDATE SET owner = excluded.owner, until_at = excluded.until_at
         WHERE lease.until_at <= ${now}`,
        [ids],
      )
      await ask(
        'pay',
        `UPDATE clock SET sweep_tokens = sweep_tokens - $1, pace_tokens = pace_tokens - $1,
           v = greatest(v, $2) WHERE provider = 'wechat'`,
        [rows.length, v],
      )
      await client.query('COMMIT')
      await client.query('BEGIN')
      await ask('update', update, [
        ids,
        rows.map(({ revision }) => revision),
        rows.map(({ alpha }) => alpha),
        rows.map(({ beta }) => beta + 1),
        rows.map(() => now),
        rows.map(({ suspect }) => suspect),
        rows.map((row) => row.unknown_streak),
        ids.map((id) => dueAfter(Number(id), v, size)),
      ])
      const looks = Object.values(seen).map((value) => rows.map(() => value))
      await ask('observe', observe, [ids, ...looks])
      await ask('free', `DELETE FROM lease WHERE avatar_id = ANY ($1::bigint[])`, [ids])
      await client.query('COMMIT')
    },
    async close() {
      await client.end()
    },
  }
}
