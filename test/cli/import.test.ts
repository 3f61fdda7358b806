// `everface import`: what is registered, what is not, and that nothing is lost or done twice however it ends.
import assert from 'node:assert/strict'
import { readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { Source } from '../../src/audit/row.ts'
import { type ImportMark, type Reject, importRows, readMark } from '../../src/cli/import-rows.ts'
import type { Registered, Registration } from '../../src/jobs/keeper.ts'
import { everface, startEverface, temporaryFolder } from '../everface.ts'

const urlOf = (id: number | string) =>
  `https://thirdwx.qlogo.cn/mmopen/vi_32/${'Ab1'.repeat(20)}${id}/132`

interface Summary {
  readonly whole: boolean
  readonly skipped: number
  readonly rows: number
  readonly empty: number
  readonly late: number
  readonly rejects: Readonly<Record<string, number>>
  readonly providers: Readonly<Record<string, { created: number; known: number }>>
}

describe('everface import', { timeout: 60_000 }, () => {
  let folder = temporaryFolder()
  let list = ''
  let data = ''
  const at = (name: string) => join(folder.path, name)
  const run = (...args: string[]) => everface(['import', list, '--data', data, ...args])
  const summary = async (...args: string[]) =>
    JSON.parse((await run('--json', '--quiet', ...args)).stdout) as Summary

  function write(lines: readonly string[]): void {
    writeFileSync(list, `openid,avatar\n${lines.join('\n')}\n`)
  }
  const people = (count: number, from = 0) =>
    Array.from({ length: count }, (_, n) => `p${n + from},${urlOf(n + from)}`)

  function subjects(): string[] {
    const database = new DatabaseSync(join(data, 'everface.db'))
    const rows = database.prepare('select subject from avatar order by subject').all()
    database.close()
    return rows.map(({ subject }) => String(subject))
  }

  function urlOfSubject(subject: string): string {
    const database = new DatabaseSync(join(data, 'everface.db'))
    const row = database.prepare('select url from avatar where subject = ?').get(subject)
    database.close()
    return String(row?.['url'])
  }

  beforeEach(() => {
    folder = temporaryFolder()
    list = at('users.csv')
    data = at('data')
  })
  afterEach(() => folder[Symbol.dispose]())

  it('registers everybody, says which columns it took, and sums up by provider', async () => {
    write([...people(1_200), 'q,https://q1.qlogo.cn/g?b=qq&nk=12345&s=100'])
    const { code, stdout, stderr } = await run()
    assert.equal(code, 0, stderr)
    assert.match(stderr, /"avatar" holds the URL/)
    assert.match(stdout, /^1 201 of 1 201 rows are registered/)
    assert.match(stdout, /wechat +1 200 +0/)
    assert.match(stdout, /qq +1 +0/)
    assert.equal(subjects().length, 1_201)
  })

  it('counts and lists what cannot be registered, and goes on', async () => {
    write([
      ...people(3),
      `bad id,${urlOf(9)}`,
      'nopicture,',
      'evil,https://evil.example/a.png',
      'phone,wxfile://tmp_1',
      `,${urlOf(8)}`,
      ...people(2, 10),
    ])
    const { rejects, providers, empty } = await summary('--rejects', at('rejects.ndjson'))
    assert.deepEqual(rejects, {
      'subject-invalid': 1,
      'host-not-allowed': 1,
      'url-invalid': 1,
      'row-without-id': 1,
    })
    assert.equal(empty, 1)
    assert.deepEqual(providers, { wechat: { created: 5, known: 0 } })
    const lines = readFileSync(at('rejects.ndjson'), 'utf8').trimEnd().split('\n')
    const read = lines.map((line) => JSON.parse(line) as Reject)
    assert.deepEqual(
      read.map(({ row, id, code }) => [row, id, code]),
      [
        [4, 'bad id', 'subject-invalid'],
        [6, 'evil', 'host-not-allowed'],
        [7, 'phone', 'url-invalid'],
        [8, '', 'row-without-id'],
      ],
    )
    assert.ok(!subjects().includes('8'), 'the number of a row is nobody’s id')
    assert.equal((await run('--fail-on-rejects')).code, 1)
  })

  it('takes hosts that the settings open', async () => {
    write(['a,https://faces.example/a.png'])
    assert.deepEqual((await summary('--hosts', 'faces.example')).providers, {
      generic: { created: 1, known: 0 },
    })
  })

  it('registers what was added since the last run, and nothing twice', async () => {
    write(people(700))
    assert.equal((await summary()).providers['wechat']?.created, 700)
    write(people(900))
    const more = await summary()
    assert.deepEqual([more.skipped, more.rows], [700, 900])
    assert.deepEqual(more.providers, { wechat: { created: 900, known: 0 } })
    assert.equal(subjects().length, 900)
    const again = await summary('--again')
    assert.deepEqual([again.skipped, again.providers], [0, { wechat: { created: 0, known: 900 } }])
  })

  it('starts again, and says so, when the input has changed or become shorter', async () => {
    write(people(600))
    await run()
    write(people(600).with(3, `p3,${urlOf('new')}`))
    const changed = await run()
    assert.match(changed.stderr, /The input has changed since the last run/)
    assert.match(changed.stdout, /^600 of 600 rows are registered, in/)
    write(people(400))
    assert.match((await run()).stderr, /The input has changed since the last run/)
    assert.equal(subjects().length, 600)
  })

  it('says what would become of the rows without storing anything', async () => {
    write([...people(5), 'evil,https://evil.example/a.png'])
    const { code, stdout } = await run('--dry-run')
    assert.equal(code, 0)
    assert.match(stdout, /^5 of 6 rows could be registered/)
    assert.match(stdout, /1 {2}host-not-allowed/)
    assert.throws(() => readFileSync(join(data, 'everface.db')))
  })

  it('leaves aside what is older than what is known: by the rows’ own times, else by the file’s', async () => {
    const rows = (...lines: string[]) =>
      writeFileSync(list, `openid,avatar,created_at,seen_at\n${lines.join('\n')}\n`)
    const counts = async (...args: string[]) => {
      const { late, providers } = await summary('--again', ...args)
      return [late, providers['wechat']?.known]
    }
    const written = (date: string) => utimesSync(list, new Date(date), new Date(date))
    const dated = ['--observed-column', 'seen_at']
    rows(`a,${urlOf(1)},2020-01-01,2026-05-01`, `b,${urlOf(2)},2020-01-01,`)
    assert.deepEqual(await counts(...dated), [0, 0])
    rows(`a,${urlOf(3)},2026-06-01,2026-04-01`)
    assert.deepEqual(await counts(...dated), [1, 1])
    assert.equal(urlOfSubject('a'), urlOf(1))
    written('2026-04-30')
    assert.match((await run('--again')).stdout, /\n1 rows are older than what is known;/)
    assert.equal(urlOfSubject('a'), urlOf(1), 'a guessed column is no word on the URL')
    rows(`a,${urlOf(3)},2020-01-01,2026-05-02`)
    written('2026-04-30')
    assert.deepEqual(await counts(...dated), [0, 1])
    assert.equal(urlOfSubject('a'), urlOf(3))
    rows(`a,${urlOf(4)},2020-01-01,2020-01-01`)
    assert.deepEqual(await counts(), [0, 1])
    assert.equal(urlOfSubject('a'), urlOf(4))
  })

  it('wants an id column: the number of a row is no id', async () => {
    writeFileSync(list, `avatar\n${urlOf(1)}\n${urlOf(2)}\n`)
    const { code, stderr } = await run()
    assert.equal(code, 2)
    assert.match(stderr, /no id.*--id-column.*column-missing/s)
    assert.equal((await everface(['import', urlOf(1), '--data', data])).code, 2)
  })

  it('reads standard input and databases', async () => {
    const piped = await everface(['import', '-', '--data', data], `id,avatar\na,${urlOf(1)}\n`)
    assert.match(piped.stdout, /^1 of 1 rows/)
    const database = new DatabaseSync(at('app.db'))
    database.exec('create table users (id integer primary key, face text)')
    for (let n = 1; n <= 30; n++) {
      database.prepare('insert into users (id, face) values (?, ?)').run(n * 7, urlOf(n))
    }
    database.close()
    const args = ['--table', 'users', '--id-column', 'id', '--url-column', 'face', '--data', data]
    const read = await everface(['import', `sqlite:${at('app.db')}`, ...args])
    assert.match(read.stdout, /^30 of 30 rows/, read.stderr)
    assert.ok(subjects().includes('210'))
  })

  it('stops cleanly at Ctrl-C and goes on where it was', async () => {
    write(people(6_000))
    let stop = () => {}
    const onStop = (listener: () => void) => {
      stop = listener
      // As soon as the command listens: some batches are through by then, or none.
      setImmediate(() => stop())
      return () => {}
    }
    const first = await everface(['import', list, '--data', data, '--json'], '', { onStop })
    assert.equal(first.code, 3)
    assert.match(first.stderr, /goes on there/)
    const { rows, whole } = JSON.parse(first.stdout) as Summary
    assert.equal(whole, false)
    assert.ok(rows < 6_000)
    const second = await summary()
    assert.deepEqual([second.whole, second.skipped, second.rows], [true, rows, 6_000])
    assert.equal(subjects().length, 6_000)
  })

  it('loses nothing and repeats no reject when it is killed', async () => {
    const lines = people(20_000).map((line, n) => (n % 100 === 0 ? `bad ${n},${urlOf(n)}` : line))
    write(lines)
    const args = ['import', list, '--data', data, '--rejects', at('rejects.ndjson')]
    const { child, ended } = startEverface(args)
    const watching = new AbortController()
    // Killed in the middle: as soon as some rejects are written.
    const watch = (): void => {
      if (watching.signal.aborted) return
      if (sizeOf(at('rejects.ndjson')) > 2_000) child.kill('SIGKILL')
      else setImmediate(watch)
    }
    watch()
    await ended
    watching.abort()
    const end = await summary('--rejects', at('rejects.ndjson'))
    assert.ok(end.whole)
    assert.equal(end.rows, 20_000)
    assert.ok(end.skipped > 0 && end.skipped < 20_000, `killed after ${end.skipped} rows`)
    assert.deepEqual(end.rejects, { 'subject-invalid': 200 })
    assert.equal(subjects().length, 19_800)
    const rejects = readFileSync(at('rejects.ndjson'), 'utf8').trimEnd().split('\n')
    assert.equal(new Set(rejects).size, 200)
    assert.equal(rejects.length, 200)
  })

  it('names a file of rejects that cannot be written', async () => {
    write(people(3))
    const { code, stderr } = await run('--rejects', folder.path)
    assert.equal(code, 3)
    assert.match(stderr, /out-unwritable/)
  })
})

describe('importRows', () => {
  const source: Source = {
    name: 'made',
    notes: [],
    total: null,
    async *rows() {
      for (let n = 0; n < 3; n++) {
        yield Array.from({ length: 1_000 }, (_, at) => ({ id: `${n}-${at}`, url: urlOf(at) }))
      }
    },
    async close() {},
  }
  const register = async (entries: readonly Registration[]) =>
    entries.map(
      () => ({ kind: 'registered', created: true, avatar: { provider: 'wechat' } }) as Registered,
    )

  it('marks only what is stored', async () => {
    const stored: string[] = []
    const marks: number[] = []
    let calls = 0
    await assert.rejects(
      importRows({
        source,
        dated: false,
        async register(entries) {
          if (++calls === 4) throw new Error('the store is away')
          stored.push(...entries.map(({ subject }) => subject))
          return await register(entries)
        },
        mark: null,
        async onMark({ rows }) {
          assert.equal(rows, stored.length)
          marks.push(rows)
        },
        onRows: () => {},
        signal: new AbortController().signal,
      }),
      /the store is away/,
    )
    assert.deepEqual(marks, [500, 1_000, 1_500])
  })

  it('goes on behind a mark in the middle of a batch', async () => {
    const marks: ImportMark[] = []
    const options = {
      source,
      dated: false,
      register,
      async onMark(done: Omit<ImportMark, 'rejectBytes'>) {
        marks.push({ ...done, rejectBytes: 0 })
      },
      onRows: () => {},
      signal: new AbortController().signal,
    }
    await importRows({ ...options, mark: null })
    const third = readMark(JSON.stringify(marks[2]))
    assert.equal(third?.rows, 1_500)
    const end = await importRows({ ...options, mark: third })
    assert.deepEqual([end.skipped, end.counts.rows, end.whole], [1_500, 3_000, true])
    const other = { ...third, digest: 'of something else' }
    assert.equal((await importRows({ ...options, mark: other })).changed, true)
  })

  it('takes a note that it did not write for none', () => {
    for (const text of [null, '', '{', '[]', '{"rows":1}', '{"rows":-0.5,"digest":"x"}']) {
      assert.equal(readMark(text), null)
    }
  })
})

function sizeOf(path: string): number {
  try {
    return readFileSync(path).length
  } catch {
    return 0
  }
}
