import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createSealer } from './seal.ts'

const secret = 'kq7p0Q2m3tYb1eYlq0o2u5m8x1c4v7z9'
const wrong = { name: 'EverfaceError', code: 'secret-wrong' }

describe('createSealer', () => {
  it('opens what it sealed, whatever it is', () => {
    const sealer = createSealer({ secret })
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 300 }),
        fc.string({ unit: 'grapheme' }),
        (plain, context) => {
          const sealed = sealer.seal(plain, context)
          assert.match(sealed, /^ef1\.[\w-]{8}\.[\w-]+$/)
          assert.equal(sealer.open(sealed, context), plain)
        },
      ),
      { seed: 7, numRuns: 300 },
    )
  })

  it('seals the same text differently each time, and does not show it', () => {
    const sealer = createSealer({ secret })
    const seals = Array.from({ length: 100 }, () => sealer.seal('refresh-token', 'grant 42'))
    assert.equal(new Set(seals).size, 100)
    const shown = Buffer.from('refresh-token').toString('base64url')
    assert.ok(seals.every((sealed) => !sealed.includes(shown) && !sealed.includes('refresh')))
  })

  it('opens under another context or another secret nothing', () => {
    const sealer = createSealer({ secret })
    const sealed = sealer.seal('token', 'grant 42')
    assert.throws(() => sealer.open(sealed, 'grant 43'), wrong)
    assert.throws(() => createSealer({ secret: 'another' }).open(sealed, 'grant 42'), wrong)
  })

  it('opens under a former secret, and says that it was one', () => {
    const before = createSealer({ secret: 'former' })
    const after = createSealer({ secret, oldSecrets: ['older', 'former'] })
    const sealed = before.seal('token', 'c')
    assert.equal(after.open(sealed, 'c'), 'token')
    assert.deepEqual([after.isOld(sealed), after.isOld(after.seal('token', 'c'))], [true, false])
    assert.throws(() => before.open(after.seal('token', 'c'), 'c'), wrong)
  })

  it('finds out a change of any character', () => {
    const sealer = createSealer({ secret })
    const sealed = sealer.seal('a token of some length', 'c')
    for (let at = 0; at < sealed.length; at++) {
      for (const other of ['A', 'B', '-', '.', '=']) {
        if (sealed[at] === other) continue
        const altered = sealed.slice(0, at) + other + sealed.slice(at + 1)
        assert.throws(() => sealer.open(altered, 'c'), wrong, altered)
      }
    }
    for (const damaged of [
      '',
      'token',
      sealed.slice(0, -1),
      `${sealed}A`,
      'ef1.AAAAAAAA.',
      `${sealed}\n`,
    ]) {
      assert.throws(() => sealer.open(damaged, 'c'), wrong)
    }
  })

  it('keeps texts out of its errors', () => {
    const sealer = createSealer({ secret })
    assert.throws(
      () => sealer.open('hunter2-hunter2', 'c'),
      (error: Error) => !/hunter2/.test(error.message) && !error.message.includes(secret),
    )
    assert.throws(() => createSealer({ secret: '' }), /empty/)
  })
})
