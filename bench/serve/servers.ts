// The servers that are measured, each a process of its own on a free loopback port: `everface serve`, nginx, ipx.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** A running server. */
export interface Server {
  readonly url: string
  stop(): Promise<void>
}

const everface = fileURLToPath(new URL('../../bin/everface.mjs', import.meta.url))
const tries = 400
const betweenMs = 25

/** Starts `everface serve`; resolves when it answers. */
export async function startEverface(env: Readonly<Record<string, string>>): Promise<Server> {
  const port = await freePort()
  const child = spawn(process.execPath, [everface, 'serve', '--listen', `127.0.0.1:${port}`], {
    env: { ...process.env, ...env },
    stdio: 'ignore',
  })
  return untilAnswering(child, `http://127.0.0.1:${port}`, '/healthz')
}

/** What every answer of ours carries, given to nginx as well: both send the same. */
const sameHeaders: Readonly<Record<string, string>> = {
  'Cache-Control': 'public, max-age=300, stale-while-revalidate=86400, stale-if-error=604800',
  'Everface-Shows': 'copy',
  'Everface-Standing': 'uploaded',
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'Everface-Shows, Everface-Standing',
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'X-Content-Type-Options': 'nosniff',
  'Content-Disposition': 'inline',
}

/**
 * Starts nginx on the files of `root` as distributions set it up (sendfile, tcp_nopush), without its log. With
 * `open_file_cache`, which serves deleted files for a while, it answers about a fifth more.
 * @param workers processes that answer
 */
export async function startNginx(folder: string, root: string, workers: number): Promise<Server> {
  const port = await freePort()
  const name = join(folder, `nginx-${workers}`)
  const headers = Object.entries(sameHeaders).map(([key, value]) => `add_header ${key} "${value}";`)
  // Started by root, nginx would drop to a user who cannot read the temporary folder.
  const user = process.getuid?.() === 0 ? 'user root;\n' : ''
  writeFileSync(
    `${name}.conf`,
    `${user}worker_processes ${workers};
pid ${name}.pid;
error_log ${name}.log;
events { worker_connections 4096; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  types { }
  default_type image/webp;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    root ${root};
    ${headers.join('\n    ')}
  }
}
`,
  )
  const child = spawn('nginx', ['-c', `${name}.conf`, '-g', 'daemon off;'], { stdio: 'ignore' })
  return untilAnswering(child, `http://127.0.0.1:${port}`, '/')
}

/** Starts ipx on the pictures of `root`. */
export async function startIpx(command: string, root: string): Promise<Server> {
  const port = await freePort()
  const args = [command, 'serve', '--dir', root, '--port', String(port), '--host', '127.0.0.1']
  const child = spawn(process.execPath, args, { stdio: 'ignore' })
  return untilAnswering(child, `http://127.0.0.1:${port}`, '/')
}

async function untilAnswering(child: ChildProcess, url: string, path: string): Promise<Server> {
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
  }
  for (let at = 0; at < tries && child.exitCode === null; at++) {
    try {
      await (await fetch(url + path)).arrayBuffer()
      return { url, stop }
    } catch {
      // Not yet.
      await sleep(betweenMs)
    }
  }
  await stop()
  throw new Error(`${child.spawnargs.join(' ')} did not start.`)
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
