// `everface serve`: the service. What it does is loaded when it is asked for: other commands start without it.
import { Option } from 'commander'
import type { AddCommand } from './program.ts'
import { type SettingFlags, addSettingOptions } from './service-settings.ts'

/** What one process does. */
export type Role = 'all' | 'api' | 'worker'

/** Flags of `serve`. */
export type ServeFlags = SettingFlags & { readonly role: Role; readonly migrate?: boolean }

export const addServe: AddCommand = (program, terminal, end) => {
  addSettingOptions(
    program
      .command('serve')
      .description('the service: API, pictures, and the worker that keeps them alive')
      .addOption(
        new Option('--role <role>', 'what this process does; all is right for one machine')
          .choices(['all', 'api', 'worker'])
          .default('all'),
      )
      .option(
        '--migrate',
        'bring a PostgreSQL store up to date first (the embedded one always is)',
      ),
  )
    .addHelpText(
      'after',
      `
Examples:
  everface serve
  everface serve --listen 0.0.0.0:8420 --public-url https://faces.example.com
  DATABASE_URL=postgres://everface@db/everface EVERFACE_SECRET_FILE=/run/secrets/everface \\
    everface serve --role worker

It logs JSON lines to standard output. Ctrl-C or SIGTERM ends it within 10 seconds; a second one at once.
Settings: docs/config.md. Running it: docs/running.md.`,
    )
    .action(async (flags: ServeFlags) => {
      const { serve } = await import('./serving.ts')
      end(await serve(flags, terminal))
    })
}
