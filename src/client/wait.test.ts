// Waiting before another try.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { pause, readRetryAfter, waitMs } from './wait.ts'

const now = Date.UTC(2026, 10, 22, 8)

describe('waitMs', () => {
  it('doubles its bound with every try, up to ten seconds', () => {
    const bounds = [1, 2, 3, 6, 7, 40].map((tries) => waitMs(tries, null, () => 1))
    assert.deepEqual(bounds, [200, 400, 800, 6_400, 10_000, 10_000])
    assert.equal(
      waitMs(3, null, () => 0),
      0,
    )
  })

  it('is never shorter than what the service asked for', () => {
    assert.equal(
      waitMs(1, 5_000, () => 0),
      5_000,
    )
    assert.equal(
      waitMs(1, 5_000, () => 0.5),
      5_100,
    )
  })
})

describe('readRetryAfter', () => {
  it('reads seconds and dates', () => {
    assert.equal(readRetryAfter(' 7 ', now), 7_000)
    assert.equal(readRetryAfter('Sun, 22 Nov 2026 08:00:05 GMT', now), 5_000)
    assert.equal(readRetryAfter('Sun, 22 Nov 2026 07:00:00 GMT', now), 0)
  })

  it('ignores what is neither', () => {
    for (const text of [null, '', '-1', '1.5', 'soon', '99999999999', 'Sun, 22 Nov 2026']) {
      assert.equal(readRetryAfter(text, now), null, String(text))
    }
  })
})

describe('pause', () => {
  it('ends with the reason of the signal, before and while it waits', async () => {
    const reason = new Error('enough')
    await assert.rejects(pause(1e6, AbortSignal.abort(reason)), reason)
    const controller = new AbortController()
    const waiting = pause(1e6, controller.signal)
    controller.abort(reason)
    await assert.rejects(waiting, reason)
    await pause(0, undefined)
  })
})
