// docs/fitting-in.md and examples/h5 are held to what they say, with a real service behind. The programs for frameworks are run
// by frameworks.test.ts, the page in a browser by test/browser/h5.test.ts.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { type Comment, createApp } from '../../examples/h5/app.ts'
import { type HttpWorld, createHttpWorld } from '../service/http/harness.ts'
import { type Listener, listen } from '../service/http/server.ts'
import { type Everface, createEverface } from './client.ts'
import { webhook, webhookSecret } from './webhook-made.ts'

const page = readFileSync('docs/fitting-in.md', 'utf8')
const silent = { debug() {}, info() {}, warn() {}, error() {} }

describe('docs/fitting-in.md', () => {
  let world: HttpWorld
  let service: Listener
  let client: Everface

  before(async () => {
    world = await createHttpWorld()
    const { http, secrets } = world.open()
    service = await listen(http, { host: '127.0.0.1', port: 0 }, { log: silent })
    client = createEverface({ url: service.url, key: secrets.write, secret: 'the secret of tests' })
  })
  after(async () => {
    await service.close(0)
    await world.close()
  })

  it('lists every option of the client', () => {
    const source = readFileSync('src/client/client.ts', 'utf8')
    const options = /interface EverfaceOptions \{([\s\S]*?)^\}/m.exec(source)?.[1] ?? ''
    const names = [...options.matchAll(/readonly (\w+)\??:/g)].map(([, name = '']) => name)
    assert.ok(names.length > 8)
    assert.deepEqual(
      names.filter((name) => !page.includes(`\`${name}\``)),
      [],
    )
  })

  for (const name of ['fitting-in', 'wechat']) {
    it(`says the same in both languages: ${name}`, () => {
      const [one = '', other = ''] = [`${name}.md`, `${name}.zh-CN.md`].map((file) =>
        readFileSync(`docs/${file}`, 'utf8'),
      )
      const programs = (text: string) => text.match(/^```\w*\n[\s\S]*?^```$/gm) ?? []
      assert.deepEqual(programs(other), programs(one))
      const shapeOf = (text: string) =>
        text
          .replaceAll(/^```[\s\S]*?^```$/gm, '')
          .split('\n')
          .flatMap((line) => /^(?:#+|- |\|)/.exec(line)?.[0] ?? [])
      assert.deepEqual(shapeOf(other), shapeOf(one), 'headings, lists, tables')
      const names = (text: string) =>
        [...new Set(text.replaceAll(/^```[\s\S]*?^```$/gm, '').match(/`[^`\n]+`/g))].toSorted()
      assert.deepEqual(names(other), names(one))
      assert.ok(one.includes(`(${name}.zh-CN.md)`) && other.includes(`(${name}.md)`))
    })
  }

  it('has an H5 page that shows faces, escapes what people say, and heeds webhooks once', async () => {
    const comments: Comment[] = [
      { subject: '42', name: '王"><script>', text: '<b>沙发</b>' },
      { subject: '43', name: '李雷', text: '好' },
    ]
    const app = createApp({ everface: client, base: service.url, webhookSecret, comments })
    const shown = await app.request('/?as=42')
    const text = await shown.text()
    assert.ok(!text.includes('<b>') && !text.includes('王"'))
    assert.equal(text.match(/<ever-avatar\s/g)?.length, 3)
    assert.equal(text.match(/scene="profile"/g)?.length, 1)
    const token = /token="(ept_NDI\.[^"]*)"/.exec(text)?.[1] ?? ''
    const beacon = JSON.stringify({ token, subjects: ['42'] })
    const heard = await fetch(`${service.url}/v1/beacons`, { method: 'POST', body: beacon })
    assert.equal(heard.status, 204)
    assert.match(shown.headers.get('content-security-policy') ?? '', /default-src 'none'/)
    assert.ok(text.includes(`src="${service.url}/everface.js"`))

    const said = { method: 'POST', body: new URLSearchParams({ text: '再来' }) }
    assert.equal((await app.request('/comments?as=43', said)).status, 303)
    assert.equal(comments[0]?.text, '再来')
    assert.equal((await app.request('/comments?as=nobody', said)).status, 422)

    assert.equal((await app.request('/hooks/everface', webhook('avatar.forgotten'))).status, 204)
    assert.equal(comments.find(({ subject }) => subject === '42')?.name, '已注销用户')
    const stranger = `whsec_${Buffer.alloc(32, 6).toString('base64')}`
    const forged = await app.request('/hooks/everface', webhook('avatar.forgotten', stranger))
    assert.equal(forged.status, 401)
  })
})
