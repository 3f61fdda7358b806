// Page tokens and beacons: what pages may do.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { mintPageToken, readPageToken } from '../page-token.ts'
import { type Harness, type HttpWorld, createHttpWorld } from './harness.ts'

const secret = 'the secret of tests'
let world: HttpWorld
let http: Harness
const hinted: string[] = []
before(async () => {
  world = await createHttpWorld()
  http = world.open({
    keeper: { ...world.jobs.keeper, hint: (subject) => void hinted.push(subject) },
  })
})
after(() => world.close())

describe('POST /v1/page-tokens', () => {
  it('makes a token for one subject, or for beacons alone', async () => {
    const told = await http.ask('POST /v1/page-tokens', {
      as: 'write',
      json: { subject: '42', expiresIn: 60 },
    })
    assert.equal(told.status, 200)
    assert.deepEqual(readPageToken(told.json.token, [secret], world.now()), {
      kind: 'valid',
      subject: '42',
      expiresAt: world.now() + 60_000,
    })
    assert.equal(told.json.expiresAt, new Date(world.now() + 60_000).toISOString())
    const plain = await http.ask('POST /v1/page-tokens', { as: 'write' })
    assert.equal(plain.json.subject, null)
  })

  it('makes none that lives longer than a day', async () => {
    const told = await http.ask('POST /v1/page-tokens', { json: { expiresIn: 86_401 } })
    assert.deepEqual([told.status, told.json.code], [422, 'body-invalid'])
  })
})

describe('POST /v1/beacons', () => {
  const token = (subject: string | null, of = secret, ms = 60_000) =>
    mintPageToken({ subject, expiresAt: world.now() + ms }, of)

  it('hears hints by any token, once a subject', async () => {
    hinted.length = 0
    const told = await http.ask('POST /v1/beacons', {
      as: 'none',
      json: { token: token(null), subjects: ['1', '2', '1'] },
    })
    assert.equal(told.status, 204)
    assert.deepEqual(hinted, ['1', '2'])
  })

  it('hears what navigator.sendBeacon sends, from any origin', async () => {
    const told = await http.ask('POST /v1/beacons', {
      as: 'none',
      body: JSON.stringify({ token: token('7', 'a former secret'), subjects: ['7'] }),
      headers: { 'content-type': 'text/plain;charset=UTF-8', origin: 'https://app.test' },
    })
    assert.equal(told.status, 204)
    assert.equal(told.headers.get('access-control-allow-origin'), '*')
    const before = await http.ask('OPTIONS /v1/beacons', { as: 'none' })
    assert.equal(before.status, 204)
    assert.equal(before.headers.get('access-control-allow-methods'), 'POST, OPTIONS')
    assert.match(before.headers.get('access-control-allow-headers') ?? '', /Content-Type/)
  })

  it('believes no token that is forged, over, or of somebody else', async () => {
    hinted.length = 0
    for (const [given, status, code] of [
      [token(null, 'another secret'), 401, 'page-token-invalid'],
      [token(null, secret, 0), 401, 'page-token-invalid'],
      ['', 401, 'page-token-invalid'],
      [token('8'), 403, 'subject-forbidden'],
    ] as const) {
      const told = await http.ask('POST /v1/beacons', {
        as: 'none',
        json: { token: given, subjects: ['8', '9'] },
      })
      assert.deepEqual([told.status, told.json.code], [status, code])
      assert.equal(told.headers.get('access-control-allow-origin'), '*', 'pages may read why')
    }
    assert.deepEqual(hinted, [])
  })

  it('does not tell whether a subject is known', async () => {
    const [url = ''] = world.people(1)
    await http.ask('PUT /v1/avatars/known', { json: { url } })
    const hint = (subject: string) =>
      http.ask('POST /v1/beacons', {
        as: 'none',
        json: { token: token(null), subjects: [subject] },
      })
    const known = await hint('known')
    const unknown = await hint('unknown')
    assert.deepEqual([known.status, known.text], [unknown.status, unknown.text])
  })

  it('bounds every address, and not one for another', async () => {
    const bounded = world.open()
    const from = (address: string) =>
      bounded.ask('POST /v1/beacons', {
        as: 'none',
        json: { token: token(null), subjects: ['1'] },
        arrival: { address },
      })
    let last = await from('203.0.113.1')
    for (let sent = 1; last.status === 204 && sent < 2_000; sent++) last = await from('203.0.113.1')
    assert.deepEqual([last.status, last.json.code], [429, 'too-many-requests'])
    assert.ok(Number(last.headers.get('retry-after')) >= 1)
    assert.equal((await from('203.0.113.2')).status, 204)
    world.advance(60_000)
    assert.equal((await from('203.0.113.1')).status, 204)
  })

  it('takes no more than 32 subjects', async () => {
    const subjects = Array.from({ length: 33 }, (_, at) => String(at))
    const told = await http.ask('POST /v1/beacons', {
      as: 'none',
      json: { token: token(null), subjects },
    })
    assert.deepEqual([told.status, told.json.code], [422, 'body-invalid'])
  })
})
