// The web authorization of WeChat, done for the app: a tap leads here, to the platform, and back. Whoever begins carries a
// page token for the subject; whoever ends has the cookie of the same browser, and every journey ends once.
import { scenePattern } from '../../core/policy.ts'
import type { People } from '../../jobs/people.ts'
import type { Store } from '../../store/store.ts'
import { authorizeUrl } from '../../wechat/authorize-url.ts'
import { type JourneyCookie, createOauthState } from '../../wechat/state.ts'
import type { Log } from '../log.ts'
import { readPageToken } from '../page-token.ts'
import type { Secrets, Settings, WechatAppName } from '../settings.ts'
import { type EndPage, endPage } from './wechat-pages.ts'

/** How a journey ended, as the app is told: `everface` and `everface-reason` of the address to return to. */
interface Ending {
  readonly result: 'ok' | 'refused' | 'failed'
  readonly reason: string | null
}

/** The two addresses. */
export interface WechatOauth {
  start(request: Request, base: string): Promise<Response>
  callback(request: Request, base: string): Promise<Response>
}

const pageOf: Readonly<Record<Ending['result'], EndPage>> = {
  ok: 'done',
  refused: 'refused',
  failed: 'failed',
}
const isScene = new RegExp(scenePattern)
const isCode = /^[\u0021-\u007e]{1,512}$/
const callbackPath = '/oauth/wechat/callback'

/** @param now milliseconds UTC */
export function createWechatOauth(parts: {
  readonly settings: Pick<Settings, 'wechatApps' | 'returnOrigins'>
  readonly secrets: Pick<Secrets, 'secret' | 'oldSecrets'>
  readonly store: Pick<Store, 'spend' | 'settleSpent'>
  readonly people: Pick<People, 'authorized' | 'refused' | 'signal'>
  readonly log: Log
  readonly now: () => number
}): WechatOauth {
  const { settings, secrets, store, people, log, now } = parts
  const all = [secrets.secret, ...secrets.oldSecrets]
  const apps = settings.wechatApps.filter(({ kind }) => kind !== 'mini')
  /** Journeys that are ending in this process, so that a page that is loaded twice ends the same way both times. */
  const ending = new Map<string, Promise<Ending>>()

  /** `spend` decides nothing here: a journey that ended before is told how. */
  function stateOf(base: string, spend: (id: string, until: number) => Promise<boolean>) {
    return createOauthState({
      secrets: all,
      allowedOrigins: settings.returnOrigins,
      isSecure: base.startsWith('https:'),
      spend,
      now,
    })
  }

  async function begin(request: Request, base: string): Promise<Response> {
    const { searchParams: query } = new URL(request.url)
    const subject = query.get('subject') ?? ''
    const token = readPageToken(query.get('token') ?? '', all, now())
    if (token.kind !== 'valid' || token.subject !== subject) return endPage('link-invalid')
    const scene = query.get('scene')
    if (scene !== null && !isScene.test(scene)) return endPage('link-invalid')
    const app = appFor(apps, query.get('appid'), request.headers.get('user-agent') ?? '')
    if (app === undefined) return endPage('app-missing')
    const state = stateOf(base, async () => true)
    const journey = { appid: app.appid, subject, scene, returnTo: query.get('return') }
    let departure = state.begin(journey)
    if (departure.kind === 'return-refused') return endPage('return-refused')
    if (journey.returnTo === null) {
      // Back to where they came from, as far as that is told and allowed.
      const back = state.begin({ ...journey, returnTo: request.headers.get('referer') })
      if (back.kind === 'started') departure = back
    }
    // A prompt that nobody was handed counts as well.
    await people.signal(subject, 'prompt-shown', scene)
    return sendTo(
      authorizeUrl({
        appid: app.appid,
        kind: app.kind === 'website' ? 'website' : 'official',
        redirectUri: `${base}${callbackPath}`,
        scope: app.kind === 'website' ? 'snsapi_login' : 'snsapi_userinfo',
        state: departure.state,
      }),
      departure.cookie,
    )
  }

  async function end(request: Request, base: string): Promise<Response> {
    const { searchParams: query } = new URL(request.url)
    const name = query.get('state') ?? ''
    let id = ''
    let before: Awaited<ReturnType<Store['spend']>> = null
    const state = stateOf(base, async (one, until) => {
      id = one
      before = await store.spend(`journey ${one}`, until)
      return true
    })
    const cookieName = state.cookieName(name)
    const cookie = cookieName === null ? null : cookieOf(request, cookieName)
    const arrival = await state.end(name, cookie)
    if (arrival.kind !== 'arrived') {
      log.warn({ why: arrival.kind }, 'an authorization came back that is not believed')
      return endPage(arrival.kind === 'other-browser' ? 'other-browser' : 'link-invalid')
    }
    const { journey } = arrival
    const code = query.get('code')
    const ended =
      before === null
        ? await settle(id, journey, code)
        : ((await ending.get(id)) ?? readEnding((before as { outcome: string | null }).outcome))
    return journey.returnTo === null
      ? endPage(pageOf[ended.result])
      : sendTo(withEnding(journey.returnTo, ended), null)
  }

  async function settle(
    id: string,
    journey: { readonly appid: string; readonly subject: string },
    code: string | null,
  ): Promise<Ending> {
    const work = conclude(journey, code).then(async (ended) => {
      await store.settleSpent(`journey ${id}`, writeEnding(ended))
      return ended
    })
    ending.set(id, work)
    try {
      return await work
    } finally {
      ending.delete(id)
    }
  }

  async function conclude(
    journey: { readonly appid: string; readonly subject: string },
    code: string | null,
  ): Promise<Ending> {
    if (code === null || code === '') {
      await people.refused(journey.subject)
      return { result: 'refused', reason: null }
    }
    if (!isCode.test(code)) return { result: 'failed', reason: 'code-spent' }
    const authorized = await people.authorized(journey, code)
    return authorized.kind === 'authorized'
      ? { result: 'ok', reason: null }
      : { result: 'failed', reason: authorized.reason }
  }

  return {
    start: (request, base) => guarded(() => begin(request, base), log),
    callback: (request, base) => guarded(() => end(request, base), log),
  }
}

/** A person is in front of this: whatever breaks becomes a page. */
async function guarded(work: () => Promise<Response>, log: Log): Promise<Response> {
  try {
    return await work()
  } catch (err) {
    log.error({ err }, 'an authorization failed')
    return endPage('away')
  }
}

/** Inside WeChat an official account opens, elsewhere a website shows its code to be scanned; else whatever there is. */
function appFor(
  apps: readonly WechatAppName[],
  appid: string | null,
  userAgent: string,
): WechatAppName | undefined {
  if (appid !== null) return apps.find((app) => app.appid === appid)
  const wanted = /\bMicroMessenger\//i.test(userAgent) ? 'official' : 'website'
  return apps.find(({ kind }) => kind === wanted) ?? apps[0]
}

function sendTo(location: string, cookie: JourneyCookie | null): Response {
  const headers = new Headers({ Location: location, 'Cache-Control': 'no-store' })
  if (cookie !== null) {
    const { name, value, maxAgeSeconds, isSecure } = cookie
    headers.set(
      'Set-Cookie',
      `${name}=${value}; Max-Age=${maxAgeSeconds}; Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`,
    )
  }
  return new Response(null, { status: 302, headers })
}

/** The cookie of this name; of several the first, as browsers order them. */
function cookieOf(request: Request, name: string): string | null {
  for (const pair of (request.headers.get('cookie') ?? '').split(';')) {
    const [key = '', ...rest] = pair.trim().split('=')
    if (key === name) return rest.join('=')
  }
  return null
}

function withEnding(address: string, { result, reason }: Ending): string {
  const url = new URL(address)
  url.searchParams.set('everface', result)
  if (reason === null) url.searchParams.delete('everface-reason')
  else url.searchParams.set('everface-reason', reason)
  return url.href
}

function writeEnding({ result, reason }: Ending): string {
  return reason === null ? result : `${result} ${reason}`
}

/** Another process is at it still: how it ends is not known here. */
function readEnding(outcome: string | null): Ending {
  const [result = '', reason = null] = (outcome ?? 'failed repeated').split(' ')
  return { result: result === 'ok' || result === 'refused' ? result : 'failed', reason }
}
