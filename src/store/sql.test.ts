import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { together } from './sql.ts'

describe('together', () => {
  it('rejects with what failed first, when all have ended', async () => {
    const slow = Promise.withResolvers<void>()
    const [early, late] = [new Error('early'), new Error('late')]
    let ended = false
    const all = together([
      slow.promise.then(() => {
        ended = true
        throw late
      }),
      Promise.reject(early),
    ])
    // Whoever rolled back now would let what comes later run outside of the transaction.
    setImmediate(() => slow.resolve())
    await assert.rejects(all, early)
    assert.ok(ended)
  })

  it('resolves when all have', async () => {
    await together([Promise.resolve(1), Promise.resolve(2)])
    await together([])
  })
})
