// Where platforms put the picture, each as its documents or Auth.js' providers have it.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { pictureOf } from './picture-of.ts'

describe('pictureOf', () => {
  it('finds the picture of every platform, the largest of several', () => {
    const one = 'https://pictures.test/1'
    const profiles: readonly [string, unknown][] = [
      ['WeChat', { headimgurl: one }],
      ['QQ', { figureurl: 'https://pictures.test/30', figureurl_qq_2: one, figureurl_qq_1: 'x' }],
      ['Weibo', { profile_image_url: 'https://pictures.test/50', avatar_large: one }],
      ['GitHub', { avatar_url: one }],
      ['Facebook', { picture: { data: { url: one, width: 50 } } }],
      ['Google', { picture: one }],
      ['X', { data: { profile_image_url: one } }],
      ['Discord', { avatar: 'a_1', image_url: one }],
      ['Kakao', { properties: { profile_image: one } }],
    ]
    for (const [name, profile] of profiles) assert.equal(pictureOf(profile), one, name)
  })

  it('takes nothing that could not be asked for', () => {
    const odd = [
      '',
      'data:image/png;base64,AAAA',
      'javascript:1',
      '/a.png',
      'https://',
      'http:// x',
    ]
    for (const picture of [...odd, 7, null, {}, [], `https://a/${'x'.repeat(9_000)}`]) {
      assert.equal(pictureOf({ picture }), null)
    }
    for (const profile of [null, undefined, 'x', 7, []]) assert.equal(pictureOf(profile), null)
  })
})
