// <ever-avatar> in a real browser, over the real service and the simulated platform. Pages stand on an origin of their
// own, as an app's do; every frame that is painted is looked at where it matters that something was never seen.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type Server, createServer } from 'node:http'
import { readFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { createEverAvatar } from '../../src/element/react.ts'
import { readElement, readElementWorker } from '../../src/service/http/element.ts'
import { type Harness, type HttpWorld, createHttpWorld } from '../../src/service/http/harness.ts'
import { type Listener, listen } from '../../src/service/http/server.ts'
import { mintPageToken, readPageToken } from '../../src/service/page-token.ts'
import { installed, launch } from './chromium.ts'

const reactPackages = ['react', 'react-dom/server'] as const

const secret = 'the secret of tests'
const silent = { debug() {}, info() {}, warn() {}, error() {} }
const day = 86_400_000

/** Looks at every frame from the first on: what of the first element is in sight. A string, because it runs in the page. */
const watchFrames = String.raw`
  window.frames_ = []
  const look = () => {
    const host = document.querySelector('ever-avatar')
    const frame = host?.shadowRoot?.firstChild
    const drawing = frame?.querySelector('span')
    const picture = host?.querySelector('img') ?? frame?.querySelector('img')
    if (frame) {
      frames_.push({
        drawn: getComputedStyle(drawing).display !== 'none',
        hidden: picture ? getComputedStyle(picture).opacity === '0' : null,
        source: picture?.complete && picture.naturalWidth > 0 ? picture.currentSrc : null,
        subject: host.getAttribute('subject'),
      })
    }
    requestAnimationFrame(look)
  }
  look()`

interface Frame {
  readonly drawn: boolean
  readonly hidden: boolean | null
  readonly source: string | null
  readonly subject: string
}

describe('<ever-avatar>', { skip: !installed }, () => {
  let world: HttpWorld
  let api: Harness
  let service: Listener
  let app: Server
  let browser: Browser
  let base = ''
  let origin = ''
  /** URLs of the simulated platform's people, and their subjects: `s0` is `p0`. */
  let people: readonly string[] = []
  /** What the service was asked, as `GET /a/s0?s=48`. */
  const asked: string[] = []
  const hinted: string[] = []
  /** Pictures of this subject wait for their release. */
  let held: { readonly subject: string; readonly release: Promise<void> } | null = null
  /** The service has no answer for the service worker. */
  let away = false
  /** What the decision is, when it is asked for; null leaves it to the service. */
  let decision: object | null = { decision: 'keep', reason: 'fine' }
  /** Pages of the app, by path. */
  const pages = new Map<string, { body: string; headers?: Readonly<Record<string, string>> }>()

  before(async () => {
    world = await createHttpWorld({ edges: 1 })
    people = world.people(12)
    const http = (api = world.open(
      { keeper: { ...world.jobs.keeper, hint: (subject) => void hinted.push(subject) } },
      { publicUrl: null },
    ))
    for (const [at, url] of people.entries()) {
      await http.ask(`PUT /v1/avatars/s${at}`, { json: { url, name: `Person ${at}` } })
    }
    world.advance(day)
    await world.drain()
    service = await listen(
      {
        async fetch(request, arrival) {
          const { pathname, search } = new URL(request.url)
          asked.push(`${request.method} ${pathname}${search}`)
          if (pathname === '/everface.js') return serve(readElement, request)
          if (pathname === '/everface-sw.js') return serve(readElementWorker, request)
          if (pathname.endsWith('/decision') && decision !== null) return decide(request)
          if (pathname === '/u' && away) return new Response(null, { status: 503 })
          return http.http.fetch(request, arrival)
        },
      },
      { host: '127.0.0.1', port: 0 },
      {
        log: silent,
        first(request, response) {
          if (held !== null && request.url?.startsWith(`/a/${held.subject}?`) === true) {
            const { subject } = held
            void held.release.then(() => {
              asked.push(`${request.method} ${request.url}`)
              assert.ok(http.pictures.first(request, response), subject)
            })
            return true
          }
          const mine = http.pictures.first(request, response)
          if (mine) asked.push(`${request.method} ${request.url}`)
          return mine
        },
      },
    )
    base = service.url
    app = createServer((request, response) => {
      const page = pages.get((request.url ?? '').split('?')[0] ?? '')
      response.writeHead(page === undefined ? 404 : 200, {
        'Content-Type':
          request.url?.endsWith('.js') === true ? 'text/javascript' : 'text/html; charset=utf-8',
        ...page?.headers,
      })
      response.end(page?.body)
    })
    app.listen(0, '127.0.0.1')
    await once(app, 'listening')
    origin = `http://127.0.0.1:${(app.address() as AddressInfo).port}`
    const [edge = ''] = world.simulator.edges
    browser = await launch(
      `--host-resolver-rules=MAP *.qlogo.cn:80 ${edge}:${world.simulator.ports.http}`,
    )
  })

  after(async () => {
    await browser.close()
    app.closeAllConnections()
    app.close()
    await service.close(0)
    await world.close()
  })

  beforeEach(() => {
    asked.length = 0
    hinted.length = 0
    pages.clear()
    held = null
    decision = { decision: 'keep', reason: 'fine' }
  })

  function serve(made: typeof readElement, request: Request): Promise<Response> {
    return Promise.resolve(made.handle({ request } as never, {} as never)) as Promise<Response>
  }

  /** The decision as DESIGN says it: to a page token of the subject. */
  function decide(request: Request): Response {
    const headers = {
      'Access-Control-Allow-Origin': '*',
      'Access-Control-Allow-Headers': 'Authorization',
      'Content-Type': 'application/json',
    }
    if (request.method === 'OPTIONS') return new Response(null, { status: 204, headers })
    const token = (request.headers.get('authorization') ?? '').replace(/^Bearer /, '')
    const reading = readPageToken(token, [secret], world.now())
    const status = reading.kind === 'valid' ? 200 : 401
    return new Response(
      JSON.stringify(status === 200 ? decision : { code: 'page-token-invalid' }),
      {
        status,
        headers,
      },
    )
  }

  /** Makes a person's picture dead at the platform, and lets the service find out. */
  async function die(person: number): Promise<void> {
    world.simulator.control.kill(`p${person}`)
    for (let tries = 0; (await standingOf(person)) !== 'gone'; tries++) {
      assert.ok(tries < 40, 'the service never noticed')
      world.advance(day)
      await api.ask(`POST /v1/avatars/s${person}/probe`, { json: {} })
    }
  }

  async function standingOf(person: number): Promise<string> {
    return (await api.ask(`GET /v1/avatars/s${person}`)).json.standing
  }

  const tokenFor = (subject: string) =>
    mintPageToken({ subject, expiresAt: world.now() + day }, secret)

  const script = () => `<script type="module" src="${base}/everface.js"></script>`

  /** Opens a page of the app and holds it to what pages may do: no error, nobody else asked. */
  async function opened(
    body: string,
    use: (page: Page) => Promise<void>,
    options: BrowserContextOptions & {
      headers?: Readonly<Record<string, string>>
      expected?: RegExp
    } = {},
  ): Promise<void> {
    const { headers, expected, ...rest } = options
    const html = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>App</title>${body}`
    pages.set('/', headers === undefined ? { body: html } : { body: html, headers })
    const troubles: string[] = []
    const context = await browser.newContext({ viewport: { width: 400, height: 300 }, ...rest })
    if (rest.javaScriptEnabled !== false) await context.addInitScript(watchFrames)
    const page = await context.newPage()
    page.on('console', (message) => troubles.push(`console: ${message.text()}`))
    page.on('pageerror', (error) => troubles.push(`error: ${error.message}`))
    page.on('request', (request) => {
      const { host, protocol } = new URL(request.url())
      const known = [origin, base].some((one) => request.url().startsWith(`${one}/`))
      if (!known && !host.endsWith('.qlogo.cn') && protocol !== 'data:') {
        troubles.push(`request: ${request.url()}`)
      }
    })
    try {
      await page.goto(`${origin}/`)
      await use(page)
      const left = troubles.filter((one) => expected === undefined || !expected.test(one))
      assert.deepEqual(left, [])
    } finally {
      await context.close()
    }
  }

  /** Waits until the first element shows a picture whose address matches. */
  const shows = (page: Page, address: string) =>
    page.waitForFunction(
      `(() => {
        const host = document.querySelector('ever-avatar')
        const picture = host.querySelector('img') ?? host.shadowRoot.querySelector('img')
        return picture?.complete && picture.naturalWidth > 0 && picture.currentSrc.includes(${JSON.stringify(address)})
          && getComputedStyle(picture).opacity === '1'
          && getComputedStyle(host.shadowRoot.firstChild.querySelector('span')).display === 'none'
      })()`,
    )
  const drawn = (page: Page) =>
    page.waitForFunction(
      `!!document.querySelector('ever-avatar').shadowRoot.querySelector('svg')?.checkVisibility()`,
    )
  const framesOf = (page: Page) => page.evaluate<Frame[]>('frames_')
  const twoFrames = (page: Page) =>
    page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')
  const askedFor = (start: string) => asked.filter((one) => one.startsWith(start))

  it('shows the stable URL at its size, with the name for those who cannot see it', async () => {
    const body = `<ever-avatar subject="s0" name="王小明" size="48" base="${base}"></ever-avatar>${script()}`
    await opened(body, async (page) => {
      await shows(page, '/a/s0?s=48')
      const picture = page.getByRole('img', { name: '王小明' })
      assert.deepEqual(await picture.boundingBox(), { x: 8, y: 8, width: 48, height: 48 })
      assert.deepEqual(askedFor('GET /a/'), ['GET /a/s0?s=48'])
      assert.equal(await page.getByRole('button').count(), 0)
    })
  })

  it('takes the picture that fits the display', async () => {
    const body = `<ever-avatar subject="s0" size="48" base="${base}/"></ever-avatar>${script()}`
    await opened(
      body,
      async (page) => {
        await shows(page, '/a/s0?s=48&dpr=2')
        assert.deepEqual(askedFor('GET /a/'), ['GET /a/s0?s=48&dpr=2'])
      },
      { deviceScaleFactor: 2 },
    )
  })

  it('works without script, and takes over what the server rendered as it is, also when it is moved', async () => {
    const body = `<ever-avatar subject="s0" name="A" size="48" base="${base}"><img src="${base}/a/s0?s=96" alt="A" width="48" height="48"></ever-avatar>`
    await opened(
      body,
      async (page) => {
        assert.deepEqual(await page.getByRole('img', { name: 'A' }).boundingBox(), {
          x: 8,
          y: 8,
          width: 48,
          height: 48,
        })
      },
      { javaScriptEnabled: false },
    )
    asked.length = 0
    const early = `<script>window.early = document.querySelector('img')</script>`
    await opened(body + early + script(), async (page) => {
      await shows(page, '/a/s0?s=96')
      await page.evaluate(`document.body.append(document.querySelector('ever-avatar'))`)
      assert.match(await page.evaluate<string>(`early.getAttribute('src')`), /\?s=96$/)
      await twoFrames(page)
      assert.ok(await page.evaluate(`early === document.querySelector('ever-avatar > img')`))
      assert.deepEqual(askedFor('GET /a/'), ['GET /a/s0?s=96'])
      const frames = await framesOf(page)
      assert.ok(
        frames.length > 0 && frames.every(({ hidden, drawn }) => hidden === false && !drawn),
      )
      assert.deepEqual(await page.getByRole('img', { name: 'A' }).boundingBox(), {
        x: 8,
        y: 8,
        width: 48,
        height: 48,
      })
    })
  })

  it('never shows the drawing when the picture is in the cache', async () => {
    const body = `<ever-avatar subject="s0" name="A" size="48" base="${base}"></ever-avatar>${script()}`
    await opened(body, async (page) => {
      await shows(page, '/a/s0')
      for (let round = 0; round < 5; round++) {
        await page.goto(`${origin}/?${round}`)
        await shows(page, '/a/s0')
        await twoFrames(page)
        const frames = await framesOf(page)
        assert.ok(frames.length > 0 && frames.every(({ drawn }) => !drawn))
      }
      assert.equal(askedFor('GET /a/').length, 1)
    })
  })

  it('draws the initials when nobody answers, as the service would', async () => {
    const names = ['王小明', 'Ada Lovelace', '🐱', '']
    for (const [at, name] of names.entries()) {
      // Registered and never looked at: the service has no picture, so it draws.
      const json = { url: `${people[11]}?${at}`, ...(name === '' ? {} : { name }) }
      assert.equal((await api.ask(`PUT /v1/avatars/drawn${at}`, { json })).status, 201)
      const body = `<ever-avatar subject="drawn${at}" name="${name}" size="96" base="http://127.0.0.1:9"></ever-avatar><br>
        <img id="theirs" src="${base}/a/drawn${at}" width="96" height="96">${script()}`
      await opened(
        body,
        async (page) => {
          await drawn(page)
          const levels = await difference(page, 'ever-avatar', '#theirs')
          // Text in a picture is smoothed otherwise than text in a page: edges differ, letters do not.
          assert.ok(levels < 3, `${name}: ${levels} of 255`)
          await page.evaluate(`document.querySelector('ever-avatar').setAttribute('name', 'W')`)
          await page.waitForFunction(
            `document.querySelector('ever-avatar').shadowRoot.querySelector('text')?.textContent === 'W'`,
          )
          assert.ok(
            (await difference(page, 'ever-avatar', '#theirs')) > 5,
            'other letters are seen',
          )
        },
        { expected: /127\.0\.0\.1:9\/|ERR_UNSAFE_PORT|ERR_CONNECTION_REFUSED/ },
      )
    }
  })

  it('swaps a dead picture that loads like any other for the copy, and says so once', async () => {
    await die(1)
    const body = `<ever-avatar subject="s1" name="B" base="${base}" src="${people[1]}" token="${tokenFor('s1')}" hints="1"></ever-avatar>${script()}`
    await opened(body, async (page) => {
      await shows(page, '/a/s1?s=48&mode=copy')
      await page.waitForFunction(`performance.getEntriesByName('${base}/v1/beacons').length > 0`)
      await twoFrames(page)
    })
    assert.equal(askedFor('HEAD /a/s1').length, 1)
    assert.deepEqual(hinted, ['s1'])
  })

  it('leaves a living picture of the platform alone', async () => {
    const body = `<ever-avatar subject="s0" base="${base}" src="${people[0]}" token="${tokenFor('s0')}" hints="1"></ever-avatar>${script()}`
    await opened(body, async (page) => {
      await shows(page, 'qlogo.cn')
      await page.waitForFunction(
        `performance.getEntriesByName('${base}/a/s0?s=48&mode=copy').length > 0`,
      )
      await twoFrames(page)
      await shows(page, 'qlogo.cn')
    })
    assert.deepEqual(askedFor('GET /a/'), [])
    assert.deepEqual(hinted, [])
  })

  it('shows the copy when the platform refuses', async () => {
    const fault = world.simulator.control.setFault({ kind: 'status', status: 503 } as never)
    const body = `<ever-avatar subject="s0" base="${base}" src="${people[0]}" token="${tokenFor('s0')}" hints="1"></ever-avatar>${script()}`
    await opened(
      body,
      async (page) => {
        await shows(page, '/a/s0?s=48&mode=copy')
        await page.waitForFunction(`performance.getEntriesByName('${base}/v1/beacons').length > 0`)
      },
      { expected: /503/ },
    )
    world.simulator.control.clearFaults(fault.id)
    assert.deepEqual(hinted, ['s0'])
  })

  it('draws after a fifth of a second without a picture and not before, and gives way to the picture', async () => {
    const { promise: release, resolve } = Promise.withResolvers<void>()
    held = { subject: 's2', release }
    const body = `<ever-avatar name="C" base="${base}"></ever-avatar>${script()}`
    await opened(body, async (page) => {
      await drawn(page)
      await page.clock.install()
      await page.evaluate(`document.querySelector('ever-avatar').setAttribute('subject', 's2')`)
      const inSight = () =>
        page.evaluate<boolean>(
          `document.querySelector('ever-avatar').shadowRoot.querySelector('svg').checkVisibility()`,
        )
      await page.clock.pauseAt(Date.now() + 3_600_000)
      await page.evaluate(`document.querySelector('ever-avatar').setAttribute('size', '64')`)
      await page.clock.runFor(199)
      assert.equal(await inSight(), false)
      await page.clock.runFor(1)
      assert.equal(await inSight(), true)
      resolve()
      await page.clock.resume()
      await shows(page, '/a/s2?s=64')
    })
  })

  it('never shows one person’s face under another’s name', async () => {
    const { promise: release, resolve } = Promise.withResolvers<void>()
    held = { subject: 's3', release }
    const body = `<ever-avatar subject="s2" name="C" base="${base}"></ever-avatar>${script()}`
    await opened(body, async (page) => {
      await shows(page, '/a/s2')
      await page.evaluate(
        `frames_.length = 0; document.querySelector('ever-avatar').setAttribute('subject', 's3')`,
      )
      await twoFrames(page)
      await twoFrames(page)
      const frames = await framesOf(page)
      assert.ok(frames.length > 0 && frames.every(({ hidden, drawn }) => hidden === true || drawn))
      resolve()
      await shows(page, '/a/s3')
    })
  })

  it('does not blink when it is moved, and asks for nothing again', async () => {
    const body = `<ever-avatar subject="s2" base="${base}"></ever-avatar><div></div>${script()}`
    await opened(body, async (page) => {
      await shows(page, '/a/s2')
      await page.evaluate(
        `frames_.length = 0; document.querySelector('div').append(document.querySelector('ever-avatar'))`,
      )
      await twoFrames(page)
      await twoFrames(page)
      const frames = await framesOf(page)
      assert.ok(
        frames.length > 0 &&
          frames.every(({ hidden, source }) => hidden === false && source !== null),
      )
      assert.equal(askedFor('GET /a/').length, 1)
    })
  })

  it('works inside a shadow root and takes its round shape from the page', async () => {
    const body = `<div id="host"></div>${script()}<script type="module">
      const root = document.querySelector('#host').attachShadow({ mode: 'open' })
      root.innerHTML = '<style>ever-avatar{border-radius:50%}</style><ever-avatar subject="s0" name="A" base="${base}"></ever-avatar>'
    </script>`
    await opened(body, async (page) => {
      await page.waitForFunction(
        `document.querySelector('#host').shadowRoot.querySelector('ever-avatar').shadowRoot?.querySelector('img')?.naturalWidth > 0`,
      )
      const { width, height } = (await page.getByRole('img', { name: 'A' }).boundingBox()) ?? {}
      assert.deepEqual([width, height], [48, 48])
      const radius = await page.evaluate(
        `getComputedStyle(document.querySelector('#host').shadowRoot.querySelector('ever-avatar').shadowRoot.firstChild).borderRadius`,
      )
      assert.equal(radius, '50%')
    })
  })

  it('works under a strict policy of the page, drawing included', async () => {
    const policy = `default-src 'none'; script-src ${base}; img-src ${base}; connect-src ${base}`
    const body = `<link rel="stylesheet"><ever-avatar subject="s0" name="A" base="${base}"></ever-avatar>${script()}`
    await opened(
      body.replace('<link rel="stylesheet">', ''),
      async (page) => {
        await shows(page, '/a/s0')
        await page.evaluate(
          `document.querySelector('ever-avatar').setAttribute('subject', 'no/such')`,
        )
        await drawn(page)
        assert.equal(
          await page.evaluate(
            `getComputedStyle(document.querySelector('ever-avatar').shadowRoot.firstChild).width`,
          ),
          '48px',
        )
      },
      { headers: { 'Content-Security-Policy': policy }, expected: /data:,|favicon/ },
    )
  })

  it('gives a canvas a picture that may be read', async () => {
    const body = `<ever-avatar subject="s0" base="${base}" crossorigin></ever-avatar>${script()}`
    await opened(body, async (page) => {
      await shows(page, '/a/s0')
      const url = await page.evaluate<string>(`(() => {
        const canvas = document.createElement('canvas')
        canvas.getContext('2d').drawImage(document.querySelector('ever-avatar').shadowRoot.querySelector('img'), 0, 0)
        return canvas.toDataURL()
      })()`)
      assert.match(url, /^data:image\/png/)
    })
  })

  it('moves nothing, so that nobody who asked for less motion sees any', async () => {
    const body = `<ever-avatar subject="nobody" name="A" base="http://127.0.0.1:9"></ever-avatar>${script()}`
    await opened(
      body,
      async (page) => {
        await drawn(page)
        await page.evaluate(`document.querySelector('ever-avatar').setAttribute('base', '${base}')`)
        await shows(page, '/a/nobody')
        assert.equal(await page.evaluate('document.getAnimations().length'), 0)
      },
      { reducedMotion: 'reduce', expected: /127\.0\.0\.1:9\/|ERR_/ },
    )
  })

  describe('asking', () => {
    const tappable = (more = '') =>
      `<ever-avatar subject="s4" name="D" base="${base}" scene="profile" token="${tokenFor('s4')}" ${more}></ever-avatar>
      <script>addEventListener('everface:ask', (event) => { (window.heard ??= []).push(event.detail); if (window.refuse) event.preventDefault() })</script>${script()}`
    const decisions = () => askedFor('GET /v1/avatars/s4/decision')

    it('waits for the person’s own tap: neither loading the page nor a script asks', async () => {
      decision = { decision: 'ask', reason: 'person-needed', authorizeUrl: `${origin}/authorize` }
      pages.set('/authorize', { body: '<link rel="icon" href="data:,">Agree?' })
      await opened(tappable('ask="navigate"'), async (page) => {
        await shows(page, '/a/s4')
        await page.evaluate(`(() => {
          const host = document.querySelector('ever-avatar')
          const frame = host.shadowRoot.firstChild
          host.click()
          frame.click()
          frame.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }))
        })()`)
        await twoFrames(page)
        assert.deepEqual(decisions(), [])
        await page.getByRole('button', { name: 'D' }).click()
        await page.waitForURL(`${origin}/authorize`)
        assert.deepEqual(decisions(), ['GET /v1/avatars/s4/decision?scene=profile'])
      })
    })

    it('tells the page, which may prevent the rest', async () => {
      decision = { decision: 'ask', reason: 'person-needed', authorizeUrl: `${origin}/authorize` }
      await opened(tappable('ask="navigate"'), async (page) => {
        await shows(page, '/a/s4')
        await page.evaluate('window.refuse = true')
        await page.keyboard.press('Tab')
        await page.keyboard.press('Enter')
        await page.waitForFunction('window.heard?.length === 1')
        await twoFrames(page)
        assert.equal(page.url(), `${origin}/`)
        assert.deepEqual(await page.evaluate('heard'), [decision])
      })
    })

    it('goes nowhere on its own without being told to, nor to a script', async () => {
      decision = {
        decision: 'ask',
        reason: 'person-needed',
        authorizeUrl: 'javascript:window.harmed=1',
      }
      await opened(tappable('ask="navigate"'), async (page) => {
        await shows(page, '/a/s4')
        await page.getByRole('button').click()
        await page.waitForFunction('window.heard?.length === 1')
        assert.deepEqual(await page.evaluate('heard'), [
          { decision: 'ask', reason: 'person-needed' },
        ])
        assert.equal(await page.evaluate('window.harmed'), undefined)
      })
      decision = { decision: 'ask', reason: 'person-needed', authorizeUrl: `${origin}/authorize` }
      await opened(tappable(), async (page) => {
        await shows(page, '/a/s4')
        await page.getByRole('button').click()
        await page.waitForFunction('window.heard?.length === 1')
        assert.equal(page.url(), `${origin}/`)
      })
    })

    it('says nothing when the person is not to be asked', async () => {
      await opened(tappable('ask="navigate"'), async (page) => {
        await shows(page, '/a/s4')
        await page.getByRole('button').click()
        await page.waitForFunction(
          `performance.getEntriesByType('resource').some(({ name, responseEnd }) => name.includes('/decision') && responseEnd > 0)`,
        )
        await twoFrames(page)
        assert.equal(await page.evaluate('window.heard'), undefined)
      })
    })

    it('asks the service itself, which lets a person be asked once and not again', async () => {
      await die(8)
      decision = null
      const body = `<ever-avatar subject="s8" name="D" base="${base}" scene="profile" token="${tokenFor('s8')}"></ever-avatar>
        <script>addEventListener('everface:ask', (event) => (window.heard ??= []).push(event.detail))</script>${script()}`
      const answered = (times: number) =>
        `performance.getEntriesByType('resource').filter(({ name, responseEnd }) => name.includes('/decision') && responseEnd > 0).length === ${times}`
      await opened(body, async (page) => {
        await shows(page, '/a/s8')
        await page.getByRole('button').click()
        await page.waitForFunction('window.heard?.length === 1')
        const [told] = await page.evaluate<{ decision: string }[]>('heard')
        assert.match(told?.decision ?? '', /^(?:ask|choose)$/)
        await page.waitForFunction(answered(1))
        await page.getByRole('button').click()
        await page.waitForFunction(answered(2))
        await twoFrames(page)
        assert.equal(await page.evaluate('heard.length'), 1)
      })
    })

    it('is no button without a scene or a token', async () => {
      for (const attributes of ['scene="profile"', `token="${tokenFor('s4')}"`]) {
        const body = `<ever-avatar subject="s4" name="D" base="${base}" ${attributes}></ever-avatar>${script()}`
        await opened(body, async (page) => {
          await shows(page, '/a/s4')
          assert.equal(await page.getByRole('button').count(), 0)
          await page.locator('ever-avatar').click()
          await twoFrames(page)
          assert.deepEqual(decisions(), [])
        })
      }
    })
  })

  describe('the service worker', () => {
    it('heals a platform’s dead picture on a page that knows nothing of it', async () => {
      await die(5)
      pages.set('/sw.js', {
        body: `importScripts('${base}/everface-sw.js')
          everface.heal({ base: '${base}' })
          addEventListener('install', () => skipWaiting())
          addEventListener('activate', (event) => event.waitUntil(clients.claim()))`,
        headers: { 'Content-Type': 'text/javascript' },
      })
      const body = `<script>navigator.serviceWorker.register('/sw.js')</script>`
      await opened(body, async (page) => {
        await page.waitForFunction('navigator.serviceWorker.controller !== null')
        const widths = await page.evaluate<number[]>(`Promise.all(${JSON.stringify([
          people[5],
          people[6],
          `${base}/a/s5?s=264&mode=copy`,
        ])}.map(async (url) => {
          const image = new Image()
          image.src = url
          await image.decode()
          return image.naturalWidth
        }))`)
        const [healed, living, copy] = widths
        assert.equal(healed, copy)
        assert.ok(living !== undefined && living > 1)
        const asks = askedFor('GET /u').map((row) => new URL(row.slice(4), base).searchParams)
        assert.deepEqual(
          new Set(asks.map((query) => query.get('url'))),
          new Set([people[5], people[6]]),
        )
      })
    })

    it('gives the copy when the platform does not answer, and theirs when Everface does not', async () => {
      pages.set('/sw.js', {
        body: `importScripts('${base}/everface-sw.js'); everface.heal({ base: '${base}' })
          addEventListener('activate', (event) => event.waitUntil(clients.claim()))`,
      })
      const body = `<script>navigator.serviceWorker.register('/sw.js')</script>`
      const widthOf = (url: string | undefined) => `(async () => {
        const image = new Image()
        image.src = ${JSON.stringify(url)}
        await image.decode()
        return image.naturalWidth
      })()`
      await opened(
        body,
        async (page) => {
          await page.waitForFunction('navigator.serviceWorker.controller !== null')
          const fault = world.simulator.control.setFault({ kind: 'reset' } as never)
          assert.ok((await page.evaluate<number>(widthOf(people[7]))) > 1)
          world.simulator.control.clearFaults(fault.id)
          away = true
          try {
            assert.ok((await page.evaluate<number>(widthOf(people[8]))) > 1)
          } finally {
            away = false
          }
        },
        { expected: /503|ERR_/ },
      )
      assert.equal(askedFor('GET /u').filter((row) => row.includes('mode=copy')).length, 1)
    })
  })

  it('is taken over by React from what React rendered on a server', async () => {
    const component = `createEverAvatar(React.createElement)`
    const props = (subject: string) =>
      `{ subject: '${subject}', base: '${base}', name: 'E', className: 'face', scene: 'profile', token: '${tokenFor('s9')}', onAsk: (event) => { window.heard = event.detail } }`
    const parts = await Promise.all(
      ['ways', 'react'].map(async (name) => {
        const source = stripTypeScriptTypes(await readFile(`src/element/${name}.ts`, 'utf8'))
        return source.replaceAll(/^import .*$/gm, '').replaceAll(/^export /gm, '')
      }),
    )
    const [{ createElement }, { renderToString }] = await Promise.all([
      import(reactPackages[0]),
      import(reactPackages[1]),
    ])
    const rendered: string = renderToString(
      createElement(createEverAvatar(createElement), {
        subject: 's9',
        base,
        name: 'E',
        className: 'face',
        scene: 'profile',
        token: tokenFor('s9'),
      }),
    )
    pages.set('/app.js', {
      body: `${await commonJs(['scheduler', 'react', 'react-dom', 'react-dom-client'])}
        const React = require('react'); ${parts.join('\n')}
        const EverAvatar = ${component}
        const root = require('react-dom/client').hydrateRoot(document.querySelector('#root'), React.createElement(EverAvatar, ${props('s9')}))
        window.show = (subject) => root.render(React.createElement(EverAvatar, ${props('s9').replace("'s9'", 'subject')}))`,
    })
    decision = { decision: 'ask', reason: 'person-needed' }
    const body = `${script()}<div id="root">${rendered}</div><script type="module" src="/app.js"></script>`
    await opened(
      body,
      async (page) => {
        await shows(page, '/a/s9')
        await page.waitForFunction('window.show !== undefined')
        await page.evaluate(`window.early = document.querySelector('img')`)
        await page.getByRole('button', { name: 'E' }).click()
        await page.waitForFunction('window.heard !== undefined')
        await page.evaluate(`show('s10')`)
        await shows(page, '/a/s10')
        assert.ok(await page.evaluate(`early === document.querySelector('ever-avatar.face > img')`))
        const wrong = (await framesOf(page)).filter(
          ({ subject, source, hidden }) =>
            hidden === false && source !== null && !source.includes(`/a/${subject}?`),
        )
        assert.deepEqual(wrong, [])
        assert.deepEqual(askedFor('GET /a/'), ['GET /a/s9?s=48', 'GET /a/s10?s=48'])
      },
      { expected: /React DevTools/ },
    )
  })

  /** React's own files as a page can run them without a bundler. */
  async function commonJs(names: readonly string[]): Promise<string> {
    const files = names.map((name) => {
      const folder = name.startsWith('react-dom') ? 'react-dom' : name
      return {
        name: name.replace('-client', '/client'),
        file: `node_modules/${folder}/cjs/${name}.development.js`,
      }
    })
    const modules = await Promise.all(
      files.map(async ({ name, file }) => {
        return `${JSON.stringify(name)}: (require, module, exports) => { ${await readFile(file, 'utf8')} }`
      }),
    )
    return `globalThis.process = { env: { NODE_ENV: 'development' } }
      const made = {}, modules = { ${modules.join(',\n')} }
      const require = (name) => {
        if (made[name] === undefined) {
          made[name] = { exports: {} }
          modules[name](require, made[name], made[name].exports)
        }
        return made[name].exports
      }`
  }

  /** The mean difference of two elements as they are painted, in levels of 255. */
  async function difference(page: Page, one: string, other: string): Promise<number> {
    const shots = await Promise.all(
      [one, other].map(async (what) => (await page.locator(what).screenshot()).toString('base64')),
    )
    return page.evaluate<number>(`(async () => {
      const pixels = await Promise.all(${JSON.stringify(shots)}.map(async (shot) => {
        const image = new Image()
        image.src = 'data:image/png;base64,' + shot
        await image.decode()
        const canvas = new OffscreenCanvas(96, 96).getContext('2d')
        canvas.drawImage(image, 0, 0)
        return canvas.getImageData(0, 0, 96, 96).data
      }))
      return pixels[0].reduce((sum, value, at) => sum + Math.abs(value - pixels[1][at]), 0) / pixels[0].length
    })()`)
  }
})
