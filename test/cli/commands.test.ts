// The command line as a person meets it: what it prints, which exit code it ends with, what it says of mistakes.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { DatabaseSync } from 'node:sqlite'
import { type Simulator, createSimulator } from '../../simulator/simulator.ts'
import type { Result } from '../../src/audit/result.ts'
import { everface, temporaryFolder } from '../everface.ts'

describe('the command line', { timeout: 60_000 }, () => {
  const folder = temporaryFolder()
  const list = join(folder.path, 'people.csv')
  const at = (name: string) => join(folder.path, name)
  let simulator: Simulator
  let connect: string[] = []
  let gone = ''
  let alive = ''

  before(async () => {
    simulator = await createSimulator({ seed: 3 })
    simulator.control.makePeople({ count: 60, scheme: 'http', mix: { gone: 0.2, malformed: 0.05 } })
    writeFileSync(list, [...simulator.control.list()].join(''))
    connect = ['--rate', '0', ...simulator.connectTo.flatMap((line) => ['--connect-to', line])]
    const { people } = simulator.control.listPeople({ limit: 60 })
    gone = people.find(({ truth }) => truth === 'gone')?.url ?? ''
    alive = people.find(({ truth }) => truth === 'alive')?.url ?? ''
  })
  after(async () => {
    await simulator.close()
    folder[Symbol.dispose]()
  })

  const linesOf = (text: string) =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Result)

  it('prints help with examples for every command and exits 0', async () => {
    for (const command of ['check', 'forecast', 'simulate', 'demo']) {
      const { code, stdout } = await everface([command, '--help'])
      assert.equal(code, 0)
      assert.match(stdout, /Examples?:/, command)
    }
    assert.match((await everface(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/)
  })

  it('prints a summary with examples, and says which columns it took', async () => {
    const { code, stdout, stderr } = await everface(['check', list, ...connect])
    assert.equal(code, 0)
    assert.match(stdout, /faces are broken/)
    assert.match(stdout, /wechat/)
    assert.ok(stdout.includes('X-ErrNo -6101: the picture was replaced by its owner'))
    assert.match(stderr, /"avatar" holds the URL/)
  })

  it('prints a line a row with --format ndjson and --json, keys in the promised order', async () => {
    for (const flag of [['--format', 'ndjson'], ['--json']]) {
      const { stdout } = await everface(['check', list, ...connect, ...flag])
      const lines = linesOf(stdout)
      assert.equal(lines.length, 60)
      assert.deepEqual(Object.keys(lines[0] ?? {}), [
        'id',
        'url',
        'provider',
        'verdict',
        'rule',
        'status',
        'edges',
        'sha256',
        'bytes',
        'mime',
        'width',
        'height',
        'expiresAt',
        'ms',
        'at',
        'detail',
      ])
    }
  })

  it('tells hash, type and size when bodies are fetched', async () => {
    const { stdout } = await everface(['check', alive, ...connect, '--get', '--json'])
    const [line] = linesOf(stdout)
    assert.match(line?.sha256 ?? '', /^[0-9a-f]{64}$/)
    assert.deepEqual([line?.mime, line?.width, line?.height], ['image/jpeg', 132, 132])
    assert.equal(line?.id, '1')
  })

  it('writes CSV by the ending of --out, and the report beside it', async () => {
    const args = ['--out', at('out.csv'), '--report', at('report.html')]
    const { code } = await everface(['check', list, ...connect, ...args])
    assert.equal(code, 0)
    const lines = readFileSync(at('out.csv'), 'utf8').trimEnd().split('\r\n')
    assert.equal(lines.length, 61)
    assert.match(lines[0] ?? '', /^id,url,provider,verdict,rule,/)
    const page = readFileSync(at('report.html'), 'utf8')
    assert.ok(page.includes('data:image/webp;base64,'), 'pictures stand in the page')
  })

  it('overwrites no input, by whatever name, and says when results are replaced', async () => {
    const before = readFileSync(list)
    symlinkSync(list, at('link.csv'))
    for (const file of [list, at('link.csv'), `${folder.path}/./people.csv`]) {
      assert.equal((await everface(['check', list, ...connect, '--out', file])).code, 2, file)
      assert.equal((await everface(['check', list, ...connect, '--report', file])).code, 2, file)
    }
    assert.deepEqual(readFileSync(list), before)
    writeFileSync(at('there.ndjson'), 'precious')
    const { stderr } = await everface(['check', alive, ...connect, '--out', at('there.ndjson')])
    assert.match(stderr, /there\.ndjson is replaced/)
  })

  it('finds a report that cannot be written before anybody is asked', async () => {
    simulator.control.clearRequests()
    const { code, stderr } = await everface(['check', list, ...connect, '--report', folder.path])
    assert.equal(code, 3)
    assert.match(stderr, /out-unwritable/)
    assert.equal(simulator.control.requests().total, 0)
  })

  it('does not call a list healthy of which nothing was learnt', async () => {
    const { stdout } = await everface([
      'check',
      'http://127.0.0.1/a.png',
      alive.replace('http:', 'ftp:'),
    ])
    assert.doesNotMatch(stdout, /None of/)
    const silent = await everface([
      'check',
      alive,
      '--connect-to',
      '::127.0.0.1:1',
      '--retries',
      '0',
    ])
    assert.match(silent.stdout, /Nothing could be learnt of 1 of 1 faces/)
  })

  it('forecasts as far ahead as it is told', async () => {
    const oe = Math.floor(Date.now() / 1000 + 40 * 86_400).toString(16)
    const url = `https://scontent.xx.fbcdn.net/v/t1/a.jpg?oh=00&oe=${oe}`
    const near = await everface(['forecast', '-', '--days', '7'], url)
    assert.match(near.stdout, /None of 1 links expires within 7 days/)
    const far = await everface(['forecast', '-', '--days', '45'], url)
    assert.match(far.stdout, /1 of 1 links expires within 45 days/)
  })

  it('exits 1 when a verdict of --fail-on occurs, and 0 when none does', async () => {
    assert.equal((await everface(['check', gone, ...connect, '--fail-on', 'gone,dying'])).code, 1)
    assert.equal((await everface(['check', alive, ...connect, '--fail-on', 'gone'])).code, 0)
  })

  it('numbers several URLs, and reads a list from standard input', async () => {
    const several = await everface(['check', alive, gone, ...connect, '--json'])
    const byId = Object.fromEntries(linesOf(several.stdout).map(({ id, verdict }) => [id, verdict]))
    assert.deepEqual(byId, { 1: 'alive', 2: 'gone' })
    const piped = await everface(['check', '-', ...connect, '--json'], `${alive}\n${gone}\n`)
    assert.equal(linesOf(piped.stdout).length, 2)
  })

  it('reads a column of a SQLite database', async () => {
    const database = new DatabaseSync(at('app.db'))
    database.exec('create table users (id integer primary key, avatar text)')
    const insert = database.prepare('insert into users (avatar) values (?)')
    for (const url of [alive, gone, null]) insert.run(url)
    database.close()
    const args = ['--table', 'users', '--id-column', 'id', '--url-column', 'avatar', '--json']
    const { stdout } = await everface(['check', `sqlite:${at('app.db')}`, ...args, ...connect])
    const byId = Object.fromEntries(linesOf(stdout).map(({ id, verdict }) => [id, verdict]))
    assert.deepEqual(byId, { 1: 'alive', 2: 'gone', 3: 'malformed' })
  })

  it('refuses private addresses unless allowed', async () => {
    const url = `http://127.0.0.2:${simulator.ports.http}/`
    const [refused] = linesOf((await everface(['check', url, '--json'])).stdout)
    assert.deepEqual([refused?.verdict, refused?.rule], ['refused', 'guard.url'])
    assert.match(refused?.detail ?? '', /loopback.*--allow-private/)
    const [allowed] = linesOf((await everface(['check', url, '--json', '--allow-private'])).stdout)
    assert.notEqual(allowed?.rule, 'guard.url')
  })

  it('resumes a finished file without asking for anything again', async () => {
    const out = at('again.ndjson')
    await everface(['check', list, ...connect, '--out', out])
    const before = readFileSync(out, 'utf8')
    simulator.control.clearRequests()
    const { code, stdout } = await everface(['check', list, ...connect, '--resume', out])
    assert.equal(code, 0)
    assert.match(stdout, / of 60 faces /)
    assert.equal(readFileSync(out, 'utf8'), before)
    assert.equal(simulator.control.requests().total, 0)
  })

  it('starts from the beginning when there is nothing to resume yet', async () => {
    const out = at('first.ndjson')
    assert.equal((await everface(['check', list, ...connect, '--resume', out])).code, 0)
    assert.equal(readFileSync(out, 'utf8').trimEnd().split('\n').length, 60)
  })

  it('will not resume a file that was made from another input', async () => {
    const out = at('other.ndjson')
    await everface(['check', alive, ...connect, '--out', out])
    const { code, stderr } = await everface(['check', list, ...connect, '--resume', out])
    assert.equal(code, 3)
    assert.match(stderr, /was not made from this input.*resume-mismatch/s)
  })

  it('does not take a forecast for a check, nor the other way round', async () => {
    const [forecast, check] = [at('forecast.ndjson'), at('check.ndjson')]
    await everface(['forecast', list, '--out', forecast])
    await everface(['check', list, ...connect, '--out', check])
    const wrong = await everface(['check', list, ...connect, '--resume', forecast])
    assert.deepEqual([wrong.code, /written by everface forecast/.test(wrong.stderr)], [3, true])
    const other = await everface(['forecast', list, '--resume', check])
    assert.deepEqual([other.code, /written by everface check/.test(other.stderr)], [3, true])
    assert.equal((await everface(['forecast', list, '--resume', forecast])).code, 0)
  })

  it('takes a NUL in one row for a broken row, not for a binary file', async () => {
    const urls = Array.from({ length: 20 }, () => alive)
    writeFileSync(
      at('nul.csv'),
      `id,avatar\n${urls.map((url, n) => `${n},${url}`).join('\n')}\n99,ht\0tp://x\n`,
    )
    const { stdout } = await everface(['check', at('nul.csv'), ...connect, '--json'])
    const verdicts = linesOf(stdout).map(({ id, verdict }) => `${id} ${verdict}`)
    assert.equal(verdicts.length, 21)
    assert.ok(verdicts.includes('99 malformed') && verdicts.includes('0 alive'))
  })

  it('forecasts without one request', async () => {
    simulator.control.clearRequests()
    const oe = (days: number) => Math.floor(Date.now() / 1000 + days * 86_400).toString(16)
    const urls = [-3, 10, 80].map(
      (days) => `https://scontent.xx.fbcdn.net/v/t1/a.jpg?oh=00&oe=${oe(days)}`,
    )
    const input = [...urls, alive, 'wxfile://tmp_a.png', `${alive}/0`].join('\n')
    const { code, stdout } = await everface(['forecast', '-', '--json', '--days', '30'], input)
    assert.equal(code, 0)
    assert.deepEqual(
      linesOf(stdout).map(({ verdict, rule }) => `${verdict} ${rule}`),
      [
        'gone url.expired',
        'unknown url.expires-soon',
        'unknown url.expires-later',
        'unknown url.no-date',
        'malformed url.temporary-path',
        'malformed wechat.doubled-size',
      ],
    )
    assert.equal(simulator.control.requests().total, 0)
    const table = await everface(['forecast', '-', '--fail-on', 'malformed'], input)
    assert.equal(table.code, 1)
  })

  describe('told something wrong', () => {
    const cases: readonly (readonly [string, readonly string[], number, RegExp])[] = [
      [
        'a missing file',
        ['check', '/nowhere/users.csv'],
        3,
        /\/nowhere\/users\.csv.*source-unreadable/s,
      ],
      ['an unknown option', ['check', '--colour'], 2, /unknown option '--colour'/],
      ['an unknown command', ['chekc'], 2, /unknown command 'chekc'.*check/s],
      [
        'an unknown verdict',
        ['check', 'x.csv', '--fail-on', 'dead'],
        2,
        /"dead" is no verdict.*gone/s,
      ],
      ['a wrong rate', ['check', 'x.csv', '--rate', 'fast'], 2, /probes a second/],
      ['a wrong number', ['check', 'x.csv', '--edges', '0'], 2, /from 1 to 64/],
      ['a wrong --connect-to', ['check', 'x.csv', '--connect-to', 'a:b'], 2, /HOST:PORT:ADDR:PORT/],
      [
        'a wrong ending of --out',
        ['check', 'x.csv', '--out', 'r.json'],
        2,
        /\.ndjson nor in \.csv/,
      ],
      [
        'two result files',
        ['check', 'x.csv', '--out', 'a.csv', '--resume', 'b.csv'],
        2,
        /name two files/,
      ],
      ['a socks proxy', ['check', 'x.csv', '--proxy', 'socks5://h:1'], 2, /Only http:\/\/ proxies/],
      [
        'a missing certificate',
        ['check', 'x.csv', '--ca', '/nowhere.pem'],
        2,
        /\/nowhere\.pem.*ca-unreadable/s,
      ],
      [
        'a database that does not answer',
        ['check', 'postgres://u:secret@127.0.0.1:1/db', '--table', 't'],
        3,
        /database-unreachable/,
      ],
    ]
    for (const [what, args, expected, words] of cases) {
      it(`names ${what}`, async () => {
        const { code, stderr } = await everface(args)
        assert.equal(code, expected, stderr)
        assert.match(stderr, words)
        assert.ok(!stderr.includes('secret'))
        assert.ok(!stderr.includes('    at '), 'no stack')
      })
    }

    it('names a missing column and those that there are', async () => {
      const { code, stderr } = await everface(['check', list, '--column', 'avatr'])
      assert.equal(code, 2)
      assert.match(stderr, /avatr.*avatar.*column-missing/s)
    })

    it('names an empty file, and a folder that cannot be written to', async () => {
      writeFileSync(at('empty.csv'), '')
      assert.match((await everface(['check', at('empty.csv')])).stderr, /empty\.csv.*source-empty/s)
      const { code, stderr } = await everface([
        'check',
        alive,
        ...connect,
        '--out',
        '/nowhere/r.csv',
      ])
      assert.equal(code, 3)
      assert.match(stderr, /\/nowhere\/r\.csv.*out-unwritable/s)
    })
  })

  it('simulates: writes list, certificate and lines that check takes as they are', async () => {
    const world = at('world')
    mkdirSync(world)
    const { startEverface } = await import('../everface.ts')
    const { child, ended } = startEverface([
      'simulate',
      '--people',
      '40',
      '--folder',
      world,
      '--json',
    ])
    const setting = await new Promise<{ list: string; ca: string; connect: string }>((resolve) => {
      child.stdout?.once('data', (bytes: Buffer) => resolve(JSON.parse(bytes.toString())))
    })
    const lines = readFileSync(setting.connect, 'utf8')
      .split(/\s+/)
      .filter((word) => word !== '')
    const { code, stdout } = await everface([
      'check',
      setting.list,
      '--rate',
      '0',
      '--ca',
      setting.ca,
      ...lines,
    ])
    assert.equal(code, 0)
    assert.match(stdout, / of 40 faces /)
    child.kill('SIGINT')
    assert.equal((await ended).code, 0)
  })

  it('demonstrates: says what to open and what will happen, and ends with Ctrl-C', async () => {
    const child = spawn(
      process.execPath,
      ['bin/everface.mjs', 'demo', '--people', '12', '--port', '0'],
      { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, LANG: 'zh_CN.UTF-8' } },
    )
    let stderr = ''
    const told = Promise.withResolvers<void>()
    child.stderr.setEncoding('utf8').on('data', (piece: string) => {
      stderr += piece
      if (stderr.includes('Ctrl-C 结束')) told.resolve()
    })
    const ended = once(child, 'close')
    await Promise.race([told.promise, ended])
    const [page] = /http:\S+/.exec(stderr) ?? []
    assert.match(await (await fetch(page ?? '')).text(), /<ever-avatar/)
    assert.match(stderr, /key to sign in with +ef_[\w-]{43}/)
    child.kill('SIGINT')
    const [code] = (await ended) as [number | null]
    assert.equal(code, 0, stderr)
  })
})
