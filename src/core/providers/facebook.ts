// Facebook. CDN URLs are signed and carry their end (`oe=`, before that `__gda__=`); the redirects on fbsbx.com carry
// theirs in `ext=`. graph.facebook.com/<id>/picture shows the newest picture, as long as the token in it lives.
// Not death: "Invalid URL signature" (the URL was changed), 403 before the date, a missing token.
import { ext, gda, oe } from '../expiry.ts'
import type { Provider, UrlHints } from '../provider.ts'
import { type UrlParts, queryParameter } from '../url.ts'
import { signatureRules } from './meta-signatures.ts'

/** File names of the silhouettes; signature and host around them change. */
const silhouettes =
  /\/(?:84628273_176159830277856_972693363922829312|143086968_2856368904622192_1959732218791162458|10354686_10150004552801856_220367501106153455)_n\.jpg/

export const facebook: Provider = {
  name: 'facebook',
  title: 'Facebook',
  hosts: [
    '.fbcdn.net',
    'platform-lookaside.fbsbx.com',
    'lookaside.fbsbx.com',
    'lookaside.facebook.com',
    'graph.facebook.com',
  ],
  read: readFacebook,
  expiry: [oe, ext, gda],
  probe: { method: 'HEAD' },
  defaults: [
    {
      id: 'facebook.silhouette',
      url: silhouettes,
      says: 'The silhouette that Facebook shows for people without a picture.',
      evidence: {
        source:
          'the same file in more than ten public repositories; code that takes it for "no picture"',
        date: '2026-11',
        note: 'apps in development mode get it for everybody (Graph API, user/picture)',
      },
    },
  ],
  rules: [
    {
      id: 'facebook.silhouette-redirect',
      verdict: 'placeholder',
      when: { status: 200, finalUrl: silhouettes },
      says: 'The redirect leads to the silhouette for people without a picture.',
      evidence: {
        source:
          'Graph API reference, user/picture: the edge redirects, and shows a silhouette to tokenless requests',
        date: '2026',
      },
    },
    {
      id: 'facebook.token-over',
      verdict: 'gone',
      when: {
        status: 400,
        finalUrl: /^https?:\/\/graph\.facebook\.com\//,
        text: /^\s*\{\s*"error"\s*:\s*\{\s*"message"\s*:\s*"Error validating access token/,
      },
      says: 'The access token in the URL is over; the URL will not work again.',
      evidence: {
        source:
          'simi/omniauth-facebook#387 (code 190, 463) and #360; snarfed/bridgy#59 has the status 400',
        date: '2024-04',
      },
    },
    {
      id: 'facebook.token-missing',
      verdict: 'refused',
      when: { status: 400, finalUrl: /^https?:\/\/graph\.facebook\.com\// },
      says: 'HTTP 400: the Graph API wants a token, or another one, for this picture.',
      evidence: {
        source: 'pennersr/django-allauth#2488 (code 104); iatek/jquery-socialist#68',
        date: '2020-10',
      },
    },
    ...signatureRules('facebook'),
  ],
}

function readFacebook(parts: UrlParts): UrlHints {
  if (parts.host.endsWith('.fbcdn.net')) return {}
  // Redirects: the address names a person, the picture behind it changes.
  if (queryParameter(parts.query, 'access_token') === null) return { method: 'GET' }
  return {
    method: 'GET',
    note: 'The URL carries an access token: whoever reads it acts for its owner, and the picture ends with it.',
  }
}
