import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { mintPageToken, readPageToken } from './page-token.ts'

const now = Date.UTC(2026, 10, 22, 8)
const subjects = fc.stringMatching(/^[A-Za-z0-9._:@-]{1,128}$/)

describe('mintPageToken', () => {
  it('makes what readPageToken reads, for every subject and second', () => {
    fc.assert(
      fc.property(
        fc.option(subjects),
        fc.integer({ min: 1, max: 100_000_000 }),
        (subject, seconds) => {
          const expiresAt = now + seconds * 1000
          const token = mintPageToken({ subject, expiresAt }, 'a secret')
          assert.deepEqual(readPageToken(token, ['a secret'], now), {
            kind: 'valid',
            subject,
            expiresAt,
          })
          assert.ok(token.length <= 256)
        },
      ),
      { numRuns: 300, seed: 1 },
    )
  })

  it('makes the same token of the same values, and needs no escape in a URL', () => {
    const wanted = { subject: 'a:b@c', expiresAt: now }
    assert.equal(mintPageToken(wanted, 's'), mintPageToken(wanted, 's'))
    assert.match(mintPageToken(wanted, 's'), /^[A-Za-z0-9._-]+$/)
  })
})

describe('readPageToken', () => {
  const token = mintPageToken({ subject: '42', expiresAt: now }, 'old')

  it('ends in the second that the token names', () => {
    assert.equal(readPageToken(token, ['old'], now - 1).kind, 'valid')
    assert.equal(readPageToken(token, ['old'], now).kind, 'expired')
  })

  it('takes former secrets, and no others', () => {
    assert.equal(readPageToken(token, ['new', 'old'], now - 1).kind, 'valid')
    assert.equal(readPageToken(token, ['new'], now - 1).kind, 'forged')
    assert.equal(readPageToken(token, [], now - 1).kind, 'forged')
  })

  it('takes no token with any character changed', () => {
    for (let at = 0; at < token.length; at++) {
      const changed = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`
      assert.equal(readPageToken(changed, ['old'], now - 1).kind, 'forged', changed)
    }
  })

  it('takes no signature of another purpose, and no text that is none', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ maxLength: 300 }), fc.stringMatching(/^ept_.*$/)),
        (text) => {
          assert.equal(readPageToken(text, ['old'], now).kind, 'forged')
        },
      ),
      { numRuns: 500, seed: 2 },
    )
    assert.equal(readPageToken(`ept_${'A'.repeat(1_000_000)}`, ['old'], now).kind, 'forged')
  })
})
