// The picture routes, by three doors: `handle` takes and gives what every web server knows, `first` stands before all else
// on a Node server, `answer` is for the lane in front of that (lane.ts). All ask the same function (picture-answer.ts), and
// the latter two answer what is in memory without waiting.
// Requests are counted here and not logged: a page has a hundred of them.
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { EverfaceError } from '../../errors.ts'
import type { NoVariant, Variant } from '../../pictures/pictures.ts'
import type { AppParts } from '../app.ts'
import type { Faces } from './faces.ts'
import type { LaneAnswer } from './lane.ts'
import type { LaneRequest } from './lane-request.ts'
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
  /** Our picture of a subject, or initials, as `/a` shows them by this query; for those who were let in otherwise. */
  show(subject: string, query: string, request: Request, requestId: string): Promise<Response>
  /** Takes a request on a Node server when it is for a picture, and answers it now or later; false leaves it alone. */
  first(req: IncomingMessage, res: ServerResponse): boolean
  /** Whether a path, with or without its query, is one of pictures. */
  takes(target: string): boolean
  /** Answers a request that the lane has read: at once when it need not wait. Neither throws nor rejects. */
  answer(request: LaneRequest): LaneAnswer | Promise<LaneAnswer>
  /** Answers of `first` and `answer` since the start, by route and status. */
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

  /** What is written, counted. */
  function told(request: PictureRequest, outcome: Outcome, id: string | undefined): LaneAnswer {
    noteShown(request.method, outcome)
    const { status, headers, wire, body } =
      outcome.kind === 'answer'
        ? outcome
        : { ...tellProblem(outcome, id ?? randomUUID()), wire: null }
    const tally = request.path.charCodeAt(1) === 97 /* a */ ? counts.a : counts.p
    tally.set(status, (tally.get(status) ?? 0) + 1)
    return { status, headers, wire, body: request.method === 'HEAD' ? null : body }
  }

  function toldBroken(request: PictureRequest, error: unknown, given: string | undefined) {
    const id = given ?? randomUUID()
    return told(request, broken(error, id), id)
  }

  /** @param id what the sender calls the request, when it is fit to be taken over */
  function answer(
    request: PictureRequest,
    id: string | undefined,
  ): LaneAnswer | Promise<LaneAnswer> {
    try {
      const facts: PictureFacts = { now: now() }
      const ask = readPictureRequest(request, rules, facts.now)
      const outcome = answerNow(ask, request.ifNoneMatch, facts)
      return outcome.kind === 'needs'
        ? toldLater(request, ask, facts, id)
        : told(request, outcome, id)
    } catch (error) {
      return toldBroken(request, error, id)
    }
  }

  async function toldLater(
    request: PictureRequest,
    ask: PictureAsk,
    facts: PictureFacts,
    id: string | undefined,
  ): Promise<LaneAnswer> {
    try {
      return told(request, await answerLater(ask, request.ifNoneMatch, facts), id)
    } catch (error) {
      return toldBroken(request, error, id)
    }
  }

  function write(res: ServerResponse, { status, headers, body }: LaneAnswer): void {
    try {
      res.writeHead(status, headers as string[])
      if (body === null) res.end()
      else res.end(body)
    } catch (err) {
      // Nobody is above us to catch it, and half an answer must not pass for a whole one.
      log.error({ err }, 'a picture could not be written')
      res.destroy()
    }
  }

  /** What every web server knows, for a request that was read already. */
  async function respond(
    read: (at: number, accept: string | undefined, ifNoneMatch: string | undefined) => PictureAsk,
    { method, headers }: Request,
    requestId: string | undefined,
  ): Promise<Response> {
    const id = requestId ?? givenId(headers.get('x-request-id') ?? '') ?? randomUUID()
    const ifNoneMatch = headers.get('if-none-match') ?? undefined
    let outcome: Outcome
    try {
      const at = now()
      const ask = read(at, headers.get('accept') ?? undefined, ifNoneMatch)
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
  }

  return {
    async handle(request, requestId) {
      const { pathname: path, search } = new URL(request.url)
      const { method } = request
      return await respond(
        (at, accept, ifNoneMatch) =>
          isPicturePath(path)
            ? readPictureRequest(
                { method, path, query: search.slice(1), accept, ifNoneMatch },
                rules,
                at,
              )
            : pictureProblem('route-unknown'),
        request,
        requestId,
      )
    },
    async show(subject, query, request, requestId) {
      const path = `/a/${subject}`
      const open: PictureRules = { mode: 'copy', fallback: 'initials', secrets: null }
      return await respond(
        (at, accept, ifNoneMatch) =>
          readPictureRequest({ method: 'GET', path, query, accept, ifNoneMatch }, open, at),
        request,
        requestId,
      )
    },
    first(req, res) {
      const target = req.url ?? ''
      if (!isPicturePath(target)) return false
      const { accept, 'if-none-match': ifNoneMatch, 'x-request-id': id } = req.headers
      const request = pictureRequest(req.method ?? '', target, accept, ifNoneMatch)
      const given = typeof id === 'string' ? givenId(id) : undefined
      const answered = answer(request, given)
      if (answered instanceof Promise) void answered.then((late) => write(res, late))
      else write(res, answered)
      return true
    },
    takes: isPicturePath,
    answer({ method, target, accept, ifNoneMatch, requestId }) {
      return answer(
        pictureRequest(method, target, accept, ifNoneMatch),
        requestId === undefined ? undefined : givenId(requestId),
      )
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

function pictureRequest(
  method: string,
  target: string,
  accept: string | undefined,
  ifNoneMatch: string | undefined,
): PictureRequest {
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  const query = mark < 0 ? '' : target.slice(mark + 1)
  return { method, path, query, accept, ifNoneMatch }
}

/** The sender's id of a request, when it is fit to be taken over. */
function givenId(text: string): string | undefined {
  return saneId.test(text) ? text : undefined
}

function pairsOf(headers: readonly string[]): [string, string][] {
  const pairs: [string, string][] = []
  for (let at = 0; at < headers.length; at += 2) {
    pairs.push([headers[at] ?? '', headers[at + 1] ?? ''])
  }
  return pairs
}
