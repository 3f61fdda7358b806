// Death dates: each scheme on any query, never a throw, never an impossible date.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import * as schemes from './expiry.ts'

const all: readonly schemes.ExpiryScheme[] = [
  schemes.oe,
  schemes.ext,
  schemes.vp,
  schemes.gda,
  schemes.linkedin,
  schemes.discord,
  schemes.weibo,
  ...schemes.storeSchemes,
]
const names =
  'oe ext __gda__ e t ex hm Expires ssig Signature token x-expires se sig q-sign-time X-Amz-Date X-Amz-Expires'.split(
    ' ',
  )
const value = fc.oneof(
  fc.string(),
  fc.integer().map(String),
  fc.nat({ max: 2 ** 31 }).map((n) => n.toString(16).padStart(8, '0')),
  fc.nat({ max: 2 ** 31 }).map((n) => `${n};${n + 60}`),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString().replace(/[-:]|\.\d+/g, '')),
  fc.stringMatching(/^\d{8}T\d{6}Z$/),
)
const query = fc
  .array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 6 })
  .map((pairs) => pairs.map(([name, text]) => `${name}=${text}`).join('&'))
const path = fc.oneof(
  fc.constant('/a.jpg'),
  fc.stringMatching(/^\/vp\/[0-9a-f]{32}\/[0-9A-F]{8}\/x$/),
  fc.string(),
)

describe('readExpiry', () => {
  it('never throws and finds only dates that can be', () => {
    fc.assert(
      fc.property(query, path, (text, where) => {
        const parts = {
          scheme: 'https',
          host: 'a.example.com',
          port: 443,
          plain: true,
          path: where,
          query: text,
        } as const
        const at = schemes.readExpiry(parts, all)
        if (at === null) return
        assert.ok(Number.isInteger(at))
        assert.ok(at >= Date.UTC(2005, 0, 1) && at <= Date.UTC(2200, 0, 1))
      }),
      { numRuns: 20000 },
    )
  })

  it('takes the earliest of several dates', () => {
    const parts = {
      scheme: 'https',
      host: 'a.example.com',
      port: 443,
      plain: true,
      path: '/a',
      query: 'Expires=1700000000&Signature=x&se=2024-01-01&sig=y',
    } as const
    assert.equal(schemes.readExpiry(parts, schemes.storeSchemes), 1700000000000)
    assert.equal(schemes.readExpiry(parts, [schemes.azure]), Date.UTC(2024, 0, 1))
    assert.equal(schemes.readExpiry(parts, []), null)
  })
})
