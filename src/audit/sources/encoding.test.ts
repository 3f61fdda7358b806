import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createDecoder, isUtf16 } from './encoding.ts'

/** Two bytes of GBK for every character that has them: there is no encoder to ask, so the decoder is. */
const gbk = new Map<string, readonly number[]>()
for (let lead = 0x81; lead <= 0xfe; lead++) {
  for (let trail = 0x40; trail <= 0xfe; trail++) {
    if (trail === 0x7f) continue
    const text = new TextDecoder('gb18030').decode(Uint8Array.of(lead, trail))
    if (text.length === 1) gbk.set(text, [lead, trail])
  }
}

function encodeGbk(text: string): Buffer {
  return Buffer.from(Array.from(text).flatMap((char) => gbk.get(char) ?? [char.charCodeAt(0)]))
}

function decodePieces(bytes: Buffer, size = bytes.length): { text: string; notes: string[] } {
  const notes: string[] = []
  const decoder = createDecoder('list.csv', notes)
  let text = ''
  for (let from = 0; from < bytes.length; from += size) {
    text += decoder.decode(bytes.subarray(from, from + size))
  }
  return { text: text + decoder.end(), notes }
}

const chinese = '用户ID,昵称,头像地址\n1,王小明,https://thirdwx.qlogo.cn/a/132\n'

describe('createDecoder', () => {
  it('reads UTF-8 with and without its mark, and says nothing of it', () => {
    assert.deepEqual(decodePieces(Buffer.from(chinese)), { text: chinese, notes: [] })
    assert.deepEqual(decodePieces(Buffer.from(`\uFEFF${chinese}`)), { text: chinese, notes: [] })
  })

  it('reads GBK as GB18030 and says so', () => {
    const { text, notes } = decodePieces(encodeGbk(chinese))
    assert.equal(text, chinese)
    assert.deepEqual(notes, ['list.csv is GBK, not UTF-8: read as GB18030'])
  })

  it('reads GBK that begins after a megabyte of ASCII', () => {
    const ascii = '1,https://thirdwx.qlogo.cn/a/132\n'.repeat(32_000)
    const bytes = Buffer.concat([Buffer.from(ascii), encodeGbk(chinese)])
    assert.equal(decodePieces(bytes, 65_536).text, ascii + chinese)
  })

  it('reads western text as windows-1252, not as Chinese', () => {
    for (const text of ['José,Müller,Zürich\n', 'Łódź'.replace(/[^\0-\xff]/g, ''), 'café über\n']) {
      const { text: read, notes } = decodePieces(Buffer.from(text, 'latin1'))
      assert.equal(read, text)
      assert.match(notes.join(), /windows-1252/)
    }
  })

  it('reads UTF-16 of both orders, with and without its mark', () => {
    const ascii = Buffer.from('id,avatar\n1,https://example.com/a.png\n', 'utf16le')
    for (const [bytes, text] of [
      [Buffer.from(`\uFEFF${chinese}`, 'utf16le'), chinese],
      [Buffer.from(`\uFEFF${chinese}`, 'utf16le').swap16(), chinese],
      [ascii, ascii.toString('utf16le')],
      [Buffer.from(ascii).swap16(), ascii.toString('utf16le')],
    ] as const) {
      const read = decodePieces(bytes)
      assert.equal(read.text, text)
      assert.match(read.notes.join(), /UTF-16/)
      assert.ok(isUtf16(bytes))
    }
    assert.ok(!isUtf16(Buffer.from(chinese)))
  })

  it('survives bytes that are not UTF-8 in a text that is, and says so once', () => {
    const good = '王小明,https://h/1\n'.repeat(2_000)
    const bytes = Buffer.concat([
      Buffer.from(good),
      Buffer.from([0xff, 0xc3, 0x0a]),
      Buffer.from(good),
    ])
    const { text, notes } = decodePieces(bytes, 1_000)
    assert.equal(text, `${good}\uFFFD\uFFFD\n${good}`)
    assert.equal(notes.length, 1)
    assert.match(notes[0] ?? '', /not UTF-8/)
  })

  it('gives the same text wherever the bytes are cut', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.string({ unit: 'grapheme', maxLength: 80 }).map((text) => Buffer.from(text)),
      fc
        .string({ unit: fc.constantFrom('王', '小', '明', 'a', '\n'), maxLength: 80 })
        .map(encodeGbk),
    )
    fc.assert(
      fc.property(bytes, fc.integer({ min: 1, max: 9 }), (array, size) => {
        const buffer = Buffer.from(array)
        assert.deepEqual(decodePieces(buffer, size), decodePieces(buffer))
      }),
      { numRuns: 2_000 },
    )
  })
})
