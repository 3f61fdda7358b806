// What every page is held to in a real browser: no rule of accessibility is broken and nothing scrolls sideways, light and
// dark, at both widths; nothing is written to the console, nothing is asked of another origin.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { installed } from './chromium.ts'

/** Languages as a browser asks for them. */
export const locales = ['en-GB', 'zh-CN'] as const
const widths = [1280, 390] as const
const schemes = ['light', 'dark'] as const

/** Where every page that is inspected is also kept as a picture, for people to look at. */
const pictures = process.env['PAGE_PICTURES']

const axe = installed
  ? readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  : ''

/** Notes whatever a page should not do. @param base all that it may ask for */
export function watch(page: Page, base: string): string[] {
  const troubles: string[] = []
  page.on('console', (message) => troubles.push(`console: ${message.text()}`))
  page.on('response', (answer) => {
    if (answer.status() >= 400) troubles.push(`${answer.status()}: ${answer.url()}`)
  })
  page.on('pageerror', (error) => troubles.push(`error: ${error.message}`))
  page.on('dialog', (dialog) => troubles.push(`dialog: ${dialog.message()}`))
  page.on('request', (request) => {
    if (!request.url().startsWith(`${base}/`) && !request.url().startsWith('data:')) {
      troubles.push(`request: ${request.url()}`)
    }
  })
  return troubles
}

/** Holds the page that is open to its duties, in every light and width. @param what names it where it fails */
export async function inspect(page: Page, what: string): Promise<void> {
  await page.evaluate(axe)
  for (const width of widths) {
    await page.setViewportSize({ width, height: 844 })
    const wide = Number(await page.evaluate('document.documentElement.scrollWidth'))
    assert.ok(wide <= width, `${what} is ${wide} wide at ${width}`)
    for (const colorScheme of schemes) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      // In the other light nothing is different but colours.
      const rules = colorScheme === 'light' ? null : ['color-contrast']
      const found = await page.evaluate<string[]>(
        `axe.run({ resultTypes: ['violations'], runOnly: ${JSON.stringify(rules)} ?? undefined }).then(
           ({ violations }) => violations.map(({ id, nodes }) => id + ' ' + nodes[0].target))`,
      )
      assert.deepEqual(found, [], `${what} ${width} ${colorScheme}`)
      if (pictures !== undefined) await picture(page, `${what} ${width} ${colorScheme}`)
    }
  }
}

async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(pictures ?? '', { recursive: true })
  const path = join(pictures ?? '', `${name.replaceAll(/[^\w-]+/g, '_')}.png`)
  await page.screenshot({ path, fullPage: true })
}
