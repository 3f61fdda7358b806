// Looks at sources: the first edge, retries that move on to the next, a second opinion from the other edges when the
// news is bad, and one finding out of all that was seen.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Finding, find } from '../core/find.ts'
import { judge } from '../core/judge.ts'
import type { Failure, FailureKind, Observation } from '../core/observation.ts'
import { type UrlReading, verdictOfUrl } from '../core/read-url.ts'
import { isFault, splitUrl } from '../core/url.ts'
import type { Verdict } from '../core/verdict.ts'
import { type AskOptions, type Probe, createAsk, createEdgesOf } from './ask.ts'
import type { Proxy, TlsSettings } from './connection.ts'
import { type ConnectTo, type Edge, type Lookup, boundLookup, createEdges } from './edges.ts'
import { type GuardOptions, createGuard } from './guard.ts'
import { type Host, createHosts, longestPauseMs } from './hosts.ts'
import { createPool } from './pool.ts'

/** How to probe. */
export interface ProberOptions {
  /** Requests in flight over all hosts. */
  readonly concurrency: number
  /** Probes a second for a host; 0 for no bound. */
  readonly rate: number
  /** Rates of single hosts, by name. */
  readonly hostRates: ReadonlyMap<string, number>
  /** Edges asked at the most when the first answer is bad. */
  readonly edges: number
  /** Ask that many edges even when the first answer is good. */
  readonly everyEdge: boolean
  /** Milliseconds for one probe, redirects included. */
  readonly timeoutMs: number
  /** Tries after the first for what may heal. */
  readonly retries: number
  /** Fetch bodies even where headers tell all. */
  readonly get: boolean
  readonly connectTo: readonly ConnectTo[]
  readonly tls: TlsSettings
  readonly proxy: Proxy | null
  readonly guard: GuardOptions
  readonly lookup: Lookup
  /** Milliseconds since 1970, UTC. */
  readonly now: () => number
  /** 0 ≤ x < 1, for jitter. */
  readonly random: () => number
}

/** Everything that was learnt of one source. */
export interface Look {
  readonly finding: Finding
  /** One observation for each edge asked, in the order of asking; `verdicts` beside it. */
  readonly observations: readonly Observation[]
  readonly verdicts: readonly Verdict[]
  /** Bytes of the deciding answer, when they were fetched and are a picture. */
  readonly picture: Buffer | null
  /** Bytes that an edge gave as the living picture, whoever decided; null when none were fetched. */
  readonly face: Buffer | null
}

/** What one look does otherwise than the prober's options say. */
export interface LookOptions {
  readonly get?: boolean
  readonly edges?: number
}

/** Looks at sources. */
export interface Prober {
  /**
   * Looks at one source; never rejects. `get` fetches the bytes whatever the provider's habit; `edges` asks up to so many
   * when the first answer is bad.
   */
  look(url: string, reading: UrlReading, options?: LookOptions): Promise<Look>
  /** Requests on their way now. */
  readonly inFlight: number
  /** Stops: running probes end as `stopped`. */
  close(): void
}

/** One edge's word. */
interface Word {
  readonly edge: Edge | null
  readonly probe: Probe
  readonly verdict: Verdict
}

/** Makes a prober. It keeps connections until `close`. */
export function createProber(options: ProberOptions): Prober {
  const monotonic = () => performance.now()
  const stop = new AbortController()
  const lookup = boundLookup(options.lookup, options.timeoutMs, stop.signal)
  const hosts = createHosts({
    concurrency: options.concurrency,
    rateOf: (host) => options.hostRates.get(host) ?? options.rate,
    now: monotonic,
  })
  const asking: AskOptions = {
    ...options,
    hosts,
    monotonic,
    pool: createPool({
      now: monotonic,
      onStray: (host) => {
        hosts.of(host).noHead = true
      },
    }),
    edges: createEdges({ connectTo: options.connectTo, lookup, now: monotonic }),
    guard: createGuard(options.guard),
  }
  const edgesOf = createEdgesOf(asking)
  const ask = createAsk(asking, edgesOf)

  async function look(
    url: string,
    reading: UrlReading,
    { get = options.get, edges = options.edges }: LookOptions = {},
  ): Promise<Look> {
    const { parts, provider } = reading
    if (parts === null || verdictOfUrl(reading) !== null) return lookOf([], reading)
    const method = get ? 'GET' : reading.method
    const host = hosts.of(parts.host)

    const wordOf = (edge: Edge | null, probe: Probe): Word => {
      const verdict = judge(probe.observation, reading)
      const { seen, finalUrl } = probe.observation
      if (seen.kind === 'answer') {
        const { pace } = finalUrl === url ? host : hostOf(finalUrl)
        if (verdict.kind === 'throttled')
          pace.throttled(monotonic(), retryAfter(probe, options.now()))
        else pace.well(monotonic())
      }
      return { edge, probe, verdict }
    }
    const { headers } = provider.probe
    const askEdge = async (edge: Edge): Promise<Word> =>
      wordOf(edge, await ask({ url, parts, edge, method, headers, host }))

    const found = edgesOf(parts)
    const list = 'then' in found ? await found : found
    if ('kind' in list)
      return lookOf([wordOf(null, unasked(url, method, list, options.now()))], reading)

    const start = list.length > 1 ? host.turn++ : 0
    const edgeAt = (index: number) => list[(start + index) % list.length] as Edge
    const edge = edgeAt(0)
    // Nearly every look ends here, so this one question is asked without the detour.
    const first = wordOf(edge, await ask({ url, parts, edge, method, headers, host }))
    if (first.verdict.kind === 'alive' && !options.everyEdge) return lookOf([first], reading)

    const words = [first]
    /** Tries again for what may heal; `edgeOf` says whom. */
    const askOn = async (word: Word, edgeOf: (tries: number) => Edge): Promise<Word> => {
      let last = word
      for (let tries = 1; tries <= options.retries && mayHeal(last, options.now()); tries++) {
        if (!(await pause(backoffMs(tries)))) break
        last = await askEdge(edgeOf(tries))
        words.push(last)
      }
      return last
    }
    const word = await askOn(first, edgeAt)
    if (options.everyEdge || wantsSecondOpinion(word.verdict)) {
      const gone = word.verdict.kind === 'gone'
      const heard = new Set(
        words.filter((one) => !gone || !mayHeal(one, options.now())).map(({ edge }) => edge),
      )
      const others = list.map((_, index) => edgeAt(index)).filter((edge) => !heard.has(edge))
      const room = Math.max(0, edges - heard.size)
      await Promise.all(
        others.slice(0, room).map(async (other) => {
          const opinion = await askEdge(other)
          words.push(opinion)
          // An edge that was not heard might be the one that still has the picture.
          if (gone) await askOn(opinion, () => other)
        }),
      )
    }
    return lookOf(lastWords(words), reading)
  }

  /** The host that answered, where redirects led to. */
  function hostOf(url: string): Host {
    const parts = splitUrl(url)
    return hosts.of(isFault(parts) ? '' : parts.host)
  }

  function backoffMs(tries: number): number {
    return 200 * 2 ** (tries - 1) * (0.5 + options.random())
  }

  /** False when stopped meanwhile. */
  async function pause(ms: number): Promise<boolean> {
    try {
      await sleep(ms, undefined, { signal: stop.signal })
      return true
    } catch {
      return false
    }
  }

  return {
    look,
    get inFlight() {
      return hosts.inFlight
    },
    close() {
      stop.abort()
      hosts.close()
      asking.pool.close()
    },
  }
}

function lookOf(words: readonly Word[], reading: UrlReading): Look {
  const verdicts = words.map(({ verdict }) => verdict)
  const finding = find(verdicts, reading)
  return {
    finding,
    verdicts,
    observations: words.map(({ probe }) => probe.observation),
    picture: words[finding.decidedBy]?.probe.picture ?? null,
    face:
      words.find(({ verdict, probe }) => verdict.kind === 'alive' && probe.picture !== null)?.probe
        .picture ?? null,
  }
}

function unasked(url: string, method: 'HEAD' | 'GET', seen: Failure, at: number): Probe {
  return {
    observation: { url, finalUrl: url, method, edge: '', at, ms: 0, seen },
    picture: null,
  }
}

/** One word an edge: its last, unless that was silence after an answer. */
function lastWords(words: readonly Word[]): Word[] {
  if (words.length === 1) return [...words]
  const byEdge = new Map<Edge | null, Word>()
  for (const word of words) {
    const before = byEdge.get(word.edge)
    const silent = word.probe.observation.seen.kind === 'failure'
    if (before === undefined || !silent || before.probe.observation.seen.kind === 'failure') {
      byEdge.set(word.edge, word)
    }
  }
  return [...byEdge.values()]
}

const passing: ReadonlySet<FailureKind> = new Set([
  'connect',
  'timeout',
  'reset',
  'truncated',
  'protocol',
  'proxy',
])

/** What may be otherwise in a moment. */
function mayHeal({ verdict, probe }: Word, now: number): boolean {
  const { seen } = probe.observation
  if (seen.kind === 'failure') return passing.has(seen.failure)
  if (verdict.kind === 'throttled') return (retryAfter(probe, now) ?? 0) <= longestPauseMs
  return (
    verdict.kind === 'unknown' && (seen.status >= 500 || seen.status === 408 || seen.status === 425)
  )
}

/** Bad news that another edge may contradict. What the URL or the host as a whole is to blame for is not. */
function wantsSecondOpinion({ kind }: Verdict): boolean {
  return kind === 'gone' || kind === 'unknown' || kind === 'placeholder'
}

/** Milliseconds that `Retry-After` asks for, or null. */
function retryAfter({ observation: { seen } }: Probe, now: number): number | null {
  const text = seen.kind === 'answer' ? seen.headers['retry-after'] : undefined
  if (text === undefined) return null
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000
  const date = Date.parse(text)
  return Number.isNaN(date) ? null : Math.max(0, date - now)
}
