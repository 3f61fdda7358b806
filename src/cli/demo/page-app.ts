// The made app's own little server: the comparison page, what it asks for while it is open, the receiver of Everface's webhooks,
// and the way to the simulated consent page, which no browser could find by its real name.
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { type Everface, verifyWebhook } from '../../client/client.ts'
import { type Language, languages } from '../../look/words.ts'
import { languageOf } from '../../service/dashboard/language.ts'
import { type Comment, type Reader, viewer } from './cast.ts'
import type { Ledger } from './ledger.ts'
import { drawPage } from './page.ts'
import { pageScript } from './page-script.ts'
import { pageStyle } from './page-style.ts'
import type { PlatformDoor } from './platform-door.ts'

/** What the app needs. */
export interface PageParts {
  readonly everface: Pick<Everface, 'pageToken' | 'pictureUrl'>
  /** How browsers reach Everface, without a slash at the end. */
  readonly base: string
  readonly door: Pick<PlatformDoor, 'addressOf' | 'url'>
  /** The app's own origin. */
  readonly origin: string
  readonly webhookSecret: string
  readonly readers: readonly Reader[]
  readonly comments: readonly Comment[]
  readonly ledger: Pick<Ledger, 'hear' | 'progress' | 'told' | 'revisions' | 'viewer'>
  /** The link that is in the app's table. */
  linkOf(reader: Reader): string
  readonly sweepSeconds: number
  /** Milliseconds between two questions of an open page. */
  readonly everyMs: number
}

const size = 96

export function createPageApp(parts: PageParts): ReturnType<typeof getRequestListener> {
  const { everface, base, door, origin, webhookSecret, readers, comments, ledger } = parts
  const policy = [
    "default-src 'none'",
    `script-src 'self' ${base}`,
    "style-src 'self'",
    `img-src 'self' data: blob: ${base} ${door.url}`,
    `connect-src 'self' ${base} ${door.url}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
  const app = new Hono()

  app.use(async (c, next) => {
    await next()
    c.header('Content-Security-Policy', policy)
    c.header('X-Content-Type-Options', 'nosniff')
    c.header('Referrer-Policy', 'no-referrer')
    c.header('Cache-Control', 'no-store')
  })

  app.get('/', async (c) => {
    const chosen = languages.find((one) => one === c.req.query('lang'))
    if (chosen !== undefined) c.header('Set-Cookie', languageCookie(chosen))
    const page = drawPage({
      language: chosen ?? languageOf(c.req.raw),
      readers,
      comments,
      base,
      doorUrl: door.url,
      rawOf: (reader) => door.addressOf(parts.linkOf(reader)),
      oursOf: ({ subject }) => everface.pictureUrl(subject, { size }),
      token: await everface.pageToken(viewer),
      sweepSeconds: parts.sweepSeconds,
      everyMs: parts.everyMs,
    })
    return c.html(page)
  })

  app.get('/page.css', (c) => c.body(pageStyle, 200, { 'Content-Type': 'text/css' }))
  app.get('/page.js', (c) => c.body(pageScript, 200, { 'Content-Type': 'text/javascript' }))
  app.get('/live.json', (c) =>
    c.json({
      progress: ledger.progress(),
      told: ledger.told(),
      revisions: ledger.revisions(),
      you: ledger.viewer(),
    }),
  )

  // In life the browser goes to Everface, and from there to open.weixin.qq.com. That name leads to the real one here, so the
  // app takes the first step and puts the simulated platform's address in its place.
  app.get('/enter', async (c) => {
    const to = c.req.query('to') ?? ''
    if (!to.startsWith(`${base}/oauth/wechat/start?`)) return c.text('?', 400)
    const answer = await fetch(to, {
      redirect: 'manual',
      headers: { referer: `${origin}/`, 'user-agent': c.req.header('user-agent') ?? '' },
    })
    const location = answer.headers.get('location')
    if (location === null) return c.html(await answer.text(), 502)
    const person = readers.find(({ subject }) => subject === viewer)?.person ?? ''
    for (const one of answer.headers.getSetCookie()) c.header('Set-Cookie', one, { append: true })
    c.header('Set-Cookie', `sim_person=${person}; Path=/connect; HttpOnly; SameSite=Lax`, {
      append: true,
    })
    return c.redirect(door.addressOf(location))
  })

  app.post('/hooks/everface', bodyLimit({ maxSize: 64 * 1024 }), async (c) => {
    const told = await verifyWebhook(c.req.raw.headers, await c.req.arrayBuffer(), webhookSecret)
    if (told.kind === 'refused') return c.text(told.reason, 401)
    ledger.hear(told.event)
    return c.body(null, 204)
  })

  return getRequestListener(app.fetch)
}

function languageCookie(language: Language): string {
  return `everface-language=${language}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax`
}
