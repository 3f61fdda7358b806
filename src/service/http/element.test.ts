// The scripts as they are handed out: types, forms, tags, and headers that pages of every origin need.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { elementSource, workerSource } from './element-source.ts'
import { readElement, readElementWorker } from './element.ts'

type Made = typeof readElement

async function ask(made: Made, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  const request = new Request('http://inside.test/everface.js', { headers })
  return (await made.handle({ request } as never, {} as never)) as Response
}

const bytesOf = async (answer: Response) => Buffer.from(await answer.arrayBuffer())

describe('GET /everface.js', () => {
  it('is a script that pages of every origin may load and keep for an hour', async () => {
    const { status, headers } = await ask(readElement)
    assert.equal(status, 200)
    assert.equal(headers.get('content-type'), 'text/javascript; charset=utf-8')
    assert.equal(headers.get('access-control-allow-origin'), '*')
    assert.equal(headers.get('cross-origin-resource-policy'), 'cross-origin')
    assert.match(headers.get('cache-control') ?? '', /^public, max-age=3600/)
    assert.equal(headers.get('vary'), 'Accept-Encoding')
  })

  it('comes packed as the asker takes it, at most 4 KB then', async () => {
    const source = await elementSource()
    const br = await ask(readElement, { 'accept-encoding': 'gzip, deflate, br, zstd' })
    assert.equal(br.headers.get('content-encoding'), 'br')
    assert.equal(brotliDecompressSync(await bytesOf(br)).toString(), source)
    const gzip = await ask(readElement, { 'accept-encoding': 'br;q=0, gzip;q=0.5' })
    assert.equal(gzip.headers.get('content-encoding'), 'gzip')
    const packed = await bytesOf(gzip)
    assert.ok(packed.length <= 4096)
    assert.equal(gunzipSync(packed).toString(), source)
    for (const accepted of ['', 'identity', 'gzip;q=0', 'xbr, brx', 'gzip;q=0.0, br; q=0']) {
      const plain = await ask(readElement, { 'accept-encoding': accepted })
      assert.equal(plain.headers.get('content-encoding'), null, accepted)
      assert.equal((await bytesOf(plain)).toString(), source)
    }
  })

  it('has a tag for each form, and says so when nothing changed', async () => {
    const [plain, gzip] = await Promise.all([
      ask(readElement),
      ask(readElement, { 'accept-encoding': 'gzip' }),
    ])
    const etag = gzip.headers.get('etag') ?? ''
    assert.notEqual(plain.headers.get('etag'), etag)
    for (const tag of [etag, `W/${etag}`, `"other", ${etag}`]) {
      const again = await ask(readElement, { 'accept-encoding': 'gzip', 'if-none-match': tag })
      assert.equal(again.status, 304)
      assert.equal(again.headers.get('etag'), etag)
      assert.equal((await bytesOf(again)).length, 0)
    }
    const other = await ask(readElement, { 'if-none-match': '"other"' })
    assert.equal(other.status, 200)
  })
})

describe('GET /everface-sw.js', () => {
  it('may be a worker of the whole origin, and fetch', async () => {
    const answer = await ask(readElementWorker)
    assert.equal(answer.headers.get('service-worker-allowed'), '/')
    assert.match(answer.headers.get('content-security-policy') ?? '', /connect-src https: http:/)
    assert.equal((await bytesOf(answer)).toString(), await workerSource())
  })
})
