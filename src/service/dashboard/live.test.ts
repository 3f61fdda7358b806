import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  type Browser,
  type DashboardWorld,
  type Opened,
  createDashboardWorld,
  origin,
} from './harness.ts'
import { type Live, createLive } from './live.ts'

function reading(stream: ReadableStream<Uint8Array> | null) {
  assert.ok(stream !== null)
  const reader = stream.getReader()
  return {
    next: async (): Promise<string | null> => {
      const { done, value } = await reader.read()
      return done ? null : Buffer.from(value).toString()
    },
    leave: () => reader.cancel(),
  }
}

function made(most?: number) {
  let at = 0
  let timers = 0
  const troubles: unknown[] = []
  const live: Live = createLive({
    every: () => {
      timers++
      return () => void timers--
    },
    onTrouble: (error) => troubles.push(error),
    notice: (_, failed) => new Map([['trouble', failed ? 'away' : '']]),
    now: () => at,
    ...(most === undefined ? {} : { most }),
  })
  return { live, troubles, timers: () => timers, pass: (ms: number) => void (at += ms) }
}

function watchOf(name: string, draw: () => string, allowed = () => true) {
  return {
    name,
    draw: async () => new Map([['place', draw()]]),
    allowed: async () => allowed(),
  }
}

describe('createLive', () => {
  it('draws once for all who watch the same, and sends only what has changed', async () => {
    const { live } = made()
    let drawn = 0
    let text = 'one\ntwo'
    const watch = watchOf('en overview', () => {
      drawn++
      return text
    })
    const watchers = Array.from({ length: 100 }, () => reading(live.open(watch)))
    await Promise.all(watchers.map(({ next }) => next()))
    await live.tick()
    assert.equal(drawn, 1)
    for (const { next } of watchers) {
      assert.equal(
        await next(),
        'data: <hx-partial hx-target="#place" hx-swap="innerMorph">one\ndata: two</hx-partial>\n\n',
      )
    }
    await live.tick()
    text = 'three'
    await live.tick()
    assert.match((await watchers[0]?.next()) ?? '', /three/)
    assert.equal(drawn, 3)
  })

  it('beats when nothing changes, so that nobody ends the stream', async () => {
    const { live, pass } = made()
    const { next } = reading(live.open(watchOf('x', () => 'same')))
    await next()
    await live.tick()
    await next()
    pass(15_000)
    await live.tick()
    assert.equal(await next(), ': beat\n\n')
  })

  it('works only while somebody watches, and ends all at the end', async () => {
    const { live, timers } = made()
    const one = reading(live.open(watchOf('x', () => '')))
    const two = reading(live.open(watchOf('y', () => '')))
    assert.deepEqual([timers(), live.watchers()], [1, 2])
    await one.leave()
    assert.deepEqual([timers(), live.watchers()], [1, 1])
    await two.next()
    live.close()
    assert.equal(await two.next(), null)
    assert.deepEqual([timers(), live.watchers()], [0, 0])
    assert.equal(live.open(watchOf('z', () => '')), null)
  })

  it('bounds the streams', () => {
    const { live } = made(2)
    assert.ok(live.open(watchOf('x', () => '')) !== null)
    assert.ok(live.open(watchOf('x', () => '')) !== null)
    assert.equal(live.open(watchOf('x', () => '')), null)
  })

  it('ends a stream whose watcher is not signed in any more, and no other', async () => {
    const { live } = made()
    let allowed = true
    const one = reading(
      live.open(
        watchOf(
          'x',
          () => 'a',
          () => allowed,
        ),
      ),
    )
    const two = reading(live.open(watchOf('x', () => 'a')))
    await Promise.all([one.next(), two.next()])
    allowed = false
    await live.tick()
    assert.equal(await one.next(), null)
    assert.match((await two.next()) ?? '', /a<\/hx-partial>/)
  })

  it('says once that the figures cannot be had, and that they can again', async () => {
    const { live, troubles } = made()
    let fails = true
    const watch = watchOf('x', () => {
      if (fails) throw new Error('away')
      return 'here'
    })
    const { next } = reading(live.open(watch))
    await next()
    await live.tick()
    assert.match((await next()) ?? '', /#trouble.*away/)
    await live.tick()
    fails = false
    await live.tick()
    assert.match((await next()) ?? '', /#place.*here[^]*#trouble/)
    assert.equal(troubles.length, 2)
  })

  it('lets go of somebody who does not read', async () => {
    const { live } = made()
    let turn = 0
    const stream = live.open(watchOf('x', () => `${turn++}${'x'.repeat(600_000)}`))
    assert.ok(stream !== null)
    for (let round = 0; round < 4; round++) await live.tick()
    assert.equal(live.watchers(), 0)
  })
})

describe('the stream of a page', () => {
  let world: DashboardWorld
  let opened: Opened
  let admin: Browser
  before(async () => {
    world = await createDashboardWorld()
    opened = world.open()
    admin = opened.browser()
    await admin.signIn()
    const [url = ''] = world.people(1)
    await world.jobs.keeper.register([{ subject: 'anna', url }])
    await world.drain()
    world.advance(60_000)
  })
  after(() => world.close())

  async function watching(path: string) {
    const cookie = [...admin.cookies].map((pair) => pair.join('=')).join('; ')
    const request = new Request(`${origin}${path}`, { headers: { cookie } })
    return await opened.dashboard.handle(request, {}, 'r')
  }

  it('is for those who are signed in', async () => {
    assert.equal((await opened.browser().get('/live/overview')).status, 401)
  })

  it('brings what changes on it', async () => {
    for (const [path, place] of [
      ['/live/overview', 'live-standings'],
      ['/live/faces/anna', 'live-story'],
      ['/live/providers', 'live-providers'],
      ['/live/system', 'live-system'],
      ['/live/frame', 'waiting-failed'],
    ] as const) {
      const answer = await watching(path)
      assert.match(answer.headers.get('content-type') ?? '', /^text\/event-stream/)
      const { next, leave } = reading(answer.body)
      assert.equal(await next(), 'retry: 2000\n\n')
      opened.tick()
      assert.match((await next()) ?? '', new RegExp(`hx-target="#${place}"`), path)
      await leave()
    }
  })

  it('of something that is not there brings the frame alone', async () => {
    for (const path of [
      '/live/nothing',
      '/live/faces/nobody',
      '/live/faces/%3Cb%3E',
      '/live/%E0%A4%A',
    ]) {
      const answer = await watching(path)
      if (answer.status !== 200) continue
      const { next, leave } = reading(answer.body)
      await next()
      opened.tick()
      assert.doesNotMatch((await next()) ?? '', /live-/)
      await leave()
    }
  })

  it('ends with the service', async () => {
    const { next } = reading((await watching('/live/frame')).body)
    await next()
    opened.dashboard.close()
    assert.equal(await next(), null)
    assert.equal((await watching('/live/frame')).status, 503)
  })
})
