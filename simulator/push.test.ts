import assert from 'node:assert/strict'
import { createDecipheriv, createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'

import { encrypt, sign } from './push-crypto.ts'
import { createSimulator } from './simulator.ts'
import type { MakeApp, PushReply, PushRequest, Simulator } from './simulator.ts'
import { call } from './test-client.ts'

const start = Date.UTC(2026, 10, 22)
const aesKey = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG'
const token = 'sesame'

/** The same as the platform's, from the description alone. */
function hashOf(...parts: readonly string[]): string {
  return createHash('sha1').update(parts.toSorted().join('')).digest('hex')
}

/** What an app finds in a ciphertext: the message and the id at its end. */
function open(ciphertext: string, key = aesKey): { message: string; appid: string } {
  const bytes = Buffer.from(`${key}=`, 'base64')
  const decipher = createDecipheriv('aes-256-cbc', bytes, bytes.subarray(0, 16))
  decipher.setAutoPadding(false)
  const whole = Buffer.concat([decipher.update(ciphertext, 'base64'), decipher.final()])
  assert.equal(whole.length % 32, 0)
  const padding = whole.at(-1) ?? 0
  assert.ok(padding >= 1 && padding <= 32)
  assert.ok(whole.subarray(-padding).every((byte) => byte === padding))
  const length = whole.readUInt32BE(16)
  const message = whole.toString('utf8', 20, 20 + length)
  return { message, appid: whole.toString('utf8', 20 + length, whole.length - padding) }
}

const queryOf = ({ url }: { readonly url: string }) =>
  Object.fromEntries(new URL(url).searchParams) as Readonly<Record<string, string>>
const tag = (xml: string, name: string) =>
  new RegExp(`<${name}>(?:<!\\[CDATA\\[(.*?)\\]\\]>|(\\d+))</${name}>`).exec(xml)?.slice(1).join('')

interface Office {
  readonly simulator: Simulator
  readonly appid: string
  readonly sent: PushRequest[]
  readonly openid: string
}

/** A simulator whose pushes are answered by `replies`, the last of them for ever, and one who allowed an app. */
async function createOffice(
  push: Partial<NonNullable<MakeApp['push']>>,
  replies: readonly PushReply[] = [{ kind: 'answered', status: 200, body: 'success' }],
  kind: 'official' | 'website' | 'mini' = 'official',
): Promise<Office> {
  const sent: PushRequest[] = []
  const simulator = await createSimulator({
    seed: 12,
    now: () => start,
    speed: 0,
    async sendPush(request) {
      sent.push(request)
      return replies[Math.min(sent.length, replies.length) - 1] ?? { kind: 'silent' }
    },
  })
  const { control } = simulator
  control.makePeople({ count: 2, scheme: 'http' })
  const { appid, secret } = control.makeApp({
    kind,
    domain: 'app.test',
    platform: 'acme',
    push: { url: 'http://app.test/push?tenant=1', token, ...push },
  })
  const isMini = kind === 'mini'
  const { code } = isMini ? control.loginCode('p0', appid) : control.authorize('p0', appid)
  const path = isMini ? '/sns/jscode2session' : '/sns/oauth2/access_token'
  const given = { appid, secret, grant_type: 'authorization_code' }
  const { value } = await call(simulator, path, { ...given, [isMini ? 'js_code' : 'code']: code })
  return { simulator, appid, sent, openid: String(value?.['openid']) }
}

describe('push-crypto', () => {
  // The worked example in the platform's documentation of message pushes, as of 2024.
  const key = 'A'.repeat(43)

  it('signs as in the documentation', () => {
    assert.equal(
      sign('AAAAA', '1714036504', '1514711492'),
      'f464b24fc39322e44b38aa78f5edd27bd1441696',
    )
    assert.equal(
      sign('AAAAA', '1714037059', '486452656'),
      '899cf89e464efb63f54ddac96b0a0a235f53aa78',
    )
  })

  it('encrypts as in the documentation', () => {
    const made = encrypt('{"demo_resp":"good luck"}', key, 'wxba5fad812f8e6fb9', '707722b803182950')
    const expected =
      'ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=='
    assert.equal(made, expected)
    assert.equal(
      sign('AAAAA', '1713424427', '415670741', made),
      '1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1',
    )
  })

  it('pads messages of every length to blocks of 32', () => {
    for (let length = 0; length <= 64; length++) {
      const message = '好'.repeat(length)
      assert.deepEqual(open(encrypt(message, aesKey, 'wx1', '0123456789abcdef')), {
        message,
        appid: 'wx1',
      })
    }
  })
})

describe('pushes', () => {
  it('tells an app as signed XML that a person withdrew consent', async () => {
    const { simulator, appid, sent, openid } = await createOffice({})
    await using _ = simulator
    assert.equal(simulator.control.revoke('p0', appid).ended, 1)
    const [pushed] = await simulator.control.pushesSettled()
    const [request] = sent
    assert.ok(request && pushed)
    assert.deepEqual([request.method, request.headers['Content-Type']], ['POST', 'text/xml'])
    const { tenant, signature, timestamp = '', nonce = '', ...others } = queryOf(request)
    assert.deepEqual([tenant, others], ['1', {}])
    assert.equal(signature, hashOf(token, timestamp, nonce))
    assert.equal(Number(timestamp), start / 1000)
    assert.equal(tag(request.body, 'Event'), 'user_authorization_revoke')
    assert.equal(tag(request.body, 'MsgType'), 'event')
    assert.equal(tag(request.body, 'OpenID'), openid)
    assert.equal(tag(request.body, 'AppID'), appid)
    assert.equal(tag(request.body, 'RevokeInfo'), '205')
    assert.equal(tag(request.body, 'CreateTime'), String(start / 1000))
    assert.match(tag(request.body, 'ToUserName') ?? '', /^gh_[0-9a-f]{12}$/)
    assert.equal(pushed.state, 'delivered')
  })

  it('names what was withdrawn in the numbering of the kind of app', async () => {
    for (const [kind, info] of [
      ['website', '301'],
      ['mini', '6'],
    ] as const) {
      const { simulator, appid, sent } = await createOffice({}, undefined, kind)
      await using _ = simulator
      simulator.control.revoke('p0', appid)
      simulator.control.revoke('p0', appid, '20')
      await simulator.control.pushesSettled()
      assert.deepEqual(
        sent.map(({ body }) => tag(body, 'RevokeInfo')),
        [info, '20'],
      )
    }
  })

  it('encrypts for an app in the safe mode, so that only its key opens it', async () => {
    for (const format of ['xml', 'json'] as const) {
      const { simulator, appid, sent, openid } = await createOffice({ aesKey, format })
      await using _ = simulator
      simulator.control.revoke('p0', appid)
      await simulator.control.pushesSettled()
      const [request] = sent
      assert.ok(request)
      const encrypted =
        format === 'xml'
          ? (tag(request.body, 'Encrypt') ?? '')
          : (JSON.parse(request.body) as { Encrypt: string }).Encrypt
      const { msg_signature, timestamp = '', nonce = '', encrypt_type } = queryOf(request)
      assert.equal(encrypt_type, 'aes')
      assert.equal(msg_signature, hashOf(token, timestamp, nonce, encrypted))
      assert.equal(request.body.includes(openid), false)
      const { message, appid: whose } = open(encrypted)
      assert.equal(whose, appid)
      const found =
        format === 'xml'
          ? tag(message, 'OpenID')
          : (JSON.parse(message) as { OpenID: string }).OpenID
      assert.equal(found, openid)
    }
  })

  it('sends both in the compatible mode', async () => {
    const office = await createOffice({ aesKey, mode: 'compatible', format: 'json' })
    await using _ = office.simulator
    office.simulator.control.revoke('p0', office.appid)
    await office.simulator.control.pushesSettled()
    const body = JSON.parse(office.sent[0]?.body ?? '') as Record<string, string>
    assert.equal(body['OpenID'], office.openid)
    const inside = JSON.parse(open(body['Encrypt'] ?? '').message) as Record<string, string>
    assert.deepEqual({ ...inside, Encrypt: body['Encrypt'] }, body)
  })

  it('writes JSON as the documentation’s own sample on request: no JSON at all', async () => {
    const office = await createOffice({ format: 'json', spaced: true })
    await using _ = office.simulator
    office.simulator.control.revoke('p0', office.appid)
    await office.simulator.control.pushesSettled()
    const { body = '' } = office.sent[0] ?? {}
    assert.throws(() => JSON.parse(body))
    assert.match(body, /" OpenID": "o/)
    assert.match(body, /,\n\n\}$/)
    const mended = JSON.parse(body.replace(/,\s*\}$/, '}')) as Record<string, string>
    assert.deepEqual(Object.keys(mended).slice(-3), [' UnionID', ' AppID', ' RevokeInfo'])
  })

  it('asks three times more where nobody answers, refuses, or fails; each time signed anew', async () => {
    const bad: readonly PushReply[] = [
      { kind: 'silent' },
      { kind: 'unreachable', reason: 'ECONNREFUSED' },
      { kind: 'answered', status: 503, body: '' },
    ]
    const good: PushReply = { kind: 'answered', status: 200, body: '' }
    for (const replies of [bad, [...bad, good]]) {
      const { simulator, appid, sent } = await createOffice({ aesKey }, replies)
      await using _ = simulator
      simulator.control.revoke('p0', appid)
      const [pushed] = await simulator.control.pushesSettled()
      assert.equal(pushed?.state, replies.length === 4 ? 'delivered' : 'given up')
      assert.equal(sent.length, 4)
      assert.equal(new Set(sent.map((each) => queryOf(each)['nonce'])).size, 4)
      const messages = sent.map(({ body }) => open(tag(body, 'Encrypt') ?? '').message)
      assert.equal(new Set(messages).size, 1)
      assert.deepEqual(
        pushed?.attempts.slice(0, 3).map(({ reply }) => reply),
        bad,
      )
    }
  })

  it('pushes the same message twice on request', async () => {
    const { simulator, appid, sent } = await createOffice({})
    await using _ = simulator
    const [id = 0] = simulator.control.revoke('p0', appid).pushes
    simulator.control.advance(1000)
    assert.notEqual(simulator.control.pushAgain(id).id, id)
    await simulator.control.pushesSettled()
    assert.equal(sent.length, 2)
    assert.equal(sent[0]?.body, sent[1]?.body)
    assert.notEqual(sent[0]?.url, sent[1]?.url)
    assert.throws(() => simulator.control.pushAgain(99), /no message 99/)
  })

  it('tells every app that somebody closed the account, and those of the last 30 days of a clean-up', async () => {
    const { simulator, sent, openid } = await createOffice({})
    await using _ = simulator
    const { control } = simulator
    control.makeApp({ kind: 'official', domain: 'b.test', push: { url: 'http://b.test/', token } })
    assert.equal(control.cleanProfile('p1').pushes.length, 0)
    control.cleanProfile('p0')
    control.cleanProfile('p0', { withOpenid: false })
    control.advance(30 * 86_400_000)
    assert.equal(control.cleanProfile('p0').pushes.length, 0)
    control.cancelAccount('p0')
    await control.pushesSettled()
    const told = sent.map(({ body }) => [tag(body, 'Event'), tag(body, 'OpenID')])
    assert.deepEqual(told, [
      ['user_info_modified', openid],
      ['user_info_modified', undefined],
      ['user_authorization_cancellation', openid],
    ])
    assert.equal(control.account('p0').nickname, '微信用户')
    assert.match(control.account('p0').profile.headimgurl, /POgEwh4mIHO4nibH0KlMECNjj/)
  })

  it('ends grants also of apps that are told nothing, but withdraws nothing that was never given', async () => {
    const { simulator, sent } = await createOffice({})
    await using _ = simulator
    const { control } = simulator
    const { appid } = control.makeApp({ kind: 'official', domain: 'b.test' })
    assert.throws(() => control.revoke('p0', appid), /never came/)
    const { code } = control.authorize('p0', appid)
    assert.throws(() => control.revoke('p0', appid), /never came/)
    const { secret = '' } = control.apps().find((app) => app.appid === appid) ?? {}
    const grant_type = 'authorization_code'
    await call(simulator, '/sns/oauth2/access_token', { appid, secret, code, grant_type })
    assert.deepEqual(control.revoke('p0', appid), { ended: 1, pushes: [] })
    assert.equal(sent.length, 0)
  })

  it('asks a callback address to echo, and believes nothing else', async () => {
    let reply: (request: PushRequest) => PushReply = () => ({ kind: 'silent' })
    await using simulator = await createSimulator({ sendPush: async (request) => reply(request) })
    const push = { url: 'http://app.test/push', token }
    const { appid } = simulator.control.makeApp({ kind: 'official', domain: 'app.test', push })
    const echoed = async () => (await simulator.control.verifyPush(appid)).echoed
    assert.equal(await echoed(), false)
    reply = (request) => {
      const { signature, timestamp = '', nonce = '', echostr = '' } = queryOf(request)
      assert.equal(request.method, 'GET')
      assert.equal(signature, hashOf(token, timestamp, nonce))
      return { kind: 'answered', status: 200, body: echostr }
    }
    assert.equal(await echoed(), true)
    reply = () => ({ kind: 'answered', status: 200, body: 'success' })
    assert.equal(await echoed(), false)
  })

  it('goes over the network by itself, and ends with the simulator', async () => {
    const heard: string[] = []
    const waiting = Promise.withResolvers<void>()
    const server = createServer((request, response) => {
      const pieces: Buffer[] = []
      request.on('data', (piece: Buffer) => pieces.push(piece))
      request.on('end', () => {
        heard.push(`${request.method} ${Buffer.concat(pieces).toString()}`)
        const echo = URL.parse(request.url ?? '', 'http://a')?.searchParams.get('echostr')
        if (echo !== undefined && echo !== null) response.end(echo)
        else if (heard.length === 2) response.end('success')
        else waiting.resolve()
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const simulator = await createSimulator()
    const { control } = simulator
    control.makePeople({ count: 1 })
    const push = { url: `http://127.0.0.1:${port}/push`, token }
    const { appid } = control.makeApp({ kind: 'mini', push })
    assert.equal((await control.verifyPush(appid)).echoed, true)
    const { secret = '' } = control.apps()[0] ?? {}
    const { code } = control.loginCode('p0', appid)
    const given = { appid, secret, js_code: code, grant_type: 'authorization_code' }
    await call(simulator, '/sns/jscode2session', given)
    control.revoke('p0', appid)
    const [first] = await control.pushesSettled()
    assert.equal(first?.state, 'delivered')
    assert.match(heard[1] ?? '', /^POST <xml>/)
    control.revoke('p0', appid)
    await waiting.promise
    await simulator.close()
    assert.equal(control.pushes().at(-1)?.state, 'given up')
    server.closeAllConnections()
    server.close()
  })

  it('says why a callback address was not reached', async () => {
    await using simulator = await createSimulator()
    const push = { url: 'http://127.0.0.1:1/', token }
    const { appid } = simulator.control.makeApp({ kind: 'mini', push })
    const { echoed, reply } = await simulator.control.verifyPush(appid)
    assert.deepEqual([echoed, reply.kind], [false, 'unreachable'])
  })
})
