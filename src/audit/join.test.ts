// Several inputs as one: ids, totals, notes, the end.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { joinSources } from './join.ts'
import type { Row, Source } from './row.ts'

interface Made extends Source {
  readonly notes: string[]
  closed: number
}

function sourceOf(name: string, batches: readonly (readonly Row[])[], more = {}): Made {
  return {
    name,
    notes: [],
    total: batches.flat().length,
    closed: 0,
    async *rows() {
      yield* batches
    },
    close() {
      this.closed++
      return Promise.resolve()
    },
    ...more,
  }
}

const row = (id: string): Row => ({ id, url: `u${id}` })

async function idsOf(source: Source): Promise<string[][]> {
  const ids: string[][] = []
  for await (const batch of source.rows()) ids.push(batch.map(({ id }) => id))
  return ids
}

describe('joinSources', () => {
  it('leaves a single source as it is', () => {
    const only = sourceOf('a.csv', [[row('5')]])
    assert.equal(joinSources([only], ['https://a.example/1']), only)
  })

  it('reads the inputs one after the other, batch by batch, with the ids they have', async () => {
    const joined = joinSources(
      [sourceOf('a.csv', [[row('x'), row('y')], [row('z')]]), sourceOf('b.csv', [[row('x')]])],
      ['a.csv', 'b.csv'],
    )
    assert.deepEqual(await idsOf(joined), [['x', 'y'], ['z'], ['x']])
  })

  it('numbers single URLs by their place among the inputs', async () => {
    const specs = ['https://a.example/1', 'b.csv', 'HTTP://a.example/2']
    const sources = specs.map((spec) => sourceOf(spec, [[{ id: '1', url: spec, since: 9 }]]))
    const joined = joinSources(sources, specs)
    assert.deepEqual(await idsOf(joined), [['1'], ['1'], ['3']])
    for await (const batch of joined.rows()) assert.equal(batch[0]?.since, 9)
  })

  it('is as young as its youngest input, where the age of all is known', () => {
    const at = (writtenAt: number) => sourceOf('a', [], { writtenAt })
    assert.equal(joinSources([at(5), at(7), at(6)], ['a', 'b', 'c']).writtenAt, 7)
    assert.equal(joinSources([at(5), sourceOf('b', [])], ['a', 'b']).writtenAt, undefined)
  })

  it('adds up totals where all are known', () => {
    const [a, b] = [sourceOf('a', [[row('1')], [row('2')]]), sourceOf('b', [[row('3')]])]
    assert.equal(joinSources([a, b], []).total, 3)
    assert.equal(joinSources([a, b, sourceOf('c', [], { total: null })], []).total, null)
    assert.equal(joinSources([a, sourceOf('c', [])], []).total, 2)
  })

  it('is an estimate when one of the totals is', () => {
    const [a, b] = [sourceOf('a', []), sourceOf('b', [], { estimated: true })]
    assert.equal(joinSources([a, b], []).estimated, true)
    assert.equal(joinSources([a, a], []).estimated, false)
  })

  it('shows notes that come late', () => {
    const [a, b] = [sourceOf('a', []), sourceOf('b', [])]
    const joined = joinSources([a, b], [])
    assert.deepEqual(joined.notes, [])
    b.notes.push('late in b')
    a.notes.push('late in a')
    assert.deepEqual(joined.notes, ['late in a', 'late in b'])
  })

  it('names up to three inputs, and counts more', () => {
    const sources = ['a', 'b', 'c', 'd'].map((name) => sourceOf(name, []))
    assert.equal(joinSources(sources.slice(0, 3), []).name, 'a, b, c')
    assert.equal(joinSources(sources, []).name, '4 inputs')
  })

  it('closes all inputs, also when one refuses', async () => {
    const refusing = sourceOf('a', [], { close: () => Promise.reject(new Error('refused')) })
    const sources = [sourceOf('b', []), refusing, sourceOf('c', [])]
    await assert.rejects(joinSources(sources, []).close(), /refused/)
    assert.deepEqual([sources[0]?.closed, sources[2]?.closed], [1, 1])
  })
})
