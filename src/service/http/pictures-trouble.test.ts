// Pictures under load, and while the store or the bytes are away.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  faceOf,
  hour,
  lost,
  openDoors,
  pictures,
  problemOf,
  sha256,
} from '../../../test/picture-doors.ts'
import { EverfaceError } from '../../errors.ts'
import type { Pictures } from '../../pictures/pictures.ts'

describe('under load and in trouble', () => {
  it('asks the store once for all that come at once', async () => {
    await using app = await openDoors({ faces: [faceOf('42')] })
    const all = await Promise.all(Array.from({ length: 50 }, () => app.web('/a/42?s=264&f=png')))
    assert.ok(all.every(({ status }) => status === 200))
    assert.deepEqual(app.asked, ['42'])
    assert.equal(new Set(all.map(({ headers }) => headers['etag'])).size, 1)
  })

  it('answers from memory without asking the store again', async () => {
    await using app = await openDoors({ faces: [faceOf('42')] })
    for (let times = 0; times < 20; times++) await app.raw('/a/42')
    assert.deepEqual(app.asked, ['42'])
  })

  it('asks to come back when too much is to be encoded', async () => {
    const busy: Pictures = {
      ...pictures,
      ready: () => null,
      variant: () => Promise.resolve({ kind: 'busy' }),
      initials: () => Promise.resolve({ kind: 'busy' }),
    }
    await using app = await openDoors({ faces: [faceOf('42')], pictures: busy })
    for (const target of ['/a/42', '/a/nobody?f=png', `/p/${sha256}/96.webp`]) {
      const told = await app.ask(target)
      assert.deepEqual([told.status, problemOf(told).code], [503, 'busy'], target)
      assert.equal(told.headers['retry-after'], '1')
      assert.equal(told.headers['cache-control'], 'no-store')
    }
    assert.deepEqual(app.shown, [])
  })

  it('shows what it knows while the store is away, a 503 for the rest, and recovers', async () => {
    await using app = await openDoors({ faces: [faceOf('42'), faceOf('43')] })
    const before = await app.ask('/a/42')
    app.breakWith(new EverfaceError('store-unreachable', 'the store of the test is away'))
    app.pass(hour)
    assert.deepEqual(await app.ask('/a/42'), before)
    const rest = await app.ask('/a/43')
    assert.deepEqual([rest.status, problemOf(rest).code], [503, 'store-unreachable'])
    assert.equal(rest.headers['retry-after'], '2')
    assert.equal(rest.headers['cache-control'], 'no-store')
    assert.equal((await app.ask(`/p/${sha256}/96.jpg`)).status, 200)
    app.breakWith(null)
    app.pass(1_000)
    assert.equal((await app.ask('/a/43')).status, 200)
  })

  it('shows what is in memory while the bytes are away, a 503 for the rest, and recovers', async () => {
    let broken = false
    const away = new EverfaceError('blobs-unreachable', 'the blobs of the test are away')
    const flaky: Pictures = {
      ...pictures,
      variant: (...which) => (broken ? Promise.reject(away) : pictures.variant(...which)),
    }
    await using app = await openDoors({ faces: [faceOf('42')], pictures: flaky })
    const before = await app.ask('/a/42')
    broken = true
    assert.deepEqual(await app.ask('/a/42'), before)
    for (const target of ['/a/42?s=132&f=avif', `/p/${sha256}/132.avif`]) {
      const told = await app.ask(target)
      assert.deepEqual([told.status, problemOf(told).code], [503, 'blobs-unreachable'])
      assert.equal(told.headers['retry-after'], '2')
    }
    broken = false
    assert.equal((await app.ask('/a/42?s=132&f=png')).status, 200)
    assert.deepEqual(
      app.lines.map(({ level }) => level),
      ['warn', 'info'],
    )
  })

  it('answers a bug with a fixed sentence and the request id that leads to it in the log', async () => {
    await using app = await openDoors()
    app.breakWith(new TypeError('a secret of the inside'))
    const told = await app.raw('/a/42')
    const { code, instance } = JSON.parse(told.body.toString()) as Record<string, string>
    assert.deepEqual([told.status, code, instance], [500, 'internal', 'test'])
    assert.ok(!told.body.includes('secret'))
    const errors = app.lines.filter(({ level }) => level === 'error')
    assert.equal(errors.length, 1)
    assert.partialDeepStrictEqual(errors[0]?.fields, { requestId: 'test' })
    app.pass(2_000)
    assert.equal((await app.web('/a/42')).status, 500)
  })

  it('takes over request ids that can be written down, and makes others', async () => {
    await using app = await openDoors()
    const idOf = async (given: string) =>
      (await app.raw('/a/42?s=0', { headers: { 'x-request-id': given } })).headers[
        'x-request-id'
      ] ?? ''
    assert.equal(await idOf('a-1.b_2'), 'a-1.b_2')
    assert.match(await idOf('{"a":1}'), /^[0-9a-f-]{36}$/)
    assert.match(await idOf('a'.repeat(65)), /^[0-9a-f-]{36}$/)
  })

  it('is counted by route and status', async () => {
    await using app = await openDoors({ faces: [faceOf('42')] })
    await app.raw('/a/42')
    await app.raw('/a/42')
    await app.raw('/a/42', { headers: { 'if-none-match': '*' } })
    await app.raw(`/p/${lost}/96.webp`)
    await app.web('/a/42')
    assert.deepEqual(app.routes.counts(), [
      { route: '/a/{subject}', status: 200, count: 2 },
      { route: '/a/{subject}', status: 304, count: 1 },
      { route: '/p/{sha256}/{size}.{format}', status: 404, count: 1 },
    ])
  })
})
