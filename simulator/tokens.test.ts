import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { defaultToken } from './forms.ts'
import { makeToken, tokenBytes } from './tokens.ts'

describe('makeToken', () => {
  it('writes base64 of the bytes that were asked for, with i as the escape', () => {
    for (let n = 0; n < 200; n++) {
      for (const bytes of [40, 64, 72, 80, 96]) {
        const token = makeToken(bytes, 1, n, 0)
        assert.match(token, /^([A-Za-hj-z0-9]|i[abc])+$/)
        const letters: Record<string, string> = { ia: '+', ib: '/', ic: 'i' }
        const base64 = token.replace(/i[abc]/g, (escape) => letters[escape] ?? '')
        const read = Buffer.from(base64, 'base64')
        assert.equal(read.length, bytes)
        assert.equal(read.toString('base64').replaceAll('=', ''), base64)
        assert.equal(tokenBytes(token), bytes)
      }
    }
  })
})

describe('tokenBytes', () => {
  it('reads a published token', () => {
    assert.equal(tokenBytes(defaultToken), 64)
  })

  it('refuses what was cut or altered', () => {
    assert.equal(tokenBytes(defaultToken.slice(0, -4)), null)
    assert.equal(tokenBytes(`${defaultToken.slice(0, 20)}-${defaultToken.slice(21)}`), null)
    assert.equal(tokenBytes('i'), null)
    assert.equal(tokenBytes(''), null)
  })
})
