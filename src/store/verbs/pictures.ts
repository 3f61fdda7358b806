// Pictures by content: who shows them, who has, and what is known of their bytes.
import type { Mark, NewCopy, Store, StoredPicture, Suspect } from '../store.ts'
import { Again, type Reader, type Sql } from '../sql.ts'
import { avatarTables } from '../tables.ts'
import type { Context } from './context.ts'

type Verbs = Pick<
  Store,
  | 'showing'
  | 'markOf'
  | 'mark'
  | 'suspects'
  | 'picture'
  | 'known'
  | 'pictureNames'
  | 'losePicture'
  | 'copies'
>

const mostSuspects = 1_000
const mostCopies = 20
/** Beyond so many, more say nothing more. */
const mostCounted = 100_000

interface PictureRow {
  readonly sha256: string
  readonly raw_sha256: string
  readonly phash: string
  readonly bytes: number
  readonly width: number
  readonly height: number
  readonly raw_mime: string
  readonly first_seen_at: number
  readonly subjects: number
}

export function createPictureVerbs({ engine, events }: Context): Verbs {
  const { dialect, read } = engine

  return {
    showing: (rawSha256, bound) => countShowing(read, rawSha256, bound),

    async markOf(rawSha256) {
      if (rawSha256.length === 0) return new Map()
      const rows = await read.all<{ raw_sha256: string; mark: Mark }>(
        `SELECT raw_sha256, mark FROM mark WHERE raw_sha256 IN ${dialect.list('$1', 'text')}`,
        [JSON.stringify(rawSha256)],
      )
      return new Map(rows.map((row) => [row.raw_sha256, row.mark]))
    },

    async mark(rawSha256, mark, now) {
      return await engine.write(async (sql) => {
        const subjects = await countShowing(sql, rawSha256, mostCounted)
        // A suspicion does not undo what was decided, and the same word twice is one.
        const changed = await sql.run(
          `INSERT INTO mark (raw_sha256, mark, marked_at, subjects) VALUES ($1, $2, $3, $4)
           ON CONFLICT (raw_sha256) DO UPDATE
             SET mark = excluded.mark, marked_at = excluded.marked_at, subjects = excluded.subjects
             WHERE mark.mark <> excluded.mark AND excluded.mark <> 'suspected'`,
          [rawSha256, mark, now, subjects],
        )
        if (changed > 0) {
          const type = mark === 'suspected' ? 'picture.suspected' : 'picture.marked'
          const data = { rawSha256, mark, subjects }
          await events.write(sql, [{ type, data, avatarId: null, subject: '' }], now)
        }
        const rows = await sql.all<{ subject: string }>(
          `SELECT avatar.subject FROM copy JOIN avatar ON avatar.id = copy.avatar_id
           WHERE copy.raw_sha256 = $1 AND copy.shown ORDER BY avatar.subject`,
          [rawSha256],
        )
        return rows.map(({ subject }) => subject)
      })
    },

    async suspects() {
      const rows = await read.all<{
        raw_sha256: string
        sha256: string | null
        mark: Mark
        marked_at: number
        subjects: number
      }>(
        `SELECT raw_sha256, mark, marked_at, subjects,
           (SELECT min(copy.sha256) FROM copy WHERE copy.raw_sha256 = mark.raw_sha256) AS sha256
         FROM mark
         ORDER BY CASE WHEN mark = 'suspected' THEN 0 ELSE 1 END, marked_at DESC, raw_sha256
         LIMIT ${mostSuspects}`,
      )
      return rows.map((row): Suspect => ({
        rawSha256: row.raw_sha256,
        sha256: row.sha256,
        mark: row.mark,
        markedAt: row.marked_at,
        subjects: row.subjects,
      }))
    },

    async picture(sha256) {
      const [row] = await read.all<PictureRow>(
        `SELECT sha256, raw_sha256, phash, bytes, width, height, raw_mime, first_seen_at,
           (SELECT count(*) FROM copy WHERE copy.sha256 = picture.sha256 AND copy.shown) AS subjects
         FROM picture WHERE sha256 = $1`,
        [sha256],
      )
      return row === undefined ? null : toPicture(row)
    },

    async known(sha256s) {
      if (sha256s.length === 0) return new Set()
      const rows = await read.all<{ sha256: string }>(
        `SELECT sha256 FROM picture WHERE sha256 IN ${dialect.list('$1', 'text')}`,
        [JSON.stringify(sha256s)],
      )
      return new Set(rows.map(({ sha256 }) => sha256))
    },

    async pictureNames(after, limit) {
      const rows = await read.all<{ sha256: string }>(
        'SELECT sha256 FROM picture WHERE sha256 > $1 ORDER BY sha256 LIMIT $2',
        [after ?? '', Math.max(1, Math.floor(limit))],
      )
      return rows.map(({ sha256 }) => sha256)
    },

    async losePicture(sha256, now) {
      return await engine.write(async (sql) => {
        const showing = 'SELECT avatar_id FROM copy WHERE copy.sha256 = $1 AND copy.shown'
        const shown = await sql.all<{ id: number; current: boolean }>(
          `SELECT avatar.id, avatar.copy_sha256 = $1 AS current FROM ${avatarTables}
           WHERE avatar.id IN (${showing}) ORDER BY avatar.id ${dialect.forUpdate}`,
          [sha256],
        )
        if (dialect.forUpdate !== '') {
          // Nobody begins to show it from here on; whoever began a moment ago is to be held as well.
          await sql.all('SELECT 1 FROM picture WHERE sha256 = $1 FOR UPDATE', [sha256])
          const held = new Set(shown.map(({ id }) => id))
          const all = await sql.all<{ avatar_id: number }>(showing, [sha256])
          if (all.some((row) => !held.has(row.avatar_id))) {
            throw new Again('somebody showed the picture at the same time')
          }
        }
        const ids = JSON.stringify(shown.map(({ id }) => id))
        const these = dialect.list('$1', 'int')
        const current = JSON.stringify(shown.filter((row) => row.current).map(({ id }) => id))
        const sourced = 'SELECT 1 FROM avatar WHERE id = schedule.avatar_id AND url IS NOT NULL'
        await sql.run(
          `UPDATE schedule SET revision = revision + 1,
             urgent_at = CASE WHEN EXISTS (${sourced}) THEN CAST($2 AS bigint) END,
             urgency = CASE WHEN EXISTS (${sourced}) THEN 'first' END
           WHERE avatar_id IN ${these}`,
          [current, now],
        )
        await sql.run(
          `UPDATE avatar SET copy_sha256 = NULL, copy_raw_sha256 = NULL, copy_phash = NULL,
             copy_url = NULL, copy_taken_at = NULL
           WHERE id IN ${these}`,
          [current],
        )
        await sql.run(`DELETE FROM lease WHERE avatar_id IN ${these}`, [ids])
        await sql.run('DELETE FROM copy WHERE sha256 = $1', [sha256])
        await sql.run('DELETE FROM picture WHERE sha256 = $1', [sha256])
        return shown.length
      })
    },

    async copies(subject) {
      const rows = await read.all<PictureRow & { copy_raw: string; url: string | null }>(
        `SELECT picture.sha256, picture.raw_sha256, picture.phash, picture.bytes, picture.width,
           picture.height, picture.raw_mime, copy.raw_sha256 AS copy_raw, copy.url
         FROM avatar
         JOIN copy ON copy.avatar_id = avatar.id
         JOIN picture ON picture.sha256 = copy.sha256
         WHERE avatar.subject = $1
         ORDER BY copy.shown DESC, copy.taken_at DESC, copy.raw_sha256 LIMIT ${mostCopies}`,
        [subject],
      )
      return rows.map((row): NewCopy => ({
        sha256: row.sha256,
        rawSha256: row.copy_raw,
        phash: row.phash,
        bytes: row.bytes,
        width: row.width,
        height: row.height,
        rawMime: row.raw_mime,
        url: row.url,
      }))
    },
  }
}

function toPicture(row: PictureRow): StoredPicture {
  return {
    sha256: row.sha256,
    rawSha256: row.raw_sha256,
    phash: row.phash,
    bytes: row.bytes,
    width: row.width,
    height: row.height,
    rawMime: row.raw_mime,
    firstSeenAt: row.first_seen_at,
    subjects: row.subjects,
  }
}

async function countShowing(reader: Reader, rawSha256: string, bound: number): Promise<number> {
  const [row] = await reader.all<{ avatars: number }>(
    `SELECT count(*) AS avatars
     FROM (SELECT 1 FROM copy WHERE raw_sha256 = $1 LIMIT $2) AS counted`,
    [rawSha256, bound],
  )
  return row?.avatars ?? 0
}

/**
 * Removes those of these pictures that no avatar shows or has shown any more; their names. They are held first: somebody
 * who is about to show one of them either comes before, and is counted, or after, and writes the row anew.
 */
export async function removeUnused(
  sql: Sql,
  dialect: Context['engine']['dialect'],
  sha256s: readonly string[],
): Promise<string[]> {
  if (sha256s.length === 0) return []
  const names = [JSON.stringify(sha256s)]
  const these = dialect.list('$1', 'text')
  if (dialect.forUpdate !== '') {
    await sql.all(
      `SELECT 1 FROM picture WHERE sha256 IN ${these} ORDER BY sha256 FOR UPDATE`,
      names,
    )
  }
  const rows = await sql.all<{ sha256: string }>(
    `DELETE FROM picture WHERE sha256 IN ${these}
       AND NOT EXISTS (SELECT 1 FROM copy WHERE copy.sha256 = picture.sha256)
     RETURNING sha256`,
    names,
  )
  return rows.map(({ sha256 }) => sha256).sort()
}
