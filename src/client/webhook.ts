// Webhooks as they come in, by the Standard Webhooks specification: whether one is the service's, and what it says. For
// any runtime: Node's header objects and `Headers` are both taken.
import { isObject } from './answer.ts'
import { type Bytes, fromBase64, isSigned } from './hmac.ts'

/** What happened to an avatar. */
export interface WebhookEvent {
  /** The same on every try: remember it for a few days, for every event comes at least once. */
  readonly id: string
  /** `avatar.changed`, `avatar.gone` and others: docs/webhooks.md. New ones may come. */
  readonly type: string
  /** When it happened, milliseconds UTC. */
  readonly at: number
  readonly subject: string
  readonly data: Readonly<Record<string, unknown>>
}

/** What became of a webhook: an event to be believed, or why it is not one. */
export type WebhookReading =
  | { readonly kind: 'genuine'; readonly event: WebhookEvent }
  | {
      readonly kind: 'refused'
      /** `stale` is a right form at a wrong time; `unreadable` was signed, but says nothing that is known. */
      readonly reason: 'headers-missing' | 'stale' | 'forged' | 'unreadable'
    }

/** Header fields as `Headers`, or as Node has them. */
export type HeaderFields =
  | Headers
  | Readonly<Record<string, string | readonly string[] | undefined>>

/** How to verify. */
export interface WebhookOptions {
  /** How far the sender's clock may be off, in either direction. Default 300 000. */
  readonly toleranceMs?: number
  readonly now?: () => number
}

const usualToleranceMs = 300_000
/** The service signs once for each secret in force; more is somebody's attempt to make us compute. */
const mostSignatures = 10

/**
 * Verifies and reads a webhook. Throws a TypeError for a secret that is none: that is for whoever runs the app to mend.
 * @param body the raw body, before a parser has touched it
 * @param secrets `whsec_…`, from `everface key webhook-secret`; several while it is being changed
 */
export async function verifyWebhook(
  headers: HeaderFields,
  body: string | Uint8Array | ArrayBuffer,
  secrets: string | readonly string[],
  { toleranceMs = usualToleranceMs, now = Date.now }: WebhookOptions = {},
): Promise<WebhookReading> {
  const keys = (typeof secrets === 'string' ? [secrets] : secrets).map(keyOf)
  const [id, timestamp, signature] = ['id', 'timestamp', 'signature'].map((name) =>
    field(headers, `webhook-${name}`),
  )
  if (!id || !timestamp || !signature) return { kind: 'refused', reason: 'headers-missing' }
  if (!/^\d{1,12}$/.test(timestamp)) return { kind: 'refused', reason: 'stale' }
  if (Math.abs(now() - Number(timestamp) * 1_000) > toleranceMs) {
    return { kind: 'refused', reason: 'stale' }
  }
  const bytes = bytesOf(body)
  const signed = concat(new TextEncoder().encode(`${id}.${timestamp}.`), bytes)
  if (!(await isAnySigned(keys, signature, signed))) return { kind: 'refused', reason: 'forged' }
  const event = readEvent(id, bytes)
  return event === null ? { kind: 'refused', reason: 'unreadable' } : { kind: 'genuine', event }
}

async function isAnySigned(
  keys: readonly Bytes[],
  signature: string,
  signed: Bytes,
): Promise<boolean> {
  let good = false
  for (const one of signature.split(' ').slice(0, mostSignatures)) {
    const given = one.startsWith('v1,') ? fromBase64(one.slice(3)) : null
    if (given === null) continue
    for (const key of keys) good = (await isSigned(key, given, signed)) || good
  }
  return good
}

function readEvent(id: string, bytes: Bytes): WebhookEvent | null {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return null
  }
  if (!isObject(value)) return null
  const { type, timestamp, data } = value
  const at = typeof timestamp === 'string' ? Date.parse(timestamp) : Number.NaN
  if (typeof type !== 'string' || !isObject(data) || !Number.isFinite(at)) return null
  const { subject } = data
  return typeof subject === 'string' ? { id, type, at, subject, data } : null
}

function keyOf(secret: string): Bytes {
  const key = secret.startsWith('whsec_') ? fromBase64(secret.slice('whsec_'.length)) : null
  if (key === null || key.length === 0) {
    throw new TypeError('A webhook secret is whsec_ and Base64: see `everface key webhook-secret`.')
  }
  return key
}

function field(headers: HeaderFields, name: string): string | null {
  if (headers instanceof Headers) return headers.get(name)
  const value = headers[name]
  // Twice the same field is not one of ours.
  return typeof value === 'string' ? value : null
}

function bytesOf(body: string | Uint8Array | ArrayBuffer): Bytes {
  if (typeof body === 'string') return new TextEncoder().encode(body)
  return body instanceof ArrayBuffer ? new Uint8Array(body) : new Uint8Array(body)
}

function concat(first: Bytes, second: Bytes): Bytes {
  const both = new Uint8Array(first.length + second.length)
  both.set(first)
  both.set(second, first.length)
  return both
}
