// Bytes that many unrelated people have: nobody's face, unless somebody says otherwise.
import { z } from '@hono/zod-openapi'
import { answer, operation } from './operation.ts'
import { iso, subject, time } from './shapes.ts'

const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'It is no SHA-256 in lower-case hex')
  .openapi({ example: '3f1d2c6a9b8e7d5f4c3b2a1908f7e6d5c4b3a2918f7e6d5c4b3a29180f1e2d3c' })

const suspect = z
  .strictObject({
    rawSha256: sha256.openapi({ description: 'SHA-256 of the bytes as they came.' }),
    sha256: sha256.nullable().openapi({ description: 'A picture with these bytes, to look at.' }),
    mark: z.enum(['suspected', 'placeholder', 'face']),
    markedAt: time,
    subjects: z.int().openapi({ description: 'Subjects that have shown these bytes.' }),
  })
  .openapi('Suspect')

/** `GET /v1/placeholders` */
export const listPlaceholders = operation({
  id: 'listPlaceholders',
  tag: 'operation',
  summary: 'List suspected and known placeholders',
  access: 'admin',
  answers: {
    200: {
      description: 'Bytes with a mark.',
      body: z.strictObject({ items: z.array(suspect) }).openapi('Suspects'),
    },
  },
  async handle(_, { store }) {
    const items = (await store.suspects()).map((one) => ({
      rawSha256: one.rawSha256,
      sha256: one.sha256,
      mark: one.mark,
      markedAt: iso(one.markedAt),
      subjects: one.subjects,
    }))
    return answer(200, { items })
  },
})

/** `PUT /v1/placeholders/{rawSha256}` */
export const markPlaceholder = operation({
  id: 'markPlaceholder',
  tag: 'operation',
  summary: 'Say whether bytes are a placeholder or a face',
  description: 'Avatars that show a placeholder get their last good copy back.',
  access: 'admin',
  params: z.object({ rawSha256: sha256 }),
  body: {
    kind: 'json',
    schema: z
      .strictObject({ mark: z.enum(['placeholder', 'face']).openapi({ example: 'placeholder' }) })
      .openapi('Mark'),
  },
  answers: {
    200: {
      description: 'Whom it concerned.',
      body: z
        .strictObject({
          rawSha256: sha256,
          mark: z.enum(['placeholder', 'face']),
          subjects: z.array(subject).openapi({ description: 'Those that showed these bytes.' }),
        })
        .openapi('Marked'),
    },
  },
  problems: ['path-invalid'],
  async handle({ params, body }, { keeper }) {
    const { rawSha256 } = params
    const subjects = [...(await keeper.mark(rawSha256, body.mark))]
    return answer(200, { rawSha256, mark: body.mark, subjects })
  },
})
