// Carries faults out on a request that has come in. Each does one harm as plainly as it can; what it needs
// of the true answer it takes from there. Waiting is done on real timers, all of which end with `stop`.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { constants, crc32, deflateRawSync } from 'node:zlib'

import { plain } from './answers.ts'
import type { HeaderList } from './answers.ts'
import type { Fault } from './faults.ts'
import { portalHost } from './hosts.ts'
import { portalPage } from './respond.ts'
import type { Answer } from './respond.ts'

/** A request in the hands of a fault. */
export interface Victim {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** The connection below TLS, for resets. */
  readonly connection: Socket
  /** The true answer. */
  readonly answer: Answer
}

/** Carries faults out. */
export interface Misbehaviour {
  /** Does the harm; returns the status that is sent, 0 where none is. */
  carryOut(fault: Fault, victim: Victim): number
  /** Ends all that waits. */
  stop(): void
}

/** Sends an answer as it is; the body is left out where the method has none. */
export function send(response: ServerResponse, answer: Answer, method: string | undefined): void {
  start(response, answer)
  response.end(method === 'HEAD' ? undefined : answer.body)
}

/** The same answer, saying that the connection ends with it. */
export function closing(answer: Answer): Answer {
  return { ...answer, headers: [...without(answer.headers, 'Connection'), 'Connection', 'close'] }
}

/** Nobody misbehaves yet. */
export function createMisbehaviour(): Misbehaviour {
  const timers = new Set<NodeJS.Timeout>()
  const bombs = new Map<number, Buffer>()

  function later(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      timers.delete(timer)
      act()
    }, ms)
    timers.add(timer)
  }

  function drip(victim: Victim, everyMs: number, bytes: number): void {
    const { response, answer } = victim
    const body = answer.body ?? nothing
    start(response, answer)
    response.flushHeaders()
    const next = (from: number) => {
      if (response.destroyed) return
      if (from >= body.length) response.end()
      else {
        response.write(body.subarray(from, from + bytes))
        later(everyMs, () => next(from + bytes))
      }
    }
    if (victim.request.method === 'HEAD') response.end()
    else next(0)
  }

  function bomb(mebibytes: number): Buffer {
    const known = bombs.get(mebibytes) ?? makeBomb(mebibytes)
    bombs.set(mebibytes, known)
    return known
  }

  return {
    stop() {
      for (const timer of timers) clearTimeout(timer)
      timers.clear()
      bombs.clear()
    },
    carryOut(fault, victim) {
      const { request, response, connection, answer } = victim
      const { method } = request
      const { socket } = request
      const { status } = answer
      const body = answer.body ?? nothing
      switch (fault.kind) {
        case 'slow':
          later(fault.delayMs, () => response.destroyed || send(response, answer, method))
          return status
        case 'slow-body':
          drip(victim, fault.everyMs, fault.bytes)
          return status
        case 'half-body':
          start(response, answer)
          response.flushHeaders()
          if (method !== 'HEAD') socket.write(body.subarray(0, body.length >> 1))
          socket.destroySoon()
          return status
        case 'lying-length':
          start(response, {
            ...answer,
            headers: withLength(answer.headers, body.length + fault.by),
          })
          response.end(method === 'HEAD' ? undefined : body)
          if (fault.by > 0 && method !== 'HEAD') response.once('finish', () => socket.destroySoon())
          return status
        case 'reset':
          if (fault.when === 'before-headers') {
            connection.resetAndDestroy()
            return 0
          }
          start(response, answer)
          response.flushHeaders()
          // The client must have read the headers before the reset sweeps them away.
          socket.write(body.subarray(0, body.length >> 1), () => {
            later(20, () => connection.resetAndDestroy())
          })
          return status
        case 'status':
          send(response, errorAnswer(fault.status, fault.retryAfter), method)
          return fault.status
        case 'throttle':
          send(response, errorAnswer(fault.status, fault.retryAfter), method)
          return fault.status
        case 'captive-portal': {
          const { host = '' } = request.headers
          // Whoever followed the redirect has arrived.
          const isThere = !fault.redirect || host.startsWith(portalHost)
          if (isThere) send(response, portalPage, method)
          else redirect(response, 302, `http://${portalHost}/login?from=${host}`)
          return isThere ? 200 : 302
        }
        case 'head-body':
          send(response, answer, method)
          socket.write(body)
          return status
        case 'head-405':
          send(response, errorAnswer(405, null), method)
          return 405
        case 'close':
          send(response, fault.announced ? closing(answer) : answer, method)
          response.once('finish', () => socket.destroySoon())
          return status
        case 'gzip-bomb': {
          const packed = bomb(fault.mebibytes)
          const headers = withLength(answer.headers, packed.length)
          send(
            response,
            { status, headers: [...headers, 'Content-Encoding', 'gzip'], body: packed },
            method,
          )
          return status
        }
        case 'endless-body':
          start(response, { ...answer, headers: without(answer.headers, 'Content-Length') })
          if (method === 'HEAD') response.end()
          else pour(response, Buffer.alloc(65_536, 'The end is not near. '))
          return status
        case 'endless-headers':
          socket.write('HTTP/1.1 200 OK\r\n')
          pour(socket, Buffer.from(`X-Padding: ${'a'.repeat(1000)}\r\n`.repeat(16)))
          return 0
        case 'redirect-loop':
          redirect(response, 302, nextOfLoop(request))
          return 302
        case 'redirect':
          redirect(response, fault.status, fault.to)
          return fault.status
        case 'garbage':
          socket.write(
            Buffer.from(
              '\u0000\u0001SSH-2.0-not HTTP at all\r\n\r\n\u00ff\u00fe'.repeat(8),
              'latin1',
            ),
          )
          socket.destroySoon()
          return 0
        case 'errcode':
        case 'malformed':
          // Done already, where the answer was made.
          send(response, answer, method)
          return status
        case 'never':
        case 'wrong-certificate':
        case 'tls-stall':
          // Nothing is sent; those of the handshake never get here.
          return 0
      }
    },
  }
}

const nothing = Buffer.alloc(0)

function start(response: ServerResponse, answer: Answer): void {
  // The captures show which headers there are, so none is added: no Date, no Connection of our own.
  response.sendDate = false
  response.removeHeader('Connection')
  response.writeHead(answer.status, answer.headers as string[])
}

function errorAnswer(status: number, retryAfter: number | null): Answer {
  const body = Buffer.from(`<html><body><h1>${status}</h1></body></html>\n`)
  const headers = plain('stgw', 'text/html', body.length)
  return {
    status,
    headers: retryAfter === null ? headers : [...headers, 'Retry-After', String(retryAfter)],
    body,
  }
}

function redirect(response: ServerResponse, status: number, to: string): void {
  const headers = [...plain('stgw', 'text/html', 0), 'Location', to]
  send(response, { status, headers, body: nothing }, 'GET')
}

/** Three addresses in a circle, so that a client that only looks for itself is caught as well. */
function nextOfLoop(request: IncomingMessage): string {
  const path = request.url ?? '/'
  const hop = /[?&]hop=(\d)$/.exec(path)
  const base = hop === null ? path : path.slice(0, hop.index)
  const next = (Number(hop?.[1] ?? 0) + 1) % 3
  const scheme = 'encrypted' in request.socket ? 'https' : 'http'
  return `${scheme}://${request.headers.host}${base}${base.includes('?') ? '&' : '?'}hop=${next}`
}

function without(headers: HeaderList, name: string): HeaderList {
  const at = headers.findIndex((each, i) => i % 2 === 0 && each === name)
  return at === -1 ? headers : headers.toSpliced(at, 2)
}

function withLength(headers: HeaderList, length: number): HeaderList {
  const at = headers.indexOf('Content-Length')
  return at === -1 ? headers : headers.with(at + 1, String(Math.max(0, length)))
}

/** Writes the same again and again, as fast as it is taken, until the other side has had enough. */
function pour(to: ServerResponse | Socket, chunk: Buffer): void {
  const more = () => {
    if (to.destroyed || !to.writable) return
    if (to.write(chunk)) setImmediate(more)
    else to.once('drain', more)
  }
  to.on('error', () => {})
  more()
}

/** One gzip member of zeros: a packed mebibyte that can be repeated, since each piece is flushed. */
function makeBomb(mebibytes: number): Buffer {
  const zeros = Buffer.alloc(1_048_576)
  const piece = deflateRawSync(zeros, { level: 9, finishFlush: constants.Z_FULL_FLUSH })
  let sum = 0
  for (let i = 0; i < mebibytes; i++) sum = crc32(zeros, sum)
  const tail = Buffer.alloc(10)
  tail.writeUInt16LE(0x0003, 0)
  tail.writeUInt32LE(sum, 2)
  tail.writeUInt32LE((mebibytes * 1_048_576) >>> 0, 6)
  const head = Buffer.from([31, 139, 8, 0, 0, 0, 0, 0, 0, 255])
  return Buffer.concat([head, ...Array.from({ length: mebibytes }, () => piece), tail])
}
