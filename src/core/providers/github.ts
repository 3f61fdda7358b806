// GitHub. The URL names an account and stays; the bytes behind it change, so they are fetched.
// Not death: 429, which github.com/<user>.png answers to a page with many faces; an identicon, which no URL tells from
// a photo. A 404 is an account that is gone or renamed (common rule).
import type { Provider, UrlHints } from '../provider.ts'
import { type UrlParts, joinUrl } from '../url.ts'

export const github: Provider = {
  name: 'github',
  title: 'GitHub',
  hosts: ['avatars.githubusercontent.com', /^avatars\d\.githubusercontent\.com$/, 'github.com'],
  read: readGithub,
  expiry: [],
  probe: { method: 'GET' },
  defaults: [],
  rules: [
    {
      id: 'github.throttled',
      verdict: 'throttled',
      when: { status: 429 },
      says: 'HTTP 429: GitHub limits how many pictures one address may ask for.',
      evidence: {
        source: 'EddieHubCommunity/BioDrop#1113, ocurrent/ocaml-ci#638',
        date: '2022-11',
      },
    },
  ],
}

function readGithub(parts: UrlParts): UrlHints {
  if (!/^avatars\d\./.test(parts.host) || !/^\/u\/\d+$/.test(parts.path)) return {}
  const host = 'avatars.githubusercontent.com'
  return { siblings: () => [joinUrl({ ...parts, scheme: 'https', port: 443, host })] }
}
