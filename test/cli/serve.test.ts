// `everface serve` in this process: how it starts, how it ends, and what becomes of work that is on its way.
import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { type Simulator, createSimulator } from '../../simulator/simulator.ts'
import { type Ended, everface, temporaryFolder } from '../everface.ts'

interface Served {
  readonly url: string
  readonly log: readonly Record<string, unknown>[]
  readonly quits: readonly number[]
  readonly ended: Promise<Ended>
  stop(): void
  crash(error: unknown): void
}

describe('everface serve', { timeout: 60_000 }, () => {
  let simulator: Simulator
  let alive = ''
  let folder = temporaryFolder()
  let env: Record<string, string> = {}

  before(async () => {
    simulator = await createSimulator({ seed: 5 })
    simulator.control.makePeople({ count: 5, scheme: 'http' })
    alive = simulator.control.listPeople({ limit: 1 }).people[0]?.url ?? ''
  })
  beforeEach(() => {
    folder = temporaryFolder()
    env = {
      EVERFACE_LISTEN: '127.0.0.1:0',
      EVERFACE_DATA: folder.path,
      EVERFACE_CONNECT_TO: simulator.connectTo.join(' '),
    }
  })
  afterEach(() => {
    simulator.control.clearFaults()
    folder[Symbol.dispose]()
  })
  after(() => simulator.close())

  async function serve(args: readonly string[] = []): Promise<Served> {
    const log: Record<string, unknown>[] = []
    const quits: number[] = []
    const ready = Promise.withResolvers<string>()
    let stop = () => {}
    let crash: (error: unknown) => void = () => {}
    const ended = everface(['serve', ...args], '', {
      env,
      onStop(listener) {
        stop = listener
        return () => {}
      },
      onCrash(listener) {
        crash = listener
        return () => {}
      },
      quit: (code) => quits.push(code),
      onOutput(text) {
        for (const line of text.trimEnd().split('\n')) {
          const entry = JSON.parse(line) as Record<string, unknown>
          log.push(entry)
          if (entry['msg'] === 'ready') ready.resolve(String(entry['url']))
        }
      },
    })
    void ended.then(({ stderr }) => ready.reject(new Error(`it ended: ${stderr}`)))
    const url = await ready.promise
    return { url, log, quits, ended, stop: () => stop(), crash: (error) => crash(error) }
  }

  async function register(url: string): Promise<void> {
    const made = await everface(['key', 'create', '--name', 'x', '--scope', 'write'], '', { env })
    const answer = await fetch(`${url}/v1/avatars/ann`, {
      method: 'PUT',
      headers: {
        authorization: `Bearer ${made.stdout.trim()}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ url: alive }),
    })
    assert.equal(answer.status, 201)
  }

  /** A request of the service has reached the platform. */
  async function asked(): Promise<void> {
    for (let turn = 0; simulator.control.requests().total === 0; turn++) {
      assert.ok(turn < 400, 'nobody was asked')
      await pause(10)
    }
  }

  function avatar(): Record<string, unknown> {
    const database = new DatabaseSync(join(folder.path, 'everface.db'))
    const row = database.prepare('select standing, copy_sha256 from avatar').get()
    database.close()
    return { ...row }
  }

  it('records looks that are on their way when it is told to stop', async () => {
    simulator.control.clearRequests()
    simulator.control.setFault({ kind: 'slow', delayMs: 600 })
    const service = await serve()
    await register(service.url)
    await asked()
    service.stop()
    assert.equal((await service.ended).code, 0)
    assert.deepEqual(
      service.log.slice(-2).map(({ msg, whole }) => [msg, whole]),
      [
        ['stopping', undefined],
        ['stopped', true],
      ],
    )
    const { standing, copy_sha256: copy } = avatar()
    assert.equal(standing, 'alive')
    assert.match(String(copy), /^[0-9a-f]{64}$/)
  })

  it('calls off looks that do not end, and holds nothing against the picture', async () => {
    simulator.control.clearRequests()
    simulator.control.setFault({ kind: 'never' })
    const service = await serve(['--timeout', '60s'])
    await register(service.url)
    await asked()
    service.stop()
    assert.equal((await service.ended).code, 0)
    assert.equal(service.log.at(-1)?.['whole'], true)
    assert.deepEqual(avatar(), { standing: 'unknown', copy_sha256: null })
  })

  it('logs what nobody caught, and ends with 3', async () => {
    const service = await serve()
    service.crash(new Error('a bug at postgres://u:hunter2@db/d'))
    service.stop()
    await service.ended
    assert.deepEqual(service.quits, [3])
    const entry = service.log.find(({ msg }) => msg === 'ended by a bug')
    assert.match(JSON.stringify(entry), /a bug at postgres:\/\/\[secret\]@db/)
    assert.ok(!JSON.stringify(service.log).includes('hunter2'))
  })

  it('ends at once when it is told a second time', async () => {
    const service = await serve()
    service.stop()
    service.stop()
    assert.deepEqual(service.quits, [3])
    await service.ended
  })

  it('starts nothing when the settings are wrong', async () => {
    const { code, stderr, stdout } = await everface(['serve', '--edges', 'many'], '', { env })
    assert.deepEqual([code, stdout], [2, ''])
    assert.match(stderr, /--edges takes a whole number from 1 to 64/)
  })

  it('starts nothing with a policy that is wrong, and says where', async () => {
    const file = join(folder.path, 'policy.yaml')
    writeFileSync(file, 'ask:\n  afterDecline: soon\n  scenes: { profile: sometimes }\n')
    const ended = await everface(['serve'], '', { env: { ...env, EVERFACE_POLICY: file } })
    assert.equal(ended.code, 3)
    assert.equal(ended.stdout, '')
    assert.match(ended.stderr, /policy\.yaml:2:17: ask\.afterDecline is "soon"; allowed: /)
    assert.match(ended.stderr, /policy\.yaml:3:\d+: ask\.scenes\.profile is "sometimes"; allowed: /)
    assert.match(ended.stderr, /\(policy-invalid\)/)
    assert.equal(existsSync(join(folder.path, 'everface.db')), false)
  })

  it('logs as much as is asked for', async () => {
    const service = await serve(['--log', 'info'])
    service.stop()
    await service.ended
    for (const { level, time, msg } of service.log) {
      assert.equal(level, 'info')
      assert.match(String(time), /^\d{4}-\d\d-\d\dT/)
      assert.ok(typeof msg === 'string')
    }
  })
})
