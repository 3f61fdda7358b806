import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createRoom } from './room.ts'

describe('createRoom', () => {
  it('bounds what all hold together', () => {
    const room = createRoom(10)
    const one = room.enter()
    const other = room.enter()
    assert.equal(one.take(6), true)
    assert.equal(other.take(5), false)
    assert.equal(other.take(4), true)
    assert.equal(one.take(1), false)
  })

  it('has everything back from who leaves, once', () => {
    const room = createRoom(10)
    const one = room.enter()
    assert.equal(one.take(10), true)
    one.leave()
    one.leave()
    const other = room.enter()
    assert.equal(other.take(10), true)
    assert.equal(other.take(1), false)
  })
})
