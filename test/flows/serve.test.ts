// The service as an operator meets it: a real process, keys by the command line, a WeChat that misbehaves, webhooks, a stop, a
// killed process, and the pictures still there.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, afterEach, before, describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Webhook } from 'standardwebhooks'
import { type Simulator, createSimulator } from '../../simulator/simulator.ts'
import { type Running, everface, startEverface, temporaryFolder } from '../everface.ts'

/** A service that says it is ready. */
interface Ready extends Running {
  readonly url: string
  /** Every line of its log so far. */
  readonly log: readonly Record<string, unknown>[]
}

interface AvatarAnswer {
  readonly standing: string
  readonly copy: { readonly sha256: string } | null
  readonly urls: Readonly<Record<string, string>>
}

describe('everface serve', { timeout: 120_000 }, () => {
  const folder = temporaryFolder()
  const posts: { headers: IncomingMessage['headers']; body: string }[] = []
  const running = new Set<Running>()
  const receiver = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (piece: string) => {
      body += piece
    })
    request.on('end', () => {
      posts.push({ headers: request.headers, body })
      response.writeHead(204).end()
    })
  })
  let simulator: Simulator
  let env: Record<string, string> = {}
  let alive = ''
  let gone = ''

  before(async () => {
    simulator = await createSimulator({ seed: 11 })
    simulator.control.makePeople({ count: 40, scheme: 'https', mix: { gone: 0.3 } })
    const { people } = simulator.control.listPeople({ limit: 40 })
    alive = people.find(({ truth }) => truth === 'alive')?.url ?? ''
    gone = people.find(({ truth }) => truth === 'gone')?.url ?? ''
    receiver.listen(0, '127.0.0.1')
    await once(receiver, 'listening')
    const ca = join(folder.path, 'ca.pem')
    await simulator.writeCa(ca)
    env = {
      EVERFACE_LISTEN: '127.0.0.1:0',
      EVERFACE_DATA: join(folder.path, 'data'),
      EVERFACE_CONNECT_TO: simulator.connectTo.join(' '),
      EVERFACE_CA: ca,
      EVERFACE_WEBHOOKS: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`,
    }
  })
  afterEach(() => {
    for (const { child } of running) child.kill('SIGKILL')
    running.clear()
  })
  after(async () => {
    receiver.closeAllConnections()
    receiver.close()
    await simulator.close()
    folder[Symbol.dispose]()
  })

  async function start(
    args: readonly string[] = [],
    more: Record<string, string> = {},
  ): Promise<Ready> {
    const service = startEverface(['serve', ...args], [], { ...env, ...more })
    running.add(service)
    const log: Record<string, unknown>[] = []
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const lines = createInterface({ input: service.child.stdout ?? process.stdin })
    lines.on('line', (line) => {
      const entry = JSON.parse(line) as Record<string, unknown>
      log.push(entry)
      if (entry['msg'] === 'ready') resolve(String(entry['url']))
    })
    void service.ended.then(({ stderr }) => reject(new Error(`it ended: ${stderr}`)))
    return { ...service, log, url: await promise }
  }

  async function makeKey(scope: string): Promise<Record<string, string>> {
    const { code, stdout } = await everface(
      ['key', 'create', '--name', scope, '--scope', scope, '--json'],
      '',
      { env },
    )
    assert.equal(code, 0)
    const { secret } = JSON.parse(stdout) as { secret: string }
    return { authorization: `Bearer ${secret}`, 'content-type': 'application/json' }
  }

  /** Asks until the answer satisfies; the process has no other way to tell us. */
  async function until<T>(ask: () => Promise<T>, satisfies: (answer: T) => boolean): Promise<T> {
    for (let turn = 0; turn < 400; turn++) {
      const answer = await ask()
      if (satisfies(answer)) return answer
      await pause(25)
    }
    return assert.fail('it never came')
  }

  it('keeps a picture over a stop and a kill, tells webhooks, and forgets', async () => {
    let service = await start()
    const headers = await makeKey('write')
    const put = await fetch(`${service.url}/v1/avatars/ann`, {
      method: 'PUT',
      headers,
      body: JSON.stringify({ url: alive, name: '安娜' }),
    })
    assert.equal(put.status, 201, await put.clone().text())
    const read = async (url: string) =>
      (await (await fetch(`${url}/v1/avatars/ann`, { headers })).json()) as AvatarAnswer
    const avatar = await until(
      () => read(service.url),
      ({ copy }) => copy !== null,
    )
    assert.equal(avatar.standing, 'alive')

    const shown = await fetch(`${service.url}/a/ann?s=96`, { headers: { accept: 'image/webp' } })
    assert.equal(shown.status, 200)
    assert.equal(shown.headers.get('everface-standing'), 'alive')
    const bytes = Buffer.from(await shown.arrayBuffer())
    assert.equal(bytes.subarray(8, 12).toString(), 'WEBP')

    await fetch(`${service.url}/v1/avatars/bob`, {
      method: 'PUT',
      headers,
      body: JSON.stringify({ url: gone }),
    })

    service.child.kill('SIGTERM')
    const { code, stderr } = await service.ended
    assert.equal(code, 0, stderr)
    assert.deepEqual(
      service.log.slice(-2).map(({ msg }) => msg),
      ['stopping', 'stopped'],
    )

    service = await start()
    assert.equal((await read(service.url)).copy?.sha256, avatar.copy?.sha256)
    service.child.kill('SIGKILL')
    await service.ended

    service = await start()
    const again = await fetch(`${service.url}/a/ann?s=96`, { headers: { accept: 'image/webp' } })
    assert.deepEqual(Buffer.from(await again.arrayBuffer()), bytes)
    const removed = await fetch(`${service.url}/v1/avatars/ann`, { method: 'DELETE', headers })
    assert.equal(removed.status, 200)
    const told = await until(
      async () => posts.find(({ body }) => body.includes('avatar.forgotten')),
      (post) => post !== undefined,
    )
    const secret = (await everface(['key', 'webhook-secret'], '', { env })).stdout.trim()
    const body = new Webhook(secret).verify(
      told?.body ?? '',
      told?.headers as Record<string, string>,
    )
    assert.equal((body as { data: { subject: string } }).data.subject, 'ann')
    const fallback = await fetch(`${service.url}/a/ann?s=96`, { headers: { accept: 'image/webp' } })
    assert.notEqual(fallback.headers.get('everface-shows'), 'copy')
  })

  it('logs neither secrets nor pictures of people', async () => {
    const service = await start(['--log', 'debug'])
    const headers = await makeKey('read')
    await fetch(`${service.url}/v1/avatars/nobody`, { headers })
    await fetch(`${service.url}/a/nobody?sig=not-to-be-seen`)
    service.child.kill('SIGINT')
    const { stdout } = await service.ended
    assert.ok(stdout.includes('"request"') || service.log.some(({ msg }) => msg === 'request'))
    const text = JSON.stringify(service.log)
    assert.ok(!text.includes((headers['authorization'] ?? '').slice(7)), 'the key')
    assert.ok(!text.includes('qlogo.cn'), 'an address of a picture')
    assert.ok(!text.includes('not-to-be-seen'), 'a query')
  })

  it('finishes requests that are running when it is told to stop', async () => {
    const service = await start()
    const headers = await makeKey('write')
    const { hostname, port } = new URL(service.url)
    const body = JSON.stringify({ url: alive })
    const socket = connect({ host: hostname, port: Number(port) })
    socket.setEncoding('utf8')
    let answer = ''
    socket.on('data', (piece: string) => {
      answer += piece
    })
    const head = `PUT /v1/avatars/late HTTP/1.1\r\nHost: x\r\nAuthorization: ${headers['authorization']}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`
    socket.write(head)
    // Its answer to the expectation says that the request has been taken up.
    await until(
      async () => answer,
      (text) => text.includes('100 Continue'),
    )
    service.child.kill('SIGTERM')
    await until(
      async () => service.log.some(({ msg }) => msg === 'stopping'),
      (stopping) => stopping,
    )
    socket.write(body)
    await once(socket, 'close')
    assert.match(answer, /HTTP\/1\.1 201/)
    assert.equal((await service.ended).code, 0)
  })

  it('ends at once at the second signal', async () => {
    const service = await start()
    // A request whose body never comes holds the stop up.
    const { hostname, port } = new URL(service.url)
    const socket = connect({ host: hostname, port: Number(port) })
    socket.on('error', () => {})
    socket.write(
      'PUT /v1/avatars/x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n',
    )
    await once(socket, 'data')
    service.child.kill('SIGTERM')
    await until(
      async () => service.log.some(({ msg }) => msg === 'stopping'),
      (stopping) => stopping,
    )
    service.child.kill('SIGTERM')
    assert.equal((await service.ended).code, 3)
    assert.ok(!service.log.some(({ msg }) => msg === 'stopped'))
    socket.destroy()
  })

  it('says which port is taken, and by which setting to change it', async () => {
    const service = await start()
    const { host } = new URL(service.url)
    const other = startEverface(['serve', '--listen', host], [], env)
    const { code, stderr } = await other.ended
    assert.equal(code, 3)
    assert.match(stderr, new RegExp(`another program listens on port ${host.split(':')[1]}`))
    assert.match(stderr, /--listen/)
    assert.match(stderr, /\(listen-failed\)/)
  })

  it('shares one data folder between a process that answers and one that works', async () => {
    const more = { EVERFACE_DATA: join(folder.path, 'shared') }
    env = { ...env, ...more }
    const [api, worker] = await Promise.all([start(['--role', 'api']), start(['--role', 'worker'])])
    assert.equal(worker.url, 'null')
    const headers = await makeKey('write')
    await fetch(`${api.url}/v1/avatars/carl`, {
      method: 'PUT',
      headers,
      body: JSON.stringify({ url: alive }),
    })
    const avatar = await until(
      async () =>
        (await (await fetch(`${api.url}/v1/avatars/carl`, { headers })).json()) as AvatarAnswer,
      ({ copy }) => copy !== null,
    )
    assert.equal(avatar.standing, 'alive')
  })
})
