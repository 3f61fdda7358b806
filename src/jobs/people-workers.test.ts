// Two processes on one store, each with its own connection, client and keeper: a grant that is due is refreshed by one of
// them, and the platform, which counts, hears of it once.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import pg from 'pg'
import { type KeeperWorld, createKeeperWorld } from '../../test/keeper-world.ts'
import { startPostgres } from '../../test/servers.ts'
import { type WechatWorld, type Worker, createWechatWorld } from '../../test/wechat-world.ts'
import { openPostgresStore } from '../store/postgres.ts'
import { openSqliteStore } from '../store/sqlite.ts'
import type { Store } from '../store/store.ts'

const dayMs = 86_400_000
const people = 24
const refreshPath = '/sns/oauth2/refresh_token'

const server = await startPostgres()
after(() => server?.stop())

let databases = 0

/** Makes a database of its own, and leads to it. */
async function makeDatabase(): Promise<string> {
  const client = new pg.Client({ connectionString: server?.url })
  await client.connect()
  const name = `workers_${++databases}`
  await client.query(`CREATE DATABASE ${name}`)
  await client.end()
  return (server?.url ?? '').replace(/\/postgres$/, `/${name}`)
}

const stores = [
  {
    name: 'one SQLite file',
    skip: false,
    place: async (world: KeeperWorld) => join(world.folder, 'shared.db'),
    open: (file: string) => openSqliteStore({ file, hooks: [] }),
  },
  {
    name: 'one PostgreSQL',
    skip: server === null,
    place: makeDatabase,
    open: (url: string) => openPostgresStore({ url, hooks: [], poolSize: 4 }),
  },
]

/** Attends until nobody is due, or for some rounds where that does not come. */
async function attendFor({ attending }: Worker): Promise<void> {
  for (let round = 0; round < 5; round++) if ((await attending.attend()) === 0) return
}

for (const { name, skip, place, open } of stores) {
  describe(`two workers over ${name}`, { skip }, () => {
    async function withTwo(
      use: (world: KeeperWorld, wechat: WechatWorld, workers: [Worker, Worker]) => Promise<void>,
    ): Promise<void> {
      const world = await createKeeperWorld()
      const where = await place(world)
      const opened: Store[] = [await open(where), await open(where)]
      const wechat = await createWechatWorld(world)
      try {
        await opened[0]?.migrate()
        const [one, two] = opened.map((store) =>
          wechat.another({ store, keeper: world.freshJobs(store).keeper }),
        )
        assert.ok(one !== undefined && two !== undefined)
        await use(world, wechat, [one, two])
        assert.deepEqual(wechat.troubles, [])
      } finally {
        wechat.close()
        for (const store of opened) await store.close()
        await world.close()
      }
    }

    async function newcomer(world: KeeperWorld, wechat: WechatWorld, worker: Worker, at: number) {
      const id = world.simulator.control.makePeople({ count: 1, scheme: 'https' }).first
      const { appid } = wechat.official
      const { code } = world.simulator.control.authorize(id, appid)
      const journey = { appid, subject: `s${at}` }
      assert.equal((await worker.people.authorized(journey, code)).kind, 'authorized')
    }

    /** The refresh tokens that the platform was shown, in order. */
    function tokensShown(world: KeeperWorld): string[] {
      return world.simulator.control
        .requests()
        .last.filter(({ target }) => target.startsWith(refreshPath))
        .map(({ target }) => new URL(target, 'http://x').searchParams.get('refresh_token') ?? '')
    }

    it('refresh every grant once, however they run against each other', async () => {
      await withTwo(async (world, wechat, workers) => {
        for (let at = 0; at < people; at++) {
          const worker = workers[at % 2]
          if (worker !== undefined) await newcomer(world, wechat, worker, at)
        }
        for (const round of [1, 2]) {
          world.advance(8 * dayMs)
          world.simulator.control.clearRequests()
          await Promise.all([...workers, ...workers].map((worker) => attendFor(worker)))
          const shown = tokensShown(world)
          assert.equal(shown.length, people, `round ${round}`)
          assert.equal(new Set(shown).size, people)
        }
      })
    })

    it('refresh the one grant of one person once, and neither finds it due again', async () => {
      await withTwo(async (world, wechat, workers) => {
        await newcomer(world, wechat, workers[0], 1)
        world.advance(8 * dayMs)
        world.simulator.control.clearRequests()
        const done = await Promise.all(
          Array.from({ length: 10 }, (_, at) => workers[at % 2 === 0 ? 0 : 1].attending.attend()),
        )
        assert.equal(tokensShown(world).length, 1)
        assert.equal(
          done.reduce((sum, one) => sum + one, 0),
          1,
        )
      })
    })
  })
}
