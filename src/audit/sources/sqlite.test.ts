import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, it } from 'node:test'
import type { Row } from '../row.ts'
import type { SourceOptions } from './open.ts'
import { openSource } from './open.ts'

const folder = mkdtempSync(join(tmpdir(), 'everface-test-'))
const path = join(folder, 'app.db')
const app = new DatabaseSync(path)
const count = 12_000
app.exec(`
  CREATE TABLE numbers AS WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ${count})
    SELECT n FROM n;
  CREATE TABLE users (id INTEGER PRIMARY KEY, avatar TEXT, created_at INTEGER);
  INSERT INTO users SELECT 9007199254740992 + n, 'https://h/' || n, 1714979289 FROM numbers;
  UPDATE users SET avatar = NULL WHERE id = 9007199254740994;
  CREATE TABLE words (uid TEXT PRIMARY KEY, url TEXT) WITHOUT ROWID;
  INSERT INTO words SELECT 'w' || n, 'u' || n FROM numbers;
  CREATE TABLE odd (rowid TEXT, "a ""b""" TEXT, photo TEXT);
  INSERT INTO odd SELECT 'same', 'x', 'https://h/' || n FROM numbers;
  CREATE VIEW faces AS SELECT id, avatar FROM users;
  CREATE TABLE vacant (id INTEGER PRIMARY KEY, avatar TEXT);
`)
after(() => {
  app.close()
  rmSync(folder, { recursive: true, force: true })
})

async function read(options: SourceOptions): Promise<{ rows: Row[]; notes: readonly string[] }> {
  const source = await openSource(`sqlite:${path}`, options)
  const rows: Row[] = []
  for await (const batch of source.rows()) rows.push(...batch)
  await source.close()
  assert.equal(source.total, rows.length)
  return { rows, notes: source.notes }
}

describe('openSqlite', () => {
  it('reads a table over several pages without losing a digit', async () => {
    const { rows } = await read({ table: 'users' })
    assert.equal(new Set(rows.map(({ id }) => id)).size, count)
    assert.deepEqual(rows[0], {
      id: '9007199254740993',
      url: 'https://h/1',
      since: 1_714_979_289_000,
    })
    assert.equal(rows[1]?.url, '')
  })

  it('reads a table without a rowid, and one whose column took its name', async () => {
    assert.equal(new Set((await read({ table: 'words' })).rows.map(({ id }) => id)).size, count)
    const { rows } = await read({ table: 'odd', idColumn: 'rowid' })
    assert.equal(new Set(rows.map(({ url }) => url)).size, count)
    assert.equal((await read({ table: 'odd', urlColumn: 'a "b"' })).rows[0]?.url, 'x')
  })

  it('reads a view', async () => {
    const { rows, notes } = await read({ table: 'faces' })
    assert.equal(rows.length, count)
    assert.match(notes.join(), /no key/)
  })

  it('lets the app write between two batches', async () => {
    const source = await openSource(`sqlite:${path}`, { table: 'users' })
    for await (const batch of source.rows()) {
      assert.ok(batch.length > 0)
      app.exec("UPDATE users SET avatar = avatar || '' WHERE id = 9007199254740993")
    }
    await source.close()
    await source.close()
  })

  it('says that a table is empty', async () => {
    assert.ok((await read({ table: 'vacant' })).notes.includes('table "vacant" has no row'))
  })

  it('says what is missing', async () => {
    const spec = `sqlite:${path}`
    await assert.rejects(openSource(spec, { table: 'user' }), {
      code: 'database-refused',
      message: /has no table "user"; there are users, /,
    })
    await assert.rejects(openSource(spec, {}), { code: 'usage', message: /which table\?/ })
    await assert.rejects(openSource(spec, { table: 'users', urlColumn: 'avatr' }), {
      code: 'column-missing',
    })
    await assert.rejects(openSource('sqlite:/nowhere/app.db', { table: 'users' }), {
      code: 'source-unreadable',
    })
  })

  it('says that a file is no database, and that a database is no list', async () => {
    const text = join(folder, 'text.db')
    writeFileSync(text, 'this is no database at all, but it is long enough to be one'.repeat(100))
    await assert.rejects(openSource(`sqlite:${text}`, { table: 'users' }), {
      code: 'source-format',
    })
    await assert.rejects(openSource(path), { code: 'source-format', hint: /sqlite:FILE/ })
  })
})
