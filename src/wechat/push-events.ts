// What the platform tells in its messages, in values of ours: fields by name become an event. Pure.
import { hash } from 'node:crypto'
import { readId } from './answers.ts'
import { readObject } from './read-json.ts'
import { readXml } from './read-xml.ts'

/** Who and when; times in milliseconds UTC. */
export interface PushSubject {
  readonly appid: string
  /** Null where the platform leaves it out, as some saw. */
  readonly openid: string | null
  readonly unionid: string | null
  /** Null where it is not told. What happened before the person's present consent says nothing about it. */
  readonly at: number | null
}

/** Something that happened. */
export type PushEvent =
  /** Consent was withdrawn. What it covers must be deleted. */
  | (PushSubject & {
      readonly kind: 'authorization-revoked'
      /** As the platform wrote it; null where it is not told, and then everything is covered. */
      readonly revokeInfo: string | null
      readonly coversName: boolean
      readonly coversPicture: boolean
    })
  /** The person closed the WeChat account. What is kept of it must be deleted. */
  | (PushSubject & { readonly kind: 'account-cancelled' })
  /** The platform cleaned a name or a picture; it tells no new ones. Not said when people change theirs. */
  | (PushSubject & { readonly kind: 'profile-modified' })
  /** Anything else that is pushed to the same address. */
  | (PushSubject & {
      readonly kind: 'other'
      readonly msgType: string
      readonly event: string | null
    })

/** Fields of a message by name. */
export type PushFields = ReadonlyMap<string, string>

/** The fields of a message in XML or JSON; null when it is neither. Fields that hold other fields are passed over. */
export function readFields(body: string): PushFields | null {
  if (/^[\ufeff\s]*</.test(body)) return readXml(body)
  const object = readObject(body)
  if (object === null) return null
  return new Map(
    [...object].flatMap(([name, value]) => {
      const isPlain = ['string', 'number', 'boolean'].includes(typeof value)
      return isPlain ? [[name, String(value)] as const] : []
    }),
  )
}

/** The event that a message of this app tells; null for one about another app, or that says nothing. */
export function readEvent(fields: PushFields, appid: string): PushEvent | null {
  const msgType = fields.get('MsgType')
  if (msgType === undefined || (fields.get('AppID') ?? appid) !== appid) return null
  const subject = {
    appid,
    openid: readId(fields.get('OpenID')),
    unionid: readId(fields.get('UnionID')),
    at: readTime(fields.get('CreateTime')),
  }
  const event = fields.get('Event') ?? null
  switch (msgType === 'event' ? event : null) {
    case 'user_authorization_revoke': {
      const revokeInfo = fields.get('RevokeInfo')?.trim() || null
      return { kind: 'authorization-revoked', ...subject, revokeInfo, ...readRevoked(revokeInfo) }
    }
    case 'user_authorization_cancellation':
      return { kind: 'account-cancelled', ...subject }
    case 'user_info_modified':
      return { kind: 'profile-modified', ...subject }
    default:
      return { kind: 'other', ...subject, msgType, event }
  }
}

/** The same for every sending of one message, whatever seals and signs it; different for any two messages. */
export function keyOf(fields: PushFields, appid: string): string {
  return hash('sha256', JSON.stringify([appid, ...keyFields.map((name) => fields.get(name) ?? '')]))
}

/** By the platform's word messages are told apart by `MsgId`, and events, which have none, by sender and time. */
const keyFields = [
  'MsgId',
  'FromUserName',
  'CreateTime',
  'MsgType',
  'Event',
  'OpenID',
  'UnionID',
  'RevokeInfo',
]

/**
 * What a consent was for, in the numbers of all kinds of apps, which do not overlap: 205 (official accounts) and 6 (mini
 * programs) are name and picture, 301 (websites) is everything, 19 the name and 20 the picture that somebody entered in a
 * mini program. Other numbers are for other things: an address, a microphone.
 */
const consents: ReadonlyMap<number, { readonly name: boolean; readonly picture: boolean }> =
  new Map([
    [6, { name: true, picture: true }],
    [19, { name: true, picture: false }],
    [20, { name: false, picture: true }],
    [205, { name: true, picture: true }],
    [301, { name: true, picture: true }],
  ])

/** Where no number can be read, whatever was given is taken back: too much is deleted rather than too little. */
function readRevoked(info: string | null): { coversName: boolean; coversPicture: boolean } {
  const numbers = info?.match(/\d{1,9}/g) ?? []
  if (numbers.length === 0) return { coversName: true, coversPicture: true }
  const covered = numbers.map((digits) => consents.get(Number(digits)))
  return {
    coversName: covered.some((each) => each?.name),
    coversPicture: covered.some((each) => each?.picture),
  }
}

/** Whole seconds as the platform writes them. */
function readTime(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) * 1000 : null
}
