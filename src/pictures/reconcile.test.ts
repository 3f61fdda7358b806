import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { EverfaceError } from '../errors.ts'
import { reconcile } from './reconcile.ts'

const hourMs = 3_600_000
const now = 100 * hourMs

function nameOf(number: number): string {
  return number.toString(16).padStart(64, '0')
}

/** A store and rows that are plain collections. */
function world(
  stored: readonly number[],
  rows: readonly number[],
  ages: Record<number, number> = {},
) {
  const bytes = new Map(stored.map((one) => [nameOf(one), now - (ages[one] ?? 2 * hourMs)]))
  const known = new Set(rows.map(nameOf))
  const missing: string[] = []
  const strays: string[] = []
  const asked: number[] = []
  return {
    bytes,
    known,
    missing,
    strays,
    asked,
    options: {
      pictures: {
        ping: async () => undefined,
        has: async (name: string) => bytes.has(name),
        storedAt: async (name: string) => bytes.get(name) ?? null,
        async *list() {
          for (const sha256 of [...bytes.keys()].toSorted()) {
            yield { sha256, storedAt: bytes.get(sha256) ?? Number.NaN }
          }
        },
      },
      rows: (async function* pages() {
        const all = rows.map(nameOf)
        for (let at = 0; at < all.length; at += 100) yield all.slice(at, at + 100)
      })(),
      async known(names: readonly string[]): Promise<ReadonlySet<string>> {
        asked.push(names.length)
        return new Set(names.filter((name) => known.has(name)))
      },
      async onMissing(name: string) {
        missing.push(name)
        known.delete(name)
      },
      async onStray(name: string) {
        strays.push(name)
        bytes.delete(name)
      },
      now,
    },
  }
}

describe('reconcile', () => {
  it('finds rows without bytes and bytes without rows, and leaves the rest alone', async () => {
    const { options, missing, strays } = world([1, 2, 3, 4], [2, 3, 5, 6])
    const found = await reconcile(options)
    assert.deepEqual(missing, [5, 6].map(nameOf))
    assert.deepEqual(strays, [1, 4].map(nameOf))
    assert.deepEqual(found, { rows: 4, stored: 4, missing: 2, strays: 2, finished: true })
  })

  it('leaves young bytes alone: their row may be on its way', async () => {
    const { options, strays } = world([1, 2, 3], [], { 1: hourMs - 1, 2: hourMs, 3: -5_000 })
    await reconcile(options)
    assert.deepEqual(strays, [nameOf(2)])
  })

  it('takes whatever age it is told for young', async () => {
    const { options, strays } = world([1, 2], [], { 1: 50, 2: 150 })
    await reconcile({ ...options, minAgeMs: 100 })
    assert.deepEqual(strays, [nameOf(2)])
  })

  it('spares bytes whose row came, or which were stored again, after the page was judged', async () => {
    const { options, strays, known, bytes } = world([1, 2, 3], [])
    let calls = 0
    await reconcile({
      ...options,
      async known(names) {
        const answer = await options.known(names)
        if (calls++ === 0) {
          known.add(nameOf(1))
          bytes.set(nameOf(2), now)
        }
        return answer
      },
    })
    assert.deepEqual(strays, [nameOf(3)])
  })

  it('misses nothing whose row went meanwhile', async () => {
    const { options, missing, known } = world([1], [1, 2, 3])
    await reconcile({
      ...options,
      async known(names) {
        known.delete(nameOf(2))
        return options.known(names)
      },
    })
    assert.deepEqual(missing, [nameOf(3)])
  })

  it('misses nothing whose bytes came back meanwhile', async () => {
    const { options, missing, bytes } = world([1], [1, 2, 3])
    await reconcile({
      ...options,
      async onMissing(name) {
        await options.onMissing(name)
        bytes.set(nameOf(3), now)
      },
    })
    assert.deepEqual(missing, [nameOf(2)])
  })

  it('does not take an empty store for the loss of everything', async () => {
    const { options, missing } = world([], [1, 2])
    await assert.rejects(reconcile(options), (error) => {
      return error instanceof EverfaceError && error.code === 'blobs-unreachable'
    })
    assert.deepEqual(missing, [])
    assert.deepEqual((await reconcile(world([], []).options)).rows, 0)
  })

  it('touches nothing when the store does not answer', async () => {
    const { options, missing, strays } = world([1], [2])
    const down = () => Promise.reject(new Error('down'))
    await assert.rejects(
      reconcile({ ...options, pictures: { ...options.pictures, ping: down } }),
      /down/,
    )
    await assert.rejects(
      reconcile({ ...options, pictures: { ...options.pictures, has: down } }),
      /down/,
    )
    assert.deepEqual([missing, strays], [[], []])
  })

  it('asks about pages, not about everything at once', async () => {
    const many = Array.from({ length: 1_700 }, (_, at) => at)
    const { options, asked, strays } = world(many, many.slice(0, 1_690))
    await reconcile(options)
    assert.equal(strays.length, 10)
    assert.ok(Math.max(...asked) <= 500)
  })

  it('stops when it is told to, and says so', async () => {
    const { options, strays } = world([1, 2], [1])
    const found = await reconcile({ ...options, signal: AbortSignal.abort() })
    assert.equal(found.finished, false)
    assert.deepEqual(strays, [])
  })
})
