import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { inspect } from 'node:util'
import pg from 'pg'
import { startPostgres } from '../../test/servers.ts'
import {
  type Open,
  type Opened,
  claim,
  fund,
  hook,
  make,
  now,
  seenAt,
  storeContract,
} from './contract.ts'
import { openPostgresEngine, openPostgresStore } from './postgres.ts'
import type { Store } from './store.ts'

const server = await startPostgres()
const serverUrl = server?.url ?? 'postgres://nobody@127.0.0.1:1/none'
let databases = 0

async function ask(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text)).rows
  } finally {
    await client.end()
  }
}

async function makeDatabase(): Promise<string> {
  const name = `everface_${++databases}`
  await ask(serverUrl, `CREATE DATABASE ${name}`)
  return serverUrl.replace(/\/postgres$/, `/${name}`)
}

async function openDatabase({ migrated = true, ...options }: Parameters<Open>[0] = {}): Promise<
  Opened & { readonly url: string }
> {
  const url = await makeDatabase()
  const stores: Store[] = []
  const again = async (more: typeof options = {}): Promise<Store> => {
    const store = await openPostgresStore({
      hooks: [hook],
      now: () => now,
      poolSize: 4,
      ...options,
      ...more,
      url,
    })
    stores.push(store)
    return store
  }
  const store = await again()
  if (migrated) await store.migrate()
  return {
    url,
    store,
    again,
    dump: () => dumpTables(url),
    sql: async (text: string) => void (await ask(url, text)),
    async close() {
      for (const one of stores) await one.close()
      await ask(serverUrl, `DROP DATABASE ${new URL(url).pathname.slice(1)} WITH (FORCE)`)
    },
  }
}

async function dumpTables(url: string): Promise<string> {
  const tables = await ask(
    url,
    `SELECT relname AS name FROM pg_class
     WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace ORDER BY relname`,
  )
  const texts: string[] = []
  for (const { name } of tables) {
    const rows = await ask(url, `SELECT * FROM ${String(name)} AS t ORDER BY t::text COLLATE "C"`)
    texts.push(JSON.stringify([name, rows]))
  }
  return texts.join('\n')
}

if (server !== null) {
  after(() => server.stop())
  storeContract('postgres', openDatabase)

  describe('openPostgresStore', () => {
    it('goes on after its connections were cut, and says so when one is cut within a change', async () => {
      const { store, sql, close } = await openDatabase()
      await make(store, ['1'])
      const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'everface' AND datname = current_database()`
      await sql(cut)
      assert.equal((await store.avatar('1'))?.subject, '1')
      await sql(cut)
      await make(store, ['2'])
      assert.equal((await store.stats(now)).avatars, 2)
      await close()
    })

    it('says what is wrong with an address, without its password', async () => {
      const wrong = serverUrl.replace('Test-password-1', 'wr0ng-secret')
      for (const url of [
        wrong,
        `${serverUrl}-none`,
        'postgres://u:wr0ng-secret@127.0.0.1:1/db',
        'postgres://u:wr0ng-secret@host.invalid/db',
      ]) {
        const store = await openPostgresStore({ url, hooks: [] })
        await assert.rejects(store.ping(), (error: Error & { code: string }) => {
          assert.equal(error.code, 'store-unreachable')
          assert.doesNotMatch(inspect(error, { depth: 9 }), /wr0ng-secret|Test-password/)
          return true
        })
        assert.doesNotMatch(store.name, /wr0ng-secret|Test-password|tester/)
        await store.close()
      }
    })

    it('tells of tables that were taken away', async () => {
      const { store, sql, close } = await openDatabase()
      await make(store, ['1'])
      await sql('DROP TABLE copy CASCADE')
      await assert.rejects(store.copies('1'), { code: 'store-outdated' })
      await close()
    })

    it('runs a change again that met another one crosswise', async () => {
      const { store, again, close } = await openDatabase()
      const other = await again()
      const subjects = Array.from({ length: 40 }, (_, at) => `s${at}`)
      await make(store, subjects)
      await fund(store)
      for (let turn = 0; turn < 10; turn++) {
        const { due } = await claim(store, 'me')
        const results = due.toReversed().map(({ avatar }) => ({
          avatar,
          change: { patch: { name: `${turn}` } },
        }))
        const [{ applied }] = await Promise.all([
          store.record(results, 'me', now),
          other.change(subjects.toReversed(), now, () => ({ patch: { standing: 'alive' } })),
          other.losePicture('none', now),
        ])
        assert.ok(applied.every(Boolean))
      }
      await close()
    })

    it('does without names of statements where a pooler hands each transaction to another connection', async () => {
      const engine = openPostgresEngine({ url: await makeDatabase(), poolSize: 1 })
      const add = () => engine.write((sql) => sql.all('SELECT $1::bigint + 1 AS sum', [41]))
      const named = () => engine.read.all('SELECT 1 FROM pg_prepared_statements')
      for (let time = 0; time < 5; time++) await add()
      assert.equal((await named()).length, 1)
      await engine.write((sql) => sql.run('DEALLOCATE ALL'))
      assert.deepEqual(await add(), [{ sum: 42 }])
      for (let time = 0; time < 5; time++) assert.deepEqual(await add(), [{ sum: 42 }])
      assert.equal((await named()).length, 0)
      await engine.close()
    })

    it('keeps any text that arrays are written with, and none at all', async () => {
      const engine = openPostgresEngine({ url: await makeDatabase(), poolSize: 1 })
      const texts = [
        '{a,b}',
        'NULL',
        '',
        '"',
        '\\',
        '\\"',
        ' a ',
        "'",
        '\n',
        'a,b',
        null,
        null,
        'NULL',
      ]
      const columns = { n: 'int', t: 'text', b: 'bool', r: 'real' } as const
      const rows = texts.map((t, n) => ({ n, t, b: n % 2 === 0, r: n === 3 ? null : n / 3 }))
      await engine.alone((_, script) =>
        script('CREATE TABLE kept (n bigint, t text, b boolean, r double precision)'),
      )
      assert.equal(await engine.write((sql) => sql.insert('kept', columns, rows)), texts.length)
      assert.equal(await engine.write((sql) => sql.insert('kept', columns, [])), 0)
      assert.deepEqual(await engine.read.all('SELECT * FROM kept ORDER BY n'), rows)
      await engine.close()
    })

    it('does not hold up who writes while it waits for a backup to let it make a part', async () => {
      const { store, again, sql, url, close } = await openDatabase()
      await make(store, ['1'])
      const later = await again({ now: () => now + 60 * 86_400_000 })
      const bounds = { historyBefore: 0, answersBefore: 0, copiesBefore: 0, max: 1 }
      const backup = new pg.Client({ connectionString: url })
      await backup.connect()
      await backup.query('BEGIN; SELECT count(*) FROM observation')
      let waits = true
      const trimmed = assert
        .rejects(later.trim(bounds), { code: 'store-unreachable' })
        .finally(() => (waits = false))
      const blocked = 'SELECT 1 FROM pg_locks WHERE NOT granted'
      while (waits && (await ask(url, blocked)).length === 0);
      await sql(`SET lock_timeout = '5s'; DELETE FROM observation WHERE at = 0`)
      await trimmed
      await backup.query('COMMIT')
      await backup.end()
      await later.trim(bounds)
      await close()
    })

    it('keeps observations in parts of a month and drops old parts whole', async () => {
      const { store, again, sql, dump, close } = await openDatabase()
      const days = [-200, -170, -40, -1, 0, 40, 400]
      await make(store, ['1'], () => ({ seen: days.map((day) => seenAt(now + day * 86_400_000)) }))
      const later = await again({ now: () => now + 400 * 86_400_000 })
      const past = await again({ now: () => now - 170 * 86_400_000 })
      const trimmed = async (store: Store, daysBack: number) =>
        await store.trim({
          historyBefore: now - daysBack * 86_400_000,
          answersBefore: 0,
          copiesBefore: 0,
          max: 1,
        })
      await trimmed(later, 1_000)
      await trimmed(past, 1_000)
      await sql('ANALYZE')
      const parts = await dump()
      assert.match(parts, /observation_2026_06/)
      assert.match(parts, /"observation_rest",\[\]/)
      assert.equal((await store.story('1', { limit: 99 }))?.items.length, days.length)
      // The two parts that hold the oldest go whole, of the rest no more than one row.
      assert.equal((await trimmed(store, 60)).removed, 2)
      assert.doesNotMatch(await dump(), /observation_2026_06/)
      assert.equal((await store.story('1', { limit: 99 }))?.items.length, days.length - 2)
      await close()
    })
  })
}
