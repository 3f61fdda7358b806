import assert from 'node:assert/strict'
import { createCipheriv } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'

import { isAesKey, isSignedBy, open } from './push-cipher.ts'

const aesKey = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG'
const appid = 'wx13974bf780d3dc89'

/** Seals bytes as they are, so that every part of the form can be wrong. */
function seal(whole: Buffer, key = aesKey): string {
  const bytes = Buffer.from(`${key}=`, 'base64')
  const cipher = createCipheriv('aes-256-cbc', bytes, bytes.subarray(0, 16)).setAutoPadding(false)
  return Buffer.concat([cipher.update(whole), cipher.final()]).toString('base64')
}

function pad(bytes: Buffer): Buffer {
  const missing = 32 - (bytes.length % 32)
  return Buffer.concat([bytes, Buffer.alloc(missing, missing)])
}

function shape(message: string, id: string, length = Buffer.byteLength(message)): Buffer {
  const size = Buffer.alloc(4)
  size.writeUInt32BE(length)
  return Buffer.concat([Buffer.alloc(16, 7), size, Buffer.from(message), Buffer.from(id)])
}

// The worked example of the platform's documentation of message pushes, as of 2024.
describe('isSignedBy', () => {
  it('knows the signatures of the documentation, in any order of the parts', () => {
    const plain = 'f464b24fc39322e44b38aa78f5edd27bd1441696'
    assert.ok(isSignedBy(plain, ['AAAAA', '1714036504', '1514711492']))
    assert.ok(isSignedBy(plain, ['1514711492', 'AAAAA', '1714036504']))
    const sealed =
      'ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=='
    const parts = ['AAAAA', '1713424427', '415670741', sealed]
    assert.ok(isSignedBy('1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1', parts))
  })

  it('knows no other', () => {
    const parts = ['AAAAA', '1714036504', '1514711492']
    const good = 'f464b24fc39322e44b38aa78f5edd27bd1441696'
    for (const signature of [
      '',
      good.slice(1),
      `${good}0`,
      good.toUpperCase(),
      `e${good.slice(1)}`,
      `${good.slice(0, -1)}7`,
      'ö'.repeat(20),
    ]) {
      assert.equal(isSignedBy(signature, parts), false, signature)
    }
    assert.equal(isSignedBy(good, ['AAAAB', '1714036504', '1514711492']), false)
  })
})

describe('open', () => {
  it('opens the example of the documentation', () => {
    const sealed =
      'ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=='
    assert.equal(open(sealed, 'A'.repeat(43), 'wxba5fad812f8e6fb9'), '{"demo_resp":"good luck"}')
  })

  it('opens messages of every length', () => {
    for (let length = 0; length < 70; length++) {
      const message = '好'.repeat(length)
      assert.equal(open(seal(pad(shape(message, appid))), aesKey, appid), message)
    }
  })

  it('opens nothing of another key, for another app, or of another form', () => {
    const message = '<xml></xml>'
    const good = pad(shape(message, appid))
    assert.equal(open(seal(good, 'B'.repeat(43)), aesKey, appid), null)
    assert.equal(open(seal(good), aesKey, 'wx0000000000000000'), null)
    assert.equal(open(seal(good), aesKey, ''), null)
    const last = good.length - 1
    for (const whole of [
      Buffer.concat([good, good]),
      good.with(last, 0),
      good.with(last, 33),
      good.with(last - 1, (good[last - 1] ?? 0) ^ 1),
    ]) {
      assert.equal(open(seal(Buffer.from(whole)), aesKey, appid), null)
    }
    for (const length of [0, 1, message.length - 1, message.length + 1, 1_000, 0xffffffff]) {
      assert.equal(open(seal(pad(shape(message, appid, length))), aesKey, appid), null)
    }
    assert.equal(open(seal(Buffer.alloc(32, 32)), aesKey, appid), null)
    assert.equal(open(seal(pad(Buffer.alloc(19))), aesKey, appid), null)
    assert.equal(open(seal(good).slice(0, -24), aesKey, appid), null)
    for (const text of ['', '=', 'AAAA', 'not base64!', `${seal(good)}\n`, 'A'.repeat(65)]) {
      assert.equal(open(text, aesKey, appid), null)
    }
  })

  it('never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const whole = Buffer.from(bytes)
        assert.equal(open(whole.toString('base64'), aesKey, appid), null)
        assert.equal(open(seal(pad(whole)), aesKey, appid), null)
      }),
      { numRuns: 2_000, seed: 1 },
    )
  })
})

describe('isAesKey', () => {
  it('knows what the platform gives out', () => {
    assert.ok(isAesKey(aesKey))
    for (const text of ['', aesKey.slice(1), `${aesKey}=`, `${aesKey.slice(1)}-`]) {
      assert.equal(isAesKey(text), false)
    }
  })
})
