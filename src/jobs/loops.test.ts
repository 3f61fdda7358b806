import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Work } from './keeper.ts'
import { type Loop, createLoops, peopleLoops, workLoops } from './loops.ts'
import type { Attending } from './people.ts'

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
          everyMs: 3_600_000,
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

describe('the loops of a worker', () => {
  /** What each loop does, and whether there is more to do at once. */
  async function stepsOf(loops: readonly Loop[], done: string[]) {
    const told: Record<string, [what: string, more: boolean]> = {}
    for (const { name, step } of loops) {
      done.length = 0
      const more = await step()
      told[name] = [done.join(), more]
    }
    return told
  }

  /** Verbs that end a little later, and have found so much to do. */
  function verbsOf<T>(names: readonly (keyof T & string)[], found: number) {
    const done: string[] = []
    const verb = (name: string) => async () => {
      await new Promise((resolve) => setImmediate(resolve))
      done.push(name)
      return found
    }
    const verbs = Object.fromEntries(names.map((name) => [name, verb(name)])) as unknown as T
    return { done, verbs, verb }
  }

  it('do every kind of work, and go on at once with what may have more of it', async () => {
    for (const found of [0, 1]) {
      const names = ['sweep', 'flush', 'turnClocks', 'tidy', 'reconcile'] as const
      const { done, verbs, verb } = verbsOf<Work>(names, found)
      assert.deepEqual(await stepsOf(workLoops(verbs, verb('deliver')), done), {
        sweep: ['sweep', found > 0],
        deliver: ['deliver', found > 0],
        flush: ['flush', false],
        clocks: ['turnClocks', false],
        tidy: ['tidy', false],
        reconcile: ['reconcile', false],
      })
      const people = verbsOf<Attending>(['attend', 'actOnPushed', 'tidy'], found)
      assert.deepEqual(await stepsOf(peopleLoops(people.verbs), people.done), {
        attend: ['attend', found > 0],
        pushed: ['actOnPushed', found > 0],
        spent: ['tidy', false],
      })
    }
  })

  it('let one of several sweeps begin at once, and wake it', () => {
    const sweeps = workLoops({} as Work, async () => 0).filter(({ name }) => name === 'sweep')
    const first = sweeps.filter(({ wakes, later }) => wakes === true && later !== true)
    assert.equal(first.length, 1)
    assert.ok(sweeps.length > 1)
  })
})
