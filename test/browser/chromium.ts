// The browser that pages are opened with: Debian's Chromium, without what would ask for anything by itself.
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const executablePath = '/usr/bin/chromium'

/** Whether there is a browser to open pages with. */
export const installed = existsSync(executablePath)
if (!installed) {
  console.log(`SKIPPED: Chromium is not installed at ${executablePath}; no page was opened.`)
}

/** Starts the browser. @param more arguments beside the usual */
export async function launch(...more: readonly string[]): Promise<Browser> {
  return await chromium.launch({
    executablePath,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...more,
    ],
  })
}
