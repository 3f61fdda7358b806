// Who is signed in: a cookie that names the admin key and ends by itself, signed with the secret. Nothing is stored; a
// revoked key ends every session of it, wherever that was begun. Forms carry a token that belongs to the session.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { cookie, cookieOf } from './cookies.ts'

/** A session. */
export interface Session {
  /** Of this one sign-in. */
  readonly id: string
  /** The admin key that opened it. */
  readonly keyId: string
  /** Milliseconds UTC. */
  readonly expiresAt: number
}

/** Makes, reads and ends sessions. */
export interface Sessions {
  /** The `Set-Cookie` values of a new session. */
  begin(keyId: string, secure: boolean): readonly string[]
  /** The session of a request; null without one that is ours, in time and not ended. */
  of(request: Request): Session | null
  /** Ends a session in this process, and takes the cookie away. */
  end(session: Session | null, secure: boolean): readonly string[]
  /** What forms of somebody must carry; before signing in, `visit` is the id. */
  token(id: string): string
  /** Whether a form carries the token of this id. Takes the same time whatever is wrong. */
  fits(id: string, token: string): boolean
  /** The id of a visitor who is not signed in; null when the browser has none yet. */
  visitOf(request: Request): string | null
  /** A visitor's new id and its `Set-Cookie` value. */
  visit(secure: boolean): { readonly id: string; readonly cookie: string }
}

/** A working day. */
const lifeMs = 12 * 3_600_000
/** So many ended sessions are remembered; each matters for a working day at the most. */
const remembered = 10_000
/** Separate these signatures from all others that are made with the same secret. */
const sessionPurpose = 'everface dashboard session 1'
const formPurpose = 'everface dashboard form 1'
const visitName = 'everface-visit'
const sessionName = 'everface-session'
/** Browsers take this name only over TLS, from us, for all paths. */
const secureName = '__Host-everface-session'
const grammar =
  /^([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{1,171})\.([0-9a-z]{1,9})\.([A-Za-z0-9_-]{43})$/
const idGrammar = /^[A-Za-z0-9_-]{22}$/

/** @param secrets the one in force first, then former ones */
export function createSessions(secrets: readonly string[], now: () => number): Sessions {
  const [secret = ''] = secrets
  const ended = new LRUCache<string, true>({ max: remembered })

  function read(text: string): Session | null {
    const found = grammar.exec(text)
    if (found === null) return null
    const [, id = '', key = '', end = '', signature = ''] = found
    const signed = `${id}.${key}.${end}`
    if (!isSigned(sessionPurpose, signed, signature, secrets)) return null
    const expiresAt = Number.parseInt(end, 36) * 1000
    if (now() >= expiresAt || ended.has(id)) return null
    return { id, keyId: Buffer.from(key, 'base64url').toString(), expiresAt }
  }

  return {
    begin(keyId, secure) {
      const end = Math.floor((now() + lifeMs) / 1000)
      const signed = `${newId()}.${Buffer.from(keyId).toString('base64url')}.${end.toString(36)}`
      const value = `${signed}.${sign(sessionPurpose, signed, secret)}`
      const ageSeconds = lifeMs / 1000
      return [
        cookie(secure ? secureName : sessionName, value, { ageSeconds, secure }),
        cookie(visitName, '', { ageSeconds: 0, secure }),
      ]
    },
    of(request) {
      const text = cookieOf(request, secureName) ?? cookieOf(request, sessionName)
      return text === null ? null : read(text)
    },
    end(session, secure) {
      if (session !== null) ended.set(session.id, true)
      return [
        cookie(sessionName, '', { ageSeconds: 0, secure }),
        ...(secure ? [cookie(secureName, '', { ageSeconds: 0, secure })] : []),
      ]
    },
    token: (id) => sign(formPurpose, id, secret),
    fits: (id, token) => isSigned(formPurpose, id, token, secrets),
    visitOf(request) {
      const id = cookieOf(request, visitName)
      return id !== null && idGrammar.test(id) ? id : null
    },
    visit(secure) {
      const id = newId()
      return { id, cookie: cookie(visitName, id, { ageSeconds: 3_600, secure }) }
    },
  }
}

function newId(): string {
  return randomBytes(16).toString('base64url')
}

function sign(purpose: string, text: string, secret: string): string {
  return createHmac('sha256', secret).update(`${purpose}\n${text}`).digest('base64url')
}

function isSigned(
  purpose: string,
  text: string,
  signature: string,
  secrets: readonly string[],
): boolean {
  const given = Buffer.from(signature, 'latin1')
  let good = false
  for (const secret of secrets) {
    const wanted = Buffer.from(sign(purpose, text, secret), 'latin1')
    good = (wanted.length === given.length && timingSafeEqual(wanted, given)) || good
  }
  return good
}
