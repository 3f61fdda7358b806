// Pictures by the platform's link.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { mintPageToken } from '../page-token.ts'
import { type Ask, type Harness, type HttpWorld, type Told, createHttpWorld } from './harness.ts'

let world: HttpWorld
let http: Harness
let living = ''
let former = ''
let current = ''
before(async () => {
  world = await createHttpWorld({ edges: 1 })
  http = world.open()
  const people = world.people(3)
  living = people[0] ?? ''
  former = people[1] ?? ''
  current = people[2] ?? ''
  await http.ask('PUT /v1/avatars/living', { json: { url: living, name: 'Ann' } })
  await http.ask('PUT /v1/avatars/renewed', { json: { url: former } })
  await world.drain()
  await http.ask('PUT /v1/avatars/renewed', { json: { url: current } })
  await world.drain()
})
after(() => world.close())

function of(link: string, more = ''): string {
  return `GET /u?url=${encodeURIComponent(link)}${more}`
}

async function ask(link: string, more = '', how: Ask = {}): Promise<Told> {
  return await http.ask(of(link, more), { as: 'none', ...how })
}

describe('GET /u', () => {
  it('leaves the page what the link shows, where that is a living source or nobody’s', async () => {
    for (const [link, standing, seconds] of [
      [living, 'alive', 60],
      [current, 'alive', 60],
      ['https://thirdwx.qlogo.cn/mmopen/vi_32/nobody/132', 'unknown', 300],
      ['http://images.example/cat.png?a=1&b=%20', 'unknown', 300],
    ] as const) {
      const told = await ask(link)
      assert.deepEqual([told.status, told.text], [204, ''], link)
      assert.equal(told.headers.get('everface-standing'), standing)
      assert.equal(told.headers.get('cache-control'), `public, max-age=${seconds}`)
      assert.equal(told.headers.get('access-control-allow-origin'), '*')
    }
  })

  it('shows the face of a link that was somebody’s once, as /a does, and says not whose', async () => {
    const copy = await http.ask('GET /a/renewed?s=132&mode=copy', { as: 'none' })
    for (const method of ['GET', 'HEAD']) {
      const told = await http.ask(of(former, '&s=132').replace('GET', method), { as: 'none' })
      assert.equal(told.status, 200)
      assert.equal(told.headers.get('etag'), copy.headers.get('etag'))
      assert.equal(told.text, method === 'GET' ? copy.text : '')
      assert.equal(told.headers.get('everface-shows'), 'copy')
      assert.equal(told.headers.get('cross-origin-resource-policy'), 'cross-origin')
      assert.equal(told.headers.get('access-control-allow-origin'), '*')
      assert.ok(!JSON.stringify([...told.headers]).includes('renewed'))
    }
    const again = await ask(former, '&s=132', {
      headers: { 'if-none-match': copy.headers.get('etag') ?? '' },
    })
    assert.equal(again.status, 304)
  })

  it('knows a link by either scheme, and by nothing less than the whole of it', async () => {
    const other = former.startsWith('https:')
      ? former.replace('https:', 'http:')
      : former.replace('http:', 'https:')
    assert.equal((await ask(other)).status, 200)
    assert.equal((await ask(`${former}?x`)).status, 204)
    assert.equal((await ask(former.slice(0, -1))).status, 204)
    assert.equal((await ask(former.toUpperCase().replace('HTTP', 'http'))).status, 204)
  })

  it('shows the copy of a living link to those who want it, also right after they were told to show theirs', async () => {
    assert.equal((await ask(living)).status, 204)
    const told = await ask(living, '&mode=copy&f=png')
    assert.deepEqual([told.status, told.headers.get('content-type')], [200, 'image/png'])
    assert.equal((await ask('https://thirdwx.qlogo.cn/nobody', '&mode=copy')).status, 204)
  })

  it('takes up that a link has died within seconds, and shows initials where there is no copy', async () => {
    const [link = ''] = world.people(1)
    await http.ask('PUT /v1/avatars/bare', { json: { url: link, name: 'Bo' } })
    assert.equal((await ask(link)).status, 204)
    await world.store.change(['bare'], world.now(), () => ({
      patch: { standing: 'gone' },
      copy: null,
    }))
    assert.equal((await ask(link)).status, 204, 'it is believed for ten seconds')
    world.advance(10_000)
    const told = await ask(link)
    assert.deepEqual([told.status, told.headers.get('everface-shows')], [200, 'fallback'])
    assert.equal(told.headers.get('everface-standing'), 'gone')
  })

  it('refuses what is no link, and parameters that it does not know', async () => {
    for (const query of [
      '',
      'url=',
      'url=cat.png',
      'url=data:image/png;base64,AA',
      'url=javascript:alert(1)',
      `url=https://e.com/${'x'.repeat(8_200)}`,
      'url=https://e.com/a%20b',
      'url=https://e.com/a&url=https://e.com/b',
      'url=https://e.com/a&mode=redirect',
      'url=https://e.com/a&subject=1',
    ]) {
      const told = await http.ask(`GET /u?${query}`, { as: 'none' })
      assert.deepEqual([told.status, told.json.code], [400, 'query-invalid'], query.slice(0, 60))
    }
    const told = await ask(former, '&s=0')
    assert.deepEqual([told.status, told.json.code], [400, 'query-invalid'])
  })

  it('demands a page token where URLs of pictures must be signed', async () => {
    const signed = world.open({}, { signing: 'required' })
    const token = (subject: string | null, leftMs: number) =>
      mintPageToken({ subject, expiresAt: world.now() + leftMs }, 'the secret of tests')
    for (const [given, status] of [
      ['', 401],
      [token(null, -1_000), 401],
      [`${token(null, 60_000)}x`, 401],
      [token(null, 60_000), 200],
      [token('42', 60_000), 200],
    ] as const) {
      const told = await signed.ask(of(former, `&token=${given}`), { as: 'none' })
      assert.equal(told.status, status, given)
    }
  })

  it('knows nobody any more who was forgotten', async () => {
    const [link = '', next = ''] = world.people(2)
    await http.ask('PUT /v1/avatars/leaver', { json: { url: link } })
    await http.ask('PUT /v1/avatars/leaver', { json: { url: next } })
    assert.equal((await ask(link)).status, 200)
    await http.ask('DELETE /v1/avatars/leaver')
    assert.equal((await ask(link)).status, 204)
    assert.equal((await ask(next, '&mode=copy')).status, 204)
  })
})
