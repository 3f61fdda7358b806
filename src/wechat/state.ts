// The way of a person to the platform's consent page and back. The platform takes a `state` of letters and digits, at most 128
// of them: too few for a subject and an address. So what is to be remembered travels in a signed cookie, which binds it to the
// browser as well, and the state is the name of the journey with a signature over all of it. Who has the state alone, say from
// a link that somebody else started, has nothing; that a journey ends once is kept by the caller.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { readOrigin, readReturnUrl } from './return-url.ts'

/** What is to be remembered on the way. */
export interface Journey {
  readonly appid: string
  readonly subject: string
  /** Where in the product the person was asked; null outside of any. */
  readonly scene: string | null
  /** Where the person goes in the end: an address of an allowed origin; null for nowhere. */
  readonly returnTo: string | null
}

/** A cookie to set: `HttpOnly`, `SameSite=Lax`, `Path=/`, and `Secure` where `isSecure`. */
export interface JourneyCookie {
  readonly name: string
  /** Letters, digits, `-`, `_` and `.`. */
  readonly value: string
  readonly maxAgeSeconds: number
  readonly isSecure: boolean
}

/** How a journey begins. */
export type Departure =
  | { readonly kind: 'started'; readonly state: string; readonly cookie: JourneyCookie }
  /** The address to return to is not on an allowed origin. */
  | { readonly kind: 'return-refused' }

/** How a journey ends. */
export type Arrival =
  | { readonly kind: 'arrived'; readonly journey: Journey }
  /** The state, or the cookie, was not made here, or they do not belong together. */
  | { readonly kind: 'forged' }
  /** The browser is not the one that set out: it has no cookie of this journey. */
  | { readonly kind: 'other-browser' }
  /** Ten minutes have passed. */
  | { readonly kind: 'expired' }
  /** The journey ended before, as when the page is loaded again. */
  | { readonly kind: 'spent' }

/**
 * Notes that the journey of this id has ended; false when it had before. The note may be forgotten once `expiresAt`,
 * milliseconds UTC, is past.
 */
export type Spend = (id: string, expiresAt: number) => Promise<boolean>

/** Begins and ends journeys. */
export interface OauthState {
  /** `returnTo` as the page asks for it; it is checked here. */
  begin(journey: Journey): Departure
  /** The name of the cookie that belongs to a state, also to unset it; null when the text is no state. */
  cookieName(state: string): string | null
  /**
   * Rejects only when `spend` does.
   * @param cookie the value of that cookie; null when the browser sent none
   */
  end(state: string, cookie: string | null): Promise<Arrival>
}

/** How long a journey may take, in milliseconds. */
export const journeyMs = 600_000

/** Separates these signatures from all others that are made with the same secret, and from one another. */
const statePurpose = 'everface wechat state 1'
const cookiePurpose = 'everface wechat journey 1'
/** 32 digits of chance, 64 of a signature. */
const stateGrammar = /^([0-9a-f]{32})[0-9a-f]{64}$/
const cookieGrammar = /^([A-Za-z0-9_-]{1,3000})\.[0-9a-f]{64}$/

/**
 * @param options `secrets`: the one in force, then former ones that are still believed; `allowedOrigins`: such as
 * `https://app.example.com`; `isSecure`: whether our own pages are https, so that no other host can plant the cookie;
 * `now`: milliseconds UTC
 */
export function createOauthState(options: {
  secrets: readonly string[]
  allowedOrigins: readonly string[]
  isSecure: boolean
  spend: Spend
  now: () => number
}): OauthState {
  const { secrets, isSecure, spend, now } = options
  const origins = new Set(options.allowedOrigins.map(readOrigin))
  const [secret = ''] = secrets
  if (secrets.length === 0 || secrets.includes('')) throw new Error('a secret must not be empty')

  /** A browser may be on several journeys at once, so each has a cookie of its own. */
  function nameOf(id: string): string {
    return `${isSecure ? '__Host-' : ''}everface-wechat-${id.slice(0, 12)}`
  }

  /** Whether one of the secrets made this signature; takes the same time whatever is wrong. */
  function isSigned(text: string, purpose: string, content: string): boolean {
    const given = Buffer.from(text.slice(-64), 'latin1')
    let good = false
    for (const each of secrets) {
      const due = Buffer.from(sign(each, purpose, content), 'latin1')
      good = (due.length === given.length && timingSafeEqual(due, given)) || good
    }
    return good
  }

  return {
    begin(journey) {
      const { appid, subject, scene } = journey
      const returnTo = journey.returnTo === null ? null : readReturnUrl(journey.returnTo, origins)
      if (returnTo === null && journey.returnTo !== null) return { kind: 'return-refused' }
      const id = randomBytes(16).toString('hex')
      const written: Written = [id, now() + journeyMs, appid, subject, scene, returnTo]
      const content = Buffer.from(JSON.stringify(written)).toString('base64url')
      const value = `${content}.${sign(secret, cookiePurpose, content)}`
      if (!cookieGrammar.test(value)) throw new Error('subject and scene are too long for a cookie')
      return {
        kind: 'started',
        state: `${id}${sign(secret, statePurpose, content)}`,
        cookie: { name: nameOf(id), value, maxAgeSeconds: journeyMs / 1000, isSecure },
      }
    },
    cookieName(state) {
      const id = stateGrammar.exec(state)?.[1]
      return id === undefined ? null : nameOf(id)
    },
    async end(state, cookie) {
      const id = stateGrammar.exec(state)?.[1]
      if (id === undefined) return { kind: 'forged' }
      if (cookie === null) return { kind: 'other-browser' }
      const content = cookieGrammar.exec(cookie)?.[1]
      if (content === undefined) return { kind: 'forged' }
      // Both are compared, whichever is wrong.
      const isCookie = isSigned(cookie, cookiePurpose, content)
      const isState = isSigned(state, statePurpose, content)
      if (!isCookie || !isState) return { kind: 'forged' }
      const written = JSON.parse(Buffer.from(content, 'base64url').toString()) as Written
      const [ownId, expiresAt, appid, subject, scene, returnTo] = written
      if (ownId !== id) return { kind: 'forged' }
      if (now() >= expiresAt) return { kind: 'expired' }
      if (!(await spend(id, expiresAt))) return { kind: 'spent' }
      // Origins may have been taken back since.
      const isStill = returnTo !== null && readReturnUrl(returnTo, origins) !== null
      return {
        kind: 'arrived',
        journey: { appid, subject, scene, returnTo: isStill ? returnTo : null },
      }
    },
  }
}

/** A journey as it stands in the cookie. */
type Written = readonly [
  id: string,
  expiresAt: number,
  appid: string,
  subject: string,
  scene: string | null,
  returnTo: string | null,
]

function sign(secret: string, purpose: string, content: string): string {
  return createHmac('sha256', secret).update(`${purpose}\n${content}`).digest('hex')
}
