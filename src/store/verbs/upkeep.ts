// What is done for the whole: old things go, figures are counted.
import type { Standing } from '../../core/avatar.ts'
import { standings } from '../../core/avatar.ts'
import type { Sql } from '../sql.ts'
import type { Stats, Store } from '../store.ts'
import type { Context } from './context.ts'
import { removeUnused } from './pictures.ts'

type Verbs = Pick<Store, 'trim' | 'stats'>

/** Leases of avatars that are gone, or of providers that nobody asks any more. */
const leaseMs = 86_400_000

export function createUpkeepVerbs({ engine, now }: Context): Verbs {
  const { dialect, parts, read } = engine

  async function trimObservations(sql: Sql, before: number, max: number): Promise<number> {
    const dropped = parts === null ? 0 : await parts.dropBefore(sql, before)
    // Of a part that ends later, the old rows go one by one.
    const key = parts === null ? 'id' : '(tableoid, ctid)'
    const row = parts === null ? 'id' : 'tableoid, ctid'
    const removed = await sql.run(
      `DELETE FROM observation WHERE ${key} IN
         (SELECT ${row} FROM observation WHERE at < $1 LIMIT $2)`,
      [before, max],
    )
    return dropped + removed
  }

  /** Whatever is still to be told stays. */
  async function trimEvents(sql: Sql, before: number, max: number): Promise<number> {
    return await sql.run(
      `DELETE FROM event WHERE id IN
         (SELECT id FROM event WHERE at < $1 AND NOT EXISTS
            (SELECT 1 FROM delivery
             WHERE delivery.event_id = event.id AND delivery.state = 'pending')
          LIMIT $2)`,
      [before, max],
    )
  }

  async function trimCopies(
    sql: Sql,
    before: number,
    max: number,
  ): Promise<{ removed: number; pictures: readonly string[] }> {
    const gone = await sql.all<{ sha256: string }>(
      `DELETE FROM copy WHERE (avatar_id, raw_sha256) IN
         (SELECT avatar_id, raw_sha256 FROM copy WHERE NOT shown AND taken_at < $1
          ORDER BY taken_at LIMIT $2 ${dialect.forUpdateSkipping}) AND NOT shown
       RETURNING sha256`,
      [before, max],
    )
    const used = [...new Set(gone.map(({ sha256 }) => sha256))].sort()
    return { removed: gone.length, pictures: await removeUnused(sql, dialect, used) }
  }

  return {
    async trim({ historyBefore, answersBefore, copiesBefore, max }) {
      if (parts !== null) await engine.alone((sql) => parts.add(sql, now()))
      const observations = await engine.alone((sql) => trimObservations(sql, historyBefore, max))
      const events = await engine.write((sql) => trimEvents(sql, historyBefore, max))
      const answers = await engine.write((sql) =>
        sql.run('DELETE FROM answer WHERE key IN (SELECT key FROM answer WHERE at < $1 LIMIT $2)', [
          answersBefore,
          max,
        ]),
      )
      const copies = await engine.write((sql) => trimCopies(sql, copiesBefore, max))
      await engine.write((sql) =>
        sql.run('DELETE FROM lease WHERE until_at < $1', [now() - leaseMs]),
      )
      return {
        removed: observations + events + answers + copies.removed,
        pictures: copies.pictures,
      }
    },

    async stats(at) {
      const groups = await read.all<{ provider: string; standing: Standing; avatars: number }>(
        `SELECT provider, standing, count(*) AS avatars FROM avatar
         GROUP BY provider, standing ORDER BY provider, standing`,
      )
      const [figures] = await read.all<FiguresRow>(
        `SELECT
           (SELECT count(*) FROM copy) - (SELECT count(*) FROM copy WHERE NOT shown) AS copies,
           kept.pictures AS pictures, kept.picture_bytes AS picture_bytes,
           (SELECT count(*) FROM delivery WHERE state = 'pending') AS pending,
           (SELECT count(*) FROM delivery WHERE state = 'failed') AS failed,
           (SELECT count(*) FROM mark WHERE mark = 'suspected') AS suspects
         FROM (SELECT count(*) AS pictures, CAST(coalesce(sum(bytes), 0) AS bigint) AS picture_bytes
               FROM picture) AS kept`,
      )
      const late = await read.all<{ overdue: number; oldest: number | null }>(
        ["= 'first'", "<> 'first'"]
          .map(
            (reason) => `SELECT count(*) AS overdue, min(urgent_at) AS oldest FROM schedule
              WHERE urgency ${reason} AND urgent_at <= $1`,
          )
          .join(' UNION ALL '),
        [at],
      )
      const oldest = late.flatMap((row) => (row.oldest === null ? [] : [row.oldest]))
      return {
        ...countStandings(groups),
        copies: figures?.copies ?? 0,
        pictures: figures?.pictures ?? 0,
        pictureBytes: figures?.picture_bytes ?? 0,
        overdue: late.reduce((sum, row) => sum + row.overdue, 0),
        oldestOverdueAt: oldest.length > 0 ? Math.min(...oldest) : null,
        deliveries: { pending: figures?.pending ?? 0, failed: figures?.failed ?? 0 },
        suspects: figures?.suspects ?? 0,
      }
    },
  }
}

interface FiguresRow {
  readonly copies: number
  readonly pictures: number
  readonly picture_bytes: number
  readonly pending: number
  readonly failed: number
  readonly suspects: number
}

function countStandings(
  groups: readonly { provider: string; standing: Standing; avatars: number }[],
): Pick<Stats, 'avatars' | 'standings' | 'providers'> {
  const all = Object.fromEntries(standings.map((standing) => [standing, 0])) as Record<
    Standing,
    number
  >
  const providers = new Map<string, Partial<Record<Standing, number>>>()
  for (const { provider, standing, avatars } of groups) {
    all[standing] += avatars
    providers.set(provider, { ...providers.get(provider), [standing]: avatars })
  }
  const sum = (counts: Partial<Record<Standing, number>>): number =>
    Object.values(counts).reduce((total, count) => total + count, 0)
  return {
    avatars: sum(all),
    standings: all,
    providers: [...providers].map(([provider, counts]) => ({
      provider,
      avatars: sum(counts),
      standings: counts,
    })),
  }
}
