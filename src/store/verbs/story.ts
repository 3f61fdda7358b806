// The story of an avatar: observations and events, merged by time. A page begins where the one before ended, by time and
// key, so that nothing is told twice when something new happens meanwhile.
import type { VerdictKind } from '../../core/verdict.ts'
import type { EventType, Store, StoryEntry } from '../store.ts'
import type { Context } from './context.ts'

/** Of the same time, what was seen comes before what was made of it: keys sort like that. */
const seenKey = 'a'
const eventKey = 'b'
const keyDigits = 16

interface Place {
  readonly at: number
  readonly key: string
}

interface ObservationRow {
  readonly id: number
  readonly at: number
  readonly edge: string
  readonly url: string | null
  readonly method: string
  readonly status: number | null
  readonly verdict: string
  readonly rule: string
  readonly detail: string
  readonly sha256: string | null
  readonly bytes: number | null
  readonly mime: string | null
  readonly ms: number
}

interface EventRow {
  readonly id: string
  readonly subject: string
  readonly type: string
  readonly at: number
  readonly data: string
}

export function createStoryVerbs({ engine }: Context): Pick<Store, 'story'> {
  const { read } = engine

  return {
    async story(subject, page) {
      const [avatar] = await read.all<{ id: number }>('SELECT id FROM avatar WHERE subject = $1', [
        subject,
      ])
      if (avatar === undefined) return null
      const place = page.cursor === undefined ? newest : readCursor(page.cursor)
      if (place === null) return { items: [], next: null }
      const limit = Math.max(1, Math.floor(page.limit))
      const { at, key } = place
      const seen = await read.all<ObservationRow>(
        `SELECT id, at, edge, url, method, status, verdict, rule, detail, sha256, bytes, mime, ms
         FROM observation WHERE avatar_id = $1 AND at <= $2 AND (at < $2 OR id < $3)
         ORDER BY at DESC, id DESC LIMIT $4`,
        [avatar.id, at, key.startsWith(eventKey) ? maxId : Number(key.slice(1)), limit + 1],
      )
      const events = await read.all<EventRow>(
        `SELECT id, subject, type, at, data
         FROM event WHERE avatar_id = $1 AND at <= $2 AND (at < $2 OR id < $3)
         ORDER BY at DESC, id DESC LIMIT $4`,
        [avatar.id, at, key.startsWith(eventKey) ? key.slice(1) : '', limit + 1],
      )
      const entries = [...seen.map(toSeen), ...events.map(toEvent)].sort(
        (a, b) => b.at - a.at || (a.key < b.key ? 1 : -1),
      )
      const items = entries.slice(0, limit)
      const last = items.at(-1)
      const more = entries.length > limit && last !== undefined
      return { items, next: more ? `${last.at}.${last.key}` : null }
    },
  }
}

const maxId = Number.MAX_SAFE_INTEGER
const newest: Place = { at: maxId, key: `${eventKey}~` }

function readCursor(cursor: string): Place | null {
  const parts = /^(-?\d{1,16})\.(a\d{1,16}|b[\w-]{1,100})$/.exec(cursor)
  const at = Number(parts?.[1])
  const key = parts?.[2]
  return key === undefined || !Number.isSafeInteger(at) ? null : { at, key }
}

function toSeen(row: ObservationRow): StoryEntry {
  const { id, ...seen } = row
  return {
    ...seen,
    kind: 'observation',
    key: seenKey + String(id).padStart(keyDigits, '0'),
    method: row.method as 'HEAD' | 'GET',
    verdict: row.verdict as VerdictKind,
  }
}

function toEvent(row: EventRow): StoryEntry {
  return { kind: 'event', key: eventKey + row.id, ...toStoredEvent(row) }
}

/** An event as it was written. */
export function toStoredEvent(row: EventRow) {
  return {
    id: row.id,
    subject: row.subject,
    type: row.type as EventType,
    at: row.at,
    data: JSON.parse(row.data) as Record<string, unknown>,
  }
}
