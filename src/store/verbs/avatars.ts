// Avatars: changed as a whole, and read.
import type { Standing } from '../../core/avatar.ts'
import { standings } from '../../core/avatar.ts'
import { type Clock, freshClock } from '../../core/clock.ts'
import { addViews, freshImportance } from '../../core/importance.ts'
import type { Reader, Sql } from '../sql.ts'
import { Again, planAnew, storable } from '../sql.ts'
import type { AvatarQuery, Change, Face, NewCopy, NewEvent, Seen, Store } from '../store.ts'
import type { AvatarCells, AvatarRow, ClockRow } from '../tables.ts'
import {
  avatarColumns,
  avatarId,
  avatarList,
  avatarTables,
  clockList,
  freshAvatar,
  scheduleColumns,
  scheduleId,
  toAvatar,
  toClock,
} from '../tables.ts'
import type { Context } from './context.ts'
import type { Edit } from './edits.ts'
import { alteredCells, pastSource, updateAvatars, writeAround } from './edits.ts'

type Verbs = Pick<
  Store,
  'change' | 'avatar' | 'face' | 'faceOf' | 'avatars' | 'sources' | 'addViews'
>

const mostSources = 100

/**
 * A default picture may be the source of many: some of them speak for all. Compared as indexed (migration 0003), and
 * planned anew: a plan for any link would sort all who share one.
 */
const mostLinked = 8
const linked = `${planAnew} SELECT subject, name, standing, url, copy_sha256, suspect, current FROM (
  SELECT * FROM (SELECT id, subject, name, standing, url, copy_sha256, 1 AS current
    FROM avatar WHERE substr(url, 1, 200) = substr($1, 1, 200) AND url = $1
    ORDER BY id LIMIT ${mostLinked}) AS now
  UNION ALL
  SELECT * FROM (SELECT a.id, a.subject, a.name, a.standing, a.url, a.copy_sha256, 0 AS current
    FROM source s JOIN avatar a ON a.id = s.avatar_id
    WHERE substr(s.url, 1, 200) = substr($1, 1, 200) AND s.url = $1
    ORDER BY s.id LIMIT ${mostLinked}) AS past
) AS found JOIN schedule ON schedule.avatar_id = found.id
ORDER BY current DESC, copy_sha256 IS NULL, id LIMIT 1`

/** As long as programs may run that know no schedules, PostgreSQL makes one of their columns (migration 0004). */
const overCarried = `ON CONFLICT (avatar_id) DO UPDATE SET ${Object.keys(scheduleColumns)
  .map((column) => `${column} = excluded.${column}`)
  .join(', ')}`

const viewColumns = { views: 'real', views_at: 'int' } as const

/** An avatar while it is being changed. */
interface Draft {
  readonly subject: string
  /** Null as long as nobody has made it. */
  row: AvatarRow | null
  readonly known: boolean
  cells: Partial<AvatarCells>
  readonly pastSources: { url: string; from: number }[]
  readonly copies: (NewCopy | null)[]
  readonly seen: Seen[]
  readonly events: NewEvent[]
  outdates: boolean
  attendAt: number | null
}

export function createAvatarVerbs({ engine, events, limits }: Context): Verbs {
  const { dialect, read } = engine
  const list = dialect.list

  async function hold(sql: Sql, subjects: readonly string[]): Promise<Map<string, AvatarRow>> {
    const rows = await sql.all<AvatarRow>(
      `SELECT ${avatarList} FROM ${avatarTables} WHERE avatar.subject IN ${list('$1', 'text')}
       ORDER BY avatar.id ${dialect.forUpdate}`,
      [JSON.stringify(subjects)],
    )
    return new Map(rows.map((row) => [row.subject, row]))
  }

  /** New rows get their numbers; whoever was quicker elsewhere makes us begin anew. */
  async function insert(sql: Sql, drafts: readonly Draft[]): Promise<void> {
    if (drafts.length === 0) return
    const rows = drafts.map(({ row }) => row as AvatarRow)
    rows.sort((a, b) => (a.subject < b.subject ? -1 : 1))
    const inserted = await sql.insert(
      'avatar',
      avatarColumns,
      rows,
      'ON CONFLICT (subject) DO NOTHING',
    )
    if (inserted < rows.length) throw new Again('somebody else made one of these avatars')
    const numbers = await sql.all<{ id: number; subject: string }>(
      `SELECT id, subject FROM avatar WHERE subject IN ${list('$1', 'text')}`,
      [JSON.stringify(rows.map(({ subject }) => subject))],
    )
    const ids = new Map(numbers.map(({ id, subject }) => [subject, id]))
    for (const draft of drafts) {
      draft.row = { ...(draft.row as AvatarRow), id: ids.get(draft.subject) ?? 0 }
    }
    const made = drafts.map(({ row }) => ({ avatar_id: row?.id ?? 0, ...row }))
    await sql.insert('schedule', { ...scheduleId, ...scheduleColumns }, made, overCarried)
  }

  return {
    async change(subjects, now, decide) {
      if (subjects.length === 0) return []
      return await engine.write(async (sql) => {
        const clockOf = await readClocks(sql, (provider) => freshClock(provider, now, limits))
        const held = await hold(sql, [...new Set(subjects)])
        const drafts = new Map<string, Draft>()
        for (const [index, subject] of subjects.entries()) {
          const draft = drafts.get(subject) ?? createDraft(subject, held.get(subject) ?? null)
          drafts.set(subject, draft)
          const before = draft.row === null ? null : toAvatar(draft.row)
          const change = decide(before, index, clockOf)
          if (change !== null) applyChange(draft, change, now, clockOf)
        }
        const changed = [...drafts.values()].filter(({ row }) => row !== null)
        await insert(
          sql,
          changed.filter(({ known }) => !known),
        )
        const edits = changed.map(toEdit)
        await updateAvatars(
          sql,
          edits.filter((_, at) => changed[at]?.known === true),
        )
        await writeAround(sql, dialect, edits, events, now)
        return subjects.map((subject) => {
          const row = drafts.get(subject)?.row ?? null
          return row === null ? null : toAvatar(row)
        })
      })
    },

    async addViews(counted, now) {
      const views = new Map<string, number>()
      for (const [subject, count] of counted) {
        views.set(subject, (views.get(subject) ?? 0) + count)
      }
      if (views.size === 0) return
      await engine.write(async (sql) => {
        const rows = await sql.all<AvatarRow>(
          `SELECT id, subject, views, views_at FROM avatar
           WHERE subject IN ${list('$1', 'text')} ORDER BY id ${dialect.forUpdate}`,
          [JSON.stringify([...views.keys()])],
        )
        const added = rows.map((row) => {
          const before = { ...freshImportance(now), views: row.views, viewsAt: row.views_at }
          const after = addViews(before, views.get(row.subject) ?? 0, now)
          return { id: row.id, views: after.views, views_at: after.viewsAt }
        })
        if (added.length > 0) await sql.update('avatar', avatarId, viewColumns, added)
      })
    },

    async avatar(subject) {
      const [row] = await read.all<AvatarRow>(
        `SELECT ${avatarList} FROM ${avatarTables} WHERE avatar.subject = $1`,
        [subject],
      )
      return row === undefined ? null : toAvatar(row)
    },

    async face(subject) {
      const [row] = await read.all<FaceRow>(
        `SELECT subject, name, standing, url, copy_sha256, schedule.suspect FROM ${avatarTables}
         WHERE avatar.subject = $1`,
        [subject],
      )
      return row === undefined ? null : toFace(row)
    },

    async faceOf(url) {
      const [row] = await read.all<FaceRow & { current: number }>(linked, [storable(url)])
      return row === undefined ? null : { face: toFace(row), current: row.current === 1 }
    },

    async avatars(query) {
      const limit = Math.max(1, Math.floor(query.limit))
      const rows = await readPage(read, query, limit + 1)
      const items = rows.slice(0, limit).map(toAvatar)
      return { items, next: rows.length > limit ? (items.at(-1)?.subject ?? null) : null }
    },

    async sources(subject) {
      const [now] = await read.all<{ id: number; url: string | null; url_at: number }>(
        'SELECT id, url, url_at FROM avatar WHERE subject = $1',
        [subject],
      )
      if (now === undefined) return []
      const past = await read.all<{ url: string; from_at: number; until_at: number }>(
        `SELECT url, from_at, until_at FROM source WHERE avatar_id = $1
         ORDER BY until_at DESC, id DESC LIMIT ${mostSources}`,
        [now.id],
      )
      const current = now.url === null ? [] : [{ url: now.url, from: now.url_at, until: null }]
      return [
        ...current,
        ...past.map(({ url, from_at, until_at }) => ({ url, from: from_at, until: until_at })),
      ].slice(0, mostSources)
    },
  }
}

function createDraft(subject: string, row: AvatarRow | null): Draft {
  return {
    subject,
    row,
    known: row !== null,
    cells: {},
    pastSources: [],
    copies: [],
    seen: [],
    events: [],
    outdates: false,
    attendAt: null,
  }
}

function applyChange(
  draft: Draft,
  change: Change,
  now: number,
  clockOf: (provider: string) => Clock,
): void {
  const { patch } = change
  if (draft.row === null && (patch.provider === undefined || patch.url === undefined)) {
    throw new Error('a new avatar needs a provider and a source')
  }
  const row = draft.row ?? {
    id: 0,
    ...freshAvatar(draft.subject, now, clockOf(patch.provider ?? '')),
    swept: patch.url !== null,
  }
  const cells = alteredCells(row, storablePatch(change), now)
  const past = pastSource(row, cells)
  if (past !== null) draft.pastSources.push(past)
  draft.row = { ...row, ...cells }
  draft.cells = { ...draft.cells, ...cells }
  if (change.copy !== undefined) draft.copies.push(change.copy)
  draft.seen.push(...(change.seen ?? []))
  draft.events.push(...(change.events ?? []))
  draft.outdates ||= change.outdates === true
  draft.attendAt = earlier(draft.attendAt, change.attendAt)
}

function earlier(one: number | null, other: number | undefined): number | null {
  return one === null || other === undefined ? (other ?? one) : Math.min(one, other)
}

/** What is answered is what will be read. */
function storablePatch(change: Change): Change {
  const { name, url } = change.patch
  const patch = { ...change.patch }
  if (typeof name === 'string') patch.name = storable(name)
  if (typeof url === 'string') patch.url = storable(url)
  return { ...change, patch }
}

function toEdit(draft: Draft): Edit {
  return {
    id: draft.row?.id ?? 0,
    subject: draft.subject,
    cells: draft.cells,
    pastSources: draft.pastSources,
    copies: draft.copies,
    seen: draft.seen,
    events: draft.events,
    outdates: draft.outdates,
    attendAt: draft.attendAt,
  }
}

async function readClocks(
  sql: Reader,
  fresh: (provider: string) => Clock,
): Promise<(provider: string) => Clock> {
  const rows = await sql.all<ClockRow>(`SELECT ${clockList} FROM clock`)
  const clocks = new Map(rows.map((row) => [row.provider, toClock(row)]))
  return (provider) => {
    const clock = clocks.get(provider) ?? fresh(provider)
    clocks.set(provider, clock)
    return clock
  }
}

interface FaceRow {
  readonly subject: string
  readonly name: string | null
  readonly standing: string
  readonly url: string | null
  readonly copy_sha256: string | null
  readonly suspect: number
}

function toFace(row: FaceRow): Face {
  const { subject, name, url, suspect } = row
  const standing = row.standing as Standing
  return { subject, name, standing, url, sha256: row.copy_sha256, suspect }
}

/**
 * A provider's avatars are indexed by standing: its list is that of all standings, merged. Of what is merged only the
 * subjects are read, so that a page costs as many rows as it has.
 */
async function readPage(
  read: Reader,
  { standing, provider, cursor }: AvatarQuery,
  limit: number,
): Promise<AvatarRow[]> {
  const order = 'avatar.subject > $1 ORDER BY avatar.subject LIMIT $2'
  const from = [cursor ?? '', limit]
  if (provider === undefined) {
    const of = standing === undefined ? '' : 'avatar.standing = $3 AND'
    const values = standing === undefined ? from : [...from, standing]
    return await read.all(`SELECT ${avatarList} FROM ${avatarTables} WHERE ${of} ${order}`, values)
  }
  const each = standing === undefined ? standings : [standing]
  const parts = each.map(
    (_, at) => `SELECT * FROM (SELECT subject FROM avatar
      WHERE provider = $3 AND standing = $${at + 4} AND ${order}) AS part_${at}`,
  )
  const subjects = `SELECT subject FROM (${parts.join(' UNION ALL ')}) AS merged
    ORDER BY subject LIMIT $2`
  const text = `SELECT ${avatarList} FROM ${avatarTables}
    WHERE avatar.subject IN (${subjects}) ORDER BY avatar.subject`
  return await read.all(text, [...from, provider, ...each])
}
