// Google. URLs carry no date; the picture behind one may be replaced, so the bytes are the evidence.
// Not death: 429 and 403, which browsers with a Referer meet often; a letter picture (only its oldest form is known by
// its URL, the newer ones are found by their bytes). 404 is: gone or rewritten.
import type { Provider, UrlHints } from '../provider.ts'
import { type UrlParts, joinUrl, queryParameter, withParameter } from '../url.ts'

const sizes = [48, 96, 192, 400]
const wanted = ['400', '192', '96', '48']

export const google: Provider = {
  name: 'google',
  title: 'Google',
  hosts: [/^lh[3-6]\.googleusercontent\.com$/],
  read: readGoogle,
  expiry: [],
  probe: { method: 'GET' },
  defaults: [
    {
      id: 'google.letter',
      url: /^[^/]+\/.*\/mo\/photo\.jpg/,
      says: 'The letter that Google draws for people without a picture.',
      evidence: { source: 'zquestz/omniauth-google-oauth2#329', date: '2018' },
    },
    {
      id: 'google.silhouette',
      url: /^[^/]+\/-XdUIqdMkCWA\/AAAAAAAAAAI\/AAAAAAAAAAA\/4252rscbv5M\//,
      says: 'The silhouette of Google+ for people without a picture.',
      evidence: {
        source: 'auth0/passport-linkedin-oauth2#36 quotes an answer of Google with isDefault true',
        date: '2015-11',
      },
    },
    {
      id: 'google.default-user',
      url: /^[^/]+\/a\/default-user(?:=|$)/,
      says: 'Google’s picture for nobody in particular.',
      evidence: {
        source: 'the same URL in public code, some of which treats it as no picture',
        date: '2026-11',
        note: 'mostly in samples and tests',
      },
    },
  ],
  rules: [
    {
      id: 'google.refused',
      verdict: 'refused',
      when: { status: 403 },
      says: 'HTTP 403: Google refuses the asker (Referer, too many at once), not the picture.',
      evidence: {
        source: 'apache/texera#1821, #3218; gitbutlerapp/gitbutler#4725',
        date: '2025-01-18',
      },
    },
    {
      id: 'google.not-found',
      verdict: 'gone',
      when: { status: 404 },
      says: 'HTTP 404: Google no longer has a picture at this address.',
      evidence: { source: 'outline/outline#3140: gone after a week when not copied', date: '2022' },
    },
  ],
}

function readGoogle(parts: UrlParts): UrlHints {
  const { path, query } = parts
  const url = (changed: string) => joinUrl({ ...parts, scheme: 'https', port: 443, path: changed })
  const modern = /^(\/a-?\/[^=/]+)(?:=s(\d+)(-[a-z0-9-]+)?)?$/.exec(path)
  if (modern !== null) {
    const [, front = '', size = '', options = '-c'] = modern
    return { sizes, siblings: () => others(size).map((one) => url(`${front}=s${one}${options}`)) }
  }
  const old = /^(\/.+\/)s(\d+)(-c)?(\/photo\.jpg)$/.exec(path)
  if (old !== null) {
    const [, front = '', size = '', crop = '', name = ''] = old
    return {
      sizes,
      siblings: () => others(size).map((one) => url(`${front}s${one}${crop}${name}`)),
    }
  }
  const size = queryParameter(query, 'sz')
  if (!path.endsWith('/photo.jpg') || size === null) return {}
  return {
    sizes,
    siblings: () =>
      others(size).map((one) =>
        joinUrl({ ...parts, scheme: 'https', port: 443, query: withParameter(query, 'sz', one) }),
      ),
  }
}

function others(size: string): string[] {
  return wanted.filter((one) => one !== size)
}
