// What the service needs of a log. pino keeps it (cli/serve.ts makes one); tests pass their own.

/** Writes structured lines. Secrets never go in: URLs of people's pictures are cut to host and provider. */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}
