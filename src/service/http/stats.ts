// Figures of the whole, for dashboards of one's own; Prometheus has its own in metrics.ts.
import { z } from '@hono/zod-openapi'
import { type Standing, standings } from '../../core/avatar.ts'
import { price } from '../../core/clock.ts'
import { answer, operation } from './operation.ts'
import { iso, isoOrNull, time } from './shapes.ts'

const counts = z.strictObject(
  Object.fromEntries(standings.map((one) => [one, z.int()])) as Record<Standing, z.ZodInt>,
)

const figures = z
  .strictObject({
    at: time,
    avatars: z.int(),
    standings: counts,
    copies: z.int().openapi({ description: 'Avatars that show a picture from our store.' }),
    pictures: z.int(),
    pictureBytes: z.int(),
    overdue: z.int().openapi({ description: 'Looks out of turn that are overdue.' }),
    oldestOverdueAt: time.nullable(),
    deliveries: z.strictObject({ pending: z.int(), failed: z.int() }),
    suspects: z.int().openapi({ description: 'Suspected placeholders that nobody has judged.' }),
    providers: z.array(
      z.strictObject({ provider: z.string(), avatars: z.int(), standings: counts }),
    ),
    clocks: z
      .array(
        z.strictObject({
          provider: z.string(),
          pace: z.number().openapi({ description: 'Looks a second that the provider bears.' }),
          price: z.number().openapi({ description: 'What a look must save to be worth it.' }),
          swept: z.int().openapi({ description: 'Avatars that are looked at in turn.' }),
          slowedAt: time.nullable(),
        }),
      )
      .openapi({ description: 'How each provider is asked.' }),
  })
  .openapi('Stats')

/** `GET /v1/stats` */
export const readStats = operation({
  id: 'readStats',
  tag: 'figures',
  summary: 'Read figures of the whole',
  description: 'Counted at most every ten seconds.',
  access: 'read',
  answers: { 200: { description: 'The figures.', body: figures } },
  async handle(_, { gauges, clocks, now }) {
    const [stats, all] = await Promise.all([gauges.stats(), clocks.all()])
    return answer(200, {
      at: iso(now()),
      avatars: stats.avatars,
      standings: complete(stats.standings),
      copies: stats.copies,
      pictures: stats.pictures,
      pictureBytes: stats.pictureBytes,
      overdue: stats.overdue,
      oldestOverdueAt: isoOrNull(stats.oldestOverdueAt),
      deliveries: { pending: stats.deliveries.pending, failed: stats.deliveries.failed },
      suspects: stats.suspects,
      providers: stats.providers.map(({ provider, avatars, standings: some }) => ({
        provider,
        avatars,
        standings: complete(some),
      })),
      clocks: all.map((clock) => ({
        provider: clock.provider,
        pace: clock.pace,
        price: price(clock),
        swept: clock.live,
        slowedAt: clock.slowedAt === 0 ? null : iso(clock.slowedAt),
      })),
    })
  },
})

function complete(some: Readonly<Partial<Record<Standing, number>>>): Record<Standing, number> {
  return Object.fromEntries(standings.map((one) => [one, some[one] ?? 0])) as Record<
    Standing,
    number
  >
}
