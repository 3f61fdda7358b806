// The demo as one thing that can be started and stopped: a made WeChat, the real service with its dashboard, an app that
// registers everybody over HTTP, and a page that shows the same people twice. Nothing leaves this machine.
import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEverface } from '../../client/client.ts'
import { makeSecret } from '../../service/http/auth.ts'
import { webhookSecretsOf } from '../../service/webhook-sign.ts'
import { createServiceLog } from '../service-log.ts'
import { readSettings } from '../service-settings.ts'
import { startServing } from '../serving.ts'
import { startSimulator } from '../simulate.ts'
import { makeComments, makeReaders } from './cast.ts'
import { createDirector } from './director.ts'
import { type Progress, createLedger } from './ledger.ts'
import { listenNear } from './listen-near.ts'
import { createPageApp } from './page-app.ts'
import { openPlatformDoor } from './platform-door.ts'
import { signUp } from './sign-up.ts'

/** How the demo runs; everything has a default. */
export interface DemoOptions {
  /** Port of the dashboard (8420); page and platform take the next ones that are free. 0: any that are free. */
  readonly port?: number
  /** How many people there are, from 10 on; 240. */
  readonly people?: number
  /** How many times faster than told the story goes; 1. */
  readonly speed?: number
  /** Folder for everything, which is kept; absent: a temporary one that goes when the demo stops. */
  readonly data?: string
  /** Decides what happens to whom; 7. */
  readonly seed?: number
  /** Milliseconds UTC. */
  readonly now?: () => number
  /** 0 ≤ x < 1. */
  readonly random?: () => number
}

/** A running demo. */
export interface Demo {
  readonly dashboardUrl: string
  /** The page with the same people twice. */
  readonly comparisonUrl: string
  /** Where a browser reaches the simulated platform. */
  readonly platformUrl: string
  /** Signs in to the dashboard. */
  readonly adminKey: string
  /** The service's JSON lines. */
  readonly logFile: string
  /** What has happened so far. */
  progress(): Progress
  /** Ends everything; what is not to be kept is removed. A second call waits for the first. */
  stop(): Promise<void>
}

/** Three that the service asks, and one that is nearest to the browser. */
const edgeCount = 4
/** Everybody may be looked at every so often, which is many thousand times as often as in earnest. */
const sweepEveryMs = 8_000
/** The sweep's own part of the budget; the rest is for looks out of turn. */
const sweepShare = 0.4
const dayMs = 86_400_000
const stepMs = 250
/** Whoever is not there by then may lose the picture before it was kept. */
const longestPrologueMs = 20_000
const progressMs = 1_500
/** Open pages hold connections; what is still being looked at can be looked at another day. */
const patienceMs = 400

/** Starts everything; resolves when everybody is registered. What was started is ended again when a later part fails. */
export async function startDemo(options: DemoOptions = {}): Promise<Demo> {
  const { port = 8420, people = 240, speed = 1, seed = 7 } = options
  const { now = Date.now, random = Math.random } = options
  const ends: (() => Promise<unknown>)[] = []
  let stopped: Promise<void> | null = null
  const stop = () => (stopped ??= endAll(ends))
  try {
    const folder = options.data ?? (await mkdtemp(join(tmpdir(), 'everface-demo-')))
    if (options.data === undefined) {
      ends.push(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }))
    }
    await mkdir(folder, { recursive: true, mode: 0o700 })

    const simulator = await startSimulator({ edges: edgeCount, seed, now })
    ends.push(() => simulator.close())
    const { control, edges } = simulator
    const browserEdge = edges.at(-1) ?? ''
    const serviceEdges = edges.slice(0, -1)
    const readers = makeReaders(people)
    control.makePeople({ count: people, forms: ['mmopen/vi_32', 'mmopen', 'mmhead', 'g'] })
    for (const { person, name } of readers) {
      if (control.person(person).provider === 'wechat') control.changeNickname(person, name)
    }
    // A new picture is in the profile at once, not a day later: nobody watches for a day.
    control.setPlatform({ lag: 0, refusal: 'returns' })
    const app = control.makeApp({
      kind: 'official',
      domain: '127.0.0.1',
      perMinute: 1_000_000,
      perDay: 1_000_000_000,
    })
    const ca = join(folder, 'simulator-ca.pem')
    await simulator.writeCa(ca)

    const dashboardPort = await freePort(port)
    const near = (steps: number) => (port === 0 ? 0 : dashboardPort + steps)
    // Set once there is somebody to show.
    let answer: ReturnType<typeof createPageApp> | null = null
    const pageServer = createServer((request, response) => {
      if (answer === null) response.writeHead(503).end()
      else void answer(request, response)
    })
    const page = await listenNear(pageServer, near(1))
    ends.push(() => page.close())
    const door = await openPlatformDoor(simulator, browserEdge, near(2))
    ends.push(() => door.close())

    const { settings, secrets } = await readSettings(
      { env: { EVERFACE_WECHAT_SECRETS: `${app.appid}=${app.secret}` } },
      {
        listen: `127.0.0.1:${dashboardPort}`,
        publicUrl: `http://127.0.0.1:${dashboardPort}`,
        data: join(folder, 'everface'),
        connectTo: simulator.connectTo
          .filter((line) => serviceEdges.some((edge) => line.includes(`:${edge}:`)))
          .join(' '),
        ca,
        allowPrivate: 'yes',
        rate: '400/s',
        rateLimit: '0/min',
        suspectAt: '3',
        webhooks: `${page.url}/hooks/everface`,
        wechatApps: `official:${app.appid}`,
        returnOrigins: page.url,
      },
      { secret: 'make' },
    )
    const logFile = join(folder, 'everface.log')
    const lines = createWriteStream(logFile, { flags: 'a', mode: 0o600 })
    ends.push(() => new Promise((resolve) => lines.end(resolve)))
    const leastDays = sweepEveryMs / speed / dayMs
    const serving = await startServing({
      settings: {
        ...settings,
        limits: { ...settings.limits, budget: 30 / leastDays, leastDays },
      },
      secrets,
      log: createServiceLog('info', lines),
      now,
      random,
      role: 'all',
    })
    const { service } = serving
    ends.push(async () => {
      const timer = setTimeout(() => service.callOff(), patienceMs)
      await serving.stop().finally(() => clearTimeout(timer))
    })
    const base = serving.url ?? ''
    const admin = makeSecret()
    await service.store.addKey(
      {
        id: `key_${randomBytes(6).toString('hex')}`,
        name: 'demo',
        scope: 'admin',
        createdAt: now(),
        lastUsedAt: null,
        revokedAt: null,
      },
      admin.sha256,
    )
    const everface = createEverface({ url: base, key: admin.secret, secret: secrets.secret })

    const comments = makeComments(readers)
    const visible = comments.length
    const director = createDirector({
      simulator,
      edges: serviceEdges,
      people,
      visible,
      seed,
      speed,
      now,
    })
    const ledger = createLedger({ readers, director, everface })
    answer = createPageApp({
      everface,
      base,
      door,
      origin: page.url,
      webhookSecret: webhookSecretsOf(secrets)[0] ?? '',
      readers,
      comments,
      ledger,
      linkOf: (reader) => control.person(reader.person).url,
      sweepSeconds: Math.max(1, Math.round(sweepEveryMs / sweepShare / speed / 1_000)),
      everyMs: progressMs / Math.min(speed, 3),
    })

    await signUp({ everface, control, app, door, readers, now })
    // The clocks learn of their avatars now, not at their next turn.
    await service.work.turnClocks()
    const readyAt = now()
    const watch = async () => {
      await ledger.read()
      // It begins when every face was seen once, as in an app that has been up for a while.
      const seen = ledger.progress().kept === people
      if (seen || now() - readyAt > longestPrologueMs) director.begin()
    }
    await watch()
    const timers = [
      setInterval(() => director.step(), stepMs / Math.min(speed, 5)),
      setInterval(() => void watch(), progressMs / Math.min(speed, 3)),
      // A demo that runs for days must not remember every request.
      setInterval(() => control.clearRequests(), 60_000),
    ]
    ends.push(async () => {
      for (const timer of timers) clearInterval(timer)
      await ledger.close()
    })
    return {
      dashboardUrl: `${base}/`,
      comparisonUrl: `${page.url}/`,
      platformUrl: door.url,
      adminKey: admin.secret,
      logFile,
      progress: () => ledger.progress(),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Ends what was started last first; one that fails keeps no other from ending. */
async function endAll(ends: readonly (() => Promise<unknown>)[]): Promise<void> {
  const failures: unknown[] = []
  for (const end of ends.toReversed()) {
    await end().catch((error: unknown) => failures.push(error))
  }
  if (failures.length > 0) throw failures[0]
}

/** A port that was free a moment ago: this one, or the next. */
async function freePort(port: number): Promise<number> {
  const probe = await listenNear(createServer(), port)
  await probe.close()
  return probe.port
}
