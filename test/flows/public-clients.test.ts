// Public WeChat clients that we did not write go through their whole flows against the simulator, unchanged: only the
// connection is led to this machine. What they accept is what WeChat sends, as far as their authors know it.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import https from 'node:https'
import { after, before, describe, it } from 'node:test'
import { type Simulator, createSimulator } from '../../simulator/simulator.ts'

type Callback = (error: Error | null, result: Record<string, unknown>) => void

/** As much of `wechat-oauth` as is used here; it has no types of its own. */
interface WechatOauth {
  getAuthorizeURL(redirect: string, state: string, scope: string): string
  getAuthorizeURLForWebsite(redirect: string, state: string): string
  getAccessToken(code: string | null, done: Callback): void
  refreshAccessToken(token: string, done: Callback): void
  getUser(who: { openid: string; lang: string }, done: Callback): void
  getUserByCode(code: string | null, done: Callback): void
  verifyToken(openid: string, token: string, done: Callback): void
  getSessionKey(code: string, done: Callback): void
}
type WechatOauthClass = new (
  appid: string,
  secret: string,
  get?: null,
  save?: null,
  mini?: boolean,
) => WechatOauth

/** As much of a connector of Logto as is used here. */
interface Connector {
  getAuthorizationUri(
    wish: { state: string; redirectUri: string },
    keep: () => Promise<void>,
  ): Promise<string>
  getUserInfo(data: { code: string | null }): Promise<Record<string, unknown>>
}

interface Connectable {
  createConnection: (this: unknown, options: https.RequestOptions, done?: () => void) => unknown
}

/** A name that the compiler does not follow: the package says nothing of its types. */
const logto: string = '@logto/connector-wechat-web'

const call = (work: (done: Callback) => void): Promise<Record<string, unknown>> =>
  new Promise((resolve, reject) => {
    work((error, result) =>
      error === null || error === undefined ? resolve(result) : reject(error),
    )
  })

/** Where the platform sends the browser. */
function follow(url: string): Promise<URL> {
  return new Promise((resolve, reject) => {
    https
      .get(url.split('#')[0] ?? '', (answer) => {
        answer.resume()
        resolve(new URL(answer.headers.location ?? ''))
      })
      .on('error', reject)
  })
}

describe('public WeChat clients', () => {
  const agent = https.Agent.prototype as unknown as Connectable
  const original = agent.createConnection
  let simulator: Simulator

  before(async () => {
    simulator = await createSimulator({ seed: 4 })
    simulator.control.makePeople({ count: 3, scheme: 'https' })
    simulator.control.setConsent({ person: 'p1', answer: 'allow' })
    // As a hosts file and a trusted certificate would do it for the whole machine.
    agent.createConnection = function lead(this: unknown, options, done) {
      const name = String(options.host ?? options.hostname)
      if (!name.includes('weixin')) return original.call(this, options, done)
      const led = {
        ...options,
        host: simulator.edges[0],
        hostname: undefined,
        port: simulator.ports.https,
        servername: name,
        ca: simulator.ca,
      } as unknown as https.RequestOptions
      return original.call(this, led, done)
    }
  })
  after(async () => {
    agent.createConnection = original
    await simulator.close()
  })

  it('wechat-oauth signs in for an official account, a website and a mini program', async () => {
    const { control } = simulator
    const OAuth = createRequire(import.meta.url)('wechat-oauth') as WechatOauthClass
    const official = control.makeApp({ kind: 'official', domain: 'app.test', platform: 'acme' })
    const api = new OAuth(official.appid, official.secret)
    const back = await follow(api.getAuthorizeURL('https://app.test/cb', 'st8', 'snsapi_userinfo'))
    assert.equal(back.searchParams.get('state'), 'st8')
    const code = back.searchParams.get('code')
    const { data } = (await call((done) => api.getAccessToken(code, done))) as {
      data: { openid: string; access_token: string; refresh_token: string }
    }
    const user = await call((done) => api.getUser({ openid: data.openid, lang: 'zh_CN' }, done))
    assert.equal(user['headimgurl'], control.person('p1').url)
    assert.deepEqual(await call((done) => api.verifyToken(data.openid, data.access_token, done)), {
      errcode: 0,
      errmsg: 'ok',
    })
    const refreshed = await call((done) => api.refreshAccessToken(data.refresh_token, done))
    assert.equal((refreshed['data'] as { openid: string }).openid, data.openid)
    await assert.rejects(
      call((done) => api.getAccessToken(code, done)),
      { name: 'WeChatAPIError', code: 40163 },
    )

    const website = control.makeApp({ kind: 'website', domain: 'app.test', platform: 'acme' })
    const web = new OAuth(website.appid, website.secret)
    const webBack = await follow(web.getAuthorizeURLForWebsite('https://app.test/cb', 'hehe'))
    const webUser = await call((done) => web.getUserByCode(webBack.searchParams.get('code'), done))
    assert.equal(webUser['unionid'], user['unionid'])

    const mini = control.makeApp({ kind: 'mini', platform: 'acme' })
    const program = new OAuth(mini.appid, mini.secret, null, null, true)
    const login = control.loginCode('p1', mini.appid)
    const session = await call((done) => program.getSessionKey(login.code, done))
    assert.equal((session['data'] as { openid: string }).openid, login.openid)
  })

  it('@logto/connector-wechat-web signs in, and knows refusals for what they are', async () => {
    const { control } = simulator
    const website = control.makeApp({ kind: 'website', domain: 'app.test' })
    const { default: create } = (await import(logto)) as unknown as {
      default: (parts: { getConfig: () => Promise<object> }) => Promise<Connector>
    }
    const config = { appId: website.appid, appSecret: website.secret }
    const connector = await create({ getConfig: async () => config })
    const uri = await connector.getAuthorizationUri(
      { state: 'some_State-1', redirectUri: 'https://app.test/callback/wechat-web' },
      async () => {},
    )
    const back = await follow(uri)
    const code = back.searchParams.get('code')
    const user = await connector.getUserInfo({ code })
    assert.equal(user['avatar'], control.person('p1').url)
    await assert.rejects(connector.getUserInfo({ code }), { code: 'social_auth_code_invalid' })
    control.setFault({ kind: 'errcode', errcode: 40001, path: '/sns/userinfo', count: 1 })
    const again = await follow(uri)
    await assert.rejects(connector.getUserInfo({ code: again.searchParams.get('code') }), {
      code: 'social_invalid_access_token',
    })
  })
})
