import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import sharp from 'sharp'
import { type KeeperWorld, createKeeperWorld } from '../../test/keeper-world.ts'
import type { Avatar } from '../core/avatar.ts'
import type { Store } from '../store/store.ts'
import type { Jobs } from './create-jobs.ts'

const dayMs = 86_400_000
const hourMs = 3_600_000

let world: KeeperWorld
let jobs: Jobs
let urls: readonly string[]
before(async () => {
  world = await createKeeperWorld({ budget: 30 })
  jobs = world.jobs
  world.simulator.control.makePeople({
    count: 40,
    scheme: 'http',
    mix: { gone: 0, dying: 0, placeholder: 0, malformed: 0 },
  })
  urls = world.simulator.control.listPeople({ limit: 40 }).people.map(({ url }) => url)
})
after(() => world.close())

const urlAt = (at: number) => urls[at] ?? ''

async function avatar(subject: string): Promise<Avatar> {
  const found = await world.store.avatar(subject)
  assert.ok(found, subject)
  return found
}

async function drawn(shade: number): Promise<Buffer> {
  const background = { r: shade, g: 255 - shade, b: 40 }
  return await sharp({ create: { width: 64, height: 64, channels: 3, background } })
    .png()
    .toBuffer()
}

describe('register', () => {
  it('takes a source that the app saw before our last look, but after it told of the old one', async () => {
    await jobs.keeper.register([{ subject: 'late', url: urlAt(0) }])
    world.advance(10 * dayMs)
    assert.equal((await jobs.keeper.probe('late')).kind, 'probed')
    const observedAt = world.now() - hourMs
    await jobs.keeper.register([{ subject: 'late', url: urlAt(1), observedAt }])
    assert.equal((await avatar('late')).url, urlAt(1))
    const old = { subject: 'late', url: urlAt(0), observedAt: observedAt - 5 * dayMs }
    await jobs.keeper.register([old])
    assert.equal((await avatar('late')).url, urlAt(1))
  })

  it('decides a subject that is named many times upon the word before', async () => {
    const at = world.now()
    const results = await jobs.keeper.register([
      { subject: 'twice', url: urlAt(2), observedAt: at - 2 * hourMs },
      { subject: 'twice', url: urlAt(3), observedAt: at - hourMs },
      { subject: 'twice', url: urlAt(4), observedAt: at - 3 * hourMs },
    ])
    assert.deepEqual(
      results.map((one) => one.kind === 'registered' && [one.created, one.avatar.url]),
      [true, false, false].map((created) => [created, urlAt(3)]),
    )
  })
})

describe('probe', () => {
  it('is refused when looks that were asked for have used up what the provider bears', async () => {
    await jobs.keeper.register([{ subject: 'asked', url: urlAt(12) }])
    await world.drain()
    const overdraw = (paceTokens: number) =>
      world.store.turnClock('wechat', (clock) => ({
        ...clock,
        paceTokens,
        refilledAt: world.now(),
      }))
    const before = await overdraw(-5_001)
    const told = await jobs.keeper.probe('asked')
    assert.equal(told.kind === 'denied' && told.code, 'busy')
    assert.equal((await overdraw(-4_999)).v, before.v)
    assert.equal((await jobs.keeper.probe('asked')).kind, 'probed')
    await overdraw(1_000)
  })
})

describe('hint', () => {
  it('is weighed for everybody, however many hints of others do not suffice', async () => {
    await jobs.keeper.register([{ subject: 'hinted', url: urlAt(5) }])
    await world.drain()
    for (let at = 0; at < 1_200; at++) jobs.keeper.hint(`stranger-${at}`)
    const gone = Array.from({ length: 600 }, (_, at) => `gone-${at}`)
    await jobs.keeper.register(gone.map((subject) => ({ subject, url: urlAt(6) })))
    await world.store.change(gone, world.now(), () => ({
      patch: { standing: 'gone', swept: false, urgentAt: null, urgency: null },
    }))
    for (const subject of gone) jobs.keeper.hint(subject)
    jobs.keeper.hint('hinted')
    await jobs.work.flush()
    assert.equal((await avatar('hinted')).urgency, 'hint')
  })
})

describe('a hint of a face whose bytes are lost', () => {
  const shows = async (subject: string) => (await avatar(subject)).copy?.sha256 ?? ''

  it('has them fetched at once', async () => {
    await jobs.keeper.register([
      { subject: 'lost', url: urlAt(13) },
      { subject: 'kept', url: urlAt(14) },
    ])
    await world.drain()
    const sha256 = await shows('lost')
    await world.pictures.remove(sha256)
    for (const subject of ['lost', 'kept']) jobs.keeper.hint(subject)
    await jobs.work.flush()
    const { urgency, urgentAt } = await avatar('lost')
    assert.deepEqual([urgency, urgentAt], ['first', world.now()])
    assert.notEqual((await avatar('kept')).urgency, 'first')
    await world.drain()
    assert.equal(await shows('lost'), sha256)
    assert.equal(await world.pictures.has(sha256), true)
  })

  it('forgets nothing that no source has any more, and asks for it once an hour', async () => {
    await jobs.keeper.register([{ subject: 'last', url: urlAt(15) }])
    await world.drain()
    const sha256 = await shows('last')
    await world.pictures.remove(sha256)
    const person = world.simulator.control.listPeople({ limit: 40 }).people[15]
    world.simulator.control.changePicture(person?.id ?? '', { over: 0 })
    const looks = async () => {
      jobs.keeper.hint('last')
      await jobs.work.flush()
      return (await avatar('last')).urgency === 'first' ? await world.drain() : 0
    }
    assert.equal(await looks(), 1)
    assert.equal(await shows('last'), sha256, 'the bytes may only be out of reach')
    assert.equal(await looks(), 0)
    world.advance(hourMs + 1)
    await jobs.work.flush()
    assert.ok((await looks()) > 0)
    await jobs.keeper.forget('last')
  })

  it('leaves an upload for the daily reconciling', async () => {
    await jobs.keeper.register([{ subject: 'drawn', url: urlAt(16) }])
    await world.drain()
    await jobs.keeper.upload('drawn', await drawn(9))
    await world.pictures.remove(await shows('drawn'))
    jobs.keeper.hint('drawn')
    await jobs.work.flush()
    const { standing, urgency } = await avatar('drawn')
    assert.deepEqual([standing, urgency], ['uploaded', null])
    await jobs.keeper.forget('drawn')
  })
})

describe('shown', () => {
  it('is counted still when the store was away meanwhile', async () => {
    await jobs.keeper.register([{ subject: 'seen', url: urlAt(7) }])
    let away = true
    const store = {
      ...world.store,
      addViews: async (...told: Parameters<Store['addViews']>) => {
        if (away) throw new Error('away')
        await world.store.addViews(...told)
      },
    }
    const { keeper, work } = world.freshJobs(store)
    for (let view = 0; view < 3; view++) keeper.shown('seen')
    await assert.rejects(work.flush())
    keeper.shown('seen')
    away = false
    await work.flush()
    assert.equal(Math.round((await avatar('seen')).importance.views), 4)
  })
})

describe('mark', () => {
  it('reaches a look that was on its way when the bytes were marked', async () => {
    await world.drain()
    await jobs.keeper.register([{ subject: 'grey', url: urlAt(8) }])
    const store = {
      ...world.store,
      // The operator is faster than the look: it has read no mark, and is written after it.
      record: async (...told: Parameters<Store['record']>) => {
        for (const { change } of told[0]) {
          if (change.copy != null) await jobs.keeper.mark(change.copy.rawSha256, 'placeholder')
        }
        return await world.store.record(...told)
      },
    }
    await world.freshJobs(store).work.sweep()
    const { copy, standing, urgentAt } = await avatar('grey')
    assert.deepEqual([copy, standing], [null, 'placeholder'])
    assert.ok((urgentAt ?? 0) > world.now(), 'it is looked at again')
  })

  it('can be taken back: the face is shown again after the next look', async () => {
    await jobs.keeper.register([{ subject: 'own', url: urlAt(9) }])
    await world.drain()
    const raw = (await avatar('own')).copy?.rawSha256 ?? ''
    assert.deepEqual(await jobs.keeper.mark(raw, 'placeholder'), ['own'])
    assert.equal((await avatar('own')).copy, null)
    await jobs.keeper.mark(raw, 'face')
    for (let day = 0; day < 6; day++) {
      world.advance(dayMs)
      await jobs.work.turnClocks()
      await world.drain()
    }
    const { copy, standing } = await avatar('own')
    assert.deepEqual([copy?.rawSha256, standing], [raw, 'alive'])
  })
})

describe('forget', () => {
  it('leaves no bytes behind of somebody who was being looked at', async () => {
    await jobs.keeper.register([{ subject: 'leaving', url: urlAt(10) }])
    let sha256 = ''
    const store = {
      ...world.store,
      record: async (...told: Parameters<Store['record']>) => {
        sha256 = told[0].flatMap(({ change }) => change.copy?.sha256 ?? [])[0] ?? sha256
        await jobs.keeper.forget('leaving')
        return await world.store.record(...told)
      },
    }
    await world.freshJobs(store).work.sweep()
    assert.match(sha256, /^[0-9a-f]{64}$/)
    assert.equal(await world.pictures.has(sha256), false)
  })
})

describe('an upload', () => {
  it('whose bytes were lost is replaced by the source, and nobody is asked without end', async () => {
    await jobs.keeper.register([{ subject: 'given', url: urlAt(11) }])
    await world.drain()
    assert.equal((await jobs.keeper.upload('given', await drawn(7))).kind, 'registered')
    const lost = (await avatar('given')).copy?.sha256 ?? ''
    await world.pictures.remove(lost)
    await jobs.work.reconcile()
    assert.equal((await avatar('given')).copy, null)
    assert.ok((await world.drain()) <= 2)
    const { standing, copy, urgency } = await avatar('given')
    assert.deepEqual([standing, copy?.url, urgency], ['alive', urlAt(11), null])
  })
})
