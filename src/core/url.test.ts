// The splitter against the platform's own URL class, which only tests may know.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  isFault,
  joinUrl,
  maxUrlLength,
  queryParameter,
  splitUrl,
  type UrlParts,
  withParameter,
} from './url.ts'

function partsOf(url: string): UrlParts {
  const parts = splitUrl(url)
  assert.ok(!isFault(parts), `${url}: ${JSON.stringify(parts)}`)
  return parts
}

/** What the platform makes of the same text, in our words. */
function platformParts(url: string): UrlParts {
  const { protocol, hostname, port, pathname, search } = new URL(url)
  const scheme = protocol === 'https:' ? 'https' : 'http'
  return {
    scheme,
    host: hostname.replace(/^\[|\]$/g, '').replace(/\.$/, ''),
    port: port === '' ? (scheme === 'https' ? 443 : 80) : Number(port),
    path: pathname,
    query: search.replace(/^\?/, ''),
    plain: true,
  }
}

const character = fc.constantFrom(..."abcXYZ019-_.~!$&'()*+,;=:@%20/".split(''))
const path = fc
  .array(character, { maxLength: 30 })
  .map((characters) => `/${characters.join('').replaceAll('%', '%25')}`)
  // Dot segments are the platform's business: a server gets them as they stand.
  .filter((text) => !text.split('/').some((part) => /^(?:\.|%2e){1,2}$/i.test(part)))
const validUrl = fc
  .record({
    scheme: fc.constantFrom('http', 'https', 'HTTP', 'Https'),
    host: fc.oneof(
      fc.domain(),
      fc.domain().map((host) => host.toUpperCase()),
      fc.domain().map((host) => `${host}.`),
      fc.ipV4(),
      fc.constantFrom(
        'localhost',
        'my_host.example.com',
        'thirdwx.qlogo.cn',
        'xn--fsqu00a.xn--0zwm56d',
      ),
    ),
    port: fc.oneof(
      fc.constant(''),
      fc.constant(':'),
      fc.integer({ min: 1, max: 65535 }).map((n) => `:${n}`),
    ),
    path: fc.oneof(fc.constant(''), path),
    query: fc.oneof(fc.constant(''), fc.constantFrom('?', '?a=1&b=2', '?x=/a?b', '?e=%41')),
    fragment: fc.constantFrom('', '#', '#a/b?c@d'),
  })
  .map((one) => `${one.scheme}://${one.host}${one.port}${one.path}${one.query}${one.fragment}`)

describe('splitUrl', () => {
  it('reads a URL without a scheme as https', () => {
    const { scheme, host, port, path } = partsOf('//p.example/x')
    assert.deepEqual([scheme, host, port, path], ['https', 'p.example', 443, '/x'])
  })

  it('tells a host and port in front from a scheme', () => {
    const reasonOf = (url: string) => {
      const parts = splitUrl(url)
      return isFault(parts) ? parts.reason : 'none'
    }
    assert.equal(reasonOf('p.example:8080/x'), 'no-scheme')
    assert.equal(reasonOf('p.example:8080'), 'no-scheme')
    assert.equal(reasonOf('p.example:a8080/x'), 'scheme')
    assert.equal(reasonOf('tel:8080.5'), 'scheme')
    assert.equal(reasonOf('http:///x'), 'no-host')
    assert.equal(reasonOf('http://:80/x'), 'no-host')
    const label = `${'a'.repeat(49)}.`
    assert.equal(reasonOf(`http://${label.repeat(5)}abc/x`), 'none')
    assert.equal(reasonOf(`http://${label.repeat(5)}abcd/x`), 'host')
  })

  it('agrees with the platform on valid URLs', () => {
    fc.assert(
      fc.property(validUrl, (url) => {
        // The platform escapes ' in queries; no path or host is touched by that.
        assert.deepEqual(partsOf(url), platformParts(url))
      }),
      { numRuns: 5000 },
    )
  })

  it('agrees with the platform on the host of whatever it takes at all', () => {
    const mixed = fc.oneof(
      fc.string().map((text) => `https://${text}`),
      fc.string({ unit: 'binary', maxLength: 12 }).map((text) => `https://${text}/a`),
      fc
        .tuple(fc.ipV6(), fc.string({ maxLength: 3 }))
        .map(([host, text]) => `http://[${host}]${text}`),
      fc
        .array(
          fc.constantFrom(
            '0',
            '1',
            '9',
            'x',
            'f',
            '.',
            '-',
            'a',
            '。',
            '１',
            ':',
            '@',
            '\\',
            '%',
            '[',
            ']',
          ),
          {
            maxLength: 12,
          },
        )
        .map((characters) => `https://${characters.join('')}/a`),
    )
    fc.assert(
      fc.property(mixed, (url) => {
        const parts = splitUrl(url)
        if (isFault(parts) || parts.host.includes(':') || /[^\x00-\x7f]/.test(parts.host)) return
        // Names that the platform finds unspeakable are nobody's; they end as unknown to the resolver.
        if (!URL.canParse(url)) return
        assert.equal(parts.host, platformParts(url).host)
        assert.equal(parts.port, platformParts(url).port)
      }),
      { numRuns: 20000 },
    )
  })

  it('takes exactly the IPv6 addresses that the platform takes', () => {
    const piece = fc.constantFrom(
      '0',
      '1',
      'ffff',
      '12345',
      '::',
      ':',
      '1.2.3.4',
      '256.1.1.1',
      'g',
      'A',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.ipV6(),
          fc.array(piece, { maxLength: 9 }).map((all) => all.join(':').replace(/:{3,}/g, '::')),
        ),
        (host) => {
          const url = `https://[${host}]/`
          assert.equal(!isFault(splitUrl(url)), URL.canParse(url), url)
        },
      ),
      { numRuns: 10000 },
    )
  })

  it('never throws', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.string().map((end) => `http://${end}`),
      fc.string().map((end) => `//${end}`),
    )
    fc.assert(
      fc.property(text, (url) => {
        const parts = splitUrl(url)
        if (isFault(parts)) assert.ok(parts.detail.length > 5 && parts.detail.length < 400)
        else assert.ok(parts.host !== '' && parts.path.startsWith('/'))
      }),
      { numRuns: 20000 },
    )
  })

  it('reads hostile texts of any length in linear time', { timeout: 20_000 }, () => {
    const pieces = ['.:1x', ':1', '.', ':', '/', '@', ' ', 'a.', '1.', '%', '_', '[', '&amp;', '。']
    const fronts = ['', 'a:', 'a.b:', 'http:', 'http://', 'https://tmp_', '//', 'x', 'HTTP://', '[']
    for (const front of fronts) {
      for (const piece of pieces) {
        for (const end of ['', '!', '\n']) {
          const text = `${front}${piece.repeat(2 ** 20 / piece.length)}${end}`
          const parts = splitUrl(text)
          if (text.trim().length > maxUrlLength) assert.ok(isFault(parts), front + piece)
          splitUrl(text.trim().slice(0, maxUrlLength))
        }
      }
    }
    const long = splitUrl(`a:${'.:1x'.repeat(40_000)}`)
    assert.ok(isFault(long) && long.reason === 'too-long')
  })

  it('knows a stored picture of any length', () => {
    const fault = splitUrl(`data:image/png;base64,${'A'.repeat(2 ** 20)}`)
    assert.ok(isFault(fault) && fault.reason === 'data-url')
  })

  it('tells a host with a port from a scheme', () => {
    const reason = (url: string) => {
      const parts = splitUrl(url)
      return isFault(parts) ? parts.reason : 'none'
    }
    for (const url of ['a.example:80', 'a.example:80/x:y', 'a.b:c:80/']) {
      assert.equal(reason(url), 'no-scheme', url)
    }
    for (const url of ['a:80', 'a.example:x', 'a.example:80x/1', 'a:b.c', 'ftp:/a.example:80']) {
      assert.equal(reason(url), 'scheme', url)
    }
  })

  it('gives parts that join to the same parts', () => {
    fc.assert(
      fc.property(validUrl, (url) => {
        const parts = partsOf(url)
        assert.deepEqual(partsOf(joinUrl(parts)), parts)
      }),
    )
  })

  it('reads very long texts no further than it must', () => {
    const long = `https://example.com/${'a'.repeat(maxUrlLength)}`
    const fault = splitUrl(long)
    assert.ok(isFault(fault) && fault.reason === 'too-long')
    assert.ok(!isFault(splitUrl(long.slice(0, maxUrlLength))))
  })
})

describe('query parameters', () => {
  it('are read as they stand, the first of a name', () => {
    assert.equal(queryParameter('a=1&b=2&a=3', 'a'), '1')
    assert.equal(queryParameter('aa=1', 'a'), null)
    assert.equal(queryParameter('x=a=1', 'a'), null)
    assert.equal(queryParameter('a', 'a'), null)
    assert.equal(queryParameter('a=', 'a'), '')
    assert.equal(queryParameter('a=%31', 'a'), '%31')
  })

  it('are set in their place', () => {
    assert.equal(withParameter('', 's', '1'), 's=1')
    assert.equal(withParameter('a=1', 's', '1'), 'a=1&s=1')
    assert.equal(withParameter('s=2&a=1&s=3', 's', '1'), 's=1&a=1&s=3')
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('s', 'size'), (query, name) => {
        assert.equal(queryParameter(withParameter(query, name, '9'), name), '9')
      }),
    )
  })
})
