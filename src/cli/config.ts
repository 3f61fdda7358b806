// `everface config`: the settings in force and where each came from.
import { padEnd, textWidth, wrap } from '../audit/terminal-text.ts'
import type { From, Origin } from '../service/config.ts'
import type { AddCommand } from './program.ts'
import { addSettingOptions, readSettings, settingFlagsOf } from './service-settings.ts'

export const addConfig: AddCommand = (program, terminal) => {
  addSettingOptions(
    program
      .command('config')
      .description('the settings in force, and where each came from')
      .option('--json', 'print them as JSON'),
  )
    .addHelpText(
      'after',
      `
Examples:
  everface config
  EVERFACE_MODE=auto everface config --json | jq '.[] | select(.from != "default")'

Flags override the environment, the environment overrides the defaults. Secrets have no flags; NAME_FILE names a file.
All settings: docs/config.md.`,
    )
    .action(async (flags: Record<string, unknown> & { json?: boolean }) => {
      const { origins } = await readSettings(terminal, settingFlagsOf(flags), { secret: 'none' })
      if (flags.json === true) {
        const rows = origins.map(({ variable, flag, value, from }) => ({
          variable,
          flag,
          value,
          from,
        }))
        terminal.stdout.write(`${JSON.stringify(rows, null, 2)}\n`)
      } else {
        terminal.stdout.write(drawOrigins(origins, terminal.stdout.columns || 100))
      }
    })
}

const words: Readonly<Record<From, string>> = {
  default: 'default',
  environment: 'environment',
  flag: 'flag',
  file: 'file',
}

/** Long values go on under themselves: what is cut off cannot be checked. */
function drawOrigins(origins: readonly Origin[], columns: number): string {
  const names = Math.max(...origins.map(({ variable }) => textWidth(variable)))
  const froms = Math.max(...Object.values(words).map(textWidth))
  const indent = ' '.repeat(names + froms + 4)
  return origins
    .flatMap(({ variable, value, from }) => {
      const head = `${padEnd(variable, names)}  ${padEnd(words[from], froms)}  `
      const room = Math.max(20, columns - indent.length)
      const fits = value === null || value === '' || textWidth(value) <= room
      const lines = fits ? [value === null || value === '' ? '–' : value] : wrap(value, room)
      return lines.map((line, index) => `${index === 0 ? head : indent}${line}`.trimEnd())
    })
    .map((line) => `${line}\n`)
    .join('')
}
