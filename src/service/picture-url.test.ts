import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { checkPictureUrl, pictureUrl, pictureUrlEnd } from './picture-url.ts'

const now = Date.UTC(2026, 10, 22)
const hour = 3_600_000
const secret = 'a secret of the test'

// What URL parsers take for steps through folders cannot be written into a URL at all.
const subjects = fc
  .stringMatching(/^[A-Za-z0-9._:@-]{1,128}$/)
  .filter((subject) => subject !== '.' && subject !== '..')

function partsOf(url: string): { subject: string; exp: string | null; sig: string | null } {
  const { pathname, searchParams } = new URL(url, 'http://here.test')
  return {
    subject: decodeURIComponent(pathname.slice(3)),
    exp: searchParams.get('exp'),
    sig: searchParams.get('sig'),
  }
}

function signedFor(subject: string, expiresAt = now + hour, by = secret): string {
  return pictureUrl({ base: null, subject, size: 96, secret: by, expiresAt })
}

describe('pictureUrl', () => {
  it('writes a plain URL without a secret', () => {
    const plain = { subject: 'user:42@app', secret: null, expiresAt: 0 }
    assert.equal(
      pictureUrl({ base: 'https://faces.test', size: 132, ...plain }),
      'https://faces.test/a/user:42@app?s=132',
    )
    assert.equal(pictureUrl({ base: null, size: null, ...plain }), '/a/user:42@app')
  })

  it('writes the same signed URL for the same values', () => {
    assert.equal(signedFor('42'), signedFor('42'))
    assert.match(signedFor('42'), /^\/a\/42\?s=96&exp=\d{10}&sig=[A-Za-z0-9_-]{43}$/)
  })

  it('signs as anybody with the secret can: HMAC-SHA256 over purpose, subject and second', () => {
    // Made with: printf 'everface picture url 1\n42\n1795305600' | openssl dgst -sha256 -hmac SECRET -binary | base64
    const url = signedFor('42', 1_795_305_600_000, 'secret')
    assert.equal(partsOf(url).sig, 'oDaV0ohK1Y5f3yNMXBPdinzMICQv_2doxRN2PSIFVC0')
  })

  it('lets no subject break out of the path', () => {
    const url = signedFor('../p/x?s=1#"\r\nSet-Cookie: a')
    assert.match(url, /^\/a\/[^/?#"\r\n]+\?s=96&/)
  })
})

describe('pictureUrlEnd', () => {
  it('is the same for everything made within one life, and lies one to two lives away', () => {
    assert.equal(pictureUrlEnd(now, hour), pictureUrlEnd(now + hour - 1, hour))
    fc.assert(
      fc.property(
        fc.nat({ max: 2 ** 45 }),
        fc.integer({ min: 1000, max: 30 * 24 * hour }),
        (at, life) => {
          const left = pictureUrlEnd(at, life) - at
          assert.ok(left > life && left <= 2 * life)
        },
      ),
    )
  })
})

describe('checkPictureUrl', () => {
  const check = (url: string, over: Partial<Parameters<typeof checkPictureUrl>[0]> = {}) =>
    checkPictureUrl({ ...partsOf(url), secrets: [secret], now, ...over })

  it('takes what pictureUrl has signed, until its second', () => {
    fc.assert(
      fc.property(subjects, fc.integer({ min: 1000, max: 10 ** 12 }), (subject, life) => {
        const url = signedFor(subject, now + life)
        const expiresAt = Math.floor((now + life) / 1000) * 1000
        assert.deepEqual(check(url), { kind: 'valid', expiresAt })
        assert.equal(check(url, { now: expiresAt }).kind, 'expired')
        assert.equal(check(url, { now: expiresAt - 1 }).kind, 'valid')
      }),
    )
  })

  it('takes signatures by former secrets and by no others', () => {
    const url = signedFor('42', now + hour, 'former')
    assert.equal(check(url, { secrets: [secret, 'former'] }).kind, 'valid')
    assert.equal(check(url, { secrets: [secret] }).kind, 'forged')
    assert.equal(check(url, { secrets: [] }).kind, 'forged')
  })

  it('refuses another subject, another date, another signature', () => {
    const url = signedFor('42')
    const { exp, sig } = partsOf(url)
    assert.equal(check(url, { subject: '43' }).kind, 'forged')
    assert.equal(check(url, { exp: String(Number(exp) + 1) }).kind, 'forged')
    fc.assert(
      fc.property(fc.nat({ max: 42 }), fc.constantFrom('A', 'b', '0', '-', '_'), (at, char) => {
        const other = `${sig?.slice(0, at)}${char}${sig?.slice(at + 1)}`
        if (other !== sig) assert.equal(check(url, { sig: other }).kind, 'forged')
      }),
    )
  })

  it('does not say of a forgery that it has expired', () => {
    const url = signedFor('42', now - hour)
    assert.equal(check(url).kind, 'expired')
    assert.equal(check(url, { subject: '43' }).kind, 'forged')
  })

  it('takes anything for input', () => {
    const texts = fc.option(fc.string({ unit: 'binary' }), { nil: null })
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), texts, texts, (subject, exp, sig) => {
        assert.equal(checkPictureUrl({ subject, exp, sig, secrets: [secret], now }).kind, 'forged')
      }),
    )
    const { sig } = partsOf(signedFor('42'))
    for (const exp of ['', '0', '-1', '1e9', '01', ' 1', '9'.repeat(13), 'Infinity', '0x10']) {
      assert.equal(check(signedFor('42'), { exp, sig }).kind, 'forged', exp)
    }
    for (const bad of [`${sig}=`, `${sig}A`, sig?.slice(1) ?? '', 'é'.repeat(43), '']) {
      assert.equal(check(signedFor('42'), { sig: bad }).kind, 'forged', bad)
    }
  })
})
