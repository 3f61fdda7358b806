import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'

import sharp from 'sharp'

import { refusalCodes } from './refusals.ts'
import { createSimulator } from './simulator.ts'
import type { App, Simulator } from './simulator.ts'
import { ask, call } from './test-client.ts'
import type { Asked } from './test-client.ts'

const host = 'https://open.weixin.qq.com'
const back = 'https://app.test/cb?next=%2Fme&x=1#/home'

describe('open.weixin.qq.com', () => {
  let simulator: Simulator
  let official: App
  let website: App

  before(async () => {
    simulator = await createSimulator({ seed: 11, now: () => Date.UTC(2026, 10, 22), speed: 0 })
  })
  beforeEach(() => {
    const { control } = simulator
    control.clearFaults()
    control.setConsent({ answer: 'ask', person: null })
    control.setPlatform({ refusal: 'stays' })
    if (control.listPeople().total > 0) return
    control.makePeople({ count: 5, forms: ['mmopen/vi_32'], scheme: 'https' })
    control.makePeople({ count: 1, forms: ['headimg_dl'] })
    official = control.makeApp({ kind: 'official', domain: 'app.test' })
    website = control.makeApp({ kind: 'website', domain: 'app.test' })
  })
  after(() => simulator.close())

  /** An authorize link as the platform wants it; pairs can be replaced by others. */
  function link(changes: Readonly<Record<string, string>> = {}, more = ''): string {
    const pairs = {
      appid: official.appid,
      redirect_uri: back,
      response_type: 'code',
      scope: 'snsapi_userinfo',
      state: 'abc123',
      ...changes,
    }
    return `${host}/connect/oauth2/authorize?${new URLSearchParams(pairs).toString()}${more}`
  }

  function qrLink(changes: Readonly<Record<string, string>> = {}): string {
    const { appid } = website
    const changed = { appid, scope: 'snsapi_login', ...changes }
    return link(changed).replace('oauth2/authorize', 'qrconnect')
  }

  const open = (address: string, cookie = '') =>
    ask(simulator, address, cookie === '' ? {} : { headers: { Cookie: cookie } })

  const textOf = ({ body }: Asked) => body.toString()
  const placeOf = ({ status, headers }: Asked) => {
    assert.equal(status, 302)
    return new URL(headers['Location'] ?? '')
  }

  /** Sends the form of a page back, as a browser would. */
  function answer(page: Asked, fields: Readonly<Record<string, string>>): Promise<Asked> {
    const ticket = /name="ticket" value="(\w+)"/.exec(textOf(page))?.[1] ?? assert.fail()
    return ask(simulator, `${host}/connect/confirm`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ ticket, ...fields }).toString(),
    })
  }

  async function exchange(app: App, code: string | null) {
    const { appid, secret } = app
    const values = { appid, secret, code: code ?? '', grant_type: 'authorization_code' }
    return (await call(simulator, '/sns/oauth2/access_token', values)).value ?? {}
  }

  it('asks, and sends who allows back with a code that is good once', async () => {
    const page = await open(link())
    assert.deepEqual([page.status, page.headers['Content-Type']], [200, 'text/html; charset=utf-8'])
    const place = placeOf(await answer(page, { person: 'p3', answer: 'allow' }))
    const code = place.searchParams.get('code')
    // The app's own parameters and fragment are where they were.
    assert.equal(place.href, `https://app.test/cb?next=%2Fme&x=1&code=${code}&state=abc123#/home`)
    const tokens = await exchange(official, code)
    assert.equal(simulator.control.grants().at(-1)?.person, 'p3')
    assert.equal(tokens['scope'], 'snsapi_userinfo')
    assert.equal('is_snapshotuser' in tokens, false)
    assert.equal((await exchange(official, code))['errcode'], 40163)
  })

  it('offers everybody with an account, in text that cannot break the page', async () => {
    simulator.control.changeNickname('p1', '<img src=x onerror="alert(1)">')
    const page = textOf(await open(link()))
    const offered = [...page.matchAll(/name="person" value="(p\d)"/g)].map(([, id]) => id)
    assert.deepEqual(offered, ['p0', 'p1', 'p2', 'p3', 'p4'])
    assert.ok(page.includes('&#60;img src=x onerror=&#34;alert(1)&#34;&#62;'))
    assert.equal(page.includes('<script'), false)
    assert.match(page, /width=device-width/)
    assert.match(page, /允许 <span lang="en">Allow/)
  })

  it('shows faces from its own host', async () => {
    const { status, headers, body } = await open(`${host}/connect/face/p2`)
    assert.deepEqual([status, headers['Content-Type']], [200, 'image/jpeg'])
    assert.equal((await sharp(body).metadata()).width, 96)
    assert.equal((await open(`${host}/connect/face/p99`)).status, 404)
    assert.equal((await open(`${host}/connect/face/p5`)).status, 404)
  })

  it('lets somebody be named who is not in the list, and asks again for a stranger', async () => {
    const page = await open(link())
    for (const other of ['p99', 'p5', '<b>']) {
      const again = await answer(page, { person: 'p0', other, answer: 'allow' })
      assert.equal(again.status, 200)
      assert.match(textOf(again), /role="alert"/)
      assert.equal(textOf(again).includes('<b>'), false)
    }
    assert.equal((await answer(page, { person: 'p0' })).status, 200)
    const place = placeOf(await answer(page, { person: 'p0', other: ' p4 ', answer: 'allow' }))
    await exchange(official, place.searchParams.get('code'))
    assert.equal(simulator.control.grants().at(-1)?.person, 'p4')
  })

  it('takes one answer to one question', async () => {
    const page = await open(link())
    placeOf(await answer(page, { person: 'p0', answer: 'allow' }))
    assert.match(textOf(await answer(page, { person: 'p0', answer: 'allow' })), /页面已失效/)
    assert.match(textOf(await open(`${host}/connect/confirm`)), /页面已失效/)
  })

  it('leaves who refuses where they are, or sends them back without a code', async () => {
    const stays = await answer(await open(link()), { person: 'p0', answer: 'refuse' })
    assert.deepEqual([stays.status, stays.headers['Location']], [200, undefined])
    simulator.control.setPlatform({ refusal: 'returns' })
    const returns = await answer(await open(link()), { person: 'p0', answer: 'refuse' })
    assert.equal(placeOf(returns).href, 'https://app.test/cb?next=%2Fme&x=1&state=abc123#/home')
  })

  it('makes a snapshot visitor of who chooses so, or of everybody where the app asks for it', async () => {
    const chosen = await answer(await open(link()), { person: 'p0', answer: 'snapshot' })
    const forced = await answer(await open(link({}, '&forceSnapShot=true')), {
      person: 'p0',
      answer: 'allow',
    })
    for (const each of [chosen, forced]) {
      const tokens = await exchange(official, placeOf(each).searchParams.get('code'))
      assert.equal(tokens['is_snapshotuser'], 1)
    }
    const both = link({}, '&forcePopup=true&forceSnapShot=false')
    const plain = await answer(await open(both), { person: 'p0', answer: 'allow' })
    const tokens = await exchange(official, placeOf(plain).searchParams.get('code'))
    assert.equal('is_snapshotuser' in tokens, false)
  })

  it('sends on without a page for snsapi_base, as whoever answered last in this browser', async () => {
    const place = placeOf(await open(link({ scope: 'snsapi_base' })))
    assert.equal((await exchange(official, place.searchParams.get('code')))['scope'], 'snsapi_base')
    assert.equal(simulator.control.grants().at(-1)?.person, 'p0')
    const before = await answer(await open(link()), { person: 'p2', answer: 'allow' })
    const cookie = before.headers['Set-Cookie']?.split(';')[0] ?? ''
    const after = placeOf(await open(link({ scope: 'snsapi_base' }), cookie))
    await exchange(official, after.searchParams.get('code'))
    assert.equal(simulator.control.grants().at(-1)?.person, 'p2')
  })

  it('spares the page where a standing answer is set', async () => {
    const { control } = simulator
    control.setConsent({ person: 'p1', answer: 'allow' })
    await exchange(official, placeOf(await open(link())).searchParams.get('code'))
    assert.equal(control.grants().at(-1)?.person, 'p1')
    await exchange(website, placeOf(await open(qrLink())).searchParams.get('code'))
    const grant = control.grants().at(-1)
    assert.deepEqual([grant?.person, grant?.scope], ['p1', 'snsapi_login'])
    control.setConsent({ answer: 'snapshot' })
    await exchange(official, placeOf(await open(link())).searchParams.get('code'))
    assert.equal(control.grants().at(-1)?.snapshot, true)
    control.setConsent({ answer: 'refuse' })
    assert.match(textOf(await open(link())), /已取消授权/)
    control.setConsent({ answer: 'ask' })
    assert.match(textOf(await open(link())), /name="person" value="p1" checked/)
    assert.throws(() => control.setConsent({ person: 'p5' }), /no WeChat account/)
  })

  it('stands for the QR code of a website, in any order of parameters', async () => {
    const { appid } = website
    const shuffled = `scope=snsapi_login&state=a-b_c.d&response_type=code&appid=${appid}&redirect_uri=${encodeURIComponent('https://app.test/in')}&lang=en`
    const page = await open(`${host}/connect/qrconnect?${shuffled}`)
    assert.match(textOf(page), /stands for the QR code/)
    assert.equal(textOf(page).includes('value="snapshot"'), false)
    const place = placeOf(await answer(page, { person: 'p0', answer: 'allow' }))
    assert.equal(place.searchParams.get('state'), 'a-b_c.d')
    assert.equal((await exchange(website, place.searchParams.get('code')))['scope'], 'snsapi_login')
  })

  it('matches an authorize link letter by letter', async () => {
    const right = link()
    const parameters = right.split('?')[1]?.split('&') ?? []
    const broken = [
      ...parameters
        .flatMap((_, i) =>
          i === 0
            ? []
            : [parameters.with(i, parameters[i - 1] ?? '').with(i - 1, parameters[i] ?? '')],
        )
        .map((each) => each.join('&')),
      `${parameters.join('&')}&extra=1`,
      `extra=1&${parameters.join('&')}`,
      parameters.filter((each) => !each.startsWith('response_type')).join('&'),
      parameters.join('&').replace('=code', '=token'),
      parameters.join('&').replace('state=', 'forcePopup=true&state='),
      parameters.join('&').replace('appid=', 'AppId='),
    ]
    assert.equal(broken.length, 10)
    for (const query of broken) {
      const { status, headers, body } = await open(`${host}/connect/oauth2/authorize?${query}`)
      assert.deepEqual([status, headers['Location']], [200, undefined])
      assert.match(body.toString(), /该链接无法访问|错误码:10012/, query)
    }
    assert.match(textOf(await open(right)), /name="ticket"/)
    assert.match(textOf(await open(right.replace(/&state=.*/, ''))), /name="ticket"/)
    // An address that was not encoded takes the link apart.
    const raw = right.replace(encodeURIComponent(back), 'https://app.test/cb?next=1&x=1')
    assert.match(textOf(await open(raw)), /该链接无法访问/)
  })

  it('permits a state of letters and digits, at most 128', async () => {
    for (const state of ['a'.repeat(129), 'a-b', 'é', 'a b']) {
      assert.match(textOf(await open(link({ state }))), /state参数错误/, state)
    }
    assert.match(textOf(await open(link({ state: 'a'.repeat(128) }))), /name="ticket"/)
  })

  it('refuses links with the codes of the platform', async () => {
    const { control } = simulator
    const banned = control.makeApp({ kind: 'official', domain: 'app.test' }).appid
    control.changeApp(banned, { standing: 'forbidden' })
    const stripped = control.makeApp({ kind: 'official', domain: 'app.test' }).appid
    control.changeApp(stripped, { standing: 'unauthorized' })
    const cases: readonly (readonly [number, string])[] = [
      [10003, link({ redirect_uri: 'https://www.app.test/cb' })],
      [10003, link({ redirect_uri: 'https://app.test.evil.test/' })],
      [10003, link({ redirect_uri: 'https://app.test@evil.test/' })],
      [10003, link({ redirect_uri: 'javascript://app.test/%0Aalert(1)' })],
      [10003, link({ redirect_uri: '/cb' })],
      [10004, link({ appid: banned })],
      [10005, link({ appid: stripped })],
      [10010, link({ scope: '' })],
      [10011, link({ redirect_uri: '' })],
      [10012, link({ appid: '' })],
      [10012, `${host}/connect/oauth2/authorize`],
      [10013, link({ state: '' })],
      [10016, link({ appid: website.appid })],
    ]
    for (const [code, address] of cases) {
      const { status, headers, body } = await open(address)
      assert.deepEqual([status, headers['Location']], [200, undefined])
      assert.ok(body.toString().includes(`错误码:${code}`), `${code} ${address}`)
    }
    for (const [says, address] of [
      ['AppID 参数错误', link({ appid: 'wx1' })],
      ['AppID 参数错误', qrLink({ appid: 'wx1' })],
      ['Scope 参数错误', link({ scope: 'snsapi_login' })],
      ['Scope 参数错误', qrLink({ scope: 'snsapi_userinfo' })],
      ['Scope 参数错误', qrLink({ appid: official.appid })],
      ['redirect_uri 参数错误', qrLink({ redirect_uri: 'https://evil.test/' })],
      ['response_type 参数错误', qrLink({ response_type: 'token' })],
    ] as const) {
      assert.ok(textOf(await open(address)).includes(says), address)
    }
  })

  for (const code of refusalCodes) {
    it(`refuses by ${code} on request`, async () => {
      const path = '/connect/oauth2/authorize'
      simulator.control.setFault({ kind: 'errcode', path, errcode: code, count: 1 })
      assert.ok(textOf(await open(link())).includes(`错误码:${code}`))
      assert.match(textOf(await open(link())), /name="ticket"/)
    })
  }

  it('holds an app to the port that it registered, and to none where it registered none', async () => {
    const { appid } = simulator.control.makeApp({ kind: 'official', domain: '127.0.0.1:3000' })
    const said = async (redirect_uri: string) =>
      textOf(await open(link({ appid, redirect_uri }))).includes('10003')
    assert.equal(await said('http://127.0.0.1:3000/cb'), false)
    assert.equal(await said('http://127.0.0.1:3001/cb'), true)
    const any = simulator.control.makeApp({ kind: 'official', domain: '127.0.0.1' })
    const page = await open(link({ appid: any.appid, redirect_uri: 'http://127.0.0.1:3001/cb' }))
    assert.match(textOf(page), /name="ticket"/)
  })

  it('adds a code to addresses of every shape, and breaks out of none', async () => {
    simulator.control.setConsent({ person: 'p0', answer: 'allow' })
    const cases = [
      ['https://app.test', 'https://app.test/?code='],
      ['https://app.test/?', 'https://app.test/?code='],
      ['https://app.test/cb?a', 'https://app.test/cb?a&code='],
      ['https://app.test/#/x?y', 'https://app.test/?code='],
      ['https://app.test/回?来=1', 'https://app.test/%E5%9B%9E?%E6%9D%A5=1&code='],
      ['https://app.test/\r\nSet-Cookie: a=b', 'https://app.test/Set-Cookie:%20a=b?code='],
    ] as const
    for (const [redirect_uri, expected] of cases) {
      const { headers } = await open(link({ redirect_uri }))
      assert.ok(headers['Location']?.startsWith(expected), headers['Location'])
    }
  })

  it('has no page for who closed the account, and none where nobody was made', async () => {
    const { first } = simulator.control.makePeople({ count: 1 })
    const page = await open(link())
    simulator.control.cancelAccount(first)
    assert.match(textOf(await answer(page, { other: first, answer: 'allow' })), /该帐号已注销/)
    await using empty = await createSimulator()
    const { appid } = empty.control.makeApp({ kind: 'official', domain: 'app.test' })
    const { body } = await ask(empty, link({ appid }))
    assert.match(body.toString(), /没有用户/)
  })

  it('knows nothing else on this host', async () => {
    assert.equal((await open(`${host}/`)).status, 404)
    assert.equal((await open(`${host}/connect/oauth2/`)).status, 404)
  })

  it('takes no body of more than 64 KiB', async () => {
    const body = 'a'.repeat(70_000)
    await assert.rejects(ask(simulator, `${host}/connect/confirm`, { method: 'POST', body }))
  })
})
