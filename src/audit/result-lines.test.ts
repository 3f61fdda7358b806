import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { anyResult, madeResult } from '../../test/made/results.ts'
import { verdictKinds } from '../core/verdict.ts'
import {
  createResultReader,
  csvHeader,
  readResult,
  resultToCsv,
  resultToJson,
  type ResultForm,
} from './result-lines.ts'
import type { Result } from './result.ts'

const forms: readonly ResultForm[] = ['ndjson', 'csv']
const lineOf = { ndjson: resultToJson, csv: resultToCsv } as const
const order = csvHeader.split(',')

/** The result with its keys and edges in the promised order. */
function ordered(result: Result): unknown {
  const edges = Object.fromEntries(
    verdictKinds.flatMap((kind) => (kind in result.edges ? [[kind, result.edges[kind]]] : [])),
  )
  const values = { ...result, edges }
  return Object.fromEntries(order.map((key) => [key, Reflect.get(values, key)]))
}

describe('resultToJson', () => {
  it('writes the line of the design, key by key', () => {
    assert.equal(
      resultToJson(madeResult()),
      '{"id":"42","url":"https://thirdwx.qlogo.cn/mmopen/vi_32/Q0j4TwGTfTJ/132","provider":"wechat","verdict":"gone",' +
        '"rule":"wechat.errno-6101","status":200,"edges":{"alive":1,"gone":2},"sha256":null,"bytes":5093,' +
        '"mime":"image/png","width":null,"height":null,"expiresAt":null,"ms":12,"at":"2026-11-22T08:00:00.000Z",' +
        '"detail":"X-ErrNo -6101: the picture was replaced by its owner"}',
    )
  })

  it('keeps the order of keys and edges whatever the order of the object', () => {
    const { id, edges, ...rest } = madeResult()
    const turned = { ...rest, edges: { gone: edges.gone ?? 0, alive: edges.alive ?? 0 }, id }
    assert.equal(resultToJson(turned), resultToJson(madeResult()))
  })

  it('equals JSON.stringify of the ordered result for any text, on one line', () => {
    fc.assert(
      fc.property(anyResult, (result) => {
        const line = resultToJson(result)
        assert.equal(line, JSON.stringify(ordered(result)))
        assert.ok(!line.includes('\n'))
      }),
    )
  })

  it('drops what does not belong to a result', () => {
    const more = { ...madeResult(), token: 'secret' }
    assert.ok(!resultToJson(more).includes('secret'))
  })
})

describe('resultToCsv', () => {
  it('writes edges as name=count and null as nothing', () => {
    assert.equal(
      resultToCsv(madeResult()),
      '42,https://thirdwx.qlogo.cn/mmopen/vi_32/Q0j4TwGTfTJ/132,wechat,gone,wechat.errno-6101,200,alive=1 gone=2,' +
        ',5093,image/png,,,,12,2026-11-22T08:00:00.000Z,X-ErrNo -6101: the picture was replaced by its owner',
    )
  })

  it('quotes commas, quotation marks and line ends, and leaves formulas as they are', () => {
    const line = resultToCsv(madeResult({ id: '=1+1', url: 'a,"b"\nc' }))
    assert.ok(line.startsWith('=1+1,"a,""b""\nc",wechat,'))
  })
})

describe('readResult', () => {
  for (const form of forms) {
    it(`reads back any ${form} line`, () => {
      fc.assert(
        fc.property(anyResult, (result) => {
          assert.deepEqual(readResult(lineOf[form](result), form), result)
        }),
      )
    })

    it(`gives null for a ${form} line that was cut off anywhere before its last field`, () => {
      const line = lineOf[form](madeResult({ url: 'https://a.example/"x",y' }))
      const last = form === 'csv' ? line.lastIndexOf(',') : line.length - 1
      for (let length = 0; length <= last; length += 1) {
        assert.equal(readResult(line.slice(0, length), form), null, line.slice(0, length))
      }
    })

    it(`never throws, whatever the ${form} line`, () => {
      fc.assert(
        fc.property(fc.string({ unit: 'binary' }), (line) => {
          readResult(line, form)
        }),
      )
    })
  }

  it('takes absent fields for null and passes over unknown ones', () => {
    const result = readResult('{"id":"1","url":"u","verdict":"alive","more":[1]}', 'ndjson')
    assert.equal(result?.provider, 'generic')
    assert.equal(result?.status, null)
    assert.equal(result !== null && 'more' in result, false)
  })

  it('gives null for what is no result', () => {
    for (const line of ['', '[]', 'null', '{}', '{"id":1}', '{"id":"1","url":"u","verdict":"x"}']) {
      assert.equal(readResult(line, 'ndjson'), null)
    }
    assert.equal(readResult(csvHeader, 'csv'), null)
  })
})

describe('createResultReader', () => {
  for (const form of forms) {
    it(`reads a ${form} file in pieces of any size and tells where its last whole line ends`, () => {
      fc.assert(
        fc.property(
          fc.array(anyResult, { maxLength: 5 }),
          fc.integer({ min: 1, max: 40 }),
          (results, size) => {
            // Lone surrogates cannot stand in a file.
            const lines = results
              .map((result) => lineOf[form](result))
              .filter((line) => line.isWellFormed())
            const head = form === 'csv' ? `${csvHeader}\n` : ''
            const whole = head + lines.map((line) => `${line}\n`).join('')
            const cut = `${whole}${lineOf[form](madeResult()).slice(0, 70)}`
            const reader = createResultReader(form)
            const read: Result[] = []
            for (let at = 0; at < cut.length; at += size) {
              read.push(...reader.add(cut.slice(at, at + size)))
            }
            assert.deepEqual(
              read,
              lines.map((line) => readResult(line, form)),
            )
            assert.equal(reader.wholeBytes(), Buffer.byteLength(whole))
            assert.equal(reader.unreadable(), 0)
          },
        ),
      )
    })
  }

  it('counts whole lines that hold no result', () => {
    const reader = createResultReader('ndjson')
    assert.equal(reader.add(`nonsense\n${resultToJson(madeResult())}\r\n\n`).length, 1)
    assert.equal(reader.unreadable(), 1)
  })
})
