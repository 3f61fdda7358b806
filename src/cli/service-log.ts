// The logs of the service: JSON by pino on standard output; for commands that are watched by a person, plain lines.
import { pino } from 'pino'
import { harmless } from '../look/text.ts'
import { withoutPassword } from '../service/config.ts'
import type { Log } from '../service/log.ts'
import type { Settings } from '../service/settings.ts'
import type { Terminal } from './terminal.ts'

/** Fields that hold secrets, should one ever be handed to the log. */
const hidden = [
  'secret',
  'secrets',
  'token',
  'authorization',
  'cookie',
  'password',
  'refreshToken',
  'headers.authorization',
  'headers.cookie',
  '*.secret',
  '*.secrets',
  '*.token',
  '*.authorization',
  '*.cookie',
  '*.password',
  '*.refreshToken',
]

/** A log of JSON lines. Secrets are left out, addresses lose their passwords. */
export function createServiceLog(level: Settings['log'], stream: Terminal['stdout']): Log {
  return pino(
    {
      level,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: hidden, censor: '[secret]' },
      serializers: { err: describeError, error: describeError },
    },
    stream,
  )
}

/** An error as a log has it: type, message, code, stack, and what caused it. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { name, message, stack, cause } = error
  const { code } = error as NodeJS.ErrnoException
  return {
    type: name,
    message: withoutPassword(message),
    ...(code === undefined ? {} : { code }),
    ...(stack === undefined ? {} : { stack: withoutPassword(stack) }),
    ...(cause instanceof Error ? { cause: describeError(cause) } : {}),
  }
}

/** A log for a person at a terminal: what went wrong, one line each. */
export function createQuietLog({ stderr }: Pick<Terminal, 'stderr'>): Log {
  const tell = (fields: object, message: string): void => {
    const error = 'err' in fields ? fields.err : undefined
    const words = error instanceof Error ? `: ${withoutPassword(error.message)}` : ''
    stderr.write(`${harmless(message + words)}\n`)
  }
  return { debug: () => {}, info: () => {}, warn: tell, error: tell }
}
