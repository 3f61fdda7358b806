// docs/fitting-in.md and examples/h5 are held to what they say: their programs are run, with a real service behind.
// Express is no dependency: where it is missing (or EVERFACE_FRAMEWORK_MODULES names no folder that has it), that is said.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import type { Hono } from 'hono'
import { type Comment, createApp } from '../../examples/h5/app.ts'
import { temporaryFolder } from '../../test/everface.ts'
import { type HttpWorld, createHttpWorld, picture } from '../service/http/harness.ts'
import { type Listener, listen } from '../service/http/server.ts'
import { type Everface, createEverface } from './client.ts'

const page = readFileSync('docs/fitting-in.md', 'utf8')
const silent = { debug() {}, info() {}, warn() {}, error() {} }
const webhookSecret = `whsec_${Buffer.alloc(32, 5).toString('base64')}`
const platform = 'https://thirdwx.qlogo.cn/mmopen/vi_32/Q0j4Tw/132'

const express = resolveExpress()
if (express === null) {
  process.stderr.write(
    'SKIPPED: express is not installed: its program in docs/fitting-in.md is not run\n',
  )
}

function resolveExpress(): string | null {
  const elsewhere = process.env['EVERFACE_FRAMEWORK_MODULES']
  const from = elsewhere === undefined ? import.meta.url : join(elsewhere, '../package.json')
  try {
    return pathToFileURL(createRequire(from).resolve('express')).href
  } catch {
    return null
  }
}

/** A webhook, signed. */
function webhook(type: string, secret = webhookSecret): RequestInit {
  const body = JSON.stringify({
    type,
    timestamp: new Date().toISOString(),
    data: { subject: '42' },
  })
  const at = String(Math.floor(Date.now() / 1_000))
  const key = Buffer.from(secret.slice(6), 'base64')
  const signature = createHmac('sha256', key).update(`evt_1.${at}.${body}`).digest('base64')
  return {
    method: 'POST',
    body,
    headers: {
      'Content-Type': 'application/json',
      'webhook-id': 'evt_1',
      'webhook-timestamp': at,
      'webhook-signature': `v1,${signature}`,
    },
  }
}

describe('docs/fitting-in.md', () => {
  const folder = temporaryFolder()
  let world: HttpWorld
  let service: Listener
  let client: Everface

  before(async () => {
    world = await createHttpWorld()
    const { http, secrets } = world.open()
    service = await listen(http, { host: '127.0.0.1', port: 0 }, { log: silent })
    client = createEverface({ url: service.url, key: secrets.write, secret: 'the secret of tests' })
    // The programs read these as an app would.
    Object.assign(process.env, {
      EVERFACE_URL: service.url,
      EVERFACE_KEY: secrets.write,
      EVERFACE_SECRET: 'the secret of tests',
      EVERFACE_WEBHOOK_SECRET: webhookSecret,
    })
    const packages: Record<string, string> = {
      'everface/client': new URL('client.ts', import.meta.url).href,
      hono: import.meta.resolve('hono'),
      'hono/body-limit': import.meta.resolve('hono/body-limit'),
      ...(express === null ? {} : { express }),
    }
    writeFileSync(join(folder.path, 'package.json'), '{"type":"module"}')
    for (const [, name = '', text = ''] of page.matchAll(
      /^```js\n\/\/ (\w+\.js)\n([\s\S]*?)^```$/gm,
    )) {
      const program = text.replace(/from '([^'.][^']*)'/g, (all, from: string) =>
        packages[from] === undefined ? all : `from '${packages[from]}'`,
      )
      writeFileSync(join(folder.path, name), program)
    }
  })
  after(async () => {
    await service.close(0)
    await world.close()
    folder[Symbol.dispose]()
  })

  const program = (name: string) => import(pathToFileURL(join(folder.path, `${name}.js`)).href)

  /** What every one of the apps does. */
  async function holds(
    ask: (path: string, init?: RequestInit) => Promise<Response>,
  ): Promise<void> {
    const hook = await ask('/hooks/everface', webhook('avatar.gone'))
    assert.equal(hook.status, 204)
    const forged = webhook('avatar.gone', `whsec_${Buffer.alloc(32, 6).toString('base64')}`)
    assert.equal((await ask('/hooks/everface', forged)).status, 401)
    const form = new FormData()
    form.set('picture', new Blob([await picture()], { type: 'image/jpeg' }), 'face.jpg')
    const kept = await ask('/me/picture', { method: 'POST', body: form })
    assert.equal(kept.status, 200)
    const { url } = (await kept.json()) as { url: string }
    assert.match(url, /\/a\/42\?s=132$/)
    const bad = new FormData()
    bad.set('picture', new Blob(['no picture'], { type: 'image/jpeg' }), 'face.jpg')
    const refused = await ask('/me/picture', { method: 'POST', body: bad })
    assert.equal(refused.status, 415)
    assert.deepEqual(await refused.json(), { code: 'picture-format' })
    const shown = await (await ask('/people')).text()
    assert.ok(shown.includes(`src="${service.url}/a/42?s=96"`), shown)
    assert.ok(!shown.includes(platform))
    assert.ok(shown.includes('src="https://img.example.com/logo.png"'))
  }

  it('has a Hono app that works', async () => {
    const { app } = (await program('hono')) as { app: Hono }
    await holds(async (path, init) => app.request(path, init))
  })

  it('has an Express app that works', { skip: express === null }, async () => {
    const { app } = (await program('express')) as {
      app: { listen(port: number, host: string): Server }
    }
    const server = app.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    await holds((path, init) => fetch(`http://127.0.0.1:${port}${path}`, init))
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
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
