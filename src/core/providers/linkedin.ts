// LinkedIn. Picture URLs are signed and carry their end in `e=`, months ahead and the same for many people.
// Not death: 403 before that date, which is LinkedIn's answer to a page it does not like. A 404 after a change was
// reported once, in 2015 (common rule).
import { linkedin as linkedinScheme } from '../expiry.ts'
import type { Provider } from '../provider.ts'

export const linkedin: Provider = {
  name: 'linkedin',
  title: 'LinkedIn',
  hosts: [/^media(?:-[a-z0-9]+)?\.licdn\.com$/, /^static(?:-[a-z0-9]+)?\.licdn\.com$/],
  // Size and signature belong together: there are no siblings to try.
  read: () => ({}),
  expiry: [linkedinScheme],
  probe: { method: 'HEAD' },
  defaults: [
    {
      id: 'linkedin.ghost',
      url: /^static[a-z0-9-]*\.licdn\.com\/(?:aero-v1\/)?sc\/h\/9c8pery4andzj6ohjkjp54ma2(?:\/|\?|$)/,
      says: 'The ghost that LinkedIn shows for people without a picture.',
      evidence: {
        source:
          'the same file in more than ten public repositories; code that takes it for "no picture"',
        date: '2026-11',
      },
    },
  ],
  rules: [
    {
      id: 'linkedin.expired',
      verdict: 'gone',
      when: { status: [400, 403], expired: true },
      unless: [{ mime: /^text\/html$/ }],
      says: 'The signature in the URL has expired.',
      evidence: {
        source:
          'freeCodeCamp/freeCodeCamp#36561: 403 eleven weeks after e=; colophon-group/jobseek#3035: "Invalid e query string"',
        date: '2026-05-13',
      },
    },
  ],
}
