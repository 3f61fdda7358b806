// Opens what the service is made of, from its settings: here the implementations are chosen, and nowhere else.
import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { availableParallelism, hostname } from 'node:os'
import { join } from 'node:path'
import type { Policy } from '../core/policy.ts'
import { EverfaceError } from '../errors.ts'
import { createJobs } from '../jobs/create-jobs.ts'
import type { Keeper, Work } from '../jobs/keeper.ts'
import type { Attending, People } from '../jobs/people.ts'
import type { Blobs } from '../pictures/blobs.ts'
import { createFolderBlobs } from '../pictures/blobs-folder.ts'
import { createPictures } from '../pictures/create.ts'
import { encodesAtOnce } from '../pictures/gate.ts'
import type { Pictures } from '../pictures/pictures.ts'
import { lookupAll, readConnectTo } from '../probe/edges.ts'
import { type Prober, createProber } from '../probe/prober.ts'
import type { Config } from '../service/config.ts'
import { type Faces, createFaces } from '../service/http/faces.ts'
import type { Log } from '../service/log.ts'
import type { Settings } from '../service/settings.ts'
import { createPoster } from '../service/webhook-post.ts'
import { type Webhooks, createWebhooks } from '../service/webhooks.ts'
import type { Store } from '../store/store.ts'
import { checkDefaults } from './check.ts'
import { readCa, readProxy } from './options.ts'
import { governed, openPeople, openPolicy } from './people-parts.ts'

/** What the parts need besides settings and secrets. */
export interface ServiceOptions extends Pick<Config, 'settings' | 'secrets'> {
  readonly log: Log
  /** Milliseconds since 1970, UTC. */
  readonly now: () => number
  /** 0 ≤ x < 1. */
  readonly random: () => number
  /** Brings a PostgreSQL store up to date instead of refusing it. */
  readonly migrate?: boolean
  /** There is work out of turn. */
  readonly onWork?: () => void
}

/** The opened parts of a service. */
export interface Service extends Pick<Config, 'settings' | 'secrets'> {
  /** The policy in force. */
  readonly policy: Policy
  readonly store: Store
  readonly blobs: Blobs
  readonly pictures: Pictures
  readonly prober: Prober
  readonly keeper: Keeper
  readonly people: People
  readonly work: Work
  readonly attending: Attending
  /** The faces that picture routes show; they know of every change in this process. */
  readonly faces: Faces
  readonly webhooks: Webhooks
  /** Looks and posts that are still on their way end at once; they are done again after the next start. */
  callOff(): void
  /** Ends what is on its way, writes what was counted, closes everything. */
  close(): Promise<void>
}

/** Avatars claimed at once for each provider. */
const batch = 256
/** So many providers that do not answer hold up nobody else. */
const providersAtOnce = 4
/** A sweep waits so long for slow hosts before it sees to the others. */
const sweepPatienceMs = 1_000
/** Variants that may wait to be encoded; more are told to come back. */
const encodeQueue = 256

/** Opens everything. What was opened is closed again when a later part fails. */
export async function openService(options: ServiceOptions): Promise<Service> {
  const { secrets, log, now, random, onWork = () => {} } = options
  const policy = await openPolicy(options.settings)
  const settings = governed(options.settings, policy)
  const ca = settings.caFile === null ? undefined : readCa(settings.caFile)
  const blobs = await openBlobs(options)
  const store = await openCurrentStore(options, options.migrate)
  const pictures = createPictures({
    blobs,
    cacheBytes: settings.cacheBytes,
    atOnce: encodesAtOnce(availableParallelism()),
    queue: encodeQueue,
  })
  const faces = createFaces({ store, log, now })
  const prober = openProber(settings, ca, { now, random })
  const owner = `${hostname()}:${process.pid}:${randomBytes(4).toString('hex')}`
  const { keeper: plain, work } = createJobs({
    store,
    pictures,
    prober,
    limits: settings.limits,
    // Where links are handed out, a dead one is seen: it is looked for as in redirect mode.
    mode: settings.mode === 'copy' ? 'copy' : 'redirect',
    hosts: settings.hosts,
    suspectAt: settings.suspectAt,
    placeholderAt: settings.placeholderAt,
    historyMs: settings.historyMs,
    copiesMs: settings.copiesMs,
    batch,
    looksAtOnce: Math.ceil(settings.concurrency / providersAtOnce),
    patienceMs: sweepPatienceMs,
    owner,
    now,
    onTrouble: (err) => log.error({ err }, 'a look could not be settled'),
    onChanged: (subject) => faces.changed(subject),
    onWork,
  })
  const keeper = forgetful(plain, faces)
  const onChanged = (subject: string) => faces.changed(subject)
  const side = { settings, secrets, policy, store, keeper, ca, log, owner, now, random }
  const { people, attending, ...peopleSide } = openPeople({ ...side, onChanged, onWork })
  const poster = createPoster({ ca, now })
  const webhooks = createWebhooks({ store, settings, secrets, post: poster.post, log, now, random })
  return {
    settings,
    secrets,
    policy,
    store,
    blobs,
    pictures,
    prober,
    keeper,
    people,
    work,
    attending,
    faces,
    webhooks,
    callOff() {
      prober.close()
      poster.close()
    },
    async close() {
      await webhooks.close()
      poster.close()
      prober.close()
      peopleSide.close()
      await store.close()
    },
  }
}

/** Whom the keeper forgets is not shown again from memory either, store or no store. */
function forgetful(keeper: Keeper, faces: Faces): Keeper {
  return {
    ...keeper,
    async forget(subject) {
      const answer = await keeper.forget(subject)
      if (answer.kind === 'forgotten') faces.forget(subject)
      return answer
    },
    async signal(subject, type) {
      const answer = await keeper.signal(subject, type)
      if (type === 'consent-withdrawn' && answer.kind === 'taken') faces.forget(subject)
      return answer
    },
  }
}

/** A prober as the service has it. */
export function openProber(
  settings: Settings,
  ca: readonly string[] | undefined,
  { now, random }: { now: () => number; random: () => number },
): Prober {
  return createProber({
    concurrency: settings.concurrency,
    rate: settings.limits.pace,
    hostRates: new Map(),
    edges: settings.edges,
    everyEdge: false,
    timeoutMs: settings.timeoutMs,
    retries: checkDefaults.retries,
    get: false,
    connectTo: settings.connectTo.map(readConnectTo),
    tls: { ca, insecure: false },
    proxy: settings.proxy === null ? null : readProxy(settings.proxy),
    guard: { allowPrivate: settings.allowPrivate, allowPorts: settings.allowPorts },
    lookup: lookupAll,
    now,
    random,
  })
}

/** Opens the store as it is. */
export async function openStore({
  settings,
  secrets,
}: Pick<Config, 'settings' | 'secrets'>): Promise<Store> {
  const hooks = settings.webhooks
  if (secrets.databaseUrl !== null) {
    // Loaded when it is wanted: the embedded store needs no driver.
    const { openPostgresStore } = await import('../store/postgres.ts')
    return await openPostgresStore({ url: secrets.databaseUrl, hooks, limits: settings.limits })
  }
  await makeDataFolder(settings.data)
  const { openSqliteStore } = await import('../store/sqlite.ts')
  return await openSqliteStore({
    file: join(settings.data, 'everface.db'),
    hooks,
    limits: settings.limits,
  })
}

/**
 * Opens the store with tables that this program can use. The embedded one is brought up to date; PostgreSQL, which other
 * processes share, only when that is asked for.
 * Throws `store-outdated` with what to do.
 */
export async function openCurrentStore(
  config: Pick<Config, 'settings' | 'secrets'>,
  migrate = false,
): Promise<Store> {
  const store = await openStore(config)
  try {
    if (migrate || config.secrets.databaseUrl === null) {
      await store.migrate()
      return store
    }
    const pending = await store.pending()
    if (pending.length === 0) return store
    throw new EverfaceError(
      'store-outdated',
      `${store.name} lacks ${pending.length} of our migrations: ${pending.join(', ')}.`,
    )
  } catch (error) {
    await store.close()
    throw error
  }
}

async function makeDataFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 })
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new EverfaceError('out-unwritable', `The data folder ${path} cannot be made (${code}).`, {
      hint: 'EVERFACE_DATA names another folder; the parent must be writable.',
      cause,
    })
  }
}

/** Opens the place where bytes lie. */
export async function openBlobs({
  settings,
  secrets,
}: Pick<Config, 'settings' | 'secrets'>): Promise<Blobs> {
  const place = /^s3:\/\/([^/]+)\/?(.*)$/.exec(settings.blobs)
  if (place === null) return createFolderBlobs(settings.blobs)
  const { createS3Blobs } = await import('../pictures/blobs-s3.ts')
  return createS3Blobs({
    bucket: place[1] ?? '',
    prefix: place[2] ?? '',
    ...settings.s3,
    // Stores with an endpoint of their own take any.
    region: settings.s3.region ?? 'us-east-1',
    accessKeyId: secrets.s3AccessKeyId,
    secretAccessKey: secrets.s3SecretAccessKey,
  })
}
