import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'

import { readOrigin, readReturnUrl } from './return-url.ts'

const origins = new Set(
  [
    'https://app.test',
    'http://localhost:8080',
    'https://[::1]:9000',
    'https://xn--fiqs8s.test',
  ].map(readOrigin),
)

describe('readReturnUrl', () => {
  it('takes addresses of the origins, and writes them as a browser does', () => {
    for (const [text, href] of [
      ['https://app.test', 'https://app.test/'],
      ['https://app.test/', 'https://app.test/'],
      ['https://app.test/a/b?c=d&e=//evil.test#/f', 'https://app.test/a/b?c=d&e=//evil.test#/f'],
      ['https://app.test?next=https://evil.test', 'https://app.test/?next=https://evil.test'],
      ['https://app.test#x', 'https://app.test/#x'],
      ['https://app.test/用户', 'https://app.test/%E7%94%A8%E6%88%B7'],
      ['https://app.test/a/../b', 'https://app.test/b'],
      ['https://app.test//evil.test', 'https://app.test//evil.test'],
      ['https://app.test/@evil.test', 'https://app.test/@evil.test'],
      ['http://localhost:8080/x', 'http://localhost:8080/x'],
      ['https://[::1]:9000/x', 'https://[::1]:9000/x'],
      ['https://xn--fiqs8s.test/', 'https://xn--fiqs8s.test/'],
    ] as const) {
      assert.equal(readReturnUrl(text, origins), href)
    }
  })

  it('refuses every other way to write an address', () => {
    for (const text of [
      '',
      '/',
      '/profile',
      'profile',
      '//app.test/',
      '//evil.test/',
      '///evil.test/',
      '/\\evil.test',
      '\\\\evil.test',
      'https:evil.test',
      'https:/app.test/',
      'https:///app.test/',
      'https:\\\\app.test/',
      'https://app.test\\@evil.test/',
      'https://app.test\\.evil.test/',
      'https://app.test/\\evil.test',
      'https://evil.test/',
      'https://app.test.evil.test/',
      'https://app.testevil.test/',
      'https://evil.test/https://app.test',
      'https://evil.test#https://app.test/',
      'https://evil.test?https://app.test/',
      'https://app.test@evil.test/',
      'https://app.test:443@evil.test/',
      'https://app.test:x@evil.test/',
      'https://user@app.test/',
      'https://user:pass@app.test/',
      'https://@app.test/',
      'https://app.test:443/',
      'https://app.test:444/',
      'https://app.test:/',
      'https://app.test./',
      'http://app.test/',
      'HTTPS://app.test/',
      'https://APP.test/',
      'https://App.Test/',
      'https://ａｐｐ.test/',
      'https://app。test/',
      'https://app.test／@evil.test/',
      'https://app.test\u2028/',
      'https://\u00adapp.test/',
      'https://中国.test/',
      'https://app.test%2f@evil.test/',
      'https://app.test%00/',
      'https://app.test/\u0000',
      'https://app.test/a b',
      'https://app.test/\t/evil.test',
      'https://app.test/\r\nSet-Cookie: a=b',
      ' https://app.test/',
      'https://app.test/ ',
      'ht\ntps://app.test/',
      'javascript:alert(1)',
      'javascript://app.test/%0aalert(1)',
      'JaVaScRiPt:alert(1)',
      'data:text/html,x',
      'vbscript:x',
      'file:///etc/passwd',
      'ftp://app.test/',
      'blob:https://app.test/1',
      'weixin://app.test/',
      'null',
      'https://localhost:8080/',
      'http://localhost:80801/',
      'https://app.test/\ud800',
      `https://app.test/${'x'.repeat(1024)}`,
      `https://app.test/${'用'.repeat(300)}`,
    ]) {
      assert.equal(readReturnUrl(text, origins), null, JSON.stringify(text))
    }
  })

  it('leads nowhere but to the origins, whatever is written', () => {
    const pieces = fc.constantFrom(
      ...'https:// http:// // / \\ @ : . ? # app.test evil.test localhost:8080 %2f %5c javascript: [::1] 。 ／ a'.split(
        ' ',
      ),
      '\t',
      '\n',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), (parts) => {
        const href = readReturnUrl(`https://${parts.join('')}`, origins)
        if (href !== null) assert.ok(origins.has(new URL(href).origin), href)
        const bare = readReturnUrl(parts.join(''), origins)
        // Also where it is taken for a path of our own pages.
        if (bare !== null) assert.ok(origins.has(new URL(bare, 'https://own.test/').origin), bare)
      }),
      { numRuns: 5_000, seed: 1 },
    )
  })
})

describe('readOrigin', () => {
  it('writes an origin as a browser does', () => {
    assert.deepEqual(
      ['HTTPS://App.Test:443/', 'http://app.test:80', 'https://中国.test'].map(readOrigin),
      ['https://app.test', 'http://app.test', 'https://xn--fiqs8s.test'],
    )
  })

  it('refuses what is more than an origin, or none', () => {
    for (const text of [
      '',
      '*',
      'app.test',
      'https://',
      'https://*',
      'https://app.test/path',
      'https://app.test?x',
      'https://app.test#x',
      'https://u:p@app.test',
      'null',
      'file:///',
      'javascript:alert(1)',
    ]) {
      assert.throws(() => readOrigin(text), text)
    }
  })
})
