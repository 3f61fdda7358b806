// The service at work: opens its parts, listens, starts the loops, and ends them in order.
import { type Loops, createLoops, peopleLoops, workLoops } from '../jobs/loops.ts'
import { EverfaceError } from '../errors.ts'
import type { Log } from '../service/log.ts'
import { createDashboard } from '../service/dashboard/dashboard.ts'
import { countEveryMs, createDayCount } from '../service/dashboard/figures.ts'
import { createPictureRoutes } from '../service/http/pictures.ts'
import { createHttp } from '../service/http/routes.ts'
import { type Listener, listen } from '../service/http/server.ts'
import type { Settings } from '../service/settings.ts'
import type { Role, ServeFlags } from './serve.ts'
import { createServiceLog } from './service-log.ts'
import { readVersion } from './version.ts'
import { type Service, type ServiceOptions, openService } from './service-parts.ts'
import { readSettings, settingFlagsOf } from './service-settings.ts'
import { type ExitCode, type Terminal, exitCodes } from './terminal.ts'

/** Requests that are running when the service stops may take so long … */
const requestGraceMs = 5_000
/** … looks so long; then they are called off and their leases run out … */
const lookGraceMs = 6_000
/** … and then it ends, whatever is still open. */
const stopWithinMs = 9_500

/** A service that is up. */
export interface Serving {
  readonly service: Service
  /** Where it listens; null for a worker. */
  readonly url: string | null
  /** Ends everything in order and within its time; false when something had to be left behind. */
  stop(): Promise<boolean>
}

/** Opens the parts of a service, listens, and starts its loops. What was opened is closed again when a later part fails. */
export async function startServing(
  options: Omit<ServiceOptions, 'onWork'> & { readonly role: Role },
): Promise<Serving> {
  const { log, now, role } = options
  let loops: Loops | null = null
  const service = await openService({ ...options, onWork: () => loops?.wake() })
  let listener: Listener | null = null
  try {
    if (role !== 'worker') listener = await open(service, options.settings, options)
    const listening = listener
    const running = createLoops(loopsOf(service, role, now), (err, loop) => {
      log.error({ err, loop }, 'background work failed; it is tried again')
    })
    loops = running
    running.start()
    return {
      service,
      url: listening?.url ?? null,
      stop: () => stop(service, listening, running, log),
    }
  } catch (error) {
    await stop(service, listener, loops, log)
    throw error
  }
}

/** Runs the service until it is told to stop. */
export async function serve(flags: ServeFlags, terminal: Terminal): Promise<ExitCode> {
  const { settings, secrets } = await readSettings(terminal, settingFlagsOf(flags), {
    secret: 'make',
  })
  const { now, random } = terminal
  const log = createServiceLog(settings.log, terminal.stdout)
  const offCrash = terminal.onCrash((err) => {
    log.error({ err }, 'ended by a bug')
    terminal.quit(exitCodes.unfinished)
  })
  const stopping = Promise.withResolvers<void>()
  let stops = 0
  const offStop = terminal.onStop(() => {
    if (++stops > 1) terminal.quit(exitCodes.unfinished)
    stopping.resolve()
  })
  let code: ExitCode = exitCodes.unfinished
  try {
    const { role, migrate = false } = flags
    const serving = await startServing({ settings, secrets, log, now, random, migrate, role })
    try {
      await tellReady(serving, role, log, terminal)
      await stopping.promise
      code = exitCodes.done
    } finally {
      log.info({}, 'stopping')
      const whole = await serving.stop()
      log.info({ whole }, 'stopped')
      if (!whole) terminal.quit(code)
    }
    return code
  } finally {
    offStop()
    offCrash()
  }
}

/** A process that only answers still writes what it has counted. */
function loopsOf(
  { work, attending, webhooks, store }: Service,
  role: Role,
  now: () => number,
): ReturnType<typeof workLoops> {
  const loops = [
    ...workLoops(work, () => webhooks.deliver()),
    ...peopleLoops(attending),
    { name: 'figures', step: createDayCount(store, now), everyMs: countEveryMs },
  ]
  return role === 'api' ? loops.filter(({ name }) => name === 'flush') : loops
}

async function open(
  service: Service,
  settings: Settings,
  { log, now, random }: { log: Log; now: () => number; random: () => number },
): Promise<Listener> {
  const parts = { ...service, log, now, random }
  const pictures = createPictureRoutes(parts, service.faces)
  const dashboard = createDashboard({ ...parts, version: readVersion() })
  const { host, port } = settings.listen
  try {
    const http = createHttp(parts, pictures, dashboard)
    const listener = await listen(http, settings.listen, {
      log,
      now,
      lane: pictures,
      first: (request, response) => pictures.first(request, response),
    })
    return {
      ...listener,
      async close(graceMs) {
        // Open pages hold a stream each, which nothing else would end.
        dashboard.close()
        await listener.close(graceMs)
      },
    }
  } catch (cause) {
    throw cannotListen(host, port, cause)
  }
}

function cannotListen(host: string, port: number, cause: unknown): EverfaceError {
  const { code = 'failed', message } = cause as NodeJS.ErrnoException
  const where = `${host.includes(':') ? `[${host}]` : host}:${port}`
  const why =
    code === 'EADDRINUSE'
      ? `another program listens on port ${port}`
      : code === 'EACCES'
        ? `this user may not listen on port ${port}`
        : code === 'EADDRNOTAVAIL'
          ? 'this machine has no such address'
          : message
  return new EverfaceError('listen-failed', `${where} cannot be listened on: ${why}.`, { cause })
}

async function tellReady(
  { service: { store, blobs, settings }, url }: Serving,
  role: Role,
  log: Log,
  { stdout, stderr }: Terminal,
): Promise<void> {
  log.info(
    { url, role, store: store.name, blobs: blobs.name, webhooks: settings.webhooks.length },
    'ready',
  )
  if (stdout.isTTY !== true || url === null) return
  const keyless = (await store.keys()).every(({ revokedAt }) => revokedAt !== null)
  stderr.write(
    [
      `\nEverface is up at ${settings.publicUrl ?? url}`,
      `  reference  ${url}/docs`,
      ...(keyless ? ['  first key  everface key create --name my-app --scope write'] : []),
      '  Ctrl-C ends it.\n\n',
    ].join('\n'),
  )
}

/** Ends everything in order and within its time; false when something had to be left behind. */
async function stop(
  service: Service,
  listener: Listener | null,
  loops: Loops | null,
  log: Log,
): Promise<boolean> {
  const deadline = new AbortController()
  const timers = [
    // Probes end as stopped: what they would have seen is seen after the next start.
    setTimeout(() => service.callOff(), lookGraceMs),
    setTimeout(() => deadline.abort(), stopWithinMs),
  ]
  const ended = (async () => {
    await Promise.all([
      listener?.close(requestGraceMs),
      loops?.stop().then(() => service.work.ended()),
      service.webhooks.close(),
    ])
    // Again after the last request: it may have counted.
    await service.work.flush().catch((err: unknown) => log.error({ err }, 'views were not written'))
    await service.close()
    return true
  })()
  const late = new Promise<boolean>((resolve) => {
    deadline.signal.addEventListener('abort', () => resolve(false))
  })
  try {
    return await Promise.race([ended, late])
  } catch (err) {
    log.error({ err }, 'could not stop cleanly')
    return false
  } finally {
    for (const timer of timers) clearTimeout(timer)
  }
}
