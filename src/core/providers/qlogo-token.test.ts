// The token of Tencent's avatar URLs: what is whole passes, what a short column cut does not.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { checkToken } from './qlogo-token.ts'

function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('base64')
    .replace(/=+$/, '')
    .replace(/[+/i]/g, (one) => ({ '+': 'ia', '/': 'ib', i: 'ic' })[one] ?? one)
}

/** Bytes behind a token, or null when it is no canonical base64 in that escape. */
function decode(token: string): Uint8Array | null {
  if (!/^(?:[A-Za-hj-z0-9]|i[abc])*$/.test(token)) return null
  const plain = token.replace(/i[abc]/g, (one) => ({ ia: '+', ib: '/', ic: 'i' })[one] ?? one)
  const bytes = Buffer.from(plain, 'base64')
  return bytes.toString('base64').replace(/=+$/, '') === plain ? bytes : null
}

/** The forms with the fewest bytes each, and the lengths seen. */
const seen: readonly (readonly [string, number, readonly number[]])[] = [
  ['mmopen/vi_32', 64, [64]],
  ['mmopen', 64, [64, 72]],
  ['mmhead', 40, [40]],
  ['mmhead/ver_1', 64, [64, 80, 96]],
  ['bizmail', 40, [40]],
]
const anySeen = fc.constantFrom(...seen).chain(([form, least, lengths]) =>
  fc
    .constantFrom(...lengths)
    .chain((length) => fc.uint8Array({ minLength: length, maxLength: length }))
    .map((bytes) => ({ form, least, token: encode(bytes) })),
)

describe('checkToken', () => {
  it('takes every length that was seen, whatever the bytes', () => {
    fc.assert(
      fc.property(anySeen, ({ form, token }) => {
        assert.equal(checkToken(form, token), null)
      }),
    )
  })

  it('takes a cut token only where whole blocks of 8 bytes remain, and enough of them', () => {
    fc.assert(
      fc.property(anySeen, fc.nat(), ({ form, least, token }, at) => {
        const rest = token.slice(0, 1 + (at % (token.length - 1)))
        const bytes = decode(rest)
        const whole = bytes !== null && bytes.length % 8 === 0 && bytes.length >= least
        const fault = checkToken(form, rest)
        assert.equal(fault === null, whole)
        if (fault !== null) assert.equal(fault.reason, 'cut-token')
      }),
      { numRuns: 5000 },
    )
  })

  it('takes no token of the usual 64 bytes that lost anything at all', () => {
    const usual = fc.uint8Array({ minLength: 64, maxLength: 64 }).map(encode)
    fc.assert(
      fc.property(usual, fc.nat(), (token, at) => {
        assert.notEqual(checkToken('mmopen/vi_32', token.slice(0, at % token.length)), null)
      }),
      { numRuns: 5000 },
    )
  })

  it('agrees with a decoder on any text', () => {
    const text = fc.oneof(
      fc.string(),
      fc
        .array(fc.constantFrom('i', 'a', 'b', 'c', 'A', 'Z', '0', '9', '+', 'd'), {
          maxLength: 130,
        })
        .map((all) => all.join('')),
    )
    fc.assert(
      fc.property(text, (token) => {
        const bytes = decode(token)
        const whole = bytes !== null && bytes.length % 8 === 0 && bytes.length >= 40
        assert.equal(checkToken('mmhead', token) === null, whole, token)
      }),
      { numRuns: 5000 },
    )
  })
})
