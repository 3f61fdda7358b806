// Slack. A picture's URL is its own; a new picture gets a new one, and the old one ends (outline/outline#322,
// cesko-digital/app#1126: broken after a change; with which status nobody wrote, so the common rules hold).
// Not death: a `g` in front of the hash on ca.slack-edge.com, which only says that the picture comes from Gravatar.
// Faces that Slack draws itself hide behind secure.gravatar.com: gravatar's rules find them by the redirect.
import type { Provider, UrlHints } from '../provider.ts'
import { type UrlParts, joinUrl } from '../url.ts'

const sizes = [24, 32, 48, 72, 192, 512, 1024]

export const slack: Provider = {
  name: 'slack',
  title: 'Slack',
  hosts: ['avatars.slack-edge.com', 'ca.slack-edge.com', 'a.slack-edge.com'],
  read: readSlack,
  expiry: [],
  probe: { method: 'HEAD' },
  defaults: [
    {
      id: 'slack.default-avatar',
      url: /^a\.slack-edge\.com\/.*\/avatars\/(?:[^/]+\/)*ava_\d{4}-\d+\.png/,
      says: 'One of the coloured faces that Slack gives to people without a picture.',
      evidence: {
        source: 'ava_0000 to ava_0026 in public code; code that takes them for "no picture"',
        date: '2026-11',
      },
    },
  ],
  rules: [],
}

function readSlack(parts: UrlParts): UrlHints {
  // 2023-11-08/<id>_<hash>_72.jpg on avatars, <team>-<user>-<hash>-72 on ca.
  const found =
    parts.host === 'avatars.slack-edge.com'
      ? /^(\/\d{4}-\d\d-\d\d\/[0-9a-f_]+_)(\d+)(\.[a-z]+)$/.exec(parts.path)
      : parts.host === 'ca.slack-edge.com'
        ? /^(\/[A-Z0-9]+-[A-Z0-9]+-[0-9a-z]+-)(\d+)()$/.exec(parts.path)
        : null
  if (found === null) return {}
  const [, front = '', size = '', end = ''] = found
  return {
    sizes,
    siblings: () =>
      ['512', '192', '72', '48', '32', '24']
        .filter((one) => one !== size)
        .map((one) =>
          joinUrl({ ...parts, scheme: 'https', port: 443, path: `${front}${one}${end}` }),
        ),
  }
}
