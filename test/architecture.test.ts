// The house rules that a compiler cannot keep: who may import whom, where the clock is, what every document owes.
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { describe, it } from 'node:test'
import { errorCodes } from '../src/errors.ts'

/** A folder may import itself and what its row names: a folder, or one file of it. Everybody may import errors.ts. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  'src/core': [],
  'src/element': [],
  'src/look': ['src/core'],
  'src/client': ['src/core'],
  'src/probe': ['src/core', 'src/errors.ts'],
  'src/audit': ['src/core', 'src/probe', 'src/look', 'src/errors.ts'],
  'src/pictures': ['src/core', 'src/errors.ts'],
  'src/policy': ['src/core', 'src/errors.ts'],
  'src/store': ['src/core', 'src/errors.ts'],
  'src/wechat': ['src/core', 'src/errors.ts'],
  'src/jobs': [
    'src/core',
    'src/errors.ts',
    'src/probe/prober.ts',
    'src/pictures/pictures.ts',
    'src/pictures/reconcile.ts',
    'src/store/store.ts',
    'src/store/persons.ts',
    'src/wechat/client.ts',
    'src/wechat/push.ts',
  ],
  'src/service': [
    'src/core',
    'src/errors.ts',
    'src/jobs/keeper.ts',
    'src/jobs/people.ts',
    'src/look',
    'src/store/figures.ts',
    'src/wechat/authorize-url.ts',
    'src/wechat/push.ts',
    'src/wechat/state.ts',
    'src/pictures/pictures.ts',
    'src/pictures/initials.ts',
    'src/store/store.ts',
  ],
  'src/cli': ['src', 'simulator/simulator.ts'],
  'src/index.ts': ['src/core', 'src/probe', 'src/errors.ts'],
  simulator: [],
}

/** Packages that only one file may import, so that a driver is loaded when it is needed. */
const importedOnce: Readonly<Record<string, readonly string[]>> = {
  pg: ['src/audit/sources/postgres.ts', 'src/store/postgres.ts'],
  '@aws-sdk/client-s3': ['src/pictures/blobs-s3.ts'],
  'mysql2/promise': ['src/audit/sources/mysql.ts'],
  yaml: ['src/policy/yaml.ts'],
  'node:sqlite': ['src/audit/sources/sqlite.ts', 'src/store/sqlite.ts'],
  'image-size': ['src/probe/body.ts'],
}

const importPath = /(?:^(?:import|export)\b[^'"]*?from |^import |\bimport\()'([^']+)'/gm
const files = globSync(['src/**/*.ts', 'simulator/**/*.ts']).filter(
  (file) => !file.endsWith('.test.ts') && !file.endsWith('/harness.ts'),
)

function importsOf(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(importPath)].map(([, path = '']) => path)
}

function roomOf(file: string): string {
  return Object.keys(mayImport).find((room) => file === room || file.startsWith(`${room}/`)) ?? file
}

describe('the import rule', () => {
  it('is kept by every source file', () => {
    const broken = files.flatMap((file) => {
      const room = roomOf(file)
      const allowed = [room, ...(mayImport[room] ?? [])]
      return importsOf(file)
        .filter((path) => path.startsWith('.'))
        .map((path) => posix.join(posix.dirname(file), path))
        .filter((target) => !allowed.some((one) => target === one || target.startsWith(`${one}/`)))
        .map((target) => `${file} imports ${target}`)
    })
    assert.deepEqual(broken, [])
    assert.ok(files.length > 60, 'the pattern finds the sources')
  })

  it('lets core import nothing from outside', () => {
    const foreign = files
      .filter((file) => file.startsWith('src/core/'))
      .flatMap((file) => importsOf(file).filter((path) => !path.startsWith('.')))
    assert.deepEqual(foreign, [])
  })

  it('keeps drivers in one file each', () => {
    for (const [name, allowed] of Object.entries(importedOnce)) {
      const users = files.filter((file) => {
        const text = readFileSync(file, 'utf8').replace(/^import type .*$/gm, '')
        return text.includes(`'${name}'`)
      })
      assert.deepEqual(users.toSorted(), allowed.toSorted(), name)
    }
  })
})

describe('core', () => {
  it('has no clock and no chance of its own', () => {
    const readers = files.filter(
      (file) =>
        file.startsWith('src/core/') &&
        /new Date\(\)|Date\.now|Math\.random|performance\.now/.test(readFileSync(file, 'utf8')),
    )
    assert.deepEqual(readers, [])
  })
})

describe('the environment', () => {
  it('is read in src/cli only', () => {
    const readers = files.filter(
      (file) =>
        file.startsWith('src/') &&
        !file.startsWith('src/cli/') &&
        /process\.(?:env|argv)/.test(readFileSync(file, 'utf8')),
    )
    assert.deepEqual(readers, [])
  })
})

describe('errors', () => {
  it('are all used, and used only with a code of the table', () => {
    const used = new Set(
      files.flatMap((file) =>
        [...readFileSync(file, 'utf8').matchAll(/new EverfaceError\(\s*'([^']+)'/g)].map(
          ([, code = '']) => code,
        ),
      ),
    )
    const unknown = [...used].filter((code) => !Object.hasOwn(errorCodes, code))
    assert.deepEqual(unknown, [])
    const text = files
      .map((file) => (file === 'src/errors.ts' ? '' : readFileSync(file, 'utf8')))
      .join('\n')
    const unused = Object.keys(errorCodes).filter((code) => !text.includes(`'${code}'`))
    assert.deepEqual(unused, [])
  })
})

describe('source files', () => {
  it('open with a comment that says what they are for', () => {
    const silent = files.filter((file) => !/^(?:#!.*\n)?\/[/*]/.test(readFileSync(file, 'utf8')))
    assert.deepEqual(silent, [])
  })

  it('stay short enough to have one subject', () => {
    const long = files.filter((file) => readFileSync(file, 'utf8').split('\n').length > 420)
    assert.deepEqual(long, [])
  })
})

describe('package.json', () => {
  it('brings Node 24 to a clone and asks for it when published', () => {
    const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
      engines: { node: string }
      devDependencies: { node: string }
      dependencies: Record<string, string>
    }
    assert.equal(manifest.engines.node, '>=24')
    assert.match(manifest.devDependencies.node, /^\^?24\./)
    const page = readFileSync('docs/dependencies.md', 'utf8')
    const unexplained = Object.keys(manifest.dependencies).filter(
      (name) => !page.includes(`\`${name}\``),
    )
    assert.deepEqual(unexplained, [])
  })
})

describe('documents', () => {
  it('link to files that there are', () => {
    const pages = globSync(['*.md', 'docs/*.md', 'decisions/*.md'])
    const broken = pages.flatMap((page) =>
      [...readFileSync(page, 'utf8').matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)]
        .map(([, link = '']) => posix.join(posix.dirname(page), link))
        .filter((target) => !existsSync(target))
        .map((target) => `${page} links to ${target}`),
    )
    assert.deepEqual(broken, [])
    assert.ok(pages.length > 8)
  })

  it('name every option of check', () => {
    const page = readFileSync('docs/check.md', 'utf8')
    const sources = ['src/cli/check.ts', 'src/cli/audit.ts', 'src/cli/forecast.ts']
    const options = sources.flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/'(--[a-z-]+)[ ']/g)].map(([, name = '']) => name),
    )
    assert.deepEqual(
      [...new Set(options)].filter((name) => !page.includes(name)),
      [],
    )
    assert.ok(options.length > 20)
  })
})
