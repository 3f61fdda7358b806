import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { EverfaceError } from '../../errors.ts'
import { type Harness, type HttpWorld, type Sent, createHttpWorld } from './harness.ts'

let world: HttpWorld
let http: Harness
before(async () => {
  world = await createHttpWorld()
  http = world.open()
})
after(() => world.close())

describe('createHttp', () => {
  it('says of a path that there is not that it is unknown', async () => {
    for (const path of [
      '/',
      '/v1',
      '/v2/avatars',
      '/v1/avatars/a/b',
      '/v1/avatars/',
      '/v1/avatarsXbatch',
    ]) {
      const told = await http.ask(`GET ${path}`)
      assert.deepEqual([told.status, told.json.code], [404, 'route-unknown'], path)
    }
  })

  it('says which methods a path takes', async () => {
    const told = await http.ask('PATCH /v1/avatars/42')
    assert.deepEqual([told.status, told.json.code], [405, 'method-not-allowed'])
    assert.equal(told.headers.get('allow'), 'PUT, GET, DELETE, HEAD, OPTIONS')
    const batch = await http.ask('GET /v1/avatars:batch')
    assert.equal(batch.headers.get('allow'), 'POST, OPTIONS')
    const options = await http.ask('OPTIONS /v1/avatars/42', { as: 'none' })
    assert.equal(options.status, 204)
    assert.equal(options.headers.get('access-control-allow-origin'), null)
  })

  it('answers HEAD as GET, without the body', async () => {
    const told = await http.ask('HEAD /v1/stats')
    assert.deepEqual([told.status, told.text], [200, ''])
    assert.equal((await http.ask('HEAD /v1/stats', { as: 'none' })).status, 401)
  })

  it('takes over a request id and gives one where there is none', async () => {
    const given = await http.ask('GET /nowhere', { headers: { 'x-request-id': 'mine-1' } })
    assert.equal(given.headers.get('x-request-id'), 'mine-1')
    assert.equal(given.json.instance, 'mine-1')
    const made = await http.ask('GET /nowhere', { headers: { 'x-request-id': '<script>' } })
    assert.match(made.headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/)
  })

  it('lets no answer be framed, stored or read by other origins', async () => {
    const { headers } = await http.ask('GET /v1/stats')
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.match(headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/)
    assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin')
    assert.equal(headers.get('access-control-allow-origin'), null)
  })

  it('logs a line a request: the route, never a subject, a URL or a key', async () => {
    const [url = ''] = world.people(1)
    const one = world.open()
    await one.ask('PUT /v1/avatars/subject-of-note', { as: 'write', json: { url, name: 'Name' } })
    await one.ask('GET /v1/avatars/subject-of-note?token=abc', {
      headers: { authorization: 'Bearer ef_wrong' },
    })
    const requests = one.lines.filter(({ message }) => message === 'request')
    assert.equal(requests.length, 2)
    const [first] = requests
    assert.deepEqual(Object.keys(first?.fields ?? {}), [
      'requestId',
      'method',
      'route',
      'status',
      'ms',
      'key',
    ])
    assert.deepEqual(
      { ...(first?.fields as object), requestId: 0, ms: 0 },
      {
        requestId: 0,
        method: 'PUT',
        route: '/v1/avatars/{subject}',
        status: 201,
        ms: 0,
        key: 'key_write',
      },
    )
    const text = JSON.stringify(one.lines)
    for (const secret of ['subject-of-note', url, 'Name', one.secrets.write, 'abc', 'ef_wrong']) {
      assert.ok(!text.includes(secret), secret)
    }
  })

  it('tells nothing of a bug but the request id, and logs its stack', async () => {
    const broken = world.open({
      store: {
        ...world.store,
        avatar: () => Promise.reject(new Error('SELECT secret FROM inside')),
      },
    })
    const told = await broken.ask('GET /v1/avatars/42')
    assert.deepEqual([told.status, told.json.code], [500, 'internal'])
    assert.doesNotMatch(told.text, /SELECT/)
    const logged = broken.lines.find(({ level }) => level === 'error')
    assert.ok(logged !== undefined)
    const { err, requestId } = logged.fields as { err: Error; requestId: string }
    assert.match(err.stack ?? '', /SELECT secret/)
    assert.equal(requestId, told.json.instance)
  })

  it('says when to come back while a part is away', async () => {
    for (const code of ['store-unreachable', 'blobs-unreachable'] as const) {
      const forget = () => Promise.reject(new EverfaceError(code, 'inside'))
      const lone = world.open({ keeper: { ...world.jobs.keeper, forget } })
      const told = await lone.ask('DELETE /v1/avatars/42')
      assert.deepEqual(
        [told.status, told.json.code, told.headers.get('retry-after')],
        [503, code, '5'],
      )
      assert.doesNotMatch(told.text, /inside/)
    }
  })

  it('leads to the pictures', async () => {
    const told = await http.ask('GET /a/nobody-at-all', { as: 'none' })
    assert.equal(told.headers.get('everface-shows'), 'fallback')
    assert.equal(told.headers.get('access-control-allow-origin'), '*')
    assert.ok(!http.lines.some(({ message }) => message.includes('nobody-at-all')))
  })

  it('bounds every key by what the settings say, with the standard headers', async () => {
    const bounded = world.open({}, { rateLimit: 2 })
    const first = await bounded.ask('GET /v1/keys')
    assert.equal(first.headers.get('ratelimit-policy'), '"key";q=2;w=60')
    assert.equal(first.headers.get('ratelimit'), '"key";r=1;t=60')
    await bounded.ask('GET /v1/avatars/nobody')
    const third = await bounded.ask('GET /v1/keys')
    assert.deepEqual([third.status, third.json.code], [429, 'too-many-requests'])
    assert.equal(third.headers.get('retry-after'), '60')
    assert.equal((await bounded.ask('GET /v1/stats', { as: 'read' })).status, 200, 'others go on')
    world.advance(60_000)
    assert.equal((await bounded.ask('GET /v1/keys')).status, 200)
  })

  it('refuses a body that is too large, of another type, or no JSON', async () => {
    const put = (body: Sent, type = 'application/json') =>
      http.ask('PUT /v1/avatars/42', { body, headers: { 'content-type': type } })
    assert.equal((await put(`{"url":"${'x'.repeat(70_000)}"}`)).json.code, 'body-too-large')
    assert.equal((await put('{}', 'text/plain')).json.code, 'media-type-unsupported')
    assert.equal((await put('{}', 'multipart/form-data')).json.code, 'media-type-unsupported')
    assert.equal((await put('{')).json.code, 'body-malformed')
    assert.equal((await put('[]', 'application/json; charset=utf-8')).json.code, 'body-invalid')
  })
})
