import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { EverfaceError } from '../errors.ts'
import { type ConnectTo, boundLookup, createEdges, readConnectTo } from './edges.ts'

const rule = (text: string): ConnectTo => readConnectTo(text)

describe('readConnectTo', () => {
  it('reads what curl reads', () => {
    assert.deepEqual(rule('a.example:443:127.0.0.2:8443'), {
      host: 'a.example',
      port: 443,
      address: '127.0.0.2',
      toPort: 8443,
    })
    assert.deepEqual(rule('::b.example:'), {
      host: '',
      port: null,
      address: 'b.example',
      toPort: null,
    })
    assert.deepEqual(rule('[2606:4700::1]:80:[::1]:81'), {
      host: '2606:4700::1',
      port: 80,
      address: '::1',
      toPort: 81,
    })
    assert.deepEqual(rule(':::'), { host: '', port: null, address: '', toPort: null })
  })

  it('refuses everything else by an error that names it', () => {
    for (const text of [
      '',
      'a',
      'a:1:b',
      'a:1:b:2:3',
      'a:0:b:1',
      'a:1:b:65536',
      'a:-1:b:1',
      'a:x:b:1',
      '::1:80:a:80',
      '[::1:80:a:80',
      'a:80:b:80\n',
    ]) {
      assert.throws(() => rule(text), EverfaceError, text)
    }
  })

  it('throws nothing but that error, whatever the text', () => {
    const sign = fc.constantFrom(':', '[', ']', 'a', '1', '.', ' ')
    fc.assert(
      fc.property(
        fc.array(sign, { maxLength: 16 }).map((signs) => signs.join('')),
        (text) => {
          try {
            rule(text)
          } catch (error) {
            assert.ok(error instanceof EverfaceError)
          }
        },
      ),
    )
  })
})

describe('createEdges', () => {
  function make(connectTo: readonly string[] = []) {
    const clock = { now: 0 }
    const asked: string[] = []
    let answer: () => Promise<readonly string[]> = () => Promise.resolve(['192.0.2.1', '192.0.2.2'])
    const edges = createEdges({
      connectTo: connectTo.map(rule),
      lookup: (host) => {
        asked.push(host)
        return answer()
      },
      now: () => clock.now,
    })
    return { edges, asked, clock, answerBy: (next: typeof answer) => (answer = next) }
  }
  const addresses = async (
    edges: ReturnType<typeof make>['edges'],
    host = 'a.example',
    port = 80,
  ) => (await edges.of(host, port)).map(({ address }) => address)

  it('remembers the addresses of a name for a minute', async () => {
    const { edges, asked, clock } = make()
    assert.deepEqual(await addresses(edges), ['192.0.2.1', '192.0.2.2'])
    clock.now = 59_999
    assert.ok(Array.isArray(edges.of('a.example', 80)))
    clock.now = 60_001
    await edges.of('a.example', 80)
    assert.deepEqual(asked, ['a.example', 'a.example'])
  })

  it('does not remember that a name could not be resolved', async () => {
    const { edges, answerBy } = make()
    answerBy(() => Promise.reject(new Error('no')))
    await assert.rejects(async () => edges.of('a.example', 80))
    answerBy(() => Promise.resolve(['192.0.2.9']))
    assert.deepEqual(await addresses(edges), ['192.0.2.9'])
  })

  it('trusts the edges that the operator named, and those alone', async () => {
    const { edges, asked } = make([
      'a.example:80:127.0.0.2:8080',
      'a.example:80:127.0.0.3:',
      'a.example:443::8443',
    ])
    assert.deepEqual(await edges.of('a.example', 80), [
      { address: '127.0.0.2', port: 8080, trusted: true },
      { address: '127.0.0.3', port: 80, trusted: true },
    ])
    assert.deepEqual(asked, [])
    // Another port of the same host is not the same address: it is judged.
    const other = await edges.of('a.example', 443)
    assert.deepEqual(
      other.map(({ port, trusted }) => [port, trusted]),
      [
        [8443, false],
        [8443, false],
      ],
    )
    assert.equal((await edges.of('b.example', 80))[0]?.trusted, false)
  })

  it('puts an edge last that could not be reached', async () => {
    const { edges } = make()
    const [first] = await edges.of('a.example', 80)
    assert.ok(first !== undefined)
    edges.demote('a.example', 80, first)
    assert.deepEqual(await addresses(edges), ['192.0.2.2', '192.0.2.1'])
    edges.demote('nobody.example', 80, first)
  })
})

describe('boundLookup', () => {
  const never = () => new Promise<never>(() => undefined)

  it('gives what the lookup gives', async () => {
    const look = boundLookup(async (host) => [host], 1_000, new AbortController().signal)
    assert.deepEqual(await look('192.0.2.1'), ['192.0.2.1'])
  })

  it('gives up in time, and at once when it is stopped', async () => {
    await assert.rejects(boundLookup(never, 20, new AbortController().signal)('a'), {
      code: 'ETIMEOUT',
    })
    const stop = new AbortController()
    const look = boundLookup(never, 60_000, stop.signal)
    const waiting = look('a')
    stop.abort()
    await assert.rejects(waiting, { code: 'ESTOPPED' })
    await assert.rejects(look('b'), { code: 'ESTOPPED' })
  })

  it('passes on what the lookup throws, at once or later', async () => {
    const { signal } = new AbortController()
    await assert.rejects(
      boundLookup(
        () => {
          throw new RangeError('at once')
        },
        1_000,
        signal,
      )('a'),
      RangeError,
    )
    await assert.rejects(
      boundLookup(() => Promise.reject(new RangeError('later')), 1_000, signal)('a'),
      RangeError,
    )
  })
})
