// A whole keeper over the simulator, without a port of its own: real store, real pictures, real prober; time is moved by
// hand. For flow tests.
import { readFileSync } from 'node:fs'
import { type IncomingHttpHeaders, request } from 'node:http'
import { join } from 'node:path'
import { createHash } from 'node:crypto'
import { type Simulator, type SimulatorOptions, createSimulator } from '../simulator/simulator.ts'
import { readUrl } from '../src/core/read-url.ts'
import { type Jobs, createJobs } from '../src/jobs/create-jobs.ts'
import { createFolderBlobs } from '../src/pictures/blobs-folder.ts'
import { createPictures } from '../src/pictures/create.ts'
import type { Pictures } from '../src/pictures/pictures.ts'
import { readConnectTo } from '../src/probe/edges.ts'
import { type Prober, createProber } from '../src/probe/prober.ts'
import { openSqliteStore } from '../src/store/sqlite.ts'
import type { Store } from '../src/store/store.ts'
import { temporaryFolder } from './everface.ts'

/** A world to test in. */
export interface KeeperWorld {
  /** Where `store.db` and `blobs` lie. */
  readonly folder: string
  readonly simulator: Simulator
  readonly store: Store
  readonly pictures: Pictures
  readonly jobs: Jobs
  /** Milliseconds UTC, the same for the platform and for us. */
  now(): number
  /** Moves both clocks. */
  advance(ms: number): void
  /** Does all that is due now; the number of looks. */
  drain(): Promise<number>
  /** A keeper with a prober that remembers nothing of former answers; over another store than the world's, if one is given. */
  freshJobs(through?: Store): Jobs
  close(): Promise<void>
}

/** How the keeper of a world is set. */
export interface WorldOptions extends SimulatorOptions {
  readonly budget?: number
  readonly pace?: number
  readonly suspectAt?: number
  readonly placeholderAt?: number
}

/** Makes a world whose time stands still until it is moved. */
export async function createKeeperWorld(options: WorldOptions = {}): Promise<KeeperWorld> {
  const folder = temporaryFolder()
  const start = Date.UTC(2026, 10, 22)
  let time = start
  const simulator = await createSimulator({ edges: 4, ...options, speed: 0, now: () => start })
  const ca = join(folder.path, 'ca.pem')
  await simulator.writeCa(ca)
  const store = await openSqliteStore({
    file: join(folder.path, 'store.db'),
    hooks: ['http://hook.test/'],
  })
  await store.migrate()
  const pictures = createPictures({
    blobs: createFolderBlobs(join(folder.path, 'blobs')),
    cacheBytes: 64 * 1024 * 1024,
    atOnce: 2,
    queue: 10_000,
  })
  const probers: Prober[] = []
  const troubles: unknown[] = []
  let seed = 1
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed / 2_147_483_647
  }

  function freshJobs(through: Store = store): Jobs {
    const prober = createProber({
      concurrency: 64,
      rate: 0,
      hostRates: new Map(),
      edges: 3,
      everyEdge: false,
      timeoutMs: 5_000,
      retries: 0,
      get: false,
      connectTo: simulator.connectTo.map((line) => readConnectTo(line)),
      tls: { ca: [readFileSync(ca, 'utf8')], insecure: false },
      proxy: null,
      guard: { allowPrivate: true, allowPorts: [] },
      lookup: async () => [],
      now: () => time,
      random,
    })
    probers.push(prober)
    return createJobs({
      store: through,
      pictures,
      prober,
      limits: { pace: options.pace ?? 1_000, budget: options.budget ?? 30 },
      mode: 'copy',
      now: () => time,
      owner: `test-${probers.length}`,
      onTrouble: (error) => troubles.push(error),
      onChanged: () => {},
      onWork: () => {},
      hosts: ['*'],
      suspectAt: options.suspectAt ?? 0,
      placeholderAt: options.placeholderAt ?? 0,
      historyMs: 400 * 86_400_000,
      copiesMs: 180 * 86_400_000,
      batch: 100,
    })
  }

  const jobs = freshJobs()
  return {
    folder: folder.path,
    simulator,
    store,
    pictures,
    jobs,
    freshJobs,
    now: () => time,
    advance(ms) {
      time += ms
      simulator.control.advance(ms)
    },
    async drain() {
      let looks = 0
      for (let round = 0; round < 1_000; round++) {
        const done = await jobs.work.sweep()
        if (troubles.length > 0) throw troubles[0]
        looks += done
        if (done === 0) break
      }
      return looks
    },
    async close() {
      for (const prober of probers) prober.close()
      await store.close()
      await simulator.close()
      folder[Symbol.dispose]()
    },
  }
}

/** Every picture, by SHA-256, that any edge still gives for a source, its sizes and sibling hosts; asked without our prober. */
export async function surviving(simulator: Simulator, url: string): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  for (const one of [url, ...readUrl(url).siblings]) {
    for (const bytes of await everyEdge(simulator, one)) found.add(bytes)
  }
  return found
}

async function everyEdge(simulator: Simulator, url: string): Promise<string[]> {
  const { hostname, pathname, search } = new URL(url)
  if (!simulator.hosts.includes(hostname)) return []
  const answers = await Promise.all(
    simulator.edges.map((edge) => ask(edge, simulator.ports.http, hostname, pathname + search)),
  )
  return answers.filter((one) => one !== null)
}

/** SHA-256 of a living picture, or null for anything else. */
async function ask(edge: string, port: number, host: string, path: string): Promise<string | null> {
  const { status, headers, bytes } = await fetchFrom(edge, port, host, path)
  const { 'x-errno': code, 'x-info': info } = headers
  const dead = (code !== undefined && code !== '0') || String(info ?? '').startsWith('notexist')
  return status === 200 && !dead ? createHash('sha256').update(bytes).digest('hex') : null
}

/** What the first edge sends for a URL, whatever it is. */
export async function bytesOf(simulator: Simulator, url: string): Promise<Buffer> {
  const { hostname, pathname } = new URL(url)
  const edge = simulator.edges[0] ?? ''
  return (await fetchFrom(edge, simulator.ports.http, hostname, pathname)).bytes
}

async function fetchFrom(
  edge: string,
  port: number,
  host: string,
  path: string,
): Promise<{ status: number; headers: IncomingHttpHeaders; bytes: Buffer }> {
  const { promise, resolve, reject } =
    Promise.withResolvers<Awaited<ReturnType<typeof fetchFrom>>>()
  const asking = request({ host: edge, port, path, headers: { host } }, (answer) => {
    const pieces: Buffer[] = []
    answer.on('data', (piece: Buffer) => pieces.push(piece))
    answer.on('error', reject)
    answer.on('end', () => {
      const { statusCode: status = 0, headers } = answer
      resolve({ status, headers, bytes: Buffer.concat(pieces) })
    })
  })
  asking.on('error', reject)
  asking.end()
  return await promise
}
