// The way of a person through an authorization, walked as a browser walks it over the simulated WeChat; and what the platform
// pushes, as it pushes it.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { ask as askPlatform } from '../../../simulator/test-client.ts'
import { type WechatWorld, createWechatWorld } from '../../../test/wechat-world.ts'
import type { People } from '../../jobs/people.ts'
import { mintPageToken } from '../page-token.ts'
import { type Harness, type HttpWorld, createHttpWorld } from './harness.ts'

const secret = 'the secret of tests'
const token = 'PushToken1'
const aesKey = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG'
const back = 'https://app.test/me?tab=1'

let world: HttpWorld
let wechat: WechatWorld
let http: Harness
let turn = 0
/** Stands for the people while something of theirs is away. */
let away: People | null = null
before(async () => {
  world = await createHttpWorld({
    // Pushes come to the interface itself.
    sendPush: async ({ url, method, headers, body }) => {
      const { pathname, search } = new URL(url)
      const posted = method === 'POST' ? { body, headers } : {}
      const told = await http.ask(`${method} ${pathname}${search}`, { as: 'none', ...posted })
      return { kind: 'answered', status: told.status, body: told.text }
    },
  })
  wechat = await createWechatWorld(world)
  http = world.open(
    {
      people: {
        ...wechat.worker.people,
        authorized: (...given) => (away ?? wechat.worker.people).authorized(...given),
        takePushed: (...given) => (away ?? wechat.worker.people).takePushed(...given),
      },
      secrets: {
        secret,
        oldSecrets: [],
        databaseUrl: null,
        webhookSecret: null,
        wechatSecrets: {},
        wechatPush: {
          [wechat.official.appid]: { token, aesKey },
          [wechat.mini.appid]: { token: 'PushToken2', aesKey: null },
        },
        s3AccessKeyId: null,
        s3SecretAccessKey: null,
      },
    },
    { wechatApps: wechat.apps.map(({ kind, appid }) => ({ kind, appid })) },
  )
  const { control } = world.simulator
  const base = 'https://faces.test/webhooks/wechat'
  const { appid } = wechat.official
  control.changeApp(appid, { push: { url: `${base}/${appid}`, token, aesKey, mode: 'safe' } })
  control.changeApp(wechat.mini.appid, {
    push: { url: base, token: 'PushToken2', format: 'json', spaced: true },
  })
})
after(async () => {
  wechat.close()
  await world.close()
})

/** A browser: its cookies, and whether it is WeChat's own. */
function createBrowser(userAgent = 'Mozilla/5.0 MicroMessenger/8.0.50') {
  const jar = new Map<string, string>()
  return {
    jar,
    async open(address: string, headers: Record<string, string> = {}) {
      const { host, pathname, search } = new URL(address)
      if (host !== 'faces.test') {
        const asked = await askPlatform(world.simulator, address)
        return {
          status: asked.status,
          location: asked.headers['Location'] ?? null,
          text: asked.body.toString(),
          cookie: null,
        }
      }
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
      const told = await http.ask(`GET ${pathname}${search}`, {
        as: 'none',
        headers: { 'user-agent': userAgent, ...(cookie === '' ? {} : { cookie }), ...headers },
      })
      const set = told.headers.get('set-cookie')
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set ?? '') ?? []
      if (set !== null) jar.set(name, value)
      return {
        status: told.status,
        location: told.headers.get('location'),
        text: told.text,
        cookie: set,
      }
    },
  }
}
type Browser = ReturnType<typeof createBrowser>

function startUrl(subject: string, more: Record<string, string> = {}): string {
  const expiresAt = world.now() + 60_000
  const query = new URLSearchParams({
    subject,
    scene: 'profile',
    return: back,
    token: mintPageToken({ subject, expiresAt }, secret),
    ...more,
  })
  return `https://faces.test/oauth/wechat/start?${query.toString()}`
}

/** Up to the address that the platform sends the person back to. */
async function consent(browser: Browser, url: string): Promise<string> {
  const started = await browser.open(url)
  assert.equal(started.status, 302, started.text)
  const consented = await browser.open(started.location ?? '')
  assert.equal(consented.status, 302, consented.text)
  return consented.location ?? ''
}

/** A new person, and a subject. */
function newPerson(answer: 'allow' | 'refuse' | 'snapshot' = 'allow') {
  const person = world.simulator.control.makePeople({ count: 1, scheme: 'https' }).first
  world.simulator.control.setConsent({ answer, person })
  return { person, subject: `s${++turn}` }
}

function endingOf(location: string | null): [string | null, string | null] {
  const { searchParams } = new URL(location ?? 'http://none')
  return [searchParams.get('everface'), searchParams.get('everface-reason')]
}

describe('the web authorization', () => {
  it('leads from a tap through the platform back to the app, with picture and grant kept', async () => {
    const { person, subject } = newPerson()
    const browser = createBrowser()
    const started = await browser.open(startUrl(subject))
    assert.match(
      started.location ?? '',
      /^https:\/\/open\.weixin\.qq\.com\/connect\/oauth2\/authorize\?appid=/,
    )
    assert.match(
      started.location ?? '',
      /&scope=snsapi_userinfo&state=[A-Za-z0-9]{1,128}#wechat_redirect$/,
    )
    assert.match(started.cookie ?? '', /^__Host-.*; Path=\/; HttpOnly; SameSite=Lax; Secure$/)
    const callback = (await browser.open(started.location ?? '')).location ?? ''
    assert.match(callback, /^https:\/\/faces\.test\/oauth\/wechat\/callback\?code=/)
    const ended = await browser.open(callback)
    assert.equal(ended.status, 302)
    assert.equal(ended.location, 'https://app.test/me?tab=1&everface=ok')
    const known = await world.store.person(subject, 0)
    assert.equal(known?.avatar.url, world.simulator.control.account(person).profile.headimgurl)
    assert.equal(known?.grants.length, 1)
    assert.deepEqual(
      known?.events.map(({ type }) => type),
      ['person.prompt-accepted'],
      'nobody was known yet who could have been asked',
    )
  })

  it('scans a code of the website elsewhere than in WeChat, and takes the app that is named', async () => {
    const { subject } = newPerson()
    const desktop = createBrowser('Mozilla/5.0 (X11; Linux x86_64)')
    const started = await desktop.open(startUrl(subject))
    assert.match(started.location ?? '', /connect\/qrconnect\?appid=.*scope=snsapi_login/)
    const named = await desktop.open(startUrl(subject, { appid: wechat.official.appid }))
    assert.match(named.location ?? '', /oauth2\/authorize/)
    for (const appid of ['wx-none', wechat.mini.appid]) {
      assert.equal((await desktop.open(startUrl(subject, { appid }))).status, 404)
    }
  })

  it('begins only with a token for this person, and returns only where it may', async () => {
    const browser = createBrowser()
    const other = mintPageToken({ subject: 'other', expiresAt: world.now() + 1_000 }, secret)
    const old = mintPageToken({ subject: 'x', expiresAt: world.now() - 1_000 }, secret)
    const forged = mintPageToken({ subject: 'x', expiresAt: world.now() + 1_000 }, 'another secret')
    for (const one of ['', 'x', other, old, forged]) {
      assert.equal((await browser.open(startUrl('x', { token: one }))).status, 400)
    }
    assert.equal((await browser.open(startUrl('x', { scene: 'a b' }))).status, 400)
    for (const to of [
      'https://evil.test/',
      '//evil.test',
      'https://app.test@evil.test/',
      'https://app.test\\@evil.test/',
      'https://app.test.evil.test/',
      'javascript:alert(1)',
      'http://app.test/',
    ]) {
      const { status, location } = await browser.open(startUrl('x', { return: to }))
      assert.deepEqual([status, location], [400, null], to)
    }
    assert.equal(browser.jar.size, 0)
  })

  it('ends the same way when the page is loaded twice, at once or later', async () => {
    const { subject } = newPerson()
    const browser = createBrowser()
    const callback = await consent(browser, startUrl(subject))
    const [one, two] = await Promise.all([browser.open(callback), browser.open(callback)])
    assert.deepEqual(
      [endingOf(one.location), endingOf(two.location)],
      [
        ['ok', null],
        ['ok', null],
      ],
    )
    assert.deepEqual(endingOf((await browser.open(callback)).location), ['ok', null])
    const accepted = (await world.store.person(subject, 0))?.events ?? []
    assert.equal(accepted.filter(({ type }) => type === 'person.prompt-accepted').length, 1)
    world.advance(11 * 60_000)
    assert.equal((await browser.open(callback)).status, 400, 'expired')
  })

  it('believes nobody who has not begun: another browser, a forged state, a state of somebody else', async () => {
    const { subject } = newPerson()
    const victim = createBrowser()
    const callback = await consent(victim, startUrl(subject))
    const thief = createBrowser()
    assert.equal((await thief.open(callback)).status, 400, 'a stolen code is of no use')
    const url = new URL(callback)
    const state = url.searchParams.get('state') ?? ''
    for (const forged of [
      '',
      'x',
      state.slice(0, -1),
      state.replace(/.$/, (end) => (end === '0' ? '1' : '0')),
    ]) {
      url.searchParams.set('state', forged)
      assert.equal((await victim.open(url.href)).status, 400)
    }
    // Their own journey does not vouch for somebody else's state, whatever cookies they have.
    await consent(thief, startUrl('thief'))
    assert.equal((await thief.open(callback)).status, 400)
    assert.equal(await world.store.avatar('thief'), null)
    assert.equal(endingOf((await victim.open(callback)).location)[0], 'ok')
    assert.notEqual(await world.store.avatar(subject), null)
  })

  it('tells of a refusal, of a snapshot, and of a code that was used, and keeps nothing', async () => {
    world.simulator.control.setPlatform({ refusal: 'returns' })
    const refused = newPerson('refuse')
    const first = createBrowser()
    const noCode = await consent(first, startUrl(refused.subject))
    assert.deepEqual(endingOf((await first.open(noCode)).location), ['refused', null])
    const snapshot = newPerson('snapshot')
    const second = createBrowser()
    const virtual = await consent(second, startUrl(snapshot.subject))
    assert.deepEqual(endingOf((await second.open(virtual)).location), [
      'failed',
      'snapshot-profile',
    ])
    const used = newPerson()
    const third = createBrowser()
    const callback = await consent(third, startUrl(used.subject))
    const code = new URL(callback).searchParams.get('code') ?? ''
    await wechat.worker.client.exchangeCode(wechat.official.appid, code)
    assert.deepEqual(endingOf((await third.open(callback)).location), ['failed', 'code-spent'])
    for (const { subject } of [refused, snapshot, used]) {
      assert.equal(await world.store.avatar(subject), null)
    }
  })

  it('counts a prompt that nobody was handed, and notes a no', async () => {
    const { subject } = newPerson()
    const browser = createBrowser()
    await browser.open(await consent(browser, startUrl(subject)))
    world.simulator.control.setConsent({ answer: 'refuse' })
    await browser.open(await consent(browser, startUrl(subject)))
    const types = (await world.store.person(subject, 0))?.events.map(({ type }) => type)
    assert.deepEqual(types, [
      'person.prompt-accepted',
      'person.prompt-shown',
      'person.prompt-declined',
    ])
  })

  it('goes back to where the person came from, or says in a sentence that it is done', async () => {
    const { subject } = newPerson()
    const bare = startUrl(subject).replace(/return=[^&]*&/, '')
    const browser = createBrowser()
    const started = await browser.open(bare, { referer: 'https://app.test/' })
    const ended = await browser.open((await browser.open(started.location ?? '')).location ?? '')
    assert.equal(ended.location, 'https://app.test/?everface=ok')
    const lost = createBrowser()
    const page = await lost.open(await consent(lost, bare))
    assert.equal(page.status, 200)
    assert.match(page.text, /lang="zh"/)
  })

  it('says so when the store is away, and goes on afterwards', async () => {
    const { subject } = newPerson()
    const browser = createBrowser()
    const callback = await consent(browser, startUrl(subject))
    const { people } = wechat.worker
    let fails = true
    away = {
      ...people,
      authorized: (journey, code) =>
        fails ? Promise.reject(new Error('away')) : people.authorized(journey, code),
    }
    assert.equal((await browser.open(callback)).status, 503)
    fails = false
    assert.deepEqual(endingOf((await browser.open(callback)).location), ['failed', 'repeated'])
    away = null
  })

  it('takes GET alone, and bounds how often an address asks', async () => {
    const posted = await http.ask('POST /oauth/wechat/start', { as: 'none' })
    assert.deepEqual([posted.status, posted.headers.get('allow')], [405, 'GET'])
    let told = await http.ask('GET /oauth/wechat/callback', { as: 'none' })
    for (let asked = 0; told.status === 400 && asked < 1_000; asked++) {
      told = await http.ask('GET /oauth/wechat/callback', { as: 'none' })
    }
    assert.equal(told.status, 429)
    world.advance(60_000)
  })

  it('writes no code, state, token or subject into the log', async () => {
    const { subject } = newPerson()
    const browser = createBrowser()
    const callback = await consent(browser, startUrl(subject))
    await browser.open(callback)
    const text = JSON.stringify(http.lines)
    const { searchParams } = new URL(callback)
    for (const word of [
      searchParams.get('code'),
      searchParams.get('state'),
      `"${subject}"`,
      'ept_',
    ]) {
      assert.ok(word !== null && !text.includes(word), word ?? '')
    }
  })
})

describe('the decision', () => {
  it('carries a link that can be followed, for a page with a token as for the app', async () => {
    const { subject, person } = newPerson()
    const browser = createBrowser()
    await browser.open(await consent(browser, startUrl(subject)))
    await world.drain()
    world.simulator.control.changePassword(person)
    world.simulator.control.changePicture(person)
    world.advance(2 * 86_400_000)
    await world.jobs.keeper.probe(subject)
    await wechat.attendAll()
    const pageToken = mintPageToken({ subject, expiresAt: world.now() + 60_000 }, secret)
    const query = new URLSearchParams({ scene: 'profile', return: back })
    const told = await http.ask(`GET /v1/avatars/${subject}/decision?${query.toString()}`, {
      headers: { authorization: `Bearer ${pageToken}`, origin: 'https://app.test' },
    })
    assert.equal(told.status, 200, told.text)
    assert.deepEqual([told.json.decision, told.json.reason], ['ask', 'person-needed'])
    assert.equal(told.headers.get('access-control-allow-origin'), '*')
    assert.equal(told.json.shows, `https://faces.test/a/${subject}`)
    world.simulator.control.setConsent({ answer: 'allow', person })
    const next = createBrowser()
    const ended = await next.open(await consent(next, told.json.authorizeUrl as string))
    assert.deepEqual(endingOf(ended.location), ['ok', null])
    const events = (await world.store.person(subject, 0))?.events.map(({ type }) => type) ?? []
    assert.equal(events.filter((type) => type === 'person.prompt-shown').length, 1)
    const again = await http.ask(`GET /v1/avatars/${subject}/decision?scene=profile`, {
      as: 'write',
    })
    assert.notEqual(again.json.decision, 'ask')
    assert.equal(again.json.authorizeUrl, undefined)
    const preflight = await http.ask(`OPTIONS /v1/avatars/${subject}/decision`, { as: 'none' })
    assert.match(preflight.headers.get('access-control-allow-headers') ?? '', /Authorization/)
  })
})

describe('PUT /v1/avatars/{subject} with a grant', () => {
  it('keeps it, and never gives it out again', async () => {
    const { person } = newPerson()
    const { appid } = wechat.official
    const { code } = world.simulator.control.authorize(person, appid)
    const tokens = await wechat.worker.client.exchangeCode(appid, code)
    assert.equal(tokens.kind, 'done')
    const { openid, refreshToken } = tokens.value
    const grant = { appid, openid, refreshToken, scope: 'snsapi_userinfo' }
    const url = world.simulator.control.account(person).profile.headimgurl
    const told = await http.ask('PUT /v1/avatars/put1', { json: { url, grant } })
    assert.equal(told.status, 201, told.text)
    const kept = await world.store.person('put1', 0)
    assert.equal(kept?.grants[0]?.openid, openid)
    for (const row of ['GET /v1/avatars/put1', 'GET /v1/avatars/put1/history']) {
      const { text } = await http.ask(row)
      assert.ok(!text.includes(refreshToken) && !text.includes(openid), row)
    }
    const wrong = { ...grant, refreshToken: 'with space' }
    const refused = await http.ask('PUT /v1/avatars/put1', { json: { url, grant: wrong } })
    assert.deepEqual([refused.status, refused.json.errors[0].pointer], [422, '/grant/refreshToken'])
    const unknown = await http.ask('PUT /v1/avatars/put2', {
      json: { url, grant: { openid, appid: 'wx-none' } },
    })
    assert.equal(unknown.json.code, 'grant-app-unknown')
    assert.equal(await world.store.avatar('put2'), null, 'nothing is done by halves')
  })
})

describe('the pushes', () => {
  it('echo what shows that the token is known, for the app of the path and for all', async () => {
    const { control } = world.simulator
    for (const { appid } of [wechat.official, wechat.mini]) {
      assert.equal((await control.verifyPush(appid)).echoed, true)
    }
    assert.equal((await http.ask('GET /webhooks/wechat/wx-none', { as: 'none' })).status, 404)
    const put = await http.ask('PUT /webhooks/wechat', { as: 'none' })
    assert.deepEqual([put.status, put.headers.get('allow')], [405, 'GET, POST'])
  })

  it('that revoke are answered before they are acted upon, and then the person is gone', async () => {
    const { control } = world.simulator
    const { subject, person } = newPerson()
    const browser = createBrowser()
    await browser.open(await consent(browser, startUrl(subject)))
    await world.drain()
    const { pushes } = control.revoke(person, wechat.official.appid)
    const [id = 0] = pushes
    const settled = await control.pushesSettled()
    const view = settled.find((one) => one.id === id)
    assert.equal(view?.state, 'delivered')
    assert.deepEqual(view?.attempts[0]?.reply, { kind: 'answered', status: 200, body: 'success' })
    assert.notEqual(await world.store.avatar(subject), null, 'not yet')
    await wechat.attendAll()
    assert.equal(await world.store.avatar(subject), null)
    control.pushAgain(id)
    await control.pushesSettled()
    assert.equal(await wechat.worker.attending.actOnPushed(), 0, 'once')
  })

  it('of a mini program come in JSON that is none, plain, to the address of all apps', async () => {
    const { control } = world.simulator
    const { person } = newPerson()
    const { appid } = wechat.mini
    const { code, openid } = control.loginCode(person, appid)
    await wechat.worker.client.miniSession(appid, code)
    const url = control.account(person).profile.headimgurl
    await http.ask('PUT /v1/avatars/mini1', { json: { url, grant: { appid, openid } } })
    control.revoke(person, appid, '20')
    const settled = await control.pushesSettled()
    assert.equal(settled.at(-1)?.state, 'delivered', JSON.stringify(settled.at(-1)))
    await wechat.attendAll()
    assert.equal(await world.store.avatar('mini1'), null)
  })

  it('are refused when nobody signed them, when they are plain though there is a key, and when they are too long', async () => {
    const path = `/webhooks/wechat/${wechat.official.appid}`
    const post = async (query: string, body: string) =>
      (await http.ask(`POST ${path}${query}`, { as: 'none', body })).status
    assert.equal(await post('', '<xml></xml>'), 403)
    assert.equal(await post('?signature=x&timestamp=1&nonce=2', '{}'), 403)
    assert.equal(await post('', 'x'.repeat(70_000)), 413)
    const { control } = world.simulator
    const { appid } = wechat.official
    const push = { url: `https://faces.test${path}`, token, mode: 'plain' as const }
    control.changeApp(appid, { push })
    const person = control.makePeople({ count: 1 }).first
    const { code } = control.authorize(person, appid)
    await wechat.worker.client.exchangeCode(appid, code)
    control.revoke(person, appid)
    assert.equal((await control.pushesSettled()).at(-1)?.state, 'given up')
    control.changeApp(appid, { push: { ...push, aesKey, mode: 'safe' } })
    control.revoke(person, appid)
    assert.equal((await control.pushesSettled()).at(-1)?.state, 'delivered')
  })

  it('that could not be written down are asked for again', async () => {
    away = {
      ...wechat.worker.people,
      takePushed: () => Promise.reject(new Error('away')),
    }
    const { control } = world.simulator
    const person = control.makePeople({ count: 1 }).first
    const { code } = control.authorize(person, wechat.official.appid)
    await wechat.worker.client.exchangeCode(wechat.official.appid, code)
    control.revoke(person, wechat.official.appid)
    const view = (await control.pushesSettled()).at(-1)
    away = null
    assert.equal(view?.state, 'given up')
    assert.equal(view?.attempts.length, 4)
  })
})
