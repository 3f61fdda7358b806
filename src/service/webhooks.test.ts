// Webhooks against a real server that misbehaves, and against a store that is held in memory.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, describe, it } from 'node:test'
import { Webhook } from 'standardwebhooks'
import type { Delivery, DeliveryResult, StoredEvent } from '../store/store.ts'
import type { Log } from './log.ts'
import { type Post, createPoster, nextTry } from './webhook-post.ts'
import { webhookSecretsOf } from './webhook-sign.ts'
import { createWebhooks } from './webhooks.ts'

const hourMs = 3_600_000
const startedAt = Date.UTC(2026, 10, 22, 8)
const secrets = {
  secret: 'k3Jv9QpXz71LmNs0TtRb5WcYh2GfDa8U',
  oldSecrets: [],
  webhookSecret: null,
}

interface Received {
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** A store of deliveries, as much of it as webhooks see. */
function createDeliveries() {
  const rows = new Map<number, Delivery & { leasedUntil: number }>()
  let failing = false
  return {
    rows,
    fail(now: boolean) {
      failing = now
    },
    add(hook: string, event: Partial<StoredEvent> = {}): number {
      const id = rows.size + 1
      rows.set(id, {
        id,
        hook,
        event: {
          id: `ev_${id}`,
          type: 'avatar.gone',
          subject: `person-${id}`,
          at: startedAt,
          data: { provider: 'wechat' },
          ...event,
        },
        state: 'pending',
        attempts: 0,
        nextAt: startedAt,
        lastStatus: null,
        lastError: null,
        leasedUntil: 0,
      })
      return id
    },
    async dueDeliveries(now: number, max: number, leaseMs: number): Promise<readonly Delivery[]> {
      const due = [...rows.values()]
        .filter((row) => row.state === 'pending' && row.nextAt <= now && row.leasedUntil <= now)
        .slice(0, max)
      for (const row of due) row.leasedUntil = now + leaseMs
      return due.map((row) => ({ ...row }))
    },
    async settleDeliveries(results: readonly DeliveryResult[]): Promise<void> {
      if (failing) throw new Error('the store is away')
      for (const { id, state, nextAt, status, error } of results) {
        const row = rows.get(id)
        if (row === undefined) continue
        const attempts = row.attempts + 1
        rows.set(id, {
          ...row,
          state,
          nextAt,
          attempts,
          lastStatus: status,
          lastError: error,
          leasedUntil: 0,
        })
      }
    },
    stateOf: (id: number) => rows.get(id)?.state,
    waitOf: (id: number) => (rows.get(id)?.nextAt ?? 0) - startedAt,
  }
}

describe('webhooks', { timeout: 30_000 }, () => {
  const received: Received[] = []
  const behaviours = new Map<string, (response: ServerResponse, request: IncomingMessage) => void>()
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (piece: string) => {
      body += piece
    })
    request.on('end', () => {
      received.push({ path: request.url ?? '', headers: request.headers, body })
      behaviours.get(request.url ?? '')?.(response, request)
    })
  })
  const poster = createPoster({ timeoutMs: 250, now: () => startedAt })
  const logged: string[] = []
  const write = (fields: object, message: string) => {
    logged.push(`${message} ${JSON.stringify(fields)}`)
  }
  const log: Log = { debug: write, info: write, warn: write, error: write }
  let origin = ''
  let clock = startedAt
  let store = createDeliveries()

  before(async () => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    behaviours.set('/ok', (response) => response.writeHead(204).end())
    behaviours.set('/away', () => {})
    for (const status of [302, 400, 410, 500]) {
      behaviours.set(`/${status}`, (response) =>
        response.writeHead(status, { location: '/ok' }).end('x'),
      )
    }
    behaviours.set('/busy', (response) => response.writeHead(429, { 'retry-after': '120' }).end())
    behaviours.set('/reset', (_, request) => request.socket.resetAndDestroy())
    behaviours.set('/endless', (response) => {
      response.writeHead(200)
      const go = (): void => {
        while (response.write(Buffer.alloc(16_384)));
      }
      response.on('drain', go)
      go()
    })
  })
  after(() => {
    poster.close()
    server.closeAllConnections()
    server.close()
  })
  beforeEach(() => {
    received.length = 0
    logged.length = 0
    clock = startedAt
    store = createDeliveries()
  })

  const hook = (path: string) => `${origin}${path}`
  function create(paths: readonly string[], more: { patienceMs?: number; post?: Post } = {}) {
    return createWebhooks({
      store,
      settings: { webhooks: paths.map(hook) },
      secrets,
      post: poster.post,
      log,
      now: () => clock,
      random: () => 0.5,
      patienceMs: 20_000,
      ...more,
    })
  }

  it('posts what any library of the specification verifies', async () => {
    const id = store.add(hook('/ok'), { data: { subject: 'forged', from: 'alive' } })
    // Its check of the time reads the real clock.
    clock = Date.now()
    assert.equal(await create(['/ok']).deliver(), 1)
    assert.equal(store.stateOf(id), 'delivered')
    const [got] = received
    assert.ok(got !== undefined)
    const [secret = ''] = webhookSecretsOf(secrets)
    const body = new Webhook(secret).verify(got.body, got.headers as Record<string, string>)
    assert.deepEqual(body, {
      type: 'avatar.gone',
      timestamp: '2026-11-22T08:00:00.000Z',
      data: { subject: 'person-1', from: 'alive' },
    })
    assert.equal(got.headers['webhook-id'], 'ev_1')
    assert.equal(got.headers['content-type'], 'application/json; charset=utf-8')
    assert.throws(() =>
      new Webhook(secret).verify(`${got.body} `, got.headers as Record<string, string>),
    )
  })

  it('keeps the id and renews time and signature on every try', async () => {
    const id = store.add(hook('/500'))
    const webhooks = create(['/500'])
    await webhooks.deliver()
    assert.equal(store.stateOf(id), 'pending')
    assert.equal(await webhooks.deliver(), 0, 'it is not due yet')
    clock += store.waitOf(id)
    await webhooks.deliver()
    const [one, two] = received.map(({ headers }) => headers)
    assert.equal(one?.['webhook-id'], two?.['webhook-id'])
    assert.notEqual(one?.['webhook-timestamp'], two?.['webhook-timestamp'])
    assert.notEqual(one?.['webhook-signature'], two?.['webhook-signature'])
  })

  it('tries again after whatever is no success, and follows no redirect', async () => {
    const paths = ['/302', '/400', '/500', '/away', '/reset']
    const ids = paths.map((path) => store.add(hook(path)))
    await create(paths).deliver()
    assert.deepEqual(
      ids.map((id) => store.stateOf(id)),
      paths.map(() => 'pending'),
    )
    assert.deepEqual(new Set(ids.map((id) => store.waitOf(id))), new Set([5_000]))
    assert.ok(received.every(({ path }) => path !== '/ok'))
    assert.match(store.rows.get(1)?.lastError ?? '', /redirects are not followed/)
    assert.match(store.rows.get(4)?.lastError ?? '', /No answer within 250 ms/)
    assert.deepEqual([store.rows.get(3)?.lastStatus, store.rows.get(4)?.lastStatus], [500, null])
  })

  it('gives up at once when the receiver says 410', async () => {
    const id = store.add(hook('/410'))
    await create(['/410']).deliver()
    assert.equal(store.stateOf(id), 'failed')
    assert.match(logged.join('\n'), /given up/)
  })

  it('waits as long as Retry-After asks, with everything for that hook', async () => {
    const ids = Array.from({ length: 30 }, () => store.add(hook('/busy')))
    const webhooks = create(['/busy'])
    await webhooks.deliver()
    assert.ok(received.length < 30)
    for (const id of ids) assert.ok(store.waitOf(id) >= 120_000, `${store.waitOf(id)}`)
    assert.deepEqual(new Set(ids.map((id) => store.stateOf(id))), new Set(['pending']))
  })

  it('takes an endless answer for the success that its status says, and cuts it', async () => {
    const id = store.add(hook('/endless'))
    await create(['/endless']).deliver()
    assert.equal(store.stateOf(id), 'delivered')
  })

  it('delivers to one hook although another does not answer', async () => {
    const silent: IncomingMessage[] = []
    const allThere = Promise.withResolvers<void>()
    let there = 0
    behaviours.set('/silent', (_, request) => {
      silent.push(request)
    })
    behaviours.set('/fine', (response) => {
      response.writeHead(200).end()
      if (++there === 20) allThere.resolve()
    })
    const away = Array.from({ length: 60 }, () => store.add(hook('/silent')))
    const fine = Array.from({ length: 20 }, () => store.add(hook('/fine')))
    const patient = createPoster({ now: () => startedAt })
    const webhooks = create(['/silent', '/fine'], { patienceMs: 0, post: patient.post })
    assert.equal(await webhooks.deliver(), 80)
    await allThere.promise
    for (const id of away) assert.equal(store.rows.get(id)?.attempts, 0, 'nobody has answered yet')
    for (const request of silent) request.socket.destroy()
    await webhooks.close()
    for (const id of fine) assert.equal(store.stateOf(id), 'delivered')
    for (const id of away) assert.equal(store.stateOf(id), 'pending')
    assert.ok(silent.length <= 16, `${silent.length} posts to a hook that is away`)
    patient.close()
  })

  it('leaves a hook alone that fails and fails, then finds it again', async () => {
    let away = true
    behaviours.set('/ill', (response) => response.writeHead(away ? 500 : 200).end())
    const ids = Array.from({ length: 100 }, () => store.add(hook('/ill')))
    const webhooks = create(['/ill'])
    await webhooks.deliver()
    const tries = received.length
    assert.ok(tries < 20, `${tries}`)
    clock += 6_000
    await webhooks.deliver()
    assert.equal(received.length, tries, 'it rests')
    away = false
    clock += 60_000
    while ((await webhooks.deliver()) > 0) clock += 1_000
    assert.deepEqual(new Set(ids.map((id) => store.stateOf(id))), new Set(['delivered']))
  })

  it('puts off what has waited long for a hook that is away by more and more', async () => {
    behaviours.set('/ill', (response) => response.writeHead(500).end())
    const webhooks = create(['/ill'])
    for (let more = 0; more < 20; more++) store.add(hook('/ill'))
    await webhooks.deliver()
    const tries = received.length
    const old = store.add(hook('/ill'), { at: clock - 4 * hourMs })
    const young = store.add(hook('/ill'), { at: clock })
    await webhooks.deliver()
    assert.equal(received.length, tries, 'it rests')
    assert.ok(store.waitOf(young) <= 60_000, `${store.waitOf(young)} ms`)
    assert.ok(store.waitOf(old) > 10 * 60_000, `${store.waitOf(old)} ms`)
  })

  it('does not wait for a hook until a clock that was set back comes there again', async () => {
    let away = true
    behaviours.set('/ill', (response) => response.writeHead(away ? 500 : 200).end())
    const webhooks = create(['/ill'])
    clock += 365 * 24 * hourMs
    for (let more = 0; more < 20; more++) store.add(hook('/ill'), { at: clock })
    await webhooks.deliver()
    clock = startedAt
    away = false
    const id = store.add(hook('/ill'))
    await webhooks.deliver()
    assert.equal(store.stateOf(id), 'delivered')
  })

  it('fails what is meant for a hook that is no longer configured, and asks nobody', async () => {
    const id = store.add(hook('/ok'))
    await create(['/500']).deliver()
    assert.equal(store.stateOf(id), 'failed')
    assert.equal(received.length, 0)
  })

  it('gives up after three days, not before', async () => {
    const id = store.add(hook('/500'))
    const webhooks = create(['/500'])
    let tries = 0
    while (store.stateOf(id) === 'pending') {
      await webhooks.deliver()
      tries = received.length
      clock = Math.max(clock + 1_000, startedAt + store.waitOf(id))
      assert.ok(tries < 40, 'it goes on for ever')
    }
    const tookMs = store.waitOf(id)
    assert.ok(tookMs >= 72 * hourMs && tookMs < 73 * hourMs, `${tookMs / hourMs} h`)
    assert.ok(tries >= 12 && tries <= 18, `${tries} tries`)
  })

  it('delivers again what the store did not take as delivered', async () => {
    const id = store.add(hook('/ok'))
    const webhooks = create(['/ok'])
    store.fail(true)
    await webhooks.deliver()
    store.fail(false)
    assert.equal(store.stateOf(id), 'pending')
    assert.equal(await webhooks.deliver(), 0, 'the lease holds')
    clock += 120_000
    await webhooks.deliver()
    assert.equal(store.stateOf(id), 'delivered')
    assert.deepEqual(
      received.map(({ headers }) => headers['webhook-id']),
      ['ev_1', 'ev_1'],
    )
  })

  it('ends what is on its way when it is closed, and begins nothing', async () => {
    const held: ServerResponse[] = []
    const full = Promise.withResolvers<void>()
    behaviours.set('/held', (response) => {
      if (held.push(response) === 8) full.resolve()
    })
    const ids = Array.from({ length: 20 }, () => store.add(hook('/held')))
    const webhooks = create(['/held'], { patienceMs: 0 })
    await webhooks.deliver()
    const closed = webhooks.close()
    await full.promise
    for (const response of held) response.writeHead(200).end()
    await closed
    const delivered = ids.filter((id) => store.stateOf(id) === 'delivered')
    assert.equal(delivered.length, 8)
    assert.equal(await webhooks.deliver(), 0)
  })

  it('logs neither paths nor signatures', async () => {
    store.add(hook('/500'))
    await create(['/500']).deliver()
    const text = logged.join('\n')
    assert.match(text, /webhook failed/)
    assert.ok(!text.includes('/500') && !text.includes('v1,'), text)
  })

  it('posts over a kept connection that the receiver has closed meanwhile', async () => {
    behaviours.set('/once', (response, request) => {
      response.writeHead(200).end()
      response.on('finish', () => request.socket.destroy())
    })
    for (let turn = 0; turn < 3; turn++) {
      const id = store.add(hook('/once'))
      await create(['/once']).deliver()
      assert.equal(store.stateOf(id), 'delivered')
    }
  })
})

describe('the secret of webhooks', () => {
  it('follows from the secret of the service unless one is set', () => {
    const [derived = ''] = webhookSecretsOf(secrets)
    assert.match(derived, /^whsec_[A-Za-z0-9+/]{43}=$/)
    assert.ok(!derived.includes(secrets.secret))
    assert.deepEqual(webhookSecretsOf(secrets), [derived], 'always the same')
    const set = { ...secrets, webhookSecret: 'whsec_AAAA whsec_BBBB' }
    assert.deepEqual(webhookSecretsOf(set), ['whsec_AAAA', 'whsec_BBBB'])
  })

  it('signs with former secrets too, so that receivers can change in their own time', () => {
    const [before] = webhookSecretsOf(secrets)
    const changed = { ...secrets, secret: 'x'.repeat(32), oldSecrets: [secrets.secret] }
    assert.equal(webhookSecretsOf(changed)[1], before)
  })
})

describe('nextTry', () => {
  const answer = { status: 500, retryAfterMs: null }

  it('waits twice as long as all before, at the most twelve hours', () => {
    const waits: number[] = []
    let ageMs = 0
    for (;;) {
      const waitMs = nextTry({ answer, ageMs, attempts: waits.length, random: 0.5 })
      if (waitMs === null) break
      waits.push(waitMs)
      ageMs += waitMs
    }
    assert.deepEqual(waits.slice(0, 5), [5_000, 10_000, 30_000, 90_000, 270_000])
    assert.equal(Math.max(...waits), 12 * hourMs)
    assert.equal(ageMs, 72 * hourMs)
  })

  it('gives an event that was kept waiting its tries all the same', () => {
    assert.equal(nextTry({ answer, ageMs: 200 * hourMs, attempts: 1, random: 0.5 }), 10_000)
    assert.equal(nextTry({ answer, ageMs: 200 * hourMs, attempts: 12, random: 0.5 }), null)
  })

  it('bounds what Retry-After may ask', () => {
    const asked = { status: 503, retryAfterMs: 10 ** 12 }
    assert.equal(nextTry({ answer: asked, ageMs: 0, attempts: 0, random: 0.5 }), 12 * hourMs)
  })
})
