// Every URL of the interface, and the service that answers them: a request goes in, a response comes out, no port needed.
import { randomUUID } from 'node:crypto'
import { OpenAPIHono } from '@hono/zod-openapi'
import type { AppParts } from '../app.ts'
import type { Dashboard } from '../dashboard/dashboard.ts'
import { type Arrival, requestIdOf } from './arrival.ts'
import { createKeys } from './auth.ts'
import { forgetAvatar, listAvatars, readAvatar, registerAvatar } from './avatars.ts'
import { registerBatch } from './batch.ts'
import { sendBeacon } from './beacons.ts'
import { createClocks } from './clocks.ts'
import { listDeliveries, resendDelivery } from './deliveries.ts'
import { type UrlTable, splitRow, writeDocument } from './document.ts'
import { readDecision } from './decision.ts'
import { readElement, readElementWorker } from './element.ts'
import { tellEvent } from './events.ts'
import { createGauges } from './gauges.ts'
import { crossOrigin, secure } from './headers.ts'
import { readHealth, readMetrics, readReadiness } from './health.ts'
import { readHistory } from './history.ts'
import { createIdempotency } from './idempotency.ts'
import { listKeys, makeKey, revokeKey } from './keys.ts'
import { createLinks, showByLink } from './links.ts'
import { createMetrics } from './metrics.ts'
import type { OpenApiDocument, Service } from './operation.ts'
import { makePageToken } from './page-tokens.ts'
import { type HttpEnv, perform, thrown } from './perform.ts'
import type { PictureRoutes } from './pictures.ts'
import { listPlaceholders, markPlaceholder } from './placeholders.ts'
import { probeAvatar } from './probe.ts'
import { problem, problemResponse } from './problem.ts'
import { createRateLimit } from './rate-limit.ts'
import { createReadiness } from './readiness.ts'
import { createReference, readDocument, readReference } from './reference.ts'
import { createRoom } from './room.ts'
import { readStats } from './stats.ts'
import { uploadBytes, uploadPicture } from './upload.ts'
import { addWechat } from './wechat.ts'
import { wechatUrls } from './wechat-urls.ts'

/** Every call. `/a/…` and `/p/…` are the pictures themselves: see pictures.ts. */
export const urls = {
  'GET /v1/avatars': listAvatars,
  'POST /v1/avatars:batch': registerBatch,
  'PUT /v1/avatars/{subject}': registerAvatar,
  'GET /v1/avatars/{subject}': readAvatar,
  'DELETE /v1/avatars/{subject}': forgetAvatar,
  'GET /v1/avatars/{subject}/history': readHistory,
  'POST /v1/avatars/{subject}/probe': probeAvatar,
  'PUT /v1/avatars/{subject}/picture': uploadPicture,
  'POST /v1/avatars/{subject}/events': tellEvent,
  'GET /v1/avatars/{subject}/decision': readDecision,
  'POST /v1/page-tokens': makePageToken,
  'POST /v1/beacons': sendBeacon,
  'GET /v1/placeholders': listPlaceholders,
  'PUT /v1/placeholders/{rawSha256}': markPlaceholder,
  'GET /v1/deliveries': listDeliveries,
  'POST /v1/deliveries/{id}/resend': resendDelivery,
  'GET /v1/keys': listKeys,
  'POST /v1/keys': makeKey,
  'DELETE /v1/keys/{id}': revokeKey,
  'GET /v1/stats': readStats,
  'GET /metrics': readMetrics,
  'GET /healthz': readHealth,
  'GET /readyz': readReadiness,
  'GET /u': showByLink,
  'GET /everface.js': readElement,
  'GET /everface-sw.js': readElementWorker,
  'GET /openapi.json': readDocument,
  'GET /docs': readReference,
} as const satisfies UrlTable

/** Every row of the document: the calls, and the addresses that are none. */
export const documented = { ...urls, ...wechatUrls } as const

/** The HTTP side of the service. */
export interface Http {
  fetch(request: Request, arrival?: Arrival): Promise<Response>
  /** The OpenAPI document. */
  document(): OpenApiDocument
}

const picturePaths = [
  ['/a/*', '/a/{subject}'],
  ['/p/*', '/p/{sha256}/{size}.{format}'],
] as const

/** A page has a hundred of these requests: they are no news. */
const pictureRoutes: ReadonlySet<string> = new Set([
  ...picturePaths.map(([, route]) => route),
  '/u',
])

/** Of the interface: it grows with what is added to the interface, and changes its first number when something breaks. */
const version = '1.0.0'
/** Requests a minute from an address without a key. A page with many faces sends few beacons; an office shares one address. */
const addressQuota = 600
/** Unknown keys a minute from an address. */
const guessQuota = 120

/**
 * Makes the HTTP side from the parts of the app. Owns nothing that needs closing.
 * @param faces the picture routes; without them there are no pictures
 * @param dashboard the pages; without them there is nothing at `/`
 */
export function createHttp(
  parts: AppParts,
  faces?: Pick<PictureRoutes, 'handle' | 'show' | 'counts'>,
  dashboard?: Pick<Dashboard, 'paths' | 'handle'>,
): Http {
  const { settings, store, pictures, log, now } = parts
  const app = new OpenAPIHono<HttpEnv>()
  const clocks = createClocks({ store, limits: settings.limits, now })
  const gauges = createGauges({ store, now })
  const metrics = createMetrics({ gauges, clocks, now, pictureCounts: () => faces?.counts() ?? [] })
  const keys = createKeys({ store, guesses: createRateLimit('guess', guessQuota, now), log, now })
  const document = writeDocument(app as unknown as OpenAPIHono<never>, documented, version)
  const service: Service = {
    ...parts,
    keys,
    clocks,
    gauges,
    metrics,
    readiness: createReadiness({
      parts: { store: () => store.ping(), pictures: () => pictures.ping() },
      now,
    }),
    batches: new Set(),
    uploads: createRoom(uploadBytes),
    links: createLinks({ store, now }),
    faces,
    reference: createReference(document),
  }
  const gate = {
    keys,
    keyLimit: createRateLimit('key', settings.rateLimit, now),
    addressLimit: createRateLimit('address', addressQuota, now),
    idempotency: createIdempotency({
      store,
      log,
      now,
      tell: (outcome) => metrics.idempotent(outcome),
    }),
  }

  app.use(async (c, next) => {
    // Durations are taken from the clock that only goes forward; nothing depends on them.
    const startedAt = performance.now()
    const requestId = requestIdOf(c.req.raw, randomUUID)
    c.set('requestId', requestId)
    c.set('route', 'none')
    c.set('keyId', null)
    await next()
    secure(c.res.headers)
    c.res.headers.set('X-Request-Id', requestId)
    const ms = performance.now() - startedAt
    const route = c.get('route')
    const { method } = c.req
    const { status } = c.res
    metrics.answered({ method: nameOf(method), route, status, seconds: ms / 1000 })
    const line = {
      requestId,
      method,
      route,
      status,
      ms: Math.round(ms * 10) / 10,
      key: c.get('keyId'),
    }
    if (pictureRoutes.has(route)) log.debug(line, 'picture')
    else log.info(line, 'request')
  })

  for (const [path, methods] of byPath(urls)) {
    const pattern = path.replace(/\{(\w+)\}/g, ':$1')
    app.use(pattern, async (c, next) => {
      c.set('route', path)
      await next()
    })
    let open = false
    for (const [method, made] of methods) {
      open ||= made.crossOrigin === true
      const run = perform(made, service, gate)
      app.on(method, pattern, async (c) => {
        const response = await run(c)
        if (made.crossOrigin !== true) return response
        for (const [name, value] of Object.entries(crossOrigin)) {
          if (!response.headers.has(name)) response.headers.set(name, value)
        }
        return response
      })
    }
    const allow = [...methods.keys(), ...(methods.has('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ')
    app.options(pattern, () => preflight(allow, open))
    app.all(pattern, (c) =>
      problemResponse(
        problem('method-not-allowed', `The path takes ${allow}.`, { headers: { Allow: allow } }),
        c.get('requestId'),
      ),
    )
  }

  addWechat(app, parts, gate.addressLimit)
  if (faces !== undefined) {
    for (const [path, pattern] of picturePaths) {
      app.all(path, (c) => {
        c.set('route', pattern)
        return faces.handle(c.req.raw, c.get('requestId'))
      })
    }
  }
  for (const path of dashboard?.paths ?? []) {
    app.all(path, async (c) => {
      c.set('route', path)
      return await dashboard?.handle(c.req.raw, c.env, c.get('requestId'))
    })
  }
  app.notFound((c) => problemResponse(problem('route-unknown'), c.get('requestId')))
  app.onError((error, c) => thrown(error, c.get('requestId'), service))

  return {
    fetch: async (request, arrival = {}) => app.fetch(request, arrival),
    document: () => document,
  }
}

function byPath(table: UrlTable): ReadonlyMap<string, ReadonlyMap<string, UrlTable[string]>> {
  const paths = new Map<string, Map<string, UrlTable[string]>>()
  for (const [row, made] of Object.entries(table)) {
    const { method, path } = splitRow(row)
    const methods = paths.get(path) ?? new Map<string, UrlTable[string]>()
    paths.set(path, methods.set(method, made))
  }
  return paths
}

function preflight(allow: string, open: boolean): Response {
  return new Response(null, {
    status: 204,
    headers: {
      Allow: allow,
      ...(open
        ? {
            ...crossOrigin,
            'Access-Control-Allow-Methods': allow,
            'Access-Control-Allow-Headers': 'Authorization, Content-Type, X-Request-Id',
            'Access-Control-Max-Age': '86400',
          }
        : {}),
    },
  })
}

const methodNames = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])

/** Figures have a bounded number of names. */
function nameOf(method: string): string {
  return methodNames.has(method) ? method : 'other'
}
