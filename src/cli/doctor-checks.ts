// What `everface doctor` looks at: one function for each thing that the service depends on. Each ends with a state and, where
// it is not well, with what to do. Nothing is changed but for test bytes that are taken away again.
import { randomBytes } from 'node:crypto'
import { access, constants, mkdtemp, rm, stat, statfs, writeFile } from 'node:fs/promises'
import { type Socket, connect, createServer } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { spaced } from '../look/text.ts'
import { providers } from '../core/providers/index.ts'
import { EverfaceError } from '../errors.ts'
import type { Lookup } from '../probe/edges.ts'
import type { Config } from '../service/config.ts'
import type { Settings } from '../service/settings.ts'
import { readCa, readProxy } from './options.ts'
import { openBlobs, openStore } from './service-parts.ts'
import { readSecret, secretFileOf } from './service-settings.ts'

/** How one thing is. */
export interface Finding {
  readonly state: 'ok' | 'warn' | 'fail'
  /** What was seen. */
  readonly detail: string
  /** What to do. */
  readonly advice?: string
}

/** What a check may use. */
export interface CheckParts extends Pick<Config, 'settings' | 'secrets' | 'origins'> {
  readonly lookup: Lookup
  /** Milliseconds since 1970, UTC. */
  readonly now: () => number
}

/** A look at one thing. */
export interface Check {
  readonly name: string
  readonly look: (parts: CheckParts) => Promise<Finding>
}

/** All checks in the order in which they are told. */
export const checks: readonly Check[] = [
  { name: 'node', look: checkNode },
  { name: 'data', look: checkData },
  { name: 'secret', look: checkSecret },
  { name: 'store', look: checkStore },
  { name: 'blobs', look: checkBlobs },
  { name: 'sharp', look: checkSharp },
  { name: 'clock', look: checkClock },
  { name: 'providers', look: checkProviders },
  { name: 'network', look: checkNetwork },
  { name: 'webhooks', look: checkWebhooks },
  { name: 'public-url', look: checkPublicUrl },
  { name: 'listen', look: checkListen },
]

const boundMs = 10_000

/** Looks; what fails or takes too long is a finding as well. */
export async function runCheck({ look }: Check, parts: CheckParts): Promise<Finding> {
  const { promise: late, resolve: giveUp } = Promise.withResolvers<Finding>()
  const timer = setTimeout(() => giveUp(fail(`No answer within ${boundMs / 1_000} s.`)), boundMs)
  try {
    return await Promise.race([look(parts), late])
  } catch (error) {
    if (error instanceof EverfaceError) return fail(error.message, error.hint)
    return fail(error instanceof Error ? error.message : String(error))
  } finally {
    clearTimeout(timer)
  }
}

const ok = (detail: string): Finding => ({ state: 'ok', detail })
const warn = (detail: string, advice: string): Finding => ({ state: 'warn', detail, advice })
const fail = (detail: string, advice?: string): Finding =>
  advice === undefined ? { state: 'fail', detail } : { state: 'fail', detail, advice }

async function checkNode(): Promise<Finding> {
  const { node } = process.versions
  if (Number(node.split('.')[0]) >= 24) return ok(`Node ${node}.`)
  return fail(`Node ${node}.`, 'Everface needs Node 24 or newer.')
}

const leastFreeBytes = 256 * 1024 ** 2
const fewFreeBytes = 2 * 1024 ** 3

async function checkData({ settings }: CheckParts): Promise<Finding> {
  const { data } = settings
  const there = await isThere(data)
  const folder = there ? data : await nearestFolder(data)
  try {
    await access(folder, constants.W_OK | constants.X_OK)
    if (there) {
      const probe = await mkdtemp(join(data, 'doctor-'))
      await writeFile(join(probe, 'bytes'), randomBytes(4_096), { flush: true })
      await rm(probe, { recursive: true })
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const advice =
      'Let the user who runs the service write there, or name another folder by EVERFACE_DATA.'
    return fail(`${folder} cannot be written to (${code}).`, advice)
  }
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  const detail = `${data}${there ? '' : ' will be made at the first start'}; ${gigabytes(free)} free.`
  if (free < leastFreeBytes) return fail(detail, 'Make room: what cannot be written is not kept.')
  if (free < fewFreeBytes)
    return warn(detail, 'A picture takes about 30 kB, an avatar with its history about 2 kB.')
  return ok(detail)
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(1)} GiB`
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null
}

async function nearestFolder(path: string): Promise<string> {
  let folder = resolve(path)
  while (!(await isThere(folder)) && dirname(folder) !== folder) folder = dirname(folder)
  return folder
}

async function checkSecret({ settings, secrets, origins }: CheckParts): Promise<Finding> {
  const from = origins.find(({ key }) => key === 'secret')?.from
  if (from === 'environment' || from === 'file') {
    return ok(
      `From ${from === 'file' ? 'a file' : 'the environment'}, ${secrets.secret.length} characters.`,
    )
  }
  if (secrets.databaseUrl !== null) {
    return fail(
      'EVERFACE_SECRET is not set.',
      'All processes on one PostgreSQL need the same: `openssl rand -base64 32` makes one.',
    )
  }
  const file = secretFileOf(settings.data)
  if ((await readSecret(file)) === null) return ok('Will be made at the first start.')
  const { mode } = await stat(file)
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    return warn(`${file} can be read by others on this machine.`, `chmod 600 ${file}`)
  }
  return ok(`${file}; keep it with every backup.`)
}

async function checkStore(parts: CheckParts): Promise<Finding> {
  const embedded = parts.secrets.databaseUrl === null
  if (embedded && !(await isThere(join(parts.settings.data, 'everface.db')))) {
    return ok('The embedded store will be made at the first start.')
  }
  const store = await openStore(parts)
  try {
    await store.ping()
    const tookMs: number[] = []
    for (let turn = 0; turn < 3; turn++) {
      const startedAt = performance.now()
      await store.ping()
      tookMs.push(performance.now() - startedAt)
    }
    const pending = await store.pending()
    const latencyMs = Math.min(...tookMs)
    const detail = `${store.name}; answers in ${latencyMs.toFixed(1)} ms.`
    if (pending.length > 0 && !embedded) {
      return fail(`${detail} It lacks ${pending.length} migrations.`, 'Run `everface migrate`.')
    }
    if (latencyMs > 20)
      return warn(
        detail,
        'A store that is this far away makes every request slow: move them together.',
      )
    return ok(
      pending.length > 0
        ? `${detail} The next start applies ${pending.length} migrations.`
        : detail,
    )
  } finally {
    await store.close()
  }
}

async function checkBlobs(parts: CheckParts): Promise<Finding> {
  const { settings, secrets, now } = parts
  const folder = !settings.blobs.startsWith('s3://')
  if (folder && !(await isThere(settings.blobs))) {
    await access(await nearestFolder(settings.blobs), constants.W_OK | constants.X_OK)
    return ok(`${settings.blobs} will be made at the first start.`)
  }
  const blobs = await openBlobs(parts)
  const key = `doctor/${randomBytes(12).toString('hex')}`
  const bytes = randomBytes(1_024)
  await blobs.put(key, bytes)
  let skewMs = 0
  try {
    const read = await blobs.get(key)
    if (read === null || !read.equals(bytes)) {
      return fail(
        `${blobs.name} does not give back what was written.`,
        'Pictures would be lost: use another place.',
      )
    }
    for await (const entry of blobs.list(key)) skewMs = entry.modifiedAt - now()
  } finally {
    await blobs.delete(key)
  }
  if ((await blobs.get(key)) !== null) {
    return warn(
      `${blobs.name} keeps what was removed.`,
      'People who want to be forgotten would not be: switch versioning off.',
    )
  }
  if (Math.abs(skewMs) > 60_000) {
    return warn(
      `The clock of ${blobs.name} differs by ${Math.round(skewMs / 1_000)} s.`,
      'Set this machine’s clock by NTP.',
    )
  }
  if (folder && secrets.databaseUrl !== null) {
    return warn(
      `${blobs.name} works, but other machines on the same PostgreSQL must see the same folder.`,
      'Share the folder, or set EVERFACE_BLOBS=s3://…',
    )
  }
  return ok(`${blobs.name}: written, read, removed.`)
}

async function checkSharp(): Promise<Finding> {
  const { default: sharp } = await import('sharp')
  const image = sharp({ create: { width: 64, height: 64, channels: 3, background: '#07c160' } })
  for (const format of ['webp', 'jpeg', 'png', 'avif'] as const) {
    const bytes = await image.clone().toFormat(format).toBuffer()
    await sharp(bytes).raw().toBuffer()
  }
  const heic = sharp.format.heif.input.fileSuffix?.includes('.heic') === true
  return ok(`libvips ${sharp.versions.vips}: webp, jpeg, png, avif${heic ? ', heic' : ''}.`)
}

/** Nobody runs this before it was written. */
const writtenAt = Date.UTC(2026, 0, 1)

async function checkClock({ now }: CheckParts): Promise<Finding> {
  const at = now()
  const detail = `${new Date(at).toISOString()}.`
  if (at > writtenAt && at < Date.UTC(2100, 0, 1)) return ok(detail)
  return fail(detail, 'Set the clock by NTP: leases, signatures and death dates depend on it.')
}

/** Names only: nobody is asked for a picture. Without a network this is a warning. */
async function checkProviders({ settings, lookup }: CheckParts): Promise<Finding> {
  if (settings.proxy !== null) return ok('The proxy resolves the names.')
  const elsewhere = new Set(settings.connectTo.map((rule) => rule.split(':')[0] ?? ''))
  if (elsewhere.has('')) return ok('EVERFACE_CONNECT_TO says where to connect.')
  const hosts = providers
    .flatMap((provider) => provider.hosts)
    .filter((host) => typeof host === 'string')
    .filter((host) => !host.startsWith('.') && !elsewhere.has(host))
  const answers = await Promise.all(
    hosts.map(async (host) => {
      try {
        return (await bounded(lookup(host), 5_000)).length > 0
      } catch {
        return false
      }
    }),
  )
  const unknown = hosts.filter((_, index) => answers[index] !== true)
  if (unknown.length === 0) return ok(`All ${hosts.length} known hosts resolve.`)
  if (unknown.length === hosts.length) {
    return warn(
      'No host of any provider resolves.',
      'Check DNS and the way to the internet; a proxy is named by EVERFACE_PROXY.',
    )
  }
  const names = unknown.slice(0, 6).join(', ')
  return warn(
    `${unknown.length} of ${hosts.length} known hosts do not resolve: ${names}${unknown.length > 6 ? ' …' : ''}.`,
    'Fine where nobody uses these providers, or where their country blocks them.',
  )
}

async function checkNetwork({ settings }: CheckParts): Promise<Finding> {
  const notes: string[] = []
  if (settings.caFile !== null) {
    readCa(settings.caFile)
    notes.push(`certificates of ${settings.caFile}`)
  }
  if (settings.proxy !== null) {
    const { host, port } = readProxy(settings.proxy)
    await reach(host, port, null)
    notes.push(`proxy ${host}:${port} answers`)
  }
  if (settings.allowPrivate) {
    return warn(
      'EVERFACE_ALLOW_PRIVATE is on.',
      'Whoever may register URLs may make the service ask addresses of your own network.',
    )
  }
  return ok(notes.length > 0 ? `${notes.join('; ')}.` : 'Sources are asked directly.')
}

/** Connects, and posts nothing. */
async function checkWebhooks({ settings }: CheckParts): Promise<Finding> {
  if (settings.webhooks.length === 0) return ok('None are set.')
  const ca = settings.caFile === null ? undefined : readCa(settings.caFile)
  const broken: string[] = []
  for (const hook of settings.webhooks) {
    const { protocol, hostname, port, origin } = new URL(hook)
    const secure = protocol === 'https:'
    const host = hostname.replace(/^\[|\]$/g, '')
    try {
      await reach(host, Number(port || (secure ? 443 : 80)), secure ? { ca } : null)
    } catch (error) {
      broken.push(
        `${origin} (${(error as NodeJS.ErrnoException).code ?? (error as Error).message})`,
      )
    }
  }
  if (broken.length === 0) return ok(`${settings.webhooks.length} can be connected to.`)
  return warn(
    `Cannot be connected to: ${broken.join(', ')}.`,
    'Events wait for three days; they are listed as failed afterwards.',
  )
}

async function checkPublicUrl({ settings }: CheckParts): Promise<Finding> {
  const { publicUrl, listen } = settings
  if (publicUrl === null) {
    if (isLocal(listen.host)) return ok('Taken from the Host of each request.')
    return warn(
      'EVERFACE_PUBLIC_URL is not set, and other machines are let in.',
      'Set it, so that nobody’s Host header decides what addresses the API hands out.',
    )
  }
  const { protocol, hostname } = new URL(publicUrl)
  if (protocol === 'http:' && !isLocal(hostname)) {
    return warn(
      `${publicUrl} is not encrypted.`,
      'Pages on https show no pictures from http, and keys travel in the clear.',
    )
  }
  return ok(`${publicUrl}.`)
}

function isLocal(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || host.startsWith('127.')
}

async function checkListen({ settings }: CheckParts): Promise<Finding> {
  const { host, port } = settings.listen
  const where = `${host}:${port}`
  const { promise, resolve: settle } = Promise.withResolvers<NodeJS.ErrnoException | null>()
  const server = createServer()
  server.once('error', settle)
  server.listen(port, host, () => server.close(() => settle(null)))
  const error = await promise
  if (error === null) return ok(`${where} is free.`)
  if (error.code === 'EADDRINUSE') {
    if (await answersAsUs(settings)) return ok(`Everface is running at ${where}.`)
    return fail(`${where} is taken by another program.`, 'Name another port: EVERFACE_LISTEN.')
  }
  const advice = 'Name an address of this machine, and a port of 1024 or above: EVERFACE_LISTEN.'
  return fail(`${where} cannot be listened on (${error.code ?? error.message}).`, advice)
}

async function answersAsUs({ listen }: Settings): Promise<boolean> {
  const any = listen.host === '0.0.0.0' || listen.host === '::'
  const host = any ? '127.0.0.1' : listen.host.includes(':') ? `[${listen.host}]` : listen.host
  try {
    const signal = AbortSignal.timeout(2_000)
    const answer = await fetch(`http://${host}:${listen.port}/openapi.json`, { signal })
    const { info } = (await answer.json()) as { info?: { title?: unknown } }
    return String(info?.title).toLowerCase().includes('everface')
  } catch {
    return false
  }
}

/** Connects and hangs up; with `tls` the certificate is checked as well. */
async function reach(
  host: string,
  port: number,
  tls: { ca: readonly string[] | undefined } | null,
): Promise<void> {
  const { promise, resolve: settle, reject } = Promise.withResolvers<void>()
  const options = { host, port, timeout: 5_000 }
  const ca = tls?.ca === undefined ? {} : { ca: [...tls.ca] }
  const socket: Socket =
    tls === null
      ? connect(options, settle)
      : connectTls({ ...options, ...ca, servername: host }, settle)
  socket.once('error', reject)
  socket.once('timeout', () => reject(new Error('no answer within 5 s')))
  await promise.finally(() => socket.destroy())
}

async function bounded<T>(work: Promise<T>, ms: number): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`more than ${spaced(ms)} ms`)), ms)
  return await Promise.race([work, late]).finally(() => clearTimeout(timer))
}
