import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Open, hook, make, now, seenAt, storeContract, urlOf } from './contract.ts'
import { openSqliteStore } from './sqlite.ts'
import type { Store } from './store.ts'

const folder = mkdtempSync(join(tmpdir(), 'everface-store-'))
after(() => rmSync(folder, { recursive: true, force: true }))
let files = 0
const freshFile = (): string => join(folder, `${++files}`, 'everface.db')

const open: Open = async ({ migrated = true, ...options } = {}) => {
  const file = freshFile()
  const stores: Store[] = []
  const again = async (more: typeof options = {}): Promise<Store> => {
    const store = await openSqliteStore({
      hooks: [hook],
      now: () => now,
      ...options,
      ...more,
      file,
    })
    stores.push(store)
    return store
  }
  const store = await again()
  if (migrated) await store.migrate()
  const past = <T>(work: (database: DatabaseSync) => T): T => {
    const database = new DatabaseSync(file)
    try {
      return work(database)
    } finally {
      database.close()
    }
  }
  return {
    store,
    again,
    dump: async () => past(dumpTables),
    sql: async (text) => past((database) => database.exec(text)),
    async close() {
      for (const one of stores) await one.close()
    },
  }
}

function dumpTables(database: DatabaseSync): string {
  const tables = database
    .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`)
    .all()
  return tables
    .map(({ name }) =>
      JSON.stringify([name, database.prepare(`SELECT * FROM ${String(name)}`).all()]),
    )
    .join('\n')
}

storeContract('sqlite', open)

/** A process that registers and says how far it has come, until it is killed. */
const writerScript = `
import { openSqliteStore } from ${JSON.stringify(fileURLToPath(new URL('./sqlite.ts', import.meta.url)))}
const [file, start] = process.argv.slice(2)
const store = await openSqliteStore({ file, hooks: ['https://h'] })
await store.migrate()
for (let at = Number(start); ; at++) {
  const subjects = [at + 'a', at + 'b', at + 'c']
  await store.change(subjects, Date.now(), () => ({
    patch: { provider: 'wechat', url: 'https://h/' + at },
    events: [{ type: 'avatar.gone', data: {} }],
  }))
  process.stdout.write(at + '\\n')
}
`

async function killAfter(child: ChildProcess, lines: number): Promise<number> {
  let text = ''
  child.stdout?.setEncoding('utf8').on('data', (piece: string) => {
    text += piece
    if (text.split('\n').length > lines) child.kill('SIGKILL')
  })
  await once(child, 'close')
  return Number(text.split('\n').at(-2) ?? Number.NaN)
}

describe('openSqliteStore', () => {
  it('makes the folder and the file for their owner alone', async () => {
    const file = join(folder, 'deep', 'er', 'everface.db')
    const store = await openSqliteStore({ file, hooks: [] })
    await store.migrate()
    assert.equal(statSync(join(folder, 'deep')).mode & 0o777, 0o700)
    for (const ending of ['', '-wal', '-shm']) {
      assert.equal(statSync(file + ending).mode & 0o777, 0o600)
    }
    assert.equal(store.name, `sqlite ${file}`)
    await store.close()
    assert.equal(existsSync(`${file}-wal`), false)
  })

  it('says what is wrong with a file that cannot be used', async () => {
    const file = freshFile()
    const blocked = openSqliteStore({ file: '/dev/null/everface.db', hooks: [] })
    await assert.rejects(blocked, { code: 'store-unreachable', message: /cannot be made/ })
    await (await openSqliteStore({ file, hooks: [] })).close()
    writeFileSync(file, 'this is a letter, not a database. '.repeat(100))
    const letter = openSqliteStore({ file, hooks: [] })
    await assert.rejects(letter, { code: 'store-unreachable', message: /not a database/ })
  })

  it('waits for another process that holds the file, and not for ever', async () => {
    const file = freshFile()
    const store = await openSqliteStore({ file, hooks: [], busyMs: 60 })
    await store.migrate()
    await make(store, ['1'])
    const other = new DatabaseSync(file)
    other.exec('BEGIN IMMEDIATE')
    await assert.rejects(make(store, ['2']), {
      code: 'store-unreachable',
      message: /another process/,
    })
    assert.equal((await store.avatar('1'))?.subject, '1')
    other.exec('ROLLBACK')
    await make(store, ['2'])
    assert.equal((await store.avatar('2'))?.subject, '2')
    other.close()
    await store.close()
  })

  it('goes on after the disk was full, with nothing half written', async () => {
    const file = freshFile()
    const small = await openSqliteStore({ file, hooks: [hook], maxPages: 90 })
    await small.migrate()
    let made = 0
    await assert.rejects(
      async () => {
        for (; ; made++)
          await make(small, [`a${made}`, `b${made}`], () => ({ seen: [seenAt(now)] }))
      },
      { code: 'store-unreachable', message: /disk is full/ },
    )
    assert.ok(made > 5)
    assert.equal((await small.stats(now)).avatars, made * 2)
    assert.equal(await small.avatar(`a${made}`), null)
    await small.forget('a0', now)
    await small.close()
    const large = await openSqliteStore({ file, hooks: [] })
    await make(large, ['after'])
    assert.equal((await large.stats(now)).avatars, made * 2)
    await large.close()
  })

  it('overwrites in the file what is forgotten', async () => {
    const file = freshFile()
    const store = await openSqliteStore({ file, hooks: [] })
    await store.migrate()
    const subjects = Array.from({ length: 200 }, (_, at) => `traceable-${at}`)
    await make(store, subjects, (subject) => ({ seen: [seenAt(now, subject.repeat(20))] }))
    for (const subject of subjects) await store.forget(subject, now)
    await store.close()
    assert.equal(readFileSync(file).includes('traceable'), false)
    assert.equal(readFileSync(file).includes(urlOf('')), false)
  })

  it('never shows what is not committed', async () => {
    const file = freshFile()
    const store = await openSqliteStore({ file, hooks: [] })
    await store.migrate()
    const changing = store.change(
      Array.from({ length: 500 }, (_, at) => `s${at}`),
      now,
      () => ({ patch: { provider: 'wechat', url: 'https://h' } }),
    )
    const counts: number[] = []
    let running = true
    void changing.finally(() => {
      running = false
    })
    do {
      counts.push((await store.avatars({ limit: 1_000 })).items.length)
    } while (running)
    await changing
    assert.ok(counts.every((count) => count === 0 || count === 500))
    await store.close()
  })

  it('loses nothing that was acknowledged when it is killed, a dozen times', async () => {
    const file = freshFile()
    const script = join(folder, 'writer.mjs')
    writeFileSync(script, writerScript)
    let start = 0
    for (let kill = 0; kill < 12; kill++) {
      const child = spawn(process.execPath, [script, file, String(start)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const acknowledged = await killAfter(child, 3 + kill * 4)
      const store = await openSqliteStore({ file, hooks: [] })
      for (let at = start; at <= acknowledged; at++) {
        for (const letter of ['a', 'b', 'c']) assert.ok(await store.avatar(at + letter))
      }
      const { avatars, deliveries } = await store.stats(now)
      assert.equal(avatars % 3, 0)
      assert.equal(deliveries.pending, avatars)
      await store.close()
      const database = new DatabaseSync(file)
      const [check] = database.prepare('PRAGMA integrity_check').all()
      assert.equal(check?.integrity_check, 'ok')
      database.close()
      start = avatars / 3
    }
    assert.ok(start > 100)
  })
})

describe('the plans of SQLite', () => {
  it('walk indexes for whatever is done all the time', async () => {
    const file = freshFile()
    const store = await openSqliteStore({ file, hooks: [] })
    await store.migrate()
    await store.close()
    const database = new DatabaseSync(file)
    const plan = (text: string): string =>
      database
        .prepare(`EXPLAIN QUERY PLAN ${text}`)
        .all()
        .map(({ detail }) => String(detail))
        .join('; ')
    const free = `url IS NOT NULL AND NOT EXISTS
      (SELECT 1 FROM lease WHERE lease.avatar_id = avatar.id AND lease.until_at > 1)`
    const scheduled = `SELECT * FROM schedule CROSS JOIN avatar WHERE avatar.id = schedule.avatar_id`
    const sweep = plan(`${scheduled} AND schedule.provider = 'p' AND swept
      AND (urgency IS NULL OR urgency = 'expiry') AND (urgent_at IS NULL OR urgent_at > 1)
      AND ${free} ORDER BY next_check_at LIMIT 5`)
    assert.match(sweep, /USING INDEX schedule_sweep/)
    assert.doesNotMatch(sweep, /TEMP B-TREE|SCAN/)
    for (const [reason, index] of [
      [`= 'first'`, 'schedule_first'],
      [`<> 'first'`, 'schedule_urgent'],
    ]) {
      const urgent = plan(`${scheduled} AND schedule.provider = 'p' AND urgency ${reason}
        AND urgent_at <= 1 AND ${free} ORDER BY urgent_at LIMIT 5`)
      assert.match(urgent, new RegExp(`USING INDEX ${index}`))
      assert.doesNotMatch(urgent, /TEMP B-TREE|SCAN/)
    }
    database.close()
  })
})
