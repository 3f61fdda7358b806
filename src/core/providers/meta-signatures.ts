// The signed URLs of Meta's CDN, common to Facebook and Instagram. Every URL carries its end; after it the CDN answers
// 403 with 21 bytes of text. "URL signature expired" and "Invalid URL signature" both have 21: after a HEAD the size
// tells nothing and only the date in the URL decides.
import type { Evidence, Rule } from '../rules.ts'

const expired: Evidence = {
  source:
    'firebase/firebaseui-web#95, zerowasteestonia/World-Cleanup-Day#161, itsyouonline/identityserver#389',
  date: '2018-02',
  note: 'seven of seven published expired URLs carry a date before their report',
}

const altered: Evidence = {
  source: 'theus/instantgram#7, saschaheim/instantgram#49: a resized URL answers 403',
  date: '2018-07',
}

/** The rules for signed URLs. Their order matters: what the body says comes before what the date says. */
export function signatureRules(name: string): readonly Rule[] {
  return [
    {
      id: `${name}.signature-expired`,
      verdict: 'gone',
      when: { status: 403, text: /^URL signature expired\s*$/ },
      says: 'The signature in the URL has expired.',
      evidence: expired,
    },
    {
      id: `${name}.signature-invalid`,
      verdict: 'malformed',
      when: {
        status: 403,
        text: /^(?:Invalid URL signature|Unsigned URL|URL signature mismatch)\s*$/,
      },
      says: 'The URL was changed after it was signed (resized, cut, escaped).',
      evidence: altered,
    },
    {
      id: `${name}.expired`,
      verdict: 'gone',
      when: { status: 403, expired: true },
      unless: [{ mime: /^text\/html$/ }],
      says: 'HTTP 403 after the date in the URL: its signature has expired.',
      evidence: {
        source:
          'aaronpk/OwnYourGram#80: HEAD answers 403, text/plain, 21 bytes, six days after the date in the path',
        date: '2019-04-09',
        note: 'without a body the date alone decides: "Invalid URL signature" has 21 bytes as well',
      },
    },
  ]
}
