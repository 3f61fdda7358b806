// `everface doctor`: is everything there that the service needs, and what to do where it is not.
import { type Ink, createPaint, padEnd, textWidth, wrap } from '../audit/terminal-text.ts'
import { harmless } from '../look/text.ts'
import { lookupAll } from '../probe/edges.ts'
import type { Finding } from './doctor-checks.ts'
import type { AddCommand } from './program.ts'
import {
  type SettingFlags,
  addSettingOptions,
  readSettings,
  settingFlagsOf,
} from './service-settings.ts'
import { type Terminal, exitCodes, wantsColor } from './terminal.ts'

export const addDoctor: AddCommand = (program, terminal, end) => {
  addSettingOptions(
    program
      .command('doctor')
      .description('check everything that the service depends on, with what to do')
      .option('--json', 'print the findings as JSON'),
  )
    .addHelpText(
      'after',
      `
Examples:
  everface doctor
  EVERFACE_BLOBS=s3://faces EVERFACE_S3_REGION=eu-central-1 everface doctor --json

It reads, connects and resolves names; it asks nobody for a picture, and takes its test bytes away again.
Exit codes: 0 all is well or merely odd, 1 something would not work, 2 the settings are wrong.`,
    )
    .action(async (flags: SettingFlags & { json?: boolean }) => {
      const config = await readSettings(terminal, settingFlagsOf(flags), { secret: 'none' })
      const { checks, runCheck } = await import('./doctor-checks.ts')
      const parts = { ...config, lookup: lookupAll, now: terminal.now }
      const findings: { name: string; finding: Finding }[] = []
      const width = Math.max(...checks.map(({ name }) => textWidth(name)))
      for (const check of checks) {
        const finding = await runCheck(check, parts)
        findings.push({ name: check.name, finding })
        if (flags.json !== true) tell(check.name, width, finding, terminal)
      }
      if (flags.json === true) {
        const lines = findings.map(({ name, finding }) => ({ name, ...finding }))
        terminal.stdout.write(`${JSON.stringify(lines, null, 2)}\n`)
      }
      const failed = findings.some(({ finding }) => finding.state === 'fail')
      end(failed ? exitCodes.badNews : exitCodes.done)
    })
}

const marks: Readonly<Record<Finding['state'], readonly [string, Ink]>> = {
  ok: ['ok  ', 'green'],
  warn: ['warn', 'yellow'],
  fail: ['fail', 'red'],
}

function tell(
  name: string,
  width: number,
  { state, detail, advice }: Finding,
  { stdout, env }: Terminal,
): void {
  const paint = createPaint(wantsColor(stdout, env))
  const [mark, ink] = marks[state]
  const room = Math.max(40, (stdout.columns || 100) - width - 8)
  const lines = [detail, ...(advice === undefined ? [] : [`→ ${advice}`])].flatMap((text) =>
    wrap(harmless(text), room),
  )
  const head = `${paint(ink, mark)}  ${padEnd(name, width)}  `
  const indent = ' '.repeat(width + 8)
  stdout.write(lines.map((line, index) => `${index === 0 ? head : indent}${line}\n`).join(''))
}
