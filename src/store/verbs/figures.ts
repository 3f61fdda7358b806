// Figures over time. The day's are notes, one a day, added to in small steps; everything else is the end of an index.
import { type Standing, standings } from '../../core/avatar.ts'
import type { VerdictKind } from '../../core/verdict.ts'
import type { DayFigures, EdgeFigures, FigureVerbs } from '../figures.ts'
import type { Dialect, Reader, Sql } from '../sql.ts'
import type { EventType } from '../store.ts'
import type { Context } from './context.ts'
import { toStoredEvent } from './story.ts'

const dayMs = 86_400_000
/** Events that one step counts. */
const mostEvents = 20_000
/** A transaction that began earlier may still bring events of this time. */
const lateMs = 60_000
const endOfTime = 8.64e15
/** Looks that are counted for one who reads the days before they are counted for good. */
const mostLateLooks = 50_000
const keptDays = 800
const mostEdges = 500
/** Looks are sought in ever longer spans, so that the newest are found without sorting a day's. */
const spansMs = [120_000, 1_800_000, 14_400_000, dayMs]
/** The note on how far the counting has come. */
const placeName = 'figures'
/** Notes of days: `day 2026-11-22`; `day!` is behind all of them. */
const dayPrefix = 'day '
const behindDays = 'day!'

/** How far the counting has come. */
interface Place {
  readonly event: string
  readonly looksUntil: number
}

type Tally = Pick<DayFigures, 'looks' | 'events'>

interface EdgeRow {
  readonly provider: string
  readonly edge: string
  readonly verdict: string
  readonly rule: string
  readonly looks: number
  readonly mean_ms: number
  readonly last_at: number
}

export function createFigureVerbs({ engine }: Context): FigureVerbs {
  const { dialect, read } = engine

  return {
    async countDays(held, now) {
      return await engine.write(async (sql) => {
        const place = await holdPlace(sql, dialect, now)
        const days = new Map<string, Tally>()
        const events = await countEvents(sql, place.event, now - lateMs, days)
        const looksUntil = await countLooks(sql, place.looksUntil, now - lateMs, days)
        const today = dayOf(now)
        if (!days.has(today)) days.set(today, { looks: 0, events: {} })
        for (const [day, added] of days) {
          const before = await readDay(sql, day)
          const stood = day === today || before === null ? held : before
          await setNote(sql, dayPrefix + day, {
            standings: stood.standings,
            copies: stood.copies,
            looks: (before?.looks ?? 0) + added.looks,
            events: addUp(before?.events ?? {}, added.events),
          })
        }
        await setNote(sql, placeName, { event: events.last, looksUntil } satisfies Place)
        await sql.run('DELETE FROM note WHERE name >= $1 AND name < $2', [
          dayPrefix,
          dayPrefix + dayOf(now - keptDays * dayMs),
        ])
        return events.more || looksUntil < now - lateMs
      })
    },

    async days(from) {
      // In one statement, so that nothing is counted between the days and the place.
      const rows = await read.all<{ name: string; value: string }>(
        `SELECT name, value FROM note WHERE name >= $1 AND name < $2 OR name = $3
         ORDER BY name LIMIT $4`,
        [dayPrefix + from, behindDays, placeName, keptDays + 1],
      )
      const place = rows.find(({ name }) => name === placeName)
      const late = new Map<string, Tally>()
      if (place !== undefined) {
        const { event, looksUntil } = JSON.parse(place.value) as Place
        await countEvents(read, event, endOfTime, late)
        await countLooks(read, looksUntil, endOfTime, late, mostLateLooks)
      }
      return rows
        .filter(({ name }) => name !== placeName)
        .map(({ name, value }) => {
          const counted = toDay(name.slice(dayPrefix.length), value)
          const { events, looks } = late.get(counted.day) ?? { events: {}, looks: 0 }
          return {
            ...counted,
            events: addUp(counted.events, events),
            looks: counted.looks + looks,
          }
        })
    },

    async lately(now, max) {
      const most = Math.max(1, Math.floor(max))
      for (const [at, spanMs] of spansMs.entries()) {
        const since = now - spanMs
        const rows = await read.all<EdgeRow>(
          `SELECT schedule.provider AS provider, part.edge AS edge, part.verdict AS verdict,
             part.rule AS rule, count(*) AS looks, avg(part.ms) AS mean_ms, max(part.at) AS last_at
           FROM (SELECT avatar_id, edge, verdict, rule, ms, at FROM observation
                 WHERE at >= $1 ORDER BY at DESC LIMIT $2) AS part
           JOIN schedule ON schedule.avatar_id = part.avatar_id
           GROUP BY schedule.provider, part.edge, part.verdict, part.rule
           ORDER BY looks DESC, provider, edge, verdict, rule LIMIT ${mostEdges}`,
          [since, most],
        )
        const looks = rows.reduce((sum, row) => sum + row.looks, 0)
        if (looks * 2 >= most || at === spansMs.length - 1) {
          return { since, looks, edges: rows.map(toEdge) }
        }
      }
      return { since: now, looks: 0, edges: [] }
    },

    async newestEvents(limit) {
      const rows = await read.all<Parameters<typeof toStoredEvent>[0]>(
        'SELECT id, subject, type, at, data FROM event ORDER BY id DESC LIMIT $1',
        [Math.max(1, Math.floor(limit))],
      )
      return rows.map(toStoredEvent)
    },
  }
}

/** Whoever holds the place counts; others wait. A store that never counted begins with today's looks and all events. */
async function holdPlace(sql: Sql, dialect: Dialect, now: number): Promise<Place> {
  const first: Place = { event: '', looksUntil: now - (now % dayMs) }
  await sql.run('INSERT INTO note (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING', [
    placeName,
    JSON.stringify(first),
  ])
  const [row] = await sql.all<{ value: string }>(
    `SELECT value FROM note WHERE name = $1 ${dialect.forUpdate}`,
    [placeName],
  )
  return row === undefined ? first : (JSON.parse(row.value) as Place)
}

/** Ids ascend in time: what lies behind the last one that was counted is new. */
async function countEvents(
  sql: Reader,
  after: string,
  before: number,
  days: Map<string, Tally>,
): Promise<{ last: string; more: boolean }> {
  const rows = await sql.all<{ type: EventType; day: number; count: number; last: string }>(
    `SELECT type, day, count(*) AS count, max(id) AS last
     FROM (SELECT id, type, at / ${dayMs} AS day FROM event
           WHERE id > $1 AND at < $2 ORDER BY id LIMIT ${mostEvents}) AS part
     GROUP BY type, day`,
    [after, before],
  )
  let counted = 0
  let last = after
  for (const row of rows) {
    const day = dayOf(row.day * dayMs)
    const tally = days.get(day) ?? { looks: 0, events: {} }
    days.set(day, { ...tally, events: addUp(tally.events, { [row.type]: row.count }) })
    counted += row.count
    if (row.last > last) last = row.last
  }
  return { last, more: counted === mostEvents }
}

/** Counts from where it stopped to the end of that day at the most; up to where it came. */
async function countLooks(
  sql: Reader,
  from: number,
  before: number,
  days: Map<string, Tally>,
  most: number = Number.MAX_SAFE_INTEGER,
): Promise<number> {
  const until = Math.min(before, from - (from % dayMs) + dayMs)
  if (until <= from) return from
  const [row] = await sql.all<{ looks: number }>(
    `SELECT count(*) AS looks
     FROM (SELECT 1 FROM observation WHERE at >= $1 AND at < $2 LIMIT $3) AS part`,
    [from, until, most],
  )
  const looks = row?.looks ?? 0
  const day = dayOf(from)
  const tally = days.get(day) ?? { looks: 0, events: {} }
  if (looks > 0) days.set(day, { ...tally, looks: tally.looks + looks })
  return until
}

async function readDay(sql: Sql, day: string): Promise<DayFigures | null> {
  const [row] = await sql.all<{ value: string }>('SELECT value FROM note WHERE name = $1', [
    dayPrefix + day,
  ])
  return row === undefined ? null : toDay(day, row.value)
}

async function setNote(sql: Sql, name: string, value: object): Promise<void> {
  await sql.run(
    `INSERT INTO note (name, value) VALUES ($1, $2)
     ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    [name, JSON.stringify(value)],
  )
}

/** What an older program wrote may lack a standing. */
function toDay(day: string, value: string): DayFigures {
  const told = JSON.parse(value) as Omit<DayFigures, 'day'>
  const all = standings.map((standing) => [standing, told.standings[standing] ?? 0] as const)
  return { ...told, day, standings: Object.fromEntries(all) as Record<Standing, number> }
}

function toEdge(row: EdgeRow): EdgeFigures {
  return {
    provider: row.provider,
    edge: row.edge,
    verdict: row.verdict as VerdictKind,
    rule: row.rule,
    looks: row.looks,
    meanMs: row.mean_ms,
    lastAt: row.last_at,
  }
}

function addUp(one: DayFigures['events'], other: DayFigures['events']): DayFigures['events'] {
  const sum: Partial<Record<EventType, number>> = { ...one }
  for (const [type, count] of Object.entries(other) as [EventType, number][]) {
    sum[type] = (sum[type] ?? 0) + count
  }
  return sum
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}
