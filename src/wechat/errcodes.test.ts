import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { errcodes as platformCodes } from '../../simulator/errcodes.ts'
import { actionOf, errcodes, readErrmsg } from './errcodes.ts'

describe('errcodes', () => {
  it('end a grant for those three codes alone that say so', () => {
    const over = [...errcodes.values()].filter(({ action }) => action === 'over')
    assert.deepEqual(
      over.map(({ code }) => code),
      [40030, 42002, 42007],
    )
  })

  it('are said by the platform, each with a sentence and a source of ours', () => {
    for (const [code, row] of errcodes) {
      assert.equal(row.code, code)
      assert.ok(platformCodes.has(code), String(code))
      assert.match(row.meaning, /^[A-Z].*\.$/)
      assert.notEqual(row.source, '')
    }
    assert.equal(errcodes.size, 26)
  })
})

describe('actionOf', () => {
  it('knows nothing of other codes', () => {
    for (const code of [0, 1, 40066, 87009, -2, Number.NaN, Infinity]) {
      assert.equal(actionOf(code), 'unknown')
    }
  })
})

describe('readErrmsg', () => {
  it('takes the mark off in each of its forms', () => {
    const rid = '6743e1a0-12345678-9abcdef0'
    for (const [errmsg, sentence, mark] of [
      [`invalid code, rid: ${rid}`, 'invalid code', rid],
      [`api unauthorized rid: ${rid}`, 'api unauthorized', rid],
      ['invalid code, hints: [ req_id: MfjdA2yFe-z51s ]', 'invalid code', 'MfjdA2yFe-z51s'],
      ['invalid code, hints: [ req_id: aB.c1_ ]', 'invalid code', 'aB.c1_'],
      ['code been used', 'code been used', null],
      ['a rid: x in the middle', 'a rid: x in the middle', null],
      [`rid: ${rid}`, '', rid],
      ['', '', null],
    ] as const) {
      assert.deepEqual(readErrmsg(errmsg), { sentence, rid: mark })
    }
  })

  it('leaves nothing that could move a terminal or fill a log', () => {
    const { sentence } = readErrmsg(`\u001b[2J\u202esystem\r\nerror${'!'.repeat(5_000)}`)
    assert.match(sentence, /^\[2J system error!+$/)
    assert.equal(sentence.length, 200)
  })
})
