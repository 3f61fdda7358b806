// Whether a fallback is ever painted before a picture that the browser has already: ours and Radix Avatar's, in the same
// page, on a processor a quarter as fast, frame by frame. docs/element.md tells the figures.
import assert from 'node:assert/strict'
import { once } from 'node:events'

import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import * as radix from '@radix-ui/react-avatar'
import { build } from 'esbuild'
import type { Browser, CDPSession, Page } from 'playwright-core'
import sharp from 'sharp'
import { readElement } from '../../src/service/http/element.ts'
import { type HttpWorld, createHttpWorld } from '../../src/service/http/harness.ts'
import { type Listener, listen } from '../../src/service/http/server.ts'
import {
  type Frame,
  type Row,
  count,
  createRow,
  plainRow,
  rows,
  style,
  subjectsOf,
  watch,
} from './flash-page.ts'
import { installed, launch } from './chromium.ts'

/** Loads of the page with a warm cache, for each way of bringing the element along. */
const loads = 8
/** How many times slower than the machine the page's processor is. */
const slowness = 4
const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** Our rows; the rest are Radix Avatar's. */
const ours = rows.filter((row) => !row.startsWith('Radix'))

/** What was seen of a row: frames with a fallback in them, and for how long; frames with a gap, and for how long. */
interface Seen {
  loads: number
  flashes: number
  frames: number
  fallbackMs: number
  gapMs: number
}

describe('a picture in the cache', { skip: !installed, timeout: 480_000 }, () => {
  let world: HttpWorld
  let service: Listener
  let app: Server
  let browser: Browser
  let base = ''
  let origin = ''
  /** Pictures wait for this. */
  let held: Promise<void> | null = null
  let asked = 0
  const pages = new Map<string, string>()

  before(async () => {
    world = await createHttpWorld({ edges: 1 })
    const http = world.open({}, { publicUrl: null })
    // One colour that no fallback has, so that a picture of the page can be judged as well.
    const magenta = { width: 200, height: 200, channels: 3, background: '#f0f' } as const
    const body = new Uint8Array(await sharp({ create: magenta }).png().toBuffer())
    for (const subject of rows.flatMap(subjectsOf)) {
      const headers = { 'Content-Type': 'image/png' }
      const { status } = await http.ask(`PUT /v1/avatars/${subject}/picture`, { body, headers })
      assert.equal(status, 201)
    }
    service = await listen(
      {
        fetch(request, arrival) {
          return new URL(request.url).pathname === '/everface.js'
            ? (readElement.handle({ request } as never, {} as never) as Promise<Response>)
            : http.http.fetch(request, arrival)
        },
      },
      { host: '127.0.0.1', port: 0 },
      {
        log: silent,
        first(request, response) {
          const isPicture = request.url?.startsWith('/a/') === true
          if (isPicture) asked++
          if (held === null || !isPicture) return http.pictures.first(request, response)
          void held.then(() => http.pictures.first(request, response))
          return true
        },
      },
    )
    base = service.url
    app = createServer((request, response) => {
      const path = new URL(request.url ?? '/', 'http://app.test').pathname
      const isScript = path.endsWith('.js')
      response.writeHead(pages.has(path) ? 200 : 404, {
        'Content-Type': isScript ? 'text/javascript' : 'text/html; charset=utf-8',
        'Cache-Control': isScript ? 'public, max-age=3600' : 'no-store',
      })
      response.end(pages.get(path))
    })
    app.listen(0, '127.0.0.1')
    await once(app, 'listening')
    origin = `http://127.0.0.1:${(app.address() as AddressInfo).port}`
    await writePages()
    browser = await launch()
  })

  after(async () => {
    await browser.close()
    app.closeAllConnections()
    app.close()
    await service.close(0)
    await world.close()
  })

  /**
   * `/` has the element from the service, as plain pages do; `/bundled` in the app's own script, as a bundler puts it;
   * `/busy` goes on with other work while the pictures come.
   */
  async function writePages(): Promise<void> {
    const names = ['react', 'react-dom/server'] as const
    const [{ createElement }, { renderToString }] = await Promise.all(
      names.map((name) => import(name)),
    )
    const make = createRow(createElement, radix, base)
    const inside = (row: Row): string => {
      if (row.startsWith('plain')) return plainRow(row, base)
      return row.endsWith('server') ? renderToString(make(row)) : ''
    }
    const sections = rows
      .map((row) => `<section data-row="${row.replace('<', '&lt;')}">${inside(row)}</section>`)
      .join('\n')
    const client = (element: string) => `${element}
      import { createElement } from 'react'
      import { createRoot, hydrateRoot } from 'react-dom/client'
      import * as radix from '@radix-ui/react-avatar'
      import { createRow } from './test/browser/flash-page.ts'
      const make = createRow(createElement, radix, ${JSON.stringify(base)})
      for (const section of document.querySelectorAll('section')) {
        const { row } = section.dataset
        if (row.startsWith('plain')) continue
        if (row.endsWith('server')) hydrateRoot(section, make(row))
        else createRoot(section).render(make(row))
      }`
    for (const [name, element] of [
      ['', ''],
      ['busy', ''],
      ['bundled', `import './src/element/ever-avatar.ts'`],
    ] as const) {
      const { outputFiles } = await build({
        stdin: { contents: client(element), resolveDir: process.cwd() },
        bundle: true,
        minify: true,
        write: false,
        format: 'esm',
        target: 'es2020',
        define: { 'process.env.NODE_ENV': '"production"' },
      })
      pages.set(`/${name}.js`, outputFiles[0]?.text ?? '')
      const script =
        name !== 'bundled' ? `<script type="module" src="${base}/everface.js"></script>` : ''
      const work = `for (const end = performance.now() + 600; performance.now() < end; );`
      const busy = name === 'busy' ? `<script type="module">${work}</script>` : ''
      pages.set(
        `/${name}`,
        `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>App</title>
        <style>${style}</style>${script}<script type="module" src="/${name}.js"></script>${busy}
        ${sections}`,
      )
    }
  }

  /** Opens pages one after the other on a slow processor, and holds them to no complaint. */
  async function slowly(
    use: (
      open: (path: string, before?: (session: CDPSession) => Promise<void>) => Promise<Page>,
    ) => Promise<void>,
  ): Promise<void> {
    const context = await browser.newContext({ viewport: { width: 420, height: 320 } })
    const troubles: string[] = []
    try {
      await context.addInitScript(watch)
      await use(async (path, before) => {
        // A new page finds pictures in the cache on disk only: what is in memory goes with the old one.
        const page = await context.newPage()
        page.on('console', (message) => troubles.push(message.text()))
        page.on('pageerror', (error) => troubles.push(error.message))
        const session = await context.newCDPSession(page)
        await session.send('Emulation.setCPUThrottlingRate', { rate: slowness })
        await before?.(session)
        // Pictures may be held back, and the page does not end loading then.
        const url = path === 'about:blank' ? path : origin + path
        await page.goto(url, { waitUntil: 'commit' })
        return page
      })
      assert.deepEqual(troubles, [])
    } finally {
      await context.close()
    }
  }

  const isWhole = `frames_.length > 0 && Object.values(frames_.at(-1).rows).every(({ picture }) => picture === ${count})`

  /** The frames of a load, once every row shows all its pictures. */
  async function framesOf(page: Page): Promise<Frame[]> {
    await page.waitForFunction(isWhole)
    await page.evaluate(
      'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))',
    )
    return page.evaluate<Frame[]>('frames_')
  }

  function add(seen: Map<Row, Seen>, frames: readonly Frame[]): void {
    for (const row of rows) {
      const sum = seen.get(row) ?? { loads: 0, flashes: 0, frames: 0, fallbackMs: 0, gapMs: 0 }
      const before = sum.frames
      for (const [at, frame] of frames.entries()) {
        const lastedMs = (frames[at + 1]?.at ?? frame.at) - frame.at
        const shown = frame.rows[row]
        // The page is read piece by piece: a row may not have come yet.
        if (shown === undefined) continue
        if (shown.fallback > 0) {
          sum.frames++
          sum.fallbackMs += lastedMs
        } else if (shown.picture < count) sum.gapMs += lastedMs
      }
      sum.loads++
      if (sum.frames > before) sum.flashes++
      seen.set(row, sum)
    }
  }

  function tell(seen: ReadonlyMap<Row, Seen>): string[] {
    return [...seen].map(
      ([row, { loads, flashes, frames, fallbackMs, gapMs }]) =>
        `${row}: fallback in ${flashes} of ${loads} loads, ${frames} frames, ${Math.round(fallbackMs / loads)} ms a load; nothing for ${Math.round(gapMs / loads)} ms a load`,
    )
  }

  /** What the middles of the avatars in our rows show in pictures of the page: ground, picture, or anything else. */
  async function middlesIn(shots: readonly string[], middles: readonly (readonly number[])[]) {
    const seen = { ground: 0, picture: 0, other: 0 }
    for (const shot of shots) {
      const image = sharp(Buffer.from(shot, 'base64')).removeAlpha()
      const { data, info } = await image.raw().toBuffer({ resolveWithObject: true })
      for (const [x = 0, y = 0] of middles) {
        const at = (Math.round(y) * info.width + Math.round(x)) * info.channels
        const [r = 0, g = 0, b = 0] = data.subarray(at, at + 3)
        if (Math.min(r, g, b) > 250) seen.ground++
        else if (r > 235 && g < 20 && b > 235) seen.picture++
        else seen.other++
      }
    }
    return seen
  }

  const middlesOf = (page: Page) =>
    page.evaluate<number[][]>(`[...document.querySelectorAll('ever-avatar')].map((one) => {
      const { x, y, width, height } = one.getBoundingClientRect()
      return [x + width / 2, y + height / 2]
    })`)

  const ways = [
    { path: '/', how: 'opened anew' },
    { path: '/', how: 'gone to again' },
    { path: '/bundled', how: 'opened anew' },
    { path: '/busy', how: 'opened anew' },
  ] as const

  for (const { path, how } of ways) {
    it(`comes without a fallback before it, where Radix Avatar shows one: ${path} ${how}`, async (t) => {
      const seen = new Map<Row, Seen>()
      await slowly(async (open) => {
        let page = await open(path)
        await framesOf(page)
        for (let load = 0; load < loads; load++) {
          asked = 0
          if (how === 'opened anew') {
            await page.close()
            page = await open(`${path}?${load}`)
          } else await page.goto(`${origin}${path}?${load}`)
          add(seen, await framesOf(page))
          assert.equal(asked, 0, 'all pictures came from the cache')
        }
      })
      for (const line of tell(seen)) t.diagnostic(line)
      for (const row of ours) {
        assert.deepEqual([row, seen.get(row)?.loads, seen.get(row)?.frames], [row, loads, 0])
      }
    })
  }

  it('comes so in what is painted as well', async () => {
    await slowly(async (open) => {
      const first = await open('/')
      await framesOf(first)
      const middles = await middlesOf(first)
      assert.equal(middles.length, ours.length * count)
      for (let load = 0; load < 3; load++) {
        const shots: string[] = []
        const page = await open('about:blank', async (session) => {
          session.on('Page.screencastFrame', ({ data, sessionId }) => {
            shots.push(data)
            void session.send('Page.screencastFrameAck', { sessionId }).catch(() => {})
          })
          await session.send('Page.startScreencast', { format: 'png', everyNthFrame: 1 })
        })
        shots.length = 0
        await page.goto(`${origin}/?${load}`)
        await framesOf(page)
        shots.push((await page.screenshot()).toString('base64'))
        const seen = await middlesIn(shots, middles)
        assert.deepEqual([seen.other, seen.picture >= middles.length], [0, true])
        await page.close()
      }
    })
  })

  it('is stood in for until it comes when it is not there yet, and nothing moves', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    held = promise
    try {
      await slowly(async (open) => {
        const page = await open('/')
        await page.waitForFunction(
          `Object.values(frames_.at(-1)?.rows ?? { none: 0 }).every(({ fallback }) => fallback === ${count})`,
        )
        await page.waitForFunction(
          `[...document.querySelectorAll('ever-avatar')].every((one) => one.shadowRoot.querySelector('svg'))`,
        )
        const middles = await middlesOf(page)
        const early = await middlesIn([(await page.screenshot()).toString('base64')], middles)
        assert.deepEqual(early, { ground: 0, picture: 0, other: middles.length })
        held = null
        resolve()
        await framesOf(page)
        const late = await middlesIn([(await page.screenshot()).toString('base64')], middles)
        assert.deepEqual(late, { ground: 0, picture: middles.length, other: 0 })
        assert.deepEqual(await middlesOf(page), middles)
        assert.equal(await page.evaluate('shifts_'), 0)
      })
    } finally {
      held = null
      resolve()
    }
  })
})
