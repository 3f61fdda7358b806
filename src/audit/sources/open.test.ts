import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { Row, Source } from '../row.ts'
import type { SourceOptions } from './open.ts'
import { openSource } from './open.ts'

const folder = mkdtempSync(join(tmpdir(), 'everface-test-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const one = 'https://thirdwx.qlogo.cn/one/132'
const two = 'https://thirdwx.qlogo.cn/two/132'

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

async function readAll(source: Source): Promise<Row[]> {
  const rows: Row[] = []
  for await (const batch of source.rows()) {
    assert.ok(batch.length <= 1_000)
    rows.push(...batch)
  }
  await source.close()
  return rows
}

async function read(
  name: string,
  content: string | Uint8Array,
  options: SourceOptions = {},
): Promise<{ rows: Row[]; notes: readonly string[]; total: number | null }> {
  const source = await openSource(write(name, content), options)
  const rows = await readAll(source)
  return { rows, notes: source.notes, total: source.total }
}

async function readStdin(content: string, size = content.length): Promise<Row[]> {
  const bytes = Buffer.from(content)
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
    bytes.subarray(at * size, (at + 1) * size),
  )
  return await readAll(await openSource('-', { stdin: Readable.from(pieces) }))
}

const both: Row[] = [
  { id: 'a', url: one },
  { id: 'b', url: two },
]
const numbered: Row[] = [
  { id: '1', numbered: true, url: one },
  { id: '2', numbered: true, url: two },
]

describe('openSource of a table in a file', () => {
  it('reads every delimiter', async () => {
    for (const delimiter of [',', ';', '\t', '|']) {
      const text = [`id;avatar`, `a;${one}`, `b;${two}`].join('\n').replaceAll(';', delimiter)
      assert.deepEqual((await read('list.csv', text)).rows, both, delimiter)
    }
    assert.deepEqual((await read('list.tsv', `id\tavatar\na\t${one}\nb\t${two}\n`)).rows, both)
  })

  it('says which columns it took, and how many rows there are', async () => {
    const { notes, total } = await read('list.csv', `id,avatar\na,${one}\nb,${two}\n`)
    assert.deepEqual(notes, ['column "avatar" holds the URL', 'column "id" holds the id'])
    assert.equal(total, 2)
  })

  it('numbers columns and rows where there is no header', async () => {
    const { rows, notes } = await read('list.csv', `王小明,${one}\n李雷,${two}\n`)
    assert.deepEqual(rows, numbered)
    assert.ok(notes.some((note) => /no header/.test(note)))
    const named = await read('list.csv', `a,${one}\nb,${two}\n`, { urlColumn: '2', idColumn: '1' })
    assert.deepEqual(named.rows, both)
  })

  it('keeps a URL with commas whole in a table of one column', async () => {
    const url = 'https://res.cloudinary.com/x/w_96,h_96/face.jpg'
    assert.deepEqual((await read('list.csv', `avatar\n${url}\n`)).rows, [
      { id: '1', numbered: true, url },
    ])
    assert.deepEqual((await read('list.csv', `${url}\n${url}\n`)).rows.length, 2)
    assert.deepEqual((await read('list.csv', `${url}\n`)).rows, [{ id: '1', numbered: true, url }])
  })

  it('takes the time from a column of times', async () => {
    const { rows } = await read(
      'list.csv',
      `id,avatar,created_at\na,${one},1714979289\nb,${two},?\n`,
    )
    assert.deepEqual(rows, [{ id: 'a', url: one, since: 1_714_979_289_000 }, both[1]])
  })

  it('takes the time from the column that is named', async () => {
    const list = `id,avatar,created_at,seen\na,${one},2020-01-01,2024-05-06\n`
    const { rows, notes } = await read('seen.csv', list, { sinceColumn: 'seen' })
    assert.equal(rows[0]?.since, Date.UTC(2024, 4, 6))
    assert.doesNotMatch(notes.join(), /since when/)
    const missing = openSource(write('seen.csv', list), { sinceColumn: 'told' })
    await assert.rejects(missing, { code: 'column-missing' })
  })

  it('knows when a file was written, packed or not, and nothing of a stream', async () => {
    const list = `id,avatar\na,${one}\n`
    const at = new Date(Date.UTC(2024, 4, 6))
    for (const [name, content] of [
      ['written.csv', list],
      ['written.csv.gz', gzipSync(list)],
    ] as const) {
      utimesSync(write(name, content), at, at)
      const source = await openSource(join(folder, name))
      await source.close()
      assert.equal(source.writtenAt, at.getTime(), name)
    }
    const piped = await openSource('-', { stdin: Readable.from([Buffer.from(list)]) })
    await piped.close()
    assert.equal('writtenAt' in piped, false)
  })

  it('yields a broken row with its reason and goes on', async () => {
    const { rows } = await read('list.csv', `id,avatar\na,${one}\nc\n"d"x,${one}\nb,${two}\n`)
    assert.deepEqual(
      rows.map(({ id, url, broken }) => broken ?? `${id} ${url}`),
      [
        `a ${one}`,
        'line 3: 1 column where 2 are needed',
        'line 4: text after a closing quote',
        `b ${two}`,
      ],
    )
  })

  it('reads what Excel writes: a line with the delimiter, a byte order mark, CRLF', async () => {
    const text = `\uFEFFsep=;\r\nid;avatar\r\na;${one}\r\nb;${two}\r\n`
    assert.deepEqual((await read('list.csv', text)).rows, both)
  })

  it('reads gzip', async () => {
    const packed = gzipSync(`id,avatar\na,${one}\nb,${two}\n`)
    assert.deepEqual((await read('list.csv.gz', packed)).rows, both)
    await assert.rejects(read('cut.csv.gz', packed.subarray(0, 30)), { code: 'source-unreadable' })
  })

  it('has no row, and says so, where there is a header only', async () => {
    const { rows, notes, total } = await read('list.csv', 'id,avatar\n')
    assert.deepEqual([rows, total], [[], 0])
    assert.ok(notes.includes('list.csv has a header and no row'))
  })

  it('reads rows beyond the head, and estimates their number', async () => {
    const lines = Array.from({ length: 20_000 }, (_, n) => `${n},${one}?${n}`)
    const { rows, total } = await read('long.csv', ['id,avatar', ...lines].join('\n'))
    assert.equal(rows.length, 20_000)
    assert.deepEqual(rows[19_999], { id: '19999', url: `${one}?19999` })
    assert.ok(total !== null && Math.abs(total - 20_000) < 2_000, String(total))
  })

  it('stops reading when nobody takes rows any more', async () => {
    const lines = Array.from({ length: 20_000 }, (_, n) => `${n},${one}`)
    const source = await openSource(write('long.csv', ['id,avatar', ...lines].join('\n')))
    for await (const batch of source.rows()) {
      assert.ok(batch.length > 0)
      break
    }
    await source.close()
    await source.close()
  })
})

describe('openSource of a list', () => {
  it('reads a URL a line', async () => {
    const { rows, total } = await read('list.txt', `${one}\n\n  ${two}\r\n`)
    assert.deepEqual([rows, total], [numbered, 2])
  })

  it("leaves out a column's name above the URLs", async () => {
    const { rows, notes } = await read('list.txt', `avatar\n${one}\n${two}\n`)
    assert.deepEqual(rows, numbered)
    assert.match(notes.join(), /first line/)
  })

  it('is one row for a URL', async () => {
    assert.deepEqual(await readAll(await openSource(one)), [{ id: '1', numbered: true, url: one }])
  })
})

describe('openSource of NDJSON', () => {
  it('finds the URL at its path, and strings that are URLs themselves', async () => {
    const lines = [{ uid: 'a', user: { avatar: one } }, { uid: 'b', user: { avatar: two } }, one]
    const text = lines.map((line) => JSON.stringify(line)).join('\n')
    const { rows, notes } = await read('list.ndjson', text)
    assert.deepEqual(rows, [...both, { id: '3', numbered: true, url: one }])
    assert.deepEqual(notes, ['column "user.avatar" holds the URL', 'column "uid" holds the id'])
    const named = await read('list.jsonl', text, { urlColumn: 'user.avatar', idColumn: 'uid' })
    assert.deepEqual(named.rows.slice(0, 2), both)
  })

  it('keeps every digit of an id', async () => {
    const { rows } = await read('list.ndjson', `{"id":12345678901234567891,"avatar":"${one}"}\n`)
    assert.equal(rows[0]?.id, '12345678901234567891')
  })

  it('yields a broken line with its reason and goes on', async () => {
    const good = JSON.stringify({ id: 'a', avatar: one })
    const text = `${good}\n{oops\n[1]\n{"id":"c","avatar":7}\n{"id":"d","avatar":null}\n`
    const { rows } = await read('list.ndjson', text)
    assert.deepEqual(rows, [
      { id: 'a', url: one },
      { id: '2', numbered: true, url: '', broken: 'line 2 is not JSON' },
      { id: '3', numbered: true, url: '', broken: 'line 3 is no object and no string' },
      { id: 'c', url: '', broken: 'line 4: "avatar" is no string' },
      { id: 'd', url: '' },
    ])
  })

  it('names the paths there are when one is missing', async () => {
    const text = `{"id":1,"user":{"avatar":"${one}"}}\n`
    await assert.rejects(read('list.ndjson', text, { urlColumn: 'user.avatr' }), {
      code: 'column-missing',
      message: /did you mean "user\.avatar".*"id", "user\.avatar"/,
    })
  })

  it('tells how to turn one JSON document into lines', async () => {
    const text = JSON.stringify([{ avatar: one }], null, 2)
    await assert.rejects(read('list.json', text), { code: 'source-format', hint: /jq/ })
  })
})

describe('openSource of stdin', () => {
  it('tells the form by the first bytes', async () => {
    assert.deepEqual(await readStdin(`id,avatar\na,${one}\nb,${two}\n`), both)
    assert.deepEqual(await readStdin(`avatar,id\n${one},a\n${two},b\n`), both)
    assert.deepEqual(await readStdin(`id\tavatar\na\t${one}\nb\t${two}\n`), both)
    assert.deepEqual(
      await readStdin(`{"id":"a","avatar":"${one}"}\n{"id":"b","avatar":"${two}"}`),
      both,
    )
    assert.deepEqual(await readStdin(`${one}\n${two}`), numbered)
    assert.deepEqual(await readStdin(`"${one}"\n"${two}"`), numbered)
  })

  it('does not mind how the bytes arrive', async () => {
    assert.deepEqual(await readStdin(`id,avatar\na,${one}\nb,${two}\n`, 1), both)
  })
})

describe('openSource of what is no list', () => {
  it('says that a workbook must be saved as CSV', async () => {
    const zip = Buffer.concat([Buffer.from('504b0304', 'hex'), Buffer.alloc(100)])
    for (const name of ['list.xlsx', 'list.csv']) {
      await assert.rejects(read(name, zip), {
        code: 'source-format',
        message: /Excel workbook/,
        hint: /save it as CSV/,
      })
    }
  })

  it('refuses other binary files', async () => {
    await assert.rejects(read('face.csv', Buffer.from('89504e470d0a1a0a0000000d', 'hex')), {
      code: 'source-format',
    })
  })

  it('says that an empty file is empty', async () => {
    for (const name of ['list.csv', 'list.txt', 'list.ndjson', 'list']) {
      for (const text of ['', '\uFEFF', '\n \n']) {
        await assert.rejects(read(name, text), { code: 'source-empty' }, `${name} ${text}`)
      }
    }
  })

  it('names the path that cannot be read', async () => {
    const missing = join(folder, 'nothing.csv')
    await assert.rejects(openSource(missing), {
      code: 'source-unreadable',
      message: `cannot read ${missing}: there is no such file`,
    })
    await assert.rejects(openSource(folder), { code: 'source-unreadable', message: /folder/ })
  })

  it('does not repeat an address of an unknown kind', async () => {
    await assert.rejects(openSource('oracle://me:s3cret@host/db'), (error: Error) => {
      assert.doesNotMatch(error.message, /s3cret/)
      return (error as { code?: string }).code === 'usage'
    })
  })
})

describe('openSource of a million lines', () => {
  it('runs in a heap of 64 MiB', () => {
    const program = `
      import { Readable } from 'node:stream'
      import { openSource } from ${JSON.stringify(new URL('open.ts', import.meta.url).href)}
      function* lines() {
        yield 'id,name,avatar\\n'
        for (let n = 0; n < 1_000_000; n += 100) {
          yield Buffer.from(Array.from({ length: 100 }, (_, i) =>
            (n + i) + ',"王, ' + i + '",https://thirdwx.qlogo.cn/mmopen/vi_32/' + (n + i) + '/132\\n').join(''))
        }
      }
      const source = await openSource('-', { stdin: Readable.from(lines()) })
      let count = 0
      let peak = 0
      for await (const rows of source.rows()) {
        count += rows.length
        peak = Math.max(peak, process.memoryUsage.rss())
      }
      console.log(count, Math.round(peak / 2 ** 20))
    `
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--max-old-space-size=64', '--input-type=module-typescript', '-e', program],
      { encoding: 'utf8' },
    )
    const [count, peakMiB] = stdout.trim().split(' ').map(Number)
    assert.equal(count, 1_000_000, stderr)
    assert.ok(peakMiB !== undefined && peakMiB < 256, `${peakMiB} MiB`)
  })
})
