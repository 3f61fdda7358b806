// Options that several commands share, and how their values are read.
import { readFileSync } from 'node:fs'
import { X509Certificate } from 'node:crypto'
import { getCACertificates } from 'node:tls'
import { InvalidArgumentError } from 'commander'
import { findingKinds } from '../core/verdict.ts'
import { EverfaceError } from '../errors.ts'
import type { Proxy } from '../probe/connection.ts'

/** Reads a whole number within bounds. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`It takes a whole number from ${least} to ${most}.`)
    }
    return value
  }
}

/** Collects the values of a repeatable option. */
export function collect(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text]
}

/** Rates of `--rate R` and `--rate R/HOST`. */
export interface Rates {
  readonly all: number | null
  readonly byHost: ReadonlyMap<string, number>
}

/** Reads one `--rate`, added to those before it. */
export function readRate(text: string, before: Rates | undefined): Rates {
  const [number = '', ...rest] = text.split('/')
  const host = rest.join('/').toLowerCase()
  const rate = Number(number)
  if (!/^\d+(?:\.\d+)?$/.test(number) || (rest.length > 0 && host === '')) {
    throw new InvalidArgumentError(
      'It takes probes a second, or probes a second for one host: 20/wx.qlogo.cn.',
    )
  }
  const byHost = new Map(before?.byHost)
  if (host !== '') byHost.set(host, rate)
  return { all: host === '' ? rate : (before?.all ?? null), byHost }
}

/** Reads `--fail-on gone,dying` into a set. */
export function readFindings(text: string): ReadonlySet<string> {
  const names = text.split(',').map((name) => name.trim())
  const wrong = names.find((name) => !(findingKinds as readonly string[]).includes(name))
  if (wrong !== undefined) {
    throw new InvalidArgumentError(
      `"${wrong}" is no verdict. Verdicts: ${findingKinds.join(', ')}.`,
    )
  }
  return new Set(names)
}

/** Reads `--proxy http://user:password@host:port`. */
export function readProxy(text: string): Proxy {
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw new InvalidArgumentError('It takes a URL: http://proxy.example:3128.')
  }
  if (url.protocol !== 'http:') {
    throw new InvalidArgumentError(
      `Only http:// proxies are spoken to; this one is ${url.protocol}//.`,
    )
  }
  const user = decodeURIComponent(url.username)
  const password = decodeURIComponent(url.password)
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 80 : Number(url.port),
    authorization:
      user === '' ? null : `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
  }
}

/** Reads the certificates of `--ca FILE`; they are trusted besides the system's. */
export function readCa(path: string): readonly string[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException
    throw new EverfaceError('ca-unreadable', `${path} cannot be read (${code}).`, { cause })
  }
  const found = text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? []
  if (found.length === 0)
    throw new EverfaceError('ca-unreadable', `${path} holds no PEM certificate.`)
  const trusted: string[] = []
  for (const pem of found) {
    try {
      trusted.push(new X509Certificate(pem).toString())
    } catch (cause) {
      throw new EverfaceError('ca-unreadable', `${path} holds a certificate that cannot be read.`, {
        cause,
      })
    }
  }
  return [...getCACertificates('default'), ...trusted]
}
