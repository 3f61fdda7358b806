import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCounted } from './counted.ts'

function counting() {
  let at = 1_000
  let asked = 0
  const waiting: ((value: number) => void)[] = []
  const counted = createCounted(
    () => {
      asked++
      const { promise, resolve } = Promise.withResolvers<number>()
      waiting.push(resolve)
      return promise
    },
    2_000,
    () => at,
  )
  return {
    counted,
    asked: () => asked,
    pass: (ms: number) => void (at += ms),
    answer: (value: number) => waiting.shift()?.(value),
  }
}

describe('createCounted', () => {
  it('asks once for all who look at the same time, and again after a while', async () => {
    const { counted, asked, pass, answer } = counting()
    const many = Array.from({ length: 100 }, () => counted.read())
    answer(1)
    assert.deepEqual(new Set(await Promise.all(many)), new Set([1]))
    pass(1_999)
    assert.equal(await counted.read(), 1)
    assert.equal(asked(), 1)
    pass(1)
    const later = counted.read()
    answer(2)
    assert.equal(await later, 2)
  })

  it('keeps what was dear to count for longer', async () => {
    const { counted, asked, pass, answer } = counting()
    const first = counted.read()
    pass(1_000)
    answer(1)
    await first
    pass(19_999)
    await counted.read()
    assert.equal(asked(), 1)
    pass(1)
    void counted.read()
    assert.equal(asked(), 2)
  })

  it('does not keep an answer to a question that is outdated', async () => {
    const { counted, asked, answer } = counting()
    const before = counted.read()
    counted.outdate()
    const after = counted.read()
    assert.equal(asked(), 2)
    answer(1)
    answer(2)
    assert.deepEqual(await Promise.all([before, after]), [1, 2])
    assert.equal(await counted.read(), 2)
  })

  it('asks again after a failure', async () => {
    let fails = true
    const counted = createCounted(
      async () => {
        if (fails) throw new Error('away')
        return 1
      },
      2_000,
      () => 0,
    )
    await assert.rejects(counted.read())
    fails = false
    assert.equal(await counted.read(), 1)
  })
})
