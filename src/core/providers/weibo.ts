// Weibo. Newer avatar URLs are signed for hours, older ones are not; the size is part of what is signed.
// Not death: 403 before the date in the URL, which is Sina's answer to a browser without its Referer. That 403 also
// follows the date is assumed from reports of links that soon stopped showing; no answer was published.
import { weibo as weiboScheme } from '../expiry.ts'
import type { Provider, UrlHints } from '../provider.ts'
import { type UrlParts, queryParameter } from '../url.ts'

const sizes = [50, 180, 1024]

export const weibo: Provider = {
  name: 'weibo',
  title: 'Weibo',
  hosts: ['.sinaimg.cn'],
  read: readWeibo,
  expiry: [weiboScheme],
  probe: { method: 'HEAD', headers: { referer: 'https://weibo.com/' } },
  defaults: [
    {
      id: 'weibo.default-avatar',
      url: /^[^/]+\.sinaimg\.cn\/default\//,
      says: 'The grey face that Weibo shows for people without a picture.',
      evidence: {
        source:
          'unavatar src/providers/weibo.js; default_avatar_male_50.gif and its kin in public code',
        date: '2018-11',
      },
    },
  ],
  rules: [
    {
      id: 'weibo.expired',
      verdict: 'gone',
      when: { status: 403, expired: true },
      unless: [{ mime: /^text\/html$/ }],
      says: 'The signature in the URL has expired.',
      evidence: {
        source:
          'sinaweibosdk/weibo_android_sdk#555: links signed with Expires= that no longer show',
        date: '2020-12',
        note: 'the status after that date is assumed, not captured',
      },
    },
    {
      id: 'weibo.refused',
      verdict: 'refused',
      when: { status: 403 },
      says: 'HTTP 403: Sina refuses other sites’ pages (Referer), not the picture.',
      evidence: { source: 'MountainDash/nonebot-bison#145; DIYgod/RSSHub#11320', date: '2022-11' },
    },
  ],
}

function readWeibo(parts: UrlParts): UrlHints {
  const found = /^(\/crop(?:\.-?\d+){4}\.)(\d+)(\/[^/]+)$/.exec(parts.path)
  if (found === null) return {}
  // The three sizes of one picture carry three signatures: a signed URL has no siblings that work.
  if (queryParameter(parts.query, 'ssig') !== null) return { sizes }
  const [, front = '', size = '', name = ''] = found
  return {
    sizes,
    siblings: () =>
      ['1024', '180', '50']
        .filter((one) => one !== size)
        .map((one) => `https://${parts.host}${front}${one}${name}`),
  }
}
