// kill -9 at random moments under load: registering, probing, storing, serving, deleting, telling. What was acknowledged
// is there afterwards; nothing is there by half.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import sharp from 'sharp'
import { type Simulator, createSimulator } from '../../simulator/simulator.ts'
import { temporaryFolder } from '../everface.ts'
import {
  type Receiver,
  eventually,
  freePort,
  runCommand,
  startReceiver,
  startService,
} from './service.ts'

/** Nobody listened: the request did not reach the service. */
function isRefused(error: unknown): boolean {
  return ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code === 'ECONNREFUSED'
}

/** Moments of death. The whole figure takes some minutes; `CHAOS_ROUNDS` makes it shorter or longer. */
const rounds = Number(process.env['CHAOS_ROUNDS'] ?? 200)
const people = 400

interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
}

describe(`a service that is killed ${rounds} times`, { timeout: 1_500_000 }, () => {
  const folder = temporaryFolder()
  let simulator: Simulator
  let receiver: Receiver
  let base = ''
  let key = ''
  let env: Record<string, string> = {}
  let seed = 20_261_122
  const random = (): number => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed / 2_147_483_647
  }

  let asked = 0
  /** What was acknowledged: the source of a subject, or that it was forgotten, or uploaded. */
  const acknowledged = new Map<
    string,
    { url: string | null; state: 'there' | 'forgotten' | 'unsure' }
  >()

  async function call(method: string, path: string, body?: unknown): Promise<Answer> {
    const answer = await fetch(base + path, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(20_000),
    })
    const text = await answer.text()
    asked++
    return {
      status: answer.status,
      body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    }
  }

  before(async () => {
    simulator = await createSimulator({ seed: 3, edges: 3 })
    simulator.control.makePeople({ count: people, scheme: 'http', mix: { gone: 0.05, dying: 0.1 } })
    receiver = await startReceiver()
    const port = await freePort()
    base = `http://127.0.0.1:${port}`
    env = {
      EVERFACE_DATA: join(folder.path, 'data'),
      EVERFACE_LISTEN: `127.0.0.1:${port}`,
      EVERFACE_CONNECT_TO: simulator.connectTo.join(' '),
      EVERFACE_ALLOW_PRIVATE: 'true',
      EVERFACE_WEBHOOKS: receiver.url,
      EVERFACE_WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
      EVERFACE_RATE: '2000',
      EVERFACE_RATE_LIMIT: '0',
      EVERFACE_LOG: 'info',
    }
    const printed = await runCommand(
      ['key', 'create', '--name', 'chaos', '--scope', 'admin', '--json'],
      env,
    )
    key = /ef_[A-Za-z0-9_-]+/.exec(printed)?.[0] ?? ''
    assert.notEqual(key, '')
  })
  after(async () => {
    await simulator.close()
    await receiver.close()
    folder[Symbol.dispose]()
  })

  /** One thing after the other until the service is gone. Whatever was answered is remembered as acknowledged. */
  async function load(worker: number, over: () => boolean): Promise<void> {
    while (!over()) {
      const n = Math.floor(random() * people)
      // Each worker has people of its own, so that what is acknowledged is clear.
      const id = `p${n - (n % 4) + worker}`
      if (Number(id.slice(1)) >= people) continue
      const known = acknowledged.get(id)
      const what = random()
      try {
        if (known?.state !== 'there' || what < 0.3) {
          const { currentUrl: url } = simulator.control.person(id)
          acknowledged.set(id, { url, state: 'unsure' })
          const { status } = await call('PUT', `/v1/avatars/${id}`, { url, name: '王小明' })
          assert.ok(status === 200 || status === 201, `PUT ${status}`)
          acknowledged.set(id, { url, state: 'there' })
        } else if (what < 0.5) {
          const { status } = await call('POST', `/v1/avatars/${id}/probe`)
          assert.ok([200, 409, 422, 503].includes(status), `probe ${status}`)
        } else if (what < 0.6) {
          // Only what is stored may die: what could not be seen cannot be kept.
          const { body } = await call('GET', `/v1/avatars/${id}`)
          if (body['copy'] !== null) simulator.control.changePicture(id, { over: 0 })
        } else if (what < 0.65) {
          acknowledged.set(id, { url: known.url, state: 'unsure' })
          const { status } = await call('DELETE', `/v1/avatars/${id}`)
          assert.ok(status === 200, `DELETE ${status}`)
          acknowledged.set(id, { url: null, state: 'forgotten' })
        } else {
          const answer = await fetch(`${base}/a/${id}?s=96`)
          const bytes = await answer.arrayBuffer()
          assert.equal(answer.status, 200)
          assert.ok(bytes.byteLength > 0)
        }
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error
        // The service was killed while it was asked: nothing was acknowledged. If nobody took the request, nothing changed.
        if (isRefused(error) && known !== undefined) acknowledged.set(id, known)
        else if (isRefused(error)) acknowledged.delete(id)
        await sleep(2)
      }
    }
  }

  it('loses nothing that it acknowledged', async (t) => {
    for (let round = 0; round < rounds; round++) {
      const service = startService(env)
      let over = false
      const workers = [0, 1, 2, 3].map((worker) => load(worker, () => over))
      // Some die while they start, most under load.
      if (round % 10 !== 0) await service.ready
      await sleep(random() * 350)
      await service.kill()
      over = true
      await Promise.all(workers)
    }

    const service = startService(env)
    await service.ready
    try {
      // Work goes on: leases of the dead run out, and nobody is left unseen.
      await eventually(450, async () => {
        const { body } = await call('GET', '/v1/avatars?standing=unknown')
        assert.deepEqual(body['items'], [], 'somebody was never looked at')
      })
      let kept = 0
      const faceless: string[] = []
      for (const [id, { url, state }] of acknowledged) {
        if (state === 'unsure') continue
        const { status, body } = await call('GET', `/v1/avatars/${id}`)
        if (state === 'forgotten') {
          assert.equal(status, 404, `${id} came back`)
          continue
        }
        assert.equal(status, 200, `${id} was lost`)
        assert.equal((body['source'] as { url: string }).url, url, `${id} has another source`)
        const picture = await fetch(`${base}/a/${id}?s=132&f=png`)
        const bytes = Buffer.from(await picture.arrayBuffer())
        const shows = picture.headers.get('everface-shows')
        if (body['copy'] !== null) {
          assert.equal(shows, 'copy', `${id} has a row without bytes`)
          kept++
        } else if (
          simulator.control.person(id).links.find((link) => link.url === url)?.truth === 'alive'
        ) {
          faceless.push(`${id} ${String(body['standing'])} ${url}`)
        }
        assert.equal((await sharp(bytes).metadata()).format, 'png')
      }
      const states = [...acknowledged.values()].map(({ state }) => state)
      const there = states.filter((state) => state === 'there').length
      t.diagnostic(
        `${there} there, ${states.filter((s) => s === 'forgotten').length} forgotten, ${kept} kept, ${receiver.received.length} webhooks, ${asked} answers`,
      )
      assert.deepEqual(faceless, [], 'every living face is stored')
      assert.ok(kept > Math.min(people / 4, rounds), `${kept} faces are kept`)

      // Every event that is told was told; a repeat is the same.
      await eventually(1_500, async () => {
        const { body } = await call('GET', '/v1/stats')
        assert.equal((body['deliveries'] as { pending: number }).pending, 0, 'webhooks are waiting')
      })
      const bodies = new Map<string, string>()
      for (const { id, type, subject } of receiver.received) {
        assert.equal(bodies.get(id) ?? `${type} ${subject}`, `${type} ${subject}`, id)
        bodies.set(id, `${type} ${subject}`)
      }
      const told = new Set(bodies.values())
      for (const [id, { state }] of acknowledged) {
        if (state === 'forgotten') {
          assert.ok(told.has(`avatar.forgotten ${id}`), `nobody was told that ${id} is forgotten`)
          continue
        }
        if (state !== 'there') continue
        const { body } = await call('GET', `/v1/avatars/${id}/history?limit=100`)
        for (const entry of body['items'] as { kind: string; type?: string; id?: string }[]) {
          const type = entry.type ?? ''
          if (entry.kind !== 'event' || !/^avatar\.(?:gone|dying|changed|rescued)$/.test(type))
            continue
          assert.ok(bodies.has(entry.id ?? ''), `${type} of ${id} was never told`)
        }
      }
      assert.ok(bodies.size > rounds / 4, `${bodies.size} webhooks`)
    } finally {
      assert.equal(await service.stop(), 0, service.output())
    }
  })
})
