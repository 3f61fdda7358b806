// The demo in a real browser: everything that `everface demo` starts, in one process; links rot on one side and faces stay on the
// other, in both languages, and a person brings their own new picture.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { type Demo, startDemo } from '../../src/cli/demo/start-demo.ts'
import { listenNear } from '../../src/cli/demo/listen-near.ts'
import { eventually } from '../chaos/service.ts'
import { installed, launch } from './chromium.ts'
import { inspect } from './inspect.ts'

describe('the demo', { skip: !installed, timeout: 240_000 }, () => {
  let demo: Demo
  let browser: Browser

  before(async () => {
    demo = await startDemo({ port: 0, people: 60, speed: 4 })
    browser = await launch()
  })

  after(async () => {
    await browser?.close()
    await demo?.stop()
  })

  /** Notes what a page should not do: complain, fail, or ask somebody else. */
  function guard(page: Page): string[] {
    const troubles: string[] = []
    const origins = [demo.comparisonUrl, demo.dashboardUrl, `${demo.platformUrl}/`]
    page.on('console', (message) => {
      // The consent page is the simulator's, and browsers ask every site for an icon.
      if (!message.location().url.endsWith('/favicon.ico')) troubles.push(message.text())
    })
    page.on('pageerror', (error) => troubles.push(error.message))
    page.on('request', (request) => {
      const url = request.url()
      if (!/^(?:data|blob):/.test(url) && !origins.some((origin) => url.startsWith(origin))) {
        troubles.push(url)
      }
    })
    return troubles
  }

  async function open(locale: string): Promise<{ page: Page; troubles: string[] }> {
    const page = await browser.newPage({ locale })
    const troubles = guard(page)
    await page.goto(demo.comparisonUrl)
    await page.locator('body[data-counted=all]').waitFor()
    return { page, troubles }
  }

  const broken = async (page: Page, side: 'raw' | 'ours') =>
    Number(await page.locator(`.${side} .big b`).textContent())

  it('loses faces on the side of raw links only, and says so', async () => {
    const { page, troubles } = await open('en-GB')
    assert.equal(await page.locator('h1').textContent(), 'The same people, twice')
    await eventually(400, async () => assert.ok((await broken(page, 'raw')) >= 5))
    assert.equal(await broken(page, 'ours'), 0)
    const grey = await page.locator('.comment.raw .grey').count()
    assert.ok(grey > 0, 'some of them under the article')
    const shown = await page.evaluate<number[]>(
      `[...document.querySelectorAll('[data-side=ours] > img')]
        .filter((img) => img.src.startsWith('blob:') && img.complete).map((img) => img.naturalWidth)`,
    )
    assert.ok(shown.length > 0 && shown.every((width) => width > 40), String(shown))
    assert.deepEqual(troubles, [])
    await page.close()
  })

  it('is found out by the service itself: kept, renewed in silence, or left to the person', async () => {
    await eventually(400, async () => {
      const { dead, rescued, refreshed, toAsk } = demo.progress()
      assert.ok(dead > 0 && refreshed > 0 && toAsk > 0, JSON.stringify(demo.progress()))
      assert.equal(rescued, dead)
    })
  })

  for (const [locale, title] of [
    ['en-GB', 'The same people, twice'],
    ['zh-CN', '同一群人，两种头像'],
  ] as const) {
    it(`breaks no rule of accessibility in ${locale}`, async () => {
      const { page, troubles } = await open(locale)
      assert.equal(await page.locator('h1').textContent(), title)
      await inspect(page, `the comparison in ${locale}`)
      assert.deepEqual(troubles, [])
      await page.close()
    })
  }

  it('changes its language by a switch, and remembers', async () => {
    const { page } = await open('en-GB')
    await page.locator('.switches a').first().click()
    await page.locator('html[lang=zh-CN]').waitFor()
    await page.goto(demo.comparisonUrl)
    assert.equal(await page.locator('html').getAttribute('lang'), 'zh-CN')
    await page.close()
  })

  it('lets people bring their own new picture by a tap on their face', async () => {
    const { page, troubles } = await open('en-GB')
    await page.locator('body[data-you=gone]').waitFor({ state: 'attached' })
    const shown = () =>
      page.evaluate<string>(`(async () => {
        const img = document.querySelector('.you .ours img')
        await img.decode()
        const canvas = new OffscreenCanvas(16, 16).getContext('2d')
        canvas.drawImage(img, 0, 0, 16, 16)
        return canvas.getImageData(0, 0, 16, 16).data.join()
      })()`)
    const before = await shown()
    await page.locator('.you .ours ever-avatar').click()
    await page.waitForURL((url) => url.href.startsWith(`${demo.platformUrl}/connect/`))
    assert.equal(await page.locator('input[name=person]:checked').getAttribute('value'), 'p0')
    await page.locator('button[value=allow]').click()
    await page.waitForURL(`${demo.comparisonUrl}?everface=ok`)
    await page.locator('body[data-you=new]').waitFor({ state: 'attached' })
    assert.match((await page.locator('.note').textContent()) ?? '', /new picture is here/)
    // What the browser had cached of the stable address is the old picture.
    await eventually(50, async () => assert.notEqual(await shown(), before))
    assert.deepEqual(troubles, [])
    await page.close()
  })

  it('leads to the consent page of the simulated platform only', async () => {
    const answer = await fetch(`${demo.comparisonUrl}enter?to=https://example.com/`, {
      redirect: 'manual',
    })
    assert.equal(answer.status, 400)
  })

  it('takes the next port when one is taken, and leaves nothing behind', async () => {
    const taken = await listenNear(createServer(), 0)
    const second = await startDemo({ port: taken.port, people: 10 })
    assert.notEqual(Number(new URL(second.dashboardUrl).port), taken.port)
    assert.ok(existsSync(second.logFile))
    await second.stop()
    await second.stop()
    assert.ok(!existsSync(second.logFile))
    await assert.rejects(fetch(second.dashboardUrl))
    await assert.rejects(fetch(second.comparisonUrl))
    await taken.close()
  })
})
