// `everface check`: audits pictures once, no service needed.
import { createCheck } from '../audit/examine.ts'
import { illustrate } from '../audit/illustrate.ts'
import type { Proxy } from '../probe/connection.ts'
import { lookupAll, readConnectTo } from '../probe/edges.ts'
import { createProber } from '../probe/prober.ts'
import { type AuditFlags, addAuditOptions, runAuditCommand } from './audit.ts'
import { type Rates, collect, readCa, readProxy, readRate, wholeNumber } from './options.ts'
import type { AddCommand } from './program.ts'

interface CheckFlags extends AuditFlags {
  readonly concurrency: number
  readonly rate?: Rates
  readonly edges: number
  readonly everyEdge?: boolean
  readonly timeout: number
  readonly retries: number
  readonly connectTo?: readonly string[]
  readonly ca?: string
  readonly insecure?: boolean
  readonly proxy?: Proxy
  readonly get?: boolean
  readonly allowPrivate?: boolean
  readonly allowPort?: readonly string[]
}

/** What `check` does when nothing else is said. */
export const checkDefaults = { concurrency: 256, rate: 50, edges: 3, timeoutMs: 10_000, retries: 2 }

export const addCheck: AddCommand = (program, terminal, end) => {
  addAuditOptions(
    program.command('check').description('audit pictures once: which are alive, dying, gone'),
  )
    .option(
      '--concurrency <n>',
      'probes in flight, all hosts',
      wholeNumber(1, 10_000),
      checkDefaults.concurrency,
    )
    .option(
      '--rate <r[/host]>',
      'probes a second a host, 0 for no bound; repeatable for single hosts (default 50)',
      readRate,
    )
    .option(
      '--edges <n>',
      'ask up to so many addresses of the host when the first answer is bad',
      wholeNumber(1, 64),
      checkDefaults.edges,
    )
    .option('--every-edge', 'ask as many addresses even when the first answer is good')
    .option(
      '--timeout <ms>',
      'for one probe, redirects included',
      wholeNumber(1, 600_000),
      checkDefaults.timeoutMs,
    )
    .option(
      '--retries <n>',
      'tries after the first for what may heal',
      wholeNumber(0, 20),
      checkDefaults.retries,
    )
    .option(
      '--connect-to <host:port:addr:port>',
      'where to connect instead; repeated for one host = its edges',
      collect,
    )
    .option('--ca <file>', 'PEM certificates to trust besides the system’s')
    .option('--insecure', 'accept any certificate')
    .option('--proxy <url>', 'an http:// proxy; it resolves the names', readProxy)
    .option('--get', 'fetch bodies even where headers tell all')
    .option('--allow-private', 'permit private and loopback addresses, on any port')
    .option('--allow-port <port>', 'permit a port besides 80 and 443; repeatable', collect)
    .addHelpText(
      'after',
      `
Examples:
  everface check users.csv
  everface check users.csv --column headimgurl --id-column openid --out results.ndjson --report report.html
  everface check results.ndjson --fail-on gone,dying            # exit 1 when one occurs
  everface check postgres://app@db/app --table users --id-column id --url-column avatar
  cat urls.txt | everface check - --format ndjson | jq 'select(.verdict != "alive")'
  everface check users.csv --resume results.ndjson              # after Ctrl-C

Verdicts: alive, dying (edges disagree), gone, placeholder, throttled, refused, malformed, unknown.
At 50 probes a second a host, 100 000 pictures of one host take 34 minutes; --rate 200 is a quarter of that.`,
    )
    .action(async (specs: string[], flags: CheckFlags) => {
      const prober = createProber({
        concurrency: flags.concurrency,
        rate: flags.rate?.all ?? checkDefaults.rate,
        hostRates: flags.rate?.byHost ?? new Map(),
        edges: flags.edges,
        everyEdge: flags.everyEdge === true,
        timeoutMs: flags.timeout,
        retries: flags.retries,
        get: flags.get === true,
        connectTo: (flags.connectTo ?? []).map(readConnectTo),
        tls: {
          ca: flags.ca === undefined ? undefined : readCa(flags.ca),
          insecure: flags.insecure === true,
        },
        proxy: flags.proxy ?? null,
        guard: {
          allowPrivate: flags.allowPrivate === true,
          allowPorts: (flags.allowPort ?? []).map(wholeNumber(1, 65_535)),
        },
        lookup: lookupAll,
        now: terminal.now,
        random: terminal.random,
      })
      try {
        end(
          await runAuditCommand(
            {
              kind: 'check',
              specs,
              flags,
              examine: createCheck({ prober, now: terminal.now }),
              concurrency: flags.concurrency,
              hasRoom: () => prober.inFlight < flags.concurrency,
              illustrate: (rows, signal) => illustrate(rows, prober, signal),
              drop: () => prober.close(),
            },
            terminal,
          ),
        )
      } finally {
        prober.close()
      }
    })
}
