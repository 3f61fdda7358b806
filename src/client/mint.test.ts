// What the client mints is what the service mints and takes: the same text, byte for byte.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { mintPageToken as mintByService, readPageToken } from '../service/page-token.ts'
import {
  checkPictureUrl,
  pictureUrl as urlByService,
  pictureUrlEnd as endByService,
} from '../service/picture-url.ts'
import { createSigner } from './hmac.ts'
import { mintPageToken, pictureUrlEnd, plainPictureUrl, signedPictureUrl } from './mint.ts'

const secrets = fc.string({ minLength: 1, maxLength: 80, unit: 'binary' })
const subjects = fc.stringMatching(/^[A-Za-z0-9._:@-]{1,128}$/)
const times = fc.integer({ min: 1, max: 4_102_444_800_000 })

describe('mintPageToken', () => {
  it('makes the text that the service makes and reads', async () => {
    const cases = fc.asyncProperty(
      secrets,
      fc.option(subjects),
      times,
      async (secret, name, at) => {
        const token = await mintPageToken(name, at, createSigner(secret))
        assert.equal(token, mintByService({ subject: name, expiresAt: at }, secret))
        const reading = readPageToken(token, ['another', secret], at - 2_000)
        assert.equal(reading.kind, 'valid')
        assert.equal(reading.subject, name)
      },
    )
    await fc.assert(cases, { numRuns: 200 })
  })
})

describe('signedPictureUrl', () => {
  it('makes the URL that the service makes and takes', async () => {
    const cases = fc.asyncProperty(secrets, subjects, times, async (secret, subject, at) => {
      const base = 'https://faces.test'
      const url = await signedPictureUrl(base, subject, { size: 96 }, at, createSigner(secret))
      assert.equal(url, urlByService({ base, subject, size: 96, secret, expiresAt: at }))
      const query = new URL(url).searchParams
      const signed = { subject, exp: query.get('exp'), sig: query.get('sig') }
      const checked = checkPictureUrl({ ...signed, secrets: [secret], now: 0 })
      // A second of 0 is no date to the service; nobody signs for 1970.
      if (at >= 1_000) assert.equal(checked.kind, 'valid')
    })
    await fc.assert(cases, { numRuns: 200 })
  })

  it('ends when the service would end it', () => {
    fc.assert(
      fc.property(times, fc.integer({ min: 1_000, max: 1e9 }), (now, lifeMs) => {
        assert.equal(pictureUrlEnd(now, lifeMs), endByService(now, lifeMs))
      }),
    )
  })
})

describe('plainPictureUrl', () => {
  it('writes only what was asked for', () => {
    assert.equal(plainPictureUrl('https://f.test', 'a:b@c'), 'https://f.test/a/a:b@c')
    const look = { size: 48, dpr: 2, format: 'jpg', fallback: 'none', mode: 'auto' } as const
    assert.equal(plainPictureUrl('', '42', look), '/a/42?s=48&dpr=2&f=jpg&fallback=none&mode=auto')
  })
})
