// Where WeChat pushes its messages: who withdrew consent, who closed the account, whose profile was cleaned. A message that is
// believed is written down and answered at once; what it demands is done by the background work.
import type { People } from '../../jobs/people.ts'
import { type PushReader, createPushReader, mostPushBytes, pushAnswer } from '../../wechat/push.ts'
import type { Log } from '../log.ts'
import type { Secrets } from '../settings.ts'
import { readBody } from './body.ts'
import { type Problem, problem, problemOf, problemResponse } from './problem.ts'

/** Takes pushed messages. */
export interface WechatPushes {
  /** @param appid the app of the path; null for the path of all apps */
  take(request: Request, appid: string | null, requestId: string): Promise<Response>
}

/** @param now milliseconds UTC */
export function createWechatPushes(parts: {
  readonly secrets: Pick<Secrets, 'wechatPush'>
  readonly people: Pick<People, 'takePushed'>
  readonly log: Log
  readonly now: () => number
}): WechatPushes {
  const { secrets, people, log, now } = parts
  const apps = Object.entries(secrets.wechatPush).map(([appid, push]) => ({ appid, ...push }))
  const readers = new Map<string | null, PushReader>(
    apps.map((app) => [app.appid, createPushReader({ apps: [app], now })]),
  )
  if (apps.length > 0) readers.set(null, createPushReader({ apps, now }))

  async function answer(request: Request, appid: string | null): Promise<Response | Problem> {
    const reader = readers.get(appid)
    if (reader === undefined) return problem('route-unknown')
    const { method } = request
    if (method !== 'GET' && method !== 'POST') {
      return problem('method-not-allowed', 'The path takes GET, POST.', {
        headers: { Allow: 'GET, POST' },
      })
    }
    const body = method === 'GET' ? null : await readBody(request, mostPushBytes)
    if (body !== null && body.kind === 'problem') return body
    const query = Object.fromEntries(new URL(request.url).searchParams)
    const reading = reader.read({ method, query, body: body?.bytes.toString('utf8') ?? '' })
    switch (reading.kind) {
      case 'echo':
        return plain(reading.text)
      case 'event':
        await people.takePushed(reading.key, reading.event)
        log.info({ appid: reading.event.appid, event: reading.event.kind }, 'a message was pushed')
        return plain(pushAnswer)
      case 'refused':
        log.warn({ appid, why: reading.reason }, 'a pushed message was not believed')
        if (reading.reason !== 'unreadable') {
          return problem('signature-invalid', 'The message is not signed as it should be.')
        }
        return method === 'GET'
          ? problem('query-invalid', 'The echostr is nothing that can be echoed.')
          : problem('body-malformed', 'The message cannot be read.')
    }
  }

  return {
    async take(request, appid, requestId) {
      try {
        const answered = await answer(request, appid)
        return answered instanceof Response ? answered : problemResponse(answered, requestId)
      } catch (err) {
        // Not answered well, it is sent again.
        log.error({ err, requestId }, 'a pushed message was not kept')
        return problemResponse(problemOf(err).problem, requestId)
      }
    },
  }
}

function plain(text: string): Response {
  return new Response(text, { headers: { 'Content-Type': 'text/plain; charset=utf-8' } })
}
