// The end: whatever is on its way when the prober is closed ends at once, and nothing keeps the process.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { answerOf, makeProber, outcome, pictureAnswer, serveRaw, until } from '../hostile.ts'

const all = (port: number) => [{ host: '', port: null, address: '127.0.0.1', toPort: port }]

describe('close', () => {
  it('ends a hundred looks that wait for answers, for places, for the pace and for names, all as stopped', async () => {
    await using mute = await serveRaw(() => undefined)
    const prober = makeProber({
      to: [`mute.example:80:127.0.0.1:${mute.port}`, `slow.example:80:127.0.0.1:${mute.port}`],
      hostRates: new Map([['slow.example', 0.2]]),
      concurrency: 20,
      retries: 3,
      timeoutMs: 60_000,
      lookup: () => new Promise(() => undefined),
    })
    const looks = Array.from({ length: 100 }, (_, n) =>
      prober.see(`http://${['mute', 'slow', 'unresolved'][n % 3]}.example/${n}`),
    )
    await until(() => mute.requests.length >= 20, 'twenty requests')
    prober.close()
    for (const { observations, finding } of await Promise.all(looks)) {
      assert.deepEqual(observations.map(outcome), ['stopped'])
      assert.equal(finding.kind, 'unknown')
    }
    assert.equal(prober.inFlight, 0)
    await until(() => mute.open.size === 0, 'the end of every connection')
  })

  it('ends looks that pause between tries, and those in the middle of a body, a handshake or a redirect', async () => {
    await using server = await serveRaw((socket, { target }) => {
      if (target.includes('retry')) socket.write(answerOf('', [], '500 Oops'))
      else if (target.includes('body'))
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf')
      else socket.write(answerOf('', ['Location: http://unresolved.example/'], '302 Found'))
    })
    let resolving = 0
    const prober = makeProber({
      to: [`a.example:80:127.0.0.1:${server.port}`, `a.example:443:127.0.0.1:${server.port}`],
      retries: 9,
      random: () => 0.999,
      timeoutMs: 60_000,
      lookup: () => (resolving++, new Promise(() => undefined)),
    })
    const looks = [
      'http://a.example/retry',
      'http://a.example/body',
      'http://a.example/redirect',
      'https://a.example/tls',
    ].map((url) => prober.see(url))
    await until(
      () => server.requests.length >= 3 && resolving === 1 && server.connections === 4,
      'all of them on their way',
    )
    prober.close()
    for (const { finding } of await Promise.all(looks)) assert.equal(finding.kind, 'unknown')
    await until(() => server.open.size === 0, 'the end of every connection')
  })

  it('may be called twice, and lets nothing begin afterwards', async () => {
    await using server = await serveRaw((socket) => socket.write(pictureAnswer))
    const prober = makeProber({ connectTo: all(server.port) })
    assert.equal(outcome(await prober.observe('http://a.example/')), 200)
    prober.close()
    prober.close()
    assert.equal(outcome(await prober.observe('http://a.example/')), 'stopped')
    assert.equal(outcome(await prober.observe('http://b.example/')), 'stopped')
    assert.equal(server.requests.length, 1)
  })

  it('warns of nothing when hundreds of looks pause at once', async () => {
    await using server = await serveRaw((socket) => socket.write(answerOf('', [], '500 Oops')))
    const warnings: string[] = []
    const note = (warning: Error) => warnings.push(warning.message)
    process.on('warning', note)
    using prober = makeProber({ connectTo: all(server.port), retries: 1 })
    await Promise.all(Array.from({ length: 300 }, (_, n) => prober.see(`http://a.example/${n}`)))
    process.off('warning', note)
    assert.deepEqual(warnings, [])
  })

  it('leaves nothing that keeps the process', async () => {
    await using mute = await serveRaw((socket, { target }) =>
      target === '/well' ? void socket.write(pictureAnswer) : undefined,
    )
    const hostile = fileURLToPath(new URL('../hostile.ts', import.meta.url))
    const script = `
      import { makeProber } from ${JSON.stringify(hostile)}
      const prober = makeProber({
        to: ['a.example:80:127.0.0.1:${mute.port}', 'a.example:443:127.0.0.1:${mute.port}'],
        rate: 50, timeoutMs: 60_000, concurrency: 8, retries: 2, lookup: () => new Promise(() => undefined),
      })
      await prober.see('http://a.example/well')
      const urls = ['http://a.example/mute', 'https://a.example/mute', 'http://b.example/']
      const looks = Array.from({ length: 90 }, (_, n) => prober.see(urls[n % 3]))
      setTimeout(() => prober.close(), 150)
      await Promise.all(looks)
      process.on('exit', () => console.log('ended by itself', process.getActiveResourcesInfo().join()))
    `
    const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const late = setTimeout(() => child.kill('SIGKILL'), 10_000)
    let out = ''
    child.stdout.on('data', (bytes: Buffer) => (out += bytes.toString()))
    const [code] = (await once(child, 'close')) as [number | null]
    clearTimeout(late)
    assert.equal(code, 0)
    assert.match(out, /ended by itself/)
  })
})
