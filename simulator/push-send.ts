// Carries one push over the network: a connection of its own, five seconds for the whole answer, and no more of
// the body than anybody needs.
import { request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'

import type { PushReply, SendPush } from './push.ts'
import type { PushRequest } from './push-message.ts'

const timeoutMs = 5_000
const mostBytes = 65_536

/** Sends over http or https. Certificates are not checked: those of a developer's machine rarely hold. */
export const sendPush: SendPush = (push, stop) =>
  new Promise((resolve) => {
    const stopped = AbortSignal.any([stop, AbortSignal.timeout(timeoutMs)])
    const make = push.url.startsWith('https:') ? httpsRequest : httpRequest
    const request = make(push.url, {
      method: push.method,
      headers: { ...push.headers, ...lengthOf(push) },
      agent: false,
      rejectUnauthorized: false,
      signal: stopped,
    })
    const fail = (error: Error) => resolve(failure(error, stopped))
    request.on('error', fail)
    request.on('response', (response) => {
      read(response).then((body) => {
        resolve({ kind: 'answered', status: response.statusCode ?? 0, body })
        request.destroy()
      }, fail)
    })
    request.end(push.body)
  })

function failure(error: Error, stopped: AbortSignal): PushReply {
  if (stopped.aborted) return { kind: 'silent' }
  return { kind: 'unreachable', reason: error.message }
}

function lengthOf({ method, body }: PushRequest): Record<string, number> {
  return method === 'POST' ? { 'Content-Length': Buffer.byteLength(body) } : {}
}

async function read(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of response as AsyncIterable<Buffer>) {
    pieces.push(piece)
    length += piece.length
    if (length > mostBytes) break
  }
  return Buffer.concat(pieces).toString('utf8', 0, mostBytes)
}
