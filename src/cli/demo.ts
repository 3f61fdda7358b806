// `everface demo` = `npm start`: a made WeChat, the real service with its dashboard, and a page that shows the same people twice,
// with raw links and with ours. No keys, no network, nothing to set.
import { wholeNumber } from './options.ts'
import { InvalidArgumentError } from 'commander'
import type { AddCommand } from './program.ts'
import { untilStopped } from './simulate.ts'
import { type Terminal, exitCodes } from './terminal.ts'

interface DemoFlags {
  readonly port: number
  readonly people: number
  readonly speed: number
  readonly fast?: boolean
  readonly data?: string
  readonly open?: boolean
}

/** How fast `--fast` is, and how often the line of progress is written. */
const fast = 4
const lineEveryMs = 1_000
const plainEveryMs = 10_000

export const addDemo: AddCommand = (program, terminal, end) => {
  program
    .command('demo')
    .description('a made WeChat, the service and its dashboard, the same people twice: no keys')
    .option('--port <n>', 'port of the dashboard, 0 for a free one', wholeNumber(0, 65_000), 8_420)
    .option('--people <n>', 'people to make', wholeNumber(10, 2_000), 240)
    .option('--speed <x>', 'how many times faster than told it goes', speedOf, 1)
    .option('--fast', `the same as --speed ${fast}`)
    .option('--data <folder>', 'keep everything there; otherwise it is removed at the end')
    .option('--open', 'open the page in the browser')
    .addHelpText('after', '\nExample:\n  everface demo --fast --open\n\nIt ends with Ctrl-C.')
    .action(async ({ port, people, speed, fast: isFast, data, open }: DemoFlags) => {
      const { stderr, env } = terminal
      const stopped = untilStopped(terminal)
      let stops = 0
      const offStop = terminal.onStop(() => {
        // Whoever presses twice wants out at once.
        if (++stops > 1) terminal.quit(exitCodes.unfinished)
      })
      stderr.write(`Making a WeChat with ${people} people, and starting Everface beside it …\n`)
      const { startDemo } = await import('./demo/start-demo.ts')
      const { tellOpening } = await import('./demo/told.ts')
      const demo = await startDemo({
        port,
        people,
        speed: isFast === true ? fast : speed,
        ...(data === undefined ? {} : { data }),
        now: terminal.now,
        random: terminal.random,
      })
      try {
        if (port !== 0 && new URL(demo.dashboardUrl).port !== String(port)) {
          stderr.write(`Port ${port} is taken; the next free one is used.\n`)
        }
        const chinese = /^zh/i.test(env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || '')
        stderr.write(tellOpening(demo, { people, chinese }))
        if (open === true) await openBrowser(demo.comparisonUrl, terminal)
        const off = await keepTelling(demo, terminal)
        await stopped
        off()
      } finally {
        await demo.stop()
        offStop()
      }
      stderr.write('Ended.\n')
      end(exitCodes.done)
    })
}

function speedOf(text: string): number {
  const speed = Number(text)
  if (speed >= 0.1 && speed <= 100) return speed
  throw new InvalidArgumentError('It is a number from 0.1 to 100.')
}

/** One line that is written over at a terminal; elsewhere a new one now and then. */
async function keepTelling(
  demo: Awaited<ReturnType<typeof import('./demo/start-demo.ts').startDemo>>,
  { stderr }: Terminal,
): Promise<() => void> {
  const { tellProgress } = await import('./demo/told.ts')
  const over = stderr.isTTY === true
  const tell = () => {
    const line = tellProgress(demo.progress())
    stderr.write(over ? `\r\u001B[K${line.slice(0, (stderr.columns ?? 80) - 1)}` : `${line}\n`)
  }
  const timer = setInterval(tell, over ? lineEveryMs : plainEveryMs)
  return () => {
    clearInterval(timer)
    if (over) stderr.write('\n')
  }
}

/** Asks the system to show a page; where that fails the address stands above. */
async function openBrowser(url: string, { stderr }: Terminal): Promise<void> {
  const { spawn } = await import('node:child_process')
  const [program, ...args] =
    process.platform === 'darwin'
      ? ['open', url]
      : process.platform === 'win32'
        ? ['cmd', '/c', 'start', '', url]
        : ['xdg-open', url]
  const child = spawn(program ?? '', args, { stdio: 'ignore', detached: true })
  child.on('error', () => stderr.write('No browser could be opened; the address stands above.\n'))
  child.unref()
}
