// Both doors of the picture routes, open on a loopback port and by call, over a store in memory and one real picture:
// what is asked of one door is asked of the other, and must be answered alike.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import sharp from 'sharp'
import type { Keeper } from '../src/jobs/keeper.ts'
import { createFolderBlobs } from '../src/pictures/blobs-folder.ts'
import { createPictures } from '../src/pictures/create.ts'
import type { Pictures } from '../src/pictures/pictures.ts'
import { createFaces } from '../src/service/http/faces.ts'
import { createPictureRoutes } from '../src/service/http/pictures.ts'
import type { Secrets, Settings } from '../src/service/settings.ts'
import type { Face } from '../src/store/store.ts'

export const now = Date.UTC(2026, 10, 22)
export const hour = 3_600_000
/** Where the picture of every face comes from. */
export const source = 'https://thirdwx.qlogo.cn/mmopen/vi_32/made-up/132'
/** What a browser says of the formats that it reads. */
export const browser = {
  accept: 'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8',
}
/** The hash of a picture whose bytes are nowhere. */
export const lost = 'cd'.repeat(32)

/** An answer, without what the connection adds to it. */
export interface Told {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

interface Asked {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
}
const folder = mkdtempSync(join(tmpdir(), 'everface-pictures-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** The pictures that an app shows unless it is given others. */
export const pictures = createPictures({
  blobs: createFolderBlobs(folder),
  cacheBytes: 2 ** 24,
  atOnce: 1,
  queue: 100,
})

/** The picture that those show who have one. */
export const sha256 = await keepOne()

async function keepOne(): Promise<string> {
  const pixels = { width: 400, height: 300, channels: 3 as const, background: '#2a7' }
  const taken = await pictures.take(await sharp({ create: pixels }).jpeg().toBuffer())
  if (taken.kind !== 'taken')
    throw new Error(`the picture of the test was not taken: ${taken.kind}`)
  await pictures.keep(taken)
  return taken.facts.sha256
}

/** Somebody with a living source and a copy of it. */
export function faceOf(subject: string, over: Partial<Face> = {}): Face {
  return { subject, name: '王小明', standing: 'alive', url: source, sha256, suspect: 0, ...over }
}

/** An app with both doors open. */
export async function openDoors(
  options: {
    settings?: Partial<Settings>
    secrets?: Partial<Secrets>
    pictures?: Pictures
    faces?: readonly Face[]
  } = {},
) {
  const rows = new Map((options.faces ?? []).map((face) => [face.subject, face]))
  const shown: string[] = []
  const hints: string[] = []
  const lines: { level: string; fields: object; message: string }[] = []
  const asked: string[] = []
  let broken: Error | null = null
  const level = (name: string) => (fields: object, message: string) =>
    void lines.push({ level: name, fields, message })
  const log = {
    debug: level('debug'),
    info: level('info'),
    warn: level('warn'),
    error: level('error'),
  }
  let time = now
  const store = {
    async face(subject: string) {
      asked.push(subject)
      if (broken !== null) throw broken
      return rows.get(subject) ?? null
    },
  }
  const faces = createFaces({ store, log, now: () => time })
  const keeper = {
    shown: (subject: string) => void shown.push(subject),
    hint: (subject: string) => void hints.push(subject),
  } as Keeper
  const settings = { mode: 'copy', fallback: 'initials', signing: 'off', ...options.settings }
  const secrets = { secret: 'secret', oldSecrets: ['former'], ...options.secrets }
  const routes = createPictureRoutes(
    {
      settings: settings as Settings,
      secrets: secrets as Secrets,
      pictures: options.pictures ?? pictures,
      keeper,
      log,
      now: () => time,
    },
    faces,
  )
  const server = createServer((req, res) => {
    if (!routes.first(req, res)) res.writeHead(418).end('not a picture')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  async function raw(target: string, { method = 'GET', headers = {} }: Asked = {}): Promise<Told> {
    const given = { 'x-request-id': 'test', ...headers }
    const req = httpRequest({ host: '127.0.0.1', port, path: target, method, headers: given })
    req.end()
    const [res] = await once(req, 'response')
    const pieces: Buffer[] = []
    for await (const piece of res) pieces.push(piece as Buffer)
    const told: Record<string, string> = {}
    for (const [name, value] of Object.entries<string>(res.headers)) {
      if (!['date', 'connection', 'keep-alive', 'transfer-encoding'].includes(name))
        told[name] = value
    }
    return { status: res.statusCode, headers: told, body: Buffer.concat(pieces) }
  }

  async function web(target: string, { method = 'GET', headers = {} }: Asked = {}): Promise<Told> {
    const request = new Request(`http://here.test${target}`, { method, headers })
    const answer = await routes.handle(request, 'test')
    const body = Buffer.from(await answer.arrayBuffer())
    return { status: answer.status, headers: Object.fromEntries(answer.headers), body }
  }

  return {
    routes,
    faces,
    rows,
    shown,
    hints,
    lines,
    asked,
    raw,
    web,
    port,
    pass: (ms: number) => void (time += ms),
    breakWith: (error: Error | null) => void (broken = error),
    /** Asks the raw door cold, the other one, and the raw door again: all must say the same. */
    async ask(target: string, asking: Asked = {}): Promise<Told> {
      const cold = await raw(target, asking)
      const other = await web(target, asking)
      const hot = await raw(target, asking)
      assert.deepEqual(other, cold, `${asking.method ?? 'GET'} ${target}: the doors differ`)
      assert.deepEqual(hot, cold, `${asking.method ?? 'GET'} ${target}: memory differs`)
      return cold
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** The problem document of an answer that is one. */
export function problemOf({ body, headers }: Told): {
  code: string
  errors?: { pointer: string }[]
} {
  assert.equal(headers['content-type'], 'application/problem+json')
  return JSON.parse(body.toString()) as { code: string; errors?: { pointer: string }[] }
}
