import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type KeeperWorld, createKeeperWorld } from '../../../test/keeper-world.ts'
import { createDayCount, createFigures, dayOf } from './figures.ts'

const dayMs = 86_400_000

describe('figures', () => {
  let world: KeeperWorld
  before(async () => {
    world = await createKeeperWorld()
  })
  after(() => world.close())

  it('of days are noted by the background work, step by step', async () => {
    let asked = 0
    const store = {
      stats: async (now: number) => {
        asked++
        return await world.store.stats(now)
      },
      countDays: world.store.countDays.bind(world.store),
    }
    const step = createDayCount(store, () => world.now())
    while (await step());
    world.advance(5 * dayMs)
    let steps = 1
    while (await step()) steps++
    // A step goes no further than the end of a day; how things stand was counted once for all of them.
    assert.equal(steps, 5)
    assert.equal(asked, 2)
    const days = await world.store.days('')
    assert.equal(days.at(-1)?.day, dayOf(world.now()))
  })

  it('are asked once for a hundred who look, and anew when something was done here', async () => {
    let asked = 0
    const store = new Proxy(world.store, {
      get: (target, key) => {
        if (key === 'stats') asked++
        const value: unknown = Reflect.get(target, key)
        return value
      },
    })
    const figures = createFigures(store, () => world.now())
    await Promise.all(Array.from({ length: 100 }, () => figures.stats()))
    assert.equal(asked, 1)
    figures.outdate()
    await figures.stats()
    assert.equal(asked, 2)
  })

  it('count the people of a clock that was not turned since they came', async () => {
    const figures = createFigures(world.store, () => world.now())
    const url = (name: string): string => `https://avatars.githubusercontent.com/u/${name}`
    await world.jobs.keeper.register([
      { subject: 'new-1', url: url('1') },
      { subject: 'new-2', url: url('2') },
    ])
    const github = async () => (await figures.clocks()).find((one) => one.provider === 'github')
    assert.equal((await github())?.live, 2)
    // What a clock was turned with stands: the sweep goes by it.
    await world.store.turnClock('github', (clock) => ({ ...clock, live: 7 }))
    world.advance(10_000)
    assert.equal((await github())?.live, 7)
  })
})
