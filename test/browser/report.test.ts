// The report in a real browser: opened as a file, as people open it. It must ask nobody for anything, whatever the
// rows hold, and work by keyboard, in both languages, on a phone.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { createSample } from '../../src/audit/report/sample.ts'
import { writeReport } from '../../src/audit/report.ts'
import { createTally } from '../../src/audit/tally.ts'
import { findingKinds } from '../../src/core/verdict.ts'
import { madeResult, madeRow, seededRandom, startedAt } from '../made/results.ts'
import { installed, launch } from './chromium.ts'

const hostile = [
  '</script><script>window.harmed=1</script>',
  '"><img src=x onerror="window.harmed=1">',
  '\u202egnp.exe\u202c \u0000\u001b[31m',
  '{{7*7}} ${7*7} <!-- ]]>',
]
const pixel =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M/wHwAEBgIApD5fRAAAAABJRU5ErkJggg=='

function madeReport(): string {
  const tally = createTally({ now: startedAt })
  const sample = createSample({ random: seededRandom(1) })
  const longUrl = `https://a.example/${'x'.repeat(10_000)}`
  for (let index = 0; index < 400; index += 1) {
    const bad = hostile[index % 20]
    const result = madeResult({
      id: bad ?? `user-${index}`,
      url:
        bad === undefined
          ? `https://a.example/faces/${index}.png`
          : index < 20
            ? longUrl
            : `https://a.example/${bad}`,
      provider: ['wechat', 'qq', 'facebook'][index % 3] ?? 'generic',
      verdict: findingKinds[index % 8] ?? 'gone',
      detail: bad ?? 'A sentence of the rule',
      expiresAt: index % 3 === 2 ? new Date(startedAt + index * 3_600_000).toISOString() : null,
    })
    tally.add(result, { ordinal: index + 1, since: startedAt - index * 6 * 86_400_000 })
    sample.add(result, madeRow(result))
  }
  return writeReport({
    kind: 'check',
    name: hostile[0] ?? '',
    notes: [hostile[1] ?? ''],
    at: startedAt,
    durationMs: 41_000,
    counts: tally.counts(),
    rows: sample.rows(),
    pictures: new Map(sample.pictures().map(({ key }) => [key, pixel])),
    completeFile: 'out.ndjson',
  })
}

describe('the report', { skip: !installed }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'everface-report-'))
  const file = join(folder, 'report.html')
  let browser: Browser
  let troubles: string[] = []

  before(async () => {
    writeFileSync(file, madeReport())
    browser = await launch()
  })

  after(async () => {
    await browser.close()
    rmSync(folder, { recursive: true })
  })

  async function opened(options: BrowserContextOptions, use: (page: Page) => Promise<void>) {
    troubles = []
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
    const page = await context.newPage()
    page.on('console', (message) => troubles.push(`console: ${message.text()}`))
    page.on('pageerror', (error) => troubles.push(`error: ${error.message}`))
    page.on('dialog', (dialog) => troubles.push(`dialog: ${dialog.message()}`))
    page.on('request', (request) => {
      if (!/^(?:data|blob):/.test(request.url()) && request.url() !== pathToFileURL(file).href) {
        troubles.push(`request: ${request.url()}`)
      }
    })
    await page.goto(pathToFileURL(file).href)
    await use(page)
    assert.deepEqual(troubles, [])
    await context.close()
  }

  const shown = (page: Page) => page.locator('.card:visible').count()

  it('asks nobody for anything, logs nothing, and hostile rows stay text', async () => {
    await opened({ locale: 'en-GB' }, async (page) => {
      assert.equal(await page.evaluate('window.harmed'), undefined)
      assert.match(await page.title(), /^200 of 400 faces are broken/)
      assert.equal(await page.locator('main script, main iframe, main object').count(), 0)
      assert.ok((await page.locator('.card', { hasText: '</script><script>' }).count()) > 0)
      assert.ok(!(await page.locator('body').innerText()).includes('\u202e'))
    })
  })

  it('filters by verdict, provider and text, and says how many are left', async () => {
    await opened({ locale: 'en-GB' }, async (page) => {
      assert.equal(await shown(page), 60)
      await page.getByRole('button', { name: 'Show more' }).click()
      assert.equal(await shown(page), 120)
      await page.getByRole('button', { name: /^gone/ }).click()
      assert.equal(await page.getByRole('status').innerText(), '50 rows')
      await page.getByLabel('Provider').selectOption('qq')
      const ofProvider = await shown(page)
      assert.ok(ofProvider > 0 && ofProvider < 50)
      await page.getByRole('searchbox').fill('USER-')
      assert.ok((await shown(page)) <= ofProvider)
      await page.getByRole('searchbox').fill('no such row')
      assert.equal(await shown(page), 0)
      assert.ok(await page.getByText('No row matches.').isVisible())
    })
  })

  it('speaks Chinese where the browser does, and the other language at a press', async () => {
    await opened({ locale: 'zh-CN' }, async (page) => {
      assert.match(await page.locator('h1').innerText(), /400 个头像中有 200 个有问题/)
      assert.equal(await page.locator('html').getAttribute('lang'), 'zh-CN')
      assert.equal(
        await page.getByRole('searchbox').getAttribute('placeholder'),
        '搜索 ID、网址或说明',
      )
      await page.getByRole('button', { name: 'English' }).click()
      assert.match(await page.locator('h1').innerText(), /200 of 400 faces are broken/)
      assert.match(await page.title(), /faces are broken/)
    })
  })

  it('follows the system in light and dark, and the switch above it', async () => {
    await opened({ locale: 'en-GB', colorScheme: 'dark' }, async (page) => {
      const paper = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
      assert.equal(await paper(), 'rgb(21, 20, 18)')
      await page.getByRole('button', { name: 'Light' }).click()
      assert.equal(await paper(), 'rgb(250, 248, 245)')
    })
  })

  it('hands over the rows that are shown as CSV', async () => {
    await opened({ locale: 'en-GB' }, async (page) => {
      await page.getByRole('searchbox').fill('user-39')
      const waiting = page.waitForEvent('download')
      await page.getByRole('button', { name: /^Download/ }).click()
      const download = await waiting
      assert.equal(download.suggestedFilename(), 'everface-sample.csv')
      const lines = readFileSync(await download.path(), 'utf8').split('\r\n')
      assert.match(lines[0] ?? '', /^\ufeffid,url,provider,verdict/)
      assert.ok(lines.length > 2 && lines.slice(1, -1).every((line) => line.startsWith('user-39')))
    })
  })

  it('can be used by keyboard alone', async () => {
    await opened({ locale: 'en-GB' }, async (page) => {
      await page.keyboard.press('Tab')
      assert.equal(await page.evaluate('document.activeElement.className'), 'skip')
      await page.keyboard.press('Enter')
      await page.keyboard.press('Tab')
      await page.keyboard.press('Tab')
      await page.keyboard.press('Space')
      assert.equal(
        await page.locator('.chip[aria-pressed=true]').getAttribute('data-verdict'),
        'gone',
      )
    })
  })

  it('has no sideways scroll on a phone or a desk, in both languages', async () => {
    for (const width of [390, 1280]) {
      for (const locale of ['en-GB', 'zh-CN']) {
        await opened({ locale, viewport: { width, height: 844 } }, async (page) => {
          assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width)
        })
      }
    }
  })

  it('is whole without script', async () => {
    await opened({ javaScriptEnabled: false }, async (page) => {
      assert.match(await page.locator('h1').innerText(), /^200 of 400 faces are broken$/)
      assert.equal(await shown(page), 400)
      assert.ok(!(await page.getByRole('searchbox').isVisible()))
    })
  })

  it('has text that stands out enough, in light and dark', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await opened({ locale: 'en-GB', colorScheme }, async (page) => {
        assert.deepEqual(await page.evaluate(weakTexts), [])
      })
    }
  })
})

// Every visible text whose contrast with what is painted behind it is below 4.5:1. A string, because it runs in the page.
const weakTexts = String.raw`(() => {
  const paint = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
  const rgba = (color) => {
    paint.clearRect(0, 0, 1, 1)
    paint.fillStyle = color
    paint.fillRect(0, 0, 1, 1)
    return [...paint.getImageData(0, 0, 1, 1).data]
  }
  const light = ([r, g, b]) =>
    [r, g, b]
      .map((value) => value / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
      .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0)
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = rgba(getComputedStyle(at).backgroundColor)
      if (color[3] === 255) return color
    }
    return [255, 255, 255, 255]
  }
  const weak = []
  for (const element of document.querySelectorAll('body *:not(script,style,option,svg,svg *)')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== '')
    if (!own || !element.checkVisibility()) continue
    const [a, b] = [light(rgba(getComputedStyle(element).color)), light(behind(element))]
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
    if (contrast < 4.5) weak.push(element.className + ' ' + element.textContent.trim().slice(0, 40) + ' ' + contrast.toFixed(2))
  }
  return [...new Set(weak)]
})()`
