// An avatar as the interface tells of it. What is inside (virtual days, log-odds, revisions) becomes what a developer can
// use: times, probabilities, URLs.
import { z } from '@hono/zod-openapi'
import { type Avatar, standings } from '../../core/avatar.ts'
import { changeProbability, changeRate } from '../../core/belief.ts'
import { type Clock, dueAt } from '../../core/clock.ts'
import { type VariantSize, variantSizes } from '../../pictures/pictures.ts'
import type { StoredPicture } from '../../store/store.ts'
import type { Service } from './operation.ts'
import { pictureUrl, pictureUrlEnd } from '../picture-url.ts'
import { iso, isoOrNull, subject, time } from './shapes.ts'

const dayMs = 86_400_000
/** Signed URLs live for a week at least. */
const signedMs = 7 * dayMs

const sizes = Object.fromEntries(variantSizes.map((size) => [String(size), z.string()])) as Record<
  `${VariantSize}`,
  z.ZodString
>

const members = {
  subject,
  name: z.string().nullable().openapi({ description: 'For the initials face.' }),
  standing: z.enum(standings).openapi({ description: 'What we hold true of the picture.' }),
  standingSince: time,
  provider: z.string().openapi({ description: 'Who runs the source; `upload` without one.' }),
  source: z
    .strictObject({
      url: z.string(),
      expiresAt: time.nullable().openapi({ description: 'Death date written into the URL.' }),
      confirmedAt: time.openapi({ description: 'When it was last known to be current.' }),
    })
    .nullable()
    .openapi({ description: 'The current source; null for an upload that never had one.' }),
  belief: z.strictObject({
    changeRatePerDay: z.number().openapi({ description: 'Expected changes of the picture a day.' }),
    changed: z.number().min(0).max(1).openapi({
      description: 'How likely the person has changed the picture since `confirmedAt`.',
    }),
    suspect: z.number().openapi({
      description: 'Evidence, not yet enough, that the source is gone: log-odds; 0 without any.',
    }),
  }),
  copy: z
    .strictObject({
      sha256: z.string(),
      takenAt: time,
      width: z.int().optional(),
      height: z.int().optional(),
    })
    .nullable()
    .openapi({ description: 'The picture that we keep and show.' }),
  nextCheckAt: time.nullable().openapi({
    description: 'When it is looked at next, at the present pace; null when it is not looked at.',
  }),
  urls: z.strictObject(sizes).openapi({
    description: 'Stable URLs of the picture, by size in pixels. Put these into your pages.',
  }),
  createdAt: time,
}

/** An avatar in a list. */
export const avatarItem = z.strictObject(members).openapi('AvatarItem')

/** An avatar by itself. */
export const avatarAnswer = z
  .strictObject({
    ...members,
    sources: z
      .array(z.strictObject({ url: z.string(), from: time, until: time.nullable() }))
      .openapi({ description: 'The current source, then past ones, the newest first.' }),
  })
  .openapi('Avatar')

/** An avatar as it stands in a list. */
export async function tellItem(
  avatar: Avatar,
  base: string,
  service: Service,
): Promise<z.input<typeof avatarItem>> {
  return shape(avatar, await service.clocks.of(avatar.provider), null, base, service)
}

/** An avatar with all that is known of it. */
export async function tellAvatar(
  avatar: Avatar,
  base: string,
  service: Service,
): Promise<z.input<typeof avatarAnswer>> {
  const { store, clocks } = service
  const [sources, picture, clock] = await Promise.all([
    store.sources(avatar.subject),
    avatar.copy === null ? null : store.picture(avatar.copy.sha256),
    clocks.of(avatar.provider),
  ])
  return {
    ...shape(avatar, clock, picture, base, service),
    sources: sources.map(({ url, from, until }) => ({
      url,
      from: iso(from),
      until: isoOrNull(until),
    })),
  }
}

function shape(
  avatar: Avatar,
  clock: Clock,
  picture: StoredPicture | null,
  base: string,
  service: Service,
): z.input<typeof avatarItem> {
  const now = service.now()
  const { belief, copy, url } = avatar
  return {
    subject: avatar.subject,
    name: avatar.name,
    standing: avatar.standing,
    standingSince: iso(avatar.standingAt),
    provider: avatar.provider,
    source:
      url === null
        ? null
        : { url, expiresAt: isoOrNull(avatar.expiresAt), confirmedAt: iso(belief.confirmedAt) },
    belief: {
      changeRatePerDay: changeRate(belief),
      changed: changeProbability(belief, now),
      suspect: belief.suspect,
    },
    copy:
      copy === null
        ? null
        : {
            sha256: copy.sha256,
            takenAt: iso(copy.takenAt),
            ...(picture === null ? {} : { width: picture.width, height: picture.height }),
          },
    nextCheckAt: isoOrNull(nextCheckAt(avatar, clock, now)),
    urls: pictureUrls(avatar.subject, base, service),
    createdAt: iso(avatar.createdAt),
  }
}

function nextCheckAt(avatar: Avatar, clock: Clock, now: number): number | null {
  if (avatar.url === null) return null
  const due = [
    ...(avatar.urgentAt === null ? [] : [avatar.urgentAt]),
    ...(avatar.swept ? [dueAt(clock, avatar.nextCheckAt, now)] : []),
  ]
  return due.length === 0 ? null : Math.max(now, Math.min(...due))
}

/** The picture's URLs by size, signed where that is demanded. */
export function pictureUrls(
  subject: string,
  base: string,
  { settings, secrets, now }: Pick<Service, 'settings' | 'secrets' | 'now'>,
): Record<`${VariantSize}`, string> {
  const secret = settings.signing === 'required' ? secrets.secret : null
  const expiresAt = pictureUrlEnd(now(), signedMs)
  return Object.fromEntries(
    variantSizes.map((size) => [
      String(size),
      pictureUrl({ base, subject, size, secret, expiresAt }),
    ]),
  ) as Record<`${VariantSize}`, string>
}
