// Writes the documents that are made from tables in the code; with --check says which are stale instead.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { describeProviders } from '../src/core/providers/describe.ts'
import { errorCodes } from '../src/errors.ts'
import { describeConfig } from '../src/service/describe-config.ts'

const pages: Readonly<Record<string, () => string>> = {
  'docs/providers.md': describeProviders,
  'docs/errors.md': describeErrors,
  'docs/config.md': describeConfig,
}

function describeErrors(): string {
  const rows = Object.entries(errorCodes).map(([code, advice]) => `| \`${code}\` | ${advice} |`)
  return `# Errors

Made from \`src/errors.ts\` by \`npm run docs\`; do not edit. The code stands in brackets at the end of a message; it is
stable, the words are not. Outcomes of probing are verdicts, not errors: see [providers.md](providers.md).

| code | what to do |
|---|---|
${rows.join('\n')}
`
}

const checking = process.argv.includes('--check')
const stale: string[] = []
for (const [file, describe] of Object.entries(pages)) {
  const url = new URL(`../${file}`, import.meta.url)
  const text = describe()
  if (checking && (!existsSync(url) || readFileSync(url, 'utf8') !== text)) stale.push(file)
  if (!checking) writeFileSync(url, text)
}
if (stale.length > 0) {
  process.stderr.write(`Stale: ${stale.join(', ')}. Run npm run docs and commit what it wrote.\n`)
  process.exitCode = 1
}
