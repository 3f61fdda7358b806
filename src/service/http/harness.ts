// For tests: the interface over a real store, real pictures and a real keeper, with a simulated platform behind. Every
// answer that a test gets is held against the document: its status must be documented there and its body must fit.
import assert from 'node:assert/strict'
import sharp from 'sharp'
import {
  type KeeperWorld,
  type WorldOptions,
  createKeeperWorld,
} from '../../../test/keeper-world.ts'
import { defaultPolicy } from '../../core/policy.ts'
import { createPeople } from '../../jobs/create-people.ts'
import { createSealer } from '../../store/seal.ts'
import type { Scope } from '../../store/store.ts'
import { createWechatClient } from '../../wechat/client.ts'
import type { AppParts } from '../app.ts'
import type { Settings } from '../settings.ts'
import type { Arrival } from './arrival.ts'
import { makeSecret } from './auth.ts'
import { codesOf, splitRow } from './document.ts'
import { createFaces } from './faces.ts'
import type { Described } from './operation.ts'
import { type PictureRoutes, createPictureRoutes } from './pictures.ts'
import { problemSchema, problems } from './problem.ts'
import { type Http, createHttp, documented } from './routes.ts'

/** What may be sent as a body. */
export type Sent = string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | FormData

/** A request as tests write it. */
export interface Ask {
  /** Whose key; `none` for no key. Absent: admin. */
  readonly as?: Scope | 'none'
  readonly json?: unknown
  readonly body?: Sent
  readonly headers?: Readonly<Record<string, string>>
  readonly arrival?: Arrival
}

/** An answer, read. */
export interface Told {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** JSON, or `{}` when the answer is none. */
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of every shape
  readonly json: any
}

/** The interface under test. */
export interface Harness {
  readonly http: Http
  readonly pictures: PictureRoutes
  /** `ask('GET /v1/stats')` */
  ask(row: string, how?: Ask): Promise<Told>
  readonly secrets: Readonly<Record<Scope, string>>
  /** Lines that were logged. */
  readonly lines: readonly { level: string; fields: object; message: string }[]
}

/** A world with interfaces over it. */
export interface HttpWorld extends KeeperWorld {
  /** An interface over the world; what is given replaces parts. */
  open(change?: Partial<AppParts>, settings?: Partial<Settings>): Harness
  /** Rows and statuses that were seen, as `GET /v1/stats 200`. */
  readonly seen: ReadonlySet<string>
  /** URLs of people of the simulated platform. */
  people(count: number): readonly string[]
}

const settings: Settings = {
  listen: { host: '127.0.0.1', port: 0 },
  publicUrl: 'https://faces.test',
  data: '',
  blobs: '',
  s3: { endpoint: null, region: null, pathStyle: false },
  hosts: ['*'],
  limits: { pace: 1_000, budget: 30 },
  concurrency: 64,
  edges: 3,
  timeoutMs: 5_000,
  connectTo: [],
  caFile: null,
  proxy: null,
  allowPrivate: true,
  allowPorts: [],
  mode: 'copy',
  fallback: 'initials',
  signing: 'off',
  historyMs: 0,
  copiesMs: 0,
  webhooks: [],
  wechatApps: [],
  returnOrigins: ['https://app.test'],
  policyFile: null,
  suspectAt: 0,
  placeholderAt: 0,
  rateLimit: 0,
  cacheBytes: 0,
  log: 'silent',
}

/** Makes a world; close it when done. */
export async function createHttpWorld(options: WorldOptions = {}): Promise<HttpWorld> {
  const world = await createKeeperWorld(options)
  const seen = new Set<string>()
  const secrets: Record<string, string> = {}
  for (const scope of ['read', 'write', 'admin'] as const) {
    const { secret, sha256 } = makeSecret()
    secrets[scope] = secret
    const key = { id: `key_${scope}`, name: scope, scope, createdAt: world.now() }
    await world.store.addKey({ ...key, lastUsedAt: null, revokedAt: null }, sha256)
  }

  function open(change: Partial<AppParts> = {}, some: Partial<Settings> = {}): Harness {
    const lines: { level: string; fields: object; message: string }[] = []
    const write = (level: string) => (fields: object, message: string) =>
      void lines.push({ level, fields, message })
    const parts: AppParts = {
      settings: { ...settings, ...some },
      secrets: {
        secret: 'the secret of tests',
        oldSecrets: ['a former secret'],
        databaseUrl: null,
        webhookSecret: null,
        wechatSecrets: {},
        wechatPush: {},
        s3AccessKeyId: null,
        s3SecretAccessKey: null,
      },
      store: world.store,
      pictures: world.pictures,
      keeper: world.jobs.keeper,
      people: peopleOf(world, change.keeper),
      log: {
        debug: write('debug'),
        info: write('info'),
        warn: write('warn'),
        error: write('error'),
      },
      now: () => world.now(),
      random: () => 0.5,
      ...change,
    }
    const faces = createFaces({ store: parts.store, log: parts.log, now: parts.now })
    const pictures = createPictureRoutes(parts, faces)
    const http = createHttp(parts, pictures)
    return {
      http,
      pictures,
      lines,
      secrets: secrets as Record<Scope, string>,
      async ask(row, how = {}) {
        const response = await http.fetch(requestOf(row, how, secrets), how.arrival)
        const told = await tell(response)
        hold(row, told, seen)
        return told
      },
    }
  }

  return {
    ...world,
    open,
    seen,
    people(count) {
      const { control } = world.simulator
      const before = listed(control).length
      control.makePeople({ count, scheme: 'http' })
      return listed(control).slice(before)
    },
  }
}

/** People who have no apps to grant anything to. */
function peopleOf(
  world: KeeperWorld,
  keeper: AppParts['keeper'] = world.jobs.keeper,
): AppParts['people'] {
  const now = () => world.now()
  const ask = () => Promise.reject(new Error('there is no app to ask for'))
  return createPeople({
    store: world.store,
    keeper,
    policy: defaultPolicy,
    client: createWechatClient({ apps: [], ask, now }),
    apps: [],
    asks: 'web',
    seal: createSealer({ secret: 'the secret of tests' }),
    now,
    random: () => 0.5,
    owner: 'test',
    batch: 1,
    onUnsettled: () => {},
    onTrouble: () => {},
    onChanged: () => {},
    onWork: () => {},
  }).people
}

/** A picture that is taken in: a plain square. */
export async function picture(side = 64, red = 200): Promise<Uint8Array<ArrayBuffer>> {
  const background = { r: red, g: 80, b: 40 }
  const made = sharp({ create: { width: side, height: side, channels: 3, background } })
  return new Uint8Array(await made.jpeg().toBuffer())
}

function listed(control: KeeperWorld['simulator']['control']): string[] {
  const lines = [...control.list({})].join('').trimEnd().split('\n').slice(1)
  return lines.map((line) => line.split(',')[1] ?? '')
}

function requestOf(row: string, how: Ask, secrets: Record<string, string>): Request {
  const { method, path } = splitRow(row)
  const { as = 'admin', json } = how
  const headers = new Headers(how.headers)
  if (as !== 'none' && !headers.has('authorization')) {
    headers.set('authorization', `Bearer ${secrets[as]}`)
  }
  let { body } = how
  if (json !== undefined) {
    body = JSON.stringify(json)
    if (!headers.has('content-type')) headers.set('content-type', 'application/json')
  }
  return new Request(`http://inside.test${path}`, {
    method,
    headers,
    body: body ?? null,
    duplex: 'half',
  })
}

async function tell(response: Response): Promise<Told> {
  const { status, headers } = response
  const text = await response.text()
  const isJson =
    text !== '' && /^application\/(?:problem\+)?json$/.test(headers.get('content-type') ?? '')
  return { status, headers, text, json: isJson ? JSON.parse(text) : {} }
}

const rows = Object.keys(documented).map((row) => {
  const { method, path } = splitRow(row)
  const pattern = path.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[^/]+')
  return { row, method, pattern: new RegExp(`^${pattern}$`) }
})

/** The row of the document that a request belongs to; null for a path or method that it does not have. */
export function rowOf(asked: string): keyof typeof documented | null {
  const { method, path } = splitRow(asked)
  const { pathname } = new URL(path, 'http://x')
  const found = rows.find((one) => one.method === method && one.pattern.test(pathname))
  return (found?.row ?? null) as keyof typeof documented | null
}

/** Holds an answer against what is documented. */
function hold(asked: string, { status, headers, text, json }: Told, seen: Set<string>): void {
  assert.match(headers.get('x-request-id') ?? '', /^[A-Za-z0-9._-]+$/)
  assert.equal(headers.get('x-content-type-options'), 'nosniff')
  assert.ok(headers.has('content-security-policy'))
  const row = rowOf(asked)
  const type = headers.get('content-type')
  if (asked.startsWith('HEAD ')) return assert.equal(text, '')
  const made: Described | null = row === null ? null : documented[row]
  const shape = made?.answers[status]
  for (const name of ['location', 'set-cookie']) {
    const own = Object.keys(shape?.headers ?? {}).map((one) => one.toLowerCase())
    const isDue = made === null ? headers.has(name) : own.includes(name)
    assert.equal(headers.has(name), isDue, `${asked} ${status} ${name}`)
  }
  if (status >= 400 && shape === undefined) {
    assert.equal(type, 'application/problem+json', `${asked} ${status}`)
    const told = problemSchema.parse(json)
    assert.equal(told.status, status)
    assert.equal(problems[told.code][0], status)
    assert.equal(told.instance, headers.get('x-request-id'))
    if (made !== null && status !== 500) {
      assert.ok(codesOf(made).includes(told.code), `${asked} does not document ${told.code}`)
    }
  } else if (made !== null) {
    assert.ok(shape !== undefined, `${asked} does not document ${status}`)
    if (shape.body === undefined) assert.equal(text, '')
    else if (shape.type === undefined) shape.body.parse(json)
    else assert.ok(type?.startsWith(shape.type.replace(/\*$/, '')), `${asked} answers ${type}`)
    if (shape.type?.startsWith('text/') === true) shape.body?.parse(text)
    if (shape.type === 'application/x-ndjson') {
      for (const line of text.trimEnd().split('\n'))
        if (line !== '') shape.body?.parse(JSON.parse(line))
    }
  }
  if (row !== null) seen.add(`${row} ${status}`)
}
