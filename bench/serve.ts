// Pictures served: `everface serve`, whole, beside nginx on the same bytes as files and beside ipx on the same pictures.
// A thousand people, 64 connections, wrk on the same machine. Two processes share one data folder and listen on a port
// each, with a wrk for each; nginx has two workers on one port then.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type BenchRow, median } from './rows.ts'
import { isInstalled, versionOf } from './run.ts'
import { drawPicture, people, populate, size, subjectOf } from './serve/population.ts'
import { type Server, freePort, startEverface, startIpx, startNginx } from './serve/servers.ts'
import { type Load, type Wanted, accept, load, writeWanted } from './serve/wrk.ts'

const rounds = 5
const seconds = 2
const connections = 64
const peers = fileURLToPath(new URL('./peers/', import.meta.url))
const ipx = join(peers, 'node_modules', 'ipx', 'bin', 'ipx.mjs')
const everface = fileURLToPath(new URL('../bin/everface.mjs', import.meta.url))

/** Files that say what to ask of whom. */
interface Lists {
  readonly ours: string
  readonly oursKnown: string
  readonly nginx: string
  readonly nginxKnown: string
  readonly ipx: string
}

/** Measures the rows of serving. */
export async function benchServe(say: (line: string) => void): Promise<{
  rows: readonly BenchRow[]
  versions: Readonly<Record<string, string>>
}> {
  const missing = ['nginx', 'wrk'].filter((name) => !isInstalled(name))
  if (missing.length > 0) {
    throw new Error(`${missing.join(', ')} not installed: apt-get install ${missing.join(' ')}`)
  }
  installPeers(say)
  const folder = mkdtempSync(join(tmpdir(), 'everface-bench-'))
  const servers: Server[] = []
  const started = async (starting: Promise<Server>) => {
    const server = await starting
    servers.push(server)
    return server
  }
  try {
    const start = await measureStart(folder, say)
    const env = environmentOf(join(folder, 'data'))
    say(`  making ${people} people with pictures …`)
    await populate(env)
    const [first, second] = [await started(startEverface(env)), await started(startEverface(env))]
    const files = join(folder, 'files')
    const pictures = await fetchVariants(first, second, files)
    const nginx = await started(startNginx(folder, files, 1))
    const nginxTwo = await started(startNginx(folder, files, 2))
    const sources = join(folder, 'sources')
    await writeSources(sources)
    const slow = await started(startIpx(ipx, sources))
    const lists = await writeLists(folder, pictures, nginx)

    const rows: BenchRow[] = []
    for (const [what, ours, theirs, status] of [
      ['a stored variant', lists.ours, lists.nginx, 200],
      ['304', lists.oursKnown, lists.nginxKnown, 304],
    ] as const) {
      const pressure = { seconds, connections }
      const one = await compare(
        say,
        [`${what}, one process`, 'nginx, one worker'],
        () => load([first.url], ours, status, pressure),
        () => load([nginx.url], theirs, status, pressure),
      )
      rows.push(rowOf(`serve ${what}, one process`, 'nginx, one worker', one, 0.4))
      const two = await compare(
        say,
        [`${what}, two processes`, 'nginx, two workers'],
        () => load([first.url, second.url], ours, status, pressure),
        () => load([nginxTwo.url], theirs, status, { ...pressure, threads: 2 }),
      )
      rows.push(rowOf(`serve ${what}, two processes`, 'nginx, two workers', two, 0.6))
      rows.push(await measureHalfLoad(what, first, ours, status, median(one.ours), say))
    }
    const one = { seconds, connections }
    const besideIpx = await compare(
      say,
      ['a stored variant', 'ipx'],
      () => load([first.url], lists.ours, 200, one),
      () => load([slow.url], lists.ipx, 200, one),
    )
    rows.push(rowOf('serve a stored variant, one process', 'ipx', besideIpx, 300))
    return {
      rows: [...rows, start],
      versions: {
        nginx: versionOf('nginx', ['-v'], /nginx\/(\S+)/),
        wrk: versionOf('wrk', ['-v'], /wrk (\S+)/),
        ipx: ipxVersion(),
      },
    }
  } finally {
    for (const server of servers) await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

function environmentOf(data: string): Record<string, string> {
  return {
    EVERFACE_DATA: data,
    EVERFACE_SECRET: 'a secret that a benchmark needs not keep',
    EVERFACE_LOG: 'silent',
  }
}

function installPeers(say: (line: string) => void): void {
  if (existsSync(ipx)) return
  say('Installing ipx for the comparison …')
  const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: peers,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (status !== 0) throw new Error('npm could not install ipx into bench/peers.')
}

function ipxVersion(): string {
  const manifest = readFileSync(join(peers, 'node_modules', 'ipx', 'package.json'), 'utf8')
  return String((JSON.parse(manifest) as { version?: string }).version)
}

function pathOf(number: number): string {
  return `/a/${subjectOf(number)}?s=${size}`
}

/** Has every variant made, by both processes, and written as a file for nginx. */
async function fetchVariants(
  first: Server,
  second: Server,
  files: string,
): Promise<readonly Wanted[]> {
  mkdirSync(join(files, 'a'), { recursive: true })
  const wanted: Wanted[] = []
  const sizes: number[] = []
  for (let number = 0; number < people; number++) {
    const path = pathOf(number)
    const answer = await fetch(first.url + path, { headers: { accept } })
    const bytes = Buffer.from(await answer.arrayBuffer())
    if (answer.headers.get('everface-shows') !== 'copy') throw new Error(`${path} shows no copy`)
    const other = await fetch(second.url + path, { headers: { accept } })
    if (!bytes.equals(Buffer.from(await other.arrayBuffer()))) throw new Error(`${path} differs`)
    writeFileSync(join(files, 'a', subjectOf(number)), bytes)
    wanted.push({ path, etag: answer.headers.get('etag') ?? '' })
    sizes.push(bytes.length)
  }
  if (Math.min(...sizes) < 3_500 || Math.max(...sizes) > 8_500) {
    throw new Error(`variants have ${Math.min(...sizes)} to ${Math.max(...sizes)} bytes`)
  }
  return wanted
}

/**
 * The pictures as files for ipx, which makes every variant anew: as large as WeChat's largest. Ours are uploaded in the size
 * that is asked for, which is quicker; a stored variant does not tell what it was made from.
 */
async function writeSources(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  for (let number = 0; number < people; number++) {
    writeFileSync(join(folder, `${subjectOf(number)}.jpg`), await drawPicture(number, 640))
  }
}

async function writeLists(
  folder: string,
  pictures: readonly Wanted[],
  nginx: Server,
): Promise<Lists> {
  const lists: Lists = {
    ours: join(folder, 'ours'),
    oursKnown: join(folder, 'ours-known'),
    nginx: join(folder, 'nginx'),
    nginxKnown: join(folder, 'nginx-known'),
    ipx: join(folder, 'ipx'),
  }
  const theirs: Wanted[] = []
  for (const { path } of pictures) {
    const { headers } = await fetch(nginx.url + path, { method: 'HEAD' })
    theirs.push({ path, etag: headers.get('etag') ?? '' })
  }
  const plain = pictures.map(({ path }) => ({ path }))
  writeWanted(lists.ours, plain)
  writeWanted(lists.oursKnown, pictures)
  writeWanted(lists.nginx, plain)
  writeWanted(lists.nginxKnown, theirs)
  const edge = `s_${size}x${size},f_webp`
  writeWanted(
    lists.ipx,
    pictures.map((_, number) => ({ path: `/${edge}/${subjectOf(number)}.jpg` })),
  )
  return lists
}

/** Rates of both in each round, in turns; the first round warms caches and compiled code. */
async function compare(
  say: (line: string) => void,
  [what, who]: readonly [string, string],
  ours: () => Promise<Load>,
  theirs: () => Promise<Load>,
): Promise<{ ours: number[]; theirs: number[] }> {
  const rates: { ours: number[]; theirs: number[] } = { ours: [], theirs: [] }
  for (let round = 0; round <= rounds; round++) {
    const { rate: mine } = await ours()
    const { rate: other } = await theirs()
    if (round === 0) continue
    rates.ours.push(mine)
    rates.theirs.push(other)
    say(`  round ${round}: ${what} ${Math.round(mine)} /s, ${who} ${Math.round(other)} /s`)
  }
  return rates
}

function rowOf(
  name: string,
  peerName: string,
  { ours, theirs }: { ours: number[]; theirs: number[] },
  goal: number,
): BenchRow {
  const ratio = median(ours.map((rate, at) => rate / (theirs[at] ?? Number.NaN)))
  return {
    bench: 'serve',
    name,
    ours: median(ours),
    peer: median(theirs),
    peerName,
    unit: 'requests/s',
    ratio,
    goal: `≥ ${goal} ×`,
    met: ratio >= goal,
  }
}

/**
 * The 99th percentile at half the rate just measured. wrk has no rate of its own, so each connection waits at random
 * before it asks again; with 64 of them and pauses of milliseconds the requests come as from many people. Pauses are
 * whole milliseconds, so the number of connections is what is fitted to the rate; what came of it is said.
 */
async function measureHalfLoad(
  what: string,
  server: Server,
  list: string,
  status: 200 | 304,
  full: number,
  say: (line: string) => void,
): Promise<BenchRow> {
  const pauseMs = 4
  let asking = Math.round(full / 2 / (1000 / (pauseMs + 1)))
  const found: number[] = []
  for (let round = 0; round <= rounds; round++) {
    const pressure = { seconds, connections: asking, pauseMs }
    const { rate, p99Ms } = await load([server.url], list, status, pressure)
    const share = rate / full
    if (round === 0) {
      // Fits the connections to the rate.
      asking = Math.max(1, Math.round((asking * 0.5) / share))
      continue
    }
    found.push(p99Ms)
    say(
      `  round ${round}: ${what} at ${Math.round(100 * share)} % load, p99 ${p99Ms.toFixed(2)} ms`,
    )
  }
  const p99 = median(found)
  return {
    bench: 'serve',
    name: `serve ${what}, one process, p99 at half load`,
    ours: p99,
    peer: null,
    peerName: '–',
    unit: 'ms',
    ratio: null,
    goal: '< 10 ms',
    met: p99 < 10,
  }
}

/** From the start of `everface serve` on an empty folder to its first answer: tables made, secret made, listening. */
async function measureStart(folder: string, say: (line: string) => void): Promise<BenchRow> {
  const times: number[] = []
  for (let round = 0; round <= rounds; round++) {
    const port = await freePort()
    const env = {
      ...process.env,
      EVERFACE_DATA: join(folder, `start-${round}`),
      EVERFACE_LOG: 'silent',
    }
    const from = performance.now()
    const child = spawn(process.execPath, [everface, 'serve', '--listen', `127.0.0.1:${port}`], {
      env,
      stdio: 'ignore',
    })
    await untilAnswered(`http://127.0.0.1:${port}/a/nobody`, from)
    const took = performance.now() - from
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
    if (round === 0) continue
    times.push(took)
    say(`  round ${round}: first answer after ${Math.round(took)} ms`)
  }
  const took = median(times)
  return {
    bench: 'serve',
    name: 'start of `everface serve`, embedded, to the first answer',
    ours: took,
    peer: null,
    peerName: '–',
    unit: 'ms',
    ratio: null,
    goal: '< 1,000 ms',
    met: took < 1_000,
  }
}

async function untilAnswered(url: string, from: number): Promise<void> {
  while (performance.now() - from < 30_000) {
    try {
      const { ok } = await fetch(url)
      if (ok) return
    } catch {
      // Not yet.
    }
    await sleep(5)
  }
  throw new Error('everface serve did not answer within 30 s.')
}
