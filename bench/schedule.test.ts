// The simulated world itself: the same seed gives the same outcome, the budget holds for everybody, and what the figures
// say in large holds in small.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createHeap } from './schedule/heap.ts'
import { answerOf, brokenDays, nextReport } from './schedule/nature.ts'
import { bestInterval } from './schedule/oracle.ts'
import type { Policy } from './schedule/minds.ts'
import { simulate } from './schedule/simulate.ts'
import { createRandom, createWorld, dayMs } from './schedule/world.ts'

const run = { seed: 5, people: 400, days: 160, warmUpDays: 60, budget: 1 }
const modes = ['copy', 'redirect'] as const

describe('simulate', () => {
  it('gives the same outcome for the same seed, and another for another', () => {
    for (const mode of modes) {
      const policy: Policy = { mind: 'ours', mode, signals: true }
      const outcome = simulate(run, policy)
      assert.deepEqual(simulate(run, policy), outcome)
      assert.notEqual(simulate({ ...run, seed: 6 }, policy).bad, outcome.bad)
    }
  })

  it('never spends more than the budget, whoever decides', () => {
    for (const mode of modes) {
      for (const [mind, signals] of [
        ['ours', true],
        ['ours', false],
        ['oracle', true],
        ['round robin', false],
      ] as const) {
        for (const budget of [0.25, 4]) {
          const { looks, allowed, overdrawn } = simulate(
            { ...run, budget },
            { mind, mode, signals },
          )
          const burst = Math.max(3, (run.people * budget) / 30 / 24)
          // Second opinions of one look may be on their way when the leave runs out.
          assert.ok(overdrawn <= 7, `${mind}, ${mode}: ${overdrawn}`)
          assert.ok(looks <= allowed + 5 * burst + 7, `${mind}, ${mode}: ${looks} of ${allowed}`)
          assert.ok(looks >= allowed * 0.9, `${mind}, ${mode}: ${looks} of ${allowed}`)
        }
      }
    }
  })

  it('lets nobody beat the clairvoyant, and ours beat a fixed interval', () => {
    const bad = (mind: Policy['mind'], mode: Policy['mode'], signals: boolean) =>
      simulate(run, { mind, mode, signals }).bad
    const floor = bad('clairvoyant', 'copy', false)
    const ours = bad('ours', 'copy', true)
    assert.ok(ours > floor)
    assert.ok(bad('round robin', 'copy', false) - floor > 2 * (ours - floor))
    assert.ok(bad('round robin', 'redirect', false) > 4 * bad('ours', 'redirect', true))
  })
})

describe('answerOf', () => {
  const random = createRandom(8)
  const answers = (at: number, asked: readonly ('alive' | 'gone')[]) => {
    const counts = { alive: 0, gone: 0, null: 0 }
    for (let time = 0; time < 20_000; time++) counts[`${answerOf(0, at, asked, random)}`]++
    return counts
  }

  it('is wrong once in a hundred times of a living picture, mostly by saying nothing', () => {
    const { alive, gone, null: none } = answers(-dayMs, [])
    assert.ok(Math.abs(none - 180) < 60 && gone > 5 && gone < 45 && alive > 19_000)
  })

  it('says gone as often as edges are dead that were not asked', () => {
    const half = answers(3.5 * dayMs, [])
    assert.ok(Math.abs(half.gone - 9_910) < 400, String(half.gone))
    const asked = answers(3.5 * dayMs, ['gone', 'gone', 'gone', 'gone', 'gone', 'alive'])
    assert.ok(Math.abs(asked.gone / 19_820 - 10 / 24) < 0.02, String(asked.gone))
    assert.equal(answers(7 * dayMs, []).alive, 0)
  })
})

describe('nextReport', () => {
  it('comes after one broken view in the share that is reported, on average', () => {
    const random = createRandom(2)
    let broken = 0
    for (let time = 0; time < 5_000; time++)
      broken += brokenDays(0, nextReport(0, 0, 5, random)) * 5
    assert.ok(Math.abs((broken / 5_000) * 0.3 - 1) < 0.05, String(broken / 5_000))
  })
})

describe('createWorld', () => {
  it('lets people do the same whoever asks, and as often as their rates say', () => {
    const options = { seed: 9, people: 400, days: 2_000 }
    const one = createWorld(options)
    const other = createWorld(options)
    let opens = 0
    let expected = 0
    for (let person = 0; person < options.people; person++) {
      assert.equal(one.nextChange(person, 0), other.nextChange(person, 0))
      expected += (one.openRates[person] ?? 0) * options.days
      while (one.nextOpen(person) !== null) opens++
    }
    assert.ok(Math.abs(opens / expected - 1) < 0.02, `${opens} of ${expected}`)
    const views = one.viewRates.reduce((sum, rate) => sum + rate, 0)
    assert.ok(Math.abs(views / options.people - 3) < 1e-9)
  })

  it('gives the first change after a moment, later ones for later moments', () => {
    const world = createWorld({ seed: 9, people: 1, days: 1e6 })
    let at = 0
    for (let change = 0; change < 20; change++) {
      const next = world.nextChange(0, at)
      assert.ok(next > at && world.nextChange(0, at) === next)
      at = next + dayMs / 2
    }
  })
})

describe('bestInterval', () => {
  it('is where no other interval costs fewer views at the price of its looks', () => {
    // Views of a dead picture and looks, both a day, for somebody who is renewed at once.
    const truth = { views: 3, changes: 0.004, reports: 0, logins: 0, wait: 0 }
    const price = 1.5
    const cost = (days: number): number => {
      const { views, changes } = truth
      const old = 1 + Math.expm1(-changes * days) / (changes * days)
      return views * old + price / days
    }
    const best = bestInterval(truth, price, 1e-9, 'copy')
    assert.ok(cost(best) < cost(best * 0.95) && cost(best) < cost(best * 1.05))
  })
})

describe('createHeap', () => {
  it('gives the smallest of what was put in, moved and taken out', () => {
    const random = createRandom(4)
    const heap = createHeap(50)
    const keys = new Map<number, number>()
    for (let step = 0; step < 5_000; step++) {
      const avatar = Math.floor(random() * 50)
      if (random() < 0.4) {
        heap.remove(avatar)
        keys.delete(avatar)
      } else {
        const key = random()
        heap.set(avatar, key)
        keys.set(avatar, key)
      }
      assert.equal(heap.firstKey, Math.min(...keys.values()))
      assert.equal(heap.first, [...keys].find(([, key]) => key === heap.firstKey)?.[0] ?? -1)
      assert.equal(heap.has(avatar), keys.has(avatar))
    }
  })
})
