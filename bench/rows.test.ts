// How figures are kept and shown: each benchmark with its own day and machine, and nothing called met that was not judged.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type BenchRow, type BenchRun, describeRuns, median, verdictOf, withRun } from './rows.ts'

const row: BenchRow = {
  bench: 'store',
  name: 'claim',
  ours: 90,
  peer: 100,
  peerName: 'the bare SQL',
  unit: 'avatars/s',
  ratio: 0.9,
  goal: '≥ 0.8 ×',
  met: true,
}

function runOf(bench: string, date: string, rows: readonly BenchRow[] = [row]): BenchRun {
  return { bench, date, machine: `machine of ${date}`, versions: { node: 'v24' }, rows }
}

describe('withRun', () => {
  it('replaces the last run of the same benchmark, in its place, and leaves those of others', () => {
    const [check, store] = [runOf('check', '2026-01-01'), runOf('store', '2026-01-02')]
    const again = runOf('check', '2026-03-03')
    assert.deepEqual(withRun([check, store], again), [again, store])
    assert.deepEqual(withRun([store], check), [store, check])
  })
})

describe('describeRuns', () => {
  it('tells of each benchmark its own day and machine', () => {
    const page = describeRuns([runOf('check', '2026-01-01'), runOf('store', '2026-03-03')])
    const [, check = '', store = ''] = page.split('\n## ')
    assert.match(check, /^check\n\n- date: 2026-01-01\n- machine: machine of 2026-01-01\n/)
    assert.match(store, /^store\n\n- date: 2026-03-03\n/)
  })

  it('says yes, no, or that the goal is not for this machine, and what a row notes', () => {
    const rows = [
      row,
      { ...row, name: 'record', met: false },
      { ...row, name: 'workers', met: null, note: 'It has two cores.' },
    ]
    const page = describeRuns([runOf('store', '2026-01-01', rows)])
    assert.deepEqual(rows.map(verdictOf), ['yes', 'no', 'not on this machine'])
    assert.match(page, /\| claim .* \| yes \|\n\| record .* \| \*\*no\*\* \|\n/)
    assert.match(
      page,
      /\| workers .* \| not on this machine \|\n\n- workers: It has two cores\.\n$/,
    )
  })
})

describe('median', () => {
  it('is the middle one, or between the two middle ones', () => {
    assert.equal(median([9, 1, 5]), 5)
    assert.equal(median([9, 1, 5, 6]), 5.5)
  })
})
