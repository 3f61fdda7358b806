// Pictures by the platform's link instead of by subject: for the service worker that heals pages which know nothing of
// Everface. It asks about every picture of a page, so most answers are "show theirs", kept by browsers and, a while, here.
import { createHash } from 'node:crypto'
import { z } from '@hono/zod-openapi'
import { LRUCache } from 'lru-cache'
import type { LinkedFace } from '../../store/store.ts'
import type { AppParts } from '../app.ts'
import { readPageToken } from '../page-token.ts'
import { nothing, operation } from './operation.ts'
import { problem } from './problem.ts'

/** What is to be shown in place of a link: our picture of a subject, or the link's own. */
export type Instead =
  | { readonly kind: 'ours'; readonly subject: string }
  | { readonly kind: 'theirs'; readonly standing: 'alive' | 'unknown' }

/** Finds whose face a link is. */
export interface Links {
  /**
   * @param always our copy is wanted although the link may be alive
   * Rejects with `store-unreachable`.
   */
  find(url: string, always: boolean): Promise<Instead>
}

/** A link that was left to the platform. */
interface Left {
  readonly theirs: Instead & { readonly kind: 'theirs' }
  /** It is somebody's all the same. */
  readonly known: boolean
  readonly at: number
}

/** For so long it is believed that nothing of ours belongs in a link's place. */
const freshMs = 10_000
const mostKept = 100_000

/** Remembers hashes of links alone, and only of those that are left to the platform: there is nothing to forget. */
export function createLinks({ store, now }: Pick<AppParts, 'store' | 'now'>): Links {
  const left = new LRUCache<string, Left>({ max: mostKept })

  /** Pages load by TLS what was stored without it, and the other way round. */
  async function linked(url: string): Promise<LinkedFace | null> {
    return (await store.faceOf(url)) ?? (await store.faceOf(otherScheme(url)))
  }

  return {
    async find(url, always) {
      const key = createHash('sha256').update(url).digest('base64')
      const at = now()
      const kept = left.get(key)
      const age = kept === undefined ? freshMs : at - kept.at
      // An age below zero is a clock that was set back.
      if (kept !== undefined && age >= 0 && age < freshMs) {
        if (!always || !kept.known) return kept.theirs
      }
      const found = await linked(url)
      if (found !== null && (always || isLost(found))) {
        const { subject } = found.face
        // Steps through folders, which no URL of a picture can name.
        if (subject !== '.' && subject !== '..') return { kind: 'ours', subject }
      }
      const standing = found?.face.standing === 'alive' ? 'alive' : 'unknown'
      const theirs = { kind: 'theirs', standing } as const
      left.set(key, { theirs, known: found !== null, at })
      return theirs
    },
  }
}

function otherScheme(url: string): string {
  return url.startsWith('https:') ? `http:${url.slice(6)}` : url.replace(/^http:/, 'https:')
}

/** A link that no longer shows the face; of one that nobody has looked at yet nothing is held against it. */
function isLost({ current, face: { standing } }: LinkedFace): boolean {
  return !current || (standing !== 'alive' && standing !== 'unknown')
}

/** `GET /u` */
export const showByLink = operation({
  id: 'showByLink',
  tag: 'pages',
  summary: 'Show the face that a link of a platform belongs to',
  description:
    'For the healing service worker. Our picture, or initials, where the link is a former source of somebody, or a source ' +
    'that is dying, gone or a placeholder; else 204: the page is to show what the link shows. Whose face it is is not told. ' +
    'Where URLs of pictures must be signed, a page token is demanded.',
  access: 'open',
  crossOrigin: true,
  query: z.strictObject({
    url: z
      .string()
      .max(8_192)
      .regex(/^https?:\/\/[^\s]+$/, 'It is no http or https URL')
      .openapi({
        description: 'The link, exactly as the page has it.',
        example: 'https://thirdwx.qlogo.cn/mmopen/vi_32/made-up/132',
      }),
    s: z.string().max(8).optional().openapi({ description: 'As of `/a`.', example: '96' }),
    dpr: z.string().max(32).optional().openapi({ description: 'As of `/a`.', example: '2' }),
    f: z.string().max(8).optional().openapi({ description: 'As of `/a`.', example: 'auto' }),
    mode: z
      .enum(['copy'])
      .optional()
      .openapi({ description: 'Our picture also where the link is alive.' }),
    token: z.string().max(256).optional().openapi({ description: 'A page token.' }),
  }),
  answers: {
    200: { description: 'The picture.', body: z.string(), type: 'image/*' },
    204: { description: 'Show what the link shows.' },
    304: { description: 'The picture that the browser has.' },
  },
  problems: ['page-token-invalid', 'busy', 'store-unreachable', 'blobs-unreachable'],
  async handle({ query, request, requestId }, { settings, secrets, now, links, faces }) {
    if (settings.signing === 'required') {
      const all = [secrets.secret, ...secrets.oldSecrets]
      const token = readPageToken(query.token ?? '', all, now())
      if (token.kind !== 'valid') return problem('page-token-invalid')
    }
    const instead = await links.find(query.url, query.mode === 'copy')
    if (instead.kind === 'ours') {
      const look = new URLSearchParams()
      for (const name of ['s', 'dpr', 'f'] as const) {
        const value = query[name]
        if (value !== undefined) look.set(name, value)
      }
      const shown = await faces?.show(instead.subject, look.toString(), request, requestId)
      if (shown !== undefined) return shown
    }
    const standing = instead.kind === 'theirs' ? instead.standing : 'unknown'
    return {
      ...nothing,
      headers: {
        'Cache-Control': `public, max-age=${standing === 'alive' ? 60 : 300}`,
        'Everface-Standing': standing,
      },
    }
  },
})
