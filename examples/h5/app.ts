// A comment list whose faces do not break. Everything that Everface asks of a page is here: the script, the element around
// an ordinary <img>, a token, and a receiver of webhooks.
import { readFileSync } from 'node:fs'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { html, raw } from 'hono/html'
// In your app: 'everface/client'.
import { type Everface, verifyWebhook } from '../../src/client/client.ts'

/** What somebody said. */
export interface Comment {
  readonly subject: string
  name: string
  text: string
}

/** What the page needs. */
export interface Parts {
  readonly everface: Everface
  /** How browsers reach Everface, without a trailing slash. */
  readonly base: string
  /** `whsec_…` */
  readonly webhookSecret: string
  readonly comments: Comment[]
}

const size = 40
const style = readFileSync(new URL('style.css', import.meta.url), 'utf8')

export function createApp({ everface, base, webhookSecret, comments }: Parts): Hono {
  const app = new Hono()

  /** The element, with the <img> that shows before its script runs and without it. */
  function face({ subject, name }: { subject: string; name: string }, token: string, more = '') {
    const url = everface.pictureUrl(subject, { size })
    return html`<ever-avatar
      subject="${subject}"
      name="${name}"
      size="${size}"
      base="${base}"
      token="${token}"
      ${raw(more)}
      ><img src="${url}" alt="${name}" width="${size}" height="${size}"
    /></ever-avatar>`
  }

  /** Who is signed in. Your session says so; here it is the address. */
  const viewerOf = (c: Context) => comments.find(({ subject }) => subject === c.req.query('as'))

  app.get('/', async (c) => {
    const viewer = viewerOf(c)
    // One token for hints on anybody, and one for the person's own face: that one may ask.
    const hints = await everface.pageToken(null)
    const own = viewer && (await everface.pageToken(viewer.subject))
    c.header(
      'Content-Security-Policy',
      `default-src 'none'; script-src ${base}; connect-src ${base}; img-src ${base}; style-src 'self'; form-action 'self'`,
    )
    return c.html(
      html`<!doctype html>
        <html lang="zh-CN">
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <title>评论</title>
          <script type="module" src="${base}/everface.js"></script>
          <link rel="stylesheet" href="/style.css" />
          <h1>评论</h1>
          ${
            viewer && own
              ? html`<form method="post" action="/comments?as=${viewer.subject}">
                  ${face(viewer, own, 'scene="profile" ask="navigate"')}<input
                    name="text"
                    aria-label="评论"
                    maxlength="500"
                    required
                  /><button>发送</button>
                </form>`
              : ''
          }
          <ul>
            ${comments.map(
              (one) =>
                html`<li>
                  ${face(one, hints)}
                  <div>
                    <p><strong>${one.name}</strong></p>
                    <p>${one.text}</p>
                  </div>
                </li>`,
            )}
          </ul>
        </html>`,
    )
  })

  app.get('/style.css', (c) => c.body(style, 200, { 'Content-Type': 'text/css' }))

  const small = bodyLimit({ maxSize: 64 * 1024 })

  app.post('/comments', small, async (c) => {
    const viewer = viewerOf(c)
    const { text } = await c.req.parseBody()
    if (viewer === undefined || typeof text !== 'string' || text === '') return c.text('?', 422)
    comments.unshift({ subject: viewer.subject, name: viewer.name, text: text.slice(0, 500) })
    return c.redirect(`/?as=${viewer.subject}`, 303)
  })

  const seen = new Set<string>()

  app.post('/hooks/everface', small, async (c) => {
    const told = await verifyWebhook(c.req.raw.headers, await c.req.arrayBuffer(), webhookSecret)
    if (told.kind === 'refused') return c.text(told.reason, 401)
    const { id, type, subject } = told.event
    // Every event comes at least once. Your app remembers ids for a few days.
    if (!seen.has(id) && type === 'avatar.forgotten') {
      for (const one of comments) if (one.subject === subject) one.name = '已注销用户'
    }
    seen.add(id)
    return c.body(null, 204)
  })

  return app
}
