// wrk, driven: a list of requests asked for by turns over kept connections, from one or more processes at once.
import { readFileSync, writeFileSync } from 'node:fs'
import { run } from '../run.ts'

/** One kind of request: a path and what goes with it. */
export interface Wanted {
  readonly path: string
  /** Sent as `If-None-Match`. */
  readonly etag?: string
}

/** What wrk saw. */
export interface Load {
  /** Answers a second. */
  readonly rate: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** How hard wrk is to ask. */
export interface Pressure {
  readonly seconds: number
  readonly connections: number
  readonly threads?: number
  /** Each connection waits so long, at random between nothing and twice that, before it asks again. */
  readonly pauseMs?: number
}

/** What a browser says that shows a picture. */
export const accept = 'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8'

const script = `
local prepared = {}
local at = 0
local pause = PAUSE
function init(args)
  math.randomseed(os.time() + tonumber(tostring({}):sub(8), 16) % 100000)
  for line in io.lines("LIST") do
    local path, etag = line:match("^(%S+)%s?(.*)$")
    local headers = { ["Accept"] = "${accept}" }
    if etag ~= "" then headers["If-None-Match"] = etag end
    prepared[#prepared + 1] = wrk.format("GET", path, headers)
  end
  at = math.random(#prepared)
end
function request()
  at = at % #prepared + 1
  return prepared[at]
end
if pause > 0 then
  function delay() return math.random(0, 2 * pause) end
end
`

/** Writes what wrk is to ask for, in this order, again and again. The file is named without its ending. */
export function writeWanted(file: string, wanted: readonly Wanted[]): void {
  const lines = wanted.map(({ path, etag = '' }) => `${path} ${etag}`.trimEnd())
  writeFileSync(`${file}.txt`, `${lines.join('\n')}\n`)
}

/**
 * Asks one server, or several at once with the connections dealt out among them.
 * Throws when an answer had another status than `status`, or a connection broke.
 */
export async function load(
  urls: readonly string[],
  file: string,
  status: 200 | 304,
  { seconds, connections, threads = 1, pauseMs = 0 }: Pressure,
): Promise<Load> {
  await checkFirst(urls, file, status)
  const lua = `${file}-${pauseMs}.lua`
  writeFileSync(lua, script.replace('LIST', `${file}.txt`).replace('PAUSE', String(pauseMs)))
  const each = Math.max(1, Math.floor(connections / urls.length))
  const runs = await Promise.all(
    urls.map((url) =>
      run('timeout', [
        String(seconds + 30),
        'wrk',
        `-t${threads}`,
        `-c${each}`,
        `-d${seconds}s`,
        '--timeout=20s',
        '--latency',
        `--script=${lua}`,
        url,
      ]),
    ),
  )
  const loads = runs.map(({ stdout, stderr, code }) => {
    const found = /Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]
    if (code !== 0 || found === undefined) throw new Error(`wrk ended with ${code}: ${stderr}`)
    const bad = /Non-2xx or 3xx responses: \d+|Socket errors: .*/.exec(stdout)?.[0]
    if (bad !== undefined) throw new Error(`wrk was not served well (${status}): ${bad}`)
    return {
      rate: Number(found),
      p50Ms: millisecondsOf(/50%\s+([\d.]+)(us|ms|s)/.exec(stdout)),
      p99Ms: millisecondsOf(/99%\s+([\d.]+)(us|ms|s)/.exec(stdout)),
    }
  })
  return {
    rate: loads.reduce((sum, { rate }) => sum + rate, 0),
    p50Ms: Math.max(...loads.map(({ p50Ms }) => p50Ms)),
    p99Ms: Math.max(...loads.map(({ p99Ms }) => p99Ms)),
  }
}

/** wrk tells bad answers apart from good ones, not a 200 from a 304. */
async function checkFirst(urls: readonly string[], file: string, status: number): Promise<void> {
  const [line = ''] = readFileSync(`${file}.txt`, 'utf8').split('\n', 1)
  const [path = '', etag] = line.split(' ')
  for (const url of urls) {
    const headers: Record<string, string> = etag === undefined ? {} : { 'if-none-match': etag }
    const answer = await fetch(url + path, { headers: { accept, ...headers } })
    await answer.arrayBuffer()
    if (answer.status !== status) throw new Error(`${url}${path} answers ${answer.status}`)
  }
}

function millisecondsOf(found: RegExpExecArray | null): number {
  const unit = { us: 0.001, ms: 1, s: 1000 }[found?.[2] ?? ''] ?? Number.NaN
  return Number(found?.[1]) * unit
}
