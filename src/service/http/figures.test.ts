// Stats, metrics, health and the reference: what the interface tells of the whole and of itself.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { EverfaceError } from '../../errors.ts'
import { type Harness, type HttpWorld, createHttpWorld, picture } from './harness.ts'

let world: HttpWorld
let http: Harness
before(async () => {
  world = await createHttpWorld()
  http = world.open()
  for (const [at, url] of world.people(3).entries()) {
    await http.ask(`PUT /v1/avatars/f${at}`, { json: { url } })
  }
  await http.ask('PUT /v1/avatars/up/picture', {
    body: await picture(),
    headers: { 'content-type': 'image/jpeg' },
  })
})
after(() => world.close())

const away = () => Promise.reject(new EverfaceError('store-unreachable', 'away'))

describe('GET /v1/stats', () => {
  it('counts what there is, every standing named', async () => {
    const { json } = await http.ask('GET /v1/stats', { as: 'read' })
    assert.deepEqual(json.standings, {
      alive: 0,
      dying: 0,
      gone: 0,
      placeholder: 0,
      unknown: 3,
      uploaded: 1,
    })
    assert.deepEqual([json.avatars, json.pictures, json.copies], [4, 1, 1])
    assert.equal(json.clocks[0].provider, 'wechat')
    assert.ok(json.clocks[0].price > 0)
  })

  it('counts at most every ten seconds', async () => {
    let counted = 0
    const counting = world.open({
      store: {
        ...world.store,
        stats(now) {
          counted++
          return world.store.stats(now)
        },
      },
    })
    await Promise.all([counting.ask('GET /v1/stats'), counting.ask('GET /v1/stats')])
    await counting.ask('GET /metrics')
    assert.equal(counted, 1)
    world.advance(10_000)
    await counting.ask('GET /v1/stats')
    assert.equal(counted, 2)
  })
})

describe('GET /metrics', () => {
  it('tells avatars, clocks and requests by route', async () => {
    world.advance(10_000)
    const { text, headers } = await http.ask('GET /metrics', { as: 'read' })
    assert.match(headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
    for (const line of [
      /^everface_avatars\{provider="wechat",standing="unknown"\} 3$/m,
      /^everface_avatars\{provider="upload",standing="uploaded"\} 1$/m,
      /^everface_provider_pace\{provider="wechat"\} /m,
      /^everface_sweep_lag_seconds\{provider="wechat"\} /m,
      /^everface_clock_price\{provider="wechat"\} /m,
      /^everface_looks_overdue \d+$/m,
      /^everface_deliveries\{state="failed"\} 0$/m,
      /^everface_store_up 1$/m,
      /^everface_http_request_duration_seconds_count\{method="PUT",route="\/v1\/avatars\/\{subject\}",status="201"\} 3$/m,
      /^process_cpu_seconds_total /m,
    ]) {
      assert.match(text, line)
    }
  })

  it('names every metric in docs/metrics.md', async () => {
    const page = readFileSync('docs/metrics.md', 'utf8')
    const { text } = await http.ask('GET /metrics')
    const names = [...text.matchAll(/^# TYPE (everface_\w+)/gm)].map(([, name = '']) => name)
    assert.ok(names.length > 15)
    assert.deepEqual(
      names.filter((name) => !page.includes(`\`${name}\``)),
      [],
    )
    const documented = [...page.matchAll(/`(everface_\w+)`/g)].map(([, name = '']) => name)
    assert.deepEqual(
      documented.filter((name) => !names.includes(name)),
      [],
    )
  })

  it('makes no new series of made-up methods, paths or subjects', async () => {
    const quiet = world.open()
    const count = async () => (await quiet.ask('GET /metrics')).text.split('\n').length
    await quiet.ask('GET /v1/avatars/x1')
    await quiet.ask('BREW /x1', { as: 'none' })
    await count()
    const before = await count()
    for (const row of ['GET /v1/avatars/x2', 'POUR /x2', 'BREW /x3']) await quiet.ask(row)
    assert.equal(await count(), before)
  })

  it('tells what it can when the store is away', async () => {
    const lone = world.open({ store: { ...world.store, stats: away } })
    const { status, text } = await lone.ask('GET /metrics')
    assert.equal(status, 200)
    assert.match(text, /^everface_store_up 0$/m)
    assert.doesNotMatch(text, /^everface_avatars\{/m)
  })
})

describe('GET /healthz', () => {
  it('says alive whatever is away', async () => {
    const lone = world.open({ store: { ...world.store, ping: away } })
    assert.deepEqual((await lone.ask('GET /healthz', { as: 'none' })).json, { status: 'alive' })
  })
})

describe('GET /readyz', () => {
  it('says which part is not ready', async () => {
    const ready = await http.ask('GET /readyz', { as: 'none' })
    assert.deepEqual(ready.json, { status: 'ready', parts: { store: 'ready', pictures: 'ready' } })
    const lone = world.open({ store: { ...world.store, ping: away } })
    const told = await lone.ask('GET /readyz', { as: 'none' })
    assert.deepEqual([told.status, told.json.code], [503, 'not-ready'])
    assert.deepEqual(told.json.parts, { store: 'unreachable', pictures: 'ready' })
    assert.ok(told.headers.has('retry-after'))
  })
})

describe('GET /docs', () => {
  it('is one page that loads nothing and runs nothing', async () => {
    const { text, headers } = await http.ask('GET /docs', { as: 'none' })
    const policy = headers.get('content-security-policy') ?? ''
    const nonce = /style-src 'nonce-([^']+)'/.exec(policy)?.[1]
    assert.match(policy, /^default-src 'none'; style-src 'nonce-/)
    assert.deepEqual(
      [...text.matchAll(/<style nonce="([^"]+)"/g)].map(([, one]) => one),
      [nonce],
    )
    assert.doesNotMatch(
      text,
      /<script|<link|<img|\bsrc=|style=|\bon\w+=|https?:\/\/(?!thirdwx|app\.example)/,
    )
    assert.doesNotMatch(text, /\[object |undefined/)
  })

  it('has a nonce of its own for each answer', async () => {
    const policies = [await http.ask('GET /docs'), await http.ask('GET /docs')].map(({ headers }) =>
      headers.get('content-security-policy'),
    )
    assert.notEqual(policies[0], policies[1])
  })

  it('explains every call, every code, and links to nothing that it does not have', async () => {
    const { text } = await http.ask('GET /docs')
    const { json } = await http.ask('GET /openapi.json')
    const ids = new Set([...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))
    for (const methods of Object.values(
      json.paths as Record<string, Record<string, { operationId: string }>>,
    )) {
      for (const { operationId } of Object.values(methods)) assert.ok(ids.has(operationId))
    }
    const dead = [...text.matchAll(/href="#([^"]+)"/g)].filter(([, id]) => !ids.has(id))
    assert.deepEqual(dead, [])
    const told = await http.ask('GET /v1/avatars/nobody')
    assert.ok(ids.has(told.json.type.replace('/docs#', '')), 'a problem’s type leads somewhere')
  })
})
