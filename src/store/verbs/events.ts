// Events as they are written: each with an id that ascends in time, and for those that are told a delivery to each
// webhook, in the transaction of the change itself.
import { randomBytes } from 'node:crypto'
import type { Sql } from '../sql.ts'
import { toJson } from '../sql.ts'
import { type NewEvent, toldEvents } from '../store.ts'
import { eventColumns } from '../tables.ts'

/** An event and whom it is about. */
export interface OwnEvent extends NewEvent {
  /** Null when it is about no avatar. */
  readonly avatarId: number | null
  readonly subject: string
}

/** Writes events. */
export interface Events {
  /** The webhooks that are told. */
  readonly hooks: readonly string[]
  write(sql: Sql, events: readonly OwnEvent[], at: number): Promise<void>
}

const deliveryColumns = {
  event_id: 'text',
  hook: 'text',
  state: 'text',
  attempts: 'int',
  next_at: 'int',
} as const

/** Times to the year 5188 and two thousand million events within one millisecond, in digits that sort as text. */
const timeDigits = 9
const turnDigits = 6

/** @param hooks URLs; every told event goes to each of them */
export function createEvents(hooks: readonly string[]): Events {
  const distinct = [...new Set(hooks)]
  let lastAt = 0
  let turn = 0

  function nextId(at: number): string {
    if (at > lastAt) {
      lastAt = at
      turn = 0
    }
    turn++
    const time = lastAt.toString(36).padStart(timeDigits, '0')
    const order = turn.toString(36).padStart(turnDigits, '0')
    return `evt_${time}${order}${randomBytes(10).toString('hex')}`
  }

  return {
    hooks: distinct,
    async write(sql, events, at) {
      if (events.length === 0) return
      const rows = events.map(({ avatarId, subject, type, data }) => ({
        id: nextId(at),
        avatar_id: avatarId,
        subject,
        type,
        at,
        data: toJson(data),
      }))
      await sql.insert('event', eventColumns, rows)
      const told = rows.filter(({ type }) => toldEvents.has(type))
      const deliveries = told.flatMap(({ id }) =>
        distinct.map((hook) => ({
          event_id: id,
          hook,
          state: 'pending',
          attempts: 0,
          next_at: at,
        })),
      )
      if (deliveries.length > 0) await sql.insert('delivery', deliveryColumns, deliveries)
    },
  }
}
