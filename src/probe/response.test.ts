import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { answer, cut, maxBytes, places, read, readText } from '../../test/made/responses.ts'
import { type ReadEnd, ResponseReader } from './response.ts'

describe('ResponseReader', () => {
  it('reads the same end however the bytes are cut into pieces', () => {
    fc.assert(
      fc.property(answer, places, fc.boolean(), ({ bytes }, cuts, headOnly) => {
        const whole = read([bytes], headOnly)
        assert.deepEqual(read(cut(bytes, cuts), headOnly), whole)
      }),
      { numRuns: 500 },
    )
  })

  it('reads the same end byte by byte', () => {
    fc.assert(
      fc.property(answer, fc.boolean(), ({ bytes }, headOnly) => {
        const single = Array.from(bytes, (byte) => Buffer.from([byte]))
        assert.deepEqual(read(single, headOnly), read([bytes], headOnly))
      }),
      { numRuns: 150 },
    )
  })

  it('gives back exactly the body that was sent', () => {
    fc.assert(
      fc.property(answer, places, (made, cuts) => {
        const end = read(cut(made.bytes, cuts))
        assert.equal(end.kind, 'complete')
        const bare = /^(?:204|304)/.test(made.status)
        const sent = made.body.toString('latin1')
        const wanted = made.framing === 'until-close' ? sent + made.after : sent
        assert.equal(end.body, bare ? '' : wanted)
      }),
      { numRuns: 300 },
    )
  })

  it('never throws on an answer with bytes changed, dropped or doubled, however cut', () => {
    const change = fc.tuple(
      fc.constantFrom('set', 'drop', 'double'),
      fc.nat(),
      fc.nat({ max: 255 }),
    )
    fc.assert(
      fc.property(
        answer,
        fc.array(change, { minLength: 1, maxLength: 6 }),
        places,
        fc.boolean(),
        (made, changes, cuts, headOnly) => {
          let bytes = [...made.bytes]
          for (const [how, where, byte] of changes) {
            const at = where % bytes.length
            bytes =
              how === 'set'
                ? bytes.with(at, byte)
                : how === 'drop'
                  ? bytes.toSpliced(at, 1)
                  : bytes.toSpliced(at, 0, byte)
          }
          const buffer = Buffer.from(bytes)
          assert.deepEqual(read(cut(buffer, cuts), headOnly), read([buffer], headOnly))
        },
      ),
      { numRuns: 1500 },
    )
  })

  it('never throws on any bytes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        places,
        fc.boolean(),
        (bytes, cuts, headOnly) => {
          const end = read(cut(Buffer.from(bytes), cuts), headOnly)
          assert.ok(end.kind === 'protocol' || end.kind === 'truncated', end.kind)
        },
      ),
    )
  })

  it('takes the interim answers for what they are, and no more than eight of them', () => {
    const interim = 'HTTP/1.1 100 Continue\r\n\r\n'
    const last = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'
    assert.equal(readText(interim.repeat(8) + last).body, 'hi')
    assert.equal(readText(interim.repeat(9) + last).kind, 'protocol')
    assert.equal(readText('HTTP/1.1 101 Switching Protocols\r\n\r\n').kind, 'protocol')
  })

  it('expects no body after HEAD, 204 and 304, whatever the headers announce', () => {
    const head = 'Content-Length: 5093\r\nX-ErrNo: -6101\r\n\r\n'
    assert.deepEqual(read([Buffer.from(`HTTP/1.1 200 OK\r\n${head}`)], true).body, null)
    for (const bare of ['204 No Content', '304 Not Modified']) {
      assert.equal(readText(`HTTP/1.1 ${bare}\r\n${head}`).body, '')
    }
  })

  it('says when more bytes came than belong to the answer', () => {
    const head = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n'
    assert.equal(readText(`${head}hi`).extra, false)
    assert.equal(readText(`${head}hi!`).extra, true)
    assert.equal(read([Buffer.from(`${head}hi`)], true).extra, true)
  })

  const refused: readonly (readonly [string, string])[] = [
    ['two lengths that differ', 'Content-Length: 2\r\nContent-Length: 3'],
    ['two lengths in one field that differ', 'Content-Length: 2, 3'],
    ['a length and a transfer coding', 'Content-Length: 2\r\nTransfer-Encoding: chunked'],
    ['a transfer coding that is not known', 'Transfer-Encoding: gzip, chunked'],
    ['chunked twice', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked'],
    ['a transfer coding beside chunked', 'Transfer-Encoding: chunked, identity'],
    ['a negative length', 'Content-Length: -1'],
    ['a length with a plus', 'Content-Length: +5'],
    ['a length in hex', 'Content-Length: 0x10'],
    ['a length with a fraction', 'Content-Length: 5.0'],
    ['a length with an exponent', 'Content-Length: 1e1'],
    ['an empty length', 'Content-Length:'],
    ['a length beyond all numbers', 'Content-Length: 99999999999999999999'],
    ['a space before the colon', 'Content-Length : 2'],
    ['a header without colon', 'Content-Length'],
    ['a header without name', ': 2'],
    ['a folded line', 'X-Info: a\r\n b'],
    ['a folded line with a colon', 'X-Info: a\r\n b: c'],
    ['a NUL in a value', 'X-Info: a\0b'],
    ['a NUL in a name', 'X-In\0fo: a'],
    ['a line feed alone in a value', 'X-Info: a\nX-ErrNo: -6101'],
    ['a carriage return alone in a value', 'X-Info: a\rX-ErrNo: -6101'],
    ['two places to redirect to', 'Location: http://a.example/\r\nLocation: http://b.example/'],
  ]
  for (const [what, line] of refused) {
    it(`refuses ${what}`, () => {
      assert.equal(readText('HTTP/1.1 200 OK', line, '', 'hi').kind, 'protocol')
    })
  }

  for (const line of [
    'HTTP/2 200 OK',
    'HTTP/1.2 200 OK',
    'HTTP/1.1 20 OK',
    'HTTP/1.1 2000 OK',
    'HTTP/1.1 099 OK',
    'HTTP/1.1  200',
    'http/1.1 200 OK',
    'ICY 200 OK',
    'HTTP/1.1 200\tOK',
    'HTTP/1.1',
    'HTTP/1.1 200 O\0K',
    'HTTP/1.1 200 O\nK',
  ]) {
    it(`refuses the status line ${JSON.stringify(line)}`, () => {
      assert.equal(readText(line, 'Content-Length: 2', '', 'hi').kind, 'protocol')
    })
  }

  it('refuses lines that end with a line feed alone at once, without waiting for more', () => {
    const reader = new ResponseReader(maxBytes)
    reader.start(false)
    const end = reader.feed(Buffer.from('HTTP/1.1 200 OK\nContent-Length: 2\n\nhi'))
    assert.equal(end?.kind, 'fault')
  })

  it('takes one length given twice, and one place given twice, for one', () => {
    const end = readText(
      'HTTP/1.1 302 Found',
      'Content-Length: 2',
      'Location: /a',
      'Content-Length: 2',
      'Location: /a',
      '',
      'hi',
    )
    assert.equal(end.body, 'hi')
    assert.equal(end.headers?.['location'], '/a')
  })

  it('keeps header names that objects have by nature apart from them', () => {
    const end = readText(
      'HTTP/1.1 204 No',
      'constructor: a',
      '__proto__: b',
      'toString: c',
      'hasOwnProperty: d',
      '',
      '',
    )
    assert.equal(end.headers?.['constructor'], 'a')
    assert.equal(end.headers?.['tostring'], 'c')
    assert.equal(end.headers?.['hasownproperty'], 'd')
    assert.equal(Object.getPrototypeOf(end.headers ?? null), Object.prototype)
    const plain = readText('HTTP/1.1 204 No', '', '')
    assert.equal(Object.keys(plain.headers ?? {}).length, 0)
  })

  it('joins fields that stand twice, in their order', () => {
    const end = readText('HTTP/1.1 204 No', 'Vary: a', 'X: 1', 'vary: b', '', '')
    assert.equal(end.headers?.['vary'], 'a, b')
  })

  it('reads 64 KiB of headers and no more, wherever they are cut', () => {
    const start = 'HTTP/1.1 204 No\r\nX: '
    for (const [size, kind] of [
      [65_536, 'complete'],
      [65_537, 'protocol'],
      [200_000, 'protocol'],
    ] as const) {
      const bytes = Buffer.from(`${start}${'a'.repeat(size - start.length)}\r\n\r\n`)
      assert.equal(read([bytes]).kind, kind)
      assert.equal(read(cut(bytes, [size - 1, size, size + 1, size + 2, size + 3])).kind, kind)
    }
  })

  it('gives up on headers that never end, holding no more than it allows', () => {
    const reader = new ResponseReader(maxBytes)
    reader.start(false)
    assert.equal(reader.feed(Buffer.from('HTTP/1.1 200 OK\r\n')), null)
    let fed = 0
    let end: ReadEnd | null = null
    while (end === null && fed < 1_000_000) {
      end = reader.feed(Buffer.from(`X-${fed}: ${'a'.repeat(1000)}\r\n`))
      fed += 1000
    }
    assert.equal(end?.kind, 'fault')
    assert.ok(fed < 70_000)
  })

  it('refuses what is not HTTP with the first byte that tells', () => {
    const reader = new ResponseReader(maxBytes)
    reader.start(false)
    assert.equal(reader.feed(Buffer.from('HT')), null)
    assert.equal(reader.feed(Buffer.from('ML'))?.kind, 'fault')
  })

  it('stops at its bound, announced or not', () => {
    const long = Buffer.alloc(101)
    const head = 'HTTP/1.1 200 OK\r\n'
    assert.equal(
      read([Buffer.from(`${head}Content-Length: 101\r\n\r\n`)], false, 100).kind,
      'too-large',
    )
    assert.equal(read([Buffer.from(`${head}\r\n`), long], false, 100).kind, 'too-large')
    assert.equal(read([Buffer.from(`${head}\r\n`), long.subarray(1)], false, 100).kind, 'complete')
  })

  it('keeps the connection only when both sides may', () => {
    const keeps = (line: string, field: string) =>
      readText(line, field, 'Content-Length: 0', '', '').keepAlive
    assert.equal(keeps('HTTP/1.1 200 OK', 'A: b'), true)
    assert.equal(keeps('HTTP/1.1 200 OK', 'Connection: Close'), false)
    assert.equal(keeps('HTTP/1.0 200 OK', 'A: b'), false)
    assert.equal(keeps('HTTP/1.0 200 OK', 'Connection: Keep-Alive'), true)
    assert.equal(readText('HTTP/1.1 200 OK', '', 'body').keepAlive, false)
  })
})
