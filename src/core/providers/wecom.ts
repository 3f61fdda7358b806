// WeCom (WeChat for work). Its pictures stand on Tencent's picture servers and are read as WeChat's are, though no
// dead WeCom answer was ever published. Whoever has no picture, or gave no consent, gets the default avatar's URL.
// Not death: what is not death for WeChat; the number at the end of a wwpic name (the time of upload, not an end).
import type { Provider, UrlHints } from '../provider.ts'
import type { UrlParts } from '../url.ts'
import { goneRules, grey, serverRules } from './qlogo-signals.ts'
import { type TokenFault, checkToken } from './qlogo-token.ts'

const sizes = [0, 60, 100]

export const wecom: Provider = {
  name: 'wecom',
  title: 'WeCom',
  hosts: [
    'wework.qpic.cn',
    'p.qlogo.cn',
    'shp.qpic.cn',
    'rescdn.qqmail.com',
    'wwcdn.weixin.qq.com',
  ],
  read: readWecom,
  expiry: [],
  probe: { method: 'HEAD' },
  defaults: [
    {
      id: 'wecom.default-avatar',
      url: /^(?:rescdn\.qqmail\.com|wwcdn\.weixin\.qq\.com)\/.*\/DefaultAvatar(?:\$|%24)[0-9a-f]+\.png/i,
      says: 'The picture that WeCom gives for members without one, or without their consent.',
      evidence: {
        source:
          'WeCom documentation 96255 and 96443 (a default avatar, not an empty field); the URL in public code',
        date: '2025',
        note: 'DefaultAvatar$73ba92b5.png on rescdn.qqmail.com, newer DefaultAvatar$caf2a2d6.png on wwcdn.weixin.qq.com',
      },
    },
  ],
  rules: [
    ...goneRules('wecom', 'seen on WeChat’s hosts; WeCom’s run the same server, without a capture'),
    ...serverRules('wecom', 'WeCom', grey),
  ],
}

function readWecom(parts: UrlParts): UrlHints {
  const [, family = '', name = '', size = '', ...more] = parts.path.split('/')
  const keyed = family === 'bizmail' || family === 'bizmp'
  if (!keyed && !/^wwpic[0-9a-z]*$/.test(family)) return {}
  const fault = keyed ? faultOf(family, name) : null
  if (fault !== null) return { fault, sizes }
  if (name === '' || !/^\d*$/.test(size) || more.length > 0) return {}
  return {
    sizes,
    // The old API (bizmp) gives URLs that end in a slash: no size is no fault here.
    siblings: () =>
      ['0', '100', '60']
        .filter((one) => one !== size)
        .map((one) => `https://${parts.host}/${family}/${name}/${one}`),
  }
}

function faultOf(family: string, token: string): TokenFault | null {
  return token === ''
    ? { reason: 'no-token', detail: 'The URL ends before the picture’s token.' }
    : checkToken(family, token)
}
