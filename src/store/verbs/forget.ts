// Forgetting: nothing that names the subject or its sources stays in any table, but for the event that tells the app's
// webhooks of it, until all of them know.
import type { Forgotten, Store } from '../store.ts'
import type { Sql } from '../sql.ts'
import { avatarTables } from '../tables.ts'
import type { Context } from './context.ts'
import { removeUnused } from './pictures.ts'

export function createForgetVerbs({ engine, events }: Context): Pick<Store, 'forget'> {
  const { dialect } = engine

  return {
    async forget(subject, now) {
      return await engine.write(async (sql): Promise<Forgotten | null> => {
        const [avatar] = await sql.all<{ id: number; url: string | null }>(
          `SELECT id, url FROM ${avatarTables} WHERE avatar.subject = $1 ${dialect.forUpdate}`,
          [subject],
        )
        if (avatar === undefined) return null
        const { id } = avatar
        const copies = await sql.all<{ sha256: string }>(
          'SELECT DISTINCT sha256 FROM copy WHERE avatar_id = $1',
          [id],
        )
        const past = await sql.all<{ url: string }>(
          'DELETE FROM source WHERE avatar_id = $1 RETURNING url',
          [id],
        )
        const observations = await sql.run('DELETE FROM observation WHERE avatar_id = $1', [id])
        const told = await sql.run('DELETE FROM event WHERE avatar_id = $1', [id])
        await sql.run('DELETE FROM lease WHERE avatar_id = $1', [id])
        await sql.run('DELETE FROM copy WHERE avatar_id = $1', [id])
        await sql.run('DELETE FROM avatar WHERE id = $1', [id])
        const urls = [...new Set([avatar.url ?? [], ...past.map(({ url }) => url)].flat())]
        await forgetAnswers(sql, [subject, ...urls])
        const used = copies.map(({ sha256 }) => sha256).sort()
        const pictures = await removeUnused(sql, dialect, used)
        if (events.hooks.length > 0) {
          const event = { type: 'avatar.forgotten', data: {}, avatarId: null, subject } as const
          await events.write(sql, [event], now)
        }
        return {
          subject,
          pictures,
          shared: used.filter((sha256) => !pictures.includes(sha256)),
          sources: past.length + (avatar.url === null ? 0 : 1),
          observations,
          events: told,
        }
      })
    },
  }

  /** Remembered answers are JSON: whom and what they are about stands in them as texts of their own. */
  async function forgetAnswers(sql: Sql, texts: readonly string[]): Promise<void> {
    const find = dialect.name === 'sqlite' ? 'instr' : 'strpos'
    await sql.run(
      `DELETE FROM answer WHERE EXISTS
         (SELECT 1 FROM ${dialect.list('$1', 'text')} AS told WHERE ${find}(body, item) > 0)`,
      [JSON.stringify(texts.map((text) => JSON.stringify(text)))],
    )
  }
}
