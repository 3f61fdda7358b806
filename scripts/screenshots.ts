// Takes the pictures of the READMEs from a running demo: the report as people see it, in both languages.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { main } from '../src/cli/main.ts'

const folder = mkdtempSync(join(tmpdir(), 'everface-screenshots-'))
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
})
try {
  const code = await main(['demo', '--folder', folder])
  if (code !== 0) throw new Error(`The demo ended with ${code}.`)
  for (const [locale, file] of [
    ['en', 'docs/report.png'],
    ['zh-CN', 'docs/report.zh-CN.png'],
  ] as const) {
    const page = await browser.newPage({
      locale,
      viewport: { width: 1280, height: 1000 },
      colorScheme: 'light',
    })
    await page.goto(`file://${join(folder, 'report.html')}`)
    await page.screenshot({ path: file })
    await page.close()
  }
} finally {
  await browser.close()
  rmSync(folder, { recursive: true, force: true })
}
