// <ever-avatar> on pages that do what pages do: strict policies, scripts that move, clone and remove, other documents,
// hundreds of faces, screen readers, print. The service is stood in for; element.test.ts has the real one.
import assert from 'node:assert/strict'
import { once } from 'node:events'

import { type Server, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import sharp from 'sharp'
import { elementSource } from '../../src/service/http/element-source.ts'
import { eventually } from '../chaos/service.ts'
import { installed, launch } from './chromium.ts'

describe('<ever-avatar> on a page', { skip: !installed, timeout: 240_000 }, () => {
  let server: Server
  let browser: Browser
  let base = ''
  let policy: string | null = null
  let html = ''
  let asked: string[] = []
  /** Pictures of subjects that begin with `held` wait here; those of `none` never come. */
  let waiting: ServerResponse[] = []
  const head = {
    'Content-Type': 'image/png',
    'Cache-Control': 'public, max-age=300',
    'Access-Control-Allow-Origin': '*',
  }

  before(async () => {
    const script = await elementSource()
    const create = { width: 4, height: 4, channels: 3, background: '#f0f' } as const
    const picture = await sharp({ create }).png().toBuffer()
    server = createServer((request, response) => {
      const path = (request.url ?? '').split('?')[0] ?? ''
      if (path === '/everface.js') {
        response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(script)
      } else if (path.startsWith('/a/none')) response.writeHead(404).end()
      else if (path.startsWith('/a/')) {
        asked.push(path)
        response.writeHead(200, head)
        if (!path.startsWith('/a/held')) response.end(picture)
        else waiting.push(response)
      } else {
        const type = { 'Content-Type': 'text/html; charset=utf-8' }
        response.writeHead(
          200,
          policy === null ? type : { ...type, 'Content-Security-Policy': policy },
        )
        response.end(html)
      }
    })
    release = () => {
      for (const one of waiting.splice(0)) one.end(picture)
    }
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    browser = await launch()
  })

  let release = (): void => {}

  after(async () => {
    await browser.close()
    server.closeAllConnections()
    server.close()
  })

  beforeEach(() => {
    policy = null
    asked = []
    waiting = []
  })

  const face = (subject: string, more = '', inside = '') =>
    `<ever-avatar subject="${subject}" name="王小明" size="48" base="${base}" ${more}>${inside}</ever-avatar>`

  /** Opens a page that may complain of nothing but pictures that are not there. */
  async function opened(
    body: string,
    use: (page: Page) => Promise<void>,
    options: BrowserContextOptions & { allowed?: RegExp } = {},
  ): Promise<void> {
    const { allowed = /status of 404/, ...rest } = options
    html = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>App</title>${body}<script type="module" src="/everface.js"></script>`
    const context = await browser.newContext({ viewport: { width: 400, height: 300 }, ...rest })
    const troubles: string[] = []
    try {
      const page = await context.newPage()
      page.on('console', (message) => troubles.push(message.text()))
      page.on('pageerror', (error) => troubles.push(`error: ${error.message}`))
      await page.goto(base, { waitUntil: 'commit' })
      await page.waitForFunction(`customElements.get('ever-avatar')`)
      await use(page)
      assert.deepEqual(
        troubles.filter((one) => !allowed.test(one)),
        [],
      )
    } finally {
      await context.close()
    }
  }

  const picture = (host: string) =>
    `(${host}.querySelector('img') ?? ${host}.shadowRoot.querySelector('img'))`
  const isShown = (host: string, subject: string) =>
    `${picture(host)}.naturalWidth > 0 && ${picture(host)}.currentSrc.includes('/a/${subject}?')
      && getComputedStyle(${picture(host)}).opacity === '1' && ${host}.shadowRoot.firstChild.lastChild.hidden`
  const isDrawn = (host: string) => `!!${host}.shadowRoot.querySelector('svg')?.checkVisibility()`
  const first = `document.querySelector('ever-avatar')`
  const shot = async (page: Page) => {
    const bytes = await page.locator('ever-avatar').first().screenshot()
    return sharp(bytes).removeAlpha().raw().toBuffer()
  }

  it('draws under Trusted Types where its policy is allowed, and complains of nothing where it is not', async () => {
    policy = `require-trusted-types-for 'script'; trusted-types everface 'allow-duplicates'`
    await opened(face('none'), async (page) => {
      await until(page, isDrawn(first))
      await page.evaluate(`${first}.setAttribute('name', 'Ada')`)
      await until(page, `${first}.shadowRoot.querySelector('text').textContent === 'A'`)
    })
    policy = `require-trusted-types-for 'script'; trusted-types 'none'`
    await opened(
      face('none') + face('s1'),
      async (page) => {
        await until(page, isShown(`document.querySelectorAll('ever-avatar')[1]`, 's1'))
        await until(page, `!${first}.shadowRoot.firstChild.lastChild.hidden`)
        assert.equal(await page.evaluate(isDrawn(first)), false)
      },
      { allowed: /status of 404|^Creating a TrustedTypePolicy named 'everface'/ },
    )
  })

  it('is read out once, by its name, also while the initials stand in', async () => {
    await opened(face('none') + face('s1'), async (page) => {
      await page.waitForFunction(isDrawn(first))
      const tree = await page.locator('body').ariaSnapshot()
      assert.deepEqual(tree.split('\n'), ['- img "王小明"', '- img "王小明"'])
    })
  })

  it('takes over a picture that the parser brings after the element itself', async () => {
    await opened('', async (page) => {
      await page.evaluate(`(async () => {
        document.open()
        document.write('<!doctype html><body>' + ${JSON.stringify(face('s1').replace('</ever-avatar>', ''))})
        await new Promise((done) => requestAnimationFrame(done))
        document.write('<img src="/a/s1?s=48" alt="" width="48" height="48"></ever-avatar>')
        document.close()
      })()`)
      await page.waitForFunction(isShown(first, 's1'))
      assert.equal(await page.evaluate(`${first}.shadowRoot.querySelector('img')`), null)
    })
  })

  it('shows the last of many people who follow each other quickly, and nobody else’s face', async () => {
    await opened(face('s1'), async (page) => {
      await page.waitForFunction(isShown(first, 's1'))
      await page.evaluate(`(async () => {
        window.wrong = 0
        const host = ${first}
        const look = () => {
          const image = ${picture('host')}
          const due = '/a/' + host.getAttribute('subject') + '?'
          if (getComputedStyle(image).opacity === '1' && image.complete && !image.currentSrc.includes(due)) wrong++
          requestAnimationFrame(look)
        }
        look()
        for (let n = 2; n < 40; n++) {
          host.setAttribute('subject', (n % 3 ? 's' : 'held') + n)
          if (n % 2) await new Promise((done) => setTimeout(done))
        }
        host.setAttribute('subject', 'last')
      })()`)
      release()
      await page.waitForFunction(isShown(first, 'last'))
      assert.equal(await page.evaluate('wrong'), 0)
    })
  })

  it('forgets all when it is taken away while it loads, and begins anew when it comes back', async () => {
    await opened(face('held1') + face('held2'), async (page) => {
      await page.waitForFunction(isDrawn(first))
      await page.evaluate(
        `window.gone = [...document.querySelectorAll('ever-avatar')]; gone.forEach((one) => one.remove())`,
      )
      release()
      await page.waitForFunction(
        `gone.every((one) => one.shadowRoot.querySelector('img').complete)`,
      )
      await page.evaluate(`document.body.append(gone[0])`)
      await page.waitForFunction(isShown('gone[0]', 'held1'))
      assert.deepEqual(asked.toSorted(), ['/a/held1', '/a/held2'])
    })
  })

  it('is cloned with all that it shows, whatever state it is in', async () => {
    const inside = `<img src="/a/none?s=48" alt="王小明" width="48" height="48">`
    await opened(face('s1') + face('held3') + face('none', '', inside), async (page) => {
      await page.waitForFunction(isShown(first, 's1'))
      await page.waitForFunction(isDrawn(`document.querySelectorAll('ever-avatar')[1]`))
      await page.evaluate(`window.twins = [...document.querySelectorAll('ever-avatar')].map((one) => one.cloneNode(true))
        document.body.append(...twins)`)
      await page.waitForFunction(isShown('twins[0]', 's1'))
      await page.waitForFunction(isDrawn('twins[1]'))
      await page.waitForFunction(isDrawn('twins[2]'))
      release()
      await page.waitForFunction(isShown('twins[1]', 'held3'))
    })
  })

  it('goes on showing in another document that it is moved to', async () => {
    await opened(face('s1') + '<iframe srcdoc="<body style=margin:0>"></iframe>', async (page) => {
      await page.waitForFunction(isShown(first, 's1'))
      await page.waitForFunction(
        `document.querySelector('iframe').contentDocument?.readyState === 'complete'`,
      )
      await page.evaluate(
        `window.moved = ${first}; document.querySelector('iframe').contentDocument.body.append(moved)`,
      )
      await page.waitForFunction(isShown('moved', 's1'))
      const box = await page.evaluate<number[]>(`(() => {
        const { width, height } = ${picture('moved')}.getBoundingClientRect()
        return [width, height]
      })()`)
      assert.deepEqual(box, [48, 48])
      await page.evaluate(`moved.setAttribute('subject', 's2')`)
      await page.waitForFunction(isShown('moved', 's2'))
    })
  })

  it('draws the same whichever way people read, in forced colours, and on paper', async () => {
    const body = `<style>body{margin:8px;width:48px}</style><div>${face('none')}</div>`
    const shots: Buffer[] = []
    for (const [dir, media] of [
      ['ltr', {}],
      ['rtl', {}],
      ['ltr', { forcedColors: 'active', colorScheme: 'dark' }],
      ['ltr', { media: 'print' }],
    ] as const) {
      await opened(body.replace('<div', `<div dir="${dir}"`), async (page) => {
        await page.emulateMedia(media)
        await page.waitForFunction(isDrawn(first))
        shots.push(await shot(page))
      })
    }
    const [plain = Buffer.alloc(0), ...others] = shots
    assert.ok(plain.length > 0 && new Set(plain).size > 20, 'something is drawn')
    for (const [at, other] of others.entries()) assert.ok(plain.equals(other), `variant ${at}`)
  })

  it('asks for far faces when they come near, and for each person once, with a thousand on the page', async () => {
    const many = Array.from({ length: 1_000 }, (_, n) => face(`s${n % 100}`)).join('')
    const far = `<div style="height:20000px"></div>${face('far', 'loading="lazy"')}`
    await opened(many + far, async (page) => {
      const all = `[...document.querySelectorAll('ever-avatar:not([loading])')]`
      await page.waitForFunction(
        `${all}.every((one) => ${picture('one')}.naturalWidth > 0 && one.shadowRoot.firstChild.lastChild.hidden)`,
      )
      assert.equal(asked.length, 100)
      await page.locator('ever-avatar[loading]').scrollIntoViewIfNeeded()
      await page.waitForFunction(isShown(`document.querySelector('ever-avatar[loading]')`, 'far'))
      assert.equal(asked.length, 101)
    })
  })
})

/** Waits by asking again: a page that trusts no text as script lets nobody wait inside it. */
async function until(page: Page, expression: string): Promise<void> {
  await eventually(200, async () => assert.ok(await page.evaluate(expression), expression))
}
