// The dashboard: every page and form of it behind one sign-in. A request goes in, a page comes out, no port needed.
import { type Context, Hono } from 'hono'
import type { Policy } from '../../core/policy.ts'
import { EverfaceError } from '../../errors.ts'
import type { ApiKey } from '../../store/store.ts'
import type { AppParts } from '../app.ts'
import { type Arrival, senderOf } from '../http/arrival.ts'
import { createKeys } from '../http/auth.ts'
import { createRateLimit } from '../http/rate-limit.ts'
import { type Told, forget, judge, lookAtPage, lookNow, resend, upload } from './actions.ts'
import { isOwnForm, isSecure, leadOn, pageAnswer, safePath, withTold } from './answers.ts'
import { readAssets } from './assets.ts'
import { cookie } from './cookies.ts'
import { drawCard, drawCards, see } from './faces.ts'
import { createFigures } from './figures.ts'
import { type Form, mostBytes, readForm } from './form.ts'
import { type PageParts, drawPage, drawPart, drawTold } from './frame.ts'
import { languageCookie, languageOf, themeCookie, themeOf, themes } from './language.ts'
import { languages } from '../../look/words.ts'
import { type Live, createLive } from './live.ts'
import { type Markup, html } from './markup.ts'
import { createPages } from './pages.ts'
import { drawProblem } from './problem-page.ts'
import { type Session, createSessions } from './session.ts'
import { drawSignIn } from './sign-in.ts'
import { createSpeech } from './speech.ts'
import type { Visit } from './visit.ts'
import type { WordKey } from './words-en.ts'
import { words } from './words.ts'

/** The dashboard's side of the service. */
export interface Dashboard {
  /** Patterns of all its paths, as Hono reads them. */
  readonly paths: readonly string[]
  /** Answers a request for one of them. Never rejects. */
  handle(request: Request, arrival: Arrival, requestId: string): Promise<Response>
  /** Ends the streams of open pages; a listener can close then. */
  close(): void
}

/** What the dashboard is made from. */
export interface DashboardParts extends AppParts {
  /** Of this program, for the page on the system. */
  readonly version: string
  /** The operator's rules; absent: the standard ones, with what the settings say. */
  readonly policy?: Policy
}

type Env = {
  Bindings: Arrival & { readonly requestId: string }
  Variables: { session: Session }
}
type Asked = Context<Env>

/** Tries to sign in a minute and address. */
const signInQuota = 10
/** Unknown keys a minute and address. */
const guessQuota = 30
/** Streams are looked after so often, milliseconds. */
const liveMs = 2_000
const retrySeconds = '5'
const choiceSeconds = 400 * 86_400

/** Makes the dashboard. @param options `every` repeats the work of open pages until it is told to stop; a timer by default */
export function createDashboard(
  parts: DashboardParts,
  options: { readonly every?: (work: () => void) => () => void } = {},
): Dashboard {
  const { settings, secrets, store, log, now } = parts
  const assets = readAssets()
  const figures = createFigures(store, now)
  const pages = createPages({ ...parts, figures })
  const sessions = createSessions([secrets.secret, ...secrets.oldSecrets], now)
  const signIns = createRateLimit('sign-in', signInQuota, now)
  const keys = createKeys({ store, guesses: createRateLimit('guess', guessQuota, now), log, now })
  const live = createLive({
    every: options.every ?? everyWhile,
    onTrouble: (err) => log.warn({ err }, 'a page could not be kept up to date'),
    notice: (watch, failed) => {
      const speech = createSpeech(watch.name.startsWith('zh ') ? 'zh' : 'en', now())
      return new Map([['trouble', failed ? drawTold('awayLive', speech, true).toString() : ' ']])
    },
    now,
  })

  /** The admin key of a session, as long as it is in force. */
  async function keyOf({ keyId }: Session): Promise<ApiKey | null> {
    const key = (await figures.keys()).find(({ id }) => id === keyId)
    return key !== undefined && key.revokedAt === null && key.scope === 'admin' ? key : null
  }

  function visitOf(c: Asked, token: string, waiting: Visit['waiting']): Visit {
    const { raw } = c.req
    const { pathname, search, searchParams } = new URL(raw.url)
    const told = `told-${searchParams.get('told') ?? ''}` as WordKey
    return {
      speech: createSpeech(languageOf(raw), now()),
      theme: themeOf(raw),
      assets,
      token,
      here: safePath(pathname + search),
      told: Object.hasOwn(words.en, told) ? told : null,
      waiting,
    }
  }

  async function insideVisit(c: Asked): Promise<Visit> {
    const { suspects, deliveries } = await figures.stats()
    const waiting = { suspects, failed: deliveries.failed }
    return visitOf(c, sessions.token(c.get('session').id), waiting)
  }

  /** The page to sign in on, in place of the one that was asked for. */
  function signInPage(c: Asked, to: string, wrong: WordKey | null, status = 200): Response {
    const secure = isSecure(c.req.raw, settings.publicUrl)
    const known = sessions.visitOf(c.req.raw)
    const fresh = known === null ? sessions.visit(secure) : null
    const visit = visitOf(c, sessions.token(known ?? fresh?.id ?? ''), null)
    const body = drawSignIn(visit, to, wrong)
    const answer = pageAnswer(
      drawPage({ ...visit, here: to }, { title: visit.speech.say('signIn'), body, at: null }),
      status,
    )
    if (fresh !== null) answer.headers.append('Set-Cookie', fresh.cookie)
    return answer
  }

  function problemPage(
    c: Asked,
    status: number,
    title: WordKey,
    note: WordKey,
    headers: Readonly<Record<string, string>> = {},
  ): Response {
    const visit = visitOf(c, '', null)
    if (c.req.header('hx-request') === 'true') {
      const part = drawTold(title, visit.speech, true)
      return pageAnswer(part, status, {
        'HX-Retarget': '#notice',
        'HX-Reswap': 'innerHTML',
        'HX-Reselect': '.notice',
      })
    }
    const requestId = status === 500 ? { requestId: c.env.requestId } : {}
    const body = drawProblem(visit, { title, note, ...requestId })
    const page = { title: visit.speech.say(title), body, at: null }
    return pageAnswer(drawPage({ ...visit, here: '/' }, page), status, headers)
  }

  const refused = (c: Asked) => problemPage(c, 403, 'refusedTitle', 'refusedNote')
  const lost = (c: Asked) => problemPage(c, 404, 'lostTitle', 'lostNote')

  const app = new Hono<Env>()
  const paths = new Set<string>()

  app.onError((error, c) => {
    if (error instanceof EverfaceError && error.code.endsWith('-unreachable')) {
      log.warn({ err: error, requestId: c.env.requestId }, 'a part of the service is away')
      const again = c.req.method === 'GET' ? { Refresh: retrySeconds } : undefined
      return problemPage(c, 503, 'awayTitle', 'awayNote', { 'Retry-After': retrySeconds, ...again })
    }
    log.error({ err: error, requestId: c.env.requestId }, 'a page failed')
    return problemPage(c, 500, 'brokenTitle', 'brokenNote')
  })
  app.notFound(lost)

  /** A session whose key is in force, or the answer instead. */
  async function enter(c: Asked): Promise<Session | Response> {
    const session = sessions.of(c.req.raw)
    if (session !== null && (await keyOf(session)) !== null) return session
    if (c.req.header('hx-request') === 'true') {
      return new Response(null, { status: 401, headers: { 'HX-Refresh': 'true' } })
    }
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD') return refused(c)
    // A link from another site brings no cookie along; what our own page leads to does.
    if (c.req.header('sec-fetch-site') === 'cross-site') {
      return pageAnswer(html``, 200, { Refresh: '0' })
    }
    const { pathname, search } = new URL(c.req.url)
    return signInPage(c, safePath(pathname === '/sign-in' ? '/' : pathname + search), null)
  }

  /** A page behind the sign-in. */
  function page(path: string, draw: (visit: Visit, c: Asked) => Promise<PageParts | null>): void {
    paths.add(path)
    app.get(path, async (c) => {
      const session = await enter(c)
      if (session instanceof Response) return session
      c.set('session', session)
      const visit = await insideVisit(c)
      const drawn = await draw(visit, c)
      if (drawn !== null) return pageAnswer(drawPage(visit, drawn))
      const title = visit.speech.say('lostTitle')
      const body = drawProblem(visit, { title: 'lostTitle', note: 'lostNote' })
      return pageAnswer(drawPage(visit, { title, body, at: null, live: '/live/frame' }), 404)
    })
  }

  /** A form behind the sign-in. */
  function action(
    path: string,
    run: (c: Asked, form: Form) => Promise<Response>,
    kind: keyof typeof mostBytes = 'plain',
  ): void {
    paths.add(path)
    app.post(path, async (c) => {
      const session = await enter(c)
      if (session instanceof Response) return session
      c.set('session', session)
      const form = isOwnForm(c.req.raw, settings.publicUrl) ? await readForm(c.req.raw, kind) : null
      if (form === null || !sessions.fits(session.id, form.text('token'))) return refused(c)
      const response = await run(c, form)
      figures.outdate()
      return response
    })
  }

  const subjectOf = (c: Asked) => c.req.param('subject') ?? ''
  const faceOf = (c: Asked) => `/faces/${encodeURIComponent(subjectOf(c))}`
  const isPart = (c: Asked, form: Form) =>
    c.req.header('hx-request') === 'true' && form.text('as') === 'card'
  const back = (form: Form, told: Told) => leadOn(withTold(safePath(form.text('to')), told))

  page('/', (visit) => pages.overview(visit))
  page('/faces', (visit, c) => pages.faces(visit, new URL(c.req.url).searchParams))
  page('/faces/:subject', (visit, c) =>
    pages.face(visit, subjectOf(c), c.req.query('before') ?? null),
  )
  page('/placeholders', (visit) => pages.placeholders(visit))
  page('/policy', (visit) => pages.policy(visit))
  page('/providers', (visit) => pages.providers(visit))
  page('/system', (visit) => pages.system(visit))

  action('/faces', async (c, form) => {
    const avatars = await lookAtPage(parts, form)
    if (c.req.header('hx-request') !== 'true') return back(form, 'looked-page')
    const visit = { ...(await insideVisit(c)), here: safePath(form.text('to')) }
    const faces = await Promise.all(avatars.map((avatar) => see(store, avatar)))
    return pageAnswer(html`${drawCards(visit, faces)}${toldPart(visit, 'looked-page')}`)
  })
  action('/faces/:subject/probe', async (c, form) => {
    const told = await lookNow(parts, subjectOf(c))
    if (!isPart(c, form)) return back(form, told)
    const avatar = await store.avatar(subjectOf(c))
    const visit = { ...(await insideVisit(c)), here: safePath(form.text('to')) }
    if (avatar === null) return problemPage(c, 404, 'told-unknown', 'lostNote')
    return pageAnswer(html`${drawCard(visit, await see(store, avatar))}${toldPart(visit, told)}`)
  })
  action('/faces/:subject/forget', async (c) => {
    return leadOn(withTold('/faces', await forget(parts, subjectOf(c))))
  })
  action(
    '/faces/:subject/picture',
    async (c, form) => leadOn(withTold(faceOf(c), await upload(parts, subjectOf(c), form))),
    'picture',
  )
  action('/placeholders/:raw', async (c, form) => {
    const told = await judge(parts, c.req.param('raw') ?? '', form)
    return told === null ? refused(c) : leadOn(withTold('/placeholders', told))
  })
  action('/system/deliveries', async (_, form) => {
    return leadOn(withTold('/system', await resend(parts, form)))
  })
  action('/sign-out', async (c) => {
    return leadOn(
      '/sign-in',
      sessions.end(c.get('session'), isSecure(c.req.raw, settings.publicUrl)),
    )
  })

  for (const path of ['/sign-in', '/preferences', '/live/*', '/assets/:file']) paths.add(path)
  app.get('/sign-in', async (c) => {
    const session = sessions.of(c.req.raw)
    return session === null ? signInPage(c, '/', null) : leadOn('/')
  })
  app.post('/sign-in', (c) => signIn(c))
  app.post('/preferences', async (c) => {
    const form = isOwnForm(c.req.raw, settings.publicUrl)
      ? await readForm(c.req.raw, 'plain')
      : null
    if (form === null) return refused(c)
    const rest = { ageSeconds: choiceSeconds, secure: isSecure(c.req.raw, settings.publicUrl) }
    const language = languages.find((one) => one === form.text('language'))
    const theme = themes.find((one) => one === form.text('theme'))
    return leadOn(safePath(form.text('to')), [
      ...(language === undefined ? [] : [cookie(languageCookie, language, rest)]),
      ...(theme === undefined ? [] : [cookie(themeCookie, theme, rest)]),
    ])
  })
  app.get('/live/*', (c) => watch(c, live))
  app.get('/assets/:file', (c) => {
    return assets.answer(c.req.param('file'), c.req.header('if-none-match')) ?? lost(c)
  })

  async function signIn(c: Asked): Promise<Response> {
    const form = isOwnForm(c.req.raw, settings.publicUrl)
      ? await readForm(c.req.raw, 'plain')
      : null
    if (form === null) return refused(c)
    const to = safePath(form.text('to'))
    const visit = sessions.visitOf(c.req.raw)
    if (visit === null || !sessions.fits(visit, form.text('token'))) {
      return signInPage(c, to, 'wrongForm', 403)
    }
    const sender = senderOf(c.req.raw, c.env)
    if (!signIns.take(sender).taken) return signInPage(c, to, 'tooMany', 429)
    const secret = form.text('key').trim()
    // A header of its own making: nothing but a key's characters may get into it.
    const authorization = `Bearer ${/^[\w-]{1,200}$/.test(secret) ? secret : '-'}`
    const key = await keys.admit(
      new Request(c.req.url, { headers: { authorization } }),
      'admin',
      sender,
    )
    if ('kind' in key) {
      log.warn({ requestId: c.env.requestId, code: key.code }, 'a sign-in was refused')
      if (key.code === 'too-many-requests') return signInPage(c, to, 'tooMany', 429)
      return signInPage(c, to, key.code === 'scope-missing' ? 'wrongScope' : 'wrongKey', 403)
    }
    log.info({ requestId: c.env.requestId, key: key.id }, 'somebody signed in')
    return leadOn(to, sessions.begin(key.id, isSecure(c.req.raw, settings.publicUrl)))
  }

  async function watch(c: Asked, to: Live): Promise<Response> {
    const session = sessions.of(c.req.raw)
    if (session === null || (await keyOf(session)) === null)
      return new Response(null, { status: 401 })
    const what = decodeURIComponent(new URL(c.req.url).pathname.slice('/live/'.length))
    const language = languageOf(c.req.raw)
    const stream = to.open({
      name: `${language} ${what}`,
      draw: () => pages.changes(what, createSpeech(language, now())),
      allowed: async () => now() < session.expiresAt && (await keyOf(session)) !== null,
    })
    if (stream === null)
      return new Response(null, { status: 503, headers: { 'Retry-After': '60' } })
    return new Response(stream, {
      headers: {
        'Content-Type': 'text/event-stream',
        'Cache-Control': 'no-store',
        'X-Accel-Buffering': 'no',
      },
    })
  }

  return {
    paths: [...paths],
    async handle(request, arrival, requestId) {
      return app.fetch(request, { ...arrival, requestId })
    },
    close: () => live.close(),
  }
}

/** What was done, told beside the part of the page that it changed. */
function toldPart({ speech }: Visit, told: Told): Markup {
  return drawPart('notice', 'innerHTML', drawTold(`told-${told}`, speech).toString())
}

function everyWhile(work: () => void): () => void {
  const timer = setInterval(work, liveMs)
  // The timer alone is no reason to keep a process.
  timer.unref()
  return () => clearInterval(timer)
}
