import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'

import { readObject, wholeOf } from './read-json.ts'

const symbols = Array.from('{}[]",:\\ \n1a\u0001')
const read = (text: string) => {
  const fields = readObject(text)
  return fields === null ? null : Object.fromEntries(fields)
}

describe('readObject', () => {
  it('reads whatever JSON.parse reads as an object', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^\w{1,8}$/), fc.jsonValue()), (value) => {
        const plain = JSON.parse(JSON.stringify(value)) as object
        assert.deepEqual([...(readObject(JSON.stringify(value)) ?? [])], Object.entries(plain))
      }),
      { seed: 1 },
    )
  })

  it('reads the sample of the platform’s own documentation', () => {
    assert.deepEqual(read('{\n\n"Event": "x",\n\n" OpenID": "o1",\n\n" at": 3,\n\n}'), {
      Event: 'x',
      OpenID: 'o1',
      at: 3,
    })
  })

  it('reads raw control characters in texts, and none of them as anything else', () => {
    assert.deepEqual(read('{"a":"1\u0000\n\t2","b":"\\n,}\\\\",\n"c":["x,]",],}'), {
      a: '1\u0000\n\t2',
      b: '\n,}\\',
      c: ['x,]'],
    })
  })

  it('reads a mark of the byte order', () => {
    assert.deepEqual(read('\ufeff{"a":1}'), { a: 1 })
  })

  it('keeps a prototype out of it', () => {
    const fields = readObject('{"__proto__":{"errcode":0},"constructor":1}')
    assert.equal(fields?.has('errcode'), false)
    assert.equal(fields?.get('constructor'), 1)
  })

  it('takes nothing else for an object', () => {
    for (const text of [
      '',
      'null',
      '[]',
      '1',
      '"{}"',
      '{"a":1',
      '{"a":"1',
      '{"a":"\\',
      '{a:1}',
      "{'a':1}",
      '{"a":1}}',
      '{"a":1} x',
      '<html></html>',
      '{,}x',
    ]) {
      assert.equal(readObject(text), null, text)
    }
  })

  it('never throws, and is done soon with texts that are made to take long', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...symbols) }), (text) => {
        readObject(text)
      }),
      { numRuns: 2_000, seed: 1 },
    )
    // A search that begins anew at every character would take minutes.
    const length = 1_048_576
    for (const piece of ['\\"', '"\\', ', ', '{"', '[', '"', ',\n', '\\', '{"a":']) {
      assert.equal(readObject(piece.repeat(length / piece.length)), null)
      assert.equal(readObject(`{"a":"${piece.repeat(length / piece.length)}`), null)
    }
  })
})

describe('wholeOf', () => {
  it('reads whole numbers, also as texts, and nothing else', () => {
    const values = [7, '7', '-1', ' 5 ', 0, 1.5, '1.5', '', ' ', '0x10', '1e3', null, [], [7], {}]
    const none = Array.from({ length: 10 }, () => null)
    assert.deepEqual(values.map(wholeOf), [7, 7, -1, 5, 0, ...none])
    assert.deepEqual(['9'.repeat(16), 2 ** 53, Infinity, true].map(wholeOf), [
      null,
      null,
      null,
      null,
    ])
  })
})
