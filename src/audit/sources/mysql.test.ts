import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createConnection } from 'mysql2/promise'
import { failureOf, readTable } from '../../../test/database-inputs.ts'
import type { TestServer } from '../../../test/servers.ts'
import { startMariadb } from '../../../test/servers.ts'
import type { SourceOptions } from './open.ts'
import { openSource } from './open.ts'

const server: TestServer | null = await startMariadb()
const url = server?.url ?? ''

const schema = `
  CREATE TABLE users (id bigint unsigned PRIMARY KEY, name text, avatar varchar(200), created_at timestamp);
  INSERT INTO users SELECT 18446744073709500000 + seq, '王', CONCAT('https://h/', seq), FROM_UNIXTIME(1714979289)
    FROM seq_1_to_12000;
  UPDATE users SET avatar = NULL WHERE id = 18446744073709500003;
  CREATE TABLE people (openid varchar(40) PRIMARY KEY, \`head\`\`img\` text, headimgurl text);
  INSERT INTO people SELECT MD5(seq), 'x', CONCAT('https://h/', seq) FROM seq_1_to_5001;
  CREATE TABLE packed (id binary(16) PRIMARY KEY, url text);
  INSERT INTO packed SELECT UNHEX(MD5(seq)), 'u' FROM seq_1_to_6000;
  CREATE TABLE logins (user_id int, avatar text);
  INSERT INTO logins SELECT seq % 10, CONCAT('https://h/', seq % 20) FROM seq_1_to_6000;
  CREATE VIEW faces AS SELECT id, avatar FROM users;
  CREATE TABLE nothing (id int PRIMARY KEY, avatar text);
`

async function query(text: string): Promise<unknown> {
  const connection = await createConnection({
    uri: url,
    multipleStatements: true,
    charset: 'utf8mb4',
  })
  try {
    return (await connection.query(text))[0]
  } finally {
    await connection.end()
  }
}

const read = (options: SourceOptions) => readTable(url, options)

describe('openMysql', { skip: server === null && 'MariaDB is not installed' }, () => {
  before(() => query(schema))
  after(() => server?.stop())

  it('reads a table by its key, over several pages, without losing a digit', async () => {
    const { rows, notes } = await read({ table: 'users' })
    assert.equal(new Set(rows.map(({ id }) => id)).size, 12_000)
    assert.deepEqual(rows[0], {
      id: '18446744073709500001',
      url: 'https://h/1',
      since: 1_714_979_289_000,
    })
    assert.equal(rows[2]?.url, '')
    assert.deepEqual(notes.slice(0, 2), [
      'column "avatar" holds the URL',
      'primary key "id" holds the id',
    ])
  })

  it('pages by text and by bytes', async () => {
    const people = await read({ table: 'people' })
    assert.equal(new Set(people.rows.map(({ id }) => id)).size, 5_001)
    const packed = await read({ table: 'packed' })
    assert.equal(new Set(packed.rows.map(({ id }) => id)).size, 6_000)
    assert.match(packed.rows[0]?.id ?? '', /^[0-9a-f]{32}$/)
  })

  it('quotes names that need it', async () => {
    const { rows } = await read({ table: 'everface.people', urlColumn: 'head`img' })
    assert.equal(rows[0]?.url, 'x')
  })

  it('reads what has no unique column in one go, every row of it', async () => {
    for (const [table, count] of [
      ['logins', 6_000],
      ['faces', 12_000],
    ] as const) {
      const { rows, notes } = await read({ table })
      assert.equal(rows.length, count)
      assert.match(notes.join(), /temporary file/)
    }
  })

  it('holds no transaction between two batches', async () => {
    for (const table of ['users', 'faces']) {
      const source = await openSource(url, { table })
      for await (const batch of source.rows()) {
        assert.equal(batch.length, 1_000)
        assert.deepEqual(await query('SELECT trx_id FROM information_schema.innodb_trx'), [], table)
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
      const others = (await query(
        'SELECT id FROM information_schema.processlist WHERE user = "tester" AND id <> CONNECTION_ID()',
      )) as { id: number }[]
      for (const { id } of others) await query(`KILL ${id}`).catch(() => {})
    }
    await source.close()
    assert.equal(count, 12_000)
  })

  it('says that a table is empty', async () => {
    assert.ok((await read({ table: 'nothing' })).notes.includes('table "nothing" has no row'))
  })

  it('lists tables and columns when one is missing', async () => {
    const missing = await failureOf(url, { table: 'user' })
    assert.equal(missing.code, 'database-refused')
    assert.match(missing.message, /has no table "user"; there are users, /)
    assert.match((await failureOf(url, {})).message, /which table\? there are users/)
    const column = await failureOf(url, { table: 'users', idColumn: 'idd' })
    assert.equal(column.code, 'column-missing')
    assert.match(column.message, /did you mean "id"/)
  })

  it('says in words why it cannot reach the database, without the password', async () => {
    const cases: [string, RegExp][] = [
      [
        url.replace('Test-password-1', 'wr0ng').replace('mysql:', 'mariadb:'),
        /refused user or password/,
      ],
      [url.replace('/everface', '/other'), /no database of that name/],
      [url.replace(/:\d+\//, ':1/'), /nothing listens there/],
      [url.replace('127.0.0.1', 'no-such-host.invalid'), /no address|looked up/],
    ]
    for (const [spec, message] of cases) {
      const error = await failureOf(spec, { table: 'users' })
      assert.match(error.message, message)
      assert.equal(error.code, 'database-unreachable')
    }
  })
})
