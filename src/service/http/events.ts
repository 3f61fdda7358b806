// What the app tells of a person: a login, a session that ended, a prompt that was shown.
import { z } from '@hono/zod-openapi'
import { signalTypes } from '../../jobs/keeper.ts'
import { scene } from './decision.ts'
import { nothing, operation } from './operation.ts'
import { denied } from './problem.ts'
import { subjectParams } from './shapes.ts'

const signal = z
  .strictObject({
    type: z.enum(signalTypes).openapi({
      description: '`consent-withdrawn` forgets the person, as `DELETE` does, without a receipt.',
      example: 'login',
    }),
    scene: scene.nullable().optional().openapi({
      description:
        'Of prompts: where the person was asked. One that nobody told counts for every scene.',
      example: 'profile',
    }),
  })
  .openapi('Signal')

/** `POST /v1/avatars/{subject}/events` */
export const tellEvent = operation({
  id: 'tellEvent',
  tag: 'avatars',
  summary: 'Tell what a person did',
  access: 'write',
  params: subjectParams,
  body: { kind: 'json', schema: signal },
  answers: { 204: { description: 'Taken.' } },
  problems: ['subject-unknown', 'blobs-unreachable'],
  idempotency: 'heeded',
  async handle({ params, body }, { people }) {
    const taken = await people.signal(params.subject, body.type, body.scene ?? null)
    return taken.kind === 'denied' ? denied(taken) : nothing
  },
})
