// Tells the app's webhooks what happened: signed by the Standard Webhooks specification, at least once, with the same id on
// every try, for three days. Each hook has a lane of its own, so that one that is slow or away holds up no other.
import type { Delivery, DeliveryResult, Store } from '../store/store.ts'
import type { Log } from './log.ts'
import { type Answer, type Post, nextTry } from './webhook-post.ts'
import { type Sign, createSign } from './webhook-sign.ts'
import type { Secrets, Settings } from './settings.ts'

/** What webhooks are made from. */
export interface WebhooksOptions {
  readonly store: Pick<Store, 'dueDeliveries' | 'settleDeliveries'>
  readonly settings: Pick<Settings, 'webhooks'>
  readonly secrets: Pick<Secrets, 'secret' | 'oldSecrets' | 'webhookSecret'>
  readonly post: Post
  readonly log: Log
  /** Milliseconds since 1970, UTC. */
  readonly now: () => number
  /** 0 ≤ x < 1, for jitter. */
  readonly random: () => number
  /** Milliseconds that one step waits for hooks that are slow; they go on behind it. 2000 unless told. */
  readonly patienceMs?: number
}

/** Delivers events. */
export interface Webhooks {
  /** One bounded step: leases what is due and posts it. How many were taken up. */
  deliver(): Promise<number>
  /** Nothing new is begun; resolves when what is on its way has ended and is written. */
  close(): Promise<void>
}

/** Deliveries leased in one step. */
const batch = 100
/** Posts on their way to one hook. */
const atOnce = 8
/** Deliveries that may wait for one hook in memory. */
const mostWaiting = 400
/** What was leased and not begun so long is somebody else's again. */
const leaseMs = 30_000
/** A try must have ended and be written before the lease has: it is begun no later than this before. */
const reserveMs = 17_000
/** So many failures in a row, and a hook is left alone for a while, longer every time. */
const mostFailures = 5
const firstRestMs = 15_000
const longestRestMs = 600_000
/** What waited is sent within so long when the hook is back. */
const longestSpreadMs = 3_600_000

interface Waiting {
  readonly delivery: Delivery
  readonly leasedUntil: number
}

/** What is remembered of one hook. */
interface Lane {
  readonly waiting: Waiting[]
  running: number
  failures: number
  rests: number
  restsUntil: number
}

/** Makes webhooks. What the store does not take is delivered again when its lease has run out. */
export function createWebhooks(options: WebhooksOptions): Webhooks {
  const { store, settings, post, log, now, random, patienceMs = 2_000 } = options
  const sign: Sign = createSign(options.secrets)
  const lanes = new Map<string, Lane>()
  /** Everything that is under way, for `close`. */
  const underWay = new Set<Promise<void>>()
  const ended: DeliveryResult[] = []
  let settling: Promise<void> | null = null
  let closed = false

  function laneOf(hook: string): Lane {
    let lane = lanes.get(hook)
    if (lane === undefined) {
      lane = { waiting: [], running: 0, failures: 0, rests: 0, restsUntil: 0 }
      lanes.set(hook, lane)
    }
    return lane
  }

  /** Writes what has ended; what ends meanwhile is written with the next. */
  function settle(result: DeliveryResult): Promise<void> {
    ended.push(result)
    settling ??= writeEnded().finally(() => {
      settling = null
    })
    return settling
  }

  async function writeEnded(): Promise<void> {
    while (ended.length > 0) await store.settleDeliveries(ended.splice(0))
  }

  async function attempt({ delivery }: Waiting, lane: Lane): Promise<void> {
    const { event, hook } = delivery
    const body = JSON.stringify({
      type: event.type,
      timestamp: new Date(event.at).toISOString(),
      // Ours last: data cannot say that it is about somebody else.
      data: { ...event.data, subject: event.subject },
    })
    const at = now()
    const answer = await post(hook, sign(event.id, at, body), body)
    const result = resultOf(delivery, answer)
    const told = { event: event.id, type: event.type, hook: originOf(hook), ...answer }
    if (result.state === 'delivered') {
      lane.failures = 0
      lane.rests = 0
      log.debug(told, 'webhook delivered')
    } else {
      fail(lane, answer)
      const fields = { ...told, nextAt: result.state === 'pending' ? result.nextAt : null }
      if (result.state === 'failed') log.error(fields, 'webhook given up')
      else log.warn(fields, 'webhook failed')
    }
    await settle(result)
  }

  function resultOf(delivery: Delivery, answer: Answer): DeliveryResult {
    const { id, event, attempts } = delivery
    const at = now()
    const { status, error } = answer
    if (status !== null && status >= 200 && status < 300) {
      return { id, state: 'delivered', nextAt: at, status, error: null }
    }
    const delayMs = nextTry({ answer, ageMs: at - event.at, attempts, random: random() })
    if (delayMs === null) return { id, state: 'failed', nextAt: at, status, error }
    return { id, state: 'pending', nextAt: at + delayMs, status, error }
  }

  function fail(lane: Lane, { retryAfterMs }: Answer): void {
    lane.failures++
    if (retryAfterMs !== null) rest(lane, Math.min(retryAfterMs, longestRestMs))
    else if (lane.failures >= mostFailures && !rests(lane)) {
      rest(lane, Math.min(longestRestMs, firstRestMs * 2 ** Math.min(lane.rests++, 10)))
    }
  }

  /** A rest that ends later than any rest can is none: the clock was set back. */
  function rests({ restsUntil }: Lane): boolean {
    const leftMs = restsUntil - now()
    return leftMs > 0 && leftMs <= longestRestMs
  }

  function rest(lane: Lane, ms: number): void {
    lane.restsUntil = rests(lane) ? Math.max(lane.restsUntil, now() + ms) : now() + ms
    for (const { delivery } of lane.waiting.splice(0)) run(putOff(delivery, lane))
  }

  /**
   * Due again when the hook has rested; spread, so that it is not overrun by what waited, and the wider the longer it is
   * away: a hundred thousand events must not be put off anew every few minutes.
   */
  function putOff({ id, event, lastStatus, lastError }: Delivery, lane: Lane): Promise<void> {
    const restsUntil = rests(lane) ? lane.restsUntil : 0
    const spreadMs = Math.min(longestSpreadMs, Math.max(5_000, (now() - event.at) / 2))
    const nextAt = Math.max(now() + 1_000, restsUntil) + Math.floor(random() * spreadMs)
    return settle({ id, state: 'pending', nextAt, status: lastStatus, error: lastError })
  }

  function run(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => {
        log.error({ err: error }, 'the end of a delivery was not written; it will be tried again')
      })
      .finally(() => underWay.delete(tracked))
    underWay.add(tracked)
  }

  function drain(lane: Lane): void {
    while (lane.running < atOnce && !closed) {
      const next = lane.waiting.shift()
      if (next === undefined) return
      if (now() > next.leasedUntil - reserveMs) continue
      lane.running++
      run(
        attempt(next, lane).finally(() => {
          lane.running--
          drain(lane)
        }),
      )
    }
  }

  function take(delivery: Delivery, leasedUntil: number): void {
    if (!settings.webhooks.includes(delivery.hook)) {
      const error = 'This webhook is not configured any more.'
      run(settle({ id: delivery.id, state: 'failed', nextAt: now(), status: null, error }))
      return
    }
    const lane = laneOf(delivery.hook)
    if (rests(lane) || lane.waiting.length >= mostWaiting) {
      run(putOff(delivery, lane))
      return
    }
    lane.waiting.push({ delivery, leasedUntil })
    drain(lane)
  }

  async function allEnded(): Promise<void> {
    while (underWay.size > 0) await Promise.all(underWay)
  }

  return {
    async deliver() {
      if (closed) return 0
      const leasedAt = now()
      const due = await store.dueDeliveries(leasedAt, batch, leaseMs)
      for (const delivery of due) take(delivery, leasedAt + leaseMs)
      if (underWay.size > 0) await within(patienceMs, allEnded())
      return due.length
    },
    async close() {
      closed = true
      for (const lane of lanes.values()) lane.waiting.length = 0
      await allEnded()
    },
  }
}

/** Waits for work, but no longer than that. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  await Promise.race([work, promise])
  clearTimeout(timer)
}

/** Paths and queries of webhooks may hold keys: logs get the origin. */
function originOf(hook: string): string {
  return URL.parse(hook)?.origin ?? 'unreadable'
}
