// Real database servers for tests: each in its own temporary folder, on 127.0.0.1 and a free port, without
// fsync. They refuse to run as root: then they run as the user that their package made.
import type { ChildProcess } from 'node:child_process'
import { spawn, spawnSync } from 'node:child_process'
import {
  chownSync,
  existsSync,
  globSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

/** A server that runs. */
export interface TestServer {
  /** Its address with user, password and database. */
  readonly url: string
  /** Stops it and removes its data. */
  stop(): Promise<void>
}

/** Of no worth: the servers listen on the loopback address and live for a test. */
const password = 'Test-password-1'
const startMs = 30_000

interface Owner {
  readonly uid?: number
  readonly gid?: number
}

/**
 * Starts PostgreSQL; null, and a loud line, where it is not installed.
 * @param more settings besides those of a throw-away server: `shared_buffers=1GB`
 */
export async function startPostgres(more: readonly string[] = []): Promise<TestServer | null> {
  const bin = globSync('/usr/lib/postgresql/*/bin').sort().at(-1)
  if (bin === undefined || !existsSync(join(bin, 'initdb'))) {
    return skip('PostgreSQL', 'postgresql')
  }
  const owner = readOwner('postgres')
  const folder = makeFolder(owner)
  const data = join(folder, 'data')
  const secret = join(folder, 'password')
  writeFileSync(secret, password, { mode: 0o644 })
  run(join(bin, 'initdb'), owner, [
    '-D',
    data,
    '-U',
    'tester',
    '--no-sync',
    '-A',
    'scram-sha-256',
    `--pwfile=${secret}`,
    '--locale=C.UTF-8',
    '-E',
    'UTF8',
  ])
  const port = await findPort()
  const settings = [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    `unix_socket_directories=${folder}`,
    'fsync=off',
    'synchronous_commit=off',
    'full_page_writes=off',
    ...more,
  ]
  const server = spawn(
    join(bin, 'postgres'),
    ['-D', data, ...settings.flatMap((setting) => ['-c', setting])],
    { ...owner, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  return await watch(server, folder, 'SIGINT', {
    url: `postgres://tester:${password}@127.0.0.1:${port}/postgres`,
    sign: /ready to accept connections/,
  })
}

/** Starts MariaDB; null, and a loud line, where it is not installed. */
export async function startMariadb(): Promise<TestServer | null> {
  const daemon = ['/usr/sbin/mariadbd', '/usr/local/bin/mariadbd'].find((path) => existsSync(path))
  const install = ['/usr/bin/mariadb-install-db', '/usr/local/bin/mariadb-install-db'].find(
    (path) => existsSync(path),
  )
  if (daemon === undefined || install === undefined) return skip('MariaDB', 'mariadb-server')
  const owner = readOwner('mysql')
  const folder = makeFolder(owner)
  const data = join(folder, 'data')
  run(install, owner, [
    '--no-defaults',
    `--datadir=${data}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    '--skip-name-resolve',
  ])
  const port = await findPort()
  const first = join(folder, 'first.sql')
  writeFileSync(
    first,
    `CREATE DATABASE everface CHARACTER SET utf8mb4;
CREATE USER tester@'127.0.0.1' IDENTIFIED BY '${password}';
GRANT ALL ON *.* TO tester@'127.0.0.1';
`,
    { mode: 0o644 },
  )
  const server = spawn(
    daemon,
    [
      '--no-defaults',
      `--datadir=${data}`,
      '--bind-address=127.0.0.1',
      `--port=${port}`,
      `--socket=${folder}/socket`,
      `--pid-file=${folder}/pid`,
      `--init-file=${first}`,
      '--skip-name-resolve',
      '--skip-log-bin',
      '--innodb-flush-log-at-trx-commit=0',
      '--innodb-flush-method=nosync',
      '--innodb-buffer-pool-size=32M',
    ],
    { ...owner, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  return await watch(server, folder, 'SIGTERM', {
    url: `mysql://tester:${password}@127.0.0.1:${port}/everface`,
    sign: /ready for connections/,
  })
}

function skip(product: string, apt: string): null {
  process.stderr.write(
    `SKIPPED: ${product} is not installed (apt-get install ${apt}): its tests do not run\n`,
  )
  return null
}

/** Whom to run as: nobody else, unless we are root. */
function readOwner(user: string): Owner {
  if (process.getuid?.() !== 0) return {}
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${user}:`))
  const [, , uid, gid] = line?.split(':') ?? []
  if (uid === undefined || gid === undefined) throw new Error(`there is no user ${user}`)
  return { uid: Number(uid), gid: Number(gid) }
}

function makeFolder({ uid, gid }: Owner): string {
  const folder = mkdtempSync(join(tmpdir(), 'everface-server-'))
  if (uid !== undefined && gid !== undefined) chownSync(folder, uid, gid)
  return folder
}

function run(command: string, owner: Owner, args: readonly string[]): void {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    ...owner,
    cwd: '/',
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`${command} failed: ${error?.message ?? stdout + stderr}`)
}

async function findPort(): Promise<number> {
  const probe = createServer()
  return await new Promise((resolve, reject) => {
    probe.on('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      probe.close(() => resolve(port))
    })
  })
}

/** Waits for the server's own word that it is ready; sees to it that it does not outlive us. */
async function watch(
  server: ChildProcess,
  folder: string,
  signal: NodeJS.Signals,
  { url, sign }: { url: string; sign: RegExp },
): Promise<TestServer> {
  const exited = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  function killNow(): void {
    server.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', killNow)

  let log = ''
  const ready = new Promise<void>((resolve, reject) => {
    server.stderr?.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-100_000)
      if (sign.test(log)) resolve()
    })
    server.once('error', reject)
    void exited.then(() => reject(new Error(`the server ended:\n${log}`)))
    void wait(startMs, undefined, { ref: false }).then(() =>
      reject(new Error(`no server:\n${log}`)),
    )
  })
  async function stop(): Promise<void> {
    server.kill(signal)
    await Promise.race([exited, wait(10_000, undefined, { ref: false })])
    process.off('exit', killNow)
    killNow()
  }
  try {
    await ready
  } catch (error) {
    await stop()
    throw error
  }
  return { url, stop }
}
