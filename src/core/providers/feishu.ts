// Feishu (Lark). Whether and when its picture URLs end is nowhere stated: there are no rules of its own, the common
// ones hold, and the bytes are the evidence. image_size only asks for another size of the same picture.
// Not death: everything but the statuses that HTTP itself reserves for it.
import type { Provider, UrlHints } from '../provider.ts'
import { type UrlParts, joinUrl, queryParameter, withParameter } from '../url.ts'

const wanted = ['noop', '640x640', '240x240', '72x72']

export const feishu: Provider = {
  name: 'feishu',
  title: 'Feishu',
  hosts: ['.feishucdn.com', '.larksuitecdn.com'],
  read: readFeishu,
  expiry: [],
  probe: { method: 'GET' },
  defaults: [
    {
      id: 'feishu.default-avatar',
      url: /^[^/]+\/static-resource\/v1\/default-avatar[_.]/,
      says: 'Feishu’s own picture, by its name.',
      evidence: {
        source: 'the same name in public answers of Feishu’s API',
        date: '2024-01',
        note: 'seen for a group; no picture of a person on it was found',
      },
    },
  ],
  rules: [],
}

function readFeishu(parts: UrlParts): UrlHints {
  const size = queryParameter(parts.query, 'image_size')
  if (!parts.path.startsWith('/static-resource/') || size === null) return {}
  return {
    sizes: [0, 72, 240, 640],
    siblings: () =>
      wanted
        .filter((one) => one !== size)
        .map((one) => {
          const query = withParameter(parts.query, 'image_size', one)
          return joinUrl({ ...parts, scheme: 'https', port: 443, query })
        }),
  }
}
