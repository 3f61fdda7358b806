import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { anyText } from '../../test/made/results.ts'
import {
  createPaint,
  duration,
  padEnd,
  shortenEnd,
  shortenMiddle,
  textWidth,
  wrap,
} from './terminal-text.ts'
import { harmless, percent, spaced } from '../look/text.ts'

describe('textWidth', () => {
  it('counts two columns for Chinese and emoji, none for marks that join', () => {
    assert.equal(textWidth('abc'), 3)
    assert.equal(textWidth('王小明'), 6)
    assert.equal(textWidth('😀'), 2)
    assert.equal(textWidth('e\u0301'), 1)
  })
})

describe('harmless', () => {
  it('shows control characters and direction marks instead of obeying them', () => {
    assert.equal(harmless('a\u001b[31mb\u202ec\n'), 'a\ufffd[31mb\ufffdc\ufffd')
    assert.equal(harmless('王 https://x/ü'), '王 https://x/ü')
  })
})

describe('shortenMiddle', () => {
  it('keeps both ends', () => {
    assert.equal(shortenMiddle('https://host/long/path/132', 16), 'https://ho…h/132')
    assert.equal(shortenMiddle('short', 16), 'short')
  })

  it('never exceeds the columns, whatever the text', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 0, max: 30 }), (text, columns) => {
        assert.ok(textWidth(shortenMiddle(text, columns)) <= columns)
        assert.ok(textWidth(shortenEnd(text, columns)) <= columns)
      }),
    )
  })
})

describe('padEnd', () => {
  it('pads by columns, not by characters', () => {
    assert.equal(padEnd('王', 4), '王  ')
  })
})

describe('wrap', () => {
  it('breaks at spaces', () => {
    assert.deepEqual(wrap('one two three', 8), ['one two', 'three'])
    assert.deepEqual(wrap('', 8), [])
  })
})

describe('percent', () => {
  it('says 0 and 100 only where that is so', () => {
    assert.equal(percent(0, 10), '0 %')
    assert.equal(percent(1, 1_000_000), '< 0.1 %')
    assert.equal(percent(999_999, 1_000_000), '99.9 %')
    assert.equal(percent(10, 10), '100 %')
    assert.equal(percent(0, 0), '0 %')
    assert.equal(percent(412, 2000), '20.6 %')
  })
})

describe('spaced and duration', () => {
  it('write figures for people', () => {
    assert.equal(spaced(1_204_000), '1 204 000')
    assert.equal(spaced(412), '412')
    assert.deepEqual([400, 41_000, 200_000, 7_500_000].map(duration), [
      '0.4 s',
      '41 s',
      '3 min 20 s',
      '2 h 5 min',
    ])
  })
})

describe('createPaint', () => {
  it('gives the text as it is without colour', () => {
    assert.equal(createPaint(false)('red', 'x'), 'x')
    assert.equal(createPaint(true)('red', 'x'), '\u001b[31mx\u001b[39m')
  })
})
