// The `everface` command: reads argv, runs one command, turns failures into a message and an exit code.
import { CommanderError } from 'commander'
import { harmless } from '../look/text.ts'
import { EverfaceError } from '../errors.ts'
import { createProgram } from './program.ts'
import { type ExitCode, type Terminal, exitCodes, processTerminal, wantsColor } from './terminal.ts'

/** Runs one command line and answers its exit code. */
export async function main(
  args: readonly string[],
  terminal: Terminal = processTerminal(),
): Promise<ExitCode> {
  let code: ExitCode = exitCodes.done
  const program = createProgram(terminal, (ended) => {
    code = ended
  })
  // Who writes learns of a failure by the callback; without a listener it would end the process as well. They stay: help
  // that nobody reads fails only after this function has returned.
  const ignore = () => {}
  terminal.stdout.on('error', ignore)
  terminal.stderr.on('error', ignore)
  try {
    await program.parseAsync([...args], { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError)
      return error.exitCode === 0 ? exitCodes.done : exitCodes.usage
    if (error instanceof EverfaceError) {
      tell(error, terminal)
      return usageCodes.has(error.code) ? exitCodes.usage : exitCodes.unfinished
    }
    throw error
  }
}

const usageCodes: ReadonlySet<string> = new Set([
  'usage',
  'config-invalid',
  'column-missing',
  'ca-unreadable',
])

function tell({ message, hint, code }: EverfaceError, { stderr, env }: Terminal): void {
  const color = wantsColor(stderr, env)
  const red = (text: string) => (color ? `\u001b[31m${text}\u001b[39m` : text)
  stderr.write(`${red('everface:')} ${lines(message)}\n${lines(hint)} (${code})\n`)
}

/** Words of strangers (column names, a database's message) must not move the cursor. */
function lines(text: string): string {
  return text.split('\n').map(harmless).join('\n')
}
