import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { heldBytes } from '../../test/hostile.ts'
import { type Entry, type Host, createHosts } from './hosts.ts'

function make(options: Partial<Parameters<typeof createHosts>[0]> = {}) {
  return createHosts({ concurrency: 10, rateOf: () => 0, now: () => performance.now(), ...options })
}

function all(entries: readonly (Entry | Promise<Entry>)[]): Promise<Entry[]> {
  return Promise.all(entries.map(async (entry) => entry))
}

/** Lets every promise that can be settled settle. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

describe('createHosts', () => {
  it('lets in at once where there is room', () => {
    const hosts = make()
    const host = hosts.of('a')
    for (let n = 0; n < 10; n++) assert.equal(hosts.enter(host), 'in')
    assert.equal(hosts.inFlight, 10)
    assert.notEqual(typeof hosts.enter(host), 'string')
    hosts.close()
  })

  it('knows a host by its name', () => {
    const hosts = make()
    assert.equal(hosts.of('a'), hosts.of('a'))
    assert.notEqual(hosts.of('a'), hosts.of('b'))
    assert.equal(hosts.of('__proto__').name, '__proto__')
  })

  it('never lets in more than it may, and lets everybody in some time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.record({ host: fc.nat({ max: 4 }), turns: fc.nat({ max: 6 }) }), {
          minLength: 1,
          maxLength: 60,
        }),
        fc.constantFrom(0, 0, 500, 5_000),
        async (concurrency, visits, rate) => {
          const hosts = make({ concurrency, rateOf: () => rate })
          let inside = 0
          let peak = 0
          const ends = await Promise.all(
            visits.map(async ({ host, turns }) => {
              for (let turn = 0; turn < turns % 3; turn++) await Promise.resolve()
              const entry = await hosts.enter(hosts.of(`h${host}`))
              peak = Math.max(peak, ++inside)
              for (let turn = 0; turn < turns; turn++) await settle()
              inside--
              hosts.leave(hosts.of(`h${host}`))
              return entry
            }),
          )
          assert.ok(ends.every((entry) => entry === 'in'))
          assert.ok(peak <= concurrency, `${peak} of ${concurrency}`)
          assert.equal(hosts.inFlight, 0)
          hosts.close()
        },
      ),
      { numRuns: 30 },
    )
  })

  it('lets in those of one host in the order in which they came', async () => {
    const hosts = make({ concurrency: 1 })
    const host = hosts.of('a')
    const order: number[] = []
    const all = [0, 1, 2, 3, 4].map(async (n) => {
      await hosts.enter(host)
      order.push(n)
      hosts.leave(host)
    })
    await Promise.all(all)
    assert.deepEqual(order, [0, 1, 2, 3, 4])
    hosts.close()
  })

  it('holds up nobody else for a host that must go slowly', async () => {
    const hosts = make({ concurrency: 2, rateOf: (name) => (name === 'slow' ? 0.2 : 0) })
    const slow = hosts.of('slow')
    assert.equal(hosts.enter(slow), 'in')
    const waiting = Array.from({ length: 50 }, () => hosts.enter(slow))
    hosts.leave(slow)
    const fast = hosts.of('fast')
    for (let n = 0; n < 100; n++) {
      assert.equal(hosts.enter(fast), 'in')
      hosts.leave(fast)
    }
    hosts.close()
    assert.deepEqual(new Set(await all(waiting)), new Set(['stopped']))
  })

  it('gives a free place to the host that has the fewest, so that one which never answers does not take all', async () => {
    const hosts = make({ concurrency: 8 })
    const dead = hosts.of('dead')
    const lively = hosts.of('lively')
    const inside: Host[] = []
    const come = (host: Host) => {
      const entry = hosts.enter(host)
      if (typeof entry === 'string') inside.push(host)
      else void entry.then(() => inside.push(host))
    }
    for (let n = 0; n < 40; n++) come(dead)
    for (let n = 0; n < 40; n++) come(lively)
    assert.equal(inside.length, 8)
    // Of the dead host's requests four run out; the lively one answers at once, again and again.
    for (let n = 0; n < 4; n++) {
      inside.splice(inside.indexOf(dead), 1)
      hosts.leave(dead)
      await settle()
    }
    for (let n = 0; n < 20; n++) {
      const at = inside.indexOf(lively)
      assert.ok(at >= 0, 'the dead host took every place')
      inside.splice(at, 1)
      hosts.leave(lively)
      await settle()
    }
    assert.equal(inside.filter((host) => host === dead).length, 4)
    hosts.close()
  })

  it('tells everybody of a host that asks for a long pause to come back much later', async () => {
    let now = 0
    const hosts = make({ concurrency: 1, now: () => now })
    const host = hosts.of('a')
    assert.equal(hosts.enter(host), 'in')
    const waiting = [hosts.enter(host), hosts.enter(host)]
    host.pace.throttled(now, 31_000)
    hosts.leave(host)
    assert.deepEqual(await all(waiting), ['paused', 'paused'])
    assert.equal(hosts.enter(host), 'paused')
    assert.equal(hosts.inFlight, 0)
    now = 31_000
    assert.equal(hosts.enter(host), 'in')
    hosts.close()
  })

  it('waits for a short pause', async () => {
    const hosts = make()
    const host = hosts.of('a')
    const asked = performance.now()
    host.pace.throttled(asked, 60)
    const entries: Entry[] = await all([hosts.enter(host), hosts.enter(host)])
    assert.deepEqual(entries, ['in', 'in'])
    assert.ok(performance.now() - asked >= 60)
    hosts.close()
  })

  it('tells everybody who waits, and everybody who comes later, that it stopped', async () => {
    const hosts = make({ concurrency: 1, rateOf: (name) => (name === 'slow' ? 0.2 : 0) })
    assert.equal(hosts.enter(hosts.of('slow')), 'in')
    const waiting = [
      hosts.enter(hosts.of('slow')),
      hosts.enter(hosts.of('a')),
      hosts.enter(hosts.of('a')),
    ]
    hosts.close()
    assert.deepEqual(await all(waiting), ['stopped', 'stopped', 'stopped'])
    assert.equal(hosts.enter(hosts.of('b')), 'stopped')
    hosts.leave(hosts.of('slow'))
    assert.equal(hosts.inFlight, 0)
  })

  it('does not remember every host of a million for ever', () => {
    const hosts = make({ rateOf: () => 50 })
    const busy = hosts.of('busy')
    assert.equal(hosts.enter(busy), 'in')
    busy.noHead = true
    const before = heldBytes()
    for (let n = 0; n < 100_000; n++) {
      const host = hosts.of(`host-${n}.example`)
      if (hosts.enter(host) === 'in') hosts.leave(host)
    }
    const grown = heldBytes() - before
    assert.ok(grown < 50_000_000, `${grown} bytes for hosts that were asked once`)
    assert.equal(hosts.of('busy'), busy)
    hosts.close()
  })
})
