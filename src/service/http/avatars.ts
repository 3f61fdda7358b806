// Avatars: register, read, list, forget.
import { z } from '@hono/zod-openapi'
import { isSubject, standings } from '../../core/avatar.ts'
import { readUrl } from '../../core/read-url.ts'
import type { Registration } from '../../jobs/keeper.ts'
import type { GivenGrant } from '../../jobs/people.ts'
import { pictureUrl } from '../picture-url.ts'
import { avatarAnswer, avatarItem, tellAvatar, tellItem } from './avatar-answer.ts'
import { answer, operation } from './operation.ts'
import { type Problem, denied, problem } from './problem.ts'
import {
  cursor,
  givenTime,
  limit,
  openCursor,
  pageOf,
  sealCursor,
  subject,
  subjectParams,
  text,
} from './shapes.ts'

/** What an app tells of a person's picture, without the subject. */
export const registrationFields = {
  url: text(8_192).openapi({
    description: 'The picture’s URL as the platform handed it out, unchanged.',
    example: 'https://thirdwx.qlogo.cn/mmopen/vi_32/Q0j4TwGTfTKabcdefghijk/132',
  }),
  name: text(1_024).nullable().optional().openapi({
    description: 'For the initials face. Absent: as before; null: none.',
    example: '王小明',
  }),
  provider: text(64).optional().openapi({
    description: 'Refuses the URL when it belongs to another provider than this.',
    example: 'wechat',
  }),
  observedAt: givenTime.optional().openapi({
    description: 'When the app got the URL from the platform; absent: now.',
    example: '2026-11-22T08:00:00Z',
  }),
  snapshot: z.boolean().optional().openapi({
    description: 'The platform said that this is a snapshot (virtual) profile: it is refused.',
    example: false,
  }),
}

const id = z.string().regex(/^[A-Za-z0-9_-]{1,128}$/, 'It is no id of the platform')

const grantBody = z
  .strictObject({
    appid: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/, 'It is no appid')
      .optional()
      .openapi({ description: 'Absent: the only app that is set up.' }),
    openid: id.openapi({ example: 'o6_bmjrPTlm6_2sgVt7hMZOPfL2M' }),
    unionid: id.nullable().optional(),
    refreshToken: z
      .string()
      .regex(/^[!-~]{1,1024}$/, 'It is no refresh token')
      .optional()
      .openapi({
        description:
          'Kept encrypted. Absent: nothing is renewed, but messages of the platform find the person.',
      }),
    scope: z
      .string()
      .regex(/^[a-z_, ]{1,256}$/, 'It is no scope')
      .optional()
      .openapi({ description: 'As the platform wrote it.', example: 'snsapi_userinfo' }),
    grantedAt: givenTime.optional().openapi({
      description:
        'When the person agreed: a refresh token lives thirty days from then. Absent: now.',
    }),
  })
  .openapi('Grant')

/** What the person granted, beside a registration. */
export const grantField = grantBody.optional().openapi({
  description: 'What the person granted: picture and name are renewed by it, as the policy says.',
})

const registrationBody = z
  .strictObject({ ...registrationFields, grant: grantField })
  .openapi('Registration')

/** Problems that any registration may end in. */
export const registrationProblems = [
  'url-invalid',
  'host-not-allowed',
  'provider-mismatch',
  'snapshot-profile',
  'observed-in-future',
  'name-too-long',
] as const

/** The keeper's entry for what was sent, or why there is none. */
export function entryOf(
  name: string,
  sent: Omit<z.output<typeof registrationBody>, 'grant'>,
): Registration | Problem {
  // A snapshot is refused before anything else is said of it: nothing in it is the person's.
  if (sent.provider !== undefined && sent.snapshot !== true) {
    const { provider, parts } = readUrl(sent.url)
    if (parts !== null && provider.name !== sent.provider) {
      return problem(
        'provider-mismatch',
        `The URL belongs to ${provider.name}, not to the provider that was named.`,
      )
    }
  }
  return {
    subject: name,
    url: sent.url,
    ...(sent.name === undefined ? {} : { name: sent.name }),
    ...(sent.observedAt === undefined ? {} : { observedAt: Date.parse(sent.observedAt) }),
    ...(sent.snapshot === undefined ? {} : { snapshot: sent.snapshot }),
  }
}

/** What the people side takes for a grant that was sent. */
export function givenGrant(sent: z.output<typeof grantBody>): GivenGrant {
  const { appid, openid, unionid, refreshToken, scope, grantedAt } = sent
  return {
    openid,
    ...(appid === undefined ? {} : { appid }),
    ...(unionid === undefined ? {} : { unionid }),
    ...(refreshToken === undefined ? {} : { refreshToken }),
    ...(scope === undefined ? {} : { scope }),
    ...(grantedAt === undefined ? {} : { grantedAt: Date.parse(grantedAt) }),
  }
}

/** `PUT /v1/avatars/{subject}` */
export const registerAvatar = operation({
  id: 'registerAvatar',
  tag: 'avatars',
  summary: 'Register or renew an avatar',
  description:
    'Tell us at every login: the same URL again is a confirmation and costs nothing; a new one is looked at at once. ' +
    'Sending the same twice changes nothing.',
  access: 'write',
  params: subjectParams,
  body: { kind: 'json', schema: registrationBody },
  answers: {
    200: { description: 'The avatar was known; this is how it stands now.', body: avatarAnswer },
    201: { description: 'The avatar is new.', body: avatarAnswer },
  },
  problems: [...registrationProblems, 'grant-app-unknown'],
  async handle({ params, body, base }, service) {
    const entry = entryOf(params.subject, body)
    if ('kind' in entry) return entry
    const { people } = service
    const grant = body.grant === undefined ? null : givenGrant(body.grant)
    const refusal = grant === null ? null : people.refuses(grant)
    if (refusal !== null) return denied(refusal)
    const [registered] = await people.register([entry])
    if (registered === undefined) throw new Error('the keeper gave no result for an entry')
    if (registered.kind === 'denied') return denied(registered)
    const granted = grant === null ? null : await people.grant(params.subject, grant)
    if (granted?.kind === 'denied') return denied(granted)
    const told = await tellAvatar(granted?.avatar ?? registered.avatar, base, service)
    return registered.created ? answer(201, told) : answer(200, told)
  },
})

/** `GET /v1/avatars/{subject}` */
export const readAvatar = operation({
  id: 'readAvatar',
  tag: 'avatars',
  summary: 'Read an avatar',
  access: 'read',
  params: subjectParams,
  answers: { 200: { description: 'The avatar.', body: avatarAnswer } },
  problems: ['subject-unknown'],
  async handle({ params, base }, service) {
    const avatar = await service.store.avatar(params.subject)
    if (avatar === null) return problem('subject-unknown')
    return answer(200, await tellAvatar(avatar, base, service))
  },
})

/** `GET /v1/avatars` */
export const listAvatars = operation({
  id: 'listAvatars',
  tag: 'avatars',
  summary: 'List avatars',
  description: 'In the order of their subjects. Go on with `next` until it is null.',
  access: 'read',
  query: z.strictObject({
    standing: z.enum(standings).optional().openapi({ example: 'dying' }),
    provider: z
      .string()
      .regex(/^[a-z0-9-]{1,64}$/, 'It is no provider’s name')
      .optional()
      .openapi({ example: 'wechat' }),
    limit: limit(500, 100),
    cursor: cursor.optional(),
  }),
  answers: {
    200: { description: 'A page of avatars.', body: pageOf(avatarItem).openapi('AvatarPage') },
  },
  async handle({ query, base }, service) {
    const { standing, provider } = query
    const after = query.cursor === undefined ? undefined : openCursor(query.cursor)
    // Pages go on behind a subject; anything else was never handed out.
    if (after !== undefined && !isSubject(after)) {
      return problem('query-invalid', 'cursor: It is not `next` of a page.')
    }
    const page = await service.store.avatars({
      limit: query.limit,
      ...(standing === undefined ? {} : { standing }),
      ...(provider === undefined ? {} : { provider }),
      ...(after === undefined ? {} : { cursor: after }),
    })
    const items = await Promise.all(page.items.map((avatar) => tellItem(avatar, base, service)))
    return answer(200, { items, next: sealCursor(page.next) })
  },
})

const receipt = z
  .strictObject({
    subject,
    pictures: z.strictObject({
      removed: z
        .array(z.string())
        .openapi({ description: 'SHA-256 of pictures that are gone for good.' }),
      shared: z
        .array(z.string())
        .openapi({ description: 'SHA-256 of pictures that others show as well.' }),
    }),
    sources: z.int(),
    observations: z.int(),
    events: z.int(),
    purge: z.array(z.string()).openapi({
      description: 'What to purge from a CDN in front of us; `*` stands for anything.',
    }),
  })
  .openapi('Receipt')

/** `DELETE /v1/avatars/{subject}` */
export const forgetAvatar = operation({
  id: 'forgetAvatar',
  tag: 'avatars',
  summary: 'Forget a person for good',
  description:
    'Removes the avatar, its history, and every picture that no other avatar shows. The receipt says what went.',
  access: 'write',
  params: subjectParams,
  answers: { 200: { description: 'A receipt.', body: receipt } },
  problems: ['subject-unknown', 'blobs-unreachable'],
  async handle({ params, base }, service) {
    const forgotten = await service.keeper.forget(params.subject)
    if (forgotten.kind === 'denied') return denied(forgotten)
    const face = pictureUrl({
      base,
      subject: params.subject,
      size: null,
      secret: null,
      expiresAt: 0,
    })
    return answer(200, {
      subject: forgotten.subject,
      pictures: { removed: [...forgotten.pictures], shared: [...forgotten.shared] },
      sources: forgotten.sources,
      observations: forgotten.observations,
      events: forgotten.events,
      purge: [face, `${face}?*`, ...forgotten.pictures.map((sha256) => `${base}/p/${sha256}/*`)],
    })
  },
})
