import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isSubject } from '../core/avatar.ts'
import { pictureUrl } from '../service/picture-url.ts'
import { baseOf, sizeOf, srcsetOf, waysOf } from './ways.ts'

const said =
  (values: Readonly<Record<string, string>>) =>
  (name: string): string =>
    values[name] ?? ''
const base = 'https://faces.example.com'

describe('waysOf', () => {
  it('writes the URL as the service writes it, so that a cache knows it again', () => {
    for (const subject of ['42', 'user:42@example.org', 'A-b_c.d', 'x'.repeat(128)]) {
      const [stable] = waysOf(said({ base, subject, size: '64' }))
      const options = { base, subject, size: 64, secret: null, expiresAt: 0 }
      assert.equal(stable, pictureUrl(options))
    }
  })

  it('carries a signature as the service signs', () => {
    const signed = pictureUrl({
      base,
      subject: '42',
      size: 48,
      secret: 'x',
      expiresAt: 1_800_000_000_000,
    })
    const { searchParams } = new URL(signed)
    const [exp = '', sig = ''] = ['exp', 'sig'].map((name) => searchParams.get(name) ?? '')
    const ways = waysOf(said({ base, subject: '42', exp, sig }))
    assert.deepEqual(ways, [signed, `${signed}&mode=copy`])
  })

  it('has the platform’s URL first where the app wants that, and the copy behind it', () => {
    const src = 'https://thirdwx.qlogo.cn/mmopen/x/132'
    assert.deepEqual(waysOf(said({ base, subject: '42', src })), [
      src,
      `${base}/a/42?s=48&mode=copy`,
    ])
    assert.deepEqual(waysOf(said({ src })), [src])
  })

  it('asks for nothing that is no subject, whatever it is meant to break out of', () => {
    for (const subject of [
      '',
      '../v1/avatars',
      '42?mode=redirect',
      '42#',
      '42/../7',
      '王',
      'a b',
      '%2e%2e',
      '42\n',
    ]) {
      assert.ok(!isSubject(subject))
      assert.deepEqual(waysOf(said({ base, subject })), [], subject)
    }
    assert.deepEqual(waysOf(said({ subject: '42' })), [])
  })
})

describe('baseOf', () => {
  it('takes a slash at the end, or several, for none', () => {
    assert.equal(baseOf(said({ base: `${base}//` })), base)
    assert.equal(baseOf(said({ base: `${base}/faces/` })), `${base}/faces`)
  })
})

describe('sizeOf', () => {
  it('is 48 where nobody says, and never more than is served', () => {
    const sizes = ['', 'x', '0', '1', '96', '96px', '9999'].map((size) => sizeOf(said({ size })))
    assert.deepEqual(sizes, [48, 48, 48, 1, 96, 96, 640])
  })
})

describe('srcsetOf', () => {
  it('offers two and three dots to a pixel, and the platform’s URL as it is', () => {
    assert.equal(srcsetOf('/a/42?s=48', ''), '/a/42?s=48, /a/42?s=48&dpr=2 2x, /a/42?s=48&dpr=3 3x')
    assert.equal(srcsetOf('https://p.example/x', 'https://p.example/x'), '')
  })
})
