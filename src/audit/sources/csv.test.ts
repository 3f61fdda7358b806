import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { CsvOptions, CsvRecord } from './csv.ts'
import { createCsvReader } from './csv.ts'

const comma: CsvOptions = { delimiter: ',' }

function readWhole(text: string, options = comma): CsvRecord[] {
  const reader = createCsvReader(options)
  return [...reader.read(text), ...reader.end()]
}

function readPieces(text: string, cuts: readonly number[], options = comma): CsvRecord[] {
  const reader = createCsvReader(options)
  const ends = [...cuts.map((cut) => cut % (text.length + 1)), text.length].sort((a, b) => a - b)
  let from = 0
  const records = ends.flatMap((end) => {
    const piece = text.slice(from, end)
    from = end
    return reader.read(piece)
  })
  return [...records, ...reader.end()]
}

function fieldsOf(text: string, options = comma): (readonly string[])[] {
  return readWhole(text, options).map(({ fields }) => fields)
}

function writeField(field: string): string {
  return /[",\r\n\t ]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field
}

describe('createCsvReader', () => {
  it('ends records at LF, CRLF and CR, and needs none at the end', () => {
    const records = [
      ['a', 'b'],
      ['c', 'd'],
    ]
    for (const end of ['\n', '\r\n', '\r']) {
      assert.deepEqual(fieldsOf(`a,b${end}c,d`), records)
      assert.deepEqual(fieldsOf(`a,b${end}c,d${end}`), records)
      assert.deepEqual(fieldsOf(`"a",b${end}"c","d"${end}`), records)
    }
  })

  it('reads quotes, doubled quotes, delimiters and line breaks inside them', () => {
    assert.deepEqual(fieldsOf('1,"a ""b"", c\r\nd"\n2,""\n'), [
      ['1', 'a "b", c\r\nd'],
      ['2', ''],
    ])
  })

  it('takes blanks around a quoted field for no part of it', () => {
    assert.deepEqual(fieldsOf('"a", "b" ,c'), [['a', 'b', 'c']])
    assert.deepEqual(fieldsOf('"a"\t" b"', { delimiter: '\t' }), [['a', ' b']])
  })

  it('leaves a quote inside an unquoted field alone', () => {
    assert.deepEqual(fieldsOf('1,5" screen,x'), [['1', '5" screen', 'x']])
  })

  it('passes over empty lines and still counts them', () => {
    const records = readWhole('a\n\n\r\nb')
    assert.deepEqual(
      records.map(({ fields, line }) => [fields[0], line]),
      [
        ['a', 1],
        ['b', 4],
      ],
    )
  })

  it('counts the lines inside quoted fields', () => {
    const lines = readWhole('a,"x\ny\r\nz\rw"\nb,c\n').map(({ line }) => line)
    assert.deepEqual(lines, [1, 5])
  })

  it('reads every line as one field where there is no delimiter', () => {
    assert.deepEqual(fieldsOf('https://h/w_1,h_1/a.jpg\n"q', { delimiter: '', quotes: false }), [
      ['https://h/w_1,h_1/a.jpg'],
      ['"q'],
    ])
  })

  it('says what is wrong with a broken line, and in which', () => {
    const reasons = readWhole('1,"a"b\n2\n3,"c\n', { delimiter: ',', minFields: 2 })
    assert.deepEqual(
      reasons.map(({ broken }) => broken),
      [
        'line 1: text after a closing quote',
        'line 2: 1 column where 2 are needed',
        'line 3: a quote is never closed',
      ],
    )
  })

  it('loses one line to a quote that is never closed, not the rest of the file', () => {
    const rest = Array.from({ length: 5_000 }, (_, n) => `${n},u${n}`).join('\n')
    const records = readWhole(`x,"oops\n${rest}\n`, { ...comma, minFields: 2, maxChars: 1_000 })
    assert.equal(records.length, 5_001)
    assert.match(records[0]?.broken ?? '', /^line 1: a quote is not closed/)
    assert.deepEqual(records[5_000], { fields: ['4999', 'u4999'], line: 5_001 })
  })

  it('loses one line to a stray quote that a later field seems to close', () => {
    const records = readWhole('1,"a\n2,b\n3,"c"\n4,d', { ...comma, minFields: 2 })
    assert.deepEqual(
      records.map(({ fields, broken }) => broken ?? fields.join()),
      ['line 1: text after a closing quote', '2,b', '3,c', '4,d'],
    )
  })

  it('passes over a line longer than the limit without keeping it', () => {
    const reader = createCsvReader({ ...comma, maxChars: 100 })
    const records = [...reader.read('a,b\n')]
    for (let piece = 0; piece < 50; piece++) records.push(...reader.read('x'.repeat(90)))
    records.push(...reader.read('\nc,d'), ...reader.end())
    assert.deepEqual(
      records.map(({ fields, broken }) => broken ?? fields.join()),
      ['a,b', 'line 2: longer than 100 characters', 'c,d'],
    )
  })

  const nasty = fc.string({
    unit: fc.constantFrom('"', '"', ',', '\n', '\r', ' ', 'a', 'é', '\0'),
    maxLength: 60,
  })
  const options = fc.record({
    delimiter: fc.constantFrom(',', '', '\t', ' '),
    quotes: fc.boolean(),
    minFields: fc.nat({ max: 3 }),
    maxChars: fc.constantFrom(1, 5, 17, 1_000),
  })

  it('gives the same records wherever the text is cut', () => {
    fc.assert(
      fc.property(nasty, fc.array(fc.nat(), { maxLength: 12 }), options, (text, cuts, how) => {
        assert.deepEqual(readPieces(text, cuts, how), readWhole(text, how))
        const each = Array.from({ length: text.length }, (_, at) => at)
        assert.deepEqual(readPieces(text, each, how), readWhole(text, how))
      }),
      { numRuns: 3_000 },
    )
  })

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), options, (bytes, how) => {
        for (const { fields, line } of readWhole(Buffer.from(bytes).toString('latin1'), how)) {
          assert.ok(fields.every((field) => field.length <= how.maxChars) && line >= 1)
        }
      }),
      { numRuns: 1_000 },
    )
  })

  it('reads back what a writer wrote', () => {
    const field = fc.oneof(nasty, fc.string({ unit: 'grapheme' }))
    const table = fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { maxLength: 6 })
    fc.assert(
      fc.property(table, fc.constantFrom('\n', '\r\n', '\r'), (records, end) => {
        const text = records.map((fields) => fields.map(writeField).join(',') + end).join('')
        assert.deepEqual(fieldsOf(text), records)
      }),
      { numRuns: 2_000 },
    )
  })

  it('keeps every good line that follows a line of rubbish', () => {
    const rubbish = nasty.map((text) => text.replace(/[\r\n]/g, ''))
    fc.assert(
      fc.property(rubbish, fc.integer({ min: 1, max: 30 }), (first, count) => {
        const good = Array.from({ length: count }, (_, n) => `${n},https://h/${n}`)
        const records = readWhole([first, ...good].join('\n'), { ...comma, minFields: 2 })
        const read = new Set(records.map(({ fields }) => fields.join()))
        assert.deepEqual(
          good.filter((line) => !read.has(line)),
          [],
        )
      }),
      { numRuns: 2_000 },
    )
  })
})
