// Where redirects lead to: whose rules hold there, and what a stranger on the way cannot make of a picture.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { classify } from './classify.ts'
import { judge } from './judge.ts'
import type { Answer, Observation } from './observation.ts'
import { generic, providers, rulesOf } from './providers/index.ts'
import { readUrl } from './read-url.ts'

const own = 'https://app.example/u/42/avatar'
const wechat = 'https://mmbiz.qpic.cn/mmbiz_jpg/x/640'
const dead = { 'x-errno': '-6101', 'x-info': 'notexist:-6101', 'content-type': 'image/png' }
const portal = 'http://portal.example.net/login'

function answer(status: number, headers: Record<string, string> = {}): Answer {
  return { kind: 'answer', status, headers, bytes: 5093, body: null }
}

function say(url: string, finalUrl: string, seen: Observation['seen'], at = 1e12) {
  const observation = { url, finalUrl, method: 'GET', edge: '192.0.2.1', at, ms: 1, seen } as const
  const { kind, rule } = judge(observation, readUrl(url))
  return `${kind} ${rule}`
}

/** A URL of each provider: its first host that is one. */
const urls = new Map(
  [...providers, generic].map((provider) => {
    const host = provider.hosts.find((one) => typeof one === 'string') ?? 'images.example.com'
    const named =
      provider.name === 'google'
        ? 'lh3.googleusercontent.com'
        : provider.name === 'linkedin'
          ? 'media.licdn.com'
          : host.replace(/^\./, 'a.')
    return [provider.name, `https://${named}/made-up.jpg`]
  }),
)

describe('judge', () => {
  it('judges by the rules of the provider that redirects led to', () => {
    assert.equal(say(own, wechat, answer(200, dead)), 'gone wechat.errno-6101')
    assert.equal(say(own, wechat, answer(404)), 'unknown wechat.not-found')
    assert.equal(say(own, wechat, answer(400)), 'malformed wechat.bad-request')
    assert.equal(
      say(own, wechat, answer(200, { 'content-type': 'image/png' })),
      'unknown wechat.no-signal',
    )
    const slack = 'https://ca.slack-edge.com/T1-U1-g1-72'
    const gravatar = `https://secure.gravatar.com/avatar/${'0'.repeat(32)}?d=404`
    assert.equal(say(slack, gravatar, answer(404)), 'gone gravatar.no-picture')
  })

  it('takes the date from the URL that redirects led to', () => {
    const signed = 'https://scontent.xx.fbcdn.net/v/1_n.jpg?oe=5A13AE89'
    assert.equal(say(own, signed, answer(403), 1.7e12), 'gone facebook.expired')
    assert.equal(say(own, signed, answer(403), 1.4e12), 'refused http.refused')
  })

  it('knows a default face behind a redirect', () => {
    const egg = 'https://cdn.discordapp.com/embed/avatars/1.png'
    const picture = answer(200, { 'content-type': 'image/png' })
    assert.equal(say(own, egg, picture), 'placeholder discord.default-avatar')
    const failure = { kind: 'failure', failure: 'reset', detail: 'Cut.' } as const
    assert.equal(say(own, egg, failure), 'unknown net.reset')
    assert.equal(say(own, egg, answer(429)), 'throttled http.throttled')
    const graph = 'https://graph.facebook.com/1/picture'
    const silhouette =
      'https://scontent.xx.fbcdn.net/84628273_176159830277856_972693363922829312_n.jpg'
    assert.equal(say(graph, silhouette, picture), 'placeholder facebook.silhouette-redirect')
    assert.equal(say(own, silhouette, picture), 'placeholder facebook.silhouette')
    assert.equal(say(graph, silhouette, answer(403)), 'placeholder facebook.silhouette')
  })

  it('believes no other host that a picture is gone, for any provider', () => {
    for (const [name, url] of urls) {
      assert.equal(readUrl(url).provider.name, name)
      for (const status of [400, 401, 403, 404, 410, 418, 451, 499]) {
        assert.equal(say(url, portal, answer(status)), 'unknown http.led-elsewhere', name)
      }
      assert.match(say(url, portal, answer(429)), /^throttled /)
      assert.match(say(url, portal, answer(500)), /^unknown /)
    }
    const attachment = 'https://cdn.discordapp.com/attachments/1/2/a.png?ex=5A13AE89&is=1&hm=1'
    const asking = `${portal}?to=https://cdn.discordapp.com/attachments/1/2/a.png`
    assert.equal(say(attachment, asking, answer(404)), 'unknown http.led-elsewhere')
    const signed = 'https://s3.example.com/a.jpg?Expires=1400000000&Signature=x'
    assert.equal(say(signed, portal, answer(403), 1.7e12), 'unknown http.led-elsewhere')
    assert.equal(say(signed, signed, answer(403), 1.7e12), 'gone generic.expired')
  })

  it('leaves alone redirects within a host or a provider', () => {
    const cases = [
      ['https://github.com/a.png', 'https://avatars.githubusercontent.com/u/1', 'http.not-found'],
      ['https://secure.gravatar.com/avatar/x?d=y', 'https://i0.wp.com/y', 'gravatar.no-picture'],
      ['http://example.com/a.jpg', 'https://example.com/b.jpg', 'http.not-found'],
      ['http://example.com/a.jpg', 'https://www.example.com/a.jpg', 'http.not-found'],
    ] as const
    for (const [url, finalUrl, rule] of cases) {
      assert.equal(say(url, finalUrl, answer(404)), `gone ${rule}`)
    }
  })

  it('is classify where nothing redirects', () => {
    const status = fc.integer({ min: 100, max: 599 })
    fc.assert(
      fc.property(fc.constantFrom(...urls.values()), status, (url, code) => {
        const seen = answer(code, dead)
        const observation: Observation = {
          url,
          finalUrl: url,
          method: 'GET',
          edge: '',
          at: 0,
          ms: 1,
          seen,
        }
        const reading = readUrl(url)
        const verdict = classify(observation, rulesOf(reading.provider), reading)
        assert.deepEqual(judge(observation, reading), verdict)
      }),
    )
  })

  it('never throws, wherever redirects lead', () => {
    const status = fc.integer({ min: 100, max: 599 })
    fc.assert(
      fc.property(fc.constantFrom(...urls.values()), fc.string(), status, (url, last, code) => {
        assert.match(say(url, last, answer(code)), /^\w+ [\w.-]+$/)
      }),
    )
  })
})
