// The picture routes over the real store and the real pictures: what a person goes through.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import sharp from 'sharp'
import type { Keeper } from '../../jobs/keeper.ts'
import { createFolderBlobs } from '../../pictures/blobs-folder.ts'
import { createPictures } from '../../pictures/create.ts'
import type { PictureFacts } from '../../pictures/pictures.ts'
import { openSqliteStore } from '../../store/sqlite.ts'
import type { Change } from '../../store/store.ts'
import type { Secrets, Settings } from '../settings.ts'
import { createFaces } from './faces.ts'
import { createPictureRoutes } from './pictures.ts'

const start = Date.UTC(2026, 10, 22)
const source = 'https://thirdwx.qlogo.cn/mmopen/vi_32/made-up/132'

async function setUp() {
  const folder = mkdtempSync(join(tmpdir(), 'everface-pictures-'))
  const store = await openSqliteStore({ file: join(folder, 'everface.db'), hooks: [] })
  await store.migrate()
  const blobs = createFolderBlobs(join(folder, 'blobs'))
  const pictures = createPictures({ blobs, cacheBytes: 2 ** 20, atOnce: 1, queue: 10 })
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const clock = { now: start }
  const now = () => clock.now
  const faces = createFaces({ store, log, now })
  const keeper = { shown() {}, hint() {} } as unknown as Keeper
  const settings = { mode: 'copy', fallback: 'initials', signing: 'off' } as Settings
  const secrets = { secret: 'secret', oldSecrets: [] as readonly string[] } as Secrets
  const routes = createPictureRoutes({ settings, secrets, pictures, keeper, log, now }, faces)
  return {
    store,
    pictures,
    faces,
    clock,
    async change(patch: Change['patch'], copy?: PictureFacts) {
      const taken = copy === undefined ? {} : { copy: { ...copy, url: source } }
      await store.change(['42'], clock.now, () => ({ patch, ...taken }))
      faces.changed('42')
    },
    async take(background: string) {
      const pixels = { width: 300, height: 300, channels: 3 as const, background }
      const taken = await pictures.take(await sharp({ create: pixels }).png().toBuffer())
      assert.ok(taken.kind === 'taken')
      await pictures.keep(taken)
      return taken.facts
    },
    async see(query = '') {
      const { status, headers } = await routes.handle(new Request(`http://here.test/a/42${query}`))
      const shows = headers.get('everface-shows')
      return [status, shows, headers.get('everface-standing'), headers.get('etag')] as const
    },
    async [Symbol.asyncDispose]() {
      await store.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

describe('a person’s picture', () => {
  it('is shown as the store knows it, from the first day to the last', async () => {
    await using app = await setUp()
    assert.deepEqual((await app.see()).slice(0, 3), [200, 'fallback', 'unknown'])

    await app.change({ provider: 'wechat', url: source, name: '王小明', standing: 'unknown' })
    assert.deepEqual((await app.see()).slice(0, 3), [200, 'fallback', 'unknown'])

    const facts = await app.take('#c33')
    await app.change({ standing: 'alive' }, facts)
    const first = await app.see()
    assert.deepEqual(first.slice(0, 3), [200, 'copy', 'alive'])
    assert.deepEqual((await app.see('?mode=auto')).slice(0, 3), [302, 'redirect', 'alive'])

    await app.change({ standing: 'gone' })
    assert.deepEqual(await app.see('?mode=auto'), [200, 'copy', 'gone', first[3]])

    await app.change({ standing: 'uploaded' }, await app.take('#33c'))
    const uploaded = await app.see()
    assert.deepEqual(uploaded.slice(0, 3), [200, 'copy', 'uploaded'])
    assert.notEqual(uploaded[3], first[3])

    const forgotten = await app.store.forget('42', app.clock.now)
    app.faces.forget('42')
    for (const sha256 of forgotten?.pictures ?? []) await app.pictures.remove(sha256)
    assert.deepEqual((await app.see()).slice(0, 3), [200, 'fallback', 'unknown'])
    assert.equal((await app.see('?fallback=none'))[0], 404)
  })

  it('follows what another process does within two seconds', async () => {
    await using app = await setUp()
    const facts = await app.take('#c33')
    await app.change({ provider: 'wechat', url: source, standing: 'alive' }, facts)
    assert.equal((await app.see())[2], 'alive')
    await app.store.change(['42'], start, () => ({ patch: { standing: 'gone' } }))
    app.clock.now += 1_999
    assert.equal((await app.see())[2], 'alive')
    app.clock.now += 1
    assert.equal((await app.see())[2], 'gone')
  })

  it('is redirected to no more once there is evidence against the source', async () => {
    await using app = await setUp()
    const facts = await app.take('#c33')
    await app.change({ provider: 'wechat', url: source, standing: 'alive' }, facts)
    const avatar = await app.store.avatar('42')
    assert.ok(avatar !== null)
    assert.equal((await app.see('?mode=redirect'))[0], 302)
    await app.change({ belief: { ...avatar.belief, suspect: 1.5 } })
    assert.deepEqual((await app.see('?mode=redirect')).slice(0, 3), [200, 'copy', 'alive'])
  })
})
