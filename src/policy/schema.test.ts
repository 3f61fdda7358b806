// The published JSON Schema says the same as the reader: what one refuses, the other does. The schema is checked with a
// validator for just the keywords that it uses, which fails on any other.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { conditionPattern, durationPattern, plainConditions } from '../core/condition.ts'
import { fallbacks, mostPolls, mostScenes, scenePattern, showModes } from '../core/policy.ts'
import { readPolicy } from './read-policy.ts'
import { budgetPattern } from './values.ts'

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
type Schema = { readonly [keyword: string]: Json }

const schema = JSON.parse(readFileSync('schemas/policy.schema.json', 'utf8')) as Schema

/** Whether one keyword of a schema is content with a value. */
const keywords: Readonly<Record<string, (rule: Json, value: Json, whole: Schema) => boolean>> = {
  type: (rule, value) => rule === typeOf(value) || (rule === 'integer' && Number.isInteger(value)),
  enum: (rule, value) => (rule as readonly Json[]).includes(value),
  const: (rule, value) => rule === value,
  pattern: (rule, value) =>
    typeof value !== 'string' || new RegExp(rule as string, 'u').test(value),
  minimum: (rule, value) => typeof value !== 'number' || value >= (rule as number),
  maximum: (rule, value) => typeof value !== 'number' || value <= (rule as number),
  minItems: (rule, value) => !Array.isArray(value) || value.length >= (rule as number),
  uniqueItems: (_, value) =>
    !Array.isArray(value) || new Set(value.map((one) => JSON.stringify(one))).size === value.length,
  items: (rule, value) =>
    !Array.isArray(value) || value.every((one: Json) => accepts(rule as Schema, one)),
  required: (rule, value) =>
    !isObject(value) || (rule as readonly string[]).every((key) => Object.hasOwn(value, key)),
  maxProperties: (rule, value) => !isObject(value) || Object.keys(value).length <= (rule as number),
  propertyNames: (rule, value) =>
    !isObject(value) || Object.keys(value).every((key) => accepts(rule as Schema, key)),
  properties: (rule, value) =>
    !isObject(value) ||
    Object.entries(value).every(
      ([key, one]) =>
        !Object.hasOwn(rule as Schema, key) || accepts((rule as Schema)[key] as Schema, one),
    ),
  additionalProperties: (rule, value, whole) =>
    !isObject(value) ||
    Object.entries(value).every(
      ([key, one]) =>
        Object.hasOwn((whole['properties'] ?? {}) as Schema, key) ||
        (rule !== false && accepts(rule as Schema, one)),
    ),
  anyOf: (rule, value) => (rule as readonly Schema[]).some((one) => accepts(one, value)),
  $ref: (rule, value) => accepts(resolve(rule as string), value),
}
const notes = new Set(['$schema', '$defs', 'title', 'description', 'default', 'examples'])

function accepts(rules: Schema, value: Json): boolean {
  return Object.entries(rules).every(([keyword, rule]) => {
    if (notes.has(keyword)) return true
    const check = keywords[keyword]
    assert.ok(check, `the validator knows ${keyword}`)
    return check(rule, value, rules)
  })
}

function resolve(reference: string): Schema {
  const name = /^#\/\$defs\/(\w+)$/.exec(reference)?.[1] ?? ''
  const found = (schema['$defs'] as Schema)[name]
  assert.ok(isObject(found), reference)
  return found
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function typeOf(value: Json): string {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value
}

/** Whether the reader accepts a policy, written as JSON, which is YAML. */
function reads(value: Json): boolean {
  return readPolicy(JSON.stringify(value)).kind === 'read'
}

const scene = { when: ['gone'], cooldown: '7d' }
const right: readonly Json[] = [
  {},
  { refresh: {}, ask: {}, show: {}, keep: {} },
  { refresh: { when: [], polls: 0 } },
  { refresh: { when: [...plainConditions, 'age > 90d', 'age>15m', 'age  >  9999h'], polls: 30 } },
  { ask: { budget: '0 per 1d', afterDecline: '15m', scenes: {} } },
  { ask: { budget: '99 per 400d', scenes: { a: 'never', 'A.b_c-9': scene, '7': scene } } },
  { show: { mode: 'auto', fallback: 'none' } },
  { keep: { history: '9999d', unseenCopies: '9999h' } },
]
const refused: readonly Json[] = [
  null,
  [],
  'never',
  1,
  true,
  { other: 1 },
  { ask: null },
  { ask: [] },
  { Ask: {} },
  { refresh: { when: null } },
  { refresh: { when: 'gone' } },
  { refresh: { when: ['Gone'] } },
  { refresh: { when: ['gone', 'gone'] } },
  { refresh: { when: [1] } },
  ...['age', 'age > 90', 'age < 90d', 'age > 0d', 'age > 14m', ' gone', 'gone ', 'age >\n9d'].map(
    (one) => ({ refresh: { when: [one] } }),
  ),
  ...[-1, 31, 1.5, '4', null, true].map((polls) => ({ refresh: { polls } })),
  ...['', '2', 2, '2 per', '100 per 1d', '-1 per 1d', '01 per 1d', '2 per 90', '2  per 9d'].map(
    (budget) => ({ ask: { budget } }),
  ),
  ...['7', 7, '7 d', '07d', '0d', '10000d', '14m', '1000m0', '7D', '7w', '1.5d', '7d\n', null].map(
    (afterDecline) => ({ ask: { afterDecline } }),
  ),
  ...['Never', null, true, [], {}, { when: ['gone'] }, { cooldown: '7d' }].map((one) => {
    return { ask: { scenes: { one } } }
  }),
  { ask: { scenes: { one: { ...scene, when: [] } } } },
  { ask: { scenes: { one: { ...scene, more: 1 } } } },
  { ask: { scenes: { '': scene } } },
  { ask: { scenes: { 'a b': 'never' } } },
  { ask: { scenes: { ['x'.repeat(65)]: 'never' } } },
  {
    ask: { scenes: Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`s${at}`, 'never'])) },
  },
  { show: { mode: 'Copy' } },
  { show: { fallback: null } },
  { keep: { history: 400 } },
  { keep: { unseenCopies: '' } },
]

describe('schemas/policy.schema.json', () => {
  it('accepts what the reader accepts', () => {
    for (const value of right) {
      assert.ok(reads(value), JSON.stringify(value))
      assert.ok(accepts(schema, value), JSON.stringify(value))
    }
  })

  it('refuses what the reader refuses', () => {
    for (const value of refused) {
      assert.ok(!reads(value), JSON.stringify(value))
      assert.ok(!accepts(schema, value), JSON.stringify(value))
    }
  })

  it('agrees with the reader on whatever is put together from right and wrong parts', () => {
    const one = (...values: readonly Json[]): fc.Arbitrary<Json> => fc.constantFrom(...values)
    const odd = one(null, true, 0, 'x', [], {})
    const mostly = (arbitrary: fc.Arbitrary<Json>, ...wrong: readonly Json[]) =>
      fc.oneof(
        { weight: 30, arbitrary },
        { weight: 1, arbitrary: fc.oneof(odd, one(...wrong, '')) },
      )
    const time = mostly(one('7d', '12h', '30m', '99d', '1000h'), '14m', '0d', '7')
    const condition = mostly(one(...plainConditions, 'age > 9d'), 'age > 9', 'old')
    const list = mostly(fc.array(condition, { maxLength: 3 }))
    const part = (model: Record<string, fc.Arbitrary<Json>>) =>
      mostly(fc.record(model, { requiredKeys: [], noNullPrototype: true }) as fc.Arbitrary<Json>)
    const name = fc.constantFrom('profile', 'comment', 'x.y', '9', 'a-b', 'A', '头像')
    const scenes = fc.dictionary(
      name,
      fc.oneof(one('never'), part({ when: list, cooldown: time })),
      {
        maxKeys: 3,
        noNullPrototype: true,
      },
    )
    const policy = part({
      refresh: part({ when: list, polls: mostly(one(0, 4, 30), 31, 1.5, -1) }),
      ask: part({
        budget: mostly(one('2 per 90d', '0 per 1h'), '2 per', '100 per 1d'),
        afterDecline: time,
        scenes: mostly(scenes),
      }),
      show: part({
        mode: mostly(one(...showModes), 'on'),
        fallback: mostly(one(...fallbacks), 'off'),
      }),
      // Long enough for every pause above: what only the reader can compare is not at stake here.
      keep: part({ history: mostly(one('9999d'), '400', '400 d'), unseenCopies: time }),
    })
    let accepted = 0
    fc.assert(
      fc.property(policy, (value) => {
        const isRight = reads(value)
        assert.equal(accepts(schema, value), isRight, JSON.stringify(value))
        if (isRight) accepted++
      }),
      { numRuns: 3000 },
    )
    assert.ok(accepted > 200, `${accepted} of 3000 were accepted`)
  })

  it('carries the patterns and bounds of the code', () => {
    const text = JSON.stringify(schema)
    for (const pattern of [budgetPattern, scenePattern, `^${durationPattern}$`]) {
      assert.ok(text.includes(`"pattern":${JSON.stringify(pattern)}`), pattern)
    }
    assert.ok(conditionPattern.includes(`age *> *${durationPattern}`))
    assert.ok(text.includes(`"pattern":${JSON.stringify(`^age *> *${durationPattern}$`)}`))
    assert.ok(text.includes(JSON.stringify(plainConditions)))
    assert.ok(
      text.includes(`"maximum":${mostPolls}`) && text.includes(`"maxProperties":${mostScenes}`),
    )
  })

  it('names as defaults what the reader takes', () => {
    const sections = schema['properties'] as Record<string, { properties: Record<string, Schema> }>
    const written = Object.fromEntries(
      Object.entries(sections).map(([section, { properties }]) => [
        section,
        Object.fromEntries(
          Object.entries(properties).flatMap(([key, rule]) =>
            rule['default'] === undefined ? [] : [[key, rule['default']]],
          ),
        ),
      ]),
    )
    assert.deepEqual(readPolicy(JSON.stringify(written)), readPolicy('{}'))
    assert.equal(JSON.stringify(written).match(/:(?=["\d[])/g)?.length, 8)
  })
})
