// `everface doctor`: well where all is well, and the right advice where it is not.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { startFauxqs } from 'fauxqs'
import { type CheckParts, checks, runCheck } from '../../src/cli/doctor-checks.ts'
import { readConfig } from '../../src/service/config.ts'
import { everface, temporaryFolder } from '../everface.ts'

const secret = 'k3Jv9QpXz71LmNs0TtRb5WcYh2GfDa8U'

describe('everface doctor', { timeout: 60_000 }, () => {
  const folder = temporaryFolder()
  const taken = createServer((socket) => socket.destroy())
  let takenPort = 0
  /** Keeps every test on this machine. */
  const here = { EVERFACE_CONNECT_TO: '::127.0.0.1:', EVERFACE_LISTEN: '127.0.0.1:0' }

  before(async () => {
    taken.listen(0, '127.0.0.1')
    await once(taken, 'listening')
    takenPort = (taken.address() as AddressInfo).port
  })
  after(() => {
    taken.close()
    folder[Symbol.dispose]()
  })

  async function look(name: string, env: Record<string, string>, more: Partial<CheckParts> = {}) {
    const config = readConfig(
      { env: { EVERFACE_DATA: folder.path, ...env } },
      { needsSecret: false },
    )
    const check = checks.find((one) => one.name === name)
    assert.ok(check !== undefined, name)
    const parts = { ...config, lookup: async () => ['192.0.2.1'], now: Date.now, ...more }
    return await runCheck(check, parts)
  }

  it('finds nothing wrong before the first start, and leaves nothing behind', async () => {
    const data = join(folder.path, 'new')
    const env = { ...here, EVERFACE_DATA: data }
    const { code, stdout } = await everface(['doctor', '--json'], '', { env })
    const findings = JSON.parse(stdout) as { name: string; state: string }[]
    assert.deepEqual(
      findings.filter(({ state }) => state === 'fail'),
      [],
    )
    assert.equal(code, 0)
    assert.equal(findings.length, checks.length)
    assert.throws(() => writeFileSync(join(data, 'x'), ''), 'the folder was not made')
  })

  it('finds a data folder at work well', async () => {
    const data = join(folder.path, 'used')
    const env = { ...here, EVERFACE_DATA: data }
    await everface(['key', 'webhook-secret'], '', { env })
    await everface(['migrate'], '', { env })
    mkdirSync(join(data, 'blobs'))
    const { code, stdout } = await everface(['doctor'], '', { env })
    assert.equal(code, 0)
    assert.match(stdout, /ok +store +sqlite .* answers in/)
    assert.match(stdout, /ok +blobs +folder .* written, read, removed/)
    assert.match(stdout, /ok +sharp +libvips .*webp, jpeg, png, avif/)
  })

  it('fails, with what to do, for what would not work', async () => {
    const file = join(folder.path, 'file')
    writeFileSync(file, '')
    const cases: readonly (readonly [string, Record<string, string>, RegExp])[] = [
      ['data', { EVERFACE_DATA: join(file, 'data') }, /EVERFACE_DATA/],
      ['secret', { DATABASE_URL: 'postgres://h/d' }, /openssl rand/],
      ['listen', { EVERFACE_LISTEN: `127.0.0.1:${takenPort}` }, /EVERFACE_LISTEN/],
      ['listen', { EVERFACE_LISTEN: '192.0.2.1:8420' }, /EVERFACE_LISTEN/],
      ['store', { DATABASE_URL: 'postgres://u:hunter2@127.0.0.1:1/d' }, /./],
      ['network', { EVERFACE_CA: file }, /PEM/],
      ['network', { EVERFACE_PROXY: 'http://127.0.0.1:1' }, /ECONNREFUSED/],
    ]
    for (const [name, env, words] of cases) {
      const finding = await look(name, env)
      const text = JSON.stringify(finding)
      assert.equal(finding.state, 'fail', `${name}: ${text}`)
      assert.match(text, words)
      assert.ok(!text.includes('hunter2'))
    }
    const { code } = await everface(['doctor', '--listen', `127.0.0.1:${takenPort}`], '', {
      env: { ...here, EVERFACE_LISTEN: '', EVERFACE_DATA: join(folder.path, 'new') },
    })
    assert.equal(code, 1)
  })

  it('writes to, reads from and cleans up an S3-compatible store', async () => {
    const server = await startFauxqs({ port: 0, logger: false })
    server.createBucket('faces')
    const env = {
      EVERFACE_S3_ENDPOINT: `http://127.0.0.1:${server.port}`,
      EVERFACE_S3_PATH_STYLE: 'yes',
      EVERFACE_S3_ACCESS_KEY_ID: 'test',
      EVERFACE_S3_SECRET_ACCESS_KEY: 'test-secret',
    }
    const fine = await look('blobs', { ...env, EVERFACE_BLOBS: 's3://faces/of/people' })
    assert.deepEqual([fine.state, /written, read, removed/.test(fine.detail)], ['ok', true])
    const missing = await look('blobs', { ...env, EVERFACE_BLOBS: 's3://nobodys' })
    assert.equal(missing.state, 'fail')
    assert.ok((missing.advice ?? '') !== '')
    await server.stop()
  })

  it('warns of what works and is odd', async () => {
    const cases: readonly (readonly [string, Record<string, string>, RegExp])[] = [
      ['public-url', { EVERFACE_LISTEN: '0.0.0.0:8420' }, /EVERFACE_PUBLIC_URL/],
      ['public-url', { EVERFACE_PUBLIC_URL: 'http://faces.example' }, /not encrypted/],
      ['network', { EVERFACE_ALLOW_PRIVATE: 'yes' }, /your own network/],
      [
        'webhooks',
        { EVERFACE_WEBHOOKS: 'http://127.0.0.1:1/x' },
        /127\.0\.0\.1:1 \(ECONNREFUSED\)/,
      ],
    ]
    for (const [name, env, words] of cases) {
      const finding = await look(name, env)
      assert.equal(finding.state, 'warn', name)
      assert.match(JSON.stringify(finding), words)
    }
  })

  it('takes a machine without a network for a warning, and names hosts that do not resolve', async () => {
    const offline = await look(
      'providers',
      {},
      { lookup: () => Promise.reject(new Error('no DNS')) },
    )
    assert.equal(offline.state, 'warn')
    assert.match(offline.detail, /No host of any provider resolves/)
    const partly = await look(
      'providers',
      {},
      { lookup: async (host) => (host === 'wx.qlogo.cn' ? [] : ['192.0.2.1']) },
    )
    assert.match(partly.detail, /^1 of \d+ known hosts do not resolve: wx\.qlogo\.cn\.$/)
    assert.equal((await look('providers', {})).state, 'ok')
  })

  it('warns of a secret that others can read', { skip: process.platform === 'win32' }, async () => {
    const file = join(folder.path, 'secret')
    writeFileSync(file, secret)
    chmodSync(file, 0o644)
    const finding = await look('secret', {})
    assert.deepEqual([finding.state, finding.advice], ['warn', `chmod 600 ${file}`])
    chmodSync(file, 0o600)
    assert.equal((await look('secret', {})).state, 'ok')
  })

  it('warns of a clock that cannot be right', async () => {
    assert.equal((await look('clock', {}, { now: () => 0 })).state, 'fail')
    assert.equal((await look('clock', {})).state, 'ok')
  })
})
