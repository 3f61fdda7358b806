import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type LineBounds, type LineGroup, readLines } from './ndjson.ts'

const bounds: LineBounds = { lineBytes: 10, lines: 100, bytes: 10_000, group: 4 }

function stream(chunks: readonly (string | Uint8Array)[], end?: Error): ReadableStream<Uint8Array> {
  let at = 0
  return new ReadableStream({
    pull(out) {
      const chunk = chunks[at++]
      if (chunk !== undefined) out.enqueue(Buffer.from(chunk as string))
      else if (end === undefined) out.close()
      else out.error(end)
    },
  })
}

async function read(
  input: ReadableStream<Uint8Array>,
  some: Partial<LineBounds> = {},
): Promise<LineGroup[]> {
  const groups: LineGroup[] = []
  for await (const group of readLines(input, { ...bounds, ...some })) groups.push(group)
  return groups
}

function told(groups: readonly LineGroup[]): string[] {
  return groups.flatMap((group) =>
    group.kind === 'stopped'
      ? [`stopped ${group.reason}`]
      : group.lines.map((line) =>
          line.kind === 'line'
            ? `${line.number} ${line.bytes.toString()}`
            : `${line.number} too long`,
        ),
  )
}

describe('readLines', () => {
  it('numbers lines as an editor does and leaves empty ones out', async () => {
    const groups = await read(stream(['a\n\n  \r\nb\r\nc']))
    assert.deepEqual(told(groups), ['1 a', '4 b\r', '5 c'])
  })

  it('finds the same lines however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: fc.constantFrom('a', 'é', ' ', '1'), maxLength: 12 }), {
          maxLength: 30,
        }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        async (lines, cuts) => {
          const whole = Buffer.from(lines.map((line) => `${line}\n`).join(''))
          const pieces: Buffer[] = []
          for (let at = 0, turn = 0; at < whole.length; turn++) {
            const length = cuts[turn % cuts.length] ?? 1
            pieces.push(whole.subarray(at, at + length))
            at += length
          }
          const once = told(await read(stream([whole])))
          assert.deepEqual(told(await read(stream(pieces))), once)
          const expected = lines.flatMap((line, at) =>
            Buffer.byteLength(line) > 10
              ? [`${at + 1} too long`]
              : line.trim() === ''
                ? []
                : [`${at + 1} ${line}`],
          )
          assert.deepEqual(once, expected)
        },
      ),
      { numRuns: 200, seed: 3 },
    )
  })

  it('hands on groups of a bounded size', async () => {
    const groups = await read(stream(['1\n2\n3\n4\n5\n6\n7\n8\n9\n']))
    assert.deepEqual(
      groups.map((group) => (group.kind === 'lines' ? group.lines.length : 0)),
      [4, 4, 1],
    )
  })

  it('does not let a line wait for lines that have not come', async () => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const writer = writable.getWriter()
    const groups = readLines(readable, bounds)
    const sent = writer.write(Buffer.from('a\nb\nhalf'))
    const first = await groups.next()
    assert.deepEqual(told(first.value === undefined ? [] : [first.value]), ['1 a', '2 b'])
    await sent
    const rest = writer.write(Buffer.from(' of it\n'))
    const second = await groups.next()
    assert.deepEqual(told(second.value === undefined ? [] : [second.value]), ['3 half of it'])
    await rest
    await groups.return(undefined)
  })

  it('passes over a line that is too long without holding it', async () => {
    const groups = await read(stream(['0123456789A', 'x'.repeat(1000), '\nb\n']))
    assert.deepEqual(told(groups), ['1 too long', '2 b'])
  })

  it('stops where there are more lines than it takes', async () => {
    assert.deepEqual(told(await read(stream(['a\nb\nc']), { lines: 2 })), [
      '1 a',
      '2 b',
      'stopped too-many-lines',
    ])
    assert.deepEqual(told(await read(stream(['a\nb\n']), { lines: 2 })), ['1 a', '2 b'])
    const blank = await read(stream(['\n\n\n']), { lines: 2 })
    assert.deepEqual(told(blank), ['stopped too-many-lines'])
  })

  it('stops a stream that is larger than it takes, even in the middle of a line', async () => {
    const endless = new ReadableStream<Uint8Array>({
      pull: (out) => out.enqueue(Buffer.alloc(1000, 'x')),
    })
    assert.deepEqual(told(await read(endless)), ['stopped too-many-bytes'])
  })

  it('hands on whole lines of a stream that breaks, and not the half one', async () => {
    const groups = await read(stream(['a\nb\nc'], new Error('reset')))
    assert.deepEqual(told(groups), ['1 a', '2 b', 'stopped broken'])
  })
})
