// What reaches the file or the stream, and what happens when it cannot.
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { after, describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { anyResult, madeResult } from '../../test/made/results.ts'
import { openOutFile, openOutStream, writeText } from './out.ts'
import { type ResultForm, csvHeader, resultToCsv, resultToJson } from './result-lines.ts'
import type { Result } from './result.ts'

const folder = mkdtempSync(join(tmpdir(), 'everface-out-'))
after(() => rmSync(folder, { recursive: true }))
let files = 0
const newFile = () => join(folder, String(++files))

const forms: readonly ResultForm[] = ['ndjson', 'csv']
const unwritable = { code: 'out-unwritable' }
const large = madeResult({ detail: 'x'.repeat(1024 * 1024) })

function textOf(results: readonly Result[], form: ResultForm): string {
  return form === 'csv'
    ? [csvHeader, ...results.map(resultToCsv), ''].join('\r\n')
    : results.map((result) => `${resultToJson(result)}\n`).join('')
}

/** A stream that keeps each piece until the test lets it through. */
function slowStream() {
  const pieces: Buffer[] = []
  const calls: ((error?: Error | null) => void)[] = []
  const stream = new Writable({
    write(bytes: Buffer, _, done) {
      pieces.push(Buffer.from(bytes))
      calls.push(done)
    },
  })
  stream.on('error', () => {})
  return { stream, pieces, calls, text: () => Buffer.concat(pieces).toString() }
}

function failure(code: string): Error {
  return Object.assign(new Error(`made to fail: ${code}`), { code })
}

/** Lines of a few bytes, lines around the size of a piece, lines larger than one; ASCII and not. */
const anyLine = fc.oneof(
  { weight: 3, arbitrary: anyResult },
  fc
    .tuple(
      fc.constantFrom('x', 'é', '王', '😀', '"', '\ud800'),
      fc.oneof(fc.integer({ min: 80_000, max: 90_000 }), fc.integer({ min: 1, max: 300_000 })),
    )
    .map(([letter, length]) => madeResult({ detail: letter.repeat(length) })),
)

describe('openOutFile', () => {
  for (const form of forms) {
    it(`writes the ${form} lines of any results, in order`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyLine, { maxLength: 12 }), async (results) => {
          const file = newFile()
          const out = await openOutFile(file, form, false)
          for (const result of results) await out.add(result)
          await out.close()
          assert.ok(readFileSync(file).equals(Buffer.from(textOf(results, form))))
        }),
        { numRuns: 40 },
      )
    })

    it(`goes on behind what stands there, without a second ${form} header`, async () => {
      const file = newFile()
      for (const id of ['1', '2']) {
        const out = await openOutFile(file, form, true)
        await out.add(madeResult({ id }))
        await out.close()
      }
      const results = ['1', '2'].map((id) => madeResult({ id }))
      assert.equal(readFileSync(file, 'utf8'), textOf(results, form))
    })

    it(`replaces what stood there unless told to append (${form})`, async () => {
      const file = newFile()
      writeFileSync(file, 'old')
      await (await openOutFile(file, form, false)).close()
      assert.equal(readFileSync(file, 'utf8'), textOf([], form))
    })
  }

  it('writes many lines without being waited for', async () => {
    const file = newFile()
    const out = await openOutFile(file, 'ndjson', false)
    const results = Array.from({ length: 5000 }, (_, n) => madeResult({ id: String(n) }))
    for (const result of results) void out.add(result)
    await out.close()
    assert.equal(readFileSync(file, 'utf8'), textOf(results, 'ndjson'))
  })

  it('rejects when the file cannot be opened', async () => {
    await assert.rejects(openOutFile(join(folder, 'no', 'file'), 'csv', false), {
      ...unwritable,
      message: /ENOENT/,
    })
  })

  const full = { skip: existsSync('/dev/full') ? false : 'there is no /dev/full here' }

  it('rejects on a full disk when it closes', full, async () => {
    const out = await openOutFile('/dev/full', 'ndjson', true)
    assert.equal(out.add(madeResult()), undefined)
    await assert.rejects(out.close(), { ...unwritable, message: /ENOSPC/ })
  })

  it('rejects on a full disk from the next result on', full, async () => {
    const out = await openOutFile('/dev/full', 'ndjson', true)
    let full = out.add(large)
    while (full === undefined) {
      await turn()
      full = out.add(large)
    }
    await assert.rejects(full, unwritable)
    await assert.rejects(async () => out.add(madeResult()), unwritable)
    await assert.rejects(out.close(), unwritable)
  })
})

describe('openOutStream', () => {
  for (const form of forms) {
    it(`writes the ${form} lines and leaves the stream open`, async () => {
      const { stream, calls, text } = slowStream()
      const out = openOutStream(stream, form)
      void out.add(madeResult())
      const closed = out.close()
      calls[0]?.()
      await closed
      assert.equal(text(), textOf([madeResult()], form))
      assert.equal(stream.writableEnded, false)
    })
  }

  it('answers a promise once 8 MiB wait, and resolves it when all is written', async () => {
    const { stream, pieces, calls, text } = slowStream()
    const out = openOutStream(stream, 'ndjson')
    let added = 0
    let full: void | Promise<void> = undefined
    while (full === undefined) {
      full = out.add(large)
      added++
    }
    // One is being written, one is being filled; none of those waits.
    assert.ok(added >= 9 && added <= 12, `${added} added`)
    let resolved = false
    const waiting = full.then(() => {
      resolved = true
    })
    await turn()
    assert.deepEqual([pieces.length, resolved], [1, false])
    while (!resolved) {
      calls.shift()?.()
      await turn()
    }
    await waiting
    assert.equal(
      text(),
      textOf(
        Array.from({ length: added }, () => large),
        'ndjson',
      ),
    )
    assert.equal(out.add(madeResult()), undefined)
    stream.destroy()
    await out.close()
  })

  it('writes one piece at a time', async () => {
    const { stream, pieces, calls } = slowStream()
    const out = openOutStream(stream, 'ndjson')
    for (let n = 0; n < 4; n++) void out.add(large)
    await turn()
    assert.deepEqual([pieces.length, stream.writableLength], [1, pieces[0]?.length])
    const closed = out.close()
    for (let open = true; open; await turn()) {
      void closed.then(() => (open = false))
      calls.shift()?.()
      await turn()
    }
  })

  it('writes a finished result within half a second', async (context) => {
    context.mock.timers.enable({ apis: ['setInterval'] })
    const { stream, calls, text } = slowStream()
    const out = openOutStream(stream, 'ndjson')
    void out.add(madeResult())
    assert.equal(text(), '')
    context.mock.timers.tick(500)
    assert.equal(text(), textOf([madeResult()], 'ndjson'))
    calls[0]?.()
    await out.close()
  })

  it('goes deaf without an error when its reader has gone', async () => {
    const { stream, pieces, calls } = slowStream()
    const out = openOutStream(stream, 'csv')
    void out.add(large)
    void out.add(large)
    assert.equal(out.deaf, false)
    calls[0]?.(failure('EPIPE'))
    await turn()
    assert.equal(out.deaf, true)
    for (let n = 0; n < 20; n++) assert.equal(out.add(large), undefined)
    await out.close()
    assert.equal(pieces.length, 1)
  })

  it('rejects for any other failure', async () => {
    const { stream, calls } = slowStream()
    const out = openOutStream(stream, 'csv')
    void out.add(large)
    void out.add(large)
    calls[0]?.(failure('ENOSPC'))
    await turn()
    assert.equal(out.deaf, false)
    await assert.rejects(async () => out.add(large), { ...unwritable, message: /ENOSPC/ })
    await assert.rejects(out.close(), unwritable)
  })
})

describe('writeText', () => {
  it('says whether the reader is still there', async () => {
    for (const [code, there] of [
      [null, true],
      ['EPIPE', false],
      ['ERR_STREAM_DESTROYED', false],
    ] as const) {
      const { stream, calls } = slowStream()
      const written = writeText(stream, 'text')
      calls[0]?.(code === null ? null : failure(code))
      assert.equal(await written, there)
    }
  })
})
