// Events on their way to webhooks. One delivery for each event and hook, written with the event; whoever delivers leases
// them by putting off the next attempt.
import type { Delivery, DeliveryResult, Store } from '../store.ts'
import type { Context } from './context.ts'
import { toStoredEvent } from './story.ts'

type Verbs = Pick<Store, 'dueDeliveries' | 'settleDeliveries' | 'deliveries' | 'resend'>

interface DeliveryRow {
  readonly id: number
  readonly hook: string
  readonly state: Delivery['state']
  readonly attempts: number
  readonly next_at: number
  readonly last_status: number | null
  readonly last_error: string | null
  readonly event_id: string
  readonly subject: string
  readonly type: string
  readonly at: number
  readonly data: string
}

const deliveryList = `delivery.id, delivery.hook, delivery.state, delivery.attempts, delivery.next_at,
  delivery.last_status, delivery.last_error, event.id AS event_id, event.subject, event.type,
  event.at, event.data`

/** What a hook answered is kept for people, not whole. */
const longestError = 500

export function createDeliveryVerbs({ engine }: Context): Verbs {
  const { dialect, read } = engine

  return {
    async dueDeliveries(now, max, leaseMs) {
      // Nothing is written, or held, as long as nothing is due.
      const [due] = await read.all<{ found: boolean }>(
        `SELECT EXISTS (SELECT 1 FROM delivery WHERE state = 'pending' AND next_at <= $1) AS found`,
        [now],
      )
      if (!due?.found || max < 1) return []
      return await engine.write(async (sql) => {
        const skipping = dialect.forUpdateSkipping.replace('SKIP', 'OF delivery SKIP')
        const rows = await sql.all<DeliveryRow>(
          `SELECT ${deliveryList} FROM delivery JOIN event ON event.id = delivery.event_id
           WHERE delivery.state = 'pending' AND delivery.next_at <= $1
           ORDER BY delivery.next_at, delivery.id LIMIT $2 ${skipping}`,
          [now, max],
        )
        if (rows.length > 0) {
          await sql.run(
            `UPDATE delivery SET next_at = $2 WHERE id IN ${dialect.list('$1', 'int')}`,
            [JSON.stringify(rows.map(({ id }) => id)), now + leaseMs],
          )
        }
        return rows.map(toDelivery)
      })
    },

    async settleDeliveries(results) {
      if (results.length === 0) return
      await engine.write(async (sql) => {
        for (const result of results.toSorted((a, b) => a.id - b.id)) {
          await sql.run(
            `UPDATE delivery SET state = $2, attempts = attempts + 1, next_at = $3, last_status = $4,
               last_error = $5
             WHERE id = $1 AND ${result.state === 'delivered' ? `state <> 'delivered'` : `state = 'pending'`}`,
            [result.id, result.state, result.nextAt, result.status, shortened(result)],
          )
        }
        // The last trace of somebody goes as soon as all who had to be told were.
        await sql.run(
          `DELETE FROM event WHERE type = 'avatar.forgotten'
             AND id IN (SELECT event_id FROM delivery WHERE id IN ${dialect.list('$1', 'int')})
             AND NOT EXISTS (SELECT 1 FROM delivery
                             WHERE delivery.event_id = event.id AND delivery.state <> 'delivered')`,
          [JSON.stringify(results.map(({ id }) => id))],
        )
      })
    },

    async deliveries(state, limit) {
      const rows = await read.all<DeliveryRow>(
        `SELECT ${deliveryList} FROM delivery JOIN event ON event.id = delivery.event_id
         WHERE delivery.state = $1 ORDER BY delivery.id DESC LIMIT $2`,
        [state, Math.max(1, Math.floor(limit))],
      )
      return rows.map(toDelivery)
    },

    async resend(id, now) {
      if (!Number.isSafeInteger(id)) return false
      return await engine.write(async (sql) => {
        const changed = await sql.run(
          `UPDATE delivery SET state = 'pending', next_at = $2, attempts = 0
           WHERE id = $1 AND state = 'failed'`,
          [id, now],
        )
        return changed > 0
      })
    },
  }
}

function shortened({ error }: DeliveryResult): string | null {
  return error === null ? null : error.slice(0, longestError)
}

function toDelivery(row: DeliveryRow): Delivery {
  return {
    id: row.id,
    event: toStoredEvent({ ...row, id: row.event_id }),
    hook: row.hook,
    state: row.state,
    attempts: row.attempts,
    nextAt: row.next_at,
    lastStatus: row.last_status,
    lastError: row.last_error,
  }
}
