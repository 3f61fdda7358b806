import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { EverfaceError } from '../../errors.ts'
import type { Face } from '../../store/store.ts'
import { createFaces } from './faces.ts'

const start = Date.UTC(2026, 10, 22)

function faceOf(subject: string, over: Partial<Face> = {}): Face {
  return {
    subject,
    name: null,
    standing: 'alive',
    url: 'https://thirdwx.qlogo.cn/x/132',
    sha256: 'ab'.repeat(32),
    suspect: 0,
    ...over,
  }
}

/** A store that answers when it is told to, a clock that is moved by hand. */
function setUp(options: { patienceMs?: number; cacheBytes?: number } = {}) {
  let time = start
  const rows = new Map<string, Face>()
  const asked: string[] = []
  const lines: string[] = []
  let broken: Error | null = null
  let gate: Promise<void> | null = null
  const say = (_: object, message: string) => void lines.push(message)
  const faces = createFaces({
    store: {
      async face(subject) {
        asked.push(subject)
        const row = rows.get(subject) ?? null
        if (gate !== null) await gate
        if (broken !== null) throw broken
        return row
      },
    },
    log: { debug: say, info: say, warn: say, error: say },
    now: () => time,
    ...options,
  })
  return {
    faces,
    rows,
    asked,
    lines,
    pass: (ms: number) => void (time += ms),
    breakWith: (error: Error | null) => void (broken = error),
    /** From now on the store answers when what comes back is called. */
    hold: () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      gate = promise
      return () => {
        gate = null
        resolve()
      }
    },
  }
}

const away = new EverfaceError('store-unreachable', 'a store of the test is away')

describe('createFaces', () => {
  it('believes a face for two seconds', async () => {
    const { faces, rows, asked, pass } = setUp()
    rows.set('42', faceOf('42'))
    assert.equal(faces.known('42'), undefined)
    assert.equal(((await faces.find('42')) as Face).subject, '42')
    pass(1_999)
    assert.equal(faces.known('42')?.subject, '42')
    pass(1)
    assert.equal(faces.known('42'), undefined)
    rows.set('42', faceOf('42', { standing: 'gone' }))
    assert.equal(((await faces.find('42')) as Face).standing, 'gone')
    assert.equal(faces.known('42')?.standing, 'gone')
    assert.deepEqual(asked, ['42', '42'])
  })

  it('does not believe anything for ever because a clock was set back', async () => {
    const { faces, rows, pass } = setUp()
    rows.set('42', faceOf('42'))
    await faces.find('42')
    pass(-3_600_000)
    assert.equal(faces.known('42'), undefined)
  })

  it('remembers that nobody registered a subject, and learns when somebody did', async () => {
    const { faces, rows, asked, pass } = setUp()
    assert.equal(await faces.find('42'), null)
    assert.equal(faces.known('42'), null)
    rows.set('42', faceOf('42'))
    pass(2_000)
    assert.equal(((await faces.find('42')) as Face).subject, '42')
    assert.equal(faces.known('42')?.subject, '42')
    assert.equal(asked.length, 2)
  })

  it('asks once for all that wait', async () => {
    const { faces, rows, asked, hold } = setUp()
    rows.set('42', faceOf('42'))
    const release = hold()
    const all = Array.from({ length: 100 }, () => faces.find('42'))
    release()
    const found = await Promise.all(all)
    assert.ok(found.every((face) => (face as Face).subject === '42'))
    assert.deepEqual(asked, ['42'])
  })

  it('shows at once what this process changed', async () => {
    const { faces, rows, asked } = setUp()
    rows.set('42', faceOf('42'))
    await faces.find('42')
    rows.set('42', faceOf('42', { standing: 'uploaded' }))
    faces.changed('42')
    assert.equal(faces.known('42'), undefined)
    assert.equal(((await faces.find('42')) as Face).standing, 'uploaded')
    assert.equal(asked.length, 2)
  })

  it('keeps nothing that was read before a change, however late it comes', async () => {
    const { faces, rows, asked, hold } = setUp()
    rows.set('42', faceOf('42'))
    const releaseOld = hold()
    const before = faces.find('42')
    rows.set('42', faceOf('42', { standing: 'gone' }))
    faces.changed('42')
    const releaseNew = hold()
    const after = faces.find('42')
    releaseNew()
    assert.equal(((await after) as Face).standing, 'gone')
    releaseOld()
    assert.equal(((await before) as Face).standing, 'alive')
    assert.equal(faces.known('42')?.standing, 'gone')
    assert.equal(asked.length, 2)
  })

  it('forgets whom another process has forgotten', async () => {
    const { faces, rows, breakWith, pass } = setUp()
    rows.set('42', faceOf('42'))
    await faces.find('42')
    rows.delete('42')
    pass(2_000)
    assert.equal(await faces.find('42'), null)
    assert.equal(faces.known('42'), null)
    breakWith(away)
    pass(2_000)
    assert.equal(await faces.find('42'), null)
  })

  it('shows what it knows while the store is away, and finds it again by itself', async () => {
    const { faces, rows, asked, lines, pass, breakWith } = setUp()
    rows.set('42', faceOf('42'))
    await faces.find('42')
    await faces.find('nobody')
    breakWith(away)
    pass(3_600_000)
    assert.equal(((await faces.find('42')) as Face).subject, '42')
    assert.equal(await faces.find('nobody'), null)
    assert.equal(await faces.find('other'), 'unreachable')
    // One question found it out; the rest of the second nobody asks.
    assert.equal(asked.length, 3)
    assert.equal(faces.known('42')?.subject, '42')
    pass(1_000)
    assert.equal(faces.known('42'), undefined)
    assert.equal(await faces.find('other'), 'unreachable')
    assert.equal(asked.length, 4)
    breakWith(null)
    rows.set('42', faceOf('42', { standing: 'gone' }))
    pass(1_000)
    assert.equal(((await faces.find('42')) as Face).standing, 'gone')
    assert.equal(await faces.find('other'), null)
    assert.deepEqual(lines, [
      'the store cannot be asked for faces; known ones are shown as they were',
      'the store can be asked for faces again',
    ])
  })

  it('does not let those wait for a slow store who can be shown something', async () => {
    const { faces, rows, pass, hold } = setUp({ patienceMs: 1 })
    rows.set('42', faceOf('42'))
    await faces.find('42')
    pass(2_000)
    const release = hold()
    rows.set('42', faceOf('42', { standing: 'gone' }))
    rows.set('new', faceOf('new'))
    const cold = faces.find('new')
    assert.equal(((await faces.find('42')) as Face).standing, 'alive')
    assert.equal(faces.known('42')?.standing, 'alive')
    release()
    assert.equal(((await cold) as Face).subject, 'new')
  })

  it('shows nothing of whom was forgotten, even while the store is away', async () => {
    const { faces, rows, breakWith, pass } = setUp()
    rows.set('42', faceOf('42'))
    await faces.find('42')
    breakWith(away)
    faces.forget('42')
    assert.equal(faces.known('42'), undefined)
    assert.equal(await faces.find('42'), 'unreachable')
    breakWith(null)
    rows.delete('42')
    pass(1_000)
    assert.equal(await faces.find('42'), null)
  })

  it('shows nothing of whom was forgotten while somebody waited', async () => {
    const { faces, rows, breakWith, hold, pass } = setUp()
    rows.set('42', faceOf('42'))
    await faces.find('42')
    pass(2_000)
    const release = hold()
    const waiting = faces.find('42')
    faces.forget('42')
    breakWith(away)
    release()
    assert.equal(await waiting, 'unreachable')
  })

  it('tells a bug from a store that is away', async () => {
    const { faces, rows, breakWith, pass } = setUp()
    rows.set('42', faceOf('42'))
    await faces.find('42')
    pass(2_000)
    breakWith(new TypeError('a bug'))
    assert.equal(((await faces.find('42')) as Face).subject, '42')
    pass(1_000)
    await assert.rejects(faces.find('other'), TypeError)
  })

  it('lets made-up subjects drive no face out, and forgets the oldest of them', async () => {
    const { faces, rows } = setUp({ cacheBytes: 40_000 })
    rows.set('42', faceOf('42'))
    await faces.find('42')
    for (let at = 0; at < 1_000; at++) await faces.find(`made-up-${at}`)
    assert.equal(faces.known('42')?.subject, '42')
    assert.equal(faces.known('made-up-0'), undefined)
    assert.equal(faces.known('made-up-999'), null)
  })
})
