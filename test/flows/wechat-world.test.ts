// A hundred and twenty days of thousands of people who authorize, change their pictures, change their minds, and of a platform
// that has its bad days. What is true is asked of the platform; every prompt is counted here, by hand.
import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { DatabaseSync } from 'node:sqlite'
import type { Question } from '../../src/jobs/people.ts'
import { defaultPolicy } from '../../src/core/policy.ts'
import { type KeeperWorld, createKeeperWorld } from '../keeper-world.ts'
import { type WechatWorld, type Worker, createWechatWorld } from '../wechat-world.ts'

/** `WECHAT_PEOPLE=5000` takes four minutes in memory (TMPDIR=/dev/shm), more on a disk. */
const people = Number(process.env['WECHAT_PEOPLE'] ?? 600)
const days = 120
const stepMs = 6 * 3_600_000
const dayMs = 86_400_000
const { budget, afterDeclineMs } = defaultPolicy.ask

/** A subject, and everything that the test knows of them. */
interface Somebody {
  readonly subject: string
  readonly person: string
  readonly prompts: number[]
  readonly grantedAt: number[]
  declinedAt: number
  /** They withdrew, or closed the account: nothing may be left. */
  left: boolean
  /** The last refresh that the store told of. */
  refreshedAt: number
  refreshes: number
}

describe('thousands of people and their grants', { timeout: 600_000 }, () => {
  let world: KeeperWorld
  let wechat: WechatWorld
  let workers: readonly Worker[]
  const everybody: Somebody[] = []
  const snapshots: string[] = []
  const late: string[] = []
  let asked = 0
  let entries = 0
  let seed = 42

  function chance(): number {
    seed = (seed * 48_271) % 2_147_483_647
    return seed / 2_147_483_647
  }

  async function authorize(one: Somebody): Promise<void> {
    const { appid } = chance() < 0.8 ? wechat.official : wechat.website
    const { code } = world.simulator.control.authorize(one.person, appid)
    const [worker] = workers
    const ended = await worker?.people.authorized({ appid, subject: one.subject }, code)
    if (ended?.kind !== 'authorized') {
      assert.equal(ended?.kind === 'failed' && ended.reason, 'platform-busy')
      return
    }
    one.grantedAt.push(world.now())
  }

  /** Somebody comes by: the page opens, and sometimes they tap. */
  async function visit(one: Somebody, worker: Worker): Promise<void> {
    const at = world.now()
    const place: Question = { scene: 'profile', occasion: 'entry', client: 'web' }
    const entered = await worker.people.decide(one.subject, place)
    assert.ok(entered.kind === 'decided', one.subject)
    assert.ok(!['ask', 'choose'].includes(entered.decision.kind), 'nobody is asked on entry')
    entries++
    if (chance() < 0.5) return
    const scene = chance() < 0.7 ? 'profile' : 'comment'
    // Impatient fingers: the tap reaches both processes at once, and is made again.
    const taps = [...workers, ...workers].map(({ people: side }) =>
      side.decide(one.subject, { ...place, scene, occasion: 'tap' }),
    )
    const decided = await Promise.all(taps)
    const prompts = decided.filter(
      (each) => each.kind === 'decided' && each.decision.kind === 'ask',
    )
    if (prompts.length === 0) return
    asked += prompts.length
    assert.ok(at - one.declinedAt >= afterDeclineMs, `${one.subject} was asked after a no`)
    one.prompts.push(...prompts.map(() => at))
    const mood = chance()
    if (mood < 0.25) return
    await worker.people.signal(one.subject, 'prompt-shown', scene)
    if (mood < 0.5) {
      one.declinedAt = at
      await worker.people.signal(one.subject, 'prompt-declined')
    } else if (mood > 0.95) await visitAsSnapshot(one, worker)
    else await authorize(one)
  }

  async function visitAsSnapshot(one: Somebody, worker: Worker): Promise<void> {
    const { control } = world.simulator
    const { appid } = wechat.official
    const { code } = control.authorize(one.person, appid, { snapshot: true })
    const { subject } = one
    const ended = await worker.people.authorized({ appid, subject }, code)
    assert.equal(ended.kind, 'failed')
    const visitor = control.grants().at(-1)
    if (visitor?.snapshot === true) snapshots.push(visitor.openid)
  }

  /** Takes consent back; the platform tells us, and everything goes. */
  async function leave(one: Somebody): Promise<void> {
    const { control } = world.simulator
    one.left = true
    const way = chance()
    const [worker] = workers
    if (way < 0.3) await worker?.people.signal(one.subject, 'consent-withdrawn')
    else if (way < 0.6) control.cancelAccount(one.person)
    else for (const app of [wechat.official, wechat.website]) tryRevoke(one.person, app.appid)
    await control.pushesSettled()
  }

  function tryRevoke(person: string, appid: string): void {
    const known = world.simulator.control.grants()
    if (known.some((grant) => grant.person === person && grant.appid === appid)) {
      world.simulator.control.revoke(person, appid)
    }
  }

  /** Both workers at once, until nobody is due. */
  async function attend(): Promise<void> {
    for (let round = 0; round < 1_000; round++) {
      await workers[0]?.attending.actOnPushed()
      const counts = await Promise.all(workers.map((worker) => worker.attending.attend()))
      if (counts.every((count) => count === 0)) return
    }
    throw new Error('attending does not come to an end')
  }

  function badDay(day: number): void {
    const { control } = world.simulator
    control.clearFaults()
    const { appid } = wechat.official
    control.changeApp(appid, { perMinute: 50_000 })
    const path = '/sns/oauth2/refresh_token'
    if (day % 20 === 5) control.setFault({ kind: 'errcode', errcode: -1, path })
    if (day % 20 === 9) control.setFault({ kind: 'status', status: 502, path, probability: 0.5 })
    if (day % 20 === 13) control.changeApp(appid, { perMinute: 5 })
    if (day % 20 === 17)
      control.setFault({
        kind: 'malformed',
        sample: 'html',
        path: '/sns/userinfo',
        probability: 0.3,
      })
  }

  before(async () => {
    let deliver: ((url: string, method: string, body: string) => Promise<string>) | null = null
    world = await createKeeperWorld({
      seed: 11,
      edges: 3,
      budget: 1,
      sendPush: async ({ url, method, body }) => {
        const answer = (await deliver?.(url, method, body)) ?? ''
        return { kind: 'answered', status: answer === 'success' ? 200 : 500, body: answer }
      },
    })
    wechat = await createWechatWorld(world)
    // The clocks of the two processes differ by minutes from the platform's, one ahead and one behind.
    workers = [
      wechat.another({ clientSkewMs: 4 * 60_000 }),
      wechat.another({ clientSkewMs: -4 * 60_000 }),
    ]
    const { createPushReader } = await import('../../src/wechat/push.ts')
    const token = 'PushToken'
    const url = 'http://faces.test/push'
    for (const { appid } of [wechat.official, wechat.website]) {
      world.simulator.control.changeApp(appid, { push: { url: `${url}/${appid}`, token } })
    }
    const readers = new Map(
      [wechat.official, wechat.website].map(({ appid }) => [
        appid,
        createPushReader({ apps: [{ appid, token, aesKey: null }], now: () => world.now() }),
      ]),
    )
    deliver = async (address, method, body) => {
      const { pathname, searchParams } = new URL(address)
      const reader = readers.get(pathname.split('/').at(-1) ?? '')
      const query = Object.fromEntries(searchParams)
      const reading = reader?.read({ method, query, body })
      if (reading?.kind !== 'event') return reading?.kind ?? 'nobody'
      await workers[1]?.people.takePushed(reading.key, reading.event)
      return 'success'
    }
    const made = world.simulator.control.makePeople({ count: people, scheme: 'https' })
    assert.equal(made.total, people)
    for (let at = 0; at < people; at++) {
      everybody.push({
        subject: `user-${at}`,
        person: `p${at}`,
        prompts: [],
        grantedAt: [],
        declinedAt: -Infinity,
        left: false,
        refreshedAt: 0,
        refreshes: 0,
      })
    }
  })
  after(async () => {
    wechat.close()
    await world.close()
  })

  it('authorize over some weeks, and are renewed in the window of their tokens for months', async () => {
    const { control } = world.simulator
    let joined = 0
    for (let step = 0; step < (days * dayMs) / stepMs; step++) {
      const day = Math.floor((step * stepMs) / dayMs)
      if (step % 4 === 0) badDay(day)
      const wanted = Math.min(people, Math.ceil((people * (step + 1)) / 80))
      for (; joined < wanted; joined++) {
        const one = everybody[joined]
        if (one !== undefined) await authorize(one)
      }
      const here = everybody.slice(0, joined).filter((one) => one.grantedAt.length > 0 && !one.left)
      const share = (part: number) => here.filter(() => chance() < (part * stepMs) / dayMs)
      for (const one of share(1 / 90)) control.changePicture(one.person, { over: 3 * dayMs })
      for (const one of share(1 / 400)) control.changePassword(one.person)
      for (const one of share(1 / 2_000)) control.cleanProfile(one.person)
      for (const one of share(1 / 1_500)) await leave(one)
      const [first, second] = workers
      assert.ok(first !== undefined && second !== undefined)
      for (const one of share(1 / 8)) {
        if (!one.left) await visit(one, chance() < 0.5 ? first : second)
      }
      await world.jobs.work.turnClocks()
      world.advance(stepMs)
      await world.drain()
      await attend()
      await world.drain()
      if (step % 8 === 0) await checkWindows(here, late)
    }
    assert.deepEqual(wechat.troubles, [])
    assert.deepEqual(late, [])
    const refreshed = everybody.filter(({ refreshes }) => refreshes > 0)
    assert.ok(refreshed.length > people * 0.9, `${refreshed.length} were refreshed`)
  })

  /** Every grant is refreshed while it lives, never after its end. */
  async function checkWindows(here: readonly Somebody[], wrong: string[]): Promise<void> {
    for (const one of here) {
      if (one.left) continue
      const known = await world.store.person(one.subject, world.now())
      for (const grant of known?.grants ?? []) {
        const at = grant.lastRefreshAt ?? grant.grantedAt
        if (at >= grant.refreshUntil) wrong.push(`${one.subject} was refreshed after the end`)
        if (at > one.refreshedAt) one.refreshes++
        one.refreshedAt = Math.max(one.refreshedAt, at)
        // A whole poll's time and the platform's worst day later, somebody should have asked.
        const patience = 7.5 * dayMs + 3 * dayMs
        const alive = !grant.over && world.now() < grant.refreshUntil
        if (alive && world.now() - at > patience && known?.avatar.standing !== 'uploaded') {
          const newest = known?.grants.at(-1) === grant
          if (newest)
            wrong.push(`${one.subject} was not refreshed since ${new Date(at).toISOString()}`)
        }
      }
    }
  }

  it('are asked, but nobody more often than the policy says', () => {
    assert.ok(asked > people / 50, `${asked} prompts`)
    assert.ok(entries > people)
    for (const { subject, prompts } of everybody) {
      for (const [at, time] of prompts.entries()) {
        const within = prompts.slice(0, at + 1).filter((other) => time - other < budget.perMs)
        assert.ok(within.length <= budget.count, `${subject}: ${within.length} in the window`)
      }
    }
  })

  it('are shown by what they are: nobody is kept by a snapshot, and most pictures are current', async () => {
    assert.ok(snapshots.length > 0)
    const rows = dump()
    for (const openid of snapshots) assert.ok(!rows.includes(openid), 'a snapshot was stored')
    let stale = 0
    let renewable = 0
    for (const one of everybody) {
      if (one.left) continue
      const avatar = await world.store.avatar(one.subject)
      if ((avatar?.tokenExpiresAt ?? 0) < world.now()) continue
      renewable++
      const { profile } = world.simulator.control.account(one.person)
      if (avatar?.url !== profile.headimgurl) stale++
    }
    assert.ok(renewable > people / 50, `${renewable} can be renewed`)
    assert.ok(stale < renewable * 0.15, `${stale} of ${renewable} are behind the platform`)
  })

  it('leave nothing behind when they take their consent back', async () => {
    await attend()
    const gone = everybody.filter(({ left }) => left)
    assert.ok(gone.length > people / 100, `${gone.length} left`)
    const rows = dump()
    const grants = world.simulator.control.grants()
    for (const { subject, person } of gone) {
      assert.ok(!rows.includes(`"${subject}"`), subject)
      for (const { openid, refreshToken } of grants.filter((grant) => grant.person === person)) {
        assert.ok(!rows.includes(openid) && !rows.includes(refreshToken), subject)
      }
      for (const { url } of world.simulator.control.person(person).links) {
        assert.ok(!rows.includes(url), url)
      }
    }
    const names = new Set(await world.store.pictureNames(null, 100_000))
    const strays = blobs().filter((name) => !names.has(name))
    assert.deepEqual(strays, [], 'bytes that no avatar shows or has shown')
    const log = JSON.stringify(wechat.unsettled)
    for (const { openid, refreshToken } of grants) {
      assert.ok(!log.includes(openid) && !log.includes(refreshToken))
    }
  })

  /** Everything in every table, but for the news of who was forgotten, which the app's webhooks still have to hear. */
  function dump(): string {
    const database = new DatabaseSync(join(world.folder, 'store.db'), { readOnly: true })
    const tables = database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).all()
    const texts = tables.map(({ name }) => {
      const where = name === 'event' ? `WHERE type <> 'avatar.forgotten'` : ''
      return JSON.stringify(database.prepare(`SELECT * FROM ${String(name)} ${where}`).all())
    })
    database.close()
    return texts.join('\n')
  }

  /** The names of all originals that lie in the folder. */
  function blobs(): string[] {
    const folder = join(world.folder, 'blobs')
    assert.ok(existsSync(folder))
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    // Faces that look alike are stored once: the simulator draws some dozens.
    assert.ok(files.length > Math.min(people / 10, 40))
    return files
      .filter((file) => file.isFile())
      .flatMap(({ name }) => /[0-9a-f]{64}/.exec(name)?.[0] ?? [])
  }
})
