// Brings tables up to date: numbered SQL files, forward only, safe while older programs run beside.
import { readdirSync, readFileSync } from 'node:fs'
import { EverfaceError } from '../errors.ts'
import type { Engine, Reader } from './sql.ts'
import type { Store } from './store.ts'

/** A file of `migrations/ENGINE/`. */
export interface Migration {
  /** The file's name without its ending: `0001_tables`. */
  readonly name: string
  readonly text: string
}

/** Reads an engine's migrations in order. */
export function readMigrations(engine: 'sqlite' | 'postgres'): Migration[] {
  for (const up of ['../../migrations/', '../../../migrations/']) {
    const folder = new URL(`${up}${engine}/`, import.meta.url)
    try {
      return readdirSync(folder)
        .filter((file) => file.endsWith('.sql'))
        .sort()
        .map((file) => ({
          name: file.slice(0, -'.sql'.length),
          text: readFileSync(new URL(file, folder), 'utf8'),
        }))
    } catch {
      // The built package lies one folder deeper than a clone's sources.
    }
  }
  throw new Error('the package has no migrations')
}

/** The verbs on migrations, and the check that every other verb does once. */
export interface Migrator extends Pick<Store, 'migrate' | 'pending'> {
  /** Rejects with `store-outdated` unless the tables are those that this program knows. */
  check(): Promise<void>
}

const bookTable = `CREATE TABLE IF NOT EXISTS migration (
  name text NOT NULL PRIMARY KEY, at bigint NOT NULL)`

/** @param migrations those of this program */
export function createMigrator(
  engine: Engine,
  migrations: readonly Migration[],
  now: () => number,
): Migrator {
  const known = new Set(migrations.map(({ name }) => name))

  async function pending(reader: Reader): Promise<Migration[]> {
    const tables = await reader.all<{ found: number }>(
      engine.dialect.name === 'sqlite'
        ? `SELECT 1 AS found FROM sqlite_schema WHERE type = 'table' AND name = 'migration'`
        : `SELECT 1 AS found WHERE to_regclass('migration') IS NOT NULL`,
    )
    if (tables.length === 0) return [...migrations]
    const rows = await reader.all<{ name: string }>('SELECT name FROM migration ORDER BY name')
    const strange = rows.find(({ name }) => !known.has(name))
    if (strange !== undefined) {
      throw new EverfaceError(
        'store-outdated',
        `${engine.name} was made by a newer Everface (${strange.name}).`,
        { hint: 'Run the version of Everface that made it, or a later one.' },
      )
    }
    const applied = new Set(rows.map(({ name }) => name))
    return migrations.filter(({ name }) => !applied.has(name))
  }

  return {
    async migrate() {
      return await engine.alone(async (sql, script) => {
        await script(bookTable)
        const missing = await pending(sql)
        for (const { name, text } of missing) {
          await script(text)
          await sql.run('INSERT INTO migration (name, at) VALUES ($1, $2)', [name, now()])
        }
        await engine.parts?.add(sql, now())
        return missing.map(({ name }) => name)
      })
    },
    async pending() {
      return (await pending(engine.read)).map(({ name }) => name)
    },
    async check() {
      const missing = await pending(engine.read)
      if (missing.length === 0) return
      throw new EverfaceError(
        'store-outdated',
        `${engine.name} lacks ${missing.map(({ name }) => name).join(', ')}.`,
      )
    },
  }
}
