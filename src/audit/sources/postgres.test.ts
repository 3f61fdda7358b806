import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import pg from 'pg'
import { failureOf, readTable } from '../../../test/database-inputs.ts'
import type { TestServer } from '../../../test/servers.ts'
import { startPostgres } from '../../../test/servers.ts'
import type { SourceOptions } from './open.ts'
import { openSource } from './open.ts'

const server: TestServer | null = await startPostgres()
const url = server?.url ?? ''

const schema = `
  CREATE TABLE users (id bigint PRIMARY KEY, name text, avatar text, created_at timestamptz);
  INSERT INTO users SELECT 9007199254740000 + n, 'n' || n, 'https://h/' || n, '2024-05-06 07:08:09+00'
    FROM generate_series(1, 12000) n;
  UPDATE users SET avatar = NULL WHERE id = 9007199254740003;
  CREATE TABLE people (key uuid PRIMARY KEY, "head""img" varchar(200), picture text, mail text);
  INSERT INTO people SELECT md5(n::text)::uuid, 'x', 'https://h/' || n, 'same@h' FROM generate_series(1, 5001) n;
  CREATE TABLE words (uid text NOT NULL UNIQUE, url text);
  INSERT INTO words SELECT chr(97 + n % 26) || n || CASE WHEN n % 2 = 0 THEN 'Ä' ELSE 'a' END, 'u' || n
    FROM generate_series(1, 7000) n;
  CREATE VIEW faces AS SELECT id, avatar FROM users;
  CREATE SCHEMA app;
  CREATE TABLE app."Members" (id int PRIMARY KEY, photo text);
  INSERT INTO app."Members" VALUES (1, 'https://h/1');
  CREATE TABLE bare (id int PRIMARY KEY, age int, label text);
  CREATE TABLE nothing (id int PRIMARY KEY, avatar text);
  CREATE VIEW slow AS SELECT n AS id, 'u' || pg_sleep(0.001)::text AS url FROM generate_series(1, 5000) n;
`

async function query(text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text)).rows
  } finally {
    await client.end()
  }
}

const read = (options: SourceOptions) => readTable(url, options)

describe('openPostgres', { skip: server === null && 'PostgreSQL is not installed' }, () => {
  before(() => query(schema))
  after(() => server?.stop())

  it('reads a table by its key, over several pages, without losing a digit', async () => {
    const { rows, notes } = await read({ table: 'users' })
    assert.equal(new Set(rows.map(({ id }) => id)).size, 12_000)
    assert.deepEqual(rows[0], {
      id: '9007199254740001',
      url: 'https://h/1',
      since: Date.UTC(2024, 4, 6, 7, 8, 9),
    })
    assert.deepEqual(notes.slice(0, 2), [
      'column "avatar" holds the URL',
      'primary key "id" holds the id',
    ])
  })

  it('gives an empty URL where there is none', async () => {
    const { rows } = await read({ table: 'users' })
    assert.equal(rows[2]?.url, '')
  })

  it('pages by uuid and by text as the database orders them', async () => {
    for (const [table, count] of [
      ['people', 5_001],
      ['words', 7_000],
    ] as const) {
      const { rows } = await read({ table })
      assert.equal(new Set(rows.map(({ id }) => id)).size, count, table)
    }
  })

  it('pages by the primary key when the id asked for is another column', async () => {
    const { rows } = await read({ table: 'people', idColumn: 'mail', urlColumn: 'head"img' })
    assert.equal(rows.length, 5_001)
    assert.deepEqual(rows[0], { id: 'same@h', url: 'x' })
  })

  it('reads a view through a cursor', async () => {
    const { rows, notes } = await read({ table: 'faces' })
    assert.equal(new Set(rows.map(({ id }) => id)).size, 12_000)
    assert.match(notes.join(), /held cursor/)
  })

  it('finds a table in a schema, with capitals in its name', async () => {
    const { rows } = await read({ table: 'app.Members' })
    assert.deepEqual(rows, [{ id: '1', url: 'https://h/1' }])
  })

  it('says that a table is empty', async () => {
    const { rows, notes } = await read({ table: 'nothing' })
    assert.deepEqual(rows, [])
    assert.ok(notes.includes('table "nothing" has no row'))
  })

  it('holds no transaction and no lock between two batches', async () => {
    for (const table of ['users', 'faces']) {
      const source = await openSource(url, { table })
      for await (const batch of source.rows()) {
        assert.equal(batch.length, 1_000)
        const held = await query(
          `SELECT 1 FROM pg_stat_activity
           WHERE application_name = 'everface' AND (state <> 'idle' OR backend_xmin IS NOT NULL)
           UNION ALL SELECT 1 FROM pg_locks WHERE relation = 'users'::regclass`,
        )
        assert.deepEqual(held, [], table)
        break
      }
      await source.close()
    }
  })

  it('goes on when its connection is cut between two pages', async () => {
    const source = await openSource(url, { table: 'users' })
    let count = 0
    for await (const batch of source.rows()) {
      count += batch.length
      if (count % 5_000 !== 0) continue
      await query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'everface'`,
      )
    }
    await source.close()
    assert.equal(count, 12_000)
  })

  it('does without a count that takes too long', async () => {
    const source = await openSource(url, { table: 'slow' })
    await source.close()
    assert.ok(source.total === null || source.total === 5_000)
  })

  it('lists the tables when one is missing or not named', async () => {
    const missing = await failureOf(url, { table: 'user' })
    assert.equal(missing.code, 'database-refused')
    assert.match(missing.message, /has no table "user"; there are users, .*app\.Members/)
    assert.match((await failureOf(url, {})).message, /which table\? there are users/)
  })

  it('lists the columns when one is missing', async () => {
    const error = await failureOf(url, { table: 'users', urlColumn: 'avatr' })
    assert.equal(error.code, 'column-missing')
    assert.match(error.message, /did you mean "avatar".*"id", "name", "avatar", "created_at"/)
    assert.equal((await failureOf(url, { table: 'bare' })).code, 'column-missing')
  })

  it('is not fooled by a name that looks like SQL', async () => {
    const error = await failureOf(url, { table: 'users"; DROP TABLE users; --' })
    assert.equal(error.code, 'database-refused')
    assert.equal((await read({ table: 'users' })).rows.length, 12_000)
  })

  it('says in words why it cannot reach the database, without the password', async () => {
    const cases: [string, RegExp][] = [
      [url.replace('Test-password-1', 'wr0ng'), /refused user or password/],
      [
        url.replace('/postgres', '/other').replace('postgres:', 'postgresql:'),
        /no database of that name/,
      ],
      [url.replace(/:\d+\//, ':1/'), /nothing listens there/],
      [url.replace('127.0.0.1', 'no-such-host.invalid'), /no address|looked up/],
    ]
    for (const [spec, message] of cases) {
      const error = await failureOf(spec, { table: 'users' })
      assert.match(error.message, message)
      assert.equal(error.code, 'database-unreachable')
    }
  })

  it('does not repeat an address that it cannot read', async () => {
    for (const spec of ['postgres://me:wr0ng#x@host/db', 'postgres://me:12/wr0ng@host/db']) {
      assert.equal((await failureOf(spec, { table: 'users' })).code, 'usage')
    }
  })
})
