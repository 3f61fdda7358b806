// The picture routes, by two doors: `handle` takes and gives what every web server knows, `first` stands before all else
// on a Node server and answers what is in memory without waiting. Both ask the same function (picture-answer.ts).
// Requests are counted here and not logged: a page has a hundred of them.
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { EverfaceError } from '../../errors.ts'
import type { NoVariant, Variant } from '../../pictures/pictures.ts'
import type { AppParts } from '../app.ts'
import type { Faces } from './faces.ts'
import {
  type PictureAnswer,
  type PictureFacts,
  type PictureNeed,
  answerPicture,
} from './picture-answer.ts'
import { createDrawings } from './picture-drawings.ts'
import { createLosses } from './picture-losses.ts'
import { type PictureProblem, pictureProblem, tellProblem } from './picture-problem.ts'
import {
  type PictureAsk,
  type PictureRequest,
  type PictureRules,
  isPicturePath,
  readPictureRequest,
} from './picture-request.ts'

/** The routes `/a/…` and `/p/…`. */
export interface PictureRoutes {
  /** Answers a request; one for another path with `route-unknown`. Never rejects. */
  handle(request: Request, requestId?: string): Promise<Response>
  /** Takes a request on a Node server when it is for a picture, and answers it now or later; false leaves it alone. */
  first(req: IncomingMessage, res: ServerResponse): boolean
  /** Answers of `first` since the start, by route and status. */
  counts(): readonly PictureCount[]
}

/** So many answers of one kind. */
export interface PictureCount {
  readonly route: '/a/{subject}' | '/p/{sha256}/{size}.{format}'
  readonly status: number
  readonly count: number
}

/** What picture routes are made from. */
export type PictureParts = Pick<
  AppParts,
  'settings' | 'secrets' | 'pictures' | 'keeper' | 'log' | 'now'
>

type Outcome = PictureAnswer | PictureProblem

/** Ids that are taken over: they go into logs and answers as they are. */
const saneId = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

/** Makes the routes of one app. */
export function createPictureRoutes(parts: PictureParts, faces: Faces): PictureRoutes {
  const { settings, secrets, pictures, keeper, log, now } = parts
  const rules: PictureRules = {
    mode: settings.mode,
    fallback: settings.fallback,
    secrets: settings.signing === 'required' ? [secrets.secret, ...secrets.oldSecrets] : null,
  }
  const drawings = createDrawings()
  const losses = createLosses({ log, keeper, now })
  const counts = { a: new Map<number, number>(), p: new Map<number, number>() }

  /** Adds what is in memory to what is known; false when it is not there. */
  function recall(need: PictureNeed, facts: PictureFacts): boolean {
    switch (need.what) {
      case 'face': {
        const face = faces.known(need.subject)
        if (face === undefined) return false
        facts.face = face
        return true
      }
      case 'variant': {
        const variant = pictures.ready(need.sha256, need.size, need.format)
        if (variant === null) return false
        facts.variant = variant
        return true
      }
      case 'drawing':
        if (need.form !== 'svg') return false
        facts.drawing = drawings.draw(need)
        return true
    }
  }

  async function lookUp(need: PictureNeed, facts: PictureFacts): Promise<void> {
    switch (need.what) {
      case 'face':
        facts.face = await faces.find(need.subject)
        break
      case 'variant':
        facts.variant = await variantOf(need)
        if (facts.variant === 'unreachable' || facts.variant.kind !== 'missing') break
        if (facts.face !== undefined && facts.face !== null && facts.face !== 'unreachable') {
          losses.found(facts.face.subject, need.sha256)
        }
        break
      case 'drawing':
        facts.drawing =
          need.form === 'svg'
            ? drawings.draw(need)
            : await pictures.initials(need, need.size, need.form)
    }
  }

  async function variantOf({
    sha256,
    size,
    format,
  }: PictureNeed & { what: 'variant' }): Promise<Variant | NoVariant | 'unreachable'> {
    try {
      const variant = await pictures.variant(sha256, size, format)
      losses.reachable()
      return variant
    } catch (error) {
      if (!(error instanceof EverfaceError)) throw error
      losses.unreachable(error)
      return 'unreachable'
    }
  }

  /** The answer as far as memory goes: when it ends with a need, somebody must wait. */
  function answerNow(
    ask: PictureAsk,
    ifNoneMatch: string | undefined,
    facts: PictureFacts,
  ): Outcome | PictureNeed {
    let step = answerPicture(ask, ifNoneMatch, facts)
    while (step.kind === 'needs' && recall(step, facts)) {
      step = answerPicture(ask, ifNoneMatch, facts)
    }
    return step
  }

  async function answerLater(
    ask: PictureAsk,
    ifNoneMatch: string | undefined,
    facts: PictureFacts,
  ): Promise<Outcome> {
    let step = answerNow(ask, ifNoneMatch, facts)
    while (step.kind === 'needs') {
      await lookUp(step, facts)
      step = answerNow(ask, ifNoneMatch, facts)
    }
    return step
  }

  function broken(error: unknown, requestId: string): PictureProblem {
    log.error({ err: error, requestId }, 'a picture was not answered')
    return pictureProblem('internal')
  }

  function noteShown(method: string | undefined, outcome: Outcome): void {
    if (outcome.kind === 'answer' && outcome.shown !== null && method === 'GET') {
      keeper.shown(outcome.shown)
    }
  }

  function write(req: IncomingMessage, res: ServerResponse, outcome: Outcome): void {
    const told = outcome.kind === 'answer' ? outcome : tellProblem(outcome, idOf(req))
    const tally = req.url?.charCodeAt(1) === 97 /* a */ ? counts.a : counts.p
    tally.set(told.status, (tally.get(told.status) ?? 0) + 1)
    try {
      noteShown(req.method, outcome)
      res.writeHead(told.status, told.headers as string[])
      if (told.body === null || req.method === 'HEAD') res.end()
      else res.end(told.body)
    } catch (error) {
      // Nobody is above us to catch it, and half an answer must not pass for a whole one.
      log.error({ err: error, requestId: idOf(req) }, 'a picture could not be written')
      res.destroy()
    }
  }

  async function writeLater(
    req: IncomingMessage,
    res: ServerResponse,
    ask: PictureAsk,
    ifNoneMatch: string | undefined,
    facts: PictureFacts,
  ): Promise<void> {
    let outcome: Outcome
    try {
      outcome = await answerLater(ask, ifNoneMatch, facts)
    } catch (error) {
      outcome = broken(error, idOf(req))
    }
    write(req, res, outcome)
  }

  return {
    async handle(request, requestId) {
      const { pathname: path, search } = new URL(request.url)
      const { method, headers } = request
      const id = requestId ?? givenId(headers.get('x-request-id') ?? '') ?? randomUUID()
      const ifNoneMatch = headers.get('if-none-match') ?? undefined
      const accept = headers.get('accept') ?? undefined
      let outcome: Outcome
      try {
        const at = now()
        const ask: PictureAsk = isPicturePath(path)
          ? readPictureRequest(
              { method, path, query: search.slice(1), accept, ifNoneMatch },
              rules,
              at,
            )
          : pictureProblem('route-unknown')
        outcome = await answerLater(ask, ifNoneMatch, { now: at })
      } catch (error) {
        outcome = broken(error, id)
      }
      noteShown(method, outcome)
      const told = outcome.kind === 'answer' ? outcome : tellProblem(outcome, id)
      const bodiless = told.body === null || method === 'HEAD'
      return new Response(bodiless ? null : new Uint8Array(told.body), {
        status: told.status,
        headers: pairsOf(told.headers),
      })
    },
    first(req, res) {
      const target = req.url ?? ''
      if (!isPicturePath(target)) return false
      const mark = target.indexOf('?')
      const request: PictureRequest = {
        method: req.method ?? '',
        path: mark < 0 ? target : target.slice(0, mark),
        query: mark < 0 ? '' : target.slice(mark + 1),
        accept: req.headers.accept,
        ifNoneMatch: req.headers['if-none-match'],
      }
      const facts: PictureFacts = { now: now() }
      const { ifNoneMatch } = request
      let outcome: Outcome | PictureNeed
      let ask: PictureAsk
      try {
        ask = readPictureRequest(request, rules, facts.now)
        outcome = answerNow(ask, ifNoneMatch, facts)
      } catch (error) {
        write(req, res, broken(error, idOf(req)))
        return true
      }
      if (outcome.kind === 'needs') void writeLater(req, res, ask, ifNoneMatch, facts)
      else write(req, res, outcome)
      return true
    },
    counts() {
      return [
        ...[...counts.a].map(([status, count]) => ({
          route: '/a/{subject}' as const,
          status,
          count,
        })),
        ...[...counts.p].map(([status, count]) => ({
          route: '/p/{sha256}/{size}.{format}' as const,
          status,
          count,
        })),
      ]
    },
  }
}

function idOf(req: IncomingMessage): string {
  const given = req.headers['x-request-id']
  return givenId(typeof given === 'string' ? given : '') ?? randomUUID()
}

function givenId(text: string): string | null {
  return saneId.test(text) ? text : null
}

function pairsOf(headers: readonly string[]): [string, string][] {
  const pairs: [string, string][] = []
  for (let at = 0; at < headers.length; at += 2) {
    pairs.push([headers[at] ?? '', headers[at + 1] ?? ''])
  }
  return pairs
}
