import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { EverfaceError } from '../../errors.ts'
import type { Answered } from '../../store/store.ts'
import { type Keyed, createIdempotency, idempotencyKeyOf } from './idempotency.ts'

const request: Keyed = {
  idempotencyKey: 'k',
  owner: 'key_1',
  method: 'POST',
  target: '/v1/x',
  body: Buffer.from('{}'),
  requestId: 'r',
}

function idempotency() {
  const remembered = new Map<string, Answered>()
  const told: string[] = []
  const state = { away: false, runs: 0, told, remembered }
  const made = createIdempotency({
    store: {
      answered: (key) => Promise.resolve(remembered.get(key) ?? null),
      remember(key, answer) {
        if (state.away) return Promise.reject(new EverfaceError('source-empty', 'away'))
        remembered.set(key, answer)
        return Promise.resolve()
      },
    },
    log: { debug() {}, info() {}, warn() {}, error() {} },
    now: () => 0,
    tell: (outcome) => told.push(outcome),
  })
  const work =
    (status = 200) =>
    () => {
      state.runs++
      return Promise.resolve(
        new Response(status === 204 ? null : `{"run":${state.runs}}`, {
          status,
          headers: { 'Content-Type': 'application/json' },
        }),
      )
    }
  return { made, state, work }
}

describe('createIdempotency', () => {
  it('gives the first answer again, and says so', async () => {
    const { made, state, work } = idempotency()
    const first = await made.run(request, work(201))
    const again = await made.run({ ...request, requestId: 'other' }, work(201))
    assert.equal(await first.text(), '{"run":1}')
    assert.equal(first.headers.get('Idempotent-Replayed'), null)
    assert.equal(await again.text(), '{"run":1}')
    assert.equal(again.status, 201)
    assert.equal(again.headers.get('Content-Type'), 'application/json')
    assert.equal(again.headers.get('Idempotent-Replayed'), 'true')
    assert.deepEqual([state.runs, state.told], [1, ['remembered', 'replayed']])
  })

  it('gives an answer without a body again', async () => {
    const { made, work } = idempotency()
    await made.run(request, work(204))
    const again = await made.run(request, work(204))
    assert.deepEqual([again.status, await again.text()], [204, ''])
  })

  it('refuses the key for any other request', async () => {
    const { made, state, work } = idempotency()
    await made.run(request, work())
    for (const other of [
      { ...request, method: 'PUT' },
      { ...request, target: '/v1/y' },
      { ...request, body: Buffer.from('{ }') },
      { ...request, target: '/v1/x2', body: Buffer.from('{}') },
    ]) {
      const refused = await made.run(other, work())
      assert.equal(refused.status, 422)
      assert.equal(((await refused.json()) as { code: string }).code, 'idempotency-reused')
    }
    assert.equal(state.runs, 1)
  })

  it('keeps the keys of one caller from another', async () => {
    const { made, state, work } = idempotency()
    await made.run(request, work())
    await made.run({ ...request, owner: 'key_2' }, work())
    assert.equal(state.runs, 2)
  })

  it('refuses a twin while the first is running', async () => {
    const { made, work } = idempotency()
    const { promise, resolve } = Promise.withResolvers<Response>()
    const first = made.run(request, () => promise)
    const twin = await made.run(request, work())
    assert.equal(twin.status, 409)
    assert.equal(twin.headers.get('Retry-After'), '1')
    resolve(new Response('{}'))
    await first
    assert.equal((await made.run(request, work())).headers.get('Idempotent-Replayed'), 'true')
  })

  it('lets a refused request be tried again', async () => {
    const { made, state, work } = idempotency()
    assert.equal((await made.run(request, work(404))).status, 404)
    assert.equal((await made.run(request, work(200))).status, 200)
    assert.equal(state.runs, 2)
  })

  it('is free again after work that failed', async () => {
    const { made, work } = idempotency()
    await assert.rejects(made.run(request, () => Promise.reject(new Error('broken'))))
    assert.equal((await made.run(request, work())).status, 200)
  })

  it('still tells of work that is done when it cannot be remembered', async () => {
    const { made, state, work } = idempotency()
    state.away = true
    assert.equal(await (await made.run(request, work())).text(), '{"run":1}')
  })

  it('stores no key as it was sent', async () => {
    const { made, state, work } = idempotency()
    await made.run({ ...request, idempotencyKey: 'secret-of-theirs' }, work())
    const [name = ''] = state.remembered.keys()
    assert.match(name, /^key_1:[0-9a-f]{64}$/)
  })
})

describe('idempotencyKeyOf', () => {
  const sent = (key: string) =>
    idempotencyKeyOf(new Request('http://x/', { headers: { 'idempotency-key': key } }))

  it('takes 1 to 255 visible characters', () => {
    assert.equal(sent('a-1'), 'a-1')
    assert.equal(sent('x'.repeat(255)), 'x'.repeat(255))
    assert.equal(idempotencyKeyOf(new Request('http://x/')), null)
    for (const bad of ['', 'a b', 'x'.repeat(256), 'é']) {
      assert.equal(typeof sent(bad) === 'object' && sent(bad) !== null, true, bad)
    }
  })
})
