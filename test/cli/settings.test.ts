// `config`, `migrate`, and the secret in the data folder: what an operator does before anything runs.
import assert from 'node:assert/strict'
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { readSettings } from '../../src/cli/service-settings.ts'
import { everface, startEverface, temporaryFolder } from '../everface.ts'
import { type TestServer, startPostgres } from '../servers.ts'

const secret = 'k3Jv9QpXz71LmNs0TtRb5WcYh2GfDa8U'

it('shows help with examples for every command of the service', async () => {
  for (const command of ['serve', 'import', 'migrate', 'config', 'doctor']) {
    const { code, stdout } = await everface([command, '--help'])
    assert.equal(code, 0)
    assert.match(stdout, /Examples?:/, command)
    assert.match(stdout, /--data <value>.*\[EVERFACE_DATA/s, command)
    assert.ok(!/--secret|--database-url/.test(stdout), command)
  }
})

describe('everface config', () => {
  interface Row {
    readonly variable: string
    readonly flag: string | null
    readonly value: string | null
    readonly from: string
  }

  it('prints every setting and where it came from, and no secret', async () => {
    const env = {
      EVERFACE_MODE: 'auto',
      EVERFACE_SECRET: secret,
      DATABASE_URL: 'postgres://u:hunter2@db/faces',
      EVERFACE_PROXY: 'http://u:hunter2@proxy:3128',
    }
    const { code, stdout } = await everface(['config', '--json', '--edges', '5'], '', { env })
    assert.equal(code, 0)
    const rows = JSON.parse(stdout) as Row[]
    const row = (name: string) => rows.find(({ variable }) => variable === name)
    assert.deepEqual(row('EVERFACE_MODE'), {
      variable: 'EVERFACE_MODE',
      flag: '--mode',
      value: 'auto',
      from: 'environment',
    })
    assert.deepEqual([row('EVERFACE_EDGES')?.value, row('EVERFACE_EDGES')?.from], ['5', 'flag'])
    assert.equal(row('EVERFACE_LISTEN')?.from, 'default')
    assert.equal(row('EVERFACE_SECRET')?.value, '[secret]')
    assert.equal(row('EVERFACE_SECRET')?.flag, null)
    const { stdout: table } = await everface(['config'], '', { env })
    assert.match(table, /^EVERFACE_MODE +environment +auto$/m)
    for (const text of [stdout, table]) {
      assert.ok(!text.includes('hunter2') && !text.includes(secret))
    }
  })

  it('takes lists piece by piece and switches without a value', async () => {
    const args = ['--hosts', 'a.example', '--hosts', 'b.example', '--allow-private', '--json']
    const { stdout } = await everface(['config', ...args])
    const rows = JSON.parse(stdout) as Row[]
    const valueOf = (name: string) => rows.find(({ variable }) => variable === name)?.value
    assert.equal(valueOf('EVERFACE_HOSTS'), 'a.example b.example')
    assert.equal(valueOf('EVERFACE_ALLOW_PRIVATE'), 'yes')
  })

  it('tells all that is wrong and exits 2', async () => {
    const env = { EVERFACE_MODE: 'both', EVERFACE_HSTORY: '400d' }
    const { code, stderr } = await everface(['config', '--timeout', 'soon'], '', { env })
    assert.equal(code, 2)
    assert.match(stderr, /3 settings are wrong/)
    assert.match(stderr, /EVERFACE_MODE takes one of copy, redirect, auto; this is "both"/)
    assert.match(stderr, /Did you mean EVERFACE_HISTORY\?/)
    assert.match(stderr, /--timeout takes a length of time/)
    assert.match(stderr, /\(config-invalid\)/)
  })

  it('takes a secret from a file, as containers mount them', async () => {
    using folder = temporaryFolder()
    const file = join(folder.path, 'mounted')
    writeFileSync(file, `${secret}\n`)
    const env = { EVERFACE_SECRET_FILE: file }
    const { secrets } = await readSettings({ env }, {}, { secret: 'need' })
    assert.equal(secrets.secret, secret)
    const missing = { EVERFACE_SECRET_FILE: join(folder.path, 'nothing') }
    const { code, stderr } = await everface(['config'], '', { env: missing })
    assert.equal(code, 3)
    assert.match(stderr, /cannot be read \(ENOENT\).*secret-unreadable/s)
  })
})

describe('the secret in the data folder', () => {
  it('is made once, by whoever comes first, for nobody else to read', async () => {
    using folder = temporaryFolder()
    const data = join(folder.path, 'deep', 'data')
    const env = { EVERFACE_DATA: data }
    const all = await Promise.all(
      Array.from({ length: 20 }, () => readSettings({ env }, {}, { secret: 'make' })),
    )
    assert.equal(new Set(all.map(({ secrets }) => secrets.secret)).size, 1)
    assert.ok((all[0]?.secrets.secret.length ?? 0) >= 43)
    assert.deepEqual(readdirSync(data), ['secret'])
    if (process.platform !== 'win32')
      assert.equal(statSync(join(data, 'secret')).mode & 0o777, 0o600)
    assert.equal(all[0]?.origins.find(({ key }) => key === 'secret')?.from, 'file')
  })

  it('is the same for processes that start at once', { timeout: 30_000 }, async () => {
    using folder = temporaryFolder()
    const env = { EVERFACE_DATA: join(folder.path, 'data') }
    const ends = await Promise.all(
      Array.from({ length: 4 }, () => startEverface(['key', 'webhook-secret'], [], env).ended),
    )
    assert.equal(new Set(ends.map(({ stdout }) => stdout)).size, 1)
    assert.match(ends[0]?.stdout ?? '', /^whsec_/)
  })

  it('is not made by commands that sign nothing', async () => {
    using folder = temporaryFolder()
    const data = join(folder.path, 'data')
    assert.equal((await everface(['config', '--data', data])).code, 0)
    assert.ok(!existsSync(data))
    assert.equal((await everface(['migrate', '--data', data])).code, 0)
    assert.ok(!existsSync(join(data, 'secret')))
  })

  it('is never replaced when it is damaged', async () => {
    using folder = temporaryFolder()
    const file = join(folder.path, 'secret')
    writeFileSync(file, 'cut o')
    const { code, stderr } = await everface(['key', 'webhook-secret', '--data', folder.path])
    assert.equal(code, 3)
    assert.match(stderr, /holds no secret.*backup.*secret-unreadable/s)
    assert.equal(readFileSync(file, 'utf8'), 'cut o')
  })
})

describe('everface migrate', () => {
  it('says what it would apply, applies it, and has nothing more to do', async () => {
    using folder = temporaryFolder()
    const run = async (...args: string[]) =>
      (await everface(['migrate', '--data', folder.path, ...args])).stdout
    assert.match(await run('--dry-run'), /would be applied/)
    assert.match(await run(), / {2}applied\n/)
    assert.match(await run(), /is up to date/)
    const line = JSON.parse(await run('--json')) as { migrations: unknown[]; dryRun: boolean }
    assert.deepEqual([line.migrations, line.dryRun], [[], false])
  })

  it('names the data folder that cannot be made', async () => {
    using folder = temporaryFolder()
    const file = join(folder.path, 'file')
    writeFileSync(file, '')
    const { code, stderr } = await everface(['migrate', '--data', join(file, 'data')])
    assert.equal(code, 3)
    assert.match(stderr, /file\/data/)
    assert.ok(!stderr.includes('    at '), 'no stack')
  })
})

describe('a PostgreSQL that others share', { timeout: 60_000 }, () => {
  let server: TestServer | null = null
  let env: Record<string, string> = {}
  before(async () => {
    server = await startPostgres()
    env = { DATABASE_URL: server?.url ?? '', EVERFACE_SECRET: secret }
  })
  after(() => server?.stop())

  it('is brought up to date only when that is asked for', async (test) => {
    if (server === null) return test.skip('PostgreSQL is not installed')
    const refused = await everface(['key', 'list'], '', { env })
    assert.equal(refused.code, 3)
    assert.match(refused.stderr, /lacks \d+ of our migrations.*everface migrate.*store-outdated/s)
    assert.ok(!refused.stderr.includes(new URL(server.url).password))
    assert.equal((await everface(['migrate'], '', { env })).code, 0)
    assert.equal((await everface(['key', 'list'], '', { env })).code, 0)
  })

  it('wants a secret that all machines have', async (test) => {
    if (server === null) return test.skip('PostgreSQL is not installed')
    const { code, stderr } = await everface(['key', 'webhook-secret'], '', {
      env: { DATABASE_URL: server.url },
    })
    assert.equal(code, 2)
    assert.match(stderr, /EVERFACE_SECRET is required with PostgreSQL/)
  })
})
