// Price clocks: one row a provider, shared by all workers, changed only by who holds it.
import type { Clock, Limits } from '../../core/clock.ts'
import { freshClock } from '../../core/clock.ts'
import type { Dialect, Sql } from '../sql.ts'
import type { Store } from '../store.ts'
import type { ClockRow } from '../tables.ts'
import { clockCells, clockColumns, clockList, toClock } from '../tables.ts'
import type { Context } from './context.ts'

type Verbs = Pick<Store, 'clocks' | 'turnClock' | 'living'>

/** Holds a provider's clock until the transaction ends; makes it where there is none. */
export async function holdClock(
  sql: Sql,
  dialect: Dialect,
  provider: string,
  now: number,
  limits: Limits,
): Promise<Clock> {
  const text = `SELECT ${clockList} FROM clock WHERE provider = $1 ${dialect.forUpdate}`
  const [row] = await sql.all<ClockRow>(text, [provider])
  if (row !== undefined) return toClock(row)
  const fresh = freshClock(provider, now, limits)
  await sql.insert('clock', clockColumns, [clockCells(fresh)], 'ON CONFLICT (provider) DO NOTHING')
  const [made] = await sql.all<ClockRow>(text, [provider])
  return made === undefined ? fresh : toClock(made)
}

/** Writes a clock that is held, where it differs. */
export async function keepClock(sql: Sql, before: Clock, after: Clock): Promise<void> {
  const cells = clockCells({ ...after, provider: before.provider })
  const was = clockCells(before)
  const names = Object.keys(cells) as (keyof ClockRow)[]
  if (names.every((name) => cells[name] === was[name])) return
  const { provider, ...columns } = clockColumns
  await sql.update('clock', { provider }, columns, [cells])
}

export function createClockVerbs({ engine, limits, now }: Context): Verbs {
  const { dialect, read } = engine

  return {
    async clocks() {
      // From each provider to the next: as many steps as there are providers, however many avatars.
      const rows = await read.all<{ name: string } & ClockRow>(
        `WITH RECURSIVE step (name) AS (
           SELECT min(provider) FROM avatar
           UNION ALL
           SELECT (SELECT min(provider) FROM avatar WHERE provider > step.name)
           FROM step WHERE step.name IS NOT NULL
         )
         SELECT step.name AS name, ${clockList} FROM step
         LEFT JOIN clock ON clock.provider = step.name
         WHERE step.name IS NOT NULL AND step.name <> 'upload' ORDER BY step.name`,
      )
      return rows.map((row) =>
        // No clock yet: nobody has claimed there.
        row.provider === null ? freshClock(row.name, now(), limits) : toClock(row),
      )
    },

    async turnClock(provider, next) {
      return await engine.write(async (sql) => {
        const before = await holdClock(sql, dialect, provider, now(), limits)
        const after = next(before)
        await keepClock(sql, before, after)
        return after
      })
    },

    async living(provider) {
      const [row] = await read.all<{ living: number }>(
        `SELECT count(*) AS living FROM avatar
         WHERE provider = $1 AND standing IN ('alive', 'unknown')`,
        [provider],
      )
      return row?.living ?? 0
    },
  }
}
