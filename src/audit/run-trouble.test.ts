// The engine alone, when it is stopped, held up or failed.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { type Setting, holding, makeRows, sourceOf, start } from '../../test/made/audits.ts'
import { madeResult } from '../../test/made/results.ts'
import type { Row } from './row.ts'

describe('runAudit, abort', () => {
  it('starts no row after it, hands on what is open, and is not whole', async () => {
    const audit = start()
    await turn()
    audit.stopping.abort()
    audit.finish(2)
    await turn()
    assert.equal(audit.isSettled(), false)
    assert.deepEqual(await audit.run(), { rows: 4, results: 4, whole: false })
    assert.deepEqual(audit.started, [0, 1, 2, 3])
    assert.equal(audit.taken.length, 4)
  })

  it('ends at once while the source has nothing to give yet', async () => {
    const silent: AsyncIterableIterator<readonly Row[]> = {
      [Symbol.asyncIterator]: () => silent,
      next: () => new Promise(() => {}),
    }
    const audit = start({ source: sourceOf(() => silent) })
    await turn()
    audit.stopping.abort()
    await turn()
    assert.equal(audit.isSettled(), true)
    assert.deepEqual(await audit.end, { rows: 0, results: 0, whole: false })
  })

  it('starts nothing when it came before the audit', async () => {
    const audit = start({ signal: AbortSignal.abort() })
    assert.deepEqual(await audit.end, { rows: 0, results: 0, whole: false })
    assert.deepEqual(audit.started, [])
  })

  it('starts no row that was being looked up in the earlier results', async () => {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const audit = start({ isDone: () => promise })
    await turn()
    audit.stopping.abort()
    resolve(false)
    assert.deepEqual(await audit.run(), { rows: 1, results: 0, whole: false })
    assert.deepEqual(audit.started, [])
  })

  it('leaves an audit whole whose last rows were open already', async () => {
    const audit = start({ rows: makeRows(3) })
    await turn()
    audit.stopping.abort()
    assert.deepEqual(await audit.run(), { rows: 3, results: 3, whole: true })
  })

  it('is not whole when the last row was dropped while it was looked up', async () => {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const audit = start({ rows: makeRows(1), isDone: () => promise })
    await turn()
    audit.stopping.abort()
    resolve(false)
    assert.deepEqual(await audit.end, { rows: 1, results: 0, whole: false })
  })

  it('waits for the output of the result whose taking aborted it', async () => {
    const { waiting, hold } = holding()
    const audit = start({
      rows: makeRows(5),
      concurrency: 1,
      take: () => {
        audit.stopping.abort()
        return hold()
      },
    })
    await turn()
    audit.finish()
    await turn()
    assert.equal(audit.isSettled(), false)
    waiting[0]?.()
    assert.deepEqual(await audit.end, { rows: 1, results: 1, whole: false })
  })

  it('closes the source, whose refusal changes nothing', async () => {
    let closed = 0
    const endless: AsyncIterableIterator<readonly Row[]> = {
      [Symbol.asyncIterator]: () => endless,
      next: () => Promise.resolve({ done: false, value: makeRows(1) }),
      return: () => {
        closed++
        return Promise.reject(new Error('cannot close'))
      },
    }
    const audit = start({ source: sourceOf(() => endless) })
    await turn()
    audit.stopping.abort()
    for (const job of audit.jobs.splice(0)) job.settle(null)
    assert.equal((await audit.end).whole, false)
    assert.equal(closed, 1)
    const broken = start({ source: sourceOf(() => endless) })
    await turn()
    broken.jobs[0]?.fail(new Error('broken'))
    await assert.rejects(broken.end, /broken/)
    assert.equal(closed, 2)
    await turn()
  })
})

describe('runAudit, a slow output', () => {
  it('starts no row until what take answered is resolved', async () => {
    const { waiting, hold } = holding()
    const audit = start({ take: hold })
    await turn()
    audit.finish()
    audit.finish()
    await turn()
    assert.equal(audit.started.length, 4)
    waiting[0]?.()
    await turn()
    assert.equal(audit.started.length, 4, 'the second still holds')
    waiting[1]?.()
    await turn()
    assert.equal(audit.started.length, 6)
    audit.stopping.abort()
    for (const job of audit.jobs.splice(0)) job.settle(null)
    await audit.end
  })

  it('holds back the end too', async () => {
    const { waiting, hold } = holding()
    const audit = start({ rows: makeRows(1), take: hold })
    await turn()
    audit.finish()
    await turn()
    assert.equal(audit.isSettled(), false)
    waiting[0]?.()
    assert.equal((await audit.end).whole, true)
  })
})

describe('runAudit, failures', () => {
  it('lets open rows finish when the source breaks off, then rejects with its error', async () => {
    const failure = new Error('line 7')
    const audit = start({ rows: makeRows(6), failure, concurrency: 2 })
    await assert.rejects(audit.run([1, 0]), failure)
    assert.deepEqual(audit.started, [0, 1, 2, 3, 4, 5])
    assert.equal(audit.taken.length, 6)
  })

  it('rejects with the error of the source although it was aborted meanwhile', async () => {
    const failure = new Error('line 4')
    const audit = start({ rows: makeRows(3), failure })
    await turn()
    audit.stopping.abort()
    await assert.rejects(audit.run(), failure)
    assert.equal(audit.taken.length, 3)
  })

  const failure = new Error('made to fail')
  const thrown = () => {
    throw failure
  }
  const cases: readonly (readonly [string, Setting])[] = [
    ['take throws', { take: thrown }],
    ['what take answered rejects', { take: () => Promise.reject(failure) }],
    ['isDone throws', { isDone: ({ id }) => id === '5' && thrown() }],
    ['isDone rejects', { isDone: async ({ id }) => id === '5' && thrown() }],
    ['isDone throws for the first row', { isDone: thrown }],
    ['examine throws at once', { examine: thrown }],
    ['examine throws after isDone', { examine: thrown, isDone: () => Promise.resolve(false) }],
    ['examine rejects', { examine: () => Promise.reject(failure) }],
    ['hasRoom throws', { hasRoom: thrown }],
  ]
  for (const [name, setting] of cases) {
    it(`rejects when ${name}, and takes and starts nothing more`, async () => {
      const audit = start(setting)
      await turn()
      const [late] = audit.jobs.splice(-1)
      await assert.rejects(audit.run(), failure)
      const before = [audit.taken.length, audit.started.length]
      late?.settle(madeResult({ id: late.row.id }))
      while (audit.jobs.length > 0) audit.finish()
      audit.stopping.abort()
      // The runner fails a test that leaves a rejection unhandled: give it the time to.
      await turn()
      assert.deepEqual([audit.taken.length, audit.started.length], before)
    })
  }

  it('takes nothing of rows that reject after the first did', async () => {
    const audit = start()
    await turn()
    for (const [n, job] of audit.jobs.splice(0, 3).entries()) job.fail(new Error(`number ${n}`))
    await assert.rejects(audit.end, /number 0/)
    audit.finish()
    await turn()
    assert.equal(audit.taken.length, 0)
  })
})
