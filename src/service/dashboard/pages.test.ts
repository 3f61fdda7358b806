import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type DashboardWorld, createDashboardWorld } from './harness.ts'

async function inWorld(use: (world: DashboardWorld) => Promise<void>): Promise<void> {
  const world = await createDashboardWorld()
  try {
    await use(world)
  } finally {
    await world.close()
  }
}

describe('the overview', () => {
  it('tells at the beginning where the service is reached', async () => {
    await inWorld(async (world) => {
      for (const [env, base] of [
        [{}, 'http://127.0.0.1:8420'],
        [{ EVERFACE_LISTEN: '0.0.0.0:9000' }, 'http://127.0.0.1:9000'],
        [{ EVERFACE_LISTEN: '10.0.0.7:80' }, 'http://10.0.0.7:80'],
        [{ EVERFACE_PUBLIC_URL: 'https://faces.example.com/' }, 'https://faces.example.com'],
      ] as const) {
        const admin = world.open({}, env).browser()
        await admin.signIn()
        const { text } = await admin.get('/')
        assert.ok(text.includes(` ${base}/v1/avatars/42`), base)
        assert.match(text, /hx-sse:connect="\/live\/beginning"/)
      }
    })
  })

  it('ends its curve with how things stand now, not when they were counted last', async () => {
    await inWorld(async (world) => {
      const dayMs = 86_400_000
      const held = async () => ({ ...(await world.store.stats(world.now())), copies: 0 })
      await world.store.countDays(await held(), world.now())
      world.advance(dayMs - 3_600_000)
      await world.store.countDays(await held(), world.now())
      const urls = world.people(3)
      await world.jobs.keeper.register(
        urls.map((url, at) => ({ subject: `late-${at}`, url, name: null })),
      )
      await world.drain()
      const today = async (): Promise<string> => {
        const admin = world.open().browser()
        await admin.signIn()
        const { text } = await admin.get('/')
        return /<tbody>\s*<tr>([^]+?)<\/tr>/.exec(text)?.[1]?.replaceAll(/<[^>]+>|\s+/g, ' ') ?? ''
      }
      assert.match(await today(), /2026-11-22\s+3\s+3\s+\d+\s+0/)
      // A day that nobody has counted yet stands there as well.
      world.advance(7_200_000)
      assert.match(await today(), /2026-11-23\s+3\s+3\s+0\s+0/)
    })
  })

  it('speaks of rescues when there were some', async () => {
    await inWorld(async (world) => {
      const [url = ''] = world.people(1)
      await world.jobs.keeper.register([{ subject: 'ann', url, name: null }])
      const page = async (): Promise<string> => {
        const admin = world.open().browser()
        await admin.signIn()
        return (await admin.get('/')).text
      }
      assert.doesNotMatch(await page(), /rescued in time/)
      await world.store.change(['ann'], world.now(), () => ({
        patch: {},
        events: [{ type: 'avatar.rescued', data: {} }],
      }))
      world.advance(60_000)
      const { standings, copies } = await world.store.stats(world.now())
      await world.store.countDays({ standings, copies }, world.now())
      assert.match(await page(), /\b1 face that was not stored yet was rescued in time/)
    })
  })
})

describe('the policy', () => {
  it('says where its rules come from', async () => {
    await inWorld(async (world) => {
      const admin = world.open().browser()
      await admin.signIn()
      assert.match((await admin.get('/policy')).text, /standard ones[^]+EVERFACE_POLICY/)
      const other = world.open({}, { EVERFACE_POLICY: '/etc/<i>.yaml' }).browser()
      await other.signIn()
      assert.match((await other.get('/policy')).text, /read from <code><bdi>\/etc\/&lt;i&gt;\.yaml/)
    })
  })
})

describe('the system', () => {
  it('tells an app that has no webhook how to get one', async () => {
    await inWorld(async (world) => {
      const admin = world.open().browser()
      await admin.signIn()
      assert.match((await admin.get('/system')).text, /No webhook is set[^]+EVERFACE_WEBHOOKS/)
      const other = world.open({}, { EVERFACE_WEBHOOKS: 'https://hook.test/' }).browser()
      await other.signIn()
      assert.match((await other.get('/system')).text, /Every webhook was delivered/)
    })
  })
})
