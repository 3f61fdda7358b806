// The table of commands. Each command's file adds itself; this one says what holds for all.
import { Command } from 'commander'
import { addCheck } from './check.ts'
import { addConfig } from './config.ts'
import { addDemo } from './demo.ts'
import { addDoctor } from './doctor.ts'
import { addForecast } from './forecast.ts'
import { addImport } from './import.ts'
import { addKey } from './key.ts'
import { addMigrate } from './migrate.ts'
import { addServe } from './serve.ts'
import { addSimulate } from './simulate.ts'
import type { ExitCode, Terminal } from './terminal.ts'
import { readVersion } from './version.ts'

/** Adds one command to the program. `end` takes the exit code. */
export type AddCommand = (
  program: Command,
  terminal: Terminal,
  end: (code: ExitCode) => void,
) => void

const commands: readonly AddCommand[] = [
  addCheck,
  addForecast,
  addServe,
  addImport,
  addKey,
  addMigrate,
  addConfig,
  addDoctor,
  addSimulate,
  addDemo,
]

/** Makes the program with all its commands. It throws instead of ending the process. */
export function createProgram(terminal: Terminal, end: (code: ExitCode) => void): Command {
  const program = new Command('everface')
    .description(
      'Keeps third-party profile pictures from breaking: WeChat, QQ, Google, Facebook, Discord …',
    )
    .version(readVersion(), '-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
    })
    .configureHelp({ showGlobalOptions: false })
    .showHelpAfterError('(everface COMMAND --help shows examples)')
    .helpCommand('help [command]', 'show help for a command')
    .addHelpText(
      'after',
      `
Examples:
  everface check users.csv                        audit the pictures of a list
  everface check users.csv --report report.html   … with a page to look at
  everface forecast users.csv --days 30           what will break, without one request
  everface serve                                  the service
  everface import users.csv                       register an app’s users with it
  everface doctor                                 is everything there that it needs?
  everface simulate                               a WeChat that misbehaves on request

Exit codes: 0 done, 1 bad news (see --fail-on), 2 usage, 3 could not finish.`,
    )
  for (const add of commands) add(program, terminal, end)
  return program
}
