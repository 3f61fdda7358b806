// Of the store's promises: tables of a version before come up to date with everything in them, and on PostgreSQL programs of
// that version go on meanwhile.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type WithStore, claim, fund, make, now, urlOf } from './contract.ts'
import { readMigrations } from './migrations.ts'

const scheduleName = '0004_schedule'

/** What a program before `0004_schedule` writes of an avatar. */
const insert = (subject: string, swept: boolean, urgency: string | null) => {
  const urgent = urgency === null ? 'NULL, NULL' : `${now - 1}, '${urgency}'`
  return `INSERT INTO avatar (subject, name, url, url_at, provider, standing, standing_at, swept, alpha, beta,
      confirmed_at, suspect, unknown_streak, views, views_at, logins, opens, first_seen_at, next_check_at,
      urgent_at, urgency, revision, created_at)
    VALUES ('${subject}', 'Old ${subject}', '${urlOf(subject)}', ${now}, 'wechat', 'alive', ${now}, ${swept},
      0.75, 150, ${now - 5}, 1.5, 2, 3.5, ${now}, 1, 2, ${now}, 7.25, ${urgent}, 4, ${now});`
}

export function testUpgrade(withStore: WithStore, engine: 'sqlite' | 'postgres'): void {
  const migrations = readMigrations(engine)
  const at = migrations.findIndex(({ name }) => name === scheduleName)
  const before = migrations.slice(0, at)
  const book = before.map(({ name }) => `INSERT INTO migration (name, at) VALUES ('${name}', 1);`)
  const oldTables = `CREATE TABLE migration (name text NOT NULL PRIMARY KEY, at bigint NOT NULL);
    ${before.map(({ text }) => text).join('\n')} ${book.join('\n')}`
  const old = { migrated: false }

  describe('migrate, from the version before', () => {
    it(
      'keeps everything, and everybody is looked at as they would have been',
      withStore(async ({ store, sql }) => {
        await sql(oldTables)
        await sql(
          insert('swept', true, null) + insert('owed', true, 'hint') + insert('left', false, null),
        )
        assert.deepEqual(
          await store.pending(),
          migrations.slice(at).map(({ name }) => name),
        )
        await store.migrate()
        const avatar = await store.avatar('owed')
        assert.deepEqual(avatar?.belief, {
          alpha: 0.75,
          beta: 150,
          confirmedAt: now - 5,
          suspect: 1.5,
          unknownStreak: 2,
        })
        const { name, url, nextCheckAt, urgentAt, urgency, revision, swept } = avatar
        assert.deepEqual(
          [name, url, nextCheckAt, urgentAt, urgency, revision, swept],
          ['Old owed', urlOf('owed'), 7.25, now - 1, 'hint', 4, true],
        )
        await fund(store)
        const { due } = await claim(store, 'me')
        assert.deepEqual(
          due.map((one) => [one.avatar.subject, one.urgency]),
          [
            ['owed', 'hint'],
            ['swept', null],
          ],
        )
        await make(store, ['new', 'left'])
        assert.deepEqual(
          (await store.avatars({ limit: 9 })).items.map(({ subject }) => subject),
          ['left', 'new', 'owed', 'swept'],
        )
        assert.equal((await store.face('owed'))?.suspect, 1.5)
        assert.equal((await store.forget('owed', now))?.subject, 'owed')
        assert.equal(await store.avatar('owed'), null)
      }, old),
    )

    it('leaves fresh tables without what only older programs need', async () => {
      await withStore(async ({ sql }) => {
        await assert.rejects(sql('SELECT revision FROM avatar'), /revision/)
        await assert.rejects(sql('SELECT carry_schedule()'), /carry_schedule/)
      })()
    })

    it(
      'lets programs of that version go on where there are several, and hears of what they write',
      { skip: engine === 'sqlite' && 'its programs are stopped for an upgrade' },
      withStore(async ({ store, sql }) => {
        await sql(oldTables)
        await sql(insert('1', true, null))
        await store.migrate()
        await sql(insert('2', true, 'first'))
        await sql(
          `UPDATE avatar SET beta = 333, next_check_at = 9.5, revision = revision + 1 WHERE subject = '1'`,
        )
        await make(store, ['3'])
        const [one, two, three] = await Promise.all(
          ['1', '2', '3'].map((each) => store.avatar(each)),
        )
        assert.deepEqual([one?.belief.beta, one?.nextCheckAt, one?.revision], [333, 9.5, 5])
        assert.deepEqual([two?.urgency, two?.belief.beta, two?.swept], ['first', 150, true])
        assert.deepEqual([three?.nextCheckAt, three?.swept, three?.standing], [0, true, 'unknown'])
        // What it reads of somebody it did not make is not so; only what it changes counts.
        await sql(
          `UPDATE avatar SET alpha = alpha + 1, revision = revision + 1 WHERE subject = '3'`,
        )
        const told = await store.avatar('3')
        assert.deepEqual([told?.belief.alpha, told?.swept, told?.revision], [1.6, true, 2])
        // What it wants may stand in its own columns since long.
        await store.change(['1'], now, () => ({ patch: { standing: 'gone', swept: false } }))
        await sql(
          `UPDATE avatar SET standing = 'unknown', beta = 334, revision = revision + 1 WHERE subject = '1'`,
        )
        assert.equal((await store.avatar('1'))?.swept, true)
        await sql(`DELETE FROM avatar WHERE subject = '2'`)
        assert.equal(await store.avatar('2'), null)
        // Another provider is ours to say, and stays.
        await store.change(['1'], now, () => ({ patch: { provider: 'qq', nextCheckAt: 77 } }))
        assert.equal((await store.avatar('1'))?.nextCheckAt, 77)
        assert.equal((await store.avatar('1'))?.belief.beta, 334)
        assert.equal((await store.face('1'))?.suspect, 1.5)
      }, old),
    )
  })
}
