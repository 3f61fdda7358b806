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
      says: 'The signature in the URL has expired.',
      evidence: {
        source: 'object stores answer 403 (S3, OSS, COS) or 400 (GCS) to an expired signature; mitodl/micromasters#1533',
        date: '2016',
      },
    },
  ],
}
