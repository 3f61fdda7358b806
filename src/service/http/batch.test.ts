import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { EverfaceError } from '../../errors.ts'
import type { Keeper } from '../../jobs/keeper.ts'
import { batchBounds } from './batch.ts'
import { type Ask, type Harness, type HttpWorld, type Sent, createHttpWorld } from './harness.ts'

let world: HttpWorld
let http: Harness
before(async () => {
  world = await createHttpWorld()
  http = world.open()
})
after(() => world.close())

const type = { 'content-type': 'application/x-ndjson' }

interface Result {
  line: number
  outcome: string
  subject?: string | null
  problem?: { code: string }
}

async function send(body: Sent, how: Ask = {}, on: Harness = http): Promise<Result[]> {
  const told = await on.ask('POST /v1/avatars:batch', { as: 'write', headers: type, body, ...how })
  assert.equal(told.status, 200, told.text)
  assert.equal(told.headers.get('content-type'), 'application/x-ndjson')
  return told.text === ''
    ? []
    : told.text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Result)
}

function url(at: number): string {
  return `https://thirdwx.qlogo.cn/mmopen/vi_32/batch${at}/132`
}

function line(at: number): string {
  return JSON.stringify({ subject: `b${at}`, url: url(at), imported: true })
}

/** A keeper that does nothing but what is said here. */
function keeperThat(register: Keeper['register']): Keeper {
  return { ...world.jobs.keeper, register }
}

describe('POST /v1/avatars:batch', () => {
  it('answers a result a line, in order, bad lines among good ones', async () => {
    const lines = [
      line(1),
      'not json',
      '',
      JSON.stringify({ subject: 'b2', url: url(2), nmae: 'x' }),
      JSON.stringify({ subject: 'a b', url: url(2) }),
      JSON.stringify({ subject: '..', url: url(2) }),
      JSON.stringify({ subject: 'b3', url: 'nonsense' }),
      JSON.stringify({ subject: 'b4', url: url(4), provider: 'qq' }),
      JSON.stringify({ subject: 'b5', url: url(5), snapshot: true }),
      `{"subject":"b6","url":"${'x'.repeat(batchBounds.lineBytes)}"}`,
      line(1),
      line(7),
    ]
    const results = await send(lines.join('\n'))
    assert.deepEqual(
      results.map((one) => [one.line, one.subject, one.problem?.code ?? one.outcome]),
      [
        [1, 'b1', 'created'],
        [2, null, 'body-malformed'],
        [4, 'b2', 'body-invalid'],
        [5, null, 'body-invalid'],
        [6, null, 'body-invalid'],
        [7, 'b3', 'url-invalid'],
        [8, 'b4', 'provider-mismatch'],
        [9, 'b5', 'snapshot-profile'],
        [10, null, 'line-too-long'],
        [11, 'b1', 'renewed'],
        [12, 'b7', 'created'],
      ],
    )
  })

  it('tells the keeper what comes from a list of unknown age', async () => {
    await send(`${line(8)}\n`)
    const { json } = await http.ask('GET /v1/avatars/b8')
    assert.ok(Date.parse(json.source.confirmedAt) < world.now() - 86_400_000)
  })

  it('hands the keeper no more than 500 lines at a time, and as many as have come', async () => {
    const sizes: number[] = []
    const counting = world.open({
      keeper: keeperThat((entries) => {
        sizes.push(entries.length)
        return world.jobs.keeper.register(entries)
      }),
    })
    const lines = Array.from({ length: 1_234 }, (_, at) => `${line(10_000 + at)}\n`)
    const results = await send(lines.join(''), {}, counting)
    assert.equal(results.length, 1_234)
    assert.deepEqual(sizes, [500, 500, 234])
  })

  it('answers a line while the next is not yet sent', async () => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const writer = writable.getWriter()
    const response = await http.http.fetch(
      new Request('http://x/v1/avatars:batch', {
        method: 'POST',
        headers: { ...type, authorization: `Bearer ${http.secrets.write}` },
        body: readable,
        duplex: 'half',
      }),
    )
    assert.ok(response.body !== null)
    const reader = response.body.getReader()
    for (const at of [1, 2]) {
      const sent = writer.write(Buffer.from(`${line(20 + at)}\n`))
      const { value } = await reader.read()
      assert.equal((JSON.parse(Buffer.from(value ?? []).toString()) as Result).line, at)
      await sent
    }
    await writer.close()
    assert.equal((await reader.read()).done, true)
  })

  it('takes everything from a client that reads nothing until it has sent all', async () => {
    let sent = 0
    const body = new ReadableStream<Uint8Array>({
      pull(out) {
        if (sent === 5_000) return out.close()
        const lines = Array.from({ length: 50 }, () => '{"subject":"s","url":"nonsense"}\n')
        sent += 50
        out.enqueue(Buffer.from(lines.join('')))
      },
    })
    const { promise, resolve } = Promise.withResolvers<void>()
    let settled = 0
    const unread = world.open({
      keeper: keeperThat((entries) => {
        settled += entries.length
        if (settled === 5_000) resolve()
        return Promise.resolve(
          entries.map(
            () => ({ kind: 'denied', code: 'url-invalid', detail: 'x'.repeat(5_000) }) as const,
          ),
        )
      }),
    })
    const response = await unread.http.fetch(
      new Request('http://x/v1/avatars:batch', {
        method: 'POST',
        headers: { ...type, authorization: `Bearer ${http.secrets.write}` },
        body,
        duplex: 'half',
      }),
    )
    await promise
    const text = await response.text()
    const lines = text.trimEnd().split('\n')
    assert.equal(lines.length, 5_000)
    assert.ok(
      lines.every((one) => one.length < 600),
      'what is held for a slow reader is short',
    )
  })

  it('stops where the store is away and says how far it came', async () => {
    let calls = 0
    const failing = world.open({
      keeper: keeperThat((entries) => {
        calls++
        if (calls > 1) return Promise.reject(new EverfaceError('store-unreachable', 'away'))
        return world.jobs.keeper.register(entries)
      }),
    })
    const lines = Array.from({ length: 1_200 }, (_, at) => `${line(30_000 + at)}\n`)
    const results = await send(lines.join(''), {}, failing)
    assert.equal(results.length, 501)
    const last = results.at(-1)
    assert.deepEqual(
      [last?.outcome, last?.line, last?.problem?.code],
      ['stopped', 500, 'store-unreachable'],
    )
    assert.equal(calls, 2)
  })

  it('logs a bug and tells nothing of it', async () => {
    const failing = world.open({
      keeper: keeperThat(() => Promise.reject(new Error('a secret of ours'))),
    })
    const results = await send(line(1), {}, failing)
    assert.equal(results[0]?.problem?.code, 'internal')
    assert.ok(!JSON.stringify(results).includes('secret of ours'))
    assert.ok(failing.lines.some(({ level }) => level === 'error'))
  })

  it('takes 100 000 lines and not one more', async () => {
    const denying = world.open({
      keeper: keeperThat((entries) =>
        Promise.resolve(
          entries.map(() => ({ kind: 'denied', code: 'url-invalid', detail: 'no' }) as const),
        ),
      ),
    })
    const lines = `${JSON.stringify({ subject: 's', url: 'u' })}\n`.repeat(batchBounds.lines)
    assert.equal((await send(lines, {}, denying)).length, batchBounds.lines)
    const results = await send(`${lines}${line(1)}`, {}, denying)
    assert.equal(results.length, batchBounds.lines + 1)
    assert.equal(results.at(-1)?.problem?.code, 'too-many-lines')
  })

  it('takes an empty batch for done', async () => {
    assert.deepEqual(await send(''), [])
    assert.deepEqual(await send('\n\n'), [])
  })

  it('refuses what it could not keep its word on', async () => {
    const refused = async (how: Ask) => {
      const told = await http.ask('POST /v1/avatars:batch', { as: 'write', body: line(1), ...how })
      return [told.status, told.json.code]
    }
    assert.deepEqual(await refused({ headers: { ...type, 'idempotency-key': 'k' } }), [
      400,
      'idempotency-unsupported',
    ])
    assert.deepEqual(await refused({ headers: { 'content-type': 'application/json' } }), [
      415,
      'media-type-unsupported',
    ])
    assert.deepEqual(await refused({ headers: { ...type, 'content-encoding': 'gzip' } }), [
      415,
      'media-type-unsupported',
    ])
    assert.deepEqual(await refused({ as: 'read', headers: type }), [403, 'scope-missing'])
  })

  it('lets eight batches run at once, and the ninth when one has ended', async () => {
    const crowded = world.open()
    const writers: WritableStreamDefaultWriter<Uint8Array>[] = []
    const answers: Response[] = []
    for (let at = 0; at < 8; at++) {
      const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
      writers.push(writable.getWriter())
      answers.push(
        await crowded.http.fetch(
          new Request('http://x/v1/avatars:batch', {
            method: 'POST',
            headers: { ...type, authorization: `Bearer ${http.secrets.write}` },
            body: readable,
            duplex: 'half',
          }),
        ),
      )
    }
    const ninth = await crowded.ask('POST /v1/avatars:batch', { headers: type, body: line(1) })
    assert.deepEqual([ninth.status, ninth.json.code], [503, 'busy'])
    await writers[0]?.close()
    assert.equal(await answers[0]?.text(), '')
    assert.equal((await send(line(1), {}, crowded)).length, 1)
    for (const writer of writers.slice(1)) await writer.close()
    for (const answer of answers.slice(1)) await answer.text()
  })

  it('stops reading when the client has gone', async () => {
    const leaving = world.open()
    let cancelled: () => void = () => {}
    const stopped = new Promise<void>((resolve) => {
      cancelled = resolve
    })
    const body = new ReadableStream<Uint8Array>({
      pull: (out) => out.enqueue(Buffer.from(`${line(1)}\n`)),
      cancel: () => cancelled(),
    })
    const response = await leaving.http.fetch(
      new Request('http://x/v1/avatars:batch', {
        method: 'POST',
        headers: { ...type, authorization: `Bearer ${http.secrets.write}` },
        body,
        duplex: 'half',
      }),
    )
    await response.body?.cancel()
    await stopped
  })
})
