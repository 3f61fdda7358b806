// Failures that an operator can mend. Outcomes of probing are values (core/verdict.ts), not errors.

/** Every code, with what to do about it. `docs/errors.md` is made from this table. */
export const errorCodes = {
  usage: 'The command line is wrong. The message names the argument; `--help` shows examples.',
  'source-unreadable': 'The input could not be read. Check that the file exists and may be read.',
  'source-empty': 'The input has no row. Check that it is the file you meant.',
  'source-format': 'The input is not of a form that can be read: .csv, .tsv, .ndjson or .txt.',
  'column-missing': 'A named column is not in the input. The message lists those that are.',
  'database-unreachable': 'The database did not answer. Check address, user, password and network.',
  'database-refused': 'The database refused the query. The message carries its own words.',
  'out-unwritable': 'A file could not be written. Check the folder, its rights and free space.',
  'resume-mismatch': 'The file to resume from was not made from this input.',
  'ca-unreadable': 'The certificate file could not be read or holds no PEM certificate.',
  'simulator-failed': 'The simulator could not start. Another program may hold its ports.',
  'blobs-unreachable':
    'The store of pictures failed. Check that it is there, its rights, its keys and its free space.',
  'blobs-package-missing':
    'A package that only some stores of pictures need is not installed. The message names it.',
  'config-invalid':
    'The settings are wrong. Each line names one, the shape of its value, and where it is described.',
  'secret-unreadable':
    'A secret could not be read from its file, or kept in the data folder. Check the file and its rights.',
  'store-outdated':
    'The tables are older than this program. Run `everface migrate`, or start with --migrate.',
  'listen-failed':
    'The address cannot be listened on. Another program may hold the port; --listen names another.',
  'store-unreachable':
    'The store could not be read or written. Check that its server runs, or its file, rights and free space.',
  'secret-wrong':
    'What was sealed cannot be opened with these secrets. Check the secret and the former ones.',
  'policy-unreadable': 'The policy file could not be read. Check that it exists and may be read.',
  'policy-invalid':
    'The policy is wrong. Each line names the place, the value and what may stand there: see docs/policy.md.',
} as const

/** A stable, machine-readable name of a failure. */
export type ErrorCode = keyof typeof errorCodes

/** The one error class: a failure that an operator can mend. */
export class EverfaceError extends Error {
  override name = 'EverfaceError'
  readonly code: ErrorCode
  /** What to do next, one sentence. */
  readonly hint: string

  /**
   * @param code one of `errorCodes`
   * @param message names the thing and the value that is wrong
   * @param options `hint` replaces the general advice of the code; `cause` keeps the origin
   */
  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.hint = options.hint ?? errorCodes[code]
  }
}
