// Signs webhooks as the Standard Webhooks specification says. Who sets no secret gets one that follows from EVERFACE_SECRET:
// the same on every machine, and nothing more to keep.
import { hkdfSync } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import type { Secrets } from './settings.ts'

/** The header fields of one try: id, time, and a signature by each secret. */
export type Sign = (id: string, at: number, body: string) => Readonly<Record<string, string>>

/** The secrets that webhooks are signed with, `whsec_…`; the first is the one to hand out. */
export function webhookSecretsOf(
  secrets: Pick<Secrets, 'secret' | 'oldSecrets' | 'webhookSecret'>,
): readonly string[] {
  if (secrets.webhookSecret !== null) return secrets.webhookSecret.split(' ')
  return [secrets.secret, ...secrets.oldSecrets].map((secret) => {
    const key = hkdfSync('sha256', secret, '', 'everface webhooks', 32)
    return `whsec_${Buffer.from(key).toString('base64')}`
  })
}

/** Several secrets make several signatures: a receiver that knows one of them is content. */
export function createSign(
  secrets: Pick<Secrets, 'secret' | 'oldSecrets' | 'webhookSecret'>,
): Sign {
  const signers = webhookSecretsOf(secrets).map((secret) => new Webhook(secret))
  return (id, at, body) => ({
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at / 1_000)),
    'webhook-signature': signers.map((one) => one.sign(id, new Date(at), body)).join(' '),
  })
}
