import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type KeepingParts, removeUnused, storeThen } from './keeping.ts'

const name = 'a'.repeat(64)
const picture = { facts: { sha256: name }, clean: Buffer.from('bytes') }

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

/**
 * One process of two, whose writes take their time: `meanwhile` is what the other does, by the name of the step that it comes
 * after.
 */
function processOf(meanwhile: Partial<Record<'keep' | 'known' | 'remove', () => void>> = {}): {
  parts: KeepingParts
  bytes: Map<string, Buffer>
  rows: Set<string>
} {
  const bytes = new Map<string, Buffer>()
  const rows = new Set<string>()
  const once = (step: keyof typeof meanwhile): void => {
    const what = meanwhile[step]
    delete meanwhile[step]
    what?.()
  }
  return {
    bytes,
    rows,
    parts: {
      store: {
        async known(names) {
          const known = new Set(names.filter((one) => rows.has(one)))
          once('known')
          return known
        },
      },
      pictures: {
        hold: (_, work) => work(),
        async keep({ facts, clean }) {
          await turn()
          bytes.set(facts.sha256, clean)
          once('keep')
        },
        has: async (sha256) => bytes.has(sha256),
        original: async (sha256) => bytes.get(sha256) ?? null,
        async remove(sha256) {
          await turn()
          bytes.delete(sha256)
          once('remove')
        },
      },
    },
  }
}

describe('storeThen', () => {
  it('stores the bytes before the row is written', async () => {
    const { parts, bytes, rows } = processOf()
    const written = await storeThen(parts, picture, async () => {
      assert.ok(bytes.has(name))
      rows.add(name)
      return true
    })
    assert.equal(written, true)
  })

  it('stores them again when another process removed them before it could see the row', async () => {
    const { parts, bytes, rows } = processOf({ keep: () => bytes.delete(name) })
    await storeThen(parts, picture, async () => {
      rows.add(name)
      return true
    })
    assert.ok(bytes.has(name))
  })

  it('leaves nothing behind when no row came of it, but what others show', async () => {
    const alone = processOf()
    assert.equal(await storeThen(alone.parts, picture, async () => false), false)
    assert.equal(alone.bytes.size, 0)
    const shared = processOf()
    shared.rows.add(name)
    await storeThen(shared.parts, picture, async () => false)
    assert.ok(shared.bytes.has(name))
  })
})

describe('removeUnused', () => {
  it('removes what no row names, and nothing else', async () => {
    const { parts, bytes, rows } = processOf()
    const other = 'b'.repeat(64)
    bytes.set(name, picture.clean).set(other, picture.clean)
    rows.add(other)
    await removeUnused(parts, [name, other])
    assert.deepEqual([...bytes.keys()], [other])
  })

  it('gives bytes back when another process wrote a row for them meanwhile', async () => {
    for (const step of ['known', 'remove'] as const) {
      const { parts, bytes, rows } = processOf({ [step]: () => rows.add(name) })
      bytes.set(name, picture.clean)
      await removeUnused(parts, [name])
      assert.deepEqual(bytes.get(name), picture.clean, step)
    }
  })
})
