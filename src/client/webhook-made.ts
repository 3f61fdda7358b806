// For tests: a webhook as the service would send it.
import { createHmac } from 'node:crypto'

/** The secret under which these are signed. */
export const webhookSecret = `whsec_${Buffer.alloc(32, 5).toString('base64')}`

/** A webhook about `42`, signed. */
export function webhook(type: string, secret = webhookSecret): RequestInit {
  const body = JSON.stringify({
    type,
    timestamp: new Date().toISOString(),
    data: { subject: '42' },
  })
  const at = String(Math.floor(Date.now() / 1_000))
  const key = Buffer.from(secret.slice(6), 'base64')
  const signature = createHmac('sha256', key).update(`evt_1.${at}.${body}`).digest('base64')
  return {
    method: 'POST',
    body,
    headers: {
      'Content-Type': 'application/json',
      'webhook-id': 'evt_1',
      'webhook-timestamp': at,
      'webhook-signature': `v1,${signature}`,
    },
  }
}
