import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import sharp from 'sharp'
import { EverfaceError } from '../../errors.ts'
import type { Store } from '../../store/store.ts'
import {
  type Browser,
  type DashboardWorld,
  type Opened,
  createDashboardWorld,
  origin,
} from './harness.ts'

const pages = ['/', '/faces', '/faces/anna', '/placeholders', '/policy', '/providers', '/system']
const hostile = '<img src=x onerror=alert(1)>"\'&\u202e'

let world: DashboardWorld
let opened: Opened
let admin: Browser
before(async () => {
  world = await createDashboardWorld({ suspectAt: 3 })
  opened = world.open({}, { EVERFACE_WEBHOOKS: 'https://hook.test/x?k=hidden' })
  const [one = '', two = '', three = ''] = world.people(3)
  await world.jobs.keeper.register([
    { subject: 'anna', url: one, name: hostile },
    { subject: 'anna.b', url: two },
    { subject: 'bert', url: three, name: '王小明' },
  ])
  await world.drain()
  await world.jobs.work.turnClocks()
  await world.store.countDays(
    { standings: (await world.store.stats(world.now())).standings, copies: 3 },
    world.now(),
  )
  admin = opened.browser()
  await admin.signIn()
})
after(() => world.close())

/** The store, but every verb fails as one that is away does. */
function away(store: Store): Store {
  const fail = async (): Promise<never> => {
    throw new EverfaceError('store-unreachable', 'away')
  }
  return new Proxy(store, { get: (target, key) => (key === 'name' ? target.name : fail) })
}

describe('signing in', () => {
  it('stands in front of every page and shows nothing of it', async () => {
    const stranger = opened.browser()
    for (const path of pages) {
      const { status, text } = await stranger.get(path)
      assert.equal(status, 200)
      assert.match(text, /<h1>Sign in<\/h1>/)
      assert.doesNotMatch(text, /bert|qlogo|wechat|class="tile/, path)
    }
  })

  it('leads back to the page that was asked for', async () => {
    const browser = opened.browser()
    const { text } = await browser.get('/faces?standing=alive&told=looked')
    assert.match(text, /name="to" value="\/faces\?standing=alive"/)
    const answer = await browser.post('/sign-in', {
      key: world.secrets.admin,
      to: '/faces?standing=alive',
    })
    assert.deepEqual(
      [answer.status, answer.headers.get('location')],
      [303, '/faces?standing=alive'],
    )
  })

  it('takes an admin key and no other, and says which it was', async () => {
    for (const scope of ['read', 'write'] as const) {
      const { status, text } = await opened.browser().signIn(scope)
      assert.equal(status, 403)
      assert.match(text, /it is no admin key/)
    }
    const browser = opened.browser()
    await browser.get('/')
    for (const key of ['', 'ef_wrong', `ef_${'a'.repeat(43)}`, 'a\r\nX: y', '密钥']) {
      const { status, text } = await browser.post('/sign-in', { key, to: '/' })
      assert.equal(status, 403, key)
      assert.match(text, /unknown or was revoked/)
      assert.equal(browser.cookies.has('everface-session'), false)
    }
  })

  it('is refused without the token of the page, and from another site', async () => {
    const browser = opened.browser()
    await browser.get('/')
    const key = world.secrets.admin
    assert.equal((await browser.post('/sign-in', { key, token: 'x'.repeat(43) })).status, 403)
    assert.equal(
      (await opened.browser().post('/sign-in', { key, token: browser.token() })).status,
      403,
    )
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.test' },
      { origin: 'null' },
    ]) {
      assert.equal((await browser.post('/sign-in', { key }, headers)).status, 403)
    }
    const good = await browser.post(
      '/sign-in',
      { key },
      { origin, 'sec-fetch-site': 'same-origin' },
    )
    assert.equal(good.status, 303)
  })

  it('bounds how often an address may try', async () => {
    const browser = world.open().browser()
    await browser.get('/')
    for (let tries = 0; tries < 10; tries++) {
      assert.equal((await browser.post('/sign-in', { key: 'ef_wrong' })).status, 403)
    }
    const last = await browser.post('/sign-in', { key: world.secrets.admin })
    assert.equal(last.status, 429)
    assert.match(last.text, /Too many tries/)
  })

  it('never leads to another origin', async () => {
    for (const to of [
      '//evil.test',
      '/\\evil.test',
      'https://evil.test/',
      '/%0d%0aX: y',
      '\t//evil.test',
      '/..//evil.test',
    ]) {
      const browser = world.open().browser()
      await browser.get('/')
      const { headers } = await browser.post('/sign-in', { key: world.secrets.admin, to })
      const location = headers.get('location') ?? ''
      assert.equal(new URL(location, origin).origin, origin, to)
      assert.ok(!location.startsWith('//'), to)
    }
  })

  it('ends by signing out, and a kept cookie opens nothing any more', async () => {
    const browser = opened.browser()
    await browser.signIn()
    const kept = new Map(browser.cookies)
    assert.equal((await browser.post('/sign-out', {})).status, 303)
    assert.equal(browser.cookies.has('everface-session'), false)
    for (const [name, value] of kept) browser.cookies.set(name, value)
    assert.match((await browser.get('/system')).text, /<h1>Sign in<\/h1>/)
  })

  it('ends when the key is revoked', async () => {
    const one = await createDashboardWorld()
    try {
      const browser = one.open().browser()
      await browser.signIn()
      assert.match((await browser.get('/policy')).text, /<h1>Policy<\/h1>/)
      await one.store.revokeKey('key_admin', one.now())
      one.advance(5_000)
      assert.match((await browser.get('/policy')).text, /<h1>Sign in<\/h1>/)
    } finally {
      await one.close()
    }
  })

  it('asks the browser to come again by itself when it came over a link of another site', async () => {
    const { status, headers, text } = await opened
      .browser()
      .get('/faces', { 'sec-fetch-site': 'cross-site' })
    assert.deepEqual([status, headers.get('refresh'), text], [200, '0', ''])
  })

  it('uses cookies that only TLS carries where the outside is TLS', async () => {
    const browser = world.open({}, { EVERFACE_PUBLIC_URL: 'https://faces.test' }).browser()
    await browser.signIn()
    assert.ok(browser.cookies.has('__Host-everface-session'))
  })
})

describe('every page', () => {
  it('is whole in both languages, with its own heading and one main', async () => {
    for (const language of ['en-GB,en;q=0.9', 'zh-CN,zh;q=0.9,en;q=0.5']) {
      const browser = opened.browser({ 'accept-language': language })
      await browser.signIn()
      for (const path of pages) {
        const { status, text } = await browser.get(path)
        assert.equal(status, 200, path)
        assert.equal(text.match(/<h1[\s>]/g)?.length, 1, path)
        assert.equal(text.match(/<main[\s>]/g)?.length, 1, path)
        assert.match(text, language.startsWith('zh') ? /<html lang="zh-CN"/ : /<html lang="en"/)
        assert.doesNotMatch(text, /\{\w+\}|undefined|\[object|NaN|Infinity/, path)
      }
    }
  })

  it('lets what strangers wrote be text and nothing else', async () => {
    for (const path of ['/', '/faces', '/faces/anna']) {
      const { text } = await admin.get(path)
      assert.ok(!text.includes('<img src=x'), path)
      assert.ok(!text.includes('\u202e'), path)
    }
    assert.match(
      (await admin.get('/faces/anna')).text,
      /<h1><bdi>&lt;img src=x onerror=alert\(1\)&gt;&quot;&#39;&amp;\ufffd<\/bdi/,
    )
    for (const path of [
      `/faces?q=${encodeURIComponent(hostile)}`,
      '/faces?standing="><script>',
      `/faces/anna?before=${encodeURIComponent(hostile)}`,
      `/faces?told=${encodeURIComponent(hostile)}`,
    ]) {
      const { status, text } = await admin.get(path)
      assert.equal(status, 200, path)
      assert.doesNotMatch(text, /<img src=x|"><script/, path)
    }
  })

  it('may load what is ours and nothing else, and is stored nowhere', async () => {
    for (const path of pages) {
      const { headers, text } = await admin.get(path)
      const policy = headers.get('content-security-policy') ?? ''
      assert.match(
        policy,
        /^default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; /,
      )
      assert.match(policy, /frame-ancestors 'none'/)
      assert.doesNotMatch(policy, /unsafe|http/)
      assert.equal(headers.get('cache-control'), 'no-store')
      const tags = (text.match(/<[a-z][^>]*>/gi) ?? []).join('\n')
      assert.doesNotMatch(tags, /\son\w+=|\sstyle=|<script>|javascript:/i, path)
      for (const [, url = ''] of text.matchAll(/(?:src|href|action)="([^"]*)"/g)) {
        assert.match(url, /^(?:\/(?!\/)|#|data:image\/svg)/, path)
      }
    }
  })

  it('tells no secret', async () => {
    const { text } = await admin.get('/system')
    assert.doesNotMatch(text, /k=hidden|ssss-/)
    assert.ok(!text.includes(world.secrets.admin))
    assert.match(text, /https:\/\/hook\.test\/x/)
    assert.match(text, /EVERFACE_SECRET[^]{0,80}set, hidden/)
  })

  it('says so when the store is away, with no word of what is inside, and tries again', async () => {
    const one = world.open({ store: away(world.store) })
    const browser = one.browser()
    for (const [name, value] of admin.cookies) browser.cookies.set(name, value)
    for (const path of pages) {
      const { status, headers, text } = await browser.get(path)
      assert.equal(status, 503, path)
      assert.equal(headers.get('refresh'), '5')
      assert.match(text, /The store cannot be reached/)
      assert.doesNotMatch(text, /wechat/)
    }
    assert.ok(one.lines.every(({ level }) => level === 'warn'))
  })

  it('hides a bug behind its request id', async () => {
    const broken = new Proxy(world.store, {
      get: (target, key) => {
        if (key === 'suspects') return async () => Promise.reject(new Error('secret detail'))
        return Reflect.get(target, key) as unknown
      },
    })
    const one = world.open({ store: broken })
    const browser = one.browser()
    await browser.signIn()
    const { status, text } = await browser.get('/placeholders')
    assert.equal(status, 500)
    assert.match(text, /request-1/)
    assert.doesNotMatch(text, /secret detail/)
    assert.ok(one.lines.some(({ level }) => level === 'error'))
  })

  it('that is not there is said not to be there', async () => {
    for (const path of [
      '/faces/nobody',
      '/faces/%3Cb%3E',
      `/faces/${'x'.repeat(200)}`,
      '/assets/none.js',
    ]) {
      assert.equal((await admin.get(path)).status, 404, path)
    }
  })
})

describe('the faces', () => {
  it('are found by the beginning of their subject, the exact one first', async () => {
    const subjects = async (path: string) =>
      [...(await admin.get(path)).text.matchAll(/<h2><a href="\/faces\/([^"]+)"/g)].map(
        ([, one]) => one,
      )
    assert.deepEqual(await subjects('/faces'), ['anna', 'anna.b', 'bert'])
    assert.deepEqual(await subjects('/faces?q=anna'), ['anna', 'anna.b'])
    assert.deepEqual(await subjects('/faces?q=anna.'), ['anna.b'])
    assert.deepEqual(await subjects('/faces?q=anna&standing=gone'), [])
    assert.deepEqual(await subjects('/faces?provider=wechat&standing=alive&q=b'), ['bert'])
    assert.deepEqual(await subjects('/faces?q=no%20subject'), [])
    assert.deepEqual(await subjects('/faces?after=anna.b'), ['bert'])
  })

  it('come in pages by key', async () => {
    const one = await createDashboardWorld()
    try {
      const urls = one.people(50)
      await one.jobs.keeper.register(
        urls.map((url, at) => ({ subject: `p-${String(at).padStart(2, '0')}`, url })),
      )
      const browser = one.open().browser()
      await browser.signIn()
      const seen: string[] = []
      for (let path: string | null = '/faces?q=p-'; path !== null;) {
        const { text }: { text: string } = await browser.get(path)
        seen.push(
          ...[...text.matchAll(/<h2><a href="\/faces\/([^"]+)"/g)].map(
            ([, subject]) => subject ?? '',
          ),
        )
        path = /rel="next" href="([^"]+)"/.exec(text)?.[1]?.replaceAll('&amp;', '&') ?? null
      }
      assert.equal(seen.length, 50)
      assert.deepEqual(seen, seen.toSorted())
    } finally {
      await one.close()
    }
  })

  it('are looked at now, one or a page of them, with a word on what came of it', async () => {
    await admin.get('/faces')
    const one = await admin.post('/faces/anna/probe', { to: '/faces?q=anna' })
    assert.deepEqual([one.status, one.headers.get('location')], [303, '/faces?q=anna&told=looked'])
    assert.match(
      (await admin.get('/faces?q=anna&told=looked')).text,
      /Looked\. What was seen stands below\./,
    )
    const part = await admin.post(
      '/faces/anna/probe',
      { to: '/faces', as: 'card' },
      { 'hx-request': 'true' },
    )
    assert.equal(part.status, 200)
    assert.match(part.text, /^<li class="card" id="face-616e6e61">/)
    assert.match(part.text, /<hx-partial hx-target="#notice"/)
    const page = await admin.post('/faces', {
      to: '/faces',
      subject: ['anna', 'bert', 'nobody', '<b>'],
    })
    assert.deepEqual([page.status, page.headers.get('location')], [303, '/faces?told=looked-page'])
    assert.equal(
      (await admin.post('/faces/nobody/probe', { to: '/' })).headers.get('location'),
      '/?told=unknown',
    )
  })
})

describe('every form', () => {
  const forms: readonly (readonly [path: string, fields: Record<string, string>])[] = [
    ['/faces', { subject: 'anna' }],
    ['/faces/anna/probe', { to: '/' }],
    ['/faces/anna/forget', {}],
    [`/placeholders/${'0'.repeat(64)}`, { mark: 'placeholder' }],
    ['/system/deliveries', { id: '1' }],
    ['/sign-out', {}],
  ]

  it('is refused without the session’s token, from another site, or signed out', async () => {
    const other = opened.browser()
    await other.signIn()
    await admin.get('/faces')
    for (const [path, fields] of forms) {
      for (const token of ['', 'x', other.token()]) {
        assert.equal((await admin.post(path, { ...fields, token })).status, 403, path)
      }
      assert.equal(
        (await admin.post(path, fields, { 'sec-fetch-site': 'cross-site' })).status,
        403,
        path,
      )
      assert.equal(
        (await opened.browser().post(path, { ...fields, token: admin.token() })).status,
        403,
        path,
      )
    }
    assert.ok((await world.store.avatar('anna')) !== null)
    assert.match((await admin.get('/system')).text, /<h1>System<\/h1>/)
  })

  it('is refused when it is no form', async () => {
    await admin.get('/faces')
    for (const body of ['{}', 'token=x']) {
      const request = new Request(`${origin}/faces/anna/forget`, {
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/json',
          cookie: [...admin.cookies].map((pair) => pair.join('=')).join('; '),
        },
      })
      assert.equal((await opened.dashboard.handle(request, {}, 'r')).status, 403)
    }
  })
})

describe('one face', () => {
  it('takes a picture, and refuses what is none', async () => {
    const bytes = await sharp({
      create: { width: 64, height: 64, channels: 3, background: '#a03020' },
    })
      .png()
      .toBuffer()
    await admin.get('/faces/bert')
    const send = async (file: Blob) => {
      const form = new FormData()
      form.set('picture', file, 'me.png')
      return (await admin.post('/faces/bert/picture', form)).headers.get('location')
    }
    assert.equal(await send(new Blob(['no picture'])), '/faces/bert?told=upload-wrong')
    assert.equal(await send(new Blob([])), '/faces/bert?told=upload-wrong')
    assert.equal(await send(new Blob([new Uint8Array(bytes)])), '/faces/bert?told=uploaded')
    assert.equal((await world.store.avatar('bert'))?.standing, 'uploaded')
    const { text } = await admin.get('/faces/bert?told=uploaded')
    assert.match(text, /The picture was taken in/)
    assert.match(text, /A picture was uploaded/)
  })

  it('tells every observation by edge, the belief in words, sources and copies', async () => {
    const { text } = await admin.get('/faces/anna')
    assert.match(text, /<h3>Looked<\/h3>/)
    assert.match(text, /127\.0\.0\.\d/)
    assert.match(text, /With a probability of/)
    assert.match(text, /<code dir="ltr"/)
    assert.match(text, /shown now/)
  })

  it('is forgotten for good', async () => {
    const [url = ''] = world.people(1)
    await world.jobs.keeper.register([{ subject: 'gone-soon', url }])
    await admin.get('/faces/gone-soon')
    const { headers } = await admin.post('/faces/gone-soon/forget', {})
    assert.equal(headers.get('location'), '/faces?told=forgotten')
    assert.equal(await world.store.avatar('gone-soon'), null)
    assert.equal((await admin.get('/faces/gone-soon')).status, 404)
  })
})

describe('placeholders and webhooks', () => {
  it('are judged by a person', async () => {
    const raw = (await world.store.avatar('anna'))?.copy?.rawSha256 ?? ''
    await world.store.mark(raw, 'suspected', world.now())
    world.advance(60_000)
    const { text } = await admin.get('/placeholders')
    assert.match(text, new RegExp(`action="/placeholders/${raw}"`))
    assert.match(text, /id="waiting-suspects"[^]{0,20}<span class="count"/)
    assert.equal((await admin.post(`/placeholders/${raw}`, { mark: 'maybe' })).status, 403)
    assert.equal((await admin.post('/placeholders/zz', { mark: 'face' })).status, 403)
    const { headers } = await admin.post(`/placeholders/${raw}`, { mark: 'face' })
    assert.equal(headers.get('location'), '/placeholders?told=face')
    assert.equal((await world.store.markOf([raw])).get(raw), 'face')
    assert.doesNotMatch((await admin.get('/placeholders')).text, /class="count"/)
  })

  it('are sent again, all or one', async () => {
    await world.store.change(['anna'], world.now(), () => ({
      patch: {},
      events: [
        { type: 'avatar.gone', data: {} },
        { type: 'avatar.dying', data: {} },
      ],
    }))
    const due = await world.store.dueDeliveries(world.now() + 1, 100, 1_000)
    await world.store.settleDeliveries(
      due.map(({ id }) => ({
        id,
        state: 'failed',
        nextAt: world.now(),
        status: 500,
        error: hostile,
      })),
    )
    world.advance(60_000)
    const { text } = await admin.get('/system')
    assert.match(text, /Send all \d+ again/)
    assert.ok(!text.includes('<img src=x'))
    const ids = due.map(({ id }) => String(id))
    const one = await admin.post('/system/deliveries', { id: ids[0] ?? '' })
    assert.equal(one.headers.get('location'), '/system?told=resent')
    const all = await admin.post('/system/deliveries', { id: [...ids, 'x', '-1', '9'.repeat(20)] })
    assert.equal(all.headers.get('location'), '/system?told=resent')
    assert.deepEqual(await world.store.deliveries('failed', 10), [])
    const none = await admin.post('/system/deliveries', { id: ids })
    assert.equal(none.headers.get('location'), '/system?told=not-resent')
  })
})

describe('choices', () => {
  it('of language and light are kept, whatever the browser asks for', async () => {
    const browser = opened.browser({ 'accept-language': 'en' })
    const { headers } = await browser.post('/preferences', {
      language: 'zh',
      theme: 'dark',
      to: '/policy',
    })
    assert.equal(headers.get('location'), '/policy')
    const { text } = await browser.get('/')
    assert.match(text, /<html lang="zh-CN"\s+data-theme="dark"/)
    await browser.post('/preferences', { language: 'xx', theme: '"><script>', to: '//evil.test' })
    assert.match((await browser.get('/')).text, /<html lang="zh-CN"\s+data-theme="dark"/)
    assert.equal(
      (await browser.post('/preferences', { theme: 'light' }, { 'sec-fetch-site': 'cross-site' }))
        .status,
      403,
    )
  })

  it('are made by the browser’s languages in their order', async () => {
    const spoken = async (header: string) =>
      /<html lang="([^"]+)"/.exec(
        (await opened.browser({ 'accept-language': header }).get('/')).text,
      )?.[1]
    assert.equal(await spoken('fr, zh-TW;q=0.8, en;q=0.7'), 'zh-CN')
    assert.equal(await spoken('fr, en;q=0.8, zh;q=0.9;x=y'), 'zh-CN')
    assert.equal(await spoken('zh;q=0, de'), 'en')
    assert.equal(await spoken(''), 'en')
    assert.equal(await spoken(';;;q=,,'.repeat(500)), 'en')
  })
})

describe('assets', () => {
  it('come from our own origin, named by what is in them, for a year', async () => {
    const { text } = await admin.get('/')
    const paths = [...text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(
      ([, path]) => path ?? '',
    )
    assert.equal(paths.length, 5)
    for (const path of paths) {
      const { status, headers, text: body } = await opened.browser().get(path)
      assert.equal(status, 200)
      assert.match(headers.get('cache-control') ?? '', /immutable/)
      assert.match(
        headers.get('content-type') ?? '',
        path.endsWith('.css') ? /^text\/css/ : /^text\/javascript/,
      )
      assert.doesNotMatch(body, /sourceMappingURL/)
      const again = await opened.browser().get(path, { 'if-none-match': headers.get('etag') ?? '' })
      assert.equal(again.status, 304)
    }
  })
})
