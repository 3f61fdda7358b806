import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { makeComments, makeReaders, viewer } from './cast.ts'
import { type Act, chapterAt, tellStory } from './story.ts'

function first(count: number, { people = 240, seed = 7, visible = 20 } = {}): Act[] {
  const acts: Act[] = []
  for (const act of tellStory(people, seed, visible)) {
    acts.push(act)
    if (acts.length === count) break
  }
  return acts
}

describe('the story', () => {
  it('is the same for the same seed, and another for another', () => {
    assert.deepEqual(first(200), first(200))
    assert.notDeepEqual(first(200), first(200, { seed: 8 }))
  })

  it('goes forward, names people that there are, and never ends', () => {
    for (const people of [10, 11, 240, 1000]) {
      const acts = first(600, { people })
      assert.equal(acts.length, 600)
      for (const [at, act] of acts.entries()) {
        assert.ok(act.atMs >= (acts[at - 1]?.atMs ?? 0))
        if ('who' in act) assert.ok(Number.isInteger(act.who) && act.who >= 0 && act.who < people)
      }
    }
  })

  it('begins within a quarter of a minute, with whoever looks, and has half of it in the first minute', () => {
    const acts = first(200)
    const told = acts.filter(({ atMs }) => atMs < 180_000)
    const viewers = acts.filter((act) => 'who' in act && act.who === 0)
    assert.deepEqual(
      viewers.map(({ kind, atMs }) => [kind, atMs]),
      [['change', 13_000]],
    )
    assert.ok(told.length >= 70 && told.length <= 80)
    const early = told.filter(({ atMs }) => atMs <= 75_000)
    assert.ok(early.length * 2 >= told.length, `${early.length} of ${told.length}`)
  })

  it('asks nobody to change twice while it is told', () => {
    const who = first(200).flatMap((act) => (act.atMs < 180_000 && 'who' in act ? [act.who] : []))
    assert.equal(new Set(who).size, who.length)
  })

  it('has one throttle and one outage, and says so', () => {
    const acts = first(200)
    for (const kind of ['throttle', 'outage'] as const) {
      const [act, ...more] = acts.filter((one) => one.kind === kind)
      assert.ok(act !== undefined && 'forMs' in act && more.length === 0)
      assert.equal(chapterAt(act.atMs), kind)
      assert.equal(chapterAt(act.atMs + act.forMs), 'rot')
    }
    assert.equal(chapterAt(0), 'calm')
    assert.equal(chapterAt(1e9), 'on')
  })
})

describe('the cast', () => {
  it('has names in several scripts, few of them twice', () => {
    const names = makeReaders(240).map(({ name }) => name)
    assert.ok(names.every((name) => name.trim() !== '' && !name.includes('undefined')))
    assert.ok(new Set(names).size > 200, `${new Set(names).size} names`)
    for (const script of [
      /\p{Script=Han}/u,
      /[A-Za-z]/,
      /\p{Emoji_Presentation}/u,
      /\p{Script=Arabic}/u,
    ]) {
      assert.ok(names.some((name) => script.test(name)))
    }
  })

  it('writes comments in Chinese and English, the viewer first', () => {
    const comments = makeComments(makeReaders(240))
    assert.equal(comments[0]?.reader.subject, viewer)
    assert.deepEqual(new Set(comments.map(({ language }) => language)), new Set(['zh', 'en']))
    assert.equal(makeComments(makeReaders(3)).length, 3)
  })
})
