// Sends events to the callback addresses of apps, as the platform does: who does not answer 200 within five
// seconds is asked again, three times more. Everything that was sent, and how it was answered, stays readable.
import { createHash } from 'node:crypto'

import type { App } from './apps.ts'
import type { Clock } from './clock.ts'
import { FieldError } from './fields.ts'
import { makeOpenid } from './grants.ts'
import { echoRequest, pushRequest } from './push-message.ts'
import type { Moment, PushEvent, PushRequest } from './push-message.ts'

/** How a callback address took a request. */
export type PushReply =
  | { readonly kind: 'answered'; readonly status: number; readonly body: string }
  /** Nothing within the time that is given. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'unreachable'; readonly reason: string }

/** Sends a request; never rejects. */
export type SendPush = (request: PushRequest, stop: AbortSignal) => Promise<PushReply>

/** One sending of a message. */
export interface PushAttempt {
  /** The simulated time in milliseconds. */
  readonly at: number
  readonly url: string
  readonly body: string
  readonly reply: PushReply
}

/** A message that was, or is being, pushed. */
export interface PushView {
  readonly id: number
  readonly appid: string
  readonly event: PushEvent
  readonly state: 'under way' | 'delivered' | 'given up'
  readonly attempts: readonly PushAttempt[]
}

/** How a callback address took the question whether it knows the token. */
export interface Verification {
  /** Whether it sent back exactly what it was to echo. */
  readonly echoed: boolean
  readonly reply: PushReply
}

/** Pushes events. */
export interface Pushes {
  /** Begins to push; null where the app has no callback address. */
  push(app: App, event: PushEvent): number | null
  /** Pushes a message once more, as happens: the same event, signed anew. */
  again(id: number, app: App): number
  /** Asks a callback address to echo. */
  verify(app: App): Promise<Verification>
  /** The last thousand messages, oldest first. */
  list(): readonly PushView[]
  /** Resolves when nothing is under way. */
  settled(): Promise<void>
  /** Gives up whatever is under way. */
  close(): Promise<void>
}

/** How often a message is sent again. */
const resends = 3
const kept = 1000

/** Nothing was pushed yet. */
export function createPushes(clock: Clock, seed: number, send: SendPush): Pushes {
  const log = new Map<number, { -readonly [Key in keyof PushView]: PushView[Key] }>()
  const underWay = new Set<Promise<void>>()
  const stop = new AbortController()
  let last = 0
  let moments = 0

  function moment(): Moment {
    const made = createHash('sha256').update(`moment ${seed} ${++moments}`).digest()
    return {
      now: clock.now(),
      nonce: String(made.readUInt32BE(0)),
      salt: made.toString('hex', 4, 12),
    }
  }

  function push(app: App, event: PushEvent): number | null {
    if (app.push === null) return null
    const id = ++last
    log.set(id, { id, appid: app.appid, event, state: 'under way', attempts: [] })
    if (log.size > kept) log.delete(log.keys().next().value ?? 0)
    const ends = deliver(id, app, event).finally(() => underWay.delete(ends))
    underWay.add(ends)
    return id
  }

  async function deliver(id: number, app: App, event: PushEvent): Promise<void> {
    const sender = makeOpenid(seed, app.appid, 'platform')
    const view = log.get(id)
    if (app.push === null || view === undefined) return
    for (let attempt = 0; attempt <= resends && !stop.signal.aborted; attempt++) {
      const request = pushRequest(app, app.push, event, sender, moment())
      const at = clock.now()
      const reply = await send(request, stop.signal)
      view.attempts = [...view.attempts, { at, url: request.url, body: request.body, reply }]
      if (reply.kind === 'answered' && reply.status === 200) {
        view.state = 'delivered'
        return
      }
    }
    view.state = 'given up'
  }

  async function settled(): Promise<void> {
    while (underWay.size > 0) await Promise.all(underWay)
  }

  return {
    push,
    settled,
    again(id, app) {
      const event = log.get(id)?.event
      const next = event === undefined ? null : push(app, event)
      if (next !== null) return next
      throw new FieldError('id', `there is no message ${id} that could be pushed`)
    },
    async verify(app) {
      if (app.push === null) throw new FieldError('appid', `${app.appid} has no callback address`)
      const now = moment()
      const echo = `${now.nonce}${BigInt(`0x${now.salt}`) % 10_000_000_000n}`
      const reply = await send(echoRequest(app.push, echo, now), stop.signal)
      const echoed = reply.kind === 'answered' && reply.status === 200 && reply.body === echo
      return { echoed, reply }
    },
    list: () => [...log.values()].map((view) => ({ ...view })),
    async close() {
      stop.abort()
      await settled()
    },
  }
}
