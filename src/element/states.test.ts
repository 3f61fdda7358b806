// Every way through the machine. Addresses: `direct` is the platform's, `stable` and `copy` are the service's.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  type Deed,
  type Happening,
  type Showing,
  type Step,
  begin,
  isDrawn,
  isHidden,
  step,
} from './states.ts'

/** Walks from a first step; what was to be done on the way, beginning included. */
function walk(first: Step, ...happenings: readonly Happening[]): { state: Showing; deeds: string } {
  let [state] = first
  const deeds = first.slice(1) as Deed[]
  for (const what of happenings) {
    const [next, ...more] = step(state, what)
    state = next
    deeds.push(...more)
  }
  return { state, deeds: deeds.join(' ') }
}

const plain = ['stable', 'copy']
const direct = ['direct', 'copy']

describe('begin', () => {
  it('shows the wanted address and waits a little before it draws', () => {
    const { state, deeds } = walk(begin(plain, null))
    assert.deepEqual([state.stage, deeds], ['waiting', 'show wait'])
    assert.ok(isHidden(state) && !isDrawn(state))
  })

  it('leaves a picture alone that the page brought and that is there', () => {
    const { state, deeds } = walk(begin(plain, 'loaded'))
    assert.deepEqual([state.stage, deeds], ['shown', 'ask'])
    assert.ok(!isHidden(state) && !isDrawn(state))
  })

  it('keeps a picture in sight that the page brought and that is loading', () => {
    const { state, deeds } = walk(begin(plain, 'loading'))
    assert.deepEqual([state.stage, deeds], ['waiting', 'wait'])
    assert.ok(!isHidden(state) && !isDrawn(state))
  })

  it('goes on at once from a picture that the page brought and that was broken before the script ran', () => {
    const { state, deeds } = walk(begin(direct, 'broken'))
    assert.deepEqual([state.ways, deeds], [['copy'], 'show wait'])
    assert.ok(isHidden(state))
  })

  it('draws, and never tries, when there is nothing to ask for', () => {
    for (const given of [null, 'broken'] as const) {
      const { state, deeds } = walk(begin([], given), 'again', 'broken')
      assert.deepEqual([state.stage, deeds], ['failed', ''])
      assert.ok(isDrawn(state))
    }
  })
})

describe('step', () => {
  it('shows a cached picture without a drawing before it', () => {
    const { state, deeds } = walk(begin(plain, null), 'loaded', 'late')
    assert.deepEqual([state.stage, deeds], ['shown', 'show wait ask'])
    assert.ok(!isDrawn(state))
  })

  it('asks once whether what loaded is alive, however slowly that is answered', () => {
    const { deeds } = walk(begin(direct, null), 'loaded', 'late', 'again', 'late')
    assert.equal(deeds, 'show wait ask')
  })

  it('draws while a picture is slow, and takes the drawing away when it comes', () => {
    const late = walk(begin(plain, null), 'late').state
    assert.ok(isDrawn(late))
    const { state } = walk([late], 'loaded')
    assert.ok(!isDrawn(state) && !isHidden(state))
  })

  it('tells nobody of a picture that shows', () => {
    assert.ok(!walk(begin(plain, null), 'late', 'loaded').deeds.includes('tell'))
  })

  it('takes the copy for a dead picture, and tells when the copy is there, once', () => {
    const { state, deeds } = walk(begin(direct, null), 'loaded', 'dead', 'loaded', 'loaded')
    assert.deepEqual([state.ways, state.stage], [['copy'], 'shown'])
    assert.equal(deeds, 'show wait ask show wait tell ask')
  })

  it('hides a dead picture at once', () => {
    const { state } = walk(begin(direct, 'loaded'), 'dead')
    assert.ok(isHidden(state))
  })

  it('takes the copy for a broken picture, and keeps a drawing that is in sight already', () => {
    const { state, deeds } = walk(begin(direct, null), 'late', 'broken')
    assert.ok(isDrawn(state))
    assert.equal(deeds, 'show wait show')
  })

  it('does not blame the picture when nothing at all is to be had', () => {
    const { state, deeds } = walk(begin(direct, null), 'broken', 'broken')
    assert.deepEqual([state.stage, deeds], ['failed', 'show wait show wait rest'])
    assert.ok(isDrawn(state))
  })

  it('tries again after a rest, longer each time, and forgets that when it worked', () => {
    const first = walk(begin(plain, null), 'broken', 'broken').state
    const second = walk([first], 'again', 'broken')
    assert.equal(second.deeds, 'show rest')
    assert.deepEqual([first.tries, second.state.tries], [1, 2])
    assert.equal(walk([second.state], 'again', 'loaded').state.tries, 0)
  })

  it('does not go back to an address that is dead or broken', () => {
    const { state } = walk(begin(direct, null), 'dead', 'broken', 'again')
    assert.deepEqual(state.ways, ['copy'])
  })

  it('knows of nothing better than the copy, whatever the service says of it', () => {
    const { state, deeds } = walk(begin(direct, 'loaded'), 'dead', 'loaded', 'dead')
    assert.deepEqual([state.ways, state.stage, deeds], [['copy'], 'shown', 'ask show wait tell'])
  })

  it('tries again only where nothing is shown', () => {
    assert.equal(walk(begin(plain, 'loaded'), 'again').deeds, 'ask')
  })

  it('holds, whatever happens in whatever order', () => {
    const happenings = fc.array(
      fc.constantFrom<Happening>('loaded', 'broken', 'late', 'dead', 'again'),
      { maxLength: 30 },
    )
    const ways = fc.constantFrom<readonly string[]>([], ['copy'], plain, direct)
    const given = fc.constantFrom('loaded', 'broken', 'loading', null)
    fc.assert(
      fc.property(ways, given, happenings, (ways, given, happenings) => {
        let [state, ...deeds] = begin(ways, given)
        let told = 0
        let worst = 0
        for (const what of happenings) {
          const [next, ...more] = step(state, what)
          assert.ok(next.ways.length >= Math.min(1, ways.length), 'an address is always left')
          assert.ok(next.ways.length <= state.ways.length, 'no address comes back')
          if (more.includes('show')) assert.ok(next.ways.length > 0)
          if (what === 'loaded') assert.equal(next.stage, 'shown')
          if (next.stage === 'failed' && more.length > 0) {
            assert.ok(more.includes('rest') || more.includes('show'), 'there is always a way out')
          }
          told += more.filter((deed) => deed === 'tell').length
          worst = Math.max(worst, ways.length - next.ways.length)
          state = next
          deeds = more
        }
        assert.ok(told <= worst, 'not told more often than something better was given up')
        assert.ok(deeds.length <= 2)
      }),
    )
  })
})
