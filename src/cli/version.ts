// The version of this program.
import { readFileSync } from 'node:fs'

/** As package.json says it; `unknown` when that cannot be read. */
export function readVersion(): string {
  for (const up of ['../../package.json', '../../../package.json']) {
    try {
      const text = readFileSync(new URL(up, import.meta.url), 'utf8')
      return String((JSON.parse(text) as { version?: unknown }).version)
    } catch {
      // The built package lies one folder deeper than a clone's sources.
    }
  }
  return 'unknown'
}
