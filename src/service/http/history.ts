// The story of an avatar: what was seen and what happened, newest first.
import { z } from '@hono/zod-openapi'
import { type StoryEntry, eventTypes } from '../../store/store.ts'
import { answer, operation } from './operation.ts'
import { problem } from './problem.ts'
import { observation, tellSeen } from './seen.ts'
import {
  cursor,
  iso,
  limit,
  openCursor,
  pageOf,
  sealCursor,
  subjectParams,
  time,
} from './shapes.ts'

const entry = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('observation'), ...observation.shape }),
    z.strictObject({
      kind: z.literal('event'),
      at: time,
      id: z.string().openapi({ description: 'The id that webhooks carry.' }),
      type: z.enum(eventTypes),
      data: z.record(z.string(), z.unknown()),
    }),
  ])
  .openapi('StoryEntry')

/** `GET /v1/avatars/{subject}/history` */
export const readHistory = operation({
  id: 'readHistory',
  tag: 'avatars',
  summary: 'Read the story of an avatar',
  description:
    'Every observation and everything that happened, newest first, as long as policy keeps it.',
  access: 'read',
  params: subjectParams,
  query: z.strictObject({ limit: limit(500, 100), cursor: cursor.optional() }),
  answers: { 200: { description: 'A page of the story.', body: pageOf(entry).openapi('Story') } },
  problems: ['subject-unknown'],
  async handle({ params, query }, { store }) {
    const page = await store.story(params.subject, {
      limit: query.limit,
      ...(query.cursor === undefined ? {} : { cursor: openCursor(query.cursor) }),
    })
    if (page === null) return problem('subject-unknown')
    return answer(200, { items: page.items.map(tell), next: sealCursor(page.next) })
  },
})

function tell(one: StoryEntry): z.input<typeof entry> {
  if (one.kind === 'observation') return { kind: 'observation', ...tellSeen(one) }
  return { kind: 'event', at: iso(one.at), id: one.id, type: one.type, data: { ...one.data } }
}
