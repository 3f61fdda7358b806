import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import sharp from 'sharp'

import { drawFace, faceCount } from './faces.ts'

describe('drawFace', () => {
  it('draws every face, each different and the same every time', async () => {
    const drawings = Array.from({ length: faceCount }, (_, face) => drawFace(face))
    assert.equal(new Set(drawings).size, faceCount)
    assert.deepEqual(
      drawings,
      Array.from({ length: faceCount }, (_, face) => drawFace(face)),
    )
    const statistics = await Promise.all(
      drawings.map((drawing) => sharp(Buffer.from(drawing)).resize(32).stats()),
    )
    for (const [face, { channels }] of statistics.entries()) {
      assert.doesNotMatch(drawings[face] ?? '', /undefined|NaN/)
      const spread = Math.max(...channels.map((channel) => channel.stdev))
      assert.ok(spread > 15, 'shows something')
    }
  })
})
