import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, afterEach, before, describe, it } from 'node:test'
import { connect as connectSecure } from 'node:tls'
import { createGunzip } from 'node:zlib'

import { createSimulator } from './simulator.ts'
import type { FaultScope, FaultWish, Simulator } from './simulator.ts'
import { ask } from './test-client.ts'
import type { Asking } from './test-client.ts'

interface Case {
  readonly scope: FaultScope
  readonly struck: { readonly url: string } & Asking
  readonly spared: { readonly url: string } & Asking
}

describe('setFault', () => {
  let simulator: Simulator
  let time = 1_795_000_000_000
  let plain = ''
  let secure = ''

  before(async () => {
    simulator = await createSimulator({ seed: 4, now: () => time })
    simulator.control.makePeople({ count: 1, forms: ['mmopen/vi_32'], scheme: 'http' })
    simulator.control.makePeople({ count: 1, forms: ['mmopen/vi_32'], scheme: 'https' })
    plain = simulator.control.person('p0').url
    secure = simulator.control.person('p1').url
    // Drawn before, so that times are those of the faults.
    for (const url of [plain, secure]) await ask(simulator, url)
  })
  afterEach(() => simulator.control.clearFaults())
  after(() => simulator.close())

  const set = (fault: FaultWish) => simulator.control.setFault(fault)

  /** Everything that comes back on a bare connection, until it closes or nothing comes any more. */
  function raw(method: string, requests = 1, quietMs = 250): Promise<string> {
    const { host, pathname } = new URL(plain)
    const sent = `${method} ${pathname} HTTP/1.1\r\nHost: ${host}\r\n\r\n`
    return new Promise((resolve) => {
      const pieces: Buffer[] = []
      const socket = connect(simulator.ports.http, simulator.edges[0] ?? '')
      const timer = setTimeout(() => socket.destroy(), 4 * quietMs)
      socket.on('data', (piece: Buffer) => {
        pieces.push(piece)
        clearTimeout(timer)
        socket.setTimeout(quietMs, () => socket.destroy())
      })
      socket.on('error', () => {})
      socket.on('close', () => {
        clearTimeout(timer)
        resolve(Buffer.concat(pieces).toString('latin1'))
      })
      socket.write(sent.repeat(requests))
    })
  }

  it('slow: waits before the headers', async () => {
    set({ kind: 'slow', delayMs: 150 })
    const start = performance.now()
    assert.equal((await ask(simulator, plain)).status, 200)
    assert.ok(performance.now() - start >= 145)
    await assert.rejects(ask(simulator, plain, { timeoutMs: 40 }), /timed out/)
  })

  it('slow-body: drips a whole body', async () => {
    const whole = (await ask(simulator, plain)).body
    set({ kind: 'slow-body', everyMs: 5, bytes: Math.ceil(whole.length / 10) })
    const start = performance.now()
    const { body, cut } = await ask(simulator, plain)
    assert.ok(performance.now() - start >= 45)
    assert.deepEqual([body, cut], [whole, false])
  })

  it('half-body: closes in the middle', async () => {
    const whole = (await ask(simulator, plain)).body
    for (const url of [plain, secure]) {
      set({ kind: 'half-body' })
      const { body, cut } = await ask(simulator, url)
      assert.ok(cut)
      assert.ok(body.length > 0 && body.length < whole.length * 0.8)
    }
  })

  it('lying-length: announces more or less than there is', async () => {
    const whole = (await ask(simulator, plain)).body
    set({ kind: 'lying-length', by: 50, count: 1 })
    const more = await ask(simulator, plain)
    assert.equal(more.headers['Content-Length'], String(whole.length + 50))
    assert.deepEqual([more.body.length, more.cut], [whole.length, true])
    set({ kind: 'lying-length', by: -50 })
    const [head, ...rest] = (await raw('GET')).split('\r\n\r\n')
    assert.match(head ?? '', new RegExp(`Content-Length: ${whole.length - 50}\r\n`))
    assert.equal(rest.join('\r\n\r\n').length, whole.length)
  })

  it('reset: breaks off before or after the headers, over TLS too', async () => {
    for (const url of [plain, secure]) {
      set({ kind: 'reset', count: 1 })
      await assert.rejects(ask(simulator, url), { code: 'ECONNRESET' })
      set({ kind: 'reset', when: 'after-headers', count: 1 })
      const { status, cut } = await ask(simulator, url)
      assert.deepEqual([status, cut], [200, true])
      simulator.control.clearFaults()
    }
    set({ kind: 'reset' })
    const code = await new Promise((resolve) => {
      const socket = connect(simulator.ports.http, simulator.edges[0] ?? '')
      socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code))
      socket.on('end', () => resolve('an orderly end'))
      socket.write(`GET ${new URL(plain).pathname} HTTP/1.1\r\nHost: wx.qlogo.cn\r\n\r\n`)
    })
    assert.equal(code, 'ECONNRESET')
  })

  it('status: answers with it, and with Retry-After where given', async () => {
    for (const status of [500, 502, 503]) {
      set({ kind: 'status', status, count: 1 })
      assert.equal((await ask(simulator, plain)).status, status)
      simulator.control.clearFaults()
    }
    set({ kind: 'status', status: 503, retryAfter: 7 })
    assert.equal((await ask(simulator, plain)).headers['Retry-After'], '7')
  })

  it('throttle: answers 429 to what is too much in a second', async () => {
    set({ kind: 'throttle', perSecond: 3, retryAfter: 1 })
    const statuses = async () => {
      const all: number[] = []
      for (let i = 0; i < 5; i++) all.push((await ask(simulator, plain)).status)
      return all
    }
    assert.deepEqual(await statuses(), [200, 200, 200, 429, 429])
    time += 1000
    assert.deepEqual(await statuses(), [200, 200, 200, 429, 429])
  })

  it('captive-portal: shows a login page for everything, or leads to one', async () => {
    set({ kind: 'captive-portal', count: 1 })
    const page = await ask(simulator, plain)
    assert.equal(page.status, 200)
    assert.match(page.headers['Content-Type'] ?? '', /^text\/html/)
    assert.match(page.body.toString(), /<form/)
    simulator.control.clearFaults()
    set({ kind: 'captive-portal', redirect: true })
    const { status, headers } = await ask(simulator, plain)
    assert.equal(status, 302)
    assert.match((await ask(simulator, headers['Location'] ?? '')).body.toString(), /<form/)
  })

  it('head-body: sends the body to HEAD as well', async () => {
    set({ kind: 'head-body' })
    const [head, body] = (await raw('HEAD')).split('\r\n\r\n')
    const length = Number(/Content-Length: (\d+)/.exec(head ?? '')?.[1])
    assert.ok(length > 500)
    assert.ok((body?.length ?? 0) > 0)
  })

  it('head-405: refuses HEAD and nothing else', async () => {
    set({ kind: 'head-405' })
    assert.equal((await ask(simulator, plain, { method: 'HEAD' })).status, 405)
    assert.equal((await ask(simulator, plain)).status, 200)
  })

  it('close: ends the connection after one answer, said or unsaid', async () => {
    const answers = (text: string) => text.split('HTTP/1.1 200').length - 1
    assert.equal(answers(await raw('GET', 2)), 2)
    set({ kind: 'close', announced: true, count: 1 })
    const said = await raw('GET', 2)
    assert.match(said, /Connection: close/)
    assert.equal(answers(said), 1)
    simulator.control.clearFaults()
    set({ kind: 'close', announced: false })
    const unsaid = await raw('GET', 1, 2000)
    assert.doesNotMatch(unsaid, /Connection: close/)
    assert.equal(answers(unsaid), 1)
  })

  it('gzip-bomb: sends little that unpacks to much', async () => {
    set({ kind: 'gzip-bomb', mebibytes: 20 })
    const { headers, body } = await ask(simulator, plain)
    assert.equal(headers['Content-Encoding'], 'gzip')
    assert.ok(body.length < 100_000)
    let unpacked = 0
    const gunzip = createGunzip()
    gunzip.end(body)
    for await (const piece of gunzip as AsyncIterable<Buffer>) unpacked += piece.length
    assert.equal(unpacked, 20 * 1_048_576)
  })

  it('endless-body and endless-headers: go on for as long as somebody reads', async () => {
    for (const url of [plain, secure]) {
      set({ kind: 'endless-body', count: 1 })
      assert.ok((await ask(simulator, url, { maxBytes: 5_000_000 })).body.length >= 5_000_000)
      simulator.control.clearFaults()
    }
    set({ kind: 'endless-headers' })
    await assert.rejects(ask(simulator, plain), { code: 'HPE_HEADER_OVERFLOW' })
  })

  it('redirect-loop: never arrives', async () => {
    set({ kind: 'redirect-loop' })
    const seen = [plain]
    for (let i = 0; i < 6; i++) {
      const { status, headers } = await ask(simulator, seen.at(-1) ?? '')
      assert.equal(status, 302)
      seen.push(headers['Location'] ?? '')
    }
    assert.equal(new Set(seen).size, 4)
  })

  it('redirect: leads to a private address unless told otherwise', async () => {
    set({ kind: 'redirect', count: 1 })
    assert.match((await ask(simulator, plain)).headers['Location'] ?? '', /^http:\/\/169\.254\./)
    simulator.control.clearFaults()
    set({ kind: 'redirect', to: 'http://10.0.0.1/', status: 307 })
    const { status, headers } = await ask(simulator, plain)
    assert.deepEqual([status, headers['Location']], [307, 'http://10.0.0.1/'])
  })

  it('garbage: is no HTTP', async () => {
    set({ kind: 'garbage' })
    await assert.rejects(ask(simulator, plain), { code: /^HPE_/ })
  })

  it('never: takes the request and keeps silent', async () => {
    set({ kind: 'never' })
    await assert.rejects(ask(simulator, plain, { timeoutMs: 60 }), /timed out/)
  })

  it('wrong-certificate: shows one that must be refused', async () => {
    const flaws = {
      name: 'ERR_TLS_CERT_ALTNAME_INVALID',
      expired: 'CERT_HAS_EXPIRED',
      untrusted: /SELF_SIGNED_CERT|UNABLE_TO_(GET_ISSUER|VERIFY)|CERT_SIGNATURE_FAILURE/,
    } as const
    for (const [flaw, code] of Object.entries(flaws)) {
      set({ kind: 'wrong-certificate', flaw: flaw as keyof typeof flaws, edge: '127.0.0.3' })
      await assert.rejects(ask(simulator, secure, { edge: 1 }), { code })
      assert.equal((await ask(simulator, secure, { edge: 0 })).status, 200)
      simulator.control.clearFaults()
    }
  })

  it('wrong-certificate: is not escaped by resuming an earlier session', async () => {
    const { hostname } = new URL(secure)
    const options = {
      port: simulator.ports.https,
      host: simulator.edges[0] ?? '',
      servername: hostname,
      ca: simulator.ca,
    }
    const session = await new Promise<Buffer | undefined>((resolve) => {
      const socket = connectSecure(options)
      socket.on('session', (given: Buffer) => {
        socket.destroy()
        resolve(given)
      })
      socket.on('data', () => {
        socket.destroy()
        resolve(undefined)
      })
      socket.on('error', () => resolve(undefined))
      socket.write(`HEAD / HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`)
    })
    set({ kind: 'wrong-certificate' })
    const code = await new Promise((resolve) => {
      const socket = connectSecure({ ...options, ...(session && { session }) })
      socket.on('secureConnect', () => {
        socket.destroy()
        resolve('connected')
      })
      socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code))
    })
    assert.equal(code, 'ERR_TLS_CERT_ALTNAME_INVALID')
  })

  it('tls-stall: begins the handshake and never ends it', async () => {
    set({ kind: 'tls-stall', host: new URL(secure).hostname })
    const connected = await new Promise((resolve) => {
      const socket = connectSecure({
        port: simulator.ports.https,
        host: simulator.edges[0] ?? '',
        servername: new URL(secure).hostname,
        ca: simulator.ca,
      })
      const timer = setTimeout(() => socket.destroy(), 80)
      socket.on('secureConnect', () => resolve(true))
      socket.on('error', () => resolve('an error'))
      socket.on('close', () => {
        clearTimeout(timer)
        resolve(false)
      })
    })
    assert.equal(connected, false)
    assert.ok((simulator.control.requests().faults['tls-stall'] ?? 0) >= 1)
  })

  it('strikes only the person, host, edge and method that it was set for', async () => {
    const status = 503
    const wx = plain.replace('//thirdwx.', '//wx.')
    const third = wx.replace('//wx.', '//thirdwx.')
    const cases: readonly Case[] = [
      { scope: { person: 'p0' }, struck: { url: plain }, spared: { url: secure } },
      { scope: { host: 'wx.qlogo.cn' }, struck: { url: wx }, spared: { url: third } },
      { scope: { edge: '127.0.0.4' }, struck: { url: plain, edge: 2 }, spared: { url: plain } },
      { scope: { method: 'HEAD' }, struck: { url: plain, method: 'HEAD' }, spared: { url: plain } },
    ]
    for (const { scope, struck, spared } of cases) {
      set({ kind: 'status', status, ...scope })
      assert.equal((await ask(simulator, struck.url, struck)).status, 503, JSON.stringify(scope))
      assert.equal((await ask(simulator, spared.url, spared)).status, 200, JSON.stringify(scope))
      simulator.control.clearFaults()
    }
  })

  it('strikes as often, or as probably, as it was told to', async () => {
    const strikes = async (times: number) => {
      let struck = 0
      for (let i = 0; i < times; i++) if ((await ask(simulator, plain)).status === 500) struck++
      return struck
    }
    set({ kind: 'status', status: 500, count: 3 })
    assert.equal(await strikes(6), 3)
    assert.equal(simulator.control.faults()[0]?.struck, 3)
    simulator.control.clearFaults()
    set({ kind: 'status', status: 500, probability: 0.5 })
    const half = await strikes(80)
    assert.ok(half > 20 && half < 60, String(half))
  })
})
