// Instagram. Every URL is signed and carries its end: `oe=`, in older ones a path segment behind /vp/.
// Not death: "Invalid URL signature" (resized, cut), 403 before the date. Reports speak of days, not months, until
// the end: copy at the first contact.
import { oe, vp } from '../expiry.ts'
import type { Provider } from '../provider.ts'
import { signatureRules } from './meta-signatures.ts'

export const instagram: Provider = {
  name: 'instagram',
  title: 'Instagram',
  hosts: ['.cdninstagram.com', /^instagram\.[a-z0-9.-]+\.fbcdn\.net$/],
  read: () => ({}),
  expiry: [oe, vp],
  probe: { method: 'HEAD' },
  defaults: [
    {
      id: 'instagram.anonymous',
      url: /\/44884218_345707102882519_2446069589734326272_n\.jpg/,
      says: 'The silhouette that Instagram shows for people without a picture.',
      evidence: {
        source:
          'the same file in more than ten public repositories; code that takes it for "no picture"',
        date: '2026-11',
        note: 'its ig_cache_key is base64 for anonymous_profile_pic',
      },
    },
  ],
  rules: signatureRules('instagram'),
}
