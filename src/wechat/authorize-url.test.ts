import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { authorizeUrl } from './authorize-url.ts'

const asked = {
  appid: 'wx13974bf780d3dc89',
  kind: 'official',
  redirectUri: 'https://app.example.com/oauth/wechat/callback',
  scope: 'snsapi_userinfo',
  state: 'abc123',
} as const

describe('authorizeUrl', () => {
  it('has the parameters in the order that the platform matches, and the fragment', () => {
    assert.equal(
      authorizeUrl(asked),
      'https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx13974bf780d3dc89' +
        '&redirect_uri=https%3A%2F%2Fapp.example.com%2Foauth%2Fwechat%2Fcallback' +
        '&response_type=code&scope=snsapi_userinfo&state=abc123#wechat_redirect',
    )
    assert.equal(
      authorizeUrl({ ...asked, kind: 'website', scope: 'snsapi_login' }),
      'https://open.weixin.qq.com/connect/qrconnect?appid=wx13974bf780d3dc89' +
        '&redirect_uri=https%3A%2F%2Fapp.example.com%2Foauth%2Fwechat%2Fcallback' +
        '&response_type=code&scope=snsapi_login&state=abc123#wechat_redirect',
    )
  })

  it('lets no value end its parameter or the link', () => {
    const redirectUri = "https://a.test/?x=1&y=2#z'!()*"
    const link = new URL(authorizeUrl({ ...asked, appid: 'a&b=c#d', redirectUri }))
    assert.deepEqual(
      [...link.searchParams.keys()],
      ['appid', 'redirect_uri', 'response_type', 'scope', 'state'],
    )
    assert.equal(link.searchParams.get('redirect_uri'), redirectUri)
    assert.equal(link.hash, '#wechat_redirect')
    assert.doesNotMatch(link.search, /['!()*]/)
  })

  it('refuses what the platform would', () => {
    for (const changes of [
      { state: '' },
      { state: 'a-b' },
      { state: 'x'.repeat(129) },
      { scope: 'snsapi_login' },
      { kind: 'website' },
      { redirectUri: '/oauth' },
      { redirectUri: 'javascript:alert(1)' },
      { redirectUri: 'weixin://x' },
    ] as const) {
      assert.throws(() => authorizeUrl({ ...asked, ...changes }), JSON.stringify(changes))
    }
    assert.ok(authorizeUrl({ ...asked, state: 'x'.repeat(128) }))
  })
})
