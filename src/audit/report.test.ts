import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { anyResult, madeResult, madeRow, seededRandom, startedAt } from '../../test/made/results.ts'
import { createSample } from './report/sample.ts'
import { words } from './report/words.ts'
import { findingWords } from '../look/words.ts'
import { writeReport, type Report } from './report.ts'
import type { Result } from './result.ts'
import { createTally } from './tally.ts'

const pixel = 'data:image/png;base64,iVBORw0KGgo='

function report(results: readonly Result[], changes: Partial<Report> = {}): string {
  const tally = createTally({ now: startedAt })
  const sample = createSample({ random: seededRandom(1) })
  for (const [index, result] of results.entries()) {
    tally.add(result, { ordinal: index + 1 })
    sample.add(result, madeRow(result))
  }
  return writeReport({
    kind: 'check',
    name: 'users.csv',
    at: startedAt,
    durationMs: 1000,
    counts: tally.counts(),
    rows: sample.rows(),
    pictures: new Map(),
    completeFile: 'out.ndjson',
    ...changes,
  })
}

/** Tags of the page, and the text of what stands in style and script. */
function tagsOf(page: string): string[] {
  return page.match(/<[a-z!/][^>]*>/gi) ?? []
}

describe('writeReport', () => {
  it('says in its headline how many faces are broken', () => {
    const page = report([madeResult(), madeResult({ verdict: 'alive' })])
    assert.match(page, /<h1>.*1 of 2 faces is broken/)
    assert.match(page, /2 个头像中有 1 个有问题/)
  })

  it('allows its own style and script by hash and nothing else', () => {
    const page = report([madeResult()])
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1] ?? ''
    const hash = (text: string) => createHash('sha256').update(text).digest('base64')
    const style = /<style>([^]*?)<\/style>/.exec(page)?.[1] ?? ''
    const script = /<script>([^]*?)<\/script>/.exec(page)?.[1] ?? ''
    assert.equal(
      policy.replaceAll('&#39;', "'"),
      `default-src 'none'; img-src data:; style-src 'sha256-${hash(style)}'; ` +
        `script-src 'sha256-${hash(script)}'; base-uri 'none'; form-action 'none'`,
    )
  })

  it('refers to nothing outside itself but the links of the rows', () => {
    const page = report([madeResult()])
    const addresses = [...page.matchAll(/\b(?:src|href|action)="([^"]*)"/g)].map(
      ([, to]) => to ?? '',
    )
    assert.deepEqual(
      addresses.filter((to) => !/^(?:#|data:)/.test(to)),
      [madeResult().url],
    )
    assert.doesNotMatch(page, /@import|url\(/)
  })

  it('shows a fetched picture, and a drawn tile in place of what is no picture', () => {
    const pictures = new Map([
      ['r1', pixel],
      ['r2', 'data:text/html;base64,PHNjcmlwdD4='],
      ['r3', 'https://a.example/x.png'],
      ['r4', `data:image/svg+xml;base64,PHN2Zz4=`],
    ])
    const page = report(
      Array.from({ length: 4 }, () => madeResult()),
      { pictures },
    )
    assert.deepEqual(page.match(/<img src="[^"]*"/g), [`<img src="${pixel}"`])
    assert.equal(page.match(/class="face none/g)?.length, 3)
  })

  it('makes a link of whole web addresses only', () => {
    const urls = ['javascript:alert(1)', 'https://', `https://a.example/${'x'.repeat(10_000)}`, '']
    const page = report(urls.map((url) => madeResult({ url })))
    assert.doesNotMatch(page, /<a\s[^>]*href="(?!#)/)
  })

  it('names the complete list, or how to get it', () => {
    const many = Array.from({ length: 100 }, () => madeResult())
    assert.match(report(many), /60 of 100 rows are in this page/)
    assert.match(report(many), /The complete list is in <b>out\.ndjson<\/b>/)
    assert.match(report(many, { completeFile: null }), /Run again with --out FILE/)
    assert.match(report([madeResult()]), /All 1 rows are in this page/)
  })

  it('is a page for an empty list and for a forecast too', () => {
    assert.match(report([]), /The list had no row/)
    const soon = new Date(startedAt + 86_400_000).toISOString()
    const page = report([madeResult({ verdict: 'unknown', expiresAt: soon })], { kind: 'forecast' })
    assert.match(page, /1 of 1 links expires within 30 days/)
    assert.doesNotMatch(page, /Run again later/)
  })

  it('has the same tags whatever the rows hold', () => {
    const plain = tagsOf(report([madeResult({ url: '' })])).map((tag) => tag.split(/[\s>]/)[0])
    fc.assert(
      fc.property(fc.array(anyResult, { minLength: 1, maxLength: 1 }), ([drawn]) => {
        const hostile = '</script><img src=x onerror=alert(1)>"\'<!--'
        const result = { ...madeResult(), ...drawn, verdict: 'gone' as const, url: '' }
        const text = (value: string) => `${hostile}${value}${hostile}`
        const page = report([
          {
            ...result,
            id: text(result.id),
            detail: text(result.detail),
            rule: text(result.rule),
            provider: text('wechat'),
            expiresAt: null,
          },
        ])
        assert.deepEqual(
          tagsOf(page).map((tag) => tag.split(/[\s>]/)[0]),
          plain,
        )
      }),
      { numRuns: 50 },
    )
  })

  it('stays of modest size for a long list of long URLs', () => {
    const url = `https://a.example/${'x'.repeat(10_000)}`
    const page = report(
      Array.from({ length: 3000 }, (_, index) => madeResult({ url, provider: `p${index % 20}` })),
    )
    assert.ok(page.length < 12_000_000)
  })
})

describe('words', () => {
  it('say the same in both languages: the same values in every sentence', () => {
    const values = (text: string) => (text.match(/\{\w+\}/g) ?? []).toSorted()
    for (const [key, sentence] of Object.entries(words.en)) {
      assert.deepEqual(values(words.zh[key as keyof typeof words.zh]), values(sentence), key)
    }
    assert.deepEqual(Object.keys(findingWords.zh), Object.keys(findingWords.en))
  })
})
