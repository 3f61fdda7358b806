// The client before servers that are away, busy, somebody else, or mean: what is sent again, what is not, and what an
// app is told.
import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { type RawRequest, answerOf, serveRaw } from '../../test/hostile.ts'
import { type Everface, type EverfaceOptions, createEverface } from './client.ts'
import { EverfaceClientError } from './error.ts'

const avatar = { subject: '42', standing: 'alive' }
const close = 'Connection: close'
const json = (value: unknown, status?: string, fields: readonly string[] = []) =>
  answerOf(JSON.stringify(value), ['Content-Type: application/json', close, ...fields], status)
const problem = (status: number, code: string, fields: readonly string[] = []) =>
  json({ code, status, detail: `It is ${code}.` }, `${status} No`, fields)

/** Answers: bytes to send, or what to do with the socket. */
type Move = Buffer | ((socket: Socket) => void)

interface Scene {
  readonly client: Everface
  readonly requests: readonly RawRequest[]
  /** Milliseconds that the client would have waited. */
  readonly waits: readonly number[]
}

/** A client before a server that makes these moves, the last of them for ever. */
async function before<T>(
  moves: readonly Move[],
  act: (scene: Scene) => Promise<T>,
  options: Partial<EverfaceOptions> = {},
): Promise<T> {
  let turn = 0
  await using server = await serveRaw((socket) => {
    const move = moves[Math.min(turn++, moves.length - 1)]
    if (typeof move === 'function') move(socket)
    else if (move !== undefined) socket.end(move)
  })
  const waits: number[] = []
  const client = createEverface({
    url: `http://127.0.0.1:${server.port}/`,
    key: 'ef_test',
    random: () => 0.5,
    pause: async (ms) => void waits.push(ms),
    ...options,
  })
  return await act({ client, requests: server.requests, waits })
}

/** How a call failed. */
async function failure(calling: Promise<unknown>): Promise<EverfaceClientError> {
  try {
    await calling
  } catch (error) {
    assert.ok(error instanceof EverfaceClientError, String(error))
    return error
  }
  throw new Error('the call did not fail')
}

const field = ({ text }: RawRequest, name: string) =>
  new RegExp(`^${name}: (.*)$`, 'im').exec(text)?.[1]
const reset = (socket: Socket) => void socket.resetAndDestroy()
const silent = () => undefined

describe('createEverface', () => {
  it('refuses what cannot be a service or a key', () => {
    const good = { url: 'https://faces.test', key: 'ef_1' }
    const urls = [
      '',
      'faces.test',
      'ftp://faces.test',
      'https://a@b',
      'https://a/?b',
      'https://a/#b',
    ]
    for (const url of urls) assert.throws(() => createEverface({ ...good, url }), TypeError, url)
    for (const key of ['', 'ef 1', 'ef_1\r\nX: y', 'ключ']) {
      assert.throws(() => createEverface({ ...good, key }), TypeError, key)
    }
    assert.throws(() => createEverface({ ...good, publicUrl: '/faces' }), TypeError)
  })

  it('never puts a subject into a path that would name another call', async () => {
    await before([json(avatar)], async ({ client, requests }) => {
      for (const subject of ['', '..', '.', 'a/b', 'a?b', 'ü', 'x'.repeat(129)]) {
        assert.equal((await failure(client.forget(subject))).code, 'subject-invalid')
        assert.throws(() => client.pictureUrl(subject), EverfaceClientError)
      }
      assert.equal(requests.length, 0)
    })
  })

  it('needs the secret for what is made here', async () => {
    const client = createEverface({ url: 'https://faces.test', key: 'ef_1' })
    await assert.rejects(client.pageToken('42'), TypeError)
    await assert.rejects(client.signedPictureUrl('42'), TypeError)
    assert.equal(client.pictureUrl('42', { size: 48 }), 'https://faces.test/a/42?s=48')
  })

  it('names pictures by their public address', async () => {
    const options = { url: 'http://10.0.0.5:8420', key: 'ef_1', publicUrl: 'https://cdn.test/f/' }
    assert.equal(createEverface(options).pictureUrl('42'), 'https://cdn.test/f/a/42')
  })
})

describe('a call', () => {
  it('is made again when nobody answers, each time later, as the same request', async () => {
    await before([reset, reset, reset, json(avatar)], async ({ client, requests, waits }) => {
      const told = await client.register('42', { url: 'https://thirdwx.qlogo.cn/a/132' })
      assert.equal(told.avatar.subject, '42')
      assert.deepEqual(waits, [100, 200, 400])
      assert.equal(new Set(requests.map((one) => field(one, 'x-request-id'))).size, 1)
      assert.equal(requests.length, 4)
    })
  })

  it('waits as long as a busy service asks', async () => {
    const busy = problem(503, 'busy', ['Retry-After: 2'])
    const limited = problem(429, 'too-many-requests', ['Retry-After: 7'])
    await before([busy, limited, json(avatar)], async ({ client, waits }) => {
      await client.avatar('42')
      assert.deepEqual(waits, [2_100, 7_200])
    })
  })

  it('does not wait for ever: the app is told for how long', async () => {
    await before([problem(503, 'busy', ['Retry-After: 3600'])], async ({ client, requests }) => {
      const { code, status, retryAfterMs } = await failure(client.avatar('42'))
      assert.deepEqual([code, status, retryAfterMs], ['busy', 503, 3_600_000])
      assert.equal(requests.length, 1)
    })
  })

  it('gives up after its last try', async () => {
    await before(
      [problem(503, 'store-unreachable')],
      async ({ client, requests }) => {
        assert.equal((await failure(client.stats())).code, 'store-unreachable')
        assert.equal(requests.length, 3)
      },
      { retries: 2 },
    )
  })

  it('is not made again when it was refused', async () => {
    const errors = [{ pointer: '/url', detail: 'No.' }, { pointer: 1 }, null]
    const refused = json(
      { code: 'body-invalid', status: 422, detail: '/url: No.', errors },
      '422 No',
      ['X-Request-Id: r-1'],
    )
    await before([refused], async ({ client, requests }) => {
      const error = await failure(client.register('42', { url: 'x' }))
      assert.equal(error.code, 'body-invalid')
      assert.equal(error.message, '/url: No.')
      assert.equal(error.requestId, 'r-1')
      assert.deepEqual(error.faults, [{ pointer: '/url', detail: 'No.' }])
      assert.equal(requests.length, 1)
    })
    await before([problem(500, 'internal')], async ({ client, requests }) => {
      assert.equal((await failure(client.stats())).code, 'internal')
      assert.equal(requests.length, 1)
    })
  })

  it('that does something carries one Idempotency-Key through all tries', async () => {
    const running = problem(409, 'idempotency-running')
    await before([reset, running, answerOf('', [close], '204 Done')], async (scene) => {
      await scene.client.tell('42', 'login')
      const keys = scene.requests.map((one) => field(one, 'idempotency-key'))
      assert.equal(keys.length, 3)
      assert.equal(new Set(keys).size, 1)
      assert.match(keys[0] ?? '', /^[\x21-\x7e]{16,}$/)
    })
    await before([problem(409, 'look-in-progress')], async ({ client, requests }) => {
      assert.equal((await failure(client.probe('42'))).code, 'look-in-progress')
      assert.equal(requests.length, 1)
    })
  })

  it('says null of somebody who is not known', async () => {
    await before([problem(404, 'subject-unknown')], async ({ client }) => {
      assert.equal(await client.avatar('42'), null)
      // The answer to the first try may have been lost: then there is nobody to forget any more.
      assert.equal(await client.forget('42'), null)
      assert.equal((await failure(client.tell('42', 'open'))).code, 'subject-unknown')
    })
    await before([problem(404, 'route-unknown')], async ({ client }) => {
      assert.equal((await failure(client.avatar('42'))).code, 'route-unknown')
    })
  })

  it('ends when its time is over', async () => {
    await before(
      [silent],
      async ({ client, requests }) => {
        const error = await failure(client.avatar('42', { timeoutMs: 30 }))
        assert.deepEqual([error.code, error.status], ['timeout', null])
        assert.equal(requests.length, 2)
      },
      { retries: 1 },
    )
    const half = answerOf(JSON.stringify(avatar)).subarray(0, -5)
    const stuck = (socket: Socket) => void socket.write(half)
    await before(
      [stuck],
      async ({ client }) => {
        assert.equal((await failure(client.avatar('42', { timeoutMs: 50 }))).code, 'timeout')
      },
      { retries: 0 },
    )
  })

  it('ends when the app says so, with the app’s own reason', async () => {
    const reason = new Error('the visitor left')
    await assert.rejects(
      before([json(avatar)], ({ client }) =>
        client.avatar('42', { signal: AbortSignal.abort(reason) }),
      ),
      reason,
    )
    const leaving = new AbortController()
    const leave = () => leaving.abort(reason)
    const watched = ({ client }: Scene) => client.avatar('42', { signal: leaving.signal })
    await assert.rejects(before([leave], watched), reason)
    const waiting = new AbortController()
    const pause = async () => waiting.abort(reason)
    await assert.rejects(
      before([reset], ({ client }) => client.avatar('42', { signal: waiting.signal }), { pause }),
      reason,
    )
  })

  it('sends the key to nobody else, and tells it to nobody', async () => {
    const moved = answerOf('', ['Location: http://127.0.0.1:1/v1/', close], '307 Moved')
    await before([moved], async ({ client, requests }) => {
      const error = await failure(client.avatar('42'))
      assert.equal(error.code, 'answer-unreadable')
      assert.match(error.message, /leads to http:\/\/127\.0\.0\.1:1/)
      assert.equal(field(requests[0] as RawRequest, 'authorization'), 'Bearer ef_test')
      assert.ok(!inspect(error, { depth: null }).includes('ef_test'))
    })
  })
})

describe('an answer', () => {
  it('of somebody else is no avatar', async () => {
    const html = ['Content-Type: text/html', close]
    const answers = [
      '<h1>Sign in to the Wi-Fi</h1>',
      '',
      '[]',
      'null',
      '{}',
      '{"subject":1}',
      '{"sub',
    ]
    for (const body of answers) {
      await before([answerOf(body, html)], async ({ client, requests }) => {
        assert.equal((await failure(client.avatar('42'))).code, 'answer-unreadable', body)
        assert.equal(requests.length, 1)
      })
    }
  })

  it('of a proxy whose service is away is waited out', async () => {
    const away = answerOf('<h1>502 Bad Gateway</h1>', [close], '502 Bad Gateway')
    await before([away, json(avatar)], async ({ client, waits }) => {
      assert.equal((await client.avatar('42'))?.subject, '42')
      assert.equal(waits.length, 1)
    })
    await before([away], async ({ client }) => {
      const { code, status } = await failure(client.avatar('42'))
      assert.deepEqual([code, status], ['answer-unreadable', 502])
    })
  })

  it('that never ends is left', async () => {
    const flood = (status: string) => (socket: Socket) => {
      socket.write(`HTTP/1.1 ${status}\r\nContent-Type: application/json\r\n\r\n`)
      const piece = Buffer.alloc(1 << 20, '[')
      const pour = () => {
        while (!socket.destroyed && socket.write(piece));
      }
      socket.on('drain', pour)
      pour()
    }
    for (const status of ['200 OK', '422 No']) {
      await before([flood(status)], async ({ client }) => {
        assert.equal((await failure(client.avatar('42'))).code, 'answer-unreadable', status)
      })
    }
  })

  it('with a code that is none, or words without end, is told in short', async () => {
    for (const code of [1, '', 'NO', `x${'y'.repeat(99)}`, 'a b']) {
      await before([json({ code, detail: 'x' }, '422 No')], async ({ client }) => {
        assert.equal((await failure(client.avatar('42'))).code, 'answer-unreadable')
      })
    }
    const long = json({ code: 'url-invalid', detail: 'x'.repeat(9_999) }, '422 No')
    await before([long], async ({ client }) => {
      assert.equal((await failure(client.avatar('42'))).message.length, 500)
    })
  })
})

describe('avatars', () => {
  async function all(client: Everface): Promise<readonly string[]> {
    const subjects: string[] = []
    for await (const { subject } of client.avatars({ standing: 'dying', pageSize: 2 })) {
      subjects.push(subject)
    }
    return subjects
  }

  it('follows pages to the last, and asks for no page that nobody wants', async () => {
    const first = json({ items: [{ subject: '1' }, { subject: '2' }], next: 'Mg' })
    const last = json({ items: [{ subject: '3' }], next: null })
    await before([first, last], async ({ client, requests }) => {
      assert.deepEqual(await all(client), ['1', '2', '3'])
      assert.deepEqual(
        requests.map(({ target }) => target),
        ['/v1/avatars?limit=2&standing=dying', '/v1/avatars?limit=2&standing=dying&cursor=Mg'],
      )
    })
    await before([first], async ({ client, requests }) => {
      for await (const { subject } of client.avatars()) if (subject === '2') break
      assert.equal(requests.length, 1)
    })
  })

  it('does not walk in circles', async () => {
    const circle = json({ items: [], next: 'Mg' })
    for (const move of [circle, json({ items: [] }), json({ items: {}, next: null })]) {
      await before([move], async ({ client, requests }) => {
        assert.equal((await failure(all(client))).code, 'answer-unreadable')
        assert.ok(requests.length <= 2)
      })
    }
  })
})
