// A WeChat that misbehaves on request, for tests, demos and measurements without an account: its picture CDN
// (QQ's and one of signed URLs beside it), its authorization pages and calls, its pushes. Written from the
// facts that are public about the platforms alone.
//
//   const simulator = await createSimulator({ seed: 7 })
//   const { first } = simulator.control.makePeople({ count: 1000 })
//   simulator.control.changePicture(first, { over: 3_600_000 })
//   simulator.control.makeApp({ kind: 'official', domain: 'app.test' })
//   simulator.control.setConsent({ person: first, answer: 'allow' })
import { writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'

import { accountHosts, createAccounts } from './accounts.ts'
import type { Generation } from './answers.ts'
import { createCertificates } from './certificates.ts'
import { createClock } from './clock.ts'
import { createControlServer } from './control-server.ts'
import type { Setting } from './control-server.ts'
import { createControl } from './control.ts'
import type { Control } from './control.ts'
import { createCounts } from './counts.ts'
import { createEdges } from './edges.ts'
import { createFaults } from './faults.ts'
import type { Fault } from './faults.ts'
import { hosts } from './forms.ts'
import { portalHost, route } from './hosts.ts'
import { closing, createMisbehaviour, send } from './misbehave.ts'
import { createPictures } from './pictures.ts'
import { sendPush } from './push-send.ts'
import type { SendPush } from './push.ts'
import { createRandom } from './random.ts'
import { createRespond } from './respond.ts'
import type { Answer } from './respond.ts'
import { createWorld } from './world.ts'

export type { AccountControl, AccountView, GrantView } from './account-control.ts'
export type { App, ChangeApp, MakeApp, PushSettings } from './apps.ts'
export type { Consent } from './authorize.ts'
export type { Control, FaultWish, ListWish } from './control.ts'
export type { Fault, FaultKind, FaultScope, SetFault } from './faults.ts'
export type { RequestCount, Requests, RequestView } from './counts.ts'
export type { FormName } from './forms.ts'
export type { MakePeople } from './people.ts'
export type { PlatformSettings } from './platform.ts'
export type { PushReply, PushView, SendPush } from './push.ts'
export type { PushRequest } from './push-message.ts'
export type { LinkView, PersonView, Truth } from './world.ts'

/** How to set a simulator up; everything has a default. */
export interface SimulatorOptions {
  /** How many edges there are, from 127.0.0.2 on, or their loopback addresses; 3 by default. */
  readonly edges?: number | readonly string[]
  /** The servers' generation, for all edges or one by one (the last counts for the rest). */
  readonly generation?: Generation | readonly Generation[]
  /** Port numbers; 0, the default, stands for any that is free. */
  readonly ports?: {
    readonly http?: number
    readonly https?: number
    readonly control?: number
  }
  /** Decides on everything that looks like chance; 1 by default. */
  readonly seed?: number
  /** The time in milliseconds since 1970; `Date.now` by default. */
  readonly now?: () => number
  /** How many times faster than `now` the simulated time runs; 1 by default. */
  readonly speed?: number
  /** Carries pushes to apps; over the network by default. */
  readonly sendPush?: SendPush
}

/** A running simulator. */
export interface Simulator extends Setting {
  /** What rules it; the same verbs are served under `controlUrl`. */
  readonly control: Control
  /** Where the control interface listens: `http://127.0.0.1:<port>/_sim`. */
  readonly controlUrl: string
  /** Writes the certificate that a client must trust to a file, as PEM. */
  writeCa(file: string): Promise<void>
  /** Ends every connection, timer and server. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Starts a simulator. */
export async function createSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { seed = 1, now = Date.now, speed = 1, ports = {} } = options
  const edges = readEdges(options.edges ?? 3)
  const generations = readGenerations(options.generation ?? 'imghttp', edges.length)
  const clock = createClock(now, speed)
  const served = [...hosts, ...accountHosts, portalHost]
  const [pictures, certificates] = await Promise.all([
    createPictures(),
    createCertificates(served, edges),
  ])
  const world = createWorld(edges, clock, seed, pictures.faces)
  const faults = createFaults(createRandom(seed), now)
  const counts = createCounts()
  const carry = options.sendPush ?? sendPush
  const accounts = createAccounts({ world, clock, pictures, seed, send: carry })
  const respond = createRespond(world, pictures, generations)
  const misbehaviour = createMisbehaviour()
  const find = (key: string) => world.find(key)
  let nonce = seed

  const listening = await createEdges(
    edges,
    { http: ports.http ?? 0, https: ports.https ?? 0 },
    certificates,
    {
      onConnection: () => counts.connection(),
      onRequest: handle,
      onHandshake(edge, host) {
        const occasion = { edge: edges[edge] ?? '', host, method: null, person: null, path: null }
        const fault = faults.strike(occasion)
        if (fault !== null) counts.fault(fault.kind)
        if (fault?.kind === 'tls-stall') return null
        return fault?.kind === 'wrong-certificate' ? fault.flaw : 'right'
      },
    },
  )

  function handle(
    edge: number,
    scheme: 'http' | 'https',
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    const { method = 'GET', url: target = '/', headers } = request
    const host = (headers.host ?? '').split(':', 1)[0]?.toLowerCase() ?? ''
    const isAccount = accountHosts.includes(host)
    const asked = route(host, target, find)
    const owner = asked.kind === 'picture' && asked.link.n >= 0 ? `p${asked.link.n}` : null
    const person = isAccount ? accounts.personOf(target) : owner
    const address = edges[edge] ?? ''
    const path = isAccount ? (target.split('?', 1)[0] ?? '') : null
    const fault = faults.strike({ edge: address, host, method, person, path })
    const answer = isAccount
      ? answerAccount(host, request, fault)
      : respond({
          route: asked,
          edge,
          host,
          hasOrigin: headers.origin !== undefined,
          wantsBody: method !== 'HEAD' || fault !== null,
          nonce: nonce++,
          now: clock.now(),
        })
    const finish = (ready: Answer) => {
      const status = deliver(edge, fault, request, response, ready)
      const view = { at: clock.now(), edge: address, scheme, host, method, target, status }
      counts.request({ ...view, fault: fault?.kind ?? null })
      if (fault !== null) counts.fault(fault.kind)
    }
    if (answer instanceof Promise) answer.then(finish, (error: Error) => response.destroy(error))
    else finish(answer)
  }

  function answerAccount(
    host: string,
    request: IncomingMessage,
    fault: Fault | null,
  ): Answer | Promise<Answer> {
    const { method = 'GET', url: target = '/', headers } = request
    const asked = { host, method, target, cookie: headers.cookie ?? '', fault }
    if (method !== 'POST') return accounts.answer({ ...asked, body: '' })
    return readBody(request).then((body) => accounts.answer({ ...asked, body }))
  }

  function deliver(
    edge: number,
    fault: Fault | null,
    request: IncomingMessage,
    response: ServerResponse,
    ready: Answer,
  ): number {
    const answer = request.headers.connection === 'close' ? closing(ready) : ready
    if (fault !== null) {
      const connection = listening.connectionOf(edge, request)
      return misbehaviour.carryOut(fault, { request, response, connection, answer })
    }
    send(response, answer, request.method)
    return answer.status
  }

  const setting: Setting = {
    hosts: served,
    edges,
    ports: { http: listening.http, https: listening.https },
    connectTo: connectLines(served, edges, listening),
    ca: certificates.ca,
  }
  const control = createControl(world, clock, faults, counts, accounts.control, served)
  const controlServer = await createControlServer(control, setting, ports.control ?? 0).catch(
    async (error: unknown) => {
      await listening.close()
      throw error
    },
  )

  async function close(): Promise<void> {
    misbehaviour.stop()
    await Promise.all([listening.close(), controlServer.close(), accounts.close()])
  }

  return {
    ...setting,
    control,
    controlUrl: controlServer.url,
    writeCa: (file) => writeFile(file, certificates.ca),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** The body of a form or a call, as far as any of them goes. */
async function readBody(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of request as AsyncIterable<Buffer>) {
    length += piece.length
    if (length > 65_536) throw new Error('a body of more than 64 KiB')
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString()
}

/** As curl's `--connect-to`: HOST:PORT:ADDRESS:PORT, host by host, one line for each edge. */
function connectLines(
  served: readonly string[],
  edges: readonly string[],
  ports: { readonly http: number; readonly https: number },
): readonly string[] {
  return served.flatMap((host) =>
    edges.flatMap((edge) => [
      `${host}:80:${edge}:${ports.http}`,
      `${host}:443:${edge}:${ports.https}`,
    ]),
  )
}

function readEdges(wish: number | readonly string[]): readonly string[] {
  const edges =
    typeof wish === 'number' ? Array.from({ length: wish }, (_, i) => `127.0.0.${i + 2}`) : wish
  const isLoopback = (address: string) => /^127(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/.test(address)
  if (edges.length >= 1 && edges.length <= 200 && edges.every(isLoopback)) return edges
  throw new Error(`edges: must be 1 to 200 addresses in 127.0.0.0/8, not ${JSON.stringify(wish)}`)
}

function readGenerations(
  wish: Generation | readonly Generation[],
  count: number,
): readonly Generation[] {
  const list = typeof wish === 'string' ? [wish] : wish
  return Array.from({ length: count }, (_, i) => list[i] ?? list.at(-1) ?? 'imghttp')
}
