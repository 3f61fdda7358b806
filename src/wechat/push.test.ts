import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'

import { encrypt } from '../../simulator/push-crypto.ts'
import { createSimulator } from '../../simulator/simulator.ts'
import type { MakeApp, PushRequest as Sent, Simulator } from '../../simulator/simulator.ts'
import { edgesOf, start } from './harness.ts'
import { createAsker } from './ask.ts'
import { createWechatClient } from './client.ts'
import { createPushReader, mostPushBytes, pushAnswer } from './push.ts'
import type { PushApp, PushEvent, PushReading, PushRequest } from './push.ts'

const aesKey = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG'
const token = 'sesame'
const second = 1_000
const minute = 60 * second

/** A request as our server has it. */
function arrive({ method, url, body }: Sent): PushRequest {
  return { method, query: Object.fromEntries(new URL(url).searchParams), body }
}

function eventOf(reading: PushReading): PushEvent {
  return reading.kind === 'event' ? reading.event : assert.fail(JSON.stringify(reading))
}

function keyOf(reading: PushReading): string {
  return reading.kind === 'event' ? reading.key : assert.fail(JSON.stringify(reading))
}

function reasonOf(reading: PushReading): string {
  return reading.kind === 'refused' ? reading.reason : reading.kind
}

interface Office {
  readonly simulator: Simulator
  readonly app: PushApp
  readonly openid: string
  readonly unionid: string | null
  /** What was pushed so far. */
  sent(): Promise<readonly PushRequest[]>
}

/** A made platform that pushes for one app, and a person, `p0`, who consented. */
async function open(
  push: Partial<NonNullable<MakeApp['push']>> = {},
  kind: MakeApp['kind'] = 'official',
): Promise<Office> {
  const pushed: Sent[] = []
  const simulator = await createSimulator({
    seed: 4,
    now: () => start,
    speed: 0,
    async sendPush(request) {
      pushed.push(request)
      return { kind: 'answered', status: 200, body: pushAnswer }
    },
  })
  const { control } = simulator
  control.makePeople({ count: 1, scheme: 'https' })
  const settings = { url: 'https://own.test/webhooks/wechat', token, ...push }
  const made = control.makeApp({ kind, domain: 'app.test', platform: 'acme', push: settings })
  const asker = createAsker({ connectTo: edgesOf(simulator), ca: [simulator.ca] })
  const client = createWechatClient({ apps: [made], ask: asker.ask, now: () => start })
  const { appid } = made
  const outcome =
    kind === 'mini'
      ? await client.miniSession(appid, control.loginCode('p0', appid).code)
      : await client.exchangeCode(appid, control.authorize('p0', appid).code)
  asker.close()
  assert.equal(outcome.kind, 'done')
  const { openid, unionid } = outcome.kind === 'done' ? outcome.value : assert.fail()
  return {
    simulator,
    app: { appid, token, aesKey: push.aesKey ?? null },
    openid,
    unionid,
    async sent() {
      await control.pushesSettled()
      return pushed.map(arrive)
    },
  }
}

describe('createPushReader, of what the platform pushes', () => {
  const forms = [
    { name: 'plain XML', push: { format: 'xml' } },
    { name: 'plain JSON', push: { format: 'json' } },
    { name: 'JSON as in the documentation', push: { format: 'json', spaced: true } },
    { name: 'sealed XML', push: { format: 'xml', aesKey } },
    { name: 'sealed JSON', push: { format: 'json', aesKey } },
    { name: 'sealed JSON as in the documentation', push: { format: 'json', aesKey, spaced: true } },
    { name: 'both in XML', push: { format: 'xml', aesKey, mode: 'compatible' } },
    { name: 'both in JSON', push: { format: 'json', aesKey, mode: 'compatible' } },
  ] as const

  for (const { name, push } of forms) {
    it(`reads every event: ${name}`, async () => {
      const office = await open(push)
      await using _ = office.simulator
      const { control } = office.simulator
      control.revoke('p0', office.app.appid)
      control.cleanProfile('p0')
      control.cancelAccount('p0')
      const reader = createPushReader({ apps: [office.app], now: () => start })
      const events = (await office.sent()).map((request) => eventOf(reader.read(request)))
      const { openid, unionid } = office
      const subject = { appid: office.app.appid, openid, unionid, at: start }
      const covers = { revokeInfo: '205', coversName: true, coversPicture: true }
      assert.deepEqual(events, [
        { kind: 'authorization-revoked', ...subject, ...covers },
        { kind: 'profile-modified', ...subject },
        { kind: 'account-cancelled', ...subject },
      ])
    })

    it(`gives an event one key, however often it is sent: ${name}`, async () => {
      const office = await open(push)
      await using _ = office.simulator
      const { control } = office.simulator
      const [id = 0] = control.revoke('p0', office.app.appid).pushes
      control.advance(5 * second)
      control.pushAgain(id)
      control.advance(second)
      control.revoke('p0', office.app.appid)
      control.cleanProfile('p0')
      const reader = createPushReader({
        apps: [office.app],
        now: () => control.clock().now,
      })
      const requests = await office.sent()
      assert.notEqual(requests[0]?.query['timestamp'], requests[1]?.query['timestamp'])
      const keys = requests.map((request) => keyOf(reader.read(request)))
      assert.equal(keys[0], keys[1])
      assert.equal(new Set(keys).size, 3)
      const again = createPushReader({ apps: [office.app], now: () => control.clock().now })
      assert.deepEqual(
        requests.map((request) => keyOf(again.read(request))),
        keys,
      )
    })
  }

  it('knows from the numbers what was taken back', async () => {
    for (const [kind, info, coversName, coversPicture] of [
      ['official', '205', true, true],
      ['website', '301', true, true],
      ['mini', '6', true, true],
      ['mini', '19', true, false],
      ['mini', '20', false, true],
      ['mini', '19,20', true, true],
      ['mini', '5', false, false],
      ['official', '201', false, false],
      ['official', '2050', false, false],
      ['official', 'all', true, true],
    ] as const) {
      const office = await open({ aesKey }, kind)
      await using _ = office.simulator
      office.simulator.control.revoke('p0', office.app.appid, info)
      const [request] = await office.sent()
      const reader = createPushReader({ apps: [office.app], now: () => start })
      const event = eventOf(reader.read(request ?? assert.fail()))
      assert.ok(event.kind === 'authorization-revoked')
      assert.deepEqual(
        [event.revokeInfo, event.coversName, event.coversPicture],
        [info, coversName, coversPicture],
      )
    }
  })

  it('takes an event that names nobody', async () => {
    const office = await open()
    await using _ = office.simulator
    office.simulator.control.cleanProfile('p0', { withOpenid: false })
    const [request] = await office.sent()
    const reader = createPushReader({ apps: [office.app], now: () => start })
    const event = eventOf(reader.read(request ?? assert.fail()))
    assert.deepEqual([event.kind, event.openid], ['profile-modified', null])
  })

  it('proves over the network that it knows the token', async () => {
    const { createServer } = await import('node:http')
    const simulator = await createSimulator({ seed: 4, now: () => start, speed: 0 })
    await using _ = simulator
    let app: PushApp = { appid: 'wx1', token, aesKey: null }
    const server = createServer((request, response) => {
      const { searchParams } = new URL(request.url ?? '', 'http://own.test')
      const query = Object.fromEntries(searchParams)
      const reader = createPushReader({ apps: [app], now: () => start })
      const reading = reader.read({ method: request.method ?? '', query, body: '' })
      response.statusCode = reading.kind === 'echo' ? 200 : 403
      response.end(reading.kind === 'echo' ? reading.text : reasonOf(reading))
    })
    server.listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : assert.fail()
    const push = { url: `http://127.0.0.1:${port}/webhooks/wechat`, token }
    const { appid } = simulator.control.makeApp({ kind: 'mini', push })
    assert.equal((await simulator.control.verifyPush(appid)).echoed, true)
    app = { ...app, token: 'another' }
    assert.equal((await simulator.control.verifyPush(appid)).echoed, false)
    server.closeAllConnections()
    server.close()
  })

  it('tells apps apart by what signs and seals their messages', async () => {
    for (const push of [{}, { aesKey }] as const) {
      const office = await open(push)
      await using _ = office.simulator
      office.simulator.control.revoke('p0', office.app.appid)
      const [request] = await office.sent()
      assert.ok(request)
      const otherToken = { ...office.app, appid: 'wx2', token: 'another' }
      const sameToken = { ...office.app, appid: 'wx3' }
      const otherKey = { ...office.app, appid: 'wx4', aesKey: 'B'.repeat(43) }
      const all = [otherToken, sameToken, otherKey, office.app]
      const reader = createPushReader({ apps: all, now: () => start })
      assert.equal(eventOf(reader.read(request)).appid, office.app.appid)
      const others = createPushReader({ apps: [sameToken], now: () => start })
      assert.equal(reasonOf(others.read(request)), 'unreadable')
      const stranger = createPushReader({ apps: [otherToken], now: () => start })
      assert.equal(reasonOf(stranger.read(request)), 'unsigned')
      const nobody = createPushReader({ apps: [], now: () => start })
      assert.equal(reasonOf(nobody.read(request)), 'unsigned')
    }
  })

  it('refuses what is more than ten minutes old, or ahead', async () => {
    for (const push of [{}, { aesKey }] as const) {
      const office = await open(push)
      await using _ = office.simulator
      office.simulator.control.revoke('p0', office.app.appid)
      const [request] = await office.sent()
      const at = (now: number) =>
        createPushReader({ apps: [office.app], now: () => now }).read(request ?? assert.fail()).kind
      const late = 10 * minute
      assert.deepEqual(
        [start - late - 1, start - late, start, start + late, start + late + 1].map(at),
        ['refused', 'event', 'event', 'event', 'refused'],
      )
    }
  })

  it('believes nothing plain where the app has a key', async () => {
    const office = await open()
    await using _ = office.simulator
    office.simulator.control.revoke('p0', office.app.appid)
    const [request] = await office.sent()
    const reader = createPushReader({ apps: [{ ...office.app, aesKey }], now: () => start })
    assert.equal(reasonOf(reader.read(request ?? assert.fail())), 'not-encrypted')
  })

  it('believes nothing of a sealed message that was altered anywhere', async () => {
    for (const format of ['xml', 'json'] as const) {
      const office = await open({ aesKey, format })
      await using _ = office.simulator
      office.simulator.control.revoke('p0', office.app.appid)
      const [request] = await office.sent()
      assert.ok(request)
      const reader = createPushReader({ apps: [office.app], now: () => start })
      const key = keyOf(reader.read(request))
      for (const name of ['msg_signature', 'timestamp', 'nonce']) {
        const value = request.query[name] ?? ''
        for (let at = 0; at < value.length; at++) {
          const other = value.charAt(at) === '1' ? '2' : '1'
          const altered = `${value.slice(0, at)}${other}${value.slice(at + 1)}`
          const forged: PushRequest = { ...request, query: { ...request.query, [name]: altered } }
          assert.equal(reasonOf(reader.read(forged)), 'unsigned')
        }
      }
      for (let at = 0; at < request.body.length; at++) {
        const other = request.body.charAt(at) === 'A' ? 'B' : 'A'
        const body = `${request.body.slice(0, at)}${other}${request.body.slice(at + 1)}`
        const reading = reader.read({ ...request, body })
        // What stands beside the sealed part says nothing.
        if (reading.kind === 'event') assert.equal(reading.key, key)
        else assert.notEqual(reasonOf(reading), 'echo')
      }
    }
  })
})

describe('createPushReader, of what anybody sends', () => {
  const app: PushApp = { appid: 'wx13974bf780d3dc89', token, aesKey: null }
  const reader = createPushReader({ apps: [app], now: () => start })
  let nonces = 0

  function sign(...parts: readonly string[]): string {
    return hash('sha1', parts.toSorted().join(''))
  }

  /** A request that is signed rightly, with this body. */
  function signed(body: string, changes: Record<string, string> = {}): PushRequest {
    const timestamp = changes['timestamp'] ?? String(start / 1000)
    const nonce = String(++nonces)
    const signature = sign(token, timestamp, nonce)
    return { method: 'POST', query: { signature, timestamp, nonce, ...changes }, body }
  }
  const read = (body: string) => reader.read(signed(body))
  const xml = (fields: Readonly<Record<string, string>>) =>
    `<xml>${Object.entries(fields)
      .map(([name, value]) => `<${name}><![CDATA[${value}]]></${name}>`)
      .join('')}</xml>`
  const revoked = { MsgType: 'event', Event: 'user_authorization_revoke', OpenID: 'o1' }

  it('takes back everything where it is not said what', () => {
    for (const info of [{}, { RevokeInfo: '' }, { RevokeInfo: '?' }]) {
      const event = eventOf(read(xml({ ...revoked, ...info })))
      assert.ok(event.kind === 'authorization-revoked')
      assert.deepEqual([event.coversName, event.coversPicture], [true, true])
    }
  })

  it('reads numbers that are no texts', () => {
    const event = eventOf(read(JSON.stringify({ ...revoked, RevokeInfo: 205, CreateTime: 7 })))
    assert.ok(event.kind === 'authorization-revoked')
    assert.deepEqual([event.revokeInfo, event.at], ['205', 7_000])
  })

  it('passes other messages on as what they are', () => {
    for (const [fields, msgType, event] of [
      [{ MsgType: 'text', Content: 'user_authorization_revoke' }, 'text', null],
      [
        { MsgType: 'text', Event: 'user_authorization_revoke' },
        'text',
        'user_authorization_revoke',
      ],
      [{ MsgType: 'event', Event: 'subscribe' }, 'event', 'subscribe'],
      [{ MsgType: 'event' }, 'event', null],
    ] as const) {
      const subject = { appid: app.appid, openid: null, unionid: null, at: null }
      const due = { kind: 'other', ...subject, msgType, event }
      assert.deepEqual(eventOf(read(xml(fields))), due)
      assert.deepEqual(eventOf(read(JSON.stringify(fields))), due)
    }
  })

  it('takes nothing for an openid or a time that is none', () => {
    const event = eventOf(read(xml({ ...revoked, OpenID: "o' or 1=1", CreateTime: '-1' })))
    assert.deepEqual([event.openid, event.at], [null, null])
  })

  it('refuses what it cannot read, and what is about another app', () => {
    for (const body of [
      '',
      'x',
      '{}',
      '[]',
      '<xml></xml>',
      xml({ ...revoked, AppID: 'wx0' }),
      JSON.stringify({ ...revoked, AppID: 'wx0' }),
      xml(revoked).replace('o1', 'o1]]></OpenID><OpenID><![CDATA[o2'),
      `<!DOCTYPE a [<!ENTITY b "c">]>${xml(revoked)}`,
      xml({ ...revoked, Content: 'x'.repeat(mostPushBytes) }),
    ]) {
      assert.equal(reasonOf(read(body)), 'unreadable', body.slice(0, 80))
    }
    assert.equal(eventOf(read(xml({ ...revoked, AppID: app.appid }))).appid, app.appid)
  })

  it('takes an overheard signature for no other body', () => {
    const request = signed(xml(revoked))
    const key = keyOf(reader.read(request))
    assert.equal(keyOf(reader.read(request)), key)
    const body = xml({ ...revoked, OpenID: 'o2' })
    assert.equal(reasonOf(reader.read({ ...request, body })), 'replayed')
    assert.equal(keyOf(reader.read(request)), key)
  })

  it('does not guess which of two apps a message is for', () => {
    const two = createPushReader({ apps: [app, { ...app, appid: 'wx2' }], now: () => start })
    assert.equal(reasonOf(two.read(signed(xml(revoked)))), 'unreadable')
    const named = signed(xml({ ...revoked, AppID: 'wx2' }))
    assert.equal(eventOf(two.read(named)).appid, 'wx2')
  })

  it('opens a sealed message and refuses it where it names another app', () => {
    const sealing = createPushReader({ apps: [{ ...app, aesKey }], now: () => start })
    for (const [AppID, due] of [
      [app.appid, 'event'],
      ['wx0', 'refused'],
    ] as const) {
      const sealed = encrypt(xml({ ...revoked, AppID }), aesKey, app.appid, '0123456789abcdef')
      const request = signed(xml({ Encrypt: sealed }))
      const { timestamp = '', nonce = '' } = request.query
      const msg_signature = sign(token, timestamp, nonce, sealed)
      const query = { ...request.query, msg_signature }
      assert.equal(sealing.read({ ...request, query }).kind, due)
      // The signature that is for plain messages does not cover what is sealed.
      assert.equal(reasonOf(sealing.read(request)), 'not-encrypted')
    }
  })

  it('refuses times that are no times', () => {
    for (const timestamp of ['', ' ', '1e9', '-1', '0x6b02a100', 'now', '9'.repeat(13)]) {
      assert.equal(reasonOf(reader.read(signed(xml(revoked), { timestamp }))), 'stale')
    }
  })

  it('echoes nothing that is not signed, or that could be a page', () => {
    const ask = (echostr: string, changes: Record<string, string> = {}) =>
      reader.read({ ...signed('', { echostr, ...changes }), method: 'GET' })
    assert.deepEqual(ask('3344556677'), { kind: 'echo', appid: app.appid, text: '3344556677' })
    assert.equal(reasonOf(ask('1', { signature: '0'.repeat(40) })), 'unsigned')
    assert.equal(reasonOf(ask('1', { timestamp: '1' })), 'stale')
    for (const echostr of ['', '<script>', 'a b', '好', 'x'.repeat(513)]) {
      assert.equal(reasonOf(ask(echostr)), 'unreadable')
    }
    for (const method of ['', 'get', 'HEAD', 'PUT', 'DELETE']) {
      assert.equal(reasonOf(reader.read({ ...signed(xml(revoked)), method })), 'unsigned')
    }
    assert.equal(reasonOf(reader.read({ method: 'GET', query: {}, body: '' })), 'unsigned')
    assert.equal(reasonOf(reader.read({ method: 'POST', query: {}, body: '' })), 'unsigned')
  })

  it('believes nothing unsigned and throws at nothing', () => {
    const apps = [app, { ...app, appid: 'wx2', aesKey, token: 'another' }]
    const both = createPushReader({ apps, now: () => start })
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom(String(start / 1000), '1', '0'.repeat(40), ''),
    )
    const names = ['signature', 'msg_signature', 'timestamp', 'nonce', 'echostr', 'encrypt_type']
    const query = fc.dictionary(fc.constantFrom(...names), text)
    const body = fc.oneof(
      text,
      fc.json(),
      fc.dictionary(fc.constantFrom(...Object.keys(revoked), 'Encrypt'), text).map(xml),
      fc
        .dictionary(
          fc.constantFrom(...Object.keys(revoked), 'Encrypt'),
          fc.oneof(text, fc.jsonValue()),
        )
        .map((fields) => JSON.stringify(fields)),
      text.map((each) => xml({ Encrypt: each })),
    )
    const method = fc.constantFrom('GET', 'POST', 'PUT')
    fc.assert(
      fc.property(method, query, body, (method, query, body) => {
        assert.equal(both.read({ method, query, body }).kind, 'refused')
      }),
      { numRuns: 5_000, seed: 1 },
    )
  })

  it('throws at nothing that is signed, and reads one event from it or none', () => {
    const xml = '<xml> </xml> <MsgType> </MsgType> <Event> </Event> <![CDATA[ ]]> & event'
    const json = '{ } : , "MsgType" "event" "Event" "user_authorization_revoke" [ ] 1'
    const pieces = fc.constantFrom(...xml.split(' '), ...json.split(' '))
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 20 }), (parts) => {
        const { kind } = read(parts.join(''))
        assert.ok(kind === 'event' || kind === 'refused')
      }),
      { numRuns: 3_000, seed: 1 },
    )
  })

  it('does not begin with a token or key that cannot be one, and repeats neither', () => {
    for (const changes of [
      { token: '' },
      { token: 'hush hush' },
      { token: 'h'.repeat(33) },
      { aesKey: 'hush' },
      { aesKey: `${'h'.repeat(43)}=` },
    ]) {
      assert.throws(
        () => createPushReader({ apps: [{ ...app, ...changes }], now: () => start }),
        (error: Error) => {
          assert.equal(Reflect.get(error, 'code'), 'config-invalid')
          assert.doesNotMatch(error.message, /hush|hhh/)
          return true
        },
      )
    }
  })
})
