// Fetches the pictures of the few rows that a report shows, and makes thumbnails small enough to stand in the page.
import { readUrl } from '../core/read-url.ts'
import type { Prober } from '../probe/prober.ts'
import type { SampleRow } from './report/sample.ts'

const thumbnailPixels = 96
const atOnce = 16

/**
 * Thumbnails as `data:` URIs by the row's key. Rows whose picture cannot be had or read are left out.
 * What a dead link shows (the grey picture) is shown too: it is what people see.
 */
export async function illustrate(
  rows: readonly SampleRow[],
  prober: Prober,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const { default: sharp } = await import('sharp')
  sharp.cache(false)
  const pictures = new Map<string, string>()
  const left = rows.values()
  const work = async (): Promise<void> => {
    for (const { key, result } of left) {
      if (signal.aborted) return
      const reading = readUrl(result.url)
      // A default face is never asked for in an audit; here it is shown, so its verdict by URL is put aside.
      const look = await prober.look(result.url, { ...reading, placeholder: null }, { get: true })
      if (look.picture === null) continue
      try {
        const small = await sharp(look.picture, { limitInputPixels: 40_000_000 })
          .rotate()
          .resize(thumbnailPixels, thumbnailPixels, { fit: 'cover' })
          .webp({ quality: 72 })
          .toBuffer()
        pictures.set(key, `data:image/webp;base64,${small.toString('base64')}`)
      } catch {
        // Bytes that no decoder reads: the page shows that no picture was fetched.
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return pictures
}
