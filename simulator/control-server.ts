// The verbs over HTTP, on a port of their own: `POST /_sim/<verb>` with a JSON object, `GET /_sim/<verb>`
// with a query where nothing changes. A wrong field is answered 400 with a message that names it.
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import { createAccountVerbs } from './account-verbs.ts'
import type { Control, FaultWish } from './control.ts'
import { FieldError, readChoice, readChoices, readFlag, readNumber, readText } from './fields.ts'
import { readWhole, refuseOthers, required } from './fields.ts'
import type { Fields } from './fields.ts'
import { formNames, hosts } from './forms.ts'
import { fates } from './people.ts'
import { get, post } from './verbs.ts'
import type { Verb } from './verbs.ts'

/** What the control interface tells of the simulator itself. */
export interface Setting {
  readonly hosts: readonly string[]
  readonly edges: readonly string[]
  readonly ports: { readonly http: number; readonly https: number }
  readonly connectTo: readonly string[]
  readonly ca: string
}

/** The running control interface. */
export interface ControlServer {
  /** Where it listens, with `/_sim` at the end. */
  readonly url: string
  close(): Promise<void>
}

/** Serves the verbs on 127.0.0.1; a port of 0 stands for any that is free. */
export async function createControlServer(
  control: Control,
  setting: Setting,
  port: number,
): Promise<ControlServer> {
  const verbs = createVerbs(control, setting)
  const server = createServer((request, response) => {
    answer(control, verbs, request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy()
      else if (error instanceof FieldError) {
        sendJson(response, 400, { error: error.message, field: error.field })
      } else {
        console.error(error)
        sendJson(response, 500, { error: 'The simulator failed; its own output says why.' })
      }
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', port }, resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/_sim`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answer(
  control: Control,
  verbs: Readonly<Record<string, Verb>>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1')
  const name = url.pathname.replace(/^\/_sim\/?/, '')
  const query: Fields = Object.fromEntries(url.searchParams)
  if (name === 'list.csv') return sendList(control, query, response)
  const verb = verbs[name]
  if (!url.pathname.startsWith('/_sim') || verb === undefined) {
    const known = Object.keys(verbs).filter(Boolean).join(', ')
    return sendJson(response, 404, {
      error: `There is no ${url.pathname}; under /_sim/ are ${known}`,
    })
  }
  if (request.method !== verb.method) {
    response.setHeader('Allow', verb.method)
    return sendJson(response, 405, { error: `${url.pathname} is asked by ${verb.method}` })
  }
  const fields = verb.method === 'GET' ? query : { ...query, ...(await readBody(request)) }
  refuseOthers(fields, verb.fields)
  sendJson(response, 200, await verb.run(fields))
}

function createVerbs(control: Control, setting: Setting): Readonly<Record<string, Verb>> {
  const person = (fields: Fields) => required('person', readText(fields, 'person'))
  const verbs: Record<string, Verb> = {
    'make-people': post('Makes people.', makeFields, (f) => control.makePeople(readMakePeople(f))),
    'list-people': get('Lists people.', ['offset', 'limit'], (f) =>
      control.listPeople({
        offset: readWhole(f, 'offset') ?? 0,
        limit: readWhole(f, 'limit', 1, 10_000) ?? 100,
      }),
    ),
    person: get('Shows one person.', ['person'], (f) => control.person(person(f))),
    'change-picture': post('The old URL dies within `over` ms.', ['person', 'over'], (f) =>
      control.changePicture(person(f), { over: readNumber(f, 'over') ?? 0 }),
    ),
    kill: post('A picture dies everywhere at once.', ['person'], (f) => control.kill(person(f))),
    'kill-on': post('A picture dies on some edges.', ['person', 'edges'], (f) =>
      control.killOn(person(f), required('edges', readChoices(f, 'edges', setting.edges))),
    ),
    advance: post('Moves the clock forward.', ['ms'], (f) =>
      control.advance(required('ms', readNumber(f, 'ms'))),
    ),
    clock: get('The simulated time.', [], () => control.clock()),
    'set-fault': post('Makes something go wrong.', faultFields, (f) =>
      // Every field is read and checked there, whoever asks.
      control.setFault(f as unknown as FaultWish),
    ),
    'clear-faults': post('Ends one fault or all.', ['id'], (f) =>
      control.clearFaults(readWhole(f, 'id', 1)),
    ),
    faults: get('The faults that are set.', [], () => control.faults()),
    requests: get('What happened.', [], () => control.requests()),
    'clear-requests': post('Counts from zero again.', [], () => {
      control.clearRequests()
      return {}
    }),
    ...createAccountVerbs(control),
  }
  const index = Object.entries(verbs).map(([name, { method, fields, says }]) => ({
    verb: `${method} /_sim/${name}`,
    fields,
    says,
  }))
  return { ...verbs, '': get('Says all of this.', [], () => ({ ...setting, verbs: index })) }
}

const makeFields = ['count', 'seed', 'hosts', 'forms', 'scheme', 'mix', 'over']

const faultFields = [
  'kind',
  'person',
  'host',
  'edge',
  'method',
  'path',
  'probability',
  'count',
  'delayMs',
  'everyMs',
  'bytes',
  'by',
  'when',
  'status',
  'retryAfter',
  'perSecond',
  'redirect',
  'announced',
  'mebibytes',
  'to',
  'flaw',
  'errcode',
  'spends',
  'sample',
]

function readMakePeople(fields: Fields): Parameters<Control['makePeople']>[0] {
  const seed = readWhole(fields, 'seed')
  const wishedHosts = readChoices(fields, 'hosts', hosts)
  const wishedForms = readChoices(fields, 'forms', formNames)
  const scheme = readChoice(fields, 'scheme', ['http', 'https'])
  const over = readNumber(fields, 'over')
  return {
    count: required('count', readWhole(fields, 'count', 1, 10_000_000)),
    mix: readMix(fields['mix'] ?? {}),
    ...(seed !== undefined && { seed }),
    ...(wishedHosts !== undefined && { hosts: wishedHosts }),
    ...(wishedForms !== undefined && { forms: wishedForms }),
    ...(scheme !== undefined && { scheme }),
    ...(over !== undefined && { over }),
  }
}

function readMix(value: unknown): Record<string, number> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new FieldError('mix', `must be an object of fractions by ${fates.join(', ')}`)
  }
  const mix: Fields = { ...value }
  refuseOthers(mix, fates)
  return Object.fromEntries(fates.map((fate) => [fate, readNumber(mix, fate, 0, 1) ?? 0]))
}

async function sendList(control: Control, query: Fields, response: ServerResponse): Promise<void> {
  refuseOthers(query, ['which', 'truth', 'offset', 'limit'])
  const pieces = control.list({
    which: readChoice(query, 'which', ['first', 'current']) ?? 'first',
    truth: readFlag(query, 'truth') ?? false,
    offset: readWhole(query, 'offset') ?? 0,
    limit: readWhole(query, 'limit', 1) ?? Infinity,
  })
  response.writeHead(200, { 'Content-Type': 'text/csv; charset=utf-8' })
  await pipeline(Readable.from(pieces), response)
}

async function readBody(request: IncomingMessage): Promise<Fields> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of request as AsyncIterable<Buffer>) {
    length += piece.length
    if (length > 1_048_576) throw new FieldError('body', 'must not exceed a mebibyte')
    pieces.push(piece)
  }
  if (length === 0) return {}
  const text = Buffer.concat(pieces).toString()
  const value = parse(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new FieldError('body', 'must be a JSON object')
  }
  return { ...value }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new FieldError('body', `is no JSON: ${(error as Error).message}`)
  }
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' })
  response.end(`${JSON.stringify(value)}\n`)
}
