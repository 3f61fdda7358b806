// Any other host: HTTP as it is written, death dates of the usual object stores, bytes as the evidence.
import { storeSchemes } from '../expiry.ts'
import type { Provider } from '../provider.ts'

export const generic: Provider = {
  name: 'generic',
  title: 'Other hosts',
  hosts: [],
  read: () => ({}),
  expiry: storeSchemes,
  probe: { method: 'GET' },
  defaults: [],
  rules: [
    {
      id: 'generic.expired',
      verdict: 'gone',
      when: { status: [400, 403], expired: true },
      unless: [{ mime: /^text\/html$/ }],
      says: 'The signature in the URL has expired.',
      evidence: {
        source:
          'S3, OSS, COS and Azure answer 403 to an expired signature, GCS 400, Qiniu 401; mitodl/micromasters#1533',
        date: '2016',
        note: 'Qiniu’s documentation of private downloads: 401 once e= is past',
      },
    },
  ],
}
