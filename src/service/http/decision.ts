// What to do for a person now, above all: whether the page may ask them. By an API key, or from the page by a page token.
import { z } from '@hono/zod-openapi'
import { clients, occasions } from '../../core/decide.ts'
import { scenePattern } from '../../core/policy.ts'
import { type Reason, decisionKinds, reasons } from '../../core/reasons.ts'
import { mintPageToken } from '../page-token.ts'
import { pictureUrl, pictureUrlEnd } from '../picture-url.ts'
import { type Service, answer, operation } from './operation.ts'
import { denied, problem } from './problem.ts'
import { isoOrNull, subjectParams, text, time } from './shapes.ts'

/** A prompt is open for 15 minutes; so long its link is good. */
const linkMs = 900_000
const signedMs = 7 * 86_400_000

/** The name of a scene, in queries and bodies. */
export const scene = z
  .string()
  .regex(new RegExp(scenePattern), 'It is no name of a scene')
  .openapi({ description: 'Where in the product the person is.', example: 'profile' })

const decided = z
  .strictObject({
    decision: z.enum(decisionKinds).openapi({ description: 'What to do.' }),
    reason: z
      .enum(Object.keys(reasons) as [Reason, ...Reason[]])
      .openapi({ description: 'Why: a stable code.' }),
    detail: z.string().openapi({ description: 'Why, for people.' }),
    detailZh: z.string().openapi({ description: 'The same in Chinese.' }),
    authorizeUrl: z.string().optional().openapi({
      description:
        'Of `ask`, where an app of WeChat is set up: send the person there, within 15 minutes.',
    }),
    notBefore: time.optional().openapi({ description: 'Of `keep`: when to come back.' }),
    shows: z.string().openapi({ description: 'Where the picture is.' }),
  })
  .openapi('Decision')

/** `GET /v1/avatars/{subject}/decision` */
export const readDecision = operation({
  id: 'readDecision',
  tag: 'pages',
  summary: 'Decide what to do for a person now',
  description:
    'To be asked after a tap of the person’s own in a scene of the product. `ask` and `choose` are handed out as seldom as ' +
    'the policy says, and count as a prompt from then on. The page itself may ask with a page token for this subject as ' +
    'the bearer.',
  access: 'write',
  byPageToken: true,
  crossOrigin: true,
  params: subjectParams,
  query: z.strictObject({
    scene: scene.optional(),
    occasion: z.enum(occasions).optional().openapi({
      description:
        'What brings the question up; absent: `tap` in a scene, else `sweep`. Only a tap leads to a prompt.',
      example: 'tap',
    }),
    client: z.enum(clients).optional().openapi({
      description: 'A mini program cannot authorize; its people are asked to `choose` a picture.',
      example: 'web',
    }),
    return: text(1_024).optional().openapi({
      description: 'Where the person goes after authorizing; on one of EVERFACE_RETURN_ORIGINS.',
      example: 'https://app.example.com/me',
    }),
  }),
  answers: { 200: { description: 'The decision.', body: decided } },
  problems: ['subject-unknown', 'subject-forbidden'],
  async handle({ params, query, page, base }, service) {
    const { subject } = params
    if (page !== null && page.subject !== subject) return problem('subject-forbidden')
    const place = query.scene ?? null
    const onlyMini = service.settings.wechatApps.every(({ kind }) => kind === 'mini')
    const isMini = service.settings.wechatApps.length > 0 && onlyMini
    const made = await service.people.decide(subject, {
      scene: place,
      occasion: query.occasion ?? (place === null ? 'sweep' : 'tap'),
      client: query.client ?? (isMini ? 'mini-program' : 'web'),
    })
    if (made.kind === 'denied') return denied(made)
    const { kind, reason, notBefore } = made.decision
    const link =
      kind === 'ask' ? startUrl({ base, subject, scene: place, back: query.return }, service) : null
    const secret = service.settings.signing === 'required' ? service.secrets.secret : null
    const expiresAt = pictureUrlEnd(service.now(), signedMs)
    return answer(200, {
      decision: kind,
      reason,
      detail: reasons[reason].en,
      detailZh: reasons[reason].zh,
      ...(link === null ? {} : { authorizeUrl: link }),
      ...(notBefore === null ? {} : { notBefore: isoOrNull(notBefore) ?? '' }),
      shows: pictureUrl({ base, subject, size: null, secret, expiresAt }),
    })
  },
})

/** Where an authorization begins; null where no app is set up for it. */
function startUrl(
  to: { base: string; subject: string; scene: string | null; back: string | undefined },
  { settings, secrets, now }: Pick<Service, 'settings' | 'secrets' | 'now'>,
): string | null {
  if (settings.wechatApps.every(({ kind }) => kind === 'mini')) return null
  const { base, subject, back } = to
  const query = new URLSearchParams({ subject })
  if (to.scene !== null) query.set('scene', to.scene)
  if (back !== undefined) query.set('return', back)
  query.set('token', mintPageToken({ subject, expiresAt: now() + linkMs }, secrets.secret))
  return `${base}/oauth/wechat/start?${query.toString()}`
}
