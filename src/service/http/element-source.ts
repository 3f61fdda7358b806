// What browsers get of src/element: one file each for the page and for the service worker, joined from a few sources
// without a bundler. From a clone the types are taken out first; a built package has none.
import { readFile } from 'node:fs/promises'
import { Worker } from 'node:worker_threads'
import { lean } from './element-lean.ts'

/** `ts` in a clone, `js` in the built package. */
const ending = import.meta.url.slice(-2)

/** The parts of `<ever-avatar>`; each uses only names of those before it. */
const elementParts = ['initials', 'drawing', 'states', 'ways', 'ever-avatar'] as const

/** The script that defines `<ever-avatar>`, a module. */
export async function elementSource(): Promise<string> {
  return `${lean(await joined(elementParts))}\n`
}

/** The script that makes a service worker heal pictures: a classic script, as `importScripts` takes it. */
export async function workerSource(): Promise<string> {
  // In a function of its own: a classic script shares its names with whoever imports it.
  return `(()=>{${lean(await joined(['service-worker']))}})()\n`
}

/** Sources in one, without types and without what ties them together. */
async function joined(names: readonly string[]): Promise<string> {
  const files = names.map((name) => new URL(`../../element/${name}.${ending}`, import.meta.url))
  const parts = await Promise.all(files.map((file) => readFile(file, 'utf8')))
  const whole = parts.join('\n')
  const plain = ending === 'ts' ? await withoutTypes(whole) : whole
  return plain
    .replace(/^import [^'"]*['"]\.\/[a-z-]+\.[jt]s['"];?$/gm, '')
    .replace(/^export (?=(?:async )?(?:const|let|function|class)\b)/gm, '')
    .replace(/^export \{\};?$/gm, '')
}

/**
 * Node's own stripping is still called experimental and says so on stderr; a thread that is told not to keeps the
 * warning away without changing the process.
 */
function withoutTypes(source: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const work = `const { stripTypeScriptTypes } = require('node:module')
    const { parentPort, workerData } = require('node:worker_threads')
    parentPort.postMessage(stripTypeScriptTypes(workerData))`
  const thread = new Worker(work, {
    eval: true,
    workerData: source,
    execArgv: ['--disable-warning=ExperimentalWarning'],
  })
  thread.once('message', resolve)
  thread.once('error', reject)
  return promise
}
