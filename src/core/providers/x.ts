// X, once Twitter. A picture's URL is its own; after a change the old one answers 404, all sizes of it.
// Not death: anything else; X's CDN is not known to hide a missing picture behind another status.
import type { Provider, UrlHints } from '../provider.ts'
import { type UrlParts, joinUrl } from '../url.ts'

const sizes = [0, 24, 48, 73, 400]
const variants = ['_400x400', '', '_bigger', '_normal', '_mini']

export const x: Provider = {
  name: 'x',
  title: 'X (Twitter)',
  hosts: ['pbs.twimg.com', 'abs.twimg.com'],
  read: readX,
  expiry: [],
  probe: { method: 'HEAD' },
  defaults: [
    {
      id: 'x.default-profile',
      url: /^(?:abs|pbs)\.twimg\.com\/.*\/default_profile(?:_[a-z0-9]+)*\.png/,
      says: 'The egg or the silhouette for people without a picture.',
      evidence: {
        source:
          'default_profile_images in more than ten public repositories; snarfed/bridgy#770 has one on pbs',
        date: '2026-11',
      },
    },
  ],
  rules: [
    {
      id: 'x.not-found',
      verdict: 'gone',
      when: { status: 404 },
      says: 'HTTP 404: the picture was replaced or removed by its owner.',
      evidence: {
        source: 'snarfed/bridgy#33 (2014-01-15); mempool/mempool#136',
        date: '2020-10-12',
      },
    },
  ],
}

function readX(parts: UrlParts): UrlHints {
  const found =
    /^(\/profile_images\/\d+\/[^/.]+?)(_(?:normal|bigger|mini|x96|reasonably_small|\d+x\d+))?(\.[a-z]+)?$/i.exec(
      parts.path,
    )
  if (found === null) return {}
  const [, front = '', variant = '', end = ''] = found
  return {
    sizes,
    siblings: () =>
      variants
        .filter((one) => one !== variant)
        .map((one) =>
          joinUrl({ ...parts, scheme: 'https', port: 443, path: `${front}${one}${end}` }),
        ),
  }
}
