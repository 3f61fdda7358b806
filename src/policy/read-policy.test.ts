// A policy file: read as it is meant, refused with every place that is wrong, and never half in force.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { nearest } from '../audit/sources/nearest.ts'
import { conditionText, durationText, plainConditions } from '../core/condition.ts'
import { type Policy, defaultPolicy } from '../core/policy.ts'
import { EverfaceError } from '../errors.ts'
import { problemText } from './problem.ts'
import { loadPolicy, readPolicy } from './read-policy.ts'

const dayMs = 86_400_000

/** The policy; fails with what is wrong. */
function read(text: string, standard = defaultPolicy): Policy {
  const reading = readPolicy(text, { standard, nearest })
  if (reading.kind === 'wrong') {
    assert.fail(reading.problems.map((one) => problemText(one, 'policy.yaml')).join('\n'))
  }
  return reading.policy
}

/** The problems as lines; fails when there are none. */
function wrong(text: string): string[] {
  const reading = readPolicy(text, { nearest })
  if (reading.kind === 'read') assert.fail(`was read: ${text.slice(0, 200)}`)
  assert.ok(reading.problems.length > 0)
  return reading.problems.map((one) => problemText(one, 'p'))
}

/** A policy as its file. */
function written(policy: Policy): string {
  const scenes = [...policy.ask.scenes].map(([name, scene]): [string, unknown] => [
    name,
    scene === 'never'
      ? scene
      : { when: scene.when.map(conditionText), cooldown: durationText(scene.cooldownMs) },
  ])
  const { budget, afterDeclineMs } = policy.ask
  return JSON.stringify({
    refresh: { when: policy.refresh.when.map(conditionText), polls: policy.refresh.polls },
    ask: {
      budget: `${budget.count} per ${durationText(budget.perMs)}`,
      afterDecline: durationText(afterDeclineMs),
      scenes: Object.fromEntries(scenes),
    },
    show: policy.show,
    keep: {
      history: durationText(policy.keep.historyMs),
      unseenCopies: durationText(policy.keep.unseenCopiesMs),
    },
  })
}

describe('readPolicy', () => {
  it('takes what is left out from the standard policy', () => {
    assert.deepEqual(read('{}'), defaultPolicy)
    assert.deepEqual(read('ask: {}\nrefresh: {}'), defaultPolicy)
    const standard: Policy = { ...defaultPolicy, show: { mode: 'auto', fallback: 'none' } }
    assert.deepEqual(read('show: { mode: redirect }', standard).show, {
      mode: 'redirect',
      fallback: 'none',
    })
    const { ask } = read('ask: { budget: 0 per 1d }')
    assert.deepEqual(ask, { ...defaultPolicy.ask, budget: { count: 0, perMs: dayMs } })
  })

  it('replaces scenes as a whole', () => {
    const { scenes } = read('ask: { scenes: { "42": never } }').ask
    assert.deepEqual([...scenes], [['42', 'never']])
    assert.equal(read('ask: { scenes: {} }').ask.scenes.size, 0)
  })

  it('reads back every policy that can be written', () => {
    const time = fc.oneof(
      fc.integer({ min: 1, max: 400 }).map((days) => days * dayMs),
      fc.integer({ min: 1, max: 9_600 }).map((hours) => hours * 3_600_000),
      fc.integer({ min: 15, max: 9_999 }).map((minutes) => minutes * 60_000),
    )
    const condition = fc.oneof(
      fc.constantFrom(...plainConditions).map((kind) => ({ kind })),
      time.map((overMs) => ({ kind: 'age' as const, overMs })),
    )
    const when = (minLength: number) =>
      fc.uniqueArray(condition, { minLength, maxLength: 4, selector: conditionText })
    const scene = fc.oneof(
      fc.constant('never' as const),
      fc.record({ when: when(1), cooldownMs: time }),
    )
    const policy: fc.Arbitrary<Policy> = fc.record({
      refresh: fc.record({ when: when(0), polls: fc.nat(30) }),
      ask: fc.record({
        budget: fc.record({ count: fc.nat(99), perMs: time }),
        afterDeclineMs: time,
        scenes: fc
          .uniqueArray(fc.tuple(fc.stringMatching(/^[A-Za-z_.-][\w.-]{0,20}$/), scene), {
            maxLength: 5,
            selector: ([name]) => name,
          })
          .map((entries) => new Map(entries.filter(([name]) => name !== '__proto__'))),
      }),
      show: fc.record({
        mode: fc.constantFrom('copy', 'redirect', 'auto'),
        fallback: fc.constantFrom('initials', 'none'),
      }),
      keep: fc.record({ historyMs: fc.constant(9_999 * dayMs), unseenCopiesMs: time }),
    })
    fc.assert(
      fc.property(policy, (one) => {
        assert.deepEqual(structuredClone(read(written(one))), structuredClone(one))
      }),
      { numRuns: 500 },
    )
  })

  it('tells all that is wrong at once, where it stands, what may stand there, and what was meant', () => {
    const text = [
      'refresh:',
      '  wen: [changed]',
      '  polls: "4"',
      'ask:',
      '  budget: 2 in 90 days',
      '  afterDecline: 60',
      '  scenes:',
      '    profile: { when: [gonne, older than 90 days, gone, gone], cooldown: 1 week }',
      '    comment: { when: gone }',
      '    checkout: nver',
      '    "a b": never',
      '  budget: 1 per 1d',
      'show: { mode: cache, fallback: *x }',
      'keep: { history: 40y, unseenCopies: !!str 180d }',
      'kep: {}',
    ].join('\n')
    const lines = wrong(text)
    const expected = [
      /^p:2:3: refresh\.wen is no key here; allowed: when, polls\. Did you mean when\?$/,
      /^p:3:10: refresh\.polls is "4"; allowed: a whole number from 0 to 30\. Did you mean 4\?$/,
      /^p:5:11: ask\.budget is "2 in 90 days"; .* Did you mean 2 per 90d\?$/,
      /^p:6:17: ask\.afterDecline is 60; allowed: a length of time .* Did you mean 60d\?$/,
      /^p:8:23: ask\.scenes\.profile\.when\[0\] is "gonne"; allowed: gone, dying, .* mean gone\?$/,
      /^p:8:30: .*\.when\[1\] is "older than 90 days"; .* Did you mean age > 90d\?$/,
      /^p:8:56: .*\.when\[3\] is "gone" once more/,
      /^p:8:73: ask\.scenes\.profile\.cooldown is "1 week"; .* Did you mean 7d\?$/,
      /^p:9:14: ask\.scenes\.comment\.cooldown is missing; allowed: a length of time/,
      /^p:9:22: ask\.scenes\.comment\.when is "gone"; .* Did you mean \[gone\]\?$/,
      /^p:10:15: ask\.scenes\.checkout is "nver"; allowed: never, or a map .* mean never\?$/,
      /^p:11:5: ask\.scenes\.a b is no name of a scene; allowed: 1 to 64 characters/,
      /^p:12:3: ask\.budget is there twice/,
      /^p:13:15: show\.mode is "cache"; allowed: copy, redirect, auto\.$/,
      /^p:13:32: show\.fallback is an alias/,
      /^p:14:18: keep\.history is "40y"; allowed: a length of time/,
      /^p:14:43: keep\.unseenCopies has a tag/,
      /^p:15:1: kep is no key here; allowed: refresh, ask, show, keep\. Did you mean keep\?$/,
    ]
    assert.equal(lines.length, expected.length, lines.join('\n'))
    for (const [at, pattern] of expected.entries()) assert.match(lines[at] ?? '', pattern)
  })

  it('refuses pauses that reach back further than the history', () => {
    assert.match(
      wrong('ask: { budget: 1 per 500d }')[0] ?? '',
      /^p:1:16: ask\.budget reaches back 500d, but keep\.history only 400d/,
    )
    assert.match(wrong('keep: { history: 30d }').join('\n'), /ask\.budget .*\n.*ask\.afterDecline/)
    const scenes = 'ask: { scenes: { a: { when: [gone], cooldown: 9999d } } }'
    assert.match(wrong(scenes)[0] ?? '', /ask\.scenes\.a\.cooldown reaches back 9999d/)
    read('ask: { budget: 1 per 500d }\nkeep: { history: 500d }')
  })

  it('says what was probably meant by lengths of time and budgets', () => {
    const meant: readonly (readonly [string, string, RegExp])[] = [
      ['ask: { afterDecline: X }', '2w', /mean 14d\?/],
      ['ask: { afterDecline: X }', '3 months', /mean 90d\?/],
      ['ask: { afterDecline: X }', '12 hours', /mean 12h\?/],
      ['ask: { afterDecline: X }', '2 yrs', /9999d\.$/],
      ['ask: { afterDecline: X }', 'soon', /9999d\.$/],
      ['ask: { budget: X }', '3', /mean 3 per 90d\?/],
      ['ask: { budget: X }', '500 per 2d', /mean 99 per 2d\?/],
      ['ask: { budget: X }', '2/30d', /mean 2 per 30d\?/],
      ['refresh: { polls: X }', '"400"', /mean 30\?/],
      ['refresh: { when: [X] }', '"age >= 5 days"', /mean age > 5d\?/],
      ['refresh: { when: [X] }', 'SessionExpired', /mean session-expired\?/],
    ]
    for (const [file, value, pattern] of meant) {
      assert.match(wrong(file.replace('X', value)).join('\n'), pattern, value)
    }
  })

  it('has no use for files that are no map, and says so', () => {
    for (const [text, pattern] of [
      ['', /The file is empty/],
      ['# nothing\n', /The file is empty/],
      ['- a', /The file is a list/],
      ['never', /The file is "never"/],
      ['ask:', /ask is empty/],
      ['ask: 3', /ask is 3/],
      ['refresh: { when: { gone: true } }', /when is a map/],
      ['refresh: { when: [[gone]] }', /when\[0\] is a list/],
      ['ask: { scenes: { a: [] } }', /scenes\.a is a list/],
      ['ask: { scenes: { a: { when: [], cooldown: 1d } } }', /when is empty/],
      ['a: 1\n---\nb: 2', /no YAML that can be read/],
      ['a: [', /p:1:\d+: The file is no YAML that can be read/],
      ['\ta: 1', /Tabs/],
      ['? [a]\n: 1', /keys must be strings/],
    ] as const) {
      assert.match(wrong(text)[0] ?? '', pattern, text)
    }
  })

  it('refuses too many scenes, and keys that mean something to JavaScript', () => {
    const many = Array.from({ length: 51 }, (_, at) => `s${at}: never`)
    const scenes = many.join(', ')
    read(`ask: { scenes: { ${many.slice(1).join(', ')} } }`)
    assert.match(
      wrong(`ask: { scenes: { ${scenes} } }`)[0] ?? '',
      /has 51 scenes; allowed: at most 50/,
    )
    assert.match(wrong('__proto__: { ask: {} }')[0] ?? '', /__proto__ is no key here/)
    assert.match(wrong('constructor: 1')[0] ?? '', /constructor is no key here/)
    const { scenes: named } = read('ask: { scenes: { __proto__: never } }').ask
    assert.equal(named.get('__proto__'), 'never')
    assert.equal(named.get('toString'), undefined)
  })

  it('bears hostile files: deep, long, expanding, with characters that are not shown', () => {
    for (const text of ['['.repeat(30_000), '{a: '.repeat(15_000), '- '.repeat(30_000)]) {
      assert.ok(wrong(text).length <= 6)
    }
    assert.match(wrong(`ask: ${'{a: '.repeat(40)}1${'}'.repeat(40)}`)[0] ?? '', /is no key here/)
    assert.match(wrong(`${'['.repeat(40)}${']'.repeat(40)}`).join('\n'), /nested too deep/)
    assert.match(wrong('x'.repeat(70_000))[0] ?? '', /more than 65536 characters/)
    const laughs = 'a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]'
    assert.match(wrong(laughs).join('\n'), /is an alias/)
    const shown = wrong('ask: "\\e[2J\\u202e\\n"').join('')
    assert.match(shown, /\\u001b\[2J\\u202e\\u000a/)
    assert.doesNotMatch(shown, /[\p{Cc}\p{Cf}]/u)
  })

  it('never fails otherwise than with problems, and their places are in the file', () => {
    const words = 'ask scenes when gone never age>9d - *a &a !x " \' | > # ? % : { } [ ] ,'
    const piece = fc.constantFrom(...words.split(' '), ' ', '\n', '  ', '\r', '\t', '2 per 9d')
    const text = fc.oneof(
      fc.array(piece, { maxLength: 60 }).map((all) => all.join('')),
      fc.string(),
    )
    fc.assert(
      fc.property(text, (one) => {
        const reading = readPolicy(one, { nearest })
        if (reading.kind === 'read') return
        const lines = one.split('\n').length
        for (const { line, column } of reading.problems) {
          assert.ok(line >= 1 && line <= lines && column >= 1, `${line}:${column}`)
        }
      }),
      { numRuns: 3000 },
    )
  })
})

describe('loadPolicy', () => {
  let folder = ''
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'everface-policy-'))
  })
  after(() => rm(folder, { recursive: true }))

  async function put(name: string, content: string | Uint8Array): Promise<string> {
    const file = join(folder, name)
    await writeFile(file, content)
    return file
  }

  function failsWith(code: string, pattern: RegExp) {
    return (error: unknown) => {
      assert.ok(error instanceof EverfaceError)
      assert.equal(error.code, code)
      assert.match(error.message, pattern)
      return true
    }
  }

  it('reads the example, which is the standard policy', async () => {
    assert.deepEqual(await loadPolicy('examples/policy.yaml'), defaultPolicy)
  })

  it('reads files with a byte order mark and with line ends of Windows', async () => {
    const file = await put('bom.yaml', '\ufeffask:\r\n  budget: 1 per 30d\r\n')
    const { ask } = await loadPolicy(file)
    assert.deepEqual(ask.budget, { count: 1, perMs: 30 * dayMs })
  })

  it('throws one problem in a line, several in lines of their own', async () => {
    const one = await put('one.yaml', 'ask: { budget: 2 }')
    await assert.rejects(
      loadPolicy(one),
      failsWith('policy-invalid', /^\S+one\.yaml:1:16: ask\.budget is 2;/),
    )
    const two = await put('two.yaml', 'a: 1\nb: 2')
    await assert.rejects(
      loadPolicy(two),
      failsWith('policy-invalid', /^2 things are wrong:\n\S+:1:1: a .*\n\S+:2:1: b /),
    )
  })

  it('says why a file cannot be read', async () => {
    const missing = join(folder, 'missing.yaml')
    await assert.rejects(
      loadPolicy(missing),
      failsWith('policy-unreadable', /missing\.yaml .*ENOENT/),
    )
    await assert.rejects(loadPolicy(folder), failsWith('policy-unreadable', /EISDIR/))
    const gbk = await put('gbk.yaml', Uint8Array.of(0x61, 0x3a, 0xc4, 0xe3))
    await assert.rejects(loadPolicy(gbk), failsWith('policy-unreadable', /it is not UTF-8/))
    const huge = await put('huge.yaml', `#${'头'.repeat(200_000)}`)
    await assert.rejects(
      loadPolicy(huge),
      failsWith('policy-invalid', /more than 65536 characters/),
    )
  })
})
