import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { harmless, percent, spaced } from './text.ts'

describe('harmless', () => {
  it('shows control characters and direction marks instead of obeying them', () => {
    assert.equal(harmless('a\u001b[31mb\u202ec\n'), 'a\ufffd[31mb\ufffdc\ufffd')
    assert.equal(harmless('王 https://x/ü'), '王 https://x/ü')
  })

  it('leaves nothing behind that moves, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.doesNotMatch(harmless(text), /[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/u)
      }),
    )
  })
})

describe('spaced and percent', () => {
  it('are readable and never claim all or nothing wrongly', () => {
    assert.equal(spaced(1_204_000), '1 204 000')
    assert.equal(percent(1, 1_000_000), '< 0.1 %')
    assert.equal(percent(999_999, 1_000_000), '99.9 %')
    assert.equal(percent(3, 3), '100 %')
    assert.equal(percent(0, 0), '0 %')
    assert.equal(percent(0, 10), '0 %')
    assert.equal(percent(412, 2000), '20.6 %')
    assert.equal(spaced(412), '412')
  })
})
