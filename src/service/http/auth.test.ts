import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { EverfaceError } from '../../errors.ts'
import type { ApiKey, Scope } from '../../store/store.ts'
import { createKeys, hashSecret, makeSecret } from './auth.ts'
import { createRateLimit } from './rate-limit.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }

function keysWith(scope: Scope, guesses = 1_000) {
  const { secret, sha256 } = makeSecret()
  const state = { now: 10_000_000, reads: 0, revoked: false, touched: [] as number[], away: false }
  const key: ApiKey = {
    id: 'key_1',
    name: 'app',
    scope,
    createdAt: 0,
    lastUsedAt: null,
    revokedAt: null,
  }
  const keys = createKeys({
    store: {
      keyOf(asked) {
        state.reads++
        return Promise.resolve(asked === sha256 && !state.revoked ? key : null)
      },
      touchKey(_, at) {
        state.touched.push(at)
        return state.away
          ? Promise.reject(new EverfaceError('source-empty', 'away'))
          : Promise.resolve()
      },
    },
    guesses: createRateLimit('guess', guesses, () => state.now),
    log: silent,
    now: () => state.now,
  })
  const ask = (authorization: string | null, wanted: Scope = 'read', sender = '203.0.113.9') =>
    keys.admit(
      new Request('http://x/', { headers: authorization === null ? {} : { authorization } }),
      wanted,
      sender,
    )
  return { ask, keys, secret, state }
}

describe('makeSecret', () => {
  it('makes 256 random bits and what is stored of them', () => {
    const one = makeSecret()
    const other = makeSecret()
    assert.match(one.secret, /^ef_[A-Za-z0-9_-]{43}$/)
    assert.notEqual(one.secret, other.secret)
    assert.equal(one.sha256, hashSecret(one.secret))
    assert.match(one.sha256, /^[0-9a-f]{64}$/)
  })
})

describe('createKeys', () => {
  it('lets a key in for its scope and those before it', async () => {
    const { ask, secret } = keysWith('write')
    for (const [scope, code] of [
      ['read', null],
      ['write', null],
      ['admin', 'scope-missing'],
    ] as const) {
      const admitted = await ask(`Bearer ${secret}`, scope)
      assert.equal('kind' in admitted ? admitted.code : null, code)
    }
  })

  it('tells a client what to send', async () => {
    const { ask } = keysWith('read')
    const missing = await ask(null)
    assert.ok('kind' in missing)
    assert.equal(missing.code, 'key-missing')
    assert.equal(missing.headers?.['WWW-Authenticate'], 'Bearer realm="everface"')
  })

  it('takes no other form of authorization, and asks the store for none', async () => {
    const { ask, secret, state } = keysWith('read')
    for (const header of [
      'Basic dTpw',
      secret,
      'Bearer',
      'Bearer x',
      `Bearer ${secret}x`,
      `Bearer ${secret} y`,
    ]) {
      const admitted = await ask(header)
      assert.equal('kind' in admitted && admitted.code, 'key-unknown', header)
    }
    assert.equal(state.reads, 0)
    assert.ok(!('kind' in (await ask(`bearer ${secret}`))), 'the scheme has no case')
  })

  it('reads the store at most once in five seconds for a key', async () => {
    const { ask, secret, state } = keysWith('read')
    for (let turn = 0; turn < 10; turn++) await ask(`Bearer ${secret}`)
    assert.equal(state.reads, 1)
    state.now += 5_000
    await ask(`Bearer ${secret}`)
    assert.equal(state.reads, 2)
  })

  it('lets a revoked key in for five seconds at the most, and not at all once it is dropped', async () => {
    const { ask, keys, secret, state } = keysWith('read')
    await ask(`Bearer ${secret}`)
    state.revoked = true
    state.now += 4_999
    assert.ok(!('kind' in (await ask(`Bearer ${secret}`))))
    keys.drop('key_1')
    assert.ok('kind' in (await ask(`Bearer ${secret}`)))
  })

  it('asks again about a revoked key when the clock was set back, instead of believing for a year', async () => {
    const { ask, secret, state } = keysWith('read')
    await ask(`Bearer ${secret}`)
    state.revoked = true
    state.now -= 1_000
    const denied = await ask(`Bearer ${secret}`)
    assert.equal('kind' in denied && denied.code, 'key-unknown')
    state.revoked = false
    state.now -= 1_000
    assert.ok(!('kind' in (await ask(`Bearer ${secret}`))))
  })

  it('asks for an unknown secret once in five seconds', async () => {
    const { ask, state } = keysWith('read')
    const { secret } = makeSecret()
    await ask(`Bearer ${secret}`)
    await ask(`Bearer ${secret}`)
    assert.equal(state.reads, 1)
  })

  it('bounds guesses for each address, and keeps known keys in', async () => {
    const { ask, secret, state } = keysWith('read', 3)
    await ask(`Bearer ${secret}`)
    const codes: unknown[] = []
    for (let turn = 0; turn < 4; turn++) {
      const admitted = await ask(`Bearer ${makeSecret().secret}`)
      codes.push('kind' in admitted && admitted.code)
    }
    assert.deepEqual(codes, [
      'key-unknown',
      'key-unknown',
      'too-many-requests',
      'too-many-requests',
    ])
    state.now += 6_000
    assert.ok(!('kind' in (await ask(`Bearer ${secret}`))), 'read anew, but not a guess')
    const elsewhere = await ask(`Bearer ${makeSecret().secret}`, 'read', '198.51.100.1')
    assert.equal('kind' in elsewhere && elsewhere.code, 'key-unknown')
  })

  it('notes the use of a key once a minute, and does without when that fails', async () => {
    const { ask, secret, state } = keysWith('read')
    const start = state.now
    state.away = true
    for (const wait of [0, 10_000, 49_999, 1]) {
      state.now += wait
      assert.ok(!('kind' in (await ask(`Bearer ${secret}`))))
    }
    assert.deepEqual(state.touched, [start, start + 60_000])
  })
})
