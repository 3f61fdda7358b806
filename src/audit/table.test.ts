import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { anyResult, madeResult, startedAt } from '../../test/made/results.ts'
import type { Result } from './result.ts'
import { drawTable, type TableOptions } from './table.ts'
import { createTally } from './tally.ts'
import { textWidth } from './terminal-text.ts'

const options: TableOptions = { kind: 'check', name: 'users.csv', durationMs: 41_000, color: false }

function drawn(results: readonly Result[], changes: Partial<TableOptions> = {}): string {
  const tally = createTally({ now: startedAt })
  for (const [index, result] of results.entries()) tally.add(result, { ordinal: index + 1 })
  return drawTable(tally.counts(), { ...options, ...changes })
}

function times(count: number, changes: Partial<Result>): Result[] {
  return Array.from({ length: count }, () => madeResult(changes))
}

const list = [
  ...times(1500, { verdict: 'alive', rule: 'wechat.picture' }),
  ...times(12, {}),
  ...times(3, { provider: 'qq', verdict: 'unknown', rule: 'probe.timeout', detail: 'No answer' }),
]

describe('drawTable', () => {
  it('begins with the sentence that says it all', () => {
    assert.match(drawn(list), /^\n {2}12 of 1 515 faces are broken\n {2}users\.csv, 41 s\n/)
    assert.match(drawn(times(1, {})), /1 of 1 faces is broken/)
    assert.match(drawn(times(2, { verdict: 'alive' })), /None of 2 faces is broken/)
    assert.match(drawn([]), /The list had no row/)
  })

  it('has providers down and the findings that occur across', () => {
    const lines = drawn(list).split('\n')
    const head = lines.findIndex((line) => line.startsWith('  provider'))
    assert.match(lines[head] ?? '', /^ {2}provider +alive +gone +unknown +total$/)
    assert.match(lines[head + 1] ?? '', /^ {2}wechat +1 500 +12 +· +1 512$/)
    assert.match(lines[head + 2] ?? '', /^ {2}qq +· +· +3 +3$/)
    assert.match(lines[head + 4] ?? '', /^ {2}total +1 500 +12 +3 +1 515$/)
  })

  it('gives totals with their shares', () => {
    assert.match(drawn(list), /✕ gone +12 +0\.8 %/)
  })

  it('shows ten examples of a bad finding under their sentence, URLs shortened in the middle', () => {
    const url = `https://thirdwx.qlogo.cn/mmopen/${'x'.repeat(200)}/132`
    const text = drawn([...list, ...times(1, { url })])
    assert.match(text, /✕ gone {2}10 of 13\n {4}X-ErrNo -6101: the picture was replaced/)
    const shown = drawn(times(1, { url, id: 'user-7' })).match(/^ {6}user-7 {2}(\S+)$/m)?.[1]
    assert.ok(shown?.startsWith('https://thirdwx.qlogo.cn/mmopen/') && shown.endsWith('xx/132'))
  })

  it('says what to do next, and which files were written', () => {
    const text = drawn(list, { files: ['out.ndjson'] })
    assert.match(text, /What to do next\n {2}✕ 12 gone: Renew these/)
    assert.match(text, /Written: out\.ndjson/)
  })

  it('does not trouble a forecast with links that were not asked', () => {
    const soon = new Date(startedAt + 86_400_000).toISOString()
    const text = drawn(times(20, { verdict: 'unknown', expiresAt: soon }), { kind: 'forecast' })
    assert.match(text, /20 of 20 links expire within 30 days/)
    assert.doesNotMatch(text, /Run again later/)
  })

  it('has colours only where they are wanted', () => {
    assert.ok(!drawn(list).includes('\u001b'))
    assert.ok(drawn(list, { color: true }).includes('\u001b[31m'))
  })

  it('lines up when names are Chinese', () => {
    const lines = drawn([...list, ...times(2, { provider: '微信' })]).split('\n')
    const head = lines.findIndex((line) => line.startsWith('  provider'))
    assert.equal(new Set(lines.slice(head, head + 5).map(textWidth)).size, 1)
  })

  it('stays within the terminal and obeys no control character, whatever the rows hold', () => {
    fc.assert(
      fc.property(
        fc.array(anyResult, { maxLength: 30 }),
        fc.integer({ min: 60, max: 120 }),
        (results, columns) => {
          const text = drawn(results, { columns, name: 'a\u001b[2J' })
          assert.ok(text.split('\n').every((line) => textWidth(line) <= columns))
          // oxlint-disable-next-line no-control-regex
          assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/)
        },
      ),
    )
  })

  it('fits 80 columns with every finding and millions of rows', () => {
    const tally = createTally({ now: startedAt })
    const result = madeResult()
    for (const verdict of ['gone', 'dying', 'placeholder', 'malformed', 'refused'] as const) {
      tally.add({ ...result, verdict }, { ordinal: 1 })
    }
    const counts = tally.counts()
    const findings = { ...counts.findings, alive: 123_456_789, unknown: 1_234_567, throttled: 9 }
    const text = drawTable(
      {
        ...counts,
        total: 124_691_370,
        findings,
        providers: [{ provider: 'a-provider-of-long-name', total: 124_691_370, findings }],
      },
      options,
    )
    assert.ok(text.split('\n').every((line) => textWidth(line) <= 80))
  })
})
