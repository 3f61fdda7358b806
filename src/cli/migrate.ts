// `everface migrate`: brings the tables of the store up to date. Services may go on running meanwhile.
import type { AddCommand } from './program.ts'
import {
  type SettingFlags,
  addSettingOptions,
  readSettings,
  settingFlagsOf,
} from './service-settings.ts'

export const addMigrate: AddCommand = (program, terminal) => {
  addSettingOptions(
    program
      .command('migrate')
      .description('bring the tables of the store up to date; services may go on running')
      .option('--dry-run', 'say what would be applied')
      .option('--json', 'print what was applied as JSON'),
    ['data'],
  )
    .addHelpText(
      'after',
      `
Examples:
  everface migrate
  DATABASE_URL=postgres://everface@db/everface everface migrate --dry-run`,
    )
    .action(async (flags: SettingFlags & { dryRun?: boolean; json?: boolean }) => {
      const config = await readSettings(terminal, settingFlagsOf(flags), { secret: 'none' })
      const { openStore } = await import('./service-parts.ts')
      const store = await openStore(config)
      try {
        const names = await (flags.dryRun === true ? store.pending() : store.migrate())
        if (flags.json === true) {
          const line = { store: store.name, dryRun: flags.dryRun === true, migrations: names }
          terminal.stdout.write(`${JSON.stringify(line)}\n`)
          return
        }
        const verb = flags.dryRun === true ? 'would be applied' : 'applied'
        const lines = names.map((name) => `${name}  ${verb}\n`)
        terminal.stdout.write(lines.length > 0 ? lines.join('') : `${store.name} is up to date.\n`)
      } finally {
        await store.close()
      }
    })
}
