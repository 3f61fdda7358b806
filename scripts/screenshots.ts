// Takes the pictures of the READMEs from a running demo, once its story has shown what there is to see: the dashboard and
// the page with the same people twice, in both languages, wide and on a phone.
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Browser, type Page, chromium } from 'playwright-core'
import sharp from 'sharp'
import { type Demo, startDemo } from '../src/cli/demo/start-demo.ts'

const folder = 'docs/images'
const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
/** Rescued faces and people to ask before there is something to see, and how long to wait for them. */
const wanted = { rescued: 20, toAsk: 3 } as const
const patienceMs = 180_000
/** A README is read over slow lines as well. */
const mostBytes = 250_000

const sizes = [
  { ending: '', viewport: { width: 1280, height: 1000 }, deviceScaleFactor: 1 },
  { ending: '.phone', viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 },
] as const
const languages = [
  { ending: '', locale: 'en-GB' },
  { ending: '.zh-CN', locale: 'zh-CN' },
] as const

if (!existsSync(executablePath)) {
  process.stderr.write(
    `There is no Chromium at ${executablePath}. Install it (Debian: apt-get install chromium), or name one: CHROMIUM=/path/to/chrome npm run screenshots\n`,
  )
  process.exit(2)
}

await mkdir(folder, { recursive: true })
const demo = await startDemo({ port: 0 })
try {
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  })
  try {
    await untilThereIsMuchToSee(demo)
    for (const language of languages) {
      for (const size of sizes) await shoot(browser, language, size)
    }
  } finally {
    await browser.close()
  }
} finally {
  await demo.stop()
}

async function untilThereIsMuchToSee(demo: Demo): Promise<void> {
  const endAt = performance.now() + patienceMs
  for (;;) {
    const { rescued, toAsk } = demo.progress()
    if (rescued >= wanted.rescued && toAsk >= wanted.toAsk) return
    if (performance.now() > endAt) {
      throw new Error(
        `After ${patienceMs / 1_000} s the demo has ${rescued} rescued faces and ${toAsk} people to ask; ${wanted.rescued} and ${wanted.toAsk} were wanted.`,
      )
    }
    await sleep(500)
  }
}

async function shoot(
  browser: Browser,
  { ending: language, locale }: (typeof languages)[number],
  { ending: width, ...size }: (typeof sizes)[number],
): Promise<void> {
  // One time zone for whoever takes them, so that no two runs differ by it.
  // The dashboard's policy forbids the questions that are put to a page here.
  const look = {
    bypassCSP: true,
    locale,
    timezoneId: 'UTC',
    colorScheme: 'light',
    reducedMotion: 'reduce',
  } as const
  const context = await browser.newContext({ ...look, ...size })
  try {
    const page = await context.newPage()
    await page.goto(demo.comparisonUrl)
    await take(page, `comparison${width}${language}`)
    await page.goto(demo.dashboardUrl)
    await page.locator('#key').fill(demo.adminKey)
    await page.keyboard.press('Enter')
    await page.waitForURL((url) => !url.pathname.includes('sign-in'))
    await page.waitForSelector('main h1')
    await take(page, `dashboard${width}${language}`)
  } finally {
    await context.close()
  }
}

/** The picture with as many colours as fit into the bytes that a README may have. */
async function take(page: Page, name: string): Promise<void> {
  await page.waitForFunction(
    `[...document.images].filter((one) => one.getBoundingClientRect().top < innerHeight).every((one) => one.complete)`,
    undefined,
    { timeout: 15_000 },
  )
  // Curves and faces are drawn a moment after the page is there.
  await page.waitForTimeout(700)
  const shot = await page.screenshot()
  for (const colours of [256, 128, 64]) {
    const options = { palette: true, colours, quality: 90, effort: 10, compressionLevel: 9 }
    const bytes = await sharp(shot).png(options).toBuffer()
    if (bytes.length > mostBytes) continue
    await writeFile(`${folder}/${name}.png`, bytes)
    process.stdout.write(`${folder}/${name}.png  ${bytes.length} bytes\n`)
    return
  }
  throw new Error(`${name} is bigger than ${mostBytes} bytes in 64 colours.`)
}
