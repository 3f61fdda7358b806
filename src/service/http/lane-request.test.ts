// The lane's reader against the parser of node:http: whatever it takes, that parser reads in the same way, to the byte.
import assert from 'node:assert/strict'
import { type IncomingMessage, type Server, createServer } from 'node:http'
import { duplexPair } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { type LaneRequest, readLaneRequest } from './lane-request.ts'
import { isPicturePath } from './picture-request.ts'

const options = { longest: 16 * 1024 - 1, takes: isPicturePath }
const read = (text: string, from = 0): LaneRequest | null =>
  readLaneRequest(Buffer.from(text, 'latin1'), from, options)

const plain = 'GET /a/42?s=96 HTTP/1.1\r\nHost: x\r\n\r\n'

describe('readLaneRequest', () => {
  it('reads what browsers, proxies and libraries send', () => {
    const sent =
      'GET /a/42?s=96&v=%E7%8E%8B HTTP/1.1\r\nHost: faces.test:8080\r\nConnection: keep-alive\r\n' +
      'sec-ch-ua: "Chromium";v="140", "Not=A?Brand";v="24"\r\nAccept: image/webp,*/*;q=0.8\r\n' +
      'Cookie: a=b; c={"d":1}\r\nIF-NONE-MATCH:   "tag"  \r\nx-request-id: r-1\r\n\r\n'
    assert.deepEqual(read(sent), {
      method: 'GET',
      target: '/a/42?s=96&v=%E7%8E%8B',
      accept: 'image/webp,*/*;q=0.8',
      ifNoneMatch: '"tag"',
      requestId: 'r-1',
      end: sent.length,
    })
    const bare = 'HEAD /p/ab/96.jpg HTTP/1.1\r\nhost:x\r\n\r\n'
    assert.deepEqual(read(bare), {
      method: 'HEAD',
      target: '/p/ab/96.jpg',
      accept: undefined,
      ifNoneMatch: undefined,
      requestId: undefined,
      end: bare.length,
    })
  })

  it('begins where it is told, and says where the next one begins', () => {
    const first = read(plain + plain + plain, plain.length)
    assert.equal(first?.end, 2 * plain.length)
    assert.equal(read(plain + plain, 1), null)
  })

  it('takes no beginning of a request for a whole one', () => {
    for (let cut = 0; cut < plain.length; cut++) assert.equal(read(plain.slice(0, cut)), null)
    assert.equal(read(`${plain}GET`)?.end, plain.length)
  })

  for (const [what, head] of [
    ['another path', 'GET /healthz HTTP/1.1\r\nHost: x\r\n'],
    ['a path with an origin', 'GET http://x/a/42 HTTP/1.1\r\nHost: x\r\n'],
    ['another method', 'POST /a/42 HTTP/1.1\r\nHost: x\r\n'],
    ['a method in lower case', 'get /a/42 HTTP/1.1\r\nHost: x\r\n'],
    ['another version', 'GET /a/42 HTTP/1.0\r\nHost: x\r\n'],
    ['no version', 'GET /a/42\r\nHost: x\r\n'],
    ['two spaces', 'GET  /a/42 HTTP/1.1\r\nHost: x\r\n'],
    ['a tab in the target', 'GET /a/4\t2 HTTP/1.1\r\nHost: x\r\n'],
    ['a fragment', 'GET /a/42#x HTTP/1.1\r\nHost: x\r\n'],
    ['bytes beyond ASCII in the target', 'GET /a/\xe9 HTTP/1.1\r\nHost: x\r\n'],
    ['a line before', '\r\nGET /a/42 HTTP/1.1\r\nHost: x\r\n'],
    ['no Host', 'GET /a/42 HTTP/1.1\r\nAccept: x\r\n'],
    ['two of Host', 'GET /a/42 HTTP/1.1\r\nHost: x\r\nhOST: y\r\n'],
    ['Content-Length', 'GET /a/42 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n'],
    ['Transfer-Encoding', 'GET /a/42 HTTP/1.1\r\nHost: x\r\nTRANSFER-ENCODING: chunked\r\n'],
    ['Expect', 'GET /a/42 HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n'],
    ['Upgrade', 'GET /a/42 HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\n'],
    ['Proxy-Connection', 'GET /a/42 HTTP/1.1\r\nHost: x\r\nProxy-Connection: close\r\n'],
    ['Connection: close', 'GET /a/42 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n'],
    ['more in Connection', 'GET /a/42 HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, te\r\n'],
    ['two of Accept', 'GET /a/42 HTTP/1.1\r\nHost: x\r\nAccept: a\r\nAccept: b\r\n'],
    [
      'two of If-None-Match',
      'GET /a/4 HTTP/1.1\r\nHost: x\r\nIf-None-Match: a\r\nif-none-match: b\r\n',
    ],
    [
      'two of X-Request-Id',
      'GET /a/42 HTTP/1.1\r\nHost: x\r\nX-Request-Id: a\r\nX-Request-Id: b\r\n',
    ],
    ['a folded line', 'GET /a/42 HTTP/1.1\r\nHost: x\r\nAccept: a\r\n b\r\n'],
    ['a space before the colon', 'GET /a/42 HTTP/1.1\r\nHost: x\r\nAccept : a\r\n'],
    ['a bare line feed', 'GET /a/42 HTTP/1.1\r\nHost: x\nAccept: a\r\n'],
    ['a bare carriage return', 'GET /a/42 HTTP/1.1\r\nHost: x\rAccept: a\r\n'],
    ['a NUL', 'GET /a/42 HTTP/1.1\r\nHost: x\r\nAccept: a\0b\r\n'],
    ['no name', 'GET /a/42 HTTP/1.1\r\nHost: x\r\n: b\r\n'],
    ['no colon', 'GET /a/42 HTTP/1.1\r\nHost: x\r\nAccept\r\n'],
    ['too many lines', `GET /a/42 HTTP/1.1\r\nHost: x\r\n${'a: b\r\n'.repeat(100)}`],
    ['too long a head', `GET /a/42 HTTP/1.1\r\nHost: x\r\nCookie: ${'c'.repeat(16_400)}\r\n`],
  ] as const) {
    it(`leaves ${what} to node:http`, () => {
      assert.equal(read(`${head}\r\n`), null)
    })
  }

  it('holds a head to its bound, to the byte', () => {
    for (const [longest, taken] of [
      [plain.length, true],
      [plain.length - 1, false],
    ] as const) {
      const found = readLaneRequest(Buffer.from(plain + plain), 0, { ...options, longest })
      assert.equal(found !== null, taken)
    }
  })
})

describe('what the reader takes', () => {
  let server: Server
  let seen: IncomingMessage[] = []
  before(() => {
    server = createServer({ maxHeaderSize: 16 * 1024 }, (request, response) => {
      seen.push(request)
      response.end()
    })
  })
  after(() => server.close())

  /** The requests that node:http finds in these bytes. */
  async function parsed(bytes: Buffer): Promise<IncomingMessage[]> {
    seen = []
    const [client, ours] = duplexPair()
    client.resume()
    server.emit('connection', ours)
    const written = new Promise<void>((resolve) => {
      client.write(bytes, () => resolve())
    })
    await written
    client.destroy()
    ours.destroy()
    return seen
  }

  async function agrees(bytes: Buffer): Promise<boolean> {
    const found = readLaneRequest(bytes, 0, options)
    if (found === null) return false
    const next = Buffer.from('GET /next HTTP/1.1\r\nHost: n\r\n\r\n')
    const [first, second] = await parsed(Buffer.concat([bytes.subarray(0, found.end), next]))
    assert.ok(first !== undefined, 'node:http takes it')
    const { method, target, accept, ifNoneMatch, requestId } = found
    assert.deepEqual(
      { method, target, accept, ifNoneMatch, requestId },
      {
        method: first.method,
        target: first.url,
        accept: first.headers.accept,
        ifNoneMatch: first.headers['if-none-match'],
        requestId: first.headers['x-request-id'],
      },
    )
    assert.equal(second?.url, '/next', 'node:http finds its end in the same place')
    return true
  }

  const oddities = '\r\n\t\0 :,;"\\#%/?&=aAzZ09\x7f\x80\xff'.split('')
  const goods = [
    plain,
    'GET /a/42?s=64&dpr=2&f=webp HTTP/1.1\r\nHost: a:1\r\nAccept: image/webp,*/*\r\nIf-None-Match: W/"x", "y"\r\n\r\n',
    'HEAD /p/ab/96.jpg HTTP/1.1\r\nHost: a\r\nConnection: Keep-Alive\r\nX-Request-Id: 7\r\nAccept:\r\n\r\n',
    'GET /a/%34%32 HTTP/1.1\r\nA: b\r\nHost:   a  \r\nAccept:  a b  \r\nx-y_z!: "\\(~"\r\n\r\n',
  ]
  const lineTexts =
    'Host: x|Accept: a|accept:b|If-None-Match: "q"|X-Request-Id: i|Connection: keep-alive|Connection: close|' +
    'Connection: upgrade|Upgrade: h2c|Content-Length: 0|Content-Length: 3|Transfer-Encoding: chunked|TE: trailers|' +
    'Transfer-Encoding : chunked| folded: yes|Expect: 100-continue|X: |:||Keep-Alive: timeout=5|Trailer: x|' +
    'Cookie: a=b|Proxy-Connection: keep-alive|\t'
  const lines = fc.constantFrom(...lineTexts.split('|'))
  const mutated = fc
    .tuple(
      fc.constantFrom(...goods),
      fc.array(
        fc.tuple(
          fc.nat(400),
          fc.constantFrom('put', 'set', 'cut'),
          fc.oneof(
            fc.constantFrom(...oddities),
            lines.map((line) => `\r\n${line}`),
          ),
        ),
        { maxLength: 3 },
      ),
    )
    .map(([good, changes]) =>
      changes.reduce((text, [place, what, piece]) => {
        const at = place % (text.length + 1)
        return (
          text.slice(0, at) +
          (what === 'cut' ? '' : piece) +
          text.slice(at + (what === 'put' ? 0 : 1))
        )
      }, good),
    )
  const composed = fc
    .tuple(
      fc.constantFrom('GET', 'HEAD', 'POST', 'OPTIONS'),
      fc.constantFrom('/a/42', '/p/x', '/a/?', '/a/42?a=b', '/v1', '*', '/a/ x'),
      fc.array(lines, { maxLength: 6 }),
      fc.constantFrom('\r\n', '\r\n', '\r\n', '\n'),
    )
    .map(([method, target, some, end]) =>
      [`${method} ${target} HTTP/1.1`, 'Host: x', ...some, '', ''].join(end),
    )

  it('is what node:http reads there, whatever was sent', async () => {
    let taken = 0
    const texts = fc.oneof(mutated, composed)
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        if (await agrees(Buffer.from(text, 'latin1'))) taken++
      }),
      { numRuns: 6_000 },
    )
    // Had the reader taken next to nothing, nothing would have been shown.
    assert.ok(taken > 500, `${taken} were taken`)
  })

  it('is what node:http reads there, byte by byte changed', async () => {
    for (const good of goods) {
      const bytes = Buffer.from(good, 'latin1')
      for (let at = 0; at < bytes.length; at++) {
        for (const odd of oddities) {
          const changed = Buffer.from(bytes)
          changed[at] = odd.charCodeAt(0)
          await agrees(changed)
        }
      }
    }
  })

  it('is never noise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        assert.equal(readLaneRequest(Buffer.from(noise), 0, options), null)
      }),
    )
  })
})
