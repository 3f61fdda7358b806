// docs/policy.md says what the code does: every reason, every key, every condition, and examples that can be read.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { plainConditions } from '../core/condition.ts'
import { defaultPolicy } from '../core/policy.ts'
import { reasons } from '../core/reasons.ts'
import { withReasons } from './describe-reasons.ts'
import { readPolicy } from './read-policy.ts'

const page = readFileSync('docs/policy.md', 'utf8')

describe('withReasons', () => {
  it('writes a row for every reason, and the same again the second time', () => {
    const written = withReasons(page)
    for (const [code, { kind, en, zh }] of Object.entries(reasons)) {
      assert.ok(written.includes(`| \`${code}\` | \`${kind}\` | ${en} | ${zh} |\n`), code)
    }
    assert.equal(withReasons(written), written)
  })

  it('refuses a page that has no place for the table', () => {
    assert.throws(() => withReasons('# Nothing'), /has no/)
  })
})

describe('docs/policy.md', () => {
  it('has the reasons as the code has them', () => {
    assert.equal(page, withReasons(page), 'write docs/policy.md with withReasons')
  })

  it('shows policies that can be read, the standard one first', () => {
    const examples = [...page.matchAll(/```yaml\n([^`]*)```/g)].map(([, text = '']) => text)
    assert.ok(examples.length >= 4)
    const readings = examples.map((text) => readPolicy(text))
    for (const [at, reading] of readings.entries()) {
      assert.equal(reading.kind, 'read', examples[at])
    }
    assert.deepEqual(readings[0], { kind: 'read', policy: defaultPolicy })
  })

  it('names every key and every condition', () => {
    const schema = JSON.parse(readFileSync('schemas/policy.schema.json', 'utf8')) as {
      properties: Record<string, { properties: Record<string, unknown> }>
    }
    for (const [section, { properties }] of Object.entries(schema.properties)) {
      for (const key of Object.keys(properties)) {
        assert.ok(page.includes(`| \`${section}.${key}`), `${section}.${key}`)
      }
    }
    for (const name of plainConditions) assert.ok(page.includes(`\`${name}\``), name)
  })
})
