// A thousand people over months whose pictures change and whose links die node by node. What is true is asked of the
// platform without our prober, so everything that the keeper holds can be held against it.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Standing } from '../../src/core/avatar.ts'
import type { Registration } from '../../src/jobs/keeper.ts'
import type { Avatar } from '../../src/core/avatar.ts'
import { readConfig } from '../../src/service/config.ts'
import { createFaces } from '../../src/service/http/faces.ts'
import { createPictureRoutes } from '../../src/service/http/pictures.ts'
import { type KeeperWorld, bytesOf, createKeeperWorld, surviving } from '../keeper-world.ts'

const people = 1_000
const hourMs = 3_600_000
const dayMs = 24 * hourMs

async function everybody({ store }: KeeperWorld): Promise<Map<string, Avatar>> {
  const all = new Map<string, Avatar>()
  for (let cursor: string | null = ''; cursor !== null;) {
    const page = await store.avatars({ limit: 500, ...(cursor === '' ? {} : { cursor }) })
    for (const avatar of page.items) all.set(avatar.subject, avatar)
    cursor = page.next
  }
  return all
}

const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** Sixteen hexadecimal digits. */
async function phashOf({ pictures }: KeeperWorld, bytes: Buffer): Promise<string> {
  const taken = await pictures.take(bytes)
  assert.equal(taken.kind, 'taken')
  return taken.facts.phash
}

function apart(one: string, other: string): number {
  const bits = (BigInt(`0x${one}`) ^ BigInt(`0x${other}`)).toString(2)
  return bits.replaceAll('0', '').length
}

/** Those whose source has no death date: it passes while a test moves the time, and then they are rightly gone. */
async function undated(world: KeeperWorld): Promise<readonly Avatar[]> {
  return [...(await everybody(world)).values()].filter(({ expiresAt }) => expiresAt === null)
}

function count(avatars: Iterable<Avatar>): Partial<Record<Standing, number>> {
  const counts: Partial<Record<Standing, number>> = {}
  for (const { standing } of avatars) counts[standing] = (counts[standing] ?? 0) + 1
  return counts
}

function listed({ simulator }: KeeperWorld): { id: string; url: string; truth: string }[] {
  let text = ''
  for (const piece of simulator.control.list({ truth: true })) text += piece
  return text
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [id = '', url = '', truth = ''] = line.split(',')
      return { id, url, truth }
    })
}

describe('a thousand people', { timeout: 400_000 }, () => {
  let world: KeeperWorld
  /** Raw hashes of pictures that a person has had. */
  const own = new Map<string, Set<string>>()
  const truthAtStart = new Map<string, string>()

  async function learnOwn(id: string, url: string): Promise<ReadonlySet<string>> {
    const found = await surviving(world.simulator, url)
    const known = own.get(id) ?? new Set()
    for (const sha of found) known.add(sha)
    own.set(id, known)
    return found
  }

  function assertOwnFaces(avatars: ReadonlyMap<string, Avatar>): void {
    for (const [id, { copy }] of avatars) {
      if (copy === null) continue
      assert.ok(own.get(id)?.has(copy.rawSha256), `${id} shows bytes that were never theirs`)
    }
  }

  before(async () => {
    world = await createKeeperWorld({ seed: 5, edges: 4, generation: ['imghttp', 'nws'] })
    const mix = { gone: 0.08, dying: 0.12, placeholder: 0.03, malformed: 0.02 }
    world.simulator.control.makePeople({ count: people - 100, scheme: 'http', mix })
    world.simulator.control.makePeople({
      count: 100,
      scheme: 'http',
      forms: ['g', 'headimg_dl', 'qqapp', 'oidb', 'qqopen', 'signed'],
      mix: { gone: 0.1 },
    })
  })
  after(() => world.close())

  it('are registered, and every face that any node, size or host still has is stored', async () => {
    const list = listed(world)
    assert.equal(list.length, people)
    const survivors = new Map<string, ReadonlySet<string>>()
    for (const { id, url, truth } of list) {
      truthAtStart.set(id, truth)
      survivors.set(id, truth === 'placeholder' ? new Set() : await learnOwn(id, url))
    }
    const entries: Registration[] = list.map(({ id, url }) => ({
      subject: id,
      url,
      imported: true,
    }))
    const results = await world.jobs.keeper.register(entries)
    assert.ok(results.every(({ kind }) => kind === 'registered'))
    assert.ok((await world.drain()) >= people * 0.9)
    // Doubts are settled within days.
    for (let day = 0; day < 4; day++) {
      await world.jobs.work.turnClocks()
      world.advance(dayMs / 100)
      await world.drain()
    }
    const avatars = await everybody(world)
    const missed: string[] = []
    for (const [id, found] of survivors) {
      const avatar = avatars.get(id)
      assert.ok(avatar)
      if (found.size > 0 && (avatar.copy === null || !found.has(avatar.copy.rawSha256))) {
        missed.push(`${id}: ${truthAtStart.get(id)} ${avatar.url} ${avatar.standing}`)
      }
      if (found.size === 0) assert.equal(avatar.copy, null, `${id} shows what nobody has`)
    }
    assert.deepEqual(missed, [])
    const dying = list.filter(({ truth }) => truth === 'dying')
    assert.ok(dying.length > 80)
    const rescued = dying.filter(({ id }) => avatars.get(id)?.standing !== 'alive')
    assert.ok(rescued.length > dying.length / 3, 'some were met on a dead edge')
    for (const { id, truth } of list) {
      const standing = avatars.get(id)?.standing
      if (truth === 'alive') assert.equal(standing, 'alive', id)
      if (truth === 'gone') assert.equal(standing, 'gone', id)
      if (truth === 'placeholder') assert.equal(standing, 'placeholder', id)
    }
  })

  it('change their pictures; every change is noticed, no living face is called gone, every old face is kept', async () => {
    const changedAt = new Map<string, number>()
    const mistaken: string[] = []
    const alive = [...(await everybody(world)).values()].filter(
      ({ standing, subject }) => standing === 'alive' && truthAtStart.get(subject) === 'alive',
    )
    const start = world.now()
    let pick = 17
    for (let day = 0; day < 40; day++) {
      if (day < 20) {
        for (let more = 0; more < 10; more++) {
          pick = (pick * 48_271) % 2_147_483_647
          const avatar = alive[pick % alive.length]
          if (avatar === undefined || changedAt.has(avatar.subject)) continue
          const person = world.simulator.control.changePicture(avatar.subject, { over: 3 * dayMs })
          changedAt.set(avatar.subject, world.now())
          if (person.currentUrl === person.url) await learnOwn(person.id, person.url)
        }
      }
      for (let step = 0; step < 4; step++) {
        world.advance(6 * hourMs)
        await world.jobs.work.turnClocks()
        await world.drain()
      }
      // Where the URL stays the new face comes edge by edge: it is the person's, too.
      for (const [id, at] of changedAt) {
        const person = world.simulator.control.person(id)
        if (person.currentUrl === person.url && world.now() - at < 5 * dayMs) {
          await learnOwn(id, person.url)
        }
      }
      for (const [id, { standing }] of await everybody(world)) {
        const person = world.simulator.control.person(id)
        if (standing !== 'gone' && standing !== 'dying') continue
        if (person.truth === 'alive' && !changedAt.has(id)) mistaken.push(`${id} on day ${day}`)
      }
    }
    assert.deepEqual(mistaken, [])
    const avatars = await everybody(world)
    const unnoticed: string[] = []
    for (const id of changedAt.keys()) {
      const avatar = avatars.get(id)
      const person = world.simulator.control.person(id)
      assert.ok(avatar)
      assert.notEqual(avatar.copy, null, `${id} lost the face`)
      const story = await world.store.story(id, { limit: 100 })
      const told = story?.items.some(
        (one) =>
          one.kind === 'event' &&
          one.at > start &&
          (one.type === 'avatar.gone' || one.type === 'avatar.changed'),
      )
      if (person.currentUrl !== person.url && person.truth === 'gone' && told !== true) {
        unnoticed.push(`${id} ${avatar.provider} ${avatar.standing}`)
      }
      if (person.currentUrl === person.url && told !== true) unnoticed.push(`${id} at a stable URL`)
    }
    assert.ok(changedAt.size > 150)
    assert.deepEqual(unnoticed, [])
    assertOwnFaces(avatars)
  })

  it('renew their sources at the next login, and the new face is stored', async () => {
    const gone = [...(await everybody(world)).values()].filter(
      ({ standing }) => standing === 'gone',
    )
    const renewed: string[] = []
    for (const { subject } of gone) {
      const person = world.simulator.control.person(subject)
      const current = person.links.at(-1)
      if (person.currentUrl === person.url || current?.truth !== 'alive') continue
      await learnOwn(subject, person.currentUrl)
      const [result] = await world.jobs.keeper.register([{ subject, url: person.currentUrl }])
      assert.equal(result?.kind, 'registered')
      renewed.push(subject)
    }
    await world.drain()
    const avatars = await everybody(world)
    for (const id of renewed) {
      const avatar = avatars.get(id)
      assert.equal(avatar?.standing, 'alive', id)
      assert.equal(avatar?.copy?.url, avatar?.url, id)
    }
    assert.ok(renewed.length > 100)
    assertOwnFaces(avatars)
  })

  it('are shown: every stored face as it is, and nobody as the grey picture', async () => {
    const { settings, secrets } = readConfig({ env: {} }, { needsSecret: false })
    const faces = createFaces({ store: world.store, log: silent, now: () => world.now() })
    const routes = createPictureRoutes(
      {
        settings,
        secrets,
        pictures: world.pictures,
        keeper: world.jobs.keeper,
        log: silent,
        now: () => world.now(),
      },
      faces,
    )
    const bad = listed(world).filter(({ id }) =>
      /gone|placeholder/.test(truthAtStart.get(id) ?? ''),
    )
    const greyOnes = new Set<string>()
    for (const { url } of bad.slice(0, 40)) {
      greyOnes.add(await phashOf(world, await bytesOf(world.simulator, url)))
    }
    assert.ok(greyOnes.size >= 2, 'the grey picture and the grey user are known')
    const avatars = await everybody(world)
    const wrong: string[] = []
    let copies = 0
    for (const [id, avatar] of avatars) {
      const answer = await routes.handle(new Request(`http://test/a/${id}?s=96&f=png`))
      const bytes = Buffer.from(await answer.arrayBuffer())
      const shows = answer.headers.get('everface-shows')
      if (answer.status !== 200 || shows !== (avatar.copy === null ? 'fallback' : 'copy')) {
        wrong.push(`${id}: ${answer.status} ${shows}`)
      }
      if (avatar.copy === null) continue
      copies++
      const phash = await phashOf(world, bytes)
      if ([...greyOnes].some((grey) => apart(grey, phash) <= 10))
        wrong.push(`${id} is shown in grey`)
    }
    assert.deepEqual(wrong, [])
    assert.ok(copies > people * 0.8)
  })

  it('keep their standing while the provider is down, whatever it answers meanwhile', async () => {
    const before = count(await undated(world))
    const faults = [
      { kind: 'status', status: 500 },
      { kind: 'captive-portal' },
      { kind: 'reset', when: 'before-headers' },
      { kind: 'half-body' },
    ] as const
    for (const fault of faults) {
      world.simulator.control.setFault({ ...fault })
      world.advance(2 * dayMs)
      await world.jobs.work.turnClocks()
      await world.drain()
      assert.deepEqual(count(await undated(world)), before, fault.kind)
      world.simulator.control.clearFaults()
    }
    assertOwnFaces(await everybody(world))
  })

  it('are asked for half as fast when the provider says so, and as fast as before in the end', async () => {
    const paceOf = async () =>
      (await world.store.clocks()).find(({ provider }) => provider === 'wechat')?.pace ?? 0
    const before = await paceOf()
    world.simulator.control.setFault({ kind: 'throttle', perSecond: 0, status: 429 })
    world.advance(3 * dayMs)
    await world.jobs.work.turnClocks()
    const jobs = world.freshJobs()
    await jobs.work.sweep()
    const slowed = await paceOf()
    assert.ok(slowed <= before / 2 && slowed > 0, `${before} became ${slowed}`)
    world.simulator.control.clearFaults()
    const standings = count(await undated(world))
    world.advance(2 * hourMs)
    await world.freshJobs().work.sweep()
    assert.equal(await paceOf(), before)
    assert.deepEqual(count(await undated(world)), standings)
  })
})
