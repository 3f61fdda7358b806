// `everface simulate`: the misbehaving WeChat alone, with a made list and the lines to pass to `check`.
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { Simulator, SimulatorOptions } from '../../simulator/simulator.ts'
import { EverfaceError } from '../errors.ts'
import { Option } from 'commander'
import { collect, wholeNumber } from './options.ts'
import type { AddCommand } from './program.ts'
import type { Terminal } from './terminal.ts'

interface SimulateFlags {
  readonly people: number
  readonly edges: number
  readonly edge?: readonly string[]
  readonly http: number
  readonly https: number
  readonly control: number
  readonly seed: number
  readonly folder: string
  readonly caOut?: string
  readonly generation: 'imghttp' | 'nws'
  readonly json?: boolean
}

/** What is not simply alive in a made population. */
export const madeMix = {
  gone: 0.12,
  dying: 0.06,
  placeholder: 0.03,
  malformed: 0.02,
} as const

export const addSimulate: AddCommand = (program, terminal) => {
  program
    .command('simulate')
    .description('a WeChat (and QQ) picture CDN on this machine that misbehaves on request')
    .option('--people <n>', 'people to make', wholeNumber(1, 1_000_000), 2_000)
    .option('--edges <n>', 'edges, on 127.0.0.2 and up', wholeNumber(1, 50), 3)
    .option(
      '--edge <address>',
      'a loopback address for an edge; repeatable, instead of --edges',
      collect,
    )
    .option('--http <port>', 'port for http, 0 for a free one', wholeNumber(0, 65_535), 0)
    .option('--https <port>', 'port for https, 0 for a free one', wholeNumber(0, 65_535), 0)
    .option(
      '--control <port>',
      'port of the control interface, 0 for a free one',
      wholeNumber(0, 65_535),
      0,
    )
    .option('--seed <n>', 'the same seed makes the same people', wholeNumber(0, 2 ** 31), 1)
    .addOption(
      new Option('--generation <name>', 'the servers to imitate')
        .choices(['imghttp', 'nws'])
        .default('imghttp'),
    )
    .option(
      '--folder <path>',
      'where the list, the certificate and the connect lines go',
      'everface-simulator',
    )
    .option('--ca-out <file>', 'where the certificate goes instead')
    .option('--json', 'print ports, lines and files as one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  everface simulate
  everface simulate --people 100000 --edges 5
  curl -X POST http://127.0.0.1:PORT/_sim/change-picture -d '{"person":"p7","over":60000}'

It ends with Ctrl-C. GET http://127.0.0.1:PORT/_sim lists what can be asked of it.`,
    )
    .action(async (flags: SimulateFlags) => {
      const simulator = await startSimulator({
        edges: flags.edge ?? flags.edges,
        ports: { http: flags.http, https: flags.https, control: flags.control },
        seed: flags.seed,
        generation: flags.generation === 'nws' ? 'nws' : 'imghttp',
      })
      try {
        simulator.control.makePeople({ count: flags.people, mix: madeMix })
        const files = await writeWorld(simulator, flags.folder, flags.caOut)
        if (flags.json === true) {
          const { edges, ports, controlUrl, connectTo, hosts } = simulator
          const line = { edges, ports, controlUrl, hosts, connectTo, ...files }
          terminal.stdout.write(`${JSON.stringify(line)}\n`)
        } else {
          tell(simulator, files, flags.people, terminal)
        }
        await untilStopped(terminal)
      } finally {
        await simulator.close()
      }
    })
}

/** Files that a simulator leaves for other programs. */
export interface WorldFiles {
  /** `id,avatar` of everybody. */
  readonly list: string
  /** The certificate to trust. */
  readonly ca: string
  /** The `--connect-to` lines as arguments of `check`, one a line. */
  readonly connect: string
}

/** Starts a simulator; a port that is taken becomes a failure with advice. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  try {
    // Loaded when it is wanted: it brings the picture library with it.
    const { createSimulator } = await import('../../simulator/simulator.ts')
    return await createSimulator(options)
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new EverfaceError('simulator-failed', `The simulator could not start: ${message}`, {
      cause,
    })
  }
}

/** Writes list, certificate and connect lines into a folder. */
export async function writeWorld(
  simulator: Simulator,
  folder: string,
  caOut = join(folder, 'ca.pem'),
): Promise<WorldFiles> {
  const files = {
    list: join(folder, 'people.csv'),
    ca: caOut,
    connect: join(folder, 'connect.txt'),
  }
  try {
    await mkdir(folder, { recursive: true })
    await simulator.writeCa(files.ca)
    const lines = simulator.connectTo.map((line) => `--connect-to ${line}\n`)
    await writeFile(files.connect, lines.join(''))
    const list = createWriteStream(files.list)
    for (const piece of simulator.control.list()) if (!list.write(piece)) await once(list, 'drain')
    list.end()
    await once(list, 'finish')
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    throw new EverfaceError(
      'out-unwritable',
      `${folder} cannot be written to (${code ?? message}).`,
      { cause },
    )
  }
  return files
}

function tell(simulator: Simulator, files: WorldFiles, people: number, { stdout }: Terminal): void {
  const { edges, ports, controlUrl, connectTo } = simulator
  const here = (path: string) => relative('', path) || path
  stdout.write(`A WeChat that misbehaves on request is up, with ${people} people.

  edges     ${edges.join(', ')}
  ports     http ${ports.http}, https ${ports.https}
  control   ${controlUrl}
  people    ${here(files.list)}
  CA        ${here(files.ca)}

Check them all:

  everface check ${here(files.list)} --rate 0 --ca ${here(files.ca)} $(cat ${here(files.connect)})

(from a clone: npm run -s everface -- check …). The lines in ${here(files.connect)}, one for each host and edge:

${connectTo
  .filter((line) => line.startsWith('thirdwx'))
  .map((line) => `  --connect-to ${line}\n`)
  .join('')}  …

Change a picture, node by node within a minute:

  curl -X POST ${controlUrl}/change-picture -d '{"person":"p0","over":60000}'

Ctrl-C ends it.
`)
}

/** Resolves at Ctrl-C or SIGTERM. */
export async function untilStopped(terminal: Terminal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const off = terminal.onStop(resolve)
  // A server without connections keeps the process alive by itself; this one may not.
  const alive = setInterval(() => {}, 60_000)
  await promise
  clearInterval(alive)
  off()
}
