// A look that somebody asks for.
import { z } from '@hono/zod-openapi'
import { findingKinds } from '../../core/verdict.ts'
import { avatarAnswer, tellAvatar } from './avatar-answer.ts'
import { answer, operation } from './operation.ts'
import { denied } from './problem.ts'
import { observation, tellSeen } from './seen.ts'
import { subjectParams } from './shapes.ts'

const probed = z
  .strictObject({
    avatar: avatarAnswer,
    finding: z
      .strictObject({ kind: z.enum(findingKinds), rule: z.string(), detail: z.string() })
      .openapi({ description: 'What all edges that were asked say together.' }),
    observations: z.array(observation),
  })
  .openapi('Probed')

/** `POST /v1/avatars/{subject}/probe` */
export const probeAvatar = operation({
  id: 'probeAvatar',
  tag: 'avatars',
  summary: 'Look at an avatar’s source now',
  description: 'Asks the platform while you wait, whatever is due, and answers what was seen.',
  access: 'write',
  params: subjectParams,
  answers: { 200: { description: 'What was seen, and how the avatar stands now.', body: probed } },
  problems: ['subject-unknown', 'source-missing', 'look-in-progress', 'busy'],
  idempotency: 'heeded',
  async handle({ params, base }, service) {
    const seen = await service.keeper.probe(params.subject)
    if (seen.kind === 'denied') return denied(seen)
    return answer(200, {
      avatar: await tellAvatar(seen.avatar, base, service),
      finding: { kind: seen.finding.kind, rule: seen.finding.rule, detail: seen.finding.detail },
      observations: seen.seen.map(tellSeen),
    })
  },
})
