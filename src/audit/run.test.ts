// The engine alone, while it goes: order, bounds, the end.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { anyChoices, makeRows, sourceOf, start } from '../../test/made/audits.ts'
import type { Row } from './row.ts'
import { maxAhead, runAudit } from './run.ts'

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
