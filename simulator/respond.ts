// The platform's own answer to a request, before any fault: the status, the headers, and the bytes, which
// are made one's own only where somebody is going to read them.
import * as answers from './answers.ts'
import type { Generation, HeaderList } from './answers.ts'
import type { Route } from './hosts.ts'
import { defaultLink } from './people.ts'
import type { Link } from './people.ts'
import { own, ownBytes } from './pictures.ts'
import type { Picture, Pictures } from './pictures.ts'
import { mix } from './random.ts'
import type { World } from './world.ts'

/** An answer that is ready to be sent. */
export interface Answer {
  readonly status: number
  readonly headers: HeaderList
  /** Null where nobody asked for it. */
  readonly body: Buffer | null
}

/** What a request asks for, and through which edge. */
export interface Question {
  readonly route: Route
  /** The number of the edge. */
  readonly edge: number
  readonly host: string
  readonly hasOrigin: boolean
  readonly wantsBody: boolean
  /** Running number of the request. */
  readonly nonce: number
  /** The simulated time in milliseconds. */
  readonly now: number
}

/** Answers questions; at once where the picture was drawn before. */
export type Respond = (question: Question) => Answer | Promise<Answer>

/** The platform's answers, from a world and its pictures. */
export function createRespond(
  world: World,
  pictures: Pictures,
  generations: readonly Generation[],
): Respond {
  function gone(provider: 'wechat' | 'qq', question: Question): Answer {
    const { type, bytes } = provider === 'wechat' ? pictures.cannotBeViewed : pictures.missing
    const headers = answers.dead(generations[question.edge] ?? 'imghttp', {
      provider,
      type,
      bytes: bytes.length,
      nonce: question.nonce,
      now: question.now,
    })
    return { status: 200, headers: withOrigin(headers, provider, question), body: bytes }
  }

  function refused(text: string, status: number, question: Question): Answer {
    const body = Buffer.from(text)
    return { status, headers: answers.refusedSigned(body.length, question.now), body }
  }

  function alive(link: Link, size: number, question: Question): Answer | Promise<Answer> {
    const { edge, host } = question
    const hasEarlier = link.earlier !== null && !world.isPast(link, edge, host, size)
    const shown = hasEarlier ? (link.earlier ?? link) : link
    const pixels = pixelsOf(size)
    const drawn =
      link === defaultLink ? pictures.defaultUser(pixels) : pictures.face(shown.face, pixels)
    return drawn instanceof Promise
      ? drawn.then((picture) => show(picture, link, shown.stamp, question))
      : show(drawn, link, shown.stamp, question)
  }

  function show(picture: Picture, link: Link, stamp: number, question: Question): Answer {
    const isShared = link === defaultLink
    const healthy = {
      type: picture.type,
      bytes: picture.bytes.length + (isShared ? 0 : ownBytes),
      stamp,
      nonce: mix(question.nonce, question.edge),
      now: question.now,
    }
    const { provider } = link.form
    const headers =
      provider === 'signed'
        ? answers.healthySigned(healthy)
        : withOrigin(
            answers.healthy(generations[question.edge] ?? 'imghttp', healthy),
            provider,
            question,
          )
    if (!question.wantsBody) return { status: 200, headers, body: null }
    const body = isShared ? picture.bytes : own(picture.bytes, mix(link.n, stamp), stamp)
    return { status: 200, headers, body }
  }

  return (question) => {
    const { route, edge, host, now } = question
    switch (route.kind) {
      case 'picture': {
        const { link, size } = route
        if (link.form.provider === 'signed') {
          if (link.expiresAt <= now) return refused('URL signature expired', 403, question)
          // Assumed: a picture taken away before its time is simply not there.
          if (world.isPast(link, edge, host, size)) return refused('Not Found', 404, question)
          return alive(link, size, question)
        }
        if (link.lacks640 && pixelsOf(size) === 640) return gone('qq', question)
        const isGone = link.earlier === null && world.isPast(link, edge, host, size)
        return isGone ? gone(link.form.provider, question) : alive(link, size, question)
      }
      case 'unheard-of':
        // The platform cannot tell a picture it forgot from one it never had: both are "notexist". The
        // 404s that were reported all belong to the wrong host, so this is a 200 as well.
        return route.provider === 'signed'
          ? refused('Not Found', 404, question)
          : gone(route.provider, question)
      case 'bad-signature':
        return route.flaw === 'invalid'
          ? refused('Invalid URL signature', 403, question)
          : refused('Unsigned URL', 403, question)
      case 'malformed':
        return {
          status: 400,
          headers: answers.plain('ImgHttp3.0.0', 'text/html', 0),
          body: nothing,
        }
      case 'portal':
        return portalPage
      case 'wrong-host':
        return {
          status: 404,
          headers: answers.plain('ImgHttp3.0.0', 'text/html', 0),
          body: nothing,
        }
    }
  }
}

const nothing = Buffer.alloc(0)

const loginPage = Buffer.from(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Free Wi-Fi</title></head>
<body><h1>Welcome to the café's Wi-Fi</h1>
<form method="post" action="/login"><label>Room number <input name="room"></label>
<button>Connect</button></form></body></html>
`)

/** The login page of a captive portal. */
export const portalPage: Answer = {
  status: 200,
  headers: answers.plain('lighttpd', 'text/html; charset=utf-8', loginPage.length),
  body: loginPage,
}

/** Pixels by size: WeChat's 0 is the original; QQ has numbers of its own for the small ones. */
function pixelsOf(size: number): number {
  switch (size) {
    case 0:
    case 5:
      return 640
    case 1:
    case 2:
      return 40
    case 3:
      return 100
    case 4:
      return 140
    default:
      return size
  }
}

/** Pages of other origins may read WeChat's pictures, and are told so only when they ask; QQ's never. */
function withOrigin(headers: HeaderList, provider: string, question: Question): HeaderList {
  return question.hasOrigin && provider === 'wechat' ? [...headers, ...answers.forOrigin] : headers
}
