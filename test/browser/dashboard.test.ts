// The dashboard in a real browser: the real service over the simulated platform. What an operator does in a day, in both
// languages, by keyboard, on a phone; nothing may be asked of another origin, nothing may be written to the console.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from 'playwright-core'
import { type Simulator, createSimulator } from '../../simulator/simulator.ts'
import { eventually, freePort, runCommand, startService } from '../chaos/service.ts'
import { temporaryFolder } from '../everface.ts'
import { installed, launch } from './chromium.ts'
import { inspect, locales, watch } from './inspect.ts'

const paths = ['/', '/faces', '/faces/user-1', '/placeholders', '/policy', '/providers', '/system']
const hostile = '"><img src=x onerror="window.harmed=1">'
/** People whose platform shows the same bytes for all of them. */
const alike = ['alike-1', 'alike-2', 'alike-3']

/** A webhook of the app that refuses for good, until it is told not to. */
interface Receiver {
  readonly url: string
  refuses: boolean
  /** Bodies that were taken. */
  readonly told: string[]
  close(): Promise<void>
}

async function startReceiver(): Promise<Receiver> {
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      if (!receiver.refuses) receiver.told.push(Buffer.concat(pieces).toString())
      response.writeHead(receiver.refuses ? 410 : 204).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    refuses: true,
    told: [],
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return receiver
}

describe('the dashboard', { skip: !installed, timeout: 240_000 }, () => {
  const folder = temporaryFolder()
  let simulator: Simulator
  let receiver: Receiver
  let service: ReturnType<typeof startService>
  let browser: Browser
  let base = ''
  let key = ''
  let troubles: string[] = []
  /** Of somebody who is signed in: an address may sign in ten times a minute. */
  let storageState: Awaited<ReturnType<BrowserContext['storageState']>>

  before(async () => {
    simulator = await createSimulator({ edges: 4 })
    const ca = join(folder.path, 'ca.pem')
    await simulator.writeCa(ca)
    receiver = await startReceiver()
    const port = await freePort()
    base = `http://127.0.0.1:${port}`
    const env = {
      EVERFACE_LISTEN: `127.0.0.1:${port}`,
      EVERFACE_DATA: join(folder.path, 'data'),
      EVERFACE_CONNECT_TO: simulator.connectTo.join(' '),
      EVERFACE_CA: ca,
      EVERFACE_ALLOW_PRIVATE: 'true',
      EVERFACE_WEBHOOKS: receiver.url,
      EVERFACE_SUSPECT_AT: String(alike.length),
      EVERFACE_RATE: '200',
      EVERFACE_BUDGET: '100',
    }
    key =
      (await runCommand(['key', 'create', '--name', 'me', '--scope', 'admin'], env)).match(
        /ef_[\w-]{43}/,
      )?.[0] ?? ''
    service = startService(env)
    await service.ready
    await populate()
    browser = await launch()
    const context = await browser.newContext()
    const page = await context.newPage()
    await page.goto(`${base}/`)
    await page.locator('#key').fill(key)
    await page.keyboard.press('Enter')
    await page.locator('nav [aria-current=page]').waitFor()
    storageState = await context.storageState()
    await context.close()
  })

  after(async () => {
    await browser?.close()
    await service?.stop()
    await receiver?.close()
    await simulator?.close()
    folder[Symbol.dispose]()
  })

  async function call(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<Record<string, unknown>> {
    const answer = await fetch(base + path, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    })
    assert.ok(answer.status < 300, `${method} ${path} ${answer.status}`)
    return answer.status === 204 ? {} : ((await answer.json()) as Record<string, unknown>)
  }

  async function populate(): Promise<void> {
    simulator.control.makePeople({ count: 30, scheme: 'https' })
    const urls = [...simulator.control.list({})]
      .join('')
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.split(',')[1] ?? '')
    for (const [at, url] of urls.entries()) {
      const name = at === 1 ? hostile : '王小明'
      await call('PUT', `/v1/avatars/user-${at}`, { url, name })
    }
    // Three unrelated people with one picture: that is nobody's face.
    for (const subject of alike) await call('PUT', `/v1/avatars/${subject}`, { url: urls[2] ?? '' })
    await eventually(300, async () => {
      const { copies } = await call('GET', '/v1/stats')
      assert.equal(copies, urls.length + alike.length)
    })
    await call('DELETE', '/v1/avatars/user-29')
  }

  async function opened(
    use: (page: Page) => Promise<void>,
    options: BrowserContextOptions = {},
    signed = true,
  ): Promise<void> {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 900 },
      locale: 'en-GB',
      ...(signed ? { storageState } : {}),
      ...options,
    })
    const page = await context.newPage()
    troubles = watch(page, base)
    if (signed) await page.goto(`${base}/`)
    await use(page)
    assert.deepEqual(troubles, [])
    await context.close()
  }

  it('lets an operator sign in, and shows nothing before', async () => {
    await opened(
      async (page) => {
        await page.goto(`${base}/faces`)
        assert.equal(await page.locator('h1').innerText(), 'Sign in')
        assert.equal(await page.evaluate('document.activeElement.id'), 'key')
        await page.keyboard.type('ef_wrong')
        await page.getByRole('button', { name: 'Sign in' }).click()
        await page.getByRole('alert').filter({ hasText: 'unknown' }).waitFor()
        await page.locator('#key').fill(key)
        await page.keyboard.press('Enter')
        await page.getByRole('heading', { name: 'Faces', level: 1 }).waitFor()
        await page.getByRole('button', { name: 'Sign out' }).click()
        await page.getByRole('heading', { name: 'Sign in' }).waitFor()
        // A wrong key is answered with 403, which the browser tells on its console.
        troubles = troubles.filter((one) => !/status of 403|^403: /.test(one))
      },
      {},
      false,
    )
  })

  it('finds a face as its subject is typed, and looks at it', async () => {
    await opened(async (page) => {
      await page.goto(`${base}/faces`)
      assert.equal(await page.locator('.card').count(), 24)
      await page.getByRole('searchbox').pressSequentially('user-1', { delay: 5 })
      await page
        .locator('.card')
        .filter({ hasText: 'user-2' })
        .first()
        .waitFor({ state: 'detached' })
      assert.equal(await page.locator('.card').count(), 11)
      assert.equal(await page.evaluate('document.activeElement.id'), 'q')
      assert.match(page.url(), /q=user-1/)
      const card = page.locator('.card').filter({ hasText: 'user-12' })
      await card.getByRole('button').click()
      await page.getByRole('status').filter({ hasText: 'What was seen stands below' }).waitFor()
      assert.match(await card.innerText(), /alive at \d edges?, now/i)
      await card.getByRole('link').click()
      await page.getByRole('heading', { name: 'What we believe' }).waitFor()
      assert.ok((await page.locator('.story .look').count()) > 0)
    })
  })

  it('looks at a page of faces at once', async () => {
    await opened(async (page) => {
      await page.goto(`${base}/faces?q=user-2`)
      await page.getByRole('button', { name: /^Look at all/ }).click()
      await page
        .getByRole('status')
        .filter({ hasText: 'Looked at all faces of the page' })
        .waitFor()
      assert.ok((await page.locator('.card').count()) > 5)
    })
  })

  it('brings what happens onto an open page by itself', async () => {
    await opened(async (page) => {
      await page.locator('[data-live=on]').waitFor()
      const before = await page.locator('h1').innerText()
      const changed = page.locator('h1').filter({ hasNotText: before })
      await call('PUT', '/v1/avatars/late', {
        url: (await source('user-3')).url,
        name: null,
      })
      await changed.waitFor({ timeout: 20_000 })
      assert.notEqual(await page.locator('h1').innerText(), before)
      await page.locator('.feed li').filter({ hasText: 'user-29' }).waitFor()
    })
  })

  async function source(subject: string): Promise<{ url: string }> {
    return (await call('GET', `/v1/avatars/${subject}`))['source'] as { url: string }
  }

  it('confirms a placeholder', async () => {
    await opened(async (page) => {
      await page.getByRole('link', { name: /suspected to be a placeholder/ }).click()
      await page.getByRole('heading', { name: 'Placeholders', level: 1 }).waitFor()
      const suspect = page.locator('.suspect').first()
      assert.match(await suspect.innerText(), /The same at [34] people/)
      await suspect.getByRole('button', { name: 'It is a placeholder' }).click()
      await page.getByRole('status').filter({ hasText: 'Marked as a placeholder' }).waitFor()
      await page.getByText('No picture is under suspicion').waitFor()
      assert.equal((await call('GET', `/v1/avatars/${alike[0]}`))['standing'], 'placeholder')
    })
  })

  it('sends a failed webhook again', async () => {
    await eventually(100, async () => {
      const failed = (await call('GET', '/v1/deliveries?state=failed'))['items'] as unknown[]
      assert.ok(failed.length > 0)
    })
    await opened(async (page) => {
      await page.goto(`${base}/system`)
      assert.deepEqual(receiver.told, [])
      receiver.refuses = false
      await page
        .locator('.deliveries li')
        .filter({ hasText: 'user-29' })
        .getByRole('button')
        .click()
      await page.getByRole('status').filter({ hasText: 'It is on its way again' }).waitFor()
      await eventually(100, async () => {
        assert.ok(receiver.told.some((body) => body.includes('"user-29"')))
      })
    })
  })

  it('uploads a picture and forgets a person', async () => {
    await opened(async (page) => {
      await page.goto(`${base}/faces/user-27`)
      await page.getByLabel('Picture of your own').setInputFiles({
        name: 'me.png',
        mimeType: 'image/png',
        buffer: Buffer.from(
          await (await page.request.get(`${base}/a/user-3?s=132&f=png&mode=copy`)).body(),
        ),
      })
      await page.getByRole('button', { name: 'Upload' }).click()
      await page.getByRole('status').filter({ hasText: 'The picture was taken in' }).waitFor()
      await page.getByText('Forget …').click()
      await page.getByRole('button', { name: 'Forget for good' }).click()
      await page.getByRole('status').filter({ hasText: 'Forgotten' }).waitFor()
      await page.goto(`${base}/faces?q=user-27`)
      await page.getByText('No face is like that').waitFor()
    })
  })

  it('changes language and light, and keeps them', async () => {
    await opened(async (page) => {
      await page.getByRole('button', { name: '中文' }).click()
      await page.getByRole('heading', { name: /已妥善保存/ }).waitFor()
      assert.equal(await page.locator('html').getAttribute('lang'), 'zh-CN')
      await page.getByRole('button', { name: '深色' }).click()
      await page.locator('html[data-theme=dark]').waitFor()
      await page.goto(`${base}/policy`)
      assert.equal(
        await page.evaluate('getComputedStyle(document.body).backgroundColor'),
        'rgb(21, 20, 18)',
      )
      assert.equal(await page.locator('h1').innerText(), '策略')
    })
  })

  it('lets hostile names be text', async () => {
    await opened(async (page) => {
      await page.goto(`${base}/faces/user-1`)
      assert.equal(await page.locator('h1').innerText(), hostile)
      assert.equal(await page.evaluate('window.harmed'), undefined)
    })
  })

  it('can be used by keyboard alone', async () => {
    await opened(async (page) => {
      await page.goto(`${base}/faces`)
      await page.keyboard.press('Tab')
      assert.equal(await page.evaluate('document.activeElement.className'), 'skip')
      await page.keyboard.press('Enter')
      await page.keyboard.press('Tab')
      assert.equal(await page.evaluate('document.activeElement.id'), 'q')
      const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')
      assert.equal(outline, 'solid')
    })
  })

  it('works without script', async () => {
    await opened(
      async (page) => {
        await page.goto(`${base}/faces?q=user-5`)
        await page.locator('.card').getByRole('button').click()
        await page.getByRole('status').filter({ hasText: 'What was seen stands below' }).waitFor()
        assert.match(page.url(), /\/faces\?q=user-5&told=looked$/)
        for (const path of paths) {
          await page.goto(base + path)
          assert.ok(await page.locator('h1').isVisible(), path)
        }
      },
      { javaScriptEnabled: false },
    )
  })

  for (const locale of locales) {
    it(`offends against no rule, is no wider than the screen, in every light: ${locale}`, async () => {
      await opened(
        async (page) => {
          for (const path of [
            ...paths,
            '/faces?q=nobody',
            '/faces?standing=placeholder',
            '/faces?after=user-20',
            '/faces/user-26?told=looked',
            '/system?told=not-resent',
          ]) {
            await page.goto(base + path)
            await inspect(page, `${path} ${locale}`)
          }
          await page.goto(`${base}/faces/user-26`)
          await page.locator('.danger summary').click()
          await inspect(page, `forgetting ${locale}`)
          await page.goto(`${base}/`)
          await page.locator('figure summary').click()
          await inspect(page, `the table ${locale}`)
        },
        { locale },
      )
    })
  }

  it('is walked through by keyboard in the order in which it is read, and shows where one is', async () => {
    await opened(async (page) => {
      for (const path of paths) {
        await page.goto(base + path)
        const walked: string[] = []
        for (let step = 0; step < 12; step++) {
          await page.keyboard.press('Tab')
          const [name, top, seen] = await page.evaluate<[string, number, boolean]>(`(() => {
            const one = document.activeElement
            const { outlineStyle, outlineWidth } = getComputedStyle(one)
            const { top, width } = one.getBoundingClientRect()
            const shown = outlineStyle === 'solid' && parseFloat(outlineWidth) >= 2 && width > 0
            return [one.textContent.trim() || one.id || one.name, top, shown]
          })()`)
          assert.ok(seen, `${path}: nobody sees that ${name} has the focus`)
          walked.push(name)
          assert.ok(step === 0 || top >= -1, `${path}: ${name} lies outside of the window`)
        }
        const first = ['Skip to the page', 'Everface', 'Overview', 'Faces']
        assert.deepEqual(walked.slice(0, 4), first, path)
        assert.equal(walked[7]?.startsWith('System'), true, path)
        assert.equal(walked[8], 'Sign out', path)
      }
    })
  })

  it('does not talk to readers of the screen about what changes by itself', async () => {
    await opened(async (page) => {
      await page.locator('[data-live=on]').waitFor()
      await page.evaluate(`(() => {
        window.said = []
        const places = '[role=status], [role=alert], [role=log], [aria-live]'
        new MutationObserver((changes) => {
          for (const { target, addedNodes } of changes) {
            const place = (target.closest ? target : target.parentElement)?.closest(places)
            const text = [...addedNodes].map((one) => one.textContent.trim()).join('')
            if (place && text !== '') window.said.push(text)
          }
        }).observe(document.body, { childList: true, characterData: true, subtree: true })
      })()`)
      await page.locator('.needs a, .feed a').first().focus()
      const before = await page.locator('.feed li').first().getAttribute('id')
      await call('POST', '/v1/avatars/user-4/events', { type: 'session-expired' })
      await page.locator(`.feed li:first-child:not([id="${before}"])`).waitFor()
      assert.deepEqual(await page.evaluate('window.said'), [])
      // What is drawn anew does not take the focus from whoever reads it.
      assert.equal(await page.evaluate('document.activeElement.localName'), 'a')
    })
  })

  it('ends its open pages when the service stops', async () => {
    const context = await browser.newContext({ storageState })
    const page = await context.newPage()
    await page.goto(`${base}/`)
    await page.locator('[data-live=on]').waitFor()
    const startedAt = performance.now()
    assert.equal(await service.stop(), 0)
    // It waits five seconds for requests that run; an open stream must not count as one.
    assert.ok(performance.now() - startedAt < 4_500)
    await page.locator('[data-live=off]').waitFor()
    await context.close()
  })
})
