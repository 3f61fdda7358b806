#!/usr/bin/env node
// The `everface` command: checks the Node version, then runs the sources of a clone or the built package.
import { existsSync } from 'node:fs'
import { enableCompileCache } from 'node:module'

if (Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write(`Everface needs Node 24 or newer; this is ${process.version}.\n`)
  process.exit(2)
}
enableCompileCache?.()
const source = new URL('../src/cli/main.ts', import.meta.url)
const built = new URL('../dist/src/cli/main.js', import.meta.url)
const { main } = await import((existsSync(source) ? source : built).href)
process.exitCode = await main(process.argv.slice(2))
