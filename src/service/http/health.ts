// Alive, and ready: what a supervisor and a balancer ask. Figures for Prometheus stand beside them.
import { z } from '@hono/zod-openapi'
import { answer, operation } from './operation.ts'
import { problem } from './problem.ts'

const notStored = { 'Cache-Control': 'no-store' }

/** `GET /healthz` */
export const readHealth = operation({
  id: 'readHealth',
  tag: 'figures',
  summary: 'Is the process alive?',
  description: 'Asks nothing of any part. When this fails, restart the process.',
  access: 'open',
  answers: {
    200: {
      description: 'Alive.',
      body: z.strictObject({ status: z.literal('alive') }).openapi('Health'),
    },
  },
  handle: () => answer(200, { status: 'alive' }, notStored),
})

/** `GET /readyz` */
export const readReadiness = operation({
  id: 'readReadiness',
  tag: 'figures',
  summary: 'Can the service do its work?',
  description:
    'Asks the store and the blobs, within two seconds. When this fails, send requests elsewhere.',
  access: 'open',
  answers: {
    200: {
      description: 'All parts are ready.',
      body: z
        .strictObject({
          status: z.literal('ready'),
          parts: z.record(z.string(), z.literal('ready')),
        })
        .openapi('Readiness'),
    },
  },
  problems: ['not-ready'],
  async handle(_, { readiness }) {
    const parts = await readiness.parts()
    const missing = Object.entries(parts).filter(([, state]) => state !== 'ready')
    if (missing.length > 0) {
      const detail = `${missing.map(([name, state]) => `${name} is ${state}`).join(', ')}.`
      const headers = { ...notStored, 'Retry-After': '2' }
      return problem('not-ready', detail, { more: { parts }, headers })
    }
    const ready = Object.fromEntries(Object.keys(parts).map((name) => [name, 'ready' as const]))
    return answer(200, { status: 'ready', parts: ready }, notStored)
  },
})

/** `GET /metrics` */
export const readMetrics = operation({
  id: 'readMetrics',
  tag: 'figures',
  summary: 'Figures for Prometheus',
  description:
    'Every name is explained in docs/metrics.md. Prometheus sends a key by `authorization: {credentials: …}`.',
  access: 'read',
  answers: {
    200: { description: 'Prometheus text format.', body: z.string(), type: 'text/plain' },
  },
  async handle(_, { metrics }) {
    return new Response(await metrics.text(), { headers: { 'Content-Type': metrics.contentType } })
  },
})
