// `everface forecast`: what will break, read off the URLs without one request.
import { createForecast } from '../audit/examine.ts'
import { type AuditFlags, addAuditOptions, runAuditCommand } from './audit.ts'
import { wholeNumber } from './options.ts'
import type { AddCommand } from './program.ts'

interface ForecastFlags extends AuditFlags {
  readonly days: number
}

export const addForecast: AddCommand = (program, terminal, end) => {
  addAuditOptions(
    program
      .command('forecast')
      .description(
        'without one request: malformed URLs, default faces, death dates in signed URLs',
      ),
  )
    .option('--days <n>', 'how far ahead a death date counts as soon', wholeNumber(1, 36_500), 30)
    .addHelpText(
      'after',
      `
Examples:
  everface forecast users.csv
  everface forecast users.csv --days 7 --format ndjson
  everface forecast users.csv --fail-on gone,malformed

Rules: url.expired (verdict gone), url.expires-soon, url.expires-later, url.no-date (verdict unknown).`,
    )
    .action(async (specs: string[], flags: ForecastFlags) => {
      end(
        await runAuditCommand(
          {
            kind: 'forecast',
            specs,
            flags,
            examine: createForecast({ now: terminal.now(), days: flags.days }),
            days: flags.days,
            concurrency: 1_000,
            hasRoom: () => true,
            illustrate: null,
            drop: () => {},
          },
          terminal,
        ),
      )
    })
}
