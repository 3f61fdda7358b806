// What may happen once: states of authorizations that are used up, messages of platforms that are acted upon.
import type { PersonVerbs } from '../persons.ts'
import type { Context } from './context.ts'

type Verbs = Pick<
  PersonVerbs,
  'spend' | 'settleSpent' | 'takePushed' | 'duePushed' | 'settlePushed' | 'trimOnce'
>

export function createOnceVerbs({ engine }: Context): Verbs {
  const { dialect, read } = engine

  return {
    async spend(id, until) {
      return await engine.write(async (sql) => {
        const made = await sql.run(
          `INSERT INTO spent (id, until_at, outcome) VALUES ($1, $2, NULL)
           ON CONFLICT (id) DO NOTHING`,
          [id, until],
        )
        if (made > 0) return null
        const [row] = await sql.all<{ outcome: string | null }>(
          'SELECT outcome FROM spent WHERE id = $1',
          [id],
        )
        return { outcome: row?.outcome ?? null }
      })
    },

    async settleSpent(id, outcome) {
      await engine.write((sql) =>
        sql.run('UPDATE spent SET outcome = $2 WHERE id = $1', [id, outcome]),
      )
    },

    async takePushed(id, body, now, until) {
      const made = await engine.write((sql) =>
        sql.run(
          `INSERT INTO pushed (id, body, due_at, until_at) VALUES ($1, $2, $3, $4)
           ON CONFLICT (id) DO NOTHING`,
          [id, body, now, until],
        ),
      )
      return made > 0
    },

    async duePushed(now, max, leaseMs) {
      const due = 'body IS NOT NULL AND due_at <= $1'
      const [some] = await read.all<{ found: boolean }>(
        `SELECT EXISTS (SELECT 1 FROM pushed WHERE ${due}) AS found`,
        [now],
      )
      if (!some?.found || max < 1) return []
      return await engine.write(async (sql) => {
        const rows = await sql.all<{ id: string; body: string }>(
          `SELECT id, body FROM pushed WHERE ${due}
           ORDER BY due_at, id LIMIT $2 ${dialect.forUpdateSkipping}`,
          [now, max],
        )
        if (rows.length > 0) {
          await sql.run(`UPDATE pushed SET due_at = $2 WHERE id IN ${dialect.list('$1', 'text')}`, [
            JSON.stringify(rows.map(({ id }) => id)),
            now + leaseMs,
          ])
        }
        return rows.map(({ id, body }) => ({ id, body }))
      })
    },

    async settlePushed(id) {
      await engine.write((sql) => sql.run('UPDATE pushed SET body = NULL WHERE id = $1', [id]))
    },

    async trimOnce(now, max) {
      return await engine.write(async (sql) => {
        const states = await sql.run(
          'DELETE FROM spent WHERE id IN (SELECT id FROM spent WHERE until_at < $1 LIMIT $2)',
          [now, max],
        )
        const messages = await sql.run(
          `DELETE FROM pushed WHERE id IN
             (SELECT id FROM pushed WHERE until_at < $1 AND body IS NULL LIMIT $2)`,
          [now, max],
        )
        return states + messages
      })
    },
  }
}
