// Blobs in a folder: a key is a path. Bytes are written aside, flushed and renamed into place, so that a key has all of
// its bytes or none, whatever fails. What is left of broken writes is cleared away.
import { randomUUID } from 'node:crypto'
import type { Dirent } from 'node:fs'
import { mkdir, open, readFile, readdir, rename, stat, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { EverfaceError } from '../errors.ts'
import { type BlobEntry, type Blobs, asKey, isKey } from './blobs.ts'

/** Unfinished bytes lie here. No key can name it. */
const asideName = '~unfinished'
/** A write that has not ended after so long never will. */
const abandonedMs = 60 * 60_000
/** Files of one folder whose dates are read at once. */
const statsAtOnce = 16

/**
 * @param folder made when it is not there
 * @param options `now` tells how old unfinished bytes are: milliseconds since 1970, UTC
 */
export function createFolderBlobs(folder: string, options: { now?: () => number } = {}): Blobs {
  const { now = Date.now } = options
  const root = resolve(folder)
  const aside = join(root, asideName)
  let clearedAt = -Infinity

  const pathOf = (key: string): string => join(root, ...asKey(key).split('/'))

  /** What the system refuses is told as an operator can mend it; bugs pass as they are. */
  async function told<T>(doing: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw codeOf(error) === null ? error : failed(folder, doing, error)
    }
  }

  async function write(path: string, bytes: Uint8Array, lasting: boolean): Promise<void> {
    const unfinished = join(aside, randomUUID())
    try {
      // Most folders are there: they are made only when something does not find them.
      const file = await open(unfinished, 'wx').catch(async (error: unknown) => {
        if (codeOf(error) !== 'ENOENT') throw error
        await makeFolder(aside)
        return open(unfinished, 'wx')
      })
      try {
        await file.writeFile(bytes)
        if (lasting) await file.sync()
      } finally {
        await file.close()
      }
      await rename(unfinished, path).catch(async (error: unknown) => {
        if (codeOf(error) !== 'ENOENT') throw error
        await makeFolder(dirname(path))
        await rename(unfinished, path)
      })
    } catch (error) {
      await unlink(unfinished).catch(() => undefined)
      throw error
    }
    if (lasting) await flushFolder(dirname(path))
  }

  /** Once an hour at the most: writes of this and other processes that a crash has cut off. */
  async function clearAside(): Promise<void> {
    if (now() - clearedAt < abandonedMs) return
    clearedAt = now()
    for (const { name } of await entriesOf(aside)) {
      const path = join(aside, name)
      const modifiedAt = await modifiedAtOf(path)
      if (modifiedAt !== null && now() - modifiedAt > abandonedMs) await removeFile(path)
    }
  }

  async function* walk(under: string, prefix: string, after: string): AsyncGenerator<BlobEntry> {
    const entries = (await told('list', () => entriesOf(join(root, under))))
      .filter((entry) => entry.isFile() || entry.isDirectory())
      .map((entry) => ({ key: under + entry.name, isFolder: entry.isDirectory() }))
      .filter(({ key }) => isKey(key))
      // A folder stands where its keys stand: behind `a-b` and `a.b`, for `/` comes after `-` and `.`.
      .map(({ key, isFolder }) => (isFolder ? `${key}/` : key))
      .filter((key) => {
        if (!key.startsWith(prefix) && !(key.endsWith('/') && prefix.startsWith(key))) return false
        return key > after || (key.endsWith('/') && after.startsWith(key))
      })
      .sort()
    let files: string[] = []
    for (const key of entries) {
      if (!key.endsWith('/')) {
        files.push(key)
        if (files.length < statsAtOnce) continue
      }
      yield* await told('list', () => datesOf(root, files))
      files = []
      if (key.endsWith('/')) yield* walk(key, prefix, after)
    }
    yield* await told('list', () => datesOf(root, files))
  }

  return {
    name: `folder ${folder}`,
    async put(key, bytes, { lasting = true } = {}) {
      const path = pathOf(key)
      await told('write', async () => {
        await write(path, bytes, lasting)
        await clearAside()
      })
    },
    async get(key) {
      const path = pathOf(key)
      return told('read', () => readFile(path).catch(nullWhenMissing))
    },
    async has(key) {
      const path = pathOf(key)
      return told('read', async () => (await stat(path).catch(nullWhenMissing))?.isFile() === true)
    },
    async delete(key) {
      const path = pathOf(key)
      await told('remove', async () => {
        // Flushed too: what somebody wanted forgotten must not come back after a power cut.
        if (await removeFile(path)) await flushFolder(dirname(path))
      })
    },
    list(prefix, after = '') {
      const folderEnd = prefix.lastIndexOf('/') + 1
      const under = prefix.slice(0, folderEnd)
      if (under !== '') asKey(under.slice(0, -1))
      return walk(under, prefix, after)
    },
    ping() {
      return told('write', async () => {
        const probe = join(aside, randomUUID())
        await makeFolder(aside)
        const file = await open(probe, 'wx')
        try {
          await file.writeFile('.')
        } finally {
          await file.close()
          await unlink(probe)
        }
      })
    },
  }
}

/** Makes a folder and those above it; each that is new is written down in the one above. */
async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true })
  if (first === undefined) return
  for (let made = path; ; made = dirname(made)) {
    await flushFolder(dirname(made))
    if (made === first || made === dirname(made)) return
  }
}

/** A rename is safe when the folder is. Windows has no such thing to flush, and needs none. */
async function flushFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Whether there was something to remove. */
async function removeFile(path: string): Promise<boolean> {
  return (await unlink(path).then(() => true, nullWhenMissing)) === true
}

async function entriesOf(path: string): Promise<readonly Dirent[]> {
  return (await readdir(path, { withFileTypes: true }).catch(nullWhenMissing)) ?? []
}

async function modifiedAtOf(path: string): Promise<number | null> {
  const seen = await stat(path).catch(nullWhenMissing)
  return seen === null ? null : Math.floor(seen.mtimeMs)
}

/** What has been removed since the folder was read is left out. */
async function datesOf(root: string, keys: readonly string[]): Promise<BlobEntry[]> {
  const dated = await Promise.all(
    keys.map(async (key) => ({ key, modifiedAt: await modifiedAtOf(join(root, key)) })),
  )
  return dated.filter((entry): entry is BlobEntry => entry.modifiedAt !== null)
}

function nullWhenMissing(error: unknown): null {
  const code = codeOf(error)
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return null
  throw error
}

function codeOf(error: unknown): string | null {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : null
}

const hints: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full: make room.',
  EDQUOT: 'The quota of the disk is used up: make room.',
  EACCES: 'Give the user that runs Everface the right to read and write there.',
  EPERM: 'Give the user that runs Everface the right to read and write there.',
  EROFS: 'The disk is mounted for reading only: mount it for writing.',
  ENOTDIR: 'There is a file where a folder is expected: name another folder.',
  EMFILE: 'Too many files are open: raise the limit (ulimit -n).',
}

function failed(folder: string, doing: string, cause: unknown): EverfaceError {
  const code = codeOf(cause) ?? 'EIO'
  const hint = hints[code]
  return new EverfaceError(
    'blobs-unreachable',
    `Cannot ${doing} pictures in the folder ${folder}: ${code}.`,
    { cause, ...(hint === undefined ? {} : { hint }) },
  )
}
