// The addresses that WeChat and people on their way through it come to. They are no calls of the interface: people get pages
// and are sent on, and the platform gets the plain word that it wants. wechat-urls.ts is what the document tells of them.
import type { Hono } from 'hono'
import type { AppParts } from '../app.ts'
import { baseOf, senderOf } from './arrival.ts'
import type { HttpEnv } from './perform.ts'
import { problem, problemResponse } from './problem.ts'
import type { RateLimit } from './rate-limit.ts'
import { createWechatOauth } from './wechat-oauth.ts'
import { endPage } from './wechat-pages.ts'
import { createWechatPushes } from './wechat-push.ts'

/** Adds them to the service. @param addressLimit bounds what one address may ask for in a minute */
export function addWechat(
  app: Pick<Hono<HttpEnv>, 'all'>,
  parts: AppParts,
  addressLimit: RateLimit,
): void {
  const oauth = createWechatOauth(parts)
  const pushes = createWechatPushes(parts)
  for (const way of ['start', 'callback'] as const) {
    const path = `/oauth/wechat/${way}`
    app.all(path, async (c) => {
      c.set('route', path)
      const request = c.req.raw
      if (request.method !== 'GET') {
        return problemResponse(
          problem('method-not-allowed', 'The path takes GET.', { headers: { Allow: 'GET' } }),
          c.get('requestId'),
        )
      }
      const turn = addressLimit.take(senderOf(request, c.env))
      const response = turn.taken
        ? await oauth[way](request, baseOf(request, parts.settings.publicUrl))
        : endPage('too-many')
      for (const [name, value] of Object.entries(turn.headers)) response.headers.set(name, value)
      return response
    })
  }
  app.all('/webhooks/wechat', (c) => {
    c.set('route', '/webhooks/wechat')
    return pushes.take(c.req.raw, null, c.get('requestId'))
  })
  app.all('/webhooks/wechat/:appid', (c) => {
    c.set('route', '/webhooks/wechat/{appid}')
    return pushes.take(c.req.raw, c.req.param('appid'), c.get('requestId'))
  })
}
