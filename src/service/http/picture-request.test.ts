import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isSubject } from '../../core/avatar.ts'
import { variantFormats, variantSizes } from '../../pictures/pictures.ts'
import { pictureUrl } from '../picture-url.ts'
import {
  type FaceAsk,
  type PictureAsk,
  type PictureRequest,
  type PictureRules,
  readPictureRequest,
} from './picture-request.ts'

const now = Date.UTC(2026, 10, 22)
const open: PictureRules = { mode: 'copy', fallback: 'initials', secrets: null }
const chrome = 'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8'
const sha = 'ab'.repeat(32)

function read(target: string, over: Partial<PictureRequest> = {}, rules = open): PictureAsk {
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  const query = mark < 0 ? '' : target.slice(mark + 1)
  const plain = { method: 'GET', path, query, accept: undefined, ifNoneMatch: undefined }
  return readPictureRequest({ ...plain, ...over }, rules, now)
}

function face(target: string, over: Partial<PictureRequest> = {}, rules = open): FaceAsk {
  const ask = read(target, over, rules)
  assert.ok(ask.kind === 'face', JSON.stringify(ask))
  return ask
}

function wrong(target: string): string {
  const ask = read(target)
  assert.equal(ask.kind, 'problem', target)
  return ask.kind === 'problem' ? `${ask.code} ${ask.parameter ?? ''}`.trim() : ''
}

describe('a face that is asked for', () => {
  it('is 96 pixels, by the settings, unless said otherwise', () => {
    assert.deepEqual(face('/a/42'), {
      kind: 'face',
      subject: '42',
      size: 96,
      format: 'jpg',
      negotiated: true,
      drawing: 'png',
      mode: 'copy',
      fallback: 'initials',
      endsAt: null,
    })
    const { size, format, negotiated, drawing, mode, fallback } = face(
      '/a/42?s=132&dpr=2&f=avif&fallback=none&mode=auto',
    )
    assert.deepEqual(
      [size, format, negotiated, drawing, mode, fallback],
      [264, 'avif', false, 'avif', 'auto', 'none'],
    )
    const rules: PictureRules = { mode: 'redirect', fallback: 'none', secrets: null }
    const { mode: ofSettings, fallback: too } = face('/a/42', {}, rules)
    assert.deepEqual([ofSettings, too], ['redirect', 'none'])
  })

  it('has the smallest size that is not too small', () => {
    const edge = fc.integer({ min: 1, max: 640 })
    const ratio = fc.constantFrom('1', '1.25', '1.5', '2', '2.625', '3', '4')
    fc.assert(
      fc.property(edge, ratio, (s, dpr) => {
        const { size } = face(`/a/42?s=${s}&dpr=${dpr}`)
        const wanted = Math.min(640, s * Number(dpr))
        assert.ok(size >= wanted)
        assert.ok(variantSizes.filter((one) => one >= wanted).every((one) => one >= size))
      }),
    )
  })

  it('does not grow by an error of floating point', () => {
    assert.equal(face('/a/42?s=120&dpr=1.1').size, 132)
    assert.equal(face('/a/42?s=99&dpr=1.3333333730697632').size, 132)
    assert.equal(face('/a/42?s=133').size, 264)
  })

  it('is WebP for those that name it and JPEG for the rest', () => {
    const formatOf = (accept: string) => face('/a/42', { accept }).format
    for (const accept of [chrome, 'image/webp', 'text/html, IMAGE/WEBP ;q=0.1', 'a/b,image/webp']) {
      assert.equal(formatOf(accept), 'webp', accept)
    }
    for (const accept of [
      '*/*',
      'image/*',
      '',
      'image/webpx',
      'image/webp;q=0',
      'image/webp ; q=0.000, */*',
      'image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5',
    ]) {
      assert.equal(formatOf(accept), 'jpg', accept)
    }
  })

  it('has its initials drawn as SVG for browsers and as pixels for programs', () => {
    const drawingOf = (accept: string | undefined) => face('/a/42', { accept }).drawing
    for (const accept of [
      chrome,
      'image/wxpic,image/tpg,image/webp,image/apng,image/*,*/*;q=0.8',
      'image/png,image/*;q=0.8,*/*;q=0.5',
      'text/html,application/xml;q=0.9,*/*;q=0.8',
      'image/svg+xml',
    ]) {
      assert.equal(drawingOf(accept), 'svg', accept)
    }
    for (const accept of [
      undefined,
      '*/*',
      'image/*,*/*;q=0.8',
      'application/json',
      'image/jpeg',
      'image/png, image/jpeg;q=0.9',
      'image/webp,image/*,*/*;q=0.8,image/svg+xml;q=0',
    ]) {
      assert.equal(drawingOf(accept), 'png', accept)
    }
    assert.equal(face('/a/42?f=webp', { accept: chrome }).drawing, 'webp')
  })

  it('may have a subject with escapes, which are undone once', () => {
    assert.equal(face('/a/user%3A42%40app').subject, 'user:42@app')
    assert.equal(face('/a/%34%32').subject, '42')
    for (const path of [
      '/a/',
      '/a/%2540',
      '/a/%00',
      '/a/a%00b',
      '/a/a%2Fb',
      '/a/%2e%2e',
      '/a/..',
      '/a/.',
      '/a/%2E',
      '/a/..%5c..%5cetc',
      '/a/%',
      '/a/%zz',
      '/a/%ff',
      '/a/%C0%AE',
      '/a/王小明',
      '/a/a b',
      '/a/a%0d%0aSet-Cookie:x',
      '/a/42#x',
      `/a/${'a'.repeat(129)}`,
      `/a/${'a'.repeat(100_000)}`,
      `/a/${'%61'.repeat(50_000)}`,
    ]) {
      assert.equal(wrong(path), 'subject-invalid', path.slice(0, 60))
    }
    assert.equal(wrong('/a/x/y'), 'route-unknown')
    assert.equal(wrong('/a/../p/x'), 'route-unknown')
    assert.equal(face(`/a/${'a'.repeat(128)}`).subject.length, 128)
  })

  it('names the parameter that is wrong', () => {
    for (const s of [
      '0',
      '641',
      '-1',
      '1.5',
      '1e2',
      '0x60',
      '',
      '096',
      ' 96',
      '96px',
      '9'.repeat(400),
    ]) {
      assert.equal(wrong(`/a/42?s=${s}`), 'query-invalid s', s)
    }
    for (const dpr of [
      '0',
      '0.5',
      '4.1',
      '5',
      '',
      '2x',
      '1.',
      '.5',
      'NaN',
      `1.${'3'.repeat(400)}`,
    ]) {
      assert.equal(wrong(`/a/42?dpr=${dpr}`), 'query-invalid dpr', dpr)
    }
    for (const f of ['', 'gif', 'svg', 'WEBP', 'constructor', '__proto__']) {
      assert.equal(wrong(`/a/42?f=${f}`), 'query-invalid f', f)
    }
    assert.equal(wrong('/a/42?fallback=x'), 'query-invalid fallback')
    assert.equal(wrong('/a/42?mode=proxy'), 'query-invalid mode')
    assert.equal(wrong('/a/42?s=96&s=97'), 'query-invalid s')
    assert.equal(wrong('/a/42?s=96&%73=97'), 'query-invalid s')
    assert.equal(wrong('/a/42?s=%ff'), 'query-invalid s')
    assert.equal(wrong('/a/42?s'), 'query-invalid s')
  })

  it('leaves parameters alone that it does not know', () => {
    const query = 'v=2&&=&a=b=c&%&%zz=1&toString=1&__proto__=2&s=64&=s&S=1'
    assert.equal(face(`/a/42?${query}`).size, 64)
  })

  it('reads a query as URLSearchParams does', () => {
    const value = fc.constantFrom(
      '64',
      '1',
      '2',
      'auto',
      'png',
      'copy',
      '%36%34',
      'a%26b',
      '%3D',
      '',
    )
    const pair = fc.tuple(fc.constantFrom('s', '%73', 'x', 'ss', 'f', 'dpr'), value)
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 5 }), (pairs) => {
        const query = pairs.map(([name, one]) => `${name}=${one}`).join('&')
        const ask = read(`/a/42?${query}`)
        const params = new URLSearchParams(query)
        const sizes = params.getAll('s')
        if (sizes.length > 1) assert.equal(ask.kind, 'problem')
        if (ask.kind !== 'face' || sizes[0] === undefined || params.has('dpr')) return
        assert.ok(ask.size >= Number(sizes[0]))
      }),
    )
  })

  it('takes anything for input', () => {
    const text = fc.string({ unit: 'binary', maxLength: 60 })
    const kinds = new Set(['face', 'variant', 'options', 'problem'])
    fc.assert(
      fc.property(
        fc.constantFrom('/a/', '/p/'),
        text,
        text,
        fc.option(text, { nil: undefined }),
        (root, rest, query, accept) => {
          const ask = read('/a/x', { path: root + rest, query, accept })
          assert.ok(kinds.has(ask.kind))
          if (ask.kind === 'face') assert.ok(isSubject(ask.subject))
        },
      ),
      { numRuns: 1000 },
    )
  })
})

describe('a signed face', () => {
  const rules: PictureRules = { ...open, secrets: ['now', 'former'] }
  const sign = (secret: string, expiresAt: number) =>
    pictureUrl({ base: null, subject: '42', size: 96, secret, expiresAt })
  const codeOf = (target: string) => {
    const ask = read(target, {}, rules)
    return ask.kind === 'problem' ? ask.code : ask.kind
  }

  it('is shown until its signature ends', () => {
    assert.equal(face(sign('now', now + 60_000), {}, rules).endsAt, now + 60_000)
    assert.equal(face(sign('former', now + 60_000), {}, rules).subject, '42')
    assert.equal(codeOf(sign('now', now)), 'signature-expired')
    assert.equal(codeOf(sign('other', now + 60_000)), 'signature-invalid')
    assert.equal(codeOf('/a/42'), 'signature-invalid')
  })

  it('stays signed when size and format change, and not for anybody else', () => {
    const url = sign('now', now + 60_000)
    assert.equal(codeOf(`${url}&f=png`), 'face')
    assert.equal(codeOf(url.replace('s=96', 's=640')), 'face')
    assert.equal(codeOf(url.replace('/a/42', '/a/43')), 'signature-invalid')
    assert.equal(codeOf(`${url}&sig=x`), 'query-invalid')
  })
})

describe('a variant that is asked for', () => {
  it('has a name, a size and a format of the lists', () => {
    for (const size of variantSizes) {
      for (const format of variantFormats) {
        assert.deepEqual(read(`/p/${sha}/${size}.${format}`), {
          kind: 'variant',
          sha256: sha,
          size,
          format,
        })
      }
    }
  })

  it('is named wrongly by anything else', () => {
    const codes: Record<string, string> = {
      [`/p/${sha}/95.webp`]: 'path-invalid size',
      [`/p/${sha}/096.webp`]: 'path-invalid size',
      [`/p/${sha}/.webp`]: 'path-invalid size',
      [`/p/${sha}/96.gif`]: 'path-invalid format',
      [`/p/${sha}/96.webp.png`]: 'path-invalid format',
      [`/p/${sha}/96.`]: 'path-invalid format',
      [`/p/${sha}/96.constructor`]: 'path-invalid format',
      [`/p/${sha.toUpperCase()}/96.webp`]: 'path-invalid sha256',
      [`/p/${sha}0/96.webp`]: 'path-invalid sha256',
      '/p/..%2f..%2fetc%2fpasswd/96.webp': 'path-invalid sha256',
      [`/p/${sha}`]: 'route-unknown',
      [`/p/${sha}/`]: 'route-unknown',
      [`/p/${sha}/96`]: 'route-unknown',
      [`/p/${sha}/96.webp/x`]: 'route-unknown',
      [`/p//${sha}/96.webp`]: 'route-unknown',
      '/p/': 'route-unknown',
    }
    for (const [path, code] of Object.entries(codes)) assert.equal(wrong(path), code, path)
  })
})

describe('a method', () => {
  it('is GET, HEAD or OPTIONS', () => {
    assert.equal(read('/a/42', { method: 'HEAD' }).kind, 'face')
    assert.equal(read('/a/..', { method: 'OPTIONS' }).kind, 'options')
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'TRACE', 'get', '', 'PROPFIND']) {
      const ask = read('/a/42', { method })
      assert.equal(ask.kind === 'problem' && ask.code, 'method-not-allowed', method)
    }
  })
})
