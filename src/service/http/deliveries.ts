// Webhook deliveries: which are under way or failed, and sending one again.
import { z } from '@hono/zod-openapi'
import { eventTypes } from '../../store/store.ts'
import { answer, nothing, operation } from './operation.ts'
import { problem } from './problem.ts'
import { iso, limit, subject, time } from './shapes.ts'

const states = ['pending', 'delivered', 'failed'] as const

const delivery = z
  .strictObject({
    id: z.int(),
    state: z.enum(states),
    hook: z.string().openapi({ description: 'The webhook, without what stands behind its path.' }),
    attempts: z.int(),
    nextAt: time.openapi({ description: 'When the next attempt is due, or the last one was.' }),
    lastStatus: z.int().nullable(),
    lastError: z.string().nullable(),
    event: z.strictObject({
      id: z.string().openapi({ description: '`webhook-id`: the same at every attempt.' }),
      type: z.enum(eventTypes),
      subject,
      at: time,
      data: z.record(z.string(), z.unknown()),
    }),
  })
  .openapi('Delivery')

/** `GET /v1/deliveries` */
export const listDeliveries = operation({
  id: 'listDeliveries',
  tag: 'operation',
  summary: 'List webhook deliveries',
  access: 'admin',
  query: z.strictObject({
    state: z.enum(states).default('failed').openapi({ example: 'failed' }),
    limit: limit(500, 100),
  }),
  answers: {
    200: {
      description: 'Deliveries in this state.',
      body: z.strictObject({ items: z.array(delivery) }).openapi('Deliveries'),
    },
  },
  async handle({ query }, { store }) {
    const found = await store.deliveries(query.state, query.limit)
    const items = found.map(({ event, hook, nextAt, ...rest }) => ({
      id: rest.id,
      state: rest.state,
      hook: withoutQuery(hook),
      attempts: rest.attempts,
      nextAt: iso(nextAt),
      lastStatus: rest.lastStatus,
      lastError: rest.lastError,
      event: {
        id: event.id,
        type: event.type,
        subject: event.subject,
        at: iso(event.at),
        data: { ...event.data },
      },
    }))
    return answer(200, { items })
  },
})

/** `POST /v1/deliveries/{id}/resend` */
export const resendDelivery = operation({
  id: 'resendDelivery',
  tag: 'operation',
  summary: 'Send a failed delivery again',
  description: 'With the same event id, so that a receiver that has seen it can tell.',
  access: 'admin',
  params: z.object({
    id: z
      .string()
      .regex(/^[1-9]\d{0,14}$/, 'It is no number of a delivery')
      .transform(Number)
      .openapi({ type: 'integer', example: 1 }),
  }),
  answers: { 204: { description: 'It is due now.' } },
  problems: ['path-invalid', 'delivery-unknown'],
  idempotency: 'heeded',
  async handle({ params }, { store, now }) {
    const due = await store.resend(params.id, now())
    return due ? nothing : problem('delivery-unknown')
  },
})

/** People put secrets into queries and user names. */
function withoutQuery(url: string): string {
  if (!URL.canParse(url)) return ''
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`
}
