// Webhooks: what the service sends is believed, and nothing else.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createSign, webhookSecretsOf } from '../service/webhook-sign.ts'
import { type HeaderFields, verifyWebhook } from './webhook.ts'

const now = Date.UTC(2026, 10, 22, 8)
const settings = { secret: 'k3Jv9QpXz71LmNs0', oldSecrets: ['before'], webhookSecret: null }
const [current = '', former = ''] = webhookSecretsOf(settings)
const stranger = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const body = JSON.stringify({
  type: 'avatar.gone',
  timestamp: '2026-11-22T07:59:58.000Z',
  data: { subject: '42', rule: 'wechat.errno-6101', detail: '图片已失效' },
})
const headers = createSign(settings)('evt_1', now, body)

async function read(
  given: {
    headers?: HeaderFields
    body?: string | Uint8Array | ArrayBuffer
    secret?: string | string[]
    at?: number
  } = {},
): Promise<string> {
  const reading = await verifyWebhook(
    given.headers ?? headers,
    given.body ?? body,
    given.secret ?? current,
    { now: () => given.at ?? now },
  )
  return reading.kind === 'genuine' ? reading.event.type : reading.reason
}

describe('verifyWebhook', () => {
  it('tells what happened', async () => {
    const reading = await verifyWebhook(headers, body, current, { now: () => now })
    assert.deepEqual(reading, {
      kind: 'genuine',
      event: {
        id: 'evt_1',
        type: 'avatar.gone',
        at: now - 2_000,
        subject: '42',
        data: { subject: '42', rule: 'wechat.errno-6101', detail: '图片已失效' },
      },
    })
  })

  it('takes every form of headers, body and secret', async () => {
    const bytes = new TextEncoder().encode(body)
    const within = new Uint8Array([1, ...bytes, 2]).subarray(1, -1)
    assert.equal(await read({ headers: new Headers(headers) }), 'avatar.gone')
    for (const one of [bytes, bytes.buffer, within, Buffer.from(body)]) {
      assert.equal(await read({ body: one }), 'avatar.gone')
    }
    assert.equal(await read({ secret: former }), 'avatar.gone')
    assert.equal(await read({ secret: [stranger, former] }), 'avatar.gone')
  })

  it('refuses what was not signed so', async () => {
    const changed = (name: string, value: string) => ({ headers: { ...headers, [name]: value } })
    assert.equal(await read({ secret: stranger }), 'forged')
    assert.equal(await read({ secret: [] }), 'forged')
    assert.equal(await read({ body: `${body} ` }), 'forged')
    assert.equal(await read(changed('webhook-id', 'evt_2')), 'forged')
    assert.equal(await read(changed('webhook-timestamp', String(now / 1_000 + 1))), 'forged')
    for (const signature of ['v1,', 'v1,????', 'v2,AAAA', 'AAAA', ' ', 'v1,AAAA v1,BBBB']) {
      assert.equal(await read(changed('webhook-signature', signature)), 'forged', signature)
    }
  })

  it('looks at ten signatures and no more', async () => {
    const right = headers['webhook-signature'] ?? ''
    const wrong = Array.from({ length: 10 }, () => 'v1,AAAA').join(' ')
    const fields = { ...headers, 'webhook-signature': `${wrong} ${right}` }
    assert.equal(await read({ headers: fields }), 'forged')
  })

  it('refuses what is too old or from the future, and what is no time', async () => {
    assert.equal(await read({ at: now + 300_000 }), 'avatar.gone')
    assert.equal(await read({ at: now + 300_001 }), 'stale')
    assert.equal(await read({ at: now - 300_001 }), 'stale')
    for (const time of ['soon', '1e9', '-5', '9'.repeat(20)]) {
      assert.equal(await read({ headers: { ...headers, 'webhook-timestamp': time } }), 'stale')
    }
  })

  it('refuses without all three headers, or with one of them twice', async () => {
    for (const name of Object.keys(headers)) {
      assert.equal(await read({ headers: { ...headers, [name]: undefined } }), 'headers-missing')
      const twice = { ...headers, [name]: ['a', 'b'] }
      assert.equal(await read({ headers: twice }), 'headers-missing')
    }
  })

  it('refuses words that were signed but are no event', async () => {
    const sign = createSign(settings)
    for (const text of ['', '[]', '{}', '{"type":1}', '{"type":"a","timestamp":"x","data":{}}']) {
      assert.equal(await read({ body: text, headers: sign('evt_1', now, text) }), 'unreadable')
    }
    const bytes = new Uint8Array([0xff])
    assert.equal(await read({ body: bytes }), 'forged')
  })

  it('says when the secret is none', async () => {
    for (const secret of ['', 'whsec_', 'secret', 'whsec_***', 'whsec_AAA']) {
      await assert.rejects(read({ secret }), TypeError)
    }
  })
})
