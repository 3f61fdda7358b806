// Who is looked at next, and what became of it. A look is paid from the provider's clock and leased; what comes of it
// is written only while the lease lasts and nothing has outdated it.
import type { Avatar } from '../../core/avatar.ts'
import type { Clock, Limits } from '../../core/clock.ts'
import { allowance, freshClock, refill, spend } from '../../core/clock.ts'
import { Again, type Sql, type Value, together } from '../sql.ts'
import type { Claim, Due, LookResult, Store } from '../store.ts'
import type { AvatarRow, ClockRow } from '../tables.ts'
import { avatarList, avatarTables, clockList, toAvatar, toClock } from '../tables.ts'
import { holdClock, keepClock } from './clocks.ts'
import type { Context } from './context.ts'
import type { Edit, Held } from './edits.ts'
import { alteredCells, pastSource, updateAvatars, writeAround } from './edits.ts'

type Verbs = Pick<Store, 'claim' | 'claimOne' | 'record' | 'extend' | 'release'>

/** Leased to nobody at `$2`, and with something to look at. */
const free = `avatar.url IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM lease WHERE lease.avatar_id = avatar.id AND lease.until_at > $2)`

/** In the order of the schedule, whatever an engine thinks of it. */
const scheduled = 'schedule CROSS JOIN avatar WHERE avatar.id = schedule.avatar_id AND'

/** In the sweep's turn, from `$3` on: not while a look out of turn is owed. A death date to come does not count as owed. */
const inTurn = `schedule.provider = $1 AND schedule.swept AND schedule.next_check_at >= $3
  AND (schedule.urgency IS NULL OR schedule.urgency = 'expiry')
  AND (schedule.urgent_at IS NULL OR schedule.urgent_at > $2) AND ${free}`

/** PostgreSQL keeps what is no longer in an index until it cleans up, and walks over it: not at every claim. */
const fromTheStartMs = 10_000
const start = -Number.MAX_VALUE

/** Where a provider's sweep has come, as long as there is more than is taken. */
interface Head {
  readonly nextCheckAt: number
  /** When the sweep was last looked through from the start. */
  readonly at: number
}

const overdue = (urgency: string): string =>
  `schedule.provider = $1 AND schedule.urgency ${urgency} AND schedule.urgent_at <= $2 AND ${free}`

interface Ahead {
  readonly clock: Clock
  /** Whether there are first looks, other looks out of turn, looks in turn, that may be taken. */
  readonly first: boolean
  readonly event: boolean
  readonly sweep: boolean
}

type AheadRow = ClockRow & { first: boolean; event: boolean; sweep: boolean }

/** What of a schedule must be known to record a look. */
type ScheduleHeld = Pick<AvatarRow, 'id' | 'urgent_at' | 'revision'> & Partial<AvatarRow>

export function createLookVerbs({ engine, events }: Context): Verbs {
  const { dialect, read } = engine
  const alone = dialect.forUpdate === ''
  const heads = new Map<string, Head>()

  /** Whoever is due before that was skipped over or left by a worker that died: they are found within seconds. */
  function headOf(provider: string, now: number): number {
    const head = heads.get(provider)
    if (head === undefined || now < head.at || now >= head.at + fromTheStartMs) return start
    return head.nextCheckAt
  }

  function keepHead(provider: string, now: number, from: number, first: number | undefined): void {
    if (first === undefined) heads.delete(provider)
    else {
      const at = from === start ? now : (heads.get(provider)?.at ?? now)
      heads.set(provider, { nextCheckAt: first, at })
    }
  }

  /** A look ahead without a transaction: what the clock allows, and what there is to take. */
  async function lookAhead(
    provider: string,
    limits: Limits,
    now: number,
    max: number,
    head: number,
  ): Promise<Ahead> {
    const [row] = await read.all<{ [K in keyof AheadRow]: AheadRow[K] | null }>(
      `SELECT ${clockList},
         EXISTS (SELECT 1 FROM ${scheduled} ${overdue(`= 'first'`)}) AS first,
         EXISTS (SELECT 1 FROM ${scheduled} ${overdue(`<> 'first'`)}) AS event,
         EXISTS (SELECT 1 FROM ${scheduled} ${inTurn}) AS sweep
       FROM (SELECT 1 AS one) AS always LEFT JOIN clock ON clock.provider = $1`,
      [provider, now, head],
    )
    const written = typeof row?.provider === 'string'
    const stored = written ? toClock(row as ClockRow) : freshClock(provider, now, limits)
    const clock = refill(stored, limits, now)
    const may = allowance(clock, max)
    return {
      clock,
      first: may.total > 0 && Boolean(row?.first),
      event: may.event > 0 && Boolean(row?.event),
      // A clock must be written once, or it never saves up what the sweep may spend.
      sweep: (may.sweep > 0 || !written) && Boolean(row?.sweep),
    }
  }

  async function select(
    sql: Sql,
    where: string,
    order: string,
    limit: number,
    values: readonly Value[],
  ): Promise<AvatarRow[]> {
    if (limit < 1) return []
    return await sql.all(
      `SELECT ${avatarList} FROM ${scheduled} ${where} ORDER BY schedule.${order}
       LIMIT $${values.length + 1}`,
      [...values, limit],
    )
  }

  /** Takes leases; the numbers of the avatars that are ours now. */
  async function lease(
    sql: Sql,
    ids: readonly number[],
    owner: string,
    now: number,
    until: number,
  ): Promise<ReadonlySet<number>> {
    // The select before looked for free ones; an avatar that moved to another provider may have gone meanwhile.
    const rows = await sql.all<{ avatar_id: number }>(
      `INSERT INTO lease (avatar_id, owner, until_at)
       SELECT item, $2, CAST($3 AS bigint) FROM ${dialect.list('$1', 'int')} AS due WHERE TRUE
       ON CONFLICT (avatar_id) DO UPDATE SET owner = excluded.owner, until_at = excluded.until_at
         WHERE lease.until_at <= $4
       RETURNING avatar_id`,
      [JSON.stringify(ids), owner, until, now],
    )
    return new Set(rows.map((row) => row.avatar_id))
  }

  /** Since when the sources were known that looks find to be others. That happens seldom. */
  async function readSince(
    sql: Sql,
    results: readonly LookResult[],
  ): Promise<ReadonlyMap<number, { url_at: number }>> {
    const moved = results.filter(({ change }) => change.patch.url !== undefined)
    if (moved.length === 0) return new Map()
    const rows = await sql.all<{ id: number; url_at: number }>(
      `SELECT id, url_at FROM avatar WHERE id ${dialect.among('$1')}`,
      [JSON.stringify(moved.map(({ avatar }) => avatar.id))],
    )
    return new Map(rows.map(({ id, url_at }) => [id, { url_at }]))
  }

  return {
    async claim({ provider, limits, now, max, leaseMs, owner }) {
      const head = headOf(provider, now)
      const ahead = await lookAhead(provider, limits, now, max, head)
      if (!ahead.sweep) heads.delete(provider)
      if (!ahead.first && !ahead.event && !ahead.sweep) return { clock: ahead.clock, due: [] }
      return await engine.write(async (sql): Promise<Claim> => {
        const held = await holdClock(sql, dialect, provider, now, limits)
        const clock = refill(held, limits, now)
        const { total, sweep, event } = allowance(clock, max)
        // What was not there a moment ago is taken the next time.
        const owed = async (seen: boolean, urgency: string, limit: number) =>
          seen ? await select(sql, overdue(urgency), 'urgent_at', limit, [provider, now]) : []
        const others = await owed(ahead.event, `<> 'first'`, Math.min(total, event))
        const firsts = await owed(ahead.first, `= 'first'`, total)
        const urgent = [...others, ...firsts]
          .sort((a, b) => (a.urgent_at ?? 0) - (b.urgent_at ?? 0))
          .slice(0, total)
        const room = Math.min(sweep, total - urgent.length)
        const swept = ahead.sweep
          ? await select(sql, inTurn, 'next_check_at', room, [provider, now, head])
          : []
        // Where less is found than was wanted, the next claim begins at the start.
        const full = swept.length > 0 && swept.length === room
        if (room > 0) keepHead(provider, now, head, full ? swept[0]?.next_check_at : undefined)
        const ids = [...urgent, ...swept].map(({ id }) => id)
        if (ids.length === 0) return { clock, due: [] }
        const ours = await lease(sql, ids, owner, now, now + leaseMs)
        const outOfTurn = urgent.filter(({ id }) => ours.has(id)).map((row) => toDue(row, now))
        const inSweep = swept.filter(({ id }) => ours.has(id))
        const free = outOfTurn.filter(({ urgency }) => urgency === 'first').length
        const looks = { sweep: inSweep.length, free, event: outOfTurn.length - free }
        const spent = spend(clock, looks, inSweep.at(-1)?.next_check_at)
        await keepClock(sql, held, spent)
        const due = [...outOfTurn, ...inSweep.map((row) => toDue(row, now))]
        return { clock: spent, due }
      })
    },

    async claimOne({ subject, limits, now, leaseMs, owner }) {
      return await engine.write(async (sql): Promise<Claim | null> => {
        const [row] = await sql.all<AvatarRow>(
          `SELECT ${avatarList} FROM ${avatarTables} WHERE avatar.subject = $1 AND ${free}`,
          [subject, now],
        )
        if (row === undefined) return null
        const held = await holdClock(sql, dialect, row.provider, now, limits)
        const ours = await lease(sql, [row.id], owner, now, now + leaseMs)
        if (!ours.has(row.id)) return null
        const clock = spend(refill(held, limits, now), { free: 1 })
        await keepClock(sql, held, clock)
        return { clock, due: [toDue(row, now)] }
      })
    },

    async record(results, owner, now) {
      if (results.length === 0) return { applied: [] }
      const firsts = new Map(results.map(({ avatar }, at) => [avatar.id, at] as const).toReversed())
      return await engine.write(async (sql) => {
        const rows = await sql.all<ScheduleHeld>(
          `SELECT schedule.avatar_id AS id, schedule.urgent_at, schedule.revision
             ${alone ? ', schedule.swept, schedule.next_check_at, schedule.urgency' : ''}
           FROM lease JOIN schedule ON schedule.avatar_id = lease.avatar_id
           WHERE lease.avatar_id ${dialect.among('$1')} AND lease.owner = $2 AND lease.until_at > $3`,
          [JSON.stringify([...firsts.keys()]), owner, now],
        )
        const held = new Map(rows.map((row) => [row.id, row]))
        const applied = results.map(
          ({ avatar }, at) =>
            firsts.get(avatar.id) === at && held.get(avatar.id)?.revision === avatar.revision,
        )
        const since = await readSince(sql, results)
        const edits = results.flatMap(({ avatar, change }, at): Edit[] => {
          const { id, subject, url, provider, standing } = avatar
          const row = held.get(id)
          if (row === undefined || applied[at] !== true) return []
          // What was leased is so still, or the revision had been raised.
          const before: Held = { ...row, url, provider, standing, ...since.get(id) }
          // Every result outdates whatever else was seen of the same state: of two that look, one is heard.
          const cells = alteredCells(before, change, now, alone)
          cells.revision = row.revision + 1
          const past = pastSource(before, cells)
          return [
            {
              id,
              subject,
              cells,
              pastSources: past === null ? [] : [past],
              copies: change.copy === undefined ? [] : [change.copy],
              seen: change.seen ?? [],
              events: change.events ?? [],
              outdates: false,
              attendAt: change.attendAt ?? null,
            },
          ]
        })
        edits.sort((a, b) => a.id - b.id)
        const updated = await updateAvatars(sql, edits, 'schedule.revision = given.revision - 1')
        if (updated < edits.length) throw new Again('a look was outdated at the same time')
        const recorded = edits.map(({ id }) => id)
        // A lease beside an outdated result is of a later look of our own, which is still on its way.
        await together([
          writeAround(sql, dialect, edits, events, now),
          endLeases(sql, recorded, owner),
        ])
        return { applied }
      })
    },

    async extend(ids, owner, until) {
      if (ids.length === 0) return
      await engine.write((sql) =>
        sql.run(
          `UPDATE lease SET until_at = $3
           WHERE avatar_id ${dialect.among('$1')} AND owner = $2 AND until_at < $3`,
          [JSON.stringify(ids), owner, until],
        ),
      )
    },

    async release(ids, owner) {
      if (ids.length > 0) await engine.write((sql) => endLeases(sql, ids, owner))
    },
  }

  async function endLeases(sql: Sql, ids: readonly number[], owner: string): Promise<void> {
    await sql.run(`DELETE FROM lease WHERE avatar_id ${dialect.among('$1')} AND owner = $2`, [
      JSON.stringify(ids),
      owner,
    ])
  }
}

function toDue(row: AvatarRow, now: number): Due {
  const avatar: Avatar = toAvatar(row)
  const owed = avatar.urgentAt !== null && avatar.urgentAt <= now
  return { avatar, urgency: owed ? avatar.urgency : null }
}
