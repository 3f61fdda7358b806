// Page tokens for apps that would rather ask than sign for themselves.
import { z } from '@hono/zod-openapi'
import { mintPageToken } from '../page-token.ts'
import { answer, operation } from './operation.ts'
import { iso, subject, time } from './shapes.ts'

const usualSeconds = 3_600
const mostSeconds = 86_400

const wanted = z
  .strictObject({
    subject: subject.nullable().default(null).openapi({
      description: 'The subject that the page may speak for; null: good for beacons alone.',
    }),
    expiresIn: z
      .int()
      .min(1)
      .max(mostSeconds)
      .default(usualSeconds)
      .openapi({ description: 'Seconds.', example: usualSeconds }),
  })
  .openapi('PageTokenRequest', { example: { subject: '42', expiresIn: usualSeconds } })

const minted = z
  .strictObject({ token: z.string(), subject: subject.nullable(), expiresAt: time })
  .openapi('PageToken')

/** `POST /v1/page-tokens` */
export const makePageToken = operation({
  id: 'makePageToken',
  tag: 'pages',
  summary: 'Make a page token',
  description: 'Put it into the page that you render. It may be read by whoever sees the page.',
  access: 'write',
  body: { kind: 'json', schema: wanted, optional: true },
  answers: { 200: { description: 'The token.', body: minted } },
  handle({ body }, { secrets, now }) {
    const expiresAt = Math.floor(now() / 1000 + body.expiresIn) * 1000
    const token = mintPageToken({ subject: body.subject, expiresAt }, secrets.secret)
    return answer(
      200,
      { token, subject: body.subject, expiresAt: iso(expiresAt) },
      { 'Cache-Control': 'no-store' },
    )
  },
})
