// What the service needs goes away and comes back: the disk is full, the database is cut off, the blob store is cut off. It
// goes on showing what it has, says plainly what it cannot do now, and recovers by itself.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { startFauxqs } from 'fauxqs'
import { type Simulator, createSimulator } from '../../simulator/simulator.ts'
import { temporaryFolder } from '../everface.ts'
import { startPostgres } from '../servers.ts'
import { startLine } from './cuttable.ts'
import { type Service, eventually, freePort, runCommand, startService } from './service.ts'

const people = 40
/** Enough to fill a small disk. */
const crowd = 8_000

/** A client of one service. */
function clientOf(base: string, key: string) {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  return {
    put: (id: string, url: string) =>
      fetch(`${base}/v1/avatars/${id}`, {
        method: 'PUT',
        headers,
        body: JSON.stringify({ url }),
        signal: AbortSignal.timeout(20_000),
      }),
    get: async (path: string) => {
      const answer = await fetch(base + path, { headers, signal: AbortSignal.timeout(20_000) })
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
    },
    face: async (id: string) => {
      const answer = await fetch(`${base}/a/${id}?s=96`, { signal: AbortSignal.timeout(20_000) })
      const bytes = await answer.arrayBuffer()
      return {
        status: answer.status,
        shows: answer.headers.get('everface-shows'),
        bytes: bytes.byteLength,
      }
    },
  }
}

describe('an outage', { timeout: 300_000 }, () => {
  let simulator: Simulator
  before(async () => {
    simulator = await createSimulator({ seed: 9, edges: 2 })
    simulator.control.makePeople({ count: crowd, scheme: 'http' })
  })
  after(() => simulator.close())

  async function environment(more: Record<string, string>): Promise<Record<string, string>> {
    return {
      EVERFACE_LISTEN: `127.0.0.1:${await freePort()}`,
      EVERFACE_CONNECT_TO: simulator.connectTo.join(' '),
      EVERFACE_ALLOW_PRIVATE: 'true',
      EVERFACE_RATE: '1000',
      EVERFACE_SECRET: 'only-for-tests-only-for-tests-only-for-tests',
      ...more,
    }
  }

  async function makeKey(env: Record<string, string>): Promise<string> {
    const printed = await runCommand(
      ['key', 'create', '--name', 'test', '--scope', 'admin', '--json'],
      env,
    )
    return /ef_[A-Za-z0-9_-]+/.exec(printed)?.[0] ?? ''
  }

  /** Registers the first people and waits until their faces are stored. */
  async function settle(
    env: Record<string, string>,
    key: string,
  ): Promise<ReturnType<typeof clientOf>> {
    const client = clientOf(`http://${env['EVERFACE_LISTEN']}`, key)
    for (let n = 0; n < people; n++) {
      const { status } = await client.put(`p${n}`, simulator.control.person(`p${n}`).url)
      assert.ok(status < 300, `PUT ${status}`)
    }
    await eventually(300, async () => {
      const { body } = await client.get('/v1/avatars?standing=alive&limit=100')
      assert.equal((body['items'] as unknown[]).length, people)
    })
    for (let n = 0; n < people; n++) assert.equal((await client.face(`p${n}`)).shows, 'copy')
    return client
  }

  /** New people can be registered and are seen to. */
  async function recovers(client: ReturnType<typeof clientOf>, from: number): Promise<void> {
    await eventually(300, async () => {
      const { status } = await client.put(`p${from}`, simulator.control.person(`p${from}`).url)
      assert.ok(status < 300, `PUT ${status} after the outage`)
    })
    await eventually(450, async () => {
      assert.equal((await client.face(`p${from}`)).shows, 'copy', 'the new face is stored')
    })
    for (let n = 0; n < people; n++) assert.equal((await client.face(`p${n}`)).shows, 'copy')
  }

  async function withService(
    env: Record<string, string>,
    work: (service: Service) => Promise<void>,
  ): Promise<void> {
    const service = startService(env)
    try {
      await service.ready
      await work(service)
      assert.equal(await service.stop(), 0, service.output())
    } catch (error) {
      await service.kill()
      throw new Error(`${String(error)}\n${service.output().slice(-3_000)}`, { cause: error })
    }
  }

  it('of the disk: what is stored is shown, what cannot be stored is refused with 503, nothing is lost', async (t) => {
    using folder = temporaryFolder()
    let made = 0
    const disk = join(folder.path, 'disk')
    mkdirSync(disk)
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk])
    if (mounted.status !== 0) {
      t.skip('a small disk can only be mounted as root')
      return
    }
    try {
      const env = await environment({ EVERFACE_DATA: join(disk, 'data') })
      const key = await makeKey(env)
      await withService(env, async () => {
        const client = await settle(env, key)
        const filler = join(disk, 'filler')
        for (const bytes of [16 * 2 ** 20, 2 ** 20, 64 * 2 ** 10, 4_096]) fill(filler, bytes)
        let refused = 0
        const acknowledged: number[] = []
        for (let n = people + 2; n < crowd && refused < 20; n++) {
          const answer = await client.put(`p${n}`, simulator.control.person(`p${n}`).url)
          assert.ok(answer.status < 300 || answer.status === 503, `PUT ${answer.status}`)
          if (answer.status < 300) acknowledged.push(n)
          else refused++
          if (answer.status === 503) assert.ok(answer.headers.get('retry-after'))
        }
        assert.equal(refused, 20, 'the disk was full')
        for (let n = 0; n < people; n++) assert.equal((await client.face(`p${n}`)).status, 200)
        for (let name = 0; name < made; name++) rmSync(`${filler}-${name}`, { force: true })
        await recovers(client, people)
        for (const n of acknowledged) {
          const { body } = await client.get(`/v1/avatars/p${n}`)
          const source = body['source'] as { url: string } | undefined
          assert.equal(source?.url, simulator.control.person(`p${n}`).url, `p${n} was acknowledged`)
        }
      })
    } finally {
      spawnSync('umount', ['-l', disk])
    }

    /** Fills the disk with files of this size until nothing more goes in. */
    function fill(filler: string, bytes: number): void {
      try {
        writeFileSync(`${filler}-${made++}`, Buffer.alloc(bytes, 1))
        fill(filler, bytes)
      } catch {
        // Full to within `bytes`; what was written of this file stays, as on any full disk.
      }
    }
  })

  it('of the database: pictures are shown, the rest is 503 with Retry-After, and all is as before afterwards', async (t) => {
    const server = await startPostgres()
    if (server === null) {
      t.skip('PostgreSQL is not installed')
      return
    }
    using folder = temporaryFolder()
    const url = new URL(server.url)
    const line = await startLine(Number(url.port))
    url.port = String(line.port)
    try {
      const env = await environment({ EVERFACE_DATA: folder.path, DATABASE_URL: url.href })
      await runCommand(['migrate'], env)
      const key = await makeKey(env)
      await withService(env, async () => {
        const client = await settle(env, key)
        await line.cut()
        await eventually(50, async () => {
          const answer = await client.put('p1', simulator.control.person('p1').url)
          assert.equal(answer.status, 503)
          assert.ok(answer.headers.get('retry-after'))
        })
        const ready = await client.get('/readyz')
        assert.equal(ready.status, 503)
        for (let n = 0; n < people; n++) {
          assert.equal(
            (await client.face(`p${n}`)).shows,
            'copy',
            'it is shown without the database',
          )
        }
        await line.mend()
        await recovers(client, people)
      })
    } finally {
      await line.close()
      await server.stop()
    }
  })

  it('of the blob store: nothing is believed to be stored that is not, and faces come when it is back', async () => {
    using folder = temporaryFolder()
    const server = await startFauxqs({ port: 0, logger: false, init: { buckets: ['faces'] } })
    const line = await startLine(server.port)
    try {
      const env = await environment({
        EVERFACE_DATA: folder.path,
        EVERFACE_BLOBS: 's3://faces/pictures',
        EVERFACE_S3_ENDPOINT: `http://127.0.0.1:${line.port}`,
        EVERFACE_S3_REGION: 'us-east-1',
        EVERFACE_S3_PATH_STYLE: 'true',
        EVERFACE_S3_ACCESS_KEY_ID: 'test',
        EVERFACE_S3_SECRET_ACCESS_KEY: 'test',
      })
      const key = await makeKey(env)
      await withService(env, async () => {
        const client = await settle(env, key)
        await line.cut()
        const { url } = simulator.control.person(`p${people + 1}`)
        assert.ok(
          (await client.put(`p${people + 1}`, url)).status < 300,
          'rows can still be written',
        )
        await eventually(30, async () => {
          const face = await client.face(`p${people + 1}`)
          assert.equal(face.status, 200)
          assert.equal(face.shows, 'fallback')
        })
        // What is in memory is shown without the blob store.
        assert.equal((await client.face('p0')).shows, 'copy')
        await line.mend()
        await recovers(client, people)
        await eventually(600, async () => {
          assert.equal((await client.face(`p${people + 1}`)).shows, 'copy')
        })
      })
    } finally {
      await line.close()
      await server.stop()
    }
  })
})
