import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { cookieOf } from './cookies.ts'
import { createSessions } from './session.ts'

const start = Date.UTC(2026, 10, 22)

function requestWith(lines: readonly string[]): Request {
  const pairs = lines
    .filter((line) => !line.includes('Max-Age=0'))
    .map((line) => line.split(';')[0])
  return new Request('http://x/', { headers: { cookie: pairs.join('; ') } })
}

describe('createSessions', () => {
  it('knows its own session again, for twelve hours', () => {
    let at = start
    const sessions = createSessions(['new', 'old'], () => at)
    const request = requestWith(sessions.begin('key_1', false))
    assert.equal(sessions.of(request)?.keyId, 'key_1')
    at += 12 * 3_600_000 - 1_000
    assert.ok(sessions.of(request) !== null)
    at += 1_000
    assert.equal(sessions.of(request), null)
  })

  it('takes a session that was signed with a former secret, and none with a strange one', () => {
    const now = () => start
    const request = requestWith(createSessions(['old'], now).begin('key_1', false))
    assert.ok(createSessions(['new', 'old'], now).of(request) !== null)
    assert.equal(createSessions(['new'], now).of(request), null)
  })

  it('takes no cookie with a character changed', () => {
    const sessions = createSessions(['secret'], () => start)
    const value = cookieOf(requestWith(sessions.begin('key_1', false)), 'everface-session') ?? ''
    fc.assert(
      fc.property(
        fc.nat(value.length - 1),
        fc.constantFrom('a', 'Z', '0', '9', '-', '_', '.'),
        (at, letter) => {
          const changed = value.slice(0, at) + letter + value.slice(at + 1)
          const read = sessions.of(requestWith([`everface-session=${changed}`]))
          assert.equal(read === null, changed !== value)
        },
      ),
    )
  })

  it('ends a session at once where it is told to', () => {
    const sessions = createSessions(['secret'], () => start)
    const request = requestWith(sessions.begin('key_1', false))
    sessions.end(sessions.of(request), false)
    assert.equal(sessions.of(request), null)
  })

  it('keeps cookies from scripts and other sites, and over TLS to us alone', () => {
    const sessions = createSessions(['secret'], () => start)
    const [plain = ''] = sessions.begin('key_1', false)
    const [secure = ''] = sessions.begin('key_1', true)
    assert.match(plain, /; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/)
    assert.match(secure, /^__Host-everface-session=.*; SameSite=Strict; Secure$/)
  })

  it('gives every session a form token of its own', () => {
    const sessions = createSessions(['secret'], () => start)
    const token = sessions.token('one')
    assert.ok(sessions.fits('one', token))
    assert.ok(!sessions.fits('two', token))
    assert.ok(!sessions.fits('one', ''))
    assert.ok(!sessions.fits('one', `${token}x`))
  })
})

describe('cookieOf', () => {
  it('takes no cookie that stands there twice', () => {
    const request = new Request('http://x/', { headers: { cookie: 'a=1; b=2; a=3' } })
    assert.equal(cookieOf(request, 'a'), null)
    assert.equal(cookieOf(request, 'b'), '2')
    assert.equal(cookieOf(request, 'c'), null)
  })
})
