// The client for apps: every call of the interface that an app makes, typed; page tokens and picture URLs without a call.
// Needs nothing but `fetch` and WebCrypto, so it runs in Node, Deno, Bun and workers. Imported as `everface/client`.
import { isSubject } from '../core/avatar.ts'
import { type Json, isObject, unreadable } from './answer.ts'
import { registerMany } from './batch.ts'
import { type Ask, type CallOptions, type Told, type Wire, call } from './call.ts'
import { EverfaceClientError } from './error.ts'
import { type Signer, createSigner } from './hmac.ts'
import {
  type PictureLook,
  mintPageToken,
  pictureUrlEnd,
  plainPictureUrl,
  signedPictureUrl,
} from './mint.ts'
import type {
  Avatar,
  AvatarItem,
  Decision,
  Entry,
  EntryResult,
  Grant,
  Place,
  Probed,
  Receipt,
  Registered,
  Registration,
  Signal,
  Stats,
  StoryEntry,
} from './nouns.ts'
import { pause } from './wait.ts'

export type { CallOptions } from './call.ts'
export { EverfaceClientError, type Fault, clientCodes } from './error.ts'
export type { PictureLook } from './mint.ts'
export type * from './nouns.ts'
export {
  type HeaderFields,
  type WebhookEvent,
  type WebhookOptions,
  type WebhookReading,
  verifyWebhook,
} from './webhook.ts'

/** How to reach the service. */
export interface EverfaceOptions {
  /** Such as `https://faces.example.com`. */
  readonly url: string
  /** `ef_…`, of a scope that reaches as far as the calls that are made. */
  readonly key: string
  /** `EVERFACE_SECRET`, for page tokens and signed URLs that are made here; absent: neither can be. */
  readonly secret?: string
  /** Default: the runtime's. */
  readonly fetch?: typeof fetch
  /** Milliseconds for one try; in a batch, without a result. Default 10 000. */
  readonly timeoutMs?: number
  /** Tries after the first, of calls that may be sent again. Default 3. */
  readonly retries?: number
  /** A service that asks to stay away for longer is not waited for: the call fails with `retryAfterMs`. Default 30 000. */
  readonly longestWaitMs?: number
  /** How the outside reaches the pictures, when that is not `url`: a CDN, say. */
  readonly publicUrl?: string
  readonly now?: () => number
  readonly random?: () => number
  readonly pause?: (ms: number, signal: AbortSignal | undefined) => Promise<void>
}

/** Which avatars to list. */
export interface AvatarFilter {
  readonly standing?: AvatarItem['standing']
  readonly provider?: string
  /** Avatars asked for at a time, 1 to 500. Default 100. */
  readonly pageSize?: number
}

/**
 * The service, as an app uses it. Calls reject with `EverfaceClientError`, or with the reason of `signal`. All may be
 * sent again, and are, when nobody answered or the service was busy.
 */
export interface Everface {
  /** Tell it at every login: a URL that is known costs nothing. */
  register(subject: string, picture: Registration, options?: CallOptions): Promise<Registered>
  /** Any number, in order; results come while entries go out in groups of up to a thousand. */
  registerMany(
    entries: Iterable<Entry> | AsyncIterable<Entry>,
    options?: CallOptions,
  ): AsyncGenerator<EntryResult, void, undefined>
  /** Null when nobody is known by that subject. */
  avatar(subject: string, options?: CallOptions): Promise<Avatar | null>
  /** All that fit, in the order of their subjects. */
  avatars(filter?: AvatarFilter, options?: CallOptions): AsyncGenerator<AvatarItem, void, undefined>
  /** What was seen and what happened, newest first. */
  history(
    subject: string,
    options?: CallOptions & { readonly pageSize?: number },
  ): AsyncGenerator<StoryEntry, void, undefined>
  /** Looks now, while you wait. */
  probe(subject: string, options?: CallOptions): Promise<Probed>
  /** A picture that the person gave: at most 8 MiB. */
  upload(
    subject: string,
    picture: Blob | ArrayBuffer | Uint8Array,
    options?: CallOptions & { readonly name?: string },
  ): Promise<Registered>
  /** Forgets for good. Null when there is nobody to forget, or not any more. */
  forget(subject: string, options?: CallOptions): Promise<Receipt | null>
  /** Tells what a person did. */
  tell(subject: string, signal: Signal, options?: CallOptions): Promise<void>
  /** What to do for a person, above all whether they may be asked. To be called after a tap of their own. */
  decision(subject: string, place: Place, options?: CallOptions): Promise<Decision>
  stats(options?: CallOptions): Promise<Stats>
  /**
   * A token for a page, made here. Throws a TypeError without `secret`.
   * @param subject null for a page that may only send hints
   * @param lifeMs default an hour; a day at the most
   */
  pageToken(subject: string | null, lifeMs?: number): Promise<string>
  /** The stable URL of a picture. */
  pictureUrl(subject: string, look?: PictureLook): string
  /**
   * The same for a service that demands signatures. It works for `lifeMs` at least (default a week) and stays the same
   * for as long, so that browsers need not load it anew. Throws a TypeError without `secret`.
   */
  signedPictureUrl(subject: string, look?: PictureLook, lifeMs?: number): Promise<string>
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** Makes a client. Throws a TypeError for a URL or key that cannot be one. */
export function createEverface(options: EverfaceOptions): Everface {
  const base = readBase('url', options.url)
  const publicBase =
    options.publicUrl === undefined ? base : readBase('publicUrl', options.publicUrl)
  if (!/^[\x21-\x7e]{1,512}$/.test(options.key)) {
    throw new TypeError('key is not an API key: make one with `everface key create`.')
  }
  const now = options.now ?? Date.now
  const wire: Wire = {
    base,
    key: options.key,
    // Not bound to the options: some runtimes refuse a fetch that is called as a method.
    fetch: options.fetch ?? ((...given) => fetch(...given)),
    timeoutMs: options.timeoutMs ?? 10_000,
    retries: options.retries ?? 3,
    longestWaitMs: options.longestWaitMs ?? 30_000,
    now,
    random: options.random ?? Math.random,
    newId: () => crypto.randomUUID(),
    pause: options.pause ?? pause,
  }
  const signer = options.secret === undefined ? null : createSigner(options.secret)
  const ask = (what: Ask, how?: CallOptions): Promise<Told> => call(wire, what, how)

  async function* pages(path: string, query: URLSearchParams, how: CallOptions | undefined) {
    for (;;) {
      const told = await ask({ method: 'GET', path: `${path}?${query.toString()}` }, how)
      const { items, next } = told.json
      if (!Array.isArray(items)) throw unreadable('it is no page', told)
      yield* items as unknown[]
      if (next === null) return
      // A page that leads to itself would be read for ever.
      if (typeof next !== 'string' || next === query.get('cursor')) {
        throw unreadable('the page does not say where it goes on', told)
      }
      query.set('cursor', next)
    }
  }

  return {
    async register(subject, picture, how) {
      const json = registrationBody(picture)
      return registered(await ask({ method: 'PUT', path: pathOf(subject), json }, how))
    },
    registerMany: (entries, how = {}) => registerMany(wire, entries, lineOf, how),
    async avatar(subject, how) {
      const told = await orNull(ask({ method: 'GET', path: pathOf(subject) }, how))
      return told === null ? null : (holding(told, 'subject') as unknown as Avatar)
    },
    async *avatars({ standing, provider, pageSize = 100 } = {}, how) {
      const query = new URLSearchParams({ limit: String(pageSize) })
      if (standing !== undefined) query.set('standing', standing)
      if (provider !== undefined) query.set('provider', provider)
      for await (const item of pages('/v1/avatars', query, how)) yield item as AvatarItem
    },
    async *history(subject, { pageSize = 100, ...how } = {}) {
      const query = new URLSearchParams({ limit: String(pageSize) })
      const all = pages(`${pathOf(subject)}/history`, query, how)
      for await (const entry of all) yield entry as StoryEntry
    },
    async probe(subject, how) {
      const path = `${pathOf(subject)}/probe`
      const told = await ask({ method: 'POST', path }, how)
      return holding(told, 'finding') as unknown as Probed
    },
    async upload(subject, picture, { name, ...how } = {}) {
      const blob = picture instanceof Blob ? picture : new Blob([picture])
      const path = `${pathOf(subject)}/picture`
      if (name === undefined) {
        // The service tells the format by the bytes; it wants to hear that they are a picture.
        const type = blob.type.startsWith('image/') ? blob.type : 'image/*'
        return registered(await ask({ method: 'PUT', path, body: blob, type }, how))
      }
      const body = new FormData()
      body.set('picture', blob, 'picture')
      body.set('name', name)
      return registered(await ask({ method: 'PUT', path, body }, how))
    },
    async forget(subject, how) {
      const told = await orNull(ask({ method: 'DELETE', path: pathOf(subject) }, how))
      return told === null ? null : (holding(told, 'purge') as unknown as Receipt)
    },
    async tell(subject, type, how) {
      const path = `${pathOf(subject)}/events`
      await ask({ method: 'POST', path, json: { type } }, how)
    },
    async decision(subject, { scene, occasion, client, return: back }, how) {
      const query = new URLSearchParams()
      if (scene !== undefined) query.set('scene', scene)
      if (occasion !== undefined) query.set('occasion', occasion)
      if (client !== undefined) query.set('client', client)
      if (back !== undefined) query.set('return', back)
      const path = `${pathOf(subject)}/decision?${query.toString()}`
      return holding(await ask({ method: 'GET', path }, how), 'decision') as unknown as Decision
    },
    async stats(how) {
      const told = await ask({ method: 'GET', path: '/v1/stats' }, how)
      return holding(told, 'standings') as unknown as Stats
    },
    async pageToken(subject, lifeMs = hourMs) {
      if (subject !== null) checked(subject)
      if (!(lifeMs > 0 && lifeMs <= dayMs)) throw new TypeError('lifeMs is up to a day.')
      return mintPageToken(subject, now() + lifeMs, needed(signer))
    },
    pictureUrl: (subject, look) => plainPictureUrl(publicBase, checked(subject), look),
    async signedPictureUrl(subject, look = {}, lifeMs = 7 * dayMs) {
      if (!(lifeMs >= 1_000)) throw new TypeError('lifeMs is a second at least.')
      const end = pictureUrlEnd(now(), lifeMs)
      return signedPictureUrl(publicBase, checked(subject), look, end, needed(signer))
    },
  }
}

function readBase(name: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  const isWeb = url?.protocol === 'http:' || url?.protocol === 'https:'
  if (url === null || !isWeb || url.username !== '' || url.search !== '' || url.hash !== '') {
    throw new TypeError(`${name} is not an http or https address without user, query and hash.`)
  }
  return url.href.replace(/\/+$/, '')
}

/** A subject that a path can carry: `..` would name another call. */
function checked(subject: string): string {
  if (typeof subject === 'string' && isSubject(subject)) return subject
  const message = 'A subject is 1 to 128 characters of A-Z a-z 0-9 . _ : @ - and not a dot or two.'
  throw new EverfaceClientError('subject-invalid', message)
}

function pathOf(subject: string): string {
  return `/v1/avatars/${checked(subject)}`
}

function needed(signer: Signer | null): Signer {
  if (signer === null)
    throw new TypeError('This needs `secret`: the EVERFACE_SECRET of the service.')
  return signer
}

function registrationBody({ observedAt, grant, ...rest }: Registration): Json {
  return {
    ...rest,
    ...(observedAt === undefined ? {} : { observedAt: isoOf(observedAt) }),
    ...(grant === undefined ? {} : { grant: grantBody(grant) }),
  }
}

function grantBody({ grantedAt, ...rest }: Grant): Json {
  return { ...rest, ...(grantedAt === undefined ? {} : { grantedAt: isoOf(grantedAt) }) }
}

function lineOf({ subject, ...picture }: Entry): string {
  return JSON.stringify({ subject, ...registrationBody(picture) })
}

function isoOf(time: number | Date): string {
  return new Date(time).toISOString()
}

/** Null instead of `subject-unknown`. */
async function orNull(asking: Promise<Told>): Promise<Told | null> {
  try {
    return await asking
  } catch (error) {
    if (error instanceof EverfaceClientError && error.code === 'subject-unknown') return null
    throw error
  }
}

function registered(told: Told): Registered {
  return { created: told.status === 201, avatar: holding(told, 'subject') as unknown as Avatar }
}

/** The answer, if it has the member that marks its kind. */
function holding(told: Told, member: string): Json {
  const value = told.json[member]
  if (typeof value === 'string' || isObject(value) || Array.isArray(value)) return told.json
  throw unreadable(`it has no ${member}`, told)
}
