// Many registrations before a server that stops in the middle, is away, or answers nonsense: every entry gets its result
// once and in order, and only what has none is sent again.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { type Everface, createEverface } from './client.ts'
import { EverfaceClientError } from './error.ts'
import type { Entry, EntryResult } from './nouns.ts'

/** Answers a batch: the subjects of its lines, and where to write. */
type Answer = (subjects: readonly string[], response: ServerResponse) => void

interface Scene {
  readonly client: Everface
  /** Subjects of each request. */
  readonly sent: readonly (readonly string[])[]
  readonly waits: readonly number[]
}

const good: Answer = (subjects, response) => {
  for (const [at, subject] of subjects.entries()) response.write(result(at + 1, subject))
  response.end()
}

function result(line: number, subject: string): string {
  return `${JSON.stringify({ line, subject, outcome: 'created', standing: 'unknown' })}\n`
}

function stopped(line: number, code: string, status: number): string {
  return `${JSON.stringify({ outcome: 'stopped', line, problem: { code, status, detail: 'x' } })}\n`
}

/** A client before a server that gives these answers, the last of them for ever. */
async function before(
  answers: readonly Answer[],
  act: (scene: Scene) => Promise<void>,
): Promise<void> {
  const sent: string[][] = []
  const waits: number[] = []
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const lines = Buffer.concat(pieces).toString().split('\n')
      const subjects = lines.map((line) => (JSON.parse(line) as Entry).subject)
      sent.push(subjects)
      response.setHeader('Content-Type', 'application/x-ndjson')
      answers[Math.min(sent.length, answers.length) - 1]?.(subjects, response)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = createEverface({
    url: `http://127.0.0.1:${port}`,
    key: 'ef_test',
    random: () => 0.5,
    pause: async (ms) => void waits.push(ms),
  })
  try {
    await act({ client, sent, waits })
  } finally {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
}

function people(count: number): Entry[] {
  return Array.from({ length: count }, (_, at) => ({
    subject: String(at),
    url: `https://thirdwx.qlogo.cn/mmopen/vi_32/${at}/132`,
    imported: true,
  }))
}

async function gather(results: AsyncIterable<EntryResult>): Promise<EntryResult[]> {
  const all: EntryResult[] = []
  for await (const one of results) all.push(one)
  return all
}

async function codeOf(results: AsyncIterable<EntryResult>): Promise<string> {
  try {
    await gather(results)
  } catch (error) {
    assert.ok(error instanceof EverfaceClientError, String(error))
    return error.code
  }
  return 'none'
}

describe('registerMany', () => {
  it('tells of every entry, in groups of a thousand', async () => {
    await before([good], async ({ client, sent }) => {
      const results = await gather(client.registerMany(people(2_300)))
      assert.deepEqual(
        results.map(({ index, subject }) => [index, subject]),
        Array.from({ length: 2_300 }, (_, at) => [at, String(at)]),
      )
      assert.deepEqual(
        sent.map(({ length }) => length),
        [1_000, 1_000, 300],
      )
    })
  })

  it('asks nothing for nobody', async () => {
    await before([good], async ({ client, sent }) => {
      assert.deepEqual(await gather(client.registerMany([])), [])
      assert.equal(sent.length, 0)
    })
  })

  it('takes no more entries than it can hold before the service has told of them', async () => {
    await before([good], async ({ client }) => {
      let taken = 0
      async function* endless() {
        for (;;) yield { subject: String(taken++), url: `https://a.test/${'x'.repeat(2_000)}` }
      }
      let seen = 0
      for await (const { index } of client.registerMany(endless())) {
        assert.equal(index, seen++)
        assert.ok(taken - seen <= 1_000)
        if (seen === 3_000) break
      }
    })
  })

  it('sends only what has no result yet when the line breaks', async () => {
    const cut: Answer = (subjects, response) => {
      response.write(result(1, subjects[0] ?? ''))
      response.write(result(2, subjects[1] ?? ''))
      // Half a result is none.
      response.write('{"line":3,"subject":"2","outcome":"crea', () => response.destroy())
    }
    await before([cut, cut, good], async ({ client, sent, waits }) => {
      const results = await gather(client.registerMany(people(7)))
      assert.deepEqual(
        results.map(({ index }) => index),
        [0, 1, 2, 3, 4, 5, 6],
      )
      assert.deepEqual(
        sent.map(([first]) => first),
        ['0', '2', '4'],
      )
      // Each try got on: the waits do not grow.
      assert.deepEqual(waits, [100, 100])
    })
  })

  it('goes on where the service had to stop', async () => {
    const halt: Answer = (subjects, response) => {
      response.write(result(1, subjects[0] ?? ''))
      response.end(stopped(1, 'store-unreachable', 503))
    }
    await before([halt, good], async ({ client, sent }) => {
      assert.equal((await gather(client.registerMany(people(3)))).length, 3)
      assert.deepEqual(sent, [
        ['0', '1', '2'],
        ['1', '2'],
      ])
    })
  })

  it('waits for a place among the batches', async () => {
    const busy: Answer = (_, response) => {
      const body = JSON.stringify({ code: 'busy', status: 503, detail: 'x' })
      response.writeHead(503, { 'Retry-After': '5' }).end(body)
    }
    await before([busy, good], async ({ client, waits }) => {
      assert.equal((await gather(client.registerMany(people(2)))).length, 2)
      assert.deepEqual(waits, [5_100])
    })
  })

  it('tells of denied entries and goes on', async () => {
    const deny: Answer = (subjects, response) => {
      const problem = { code: 'url-invalid', status: 422, detail: 'No host.' }
      response.write(`${JSON.stringify({ line: 1, subject: null, outcome: 'denied', problem })}\n`)
      response.end(result(2, subjects[1] ?? ''))
    }
    await before([deny], async ({ client }) => {
      const [first, second] = await gather(client.registerMany(people(2)))
      assert.deepEqual(first, {
        index: 0,
        subject: '0',
        outcome: 'denied',
        code: 'url-invalid',
        detail: 'No host.',
      })
      assert.equal(second?.outcome, 'created')
    })
  })

  it('gives up when no try gets on', async () => {
    const nothing: Answer = (_, response) => void response.destroy()
    await before([nothing], async ({ client, sent }) => {
      assert.equal(await codeOf(client.registerMany(people(2))), 'network')
      assert.equal(sent.length, 4)
    })
    const short: Answer = (_, response) => void response.end()
    await before([short], async ({ client, sent }) => {
      assert.equal(await codeOf(client.registerMany(people(2))), 'network')
      assert.equal(sent.length, 4)
    })
  })

  it('does not send again what was refused', async () => {
    const refuse: Answer = (_, response) => void response.end(stopped(0, 'body-malformed', 400))
    await before([refuse], async ({ client, sent }) => {
      assert.equal(await codeOf(client.registerMany(people(2))), 'body-malformed')
      assert.equal(sent.length, 1)
    })
  })

  it('believes no result that does not fit', async () => {
    const lies = [
      result(2, '1'),
      `${result(1, '0')}${result(1, '0')}`,
      `${result(1, '0')}${result(2, '1')}${result(3, '2')}`,
      '[]\n',
      'no\n',
      '{"line":1}\n',
      '{"line":1,"outcome":"denied"}\n',
      'x'.repeat(200_000),
    ]
    for (const lie of lies) {
      const tell: Answer = (_, response) => void response.end(lie)
      await before([tell], async ({ client, sent }) => {
        assert.equal(await codeOf(client.registerMany(people(2))), 'answer-unreadable', lie)
        assert.equal(sent.length, 1)
      })
    }
  })

  it('lets go of entries and of the line when nobody wants more', async () => {
    let freed = false
    function* some() {
      try {
        yield* people(5)
      } finally {
        freed = true
      }
    }
    const drip: Answer = (subjects, response) => {
      response.write(result(1, subjects[0] ?? ''))
    }
    await before([drip], async ({ client }) => {
      for await (const { index } of client.registerMany(some())) {
        assert.equal(index, 0)
        break
      }
      assert.ok(freed)
    })
  })

  it('ends with the app’s own reason', async () => {
    const reason = new Error('enough')
    const leaving = new AbortController()
    const leave: Answer = (subjects, response) => {
      response.write(result(1, subjects[0] ?? ''), () => leaving.abort(reason))
    }
    await before([leave], async ({ client }) => {
      const results = client.registerMany(people(5), { signal: leaving.signal })
      await assert.rejects(gather(results), reason)
    })
  })
})
