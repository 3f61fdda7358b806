// The scripts for pages: `<ever-avatar>`, and the service worker that heals pictures. Made once a process, packed once,
// and kept by browsers for an hour; a new release shows by its tag.
import { createHash } from 'node:crypto'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { z } from '@hono/zod-openapi'
import { elementSource, workerSource } from './element-source.ts'
import { operation } from './operation.ts'

/** A script in the forms that it is handed out in. */
interface Script {
  readonly etag: string
  readonly plain: Uint8Array<ArrayBuffer>
  readonly gzip: Uint8Array<ArrayBuffer>
  readonly br: Uint8Array<ArrayBuffer>
}

const anHour = 'public, max-age=3600, stale-while-revalidate=86400'

/** Makes what reads a script at the first request, and after a failure again. */
function createScript(source: () => Promise<string>): () => Promise<Script> {
  let made: Promise<Script> | null = null
  return () => {
    made ??= source().then(pack)
    made.catch(() => (made = null))
    return made
  }
}

function pack(source: string): Script {
  const plain = new TextEncoder().encode(source)
  const etag = createHash('sha256').update(plain).digest('base64url').slice(0, 22)
  return {
    etag,
    plain,
    gzip: new Uint8Array(gzipSync(plain, { level: 9 })),
    br: new Uint8Array(brotliCompressSync(plain)),
  }
}

const element = createScript(elementSource)
const worker = createScript(workerSource)

const answers = {
  200: { description: 'The script.', body: z.string(), type: 'text/javascript' },
  304: { description: 'The script that the browser has.' },
} as const

/** `GET /everface.js` */
export const readElement = operation({
  id: 'readElement',
  tag: 'pages',
  summary: 'The script of `<ever-avatar>`',
  description:
    'A module without dependencies, at most 4 KB on the wire; pages load it as a module script.',
  access: 'open',
  answers,
  async handle({ request }) {
    return show(request, await element())
  },
})

/** `GET /everface-sw.js` */
export const readElementWorker = operation({
  id: 'readElementWorker',
  tag: 'pages',
  summary: 'The service worker that heals third-party pictures',
  description: 'A classic script, for `importScripts` in a service worker of the app’s own origin.',
  access: 'open',
  answers,
  async handle({ request }) {
    return show(request, await worker(), {
      // Where an app hands this out as its own worker, the policy is the worker's: it fetches pictures from anywhere.
      'Content-Security-Policy': "default-src 'none'; connect-src https: http:",
      'Service-Worker-Allowed': '/',
    })
  },
})

function show(
  { headers }: Request,
  script: Script,
  more: Readonly<Record<string, string>> = {},
): Response {
  const form = formFor(headers.get('accept-encoding') ?? '')
  const etag = `"${script.etag}-${form}"`
  const bare = {
    'Cache-Control': anHour,
    ETag: etag,
    Vary: 'Accept-Encoding',
    'Access-Control-Allow-Origin': '*',
    'Cross-Origin-Resource-Policy': 'cross-origin',
    ...more,
  }
  const held = headers.get('if-none-match') ?? ''
  if (held.trim() === '*' || held.includes(script.etag)) {
    return new Response(null, { status: 304, headers: bare })
  }
  return new Response(script[form], {
    headers: {
      ...bare,
      'Content-Type': 'text/javascript; charset=utf-8',
      ...(form === 'plain' ? {} : { 'Content-Encoding': form }),
    },
  })
}

/** The smallest form that the asker takes; a name with `q=0` is one that it does not. */
function formFor(accepted: string): 'br' | 'gzip' | 'plain' {
  const takes = (name: string) =>
    new RegExp(`(?:^|,)\\s*${name}\\s*(?:;(?!\\s*q=0(?:\\.0*)?\\s*(?:,|$))|,|$)`, 'i').test(
      accepted,
    )
  return takes('br') ? 'br' : takes('gzip') ? 'gzip' : 'plain'
}
