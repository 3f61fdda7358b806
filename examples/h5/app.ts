// A comment list whose faces do not break. Everything that Everface asks of a page is here: the script, the element around
// an ordinary <img>, a token, and a receiver of webhooks.
import { readFileSync } from 'node:fs'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { getCookie, setCookie } from 'hono/cookie'
import { html, raw } from 'hono/html'
// In your app: 'everface/client'.
import { type Everface, verifyWebhook } from '../../src/client/client.ts'

/** What somebody said. */
export interface Comment {
  readonly subject: string
  name: string
  text: string
}

/** Who looks at the page. */
interface Viewer extends Comment {
  /** They agreed to a new picture within the last minutes. */
  readonly isRenewed: boolean
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

/** What the page says, and what it says of an authorization that a person comes back from. */
const speech = {
  zh: {
    title: '评论',
    write: '说点什么…',
    send: '发送',
    tap: '点头像可以更新',
    ok: '头像已更新。',
    refused: '好的，头像保持不变。',
    failed: '这次没有成功，头像保持不变。',
  },
  en: {
    title: 'Comments',
    write: 'Say something…',
    send: 'Send',
    tap: 'Tap your face to renew it',
    ok: 'Your picture is up to date.',
    refused: 'All right, your picture stays as it is.',
    failed: 'That did not work this time. Your picture stays as it is.',
  },
}

const size = 40
const style = readFileSync(new URL('style.css', import.meta.url), 'utf8')

export function createApp({ everface, base, webhookSecret, comments }: Parts): Hono {
  const app = new Hono()

  /** The element, with the <img> that shows before its script runs and without it. */
  function face({ subject, name }: Comment, token: string, viewer?: Viewer, asks = false) {
    const url = everface.pictureUrl(subject, { size })
    // Browsers keep a picture for five minutes. Whoever has just agreed to a new one sees it at once.
    const isFresh = viewer?.isRenewed === true && viewer.subject === subject
    const fresh = isFresh ? `${url}&v=${Date.now()}` : null
    return html`<ever-avatar
      subject="${subject}"
      name="${name}"
      size="${size}"
      base="${base}"
      token="${token}"
      ${fresh === null ? '' : html`src="${fresh}"`}
      ${asks ? raw('scene="profile" ask="navigate"') : ''}
      ><img src="${fresh ?? url}" alt="${name}" width="${size}" height="${size}"
    /></ever-avatar>`
  }

  /** Who is signed in. Your session says so; here it is the address, and then a cookie. */
  function viewerOf(c: Context): Viewer | undefined {
    const named = c.req.query('as')
    if (named !== undefined) setCookie(c, 'as', named, { httpOnly: true, sameSite: 'Lax' })
    const subject = named ?? getCookie(c, 'as')
    const found = comments.find((one) => one.subject === subject)
    return (
      found && {
        ...found,
        isRenewed: getCookie(c, 'renewed') === '1' || c.req.query('everface') === 'ok',
      }
    )
  }

  app.get('/', async (c) => {
    const viewer = viewerOf(c)
    const lang = /^en/i.test(c.req.header('accept-language') ?? '') ? 'en' : 'zh'
    const say = speech[lang]
    // Everface adds this to the address when it sends somebody back.
    const ending = (['ok', 'refused', 'failed'] as const).find(
      (one) => one === c.req.query('everface'),
    )
    if (ending === 'ok')
      setCookie(c, 'renewed', '1', { maxAge: 300, httpOnly: true, sameSite: 'Lax' })
    // One token for hints on anybody, and one for the person's own face: that one may ask.
    const hints = await everface.pageToken(null)
    const own = viewer && (await everface.pageToken(viewer.subject))
    c.header(
      'Content-Security-Policy',
      `default-src 'none'; script-src ${base}; connect-src ${base}; img-src ${base} data:; style-src 'self'; form-action 'self'`,
    )
    return c.html(
      html`<!doctype html>
        <html lang="${lang}">
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <title>${say.title}</title>
          <link rel="icon" href="data:," />
          <link rel="stylesheet" href="/style.css" />
          <script type="module" src="${base}/everface.js"></script>
          <main>
            <h1>${say.title} <small>${comments.length}</small></h1>
            ${ending ? html`<p role="status" class="${ending}">${say[ending]}</p>` : ''}
            ${
              viewer && own
                ? html`<form method="post" action="/comments">
                    ${face(viewer, own, viewer, true)}
                    <input
                      name="text"
                      aria-label="${say.write}"
                      placeholder="${say.write}"
                      maxlength="500"
                      autocomplete="off"
                      required
                    />
                    <button>${say.send}</button>
                    <small>${say.tap}</small>
                  </form>`
                : ''
            }
            <ul>
              ${comments.map(
                (one) =>
                  html`<li>
                    ${face(one, hints, viewer)}
                    <div>
                      <strong>${one.name}</strong>
                      <p>${one.text}</p>
                    </div>
                  </li>`,
              )}
            </ul>
          </main>
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
    return c.redirect('/', 303)
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
