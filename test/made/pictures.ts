// Pictures over a folder of the test, photos to put into them, and blobs that tell what is asked of them.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import sharp from 'sharp'
import type { Blobs } from '../../src/pictures/blobs.ts'
import { createFolderBlobs } from '../../src/pictures/blobs-folder.ts'
import { type PicturesOptions, createPictures } from '../../src/pictures/create.ts'
import { type NoVariant, type Pictures, type Variant } from '../../src/pictures/pictures.ts'

const room = mkdtempSync(join(tmpdir(), 'everface-pictures-'))
after(() => rmSync(room, { recursive: true, force: true }))

/** The hash of no picture. */
export const never = 'f'.repeat(64)

/** An empty folder. */
export function freshBlobs(): Blobs {
  return createFolderBlobs(mkdtempSync(join(room, 'x-')))
}

/** Pictures over blobs, small and quick. */
export function picturesOn(blobs: Blobs, changes: Partial<PicturesOptions> = {}): Pictures {
  return createPictures({ blobs, cacheBytes: 2 ** 20, atOnce: 2, queue: 100, ...changes })
}

/** A JPEG with so much in it that it does not encode to nothing. */
export async function photo(width = 200, height = 150, tint = '#884422'): Promise<Buffer> {
  return sharp({
    create: {
      width,
      height,
      channels: 3,
      background: tint,
      noise: { type: 'gaussian', mean: 120, sigma: 30 },
    },
  })
    .jpeg()
    .toBuffer()
}

/** Takes bytes in and keeps them; their name. */
export async function kept(pictures: Pictures, bytes: Uint8Array): Promise<string> {
  const taken = await pictures.take(bytes)
  assert.ok(taken.kind === 'taken')
  await pictures.keep(taken)
  return taken.facts.sha256
}

/** The variant that must have come. */
export function shown(result: Variant | NoVariant): Variant {
  assert.ok(result.kind === 'variant', result.kind)
  return result
}

/** Blobs whose calls are counted, and which can be made to wait at a call. */
export function watched(blobs: Blobs) {
  const calls: string[] = []
  const stops = new Map<string, Promise<void>>()
  const meet = async (call: string): Promise<void> => {
    calls.push(call)
    await stops.get(call)
  }
  return {
    calls,
    /** The next such call waits until the returned function is called. */
    stop: (call: string): (() => void) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      stops.set(call, promise)
      return () => {
        stops.delete(call)
        resolve()
      }
    },
    blobs: {
      ...blobs,
      async get(key) {
        await meet(`get ${key}`)
        return blobs.get(key)
      },
      async has(key) {
        await meet(`has ${key}`)
        return blobs.has(key)
      },
      async put(key, bytes, options) {
        await meet(`put ${key}`)
        await blobs.put(key, bytes, options)
      },
      async delete(key) {
        await meet(`delete ${key}`)
        await blobs.delete(key)
      },
    } satisfies Blobs,
  }
}

/** Waits, a turn of the loop at a time. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}

/** All keys there are. */
export async function keysOf(blobs: Blobs): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of blobs.list('')) keys.push(key)
  return keys
}
