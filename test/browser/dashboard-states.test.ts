// The dashboard in a real browser where there is nothing to show or something is wrong: an empty store, nobody signed in, a
// form of a stranger, a store that is away, a fault of ours, a service that does not answer.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { EverfaceError } from '../../src/errors.ts'
import {
  type DashboardWorld,
  type Opened,
  createDashboardWorld,
} from '../../src/service/dashboard/harness.ts'
import type { Store } from '../../src/store/store.ts'
import { eventually } from '../chaos/service.ts'
import { installed, launch } from './chromium.ts'
import { inspect, locales, watch } from './inspect.ts'

const places = ['/', '/faces', '/placeholders', '/policy', '/providers', '/system']

describe('the dashboard in need', { skip: !installed, timeout: 240_000 }, () => {
  let world: DashboardWorld
  let opened: Opened
  let server: Server
  let browser: Browser
  let base = ''
  /** How the store behaves from here on. */
  let store: 'well' | 'away' | 'broken' = 'well'

  before(async () => {
    world = await createDashboardWorld()
    const ill = new Proxy(world.store, {
      get(whole, name, self) {
        const verb: unknown = Reflect.get(whole, name, self)
        if (typeof verb !== 'function' || store === 'well') return verb
        return async () => {
          if (store === 'broken') throw new Error('a mistake of ours')
          throw new EverfaceError('store-unreachable', 'The store is away.')
        }
      },
    }) satisfies Store
    opened = world.open({ store: ill })
    server = createServer((request, response) => {
      void (async () => {
        const { url = '/', method = 'GET', headers } = request
        const body = Buffer.concat(await request.toArray())
        const answer = await opened.dashboard.handle(
          new Request(base + url, {
            method,
            headers: Object.entries(headers).map(([name, value]) => [name, String(value)]),
            body: body.length === 0 ? null : body,
          }),
          { address: '127.0.0.1' },
          'request-1',
        )
        response.setHeaders(answer.headers)
        response.writeHead(answer.status)
        if (answer.body === null) response.end()
        else
          Readable.fromWeb(answer.body)
            .on('error', () => {})
            .pipe(response)
      })()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    browser = await launch()
  })

  after(async () => {
    await browser?.close()
    opened?.dashboard.close()
    server?.closeAllConnections()
    server?.close()
    await world?.close()
  })

  /** Opens a page in each language. @param wanted of what a page tells of by itself, what belongs to the state */
  async function inEach(
    use: (page: Page, context: BrowserContext, locale: string) => Promise<void>,
    wanted = /^$/,
  ): Promise<void> {
    for (const locale of locales) {
      const context = await browser.newContext({ locale, viewport: { width: 1280, height: 844 } })
      const page = await context.newPage()
      const troubles = watch(page, base)
      await use(page, context, locale)
      store = 'well'
      assert.deepEqual(
        troubles.filter((one) => !wanted.test(one)),
        [],
      )
      await context.close()
    }
  }

  async function signIn(page: Page): Promise<void> {
    // Nobody may try more often than ten times a minute.
    world.advance(60_000)
    await page.goto(`${base}/`)
    await page.locator('#key').fill(world.secrets.admin)
    await page.keyboard.press('Enter')
    await page.locator('nav [aria-current=page]').waitFor()
  }

  /** Figures that are kept for a while run out. */
  function becomes(state: typeof store): void {
    world.advance(120_000)
    store = state
  }

  it('lets nobody in without a key, and says so', async () => {
    await inEach(async (page, _, locale) => {
      await page.goto(`${base}/faces`)
      await inspect(page, `sign in ${locale}`)
      await page.locator('#key').fill('ef_wrong')
      await page.keyboard.press('Enter')
      await page.locator('#wrong').waitFor()
      assert.equal(await page.locator('#key').getAttribute('aria-invalid'), 'true')
      await inspect(page, `sign in, wrong ${locale}`)
    }, /status of 403|^403: /)
  })

  it('tells what to do first where there is nobody yet', async () => {
    await inEach(async (page, _, locale) => {
      await signIn(page)
      for (const path of places) {
        await page.goto(base + path)
        await inspect(page, `empty ${path} ${locale}`)
      }
      await page.goto(`${base}/faces`)
      await page.getByRole('link', { name: /How to begin|如何开始/ }).click()
      await page.getByText('everface import users.csv').waitFor()
      assert.match(await page.locator('pre').last().innerText(), /http:\/\/127\.0\.0\.1:8420\/v1/)
    })
  })

  it('tells of the first who come, on the page that waits for them', async () => {
    await inEach(async (page) => {
      await signIn(page)
      await page.locator('[data-live=on]').waitFor()
      const [url = ''] = world.people(1)
      const entry = { subject: 'first', url, name: null } as const
      await world.jobs.keeper.register([entry])
      world.advance(10_000)
      await eventually(100, async () => {
        opened.tick()
        assert.equal(await page.locator('#live-begun a').count(), 1)
      })
      await page.locator('#live-begun a').click()
      await page.getByRole('heading', { level: 1, name: /0 of 1|1 个头像/ }).waitFor()
      await world.jobs.keeper.forget('first')
      world.advance(10_000)
    })
  })

  it('becomes live in whatever order its scripts come', async () => {
    await inEach(async (page) => {
      await signIn(page)
      const scripts = await page.evaluate<string[]>(
        `[...document.scripts].map(({ src }) => src).filter(Boolean)`,
      )
      assert.ok(scripts.length > 1)
      for (const slow of scripts) {
        await page.route(slow, async (route) => {
          const answer = await route.fetch()
          await new Promise((resolve) => setTimeout(resolve, 300))
          await route.fulfill({ response: answer })
        })
        await page.goto(`${base}/`)
        await page.locator('[data-live=on]').waitFor()
        await page.unroute(slow)
      }
    })
  })

  it('has a page for what is not there, and for a form of a stranger', async () => {
    await inEach(async (page, _, locale) => {
      await signIn(page)
      await page.goto(`${base}/faces/nobody`)
      await inspect(page, `nobody ${locale}`)
      await page.evaluate(`document.querySelector('.out [name=token]').value = 'another'`)
      await page.locator('.out button').click()
      await page.getByRole('heading', { name: /That was not done|操作未执行/ }).waitFor()
      await inspect(page, `refused ${locale}`)
    }, /status of 40[34]|^40[34]: /)
  })

  it('has a page for a store that is away, and for a fault of ours', async () => {
    await inEach(async (page, _, locale) => {
      await signIn(page)
      becomes('away')
      await page.goto(`${base}/providers`)
      await page
        .getByRole('heading', { name: /The store cannot be reached|无法连接数据库/ })
        .waitFor()
      await inspect(page, `away ${locale}`)
      becomes('well')
      await page.goto(`${base}/policy`)
      becomes('broken')
      await page.goto(`${base}/faces`)
      // Who may look is asked of the store as well: that fault is a page, too.
      await page.locator('.problem code').waitFor()
      assert.equal(await page.locator('.problem code').innerText(), 'request-1')
      await inspect(page, `broken ${locale}`)
    }, /status of 50[03]|^50[03]: /)
  })

  it('keeps showing what it showed while the store is away, and says so once', async () => {
    await inEach(async (page, _, locale) => {
      await signIn(page)
      await page.goto(`${base}/system`)
      await page.locator('[data-live=on]').waitFor()
      becomes('away')
      opened.tick()
      await page
        .getByRole('alert')
        .filter({ hasText: /cannot be reached|无法连接/ })
        .waitFor()
      assert.ok(await page.locator('#settings').isVisible())
      await inspect(page, `away, live ${locale}`)
      becomes('well')
      opened.tick()
      await page.locator('#trouble .notice').waitFor({ state: 'detached' })
    })
  })

  it('says that it is searching until it is answered', async () => {
    await inEach(async (page, _, locale) => {
      await signIn(page)
      await page.goto(`${base}/faces`)
      await page.locator('[data-live=on]').waitFor()
      const held = Promise.withResolvers<void>()
      await page.route('**/faces?*', async (route) => {
        await held.promise
        await route.continue()
      })
      const searching = page.getByRole('status').filter({ hasText: /Searching|正在搜索/ })
      assert.ok(await searching.isHidden())
      await page.getByRole('searchbox').fill('user')
      await searching.waitFor()
      await inspect(page, `searching ${locale}`)
      held.resolve()
      await searching.waitFor({ state: 'hidden' })
    })
  })

  it('says that it was not answered, and goes on', async () => {
    await inEach(async (page, context, locale) => {
      await signIn(page)
      await page.goto(`${base}/faces`)
      await page.locator('[data-live=on]').waitFor()
      await context.setOffline(true)
      await page.getByRole('searchbox').fill('user')
      await page
        .getByRole('alert')
        .filter({ hasText: /did not answer|没有应答/ })
        .waitFor()
      await inspect(page, `not answered ${locale}`)
      await context.setOffline(false)
      await page.getByRole('searchbox').fill('user-1')
      await page.locator('#trouble .notice').waitFor({ state: 'detached' })
    }, /^console: |net::/)
  })
})
