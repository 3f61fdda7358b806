// The way of a browser on this machine to the simulated platform. Its hosts have no addresses in any browser, so the first
// part of a path names the host: /wx.qlogo.cn/mmopen/… is asked of one of the simulator's own edges, as a CDN gives every
// visitor the nearest. Status, headers and bytes are the simulator's; only leave to be read by the demo's page is added.
import {
  type IncomingMessage,
  type ServerResponse,
  Agent,
  createServer,
  request as ask,
} from 'node:http'
import type { Simulator } from '../../../simulator/simulator.ts'
import { type Listening, listenNear } from './listen-near.ts'

/** A running door. */
export interface PlatformDoor extends Listening {
  /** The address of a link of the platform, as a browser on this machine can load it. */
  addressOf(link: string): string
}

/** The host of the consent page, whose own links begin with /connect/. */
const consentHost = 'open.weixin.qq.com'
const largestBody = 64 * 1024
const passed = ['accept', 'content-type', 'content-length', 'cookie', 'user-agent'] as const

/**
 * Opens the door.
 * @param edge the one that browsers are sent to
 * @param port 0 for a free one; the next free one where it is taken
 */
export async function openPlatformDoor(
  simulator: Pick<Simulator, 'ports' | 'hosts'>,
  edge: string,
  port: number,
): Promise<PlatformDoor> {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 })

  function handle(request: IncomingMessage, response: ServerResponse): void {
    const target = targetOf(request.url ?? '/', simulator.hosts)
    const length = Number(request.headers['content-length'] ?? 0)
    if (target === null) return refuse(response, 404)
    if (!(length <= largestBody) || request.headers['transfer-encoding'] !== undefined) {
      return refuse(response, 413)
    }
    const headers = Object.fromEntries(
      passed.flatMap((name) => {
        const value = request.headers[name]
        return value === undefined ? [] : [[name, value]]
      }),
    )
    const outgoing = ask({
      agent,
      host: edge,
      port: simulator.ports.http,
      method: request.method ?? 'GET',
      path: target.path,
      headers: { ...headers, host: target.host },
    })
    outgoing.on('response', (answer) => {
      const { 'access-control-allow-origin': _, connection: __, ...rest } = answer.headers
      response.writeHead(answer.statusCode ?? 502, {
        ...rest,
        'access-control-allow-origin': '*',
        'cross-origin-resource-policy': 'cross-origin',
        'cache-control': 'no-store',
      })
      answer.pipe(response)
      answer.on('error', () => response.destroy())
    })
    outgoing.on('error', () => (response.headersSent ? response.destroy() : refuse(response, 502)))
    response.on('close', () => outgoing.destroy())
    request.pipe(outgoing)
  }

  const listening = await listenNear(createServer(handle), port)
  return {
    ...listening,
    addressOf(link) {
      const { host, pathname, search } = new URL(link)
      const path = host === consentHost ? pathname : `/${host}${pathname}`
      return `${listening.url}${path}${search}`
    },
    async close() {
      agent.destroy()
      await listening.close()
    },
  }
}

/** What a path of the door asks for; null for a host that the simulator does not have. */
export function targetOf(
  path: string,
  hosts: readonly string[],
): { readonly host: string; readonly path: string } | null {
  if (path.startsWith('/connect/')) return { host: consentHost, path }
  const [, host = '', rest = '/'] = /^\/([a-z0-9.-]+)(\/.*)$/.exec(path) ?? []
  return hosts.includes(host) ? { host, path: rest } : null
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end()
}
