// What can happen to an avatar, a person or a picture, by name.

/** What happened to an avatar or a picture; the names are those of webhooks. */
export const eventTypes = [
  'avatar.registered',
  'avatar.alive',
  'avatar.changed',
  'avatar.dying',
  'avatar.gone',
  'avatar.placeholder',
  'avatar.rescued',
  'avatar.refreshed',
  'avatar.uploaded',
  'avatar.ask',
  'avatar.forgotten',
  'person.login',
  'person.session-expired',
  'person.prompt-shown',
  'person.prompt-accepted',
  'person.prompt-declined',
  'person.profile-modified',
  'person.snapshot',
  'picture.suspected',
  'picture.marked',
] as const
export type EventType = (typeof eventTypes)[number]

/** Events that are told to the app's webhooks. */
export const toldEvents: ReadonlySet<EventType> = new Set([
  'avatar.changed',
  'avatar.dying',
  'avatar.gone',
  'avatar.rescued',
  'avatar.refreshed',
  'avatar.ask',
  'avatar.forgotten',
])
