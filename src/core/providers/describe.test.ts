// The page on providers: whole, in order, and readable as a table.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { elsewhereRules, failureRules, httpRules } from './common.ts'
import { describeProviders } from './describe.ts'
import { generic, providers } from './index.ts'

const page = describeProviders()

describe('describeProviders', () => {
  it('names every provider, rule and default face', () => {
    const all = [...providers, generic]
    const rules = [
      ...failureRules,
      ...elsewhereRules,
      ...all.flatMap(({ rules }) => rules),
      ...httpRules,
    ]
    const ids = [...rules, ...all.flatMap(({ defaults }) => defaults)].map(({ id }) => id)
    for (const id of ids) assert.ok(page.includes(`| \`${id}\` |`), id)
    for (const { name, title } of all)
      assert.ok(page.includes(`## ${title}\n\n<a id="${name}">`), name)
  })

  it('has tables whose rows are as wide as their heads', () => {
    const width = (line: string) => line.replaceAll('\\|', '').split('|').length
    let head = 0
    for (const line of page.split('\n')) {
      if (!line.startsWith('|')) head = 0
      else if (head === 0) head = width(line)
      else assert.equal(width(line), head, line)
    }
  })

  it('leaves no gap', () => {
    assert.doesNotMatch(page, /undefined|\[object|\{failure\}|\{status\}/)
    assert.ok(page.endsWith('\n') && !page.endsWith('\n\n'))
  })
})
