// History, looks on demand and events: the story of one avatar.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Harness, type HttpWorld, createHttpWorld, picture } from './harness.ts'

let world: HttpWorld
let http: Harness
before(async () => {
  world = await createHttpWorld()
  http = world.open()
  const [url = '', other = ''] = world.people(2)
  await http.ask('PUT /v1/avatars/s1', { json: { url } })
  await http.ask('PUT /v1/avatars/s2', { json: { url: other } })
  await http.ask('PUT /v1/avatars/up/picture', {
    body: await picture(),
    headers: { 'content-type': 'image/jpeg' },
  })
})
after(() => world.close())

describe('POST /v1/avatars/{subject}/probe', () => {
  it('looks now, and tells the finding and what was seen', async () => {
    const told = await http.ask('POST /v1/avatars/s1/probe', { as: 'write' })
    assert.equal(told.status, 200)
    assert.equal(told.json.finding.kind, 'alive')
    assert.equal(told.json.avatar.standing, 'alive')
    assert.ok(told.json.observations.length >= 1)
    assert.equal(told.json.observations[0].status, 200)
  })

  it('is done once for an Idempotency-Key', async () => {
    const headers = { 'idempotency-key': 'once' }
    const first = await http.ask('POST /v1/avatars/s1/probe', { as: 'write', headers })
    world.advance(60_000)
    const again = await http.ask('POST /v1/avatars/s1/probe', { as: 'write', headers })
    assert.equal(again.headers.get('idempotent-replayed'), 'true')
    assert.equal(again.text, first.text)
    const other = await http.ask('POST /v1/avatars/s2/probe', { as: 'write', headers })
    assert.deepEqual([other.status, other.json.code], [422, 'idempotency-reused'])
    const admin = await http.ask('POST /v1/avatars/s2/probe', { as: 'admin', headers })
    assert.equal(admin.status, 200, 'another caller has keys of its own')
  })

  it('says why there is nothing to look at', async () => {
    for (const [subject, status, code] of [
      ['up', 409, 'source-missing'],
      ['nobody', 404, 'subject-unknown'],
    ] as const) {
      const told = await http.ask(`POST /v1/avatars/${subject}/probe`)
      assert.deepEqual([told.status, told.json.code], [status, code])
    }
  })

  it('does not look where somebody else does', async () => {
    await world.store.claimOne({
      subject: 's2',
      limits: { pace: 1_000, budget: 30 },
      now: world.now(),
      leaseMs: 30_000,
      owner: 'another worker',
    })
    const told = await http.ask('POST /v1/avatars/s2/probe')
    assert.deepEqual([told.status, told.json.code], [409, 'look-in-progress'])
  })
})

describe('GET /v1/avatars/{subject}/history', () => {
  it('tells what was seen and what happened, newest first, in pages', async () => {
    const whole = await http.ask('GET /v1/avatars/s1/history', { as: 'read' })
    assert.equal(whole.status, 200)
    assert.equal(whole.json.next, null)
    const items = whole.json.items as { kind: string; type?: string; at: string }[]
    assert.ok(items.some(({ kind }) => kind === 'observation'))
    assert.ok(items.some(({ type }) => type === 'avatar.registered'))
    const times = items.map(({ at }) => at)
    assert.deepEqual(times, times.toSorted().toReversed())
    const paged: unknown[] = []
    let query = 'limit=1'
    for (;;) {
      const { json } = await http.ask(`GET /v1/avatars/s1/history?${query}`)
      paged.push(...json.items)
      if (json.next === null) break
      query = `limit=1&cursor=${json.next}`
    }
    assert.deepEqual(paged, items)
  })

  it('ends at once for a cursor that was never handed out', async () => {
    const told = await http.ask('GET /v1/avatars/s1/history?cursor=bm9uc2Vuc2U')
    assert.deepEqual(told.json, { items: [], next: null })
  })

  it('has no story of nobody', async () => {
    assert.equal((await http.ask('GET /v1/avatars/nobody/history')).status, 404)
    assert.equal((await http.ask('GET /v1/avatars/s1/history?from=x')).json.code, 'query-invalid')
  })
})

describe('POST /v1/avatars/{subject}/events', () => {
  it('takes every signal', async () => {
    for (const type of [
      'login',
      'open',
      'session-expired',
      'prompt-shown',
      'prompt-accepted',
      'prompt-declined',
    ]) {
      const told = await http.ask('POST /v1/avatars/s1/events', { as: 'write', json: { type } })
      assert.equal(told.status, 204, type)
    }
    const { json } = await http.ask('GET /v1/avatars/s1/history')
    const types = json.items.map(({ type }: { type?: string }) => type)
    assert.ok(types.includes('person.prompt-declined'))
  })

  it('refuses signals that there are not', async () => {
    const told = await http.ask('POST /v1/avatars/s1/events', { json: { type: 'logout' } })
    assert.deepEqual([told.status, told.json.code], [422, 'body-invalid'])
  })

  it('forgets whoever withdraws consent', async () => {
    const json = { type: 'consent-withdrawn' }
    assert.equal((await http.ask('POST /v1/avatars/s1/events', { json })).status, 204)
    assert.equal((await http.ask('GET /v1/avatars/s1')).status, 404)
    assert.equal((await http.ask('POST /v1/avatars/s1/events', { json })).status, 404)
  })
})
