// Runs the command line for tests: inside this process with made streams, or as a process of its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { main } from '../src/cli/main.ts'

/** How a command ended and what it printed. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** What a command in this process meets besides its arguments and input. */
export interface Surroundings {
  readonly env?: Readonly<Record<string, string>>
  /** Takes the listener that a Ctrl-C calls. */
  readonly onStop?: (listener: () => void) => () => void
  /** Takes the listener for what nobody caught. */
  readonly onCrash?: (listener: (error: unknown) => void) => () => void
  /** Is told when the command would end the process at once. */
  readonly quit?: (code: number) => void
  /** Sees standard output as it comes. */
  readonly onOutput?: (text: string) => void
}

/** Runs one command line in this process. */
export async function everface(
  args: readonly string[],
  input = '',
  {
    env = {},
    onStop = () => () => {},
    onCrash = () => () => {},
    quit = () => {},
    onOutput,
  }: Surroundings = {},
): Promise<Ended> {
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const texts = [collect(stdout), collect(stderr)]
  if (onOutput !== undefined) stdout.on('data', (piece: Buffer) => onOutput(piece.toString()))
  const code = await main(args, {
    stdin: Readable.from(input === '' ? [] : [Buffer.from(input)]),
    stdout,
    stderr,
    env: { NO_COLOR: '1', ...env },
    now: Date.now,
    random: Math.random,
    onStop,
    onCrash,
    quit,
  })
  stdout.end()
  stderr.end()
  const [out = '', error = ''] = await Promise.all(texts)
  return { code, stdout: out, stderr: error }
}

/** A command that runs as a process of its own. */
export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
}

/** Starts one command line as a process. @param nodeArgs flags for Node itself @param env added to ours */
export function startEverface(
  args: readonly string[],
  nodeArgs: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Running {
  const bin = fileURLToPath(new URL('../bin/everface.mjs', import.meta.url))
  const child = spawn(process.execPath, [...nodeArgs, bin, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', ...env },
  })
  const texts = [collect(child.stdout), collect(child.stderr)]
  const ended = once(child, 'close').then(async ([code]) => {
    const [stdout = '', stderr = ''] = await Promise.all(texts)
    return { code: code as number | null, stdout, stderr }
  })
  return { child, ended }
}

/** A folder that is gone after the test. */
export function temporaryFolder(): { path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), 'everface-test-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

async function collect(stream: Readable): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of stream) pieces.push(Buffer.from(piece as Uint8Array))
  return Buffer.concat(pieces).toString()
}
