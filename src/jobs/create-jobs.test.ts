import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type KeeperWorld, createKeeperWorld } from '../../test/keeper-world.ts'
import type { Avatar } from '../core/avatar.ts'
import type { Look, Prober } from '../probe/prober.ts'
import { type JobsParts, createJobs } from './create-jobs.ts'

const dayMs = 86_400_000

let world: KeeperWorld
const troubles: unknown[] = []
before(async () => {
  world = await createKeeperWorld({ budget: 4 })
})
after(() => world.close())

/** Jobs over the world's store and pictures. */
function jobsOf(prober: Prober, more: Partial<JobsParts> = {}) {
  return createJobs({
    store: world.store,
    pictures: world.pictures,
    prober,
    limits: { pace: 1_000, budget: 4 },
    mode: 'copy',
    now: () => world.now(),
    owner: 'test',
    onTrouble: (error) => troubles.push(error),
    onChanged: () => {},
    onWork: () => {},
    hosts: ['*'],
    suspectAt: 0,
    placeholderAt: 0,
    historyMs: 400 * dayMs,
    copiesMs: 180 * dayMs,
    batch: 100,
    ...more,
  })
}

function proberOf(look: Prober['look']): Prober {
  return { look, inFlight: 0, close() {} }
}

/** A look that ended without an answer. */
function failed(url: string, failure: 'timeout' | 'stopped'): Look {
  const seen = { kind: 'failure', failure, detail: 'A test.' } as const
  const verdict = { kind: 'unknown', rule: `net.${failure}`, detail: 'A test.' } as const
  const at = world.now()
  return {
    finding: { ...verdict, edges: { alive: 0, gone: 0 }, decidedBy: 0 },
    verdicts: [verdict],
    observations: [{ url, finalUrl: url, method: 'GET', edge: '127.0.0.9', at, ms: 1, seen }],
    picture: null,
    face: null,
  }
}

async function avatar(subject: string): Promise<Avatar> {
  const found = await world.store.avatar(subject)
  assert.ok(found)
  return found
}

async function isLeased(subject: string): Promise<boolean> {
  const limits = { pace: 1_000, budget: 4 }
  const options = { subject, limits, now: world.now(), leaseMs: 1, owner: 'asker' }
  const claim = await world.store.claimOne(options)
  if (claim !== null) await world.store.release([claim.due[0]?.avatar.id ?? 0], 'asker')
  return claim === null
}

async function drop(...subjects: readonly string[]): Promise<void> {
  for (const subject of subjects) await world.store.forget(subject, world.now())
}

describe('the sweep', () => {
  it('does not let a provider that never answers hold up another', async () => {
    const never = Promise.withResolvers<void>()
    const asked: string[] = []
    const { keeper, work } = jobsOf(
      proberOf(async (url) => {
        asked.push(new URL(url).hostname)
        if (url.includes('slow')) await never.promise
        return failed(url, 'timeout')
      }),
      { patienceMs: 1, looksAtOnce: 3 },
    )
    const slow = Array.from({ length: 8 }, (_, at) => `slow${at}`)
    const register = (subject: string, host: string) =>
      keeper.register([{ subject, url: `https://${host}/${subject}.png` }])
    for (const subject of slow) await register(subject, 'github.com')
    assert.equal(await work.sweep(), 3, 'no more than may be on their way at once')
    await register('quick', 'faces.example')
    assert.equal(await work.sweep(), 1)
    assert.ok(asked.includes('faces.example'))
    let over = false
    const ended = work.ended().then(() => {
      over = true
    })
    await world.store.ping()
    assert.equal(over, false, 'looks that are on their way are waited for')
    never.resolve()
    await ended
    assert.equal((await avatar('slow0')).belief.unknownStreak, 1)
    await drop(...slow, 'quick')
  })

  it('learns nothing from a look that was called off, and gives it back', async () => {
    const { keeper, work } = jobsOf(proberOf(async (url) => failed(url, 'stopped')))
    await keeper.register([{ subject: 'off', url: 'https://faces.example/off.png' }])
    const was = await avatar('off')
    assert.equal(await work.sweep(), 1)
    assert.deepEqual(await avatar('off'), was)
    assert.equal(await isLeased('off'), false)
    await drop('off')
  })

  it('rests when nothing can be settled, and does not try the same avatar again at once', async () => {
    let looks = 0
    const { keeper, work } = jobsOf(
      proberOf(async () => {
        looks++
        throw new Error('the disk is full')
      }),
    )
    await keeper.register([{ subject: 'ill', url: 'https://faces.example/ill.png' }])
    troubles.length = 0
    assert.equal(await work.sweep(), 1)
    assert.equal(troubles.length, 1)
    assert.equal(await isLeased('ill'), true)
    await keeper.register([{ subject: 'next', url: 'https://faces.example/next.png' }])
    assert.equal(await work.sweep(), 0, 'it rests')
    world.advance(600)
    assert.equal(await work.sweep(), 1, 'the next one')
    world.advance(30_000)
    assert.equal(await work.sweep(), 2, 'both, when the lease has run out')
    assert.equal(looks, 4)
    assert.equal((await keeper.probe('ill')).kind, 'denied')
    world.advance(30_000)
    // Whoever asks for a look hears of it, and may ask again.
    for (const _ of [1, 2]) await assert.rejects(keeper.probe('ill'), /the disk is full/)
    await drop('ill', 'next')
  })

  it('looks again at what is gone where nobody else is at the provider', async () => {
    world.simulator.control.makePeople({ count: 10, scheme: 'https', mix: { gone: 1 } })
    const { people } = world.simulator.control.listPeople({ limit: 10 })
    await world.jobs.keeper.register(people.map(({ id, url }) => ({ subject: id, url })))
    assert.equal(await world.drain(), 10)
    for (const { id } of people) assert.equal((await avatar(id)).standing, 'gone')
    let looks = 0
    for (let day = 0; day < 30; day++) {
      world.advance(dayMs)
      await world.jobs.work.turnClocks()
      looks += await world.drain()
    }
    assert.ok(looks >= 10, `${looks} looks in a month`)
  })

  it('asks elsewhere for lost bytes for two weeks, and notes one word of each URL', async () => {
    const [person] = world.simulator.control.listPeople({ limit: 1 }).people
    assert.ok(person)
    const stories = async () => {
      const page = await world.store.story(person.id, { limit: 500 })
      return page?.items.filter(({ kind }) => kind === 'observation') ?? []
    }
    await drop(person.id)
    await world.jobs.keeper.register([{ subject: person.id, url: person.url }])
    await world.drain()
    const first = await stories()
    const elsewhere = first.flatMap((one) => (one.kind === 'observation' ? (one.url ?? []) : []))
    assert.ok(elsewhere.length >= 5)
    assert.equal(new Set(elsewhere).size, elsewhere.length)
    world.advance(15 * dayMs)
    assert.equal((await world.jobs.keeper.probe(person.id)).kind, 'probed')
    const later = (await stories()).slice(0, -first.length)
    assert.ok(later.length > 0)
    assert.ok(later.every((one) => one.kind === 'observation' && one.url === null))
  })
})
