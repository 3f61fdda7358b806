// Small things by name: API keys, remembered answers, notes.
import type { ApiKey, Answered, Scope, Store } from '../store.ts'
import type { Context } from './context.ts'

type Verbs = Pick<
  Store,
  | 'addKey'
  | 'keyOf'
  | 'keys'
  | 'touchKey'
  | 'revokeKey'
  | 'answered'
  | 'remember'
  | 'note'
  | 'setNote'
>

interface KeyRow {
  readonly id: string
  readonly name: string
  readonly scope: Scope
  readonly created_at: number
  readonly last_used_at: number | null
  readonly revoked_at: number | null
}

const keyList = 'id, name, scope, created_at, last_used_at, revoked_at'

export function createKeyVerbs({ engine }: Context): Verbs {
  const { read } = engine

  return {
    async addKey(key, secretSha256) {
      await engine.write((sql) =>
        sql.run(
          `INSERT INTO api_key (${keyList}, secret_sha256) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
          [key.id, key.name, key.scope, key.createdAt, key.lastUsedAt, key.revokedAt, secretSha256],
        ),
      )
    },

    async keyOf(secretSha256) {
      const [row] = await read.all<KeyRow>(
        `SELECT ${keyList} FROM api_key WHERE secret_sha256 = $1 AND revoked_at IS NULL`,
        [secretSha256],
      )
      return row === undefined ? null : toKey(row)
    },

    async keys() {
      const rows = await read.all<KeyRow>(`SELECT ${keyList} FROM api_key ORDER BY created_at, id`)
      return rows.map(toKey)
    },

    async touchKey(id, now) {
      await engine.write((sql) =>
        sql.run(
          `UPDATE api_key SET last_used_at = $2
           WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)`,
          [id, now],
        ),
      )
    },

    async revokeKey(id, now) {
      const changed = await engine.write((sql) =>
        sql.run('UPDATE api_key SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL', [
          id,
          now,
        ]),
      )
      return changed > 0
    },

    async answered(key) {
      const [row] = await read.all<Answered>(
        'SELECT request, status, body FROM answer WHERE key = $1',
        [key],
      )
      return row === undefined ? null : { request: row.request, status: row.status, body: row.body }
    },

    async remember(key, answer, now) {
      // Of two answers to the same key the first was given out first.
      await engine.write((sql) =>
        sql.run(
          `INSERT INTO answer (key, request, status, body, at) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (key) DO NOTHING`,
          [key, answer.request, answer.status, answer.body, now],
        ),
      )
    },

    async note(name) {
      const [row] = await read.all<{ value: string }>('SELECT value FROM note WHERE name = $1', [
        name,
      ])
      return row?.value ?? null
    },

    async setNote(name, value) {
      await engine.write((sql) =>
        value === null
          ? sql.run('DELETE FROM note WHERE name = $1', [name])
          : sql.run(
              `INSERT INTO note (name, value) VALUES ($1, $2)
               ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
              [name, value],
            ),
      )
    },
  }
}

function toKey(row: KeyRow): ApiKey {
  return {
    id: row.id,
    name: row.name,
    scope: row.scope,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    revokedAt: row.revoked_at,
  }
}
