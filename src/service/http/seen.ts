// Observations as the interface tells of them.
import { z } from '@hono/zod-openapi'
import { verdictKinds } from '../../core/verdict.ts'
import type { Seen } from '../../store/store.ts'
import { iso, time } from './shapes.ts'

/** What one look at one edge saw. */
export const observation = z
  .strictObject({
    at: time,
    edge: z.string().openapi({ description: 'The address that was asked.' }),
    url: z
      .string()
      .nullable()
      .openapi({ description: 'Set when another URL than the current source was asked.' }),
    method: z.enum(['HEAD', 'GET']),
    status: z.int().nullable().openapi({ description: 'Null when nobody answered.' }),
    verdict: z.enum(verdictKinds),
    rule: z.string().openapi({ description: 'The rule that spoke, such as `wechat.errno-6101`.' }),
    detail: z.string(),
    sha256: z.string().nullable(),
    bytes: z.int().nullable(),
    mime: z.string().nullable(),
    ms: z.number(),
  })
  .openapi('Observation')

/** An observation of the store. */
export function tellSeen(seen: Seen): z.input<typeof observation> {
  return {
    at: iso(seen.at),
    edge: seen.edge,
    url: seen.url,
    method: seen.method,
    status: seen.status,
    verdict: seen.verdict,
    rule: seen.rule,
    detail: seen.detail,
    sha256: seen.sha256,
    bytes: seen.bytes,
    mime: seen.mime,
    ms: seen.ms,
  }
}
