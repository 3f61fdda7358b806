import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Harness, type HttpWorld, createHttpWorld, picture } from './harness.ts'

const dayMs = 86_400_000
let world: HttpWorld
let http: Harness
before(async () => {
  world = await createHttpWorld()
  http = world.open()
})
after(() => world.close())

describe('PUT /v1/avatars/{subject}', () => {
  it('registers, and renews without a change when it is sent again', async () => {
    const [url = ''] = world.people(1)
    const body = {
      url,
      name: '王小明',
      provider: 'wechat',
      observedAt: '2026-11-21T09:30:00+08:00',
    }
    const first = await http.ask('PUT /v1/avatars/p1', { as: 'write', json: body })
    assert.equal(first.status, 201)
    assert.equal(first.json.name, '王小明')
    assert.equal(first.json.provider, 'wechat')
    assert.equal(first.json.standing, 'unknown')
    assert.deepEqual(first.json.source, {
      url,
      expiresAt: null,
      confirmedAt: '2026-11-21T01:30:00.000Z',
    })
    assert.equal(first.json.nextCheckAt, '2026-11-22T00:00:00.000Z')
    assert.equal(first.json.copy, null)
    const again = await http.ask('PUT /v1/avatars/p1', { as: 'write', json: body })
    assert.equal(again.status, 200)
    assert.deepEqual(again.json, first.json)
  })

  it('hands out stable URLs for every size, signed where that is demanded', async () => {
    const [url = ''] = world.people(1)
    const plain = await http.ask('PUT /v1/avatars/a:b@c', { json: { url } })
    assert.equal(plain.json.urls['132'], 'https://faces.test/a/a:b@c?s=132')
    assert.deepEqual(Object.keys(plain.json.urls), ['46', '64', '96', '132', '264', '640'])
    const signed = world.open({}, { signing: 'required', publicUrl: null })
    const told = await signed.ask('GET /v1/avatars/a:b@c')
    assert.match(
      told.json.urls['46'],
      /^http:\/\/inside\.test\/a\/a:b@c\?s=46&exp=\d+&sig=[A-Za-z0-9_-]{43}$/,
    )
  })

  it('keeps a name that is not sent, and takes it away by null', async () => {
    const [url = ''] = world.people(1)
    await http.ask('PUT /v1/avatars/p2', { json: { url, name: 'Ann' } })
    assert.equal((await http.ask('PUT /v1/avatars/p2', { json: { url } })).json.name, 'Ann')
    const without = await http.ask('PUT /v1/avatars/p2', { json: { url, name: null } })
    assert.equal(without.json.name, null)
  })

  it('names every field that it does not know', async () => {
    const told = await http.ask('PUT /v1/avatars/p3', {
      json: { url: 'https://a.test/b.jpg', nmae: 'x', grants: {} },
    })
    assert.equal(told.status, 422)
    assert.equal(told.json.code, 'body-invalid')
    assert.deepEqual(told.json.errors, [
      { pointer: '/nmae', detail: 'There is no such field.' },
      { pointer: '/grants', detail: 'There is no such field.' },
    ])
  })

  it('refuses a provider that the URL does not belong to', async () => {
    const [url = ''] = world.people(1)
    const told = await http.ask('PUT /v1/avatars/p3', { json: { url, provider: 'qq' } })
    assert.deepEqual([told.status, told.json.code], [422, 'provider-mismatch'])
  })

  it('passes on what the keeper denies', async () => {
    const url = 'https://thirdwx.qlogo.cn/mmopen/vi_32/abc/132'
    for (const [json, code] of [
      [{ url, snapshot: true }, 'snapshot-profile'],
      [{ url, snapshot: true, provider: 'qq' }, 'snapshot-profile'],
      [{ url: 'wxfile://tmp_1.jpg' }, 'url-invalid'],
      [{ url: 'not a url' }, 'url-invalid'],
      [{ url, observedAt: '2026-12-24T00:00:00Z' }, 'observed-in-future'],
      [{ url, name: 'x'.repeat(300) }, 'name-too-long'],
    ] as const) {
      const told = await http.ask('PUT /v1/avatars/p4', { json })
      assert.deepEqual([told.status, told.json.code], [422, code])
    }
    assert.equal((await http.ask('GET /v1/avatars/p4')).status, 404)
  })

  it('refuses text that no store could keep', async () => {
    for (const name of ['a\0b', 'half \ud800']) {
      const told = await http.ask('PUT /v1/avatars/p4', { json: { url: 'https://a.test/', name } })
      assert.deepEqual([told.status, told.json.code], [422, 'body-invalid'])
    }
  })

  it('takes subjects percent-encoded, and no others than the documented', async () => {
    const [url = ''] = world.people(1)
    const told = await http.ask('PUT /v1/avatars/a%3Ab%40d', { json: { url } })
    assert.equal(told.json.subject, 'a:b@d')
    for (const bad of ['a%2Fb', 'a%20b', '%E4%BD%A0', '%zz', 'x'.repeat(129), 'a;b', '%00']) {
      const refused = await http.ask(`PUT /v1/avatars/${bad}`, { json: { url } })
      assert.deepEqual([refused.status, refused.json.code], [400, 'subject-invalid'], bad)
    }
  })
})

describe('GET /v1/avatars/{subject}', () => {
  it('tells what a look has brought', async () => {
    const [url = ''] = world.people(1)
    await http.ask('PUT /v1/avatars/g1', { json: { url } })
    await world.drain()
    const told = await http.ask('GET /v1/avatars/g1', { as: 'read' })
    assert.equal(told.status, 200)
    assert.equal(told.json.standing, 'alive')
    assert.match(told.json.copy.sha256, /^[0-9a-f]{64}$/)
    assert.ok(told.json.copy.width > 0 && told.json.copy.height > 0)
    assert.deepEqual(
      told.json.sources.map((one: { url: string; until: null }) => [one.url, one.until]),
      [[url, null]],
    )
    assert.ok(told.json.belief.changeRatePerDay > 0)
    assert.ok(Date.parse(told.json.nextCheckAt) > world.now())
  })

  it('doubts more as time goes by', async () => {
    const before = (await http.ask('GET /v1/avatars/g1')).json.belief.changed
    world.advance(30 * dayMs)
    const later = (await http.ask('GET /v1/avatars/g1')).json.belief.changed
    assert.ok(before < 0.01 && later > 0.1 && later < 1, `${before} ${later}`)
  })

  it('says of a subject that nobody registered that it is unknown', async () => {
    const told = await http.ask('GET /v1/avatars/nobody')
    assert.deepEqual([told.status, told.json.code], [404, 'subject-unknown'])
  })

  it('has no source to tell of an upload', async () => {
    await http.ask('PUT /v1/avatars/up1/picture', {
      body: await picture(),
      headers: { 'content-type': 'image/jpeg' },
    })
    const { json } = await http.ask('GET /v1/avatars/up1')
    assert.deepEqual(
      [json.source, json.nextCheckAt, json.provider, json.standing, json.sources],
      [null, null, 'upload', 'uploaded', []],
    )
  })
})

describe('GET /v1/avatars', () => {
  it('goes through all avatars once, in order, whatever the size of a page', async () => {
    const urls = world.people(23)
    for (const [at, url] of urls.entries()) {
      await http.ask(`PUT /v1/avatars/list-${String(at).padStart(2, '0')}`, { json: { url } })
    }
    const all = (await http.ask('GET /v1/avatars?limit=500')).json.items
    const found: string[] = []
    let next: string | null = null
    do {
      const from: string = next === null ? '' : `&cursor=${next}`
      const page = await http.ask(`GET /v1/avatars?limit=7${from}`, { as: 'read' })
      found.push(...page.json.items.map((one: { subject: string }) => one.subject))
      next = page.json.next
    } while (next !== null)
    assert.deepEqual(
      found,
      all.map((one: { subject: string }) => one.subject),
    )
    assert.ok(found.length >= 23)
    assert.deepEqual(found, [...new Set(found)].sort())
  })

  it('takes those of one standing or provider', async () => {
    const uploaded = await http.ask('GET /v1/avatars?standing=uploaded')
    assert.deepEqual(
      uploaded.json.items.map((one: { subject: string }) => one.subject),
      ['up1'],
    )
    assert.deepEqual((await http.ask('GET /v1/avatars?provider=qq')).json, {
      items: [],
      next: null,
    })
  })

  it('refuses a query that it would have to guess at', async () => {
    for (const query of [
      'standing=deadish',
      'state=gone',
      'limit=0',
      'limit=501',
      'limit=1e2',
      'limit=',
      'standing=gone&standing=alive',
      'cursor=YSBi',
      'cursor=%00',
      'cursor=',
      'provider=A',
      '__proto__=1',
    ]) {
      const told = await http.ask(`GET /v1/avatars?${query}`)
      assert.deepEqual([told.status, told.json.code], [400, 'query-invalid'], query)
    }
  })
})

describe('DELETE /v1/avatars/{subject}', () => {
  it('forgets, and gives a receipt with what to purge', async () => {
    const bytes = await picture(80, 1)
    const headers = { 'content-type': 'image/jpeg' }
    await http.ask('PUT /v1/avatars/d:1/picture', { body: bytes, headers })
    const { sha256 } = (await http.ask('GET /v1/avatars/d:1')).json.copy
    const told = await http.ask('DELETE /v1/avatars/d:1', { as: 'write' })
    assert.equal(told.status, 200)
    assert.deepEqual(told.json.pictures, { removed: [sha256], shared: [] })
    assert.deepEqual(told.json.purge, [
      'https://faces.test/a/d:1',
      'https://faces.test/a/d:1?*',
      `https://faces.test/p/${sha256}/*`,
    ])
    assert.ok(told.json.events >= 1)
    assert.equal(await world.pictures.has(sha256), false)
    assert.equal((await http.ask('GET /v1/avatars/d:1')).status, 404)
    assert.equal((await http.ask('DELETE /v1/avatars/d:1')).status, 404)
  })

  it('leaves a picture that others show, and does not have it purged', async () => {
    const bytes = await picture(80, 2)
    const headers = { 'content-type': 'image/jpeg' }
    await http.ask('PUT /v1/avatars/d2/picture', { body: bytes, headers })
    await http.ask('PUT /v1/avatars/d3/picture', { body: bytes, headers })
    const told = await http.ask('DELETE /v1/avatars/d2')
    assert.equal(told.json.pictures.removed.length, 0)
    assert.equal(told.json.pictures.shared.length, 1)
    assert.equal(told.json.purge.length, 2)
  })
})
