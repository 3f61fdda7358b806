import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createRateLimit } from './rate-limit.ts'

function limited(quota: number) {
  const clock = { at: 1_000_000 }
  return { clock, limit: createRateLimit('key', quota, () => clock.at) }
}

describe('createRateLimit', () => {
  it('gives leave as often as the quota in a minute, then tells when to come back', () => {
    const { clock, limit } = limited(3)
    const turns = [limit.take('a'), limit.take('a'), limit.take('a')]
    assert.deepEqual(
      turns.map(({ taken }) => taken),
      [true, true, true],
    )
    clock.at += 12_500
    const refused = limit.take('a')
    assert.equal(refused.taken, false)
    assert.deepEqual(refused.headers, {
      'RateLimit-Policy': '"key";q=3;w=60',
      RateLimit: '"key";r=0;t=48',
      'Retry-After': '48',
    })
    clock.at += 47_499
    assert.equal(limit.take('a').taken, false)
    clock.at += 1
    assert.equal(limit.take('a').taken, true, 'the minute began with the first request')
  })

  it('says in structured fields what is left', () => {
    const { limit } = limited(10)
    assert.equal(limit.take('a').headers['RateLimit'], '"key";r=9;t=60')
    assert.equal(limit.take('a').headers['RateLimit'], '"key";r=8;t=60')
    assert.equal(limit.take('a').headers['Retry-After'], undefined)
  })

  it('counts everybody alone', () => {
    const { limit } = limited(1)
    assert.equal(limit.take('a').taken, true)
    assert.equal(limit.take('a').taken, false)
    assert.equal(limit.take('b').taken, true)
  })

  it('bounds nobody at a quota of 0', () => {
    const { limit } = limited(0)
    assert.deepEqual(limit.take('a'), { taken: true, headers: {} })
  })

  it('begins anew when the clock was set back', () => {
    const { clock, limit } = limited(1)
    limit.take('a')
    clock.at -= 3_600_000
    assert.equal(limit.take('a').taken, true)
  })

  it('remembers a bounded number of askers', () => {
    const { limit } = limited(1)
    limit.take('first')
    for (let one = 0; one < 50_000; one++) limit.take(String(one))
    assert.equal(limit.take('first').taken, true, 'the first was forgotten')
    assert.equal(limit.take('49999').taken, false)
  })
})
