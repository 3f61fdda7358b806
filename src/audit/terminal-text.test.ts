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

describe('textWidth', () => {
  it('counts two columns for Chinese and emoji, none for marks that join', () => {
    assert.equal(textWidth('abc'), 3)
    assert.equal(textWidth('王小明'), 6)
    assert.equal(textWidth('😀'), 2)
    assert.equal(textWidth('e\u0301'), 1)
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

describe('duration', () => {
  it('writes lengths of time for people', () => {
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
