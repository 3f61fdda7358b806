// The H5 example in a real browser, over the real service and the simulated WeChat: somebody whose picture died taps their
// face, agrees, and comes back to the new one; somebody declines and is left alone; a snapshot visitor stays who they were.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, afterEach, before, describe, it } from 'node:test'
import { getRequestListener } from '@hono/node-server'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { type Comment, createApp } from '../../examples/h5/app.ts'
import { createEverface } from '../../src/client/client.ts'
import { type Harness, type HttpWorld, createHttpWorld } from '../../src/service/http/harness.ts'
import { type Listener, listen } from '../../src/service/http/server.ts'
import { type WechatWorld, createWechatWorld } from '../wechat-world.ts'
import { installed, launch } from './chromium.ts'
import { inspect, locales } from './inspect.ts'

const dayMs = 86_400_000
const silent = { debug() {}, info() {}, warn() {}, error() {} }
const wechatBrowser =
  'Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/130.0.0.0 Mobile Safari/537.36 MicroMessenger/8.0.50'
const names = ['王小明', '李雷', 'Han Meimei', 'Alex Chen', '欧阳娜娜']
const texts = ['沙发！', '头像怎么不见了？', 'Nice photos.', '周末一起爬山吗？', '好久不见']

describe('examples/h5', { skip: !installed, timeout: 120_000 }, () => {
  let world: HttpWorld
  let wechat: WechatWorld
  let api: Harness
  let service: Listener
  let app: Server
  let browser: Browser
  let context: BrowserContext | null = null
  let origin = ''
  const comments: Comment[] = names.map((name, at) => ({
    subject: `s${at}`,
    name,
    text: texts[at] ?? '',
  }))

  before(async () => {
    world = await createHttpWorld({ edges: 1 })
    wechat = await createWechatWorld(world, { domain: '127.0.0.1' })
    app = createServer()
    app.listen(0, '127.0.0.1')
    await once(app, 'listening')
    origin = `http://127.0.0.1:${(app.address() as AddressInfo).port}`
    api = world.open(
      { people: wechat.worker.people },
      {
        publicUrl: null,
        returnOrigins: [origin],
        wechatApps: wechat.apps.map(({ kind, appid }) => ({ kind, appid })),
      },
    )
    service = await listen(
      api.http,
      { host: '127.0.0.1', port: 0 },
      { log: silent, first: (request, response) => api.pictures.first(request, response) },
    )
    const everface = createEverface({
      url: service.url,
      key: api.secrets.write,
      secret: 'the secret of tests',
      now: () => world.now(),
    })
    const webhookSecret = `whsec_${Buffer.alloc(32, 5).toString('base64')}`
    const parts = { everface, base: service.url, webhookSecret, comments }
    app.on('request', getRequestListener(createApp(parts).fetch))
    // Everybody signed in once, long ago.
    for (const { subject, name } of comments) await signIn(subject, name)
    await world.drain()
    const line = world.simulator.connectTo.find((one) => one.startsWith('open.weixin.qq.com:443:'))
    const target = (line ?? '').split(':').slice(2).join(':')
    browser = await launch(`--host-resolver-rules=MAP open.weixin.qq.com:443 ${target}`)
  })
  afterEach(async () => {
    await context?.close()
    context = null
  })
  after(async () => {
    await browser?.close()
    app.closeAllConnections()
    app.close()
    await service.close(0)
    wechat.close()
    await world.close()
  })

  /** The platform's people have the numbers of our subjects. */
  async function signIn(subject: string, name: string): Promise<void> {
    const { control } = world.simulator
    const id = control.makePeople({ count: 1, scheme: 'https' }).first
    assert.equal(id, subject.replace('s', 'p'))
    const url = control.account(id).profile.headimgurl
    await api.ask(`PUT /v1/avatars/${subject}`, { json: { url, name } })
  }

  /** The person's picture changes at the platform, and its old address dies. */
  async function changed(subject: string): Promise<void> {
    const { control } = world.simulator
    control.changePicture(subject.replace('s', 'p'))
    for (let tries = 0; (await standingOf(subject)) !== 'gone'; tries++) {
      assert.ok(tries < 40, 'the service never noticed')
      world.advance(dayMs)
      await api.ask(`POST /v1/avatars/${subject}/probe`, { json: {} })
    }
  }

  async function standingOf(subject: string): Promise<string> {
    return (await api.ask(`GET /v1/avatars/${subject}`)).json.standing
  }

  /** Opens the list as somebody inside WeChat. */
  async function openAs(subject: string, locale: string = 'zh-CN') {
    context = await browser.newContext({
      viewport: { width: 390, height: 844 },
      locale,
      userAgent: wechatBrowser,
      ignoreHTTPSErrors: true,
    })
    const page = await context.newPage()
    const ours = [service.url, origin, 'https://open.weixin.qq.com']
    const troubles: string[] = []
    page.on('console', (message) => {
      // WeChat's page is not ours: its icon is missing.
      if (message.location().url.startsWith('https://open.weixin.qq.com/favicon')) return
      troubles.push(`console: ${message.text()} ${message.location().url}`)
    })
    page.on('pageerror', (error) => troubles.push(`error: ${error.message}`))
    page.on('request', (request) => {
      const isKnown = ours.some((one) => request.url().startsWith(`${one}/`))
      if (!isKnown && !request.url().startsWith('data:')) troubles.push(request.url())
    })
    await page.goto(`${origin}/?as=${subject}`)
    await shown(page)
    return { page, troubles }
  }

  /** Waits until every face is a picture. */
  const shown = (page: Page) =>
    page.waitForFunction(
      `[...document.querySelectorAll('ever-avatar')].every((host) => {
        const picture = host.querySelector('img')
        return host.shadowRoot && picture?.complete && picture.naturalWidth > 0
      })`,
    )
  /** What the first picture looks like, of all that the browser has painted. */
  const lookOf = (page: Page) =>
    page.locator('form ever-avatar').screenshot({ animations: 'disabled' })
  const own = (page: Page) => page.locator('form ever-avatar')
  const decisions = (page: Page) =>
    page.waitForResponse((answer) => /\/decision\?/.test(answer.url()) && answer.status() === 200)

  it('leads from a tap on a dead face through WeChat back to the new one', async () => {
    await changed('s0')
    const { page, troubles } = await openAs('s0')
    const before = await lookOf(page)
    await own(page).click()
    await page.waitForURL('https://open.weixin.qq.com/**')
    await page.getByRole('button', { name: '允许' }).click()
    await page.waitForURL(`${origin}/**`)
    assert.equal(await page.getByRole('status').textContent(), '头像已更新。')
    await world.drain()
    // What the service remembers of a face for seconds.
    world.advance(60_000)
    await page.reload()
    await shown(page)
    assert.equal(await standingOf('s0'), 'alive')
    assert.notDeepEqual(await lookOf(page), before, 'the face is the new one')
    assert.deepEqual(
      await page.evaluate(
        `[...document.querySelectorAll('ever-avatar[subject=s0] img')].map(({ src }) => src.includes('&v='))`,
      ),
      [true, true],
      'in the list as well',
    )
    const asked = decisions(page)
    await own(page).click()
    assert.equal(((await (await asked).json()) as { decision: string }).decision, 'keep')
    assert.deepEqual(troubles, [])
  })

  it('leaves alone whoever declined', async () => {
    await changed('s1')
    const { page, troubles } = await openAs('s1', 'en-GB')
    const before = await lookOf(page)
    await own(page).click()
    await page.waitForURL('https://open.weixin.qq.com/**')
    world.simulator.control.setPlatform({ refusal: 'returns' })
    await page.getByRole('button', { name: '拒绝' }).click()
    await page.waitForURL(`${origin}/**`)
    assert.match((await page.getByRole('status').textContent()) ?? '', /stays as it is/)
    await shown(page)
    assert.deepEqual(await lookOf(page), before, 'our copy is still shown')
    const asked = decisions(page)
    await own(page).click()
    const { decision, reason } = (await (await asked).json()) as Record<string, unknown>
    assert.notEqual(decision, 'ask', String(reason))
    assert.equal(new URL(page.url()).origin, origin)
    assert.deepEqual(troubles, [])
  })

  it('keeps nothing of a snapshot visitor, and does not ask again', async () => {
    await changed('s2')
    const { page, troubles } = await openAs('s2')
    const url = (await api.ask('GET /v1/avatars/s2')).json.url as string
    await own(page).click()
    await page.waitForURL('https://open.weixin.qq.com/**')
    await page.getByRole('button', { name: '快照页模式' }).click()
    await page.waitForURL(`${origin}/**`)
    assert.equal(new URL(page.url()).searchParams.get('everface-reason'), 'snapshot-profile')
    assert.match((await page.getByRole('status').textContent()) ?? '', /没有成功/)
    assert.equal((await api.ask('GET /v1/avatars/s2')).json.url, url)
    const asked = decisions(page)
    await own(page).click()
    const { reason } = (await (await asked).json()) as Record<string, unknown>
    assert.equal(reason, 'snapshot')
    assert.deepEqual(troubles, [])
  })

  it('asks nobody who does not tap, whatever stands in the list', async () => {
    await changed('s3')
    const { page, troubles } = await openAs('s3')
    await page.locator('li ever-avatar').first().click()
    await page.getByRole('textbox').fill('<b>好</b>')
    await page.keyboard.press('Enter')
    await page.waitForURL(`${origin}/`)
    assert.equal(await page.locator('li p').first().textContent(), '<b>好</b>')
    assert.equal(new URL(page.url()).origin, origin)
    assert.deepEqual(troubles, [])
  })

  for (const locale of locales) {
    it(`breaks no rule of accessibility, and scrolls sideways nowhere: ${locale}`, async () => {
      const { page } = await openAs('s4', locale)
      await page.goto(`${origin}/?everface=ok`)
      await shown(page)
      assert.equal(await page.locator('html').getAttribute('lang'), locale.slice(0, 2))
      await inspect(page, `h5 ${locale}`)
    })
  }
})
