// Asks `api.weixin.qq.com`: one GET over a kept connection, bounded in time and size, that follows no redirect. The addresses
// asked for hold secrets, so that nothing of them gets into a detail.
import { Agent, type RequestOptions, request as httpsRequest } from 'node:https'
import type { IncomingMessage } from 'node:http'

/** What was answered, or that nobody did. */
export type AskReply =
  | { readonly kind: 'answer'; readonly status: number; readonly text: string }
  /** No whole answer within the bounds. */
  | { readonly kind: 'failure'; readonly detail: string }

/** Asks for an https address. Does not reject. `timeoutMs` covers everything from connecting to the last byte. */
export type Ask = (
  url: string,
  bounds: { readonly timeoutMs: number; readonly maxBytes: number },
) => Promise<AskReply>

/** Where to connect instead, as curl's `--connect-to`: an empty host or a null port stands for any. */
export interface ConnectTo {
  readonly host: string
  readonly port: number | null
  readonly address: string
  readonly toPort: number | null
}

/** Asks over kept connections. */
export interface Asker {
  readonly ask: Ask
  /** Ends all connections. */
  close(): void
}

/** Somewhere to connect to. */
interface Target {
  readonly address: string
  readonly port: number
}

/** How a try ended. */
interface Try {
  readonly reply: AskReply
  /** Nothing was sent, so that another address may be tried. */
  readonly isUnsent: boolean
  /** A kept connection turned out to be closed, so that a new one may be tried. */
  readonly isStale: boolean
}

/**
 * @param options `connectTo`: several for one host are tried in order, from the one that answered last; `ca`: PEM
 * certificates to trust instead of the system's
 */
export function createAsker(
  options: { connectTo?: readonly ConnectTo[]; ca?: readonly string[] | undefined } = {},
): Asker {
  const { connectTo = [], ca } = options
  const agent = new Agent({
    keepAlive: true,
    maxFreeSockets: 16,
    ...(ca === undefined ? {} : { ca: [...ca] }),
  })
  /** By host, the number of the target that answered last. */
  const preferred = new Map<string, number>()

  function targetsOf(host: string, port: number): readonly Target[] {
    const named = connectTo.filter(
      (rule) =>
        (rule.host === '' || rule.host === host) && (rule.port === null || rule.port === port),
    )
    if (named.length === 0) return [{ address: host, port }]
    return named.map(({ address, toPort }) => ({
      address: address === '' ? host : address,
      port: toPort ?? port,
    }))
  }

  function tryOnce(url: URL, target: Target, maxBytes: number, signal: AbortSignal): Promise<Try> {
    const { promise, resolve } = Promise.withResolvers<Try>()
    const settings: RequestOptions = {
      host: target.address,
      port: target.port,
      servername: url.hostname,
      path: `${url.pathname}${url.search}`,
      headers: {
        host: url.host,
        accept: '*/*',
        'accept-encoding': 'identity',
        'user-agent': 'Everface/1',
      },
      agent,
      signal,
    }
    const request = httpsRequest(settings)
    let isConnected = false
    let isAnswered = false
    request.on('socket', (socket) => {
      if (request.reusedSocket) isConnected = true
      else socket.once('secureConnect', () => (isConnected = true))
    })
    // Also what breaks after the answer comes here; by then it changes nothing.
    request.on('error', (error: NodeJS.ErrnoException) => {
      // The platform closed a kept connection just before it was used: it has read nothing.
      const isReset = error.code === 'ECONNRESET' || error.code === 'EPIPE'
      const isStale = isReset && request.reusedSocket && !isAnswered
      resolve({ reply: failure(wordsFor(error, signal)), isUnsent: !isConnected, isStale })
    })
    request.on('response', (response) => {
      isAnswered = true
      const settle = (reply: AskReply) => resolve({ reply, isUnsent: false, isStale: false })
      read(response, maxBytes, signal, settle)
    })
    request.end()
    return promise
  }

  async function ask(
    address: string,
    bounds: { readonly timeoutMs: number; readonly maxBytes: number },
  ): Promise<AskReply> {
    const url = URL.parse(address)
    if (url?.protocol !== 'https:') return failure('Only https addresses are asked.')
    const signal = AbortSignal.timeout(bounds.timeoutMs)
    const targets = targetsOf(url.hostname, Number(url.port || 443))
    const first = preferred.get(url.host) ?? 0
    let reply = failure('There is nowhere to connect to.')
    for (let tried = 0; tried < targets.length; tried++) {
      const at = (first + tried) % targets.length
      const target = targets[at]
      if (target === undefined) break
      let last = await tryOnce(url, target, bounds.maxBytes, signal)
      while (last.isStale && !signal.aborted) {
        last = await tryOnce(url, target, bounds.maxBytes, signal)
      }
      reply = last.reply
      if (reply.kind === 'answer') preferred.set(url.host, at)
      if (!last.isUnsent || signal.aborted) break
    }
    return reply
  }

  return { ask, close: () => agent.destroy() }
}

function read(
  response: IncomingMessage,
  maxBytes: number,
  signal: AbortSignal,
  settle: (reply: AskReply) => void,
): void {
  const encoding = response.headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') {
    settle(failure('The answer is packed, though that was not asked for.'))
    response.destroy()
    return
  }
  const pieces: Buffer[] = []
  let length = 0
  response.on('data', (piece: Buffer) => {
    pieces.push(piece)
    length += piece.length
    if (length <= maxBytes) return
    settle(failure(`The answer is longer than ${maxBytes} bytes.`))
    response.destroy()
  })
  response.on('error', (error: NodeJS.ErrnoException) => settle(failure(wordsFor(error, signal))))
  response.on('end', () => {
    settle({
      kind: 'answer',
      status: response.statusCode ?? 0,
      text: Buffer.concat(pieces).toString(),
    })
  })
}

function failure(detail: string): AskReply {
  return { kind: 'failure', detail }
}

/** By the code alone: messages of errors may repeat what was sent. */
function wordsFor(error: NodeJS.ErrnoException, signal: AbortSignal): string {
  if (signal.aborted) return 'No whole answer came in time.'
  switch (error.code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'The name of the platform could not be resolved.'
    case 'ECONNREFUSED':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `The platform could not be reached (${error.code}).`
    case undefined:
      return 'The connection broke.'
    default:
      return `The connection failed (${error.code.replaceAll(/[^A-Z0-9_]/g, '')}).`
  }
}
