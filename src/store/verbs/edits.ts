// How a change of an avatar becomes rows: its own cells, past sources, copies and their pictures, observations, events.
// `change` and `record` both come through here, with the rows they hold.
import {
  Again,
  type Cells,
  type Columns,
  type ColumnType,
  type Dialect,
  type Sql,
  type Value,
} from '../sql.ts'
import type { Change, NewCopy, NewEvent, Seen } from '../store.ts'
import type { AvatarCells } from '../tables.ts'
import {
  avatarColumns,
  avatarId,
  copyCells,
  copyColumns,
  observationColumns,
  patchCells,
  pictureColumns,
  scheduleColumns,
  scheduleId,
  sourceColumns,
} from '../tables.ts'
import type { Events } from './events.ts'

/** What of a row must be known to edit it. */
export type Held = Pick<AvatarCells, 'url' | 'provider' | 'standing' | 'urgent_at' | 'revision'> &
  Partial<AvatarCells>

/** What is to be written of one avatar. */
export interface Edit {
  readonly id: number
  readonly subject: string
  /** Its cells that differ. */
  readonly cells: Partial<AvatarCells>
  readonly pastSources: readonly { url: string; from: number }[]
  /** One after the other; the last one is shown. */
  readonly copies: readonly (NewCopy | null)[]
  readonly seen: readonly Seen[]
  readonly events: readonly NewEvent[]
  readonly outdates: boolean
  /** When the person is to be attended to. */
  readonly attendAt: number | null
}

/**
 * The cells that a change alters, and nothing that is so already: no row and no index is touched for nothing.
 * @param held nobody else can change the schedule's row meanwhile; otherwise all its cells are set that the change speaks of.
 *   The avatar's own source, provider and standing do not change but with the revision.
 */
export function alteredCells(row: Held, change: Change, now: number, held = true): MutableCells {
  const wanted: Record<string, Value> = patchCells(change.patch)
  if (wanted.urgency !== undefined && (wanted.urgent_at ?? row.urgent_at) === null) {
    wanted.urgency = null
  }
  const cells: Record<string, Value> = {}
  for (const column of Object.keys(wanted)) {
    const value = wanted[column] ?? null
    const steady = held || !(column in scheduleColumns)
    if (!steady || !same(row[column as keyof AvatarCells], value)) cells[column] = value
  }
  if (cells.standing !== undefined) cells.standing_at = now
  if (cells.url !== undefined) cells.url_at = now
  if (change.copy !== undefined) Object.assign(cells, copyCells(change.copy, now))
  const isOther = 'url' in cells || 'provider' in cells || 'standing' in cells
  if (change.outdates === true || isOther) cells.revision = row.revision + 1
  return cells
}

/** Cells while they are put together. */
type MutableCells = { -readonly [K in keyof AvatarCells]?: AvatarCells[K] }

/** SQLite hands out 0 and 1 for what is true or not. */
function same(one: Value | undefined, other: Value): boolean {
  return one === other || (typeof other === 'boolean' && one === Number(other))
}

/** The source that a change makes a past one. */
export function pastSource(
  row: Held,
  cells: Partial<AvatarCells>,
): { url: string; from: number } | null {
  const from = row.url_at
  return cells.url_at === undefined || from === undefined || row.url === null
    ? null
    : { url: row.url, from }
}

/**
 * Writes the cells of rows that are there, the schedule's first; of how many schedules.
 * @param guard what must hold of a schedule; where it does not, the caller gives up the transaction
 */
export async function updateAvatars(
  sql: Sql,
  edits: readonly Edit[],
  guard?: string,
): Promise<number> {
  const schedules = shapesOf(edits, 'avatar_id', scheduleColumns)
  let updated = 0
  for (const { columns, rows } of schedules) {
    updated += await sql.update('schedule', scheduleId, columns, rows, guard)
  }
  for (const { columns, rows } of shapesOf(edits, 'id', avatarColumns)) {
    await sql.update('avatar', avatarId, columns, rows)
  }
  return updated
}

interface Shape {
  readonly columns: Columns
  readonly rows: Cells[]
}

/** What edits alter in one table; rows that alter the same columns go together. */
function shapesOf(edits: readonly Edit[], key: string, table: Columns): Iterable<Shape> {
  const shapes = new Map<string, Shape>()
  // Cells were put together in few orders: only those are sorted, not the names of every row.
  const orders = new Map<string, Shape | null>()
  for (const { id, cells } of edits) {
    const order = Object.keys(cells).join()
    let shape = orders.get(order)
    if (shape === undefined) {
      const names = Object.keys(cells).filter((name) => name in table)
      const sorted = names.toSorted().join()
      shape = names.length === 0 ? null : (shapes.get(sorted) ?? newShape(names, table))
      orders.set(order, shape)
      if (shape !== null) shapes.set(sorted, shape)
    }
    shape?.rows.push({ [key]: id, ...cells })
  }
  return shapes.values()
}

function newShape(names: readonly string[], table: Columns): Shape {
  const columns = names.map((name) => [name, table[name]] as [string, ColumnType])
  return { columns: Object.fromEntries(columns), rows: [] }
}

/** Writes everything of edits that is not in the avatar's own row, and ends the leases that are outdated. */
export async function writeAround(
  sql: Sql,
  dialect: Dialect,
  edits: readonly Edit[],
  events: Events,
  now: number,
): Promise<void> {
  const outdated = edits.filter(({ outdates }) => outdates).map(({ id }) => id)
  if (outdated.length > 0) {
    await sql.run(`DELETE FROM lease WHERE avatar_id ${dialect.among('$1')}`, [
      JSON.stringify(outdated),
    ])
  }
  const sources = edits.flatMap(({ id, pastSources }) =>
    pastSources.map(({ url, from }) => ({ avatar_id: id, url, from_at: from, until_at: now })),
  )
  if (sources.length > 0) await sql.insert('source', sourceColumns, sources)
  await writeCopies(sql, dialect, edits, now)
  await writeAttention(sql, edits)
  const observations = edits.flatMap(({ id, seen }) => seen.map((one) => observationCells(id, one)))
  if (observations.length > 0) await sql.insert('observation', observationColumns, observations)
  await events.write(
    sql,
    edits.flatMap(({ id, subject, events }) =>
      events.map(({ type, data }) => ({ type, data, avatarId: id, subject })),
    ),
    now,
  )
}

const attentionColumns = {
  avatar_id: 'int',
  due_at: 'int',
  until_at: 'int',
  failures: 'int',
} as const

/** Whoever is due already stays due. */
async function writeAttention(sql: Sql, edits: readonly Edit[]): Promise<void> {
  const rows = edits.flatMap(({ id, attendAt }) =>
    attendAt === null ? [] : [{ avatar_id: id, due_at: attendAt, until_at: 0, failures: 0 }],
  )
  if (rows.length === 0) return
  rows.sort((a, b) => a.avatar_id - b.avatar_id)
  await sql.insert(
    'attention',
    attentionColumns,
    rows,
    `ON CONFLICT (avatar_id) DO UPDATE SET due_at = excluded.due_at
       WHERE attention.due_at > excluded.due_at`,
  )
}

async function writeCopies(
  sql: Sql,
  dialect: Dialect,
  edits: readonly Edit[],
  now: number,
): Promise<void> {
  const touched = edits.filter(({ copies }) => copies.length > 0)
  if (touched.length === 0) return
  // From now on its date says until when it was shown: a good face must outlive whatever is taken for one in its place.
  await sql.run(
    `UPDATE copy SET shown = FALSE, taken_at = $2
     WHERE shown AND avatar_id IN ${dialect.list('$1', 'int')}`,
    [JSON.stringify(touched.map(({ id }) => id)), now],
  )
  const pictures = new Map<string, Cells>()
  // The same bytes shown again are one row: the last word stands.
  const rows = new Map<string, Cells>()
  for (const { id, copies } of touched) {
    copies.forEach((copy, at) => {
      if (copy === null) return
      pictures.set(copy.sha256, pictureCells(copy, now))
      const key = `${id} ${copy.rawSha256}`
      rows.set(key, {
        avatar_id: id,
        raw_sha256: copy.rawSha256,
        sha256: copy.sha256,
        url: copy.url,
        taken_at: now,
        shown: at === copies.length - 1,
      })
    })
  }
  if (rows.size === 0) return
  const bySha = [...pictures.values()].sort((a, b) =>
    String(a.sha256) < String(b.sha256) ? -1 : 1,
  )
  await sql.insert('picture', pictureColumns, bySha, 'ON CONFLICT (sha256) DO NOTHING')
  if (dialect.forUpdate !== '') await holdPictures(sql, dialect, [...pictures.keys()])
  await sql.insert(
    'copy',
    copyColumns,
    [...rows.values()],
    `ON CONFLICT (avatar_id, raw_sha256) DO UPDATE SET sha256 = excluded.sha256, url = excluded.url,
       taken_at = excluded.taken_at, shown = excluded.shown`,
  )
}

/** Somebody may be about to remove a picture that nobody showed: then our row is to be written anew. */
async function holdPictures(sql: Sql, dialect: Dialect, sha256s: readonly string[]): Promise<void> {
  const held = await sql.all(
    `SELECT 1 FROM picture WHERE sha256 IN ${dialect.list('$1', 'text')}
     ORDER BY sha256 FOR KEY SHARE`,
    [JSON.stringify(sha256s)],
  )
  if (held.length < sha256s.length) throw new Again('a picture was removed at the same time')
}

function pictureCells(copy: NewCopy, now: number): Cells {
  return {
    sha256: copy.sha256,
    raw_sha256: copy.rawSha256,
    phash: copy.phash,
    bytes: copy.bytes,
    width: copy.width,
    height: copy.height,
    raw_mime: copy.rawMime,
    first_seen_at: now,
  }
}

function observationCells(avatarId: number, seen: Seen): Cells {
  return {
    avatar_id: avatarId,
    at: seen.at,
    edge: seen.edge,
    url: seen.url,
    method: seen.method,
    status: seen.status,
    verdict: seen.verdict,
    rule: seen.rule,
    detail: seen.detail,
    sha256: seen.sha256,
    bytes: seen.bytes,
    mime: seen.mime,
    ms: seen.ms,
  }
}
