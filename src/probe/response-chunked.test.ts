import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { heldBytes } from '../../test/hostile.ts'
import { cut, maxBytes, read, readText } from '../../test/made/responses.ts'
import { ResponseReader } from './response.ts'

describe('ResponseReader, chunked', () => {
  const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
  const whole = (lines: string) => readText(head + lines)

  it('reads sizes in any case, with extensions and trailers', () => {
    assert.equal(
      whole('A;x="y"\r\n0123456789\r\n00b \r\nabcdefghijk\r\n000\r\nX-Sum: 1\r\n\r\n').body,
      '0123456789abcdefghijk',
    )
  })

  for (const size of [
    '-1',
    '+1',
    '0x1',
    ' 1',
    '',
    'g',
    '1 2',
    '1,2',
    'FFFFFFFFFFFFFFFFF',
    '1\n',
    '1;\0\r\n'.slice(0, 3) + '\n',
    '\u00b2',
  ]) {
    it(`refuses the size ${JSON.stringify(size)}`, () => {
      assert.equal(whole(`${size}\r\na\r\n0\r\n\r\n`).kind, 'protocol')
    })
  }

  it('refuses a size beyond what is read before a byte of it comes', () => {
    for (const size of ['800001', '7fffffff', 'ffffffff'])
      assert.equal(whole(`${size}\r\n`).kind, 'too-large')
  })

  it('refuses a chunk that is longer than it says', () => {
    assert.equal(whole('1\r\nab\r\n0\r\n\r\n').kind, 'protocol')
  })

  it('refuses a chunk line that never ends, wherever it is cut', () => {
    const long = Buffer.from(`${head}1;${'a'.repeat(5000)}\r\na\r\n0\r\n\r\n`)
    assert.equal(read([long]).kind, 'protocol')
    assert.equal(read(cut(long, [2000, 4000, 4900])).kind, 'protocol')
  })

  // As CVE-2024-22019 was for Node's own server: a byte of body for every four kilobytes of extension.
  it('gives up on extensions and trailers without end', () => {
    for (const line of [
      `1;${'a'.repeat(4000)}\r\nb\r\n`,
      `0\r\n${`X: ${'a'.repeat(4000)}\r\n`.repeat(40)}`,
    ]) {
      const reader = new ResponseReader(maxBytes)
      reader.start(false)
      let end = reader.feed(Buffer.from(head))
      let fed = 0
      while (end === null && fed < 4_000_000) {
        end = reader.feed(Buffer.from(line))
        fed += line.length
      }
      assert.equal(end?.kind, 'fault')
      assert.ok(fed < 1_000_000, `${fed} bytes were read`)
    }
  })

  it('is not whole without its last chunk', () => {
    assert.equal(whole('1\r\na\r\n').kind, 'truncated')
    assert.equal(whole('1\r\na\r\n0\r\n').kind, 'truncated')
  })

  it('needs memory for the body, not for the number of its chunks', () => {
    const reader = new ResponseReader(maxBytes)
    reader.start(false)
    assert.equal(reader.feed(Buffer.from(head)), null)
    const many = Buffer.from('1\r\na\r\n'.repeat(10_000))
    const before = heldBytes()
    for (let fed = 0; fed < 100; fed++) assert.equal(reader.feed(many), null)
    const held = heldBytes() - before
    assert.ok(held < 30_000_000, `a body of one megabyte holds ${held} bytes`)
    const end = reader.feed(Buffer.from('0\r\n\r\n'))
    assert.equal(end?.kind === 'complete' && end.body?.length, 1_000_000)
  })
})
