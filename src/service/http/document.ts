// The OpenAPI document, made from the table of routes: what stands in it is what the code checks and answers.
import { type OpenAPIHono, type RouteConfig, z } from '@hono/zod-openapi'
import type {
  AnswerShape,
  AnyOperation,
  BodyShape,
  Described,
  OpenApiDocument,
} from './operation.ts'
import { tags } from './operation.ts'
import { typesOf } from './perform.ts'
import { type ProblemCode, problemSchema, problems } from './problem.ts'

/** The table of routes: `PUT /v1/avatars/{subject}` and what answers it. */
export type UrlTable = Readonly<Record<string, AnyOperation>>

const about = `Everface keeps third-party profile pictures from breaking.

Keys: \`Authorization: Bearer ef_…\`, with the scope \`read\`, \`write\` or \`admin\`; each includes those before it. Times are
ISO 8601 in UTC. Whatever is no good news is a problem document (RFC 9457) with a stable \`code\`. Every answer carries
\`X-Request-Id\`; calls with a key carry \`RateLimit\` and \`RateLimit-Policy\`. Fields that we do not know are refused. A
\`POST\` that says so takes an \`Idempotency-Key\`: the same request again gets the first good answer again, for a day at least.`

/** Method and path of a row of the table. */
export function splitRow(row: string): { readonly method: string; readonly path: string } {
  const at = row.indexOf(' ')
  return { method: row.slice(0, at), path: row.slice(at + 1) }
}

/** Enters every row of the table and makes the document. */
export function writeDocument(
  app: OpenAPIHono<never>,
  table: Readonly<Record<string, Described>>,
  version: string,
): OpenApiDocument {
  const registry = app.openAPIRegistry
  registry.registerComponent('securitySchemes', 'key', {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key, made by `everface key create` or `POST /v1/keys`.',
  })
  registry.registerComponent('securitySchemes', 'pageToken', {
    type: 'http',
    scheme: 'bearer',
    description:
      'A page token for the subject, made by `POST /v1/page-tokens` or by the app itself.',
  })
  for (const [row, made] of Object.entries(table)) {
    const { method, path } = splitRow(row)
    registry.registerPath(configOf(method, path, made))
  }
  const document = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Everface',
      version,
      description: about,
      license: { name: 'MIT', url: 'https://spdx.org/licenses/MIT.html' },
    },
    servers: [{ url: '/' }],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
  })
  return document as unknown as OpenApiDocument
}

/** Codes that a row may answer with: its own, and for an operation those of what stands in front of it. */
export function codesOf(made: Described): readonly ProblemCode[] {
  if (!('handle' in made)) return made.problems ?? []
  const codes = new Set<ProblemCode>(made.problems)
  const { access, byPageToken, params, query, body, idempotency } = made
  if (access === 'read' || access === 'write' || access === 'admin') {
    for (const code of [
      'key-missing',
      'key-unknown',
      'too-many-requests',
      'store-unreachable',
    ] as const) {
      codes.add(code)
    }
    if (access !== 'read') codes.add('scope-missing')
  }
  if (access === 'page') codes.add('too-many-requests')
  if (byPageToken === true) codes.add('page-token-invalid')
  if (params !== undefined && 'subject' in params.shape) codes.add('subject-invalid')
  if (query !== undefined) codes.add('query-invalid')
  if (body !== undefined) codes.add('media-type-unsupported')
  if (body?.kind === 'json') {
    for (const code of ['body-malformed', 'body-too-large', 'body-invalid'] as const)
      codes.add(code)
  }
  if (idempotency === 'refused') codes.add('idempotency-unsupported')
  if (idempotency === 'heeded') {
    for (const code of [
      'idempotency-key-invalid',
      'idempotency-running',
      'idempotency-reused',
    ] as const) {
      codes.add(code)
    }
  }
  return [...codes]
}

function configOf(method: string, path: string, made: Described): RouteConfig {
  const { access, params, query, body, idempotency } = made
  const needsKey = access !== 'page' && access !== 'open'
  const headers =
    idempotency === 'heeded' ? { headers: z.object({ 'Idempotency-Key': idempotencyKey }) } : {}
  return {
    method: method.toLowerCase() as RouteConfig['method'],
    path,
    operationId: made.id,
    tags: [made.tag],
    summary: made.summary,
    ...(made.description === undefined ? {} : { description: made.description }),
    security: needsKey
      ? [{ key: [access] }, ...(made.byPageToken === true ? [{ pageToken: [] }] : [])]
      : [],
    request: {
      ...(params === undefined ? {} : { params }),
      ...(query === undefined ? {} : { query }),
      ...headers,
      ...(body === undefined ? {} : { body: bodyOf(body) }),
    },
    responses: { ...answersOf(made), ...problemsOf(made) },
  } as RouteConfig
}

const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/)
  .optional()
  .openapi({ description: 'The same key and request again: the same answer.', example: 'a1f3c2' })

function bodyOf(body: BodyShape<z.ZodType>): NonNullable<RouteConfig['request']>['body'] {
  const schemaOf = (type: string) =>
    type === 'image/*'
      ? { schema: { type: 'string', contentEncoding: 'binary' } }
      : { schema: body.schema }
  return {
    required: !(body.kind === 'json' && body.optional === true),
    content: Object.fromEntries(typesOf(body).map((type) => [type, schemaOf(type)])) as never,
    ...(body.kind === 'raw' ? { description: body.description } : {}),
  }
}

const requestId = {
  'X-Request-Id': { description: 'Leads to the log.', schema: { type: 'string' } },
}
const rate = {
  RateLimit: {
    description: 'What is left: `r` requests in `t` seconds.',
    schema: { type: 'string' },
  },
  'RateLimit-Policy': { description: '`q` requests in `w` seconds.', schema: { type: 'string' } },
}
const retryAfter = { 'Retry-After': { description: 'Seconds.', schema: { type: 'integer' } } }
const challenge = { 'WWW-Authenticate': { description: 'RFC 6750.', schema: { type: 'string' } } }
/** Codes of what the key is asked for. */
const challenged: ReadonlySet<ProblemCode> = new Set([
  'key-missing',
  'key-unknown',
  'scope-missing',
])
const replayed = {
  'Idempotent-Replayed': {
    description: '`true` when the answer is that of an earlier request.',
    schema: { type: 'string' },
  },
}

function answersOf(made: Described): RouteConfig['responses'] {
  const limited = made.access === 'open' ? {} : rate
  const again = made.idempotency === 'heeded' ? replayed : {}
  return Object.fromEntries(
    Object.entries(made.answers).map(([status, { description, body, type, headers = {} }]) => [
      status,
      {
        description,
        headers: { ...requestId, ...limited, ...again, ...ownHeaders(headers) },
        ...(body === undefined
          ? {}
          : { content: { [type ?? 'application/json']: { schema: body } } }),
      },
    ]),
  ) as RouteConfig['responses']
}

function ownHeaders(headers: NonNullable<AnswerShape['headers']>): object {
  return Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [
      name,
      retryAfter[name as keyof typeof retryAfter] ?? { description, schema: { type: 'string' } },
    ]),
  )
}

function problemsOf(made: Described): RouteConfig['responses'] {
  const byStatus = Map.groupBy(codesOf(made), (code) => problems[code][0])
  const content = { 'application/problem+json': { schema: problemSchema } }
  const listed = [...byStatus].map(([status, codes]) => [
    status,
    {
      description: codes.map((code) => `\`${code}\`: ${problems[code][1]}`).join('\n\n'),
      headers: {
        ...requestId,
        ...(status === 429 ? rate : {}),
        ...(status === 429 || status === 503 ? retryAfter : {}),
        ...(codes.some((code) => challenged.has(code)) ? challenge : {}),
      },
      content,
    },
  ])
  return {
    ...Object.fromEntries(listed),
    default: { description: `\`internal\`: ${problems.internal[1]}`, headers: requestId, content },
  } as RouteConfig['responses']
}
