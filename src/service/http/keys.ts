// API keys: made, listed, revoked. A secret is shown once and stored as a hash only.
import { randomBytes } from 'node:crypto'
import { z } from '@hono/zod-openapi'
import { type ApiKey, scopes } from '../../store/store.ts'
import { makeSecret } from './auth.ts'
import { answer, nothing, operation } from './operation.ts'
import { problem } from './problem.ts'
import { iso, isoOrNull, text, time } from './shapes.ts'

const id = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'It is no id of a key')

const fields = {
  id,
  name: z.string(),
  scope: z.enum(scopes),
  createdAt: time,
  lastUsedAt: time.nullable().openapi({ description: 'To the minute.' }),
  revokedAt: time.nullable(),
}
const key = z.strictObject(fields).openapi('Key')
const newKey = z
  .strictObject({ ...fields, secret: z.string().openapi({ description: 'Shown this once.' }) })
  .openapi('NewKey')

/** `GET /v1/keys` */
export const listKeys = operation({
  id: 'listKeys',
  tag: 'operation',
  summary: 'List API keys',
  access: 'admin',
  answers: {
    200: {
      description: 'All keys, revoked ones too.',
      body: z.strictObject({ items: z.array(key) }).openapi('Keys'),
    },
  },
  async handle(_, { store }) {
    return answer(200, { items: (await store.keys()).map(tell) })
  },
})

/** `POST /v1/keys` */
export const makeKey = operation({
  id: 'makeKey',
  tag: 'operation',
  summary: 'Make an API key',
  description: 'The secret is in this answer and nowhere else, so no `Idempotency-Key` is taken.',
  access: 'admin',
  body: {
    kind: 'json',
    schema: z
      .strictObject({
        name: text(100).min(1).openapi({ description: 'What it is for.', example: 'app server' }),
        scope: z.enum(scopes).openapi({
          description: 'Each includes those before it: read, write, admin.',
          example: 'write',
        }),
      })
      .openapi('KeyRequest'),
  },
  answers: { 201: { description: 'The key with its secret.', body: newKey } },
  idempotency: 'refused',
  async handle({ body }, { store, now }) {
    const made: ApiKey = {
      id: `key_${randomBytes(9).toString('base64url')}`,
      name: body.name,
      scope: body.scope,
      createdAt: now(),
      lastUsedAt: null,
      revokedAt: null,
    }
    const { secret, sha256 } = makeSecret()
    await store.addKey(made, sha256)
    return answer(201, { ...tell(made), secret })
  },
})

/** `DELETE /v1/keys/{id}` */
export const revokeKey = operation({
  id: 'revokeKey',
  tag: 'operation',
  summary: 'Revoke an API key',
  description: 'It is refused at once here, and within five seconds by other processes.',
  access: 'admin',
  params: z.object({ id: id.openapi({ example: 'key_Zm9vYmFyYmF6' }) }),
  answers: { 204: { description: 'The key is refused from now on.' } },
  problems: ['path-invalid', 'key-id-unknown'],
  async handle({ params }, { store, keys, now }) {
    const revoked = await store.revokeKey(params.id, now())
    keys.drop(params.id)
    return revoked ? nothing : problem('key-id-unknown')
  },
})

function tell(one: ApiKey): z.input<typeof key> {
  return {
    id: one.id,
    name: one.name,
    scope: one.scope,
    createdAt: iso(one.createdAt),
    lastUsedAt: isoOrNull(one.lastUsedAt),
    revokedAt: isoOrNull(one.revokedAt),
  }
}
