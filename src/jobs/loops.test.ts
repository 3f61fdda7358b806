import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createLoops } from './loops.ts'

/** Resolves when something happened so often. */
function counter(): {
  hit: () => void
  reached: (times: number) => Promise<void>
  count: () => number
} {
  let count = 0
  const waiting: { times: number; resolve: () => void }[] = []
  return {
    hit() {
      count++
      for (const one of waiting) if (count >= one.times) one.resolve()
    },
    reached: (times) =>
      new Promise((resolve) => {
        if (count >= times) resolve()
        else waiting.push({ times, resolve })
      }),
    count: () => count,
  }
}

describe('loops', () => {
  it('repeat a step at once while there is more to do', async () => {
    const steps = counter()
    const loops = createLoops(
      [
        {
          name: 'a',
          everyMs: 3_600_000,
          step: async () => {
            steps.hit()
            return steps.count() < 50
          },
        },
      ],
      () => {},
    )
    loops.start()
    await steps.reached(50)
    await loops.stop()
    assert.equal(steps.count(), 50)
  })

  it('wake for new work, and end while they sleep', async () => {
    const steps = counter()
    const loops = createLoops(
      [
        {
          name: 'a',
          everyMs: 3_600_000,
          wakes: true,
          step: async () => {
            steps.hit()
            return false
          },
        },
      ],
      () => {},
    )
    loops.start()
    await steps.reached(1)
    const woken = setInterval(() => loops.wake(), 1)
    await steps.reached(2)
    clearInterval(woken)
    await loops.stop()
  })

  it('tell of a step that failed and try it again', async () => {
    const troubles: string[] = []
    const steps = counter()
    const loops = createLoops(
      [
        {
          name: 'store',
          everyMs: 3_600_000,
          step: async () => {
            steps.hit()
            if (steps.count() === 1) throw new Error('away')
            return false
          },
        },
      ],
      (_, name) => troubles.push(name),
    )
    loops.start()
    await steps.reached(2)
    await loops.stop()
    assert.deepEqual(troubles, ['store'])
  })

  it('stop only when the steps on their way have ended', async () => {
    let ended = false
    const begun = counter()
    const { promise, resolve } = Promise.withResolvers<void>()
    const loops = createLoops(
      [
        {
          name: 'a',
          everyMs: 1,
          step: async () => {
            begun.hit()
            await promise
            ended = true
            return false
          },
        },
      ],
      () => {},
    )
    loops.start()
    await begun.reached(1)
    const stopping = loops.stop()
    assert.equal(ended, false)
    resolve()
    await stopping
    assert.equal(ended, true)
  })
})
