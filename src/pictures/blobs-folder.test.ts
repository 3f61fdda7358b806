import assert from 'node:assert/strict'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { EverfaceError } from '../errors.ts'
import type { Blobs } from './blobs.ts'
import { createFolderBlobs } from './blobs-folder.ts'
import { blobsContract } from './contract.ts'

const room = mkdtempSync(join(tmpdir(), 'everface-blobs-'))
after(() => rmSync(room, { recursive: true, force: true }))

function freshFolder(): string {
  return mkdtempSync(join(room, 'x-'))
}

async function keysOf(blobs: Blobs): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of blobs.list('')) keys.push(key)
  return keys
}

function isUnreachable(error: unknown): boolean {
  return error instanceof EverfaceError && error.code === 'blobs-unreachable'
}

blobsContract('a folder', async () => createFolderBlobs(freshFolder()))

describe('createFolderBlobs', () => {
  it('makes its folder when bytes come, not before', async () => {
    const folder = join(freshFolder(), 'not', 'yet')
    const blobs = createFolderBlobs(folder)
    assert.deepEqual(await keysOf(blobs), [])
    assert.equal(await blobs.get('a'), null)
    await blobs.put('a/b', Buffer.from('1'))
    assert.equal(readFileSync(join(folder, 'a', 'b'), 'utf8'), '1')
  })

  it('keeps what others have put into the folder, and does not list it', async () => {
    const folder = freshFolder()
    writeFileSync(join(folder, 'README.TXT'), 'mine')
    writeFileSync(join(folder, '.hidden'), 'mine')
    mkdirSync(join(folder, 'lost+found'))
    const blobs = createFolderBlobs(folder)
    await blobs.put('a', Buffer.from('1'))
    assert.deepEqual(await keysOf(blobs), ['a'])
    assert.equal(readFileSync(join(folder, '.hidden'), 'utf8'), 'mine')
  })

  it('lists nothing that a write has left unfinished, and clears it when it is old', async () => {
    const folder = freshFolder()
    const aside = join(folder, '~unfinished')
    mkdirSync(aside)
    const now = Date.now()
    for (const [name, minutes] of [
      ['old', 61],
      ['young', 5],
    ] as const) {
      writeFileSync(join(aside, name), 'half')
      utimesSync(join(aside, name), now / 1000, now / 1000 - minutes * 60)
    }
    const blobs = createFolderBlobs(folder, { now: () => now })
    assert.deepEqual(await keysOf(blobs), [])
    await blobs.put('a', Buffer.from('1'))
    assert.deepEqual(readdirSync(aside), ['young'])
  })

  it('clears again after an hour', async () => {
    const folder = freshFolder()
    let now = Date.now()
    const blobs = createFolderBlobs(folder, { now: () => now })
    await blobs.put('a', Buffer.from('1'))
    const left = join(folder, '~unfinished', 'left')
    writeFileSync(left, 'half')
    now += 30 * 60_000
    await blobs.put('a', Buffer.from('1'))
    assert.deepEqual(readdirSync(join(folder, '~unfinished')), ['left'])
    now += 60 * 60_000
    await blobs.put('a', Buffer.from('1'))
    assert.deepEqual(readdirSync(join(folder, '~unfinished')), [])
  })

  it('leaves nothing behind when a write fails', async () => {
    const folder = freshFolder()
    const blobs = createFolderBlobs(folder)
    await blobs.put('a/b', Buffer.from('1'))
    // A folder stands where the file should go.
    await assert.rejects(blobs.put('a', Buffer.from('2')), isUnreachable)
    assert.deepEqual(readdirSync(join(folder, '~unfinished')), [])
    assert.deepEqual(await keysOf(blobs), ['a/b'])
  })

  it('says blobs-unreachable, and why, when the folder is a file', async () => {
    const path = join(freshFolder(), 'file')
    writeFileSync(path, '')
    const blobs = createFolderBlobs(path)
    await assert.rejects(blobs.put('a', Buffer.from('1')), isUnreachable)
    await assert.rejects(
      blobs.ping(),
      (error) => isUnreachable(error) && /file/.test(String(error)),
    )
  })

  it(
    'says blobs-unreachable when rights are missing',
    { skip: process.getuid?.() === 0 && 'root has all rights' },
    async () => {
      const folder = freshFolder()
      chmodSync(folder, 0o500)
      await assert.rejects(createFolderBlobs(folder).ping(), (error) => {
        return error instanceof EverfaceError && /right/.test(error.hint)
      })
    },
  )

  it('does not follow a link out of the folder when listing', async () => {
    const folder = freshFolder()
    const outside = freshFolder()
    writeFileSync(join(outside, 'secret'), 'x')
    symlinkSync(outside, join(folder, 'link'))
    const keys = await keysOf(createFolderBlobs(folder))
    assert.deepEqual(keys, [])
  })

  it('never shows half of a value to whoever reads while it is replaced', async () => {
    const blobs = createFolderBlobs(freshFolder())
    const values = ['a', 'b'].map((letter) => letter.repeat(300_000))
    await blobs.put('k', Buffer.from(values[0] ?? ''))
    let writing = true
    const writer = (async () => {
      for (let at = 0; at < 20; at++) await blobs.put('k', Buffer.from(values[at % 2] ?? ''))
      writing = false
    })()
    while (writing) assert.ok(values.includes((await blobs.get('k'))?.toString() ?? ''))
    await writer
  })
})
