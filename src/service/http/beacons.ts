// Hints from pages: "this face did not show". A page token says that the page is one of the app's; a hint hastens a look
// and is never believed beyond that.
import { z } from '@hono/zod-openapi'
import { readPageToken } from '../page-token.ts'
import { nothing, operation } from './operation.ts'
import { problem } from './problem.ts'
import { subject } from './shapes.ts'

const mostSubjects = 32

const beacon = z
  .strictObject({
    token: z.string().max(256).openapi({ description: 'The page token.' }),
    subjects: z
      .array(subject)
      .min(1)
      .max(mostSubjects)
      .openapi({ description: 'Whose faces did not show.', example: ['42'] }),
  })
  .openapi('Beacon', { example: { token: 'ept_NDI.tie6rk.…', subjects: ['42'] } })

/** `POST /v1/beacons` */
export const sendBeacon = operation({
  id: 'sendBeacon',
  tag: 'pages',
  summary: 'Hint that a face did not show',
  description:
    'For `navigator.sendBeacon`, which sends `text/plain`; no key, no preflight. A token for one subject is good for ' +
    'hints on that subject. Whether a subject is known is not told.',
  access: 'page',
  crossOrigin: true,
  body: { kind: 'json', schema: beacon, also: ['text/plain'] },
  answers: { 204: { description: 'Heard.' } },
  problems: ['page-token-invalid', 'subject-forbidden'],
  handle({ body }, { keeper, secrets, now }) {
    const token = readPageToken(body.token, [secrets.secret, ...secrets.oldSecrets], now())
    if (token.kind !== 'valid') return problem('page-token-invalid')
    const { subject: own } = token
    if (own !== null && body.subjects.some((one) => one !== own))
      return problem('subject-forbidden')
    for (const one of new Set(body.subjects)) keeper.hint(one)
    return nothing
  },
})
