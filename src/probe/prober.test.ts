// The prober as a whole, against servers that answer as each test says: retries, second opinions, pace.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type RawServer,
  type TestProber,
  answerOf,
  makeProber,
  outcome,
  pictureAnswer,
  serveRaw,
  until,
} from '../../test/hostile.ts'

type Script = readonly (Buffer | 'close' | 'silence')[]

const alive = pictureAnswer
const gone = answerOf('no', [], '404 Not Found')
const broken = answerOf('', [], '500 Oops')
const refused = answerOf('', [], '403 Forbidden')
const throttled = answerOf('', [], '429 Too Many Requests')
const url = 'http://pictures.example/a.gif'

/** Edges of one host, each with its script: the last entry is for every further request. */
async function makeEdges(
  scripts: readonly Script[],
  options: Parameters<typeof makeProber>[0] = {},
) {
  const servers: RawServer[] = []
  for (const [n, script] of scripts.entries()) {
    let turn = 0
    const server = await serveRaw(
      (socket) => {
        const act = script[Math.min(turn++, script.length - 1)] ?? 'close'
        if (act === 'close') socket.end()
        else if (act !== 'silence') socket.write(act)
      },
      { address: `127.0.0.${n + 2}` },
    )
    servers.push(server)
  }
  const prober = makeProber({
    to: servers.map(({ address, port }) => `pictures.example:80:${address}:${port}`),
    timeoutMs: 2_000,
    ...options,
  })
  return {
    prober,
    counts: () => servers.map(({ requests }) => requests.length),
    async [Symbol.asyncDispose]() {
      prober.close()
      await Promise.all(servers.map((server) => server.close()))
    },
  }
}

const seeAll = (prober: TestProber) => prober.see(url)

describe('look, second opinion', () => {
  const cases: readonly (readonly [
    string,
    readonly Script[],
    string,
    Record<string, number>,
    readonly number[],
  ])[] = [
    [
      'asks one edge when the picture is there',
      [[alive], [gone], [gone]],
      'alive',
      { alive: 1 },
      [1, 0, 0],
    ],
    [
      'calls a picture dying when the edges disagree',
      [[gone], [alive], [gone]],
      'dying',
      { alive: 1, gone: 2 },
      [1, 1, 1],
    ],
    ['calls it gone when all say so', [[gone], [gone], [gone]], 'gone', { gone: 3 }, [1, 1, 1]],
    [
      'asks no more edges than it may',
      [[gone], [gone], [gone], [alive], [alive]],
      'gone',
      { gone: 3 },
      [1, 1, 1, 0, 0],
    ],
    [
      'finds it alive elsewhere when the first edge is of no use',
      [[broken], [alive], [broken]],
      'alive',
      { alive: 1, unknown: 2 },
      [1, 1, 1],
    ],
    [
      'asks nobody else when it was refused',
      [[refused], [alive], [alive]],
      'refused',
      { refused: 1 },
      [1, 0, 0],
    ],
    [
      'asks nobody else when it was throttled',
      [[throttled], [alive], [alive]],
      'throttled',
      { throttled: 1 },
      [1, 0, 0],
    ],
    [
      'asks an edge once, and no more, when there is no other and nothing to retry',
      [['close']],
      'unknown',
      { unknown: 1 },
      [1],
    ],
    [
      'asks each edge once when none is of any use',
      [['close'], [broken], ['close']],
      'unknown',
      { unknown: 3 },
      [1, 1, 1],
    ],
  ]
  for (const [what, scripts, kind, edges, requests] of cases) {
    it(what, async () => {
      await using world = await makeEdges(scripts)
      const { finding, observations, verdicts } = await seeAll(world.prober)
      assert.equal(finding.kind, kind)
      assert.deepEqual({ ...finding.edges }, edges)
      assert.deepEqual(world.counts(), requests)
      assert.equal(observations.length, verdicts.length)
      assert.equal(new Set(observations.map(({ edge }) => edge)).size, observations.length)
      assert.ok(finding.decidedBy >= 0 && verdicts[finding.decidedBy] !== undefined)
    })
  }

  it('gives the bytes of the answer that decided', async () => {
    await using world = await makeEdges([[broken], [alive]])
    const { picture, observations, finding } = await seeAll(world.prober)
    assert.ok(picture !== null && picture.length > 0)
    assert.equal(observations[finding.decidedBy]?.edge, '127.0.0.3')
  })

  it('asks only as many edges as it is told to', async () => {
    for (const [edges, asked] of [
      [1, [1, 0, 0]],
      [2, [1, 1, 0]],
      [9, [1, 1, 1]],
    ] as const) {
      await using world = await makeEdges([[gone], [gone], [gone]], { edges })
      await seeAll(world.prober)
      assert.deepEqual(world.counts(), asked)
    }
  })

  it('asks every edge, good news or not, when told to', async () => {
    await using world = await makeEdges([[alive], [alive], [gone]], { everyEdge: true })
    const { finding } = await seeAll(world.prober)
    assert.equal(finding.kind, 'dying')
    assert.deepEqual(world.counts(), [1, 1, 1])
  })

  it('begins with another edge each time', async () => {
    await using world = await makeEdges([[alive], [alive], [alive]])
    for (let n = 0; n < 9; n++) await seeAll(world.prober)
    assert.deepEqual(world.counts(), [3, 3, 3])
  })

  it('hears an edge that could not be reached before it calls a picture gone everywhere', async () => {
    await using world = await makeEdges([['close', alive], [gone], [gone]], { retries: 1 })
    const { finding } = await seeAll(world.prober)
    assert.equal(finding.kind, 'dying')
  })
})

describe('look, redirects', () => {
  const dead = answerOf('grey', [
    'X-ErrNo: -6101',
    'X-Info: notexist:-6101',
    'Content-Type: image/png',
  ])
  const see = async (location: string, last: Buffer) => {
    const move = answerOf('', [`Location: ${location}`], '302 Found')
    await using server = await serveRaw((socket, { target }) =>
      socket.write(target === '/u/42/avatar' ? move : last),
    )
    const port = server.port
    using prober = makeProber({
      connectTo: [{ host: '', port: null, address: '127.0.0.1', toPort: port }],
    })
    return (await prober.see('http://app.example/u/42/avatar')).finding
  }

  it('judges a picture behind an app’s own URL as its provider’s', async () => {
    const finding = await see('http://thirdwx.qlogo.cn/mmopen/x/132', dead)
    assert.deepEqual([finding.kind, finding.rule], ['gone', 'wechat.errno-6101'])
  })

  it('believes no stranger that a picture is gone', async () => {
    const finding = await see('http://portal.example/login', gone)
    assert.deepEqual([finding.kind, finding.rule], ['unknown', 'http.led-elsewhere'])
  })
})

describe('look, retries', () => {
  it('moves on to the next edge', async () => {
    await using world = await makeEdges([['close'], [alive], [alive]], { retries: 2 })
    const { finding } = await seeAll(world.prober)
    assert.equal(finding.kind, 'alive')
    assert.deepEqual(world.counts(), [1, 1, 0])
  })

  it('counts one word for an edge: its last, unless it fell silent', async () => {
    await using healed = await makeEdges([[broken, alive]], { retries: 2 })
    const first = await seeAll(healed.prober)
    assert.deepEqual([first.finding.kind, { ...first.finding.edges }], ['alive', { alive: 1 }])
    await using silent = await makeEdges([[broken, 'close']], { retries: 1 })
    const second = await seeAll(silent.prober)
    assert.deepEqual(second.observations.map(outcome), [500])
  })

  it('tries as often as it is told to, and no more', async () => {
    for (const retries of [0, 1, 3]) {
      await using world = await makeEdges([[broken]], { retries })
      assert.equal((await seeAll(world.prober)).finding.kind, 'unknown')
      assert.deepEqual(world.counts(), [1 + retries])
    }
  })

  it('does not retry what will not heal', async () => {
    for (const answer of [gone, refused, answerOf('<html>', ['Content-Type: text/html'])]) {
      await using world = await makeEdges([[answer]], { retries: 3 })
      await seeAll(world.prober)
      assert.deepEqual(world.counts(), [1])
    }
  })

  it('moves on from an edge that nobody listens on, and asks it last from then on', async () => {
    await using server = await serveRaw((socket) => socket.write(alive))
    using prober = makeProber({
      to: ['127.0.0.9', '127.0.0.1'].map(
        (address) => `pictures.example:80:${address}:${server.port}`,
      ),
      retries: 1,
    })
    const { observations, finding } = await prober.see(url)
    assert.deepEqual(observations.map(outcome), ['connect', 200])
    assert.equal(finding.kind, 'alive')
  })
})

describe('look, throttling', () => {
  const slow = (retryAfter: string) =>
    answerOf('', [`Retry-After: ${retryAfter}`], '429 Too Many Requests')
  const now = Date.UTC(2026, 10, 22)
  const httpDate = (ms: number) => new Date(now + ms).toUTCString()

  it('waits as many seconds as the host asked, and asks again', async () => {
    await using world = await makeEdges([[slow('1'), alive]], { retries: 1 })
    const start = performance.now()
    assert.equal((await seeAll(world.prober)).finding.kind, 'alive')
    assert.ok(performance.now() - start >= 995)
  })

  it('waits until the date that the host named, and asks again', async () => {
    await using world = await makeEdges([[slow(httpDate(1_000)), alive]], { retries: 1 })
    const start = performance.now()
    assert.equal((await seeAll(world.prober)).finding.kind, 'alive')
    assert.ok(performance.now() - start >= 995)
  })

  for (const far of ['31', '3600', '999999999', httpDate(31_000), httpDate(1e9)]) {
    it(`asks nobody else after Retry-After: ${far}, and says that all the rest is throttled`, async () => {
      await using world = await makeEdges([[slow(far), alive]], { retries: 3 })
      const looks = [await seeAll(world.prober)]
      looks.push(...(await Promise.all(Array.from({ length: 50 }, () => seeAll(world.prober)))))
      assert.deepEqual(new Set(looks.map(({ finding }) => finding.kind)), new Set(['throttled']))
      assert.deepEqual(world.counts(), [1])
    })
  }

  it('tells those who wait already, too', async () => {
    await using world = await makeEdges([[slow('600')]], { rate: 20 })
    const looks = await Promise.all(Array.from({ length: 20 }, () => seeAll(world.prober)))
    assert.deepEqual(new Set(looks.map(({ finding }) => finding.kind)), new Set(['throttled']))
    assert.ok((world.counts()[0] ?? 0) <= 3)
  })

  it('takes 503 with Retry-After for a throttle, and one without for a fault', async () => {
    await using world = await makeEdges([[answerOf('', ['Retry-After: 600'], '503 Later')]])
    assert.equal((await seeAll(world.prober)).finding.kind, 'throttled')
    await using fault = await makeEdges([[answerOf('', [], '503 Oops')]])
    assert.equal((await seeAll(fault.prober)).finding.kind, 'unknown')
  })

  for (const odd of [
    '',
    'soon',
    '-5',
    '1.5',
    '1e9',
    '99999999999999999999',
    'Thu, 99 Foo 2026',
    '\u00fc',
  ]) {
    it(`is not misled by Retry-After: ${JSON.stringify(odd)}`, async () => {
      await using world = await makeEdges(
        [[answerOf('', [`Retry-After: ${odd}`], '429 No'), alive]],
        { retries: 1 },
      )
      assert.equal((await seeAll(world.prober)).finding.kind, 'alive')
    })
  }

  it('keeps to the budget of a host', async () => {
    const starts: number[] = []
    await using server = await serveRaw((socket) => {
      starts.push(performance.now())
      socket.write(alive)
    })
    using prober = makeProber({ to: [`pictures.example:80:127.0.0.1:${server.port}`], rate: 100 })
    await Promise.all(Array.from({ length: 60 }, () => seeAll(prober)))
    // 60 requests at 100 a second, 10 at once: half a second.
    assert.ok((starts.at(-1) ?? 0) - (starts[0] ?? 0) >= 470)
  })

  it('keeps to the bound of requests in flight, over all hosts and edges', async () => {
    let inside = 0
    let peak = 0
    const later: (() => void)[] = []
    await using server = await serveRaw((socket) => {
      peak = Math.max(peak, ++inside)
      later.push(() => {
        inside--
        socket.write(gone)
      })
      setImmediate(() => later.shift()?.())
    })
    using prober = makeProber({
      connectTo: [1, 2, 3].map(() => ({
        host: '',
        port: null,
        address: '127.0.0.1',
        toPort: server.port,
      })),
      concurrency: 5,
      retries: 1,
    })
    const looks = await Promise.all(
      Array.from({ length: 120 }, (_, n) => prober.see(`http://host${n % 7}.example/${n}`)),
    )
    assert.deepEqual(new Set(looks.map(({ finding }) => finding.kind)), new Set(['gone']))
    assert.ok(peak <= 5, `${peak} at once`)
    assert.equal(prober.inFlight, 0)
  })

  it('does not hold up a host that answers for one that never does', async () => {
    await using dead = await serveRaw(() => undefined)
    await using lively = await serveRaw((socket) => socket.write(alive))
    using prober = makeProber({
      to: [`dead.example:80:127.0.0.1:${dead.port}`, `lively.example:80:127.0.0.1:${lively.port}`],
      concurrency: 8,
      timeoutMs: 400,
    })
    let givenUp = 0
    const stuck = Promise.all(
      Array.from({ length: 40 }, async (_, n) => {
        await prober.see(`http://dead.example/${n}`)
        givenUp++
      }),
    )
    await until(() => dead.requests.length === 8, 'eight requests')
    await Promise.all(
      Array.from({ length: 200 }, (_, n) => prober.see(`http://lively.example/${n}`)),
    )
    // A round or two of the dead host's eight places, not five.
    assert.ok(givenUp <= 24, `${givenUp} were given up before the lively host was done`)
    prober.close()
    await stuck
  })

  it('does not slow down for its own pause', async () => {
    const starts: number[] = []
    await using server = await serveRaw((socket) => {
      starts.push(performance.now())
      socket.write(starts.length === 1 ? slow('31') : alive)
    })
    using prober = makeProber({ to: [`pictures.example:80:127.0.0.1:${server.port}`], rate: 100 })
    await seeAll(prober)
    for (let n = 0; n < 20; n++)
      assert.equal(outcome((await seeAll(prober)).observations[0]!), 'paused')
    assert.equal(starts.length, 1)
  })
})
