// Who asks: API keys. A key is known by the SHA-256 of its secret; what the store said of it is believed for a few
// seconds, so that a request costs no read, and a revoked key is out as soon.
import { createHash, randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { type ApiKey, type Scope, type Store, scopes } from '../../store/store.ts'
import type { Log } from '../log.ts'
import { type Problem, problem } from './problem.ts'
import type { RateLimit } from './rate-limit.ts'

/** Lets keys in. */
export interface Keys {
  /** The key that a request carries, when it reaches as far as `scope`. `sender` bounds how often strangers may guess. */
  admit(request: Request, scope: Scope, sender: string): Promise<ApiKey | Problem>
  /** Forgets what is believed of a key: it was revoked. */
  drop(id: string): void
}

/** What the store said is believed for so long. */
const believedMs = 5_000
/** A key's last use is noted at most so often. */
const notedMs = 60_000
/** So many secrets are remembered, known ones and unknown ones each. */
const remembered = 10_000

const bearer = /^Bearer +([A-Za-z0-9._~+/-]{1,512}=*) *$/i
const grammar = /^ef_[A-Za-z0-9_-]{43}$/

/** A secret for a new key, and what is stored of it. */
export function makeSecret(): { readonly secret: string; readonly sha256: string } {
  const secret = `ef_${randomBytes(32).toString('base64url')}`
  return { secret, sha256: hashSecret(secret) }
}

/**
 * What a secret is looked up by. 256 random bits need no slow hash; and since the hash is looked up, not compared, time
 * tells nothing of the secret.
 */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/** @param guesses bounds look-ups of secrets that were never seen to be right, for each sender */
export function createKeys(options: {
  store: Pick<Store, 'keyOf' | 'touchKey'>
  guesses: RateLimit
  log: Log
  now: () => number
}): Keys {
  const { store, guesses, log, now } = options
  const proven = new LRUCache<string, { key: ApiKey; readAt: number; notedAt: number }>({
    max: remembered,
  })
  const unknown = new LRUCache<string, number>({ max: remembered })

  function note(held: { key: ApiKey; notedAt: number }): void {
    const at = now()
    if (at - Math.max(held.notedAt, held.key.lastUsedAt ?? 0) < notedMs) return
    held.notedAt = at
    store.touchKey(held.key.id, at).catch((error: unknown) => {
      log.warn({ err: error, key: held.key.id }, 'the last use of a key was not noted')
    })
  }

  /** What was read later than now was read by a clock that has been set back: it is as old as can be. */
  function isFresh(readAt: number): boolean {
    const ageMs = now() - readAt
    return ageMs >= 0 && ageMs < believedMs
  }

  /** Reads the store when what is believed is too old. */
  async function find(secret: string, sender: string): Promise<ApiKey | Problem> {
    const sha256 = hashSecret(secret)
    const held = proven.get(sha256)
    if (held !== undefined && isFresh(held.readAt)) {
      note(held)
      return held.key
    }
    const missedAt = unknown.get(sha256)
    if (missedAt !== undefined && isFresh(missedAt)) return denied('key-unknown')
    if (held === undefined) {
      const turn = guesses.take(sender)
      if (!turn.taken) {
        return problem('too-many-requests', 'Too many unknown keys came from this address.', {
          headers: turn.headers,
        })
      }
    }
    const key = await store.keyOf(sha256)
    if (key === null || key.revokedAt !== null) {
      proven.delete(sha256)
      unknown.set(sha256, now())
      return denied('key-unknown')
    }
    const fresh = { key, readAt: now(), notedAt: held?.notedAt ?? 0 }
    proven.set(sha256, fresh)
    note(fresh)
    return key
  }

  return {
    async admit(request, scope, sender) {
      const header = request.headers.get('authorization')
      if (header === null) return denied('key-missing')
      const secret = bearer.exec(header)?.[1]
      if (secret === undefined || !grammar.test(secret)) return denied('key-unknown')
      const key = await find(secret, sender)
      if ('kind' in key) return key
      if (scopes.indexOf(key.scope) < scopes.indexOf(scope)) {
        const detail = `The call needs the scope ${scope}; this key has ${key.scope}.`
        return problem('scope-missing', detail, {
          headers: {
            'WWW-Authenticate': `Bearer realm="everface", error="insufficient_scope", scope="${scope}"`,
          },
        })
      }
      return key
    },
    drop(id) {
      for (const [sha256, { key }] of proven.entries()) if (key.id === id) proven.delete(sha256)
    },
  }
}

function denied(code: 'key-missing' | 'key-unknown'): Problem {
  const error = code === 'key-missing' ? '' : ', error="invalid_token"'
  return problem(code, undefined, {
    headers: { 'WWW-Authenticate': `Bearer realm="everface"${error}` },
  })
}
