// The engine alone: rows whose examination the test ends when and as it likes, one at a time.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { madeResult } from '../../test/made/results.ts'
import type { Result } from './result.ts'
import type { Row, Source } from './row.ts'
import { type AuditEnd, type AuditOptions, maxAhead, runAudit } from './run.ts'

interface Job {
  readonly row: Row
  readonly index: number
  readonly settle: (result: Result | null) => void
  readonly fail: (error: unknown) => void
}

function makeRows(count: number): Row[] {
  return Array.from({ length: count }, (_, n) => ({ id: String(n), url: `https://a.example/${n}` }))
}

/** Rows in batches of these sizes, over and over; then the failure, if there is one. */
async function* batchesOf(rows: readonly Row[], sizes: readonly number[], failure?: Error) {
  let at = 0
  for (let n = 0; at < rows.length; n++) {
    // Empty batches only between others: the sizes may all be 0.
    const size = n % (sizes.length + 1) === sizes.length ? 1 : (sizes[n % (sizes.length + 1)] ?? 1)
    yield rows.slice(at, at + size)
    at += size
  }
  if (failure !== undefined) throw failure
}

function sourceOf(batches: () => AsyncIterable<readonly Row[]>): Source {
  return { name: 'made', notes: [], total: null, rows: batches, close: () => Promise.resolve() }
}

interface Setting extends Partial<AuditOptions> {
  readonly rows?: readonly Row[]
  readonly sizes?: readonly number[]
  readonly failure?: Error
}

/** An audit whose open examinations lie in `jobs`, and what has become of it. */
function start({ rows = makeRows(10), sizes = [3], failure, ...options }: Setting = {}) {
  const jobs: Job[] = []
  const started: number[] = []
  const taken: Row[] = []
  const stopping = new AbortController()
  let settled = false
  let mostOpen = 0
  const examine = (row: Row) => {
    const index = Number(row.id)
    started.push(index)
    const { promise, resolve, reject } = Promise.withResolvers<Result | null>()
    jobs.push({ row, index, settle: resolve, fail: reject })
    mostOpen = Math.max(mostOpen, jobs.length)
    return promise
  }
  const end = runAudit({
    source: sourceOf(() => batchesOf(rows, sizes, failure)),
    examine,
    hasRoom: () => false,
    concurrency: 4,
    isDone: null,
    signal: stopping.signal,
    ...options,
    take(result, row, ordinal) {
      assert.deepEqual([result.id, ordinal], [row.id, rows.indexOf(row) + 1])
      taken.push(row)
      return options.take?.(result, row, ordinal)
    },
  })
  const settle = () => {
    settled = true
  }
  end.then(settle, settle)
  /** Ends one examination with a result. */
  const finish = (choice = 0) => {
    const [job] = jobs.splice(choice % jobs.length, 1)
    job?.settle(madeResult({ id: job.row.id, url: job.row.url }))
    return job
  }
  /** Ends all examinations as the choices say, until the audit ends. */
  async function run(choices: readonly number[] = [0], onStep = () => {}): Promise<AuditEnd> {
    for (let step = 0; !settled; step++) {
      await turn()
      onStep()
      if (jobs.length > 0) finish(choices[step % choices.length])
    }
    return end
  }
  return {
    jobs,
    started,
    taken,
    stopping,
    end,
    finish,
    run,
    isSettled: () => settled,
    mostOpen: () => mostOpen,
  }
}

/** A promise for every call, to be resolved by the test. */
function holding() {
  const waiting: (() => void)[] = []
  return { waiting, hold: () => new Promise<void>((resolve) => void waiting.push(resolve)) }
}

const anyChoices = fc.array(fc.nat(50), { minLength: 1, maxLength: 60 })

describe('runAudit, any order', () => {
  it('examines every row once, keeps its bounds, and is whole', async () => {
    const setting = fc.record({
      count: fc.nat(50),
      sizes: fc.array(fc.nat(7), { maxLength: 5 }),
      concurrency: fc.integer({ min: 1, max: 8 }),
      hasRoom: fc.boolean(),
      window: fc.integer({ min: 1, max: 12 }),
      choices: anyChoices,
      known: fc.constantFrom('null', 'now', 'later'),
      done: fc.uniqueArray(fc.nat(50)),
      slowTake: fc.boolean(),
    })
    const check = async (made: typeof setting extends fc.Arbitrary<infer T> ? T : never) => {
      const rows = makeRows(made.count)
      const knows = (row: Row) => made.done.includes(Number(row.id))
      const left = rows.filter((row) => made.known === 'null' || !knows(row))
      const audit = start({
        rows,
        sizes: made.sizes,
        concurrency: made.concurrency,
        hasRoom: () => made.hasRoom,
        maxAhead: made.window,
        isDone:
          made.known === 'null'
            ? null
            : made.known === 'now'
              ? knows
              : (row) => turn().then(() => knows(row)),
        take: () => (made.slowTake ? turn() : undefined),
      })
      const end = await audit.run(made.choices, () => {
        const open = audit.jobs.map(({ index }) => index)
        if (open.length > 0) {
          const ahead = Math.max(...audit.started) - Math.min(...open)
          assert.ok(ahead < made.window, `${ahead} ahead`)
        }
      })
      assert.deepEqual(end, { rows: rows.length, results: left.length, whole: true })
      assert.deepEqual(
        audit.started,
        left.map(({ id }) => Number(id)),
      )
      assert.deepEqual(new Set(audit.taken), new Set(left))
      assert.equal(audit.taken.length, left.length)
      if (!made.hasRoom) assert.ok(audit.mostOpen() <= made.concurrency)
    }
    await fc.assert(fc.asyncProperty(setting, check), { numRuns: 150 })
  })

  it('puts a result less than maxAhead places from the place of its row', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 10 }),
        anyChoices,
        fc.boolean(),
        async (window, picks, newestFirst) => {
          const audit = start({
            rows: makeRows(60),
            hasRoom: () => true,
            maxAhead: window,
          })
          // The newest first is what strains the bound most.
          await audit.run(newestFirst ? [window - 1] : picks)
          for (const [place, { id }] of audit.taken.entries()) {
            assert.ok(Math.abs(place - Number(id)) < window, `row ${id} at ${place}`)
          }
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('runAudit, bounds', () => {
  it('opens as many rows as the concurrency says, and no more', async () => {
    const audit = start()
    await turn()
    assert.deepEqual(audit.started, [0, 1, 2, 3])
    audit.finish()
    await turn()
    assert.deepEqual(audit.started, [0, 1, 2, 3, 4])
    await audit.run()
  })

  it('opens more while the others only wait', async () => {
    let room = true
    const audit = start({ rows: makeRows(30), hasRoom: () => room })
    await turn()
    assert.equal(audit.jobs.length, 30)
    await audit.run()
    room = false
    const narrow = start({ rows: makeRows(30), hasRoom: () => room })
    await turn()
    assert.equal(narrow.jobs.length, 4)
    await narrow.run()
  })

  it('opens 4096 rows at the most, however much room there is', async () => {
    const audit = start({ rows: makeRows(5000), sizes: [1000], hasRoom: () => true })
    await turn()
    assert.equal(audit.jobs.length, 4096)
    audit.finish()
    await turn()
    assert.equal(audit.jobs.length, 4096)
    while (audit.jobs.length > 0) audit.finish()
    await audit.run()
  })

  it('waits for the oldest row once maxAhead rows stand from it on', async () => {
    const audit = start({ hasRoom: () => true, maxAhead: 6 })
    await turn()
    assert.deepEqual(audit.started, [0, 1, 2, 3, 4, 5])
    while (audit.jobs.length > 1) audit.finish(1)
    await turn()
    assert.equal(audit.started.length, 6)
    audit.finish()
    await turn()
    assert.deepEqual(audit.started, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    await audit.run()
  })

  it('runs 131072 rows ahead unless told otherwise', async () => {
    let started = 0
    let first: (result: null) => void = () => {}
    const stopping = new AbortController()
    const rows = makeRows(1000)
    const end = runAudit({
      source: sourceOf(async function* () {
        for (;;) yield rows
      }),
      examine: () => {
        const isFirst = started++ === 0
        return isFirst ? new Promise((resolve) => void (first = resolve)) : Promise.resolve(null)
      },
      hasRoom: () => false,
      concurrency: 64,
      isDone: null,
      take: () => {},
      signal: stopping.signal,
    })
    await turn()
    assert.equal(maxAhead, 131_072)
    assert.equal(started, maxAhead)
    stopping.abort()
    first(null)
    assert.equal((await end).whole, false)
  })

  it('counts rows that were done before as finished', async () => {
    const audit = start({ rows: makeRows(40), maxAhead: 3, isDone: ({ id }) => id !== '39' })
    await turn()
    assert.deepEqual(audit.started, [39])
    await audit.run()
  })
})

describe('runAudit, the end', () => {
  it('is whole at once without rows, whatever the batches', async () => {
    const nothing = { rows: 0, results: 0, whole: true }
    assert.deepEqual(await start({ rows: [] }).end, nothing)
    const empty = start({
      source: sourceOf(async function* () {
        yield []
        yield []
      }),
    })
    assert.deepEqual(await empty.end, nothing)
  })

  it('is not whole when a row ended without a result, which is not taken', async () => {
    const audit = start({ rows: makeRows(2) })
    await turn()
    audit.jobs.shift()?.settle(null)
    assert.deepEqual(await audit.run(), { rows: 2, results: 1, whole: false })
    assert.deepEqual(
      audit.taken.map(({ id }) => id),
      ['1'],
    )
  })

  it('reads one batch ahead and no more', async () => {
    let read = 0
    const rows = makeRows(10)
    const audit = start({
      rows,
      concurrency: 1,
      source: sourceOf(async function* () {
        for (; read < rows.length; read++) yield [rows[read] as Row]
      }),
    })
    await turn()
    // One is open, one is at hand, one lies ahead.
    assert.ok(read <= 3, `${read} read`)
    await audit.run()
  })
})

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
