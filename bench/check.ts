// The audit against its peers on one origin: the whole of `everface check` over 100 000 URLs beside
// `curl --parallel`, linkinator, and wrk as the limit. HEAD for those that can, wrk by GET (it hangs on HEAD).
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Origin, originHost, startOrigin } from './origin.ts'
import { type BenchRow, median } from './rows.ts'
import { isInstalled, run, versionOf } from './run.ts'

const urls = 100_000
const linkinatorUrls = 5_000
const deadEvery = 10
const rounds = 5
const atOnce = 64
const everface = fileURLToPath(new URL('../bin/everface.mjs', import.meta.url))
const peers = fileURLToPath(new URL('./peers/', import.meta.url))
const linkinator = join(peers, 'node_modules', 'linkinator', 'build', 'src', 'cli.js')

type Scheme = 'http' | 'https'

/** Requests a second of each program in each round. */
interface Speeds {
  readonly everface: number[]
  readonly curl: number[]
  readonly wrk: number[]
  readonly linkinator: number[]
}

/** Measures the rows of the audit. */
export async function benchCheck(say: (line: string) => void): Promise<{
  rows: readonly BenchRow[]
  versions: Readonly<Record<string, string>>
}> {
  const missing = ['nginx', 'curl', 'wrk'].filter((name) => !isInstalled(name))
  if (missing.length > 0) {
    throw new Error(`${missing.join(', ')} not installed: apt-get install ${missing.join(' ')}`)
  }
  installPeers(say)
  const folder = mkdtempSync(join(tmpdir(), 'everface-bench-'))
  const origin = await startOrigin(folder)
  try {
    writeLists(folder, origin)
    const http = await compare('http', folder, origin, say)
    const https = await compare('https', folder, origin, say)
    const memory = await measureMemory(folder, origin, say)
    return {
      rows: [...rowsOf('http', http), ...rowsOf('https', https), memory],
      versions: {
        nginx: versionOf('nginx', ['-v'], /nginx\/(\S+)/),
        curl: versionOf('curl', ['--version'], /curl (\S+)/),
        wrk: versionOf('wrk', ['-v'], /wrk (\S+)/),
        linkinator: linkinatorVersion(),
      },
    }
  } finally {
    await origin.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

function installPeers(say: (line: string) => void): void {
  if (existsSync(linkinator)) return
  say('Installing linkinator for the comparison …')
  const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: peers,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (status !== 0) throw new Error('npm could not install linkinator into bench/peers.')
}

function linkinatorVersion(): string {
  const manifest = readFileSync(join(peers, 'node_modules', 'linkinator', 'package.json'), 'utf8')
  return String((JSON.parse(manifest) as { version?: string }).version)
}

/** A made token: 86 characters of the escape's alphabet, different for each number. */
function tokenOf(number: number): string {
  const alphabet = 'ABCDEFGHJKLMNOPQRSTUVWXYZabcdefghjklmnopqrstuvwxyz0123456789'
  let token = number % deadEvery === 0 ? 'DEAD' : 'LIVE'
  let state = (number * 2_654_435_761) >>> 0
  while (token.length < 86) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    token += alphabet[(state >>> 8) % alphabet.length]
  }
  return token
}

function writeLists(folder: string, origin: Origin): void {
  for (const scheme of ['http', 'https'] as const) {
    const paths = Array.from({ length: urls }, (_, at) => `/mmopen/vi_32/${tokenOf(at + 1)}/132`)
    const rows = paths.map((path, at) => `${at + 1},${scheme}://${originHost}${path}`)
    writeFileSync(join(folder, `${scheme}.csv`), `id,avatar\n${rows.join('\n')}\n`)
    const config = paths.map((path) => `url="${scheme}://${originHost}${path}"\noutput="/dev/null"`)
    writeFileSync(join(folder, `${scheme}.curl`), `${config.join('\n')}\n`)
  }
  const links = Array.from({ length: linkinatorUrls }, (_, at) => {
    const url = `http://127.0.0.1:${origin.http}/mmopen/vi_32/${tokenOf(at + 1)}/132`
    return `<a href="${url}">${at}</a>`
  })
  writeFileSync(join(origin.pages, 'links.html'), `<!doctype html><body>${links.join('\n')}`)
}

async function compare(
  scheme: Scheme,
  folder: string,
  origin: Origin,
  say: (line: string) => void,
): Promise<Speeds> {
  const speeds: Speeds = { everface: [], curl: [], wrk: [], linkinator: [] }
  for (let round = 0; round <= rounds; round++) {
    const ours = await runEverface(scheme, folder, origin)
    const curl = await runCurl(scheme, folder, origin)
    const wrk = await runWrk(scheme, origin)
    const links = scheme === 'http' ? await runLinkinator(origin) : null
    // The first round warms caches, compiled code and the machine's clock.
    if (round === 0) continue
    speeds.everface.push(ours)
    speeds.curl.push(curl)
    speeds.wrk.push(wrk)
    if (links !== null) speeds.linkinator.push(links)
    const shown = [ours, curl, wrk, ...(links === null ? [] : [links])].map(Math.round)
    say(
      `  ${scheme} round ${round}: everface, curl, wrk${links === null ? '' : ', linkinator'}: ${shown.join(', ')} /s`,
    )
  }
  return speeds
}

async function runEverface(scheme: Scheme, folder: string, origin: Origin): Promise<number> {
  const out = join(folder, 'out.ndjson')
  const args = [
    everface,
    'check',
    join(folder, `${scheme}.csv`),
    '--rate',
    '0',
    '--quiet',
    '--out',
    out,
  ]
  const tuned = [
    '--concurrency',
    String(atOnce),
    '--ca',
    origin.ca,
    '--connect-to',
    `::127.0.0.1:${origin[scheme]}`,
  ]
  const { seconds, code, stderr } = await run(process.execPath, [...args, ...tuned])
  if (code !== 0) throw new Error(`everface check ended with ${code}: ${stderr}`)
  judge(readFileSync(out, 'utf8'))
  return urls / seconds
}

/** Speed counts only for right answers: every dead link found, no living one called dead. */
function judge(lines: string): void {
  const ids = new Set<string>()
  for (const line of lines.trimEnd().split('\n')) {
    const { id, verdict } = JSON.parse(line) as { id: string; verdict: string }
    const truth = Number(id) % deadEvery === 0 ? 'gone' : 'alive'
    if (verdict !== truth) throw new Error(`everface calls row ${id} ${verdict}; it is ${truth}.`)
    ids.add(id)
  }
  if (ids.size !== urls) throw new Error(`everface left out ${urls - ids.size} rows.`)
}

async function runCurl(scheme: Scheme, folder: string, origin: Origin): Promise<number> {
  const { seconds, code, stdout } = await run('curl', [
    '--silent',
    '--head',
    '--parallel',
    '--parallel-max',
    String(atOnce),
    '--cacert',
    origin.ca,

    '--connect-to',
    `::127.0.0.1:${origin[scheme]}`,
    '--write-out',
    '%{url} %header{x-errno}\\n',
    '--config',
    join(folder, `${scheme}.curl`),
  ])
  const dead = stdout.split('\n').filter((line) => line.endsWith(' -6101')).length
  if (code !== 0 || dead !== urls / deadEvery)
    throw new Error(`curl ended with ${code} and found ${dead}.`)
  return urls / seconds
}

async function runWrk(scheme: Scheme, origin: Origin): Promise<number> {
  const url = `${scheme}://127.0.0.1:${origin[scheme]}/mmopen/vi_32/${tokenOf(1)}/132`
  const { stdout } = await run('timeout', [
    '30',
    'wrk',
    '-t1',
    `-c${atOnce}`,
    '-d3',
    '-H',
    `Host: ${originHost}`,
    url,
  ])
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1] ?? Number.NaN)
}

async function runLinkinator(origin: Origin): Promise<number> {
  const page = `http://127.0.0.1:${origin.http}/pages/links.html`
  const { seconds, stdout } = await run(process.execPath, [
    linkinator,
    page,
    '--concurrency',
    '100',
    '--format',
    'csv',
  ])
  const checked = stdout.split('\n').filter((line) => line.includes('/mmopen/')).length
  if (checked !== linkinatorUrls)
    throw new Error(`linkinator checked ${checked} links of ${linkinatorUrls}.`)
  return linkinatorUrls / seconds
}

function rowsOf(scheme: Scheme, speeds: Speeds): BenchRow[] {
  const what = `audit of ${urls.toLocaleString('en')} pictures${scheme === 'https' ? ', TLS' : ''}`
  const row = (peerName: 'curl' | 'wrk' | 'linkinator', named: string, least: number): BenchRow => {
    const ratio = median(
      speeds.everface.map((ours, at) => ours / (speeds[peerName][at] ?? Number.NaN)),
    )
    return {
      bench: 'check',
      name: `${what} vs ${peerName}`,
      ours: median(speeds.everface),
      peer: median(speeds[peerName]),
      peerName: named,
      unit: 'pictures/s',
      ratio,
      goal: `≥ ${least} ×`,
      met: ratio >= least,
    }
  }
  return [
    row('curl', `curl --parallel-max ${atOnce}`, 2),
    ...(speeds.linkinator.length > 0
      ? [row('linkinator', 'linkinator --concurrency 100', 20)]
      : []),
    row('wrk', `wrk -t1 -c${atOnce}, the limit`, 0.3),
  ]
}

async function measureMemory(
  folder: string,
  origin: Origin,
  say: (line: string) => void,
): Promise<BenchRow> {
  const list = join(folder, 'million.csv')
  const piece = readFileSync(join(folder, 'http.csv'), 'utf8')
  const lines = piece.slice(piece.indexOf('\n') + 1)
  writeFileSync(list, piece)
  for (let at = 1; at < 10; at++) writeFileSync(list, lines, { flag: 'a' })
  const args = [
    everface,
    'check',
    list,
    '--rate',
    '0',
    '--quiet',
    '--out',
    join(folder, 'million.ndjson'),
  ]
  const { peakMb, code, seconds } = await run(process.execPath, [
    ...args,
    '--connect-to',
    `::127.0.0.1:${origin.http}`,
  ])
  if (code !== 0) throw new Error(`everface check of a million ended with ${code}.`)
  say(`  a million in ${seconds.toFixed(1)} s, ${peakMb} MB at the most`)
  return {
    bench: 'check',
    name: 'audit of 1,000,000 pictures, most resident memory',
    ours: peakMb ?? Number.NaN,
    peer: null,
    peerName: '–',
    unit: 'MB',
    ratio: null,
    goal: '< 200 MB',
    met: peakMb !== null && peakMb < 200,
  }
}
