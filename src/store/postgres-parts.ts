// Observations on PostgreSQL lie in parts of a month, so that old ones go as a whole: no rows to delete, nothing to
// vacuum. What no part was there for lands in observation_rest and moves when its month gets one.
import type { Parts, Sql } from './sql.ts'

/** Parts from the month before to two months ahead: whatever is written now finds one. */
const monthsBack = 1
const monthsAhead = 2
/** While a lock on the whole table is waited for, behind a backup say, everybody else waits behind us: not for long. */
const giveWay = 'SET LOCAL lock_timeout = 1000'

interface Part {
  readonly name: string
  /** The part holds times from `from` to before `until`, milliseconds UTC. */
  readonly from: number
  readonly until: number
}

function partOf(year: number, month: number): Part {
  const from = Date.UTC(year, month)
  const name = new Date(from).toISOString().slice(0, 'YYYY-MM'.length).replace('-', '_')
  return { name: `observation_${name}`, from, until: Date.UTC(year, month + 1) }
}

async function listParts(sql: Sql): Promise<Map<string, Part>> {
  const rows = await sql.all<{ name: string }>(
    `SELECT child.relname AS name FROM pg_inherits
     JOIN pg_class AS child ON child.oid = pg_inherits.inhrelid
     WHERE pg_inherits.inhparent = to_regclass('observation')`,
  )
  const parts = rows.flatMap(({ name }) => {
    const [, year, month] = /^observation_(\d{4})_(\d{2})$/.exec(name) ?? []
    return year === undefined || month === undefined
      ? []
      : [partOf(Number(year), Number(month) - 1)]
  })
  return new Map(parts.map((part) => [part.name, part]))
}

/** The months of the table of observations. Calls must not run beside each other (`Engine.alone`). */
export const observationParts: Parts = {
  async add(sql, now) {
    const there = await listParts(sql)
    const today = new Date(now)
    for (let month = -monthsBack; month <= monthsAhead; month++) {
      const part = partOf(today.getUTCFullYear(), today.getUTCMonth() + month)
      if (there.has(part.name)) continue
      const { name, from, until } = part
      await sql.run(giveWay)
      await sql.run(`CREATE TABLE ${name} (LIKE observation INCLUDING DEFAULTS)`)
      // Nobody writes meanwhile: a part is refused while the rest holds rows of its month.
      await sql.run('LOCK TABLE observation IN SHARE ROW EXCLUSIVE MODE')
      await sql.run(
        `WITH moved AS
           (DELETE FROM observation_rest WHERE at >= ${from} AND at < ${until} RETURNING *)
         INSERT INTO ${name} SELECT * FROM moved`,
      )
      await sql.run(
        `ALTER TABLE observation ATTACH PARTITION ${name} FOR VALUES FROM (${from}) TO (${until})`,
      )
    }
  },

  async dropBefore(sql, before) {
    let dropped = 0
    for (const { name, until } of (await listParts(sql)).values()) {
      if (until > before) continue
      // Counting would read it all; the planner's estimate is exact enough for a report.
      const [row] = await sql.all<{ rows: number }>(
        'SELECT greatest(reltuples, 0)::bigint AS rows FROM pg_class WHERE oid = to_regclass($1)',
        [name],
      )
      await sql.run(giveWay)
      await sql.run(`DROP TABLE ${name}`)
      dropped += row?.rows ?? 0
    }
    return dropped
  },
}
