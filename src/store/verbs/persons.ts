// People: read and changed as a whole, and leased to whoever attends to them.
import type { Dialect, Reader, Sql, Value } from '../sql.ts'
import type { Person, PersonChange, PersonVerbs, StoredGrant } from '../persons.ts'
import type { StoredEvent } from '../store.ts'
import { type AvatarRow, avatarList, avatarTables, toAvatar } from '../tables.ts'
import type { Context } from './context.ts'
import { alteredCells, pastSource, updateAvatars, writeAround } from './edits.ts'
import { toStoredEvent } from './story.ts'

type Verbs = Pick<
  PersonVerbs,
  'person' | 'changePerson' | 'dropEvents' | 'dueAttention' | 'holders'
>

const mostEvents = 1_000

const grantColumns = {
  avatar_id: 'int',
  appid: 'text',
  openid: 'text',
  unionid: 'text',
  scope: 'text',
  refresh_token: 'text',
  granted_at: 'int',
  refresh_until: 'int',
  ended: 'bool',
  last_refresh_at: 'int',
  unchanged_refreshes: 'int',
} as const

const grantList = Object.keys(grantColumns).join(', ')

const replaceGrant = `ON CONFLICT (avatar_id, appid) DO UPDATE SET
  ${Object.keys(grantColumns)
    .slice(2)
    .map((column) => `${column} = excluded.${column}`)
    .join(', ')}`

interface GrantRow {
  readonly appid: string
  readonly openid: string
  readonly unionid: string | null
  readonly scope: string
  readonly refresh_token: string | null
  readonly granted_at: number
  readonly refresh_until: number
  readonly ended: boolean | number
  readonly last_refresh_at: number | null
  readonly unchanged_refreshes: number
}

interface EventRow {
  readonly id: string
  readonly subject: string
  readonly type: string
  readonly at: number
  readonly data: string
}

export function createPersonVerbs({ engine, events }: Context): Verbs {
  const { dialect, read } = engine

  async function complete(sql: Reader, row: AvatarRow, since: number): Promise<Person> {
    const grants = await sql.all<GrantRow>(
      `SELECT ${grantList} FROM person_grant WHERE avatar_id = $1 ORDER BY refresh_until, appid`,
      [row.id],
    )
    const told = await sql.all<EventRow>(
      `SELECT id, subject, type, at, data FROM event
       WHERE avatar_id = $1 AND at >= $2 AND (type LIKE 'person.%' OR type = 'avatar.ask')
       ORDER BY at DESC, id DESC LIMIT ${mostEvents}`,
      [row.id, since],
    )
    const [looked] = await sql.all<{ at: number | null }>(
      'SELECT max(at) AS at FROM observation WHERE avatar_id = $1',
      [row.id],
    )
    return {
      avatar: toAvatar(row),
      urlAt: row.url_at,
      lookedAt: looked?.at ?? null,
      grants: grants.map(toGrant),
      events: told.toReversed().map((one): StoredEvent => toStoredEvent(one)),
    }
  }

  async function write(sql: Sql, row: AvatarRow, change: PersonChange, now: number): Promise<void> {
    const { dropEvents = [], grants = [], attended } = change
    if (dropEvents.length > 0) {
      await sql.run(
        `DELETE FROM event WHERE avatar_id = $1 AND type IN ${dialect.list('$2', 'text')}`,
        [row.id, JSON.stringify(dropEvents)],
      )
    }
    const cells = alteredCells(row, change, now)
    const past = pastSource(row, cells)
    const edit = {
      id: row.id,
      subject: row.subject,
      cells,
      pastSources: past === null ? [] : [past],
      copies: change.copy === undefined ? [] : [change.copy],
      seen: change.seen ?? [],
      events: change.events ?? [],
      outdates: change.outdates === true,
      attendAt: change.attendAt ?? null,
    }
    await updateAvatars(sql, [edit])
    // First the lease is ended: what this change itself makes due comes on top of it.
    if (attended !== undefined) await endAttention(sql, dialect, row.id, attended)
    await writeAround(sql, dialect, [edit], events, now)
    if (grants.length > 0) {
      const rows = grants.map((grant) => grantCells(row.id, grant))
      await sql.insert('person_grant', grantColumns, rows, replaceGrant)
    }
  }

  return {
    async person(subject, since) {
      const [row] = await read.all<AvatarRow>(
        `SELECT ${avatarList} FROM ${avatarTables} WHERE avatar.subject = $1`,
        [subject],
      )
      return row === undefined ? null : await complete(read, row, since)
    },

    async changePerson(subject, now, since, decide) {
      const select = `SELECT ${avatarList} FROM ${avatarTables} WHERE avatar.subject = $1`
      return await engine.write(async (sql) => {
        const [row] = await sql.all<AvatarRow>(`${select} ${dialect.forUpdate}`, [subject])
        if (row === undefined) return null
        const before = await complete(sql, row, since)
        const change = decide(before)
        if (change === null) return before
        await write(sql, row, change, now)
        const [after] = await sql.all<AvatarRow>(select, [subject])
        return await complete(sql, after ?? row, since)
      })
    },

    async dropEvents(subjects, type) {
      if (subjects.length === 0) return
      const values: readonly Value[] = [JSON.stringify(subjects), type]
      const which = `SELECT event.id FROM avatar JOIN event ON event.avatar_id = avatar.id
        WHERE avatar.subject IN ${dialect.list('$1', 'text')} AND event.type = $2`
      if ((await read.all(`${which} LIMIT 1`, values)).length === 0) return
      await engine.write((sql) => sql.run(`DELETE FROM event WHERE id IN (${which})`, values))
    },

    async dueAttention({ now, max, leaseMs, owner }) {
      // Nothing is written, or held, as long as nobody is due.
      const due = 'attention.due_at <= $1 AND attention.until_at <= $1'
      const [some] = await read.all<{ found: boolean }>(
        `SELECT EXISTS (SELECT 1 FROM attention WHERE ${due}) AS found`,
        [now],
      )
      if (!some?.found || max < 1) return []
      return await engine.write(async (sql) => {
        const rows = await sql.all<{ id: number; failures: number }>(
          `SELECT avatar_id AS id, failures FROM attention WHERE ${due}
           ORDER BY due_at, avatar_id LIMIT $2 ${dialect.forUpdateSkipping}`,
          [now, max],
        )
        const ids = JSON.stringify(rows.map(({ id }) => id))
        if (rows.length > 0) {
          // Due again when the lease ends, should nothing be heard; whatever happens meanwhile makes it due earlier.
          await sql.run(
            `UPDATE attention SET owner = $2, until_at = $3, due_at = $3
             WHERE avatar_id IN ${dialect.list('$1', 'int')}`,
            [ids, owner, now + leaseMs],
          )
        }
        const names = await sql.all<{ id: number; subject: string }>(
          `SELECT id, subject FROM avatar WHERE id IN ${dialect.list('$1', 'int')}`,
          [ids],
        )
        const subjects = new Map(names.map(({ id, subject }) => [id, subject]))
        return rows.flatMap(({ id, failures }) => {
          const subject = subjects.get(id)
          return subject === undefined ? [] : [{ subject, failures }]
        })
      })
    },

    async holders({ appid, openid, unionid }) {
      if (openid === null && unionid === null) return []
      const rows = await read.all<{ subject: string }>(
        `SELECT DISTINCT avatar.subject FROM person_grant AS held
         JOIN avatar ON avatar.id = held.avatar_id
         WHERE ${openid === null ? 'held.unionid = $2' : 'held.openid = $2'} AND held.appid = $1
         ORDER BY avatar.subject`,
        [appid, openid ?? unionid],
      )
      return rows.map(({ subject }) => subject)
    },
  }
}

async function endAttention(
  sql: Sql,
  dialect: Dialect,
  id: number,
  { owner, nextAt, failures }: NonNullable<PersonChange['attended']>,
): Promise<void> {
  const [row] = await sql.all<{ due_at: number; until_at: number }>(
    `SELECT due_at, until_at FROM attention WHERE avatar_id = $1 AND owner = $2 ${dialect.forUpdate}`,
    [id, owner],
  )
  // The lease ran out: whoever has it now says how it goes on.
  if (row === undefined) return
  const quiet = row.due_at === row.until_at
  const due = quiet ? nextAt : Math.min(row.due_at, nextAt ?? row.due_at)
  if (due === null) await sql.run('DELETE FROM attention WHERE avatar_id = $1', [id])
  else {
    await sql.run(
      `UPDATE attention SET due_at = $2, owner = NULL, until_at = 0, failures = $3
       WHERE avatar_id = $1`,
      [id, Math.round(due), failures],
    )
  }
}

function toGrant(row: GrantRow): StoredGrant {
  return {
    appid: row.appid,
    openid: row.openid,
    unionid: row.unionid,
    scope: row.scope,
    refreshToken: row.refresh_token,
    grantedAt: row.granted_at,
    refreshUntil: row.refresh_until,
    over: Boolean(row.ended),
    lastRefreshAt: row.last_refresh_at,
    unchangedRefreshes: row.unchanged_refreshes,
  }
}

function grantCells(avatarId: number, grant: StoredGrant) {
  return {
    avatar_id: avatarId,
    appid: grant.appid,
    openid: grant.openid,
    unionid: grant.unionid,
    scope: grant.scope,
    refresh_token: grant.refreshToken,
    granted_at: grant.grantedAt,
    refresh_until: grant.refreshUntil,
    ended: grant.over,
    last_refresh_at: grant.lastRefreshAt,
    unchanged_refreshes: grant.unchangedRefreshes,
  }
}
