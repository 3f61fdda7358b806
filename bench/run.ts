// Runs programs from outside: whole-process wall time, exit code, what they printed, and the most memory they held.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'

/** How a program ended. */
export interface Run {
  readonly seconds: number
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** Most resident memory in MB (10^6 bytes); null where /proc does not tell. */
  readonly peakMb: number | null
}

const longestMs = 600_000

/** Runs a program to its end. Rejects after ten minutes. */
export async function run(
  command: string,
  args: readonly string[],
  options: { cwd?: string } = {},
): Promise<Run> {
  const start = performance.now()
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  const pieces: [string[], string[]] = [[], []]
  child.stdout.on('data', (bytes: Buffer) => pieces[0].push(bytes.toString()))
  child.stderr.on('data', (bytes: Buffer) => pieces[1].push(bytes.toString()))
  let peakMb: number | null = null
  const watch = setInterval(() => {
    peakMb = peakOf(child) ?? peakMb
  }, 50)
  const kill = setTimeout(() => child.kill('SIGKILL'), longestMs)
  try {
    const [code] = (await once(child, 'close')) as [number | null]
    const seconds = (performance.now() - start) / 1000
    return { seconds, code, stdout: pieces[0].join(''), stderr: pieces[1].join(''), peakMb }
  } finally {
    clearInterval(watch)
    clearTimeout(kill)
  }
}

function peakOf({ pid }: ChildProcess): number | null {
  try {
    const found = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return found === null ? null : Math.round((Number(found[1]) * 1024) / 1e6)
  } catch {
    // Ended meanwhile, or no /proc on this system.
    return null
  }
}

/** Whether a program is to be had. */
export function isInstalled(command: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${command}`]).status === 0
}

/** The first line that matches in what a program prints of its version. */
export function versionOf(command: string, args: readonly string[], pattern: RegExp): string {
  const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  return pattern.exec(`${stdout}${stderr}`)?.[1] ?? 'unknown'
}
