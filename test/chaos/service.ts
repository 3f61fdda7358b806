// A service that is started, loaded and killed: what chaos tests share.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type IncomingHttpHeaders, type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'

const bin = fileURLToPath(new URL('../../bin/everface.mjs', import.meta.url))

/** A running `everface serve`. */
export interface Service {
  readonly child: ChildProcess
  /** Resolves when it says that it is ready; rejects when it ends before. */
  readonly ready: Promise<void>
  /** `kill -9`, and waits until the process is gone. */
  kill(): Promise<void>
  /** SIGTERM; the exit code. */
  stop(): Promise<number | null>
  /** What it printed. */
  output(): string
}

/** Starts the service. @param env settings */
export function startService(env: Readonly<Record<string, string>>): Service {
  const child = spawn(process.execPath, [bin, 'serve'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', ...env },
  })
  let output = ''
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>()
  const hear = (piece: Buffer): void => {
    output = (output + piece.toString()).slice(-100_000)
    if (output.includes('"msg":"ready"')) resolve()
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  const gone = once(child, 'close')
  void gone.then(() => reject(new Error(`the service ended before it was ready:\n${output}`)))
  ready.catch(() => {})
  return {
    child,
    ready,
    output: () => output,
    async kill() {
      child.kill('SIGKILL')
      await gone
    },
    async stop() {
      child.kill('SIGTERM')
      const [code] = (await gone) as [number | null]
      return code
    },
  }
}

/** Runs one command to its end. */
export async function runCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const child = spawn(process.execPath, [bin, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', ...env },
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (piece: Buffer) => (stdout += piece.toString()))
  child.stderr.on('data', (piece: Buffer) => (stderr += piece.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`everface ${args.join(' ')} ended with ${code}:\n${stderr}`)
  return stdout
}

/** A webhook that came in. */
export interface Received {
  readonly id: string
  readonly type: string
  readonly subject: string
  readonly body: string
  readonly headers: IncomingHttpHeaders
}

/** Takes webhooks. */
export interface Receiver {
  readonly url: string
  readonly received: readonly Received[]
  close(): Promise<void>
}

/** A receiver that takes everything. */
export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = []
  const server: Server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('error', () => {})
    request.on('end', () => {
      const body = Buffer.concat(pieces).toString()
      const { type, data } = JSON.parse(body) as { type: string; data: { subject: string } }
      const id = String(request.headers['webhook-id'])
      received.push({ id, type, subject: data.subject, body, headers: request.headers })
      response.writeHead(204).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Asks again until it holds, so many times, a tenth of a second apart; the last failure otherwise. */
export async function eventually<T>(tries: number, ask: () => Promise<T>): Promise<T> {
  for (let left = tries; ; left--) {
    try {
      return await ask()
    } catch (error) {
      if (left <= 1) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}
