// An avatar, its source and its copy, made for tests of what becomes of avatars.
import type { Avatar } from '../../src/core/avatar.ts'
import { freshBelief } from '../../src/core/belief.ts'
import { freshImportance } from '../../src/core/importance.ts'
import type { NewCopy } from '../../src/store/store.ts'

export const dayMs = 86_400_000
/** The moment at which all of this is. */
export const now = Date.UTC(2026, 10, 22)

// Made-up tokens of the right form: base64 of 64 bytes.
const token = `${'Ab1'.repeat(28)}1A`
export const url = `https://thirdwx.qlogo.cn/mmopen/vi_32/${token}/132`
/** Another picture's. */
export const otherUrl = url.replace('Ab1', 'Ab2')

/** A picture that came from `url`. */
export const face: NewCopy = {
  sha256: 'a'.repeat(64),
  rawSha256: 'b'.repeat(64),
  phash: '0123456789abcdef',
  bytes: 5_000,
  width: 132,
  height: 132,
  rawMime: 'image/jpeg',
  url,
}

/** Somebody who came ninety days ago and whose source, of which there is no copy, was current sixty days ago. */
export function madeAvatar(more: Partial<Avatar> = {}): Avatar & { readonly url: string } {
  return {
    id: 1,
    subject: '42',
    name: null,
    provider: 'wechat',
    standing: 'alive',
    standingAt: now - 90 * dayMs,
    swept: true,
    belief: freshBelief(now - 60 * dayMs),
    importance: freshImportance(now - 90 * dayMs),
    copy: null,
    nextCheckAt: 0,
    urgentAt: null,
    urgency: null,
    expiresAt: null,
    tokenExpiresAt: null,
    revision: 1,
    createdAt: now - 90 * dayMs,
    url,
    ...more,
  } as Avatar & { readonly url: string }
}
