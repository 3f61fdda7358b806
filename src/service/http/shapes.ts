// Shapes that several calls share: subjects, times, pages.
import { z } from '@hono/zod-openapi'
import { isSubject } from '../../core/avatar.ts'

/** A subject in a body or a path. */
export const subject = z
  .string()
  .max(128)
  .refine(
    isPathSubject,
    'A subject is 1 to 128 characters of A-Z a-z 0-9 . _ : @ - and not a dot or two',
  )
  .openapi({
    type: 'string',
    description: 'The app’s own id of a person.',
    pattern: '^[A-Za-z0-9._:@-]{1,128}$',
    example: '42',
  })

/** `/v1/avatars/{subject}`. */
export const subjectParams = z.object({ subject })

/** A time in answers. */
export const time = z.iso
  .datetime({ precision: 3 })
  .openapi({ description: 'ISO 8601, UTC, milliseconds.', example: '2026-11-22T08:00:00.000Z' })

/** A time that a client gives; read as milliseconds UTC. */
export const givenTime = z.iso
  .datetime({ offset: true })
  .max(40)
  .refine((text) => Number.isFinite(Date.parse(text)), 'There is no such time')
  .openapi({ example: '2026-11-22T08:00:00Z' })

/** Text that every store can keep: no NUL, no half of a character. */
export function text(max: number) {
  return z
    .string()
    .max(max)
    .refine(
      (value) => !value.includes('\0') && value.isWellFormed(),
      'The text has a broken character in it',
    )
}

/** Where a page goes on. */
export const cursor = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,512}$/)
  .openapi({ description: '`next` of the page before.', example: 'NDI' })

/** How long a page is. */
export function limit(most: number, usual: number) {
  return z
    .string()
    .regex(/^\d{1,5}$/, 'It is no whole number')
    .transform(Number)
    .pipe(z.int().min(1).max(most))
    .default(usual)
    .openapi({ type: 'integer', minimum: 1, maximum: most, default: usual, example: usual })
}

/** A page of anything, in answers. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.strictObject({
    items: z.array(item),
    next: cursor.nullable().openapi({ description: 'For `cursor`; null on the last page.' }),
  })
}

/** A time of the store as answers carry it. */
export function iso(ms: number): string {
  return new Date(Math.max(-longest, Math.min(longest, ms))).toISOString()
}

/** The same for a time that may be absent. */
export function isoOrNull(ms: number | null): string | null {
  return ms === null ? null : iso(ms)
}

/** The last millisecond of the year 9999: beyond it ISO 8601 needs a sign. */
const longest = 253_402_300_799_999

/** A store's cursor as it is handed out, and back. The store's own form is nobody's business. */
export function sealCursor(next: string | null): string | null {
  return next === null ? null : Buffer.from(next).toString('base64url')
}

/** See `sealCursor`. */
export function openCursor(sealed: string): string {
  return Buffer.from(sealed, 'base64url').toString()
}

/** A subject that a path can name: URLs with a segment of one or two dots are shortened before they are sent. */
export function isPathSubject(value: string): boolean {
  return isSubject(value) && value !== '.' && value !== '..'
}
