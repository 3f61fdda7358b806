// Interrupted audits gone on with: the engine, the writer and the reader of results together, on real files.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { anyText, madeResult } from '../../test/made/results.ts'
import { openOutFile } from './out.ts'
import {
  type ResultForm,
  createResultReader,
  csvHeader,
  resultToCsv,
  resultToJson,
} from './result-lines.ts'
import type { Result } from './result.ts'
import { openResumption } from './resume.ts'
import type { Row } from './row.ts'
import { runAudit } from './run.ts'

const forms: readonly ResultForm[] = ['ndjson', 'csv']
const folder = mkdtempSync(join(tmpdir(), 'everface-resume-'))
after(() => rmSync(folder, { recursive: true }))
let files = 0

function newFile(form: ResultForm, text = ''): string {
  const file = join(folder, `${++files}.${form}`)
  writeFileSync(file, text)
  return file
}

function resultOf({ id, url }: Row): Result {
  return madeResult({ id, url })
}

/** A file as an audit of these rows writes it. */
function textOf(rows: readonly Row[], form: ResultForm): string {
  const results = rows.map(resultOf)
  if (form === 'csv') return [csvHeader, ...results.map(resultToCsv), ''].join('\r\n')
  return results.map((result) => `${resultToJson(result)}\n`).join('')
}

function makeRows(count: number, prefix = 'r'): Row[] {
  return Array.from({ length: count }, (_, n) => ({ id: `${prefix}${n}`, url: `u${n}` }))
}

async function* inBatches(rows: readonly Row[], size = 7) {
  for (let at = 0; at < rows.length; at += size) yield rows.slice(at, at + size)
}

/** One run: from nothing, or on from what stands in the file. */
interface Run {
  /** Aborts after so many results. */
  readonly stopAfter: number
  /** Which of the open rows ends next. */
  readonly choices: readonly number[]
  /** What is open at the abort ends without a result. */
  readonly drop: boolean
  /** Bytes that are missing from the file's end afterwards. */
  readonly cut: number
}

async function runOn(
  file: string,
  form: ResultForm,
  rows: readonly Row[],
  window: number,
  plan: Run,
) {
  let old = 0
  const resumption = await openResumption({
    file,
    form,
    maxAhead: window,
    onResult: (result, row) => {
      old++
      assert.equal(result.id.toWellFormed(), row.id.toWellFormed())
    },
  })
  if (rows.length > 0) await resumption.belongsTo(inBatches(rows))
  const out = await openOutFile(file, form, true)
  const stopping = new AbortController()
  const jobs: { row: Row; settle: (result: Result | null) => void }[] = []
  let results = 0
  let settled = false
  let examined = 0
  const ending = runAudit({
    source: {
      name: 'made',
      notes: [],
      total: null,
      rows: () => inBatches(rows),
      close: () => Promise.resolve(),
    },
    examine: (row) => {
      examined++
      return new Promise((settle) => void jobs.push({ row, settle }))
    },
    hasRoom: () => true,
    concurrency: 1,
    maxAhead: window,
    isDone: (row) => resumption.isDone(row),
    take: (result) => {
      if (++results >= plan.stopAfter) stopping.abort()
      return out.add(result)
    },
    signal: stopping.signal,
  })
  const settle = () => {
    settled = true
  }
  ending.then(settle, settle)
  for (let step = 0; !settled; step++) {
    await turn()
    if (jobs.length === 0) continue
    const [job] = jobs.splice((plan.choices[step % plan.choices.length] ?? 0) % jobs.length, 1)
    if (job !== undefined) {
      job.settle(plan.drop && stopping.signal.aborted ? null : resultOf(job.row))
    }
  }
  const end = await ending
  const left = end.whole ? await resumption.end() : null
  await out.close()
  return { ...end, old, left, examined }
}

function linesIn(file: string, form: ResultForm): string[] {
  const text = readFileSync(file, 'utf8')
  const reader = createResultReader(form)
  const results = reader.add(text)
  assert.equal(reader.unreadable(), 0)
  assert.equal(reader.wholeBytes(), statSync(file).size)
  if (form === 'csv') assert.equal(text.split(csvHeader).length, 2, 'one header')
  return results.map(nameOf).sort()
}

/** Lone surrogates cannot stand in a file. */
function nameOf({ id, url }: Row): string {
  return JSON.stringify([id.toWellFormed(), url.toWellFormed()])
}

const toTheEnd: Run = { stopAfter: Infinity, choices: [0], drop: false, cut: 0 }

const anyRow: fc.Arbitrary<Row> = fc.record({
  id: fc.oneof(fc.constantFrom('1', '2', 'a"b', 'line\nend', 'x,y', '王\r\n'), anyText),
  url: fc.oneof(fc.constantFrom('https://a.example/1', 'https://a.example/2', ''), anyText),
})

const anyRun: fc.Arbitrary<Run> = fc.record({
  stopAfter: fc.integer({ min: 1, max: 30 }),
  choices: fc.array(fc.nat(20), { minLength: 1, maxLength: 20 }),
  drop: fc.boolean(),
  cut: fc.oneof(fc.nat(5), fc.nat(900), fc.nat(20_000)),
})

describe('an audit that is interrupted again and again', () => {
  for (const form of forms) {
    it(`ends with exactly one ${form} line for every row`, async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(anyRow, { maxLength: 40 }),
          fc.integer({ min: 1, max: 9 }),
          fc.array(anyRun, { maxLength: 4 }),
          async (rows, window, runs) => {
            const file = newFile(form)
            for (const plan of runs) {
              await runOn(file, form, rows, window, plan)
              truncateSync(file, Math.max(0, statSync(file).size - plan.cut))
            }
            const last = await runOn(file, form, rows, window, toTheEnd)
            assert.deepEqual([last.rows, last.whole, last.left], [rows.length, true, 0])
            assert.equal(last.old + last.results, rows.length)
            assert.deepEqual(linesIn(file, form), rows.map(nameOf).sort())
          },
        ),
        { numRuns: 60 },
      )
    })
  }

  it('finds a result that stands as far from its row as the engine lets it', async () => {
    // Lines larger than what is read at a time: nothing is read by chance.
    const rows = makeRows(9).map(({ id }) => ({ id, url: `${id}${'x'.repeat(300_000)}` }))
    const file = newFile('ndjson')
    const first = await runOn(file, 'ndjson', rows, 4, { ...toTheEnd, choices: [3, 2, 1, 0] })
    assert.equal(first.results, 9)
    const again = await runOn(file, 'ndjson', rows, 4, toTheEnd)
    assert.deepEqual([again.old, again.examined, again.left], [9, 0, 0])
  })
})

describe('openResumption', () => {
  const mismatch = { code: 'resume-mismatch' }
  const onResult = () => {}

  for (const form of forms) {
    it(`cuts off a last ${form} line without its line end`, async () => {
      const whole = textOf(makeRows(3), form)
      const file = newFile(form, `${whole}${textOf(makeRows(1, '王'), form).slice(-90, -2)}`)
      await openResumption({ file, form, onResult })
      assert.equal(readFileSync(file, 'utf8'), whole)
    })

    it(`cuts off a ${form} line that ends within a character`, async () => {
      const whole = textOf(makeRows(3), form)
      const half = Buffer.from(form === 'csv' ? 'a,"王' : '{"id":"王').subarray(0, -1)
      const file = newFile(form)
      writeFileSync(file, Buffer.concat([Buffer.from(whole), half]))
      await openResumption({ file, form, onResult })
      assert.equal(readFileSync(file, 'utf8'), whole)
    })

    it(`refuses a ${form} file with a line in the middle that is no result, unchanged`, async () => {
      const text = `${textOf(makeRows(2), form)}nonsense\n${textOf(makeRows(2), form)}and half`
      const file = newFile(form, text)
      await assert.rejects(openResumption({ file, form, onResult }), mismatch)
      assert.equal(readFileSync(file, 'utf8'), text)
    })

    it(`refuses a file without a whole line that does not begin as ${form} results do`, async () => {
      for (const text of [
        'all my thesis in one line',
        '"a quote that never ends\nx\ny\n',
        '[{}]',
      ]) {
        const file = newFile(form, text)
        await assert.rejects(openResumption({ file, form, onResult }), mismatch, text)
        assert.equal(readFileSync(file, 'utf8'), text)
      }
    })

    it(`goes on from a ${form} file that ends anywhere in its first line`, async () => {
      const [line = ''] = textOf(makeRows(1), form).split(/(?<=\n)/)
      for (let length = 0; length < line.length; length += 1) {
        const file = newFile(form, line.slice(0, length))
        await openResumption({ file, form, onResult })
        assert.equal(statSync(file).size, 0)
      }
    })
  }

  it('knows nothing from an empty file or one with a header only', async () => {
    const rows = makeRows(3)
    const files = [
      ['ndjson', ''],
      ['csv', ''],
      ['csv', `${csvHeader}\r\n`],
    ] as const
    for (const [form, text] of files) {
      const file = newFile(form, text)
      const resumption = await openResumption({ file, form, onResult })
      await resumption.belongsTo(inBatches(rows))
      for (const row of rows) assert.equal(await resumption.isDone(row), false)
      assert.equal(await resumption.end(), 0)
      assert.equal(readFileSync(file, 'utf8'), text)
    }
  })

  it('tells each result once, with the row it belongs to', async () => {
    const [a, b] = makeRows(2) as [Row, Row]
    const file = newFile('ndjson', textOf([b, a, a], 'ndjson'))
    const told: (readonly [string, Row])[] = []
    const resumption = await openResumption({
      file,
      form: 'ndjson',
      onResult: (result, row) => told.push([result.id, row]),
    })
    const done: boolean[] = []
    for (const row of [a, a, a, b, b]) done.push(await resumption.isDone(row))
    assert.deepEqual(done, [true, true, false, true, false])
    assert.deepEqual(told, [
      ['r0', a],
      ['r0', a],
      ['r1', b],
    ])
  })

  it('does not take a row for another whose id and URL join to the same text', async () => {
    const file = newFile('ndjson', textOf([{ id: 'a', url: 'bc' }], 'ndjson'))
    const resumption = await openResumption({ file, form: 'ndjson', onResult })
    assert.equal(await resumption.isDone({ id: 'ab', url: 'c' }), false)
    assert.equal(await resumption.isDone({ id: 'a', url: 'bc' }), true)
  })
})

describe('belongsTo', () => {
  it('accepts the input whose rows stand in the file, also when only a late one does', async () => {
    const rows = makeRows(50)
    for (const known of [rows.slice(0, 5), rows.slice(-1)]) {
      const file = newFile('csv', textOf(known, 'csv'))
      const resumption = await openResumption({ file, form: 'csv', onResult: () => {} })
      await resumption.belongsTo(inBatches(rows))
      assert.equal(await resumption.isDone(known[0] as Row), true)
    }
  })

  it('rejects a stranger with an id for example, and leaves the file as it was', async () => {
    const text = textOf(makeRows(5, 'stranger'), 'ndjson')
    const file = newFile('ndjson', text)
    const resumption = await openResumption({ file, form: 'ndjson', onResult: () => {} })
    await assert.rejects(resumption.belongsTo(inBatches(makeRows(20))), {
      code: 'resume-mismatch',
      message: /"stranger0"/,
    })
    assert.equal(readFileSync(file, 'utf8'), text)
  })

  it('looks no further into the input than a result can stand from its row', async () => {
    const file = newFile('ndjson', textOf(makeRows(1, 'stranger'), 'ndjson'))
    const resumption = await openResumption({
      file,
      form: 'ndjson',
      onResult: () => {},
      maxAhead: 10,
    })
    let read = 0
    async function* endless() {
      for (;;) {
        read += 5
        yield makeRows(5)
      }
    }
    await assert.rejects(resumption.belongsTo(endless()), { code: 'resume-mismatch' })
    assert.equal(read, 10)
  })
})

describe('end', () => {
  it('counts the results that belong to no row any more', async () => {
    const rows = makeRows(10)
    const file = newFile('ndjson', textOf(rows, 'ndjson'))
    const run = await runOn(file, 'ndjson', rows.slice(0, 7), 4, toTheEnd)
    assert.deepEqual([run.old, run.left], [7, 3])
  })

  it('counts them all, also those that were never read for a row', async () => {
    const rows = makeRows(12).map(({ id }) => ({ id, url: 'x'.repeat(300_000) }))
    const file = newFile('ndjson', textOf(rows, 'ndjson'))
    const run = await runOn(file, 'ndjson', rows.slice(0, 2), 2, toTheEnd)
    assert.deepEqual([run.old, run.left], [2, 10])
  })

  it('rejects when no result belonged to any row', async () => {
    const file = newFile('ndjson', textOf(makeRows(2, 'stranger'), 'ndjson'))
    const resumption = await openResumption({ file, form: 'ndjson', onResult: () => {} })
    assert.equal(await resumption.isDone({ id: '1', url: 'u' }), false)
    await assert.rejects(resumption.end(), { code: 'resume-mismatch' })
  })
})
