import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createGate, encodesAtOnce } from './gate.ts'

/** Work that ends when it is told to, and the order in which it began. */
function createWork() {
  const begun: string[] = []
  const ends = new Map<string, () => void>()
  return {
    begun,
    of: (name: string) => () =>
      new Promise<string>((resolve) => {
        begun.push(name)
        ends.set(name, () => resolve(name))
      }),
    end: async (name: string) => {
      ends.get(name)?.()
      // Whoever is next begins some microtasks later.
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

describe('createGate', () => {
  it('lets so many in and the others wait', async () => {
    const gate = createGate({ atOnce: 2, queue: 10 })
    const work = createWork()
    const all = ['a', 'b', 'c', 'd'].map(async (name) => gate.tryRun(work.of(name)))
    assert.deepEqual(work.begun, ['a', 'b'])
    assert.deepEqual([gate.inside, gate.waiting], [2, 2])
    await work.end('b')
    assert.deepEqual(work.begun, ['a', 'b', 'c'])
    for (const name of ['a', 'c', 'd']) await work.end(name)
    assert.deepEqual(await Promise.all(all), ['a', 'b', 'c', 'd'])
    assert.deepEqual([gate.inside, gate.waiting], [0, 0])
  })

  it('turns away who would have to wait behind too many', async () => {
    const gate = createGate({ atOnce: 1, queue: 1 })
    const work = createWork()
    const [a, b] = [gate.tryRun(work.of('a')), gate.tryRun(work.of('b'))]
    assert.equal(gate.tryRun(work.of('c')), null)
    await work.end('a')
    const d = gate.tryRun(work.of('d'))
    assert.notEqual(d, null)
    await work.end('b')
    await work.end('d')
    assert.deepEqual(await Promise.all([a, b, d]), ['a', 'b', 'd'])
  })

  it('turns nobody away who has time', async () => {
    const gate = createGate({ atOnce: 1, queue: 0 })
    const work = createWork()
    const all = ['a', 'b', 'c'].map((name) => gate.run(work.of(name)))
    assert.equal(gate.tryRun(work.of('d')), null)
    for (const name of ['a', 'b', 'c']) await work.end(name)
    assert.deepEqual(await Promise.all(all), ['a', 'b', 'c'])
  })

  it('lets both lines in by turns, so that neither starves', async () => {
    const gate = createGate({ atOnce: 1, queue: 10 })
    const work = createWork()
    const first = gate.run(work.of('first'))
    const slow = ['s1', 's2', 's3'].map((name) => gate.run(work.of(name)))
    const quick = ['q1', 'q2'].map((name) => gate.tryRun(work.of(name)))
    for (const name of ['first', 'q1', 's1', 'q2', 's2', 's3']) await work.end(name)
    assert.deepEqual(work.begun, ['first', 'q1', 's1', 'q2', 's2', 's3'])
    await Promise.all([first, ...slow, ...quick])
  })

  it('gives the place back when work fails', async () => {
    const gate = createGate({ atOnce: 1, queue: 1 })
    const failing = gate.run(() => Promise.reject(new Error('no')))
    const next = gate.run(async () => 'next')
    await assert.rejects(failing, /no/)
    assert.equal(await next, 'next')
    assert.equal(gate.inside, 0)
  })
})

describe('encodesAtOnce', () => {
  it('is the number of cores, and always less than the pool has threads', () => {
    assert.deepEqual(
      [
        encodesAtOnce(1),
        encodesAtOnce(2),
        encodesAtOnce(8),
        encodesAtOnce(8, 12),
        encodesAtOnce(8, 1),
      ],
      [1, 2, 3, 8, 1],
    )
  })
})
