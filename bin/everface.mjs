#!/usr/bin/env node
// The `everface` command: checks the Node version, then runs the sources of a clone or the built package.
import { existsSync } from 'node:fs'
import module from 'node:module'

if (Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write(`Everface needs Node 24 or newer; this is ${process.version}.\n`)
  process.exit(2)
}
// Over a long audit V8 lets its young generation grow to three times 32 MB, for nothing; half is as fast, and it can only
// be said at the start of a process. execve replaces this one (not on Windows, where audits take more memory).
const lean = '--max-semi-space-size=16'
if (process.argv[2] === 'check' && process.platform !== 'win32' && process.execArgv.length === 0) {
  process.execve?.(
    process.execPath,
    [process.execPath, lean, ...process.argv.slice(1)],
    process.env,
  )
}
module.enableCompileCache?.()
const source = new URL('../src/cli/main.ts', import.meta.url)
const built = new URL('../dist/src/cli/main.js', import.meta.url)
const { main } = await import((existsSync(source) ? source : built).href)
process.exitCode = await main(process.argv.slice(2))
