// Keys, deliveries and placeholders: what whoever runs the service does.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Harness, type HttpWorld, createHttpWorld, picture } from './harness.ts'

let world: HttpWorld
let http: Harness
before(async () => {
  world = await createHttpWorld()
  http = world.open()
})
after(() => world.close())

describe('/v1/keys', () => {
  it('makes a key that works at once, and shows its secret this once', async () => {
    const made = await http.ask('POST /v1/keys', { json: { name: 'app', scope: 'read' } })
    assert.equal(made.status, 201)
    const { secret, id } = made.json
    const headers = { authorization: `Bearer ${secret}` }
    assert.equal((await http.ask('GET /v1/stats', { headers })).status, 200)
    assert.equal((await http.ask('GET /v1/keys', { headers })).status, 403)
    const listed = await http.ask('GET /v1/keys')
    const found = listed.json.items.find((one: { id: string }) => one.id === id)
    assert.deepEqual([found.name, found.scope, found.revokedAt], ['app', 'read', null])
    assert.equal(found.lastUsedAt, new Date(world.now()).toISOString())
    assert.ok(!listed.text.includes(secret))
  })

  it('refuses a revoked key at once', async () => {
    const { secret, id } = (
      await http.ask('POST /v1/keys', { json: { name: 'b', scope: 'admin' } })
    ).json
    const headers = { authorization: `Bearer ${secret}` }
    assert.equal((await http.ask('GET /v1/keys', { headers })).status, 200)
    assert.equal((await http.ask(`DELETE /v1/keys/${id}`)).status, 204)
    const told = await http.ask('GET /v1/keys', { headers })
    assert.deepEqual([told.status, told.json.code], [401, 'key-unknown'])
    const again = await http.ask(`DELETE /v1/keys/${id}`)
    assert.deepEqual([again.status, again.json.code], [404, 'key-id-unknown'])
    assert.equal((await http.ask('DELETE /v1/keys/%20')).json.code, 'path-invalid')
  })

  it('takes no Idempotency-Key, since a secret would have to be remembered', async () => {
    const told = await http.ask('POST /v1/keys', {
      json: { name: 'c', scope: 'read' },
      headers: { 'idempotency-key': 'k' },
    })
    assert.deepEqual([told.status, told.json.code], [400, 'idempotency-unsupported'])
  })

  it('refuses names and scopes that there are not', async () => {
    for (const json of [
      { name: '', scope: 'read' },
      { name: 'x', scope: 'root' },
      { name: 'x' },
      [],
    ]) {
      assert.equal((await http.ask('POST /v1/keys', { json })).status, 422)
    }
  })
})

describe('/v1/deliveries', () => {
  it('lists what failed and sends it again, once', async () => {
    const body = await picture()
    await http.ask('PUT /v1/avatars/w1/picture', {
      body,
      headers: { 'content-type': 'image/jpeg' },
    })
    await http.ask('DELETE /v1/avatars/w1')
    const [due] = await world.store.dueDeliveries(world.now(), 10, 1_000)
    assert.ok(due !== undefined)
    await world.store.settleDeliveries([
      { id: due.id, state: 'failed', nextAt: world.now(), status: 500, error: 'HTTP 500' },
    ])
    const listed = await http.ask('GET /v1/deliveries?state=failed')
    assert.equal(listed.status, 200)
    const [failed] = listed.json.items
    assert.deepEqual(
      [failed.id, failed.state, failed.hook, failed.lastStatus, failed.lastError],
      [due.id, 'failed', 'http://hook.test/', 500, 'HTTP 500'],
    )
    assert.deepEqual([failed.event.type, failed.event.subject], ['avatar.forgotten', 'w1'])
    assert.equal((await http.ask(`POST /v1/deliveries/${due.id}/resend`)).status, 204)
    assert.equal(
      (await http.ask(`POST /v1/deliveries/${due.id}/resend`)).json.code,
      'delivery-unknown',
    )
    const [again] = await world.store.dueDeliveries(world.now(), 10, 1_000)
    assert.equal(again?.event.id, due.event.id)
  })

  it('takes numbers of deliveries and states only', async () => {
    for (const id of ['0', '-1', '1e3', 'x', '9'.repeat(16)]) {
      assert.equal(
        (await http.ask(`POST /v1/deliveries/${id}/resend`)).json.code,
        'path-invalid',
        id,
      )
    }
    assert.equal((await http.ask('GET /v1/deliveries?state=lost')).json.code, 'query-invalid')
  })
})

describe('/v1/placeholders', () => {
  it('marks bytes, and tells whom it concerned', async () => {
    const body = await picture(64, 33)
    for (const subject of ['m1', 'm2']) {
      const headers = { 'content-type': 'image/jpeg' }
      await http.ask(`PUT /v1/avatars/${subject}/picture`, { body, headers })
    }
    const avatar = await world.store.avatar('m1')
    const raw = avatar?.copy?.rawSha256 ?? ''
    const told = await http.ask(`PUT /v1/placeholders/${raw}`, { json: { mark: 'placeholder' } })
    assert.equal(told.status, 200)
    assert.deepEqual(told.json.subjects.sort(), ['m1', 'm2'])
    const { json } = await http.ask('GET /v1/avatars/m1')
    assert.deepEqual([json.standing, json.copy], ['placeholder', null])
    const listed = await http.ask('GET /v1/placeholders')
    const found = listed.json.items.find((one: { rawSha256: string }) => one.rawSha256 === raw)
    assert.equal(found.mark, 'placeholder')
  })

  it('takes SHA-256 in lower-case hex only', async () => {
    for (const hash of ['x', 'A'.repeat(64), 'a'.repeat(63)]) {
      const told = await http.ask(`PUT /v1/placeholders/${hash}`, { json: { mark: 'face' } })
      assert.deepEqual([told.status, told.json.code], [400, 'path-invalid'])
    }
  })
})
