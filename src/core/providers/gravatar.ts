// Gravatar. The URL names an e-mail address by its hash and stays; the bytes change. Asked with d=404 it says whether
// there is a picture; without, a drawn default is a 200 like any other, and only its bytes under many people tell.
// Not death: 429, and a picture that is not the person's: what d= names may be anybody's.
import type { Provider, UrlHints } from '../provider.ts'
import { type UrlParts, joinUrl, queryParameter, withParameter } from '../url.ts'

const documentation = 'docs.gravatar.com, images: size, default image, force default'

export const gravatar: Provider = {
  name: 'gravatar',
  title: 'Gravatar',
  hosts: [
    'gravatar.com',
    'www.gravatar.com',
    'secure.gravatar.com',
    's.gravatar.com',
    /^[0-3]\.gravatar\.com$/,
  ],
  read: readGravatar,
  expiry: [],
  probe: { method: 'GET' },
  defaults: [
    {
      id: 'gravatar.forced-default',
      url: /^[^/]+\/avatar\/[^?]*\?(?:[^#]*&)?(?:f|forcedefault)=y(?:&|$)/,
      says: 'The URL asks for the default picture whatever the person has.',
      evidence: { source: documentation, date: '2025' },
    },
  ],
  rules: [
    {
      id: 'gravatar.default-redirect',
      verdict: 'placeholder',
      when: { status: 200, finalUrl: /^https?:\/\/i\d\.wp\.com\// },
      says: 'The redirect leads to the default picture that d= names: the person has none.',
      evidence: {
        source: 'public Kotlin source that tells Slack’s drawn faces by this redirect to i0.wp.com',
        date: '2026-11',
      },
    },
    {
      id: 'gravatar.no-picture',
      verdict: 'gone',
      when: { status: 404 },
      says: 'HTTP 404: nobody has a picture under this address (d=404).',
      evidence: { source: documentation, date: '2025' },
    },
  ],
}

function readGravatar(parts: UrlParts): UrlHints {
  const found = /^\/avatar\/([^/.]*)(?:\.[a-z]+)?$/.exec(parts.path)
  if (found === null) return {}
  const hash = found[1] ?? ''
  if (!/^(?:[0-9a-f]{32}|[0-9a-f]{64})$/i.test(hash)) {
    const detail = `${hash.length} characters are no hash of an address: 32 or 64 hexadecimal digits are.`
    return { fault: { reason: 'cut-hash', detail } }
  }
  if (queryParameter(parts.query, 'd') === '404') return {}
  // The same picture, but a miss shows itself.
  const query = withParameter(parts.query, 'd', '404')
  return { siblings: () => [joinUrl({ ...parts, scheme: 'https', port: 443, query })] }
}
