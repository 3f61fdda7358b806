// Style and scripts, from our own origin, by names that carry a hash of what is in them: a browser asks for each once. The
// libraries are handed out as their packages ship them.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { base } from '../../look/base.ts'
import { tokens } from '../../look/tokens.ts'
import { script } from './script.ts'
import { style } from './style.ts'

/** What pages name. */
export const assetNames = [
  'everface.css',
  'everface.js',
  'htmx.js',
  'uplot.js',
  'uplot.css',
] as const
export type AssetName = (typeof assetNames)[number]

/** The files that pages are drawn with. */
export interface Assets {
  /** `/assets/0123abcd-everface.css` */
  pathOf(name: AssetName): string
  /** The answer to a request for one; null when there is none of this name. */
  answer(file: string, ifNoneMatch: string | undefined): Response | null
}

interface Asset {
  readonly file: string
  readonly type: string
  readonly bytes: Buffer<ArrayBuffer>
}

const shipped: Readonly<Partial<Record<AssetName, readonly string[]>>> = {
  // One file: htmx begins in a turn of its own, and an extension that came later would be heard of too late.
  'htmx.js': ['htmx.org/dist/htmx.min.js', 'htmx.org/dist/ext/hx-sse.min.js'],
  'uplot.js': ['uplot/dist/uPlot.iife.min.js'],
  'uplot.css': ['uplot/dist/uPlot.min.css'],
}
const own: Readonly<Partial<Record<AssetName, string>>> = {
  'everface.css': tokens + base + style,
  'everface.js': script,
}

/** Reads all files once. Throws when a package of ours is not installed. */
export function readAssets(): Assets {
  const byName = new Map(assetNames.map((name) => [name, read(name)]))
  const byFile = new Map([...byName.values()].map((asset) => [asset.file, asset]))
  return {
    pathOf: (name) => `/assets/${byName.get(name)?.file ?? name}`,
    answer(file, ifNoneMatch) {
      const asset = byFile.get(file)
      if (asset === undefined) return null
      const etag = `"${asset.file.split('-')[0]}"`
      const headers = {
        'Content-Type': `${asset.type}; charset=utf-8`,
        'Cache-Control': 'public, max-age=31536000, immutable',
        ETag: etag,
      }
      return ifNoneMatch === etag
        ? new Response(null, { status: 304, headers })
        : new Response(asset.bytes, { headers })
    },
  }
}

function read(name: AssetName): Asset {
  const text = own[name]
  const bytes = Buffer.from(text ?? readShipped(name))
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 12)
  const type = name.endsWith('.css') ? 'text/css' : 'text/javascript'
  return { file: `${hash}-${name}`, type, bytes }
}

/** Found as imports are: beside us in a clone, beside the app's own packages when we were installed. */
function readShipped(name: AssetName): string {
  const texts = (shipped[name] ?? []).map((one) =>
    readFileSync(fileURLToPath(import.meta.resolve(one)), 'utf8'),
  )
  return texts.map((text) => text.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n')).join('\n')
}
