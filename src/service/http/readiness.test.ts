import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createKept } from './kept.ts'
import { createReadiness } from './readiness.ts'

describe('createReadiness', () => {
  it('tells which part is not ready, and how', async () => {
    const readiness = createReadiness({
      parts: {
        store: () => Promise.resolve(),
        blobs: () => Promise.reject(new Error('gone')),
        // Never answers.
        other: () => new Promise(() => {}),
      },
      now: () => 0,
      boundMs: 1,
    })
    assert.deepEqual(await readiness.parts(), {
      store: 'ready',
      blobs: 'unreachable',
      other: 'slow',
    })
  })

  it('takes a part that throws at once for unreachable', async () => {
    const readiness = createReadiness({
      parts: {
        store: () => {
          throw new Error('closed')
        },
      },
      now: () => 0,
    })
    assert.deepEqual(await readiness.parts(), { store: 'unreachable' })
  })
})

describe('createKept', () => {
  it('asks once for all who want it at the same time, and again when the answer is old', async () => {
    let asked = 0
    let now = 0
    const read = createKept(
      () => Promise.resolve(++asked),
      10,
      () => now,
    )
    assert.deepEqual(await Promise.all([read(), read(), read()]), [1, 1, 1])
    now = 9
    assert.equal(await read(), 1)
    now = 10
    assert.equal(await read(), 2)
  })

  it('keeps no failure, not even one that is thrown at once', async () => {
    let broken = true
    const read = createKept(
      () => {
        if (broken) throw new Error('away')
        return Promise.resolve('here')
      },
      10,
      () => 0,
    )
    await assert.rejects(read())
    broken = false
    assert.equal(await read(), 'here')
  })
})
