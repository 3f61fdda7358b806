// Runs the comment list: node examples/h5/server.ts
import { serve } from '@hono/node-server'
import { createEverface } from '../../src/client/client.ts'
import { type Comment, createApp } from './app.ts'

const { EVERFACE_URL, EVERFACE_KEY, EVERFACE_SECRET, WEBHOOK_SECRET } = process.env
if (!EVERFACE_URL || !EVERFACE_KEY || !EVERFACE_SECRET) {
  console.error('Set EVERFACE_URL, EVERFACE_KEY and EVERFACE_SECRET: see examples/h5/README.md.')
  process.exit(2)
}
const everface = createEverface({ url: EVERFACE_URL, key: EVERFACE_KEY, secret: EVERFACE_SECRET })

// Your users table: who they are, and the picture that WeChat named when they signed in.
const people = [
  { subject: '42', name: '王小明', url: process.env['PICTURE_1'] },
  { subject: '43', name: '李雷', url: process.env['PICTURE_2'] },
  { subject: '44', name: 'Han Meimei', url: process.env['PICTURE_3'] },
]
const known = people.flatMap(({ url, ...one }) => (url ? [{ ...one, url, imported: true }] : []))
for await (const result of everface.registerMany(known)) console.log(result)

const comments: Comment[] = people.map(({ subject, name }) => ({ subject, name, text: '沙发！' }))
const base = EVERFACE_URL.replace(/\/+$/, '')
const app = createApp({ everface, base, webhookSecret: WEBHOOK_SECRET ?? '', comments })
serve({ fetch: app.fetch, port: 3000, hostname: '127.0.0.1' }, ({ port }) =>
  console.log(`http://127.0.0.1:${port}/?as=42`),
)
