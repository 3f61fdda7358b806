// The programs of docs/fitting-in.md for Hono, Express and Nest, as somebody copies them: cut out of the page, checked by the
// compiler, run over a real service, and over one that is away or does not know the key.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { transform } from 'esbuild'
import type { Hono } from 'hono'
import { temporaryFolder } from '../../test/everface.ts'
import { type HttpWorld, createHttpWorld, picture } from '../service/http/harness.ts'
import { type Listener, listen } from '../service/http/server.ts'
import { webhook, webhookSecret } from './webhook-made.ts'

const page = readFileSync('docs/fitting-in.md', 'utf8')
const silent = { debug() {}, info() {}, warn() {}, error() {} }
const platform = 'https://thirdwx.qlogo.cn/mmopen/vi_32/Q0j4Tw/132'
const packages = ['@nestjs', '@types', 'express', 'hono', 'reflect-metadata', 'rxjs']

/** What compilers of Nest apps are set to. */
const compilerOptions = {
  target: 'es2022',
  lib: ['es2024', 'esnext.disposable'],
  module: 'nodenext',
  strict: true,
  noEmit: true,
  allowJs: true,
  skipLibCheck: true,
  experimentalDecorators: true,
  allowImportingTsExtensions: true,
  types: ['node'],
}

type AskApp = (path: string, init?: RequestInit) => Promise<Response>

describe('the programs of docs/fitting-in.md', () => {
  const folder = temporaryFolder()
  let world: HttpWorld
  let service: Listener
  let port = 0
  /** Takes requests for a key that the service does not know. */
  let isStranger = false
  let open: () => Promise<Listener>

  before(async () => {
    world = await createHttpWorld()
    const { http, secrets } = world.open()
    open = () =>
      listen(
        {
          fetch(request, arrival) {
            if (isStranger) request.headers.set('authorization', `Bearer ef_${'x'.repeat(43)}`)
            return http.fetch(request, arrival)
          },
        },
        { host: '127.0.0.1', port },
        { log: silent },
      )
    service = await open()
    port = Number(new URL(service.url).port)
    // The programs read these as an app would.
    Object.assign(process.env, {
      EVERFACE_URL: service.url,
      EVERFACE_KEY: secrets.write,
      EVERFACE_SECRET: 'the secret of tests',
      EVERFACE_WEBHOOK_SECRET: webhookSecret,
    })
    const modules = join(folder.path, 'node_modules')
    const ours = join(modules, 'everface')
    mkdirSync(ours, { recursive: true })
    for (const name of packages)
      symlinkSync(join(process.cwd(), 'node_modules', name), join(modules, name))
    symlinkSync(fileURLToPath(new URL('client.ts', import.meta.url)), join(ours, 'client.ts'))
    const exported = { type: 'module', exports: { './client': './client.ts' } }
    writeFileSync(join(ours, 'package.json'), JSON.stringify(exported))
    writeFileSync(join(folder.path, 'package.json'), '{"type":"module"}')
    writeFileSync(
      join(folder.path, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, include: ['*.ts'] }),
    )
    const cut = page.matchAll(/^```[jt]s\n\/\/ ([\w.]+\.[jt]s)\n([\s\S]*?)^```$/gm)
    for (const [, name = '', text = ''] of cut) writeFileSync(join(folder.path, name), text)
    const nest = readFileSync(join(folder.path, 'faces.module.ts'), 'utf8')
    const { code } = await transform(nest, { loader: 'ts', tsconfigRaw: { compilerOptions } })
    writeFileSync(join(folder.path, 'faces.module.js'), code)
  })
  beforeEach(() => {
    isStranger = false
  })
  after(async () => {
    await service.close(0)
    await world.close()
    folder[Symbol.dispose]()
  })

  const program = (name: string) => import(pathToFileURL(join(folder.path, name)).href)

  async function upload(
    ask: AskApp,
    bytes: string | Uint8Array<ArrayBuffer>,
  ): Promise<[number, unknown]> {
    const form = new FormData()
    form.set('picture', new Blob([bytes], { type: 'image/jpeg' }), 'face.jpg')
    const answer = await ask('/me/picture', { method: 'POST', body: form })
    return [answer.status, await answer.json()]
  }

  async function signIn(ask: AskApp, user: string, more: object = {}): Promise<number> {
    const headers = { 'content-type': 'application/json', 'x-user': user }
    const body = JSON.stringify({ headimgurl: platform, nickname: '王小明', ...more })
    return (await ask('/signed-in', { method: 'POST', headers, body })).status
  }

  async function shows(ask: AskApp): Promise<void> {
    const shown = await ask('/people')
    assert.equal(shown.status, 200)
    assert.match(shown.headers.get('content-type') ?? '', /^text\/html/)
    const text = await shown.text()
    assert.ok(text.includes(`src="${service.url}/a/42?s=96"`), text)
    assert.ok(!text.includes(platform))
    assert.ok(text.includes('src="https://img.example.com/logo.png"'))
  }

  /** What every one of the apps does. `who` is known to nobody yet. */
  async function holds(ask: AskApp, who: string): Promise<void> {
    assert.equal((await ask('/hooks/everface', webhook('avatar.gone'))).status, 204)
    const forged = webhook('avatar.gone', `whsec_${Buffer.alloc(32, 6).toString('base64')}`)
    assert.equal((await ask('/hooks/everface', forged)).status, 401)

    assert.equal(await signIn(ask, who, { is_snapshotuser: 1 }), 204)
    assert.equal(await world.store.avatar(who), null, 'a snapshot is nobody')
    assert.equal(await signIn(ask, who), 204)
    assert.equal((await world.store.avatar(who))?.name, '王小明')
    assert.equal(await signIn(ask, 'not a subject'), 204, 'a picture keeps nobody out')

    const bytes = await picture()
    const [kept, { url }] = (await upload(ask, bytes)) as [number, { url: string }]
    assert.deepEqual([kept, url.endsWith('/a/42?s=132')], [200, true])
    assert.deepEqual(await upload(ask, 'no picture'), [415, { code: 'picture-format' }])
    const empty = await ask('/me/picture', { method: 'POST', body: new FormData() })
    assert.deepEqual([empty.status, await empty.json()], [422, { code: 'picture-empty' }])
    await shows(ask)

    // The key is the app's, and nothing that the person before the browser could mend.
    isStranger = true
    assert.deepEqual(await upload(ask, bytes), [503, { code: 'pictures-away' }])
    assert.equal(await signIn(ask, `${who}-2`), 204)
    assert.equal(await world.store.avatar(`${who}-2`), null)
    await shows(ask)
    isStranger = false

    await service.close(0)
    assert.equal(await signIn(ask, who), 204)
    await shows(ask)
    assert.deepEqual(await upload(ask, bytes), [503, { code: 'pictures-away' }])
    service = await open()
    assert.equal((await upload(ask, bytes))[0], 200)
  }

  it('satisfy the compiler', () => {
    const bin = join(
      dirname(fileURLToPath(import.meta.resolve('typescript/package.json'))),
      'bin/tsc',
    )
    const { status, stdout } = spawnSync(process.execPath, [bin, '-p', folder.path], {
      encoding: 'utf8',
    })
    assert.equal(status, 0, stdout)
  })

  it('work with Hono', async () => {
    const { app } = (await program('hono.js')) as { app: Hono }
    await holds(async (path, init) => app.request(path, init), 'h')
  })

  it('work with Express', async () => {
    const { app } = (await program('express.js')) as {
      app: { listen(port: number, host: string): Server }
    }
    const server = app.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port: at } = server.address() as AddressInfo
    await holds((path, init) => fetch(`http://127.0.0.1:${at}${path}`, init), 'e')
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })

  it('work with Nest', async () => {
    await import('reflect-metadata')
    const { NestFactory } = await import('@nestjs/core')
    const { FacesModule } = (await program('faces.module.js')) as { FacesModule: object }
    const app = await NestFactory.create(FacesModule, { rawBody: true, logger: false })
    await app.listen(0, '127.0.0.1')
    const base = await app.getUrl()
    await holds((path, init) => fetch(base + path, init), 'n')
    await app.close()
  })

  it('leave a face as it is when the users table is away, or names somebody who cannot be', async () => {
    const { turnFaces } = (await program('faces.js')) as {
      turnFaces: (
        page: string,
        subjectOf: (url: string) => Promise<string | null>,
      ) => Promise<string>
    }
    const text = `<img src="${platform}"><img alt="" src="${platform}?a=1&amp;b=$&amp;c">`
    const asked: string[] = []
    const away = async (url: string): Promise<string> => {
      asked.push(url)
      throw new Error('away')
    }
    assert.equal(await turnFaces(text, away), text)
    assert.deepEqual(asked, [platform, `${platform}?a=1&b=$&c`])
    assert.equal(await turnFaces(text, async () => 'not a subject'), text)
    assert.equal(await turnFaces(text, async () => null), text)
  })
})
