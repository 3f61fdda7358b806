import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from '@hono/zod-openapi'
import { readBody, readJson } from './body.ts'
import type { Sent } from './harness.ts'

function sent(body: Sent, headers: Record<string, string> = {}): Request {
  return new Request('http://x/', { method: 'POST', body, headers, duplex: 'half' })
}

describe('readBody', () => {
  it('reads up to its bound', async () => {
    const read = await readBody(sent('12345678'), 8)
    assert.equal(read.kind === 'read' && read.bytes.toString(), '12345678')
  })

  it('believes no length, and stops reading at the bound', async () => {
    let pulled = 0
    const endless = new ReadableStream<Uint8Array>({
      pull(out) {
        pulled++
        out.enqueue(new Uint8Array(1000))
      },
    })
    const read = await readBody(sent(endless), 5_000)
    assert.equal(read.kind === 'problem' && read.code, 'body-too-large')
    assert.ok(pulled <= 8, `${pulled} pieces were read`)
  })

  it('reads nothing of a body that says itself that it is too large', async () => {
    const request = sent('123456789', { 'content-length': '9' })
    const read = await readBody(request, 8)
    assert.equal(read.kind === 'problem' && read.code, 'body-too-large')
    assert.equal(request.bodyUsed, false)
  })

  it('says of a body that breaks off that it cannot be read', async () => {
    const broken = new ReadableStream<Uint8Array>({ start: (out) => out.error(new Error('reset')) })
    const read = await readBody(sent(broken), 100)
    assert.equal(read.kind === 'problem' && read.code, 'body-malformed')
  })

  it('takes no compressed body', async () => {
    const read = await readBody(sent('x', { 'content-encoding': 'gzip' }), 100)
    assert.equal(read.kind === 'problem' && read.code, 'media-type-unsupported')
  })
})

describe('readJson', () => {
  const schema = z.strictObject({ url: z.string(), at: z.strictObject({ n: z.int() }).optional() })
  const read = (text: string | Buffer) => readJson(Buffer.from(text), schema)

  it('names every field that is wrong by its JSON pointer', () => {
    const bad = read('{"url":1,"at":{"n":1.5,"x/y~":2},"nane":3}')
    assert.ok(bad.kind === 'problem')
    assert.equal(bad.code, 'body-invalid')
    const errors = (bad.more?.['errors'] ?? []) as { pointer: string }[]
    const pointers = errors.map(({ pointer }) => pointer)
    assert.deepEqual(pointers.sort(), ['/at/n', '/at/x~1y~0', '/nane', '/url'])
  })

  it('refuses what is no UTF-8 and what is no JSON', () => {
    for (const text of [
      Buffer.from([0x22, 0xff, 0x22]),
      '',
      '{',
      'undefined',
      '{"url":"a"}x',
      '['.repeat(60_000),
    ]) {
      const bad = read(text)
      assert.equal(bad.kind === 'problem' && bad.code, 'body-malformed')
    }
  })

  it('keeps what a stranger calls a field short', () => {
    const bad = read(`{"url":"a",${JSON.stringify('x'.repeat(60_000))}:1}`)
    assert.ok(bad.kind === 'problem' && bad.detail.length < 200)
    const many = Array.from({ length: 5_000 }, (_, at) => `"k${at}":0`).join(',')
    const crowded = read(`{"url":"a",${many}}`)
    assert.ok(crowded.kind === 'problem')
    assert.equal(((crowded.more?.['errors'] ?? []) as unknown[]).length, 20)
  })

  it('takes __proto__ for the unknown field that it is', () => {
    const bad = read('{"url":"a","__proto__":{"x":1}}')
    assert.equal(bad.kind === 'problem' && bad.detail, '/__proto__: There is no such field.')
  })
})
