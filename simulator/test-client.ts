// A plain client for the simulator's tests: asks a URL through one edge, trusts the simulator's authority,
// and hands back headers in the letters in which they came.
import { request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'

import type { Simulator } from './simulator.ts'

/** How to ask. */
export interface Asking {
  /** The number of the edge; the first by default. */
  readonly edge?: number
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** What is sent along. */
  readonly body?: string
  /** Gives up after so many body bytes. */
  readonly maxBytes?: number
  /** Gives up after so many milliseconds; 5000 by default. */
  readonly timeoutMs?: number
}

/** What came back. */
export interface Asked {
  readonly status: number
  /** By name as it was written. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  /** Whether the body ended before its announced length. */
  readonly cut: boolean
}

/** Asks for a URL; fails where no headers arrive. */
export function ask(simulator: Simulator, address: string, asking: Asking = {}): Promise<Asked> {
  const url = new URL(address)
  const isSecure = url.protocol === 'https:'
  const options = {
    host: simulator.edges[asking.edge ?? 0] ?? '',
    port: isSecure ? simulator.ports.https : simulator.ports.http,
    servername: url.hostname,
    ca: simulator.ca,
    path: `${url.pathname}${url.search}`,
    method: asking.method ?? 'GET',
    headers: { Host: url.host, ...asking.headers },
    agent: false,
    timeout: asking.timeoutMs ?? 5000,
  } as const
  return new Promise((resolve, reject) => {
    let hasAnswer = false
    const request = (isSecure ? httpsRequest : httpRequest)(options, (response) => {
      hasAnswer = true
      read(response, asking.maxBytes ?? Infinity).then(resolve, reject)
    })
    request.on('timeout', () => request.destroy(new Error('timed out')))
    request.on('error', (error) => hasAnswer || reject(error))
    request.end(asking.body)
  })
}

/** What a call of `api.weixin.qq.com` answered. */
export interface Called {
  readonly status: number
  readonly type: string
  readonly text: string
  /** Null where the text is no JSON object. */
  readonly value: Readonly<Record<string, unknown>> | null
}

/** Calls `api.weixin.qq.com`, over https. */
export async function call(
  simulator: Simulator,
  path: string,
  parameters: Readonly<Record<string, string>>,
  asking: Asking = {},
): Promise<Called> {
  const address = `https://api.weixin.qq.com${path}?${new URLSearchParams(parameters).toString()}`
  const { status, headers, body } = await ask(simulator, address, asking)
  const text = body.toString()
  return { status, type: headers['Content-Type'] ?? '', text, value: parse(text) }
}

function parse(text: string): Called['value'] {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : null
  } catch {
    return null
  }
}

function read(response: IncomingMessage, maxBytes: number): Promise<Asked> {
  const pieces: Buffer[] = []
  let length = 0
  return new Promise((resolve) => {
    const done = () =>
      resolve({
        status: response.statusCode ?? 0,
        headers: pairs(response.rawHeaders),
        body: Buffer.concat(pieces),
        cut: !response.complete,
      })
    response.on('data', (piece: Buffer) => {
      pieces.push(piece)
      length += piece.length
      if (length >= maxBytes) response.destroy()
    })
    response.on('error', () => {})
    response.on('close', done)
  })
}

function pairs(raw: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    raw.flatMap((name, i) => (i % 2 === 0 ? [[name, raw[i + 1] ?? ''] as const] : [])),
  )
}
